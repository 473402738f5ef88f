"""`simtool inventory …`: where records are, moving them by hand, numbers for other sites."""

from __future__ import annotations

import typing
from contextlib import closing
from pathlib import Path

import click

from simtool.cli.batch import PATH, count_code, count_text, count_value
from simtool.cli.inventory_options import Place, at_inventory, read_text, site_key
from simtool.cli.outcome import Outcome, command, table
from simtool.errors import InputError

if typing.TYPE_CHECKING:
    from simtool.batch.numbering import NumberKind, NumberRange

STATES = ("generated", "good", "rejected", "quarantined", "shipped", "destroyed")


@click.group()
def inventory() -> None:
    """Find records, count them, and change their state by hand."""


@inventory.command()
@click.argument("number")
@at_inventory
@command
def find(place: Place, number: str) -> Outcome:
    """Show the record with this ICCID, IMSI or MSISDN, and its life."""
    from simtool.inventory.find import find as look_up

    with place.open() as opened:
        found = look_up(opened, number)
    facts = [("ICCID", found.iccid), ("batch", f"{found.batch}, number {found.number}"), ("state", found.state.value)]
    for item in found.subscriptions:
        facts += [("IMSI", item.imsi), ("MSISDN", item.msisdn or "–"), ("algorithm", item.algorithm)]
        facts += [("SQN", str(item.sqn)), ("Ki fingerprint", item.fingerprint[:16] or "(no Ki here)")]
    rows = [(entry.time, entry.who, entry.place, entry.act, entry.detail) for entry in found.history]
    life = table(rows, head=("when", "who", "where", "state", "why")) if rows else "untouched since it was made"
    value = {
        "iccid": found.iccid,
        "batch": found.batch,
        "number": found.number,
        "state": found.state.value,
        "subscriptions": [
            {"imsi": item.imsi, "msisdn": item.msisdn, "algorithm": item.algorithm, "sqn": item.sqn,
             "ki_fingerprint": item.fingerprint}
            for item in found.subscriptions
        ],
        "history": [dict(zip(("time", "who", "where", "state", "why"), row, strict=True)) for row in rows],
    }  # fmt: skip
    return Outcome(f"{table(facts)}\n\n{life}", value)


@inventory.command()
@click.argument("batch")
@at_inventory
@command
def reconcile(place: Place, batch: str) -> Outcome:
    """Count the cards of BATCH: ordered = good + rejected + spare + open."""
    from simtool.inventory.find import reconciliation

    with place.open() as opened:
        count = reconciliation(opened, batch)
    return Outcome(count_text(count), count_value(count), count_code(count))


@inventory.command()
@click.argument("batch")
@at_inventory
@command
def expire(place: Place, batch: str) -> Outcome:
    """End the leases that ran out: untouched records are free again, begun ones go to quarantine."""
    from simtool.inventory.work import expire as end_leases

    with place.open() as opened:
        ended = end_leases(opened, batch)
    return Outcome(f"{ended} leases ended", {"ended": ended})


@inventory.command()
@click.argument("iccid")
@click.argument("state", type=click.Choice(STATES))
@click.option("--why", required=True, help="The reason, for the audit log.")
@at_inventory
@command
def move(place: Place, iccid: str, state: str, why: str) -> Outcome:
    """Change the STATE of the card ICCID."""
    from simtool.inventory.life import RecordState
    from simtool.inventory.work import move as change

    with place.open() as opened:
        change(opened, iccid, RecordState(state), why)
    return Outcome(f"card {iccid} is {state}", {"iccid": iccid, "state": state})


@inventory.command()
@click.option("--inventory", "url", envvar="SIMTOOL_INVENTORY", default="", metavar="URL")
@command
def upgrade(url: str) -> Outcome:
    """Bring the tables of an older inventory to this version. Make a backup first."""
    from simtool.inventory.inventory import default_database
    from simtool.inventory.store import Store
    from simtool.perso.memory.state_folder import state_folder

    with closing(Store(url or default_database(state_folder()))) as store:
        before = store.version()
        if not before:
            store.require_version()
        store.upgrade()
        after = store.version()
    return Outcome(f"tables: {before} → {after}", {"before": before, "after": after})


@inventory.group()
def ticket() -> None:
    """Numbers set aside for other sites, with a signature."""


@ticket.command()
@click.option("--to", "recipient", required=True, help="The other site's key, in hex (its simtool vault show).")
@click.option("--iccid", "iccids", multiple=True, metavar="FIRST:COUNT", help="Without check digits.")
@click.option("--imsi", "imsis", multiple=True, metavar="FIRST:COUNT")
@click.option("--msisdn", "msisdns", multiple=True, metavar="FIRST:COUNT", help="Without plus.")
@click.option("--out", required=True, type=PATH, help="New file for the ticket.")
@at_inventory
@command
def issue(
    place: Place, recipient: str, iccids: tuple[str, ...], imsis: tuple[str, ...], msisdns: tuple[str, ...], out: Path
) -> Outcome:
    """Set ranges aside for another site, for good, and write it a ticket."""
    from simtool.batch.numbering import NumberKind
    from simtool.inventory.tickets import issue_ticket
    from simtool.perso.private_file import write_private

    named = ((NumberKind.ICCID, iccids), (NumberKind.IMSI, imsis), (NumberKind.MSISDN, msisdns))
    ranges = tuple(_range(kind, text) for kind, texts in named for text in texts)
    if not ranges:
        raise InputError("no range was named", field="--imsi")
    if out.exists():
        raise InputError("the file exists", place=str(out), hint="choose another name")
    with place.open() as opened:
        made, text = issue_ticket(opened, site_key(recipient, "--to"), ranges)
    write_private(out, text)
    return Outcome(f"ticket {made.id} is in {out}", {"ticket": made.id, "file": str(out)})


@ticket.command()
@click.argument("file", type=PATH)
@click.option("--from", "issuer", required=True, help="The issuing site's key, in hex.")
@at_inventory
@command
def accept(place: Place, file: Path, issuer: str) -> Outcome:
    """Take a ticket in; batches can take their numbers from it then."""
    from simtool.inventory.tickets import accept_ticket

    with place.open() as opened:
        taken = accept_ticket(opened, read_text(file), site_key(issuer, "--from"))
    rows = [(kind.name, str(item), str(item.count)) for kind, item in taken.ranges]
    text = table(rows, head=("kind", "numbers", "count"))
    return Outcome(f"{text}\n\nsimtool batch create … --ticket {taken.id}", {"ticket": taken.id})


def _range(kind: NumberKind, text: str) -> tuple[NumberKind, NumberRange]:
    from simtool.batch.numbering import NumberRange

    first, _, count = text.partition(":")
    if not count.isdecimal():
        raise InputError(f"{text!r} is not FIRST:COUNT", field=f"--{kind.value}")
    return kind, NumberRange(first, int(count))
