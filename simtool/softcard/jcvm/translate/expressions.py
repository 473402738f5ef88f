"""Python expressions for words, kept until somebody needs their value.

An `Expr` is pure: numbers, local variables, temporaries and arithmetic on them; it can be evaluated later, as long as
no local variable in it is stored to before. `raw` may lie outside of the range of a short or int, `code` is in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Range(Enum):
    """What is known of a number."""

    WORD = "a short, or a reference"
    INT = "an int"
    BYTE = "a byte"


@dataclass(frozen=True, slots=True)
class Expr:
    """`atom`: a name or number, as cheap twice as once. `uses`: numbers of the local variables in it.

    `value` of a constant; `positive` where it is known not to be below 0.
    """

    raw: str
    range: Range = Range.WORD
    uses: frozenset[int] = frozenset()
    atom: bool = False
    wraps: bool = False
    value: int | None = None
    positive: bool = False

    @property
    def code(self) -> str:
        """The value in its range."""
        if not self.wraps:
            return self.raw
        if self.range is Range.INT:
            return f"(({self.raw} + 2147483648 & 4294967295) - 2147483648)"
        return f"(({self.raw} + 32768 & 65535) - 32768)"

    @property
    def byte(self) -> str:
        """The value as a byte."""
        return self.raw if self.range is Range.BYTE else f"(({self.raw} + 128 & 255) - 128)"


FILLER = Expr("0", atom=True)
"""The second word of an int."""
NULL = Expr("None", atom=True)


def number(value: int, range_: Range = Range.WORD) -> Expr:
    if range_ is Range.WORD and -128 <= value <= 127:
        range_ = Range.BYTE
    return Expr(str(value) if value >= 0 else f"({value})", range_, atom=True, value=value, positive=value >= 0)


def local(index: int) -> Expr:
    return Expr(f"l{index}", uses=frozenset((index,)), atom=True)


def name(text: str, range_: Range = Range.WORD) -> Expr:
    return Expr(text, range_, atom=True)


def wrapping(a: Expr, operator: str, b: Expr, range_: Range) -> Expr:
    """a + b, a - b, a * b: low bits do not depend on high ones, so operands may be out of range, too."""
    return Expr(f"({a.raw} {operator} {b.raw})", range_, a.uses | b.uses, wraps=True)


def bitwise(a: Expr, operator: str, b: Expr, range_: Range) -> Expr:
    """a & b, a | b, a ^ b of numbers in range are in range; with a positive number `and` gives no other."""
    if operator == "&" and (b.value is not None and b.value >= 0):
        return Expr(f"({a.raw} & {b.raw})", range_, a.uses | b.uses, positive=True)
    return Expr(f"({a.code} {operator} {b.code})", range_, a.uses | b.uses)


def shifted(a: Expr, operator: str, b: Expr, range_: Range) -> Expr:
    """a << b, a >> b, and with >>> the logical one: by the low five bits of b (JCVM §7.5.70, 75, 86)."""
    distance = str(b.value & 31) if b.value is not None else f"({b.code} & 31)"
    uses = a.uses | b.uses
    if operator == "<<":
        return Expr(f"({a.raw} << {distance})", range_, uses, wraps=True)
    if operator == ">>":
        return Expr(f"({a.code} >> {distance})", range_, uses)
    return Expr(f"(({a.code} & 4294967295) >> {distance})", range_, uses, wraps=True)
