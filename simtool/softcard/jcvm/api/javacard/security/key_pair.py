"""KeyPair (Java Card API 3.0.5): RSA, elliptic curves over prime fields, DSA and DH with given parameters."""

from __future__ import annotations

from dataclasses import dataclass

from simtool.softcard.jcvm.api.javacard.security.exceptions import ILLEGAL_VALUE, NO_SUCH_ALGORITHM, refuse
from simtool.softcard.jcvm.api.javacard.security.key_builder import make_key
from simtool.softcard.jcvm.api.javacard.security.key_forms import (
    EC_DOMAIN,
    FORMS,
    NUMBER_DOMAIN,
    Form,
    Memory,
    Part,
)
from simtool.softcard.jcvm.api.javacard.security.key_state import KeyState, curve, key_of, number, part_of, set_part
from simtool.softcard.jcvm.crypto import rsa
from simtool.softcard.jcvm.crypto.named_curves import default_curve
from simtool.softcard.jcvm.native import NativeClass, NativeState, construct, state_of
from simtool.softcard.jcvm.objects import JavaObject, Ref
from simtool.softcard.jcvm.vm import Vm

DEFAULT_EXPONENT = 65537
_ALGORITHMS = {
    1: (Form.RSA_PUBLIC, Form.RSA_PRIVATE),
    2: (Form.RSA_PUBLIC, Form.RSA_CRT),
    3: (Form.DSA_PUBLIC, Form.DSA_PRIVATE),
    5: (Form.EC_PUBLIC, Form.EC_PRIVATE),
    6: (Form.DH_PUBLIC, Form.DH_PRIVATE),
}


@dataclass
class KeyPairState(NativeState):
    """The two keys."""

    public: Ref
    private: Ref


def init(vm: Vm, this: JavaObject, algorithm: int, bits: int) -> None:
    """KeyPair(byte, short): the keys are made, and not initialised."""
    forms = _ALGORITHMS.get(algorithm)
    if forms is None or bits not in FORMS[forms[0]].sizes:
        raise refuse(vm, NO_SUCH_ALGORITHM)
    public, private = (make_key(vm, form, Memory.PERSISTENT, bits) for form in forms)
    construct(vm, this, KeyPairState(public, private))


def init_with(vm: Vm, this: JavaObject, public: Ref | None, private: Ref | None) -> None:
    """KeyPair(PublicKey, PrivateKey): ILLEGAL_VALUE where they do not belong together."""
    one, other = key_of(vm, public), key_of(vm, private)
    if one is None or other is None or one[1].bits != other[1].bits:
        raise refuse(vm, ILLEGAL_VALUE)
    if (one[1].kind, other[1].kind) not in _ALGORITHMS.values():
        raise refuse(vm, ILLEGAL_VALUE)
    construct(vm, this, KeyPairState(one[0], other[0]))


def get_public(vm: Vm, this: JavaObject) -> Ref:
    return state_of(this, KeyPairState).public


def get_private(vm: Vm, this: JavaObject) -> Ref:
    return state_of(this, KeyPairState).private


def gen_key_pair(vm: Vm, this: JavaObject) -> None:
    """genKeyPair: the exponent, or the domain parameters, are those that either key already has."""
    pair = state_of(this, KeyPairState)
    public, private = pair.public, pair.private
    assert isinstance(public, JavaObject) and isinstance(private, JavaObject)  # noqa: S101  # as they were made
    match state_of(public, KeyState).kind:
        case Form.RSA_PUBLIC:
            _generate_rsa(vm, public, private)
        case Form.EC_PUBLIC:
            _generate_ec(vm, public, private)
        case _:
            _generate_discrete(vm, public, private)


def gen_key_pair_with(vm: Vm, this: JavaObject, parameters: Ref | None) -> None:
    """genKeyPair(AlgorithmParameterSpec), since 3.1: this card has no such parameters."""
    if parameters is not None:
        raise refuse(vm, ILLEGAL_VALUE)
    gen_key_pair(vm, this)


def _generate_rsa(vm: Vm, public: JavaObject, private: JavaObject) -> None:
    """ILLEGAL_VALUE for an exponent that is even or too small."""
    given = part_of(vm, public, Part.EXPONENT)
    exponent = int.from_bytes(given, "big") if given is not None else DEFAULT_EXPONENT
    if exponent < 3 or exponent % 2 == 0:
        raise refuse(vm, ILLEGAL_VALUE)
    bits = state_of(public, KeyState).bits
    found = rsa.generate(bits, exponent, vm.platform.random)
    size, half = bits // 8, (bits // 8 + 1) // 2
    modulus = found.modulus.to_bytes(size, "big")
    set_part(vm, public, Part.MODULUS, modulus)
    if given is None:
        set_part(vm, public, Part.EXPONENT, exponent.to_bytes(3, "big"))
    if state_of(private, KeyState).kind is Form.RSA_PRIVATE:
        set_part(vm, private, Part.MODULUS, modulus)
        set_part(vm, private, Part.EXPONENT, found.private.to_bytes(size, "big"))
        return
    for part, value in zip((Part.P, Part.Q, Part.DP1, Part.DQ1, Part.PQ), found.primes, strict=True):
        set_part(vm, private, part, value.to_bytes(half, "big"))


def _generate_ec(vm: Vm, public: JavaObject, private: JavaObject) -> None:
    """The domain parameters are those of the public key, else of the private one, else of SEC 2 for the size.

    ILLEGAL_VALUE where none of these is complete, or they are those of no curve.
    """
    _share_domain(vm, public, private)
    found = curve(vm, public)
    secret = _below(vm, found.r)
    made = found.multiply(secret, found.g)
    assert made is not None  # noqa: S101  # the order of G is prime, and the secret below it
    set_part(vm, public, Part.W, found.encode(made))
    set_part(vm, private, Part.S, secret.to_bytes(found.order_size, "big"))


def _share_domain(vm: Vm, public: JavaObject, private: JavaObject) -> None:
    needed = EC_DOMAIN[:-1]
    for holder, other in ((public, private), (private, public)):
        values = [part_of(vm, holder, one) for one in EC_DOMAIN]
        if None not in values[: len(needed)]:
            for part, value in zip(EC_DOMAIN, values, strict=True):
                set_part(vm, other, part, value)
            return
    default = default_curve(state_of(public, KeyState).bits)
    if default is None:
        raise refuse(vm, ILLEGAL_VALUE)
    size, order = default.size, default.order_size
    numbers = [
        default.p.to_bytes(size, "big"), default.a.to_bytes(size, "big"), default.b.to_bytes(size, "big"),
        default.encode(default.g), default.r.to_bytes(order, "big"), default.k.to_bytes(2, "big"),
    ]  # fmt: skip
    for holder in (public, private):
        for part, value in zip(EC_DOMAIN, numbers, strict=True):
            set_part(vm, holder, part, value)


def _below(vm: Vm, order: int) -> int:
    """A random number from 1 to order - 1 (FIPS 186-4 B.4.1)."""
    return int.from_bytes(vm.platform.random((order.bit_length() + 7) // 8 + 8), "big") % (order - 1) + 1


def _generate_discrete(vm: Vm, public: JavaObject, private: JavaObject) -> None:
    """DSA, DH: with the parameters of the public key, else of the private one. ILLEGAL_VALUE without them."""
    needed = [one for one in NUMBER_DOMAIN if one not in FORMS[state_of(public, KeyState).kind].optional]
    for holder, other in ((public, private), (private, public)):
        if all(part_of(vm, holder, one) is not None for one in needed):
            for part in NUMBER_DOMAIN:
                set_part(vm, other, part, part_of(vm, holder, part))
            break
    else:
        raise refuse(vm, ILLEGAL_VALUE)
    p, g = number(vm, public, Part.P), number(vm, public, Part.G)
    order = part_of(vm, public, Part.Q)
    if p < 3 or not 1 < g < p:
        raise refuse(vm, ILLEGAL_VALUE)
    secret = _below(vm, int.from_bytes(order, "big") if order is not None else p - 1)
    size = state_of(public, KeyState).bits // 8
    set_part(vm, public, Part.Y, pow(g, secret, p).to_bytes(size, "big"))
    set_part(vm, private, Part.X, secret.to_bytes(len(order) if order is not None else size, "big"))


KEY_PAIR = NativeClass(
    "javacard/security/KeyPair",
    {
        "<init>(BS)V": init,
        "<init>(Ljavacard/security/PublicKey;Ljavacard/security/PrivateKey;)V": init_with,
        "genKeyPair()V": gen_key_pair,
        "genKeyPair(Ljavacard/security/AlgorithmParameterSpec;)V": gen_key_pair_with,
        "getPublic()Ljavacard/security/PublicKey;": get_public,
        "getPrivate()Ljavacard/security/PrivateKey;": get_private,
    },
    state=KeyPairState,
)
