"""Batches as they are ordered: their numbers are reserved when they are created, so that nobody else gets them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select

from simtool.batch.numbering import NumberKind, NumberRange, ranges_of
from simtool.batch.order import Batch, BatchState, Order, check_name, file_digest
from simtool.batch.ticket import RangeTicket
from simtool.errors import InputError, RefusedError
from simtool.inventory import tables
from simtool.inventory.inventory import Inventory, utc_now
from simtool.inventory.register import Holder, next_free, next_free_of, ranges_of_batch, reserve
from simtool.inventory.tickets import accepted_ticket
from simtool.inventory.vault import batch_key
from simtool.perso.profile import Profile

UID_BYTES = 16


@dataclass(frozen=True, slots=True)
class SubscriptionStart:
    """Where the numbers of a subscription begin; an MSISDN may have a plus."""

    imsi: str
    msisdn: str | None = None
    imsi_last: str | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """Numbers as the person who orders wants them; nothing said: from the profile's first ones on, what is free.

    `ticket` takes them from a range ticket instead. With `exact` the numbers begin just there, or not at all.
    """

    iccid: str | None = None
    subscriptions: tuple[SubscriptionStart, ...] = ()
    ticket: str | None = None
    exact: bool = False


def order_for(profile: Path, customer: str, quantity: int, spare_percent: int = 0) -> Order:
    """An order of a product, as its profile is now. Raises `InputError`, `EncodeError`."""
    return Order(customer, str(profile.resolve()), file_digest(profile), quantity, spare_percent)


def create_batch(
    inventory: Inventory, name: str, order: Order, wish: Wish | None = None, *, derived: bool = False
) -> Batch:
    """Note an order and reserve its numbers. `derived`: its keys will come from a master key in a token.

    Raises `InputError` when the name exists or numbers run out, `RefusedError` when wanted ones are taken.
    """
    profile, wanted = load_profile(order), wish or Wish()
    with inventory.act() as act:
        inventory.store.lock_register(act.connection)
        batch_id, uid = new_batch(act.connection, check_name(name), order, derived=derived)
        inventory.vault.make(act.connection, batch_key(uid))
        holder = Holder(batch_id=batch_id)
        ticket = None if wanted.ticket is None else accepted_ticket(act.connection, wanted.ticket)
        for item in _iccids(act.connection, profile, order.total, wanted, ticket):
            reserve(act.connection, holder, NumberKind.ICCID, item)
        for index, start in enumerate(wanted.subscriptions or _of_profile(profile)):
            _reserve_subscription(act.connection, holder, index, start, order.total, wanted, ticket)
        batch = find_batch(act.connection, name)
        numbers = ", ".join(f"{kind.name} {item}" for kind, item in batch.ranges())
        act.note("batch created", name, f"{order.total} cards for {order.customer}: {numbers}")
    return batch


def new_batch(
    connection: Connection, name: str, order: Order, *, derived: bool = False, state: BatchState = BatchState.CREATED
) -> tuple[int, str]:
    """A row for the batch; gives its id and uid. Raises `InputError` when the name exists."""
    table = tables.batches
    if connection.execute(select(table.c.id).where(table.c.name == name)).first() is not None:
        raise InputError(f"there is a batch {name!r} already", hint="choose another name")
    uid = secrets.token_hex(UID_BYTES)
    row: dict[str, Any] = {
        "name": name,
        "uid": uid,
        "customer": order.customer,
        "profile": order.profile,
        "digest": order.digest,
        "quantity": order.quantity,
        "spare_percent": order.spare_percent,
        "state": state.value,
        "made": 0,
        "derived": derived,
        "created": utc_now(),
    }
    made = connection.execute(insert(table).values(row).returning(table.c.id)).scalar_one()
    return int(made), uid


def find_batch(connection: Connection, name: str) -> Batch:
    """Raises `InputError` when there is none of that name."""
    table = tables.batches
    row = connection.execute(select(table).where(table.c.name == name)).one_or_none()
    if row is None:
        raise InputError(f"there is no batch {name!r}", hint="simtool batch list")
    return _batch(connection, row)


def all_batches(connection: Connection) -> tuple[Batch, ...]:
    rows = connection.execute(select(tables.batches).order_by(tables.batches.c.id)).all()
    return tuple(_batch(connection, row) for row in rows)


def batch_uid(connection: Connection, batch_id: int) -> str:
    return str(connection.execute(select(tables.batches.c.uid).where(tables.batches.c.id == batch_id)).scalar_one())


def load_profile(order: Order, path: Path | None = None) -> Profile:
    """The order's profile, from where it was or from `path`. Raises `RefusedError` when it has changed since."""
    path = path or Path(order.profile)
    if file_digest(path) != order.digest:
        raise RefusedError(
            f"{path} is not the profile that was ordered: it has changed",
            hint="bring the old one back (--profile names its place), or create a new batch",
        )
    return Profile.load(path)


def _batch(connection: Connection, row: Any) -> Batch:
    order = Order(row.customer, row.profile, row.digest, row.quantity, row.spare_percent)
    iccid, subscriptions = ranges_of_batch(connection, row.id)
    state = BatchState(row.state)
    return Batch(row.id, row.name, order, state, row.made, row.derived, row.created, iccid, subscriptions)


def _iccids(
    connection: Connection, profile: Profile, count: int, wish: Wish, ticket: RangeTicket | None
) -> Sequence[NumberRange]:
    """The ICCIDs' ranges: cards of the stock that are nobody's yet, or made numbers."""
    stock = profile.stock()
    if stock is not None:
        if wish.iccid is not None or ticket is not None:
            raise InputError("the profile takes its ICCIDs from a stock of cards", field="--iccid")
        free = []
        for iccid, _ in stock:
            try:
                next_free(connection, NumberKind.ICCID, iccid.digits[:-1], 1, last=iccid.digits[:-1])
            except InputError:
                continue
            free.append(iccid.digits[:-1])
            if len(free) == count:
                return ranges_of(free)
        place = profile.place("identity", "iccid", "stock")
        raise InputError(f"{len(free)} cards of the stock are free, {count} are needed", place=place)
    if ticket is not None and ticket.of(NumberKind.ICCID):
        return (next_free_of(connection, NumberKind.ICCID, ticket.of(NumberKind.ICCID), count),)
    own = profile.identity.iccid.first if profile.identity.iccid is not None else None
    first = wish.iccid or own
    if first is None:
        raise InputError(
            f"a {profile.operator.kind.value} numbers no cards of its own",
            place=profile.place("identity"),
            hint="its cards come with a file from the host: simtool batch import",
        )
    return (_from(connection, NumberKind.ICCID, first, count, exact=wish.exact),)


def _reserve_subscription(
    connection: Connection,
    holder: Holder,
    index: int,
    start: SubscriptionStart,
    count: int,
    wish: Wish,
    ticket: RangeTicket | None,
) -> None:
    if ticket is not None:
        imsis = next_free_of(connection, NumberKind.IMSI, ticket.of(NumberKind.IMSI), count)
    else:
        imsis = _from(connection, NumberKind.IMSI, start.imsi, count, last=start.imsi_last, exact=wish.exact)
    plus = start.msisdn is not None and start.msisdn.startswith("+")
    reserve(connection, holder, NumberKind.IMSI, imsis, subscription=index, plus=plus)
    if ticket is not None and ticket.of(NumberKind.MSISDN):
        msisdns = next_free_of(connection, NumberKind.MSISDN, ticket.of(NumberKind.MSISDN), count)
        reserve(connection, holder, NumberKind.MSISDN, msisdns, subscription=index, plus=plus)
    elif ticket is None and start.msisdn is not None:
        msisdns = _from(connection, NumberKind.MSISDN, start.msisdn.removeprefix("+"), count, exact=wish.exact)
        reserve(connection, holder, NumberKind.MSISDN, msisdns, subscription=index, plus=plus)


def _from(
    connection: Connection, kind: NumberKind, first: str, count: int, *, last: str | None = None, exact: bool = False
) -> NumberRange:
    if exact:
        return NumberRange(first, count)  # reserve says so when it is taken
    return next_free(connection, kind, first, count, last=last)


def _of_profile(profile: Profile) -> tuple[SubscriptionStart, ...]:
    """Every subscription of a card. Raises `InputError` where the numbers are not the operator's own."""
    numbers = profile.identity
    if numbers.imsi is None:
        raise InputError(
            f"a {profile.operator.kind.value} orders no numbers of its own",
            place=profile.place("identity"),
            hint="its cards come with a file from the host: simtool batch import",
        )
    ranges = [(numbers.imsi, numbers.msisdn), *((one.imsi, one.msisdn) for one in numbers.further)]
    return tuple(
        SubscriptionStart(
            imsi.first.digits, None if msisdn is None else str(msisdn), None if imsi.last is None else imsi.last.digits
        )
        for imsi, msisdn in ranges
    )
