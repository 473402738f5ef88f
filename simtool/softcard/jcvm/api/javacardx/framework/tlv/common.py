"""What tags and TLVs of javacardx.framework.tlv share: their exceptions, and reading from arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from simtool.softcard.jcvm.api.javacardx.framework.tlv.encoding import Malformed, Outside
from simtool.softcard.jcvm.faults import JavaThrow
from simtool.softcard.jcvm.native import ARRAY_INDEX, byte_array
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.vm import Vm

TLV_EXCEPTION = "javacardx/framework/tlv/TLVException"
INVALID_PARAM, ILLEGAL_SIZE, EMPTY_TAG, EMPTY_TLV, MALFORMED_TAG, MALFORMED_TLV = 1, 2, 3, 4, 5, 6
INSUFFICIENT_STORAGE = 7
TAG_SIZE_GREATER_THAN_127, TAG_NUMBER_GREATER_THAN_32767 = 8, 9
TLV_SIZE_GREATER_THAN_32767, TLV_LENGTH_GREATER_THAN_32767 = 10, 11

Found = TypeVar("Found")


def wrong(vm: Vm, reason: int) -> JavaThrow:
    """A TLVException."""
    return vm.throw(TLV_EXCEPTION, reason)


def whole(vm: Vm, ref: Ref | None) -> bytes:
    """All that is in a byte array. NullPointerException, SecurityException."""
    return byte_array(vm, ref).data.tobytes()  # type: ignore[no-any-return]


def parsed(vm: Vm, malformed: int, parse: Callable[[], Found]) -> Found:
    """What `parse` finds, its errors as Java exceptions."""
    try:
        return parse()
    except Malformed:
        raise wrong(vm, malformed) from None
    except Outside:
        raise vm.throw(ARRAY_INDEX) from None
