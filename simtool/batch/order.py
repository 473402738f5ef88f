"""Orders and batches as values: who wants which cards, with which numbers, and how far they are."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from simtool.batch.numbering import NumberKind, NumberRange
from simtool.errors import EncodeError, InputError

MOST_RECORDS = 1 << 32
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class BatchState(Enum):
    """How far a batch is. Records exist from `generated` on, keys until `purged`."""

    CREATED = "created"
    GENERATING = "generating"
    GENERATED = "generated"
    CLOSED = "closed"
    PURGED = "purged"


@dataclass(frozen=True, slots=True)
class SubscriptionRanges:
    """The numbers of each card's first, second … subscription. Without MSISDNs they are given later, by the network."""

    imsi: tuple[NumberRange, ...]
    msisdn: tuple[NumberRange, ...] = ()
    msisdn_plus: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """What a customer ordered: `quantity` good cards of one product, and `spare_percent` more to make up for bad ones.

    `profile` is the file of the product, `digest` its SHA-256 in hex. Raises `EncodeError` for a quantity that is none.
    """

    customer: str
    profile: str
    digest: str
    quantity: int
    spare_percent: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.quantity or self.total >= MOST_RECORDS:
            raise EncodeError(f"a batch of {self.quantity} cards cannot be made")
        if not 0 <= self.spare_percent <= 100:
            raise EncodeError(f"{self.spare_percent} % of spare cards is not between 0 and 100")

    @property
    def spares(self) -> int:
        """Spare cards, rounded up."""
        return -(-self.quantity * self.spare_percent // 100)

    @property
    def total(self) -> int:
        return self.quantity + self.spares


@dataclass(frozen=True, slots=True)
class Batch:
    """One order at work. `made` records of `order.total` exist; `derived` says that keys come from a master key."""

    id: int
    name: str
    order: Order
    state: BatchState
    made: int
    derived: bool
    created: str
    iccid: tuple[NumberRange, ...]
    subscriptions: tuple[SubscriptionRanges, ...]

    def ranges(self) -> tuple[tuple[NumberKind, NumberRange], ...]:
        """Every number that belongs to the batch."""
        found = [(NumberKind.ICCID, item) for item in self.iccid]
        for subscription in self.subscriptions:
            found += [(NumberKind.IMSI, item) for item in subscription.imsi]
            found += [(NumberKind.MSISDN, item) for item in subscription.msisdn]
        return tuple(found)


def check_name(name: str) -> str:
    """A name for a batch, fit for a file name too. Raises `EncodeError`."""
    if NAME.fullmatch(name) is None:
        raise EncodeError("a batch is named by up to 64 letters, digits, dots, dashes and underscores")
    return name


def file_digest(path: Path) -> str:
    """SHA-256 of a file in hex. Raises `InputError` when it cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(path)) from error
