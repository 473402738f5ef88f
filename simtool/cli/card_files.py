"""`simtool card read`, `dump`, `set` and `refresh-net`: a card's files, looked at and changed."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable

import click

from simtool.cli.card_options import Desk, on_card, progress
from simtool.cli.outcome import ExitCode, Outcome, command, table
from simtool.errors import InputError

if typing.TYPE_CHECKING:
    from simtool.card.session import Session
    from simtool.files.product import CardModel
    from simtool.perso.image import Content, Unit
    from simtool.perso.technician.change import Change
    from simtool.perso.technician.live import LiveFile
    from simtool.perso.technician.show import FileView


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@on_card
@command
def read(files: tuple[str, ...], desk: Desk) -> Outcome:
    """Show what FILE holds, decoded and in hex: EF.SPN, ADF.USIM/EF.IMSI, 3f00/7fff/6f07, EF.ADN[3], EF.ADN[1-5]."""
    from simtool.perso.read import read_image
    from simtool.perso.technician.live import read_live
    from simtool.perso.technician.names import resolve
    from simtool.perso.technician.show import views_of
    from simtool.perso.technician.show_text import file_text

    with desk.open() as (card, model):
        unknown = [name for name in files if _is_unknown(model, name)]
        units = [unit for name in files if name not in unknown for unit in resolve(model, name).units(model)]
        credentials = desk.given(card, model)
        image = read_image(card, model, only=units, credentials=credentials, min_tries=desk.min_tries)
        extra = [read_live(card, model, name) for name in unknown]
    views = list(views_of(model, units, image))
    unread = [view.path for view in views if any(unit.reason for unit in view.units)]
    texts = [*(file_text(model, view) for view in views), *map(_live_text, extra)]
    if unread:
        texts.append("next: give the PIN with --record FILE or --from-env PIN=NAME")
    values = [*(_file_value(model, view) for view in views), *map(_live_value, extra)]
    nothing = len(unread) + sum(bool(live.reason) for live in extra) == len(values)
    return Outcome("\n\n".join(texts), values, ExitCode.CARD if nothing else ExitCode.DONE)


def _is_unknown(model: CardModel, name: str) -> bool:
    """A path of identifiers that the product's description does not know; the card may have it all the same."""
    from simtool.perso.technician.live import is_fid_path
    from simtool.perso.technician.names import resolve_path

    if not is_fid_path(name):
        return False
    try:
        resolve_path(model, name)
    except InputError as error:
        return "has no file" in str(error)
    return False


def _live_text(live: LiveFile) -> str:
    size = f"{live.shape.records} records of {live.shape.record_length} bytes" if live.shape.records else (
        f"{live.shape.size} bytes")  # fmt: skip
    head = f"{live.place}  ({live.name or 'no standard file'}, not in the product's description)\n  {size}"
    lines = [f"  [{number}] {value}" if number else f"  {value}" for number, value, _ in live.rows()]
    return "\n".join([head, *lines, *([f"  {live.reason}"] if live.reason else [])])


def _live_value(live: LiveFile) -> dict[str, typing.Any]:
    contents = [{"value": live.value(piece)} | ({} if live.hidden else {"hex": piece.hex()}) for piece in live.pieces]
    shape = {"records": live.shape.records, "record_length": live.shape.record_length, "size": live.shape.size}
    return {"fid_path": live.place, "path": live.name, **shape, "contents": contents, "unknown": live.reason}


@click.command()
@on_card
@click.option("--hex/--no-hex", "with_hex", default=False, help="Show the bytes beside the values.")
@command
def dump(desk: Desk, with_hex: bool) -> Outcome:
    """Show everything that can be read, decoded, as YAML (or with --json). Keys appear as check values."""
    import yaml

    from simtool.perso.read import all_units, read_iccid, read_image
    from simtool.perso.technician.show import views_of

    with desk.open() as (card, model):
        iccid = read_iccid(card, model).digits
        credentials = desk.given(card, model)
        units = all_units(model)
        image = read_image(card, model, credentials=credentials, min_tries=desk.min_tries, progress=progress("reading"))
    files: dict[str, typing.Any] = {}
    unread: dict[str, str] = {}
    for view in views_of(model, units, image):
        if view.units and all(unit.reason for unit in view.units):
            unread[str(view.path)] = view.units[0].reason
        else:
            files[str(view.path)] = view.content(with_hex=with_hex)
    value = {"product": model.name, "iccid": iccid, "files": files, "not_read": unread}
    short = {**value, "files": {path: _briefly(content) for path, content in files.items()}}
    return Outcome(yaml.safe_dump(short, sort_keys=False, allow_unicode=True, width=110).rstrip(), value)


@click.command("set", context_settings={"ignore_unknown_options": True})
@click.argument("file")
@click.argument("words", metavar="VALUE", nargs=-1, required=True, type=click.UNPROCESSED)
@on_card
@command
def set_value(file: str, words: tuple[str, ...], desk: Desk) -> Outcome:
    """Write VALUE to FILE and read it back.

    VALUE is one value (EF.HPPLMN 60, EF.LI "[en, de]"), fields (EF.SPN name=Nordlicht show_plmn_at_home=no; the others
    stay), services (EF.UST +19 -27), hex:… with all bytes, or blank.
    """
    from simtool.perso.image import Unit
    from simtool.perso.read import read_image
    from simtool.perso.technician.edit import wanted_content
    from simtool.perso.technician.names import resolve

    with desk.open() as (card, model):
        unit = resolve(model, file).single(model)
        unit = Unit(model.source(unit.path), unit.record)
        credentials = desk.complete(card, model, _needed(card, model, [unit]), f"writing {unit}")
        now = read_image(card, model, only=[unit], credentials=credentials, min_tries=desk.min_tries).units.get(unit)
        wanted = {unit: wanted_content(model, unit, words, now)}
        return _write(card, model, wanted, "card set", credentials, desk)


@click.command("refresh-net")
@on_card
@command
def refresh_net(desk: Desk) -> Outcome:
    """Clear forbidden networks and last locations, so that the phone searches and registers anew."""
    from simtool.perso.technician.own import read_own
    from simtool.perso.technician.refresh import ORIGIN, network_state

    with desk.open() as (card, model):
        files = [unit for unit in network_state(model, None)]
        credentials = desk.complete(card, model, _needed(card, model, files), "clearing the network files")
        wanted = network_state(model, read_own(card, model, credentials).home)
        return _write(card, model, wanted, ORIGIN, credentials, desk)


def _needed(card: Session, model: CardModel, units: Iterable[Unit]) -> Callable[[Iterable[str]], tuple[str, ...]]:
    from simtool.perso.technician.change import pins_for

    return lambda held: pins_for(card, model, (unit.path for unit in units), held)


def _write(
    card: Session,
    model: CardModel,
    wanted: typing.Mapping[Unit, Content],
    origin: str,
    credentials: typing.Any,
    desk: Desk,
) -> Outcome:
    """Plan, apply, read back; say what was there before and what is there now."""
    from simtool.perso.apply import Options, apply
    from simtool.perso.technician.change import plan_change, remaining

    change = plan_change(card, model, wanted, origin, credentials, min_tries=desk.min_tries)
    rows = change_rows(model, change)
    value: dict[str, typing.Any] = {
        "iccid": change.plan.card_iccid,
        "changed": [{"place": place, "before": before, "after": after} for place, before, after in rows],
        "writes": len(change.plan.writes),
    }
    if not change.plan:
        return Outcome("nothing to change: the card holds this already", value | {"verified": True})
    apply(change.plan, card, Options(min_tries=desk.min_tries))
    rest = remaining(card, change, min_tries=desk.min_tries)
    value |= {"verified": not rest, "mismatches": [str(mismatch) for mismatch in rest]}
    text = table(rows, head=("file", "before", "now"))
    end = "\n".join(str(mismatch) for mismatch in rest) or "read back: the card holds what was written"
    return Outcome(f"{text}\n{end}", value, ExitCode.DIFFERENT if rest else ExitCode.DONE)


def change_rows(model: CardModel, change: Change) -> list[tuple[str, str, str]]:
    """Place, before and after of every unit that a change touches, in words."""
    from simtool.perso.image import Content
    from simtool.perso.technician.diff import in_short
    from simtool.perso.technician.show import shortened, view_unit

    rows = []
    for unit, content in change.desired.image.units.items():
        now = change.before.units.get(unit)
        base = now if now is not None else Content.unknown(len(content.data))
        if content.differing(base):
            before, after = view_unit(model, unit, now), view_unit(model, unit, content.over(base))
            words = in_short(before.value, after.value) if not before.reason else (before.text, after.text)
            rows.append((str(unit), shortened(words[0], 44), shortened(words[1], 44)))
    return rows


def _file_value(model: CardModel, view: FileView) -> dict[str, typing.Any]:
    from simtool.perso.technician.names import fid_path

    return {**view.to_json(), "fid_path": fid_path(model, view.path)}


def _briefly(content: dict[str, typing.Any]) -> typing.Any:
    """For eyes: just the value where there is nothing else to say."""
    if content.keys() == {"value"}:
        return content["value"]
    if "contents" in content:
        rows = {
            row["record"]: row.get("value", row.get("unknown")) if "hex" not in row else row
            for row in content["contents"]
        }
        rows = {number: _without_number(row) for number, row in rows.items()}
        blank = content["blank_records"]
        return rows | ({"blank": blank} if blank else {}) if rows else f"{blank} blank records"
    return content


def _without_number(row: typing.Any) -> typing.Any:
    return {name: value for name, value in row.items() if name != "record"} if isinstance(row, dict) else row
