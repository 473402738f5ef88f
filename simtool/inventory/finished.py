"""Finished cards of a batch: their records for labels and letters, how they were made and checked for certificates.

Finished is what is good or shipped. A card that was finished by hand, without a visit at a station, has no product and
no check here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from simtool.errors import InputError, RefusedError
from simtool.inventory import tables
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import RecordState
from simtool.inventory.orders import find_batch
from simtool.inventory.records import card_id, open_rows
from simtool.perso.record import CardRecord

FINISHED = (RecordState.GOOD, RecordState.SHIPPED)
ROWS = 2000


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished card: its record, its batch, and the card product that it was made of (empty: not known)."""

    record: CardRecord
    batch: str
    product: str


@dataclass(frozen=True, slots=True)
class Made:
    """How many finished cards were made alike.

    `digest` is that of the first article they were made by, `checked` "full" (read back whole) or "proof" (each write
    alone), empty where no check is known. `has_ki` says whether the keys are ours, so that a check has proved them.
    """

    product: str
    digest: str
    checked: str
    has_ki: bool
    count: int

    @property
    def proved(self) -> bool:
        """Whether these cards have answered a challenge (AKA) with the right keys."""
        return self.has_ki and bool(self.checked)


def finished_card(inventory: Inventory, iccid: str) -> Finished:
    """One finished card with its secrets. Raises `InputError` for an unknown one, `RefusedError` for an unfinished."""
    cards, batches, visits = tables.cards, tables.batches, tables.visits
    query = select(cards, batches.c.name, visits.c.product).join(batches, batches.c.id == cards.c.batch_id)
    query = query.outerjoin(visits, visits.c.id == _last_good()).where(cards.c.iccid == "".join(iccid.split()))
    with inventory.store.read() as connection:
        row = connection.execute(query).one_or_none()
        if row is None:
            raise InputError(f"there is no card {iccid}", hint="simtool inventory find")
        if RecordState(row.state) not in FINISHED:
            raise RefusedError(
                f"card {row.iccid} is {row.state}", hint="labels and letters are printed for good cards only"
            )
        (block,) = open_rows(inventory, connection, row.batch_id, [row])
    (record,) = block.records()
    return Finished(record, row.name, row.product or "")


def finished_cards(inventory: Inventory, batch: str) -> Iterator[Finished]:
    """All finished cards of a batch with their secrets, in its order, read some thousand at a time.

    Raises `InputError` for an unknown batch and when its keys were purged.
    """
    cards, visits = tables.cards, tables.visits
    with inventory.store.read() as connection:
        found = find_batch(connection, batch)
    query = select(cards.c.id, cards.c.layout_id, cards.c.iccid, cards.c.sealed, visits.c.product)
    query = query.select_from(cards).outerjoin(visits, visits.c.id == _last_good())
    query = query.where(cards.c.batch_id == found.id, cards.c.state.in_([state.value for state in FINISHED]))
    at = card_id(found.id, 0)
    while True:
        with inventory.store.read() as connection:
            rows = connection.execute(query.where(cards.c.id >= at).order_by(cards.c.id).limit(ROWS)).all()
            if not rows:
                return
            records = [
                record for block in open_rows(inventory, connection, found.id, rows) for record in block.records()
            ]
        at = rows[-1].id + 1
        yield from (Finished(record, batch, row.product or "") for record, row in zip(records, rows, strict=True))


def finished_iccids(inventory: Inventory, batch: str) -> tuple[str, ...]:
    """The ICCIDs of all finished cards of a batch, sorted."""
    cards = tables.cards
    with inventory.store.read() as connection:
        found = find_batch(connection, batch)
        query = select(cards.c.iccid).where(cards.c.batch_id == found.id)
        query = query.where(cards.c.state.in_([state.value for state in FINISHED]))
        return tuple(sorted(connection.execute(query).scalars()))


def made(inventory: Inventory, batch: str) -> tuple[Made, ...]:
    """The finished cards of a batch counted by product, digest and check."""
    cards, visits, numbers = tables.cards, tables.visits, tables.subscriptions
    has_ki = numbers.c.ki_fingerprint.is_not(None)
    parts = (visits.c.product, visits.c.digest, visits.c.checked, has_ki)
    with inventory.store.read() as connection:
        found = find_batch(connection, batch)
        query = select(*(part.label(name) for part, name in zip(parts, ("p", "d", "c", "k"), strict=True)),
                       func.count().label("number"))  # fmt: skip
        query = query.select_from(cards).outerjoin(visits, visits.c.id == _last_good())
        query = query.join(numbers, (numbers.c.card_id == cards.c.id) & (numbers.c.position == 0))
        query = query.where(cards.c.batch_id == found.id, cards.c.state.in_([state.value for state in FINISHED]))
        rows = connection.execute(query.group_by(*parts)).all()
    found_rows = [Made(row.p or "", row.d or "", row.c or "", bool(row.k), row.number) for row in rows]
    return tuple(sorted(found_rows, key=lambda item: (item.product, item.digest, item.checked, item.has_ki)))


def _last_good() -> Any:
    """The visit that made the card in the row of `cards` good."""
    visits = tables.visits.alias()
    query: Select[Any] = select(func.max(visits.c.id)).where(visits.c.card_id == tables.cards.c.id)
    return query.where(visits.c.end == RecordState.GOOD.value).correlate(tables.cards).scalar_subquery()
