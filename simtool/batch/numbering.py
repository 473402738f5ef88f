"""Ranges of ICCIDs, IMSIs and MSISDNs: as values, and written out as columns of digits.

An ICCID's range counts its digits without the check digit; `iccids` appends it (ISO/IEC 7812-1 annex B). A row of
ranges is used one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from simtool.codec.identifiers import require_digits
from simtool.crypto.column import Column
from simtool.errors import EncodeError

MOST_DIGITS = 19
"""Numbers of 19 digits still fit into 64 bits."""
ZERO = 48
LUHN_OF_DOUBLED = np.array([0, 2, 4, 6, 8, 1, 3, 5, 7, 9], dtype=np.uint8)


class NumberKind(Enum):
    """What a number names. An ICCID counts without its check digit, an MSISDN without its plus."""

    ICCID = "iccid"
    IMSI = "imsi"
    MSISDN = "msisdn"


@dataclass(frozen=True, slots=True, order=True)
class NumberRange:
    """`count` consecutive numbers of one length from `first` on. Raises `EncodeError` when they grow longer."""

    first: str
    count: int

    def __post_init__(self) -> None:
        require_digits("first number of a range", self.first, 1, MOST_DIGITS)
        if self.count < 1:
            raise EncodeError(f"a range of {self.count} numbers is none")
        if int(self.first) + self.count > 10 ** len(self.first):
            raise EncodeError(f"{self.count} numbers from {self.first} on do not fit into {len(self.first)} digits")

    @property
    def last(self) -> str:
        return str(int(self.first) + self.count - 1).zfill(len(self.first))

    @property
    def length(self) -> int:
        """Digits of each number."""
        return len(self.first)

    def part(self, start: int, count: int) -> NumberRange:
        """`count` of these numbers, without the first `start`. Raises `EncodeError` when there are not so many."""
        if not 0 <= start or start + count > self.count:
            raise EncodeError(f"numbers {start} to {start + count} are not in a range of {self.count}")
        return NumberRange(str(int(self.first) + start).zfill(self.length), count)

    def __str__(self) -> str:
        return f"{self.first}–{self.last}" if self.count > 1 else self.first


def ranges_of(numbers: Iterable[str]) -> tuple[NumberRange, ...]:
    """The numbers as few ranges, in their order."""
    found: list[NumberRange] = []
    for digits in numbers:
        last = found[-1] if found else None
        if last is not None and last.length == len(digits) and int(digits) == int(last.first) + last.count:
            found[-1] = NumberRange(last.first, last.count + 1)
        else:
            found.append(NumberRange(digits, 1))
    return tuple(found)


def parts(ranges: tuple[NumberRange, ...], start: int, count: int) -> Iterator[NumberRange]:
    """The numbers `start` to `start + count` of a row of ranges. Raises `EncodeError` when there are not so many."""
    for item in ranges:
        if start < item.count and count:
            taken = min(count, item.count - start)
            yield item.part(start, taken)
            count, start = count - taken, 0
        else:
            start = max(0, start - item.count)
    if count:
        raise EncodeError(f"the ranges end {count} numbers too early")


def numbers(ranges: tuple[NumberRange, ...], start: int, count: int) -> Column:
    """Numbers of a row of ranges as ASCII digits. Raises `EncodeError` when their lengths differ or they run out."""
    return _column(np.vstack([_digits(item) for item in parts(ranges, start, count)]) + np.uint8(ZERO))


def iccids(ranges: tuple[NumberRange, ...], start: int, count: int) -> Column:
    """Complete ICCIDs: each number with its check digit behind."""
    digits = np.vstack([_digits(item) for item in parts(ranges, start, count)])
    return _column(np.hstack((digits, check_digits(digits)[:, None])) + np.uint8(ZERO))


def check_digits(digits: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The Luhn digit for each row of digits 0 to 9."""
    summed = LUHN_OF_DOUBLED[digits[:, ::-1][:, 0::2]].sum(axis=1, dtype=np.int64)
    summed += digits[:, ::-1][:, 1::2].sum(axis=1, dtype=np.int64)
    return np.asarray(-summed % 10, dtype=np.uint8)


def _digits(item: NumberRange) -> NDArray[np.uint8]:
    """One row of digits 0 to 9 for each number."""
    rest = np.arange(item.count, dtype=np.uint64) + np.uint64(int(item.first))
    digits = np.empty((item.count, item.length), dtype=np.uint8)
    for place in range(item.length - 1, -1, -1):
        rest, digits[:, place] = np.divmod(rest, np.uint64(10))
    return digits


def _column(digits: NDArray[np.uint8]) -> Column:
    return Column(digits.shape[1], digits.tobytes())
