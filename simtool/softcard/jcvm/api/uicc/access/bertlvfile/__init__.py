"""uicc.access.bertlvfile: data objects in BER-TLV files (TS 102 241 §6.3, annex A; TS 102 221 §11.3).

Every view can do this: the classes of views are in `uicc.access` and `uicc.access.fileadministration`.
"""

from __future__ import annotations

from collections.abc import Mapping

from simtool.softcard.jcvm.api.uicc.access.arrays import array_of, put
from simtool.softcard.jcvm.api.uicc.access.exceptions import NAME, Reason, refusals
from simtool.softcard.jcvm.api.uicc.access.file_view import moving
from simtool.softcard.jcvm.native import Native, NativeClass, read, room, write
from simtool.softcard.jcvm.objects import JavaObject, Kind, Ref
from simtool.softcard.jcvm.vm import Vm

FIRST, NEXT = -0x80, 0x00


def _is_first(vm: Vm, mode: int) -> bool:
    """BER_TLV_ACC_MODE_FIRST or _NEXT, else INVALID_MODE."""
    if mode not in (FIRST, NEXT):
        raise vm.throw(NAME, Reason.INVALID_MODE)
    return mode == FIRST


def retrieve_data(vm: Vm, this: JavaObject, tag: int, start: int, target: Ref | None, offset: int, length: int) -> int:
    """Part of an object's value; gives how many bytes of it follow."""
    room(vm, target, offset, length)
    with refusals(vm):
        data, left = vm.platform.files.read_object(moving(vm, this), tag, start, length)
    write(vm, target, offset, data)
    return left


def get_tag_list(vm: Vm, this: JavaObject, mode: int, response: Ref | None, offset: int, length: int) -> int:
    """The next tags, one in each int; gives how many follow."""
    target = array_of(vm, response, Kind.INT, offset, length)
    context = moving(vm, this)
    with refusals(vm):
        found, left = vm.platform.files.tags(context, _is_first(vm, mode), length)
    put(vm, target, offset, found)
    return left


def set_data(
    vm: Vm, this: JavaObject, tag: int, mode: int, size: int, source: Ref | None, offset: int, length: int
) -> int:
    """Part of a new object; the file has it when all of it is there. Gives how many bytes are still to come."""
    data = read(vm, source, offset, length)
    context = moving(vm, this)
    with refusals(vm):
        return vm.platform.files.write_object(context, tag, _is_first(vm, mode), size, data)


def delete_data(vm: Vm, this: JavaObject, tag: int) -> None:
    with refusals(vm):
        vm.platform.files.delete_object(moving(vm, this), tag)


TLV_VIEW: Mapping[str, Native] = {
    "retrieveData(II[BSS)I": retrieve_data,
    "getTAGList(B[ISS)I": get_tag_list,
    "setData(IBI[BSS)I": set_data,
    "deleteData(I)V": delete_data,
}

CLASSES: tuple[NativeClass, ...] = ()
