"""javacard.framework.Util (Java Card API 3.0.5).

An array is judged before offsets are: null and firewall first, source before destination, and nothing is written
where anything is thrown. Atomic means one write, within a transaction part of it; the others stay written.
"""

from __future__ import annotations

from simtool.softcard.jcvm.native import NativeClass, byte_array, read, room, write
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.vm import Vm


def array_copy(vm: Vm, source: Ref | None, start: int, target: Ref | None, offset: int, length: int) -> int:
    byte_array(vm, source)
    byte_array(vm, target)
    data = read(vm, source, start, length)
    write(vm, target, offset, data)
    return offset + length


def array_copy_non_atomic(vm: Vm, source: Ref | None, start: int, target: Ref | None, offset: int, length: int) -> int:
    byte_array(vm, source)
    found = byte_array(vm, target)
    data = read(vm, source, start, length)
    room(vm, target, offset, length)
    vm.heap.write_bytes_for_good(found, offset, data)
    return offset + length


def array_fill(vm: Vm, target: Ref | None, offset: int, length: int, value: int) -> int:
    room(vm, target, offset, length)
    write(vm, target, offset, bytes((value & 0xFF,)) * length)
    return offset + length


def array_fill_non_atomic(vm: Vm, target: Ref | None, offset: int, length: int, value: int) -> int:
    found = byte_array(vm, target)
    room(vm, target, offset, length)
    vm.heap.write_bytes_for_good(found, offset, bytes((value & 0xFF,)) * length)
    return offset + length


def array_compare(vm: Vm, source: Ref | None, start: int, target: Ref | None, offset: int, length: int) -> int:
    """-1, 0 or 1, by the first byte that differs, without sign."""
    byte_array(vm, source)
    byte_array(vm, target)
    ours, theirs = read(vm, source, start, length), read(vm, target, offset, length)
    return (ours > theirs) - (ours < theirs)


def make_short(vm: Vm, high: int, low: int) -> int:
    return (high & 0xFF) << 8 | low & 0xFF


def get_short(vm: Vm, array: Ref | None, offset: int) -> int:
    return int.from_bytes(read(vm, array, offset, 2))


def set_short(vm: Vm, array: Ref | None, offset: int, value: int) -> int:
    write(vm, array, offset, (value & 0xFFFF).to_bytes(2))
    return offset + 2


UTIL = NativeClass(
    "javacard/framework/Util",
    {
        "arrayCompare([BS[BSS)B": array_compare,
        "arrayCopy([BS[BSS)S": array_copy,
        "arrayCopyNonAtomic([BS[BSS)S": array_copy_non_atomic,
        "arrayFillNonAtomic([BSSB)S": array_fill_non_atomic,
        "getShort([BS)S": get_short,
        "makeShort(BB)S": make_short,
        "setShort([BSS)S": set_short,
        "arrayFill([BSSB)S": array_fill,
    },
)
