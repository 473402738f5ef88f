"""`simtool applet run`: applets on a fresh software card, with a phone to try them, and a look inside."""

from __future__ import annotations

import typing
from pathlib import Path

import click

from simtool.cli.card_options import TRACE
from simtool.cli.outcome import ExitCode, Outcome, command, table
from simtool.errors import CardError, InputError

if typing.TYPE_CHECKING:
    from simtool.card.handset.walk import Walk
    from simtool.cli.applet_bench import Bench
    from simtool.cli.phone import Album
    from simtool.codec.apdu import CommandApdu
    from simtool.files.applets.manifest import Manifest
    from simtool.gp.content import WantedPackage

_LIMIT = "Byte codes after which a run counts as endless."
_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("run")
@click.argument("file", metavar="DIR|FILE", type=click.Path(path_type=Path))
@click.option(
    "--parameters", "--params", metavar="HEX", default="C900", show_default=True, help="For a CAP file: of each applet."
)
@click.option("--values", "values_file", type=_FILE, help="For a folder: its parameters by name (YAML).")
@click.option("--library", multiple=True, type=_FILE, help="A CAP file that FILE imports; repeat for more.")
@click.option("--product", default="generic-usim", show_default=True, help="The software card's product.")
@click.option("--apdu", multiple=True, metavar="HEX", help="Before the phone: select the first applet, send it this.")
@click.option("--no-phone", is_flag=True, help="Leave the phone out.")
@click.option("--walk", "walk_file", type=_FILE, help="Take the steps of this file instead of asking a person.")
@click.option("--screens", type=_FOLDER, help="Write each screen as a picture into this folder.")
@click.option("--speed", default=1.0, show_default=True, type=click.FloatRange(0, 100000), help="Times real time.")
@click.option("--limit", default=2_000_000, show_default=True, type=click.IntRange(1, 20_000_000), help=_LIMIT)
@click.option("--trace-code", type=_FILE, help="Write every byte code that is executed into this file.")
@TRACE
@command
def run(
    file: Path,
    parameters: str,
    values_file: Path | None,
    library: tuple[Path, ...],
    product: str,
    apdu: tuple[str, ...],
    no_phone: bool,
    walk_file: Path | None,
    screens: Path | None,
    speed: float,
    limit: int,
    trace_code: Path | None,
    trace: bool,
) -> Outcome:
    """Install an applet on a fresh software card, open the phone, tell what happened inside.

    DIR holds Java sources and a manifest: it is built, and installed as the manifest says. FILE is a CAP file, or a
    wish in YAML.

    Exceptions that no applet caught, with method and byte code; coverage; memory; the longest run. Exit code 1 where
    the installation or a walk failed, or an exception was not caught.
    """
    from simtool.card.handset.walk import Walk
    from simtool.cli.applet_bench import bench_of, code_trace
    from simtool.cli.phone import Album

    packages = _wanted(file, library, parameters, values_file)
    commands = tuple(map(_apdu, apdu))
    if commands and not any(package.applets for package in packages):
        raise InputError("there is no applet to send commands to", place=str(file))
    walk = Walk.load(walk_file) if walk_file is not None else None
    album = Album(screens, dark=False) if screens is not None else None
    with (
        code_trace(trace_code) as tell,
        bench_of(product, limit=limit, tell=tell, trace=_to_stderr if trace else None) as bench,
    ):
        failed = bench.install(packages)
        value: dict[str, typing.Any] = {"installed": not failed}
        text, good = [], not failed
        if failed:
            value["error"] = failed
            value["why"] = list(bench.why)
            text.append(f"not installed: {failed}")
        else:
            if commands:
                value["answers"] = bench.ask(commands)
                text += map(_answer_text, value["answers"])
            if not no_phone:
                said, value["phone"], good = _phone(bench, walk, speed, album)
                text += [said] if said else []
                value["pictures"] = [str(path) for path in album.pictures] if album is not None else []
        inside = bench.report()
        text += map(str, bench.uncaught)
        text += bench.why if failed else []
    code = ExitCode.DONE if good and not bench.uncaught else ExitCode.ERROR
    return Outcome("\n".join((*text, _inside_text(inside))), value | inside, code)


def _wanted(
    file: Path, library: tuple[Path, ...], parameters: str, values_file: Path | None
) -> tuple[WantedPackage, ...]:
    """Libraries, then FILE's packages with their instances; the plan puts them into the order of imports."""
    from simtool.cli.domain_options import parsed
    from simtool.gp.content import WantedPackage
    from simtool.perso.applets import load_cap, load_wish
    from simtool.perso.sections.fields import parse_hex

    raw = parsed("--parameters", parameters, parse_hex)
    libraries = tuple(WantedPackage(load_cap(path), (), path.name) for path in library)
    if file.is_dir():
        return (*libraries, _built(file, values_file))
    if values_file is not None:
        raise InputError("--values are for the folder of an applet", place=str(file))
    wish = load_wish(file, parameters=raw)
    if not wish.packages:
        raise InputError("no packages are wanted", place=str(file), hint="docs/applets.md shows the file")
    return (*libraries, *wish.packages)


def _built(folder: Path, values_file: Path | None) -> WantedPackage:
    """The applet in a folder, built; its manifest says how it is installed."""
    from simtool.applet.build import build
    from simtool.errors import EncodeError
    from simtool.gp.content import WantedPackage
    from simtool.perso.applet_origin import wanted_applets
    from simtool.perso.sections.applets import AppletInstance

    built = build(folder)
    values = {} if values_file is None else _values(values_file, built.manifest)
    forms = tuple(AppletInstance(module=one.module, parameters=values) for one in built.manifest.applets)
    try:
        return WantedPackage(built.cap, wanted_applets(built.cap, built.manifest, forms), built.file_name)
    except EncodeError as error:
        raise InputError(str(error), hint="give the parameters in a YAML file: --values FILE") from None


def _values(path: Path, manifest: Manifest) -> dict[str, typing.Any]:
    """Parameters by name from a YAML file."""
    from simtool.files.applets.manifest import code_parameters, shown
    from simtool.files.checked_yaml import together
    from simtool.files.marked_yaml import read_yaml

    source = read_yaml(path)
    values = source.value if isinstance(source.value, dict) else {}
    problems = [
        InputError(one.reason, place=source.place(one.location), field=shown(one.location))
        for one in code_parameters(manifest, values).problems
    ]
    if problems:
        raise together(problems)
    return values


def _apdu(text: str) -> CommandApdu:
    from simtool.cli.domain_options import parsed
    from simtool.codec.apdu import CommandApdu
    from simtool.errors import DecodeError
    from simtool.perso.sections.fields import parse_hex

    try:
        return CommandApdu.decode(parsed("--apdu", text, parse_hex))
    except DecodeError as error:
        raise InputError(str(error), field="--apdu", hint="for example 80CA000000") from None


def _phone(
    bench: Bench, walk: Walk | None, speed: float, album: Album | None
) -> tuple[str, dict[str, typing.Any], bool]:
    """What the phone has to tell, for people and for programs, and whether a walk fitted. Ctrl-C leaves the phone."""
    from simtool.card.handset.phone import Handset
    from simtool.cli.phone import by_hand

    try:
        if walk is None:
            return "", by_hand(Handset(bench.session), speed, album).value, True
        handset = walk.handset(bench.session)
        report = walk.run(handset, watch=None if album is None else lambda result: album.keep(handset, result.screen))
    except KeyboardInterrupt:
        return "", {"interrupted": True}, walk is None
    except CardError as error:
        return f"the phone gave up: {error}", {"error": str(error)}, False
    finally:
        bench.watch()
    return str(report), report.to_json(), report.passed


def _answer_text(said: dict[str, typing.Any]) -> str:
    lines = [f"{said['command']} → {' '.join(part for part in (said['data'], said['sw']) if part)}"]
    for one in said["thrown"]:
        lines.append(f"    {one['what']}")
        lines += [f"    {at['method']}, offset {at['offset']}: {at['instruction']}" for at in one["at"]]
    return "\n".join(lines)


def _inside_text(inside: dict[str, typing.Any]) -> str:
    lines = []
    rows = [(f"{one['executed']} of {one['instructions']}", one["method"]) for one in inside["coverage"]]
    if rows:
        lines.append(table(rows, head=("executed", "method")))
    memory = inside["memory"]
    lines.append(
        f"code {memory['code']} bytes, heap {memory['heap']}, transient {memory['transient_reset']} until reset and "
        f"{memory['transient_deselect']} until deselected; longest run {inside['longest_run']} byte codes"
    )
    return "\n".join(lines)


def _to_stderr(line: str) -> None:
    click.echo(line, err=True)
