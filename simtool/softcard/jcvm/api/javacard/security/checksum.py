"""Checksum (Java Card API 3.0.5; ISO/IEC 3309, ISO/IEC 13239): CRC-16 most significant bit first, CRC-32 reflected.

Both are complemented at the end. The register begins with 0 unless `init` says otherwise.
"""

from __future__ import annotations

import binascii
import zlib
from dataclasses import dataclass

from simtool.softcard.jcvm.api.javacard.security.exceptions import ILLEGAL_VALUE, NO_SUCH_ALGORITHM, refuse
from simtool.softcard.jcvm.native import NativeClass, NativeState, construct, read, state_of, volatile, write
from simtool.softcard.jcvm.objects import JavaObject, Ref
from simtool.softcard.jcvm.vm import Vm

BASE = "javacard/security/Checksum"
CRC16, CRC32 = 1, 2
_SIZES = {CRC16: 2, CRC32: 4}


@dataclass
class ChecksumState(NativeState):
    """`register` as it is after what has come so far, not complemented."""

    algorithm: int
    register: int = volatile(0)

    def after(self, data: bytes) -> int:
        if self.algorithm == CRC16:
            return binascii.crc_hqx(data, self.register)
        return zlib.crc32(data, self.register ^ 0xFFFFFFFF) ^ 0xFFFFFFFF


def get_instance(vm: Vm, code: int, external: int) -> JavaObject:
    if code not in _SIZES:
        raise refuse(vm, NO_SUCH_ALGORITHM)
    made = vm.new("simtool/Checksum")
    construct(vm, made, ChecksumState(code))
    return made


def constructor(vm: Vm, this: JavaObject) -> None:
    """The one that subclasses of applets call."""


def init(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> None:
    """init: ILLEGAL_VALUE for another number of bytes than the register has."""
    state = state_of(this, ChecksumState)
    if length != _SIZES[state.algorithm]:
        raise refuse(vm, ILLEGAL_VALUE)
    state.register = int.from_bytes(read(vm, array, offset, length), "big")


def get_algorithm(vm: Vm, this: JavaObject) -> int:
    return state_of(this, ChecksumState).algorithm


def update(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> None:
    state = state_of(this, ChecksumState)
    state.register = state.after(read(vm, array, offset, length))


def do_final(
    vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int, out: Ref | None, out_offset: int
) -> int:
    """doFinal; the arrays may overlap."""
    state = state_of(this, ChecksumState)
    size = _SIZES[state.algorithm]
    complement = state.after(read(vm, array, offset, length)) ^ (1 << 8 * size) - 1
    write(vm, out, out_offset, complement.to_bytes(size, "big"))
    state.register = 0
    return size


CHECKSUM: tuple[NativeClass, ...] = (
    NativeClass(BASE, {f"getInstance(BZ)L{BASE};": get_instance, "<init>()V": constructor}),
    NativeClass(
        "simtool/Checksum",
        {
            "init([BSS)V": init,
            "getAlgorithm()B": get_algorithm,
            "update([BSS)V": update,
            "doFinal([BSS[BS)S": do_final,
        },
        ChecksumState,
        BASE,
    ),
)
