"""Lists for people: where the cards of all batches are, and the audit log looked through. Nothing here is secret."""

from __future__ import annotations

from sqlalchemy import or_, select

from simtool.batch.order import Batch
from simtool.inventory import tables
from simtool.inventory.audit import ENTRY_NAMES, Entry
from simtool.inventory.find import reconciliation_within
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import Reconciliation
from simtool.inventory.orders import all_batches

MOST_ENTRIES = 100


def batches_and_counts(inventory: Inventory) -> tuple[tuple[Batch, Reconciliation], ...]:
    """Every batch with where its cards are, the newest first."""
    with inventory.store.read() as connection:
        found = reversed(all_batches(connection))
        return tuple((batch, reconciliation_within(connection, batch.name)) for batch in found)


def latest_entries(
    inventory: Inventory, *, text: str = "", before: int | None = None, limit: int = MOST_ENTRIES
) -> tuple[Entry, ...]:
    """The last entries of the log, newest first; `text` is looked for in act, subject, person, place and reason."""
    log = tables.audit
    query = select(*(log.c[name] for name in ENTRY_NAMES[:-1])).order_by(log.c.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(log.c.seq < before)
    if text:
        columns = (log.c.act, log.c.subject, log.c.who, log.c.place, log.c.detail)
        query = query.where(or_(*(column.icontains(text, autoescape=True) for column in columns)))
    with inventory.store.read() as connection:
        return tuple(Entry(*row) for row in connection.execute(query))
