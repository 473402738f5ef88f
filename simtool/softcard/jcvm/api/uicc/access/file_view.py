"""uicc.access.FileView: a view of the files with a place of its own in them (TS 102 241 §6.2, annex A).

Arguments are checked first, arrays before anything else; then the card judges the file and what is asked of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from simtool.softcard.jcvm.api.uicc.access.arrays import array_of, put
from simtool.softcard.jcvm.api.uicc.access.exceptions import NAME, Reason, refusals
from simtool.softcard.jcvm.native import ARRAY_INDEX, Native, byte_array, read, room, state_of, write
from simtool.softcard.jcvm.objects import JavaObject, Kind, Lifetime, Ref
from simtool.softcard.jcvm.platform.files import FileContext
from simtool.softcard.jcvm.vm import Vm

INCREASE_MAX = 127


def standing(this: Ref) -> FileContext:
    """Where a view stands, for what does not move it."""
    return state_of(this, FileContext)


def moving(vm: Vm, this: JavaObject) -> FileContext:
    """The same for what may move it; no transaction takes that back."""
    context = state_of(this, FileContext)
    if context.lifetime == Lifetime.PERSISTENT:
        vm.heap.touch_for_good(this)
    return context


def give(vm: Vm, target: Ref | None, offset: int, length: int, data: bytes) -> int:
    """As much of `data` as was asked for; gives how much that is."""
    part = data[:length]
    write(vm, target, offset, part)
    return len(part)


def select_fcp(vm: Vm, this: JavaObject, fid: int, fcp: Ref | None, offset: int, length: int) -> int:
    room(vm, fcp, offset, length)
    context = moving(vm, this)
    with refusals(vm):
        vm.platform.files.select(context, fid & 0xFFFF)
        data = vm.platform.files.describe(context)
    return give(vm, fcp, offset, length, data)


def select(vm: Vm, this: JavaObject, fid: int) -> None:
    with refusals(vm):
        vm.platform.files.select(moving(vm, this), fid & 0xFFFF)


def select_sfi(vm: Vm, this: JavaObject, sfi: int) -> None:
    with refusals(vm):
        vm.platform.files.select_sfi(moving(vm, this), sfi)


def status(vm: Vm, this: JavaObject, fcp: Ref | None, offset: int, length: int) -> int:
    room(vm, fcp, offset, length)
    with refusals(vm):
        data = vm.platform.files.describe_directory(standing(this))
    return give(vm, fcp, offset, length, data)


def read_binary(vm: Vm, this: JavaObject, start: int, target: Ref | None, offset: int, length: int) -> int:
    room(vm, target, offset, length)
    with refusals(vm):
        data = vm.platform.files.read_binary(standing(this), start, length)
    write(vm, target, offset, data)
    return offset + length


def update_binary(vm: Vm, this: JavaObject, start: int, source: Ref | None, offset: int, length: int) -> None:
    data = read(vm, source, offset, length)
    with refusals(vm):
        vm.platform.files.update_binary(standing(this), start, data)


def read_record(
    vm: Vm, this: JavaObject, number: int, mode: int, start: int, target: Ref | None, offset: int, length: int
) -> int:
    room(vm, target, offset, length)
    with refusals(vm):
        data = vm.platform.files.read_record(moving(vm, this), number, mode, start, length)
    write(vm, target, offset, data)
    return offset + length


def update_record(
    vm: Vm, this: JavaObject, number: int, mode: int, start: int, source: Ref | None, offset: int, length: int
) -> None:
    data = read(vm, source, offset, length)
    with refusals(vm):
        vm.platform.files.update_record(moving(vm, this), number, mode, start, data)


def search_record(
    vm: Vm, this: JavaObject, mode: int, number: int, indication: int, source: Ref | None, offset: int, length: int,
    response: Ref | None, response_offset: int, response_length: int,
) -> int:  # fmt: skip
    """As many record numbers as were found and asked for."""
    pattern = read(vm, source, offset, length)
    target = array_of(vm, response, Kind.SHORT, response_offset, response_length)
    with refusals(vm):
        found = vm.platform.files.search(moving(vm, this), mode, number, indication & 0xFFFF, pattern)
    part = found[:response_length]
    put(vm, target, response_offset, part)
    return len(part)


def increase(
    vm: Vm, this: JavaObject, source: Ref | None, offset: int, length: int, target: Ref | None, target_offset: int
) -> int:
    """The value of the new record 1 goes to `target`, which has to have room for it, else nothing is increased."""
    byte_array(vm, source)
    room(vm, target, target_offset, 0)
    value = read(vm, source, offset, length)
    if length > INCREASE_MAX:
        raise vm.throw(NAME, Reason.INTERNAL_ERROR)
    context = moving(vm, this)
    with refusals(vm):
        size = vm.platform.files.record_length(context)
        if target_offset + size > len(byte_array(vm, target).data):
            raise vm.throw(ARRAY_INDEX)
        record = vm.platform.files.increase(context, value)
    write(vm, target, target_offset, record)
    return len(record)


def deactivate_file(vm: Vm, this: JavaObject) -> None:
    with refusals(vm):
        vm.platform.files.set_active(standing(this), active=False)


def activate_file(vm: Vm, this: JavaObject) -> None:
    with refusals(vm):
        vm.platform.files.set_active(standing(this), active=True)


FILE_VIEW: Mapping[str, Native] = {
    "select(S[BSS)S": select_fcp,
    "select(S)V": select,
    "select(B)V": select_sfi,
    "status([BSS)S": status,
    "readBinary(S[BSS)S": read_binary,
    "updateBinary(S[BSS)V": update_binary,
    "readRecord(SBS[BSS)S": read_record,
    "updateRecord(SBS[BSS)V": update_record,
    "searchRecord(BSS[BSS[SSS)S": search_record,
    "increase([BSS[BS)S": increase,
    "deactivateFile()V": deactivate_file,
    "activateFile()V": activate_file,
}
