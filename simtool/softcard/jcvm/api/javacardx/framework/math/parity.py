"""javacardx.framework.math.ParityBit: the last bit of each byte of a DES key (Java Card API 3.0.5)."""

from __future__ import annotations

from simtool.softcard.jcvm.api.java.lang import nothing
from simtool.softcard.jcvm.native import NativeClass, read, write
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.vm import Vm


def set_parity(vm: Vm, array: Ref | None, offset: int, length: int, even: int) -> None:
    """So that the number of one bits in each byte is even, or odd."""
    data = read(vm, array, offset, length)
    odd = 0 if even else 1
    write(vm, array, offset, bytes(one & 0xFE | ((one >> 1).bit_count() + odd) & 1 for one in data))


PARITY_BIT = NativeClass("javacardx/framework/math/ParityBit", {"<init>()V": nothing, "set([BSSZ)V": set_parity})
