"""`simtool card …`: one card, real or in software."""

from __future__ import annotations

import typing
from collections.abc import Sequence
from pathlib import Path

import click

from simtool.cli.card_backup import backup, diff, restore
from simtool.cli.card_files import dump, read, refresh_net, set_value
from simtool.cli.card_keys import auth, which_key
from simtool.cli.card_options import PRODUCT, READER, Desk
from simtool.cli.card_pin import pin
from simtool.cli.card_shell import shell
from simtool.cli.outcome import ExitCode, Outcome, command, table
from simtool.cli.preview import card_preview
from simtool.errors import InputError

if typing.TYPE_CHECKING:
    from simtool.files.product import CardModel


@click.group()
def card() -> None:
    """Look at a card, or be one."""


@card.command()
@READER
@PRODUCT
@click.option("--profile", "profile_file", type=click.Path(path_type=Path), help="Say what the card lacks for it.")
@click.option("--record", "record_file", type=click.Path(path_type=Path), help="The card's own record.")
@command
def info(reader: str, product: str | None, profile_file: Path | None, record_file: Path | None) -> Outcome:
    """Say what card this is, what a phone will show, what may be changed, and the tries left. Spends none."""
    from simtool.perso.profile import Profile
    from simtool.perso.technician.fit import fit
    from simtool.perso.technician.info import look

    profile = Profile.load(profile_file) if profile_file is not None else None
    desk = Desk(reader, product, record_file)
    with desk.open() as (session, model):
        record = desk.record(session, model, may_rename=True)
        fitting = fit(session, model, profile, record) if profile is not None else None
        found = look(session, model, fit=fitting, record=record)
    code = ExitCode.DIFFERENT if fitting is not None and not fitting else ExitCode.DONE
    return Outcome(sections_text(found.sections()), found.to_json(), code)


def sections_text(sections: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> str:
    """Rows under their titles, all values in one column."""
    width = max(len(name) for _, rows in sections for name, _ in rows)
    lines = []
    for title, rows in sections:
        lines += [title] if title else []
        lines += [f"{'  ' if title else ''}{name.ljust(width if title else width + 2)}  {text}" for name, text in rows]
    return "\n".join(line.rstrip() for line in lines)


@card.command()
@command
def models() -> Outcome:
    """List the card products that simtool knows."""
    from simtool.files.product import load, names

    models = [load(name) for name in names()]
    rows = [(model.name, model.vendor, ", ".join(model.kind), str(len(model.files))) for model in models]
    values = [{"name": model.name, "vendor": model.vendor, "kind": list(model.kind)} for model in models]
    return Outcome(table(rows, head=("product", "vendor", "is a", "files")), values)


@card.command()
@click.argument("model")
@click.option("--state", type=click.Path(path_type=Path), help="Keep the card's memory in this file.")
@click.option("--iccid", metavar="NUMBER", help="Give a new card this ICCID.")
@click.option(
    "--stock",
    type=click.Path(path_type=Path),
    help="And the codes that stand beside it in this list of delivered cards.",
)
@click.option("--slot", default=0, show_default=True, type=click.IntRange(0, 15), help="Virtual reader slot.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where vpcd listens.")
@click.option("--port", type=click.IntRange(1, 65535), help="vpcd's port, if not 35963 plus the slot.")
@command
def emulate(
    model: str, state: Path | None, iccid: str | None, stock: Path | None, slot: int, host: str, port: int | None
) -> Outcome:
    """Put a software card MODEL into the computer's virtual reader, until Ctrl-C.

    MODEL is a product that simtool knows (`simtool card models`), or a file of yours in the same grammar: ./mine.yaml.
    """
    import signal
    import threading

    from simtool.files.product import load
    from simtool.softcard.card import SoftCard
    from simtool.softcard.vpcd import FIRST_PORT, VpcdClient

    product = load(model)
    if iccid is not None or stock is not None:
        product = _delivered(product, iccid, stock)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    address = port or FIRST_PORT + slot
    click.echo(f"software card {product.name} in virtual reader {host}:{address}; Ctrl-C takes it out", err=True)
    VpcdClient(SoftCard.new(product, state=state), host, address).run(stop)
    return Outcome("", {"model": product.name, "ended": True})


def _delivered(product: CardModel, number: str | None, stock: Path | None) -> CardModel:
    """One card of the product with its own number, and the codes of the list."""
    from simtool.codec.identifiers import Iccid
    from simtool.perso.stock import load_stock
    from simtool.softcard.delivered import delivered

    if number is None:
        raise InputError("which of the cards?", field="--iccid", hint="give the number of one that stands in the list")
    iccid = Iccid.parse(number)
    codes = {}
    if stock is not None:
        cards = dict(load_stock(stock))
        if iccid not in cards:
            raise InputError(f"there is no card {iccid.digits}", place=str(stock), field="--iccid")
        codes = {item.pin: item.value.reveal() for item in cards[iccid]}
    unknown = sorted(codes.keys() - {pin.name for pin in product.pins})
    if unknown:
        raise InputError(f"{product.name} has no {', '.join(unknown)}", place=str(stock), field="--stock")
    return delivered(product, iccid, codes)


for technicians_verb in (read, dump, set_value, refresh_net, backup, restore, diff, pin, auth, which_key, shell):
    card.add_command(technicians_verb)
card.add_command(card_preview)
