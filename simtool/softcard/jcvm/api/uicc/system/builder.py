"""uicc.system.HandlerBuilder: handlers that belong to an applet (TS 102 241 annex A).

They are objects like any other: what is in them survives a reset, changes are part of a transaction. The internal
buffer takes room on the heap as an array does.
"""

from __future__ import annotations

from simtool.softcard.jcvm.api.uicc.toolkit.content import OwnHandler
from simtool.softcard.jcvm.api.uicc.toolkit.edit import BER_EDIT, EDIT
from simtool.softcard.jcvm.api.uicc.toolkit.reasons import NAME as TOOLKIT_EXCEPTION
from simtool.softcard.jcvm.api.uicc.toolkit.reasons import Reason
from simtool.softcard.jcvm.native import NativeClass, construct, read
from simtool.softcard.jcvm.objects import JavaObject, Kind, Ref
from simtool.softcard.jcvm.services import SYSTEM_EXCEPTION
from simtool.softcard.jcvm.vm import Vm

_EDIT, _BER_EDIT = "simtool/toolkit/EditHandler", "simtool/toolkit/BERTLVEditHandler"
_CLASS_BY_TYPE = {1: _EDIT, 2: _BER_EDIT}
_ILLEGAL_VALUE = 1


def build(vm: Vm, type_: int, capacity: int) -> JavaObject:
    """An empty one. SystemException: ILLEGAL_VALUE, NO_RESOURCE."""
    _check(vm, type_, capacity)
    return _build(vm, type_, capacity, b"")


def build_filled(vm: Vm, type_: int, capacity: int, source: Ref | None, offset: int, length: int) -> JavaObject:
    """One that begins with part of an array. Also NullPointer-, ArrayIndexOutOfBoundsException, BAD_INPUT_PARAMETER."""
    _check(vm, type_, capacity)
    data = read(vm, source, offset, length)
    if length > capacity:
        raise vm.throw(TOOLKIT_EXCEPTION, Reason.BAD_INPUT_PARAMETER)
    return _build(vm, type_, capacity, data)


def _check(vm: Vm, type_: int, capacity: int) -> None:
    if type_ not in _CLASS_BY_TYPE or capacity < 0:
        raise vm.throw(SYSTEM_EXCEPTION, _ILLEGAL_VALUE)


def _build(vm: Vm, type_: int, capacity: int, data: bytes) -> JavaObject:
    buffer = vm.allocate_array(Kind.BYTE, capacity)
    made = vm.new(_CLASS_BY_TYPE[type_])
    memoryview(buffer.data).cast("B")[: len(data)] = data
    construct(vm, made, OwnHandler(buffer, len(data)))
    return made


BUILDER_CLASSES: tuple[NativeClass, ...] = (
    NativeClass(
        "uicc/system/HandlerBuilder",
        {
            "buildTLVHandler(BS)Luicc/toolkit/ViewHandler;": build,
            "buildTLVHandler(BS[BSS)Luicc/toolkit/ViewHandler;": build_filled,
        },
    ),
    NativeClass(_EDIT, EDIT, OwnHandler, interfaces=("uicc/toolkit/EditHandler",)),
    NativeClass(_BER_EDIT, BER_EDIT, OwnHandler, interfaces=("uicc/toolkit/BERTLVEditHandler",)),
)
