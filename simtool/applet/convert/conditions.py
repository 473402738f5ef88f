"""What a branch tells of the numbers that it compares, if they were just loaded from locals.

On either way out of `if (i < n)` the locals i and n have a new definition, with a smaller range than before. So a
counter with an end stays a short. Such a definition has a number of its own, `at` is the place of the branch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from simtool.applet.convert.java_code import JavaInsn
from simtool.applet.convert.ranges import Range

REFINED = 1 << 25
_WAYS = 4
_CONDITIONS = ("eq", "ne", "lt", "ge", "gt", "le")
_OPPOSITE = {"eq": "ne", "ne": "eq", "lt": "ge", "ge": "lt", "gt": "le", "le": "gt"}
_MIRRORED = {"eq": "eq", "ne": "ne", "lt": "gt", "gt": "lt", "ge": "le", "le": "ge"}


class Refined(NamedTuple):
    """A local on one way out of a branch: `side` 0 is the left operand, 1 the right one."""

    at: int
    side: int
    taken: bool

    @property
    def number(self) -> int:
        """Of the definition."""
        return REFINED + self.at * _WAYS + self.side * 2 + self.taken


def refined(number: int) -> Refined:
    """The inverse of `Refined.number`."""
    rest = number - REFINED
    return Refined(rest // _WAYS, rest % _WAYS // 2, bool(rest % 2))


def operands(insn: JavaInsn) -> int:
    """How many numbers a conditional branch compares: 2, 1 with zero, 0 for no such branch."""
    if insn.name.startswith("if_icmp"):
        return 2
    return int(insn.name.startswith("if") and insn.name[2:] in _CONDITIONS)


def unchanged_local(code: Sequence[JavaInsn], load: int, at: int) -> int | None:
    """The local that was loaded at `load` if at the branch it still holds what was loaded; else None."""
    if not 0 <= load < at or code[load].name != "iload":
        return None
    local = code[load].value
    for one in code[load + 1 : at]:
        if one.name in ("istore", "astore", "iinc") and one.value == local or any(to <= load for to in one.targets):
            return None
    return int(local)


def narrowed(insn: JavaInsn, one: Refined, its: Range, other: Range) -> Range | None:
    """The range of an operand that had the range `its`, on one way out; None where it is never taken."""
    condition = insn.name[-2:]
    if not one.taken:
        condition = _OPPOSITE[condition]
    if one.side:
        condition = _MIRRORED[condition]
    low, high = its
    match condition:
        case "lt":
            high = min(high, other.high - 1)
        case "le":
            high = min(high, other.high)
        case "gt":
            low = max(low, other.low + 1)
        case "ge":
            low = max(low, other.low)
        case "eq":
            low, high = max(low, other.low), min(high, other.high)
        case _ if other.constant is not None:
            low, high = low + (low == other.low), high - (high == other.low)
    return Range(low, high) if low <= high else None
