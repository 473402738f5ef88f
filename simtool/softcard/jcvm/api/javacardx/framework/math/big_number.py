"""javacardx.framework.math.BigNumber: unsigned numbers (Java Card API 3.0.5).

Whatever cannot be is an ArithmeticException, and leaves the number as it was.
"""

from __future__ import annotations

from dataclasses import dataclass

from simtool.softcard.jcvm.api.javacardx.framework.math.bcd import (
    ARITHMETIC,
    MOST_BYTES,
    from_bcd,
    get_max_bytes_supported,
    is_bcd,
    to_bcd,
    to_binary,
)
from simtool.softcard.jcvm.native import NativeClass, NativeState, construct, read, room, state_of, usable, write
from simtool.softcard.jcvm.objects import JavaObject, Ref
from simtool.softcard.jcvm.vm import Vm

FORMAT_BCD, FORMAT_HEX = 1, 2


@dataclass
class NumberState(NativeState):
    """`value` is at most `limit`, that at most what `size` bytes hold."""

    size: int = MOST_BYTES
    limit: int = 0
    value: int = 0


def _operand(vm: Vm, array: Ref | None, offset: int, length: int, form: int) -> int:
    data = read(vm, array, offset, length)
    if not data or form not in (FORMAT_BCD, FORMAT_HEX) or (form == FORMAT_BCD and not is_bcd(data)):
        raise vm.throw(ARITHMETIC)
    return from_bcd(data) if form == FORMAT_BCD else int.from_bytes(data)


def _becomes(vm: Vm, this: JavaObject, value: int) -> None:
    state = state_of(this, NumberState)
    if not 0 <= value <= state.limit:
        raise vm.throw(ARITHMETIC)
    vm.heap.touch(this)
    state.value = value


def construct_number(vm: Vm, this: JavaObject, size: int) -> None:
    if not 0 < size <= MOST_BYTES:
        raise vm.throw(ARITHMETIC)
    construct(vm, this, NumberState(size, (1 << 8 * size) - 1))


def set_maximum(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int, form: int) -> None:
    limit, state = _operand(vm, array, offset, length, form), state_of(this, NumberState)
    if limit < state.value or limit >= 1 << 8 * state.size:
        raise vm.throw(ARITHMETIC)
    vm.heap.touch(this)
    state.limit = limit


def init(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int, form: int) -> None:
    _becomes(vm, this, _operand(vm, array, offset, length, form))


def add(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int, form: int) -> None:
    _becomes(vm, this, state_of(this, NumberState).value + _operand(vm, array, offset, length, form))


def subtract(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int, form: int) -> None:
    _becomes(vm, this, state_of(this, NumberState).value - _operand(vm, array, offset, length, form))


def multiply(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int, form: int) -> None:
    _becomes(vm, this, state_of(this, NumberState).value * _operand(vm, array, offset, length, form))


def _compare(ours: int, theirs: int) -> int:
    return (ours > theirs) - (ours < theirs)


def compare_to(vm: Vm, this: JavaObject, other: Ref | None) -> int:
    return _compare(state_of(this, NumberState).value, state_of(usable(vm, other), NumberState).value)


def compare_to_bytes(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int, form: int) -> int:
    return _compare(state_of(this, NumberState).value, _operand(vm, array, offset, length, form))


def _coded(vm: Vm, this: JavaObject, form: int) -> bytes:
    if form not in (FORMAT_BCD, FORMAT_HEX):
        raise vm.throw(ARITHMETIC)
    value = state_of(this, NumberState).value
    return to_bcd(value) if form == FORMAT_BCD else to_binary(value)


def to_bytes(vm: Vm, this: JavaObject, target: Ref | None, offset: int, length: int, form: int) -> None:
    """Right-justified in `length` bytes."""
    room(vm, target, offset, length)
    coded = _coded(vm, this, form)
    if length < len(coded):
        raise vm.throw(ARITHMETIC)
    write(vm, target, offset, coded.rjust(length, b"\x00"))


def get_byte_length(vm: Vm, this: JavaObject, form: int) -> int:
    return len(_coded(vm, this, form))


def reset(vm: Vm, this: JavaObject) -> None:
    _becomes(vm, this, 0)


BIG_NUMBER = NativeClass(
    "javacardx/framework/math/BigNumber",
    {
        "<init>(S)V": construct_number,
        "getMaxBytesSupported()S": get_max_bytes_supported,
        "setMaximum([BSSB)V": set_maximum,
        "init([BSSB)V": init,
        "add([BSSB)V": add,
        "subtract([BSSB)V": subtract,
        "multiply([BSSB)V": multiply,
        "compareTo(Ljavacardx/framework/math/BigNumber;)B": compare_to,
        "compareTo([BSSB)B": compare_to_bytes,
        "toBytes([BSSB)V": to_bytes,
        "getByteLength(B)S": get_byte_length,
        "reset()V": reset,
    },
    state=NumberState,
)
