"""Looking records up, and counting them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select

from simtool.errors import InputError
from simtool.inventory import tables
from simtool.inventory.audit import Entry, history
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import Reconciliation, RecordState, reconcile
from simtool.inventory.orders import find_batch


@dataclass(frozen=True, slots=True)
class FoundSubscription:
    """One subscription without its keys; `fingerprint` is the keyed one of Ki, in hex, empty for a Ki not held here."""

    imsi: str
    msisdn: str | None
    algorithm: str
    sqn: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Found:
    """A card record without its secrets, and its history."""

    iccid: str
    batch: str
    number: int
    state: RecordState
    subscriptions: tuple[FoundSubscription, ...]
    history: tuple[Entry, ...]


def find(inventory: Inventory, number: str) -> Found:
    """The record with this ICCID, IMSI or MSISDN. Raises `InputError` when there is none."""
    digits = "".join(number.split()).removeprefix("+")
    with inventory.store.read() as connection:
        for query in lookups(digits):
            card_id = connection.execute(query).scalar_one_or_none()
            if card_id is not None:
                return _found(connection, card_id)
    raise InputError(f"nothing here has the number {digits}", hint="ICCID, IMSI or MSISDN, complete")


def lookups(digits: str) -> tuple[Select[Any], ...]:
    """The queries that find a card's id by each kind of number; each is one step in an index."""
    cards, numbers = tables.cards, tables.subscriptions
    return (
        select(cards.c.id).where(cards.c.iccid == digits),
        select(numbers.c.card_id).where(numbers.c.imsi == digits),
        select(numbers.c.card_id).where(numbers.c.msisdn == digits),
    )


def _found(connection: Connection, card_id: int) -> Found:
    cards, batches, numbers = tables.cards, tables.batches, tables.subscriptions
    query = select(cards.c.iccid, cards.c.state, batches.c.name).join(batches, cards.c.batch_id == batches.c.id)
    card = connection.execute(query.where(cards.c.id == card_id)).one()
    rows = connection.execute(select(numbers).where(numbers.c.card_id == card_id).order_by(numbers.c.position))
    subscriptions = tuple(
        FoundSubscription(
            row.imsi,
            None if row.msisdn is None else "+" * row.msisdn_plus + row.msisdn,
            row.algorithm,
            row.sqn,
            bytes(row.ki_fingerprint or b"").hex(),
        )
        for row in rows
    )
    number = (card_id & ((1 << tables.NUMBER_BITS) - 1)) + 1
    return Found(card.iccid, card.name, number, RecordState(card.state), subscriptions, history(connection, card.iccid))


@dataclass(frozen=True, slots=True)
class Standing:
    """A card in the state that it is in: since when, by whom, at which place, and why, as the audit log has it."""

    iccid: str
    state: RecordState
    time: str
    who: str
    place: str
    why: str


def standing(
    inventory: Inventory, batch: str, states: Sequence[RecordState], *, limit: int = 100, after: str = ""
) -> tuple[Standing, ...]:
    """The cards of a batch in these states by their number, as those in quarantine; `after` goes on behind an ICCID."""
    cards, log, entries = tables.cards, tables.audit, tables.audit.alias()
    last = select(func.max(entries.c.seq)).where(entries.c.subject == cards.c.iccid, entries.c.act == cards.c.state)
    query = select(cards.c.iccid, cards.c.state, log.c.time, log.c.who, log.c.place, log.c.detail)
    query = query.select_from(cards.outerjoin(log, log.c.seq == last.scalar_subquery()))
    with inventory.store.read() as connection:
        mine = cards.c.batch_id == find_batch(connection, batch).id
        query = query.where(mine, cards.c.state.in_([state.value for state in states]))
        if after:
            query = query.where(cards.c.id > select(cards.c.id).where(cards.c.iccid == after).scalar_subquery())
        rows = connection.execute(query.order_by(cards.c.id).limit(limit)).all()
    return tuple(Standing(row[0], RecordState(row[1]), *(text or "" for text in row[2:])) for row in rows)


def reconciliation(inventory: Inventory, batch: str) -> Reconciliation:
    """Where the cards of a batch are, now."""
    with inventory.store.read() as connection:
        return reconciliation_within(connection, batch)


def reconciliation_within(connection: Connection, batch: str) -> Reconciliation:
    found, cards = find_batch(connection, batch), tables.cards
    query = select(cards.c.state, func.count()).where(cards.c.batch_id == found.id).group_by(cards.c.state)
    counts = {RecordState(state): count for state, count in connection.execute(query)}
    return reconcile(found.order.quantity, found.order.total, counts)
