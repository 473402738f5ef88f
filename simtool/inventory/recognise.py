"""A card that is put into a slot, recognised by its ICCID: is it one of ours, and how far is it?

Each question is one step in an index. Only numbers are compared here; whether the chip holds the record's keys is
proved at the card.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from simtool.inventory import tables
from simtool.inventory.held import now_of
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import RecordState
from simtool.inventory.visits import Making, making, makings
from simtool.inventory.work import may_reclaim

MADE = (RecordState.GOOD, RecordState.SHIPPED)


@dataclass(frozen=True, slots=True)
class Known:
    """The record of a card. `iccid` is the record's; the chip may still have the number that it came with.

    `holder` is who has it as STATION/SLOT, or had it when its lease ran out; `visit` the last one; `resumable` says
    that whoever asked may go on with it (`simtool.inventory.work.reclaim`).
    """

    iccid: str
    batch: str
    state: RecordState
    holder: str
    visit: Making | None
    resumable: bool


def recognise(inventory: Inventory, iccid: str, *, holder: str = "") -> Known | None:
    """The record of the card with this ICCID; None for a card that is not known. `holder` is the slot that asks.

    A chip that was torn off before it got its ICCID is known by the one that it came with, if only one record was ever
    begun on a chip of that number. Then a record that is good is not the one (its card has the new number), nor is one
    that another slot works on: stock whose chips all carry one number is not told apart by it.
    """
    with inventory.store.read() as connection:
        cards = tables.cards
        own = connection.execute(select(cards.c.id).where(cards.c.iccid == iccid)).scalar_one_or_none()
        if own is not None:
            return _known(inventory, connection, own, holder)
        table = tables.visits
        first, last = (
            select(edge(table.c.card_id)).where(table.c.chip == iccid).scalar_subquery()
            for edge in (func.min, func.max)
        )
        lowest, highest = connection.execute(select(first, last)).one()
        if lowest is None or lowest != highest:
            return None
        found = _known(inventory, connection, lowest, holder)
        elsewhere = found.state is RecordState.PROGRAMMING and not found.resumable
        return None if found.state in MADE or elsewhere else found


def _known(inventory: Inventory, connection: Connection, card_id: int, mine: str) -> Known:
    cards, batches = tables.cards, tables.batches
    late = func.coalesce(cards.c.lease_until < now_of(inventory), False).label("late")
    query = select(cards.c.iccid, cards.c.state, cards.c.claim, cards.c.holder, late, batches.c.name)
    row = connection.execute(query.join(batches, batches.c.id == cards.c.batch_id).where(cards.c.id == card_id)).one()
    state = RecordState(row.state)
    visit = _last_visit(connection, card_id)
    at_work = visit is None or not visit.end
    resumable = may_reclaim(state, row.claim, row.holder, mine, late=bool(row.late), at_work=at_work)
    return Known(row.iccid, row.name, state, row.holder or "", visit, resumable)


def _last_visit(connection: Connection, card_id: int) -> Making | None:
    table = tables.visits
    query = makings().where(table.c.card_id == card_id).order_by(table.c.id.desc()).limit(1)
    row: Any = connection.execute(query).one_or_none()
    return None if row is None else making(row)
