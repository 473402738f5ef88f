"""Cards' visits at the slots of a station: who had which card where, how long, and what came of it.

A visit begins before the first write and is ended in one transaction with the record's new state; one that is still
open shows where a card was when a station died. Nothing here is secret.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Select, case, func, insert, select, update

from simtool.errors import RefusedError
from simtool.inventory import tables
from simtool.inventory.held import (
    LEASE_SECONDS,
    UNFINISHED,
    Claim,
    end_visits,
    lost,
    move_held,
    now_of,
    reseal,
)
from simtool.inventory.inventory import Inventory, utc_now
from simtool.inventory.life import RecordState
from simtool.inventory.orders import find_batch
from simtool.perso.record import CardRecord


@dataclass(frozen=True, slots=True)
class Making:
    """One card's visit. `chip` is the ICCID that the card had when it came in, `iccid` its record's.

    `digest` is that of the approved first article under which it was made; `end` is empty while it is open, then one of
    good, rejected, quarantined, unfinished. Times are ISO 8601, `busy` and `work` seconds.
    """

    id: int
    batch: str
    iccid: str
    chip: str
    product: str
    station: str
    slot: str
    operator: str
    digest: str
    began: str
    ended: str = ""
    end: str = ""
    cause: str = ""
    busy: float = 0.0
    work: float = 0.0
    tpdus: int = 0
    wire_bytes: int = 0
    writes: int = 0
    repowered: int = 0
    reseated: int = 0
    checked: str = ""


@dataclass(frozen=True, slots=True)
class Measures:
    """What a visit cost. `busy` are seconds from the card's insertion to its end, `work` those of our own processor;
    `checked` is "full" or "proof", empty where nothing was checked."""

    busy: float = 0.0
    work: float = 0.0
    tpdus: int = 0
    wire_bytes: int = 0
    writes: int = 0
    repowered: int = 0
    reseated: int = 0
    checked: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """The visits of one station, slot, operator and product by their end; `unfinished` counts those still open too.

    `seconds` is the time that the cards were in the slot, all together.
    """

    station: str
    slot: str
    operator: str
    product: str
    good: int
    rejected: int
    quarantined: int
    unfinished: int
    seconds: float


def begin_visit(
    inventory: Inventory,
    claim: Claim,
    *,
    chip: str,
    product: str,
    station: str,
    slot: str,
    operator: str,
    digest: str,
    lease_seconds: float = LEASE_SECONDS,
) -> int:
    """Say that a card is about to be written with this record: it is programming from here on. Gives the visit's id.

    `chip` is the ICCID that the card has now. Raises `RefusedError` when the claim was lost.
    """
    with inventory.act() as act:
        table = tables.cards
        mine = (table.c.id == claim.card_id, table.c.claim == claim.token)
        before = act.connection.execute(select(table.c.state).where(*mine).with_for_update()).scalar_one_or_none()
        if before is None:
            raise lost(claim)
        lease = now_of(inventory) + lease_seconds
        held = update(table).where(*mine)
        act.connection.execute(held.values(state=RecordState.PROGRAMMING.value, lease_until=lease))
        end_visits(act.connection, claim.card_id, UNFINISHED, "another visit began")
        row = {
            "card_id": claim.card_id, "batch_id": claim.card_id >> tables.NUMBER_BITS, "chip": chip, "product": product,
            "station": station, "slot": slot, "operator": operator, "digest": digest, "began": utc_now(), "ended": "",
            "end": "", "cause": "", **asdict(Measures()),
        }  # fmt: skip
        visit = act.connection.execute(insert(tables.visits).values(row).returning(tables.visits.c.id)).scalar_one()
        if before == RecordState.CLAIMED.value:
            act.note(RecordState.PROGRAMMING.value, claim.record.iccid.digits, f"{product}, chip {chip}")
    return int(visit)


def finish_visit(
    inventory: Inventory,
    claim: Claim,
    visit: int,
    state: RecordState,
    *,
    record: CardRecord | None,
    why: str = "",
    measures: Measures,
) -> None:
    """Say what came of a card: the record's state, the record as it is now, the visit's end and the log, or nothing.

    `state` is good, rejected or quarantined; a `record` of None stays as it was. Raises `RefusedError` when the claim
    was lost, or the visit is another record's or over: whoever has the card in hand puts it aside.
    """
    with inventory.act() as act:
        move_held(act, claim, state)
        if record is not None:
            reseal(inventory, act.connection, claim, record)
        _end(act.connection, visit, state.value, why, measures, card_id=claim.card_id)
        act.note(state.value, claim.record.iccid.digits, why)


def break_visit(inventory: Inventory, visit: int, why: str, measures: Measures) -> None:
    """Say that a visit came to no result, as when the card was taken out; the record stays in its holder's hands.

    Raises `RefusedError` when the visit is over.
    """
    with inventory.act() as act:
        _end(act.connection, visit, UNFINISHED, why, measures)
        table = tables.visits
        iccid = (
            select(tables.cards.c.iccid).join(table, table.c.card_id == tables.cards.c.id).where(table.c.id == visit)
        )
        act.note(UNFINISHED, act.connection.execute(iccid).scalar_one(), why)


def visits(inventory: Inventory, batch: str, *, limit: int = 100, before: int | None = None) -> tuple[Making, ...]:
    """The last visits of a batch, the newest first; `before` goes on below the id of the last one seen."""
    table = tables.visits
    with inventory.store.read() as connection:
        found = find_batch(connection, batch)
        query = makings().where(table.c.batch_id == found.id)
        if before is not None:
            query = query.where(table.c.id < before)
        return tuple(making(row) for row in connection.execute(query.order_by(table.c.id.desc()).limit(limit)))


def tally(inventory: Inventory, batch: str) -> tuple[Tally, ...]:
    """All visits of a batch counted: who made how many cards of what, where, and how many were not good."""
    table = tables.visits
    parts = (table.c.station, table.c.slot, table.c.operator, table.c.product)
    ends = [state.value for state in (RecordState.GOOD, RecordState.REJECTED, RecordState.QUARANTINED)]
    counts = [func.sum(case((table.c.end == end, 1), else_=0)).label(end) for end in ends]
    others = func.sum(case((table.c.end.in_(ends), 0), else_=1)).label(UNFINISHED)
    with inventory.store.read() as connection:
        found = find_batch(connection, batch)
        query = select(*parts, *counts, others, func.sum(table.c.busy).label("seconds"))
        rows = connection.execute(query.where(table.c.batch_id == found.id).group_by(*parts).order_by(*parts))
        return tuple(
            Tally(
                row.station, row.slot, row.operator, row.product, row.good, row.rejected, row.quarantined,
                row.unfinished, row.seconds,
            )
            for row in rows
        )  # fmt: skip


def makings() -> Select[Any]:
    """The query for `making`, to be narrowed."""
    table, cards, batches = tables.visits, tables.cards, tables.batches
    joined = select(table, cards.c.iccid, batches.c.name.label("batch")).join(cards, cards.c.id == table.c.card_id)
    return joined.join(batches, batches.c.id == table.c.batch_id)


def making(row: Any) -> Making:
    """A row of `makings` as a value."""
    return Making(
        row.id, row.batch, row.iccid, row.chip, row.product, row.station, row.slot, row.operator, row.digest, row.began,
        row.ended, row.end, row.cause, row.busy, row.work, row.tpdus, row.wire_bytes, row.writes, row.repowered,
        row.reseated, row.checked,
    )  # fmt: skip


def _end(
    connection: Connection, visit: int, end: str, cause: str, measures: Measures, *, card_id: int | None = None
) -> None:
    table = tables.visits
    mine = update(table).where(table.c.id == visit, table.c.end == "")
    if card_id is not None:
        mine = mine.where(table.c.card_id == card_id)
    values = {"ended": utc_now(), "end": end, "cause": cause, **asdict(measures)}
    if connection.execute(mine.values(values)).rowcount != 1:
        raise RefusedError(f"visit {visit} is over already, or another card's", hint="put the card aside")
