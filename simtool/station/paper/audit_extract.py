"""What the audit log says of a batch and each of its cards, with the check of the whole log and its head.

The chain of HMACs goes over all entries of the site and its key stays in the vault: whoever wants to check an extract
asks the site. The head (number and HMAC of the last entry), kept elsewhere, tells later that nothing was cut off.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from simtool.inventory.audit import Audit, Entry, head_of, of_batch
from simtool.inventory.inventory import Inventory
from simtool.inventory.orders import find_batch
from simtool.station.paper.reconciliation import moment
from simtool.station.paper.sheet import Column, Sheet

FORM = "simtool audit extract 1"
MOST_ON_PAPER = 5_000
"""Entries printed; of more, those of the batch itself and a count of the others. The JSON has all."""


@dataclass(frozen=True, slots=True)
class Extract:
    """The entries of a batch (`at`, UTC), what the check of the log found, and its head."""

    site: str
    batch: str
    customer: str
    at: datetime
    by: str
    entries: tuple[Entry, ...]
    check: Audit
    head: tuple[int, bytes]


def read_extract(inventory: Inventory, batch: str, *, at: datetime | None = None) -> Extract:
    """Check the log and take what belongs to a batch. Raises `InputError` for an unknown one."""
    check = inventory.verify_log()
    with inventory.store.read() as connection:
        found = find_batch(connection, batch)
        entries, head = tuple(of_batch(connection, found.id, batch)), head_of(connection)
    by = f"{inventory.who.person} at {inventory.who.place}"
    return Extract(inventory.uid, batch, found.order.customer, at or datetime.now(UTC), by, entries, check, head)


def extract_json(extract: Extract) -> str:
    """The extract for programs."""
    value = {
        "form": FORM,
        "site": extract.site,
        "batch": extract.batch,
        "customer": extract.customer,
        "at": extract.at.astimezone(UTC).isoformat(timespec="seconds"),
        "by": extract.by,
        "log_entries": extract.check.entries,
        "log_whole": bool(extract.check),
        "problems": list(extract.check.problems),
        "head": {"seq": extract.head[0], "mac": extract.head[1].hex()},
        "entries": [asdict(entry) for entry in extract.entries],
    }
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def extract_pdf(extract: Extract) -> bytes:
    """The extract on paper; the same one gives the same bytes."""
    day = extract.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    subtitle = f"Batch {extract.batch} for {extract.customer}"
    with Sheet("Audit extract", subtitle, extract.at, foot=f"simtool · site {extract.site} · {day}") as sheet:
        sheet.facts(
            [
                ("Batch", extract.batch),
                ("Customer", extract.customer),
                ("Taken", f"{day} by {extract.by}"),
                ("Entries", f"{len(extract.entries)} of {extract.check.entries} in the log"),
                ("Head of the log", f"entry {extract.head[0]}, {extract.head[1].hex()}"),
            ]
        )
        sheet.y += 2
        if extract.check:
            sheet.verdict(
                f"The chain of all {extract.check.entries} entries was checked: nothing is missing or changed.",
                good=True,
            )
        else:
            sheet.verdict("The log is not whole:\n" + "\n".join(extract.check.problems), good=False)
        sheet.heading("What was done, counted")
        acts = Counter(entry.act for entry in extract.entries)
        rows = [(act, str(number)) for act, number in sorted(acts.items(), key=lambda item: (-item[1], item[0]))]
        sheet.table([Column("Act", 8), Column("Entries", 1, number=True)], rows)
        printed = extract.entries
        if len(printed) > MOST_ON_PAPER:
            printed = tuple(entry for entry in printed if entry.subject == extract.batch)
            sheet.paragraph(
                f"Below are the {len(printed)} entries of the batch itself; those of its cards are in the JSON file."
            )
        sheet.heading("Entries")
        columns = [
            Column("No.", 12, number=True), Column("When (UTC)", 29), Column("Who", 19), Column("Where", 20),
            Column("Act", 22), Column("Subject", 32), Column("Detail", 40),
        ]  # fmt: skip
        sheet.table(
            columns,
            [
                (str(entry.seq), moment(entry.time), entry.who, entry.place, entry.act, entry.subject,
                 entry.detail)
                for entry in printed
            ],
            points=6.5,
        )  # fmt: skip
        return sheet.finish()
