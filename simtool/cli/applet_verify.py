"""`simtool applet verify`, and the verifier before every load: a CAP file that is wrong gets to no card unseen.

`perso` and `gp` may not import `applet`, and whether a person overrides the verifier is a matter of the command line:
so the commands that load ask here, with the packages that they are about to load.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from simtool.cli.outcome import ExitCode, Outcome, command
from simtool.errors import RefusedError

if typing.TYPE_CHECKING:
    from simtool.applet.verify import Finding
    from simtool.codec.cap import CapFile

FORCE = click.option("--force", is_flag=True, help="Load packages although the verifier refuses them.")
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--library", multiple=True, type=_FILE, help="A CAP file that FILE imports; repeat for more.")
@click.option("--notes", is_flag=True, help="Also what could not be judged, and what is only waste.")
@command
def verify(file: Path, library: tuple[Path, ...], notes: bool) -> Outcome:
    """Check a CAP file to its last byte: format, references, and the types of its code. Exit code 3 for an error.

    docs/applets.md lists the rules.
    """
    from simtool.applet.verify import Severity, verify_bytes
    from simtool.errors import InputError
    from simtool.perso.applets import load_cap

    try:
        raw = file.read_bytes()
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(file)) from error
    found = verify_bytes(raw, [load_cap(one) for one in library])
    errors = sum(one.severity is Severity.ERROR for one in found)
    shown = [one for one in found if notes or one.severity is not Severity.NOTE]
    lines = [line for one in shown for line in _lines(one)]
    warnings = sum(one.severity is Severity.WARNING for one in found)
    lines.append(f"{file.name}: {errors or 'no'} errors, {warnings or 'no'} warnings")
    value = {"file": str(file), "errors": errors, "findings": [to_json(one) for one in found]}
    return Outcome("\n".join(lines), value, ExitCode.DIFFERENT if errors else ExitCode.DONE)


def admit(caps: Sequence[CapFile], *, force: bool, tell: Callable[[str], None] | None = None) -> None:
    """Verify packages before they are loaded; each is a library of the others. Warnings go to `tell`, or to stderr.

    Raises `RefusedError` with every error found. With `force` errors are told too, and that is all.
    """
    from simtool.applet.verify import Severity
    from simtool.applet.verify import verify as check

    say = tell or _to_stderr
    refused = []
    for cap in caps:
        name = cap.package.aid.hex().upper()
        for one in check(cap, caps):
            if one.severity is Severity.ERROR and not force:
                refused.append(f"{name}: {one}")
            elif one.severity is not Severity.NOTE:
                say(f"{name}: {one}")
    if refused:
        raise RefusedError("\n".join(refused), hint="simtool applet verify tells more; --force loads it all the same")


def to_json(one: Finding) -> dict[str, typing.Any]:
    """A finding for programs."""
    return {
        "rule": one.rule.number,
        "severity": one.severity.value,
        "component": one.component.label if one.component is not None else None,
        "offset": one.offset,
        "method": one.method,
        "instruction": one.instruction,
        "title": one.rule.title,
        "text": one.text,
        "next": one.rule.cure,
        "clause": one.rule.clause,
    }


def _lines(one: Finding) -> list[str]:
    return [str(one), f"    {one.rule.title} (JCVM {one.rule.clause}); next: {one.rule.cure}"]


def _to_stderr(line: str) -> None:
    click.echo(line, err=True)
