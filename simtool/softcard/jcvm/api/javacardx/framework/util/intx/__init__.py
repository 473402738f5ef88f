"""javacardx.framework.util.intx: JCint (Java Card API 3.0.5); views of arrays came with 3.1."""

from __future__ import annotations

from simtool.softcard.jcvm.api.javacard.framework.jcsystem import make_transient
from simtool.softcard.jcvm.native import NativeClass, read, write
from simtool.softcard.jcvm.objects import JavaArray, Kind, Ref
from simtool.softcard.jcvm.vm import Vm


def make_int_of_bytes(vm: Vm, first: int, second: int, third: int, fourth: int) -> int:
    return int.from_bytes(bytes(one & 0xFF for one in (first, second, third, fourth)), signed=True)


def make_int_of_shorts(vm: Vm, high: int, low: int) -> int:
    return high << 16 | low & 0xFFFF


def get_int(vm: Vm, array: Ref | None, offset: int) -> int:
    return int.from_bytes(read(vm, array, offset, 4), signed=True)


def set_int(vm: Vm, array: Ref | None, offset: int, value: int) -> int:
    write(vm, array, offset, value.to_bytes(4, signed=True))
    return offset + 4


def make_transient_int_array(vm: Vm, length: int, event: int) -> JavaArray:
    return make_transient(vm, Kind.INT, length, event)


CLASSES: tuple[NativeClass, ...] = (
    NativeClass(
        "javacardx/framework/util/intx/JCint",
        {
            "makeInt(BBBB)I": make_int_of_bytes,
            "makeInt(SS)I": make_int_of_shorts,
            "getInt([BS)I": get_int,
            "setInt([BSI)S": set_int,
            "makeTransientIntArray(SB)[I": make_transient_int_array,
        },
    ),
)
