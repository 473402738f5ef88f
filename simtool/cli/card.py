"""`simtool card …`: one card, real or in software."""

from __future__ import annotations

from pathlib import Path

import click

from simtool.cli.card_backup import backup, diff, restore
from simtool.cli.card_files import dump, read, refresh_net, set_value
from simtool.cli.card_keys import auth, which_key
from simtool.cli.card_pin import pin
from simtool.cli.outcome import Outcome, command, table


@click.group()
def card() -> None:
    """Look at a card, or be one."""


@card.command()
@click.option("--reader", required=True, help="pcsc:0, pcsc:NAME, soft:PRODUCT[,state=FILE].")
@command
def info(reader: str) -> Outcome:
    """Say what card this is, what a phone would show, and how many tries are left. Spends none."""
    from simtool.opening import connect
    from simtool.perso.info import look

    with connect(reader) as session:
        found = look(session)
    return Outcome(table(found.rows()), found.to_json())


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
@click.option("--slot", default=0, show_default=True, type=click.IntRange(0, 15), help="Virtual reader slot.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where vpcd listens.")
@click.option("--port", type=click.IntRange(1, 65535), help="vpcd's port, if not 35963 plus the slot.")
@command
def emulate(model: str, state: Path | None, slot: int, host: str, port: int | None) -> Outcome:
    """Put a software card MODEL into the computer's virtual reader, until Ctrl-C."""
    import signal
    import threading

    from simtool.files.product import load
    from simtool.softcard.card import SoftCard
    from simtool.softcard.vpcd import FIRST_PORT, VpcdClient

    product = load(model)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    address = port or FIRST_PORT + slot
    click.echo(f"software card {product.name} in virtual reader {host}:{address}; Ctrl-C takes it out", err=True)
    VpcdClient(SoftCard.new(product, state=state), host, address).run(stop)
    return Outcome("", {"model": product.name, "ended": True})


for technicians_verb in (read, dump, set_value, refresh_net, backup, restore, diff, pin, auth, which_key):
    card.add_command(technicians_verb)
