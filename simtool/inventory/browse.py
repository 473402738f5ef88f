"""Lists for people: where the cards of batches are, cards in one state with the reason, the latest of the audit log.

Everything here is without secrets, read in one look, and limited in length: `after` and `before` turn the page.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, or_, select

from simtool.batch.order import Batch
from simtool.inventory import tables
from simtool.inventory.audit import ENTRY_NAMES, Entry
from simtool.inventory.find import reconciliation_within
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import Reconciliation, RecordState
from simtool.inventory.orders import all_batches, find_batch

MOST_CARDS = 100
MOST_ENTRIES = 100


@dataclass(frozen=True, slots=True)
class Standing:
    """A card where it is: since when, who brought it there, where, and why; empty where the log has no word of it."""

    iccid: str
    state: RecordState
    since: str
    who: str
    place: str
    why: str


def batches_and_counts(inventory: Inventory) -> tuple[tuple[Batch, Reconciliation], ...]:
    """Every batch with where its cards are, the newest first."""
    with inventory.store.read() as connection:
        found = reversed(all_batches(connection))
        return tuple((batch, reconciliation_within(connection, batch.name)) for batch in found)


def cards_in(
    inventory: Inventory, batch: str, state: RecordState, *, limit: int = MOST_CARDS, after: str = ""
) -> tuple[Standing, ...]:
    """Cards of a batch in one state, in the order of their ICCIDs, those behind `after`. Raises `InputError`."""
    cards, log = tables.cards, tables.audit
    last = (
        select(func.max(log.c.seq))
        .where(log.c.subject == cards.c.iccid, log.c.act == state.value)
        .correlate(cards)
        .scalar_subquery()
    )
    with inventory.store.read() as connection:
        batch_id = find_batch(connection, batch).id
        mine = (cards.c.batch_id == batch_id, cards.c.state == state.value, cards.c.iccid > after)
        columns = (cards.c.iccid, log.c.time, log.c.who, log.c.place, log.c.detail)
        query = select(*columns).outerjoin(log, log.c.seq == last).where(*mine).order_by(cards.c.iccid).limit(limit)
        return tuple(
            Standing(row.iccid, state, row.time or "", row.who or "", row.place or "", row.detail or "")
            for row in connection.execute(query)
        )


def latest_entries(
    inventory: Inventory, *, text: str = "", before: int | None = None, limit: int = MOST_ENTRIES
) -> tuple[Entry, ...]:
    """The latest entries of the audit log, newest first; `text` is looked for in act, subject, person, place, reason."""
    log = tables.audit
    query = select(*(log.c[name] for name in ENTRY_NAMES[:-1])).order_by(log.c.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(log.c.seq < before)
    if text:
        columns = (log.c.act, log.c.subject, log.c.who, log.c.place, log.c.detail)
        query = query.where(or_(*(column.icontains(text, autoescape=True) for column in columns)))
    with inventory.store.read() as connection:
        return tuple(Entry(*row) for row in connection.execute(query))
