"""Constants, local variables, and the order of words on the stack (JCVM §7.5)."""

from __future__ import annotations

from collections.abc import Callable

from simtool.softcard.jcvm.faults import VmFault
from simtool.softcard.jcvm.frame import Frame
from simtool.softcard.jcvm.objects import narrow, narrow_int

Step = Callable[[Frame], None]


def nop(frame: Frame) -> None:
    return None


def aconst_null(frame: Frame) -> None:
    frame.push(None)


def push_operand(frame: Frame) -> None:
    """bspush, sspush: the operand, signed."""
    frame.push(frame.instruction.operands[0])


def push_int_operand(frame: Frame) -> None:
    """bipush, sipush, iipush."""
    frame.push_int(frame.instruction.operands[0])


def _constant(value: int) -> Step:
    def sconst(frame: Frame) -> None:
        frame.push(value)

    return sconst


def _int_constant(value: int) -> Step:
    def iconst(frame: Frame) -> None:
        frame.push_int(value)

    return iconst


def load(frame: Frame) -> None:
    """aload, sload: one word of the local variables."""
    frame.push(frame.local(frame.instruction.operands[0]))


def iload(frame: Frame) -> None:
    _load_int(frame, frame.instruction.operands[0])


def _load_int(frame: Frame, index: int) -> None:
    value = frame.local(index)
    frame.local(index + 1)
    frame.push(value)
    frame.push(0)


def store(frame: Frame) -> None:
    """astore, sstore."""
    frame.set_local(frame.instruction.operands[0], frame.pop())


def istore(frame: Frame) -> None:
    _store_int(frame, frame.instruction.operands[0])


def _store_int(frame: Frame, index: int) -> None:
    value = frame.pop_int()
    frame.set_local(index, value)
    frame.set_local(index + 1, 0)


def _load_at(index: int) -> Step:
    return lambda frame: frame.push(frame.local(index))


def _iload_at(index: int) -> Step:
    return lambda frame: _load_int(frame, index)


def _store_at(index: int) -> Step:
    return lambda frame: frame.set_local(index, frame.pop())


def _istore_at(index: int) -> Step:
    return lambda frame: _store_int(frame, index)


def sinc(frame: Frame) -> None:
    """sinc, sinc_w: add a constant to a short."""
    index, step = frame.instruction.operands
    frame.set_local(index, narrow(_number(frame, index) + step))


def iinc(frame: Frame) -> None:
    index, step = frame.instruction.operands
    frame.set_local(index, narrow_int(_number(frame, index) + step))


def _number(frame: Frame, index: int) -> int:
    value = frame.local(index)
    if not isinstance(value, int):
        raise VmFault(f"{frame.method.name}: local variable {index} is no number")
    return value


def pop(frame: Frame) -> None:
    frame.pop()


def pop2(frame: Frame) -> None:
    frame.pop()
    frame.pop()


def dup(frame: Frame) -> None:
    word = frame.pop()
    frame.push(word)
    frame.push(word)


def dup2(frame: Frame) -> None:
    high, low = frame.pop(), frame.pop()
    for word in (low, high, low, high):
        frame.push(word)


def dup_x(frame: Frame) -> None:
    """Copy the top m words and put them below the top n words; n 0: just on top."""
    m, n = frame.instruction.operands[0] >> 4, frame.instruction.operands[0] & 15
    if not 1 <= m <= 4 or (n and not m <= n <= m + 4):
        raise VmFault(f"{frame.method.name}: dup_x with m {m} and n {n}")
    words = [frame.pop() for _ in range(max(n, m))][::-1]
    for word in (words[-m:] if n else []) + words + (words[-m:] if not n else []):
        frame.push(word)


def swap_x(frame: Frame) -> None:
    """Exchange the top m words with the n words below."""
    m, n = frame.instruction.operands[0] >> 4, frame.instruction.operands[0] & 15
    if m not in (1, 2) or n not in (1, 2):
        raise VmFault(f"{frame.method.name}: swap_x with m {m} and n {n}")
    words = [frame.pop() for _ in range(m + n)][::-1]
    for word in words[-m:] + words[:-m]:
        frame.push(word)


TABLE: dict[str, Step] = {
    "nop": nop, "aconst_null": aconst_null, "bspush": push_operand, "sspush": push_operand,
    "bipush": push_int_operand, "sipush": push_int_operand, "iipush": push_int_operand,
    "aload": load, "sload": load, "iload": iload, "astore": store, "sstore": store, "istore": istore,
    "sinc": sinc, "sinc_w": sinc, "iinc": iinc, "iinc_w": iinc,
    "pop": pop, "pop2": pop2, "dup": dup, "dup2": dup2, "dup_x": dup_x, "swap_x": swap_x,
    **{f"sconst_{'m1' if value < 0 else value}": _constant(value) for value in range(-1, 6)},
    **{f"iconst_{'m1' if value < 0 else value}": _int_constant(value) for value in range(-1, 6)},
    **{f"{kind}load_{index}": _load_at(index) for kind in "as" for index in range(4)},
    **{f"iload_{index}": _iload_at(index) for index in range(4)},
    **{f"{kind}store_{index}": _store_at(index) for kind in "as" for index in range(4)},
    **{f"istore_{index}": _istore_at(index) for index in range(4)},
}  # fmt: skip
