"""javacard.framework.AID (Java Card API 3.0.5).

The AID objects of registered instances belong to the runtime, are permanent entry points (JCRE §6.2.2) and always the
same: `of_instance`.
"""

from __future__ import annotations

from dataclasses import dataclass

from simtool.softcard.jcvm.native import NativeClass, NativeState, construct, read, state_of, usable, write
from simtool.softcard.jcvm.objects import ENTRY_POINT, JavaObject, Ref
from simtool.softcard.jcvm.vm import Vm

AID_CLASS = "javacard/framework/AID"
SHORTEST, LONGEST, RID_BYTES = 5, 16, 5
ILLEGAL_VALUE = 1


@dataclass
class AidState(NativeState):
    """Its bytes, 5 to 16."""

    aid: bytes = b""


def of_instance(vm: Vm, aid: bytes) -> Ref:
    """The runtime's object with the AID of a registered instance."""
    return vm.entry_point(f"aid:{aid.hex()}")


def make_aid(vm: Vm, which: str) -> Ref:
    """Makes entry points `aid:HEX`."""
    made = vm.runtime_object(AID_CLASS, ENTRY_POINT, f"aid:{which}")
    made.native = AidState(bytes.fromhex(which))
    return made


def bytes_of(vm: Vm, ref: Ref | None) -> bytes:
    """The bytes of an argument of this class. NullPointerException, SecurityException."""
    return state_of(usable(vm, ref), AidState).aid


def init(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> None:
    if not SHORTEST <= length <= LONGEST:
        raise vm.throw("javacard/framework/SystemException", ILLEGAL_VALUE)
    construct(vm, this, AidState(read(vm, array, offset, length)))


def get_bytes(vm: Vm, this: JavaObject, target: Ref | None, offset: int) -> int:
    aid = state_of(this, AidState).aid
    write(vm, target, offset, aid)
    return len(aid)


def get_partial_bytes(vm: Vm, this: JavaObject, start: int, target: Ref | None, offset: int, length: int) -> int:
    """Some of the bytes; `length` 0 is all that follow."""
    aid = state_of(this, AidState).aid
    usable(vm, target)
    count = length or len(aid) - start
    if start < 0 or count < 0 or start + count > len(aid):
        raise vm.throw("java/lang/ArrayIndexOutOfBoundsException")
    write(vm, target, offset, aid[start : start + count])
    return count


def equals(vm: Vm, this: JavaObject, other: Ref | None) -> bool:
    """An AID object with the same bytes."""
    if other is None or other is this:
        return other is this
    usable(vm, other)
    state = other.native if isinstance(other, JavaObject) else None
    return isinstance(state, AidState) and state.aid == state_of(this, AidState).aid


def equals_bytes(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> bool:
    """The same bytes in an array; none at all without an array."""
    return array is not None and read(vm, array, offset, length) == state_of(this, AidState).aid


def partial_equals(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> bool:
    """The bytes of the array are the first of the AID."""
    return array is not None and state_of(this, AidState).aid.startswith(read(vm, array, offset, length))


def rid_equals(vm: Vm, this: JavaObject, other: Ref | None) -> bool:
    """The same registered application provider: the first five bytes."""
    return other is not None and bytes_of(vm, other)[:RID_BYTES] == state_of(this, AidState).aid[:RID_BYTES]


AID = NativeClass(
    AID_CLASS,
    {
        "<init>([BSB)V": init,
        "equals(Ljava/lang/Object;)Z": equals,
        "RIDEquals(Ljavacard/framework/AID;)Z": rid_equals,
        "equals([BSB)Z": equals_bytes,
        "getBytes([BS)B": get_bytes,
        "partialEquals([BSB)Z": partial_equals,
        "getPartialBytes(S[BSB)B": get_partial_bytes,
    },
    state=AidState,
)
