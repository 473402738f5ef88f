"""What translated methods call where Python has no word for it. Failures become those that Java has."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from simtool.softcard.jcvm.classes import JavaClass, Method
from simtool.softcard.jcvm.faults import JavaThrow, VmFault
from simtool.softcard.jcvm.firewall import Firewall
from simtool.softcard.jcvm.flow import handlers_of
from simtool.softcard.jcvm.frame import NULL_POINTER
from simtool.softcard.jcvm.instructions.arithmetic import ARITHMETIC, divide
from simtool.softcard.jcvm.instructions.arrays import INDEX, STORE, fits
from simtool.softcard.jcvm.instructions.objects import CAST, is_instance
from simtool.softcard.jcvm.objects import JavaArray, JavaObject, Kind, Ref, Word

if TYPE_CHECKING:
    from simtool.softcard.jcvm.vm import Vm

PYTHON_ERRORS = (AttributeError, LookupError, TypeError, ArithmeticError, ValueError)
TICK = 4096
"""A loop asks for the time after so many byte codes."""


def out_of_range(vm: Vm) -> None:
    """An index below 0: to Python it would be one from the end."""
    raise vm.throw(INDEX)


def divided_by_zero(vm: Vm) -> None:
    raise vm.throw(ARITHMETIC)


def cast(vm: Vm, ref: Ref | None, kind: int, wanted: JavaClass | None) -> None:
    """checkcast, where it is not plain that it succeeds."""
    if ref is not None:
        _ask(vm, ref, wanted)
        if not is_instance(ref, kind, wanted):
            raise vm.throw(CAST)


def instance(vm: Vm, ref: Ref | None, kind: int, wanted: JavaClass | None) -> int:
    """instanceof."""
    if ref is None:
        return 0
    _ask(vm, ref, wanted)
    return int(is_instance(ref, kind, wanted))


def _ask(vm: Vm, ref: Ref, wanted: JavaClass | None) -> None:
    if not isinstance(ref, Ref):
        raise VmFault("a reference was expected")
    vm.may_ask(ref, wanted)


def store_element(vm: Vm, array: JavaArray, index: int, value: Ref | None) -> None:
    """aastore, where the array may be used."""
    if not isinstance(array, JavaArray) or array.kind is not Kind.REFERENCE:
        raise VmFault("aastore into what is no array of references")
    if not isinstance(index, int) or not isinstance(value, Ref | None):
        raise VmFault("aastore of what is no reference")
    if not 0 <= index < len(array.data):
        raise vm.throw(INDEX)
    if value is not None and value.context is not vm.context:
        value = vm.storable(value)
    if value is not None and not fits(value, array):
        raise vm.throw(STORE)
    if array.persistent:
        vm.heap.barrier(array, index)
    array.data[index] = value


def throw(vm: Vm, throwable: Ref | None) -> None:
    """athrow."""
    if throwable is None:
        raise vm.throw(NULL_POINTER)
    if not isinstance(throwable, JavaObject) or vm.throwable_class not in throwable.cls.supers:
        raise VmFault("what is thrown is no Throwable")
    vm.may_throw(throwable)
    raise JavaThrow(throwable)


def call_interface(vm: Vm, interface: JavaClass, token: int, this: Ref, *words: Word) -> Word:
    """invokeinterface on an object of another context (JCRE §6.2.8.5)."""
    method = vm.interface_method(this.cls, interface, token)
    if vm.stays_here(this, interface):
        return method.call(vm, this, *words)
    with vm.running_as(this.owner):
        return method.call(vm, this, *words)


def lost(name: str) -> None:
    """A `ret` to a place that is none."""
    raise VmFault(f"{name}: execution has left the method")


def caught(vm: Vm, error: Exception, method: Method, lines: tuple[int, ...]) -> tuple[int, JavaObject] | None:
    """The handler of what came out of a method's function: its place, and the throwable. None where it has none.

    An error of Python's own that arose in the function itself is one of Java's: null has no attributes.
    """
    trace = error.__traceback__
    at = lines[trace.tb_lineno] if trace is not None and trace.tb_lineno < len(lines) else 0
    if not isinstance(error, JavaThrow):
        if trace is None or not _own(trace):
            raise error  # out of the API's functions or the machine: not the program's doing
        error = _java(vm, error, method, at)
    for handler in handlers_of(method, at):
        if handler.catches is None or handler.catches in error.throwable.cls.supers:
            return handler.target, error.throwable
    raise error.with_traceback(trace)


def _own(trace: TracebackType) -> bool:
    """Whether an error arose in the method's function itself, or in what that calls in place of an instruction."""
    while trace.tb_next is not None:
        trace = trace.tb_next
        if trace.tb_frame.f_globals.get("__name__") not in _INSTRUCTIONS:
            return False
    return True


def _java(vm: Vm, error: Exception, method: Method, at: int) -> JavaThrow:
    own = error.__traceback__ is not None and error.__traceback__.tb_next is None
    if own and isinstance(error, AttributeError) and error.obj is None:
        return vm.throw(NULL_POINTER)
    if (
        own
        and isinstance(error, IndexError)
        and method.package is not None
        and method.package.code[at] in _ELEMENT_ACCESS
    ):
        return vm.throw(INDEX)
    raise VmFault(f"{method.name}: at {at}: {error}") from error


_INSTRUCTIONS = (__name__, *(one.__module__ for one in (divide, fits, is_instance, Firewall)))
_ELEMENT_ACCESS = frozenset((*range(0x24, 0x28), *range(0x37, 0x3B)))
"""Opcodes of aaload to iaload, and of aastore to iastore."""
