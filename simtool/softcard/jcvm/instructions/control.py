"""Branches, switches, subroutines, returns, throwing (JCVM §7.5)."""

from __future__ import annotations

from collections.abc import Callable

from simtool.softcard.jcvm.faults import JavaThrow, VmFault
from simtool.softcard.jcvm.frame import NULL_POINTER, Frame
from simtool.softcard.jcvm.objects import JavaObject

Step = Callable[[Frame], None]
_CONDITIONS: dict[str, Callable[[int, int], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "ge": lambda a, b: a >= b,
    "gt": lambda a, b: a > b,
    "le": lambda a, b: a <= b,
}


def _jump(frame: Frame) -> None:
    frame.next = frame.instruction.operands[0]


def _if_zero(condition: Callable[[int, int], bool]) -> Step:
    def step(frame: Frame) -> None:
        if condition(frame.pop_number(), 0):
            _jump(frame)

    return step


def _if_shorts(condition: Callable[[int, int], bool]) -> Step:
    def step(frame: Frame) -> None:
        b, a = frame.pop_number(), frame.pop_number()
        if condition(a, b):
            _jump(frame)

    return step


def ifnull(frame: Frame) -> None:
    if frame.pop_reference() is None:
        _jump(frame)


def ifnonnull(frame: Frame) -> None:
    if frame.pop_reference() is not None:
        _jump(frame)


def if_acmpeq(frame: Frame) -> None:
    if frame.pop_reference() is frame.pop_reference():
        _jump(frame)


def if_acmpne(frame: Frame) -> None:
    if frame.pop_reference() is not frame.pop_reference():
        _jump(frame)


def jsr(frame: Frame) -> None:
    frame.push(frame.next)
    _jump(frame)


def ret(frame: Frame) -> None:
    place = frame.local(frame.instruction.operands[0])
    if not isinstance(place, int):
        raise VmFault(f"{frame.method.name}: ret to what is no address")
    frame.next = place


def switch(frame: Frame) -> None:
    """stableswitch, slookupswitch."""
    _choose(frame, frame.pop_number())


def int_switch(frame: Frame) -> None:
    _choose(frame, frame.pop_int())


def _choose(frame: Frame, value: int) -> None:
    frame.next = next(
        (place for case, place in frame.instruction.cases if case == value), frame.instruction.operands[0]
    )


def return_void(frame: Frame) -> None:
    frame.done = True


def return_word(frame: Frame) -> None:
    """sreturn, areturn."""
    frame.result, frame.done = frame.pop(), True


def ireturn(frame: Frame) -> None:
    frame.result, frame.done = frame.pop_int(), True


def athrow(frame: Frame) -> None:
    """A throwable of another context can be thrown, if it is an entry point of the runtime (JCRE §6.2.8.5)."""
    throwable = frame.pop_reference()
    if throwable is None:
        raise frame.vm.throw(NULL_POINTER)
    if not isinstance(throwable, JavaObject) or frame.vm.throwable_class not in throwable.cls.supers:
        raise VmFault(f"{frame.method.name}: what is thrown at {frame.pc} is no Throwable")
    frame.vm.may_throw(throwable)
    raise JavaThrow(throwable)


TABLE: dict[str, Step] = {
    **{f"if{name}{wide}": _if_zero(condition) for name, condition in _CONDITIONS.items() for wide in ("", "_w")},
    **{f"if_scmp{name}{wide}": _if_shorts(one) for name, one in _CONDITIONS.items() for wide in ("", "_w")},
    "ifnull": ifnull, "ifnull_w": ifnull, "ifnonnull": ifnonnull, "ifnonnull_w": ifnonnull,
    "if_acmpeq": if_acmpeq, "if_acmpeq_w": if_acmpeq, "if_acmpne": if_acmpne, "if_acmpne_w": if_acmpne,
    "goto": _jump, "goto_w": _jump, "jsr": jsr, "ret": ret,
    "stableswitch": switch, "slookupswitch": switch, "itableswitch": int_switch, "ilookupswitch": int_switch,
    "return": return_void, "sreturn": return_word, "areturn": return_word, "ireturn": ireturn, "athrow": athrow,
}  # fmt: skip
