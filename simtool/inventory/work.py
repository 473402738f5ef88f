"""Records at work: a station claims one, programs a card with it, and says what came of it.

A claim is held under a lease. On PostgreSQL stations claim side by side (`FOR UPDATE SKIP LOCKED`); SQLite has one
writer at a time, so claims wait for each other. A station that dies leaves its claim behind: when the lease has run
out, a record that no card was touched for is free again, and one whose card was being written is quarantined, because
nobody knows what is on that card. No record is ever given out to another card after a card was touched with it; the
same card may come back and be finished (`reclaim`).

A holder is written STATION/SLOT. One slot has one worker, so what a slot holds from an earlier life is its own; what
other slots of the station hold is theirs until the station starts again (`take_back`).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, literal, select, update

from simtool.batch.order import BatchState
from simtool.errors import InputError, RefusedError
from simtool.inventory import tables
from simtool.inventory.held import (
    LEASE_SECONDS,
    UNFINISHED,
    Claim,
    end_leases,
    end_visits,
    lost,
    move_held,
    now_of,
    reseal,
)
from simtool.inventory.inventory import Act, Inventory
from simtool.inventory.life import HELD, RecordState, require_transition
from simtool.inventory.orders import find_batch
from simtool.inventory.records import open_rows
from simtool.perso.record import CardRecord

__all__ = (
    "LEASE_SECONDS", "Claim", "TakenBack", "claim", "claim_card", "expire", "finish", "may_reclaim", "move", "reclaim",
    "release", "renew", "start", "station_of", "take_back",
)  # fmt: skip

CLAIM_BYTES = 12
NOT_TAKEN = (RecordState.GENERATED, RecordState.REJECTED, RecordState.QUARANTINED, RecordState.DESTROYED)
"""States that add no card to an order; a record in any other is good, or may become so."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What a station's earlier life had left: so many untouched records that are free again, and the ICCIDs of the
    records whose cards were being written."""

    freed: int
    unfinished: tuple[str, ...]


def claim(
    inventory: Inventory,
    batch: str,
    *,
    count: int = 1,
    lease_seconds: float = LEASE_SECONDS,
    holder: str = "",
    wanted_only: bool = False,
) -> tuple[Claim, ...]:
    """Take up to `count` records of a batch that nobody has; none when all are taken. Leases that ran out end first.

    With `wanted_only` the records that are good, shipped or held never become more than the customer ordered, however
    many stations claim at once; none then means that nothing more is wanted now: it may be, when a card at work
    elsewhere is rejected.

    Raises `InputError` for an unknown batch or one without keys, `RefusedError` for one that is not generated yet.
    """
    with inventory.act() as act:
        found = _batch_at_work(act.connection, batch, lock=wanted_only)
        end_leases(inventory, act, found.id)
        if wanted_only:
            count = _room(act.connection, found, count)
        free = _in_state(found.id, RecordState.GENERATED, count).with_for_update(skip_locked=True)
        ids = list(act.connection.execute(free).scalars()) if count else []
        return _take(inventory, act, found, ids, holder, lease_seconds) if ids else ()


def claim_card(
    inventory: Inventory,
    batch: str,
    iccid: str,
    *,
    holder: str,
    wanted_only: bool = True,
    lease_seconds: float = LEASE_SECONDS,
) -> Claim | None:
    """Take the record of just this card; None when the order needs no more. Leases that ran out end first.

    What the same slot had claimed before is claimed anew. Raises `RefusedError` where the record is not free or not of
    this batch, and as `claim`.
    """
    with inventory.act() as act:
        found = _batch_at_work(act.connection, batch, lock=wanted_only)
        end_leases(inventory, act, found.id)
        row = _lock_card(act.connection, iccid)
        if row is None or row.batch_id != found.id:
            raise RefusedError(f"card {iccid} is not of batch {batch}", hint="take it out; is this the right batch?")
        mine = row.state == RecordState.CLAIMED.value and row.holder == holder != ""
        if row.state != RecordState.GENERATED.value and not mine:
            by = f" by {row.holder}" if row.holder else ""
            raise RefusedError(f"card {iccid} is {row.state}{by}", hint="take it out; simtool inventory find says more")
        if wanted_only and not mine and not _room(act.connection, found, 1):
            return None
        return _take(inventory, act, found, [row.id], holder, lease_seconds)[0]


def reclaim(
    inventory: Inventory,
    iccid: str,
    *,
    holder: str,
    lease_seconds: float = LEASE_SECONDS,
    wanted_only: bool = True,
) -> Claim:
    """Go on with the record of a card that was torn off while it was written, under a new token.

    The caller has that very card in hand. It may be this slot's own, one of the same station after `take_back` or
    whose visit was broken off, or anybody's after its lease ran out: see `may_reclaim`. With `wanted_only` not if the
    order was completed meanwhile. Raises `RefusedError` otherwise.
    """
    with inventory.act() as act:
        table = tables.cards
        query = select(tables.batches.c.name).join(table, table.c.batch_id == tables.batches.c.id)
        batch = act.connection.execute(query.where(table.c.iccid == iccid)).scalar_one_or_none()
        if batch is None:
            raise RefusedError(f"there is no card {iccid}", hint="take it out")
        found = _batch_at_work(act.connection, batch, lock=wanted_only)
        row = _lock_card(act.connection, iccid)
        state, late = RecordState(row.state), _is_late(inventory, act.connection, row)
        at_work = _in_a_slot(act.connection, row.id)
        if not may_reclaim(state, row.claim, row.holder, holder, late=late, at_work=at_work):
            by = f" by {row.holder}" if row.holder and state in HELD else ""
            hint = f"put it into the slot of {row.holder}" if by else "take it out; simtool inventory find says more"
            raise RefusedError(f"card {iccid} is {state.value}{by} and cannot be gone on with here", hint=hint)
        if wanted_only and state is RecordState.QUARANTINED and not _room(act.connection, found, 1):
            raise RefusedError(
                f"card {iccid} was not finished, and batch {batch} needs no more cards",
                hint="put it aside; a supervisor rejects its record",
            )
        end_visits(act.connection, row.id, UNFINISHED, f"gone on with by {holder}")
        (again,) = _take(inventory, act, found, [row.id], holder, lease_seconds, RecordState.PROGRAMMING)
        return again


def may_reclaim(
    state: RecordState, token: str | None, holder: str | None, mine: str, *, late: bool, at_work: bool
) -> bool:
    """Whether the slot `mine` may go on with an unfinished card of `holder`.

    A quarantined record keeps its holder only where its lease ran out. Without a token the station has started again;
    a card that is not `at_work` (no visit of it is open) was given up unfinished: any slot of the station may have it.
    """
    if state is RecordState.QUARANTINED:
        return holder is not None
    if state is not RecordState.PROGRAMMING:
        return False
    if late or (mine != "" and holder == mine):
        return True
    is_free = token is None or not at_work
    return is_free and station_of(mine) != "" and station_of(holder or "") == station_of(mine)


def _in_a_slot(connection: Connection, card_id: int) -> bool:
    """Whether its last visit is open, or nobody has noted any."""
    table = tables.visits
    query = select(table.c.end).where(table.c.card_id == card_id).order_by(table.c.id.desc()).limit(1)
    return not connection.execute(query).scalar_one_or_none()


def station_of(holder: str) -> str:
    """The station's name in a holder STATION/SLOT, up to the first slash; empty where there is none."""
    station, slash, _ = holder.partition("/")
    return station if slash else ""


def take_back(inventory: Inventory, batch: str, station: str) -> TakenBack:
    """What a station does when it starts again (or a slot, given as STATION/SLOT): its earlier life holds nothing more.

    Untouched records are free at once. Those whose cards were being written keep their state, and any slot of the
    station may go on with them; whoever still works on one in the earlier life is not let finish. Raises `InputError`.
    """
    if not station:
        raise InputError("a station without a name has nothing to take back")
    freed, unfinished = 0, []
    with inventory.act() as act:
        found, table = _batch_at_work(act.connection, batch), tables.cards
        query = select(table.c.id, table.c.iccid, table.c.state, table.c.holder).where(
            table.c.batch_id == found.id,
            table.c.state.in_([state.value for state in HELD]),
            table.c.holder.is_not(None),
        )
        for row in act.connection.execute(query.order_by(table.c.id).with_for_update()).all():
            if station not in (row.holder, station_of(row.holder)):
                continue
            mine = update(table).where(table.c.id == row.id)
            if row.state == RecordState.CLAIMED.value:
                freed += 1
                values = {"state": RecordState.GENERATED.value, "claim": None, "lease_until": None, "holder": None}
                act.connection.execute(mine.values(values))
                act.note(RecordState.GENERATED.value, row.iccid, f"{station} started again before a card was touched")
            else:
                unfinished.append(str(row.iccid))
                why = f"{station} started again while a card was being written"
                act.connection.execute(mine.values(claim=None))
                end_visits(act.connection, row.id, UNFINISHED, why)
                act.note("unfinished", row.iccid, why)
    return TakenBack(freed, tuple(unfinished))


def start(inventory: Inventory, *held: Claim, lease_seconds: float = LEASE_SECONDS) -> None:
    """Say that cards are about to be written with these records: all of them, or none.

    A station says it with more: `simtool.inventory.visits.begin_visit`. Raises `RefusedError` when a claim was lost.
    """
    with inventory.act() as act:
        for one in held:
            move_held(act, one, RecordState.PROGRAMMING, lease_until=now_of(inventory) + lease_seconds)
            act.note(RecordState.PROGRAMMING.value, one.record.iccid.digits)


def renew(inventory: Inventory, held: Claim, *, lease_seconds: float = LEASE_SECONDS) -> None:
    """Hold the record longer. Raises `RefusedError` when the claim was lost."""
    table = tables.cards
    with inventory.store.begin() as connection:
        mine = update(table).where(table.c.id == held.card_id, table.c.claim == held.token)
        if connection.execute(mine.values(lease_until=now_of(inventory) + lease_seconds)).rowcount != 1:
            raise lost(held)


def release(inventory: Inventory, held: Claim, why: str = "") -> None:
    """Give a record back that no card was touched for."""
    with inventory.act() as act:
        move_held(act, held, RecordState.GENERATED)
        act.note(RecordState.GENERATED.value, held.record.iccid.digits, why)


def finish(
    inventory: Inventory, held: Claim, state: RecordState, *, why: str = "", record: CardRecord | None = None
) -> None:
    """Say what came of it: good, rejected or quarantined. `record` is stored as it is now (SQN used, PINs written).

    A station says it with more: `simtool.inventory.visits.finish_visit`. Raises `RefusedError` when the claim was lost
    meanwhile: whoever has the card in hand puts it aside.
    """
    with inventory.act() as act:
        move_held(act, held, state)
        if record is not None:
            reseal(inventory, act.connection, held, record)
        end_visits(act.connection, held.card_id, state.value, why)
        act.note(state.value, held.record.iccid.digits, why)


def move(inventory: Inventory, iccid: str, state: RecordState, why: str) -> None:
    """Change a record's state by hand, with a reason. Raises `InputError`, and `RefusedError` where it may not be.

    One that is being programmed may be rejected or quarantined when no slot has its card any more: the station has
    started again, or has given it up unfinished.
    """
    if not why.strip():
        raise InputError("a change by hand needs a reason", field="--why")
    with inventory.act() as act:
        table = tables.cards
        batch = act.connection.execute(select(table.c.batch_id).where(table.c.iccid == iccid)).scalar_one_or_none()
        if batch is None:
            raise InputError(f"there is no card {iccid}", hint="simtool inventory find")
        _lock_batch(act.connection, batch)  # stations that count what is still wanted wait for this
        row = _lock_card(act.connection, iccid)
        before = RecordState(row.state)
        if before in HELD:
            is_left = before is RecordState.PROGRAMMING and not (row.claim and _in_a_slot(act.connection, row.id))
            if not is_left or state is RecordState.GOOD:
                raise RefusedError(f"card {iccid} is {before.value} at a station", hint="wait until its lease runs out")
        require_transition(iccid, before, state)
        if state in HELD:
            raise RefusedError(f"card {iccid}: only a station makes a record {state.value}")
        end_visits(act.connection, row.id, UNFINISHED, why)
        freed = {"state": state.value, "holder": None, "claim": None, "lease_until": None}
        act.connection.execute(update(table).where(table.c.id == row.id).values(freed))
        act.note(state.value, iccid, why)


def expire(inventory: Inventory, batch: str) -> int:
    """End the leases of a batch that ran out; returns how many."""
    with inventory.act() as act:
        return end_leases(inventory, act, find_batch(act.connection, batch).id)


def _batch_at_work(connection: Connection, name: str, *, lock: bool = False) -> Any:
    """The row (id, name, state, quantity, made) of a batch that is worked on; locked, others who count wait."""
    table = tables.batches
    query = select(table.c.id, table.c.name, table.c.state, table.c.quantity, table.c.made).where(table.c.name == name)
    row = connection.execute(query.with_for_update(key_share=True) if lock else query).one_or_none()
    if row is None:
        raise InputError(f"there is no batch {name!r}", hint="simtool batch list")
    if row.state != BatchState.GENERATED.value:
        raise RefusedError(f"batch {name} is {row.state}", hint="only generated batches are worked on")
    return row


def _lock_batch(connection: Connection, batch_id: int) -> None:
    table = tables.batches
    connection.execute(select(table.c.id).where(table.c.id == batch_id).with_for_update(key_share=True)).one()


def _lock_card(connection: Connection, iccid: str) -> Any:
    table = tables.cards
    columns = (table.c.id, table.c.batch_id, table.c.state, table.c.claim, table.c.holder, table.c.lease_until)
    return connection.execute(select(*columns).where(table.c.iccid == iccid).with_for_update()).one_or_none()


def _is_late(inventory: Inventory, connection: Connection, row: Any) -> bool:
    """Whether the lease ran out, by the database's clock."""
    if row.lease_until is None:
        return False
    return bool(connection.execute(select(literal(row.lease_until) < now_of(inventory))).scalar_one())


def _room(connection: Connection, batch: Any, count: int) -> int:
    """How many of `count` further records the order needs. The caller holds the batch's lock.

    All records but the spares are wanted, so it is enough to see whether more than the spares are not taken yet: so
    many steps in an index, however large the batch.
    """
    spare, not_taken = batch.made - batch.quantity, 0
    for state in NOT_TAKEN:
        enough = max(0, spare) + count - not_taken
        if enough > 0:
            some = select(func.count()).select_from(_in_state(batch.id, state, enough).subquery())
            not_taken += connection.execute(some).scalar_one()
    return int(max(0, min(count, not_taken - spare)))


def _in_state(batch_id: int, state: RecordState, limit: int) -> Select[Any]:
    """Ids of records in that state, the lowest first.

    It is asked for in the order of the index on batch, state and id, and as a range of states, so that this is the
    index to be taken: by ids alone PostgreSQL would go through all the finished records that come before.
    """
    table = tables.cards
    mine = (table.c.batch_id == batch_id, table.c.state.between(state.value, state.value))
    return select(table.c.id).where(*mine).order_by(table.c.state, table.c.id).limit(limit)


def _take(
    inventory: Inventory,
    act: Act,
    batch: Any,
    ids: Sequence[int],
    holder: str,
    lease_seconds: float,
    state: RecordState = RecordState.CLAIMED,
) -> tuple[Claim, ...]:
    """Put records that are locked into the holder's hands, under one new token, and open them."""
    table, token = tables.cards, secrets.token_hex(CLAIM_BYTES)
    taken = update(table).where(table.c.id.in_(ids))
    values = {"claim": token, "holder": holder, "lease_until": now_of(inventory) + lease_seconds}
    act.connection.execute(taken.values(state=state.value, **values))
    columns = (table.c.id, table.c.layout_id, table.c.iccid, table.c.sealed)
    cards = act.connection.execute(select(*columns).where(table.c.id.in_(ids)).order_by(table.c.id)).all()
    records = (record for block in open_rows(inventory, act.connection, batch.id, cards) for record in block.records())
    said = "reclaimed" if state is RecordState.PROGRAMMING else state.value
    for card in cards:
        act.note(said, card.iccid, f"batch {batch.name}" + (f", {holder}" if holder else ""))
    return tuple(Claim(card.id, token, record) for card, record in zip(cards, records, strict=True))
