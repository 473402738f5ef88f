"""A folder with Java sources and a manifest to a CAP file: javac, converter, verifier, budget.

The same folder gives the same bytes: nothing of the day, the machine or the folder's place goes in.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simtool.applet.classfile import ClassFile, read_class
from simtool.applet.convert import PackageSpec, convert
from simtool.applet.javac import compile_java, compiled_stubs
from simtool.applet.stubs import stubs_of
from simtool.applet.verify import Finding, Severity, verify
from simtool.codec.cap import CapFile, ComponentTag
from simtool.errors import InputError
from simtool.files.applets.manifest import FILE_NAME, Manifest

ARTEFACTS = Path("build", "applets")


@dataclass(frozen=True, slots=True)
class BuiltPackage:
    """What came of a folder: the CAP file (`raw`, and read), what the converter and the verifier remarked."""

    manifest: Manifest
    raw: bytes
    cap: CapFile
    warnings: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def file_name(self) -> str:
        return f"{self.manifest.name}-{self.manifest.version}.cap"

    @property
    def sha256(self) -> str:
        """Of the CAP file, in hex."""
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def sizes(self) -> tuple[tuple[str, int], ...]:
        """Components and the bytes that each takes, its tag and size among them."""
        return tuple((one.tag.label, len(one.encode())) for one in self.cap.components)

    @property
    def code(self) -> int:
        """Bytes of the Method component's body."""
        method = self.cap.component(ComponentTag.METHOD)
        return len(method.body) if method is not None else 0

    @property
    def load(self) -> int:
        """Bytes that go to the card."""
        return len(self.cap.load_file_data_block())

    def to_json(self) -> dict[str, Any]:
        """What is noted beside the CAP file: the same for the same bytes."""
        return {
            "name": self.manifest.name,
            "version": self.manifest.version,
            "package": self.cap.package.aid.hex(),
            "applets": [one.aid.hex() for one in self.cap.applets],
            "sha256": self.sha256,
            "load_file_sha256": self.cap.digest.hex(),
            "code": self.code,
            "load": self.load,
            "components": dict(self.sizes),
        }


def applet_folders(root: Path) -> tuple[Path, ...]:
    """The folders of `root` that have a manifest, by name. Raises `InputError` where there is none."""
    found = tuple(sorted(path.parent for path in root.glob(f"*/{FILE_NAME}")))
    if not found:
        raise InputError("there is no folder with a manifest.yaml in it", place=str(root))
    return found


def build(folder: Path, *, cache: Path | None = None) -> BuiltPackage:
    """Build the applet in `folder`. `cache` is where compiled API stubs are kept.

    Raises `InputError` (file, line, reason) for what is wrong in manifest or sources, for a CAP file that the verifier
    refuses, and for one that is larger than its budget.
    """
    if not (folder / FILE_NAME).is_file():
        raise InputError(
            f"there is no {FILE_NAME} in this folder", place=str(folder), hint="simtool applet new DIR makes an example"
        )
    manifest = Manifest.load(folder)
    converted = convert(_classes(folder, manifest, cache), _spec(manifest))
    built = BuiltPackage(
        manifest, converted.cap, converted.cap_file, tuple(converted.warnings), verify(converted.cap_file)
    )
    errors = [one for one in built.findings if one.severity is Severity.ERROR]
    if errors:
        raise InputError(
            "\n".join((f"the verifier refuses {built.file_name}:", *map(str, errors))),
            hint="this is a fault of the converter's: please report it with the sources",
        )
    _check_budget(built)
    return built


def write(built: BuiltPackage, folder: Path) -> Path:
    """Write the CAP file as NAME-VERSION.cap, and a JSON file with its digests beside it. Gives the CAP file's path."""
    path = folder / built.file_name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(built.raw)
        path.with_suffix(".json").write_text(json.dumps(built.to_json(), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(path)) from error
    return path


def java_files(folder: Path) -> tuple[Path, ...]:
    """All sources below the folder, in an order that does not depend on the file system."""
    return tuple(sorted(folder.rglob("*.java"), key=lambda path: path.relative_to(folder).parts))


def _spec(manifest: Manifest) -> PackageSpec:
    return PackageSpec(
        name=manifest.package.name.replace(".", "/"),
        aid=manifest.package.aid,
        version=manifest.package.version,
        applets=tuple((one.class_name, one.module) for one in manifest.applets),
        imports=manifest.api.versions,
        int_allowed=manifest.int_allowed,
        cap_format=manifest.format,
    )


def _classes(folder: Path, manifest: Manifest, cache: Path | None) -> tuple[ClassFile, ...]:
    sources = java_files(folder)
    if not sources:
        raise InputError("there are no Java sources (*.java)", place=str(folder))
    stubs = compiled_stubs(stubs_of(manifest.api.versions), cache)
    with tempfile.TemporaryDirectory() as name:
        into = Path(name)
        compile_java(sources, into, classpath=[stubs])
        return tuple(_read(into, path, manifest) for path in sorted(into.rglob("*.class")))


def _read(into: Path, path: Path, manifest: Manifest) -> ClassFile:
    within = ".".join(path.relative_to(into).parts[:-1])
    if within != manifest.package.name:
        raise InputError(
            f"the sources have a class {path.stem} in package {within or '(none)'}; the manifest says "
            f"{manifest.package.name}",
            place=manifest.source.place(("package", "name")), field="package.name",
            hint="a CAP file holds one package: correct the manifest or the package line of the source",
        )  # fmt: skip
    return read_class(path.read_bytes(), path.name)


def _check_budget(built: BuiltPackage) -> None:
    for problem in _over_budget(built):
        raise problem


def _over_budget(built: BuiltPackage) -> Iterator[InputError]:
    budget = built.manifest.budget
    for name, limit, size in (("code", budget.code, built.code), ("load", budget.load, built.load)):
        if limit is not None and size > limit:
            sizes = ", ".join(f"{label} {count}" for label, count in built.sizes)
            yield InputError(
                f"{built.manifest.name} takes {size} bytes, {size - limit} more than its budget of {limit} ({sizes})",
                place=built.manifest.source.place(("budget", name)), field=f"budget.{name}",
                hint="make the applet smaller, or its budget larger",
            )  # fmt: skip
