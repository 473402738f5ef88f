"""Arithmetic, logic, conversions, and the comparison of ints (JCVM §7.5). Results wrap to 16 or 32 bits."""

from __future__ import annotations

from collections.abc import Callable

from simtool.softcard.jcvm.faults import VmFault
from simtool.softcard.jcvm.frame import Frame
from simtool.softcard.jcvm.objects import narrow, narrow_byte, narrow_int

Step = Callable[[Frame], None]
ARITHMETIC = "java/lang/ArithmeticException"


def divide(a: int, b: int) -> int:
    """Towards zero, as Java does. A fault for what is no number."""
    try:
        return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
    except TypeError:  # translated code does not ask what its words are
        raise VmFault("a number was expected") from None


def remainder(a: int, b: int) -> int:
    """With the sign of the dividend."""
    return a - divide(a, b) * b


_OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b,
    "shl": lambda a, b: a << (b & 31),
    "shr": lambda a, b: a >> (b & 31),
}
_DIVISIONS: dict[str, Callable[[int, int], int]] = {"div": divide, "rem": remainder}


def _short(operation: Callable[[int, int], int]) -> Step:
    def step(frame: Frame) -> None:
        b, a = frame.pop_number(), frame.pop_number()
        frame.push(narrow(operation(a, b)))

    return step


def _int(operation: Callable[[int, int], int]) -> Step:
    def step(frame: Frame) -> None:
        b, a = frame.pop_int(), frame.pop_int()
        frame.push_int(narrow_int(operation(a, b)))

    return step


def _short_division(operation: Callable[[int, int], int]) -> Step:
    def step(frame: Frame) -> None:
        b, a = frame.pop_number(), frame.pop_number()
        if b == 0:
            raise frame.vm.throw(ARITHMETIC)
        frame.push(narrow(operation(a, b)))

    return step


def _int_division(operation: Callable[[int, int], int]) -> Step:
    def step(frame: Frame) -> None:
        b, a = frame.pop_int(), frame.pop_int()
        if b == 0:
            raise frame.vm.throw(ARITHMETIC)
        frame.push_int(narrow_int(operation(a, b)))

    return step


def sushr(frame: Frame) -> None:
    """Logical shift: the short, sign-extended to 32 bits, is shifted; 16 bits of it stay."""
    b, a = frame.pop_number(), frame.pop_number()
    frame.push(narrow((a & 0xFFFFFFFF) >> (b & 31)))


def iushr(frame: Frame) -> None:
    b, a = frame.pop_int(), frame.pop_int()
    frame.push_int(narrow_int((a & 0xFFFFFFFF) >> (b & 31)))


def sneg(frame: Frame) -> None:
    frame.push(narrow(-frame.pop_number()))


def ineg(frame: Frame) -> None:
    frame.push_int(narrow_int(-frame.pop_int()))


def s2b(frame: Frame) -> None:
    frame.push(narrow_byte(frame.pop_number()))


def s2i(frame: Frame) -> None:
    frame.push_int(frame.pop_number())


def i2b(frame: Frame) -> None:
    frame.push(narrow_byte(frame.pop_int()))


def i2s(frame: Frame) -> None:
    frame.push(narrow(frame.pop_int()))


def icmp(frame: Frame) -> None:
    b, a = frame.pop_int(), frame.pop_int()
    frame.push((a > b) - (a < b))


TABLE: dict[str, Step] = {
    **{f"s{name}": _short(operation) for name, operation in _OPERATIONS.items()},
    **{f"i{name}": _int(operation) for name, operation in _OPERATIONS.items()},
    **{f"s{name}": _short_division(operation) for name, operation in _DIVISIONS.items()},
    **{f"i{name}": _int_division(operation) for name, operation in _DIVISIONS.items()},
    "sushr": sushr, "iushr": iushr, "sneg": sneg, "ineg": ineg,
    "s2b": s2b, "s2i": s2i, "i2b": i2b, "i2s": i2s, "icmp": icmp,
}  # fmt: skip
