"""javacardx.framework.util.ArrayLogic: arrays of bytes, shorts and ints alike (Java Card API 3.0.5).

The order of checks: null and firewall, what kind of array it is, bounds, whether the length can be packed. Components
go high byte first. Bytes are compared without sign, as `Util.arrayCompare` does, shorts and ints with it.
"""

from __future__ import annotations

from array import array

from simtool.softcard.jcvm.native import ARRAY_INDEX, NativeClass, read, usable
from simtool.softcard.jcvm.objects import ELEMENT_BYTES, TYPECODES, JavaArray, Kind, Ref
from simtool.softcard.jcvm.vm import Vm

UTIL_EXCEPTION = "javacardx/framework/util/UtilException"
ILLEGAL_VALUE, TYPE_MISMATCHED = 1, 2
_KINDS = (Kind.BYTE, Kind.SHORT, Kind.INT)


def _usable(vm: Vm, *refs: Ref | None) -> list[JavaArray]:
    """The arguments as arrays of numbers. UtilException.ILLEGAL_VALUE for anything else."""
    found = [usable(vm, ref) for ref in refs]
    arrays = [one for one in found if isinstance(one, JavaArray) and one.kind in _KINDS]
    if len(arrays) < len(refs):
        raise vm.throw(UTIL_EXCEPTION, ILLEGAL_VALUE)
    return arrays


def _same_kind(vm: Vm, *refs: Ref | None) -> list[JavaArray]:
    arrays = _usable(vm, *refs)
    if len({one.kind for one in arrays}) > 1:
        raise vm.throw(UTIL_EXCEPTION, TYPE_MISMATCHED)
    return arrays


def _within(vm: Vm, target: JavaArray, offset: int, length: int) -> None:
    if offset < 0 or length < 0 or offset + length > len(target.data):
        raise vm.throw(ARRAY_INDEX)


def _copy(vm: Vm, source: Ref | None, start: int, length: int, target: Ref | None, offset: int, for_good: bool) -> int:
    ours, theirs = _usable(vm, source, target)
    _within(vm, ours, start, length)
    size, other_size = ELEMENT_BYTES[ours.kind], ELEMENT_BYTES[theirs.kind]
    if length * size % other_size:
        raise vm.throw(UTIL_EXCEPTION, ILLEGAL_VALUE)
    raw = b"".join(one.to_bytes(size, signed=True) for one in ours.data[start : start + length])
    _within(vm, theirs, offset, len(raw) // other_size)
    parts = range(0, len(raw), other_size)
    values = array(TYPECODES[theirs.kind], [int.from_bytes(raw[at : at + other_size], signed=True) for at in parts])
    vm.heap.write_elements(theirs, offset, values, for_good=for_good)
    return offset + len(values)


def array_copy_repack(vm: Vm, source: Ref | None, start: int, length: int, target: Ref | None, offset: int) -> int:
    return _copy(vm, source, start, length, target, offset, for_good=False)


def array_copy_repack_non_atomic(
    vm: Vm, source: Ref | None, start: int, length: int, target: Ref | None, offset: int
) -> int:
    return _copy(vm, source, start, length, target, offset, for_good=True)


def _fill(vm: Vm, target: Ref | None, offset: int, length: int, source: Ref | None, at: int, for_good: bool) -> int:
    ours, theirs = _same_kind(vm, target, source)
    _within(vm, ours, offset, length)
    _within(vm, theirs, at, 1)
    values = array(TYPECODES[ours.kind], [theirs.data[at]]) * length
    vm.heap.write_elements(ours, offset, values, for_good=for_good)
    return offset + length


def array_fill_generic(vm: Vm, target: Ref | None, offset: int, length: int, source: Ref | None, at: int) -> int:
    return _fill(vm, target, offset, length, source, at, for_good=False)


def array_fill_generic_non_atomic(
    vm: Vm, target: Ref | None, offset: int, length: int, source: Ref | None, at: int
) -> int:
    return _fill(vm, target, offset, length, source, at, for_good=True)


def array_compare_generic(vm: Vm, source: Ref | None, start: int, target: Ref | None, offset: int, length: int) -> int:
    ours, theirs = _same_kind(vm, source, target)
    _within(vm, ours, start, length)
    _within(vm, theirs, offset, length)
    mask = 0xFF if ours.kind is Kind.BYTE else -1
    first = [one & mask for one in ours.data[start : start + length]]
    second = [one & mask for one in theirs.data[offset : offset + length]]
    return (first > second) - (first < second)


def array_find_generic(vm: Vm, target: Ref | None, offset: int, value: Ref | None, at: int) -> int:
    """The value stands in as many bytes as a component has. -1 where it is not found."""
    (ours,) = _usable(vm, target)
    wanted = int.from_bytes(read(vm, value, at, ELEMENT_BYTES[ours.kind]), signed=True)
    _within(vm, ours, offset, 0)
    return next((index for index in range(offset, len(ours.data)) if ours.data[index] == wanted), -1)


ARRAY_LOGIC = NativeClass(
    "javacardx/framework/util/ArrayLogic",
    {
        "arrayCopyRepack(Ljava/lang/Object;SSLjava/lang/Object;S)S": array_copy_repack,
        "arrayCopyRepackNonAtomic(Ljava/lang/Object;SSLjava/lang/Object;S)S": array_copy_repack_non_atomic,
        "arrayFillGenericNonAtomic(Ljava/lang/Object;SSLjava/lang/Object;S)S": array_fill_generic_non_atomic,
        "arrayCompareGeneric(Ljava/lang/Object;SLjava/lang/Object;SS)B": array_compare_generic,
        "arrayFindGeneric(Ljava/lang/Object;S[BS)S": array_find_generic,
        "arrayFillGeneric(Ljava/lang/Object;SSLjava/lang/Object;S)S": array_fill_generic,
    },
)
