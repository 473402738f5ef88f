"""MessageDigest and InitializedMessageDigest (Java Card API 3.0.5; FIPS 180-4, FIPS 202).

RIPEMD-160 and SM3 are not on this card, and no intermediate digests (3.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simtool.softcard.jcvm.api.javacard.security.exceptions import (
    ILLEGAL_USE,
    ILLEGAL_VALUE,
    NO_SUCH_ALGORITHM,
    refuse,
)
from simtool.softcard.jcvm.api.javacard.security.one_shot import close, never, open_one, work_of
from simtool.softcard.jcvm.crypto.hashes import HASHES, Hash, HashInfo, digest, digest_from
from simtool.softcard.jcvm.native import Native, NativeClass, NativeState, construct, read, volatile, write
from simtool.softcard.jcvm.objects import JavaObject, Ref
from simtool.softcard.jcvm.vm import Vm

BASE = "javacard/security/MessageDigest"
INITIALIZED = "javacard/security/InitializedMessageDigest"


@dataclass
class DigestState(NativeState):
    """`message` has come so far, after the `before` bytes that gave the intermediate value `chaining`."""

    algorithm: int
    message: bytes = volatile(b"")
    chaining: bytes = volatile(b"")
    before: int = volatile(0)

    def result(self, more: bytes) -> bytes:
        """The hash of all of the message."""
        return hash_of(Hash(self.algorithm), self.chaining, self.before, self.message + more)


def hash_of(code: Hash, chaining: bytes, before: int, message: bytes) -> bytes:
    """The hash of a message, from an intermediate value on where `chaining` is one."""
    return digest_from(code, chaining, before, message) if chaining else digest(code, message)


def known(vm: Vm, code: int) -> tuple[Hash, HashInfo]:
    """An algorithm by its code. CryptoException.NO_SUCH_ALGORITHM."""
    if code not in list(Hash):
        raise refuse(vm, NO_SUCH_ALGORITHM)
    return Hash(code), HASHES[Hash(code)]


def initial_digest(
    vm: Vm, code: Hash, value: Ref | None, offset: int, length: int, count: Ref | None, count_offset: int,
    count_length: int,
) -> tuple[bytes, int]:  # fmt: skip
    """The arguments of setInitialDigest: an intermediate value, and after how many bytes.

    CryptoException.ILLEGAL_VALUE for a value of the wrong length, or bytes that are none, too many, or no whole blocks.
    """
    info = HASHES[code]
    raw = read(vm, value, offset, length)
    before = int.from_bytes(read(vm, count, count_offset, count_length), "big")
    most = 1 << (info.block - 3 if info.block == 64 else 125)
    if length != info.chaining or before == 0 or before % info.block or before >= most:
        raise refuse(vm, ILLEGAL_VALUE)
    return raw, before


def get_instance(vm: Vm, code: int, external: int) -> JavaObject:
    known(vm, code)
    made = vm.new("simtool/MessageDigest")
    construct(vm, made, DigestState(code))
    return made


def get_initialized_instance(vm: Vm, code: int, external: int) -> JavaObject:
    _need_chaining(vm, code)
    made = vm.new("simtool/InitializedMessageDigest")
    construct(vm, made, DigestState(code))
    return made


def _need_chaining(vm: Vm, code: int) -> None:
    if not known(vm, code)[1].chaining:
        raise refuse(vm, NO_SUCH_ALGORITHM)


def is_intermediate_supported(vm: Vm, code: int) -> bool:
    return False


def open_digest(vm: Vm, code: int) -> JavaObject:
    known(vm, code)
    return open_one(vm, f"{BASE}$OneShot", DigestState(code))


def open_initialized(vm: Vm, code: int) -> JavaObject:
    _need_chaining(vm, code)
    return open_one(vm, f"{INITIALIZED}$OneShot", DigestState(code))


def init(vm: Vm, this: JavaObject) -> None:
    """The constructor that subclasses of applets call."""


def get_algorithm(vm: Vm, this: JavaObject) -> int:
    return work_of(vm, this, DigestState).algorithm


def get_length(vm: Vm, this: JavaObject) -> int:
    return HASHES[Hash(work_of(vm, this, DigestState).algorithm)].length


def reset(vm: Vm, this: JavaObject) -> None:
    work_of(vm, this, DigestState).reset()


def update(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> None:
    state = work_of(vm, this, DigestState)
    state.message += read(vm, array, offset, length)


def do_final(
    vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int, out: Ref | None, out_offset: int
) -> int:
    """doFinal; the arrays may overlap."""
    state = work_of(vm, this, DigestState)
    found = state.result(read(vm, array, offset, length))
    write(vm, out, out_offset, found)
    state.reset()
    return len(found)


def set_initial_digest(vm: Vm, this: JavaObject, *arguments: int | Ref | None) -> None:
    """setInitialDigest; what has come before it is forgotten."""
    state = work_of(vm, this, DigestState)
    chaining, before = initial_digest(vm, Hash(state.algorithm), *arguments)  # type: ignore[arg-type]
    state.message, state.chaining, state.before = b"", chaining, before


def do_intermediate(vm: Vm, this: JavaObject, out: Ref | None, offset: int) -> int:
    """Since 3.1: no algorithm of this card supports it."""
    work_of(vm, this, DigestState)
    raise refuse(vm, ILLEGAL_USE)


_DIGEST: Mapping[str, Native] = {
    "doFinal([BSS[BS)S": do_final, "getAlgorithm()B": get_algorithm, "getLength()B": get_length, "reset()V": reset,
    "update([BSS)V": update, "doIntermediateMessageDigest([BS)S": do_intermediate,
}  # fmt: skip
_INITIAL: Mapping[str, Native] = {"setInitialDigest([BSS[BSS)V": set_initial_digest}
_ONE_SHOT: Mapping[str, Native] = {"update([BSS)V": never, "close()V": close}

DIGESTS: tuple[NativeClass, ...] = (
    NativeClass(
        BASE,
        {
            f"getInstance(BZ)L{BASE};": get_instance,
            f"getInitializedMessageDigestInstance(BZ)L{INITIALIZED};": get_initialized_instance,
            "isIntermediateMessageDigestSupported(B)Z": is_intermediate_supported,
            "<init>()V": init,
        },
    ),
    NativeClass(INITIALIZED, {"<init>()V": init}),
    NativeClass("simtool/MessageDigest", _DIGEST, DigestState, BASE),
    NativeClass("simtool/InitializedMessageDigest", {**_DIGEST, **_INITIAL}, DigestState, INITIALIZED),
    NativeClass(f"{BASE}$OneShot", {f"open(B)L{BASE}$OneShot;": open_digest, **_DIGEST, **_ONE_SHOT}),
    NativeClass(
        f"{INITIALIZED}$OneShot",
        {f"open(B)L{INITIALIZED}$OneShot;": open_initialized, **_DIGEST, **_INITIAL, **_ONE_SHOT},
    ),
)
