"""Records at work: a station claims one, programs a card with it, and says what came of it.

A claim is held under a lease. On PostgreSQL stations claim side by side (`FOR UPDATE SKIP LOCKED`); SQLite has one
writer at a time, so claims wait for each other. A station that dies leaves its claim behind: when the lease has run
out, a record that no card was touched for is free again, and one whose card was being written is quarantined, because
nobody knows what is on that card. No record is ever given out a second time after its card was touched.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection, Float, cast, func, select, update
from sqlalchemy.sql import literal_column

from simtool.batch.block import blocks_of
from simtool.batch.order import BatchState
from simtool.errors import InputError, RefusedError
from simtool.inventory import tables
from simtool.inventory.inventory import Act, Inventory
from simtool.inventory.life import HELD, MAY_FOLLOW, RecordState, require_transition
from simtool.inventory.orders import batch_uid, find_batch
from simtool.inventory.records import layout_id, open_rows
from simtool.inventory.sealing import seal_block
from simtool.inventory.vault import FINGERPRINT, batch_key
from simtool.perso.aka_settings import AkaSettings
from simtool.perso.record import CardRecord

LEASE_SECONDS = 600.0
CLAIM_BYTES = 12
EXPIRE_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Claim:
    """A record in one station's hands, until it is finished or the lease runs out."""

    card_id: int
    token: str
    record: CardRecord


def claim(
    inventory: Inventory, batch: str, *, count: int = 1, lease_seconds: float = LEASE_SECONDS
) -> tuple[Claim, ...]:
    """Take up to `count` records of a batch that nobody has; none when all are taken. Leases that ran out end first.

    Raises `InputError` for an unknown batch or one without keys, `RefusedError` for one that is not generated yet.
    """
    with inventory.act() as act:
        found = find_batch(act.connection, batch)
        if found.state is not BatchState.GENERATED:
            raise RefusedError(f"batch {batch} is {found.state.value}", hint="only generated batches are worked on")
        _expire(inventory, act, found.id)
        table, token = tables.cards, secrets.token_hex(CLAIM_BYTES)
        free = (
            select(table.c.id)
            .where(table.c.batch_id == found.id, table.c.state == RecordState.GENERATED.value)
            .order_by(table.c.id)
            .limit(count)
            .with_for_update(skip_locked=True)
        )
        ids = list(act.connection.execute(free).scalars())
        if not ids:
            return ()
        taken = update(table).where(table.c.id.in_(ids), table.c.state == RecordState.GENERATED.value)
        lease = _now(inventory) + lease_seconds
        act.connection.execute(taken.values(state=RecordState.CLAIMED.value, claim=token, lease_until=lease))
        claims = []
        columns = (table.c.id, table.c.layout_id, table.c.iccid, table.c.sealed)
        cards = act.connection.execute(select(*columns).where(table.c.id.in_(ids)).order_by(table.c.id)).all()
        records = (
            record for block in open_rows(inventory, act.connection, found.id, cards) for record in block.records()
        )
        for card, record in zip(cards, records, strict=True):
            claims.append(Claim(card.id, token, record))
            act.note(RecordState.CLAIMED.value, card.iccid, f"batch {batch}")
        return tuple(claims)


def start(inventory: Inventory, *held: Claim, lease_seconds: float = LEASE_SECONDS) -> None:
    """Say that cards are about to be written with these records: all of them, or none.

    Raises `RefusedError` when a claim was lost.
    """
    with inventory.act() as act:
        for one in held:
            _move_held(inventory, act, one, RecordState.PROGRAMMING, lease_until=_now(inventory) + lease_seconds)
            act.note(RecordState.PROGRAMMING.value, one.record.iccid.digits)


def renew(inventory: Inventory, held: Claim, *, lease_seconds: float = LEASE_SECONDS) -> None:
    """Hold the record longer. Raises `RefusedError` when the claim was lost."""
    table = tables.cards
    with inventory.store.begin() as connection:
        mine = update(table).where(table.c.id == held.card_id, table.c.claim == held.token)
        if connection.execute(mine.values(lease_until=_now(inventory) + lease_seconds)).rowcount != 1:
            raise _lost(held)


def release(inventory: Inventory, held: Claim, why: str = "") -> None:
    """Give a record back that no card was touched for."""
    with inventory.act() as act:
        _move_held(inventory, act, held, RecordState.GENERATED)
        act.note(RecordState.GENERATED.value, held.record.iccid.digits, why)


def finish(
    inventory: Inventory, held: Claim, state: RecordState, *, why: str = "", record: CardRecord | None = None
) -> None:
    """Say what came of it: good, rejected or quarantined. `record` is stored as it is now (SQN used, PINs written).

    Raises `RefusedError` when the claim was lost meanwhile: whoever has the card in hand puts it aside.
    """
    with inventory.act() as act:
        _move_held(inventory, act, held, state)
        if record is not None:
            _reseal(inventory, act.connection, held, record)
        act.note(state.value, held.record.iccid.digits, why)


def move(inventory: Inventory, iccid: str, state: RecordState, why: str) -> None:
    """Change a record's state by hand, with a reason. Raises `InputError`, and `RefusedError` where it may not be."""
    if not why.strip():
        raise InputError("a change by hand needs a reason", field="--why")
    with inventory.act() as act:
        table = tables.cards
        query = select(table.c.id, table.c.state).where(table.c.iccid == iccid).with_for_update()
        row = act.connection.execute(query).one_or_none()
        if row is None:
            raise InputError(f"there is no card {iccid}", hint="simtool inventory find")
        before = RecordState(row.state)
        if before in HELD:
            raise RefusedError(f"card {iccid} is {before.value} at a station", hint="wait until its lease runs out")
        require_transition(iccid, before, state)
        if state in HELD:
            raise RefusedError(f"card {iccid}: only a station makes a record {state.value}")
        act.connection.execute(update(table).where(table.c.id == row.id).values(state=state.value))
        act.note(state.value, iccid, why)


def expire(inventory: Inventory, batch: str) -> int:
    """End the leases of a batch that ran out; returns how many."""
    with inventory.act() as act:
        return _expire(inventory, act, find_batch(act.connection, batch).id)


def _expire(inventory: Inventory, act: Act, batch_id: int) -> int:
    """Untouched records are free again, those whose card was being written go to quarantine."""
    table, ended = tables.cards, 0
    for before, after, why in (
        (RecordState.CLAIMED, RecordState.GENERATED, "the lease ran out before a card was touched"),
        (RecordState.PROGRAMMING, RecordState.QUARANTINED, "the lease ran out while a card was being written"),
    ):
        late = select(table.c.id, table.c.iccid, table.c.claim).where(
            table.c.batch_id == batch_id, table.c.state == before.value, table.c.lease_until < _now(inventory)
        )
        rows = act.connection.execute(late.limit(EXPIRE_AT_ONCE).with_for_update(skip_locked=True)).all()
        for row in rows:
            ended += 1
            freed = update(table).where(table.c.id == row.id)
            act.connection.execute(freed.values(state=after.value, claim=None, lease_until=None))
            act.note(after.value, row.iccid, why)
    return ended


def _move_held(
    inventory: Inventory,
    act: Act,
    held: Claim,
    state: RecordState,
    *,
    lease_until: ColumnElement[float] | None = None,
) -> None:
    """Change the state of a record that is held; without `lease_until` it is held no longer."""
    table = tables.cards
    mine = (table.c.id == held.card_id, table.c.claim == held.token)
    before = [one.value for one in HELD if state in MAY_FOLLOW[one]]
    token = held.token if lease_until is not None else None
    changed = update(table).where(*mine, table.c.state.in_(before))
    values = {"state": state.value, "claim": token, "lease_until": lease_until}
    if act.connection.execute(changed.values(values)).rowcount != 1:
        found = act.connection.execute(select(table.c.state).where(*mine)).scalar_one_or_none()
        if found is None:
            raise _lost(held)
        require_transition(held.record.iccid.digits, RecordState(found), state)


def _reseal(inventory: Inventory, connection: Connection, held: Claim, record: CardRecord) -> None:
    """Store the record as it is now. Raises `RefusedError` for a record of other numbers or keys."""
    uid = batch_uid(connection, held.card_id >> tables.NUMBER_BITS)
    keys = inventory.vault.key(connection, batch_key(uid)), inventory.vault.key(connection, FINGERPRINT)
    plain = tuple(replace(item, settings=AkaSettings()) for item in record.subscriptions)  # these are the profile's
    (block,) = blocks_of([replace(record, subscriptions=plain)])
    sealed = seal_block(block, keys[0], uid, keys[1])
    table = tables.subscriptions
    query = select(table.c.imsi, table.c.ki_fingerprint).where(table.c.card_id == held.card_id)
    known = [
        (row.imsi, row.ki_fingerprint and bytes(row.ki_fingerprint))
        for row in connection.execute(query.order_by(table.c.position))
    ]
    now = [(item.imsi.digits, marks[0]) for item, marks in zip(record.subscriptions, sealed.fingerprints, strict=True)]
    if known != now or record.iccid != held.record.iccid:
        raise RefusedError(f"card {held.record.iccid}: this is another record than the one that was claimed")
    for position, item in enumerate(record.subscriptions):
        mine = update(table).where(table.c.card_id == held.card_id, table.c.position == position)
        connection.execute(mine.where(table.c.sqn <= item.sqn).values(sqn=item.sqn))
    layout, card = layout_id(inventory, connection, sealed.layout), tables.cards.c.id == held.card_id
    connection.execute(update(tables.cards).where(card).values(sealed=sealed.cards[0], layout_id=layout))


def _lost(held: Claim) -> RefusedError:
    return RefusedError(
        f"card {held.record.iccid}: the claim was lost, its lease had run out",
        hint="put the card aside: its record is quarantined, or somebody else has it",
    )


def _now(inventory: Inventory) -> ColumnElement[float]:
    """Seconds since 1970 by the database's clock, which is the same for all stations."""
    if inventory.store.is_postgres:
        return cast(func.extract("epoch", func.clock_timestamp()), Float)
    return literal_column("((julianday('now') - 2440587.5) * 86400.0)", Float)
