"""Records in the database: put in and read out, block by block, with their secrets under lock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, insert, select, update

from simtool.batch.block import BLOCK_SIZE, Block
from simtool.batch.fields import PublicPart, block_of
from simtool.batch.order import BatchState
from simtool.crypto.column import Column
from simtool.errors import InputError, RefusedError
from simtool.inventory import tables
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import RecordState
from simtool.inventory.making import Locked
from simtool.inventory.orders import find_batch
from simtool.inventory.sealing import open_block
from simtool.inventory.vault import batch_key
from simtool.perso.record import CardRecord

CARD_NAMES = ("id", "batch_id", "layout_id", "iccid", "state", "sealed")
SUBSCRIPTION_NAMES = (
    "card_id", "position", "imsi", "msisdn", "msisdn_plus", "algorithm", "sqn", "ki_fingerprint",
)  # fmt: skip


def card_id(batch_id: int, number: int) -> int:
    """The row of a card, from its number in its batch."""
    return batch_id << tables.NUMBER_BITS | number


def insert_locked(inventory: Inventory, connection: Connection, batch_id: int, start: int, locked: Locked) -> None:
    """Store new cards, from number `start` of the batch on. Raises `DoubledError` for whatever exists already."""
    layout, first = layout_id(inventory, connection, locked.sealed.layout), card_id(batch_id, start)
    state = RecordState.GENERATED.value
    cards = [
        (first + index, batch_id, layout, iccid, state, sealed)
        for index, (iccid, sealed) in enumerate(zip(locked.iccids, locked.sealed.cards, strict=True))
    ]
    inventory.store.insert_many(connection, tables.cards, CARD_NAMES, cards)
    for position, (part, marks) in enumerate(zip(locked.subscriptions, locked.sealed.fingerprints, strict=True)):
        msisdns: Sequence[str | None] = [None] * len(cards) if part.msisdn is None else part.msisdn.texts()
        columns = zip(part.imsi.texts(), msisdns, part.sqn, marks, strict=True)
        rows = [
            (first + index, position, imsi, msisdn, part.msisdn_plus, part.algorithm, sqn, mark)
            for index, (imsi, msisdn, sqn, mark) in enumerate(columns)
        ]
        inventory.store.insert_many(connection, tables.subscriptions, SUBSCRIPTION_NAMES, rows)


def layout_id(inventory: Inventory, connection: Connection, fields: str) -> int:
    """The number of a layout, a new one if need be."""
    table = tables.layouts
    query = select(table.c.id).where(table.c.fields == fields)
    found = connection.execute(query).scalar_one_or_none()
    if found is None:
        inventory.store.lock_register(connection)  # somebody else may be adding the same
        found = connection.execute(query).scalar_one_or_none()
    if found is None:
        found = connection.execute(insert(table).values(fields=fields).returning(table.c.id)).scalar_one()
    return int(found)


def records(inventory: Inventory, name: str) -> Iterator[CardRecord]:
    """Every record of a batch with its secrets, in order, read a few thousand at a time. Raises as `blocks`."""
    for block in blocks(inventory, name):
        yield from block.records()


def finished_records(inventory: Inventory, name: str) -> Iterator[CardRecord]:
    """The same, where each card has been written already. Raises `InputError` at the first that still has targets.

    For files that open cards again: new codes in the place of today's would spend tries.
    """
    for record in records(inventory, name):
        if record.targets or record.key_set_targets:
            raise InputError(
                f"card {record.iccid}: its new codes are not on the card yet, the file would give them for today's",
                hint=f"simtool batch export {name} --out NAME.yaml writes both",
            )
        yield record


def blocks(inventory: Inventory, name: str) -> Iterator[Block]:
    """The records of a batch in columns.

    Raises `RefusedError` before all of them exist, `InputError` when the keys were purged, `AuthenticationError` when
    something was changed behind our back.
    """
    with inventory.store.read() as connection:
        batch = find_batch(connection, name)
    if batch.state in (BatchState.CREATED, BatchState.GENERATING):
        hint = "simtool batch generate makes the rest"
        raise RefusedError(f"batch {name}: {batch.made} of {batch.order.total} records exist", hint=hint)
    if batch.state is BatchState.PURGED:
        raise InputError(f"the keys of batch {name} were purged")
    return read_blocks(inventory, batch.id)


def read_blocks(inventory: Inventory, batch_id: int, *, size: int = BLOCK_SIZE) -> Iterator[Block]:
    """The records of a batch in their order. Each block is read by itself: nothing is held between them.

    Raises `InputError` when the keys were purged, `AuthenticationError` when something was changed behind our back.
    """
    at = card_id(batch_id, 0)
    while True:
        with inventory.store.read() as connection:
            table = tables.cards
            query = select(table.c.id, table.c.layout_id, table.c.iccid, table.c.sealed)
            query = query.where(table.c.id >= at, table.c.id < card_id(batch_id + 1, 0)).order_by(table.c.id)
            cards = connection.execute(query.limit(size)).all()
            if not cards:
                return
            found = list(open_rows(inventory, connection, batch_id, cards))
            at = cards[-1].id + 1
        yield from found


def open_rows(inventory: Inventory, connection: Connection, batch_id: int, cards: Sequence[Any]) -> Iterator[Block]:
    """Rows of cards (id, layout_id, iccid, sealed), in the order of their ids, as blocks with their secrets."""
    uid = connection.execute(select(tables.batches.c.uid).where(tables.batches.c.id == batch_id)).scalar_one()
    key = inventory.vault.key(connection, batch_key(uid))
    if any(card.sealed is None for card in cards):
        raise InputError("the keys of this batch were purged")
    table = tables.subscriptions
    within = select(table).where(table.c.card_id.between(cards[0].id, cards[-1].id))
    numbers: dict[int, list[Any]] = {}
    for row in connection.execute(within.order_by(table.c.card_id, table.c.position)):
        numbers.setdefault(row.card_id, []).append(row)
    layouts = {card.layout_id for card in cards}
    names = select(tables.layouts.c.id, tables.layouts.c.fields).where(tables.layouts.c.id.in_(layouts))
    fields = {row.id: row.fields for row in connection.execute(names)}
    for (layout, *_), alike in groupby(cards, lambda card: _shape(card, numbers[card.id])):
        some = list(alike)
        parts = [
            _public_part([numbers[card.id][position] for card in some]) for position in range(len(numbers[some[0].id]))
        ]
        iccid = Column.of(card.iccid.encode() for card in some)
        imsis = [part.imsi.values() for part in parts]
        sealed = [bytes(card.sealed) for card in some]
        yield block_of(iccid, parts, open_block(fields[layout], key, uid, iccid.values(), imsis, sealed))


def _shape(card: Any, numbers: Sequence[Any]) -> tuple[Any, ...]:
    each = [(len(row.imsi), row.msisdn and len(row.msisdn), row.msisdn_plus, row.algorithm) for row in numbers]
    return card.layout_id, len(card.iccid), each


def _public_part(rows: Sequence[Any]) -> PublicPart:
    first = rows[0]
    msisdn = None if first.msisdn is None else Column.of(row.msisdn.encode() for row in rows)
    sqn = tuple(row.sqn for row in rows)
    return PublicPart(Column.of(row.imsi.encode() for row in rows), msisdn, first.msisdn_plus, first.algorithm, sqn)


def raise_sqn(inventory: Inventory, name: str, used: Mapping[str, int]) -> int:
    """Note by IMSI which SQN was used elsewhere, where it is above the record's; returns how many records changed."""
    table, changed = tables.subscriptions, 0
    with inventory.act() as act:
        batch = find_batch(act.connection, name)
        mine = table.c.card_id >= card_id(batch.id, 0), table.c.card_id < card_id(batch.id + 1, 0)
        for imsi, sqn in used.items():
            behind = update(table).where(table.c.imsi == imsi, table.c.sqn < sqn, *mine)
            changed += act.connection.execute(behind.values(sqn=sqn)).rowcount
        if changed:
            act.note("SQN noted", name, f"{changed} records")
    return changed
