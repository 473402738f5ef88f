"""A record in a station's hands: what holds it, and the changes that only its holder, or the end of a lease, makes.

Everything here is part of somebody's transaction. `simtool.inventory.work` has the verbs, `simtool.inventory.visits`
those with a card in a slot.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection, Float, cast, func, select, update
from sqlalchemy.sql import literal_column

from simtool.batch.block import blocks_of
from simtool.errors import RefusedError
from simtool.inventory import tables
from simtool.inventory.inventory import Act, Inventory, utc_now
from simtool.inventory.life import HELD, MAY_FOLLOW, RecordState, require_transition
from simtool.inventory.orders import batch_uid
from simtool.inventory.records import layout_id
from simtool.inventory.sealing import seal_block
from simtool.inventory.vault import FINGERPRINT, batch_key
from simtool.perso.aka_settings import AkaSettings
from simtool.perso.record import CardRecord

LEASE_SECONDS = 600.0
EXPIRE_AT_ONCE = 500
UNFINISHED = "unfinished"
"""How a visit ended that came to no result."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A record in one station's hands, until it is finished or the lease runs out."""

    card_id: int
    token: str
    record: CardRecord


def now_of(inventory: Inventory) -> ColumnElement[float]:
    """Seconds since 1970 by the database's clock, which is the same for all stations."""
    if inventory.store.is_postgres:
        return cast(func.extract("epoch", func.clock_timestamp()), Float)
    return literal_column("((julianday('now') - 2440587.5) * 86400.0)", Float)


def lost(held: Claim) -> RefusedError:
    """The error of a claim that somebody or something ended."""
    return RefusedError(
        f"card {held.record.iccid}: the claim was lost, its lease had run out",
        hint="put the card aside: its record is quarantined, or somebody else has it",
    )


def end_leases(inventory: Inventory, act: Act, batch_id: int) -> int:
    """End what ran out: untouched records are free again, those whose card was being written go to quarantine.

    These keep the name of their holder: when the very same card comes back, it may be finished.
    """
    table, ended = tables.cards, 0
    for before, after, why in (
        (RecordState.CLAIMED, RecordState.GENERATED, "the lease ran out before a card was touched"),
        (RecordState.PROGRAMMING, RecordState.QUARANTINED, "the lease ran out while a card was being written"),
    ):
        late = select(table.c.id, table.c.iccid).where(
            table.c.batch_id == batch_id, table.c.state == before.value, table.c.lease_until < now_of(inventory)
        )
        for row in act.connection.execute(late.limit(EXPIRE_AT_ONCE).with_for_update(skip_locked=True)).all():
            ended += 1
            holder = func.coalesce(table.c.holder, "") if after is RecordState.QUARANTINED else None
            freed = update(table).where(table.c.id == row.id)
            act.connection.execute(freed.values(state=after.value, claim=None, lease_until=None, holder=holder))
            if after is RecordState.QUARANTINED:
                end_visits(act.connection, row.id, UNFINISHED, why)
            act.note(after.value, row.iccid, why)
    return ended


def end_visits(connection: Connection, card_id: int, end: str, cause: str) -> None:
    """End the visit of a record that is still open, if there is one."""
    table = tables.visits
    mine = update(table).where(table.c.card_id == card_id, table.c.end == "")
    connection.execute(mine.values(ended=utc_now(), end=end, cause=cause))


def move_held(act: Act, held: Claim, state: RecordState, *, lease_until: ColumnElement[float] | None = None) -> None:
    """Change the state of a record that is held; without `lease_until` it is held no longer."""
    table = tables.cards
    mine = (table.c.id == held.card_id, table.c.claim == held.token)
    before = [one.value for one in HELD if state in MAY_FOLLOW[one]]
    changed = update(table).where(*mine, table.c.state.in_(before)).values(state=state.value, lease_until=lease_until)
    if lease_until is None:
        changed = changed.values(claim=None, holder=None)
    if act.connection.execute(changed).rowcount != 1:
        found = act.connection.execute(select(table.c.state).where(*mine)).scalar_one_or_none()
        if found is None:
            raise lost(held)
        require_transition(held.record.iccid.digits, RecordState(found), state)


def reseal(inventory: Inventory, connection: Connection, held: Claim, record: CardRecord) -> None:
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
