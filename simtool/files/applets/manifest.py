"""`manifest.yaml` of an applet: what is built from its sources, what a card grants it, and what a profile may tell it.

::

    about: Balance, top-up and customer care    # one line, for people
    package: {name: org.example.menu, aid: D276000118000101, version: '1.0'}
    applets:
      - class: ServiceMenu                      # in the package
        module: D27600011800010101
        instance: D27600011800010101FF89FFFFFFB0010500   # that of the module when left out
        toolkit: {priority: 1, timers: 0, text_length: 20, menu: [{position: 1, identifier: 1}], tars: [B00105]}
        access: [{domain: full}]                # and privileges, sim, quotas: as in docs/applets.md
    api:
      java_card: '2.2.1'                        # a release in data/api_packages.yaml
      packages: {uicc.access: '1.0', uicc.toolkit: '1.0'}
    int: no                                     # whether byte codes of int may be used
    format: '2.1'                               # of the CAP file
    budget: {code: 4096, load: 6144}            # bytes: of the Method component, of all that is loaded
    walk: walk.yaml                             # steps of a phone that show it at work
    delivery: install                           # or store-data: STORE DATA after the installation
    parameters:                                 # docs/write-an-applet.md, `files.applets.parameters`
      title: {type: text, tag: '80', most: 20, default: Menu}
    types: {}                                   # types with names, for lists and records

A folder is built from all Java files below it. What a parameter is coded to stands in `files.applets.parameters`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PrivateAttr, field_validator, model_validator

from simtool.codec import java_exports
from simtool.errors import EncodeError, InputError
from simtool.files.applets.instance import Grants
from simtool.files.applets.parameters import Coder, Parameter, Problem, problems_of_types
from simtool.files.checked_yaml import Section, check, together
from simtool.files.marked_yaml import Location, Source, name_as_shown, parse_yaml, read_yaml
from simtool.files.written_fields import AidField

FILE_NAME = "manifest.yaml"
INSTALL_ROOM = 255
"""Bytes that reach `Applet.install`: its length is one byte (JCRE §11.2)."""
APPLET_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
PACKAGE_NAME = re.compile(r"[a-z_]\w*(\.[a-z_]\w*)*")
_CLASS = re.compile(r"[A-Za-z_$][\w$]*")
_VERSION = re.compile(r"(\d{1,3})\.(\d{1,3})")
_PRIVILEGE_BYTES = 3


def _version(value: Any) -> Any:
    found = _VERSION.fullmatch(str(value))
    if found is None or not all(0 <= int(part) <= 255 for part in found.groups()):
        raise EncodeError("a version is two numbers up to 255, '1.0'; put it in quotes")
    return int(found[1]), int(found[2])


_Version = Annotated[
    tuple[int, int], BeforeValidator(lambda value: value if isinstance(value, tuple) else _version(value))
]


class Delivery(Enum):
    """How the parameters reach the applet."""

    INSTALL = "install"
    """In C9 of the install parameters: the last field of what `Applet.install` gets."""
    STORE_DATA = "store-data"
    """By STORE DATA (GPCS §11.11) to its `processData`; it then sets its life cycle to 0F."""


class Package(Section):
    name: str
    aid: AidField
    version: _Version

    @field_validator("name")
    @classmethod
    def _java_name(cls, value: str) -> str:
        if not PACKAGE_NAME.fullmatch(value):
            raise ValueError("a package name such as org.example.menu is needed")
        return value


class AppletClass(Grants):
    """An applet of the package, and the instance that is made of it unless a profile says otherwise."""

    class_name: str = Field(alias="class")
    module: AidField
    instance: AidField | None = None

    @field_validator("class_name")
    @classmethod
    def _java_name(cls, value: str) -> str:
        if not _CLASS.fullmatch(value):
            raise ValueError("the name of a class is needed, without its package")
        return value

    @model_validator(mode="after")
    def _can_be_coded(self) -> AppletClass:
        self.parameters_with(b"").encode()
        return self

    @property
    def instance_aid(self) -> bytes:
        return self.instance or self.module


class Api(Section):
    """Packages that the applet may import, with their versions."""

    java_card: str = "2.2.1"
    packages: dict[str, str] = {}

    @field_validator("java_card")
    @classmethod
    def _known_release(cls, value: str) -> str:
        releases = java_exports.java_card_releases()
        if value not in releases:
            raise ValueError(f"no release {value} of Java Card is known; there are {', '.join(releases)}")
        return value

    @field_validator("packages")
    @classmethod
    def _known_packages(cls, value: dict[str, str]) -> dict[str, str]:
        for name, version in value.items():
            if name not in java_exports.package_names():
                raise ValueError(f"no package {name} is known; see data/api_packages.yaml")
            versions = java_exports.package_versions(name)
            if version not in versions:
                raise ValueError(f"{name} has no version {version}; there are {', '.join(versions)}")
        return value

    @property
    def versions(self) -> dict[str, str]:
        """The version of each package by name."""
        return java_exports.java_card_releases()[self.java_card] | self.packages


class Budget(Section):
    """Most bytes that the applet may take."""

    code: int | None = None
    """Of the Method component."""
    load: int | None = None
    """Of the load file data block: all components that go to the card."""


class ManifestForm(Section):
    about: str = ""
    package: Package
    applets: tuple[AppletClass, ...]
    api: Api = Api()
    int_allowed: bool = Field(default=False, alias="int")
    format: _Version = (2, 1)
    budget: Budget = Budget()
    walk: str | None = None
    delivery: Delivery = Delivery.INSTALL
    parameters: dict[str, Parameter] = {}
    types: dict[str, Parameter] = {}

    @field_validator("format")
    @classmethod
    def _known_format(cls, value: tuple[int, int]) -> tuple[int, int]:
        if value not in ((2, 1), (2, 2), (2, 3)):
            raise ValueError("the CAP formats are 2.1, 2.2 and 2.3")
        return value


class Manifest(ManifestForm):
    """A manifest with its name: that of the folder, or of the file where it is not called `manifest.yaml`."""

    _source: Source = PrivateAttr()
    _name: str = PrivateAttr()

    @classmethod
    def load(cls, path: Path) -> Manifest:
        """Read a manifest, or the one in a folder. Raises `InputError` with file, line, field and reason for each
        problem."""
        path = path / FILE_NAME if path.is_dir() else path
        name = path.resolve().parent.name if path.name == FILE_NAME else path.stem
        return cls._checked(read_yaml(path), name)

    @classmethod
    def parse(cls, text: str, *, name: str, file: str = FILE_NAME) -> Manifest:
        """The same from text; `file` stands for it in messages."""
        return cls._checked(parse_yaml(text, file), name)

    @classmethod
    def _checked(cls, source: Source, name: str) -> Manifest:
        manifest = check(source, cls)
        manifest._source, manifest._name = source, name
        problems = [
            InputError(problem.reason, place=source.place(problem.location), field=shown(problem.location))
            for problem in manifest._problems()
        ]
        if problems:
            raise together(problems)
        return manifest

    def _problems(self) -> Iterator[Problem]:
        if not APPLET_NAME.fullmatch(self._name):
            yield Problem((), f"{self._name} is no name for an applet: small letters, digits, single dashes")
        if not self.applets:
            yield Problem(("applets",), "a package without applets is of no use to a card")
        aids = [self.package.aid]
        for number, one in enumerate(self.applets):
            at = ("applets", number, "module")
            if one.module[:5] != self.package.aid[:5]:
                yield Problem(at, "an applet has the first five bytes (RID) of its package (JCVM §6.6)")
            if one.module in aids:
                yield Problem(at, "this AID is given twice")
            aids.append(one.module)
        yield from problems_of_types(self.parameters, self.types)

    @property
    def name(self) -> str:
        return self._name

    @property
    def version(self) -> str:
        """`MAJOR.MINOR`."""
        return ".".join(map(str, self.package.version))

    @property
    def source(self) -> Source:
        return self._source

    def applet_of(self, module: bytes | None) -> AppletClass:
        """The applet with this module AID; None takes the only one. Raises `EncodeError`."""
        if module is None and len(self.applets) == 1:
            return self.applets[0]
        found = next((one for one in self.applets if one.module == module), None)
        if found is None:
            known = ", ".join(one.module.hex().upper() for one in self.applets)
            raise EncodeError(f"say which module is meant; {self.name} has {known}")
        return found


@dataclass(frozen=True, slots=True)
class CodedParameters:
    """Values of a profile in the applet's terms: `raw` for the applet, or `problems`."""

    raw: bytes
    problems: tuple[Problem, ...]


def code_parameters(manifest: Manifest, values: Mapping[str, Any]) -> CodedParameters:
    """Code values, all problems at once. What is left out has its default."""
    coder = Coder(manifest.types)
    raw = coder.members(manifest.parameters, values, (), ())
    return CodedParameters(raw, tuple(coder.problems))


def encode_parameters(manifest: Manifest, values: Mapping[str, Any]) -> bytes:
    """The bytes that the applet gets. Raises `EncodeError` with a line for each value that is wrong."""
    coded = code_parameters(manifest, values)
    if coded.problems:
        raise EncodeError("\n".join(map(str, coded.problems)))
    return coded.raw


def install_parameters(
    manifest: Manifest,
    values: Mapping[str, Any],
    *,
    module: bytes | None = None,
    instance: bytes | None = None,
    grants: Grants | None = None,
) -> bytes:
    """Install parameters of an instance: the applet's own in C9, unless they follow by STORE DATA; what it is granted.

    `grants` says what is to be different from the manifest, `instance` another AID. Raises `EncodeError` for values
    that are wrong, and where more than 255 bytes would reach `Applet.install`.
    """
    applet = manifest.applet_of(module)
    raw = encode_parameters(manifest, values)
    if manifest.delivery is Delivery.STORE_DATA:
        raw = b""
    aid = instance or applet.instance_aid
    size = 3 + len(aid) + _PRIVILEGE_BYTES + len(raw)
    if size > INSTALL_ROOM:
        room = INSTALL_ROOM - size + len(raw)
        raise EncodeError(f"the parameters take {len(raw)} bytes, at installation there is room for {room}")
    return (grants.laid_over(applet) if grants is not None else applet).parameters_with(raw).encode()


def shown(location: Location) -> str:
    return ".".join(map(name_as_shown, location))
