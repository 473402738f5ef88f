"""`simtool station first-article` and `script`: what the cards of a batch become, and who said that it is right."""

from __future__ import annotations

import socket
import typing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from simtool.cli.card_options import MIN_TRIES, READER
from simtool.cli.inventory_options import Place, at_inventory
from simtool.cli.outcome import Outcome, command, table
from simtool.errors import InputError, RefusedError

if typing.TYPE_CHECKING:
    from simtool.cli.station.login import Login
    from simtool.inventory.gate import FirstArticle
    from simtool.station.article.sheet import ArticleSheet
    from simtool.station.events import Event

FILE = click.Path(path_type=Path, dir_okay=False)
PDF = click.option("--pdf", type=FILE, help="Write the sheet to a new file, for paper.")
OPERATOR = click.option("--operator", default="", help="Who it is; the PIN is asked for. [default: the user]")
STATION = "first article"
SLOT = "1"
UNCHECKED = "note: this inventory has no operators, so nobody's PIN was checked (simtool station operator add)"
WIDTH = 76


@click.group("first-article")
def first_article() -> None:
    """Make one card of a product first; a second person approves it before the others are made."""


@first_article.command()
@click.argument("batch")
@READER
@click.option("--product", default="", help="Take no card of another product than this.")
@click.option("--profile", type=FILE, help="Where the profile is now, if it has moved.")
@OPERATOR
@PDF
@MIN_TRIES
@at_inventory
@command
def make(
    place: Place, batch: str, reader: str, product: str, profile: Path | None, operator: str, pdf: Path | None,
    min_tries: int,
) -> Outcome:  # fmt: skip
    """Make the card in the reader with a record of BATCH, read all of it back, and put its sheet up for approval."""
    from simtool.cli.station.login import log_in
    from simtool.inventory.audit import Who
    from simtool.inventory.orders import find_batch
    from simtool.opening import open_transport
    from simtool.perso.memory.state_folder import state_folder
    from simtool.station.article.first_article import make_first_article
    from simtool.station.bench.bench import ReaderMatch, SlotSpec
    from simtool.station.setup import Place as StationPlace
    from simtool.station.setup import WorkerSetup

    _check_new(pdf)
    station = f"{place.where or socket.gethostname()} {STATION}"
    where = StationPlace(state_folder(), place.url, place.vault)
    login = log_in(where, station, operator or place.who, place.person().person, by_page=False)
    with place.open() as inventory:
        inventory.who = Who(login.name, station)
        with inventory.store.read() as connection:
            order = find_batch(connection, batch).order
        setup = WorkerSetup(
            station, SlotSpec(SLOT, ReaderMatch(reader)), batch, profile or Path(order.profile), where, login.name,
            min_tries=min_tries,
        )  # fmt: skip
        made = make_first_article(inventory, setup, lambda: open_transport(reader), product=product, watch=_tell)
    sheet = _sheet(made)
    parts = [_text(made, sheet), *_kept(pdf, made), *_unchecked(login)]
    parts.append(f"next:  somebody else looks at it and says: simtool station first-article approve {made.id}")
    return Outcome("\n\n".join(parts), _value(made))


@first_article.command("list")
@click.argument("batch", default="")
@at_inventory
@command
def list_articles(place: Place, batch: str) -> Outcome:
    """List the first articles of BATCH, or of all batches."""
    from simtool.inventory.gate import first_articles

    with place.open() as inventory:
        found = first_articles(inventory, batch)
    rows = [
        (str(one.id), one.batch, one.product, one.iccid, one.state.value, one.made_by, one.decided_by, one.digest[:12])
        for one in found
    ]
    head = ("id", "batch", "product", "card", "state", "made by", "decided by", "digest")
    values = [{name: item for name, item in _value(one).items() if name != "sheet"} for one in found]
    return Outcome(table(rows, head=head) if rows else "no first articles", {"first_articles": values})


@first_article.command()
@click.argument("number", metavar="ID", type=int)
@PDF
@at_inventory
@command
def show(place: Place, number: int, pdf: Path | None) -> Outcome:
    """Show the sheet of a first article: the card as it was read, its proofs, what phones show, the script."""
    from simtool.inventory.gate import first_article as find_article

    _check_new(pdf)
    with place.open() as inventory:
        found = find_article(inventory, number)
    return Outcome("\n\n".join((_text(found, _sheet(found)), *_kept(pdf, found))), _value(found))


@first_article.command()
@click.argument("number", metavar="ID", type=int)
@at_inventory
@command
def approve(place: Place, number: int) -> Outcome:
    """Say under your name (--who) that the cards of this batch and product shall be like this one."""
    from simtool.inventory.gate import approve as decide

    login = _second_person(place)
    with place.open() as inventory:
        _named(inventory, login, place)
        found = decide(inventory, number, login.name)
    text = f"first article {found.id} is approved by {found.decided_by}: {found.product} of batch {found.batch} is open"
    return Outcome("\n".join((text, *_unchecked(login))), _value(found))


@first_article.command()
@click.argument("number", metavar="ID", type=int)
@click.option("--why", required=True, help="What is wrong with it.")
@at_inventory
@command
def refuse(place: Place, number: int, why: str) -> Outcome:
    """Say no, with a reason; also to one that was approved: then no further card is begun."""
    from simtool.inventory.gate import refuse as decide

    login = _second_person(place)
    with place.open() as inventory:
        _named(inventory, login, place)
        found = decide(inventory, number, login.name, why)
    text = f"first article {found.id} is refused by {found.decided_by}: {found.why}"
    return Outcome("\n".join((text, *_unchecked(login))), _value(found))


@click.command("script")
@click.argument("profile", type=FILE)
@click.option("--model", "product", required=True, help="The card product (simtool card models).")
@command
def script(profile: Path, product: str) -> Outcome:
    """Show what every card of a product gets from PROFILE, with holes for what each record gives, and its digest."""
    from simtool.errors import CodecError
    from simtool.files.product import load
    from simtool.perso.compiled import compile_profile
    from simtool.perso.profile import Profile

    wanted = Profile.load(profile)
    try:
        model = load(product)
    except CodecError as error:
        raise InputError(str(error), field="--model") from None
    compiled = compile_profile(wanted, model)
    rows = compiled.script()
    lines = [table([(row.place, _cut(row.what), row.why) for row in rows], head=("where", "what", "why"))]
    lines.append(f"digest {compiled.digest}")
    if compiled.problems:
        lines.append("\n".join(f"no room: {reason}" for reason in compiled.problems))
    value = {
        "product": model.name,
        "digest": compiled.digest,
        "script": [asdict(row) for row in rows],
        "problems": list(compiled.problems),
    }
    return Outcome("\n\n".join(lines), value)


def _second_person(place: Place) -> Login:
    """Whoever decides, PIN typed and a supervisor, where there are operators; else by the name given with --who.

    Raises `RefusedError`.
    """
    from simtool.cli.station.login import log_in
    from simtool.perso.memory.state_folder import state_folder
    from simtool.station.setup import Place as StationPlace

    person = place.person()
    where = StationPlace(state_folder(), place.url, place.vault)
    login = log_in(where, person.place, place.who, person.person, by_page=False)
    if not login.known and not place.who:
        raise RefusedError("who decides has to say so by name", hint="--who NAME")
    if login.known and not login.is_supervisor:
        raise RefusedError(f"{login.name} is no supervisor", hint="a supervisor decides about first articles")
    return login


def _named(inventory: Any, login: Login, place: Place) -> None:
    from simtool.inventory.audit import Who

    inventory.who = Who(login.name, place.person().place)


def _unchecked(login: Login) -> list[str]:
    return [] if login.known else [UNCHECKED]


def _tell(event: Event) -> None:
    """What the slot is at, to people beside the output."""
    from simtool.station.events import Noted, SlotChanged

    if isinstance(event, SlotChanged):
        click.echo(f"{event.phase.value} {event.iccid} {event.message}".rstrip(), err=True)
    elif isinstance(event, Noted):
        click.echo(event.text, err=True)


def _check_new(pdf: Path | None) -> None:
    if pdf is not None and pdf.exists():
        raise InputError("the file exists", place=str(pdf), hint="choose another name")


def _kept(pdf: Path | None, found: FirstArticle) -> list[str]:
    if pdf is None:
        return []
    from simtool.station.paper.first_article_sheet import make_sheet

    try:
        pdf.write_bytes(make_sheet(_sheet(found), found))
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(pdf)) from None
    return [f"the sheet is in {pdf}"]


def _sheet(found: FirstArticle) -> ArticleSheet:
    from simtool.station.article.sheet import ArticleSheet

    return ArticleSheet.from_json(found.sheet)


def _text(found: FirstArticle, sheet: ArticleSheet) -> str:
    decided = f" by {found.decided_by}, {found.decided_at}" if found.decided_by else ""
    head = [
        ("first article", f"{found.id}, {found.state.value}{decided}"),
        ("batch", f"{sheet.batch}: {sheet.quantity} cards for {sheet.customer}"),
        ("card product", f"{sheet.product} {sheet.vendor}".rstrip()),
        ("made", f"{sheet.made_at} by {sheet.made_by} at {sheet.station}"),
        ("chip", f"{sheet.chip or 'without a number'}, ATR {sheet.atr}"),
        *((item.name, item.value) for item in sheet.numbers),
        *((f"check value {item.name}", item.value) for item in sheet.check_values),
        (
            "content",
            f"{sheet.units_compared} units read back, {'all as wanted' if sheet.content_ok else 'NOT as wanted'}",
        ),
        *(
            ("proof", f"{one.application} {one.context}: {'proved' if one.ok else 'NOT proved'}, {one.detail}")
            for one in sheet.proofs
        ),
        *([("proof", sheet.unproved)] if sheet.unproved else []),
        ("digest", sheet.digest),
    ]
    if found.why:
        head.insert(1, ("why", found.why))
    units = [(row.place, _cut(row.meaning.replace("\n", " ")), row.origin) for row in sheet.units]
    label = [f"  {item.value}" if item.name == "text" else f"  [{item.name}] {item.value}" for item in sheet.label]
    parts = [table(head), table(units, head=("unit", "holds", "because of")), sheet.brand.text]
    return "\n\n".join((*parts, "\n".join(("label:", *label))))


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"


def _value(found: FirstArticle) -> dict[str, Any]:
    import json

    return asdict(found) | {"state": found.state.value, "sheet": json.loads(found.sheet)}
