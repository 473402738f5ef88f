"""Static and instance fields (JCVM §7.5). A field of type b keeps a byte."""

from __future__ import annotations

from collections.abc import Callable

from simtool.softcard.jcvm.faults import VmFault
from simtool.softcard.jcvm.frame import Frame
from simtool.softcard.jcvm.objects import JavaObject, Word, narrow_byte
from simtool.softcard.jcvm.package import FieldRef, StaticRef

Step = Callable[[Frame], None]


def _pop(frame: Frame, letter: str) -> Word:
    """A value of a type, ready to be stored."""
    if letter == "a":
        return frame.storable(frame.pop())
    if letter == "i":
        return frame.pop_int()
    value = frame.pop_number()
    return narrow_byte(value) if letter == "b" else value


def _push(frame: Frame, letter: str, word: Word) -> None:
    frame.push(word)
    if letter == "i":
        frame.push(0)


def _static(frame: Frame) -> tuple[JavaObject, int]:
    found = frame.constant(frame.instruction.operands[0], StaticRef)
    holder = found.package.statics
    if holder is None or found.index >= len(holder.words):
        raise VmFault(f"{frame.method.name}: no static field at {found.index}")
    return holder, found.index


def _getstatic(letter: str) -> Step:
    def step(frame: Frame) -> None:
        holder, index = _static(frame)
        _push(frame, letter, holder.words[index])

    return step


def _putstatic(letter: str) -> Step:
    def step(frame: Frame) -> None:
        value = _pop(frame, letter)
        holder, index = _static(frame)
        frame.vm.heap.barrier(holder, index)
        holder.words[index] = value

    return step


def _field(frame: Frame, target: JavaObject) -> int:
    index = frame.constant(frame.instruction.operands[0], FieldRef).index
    if index >= len(target.words):
        raise VmFault(f"{frame.method.name}: {target.cls.name} has no field at {index}")
    return index


def _this(frame: Frame) -> JavaObject:
    this = frame.usable(frame.local(0))
    if not isinstance(this, JavaObject):
        raise VmFault(f"{frame.method.name}: local variable 0 is no object")
    return this


def _getfield(letter: str, *, this: bool = False) -> Step:
    def step(frame: Frame) -> None:
        target = _this(frame) if this else frame.pop_object()
        _push(frame, letter, target.words[_field(frame, target)])

    return step


def _putfield(letter: str, *, this: bool = False) -> Step:
    def step(frame: Frame) -> None:
        value = _pop(frame, letter)
        target = _this(frame) if this else frame.pop_object()
        index = _field(frame, target)
        if target.persistent:
            frame.vm.heap.barrier(target, index)
        target.words[index] = value

    return step


TABLE: dict[str, Step] = {
    **{f"getstatic_{letter}": _getstatic(letter) for letter in "absi"},
    **{f"putstatic_{letter}": _putstatic(letter) for letter in "absi"},
    **{f"getfield_{letter}{wide}": _getfield(letter) for letter in "absi" for wide in ("", "_w")},
    **{f"putfield_{letter}{wide}": _putfield(letter) for letter in "absi" for wide in ("", "_w")},
    **{f"getfield_{letter}_this": _getfield(letter, this=True) for letter in "absi"},
    **{f"putfield_{letter}_this": _putfield(letter, this=True) for letter in "absi"},
}
