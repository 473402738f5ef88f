"""Short and int arrays that the file access API writes to."""

from __future__ import annotations

from simtool.softcard.jcvm.native import ARRAY_INDEX, usable
from simtool.softcard.jcvm.objects import JavaArray, Kind, Ref
from simtool.softcard.jcvm.vm import Vm


def array_of(vm: Vm, ref: Ref | None, kind: Kind, offset: int, length: int) -> JavaArray:
    """An array argument with room there. NullPointer-, Security-, ArrayIndexOutOfBoundsException."""
    found = usable(vm, ref)
    if not isinstance(found, JavaArray) or found.kind is not kind:
        raise vm.fault(f"an array of {kind.name.lower()} was expected")
    if offset < 0 or length < 0 or offset + length > len(found.data):
        raise vm.throw(ARRAY_INDEX)
    return found


def put(vm: Vm, array: JavaArray, offset: int, values: list[int]) -> None:
    """Numbers into an array that has room for them."""
    for at, value in enumerate(values, offset):
        if array.persistent:
            vm.heap.barrier(array, at)
        array.data[at] = value
