"""Ranges of whole numbers, and what Java's operations on 32 bits make of them (JVMS §6.5): the base of narrowing.

A result that may leave 32 bits has the range of all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple


class Range(NamedTuple):
    """All numbers from `low` to `high`."""

    low: int
    high: int

    def within(self, other: Range) -> bool:
        return other.low <= self.low and self.high <= other.high

    @property
    def is_short(self) -> bool:
        return self.within(SHORT)

    @property
    def constant(self) -> int | None:
        return self.low if self.low == self.high else None


BOOLEAN = Range(0, 1)
BYTE = Range(-128, 127)
SHORT = Range(-0x8000, 0x7FFF)
INT = Range(-(1 << 31), (1 << 31) - 1)
OF_TYPE = {"Z": BOOLEAN, "B": BYTE, "S": SHORT, "I": INT}
INDEX = Range(-0x8000, 0xFFFF)
"""Numbers that are no good index, or size, make no good one of their low 16 bits either."""
_STEPS = (
    -(1 << 31), -0x10000, -0x8000, -0x100, -0x80, -1, 0, 1, 0x7F, 0xFF, 0x7FFE, 0x7FFF, 0xFFFF, 0x10000, (1 << 31) - 1,
)  # fmt: skip


def joined(ranges: Iterable[Range]) -> Range:
    """The smallest range with all of these."""
    all_ = list(ranges)
    return Range(min(one.low for one in all_), max(one.high for one in all_))


def widened(old: Range, new: Range) -> Range:
    """For a range that keeps growing: to the next step at once."""
    low = old.low if new.low >= old.low else max(step for step in _STEPS if step <= new.low)
    high = old.high if new.high <= old.high else min(step for step in _STEPS if step >= new.high)
    return Range(low, high)


def _checked(low: int, high: int) -> Range:
    return Range(low, high) if Range(low, high).within(INT) else INT


def _corners(operation: Callable[[int, int], int], a: Range, b: Range) -> Range:
    found = [operation(x, y) for x in a for y in b]
    return _checked(min(found), max(found))


def _bits(*ranges: Range) -> int:
    """How many bits these need beside the sign."""
    return max((number if number >= 0 else ~number).bit_length() for one in ranges for number in one)


def _bitwise(a: Range, b: Range) -> Range:
    size = 1 << _bits(a, b)
    return Range(0 if a.low >= 0 and b.low >= 0 else -size, size - 1)


def _and(a: Range, b: Range) -> Range:
    positive = [one.high for one in (a, b) if one.low >= 0]
    return Range(0, min(positive)) if positive else _bitwise(a, b)


def _shl(a: Range, b: Range) -> Range:
    if b.constant is None:
        return INT
    count = b.constant & 31
    return _checked(a.low << count, a.high << count)


def _shr(a: Range, b: Range) -> Range:
    if b.constant is not None:
        count = b.constant & 31
        return Range(a.low >> count, a.high >> count)
    return Range(min(a.low, 0), max(a.high, -1))


def _ushr(a: Range, b: Range) -> Range:
    if a.low >= 0:
        return _shr(a, b)
    if b.constant is None:
        return INT
    count = b.constant & 31
    return Range(0, 0xFFFFFFFF >> count) if count else a


def _div(a: Range, b: Range) -> Range:
    """Toward zero; the divisor nearest to zero, on either side, makes the largest quotient."""
    divisors = {number for number in (b.low, b.high, -1, 1) if number and b.low <= number <= b.high}
    if not divisors:
        return Range(0, 0)  # always by zero: nothing comes out
    found = [
        _quotient(number, divisor) for number in (*a, *([0] if a.low < 0 < a.high else [])) for divisor in divisors
    ]
    return _checked(min(found), max(found))


def _quotient(a: int, b: int) -> int:
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def _rem(a: Range, b: Range) -> Range:
    """As large as dividend and divisor let it be, with the sign of the dividend."""
    most = max(max(abs(b.low), abs(b.high)) - 1, 0)
    return Range(max(a.low, -most) if a.low < 0 else 0, min(a.high, most) if a.high > 0 else 0)


OPERATIONS: dict[str, Callable[[Range, Range], Range]] = {
    "iadd": lambda a, b: _checked(a.low + b.low, a.high + b.high),
    "isub": lambda a, b: _checked(a.low - b.high, a.high - b.low),
    "imul": lambda a, b: _corners(lambda x, y: x * y, a, b),
    "idiv": _div,
    "irem": _rem,
    "ishl": _shl,
    "ishr": _shr,
    "iushr": _ushr,
    "iand": _and,
    "ior": _bitwise,
    "ixor": _bitwise,
}


def negated(a: Range) -> Range:
    return _checked(-a.high, -a.low)


def cast(a: Range, to: Range) -> Range:
    """What a cast to byte or short makes of it."""
    return a if a.within(to) else to
