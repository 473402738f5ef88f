"""KeyAgreement (Java Card API 3.0.5; IEEE P1363 ECSVDP-DH and -DHC, TR-03110 generic mapping, PKCS #3)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import IntEnum

from simtool.softcard.jcvm.api.javacard.security.exceptions import (
    ILLEGAL_VALUE,
    INVALID_INIT,
    NO_SUCH_ALGORITHM,
    refuse,
)
from simtool.softcard.jcvm.api.javacard.security.key_forms import Form, Part
from simtool.softcard.jcvm.api.javacard.security.key_state import (
    KeyState,
    curve,
    key_of,
    need_initialized,
    number,
    point,
    private_number,
)
from simtool.softcard.jcvm.crypto.curves import Curve, Point
from simtool.softcard.jcvm.native import NativeClass, NativeState, construct, read, state_of, write
from simtool.softcard.jcvm.objects import JavaObject, Ref
from simtool.softcard.jcvm.vm import Vm

BASE = "javacard/security/KeyAgreement"


class Agreement(IntEnum):
    """The algorithms of this card."""

    DH_KDF = 1
    DHC_KDF = 2
    DH_PLAIN = 3
    DHC_PLAIN = 4
    PACE_GM = 5
    DH_PLAIN_XY = 6
    FINITE_FIELD = 7


@dataclass
class AgreementState(NativeState):
    """`key` is the private key, once `init` has given one."""

    algorithm: int
    key: Ref | None = None


def get_instance(vm: Vm, code: int, external: int) -> JavaObject:
    if code not in list(Agreement):
        raise refuse(vm, NO_SUCH_ALGORITHM)
    made = vm.new("simtool/KeyAgreement")
    construct(vm, made, AgreementState(code))
    return made


def constructor(vm: Vm, this: JavaObject) -> None:
    """The one that subclasses of applets call."""


def init(vm: Vm, this: JavaObject, key: Ref | None) -> None:
    """init: ILLEGAL_VALUE for a key of another kind or outside of its curve.

    UNINITIALIZED_KEY, also for one without cofactor where the algorithm has use for it.
    """
    state = state_of(this, AgreementState)
    found = key_of(vm, key)
    wanted = Form.DH_PRIVATE if state.algorithm == Agreement.FINITE_FIELD else Form.EC_PRIVATE
    if found is None or found[1].kind is not wanted:
        raise refuse(vm, ILLEGAL_VALUE)
    need_initialized(vm, found[0])
    if state.algorithm in (Agreement.DHC_KDF, Agreement.DHC_PLAIN):
        number(vm, found[0], Part.K)
    if wanted is Form.EC_PRIVATE:
        private_number(vm, found[0], curve(vm, found[0]))
    if state.key is not found[0]:
        vm.heap.touch(this)
        state.key = found[0]


def init_with(vm: Vm, this: JavaObject, key: Ref | None, parameters: Ref | None) -> None:
    """init(PrivateKey, AlgorithmParameterSpec), since 3.2: no algorithm of this card has parameters."""
    if parameters is not None:
        raise refuse(vm, ILLEGAL_VALUE)
    init(vm, this, key)


def get_algorithm(vm: Vm, this: JavaObject) -> int:
    return state_of(this, AgreementState).algorithm


def generate_secret(
    vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int, out: Ref | None, out_offset: int
) -> int:
    """generateSecret: INVALID_INIT, UNINITIALIZED_KEY; ILLEGAL_VALUE for public data that does not go with the key."""
    state = state_of(this, AgreementState)
    if not isinstance(state.key, JavaObject):
        raise refuse(vm, INVALID_INIT)
    need_initialized(vm, state.key)
    public = read(vm, array, offset, length)
    algorithm = Agreement(state.algorithm)
    if algorithm is Agreement.FINITE_FIELD:
        found = _finite_field(vm, state.key, public)
    else:
        found = _elliptic(vm, algorithm, state.key, public)
    write(vm, out, out_offset, found)
    return len(found)


def _finite_field(vm: Vm, key: JavaObject, public: bytes) -> bytes:
    size = state_of(key, KeyState).bits // 8
    p, x, y = number(vm, key, Part.P), number(vm, key, Part.X), int.from_bytes(public, "big")
    if not 1 < y < p - 1:
        raise refuse(vm, ILLEGAL_VALUE)
    return pow(y, x, p).to_bytes(size, "big")


def _elliptic(vm: Vm, algorithm: Agreement, key: JavaObject, public: bytes) -> bytes:
    on = curve(vm, key)
    secret, theirs = private_number(vm, key, on), point(vm, on.size, public)
    if not on.has(theirs):
        raise refuse(vm, ILLEGAL_VALUE)
    shared = _shared(on, algorithm, secret, theirs)
    if shared is None:
        raise refuse(vm, ILLEGAL_VALUE)
    if algorithm in (Agreement.PACE_GM, Agreement.DH_PLAIN_XY):
        return on.encode(shared)
    x = shared[0].to_bytes(on.size, "big")
    if algorithm in (Agreement.DH_KDF, Agreement.DHC_KDF):
        return hashlib.sha1(x, usedforsecurity=False).digest()
    return x


def _shared(on: Curve, algorithm: Agreement, secret: int, theirs: tuple[int, int]) -> Point:
    if algorithm is Agreement.PACE_GM:
        return on.add(on.multiply(secret, on.g), theirs)
    if algorithm in (Agreement.DHC_KDF, Agreement.DHC_PLAIN):
        # with the cofactor, and compatible with DH: P1363 §7.2.2
        return on.multiply(on.k, on.multiply(secret * pow(on.k, -1, on.r) % on.r, theirs))
    return on.multiply(secret, theirs)


KEY_AGREEMENT: tuple[NativeClass, ...] = (
    NativeClass(BASE, {f"getInstance(BZ)L{BASE};": get_instance, "<init>()V": constructor}),
    NativeClass(
        "simtool/KeyAgreement",
        {
            "init(Ljavacard/security/PrivateKey;)V": init,
            "init(Ljavacard/security/PrivateKey;Ljavacard/security/AlgorithmParameterSpec;)V": init_with,
            "getAlgorithm()B": get_algorithm,
            "generateSecret([BSS[BS)S": generate_secret,
        },
        AgreementState,
        BASE,
    ),
)
