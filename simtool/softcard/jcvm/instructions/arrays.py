"""Arrays: elements, length, new ones (JCVM §7.5)."""

from __future__ import annotations

from collections.abc import Callable

from simtool.softcard.jcvm.classes import JavaClass
from simtool.softcard.jcvm.faults import VmFault
from simtool.softcard.jcvm.frame import Frame
from simtool.softcard.jcvm.objects import JavaArray, Kind, Word, narrow, narrow_byte, narrow_int

Step = Callable[[Frame], None]
INDEX = "java/lang/ArrayIndexOutOfBoundsException"
STORE = "java/lang/ArrayStoreException"
_KINDS = {"b": (Kind.BYTE, Kind.BOOLEAN), "s": (Kind.SHORT,), "i": (Kind.INT,), "a": (Kind.REFERENCE,)}
_NARROW = {"b": narrow_byte, "s": narrow, "i": narrow_int}


def _element(frame: Frame, letter: str) -> tuple[JavaArray, int]:
    """Array and index from the stack, checked."""
    index = frame.pop_number()
    found = frame.pop_array()
    if found.kind not in _KINDS[letter]:
        raise VmFault(f"{frame.method.name}: an array of another type at {frame.pc}")
    if not 0 <= index < len(found.data):
        raise frame.vm.throw(INDEX)
    return found, index


def _load(letter: str) -> Step:
    def step(frame: Frame) -> None:
        found, index = _element(frame, letter)
        frame.push(found.data[index])
        if letter == "i":
            frame.push(0)

    return step


def _store(letter: str) -> Step:
    def step(frame: Frame) -> None:
        value = frame.pop_int() if letter == "i" else frame.pop_number()
        found, index = _element(frame, letter)
        if found.persistent:
            frame.vm.heap.barrier(found, index)
        found.data[index] = _NARROW[letter](value)

    return step


def aastore(frame: Frame) -> None:
    """A reference into an array: ArrayStoreException where it is no instance of the element class."""
    value = frame.pop_reference()
    found, index = _element(frame, "a")
    store_reference(frame, found, index, value)


def store_reference(frame: Frame, found: JavaArray, index: int, value: Word) -> None:
    value = frame.storable(value)
    if value is not None and not fits(value, found):
        raise frame.vm.throw(STORE)
    if found.persistent:
        frame.vm.heap.barrier(found, index)
    found.data[index] = value


def fits(value: Word, into: JavaArray) -> bool:
    """Whether a reference may be an element of an array."""
    return into.element is not None and into.element in value.cls.supers


def arraylength(frame: Frame) -> None:
    frame.push(len(frame.pop_array().data))


def newarray(frame: Frame) -> None:
    number = frame.instruction.operands[0]
    if number not in (Kind.BOOLEAN, Kind.BYTE, Kind.SHORT, Kind.INT):
        raise VmFault(f"{frame.method.name}: newarray of type {number}")
    frame.push(frame.vm.allocate_array(Kind(number), frame.pop_number()))


def anewarray(frame: Frame) -> None:
    element = frame.constant(frame.instruction.operands[0], JavaClass)
    frame.push(frame.vm.allocate_array(Kind.REFERENCE, frame.pop_number(), element))


TABLE: dict[str, Step] = {
    **{f"{letter}aload": _load(letter) for letter in "absi"},
    **{f"{letter}astore": _store(letter) for letter in "bsi"},
    "aastore": aastore, "arraylength": arraylength, "newarray": newarray, "anewarray": anewarray,
}  # fmt: skip
