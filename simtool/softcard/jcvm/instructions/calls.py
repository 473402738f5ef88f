"""Calls of methods (JCVM §7.5; context switches: JCRE §6.2.8)."""

from __future__ import annotations

from collections.abc import Callable

from simtool.softcard.jcvm.classes import JavaClass, Method
from simtool.softcard.jcvm.faults import VmFault
from simtool.softcard.jcvm.flow import return_words
from simtool.softcard.jcvm.frame import NULL_POINTER, Frame
from simtool.softcard.jcvm.objects import Ref, Word
from simtool.softcard.jcvm.package import SuperRef, VirtualRef

Step = Callable[[Frame], None]


def _arguments(frame: Frame, words: int) -> list[Word]:
    found = [frame.pop() for _ in range(words)]
    return found[::-1]


def _run(frame: Frame, method: Method, words: list[Word]) -> None:
    """Call a method and push what it returns."""
    result = method.call(frame.vm, *words)
    returned = return_words(method)
    if returned is None:
        raise VmFault(f"{method.name} was not to return")
    if returned:
        frame.push(result)
    if returned == 2:
        frame.push(0)


def _receiver(frame: Frame, words: list[Word]) -> Ref:
    this = words[0] if words else None
    if this is None:
        raise frame.vm.throw(NULL_POINTER)
    if not isinstance(this, Ref):
        raise VmFault(f"{frame.method.name}: a method of what is no object at {frame.pc}")
    return this


def invokestatic(frame: Frame) -> None:
    method = frame.constant(frame.instruction.operands[0], Method)
    _run(frame, method, _arguments(frame, method.words))


def invokespecial(frame: Frame) -> None:
    """A constructor, a private method, or what a superclass has."""
    index = frame.instruction.operands[0]
    found = frame.package.pool[index] if index < len(frame.package.pool) else None
    method = found.method if isinstance(found, SuperRef) else frame.constant(index, Method)
    words = _arguments(frame, method.words)
    frame.usable(_receiver(frame, words))
    _run(frame, method, words)


def invokevirtual(frame: Frame) -> None:
    found = frame.constant(frame.instruction.operands[0], VirtualRef)
    declared = found.cls.internal if found.internal else found.cls.virtual
    if found.token >= len(declared):
        raise VmFault(f"{frame.method.name}: {found.cls.name} has no virtual method {found.token}")
    words = _arguments(frame, declared[found.token].words)
    this = _receiver(frame, words)
    frame.vm.may_call(this)
    table = this.cls.internals.get(found.cls.context, []) if found.internal else this.cls.virtual
    if found.token >= len(table):
        raise VmFault(f"{frame.method.name}: {this.cls.name} has no virtual method {found.token}")
    method = table[found.token]
    if method.words != len(words):
        raise VmFault(f"{frame.method.name}: {method.name} has other arguments")
    _run(frame, method, words)


def invokeinterface(frame: Frame) -> None:
    count, constant, token = frame.instruction.operands
    interface = frame.constant(constant, JavaClass)
    words = _arguments(frame, count)
    this = _receiver(frame, words)
    method = frame.vm.interface_method(this.cls, interface, token)
    if method.words != count:
        raise VmFault(f"{frame.method.name}: {method.name} has other arguments")
    if frame.vm.stays_here(this, interface):
        _run(frame, method, words)
    else:
        with frame.vm.running_as(this.owner):
            _run(frame, method, words)


TABLE: dict[str, Step] = {
    "invokestatic": invokestatic,
    "invokespecial": invokespecial,
    "invokevirtual": invokevirtual,
    "invokeinterface": invokeinterface,
}
