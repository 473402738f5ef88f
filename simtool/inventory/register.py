"""The number register: ranges set aside for batches and tickets, and the numbers that exist.

Ranges never overlap, whoever they are for; numbers are unique by the tables' constraints. Everything here happens
inside a transaction that holds the register's lock (`Store.lock_register`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select

from simtool.batch.numbering import NumberKind, NumberRange
from simtool.batch.order import SubscriptionRanges
from simtool.errors import EncodeError, InputError, RefusedError
from simtool.inventory import tables

_COLUMNS = {
    NumberKind.ICCID: tables.cards.c.iccid,
    NumberKind.IMSI: tables.subscriptions.c.imsi,
    NumberKind.MSISDN: tables.subscriptions.c.msisdn,
}


@dataclass(frozen=True, slots=True)
class Holder:
    """For whom a range is reserved: a batch, or another site by a ticket."""

    batch_id: int | None = None
    ticket_id: str | None = None


def reserve(
    connection: Connection,
    holder: Holder,
    kind: NumberKind,
    wanted: NumberRange,
    *,
    subscription: int = 0,
    plus: bool = False,
) -> None:
    """Set a range aside. Raises `RefusedError` when any of its numbers is taken."""
    taken = last_taken(connection, kind, wanted)
    if taken is not None:
        raise RefusedError(
            f"{kind.name} range {wanted} holds numbers that are taken, the last is {taken}",
            hint="leave the first number out: the next free ones are taken then",
        )
    row = {
        "kind": kind.value,
        "first": wanted.first,
        "last": wanted.last,
        "batch_id": holder.batch_id,
        "ticket_id": holder.ticket_id,
        "subscription": subscription,
        "plus": plus,
    }
    connection.execute(insert(tables.reservations).values(row))


def last_taken(connection: Connection, kind: NumberKind, wanted: NumberRange) -> str | None:
    """The highest number of the range that is reserved or exists; None for a free range."""
    table = tables.reservations
    overlapping = select(func.max(table.c.last)).where(
        table.c.kind == kind.value,
        func.length(table.c.first) == wanted.length,
        table.c.first <= wanted.last,
        table.c.last >= wanted.first,
    )
    found = [connection.execute(overlapping).scalar()]
    column = _COLUMNS[kind]
    is_iccid = kind is NumberKind.ICCID  # it is stored with its check digit
    first, last = (wanted.first + "0", wanted.last + "9") if is_iccid else (wanted.first, wanted.last)
    existing = select(func.max(column)).where(column >= first, column <= last, func.length(column) == len(first))
    number = connection.execute(existing).scalar()
    if number is not None:
        found.append(number[:-1] if is_iccid else number)
    return max((number for number in found if number is not None), default=None)


def next_free(
    connection: Connection, kind: NumberKind, first: str, count: int, *, last: str | None = None
) -> NumberRange:
    """The first `count` free numbers in a row from `first` on. Raises `InputError` when there are none up to `last`."""
    number = int(first)
    while True:
        try:
            wanted = NumberRange(str(number).zfill(len(first)), count)
        except EncodeError:
            wanted = None
        if wanted is None or (last is not None and wanted.last > last):
            raise InputError(
                f"there are no {count} free {kind.name}s in a row from {first} to {last or 'the last of this length'}",
                hint="extend the range, or order fewer cards",
            )
        taken = last_taken(connection, kind, wanted)
        if taken is None:
            return wanted
        number = int(taken) + 1


def next_free_of(connection: Connection, kind: NumberKind, ranges: Iterable[NumberRange], count: int) -> NumberRange:
    """The same inside any one of these ranges. Raises `InputError`."""
    for item in ranges:
        try:
            return next_free(connection, kind, item.first, count, last=item.last)
        except InputError:
            continue
    raise InputError(f"the ticket has no {count} free {kind.name}s in a row", hint="ask for another ticket")


def ranges_of_batch(
    connection: Connection, batch_id: int
) -> tuple[tuple[NumberRange, ...], tuple[SubscriptionRanges, ...]]:
    """The ICCIDs of a batch, and the numbers of each of its subscriptions."""
    table = tables.reservations
    query = select(table).where(table.c.batch_id == batch_id).order_by(table.c.id)
    iccids: list[NumberRange] = []
    numbers: dict[int, dict[NumberKind, list[NumberRange]]] = {}
    plus: dict[int, bool] = {}
    for row in connection.execute(query):
        kind, found = NumberKind(row.kind), NumberRange(row.first, int(row.last) - int(row.first) + 1)
        if kind is NumberKind.ICCID:
            iccids.append(found)
        else:
            numbers.setdefault(row.subscription, {}).setdefault(kind, []).append(found)
            plus[row.subscription] = plus.get(row.subscription, False) or row.plus
    subscriptions = tuple(
        SubscriptionRanges(
            tuple(numbers[index].get(NumberKind.IMSI, ())),
            tuple(numbers[index].get(NumberKind.MSISDN, ())),
            plus[index],
        )
        for index in sorted(numbers)
    )
    return tuple(iccids), subscriptions


class Reserved:
    """All reserved ranges of one moment, to look many numbers up."""

    __slots__ = ("_ranges",)

    def __init__(self, connection: Connection) -> None:
        self._ranges: dict[tuple[NumberKind, int], tuple[list[str], list[str]]] = {}
        table = tables.reservations
        for row in connection.execute(select(table.c.kind, table.c.first, table.c.last).order_by(table.c.first)):
            firsts, lasts = self._ranges.setdefault((NumberKind(row.kind), len(row.first)), ([], []))
            firsts.append(row.first)
            lasts.append(row.last)

    def holds(self, kind: NumberKind, digits: str) -> bool:
        """Whether the number (an ICCID without its check digit) is set aside for somebody."""
        firsts, lasts = self._ranges.get((kind, len(digits)), ([], []))
        index = bisect_right(firsts, digits) - 1
        return index >= 0 and digits <= lasts[index]
