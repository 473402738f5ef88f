"""New objects and questions about their class (JCVM §7.5)."""

from __future__ import annotations

from collections.abc import Callable

from simtool.softcard.jcvm.classes import JavaClass
from simtool.softcard.jcvm.faults import VmFault
from simtool.softcard.jcvm.frame import Frame
from simtool.softcard.jcvm.objects import JavaArray, Kind, Ref

Step = Callable[[Frame], None]
CAST = "java/lang/ClassCastException"


def new(frame: Frame) -> None:
    cls = frame.constant(frame.instruction.operands[0], JavaClass)
    if cls.is_interface or cls.abstract:
        raise VmFault(f"{frame.method.name}: new {cls.name} at {frame.pc}")
    frame.push(frame.vm.allocate(cls))


def checkcast(frame: Frame) -> None:
    """The reference stays; ClassCastException where it is neither null nor of that class."""
    ref = frame.pop_reference()
    frame.push(ref)
    if ref is not None and not _is(frame, ref):
        raise frame.vm.throw(CAST)


def instanceof(frame: Frame) -> None:
    ref = frame.pop_reference()
    frame.push(int(ref is not None and _is(frame, ref)))


def _is(frame: Frame, ref: Ref) -> bool:
    number, constant = frame.instruction.operands
    if number in (Kind.BOOLEAN, Kind.BYTE, Kind.SHORT, Kind.INT):
        wanted = None
    elif number in (0, Kind.REFERENCE):
        wanted = frame.constant(constant, JavaClass)
    else:
        raise VmFault(f"{frame.method.name}: no type {number}")
    frame.vm.may_ask(ref, wanted)
    return is_instance(ref, number, wanted)


def is_instance(ref: Ref, number: int, wanted: JavaClass | None) -> bool:
    """Whether a reference is of a type: 0 a class, 10 to 13 an array of numbers, 14 one of references to a class."""
    if number == 0:
        return wanted in ref.cls.supers
    if not isinstance(ref, JavaArray) or ref.kind != number:
        return False
    return number != Kind.REFERENCE or (ref.element is not None and wanted in ref.element.supers)


TABLE: dict[str, Step] = {"new": new, "checkcast": checkcast, "instanceof": instanceof}
