"""`simtool batch …`: from an order to a closed batch."""

from __future__ import annotations

import typing
from pathlib import Path

import click

from simtool.cli.card_lists import ALGORITHM, TRANSPORT_KEY, TRANSPORT_KEYS, chosen, transport_keys, under
from simtool.cli.inventory_options import Place, at_inventory
from simtool.cli.outcome import ExitCode, Outcome, command, table
from simtool.errors import InputError

if typing.TYPE_CHECKING:
    from simtool.batch.order import Batch
    from simtool.inventory.life import Reconciliation

PATH = click.Path(path_type=Path)
NAME = click.argument("name")
PROFILE = click.argument("profile", type=PATH)
CUSTOMER = click.option("--customer", required=True, help="For whom.")
SPARE = click.option("--spare", default=0, type=click.IntRange(0, 100), help="Spare cards in per cent.")
MASTER = click.option(
    "--master", envvar="SIMTOOL_MASTER", default="", metavar="URI",
    help="pkcs11:… of the master key that a derived batch's keys come from.",
)  # fmt: skip
OWN = "own"
LIST_HEAD = ("batch", "customer", "cards", "made", "state", "created")


@click.group()
def batch() -> None:
    """Make card records by the thousand: numbers that nobody else has, keys that nobody sees."""


@batch.command()
@NAME
@PROFILE
@CUSTOMER
@click.option("--quantity", required=True, type=click.IntRange(1), help="Good cards ordered.")
@SPARE
@click.option("--iccid", help="First ICCID, without check digit. [default: the profile's]")
@click.option("--imsi", multiple=True, help="First IMSI; once more for each further subscription of a card.")
@click.option("--msisdn", multiple=True, help="First MSISDN, for the IMSI at the same place.")
@click.option("--exact", is_flag=True, help="Just these numbers; without it the next free ones from there on.")
@click.option("--ticket", help="Take the numbers from this accepted range ticket.")
@click.option("--derived", is_flag=True, help="Keys will be derived from a master key in a token.")
@at_inventory
@command
def create(
    place: Place, name: str, profile: Path, customer: str, quantity: int, spare: int, iccid: str | None,
    imsi: tuple[str, ...], msisdn: tuple[str, ...], exact: bool, ticket: str | None, derived: bool,
) -> Outcome:  # fmt: skip
    """Note an order for QUANTITY cards of the product PROFILE, and reserve its numbers."""
    from simtool.inventory.orders import SubscriptionStart, Wish, create_batch, order_for

    if len(msisdn) > len(imsi):
        raise InputError("there are more --msisdn than --imsi", field="--msisdn")
    starts = tuple(
        SubscriptionStart(first, msisdn[index] if index < len(msisdn) else None) for index, first in enumerate(imsi)
    )
    order = order_for(profile, customer, quantity, spare)
    with place.open() as inventory:
        made = create_batch(inventory, name, order, Wish(iccid, starts, ticket, exact), derived=derived)
    return Outcome(_shown(made), _value(made))


@batch.command("list")
@at_inventory
@command
def list_batches(place: Place) -> Outcome:
    """List all batches."""
    from simtool.inventory.orders import all_batches

    with place.open() as inventory, inventory.store.read() as connection:
        found = all_batches(connection)
    rows = [
        (item.name, item.order.customer, str(item.order.total), str(item.made), item.state.value, item.created)
        for item in found
    ]
    return Outcome(table(rows, head=LIST_HEAD) if rows else "no batches", {"batches": [_value(item) for item in found]})


@batch.command()
@NAME
@at_inventory
@command
def show(place: Place, name: str) -> Outcome:
    """Show a batch: its order, its numbers, where its cards are, and what happened to it."""
    from simtool.inventory.audit import history
    from simtool.inventory.find import reconciliation_within
    from simtool.inventory.orders import find_batch

    with place.open() as inventory, inventory.store.read() as connection:
        found, entries = find_batch(connection, name), history(connection, name)
        count = reconciliation_within(connection, name)
    rows = [(entry.time, entry.who, entry.place, entry.act, entry.detail) for entry in entries]
    parts = (_shown(found), count_text(count), table(rows, head=("when", "who", "where", "act", "detail")))
    return Outcome("\n\n".join(parts), _value(found) | {"count": count_value(count)})


@batch.command()
@NAME
@click.option("--profile", type=PATH, help="Where the profile is now, if it was moved.")
@MASTER
@at_inventory
@command
def generate(place: Place, name: str, profile: Path | None, master: str) -> Outcome:
    """Make the records of a batch. A run that was torn off goes on where it stopped."""
    from simtool.cli.card_options import progress
    from simtool.inventory.production import generate as make

    with place.open() as inventory:
        key = None
        if master:
            from simtool.inventory.token import TokenMaster

            key = TokenMaster(master)
        try:
            done = make(inventory, name, profile=profile, master=key, progress=progress("generating"))
        finally:
            if key is not None:
                key.close()
    text = f"{done.made} records made, {done.refused} weak or repeated keys refused"
    return Outcome(f"{text}\n{_shown(done.batch)}", _value(done.batch) | {"new": done.made, "refused": done.refused})


@batch.command()
@NAME
@click.option("--out", required=True, type=PATH, help="New file (mode 0600): NAME.csv, NAME.parquet or NAME.yaml.")
@click.option("--for", "recipient", default="", help="Who gets the file, for the audit log.")
@TRANSPORT_KEYS
@TRANSPORT_KEY
@at_inventory
@command
def export(place: Place, name: str, out: Path, recipient: str, keys_file: Path | None, index: int | None) -> Outcome:
    """Write the records of a batch whole, with all their secrets, into one of simtool's own files.

    CSV and Parquet are for programs, YAML (card records) for plan, apply and verify. Other formats: simtool convert.
    """
    from simtool.batch.own_files import write_csv, write_parquet, write_yaml
    from simtool.inventory.ending import noted_use
    from simtool.inventory.records import blocks

    writers = {".csv": write_csv, ".parquet": write_parquet, ".yaml": write_yaml}
    write = writers.get(out.suffix)
    if write is None:
        raise InputError("its name says no form", place=str(out), hint=f"end it in {' or '.join(writers)}")
    key = chosen(transport_keys(keys_file), index)
    if out.exists():
        raise InputError("the file exists", place=str(out), hint="choose another name")
    with place.open() as inventory:
        found = blocks(inventory, name)
        detail = f"to {out.name} for {recipient or 'nobody named'}, all secrets, {under(key)}"
        with noted_use(inventory, name, "records exported", detail):
            count = write(found, out, transport=key)
    text = f"{count} records are in {out} (only you can read it), {under(key)}"
    return Outcome(text, {"file": str(out), "records": count, "under_transport_key": key is not None})


@batch.command("import")
@NAME
@click.argument("file", type=PATH)
@click.option("--profile", type=PATH, required=True, help="The product of these cards.")
@CUSTOMER
@click.option("--quantity", required=True, type=click.IntRange(1), help="Good cards ordered.")
@SPARE
@click.option(
    "--from", "from_format", default=OWN, show_default=True,
    help="Format of FILE: one that simtool formats list shows, a mapping's file, or simtool's own CSV and Parquet.",
)  # fmt: skip
@TRANSPORT_KEYS
@ALGORITHM
@click.option("--without-keys", is_flag=True, help="Leave Ki and OPc out: they stay with the host.")
@click.option("--adopt", is_flag=True, help="Draw the codes and key sets that the profile wants for a host's cards.")
@click.option("--paired", is_flag=True, help="ICCID and IMSI must count up together.")
@at_inventory
@command
def import_file(
    place: Place, name: str, file: Path, profile: Path, customer: str, quantity: int, spare: int, from_format: str,
    keys_file: Path | None, algorithm: str, without_keys: bool, adopt: bool, paired: bool,
) -> Outcome:  # fmt: skip
    """Take the cards in FILE in as the batch NAME: all of them, or none, with everything that is wrong in one report.

    A full MVNO's cards need their Ki; others' may be without, where the host keeps it.
    """
    from simtool.batch.formats.registry import resolve
    from simtool.batch.incoming import Rules
    from simtool.inventory.lists import ListFile, import_list
    from simtool.inventory.orders import order_for
    from simtool.perso.profile import Profile
    from simtool.perso.sections.operator import OperatorKind

    product = Profile.load(profile)
    form = None if from_format == OWN else resolve(from_format)
    delivered = ListFile(file, form, transport_keys(keys_file), algorithm, without_keys)
    rules = Rules(needs_ki=product.operator.kind is OperatorKind.FULL, paired=paired)
    with place.open() as inventory:
        order = order_for(profile, customer, quantity, spare)
        adopted_by = product if adopt else None
        made, not_taken = import_list(inventory, name, order, delivered, rules, adopted_by=adopted_by)
    notes = [f"not taken: {what}" for what in not_taken]
    return Outcome("\n".join((_shown(made), *notes)), _value(made) | {"not_taken": list(not_taken)})


@batch.command()
@NAME
@at_inventory
@command
def close(place: Place, name: str) -> Outcome:
    """End the work on a batch, when no station holds a record of it."""
    from simtool.inventory.ending import close_batch

    with place.open() as inventory:
        done = close_batch(inventory, name)
    return Outcome(_shown(done), _value(done))


def count_text(count: Reconciliation) -> str:
    """The reconciliation in two lines."""
    parts = f"good {count.good} + rejected {count.rejected} + spare {count.spare} + open {count.open}"
    states = ", ".join(f"{number} {state.value}" for state, number in count.by_state if number)
    return f"ordered {count.ordered} = {parts}\n{states or 'no records'}"


def count_value(count: Reconciliation) -> dict[str, typing.Any]:
    return {
        "quantity": count.quantity,
        "ordered": count.ordered,
        "good": count.good,
        "rejected": count.rejected,
        "spare": count.spare,
        "open": count.open,
        "by_state": {state.value: number for state, number in count.by_state},
    }


def count_code(count: Reconciliation) -> ExitCode:
    return ExitCode.DONE if count.balances else ExitCode.DIFFERENT


def _shown(found: Batch) -> str:
    order = found.order
    rows = [
        ("batch", found.name), ("state", f"{found.state.value}, {found.made} of {order.total} records"),
        ("customer", order.customer), ("quantity", f"{order.quantity} and {order.spares} spare"),
        ("product", order.profile), ("profile digest", order.digest[:16]),
        ("keys", "derived from a master key" if found.derived else "random"),
    ]  # fmt: skip
    return table(rows + [(kind.name, str(item)) for kind, item in found.ranges()])


def _value(found: Batch) -> dict[str, typing.Any]:
    order = found.order
    ranges = [{"kind": kind.value, "first": item.first, "count": item.count} for kind, item in found.ranges()]
    return {
        "batch": found.name,
        "state": found.state.value,
        "made": found.made,
        "customer": order.customer,
        "quantity": order.quantity,
        "spares": order.spares,
        "profile": order.profile,
        "digest": order.digest,
        "derived": found.derived,
        "created": found.created,
        "ranges": ranges,
    }
