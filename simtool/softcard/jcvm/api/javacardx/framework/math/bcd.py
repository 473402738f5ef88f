"""javacardx.framework.math.BCDUtil: packed decimal digits (Java Card API 3.0.5).

Results have no more bytes than they need, one for zero. Arrays and bounds are judged before numbers are.
"""

from __future__ import annotations

from simtool.softcard.jcvm.api.java.lang import nothing
from simtool.softcard.jcvm.native import NativeClass, read, write
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.vm import Vm

ARITHMETIC = "java/lang/ArithmeticException"
MOST_BYTES = 32
"""The largest number has so many bytes in binary; at least 8 are asked for."""


def is_bcd(data: bytes) -> bool:
    """Decimal digits only."""
    return data.hex().isdecimal()


def from_bcd(data: bytes) -> int:
    """The number; of one that has far too many digits only that it is too large."""
    digits = data.hex().lstrip("0")
    return int(digits or "0") if len(digits) <= 3 * MOST_BYTES else 1 << 10 * MOST_BYTES


def to_bcd(value: int) -> bytes:
    digits = str(value)
    return bytes.fromhex(digits.zfill(len(digits) + len(digits) % 2))


def to_binary(value: int) -> bytes:
    return value.to_bytes(max(1, (value.bit_length() + 7) // 8))


def _some(vm: Vm, array: Ref | None, offset: int, length: int) -> bytes:
    data = read(vm, array, offset, length)
    if not data:
        raise vm.throw(ARITHMETIC)
    return data


def get_max_bytes_supported(vm: Vm) -> int:
    return MOST_BYTES


def convert_to_hex(vm: Vm, array: Ref | None, offset: int, length: int, target: Ref | None, at: int) -> int:
    data = _some(vm, array, offset, length)
    if not is_bcd(data) or len(to_binary(from_bcd(data))) > MOST_BYTES:
        raise vm.throw(ARITHMETIC)
    return _give(vm, target, at, to_binary(from_bcd(data)))


def convert_to_bcd(vm: Vm, array: Ref | None, offset: int, length: int, target: Ref | None, at: int) -> int:
    data = _some(vm, array, offset, length)
    if len(data) > MOST_BYTES:
        raise vm.throw(ARITHMETIC)
    return _give(vm, target, at, to_bcd(int.from_bytes(data)))


def _give(vm: Vm, target: Ref | None, at: int, data: bytes) -> int:
    write(vm, target, at, data)
    return len(data)


def is_bcd_format(vm: Vm, array: Ref | None, offset: int, length: int) -> bool:
    return is_bcd(_some(vm, array, offset, length))


BCD_UTIL = NativeClass(
    "javacardx/framework/math/BCDUtil",
    {
        "<init>()V": nothing,
        "getMaxBytesSupported()S": get_max_bytes_supported,
        "convertToHex([BSS[BS)S": convert_to_hex,
        "convertToBCD([BSS[BS)S": convert_to_bcd,
        "isBCDFormat([BSS)Z": is_bcd_format,
    },
)
