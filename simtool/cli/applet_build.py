"""`simtool applet new`, `build`, `built`: from an empty folder to a CAP file, and what comes with simtool."""

from __future__ import annotations

import typing
from pathlib import Path

import click

from simtool.cli.outcome import Outcome, command, table
from simtool.errors import InputError

if typing.TYPE_CHECKING:
    from simtool.applet.build import BuiltPackage
    from simtool.files.applets.manifest import Manifest

ALL = "all"
APPLETS = Path("applets")


@click.command()
@click.argument("folder", metavar="DIR|all", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Where to, instead of build/applets.")
@command
def build(folder: Path, out: Path | None) -> Outcome:
    """Build the applet in DIR (Java sources and a manifest.yaml) to a CAP file; `all`: each one in ./applets.

    It is compiled by javac, converted, verified, and held against the budget in its manifest. The same sources give the
    same bytes.
    """
    from simtool.applet import build as builder

    folders = builder.applet_folders(APPLETS) if str(folder) == ALL else (folder,)
    texts, values = [], []
    for one in folders:
        built = builder.build(one)
        path = builder.write(built, out or builder.ARTEFACTS)
        texts.append(_text(built, path))
        values.append(built.to_json() | {"file": str(path), "remarks": _remarks(built)})
    return Outcome("\n\n".join(texts), values)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--package", metavar="NAME", help="Java package, such as com.example.menu.")
@click.option("--rid", metavar="HEX", help="The first five bytes of your AIDs (RID). Left out: one for trials only.")
@command
def new(folder: Path, package: str | None, rid: str | None) -> Outcome:
    """Make DIR with a small toolkit applet to start from: a menu entry, its manifest, and a walk that tries it."""
    from simtool.applet.template import write_template

    paths = write_template(folder, package=package, rid=rid)
    lines = [*map(str, paths), "", f"next:  simtool applet build {folder}"]
    return Outcome("\n".join(lines), {"files": [str(path) for path in paths]})


@click.command()
@click.argument("name", required=False)
@command
def built(name: str | None) -> Outcome:
    """List the applets that come with simtool, or the parameters of one of them."""
    from simtool.errors import EncodeError
    from simtool.files.applets.built import built_applet, built_names

    if name is None:
        manifests = [built_applet(one).manifest for one in built_names()]
        rows = [(one.name, one.version, one.about) for one in manifests]
        values = [{"name": one.name, "version": one.version, "about": one.about} for one in manifests]
        return Outcome(table(rows, head=("applet", "version", "what it does")) if rows else "none", values)
    try:
        manifest = built_applet(name).manifest
    except EncodeError as error:
        raise InputError(str(error)) from None
    parameters = _parameters(manifest)
    value = [{"name": one, "type": kind, "default": said, "help": text} for one, kind, said, text in parameters]
    return Outcome(table(parameters, head=("parameter", "type", "if left out", "")) if value else "none", value)


def _parameters(manifest: Manifest) -> list[tuple[str, str, str, str]]:
    return [
        (
            name, one.type,
            str(one.default) if one.has_default else "left out" if one.optional else "has to be there", one.help,
        )
        for name, one in manifest.parameters.items()
    ]  # fmt: skip


def _text(built: BuiltPackage, path: Path) -> str:
    budget = built.manifest.budget
    rows = [(label, str(size)) for label, size in built.sizes]
    rows.append(("code", f"{built.code}{_of(budget.code)}"))
    rows.append(("loaded", f"{built.load}{_of(budget.load)}"))
    lines = [f"{built.manifest.name} {built.manifest.version}", table(rows, head=("component", "bytes"))]
    return "\n".join((*lines, *_remarks(built), f"{path}  sha256 {built.sha256}"))


def _of(budget: int | None) -> str:
    return "" if budget is None else f" of {budget}"


def _remarks(built: BuiltPackage) -> list[str]:
    return [*built.warnings, *map(str, built.findings)]
