"""What a key object keeps: its components, in the object itself or in a transient array (Java Card API 3.0.5, Key).

Key data that is cleared on reset or deselect stands in a transient array of the applet's, which the machine clears, and
whose rules of access it has (JCRE §6.2.1): one length (two bytes, 0: not set) and room for each component.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from simtool.softcard.jcvm.api.javacard.security.exceptions import ILLEGAL_VALUE, UNINITIALIZED_KEY, refuse
from simtool.softcard.jcvm.api.javacard.security.key_forms import FORMS, Form, Memory, Part, capacity
from simtool.softcard.jcvm.crypto.curves import Curve, is_valid
from simtool.softcard.jcvm.crypto.rsa import RsaKey
from simtool.softcard.jcvm.native import NativeState, state_of, usable
from simtool.softcard.jcvm.objects import DEAD, JavaArray, JavaObject, Ref
from simtool.softcard.jcvm.vm import Vm

_LENGTH = 2


@dataclass
class KeyState(NativeState):
    """A key. `form` is the name of its Form, `bits` its size, `memory` where its data is, in `parts` (bytes or None, in
    the order of the form) or in the array `store`. `domain` is a key that has the domain parameters for this one.
    `cipher` deciphers what is set (KeyEncryption)."""

    form: str
    bits: int
    memory: int
    parts: list[Any] = field(repr=False)
    store: Ref | None = field(default=None, repr=False)
    domain: Ref | None = None
    cipher: Ref | None = None

    @property
    def kind(self) -> Form:
        return Form(self.form)


def key_of(vm: Vm, ref: Ref | None) -> tuple[JavaObject, KeyState] | None:
    """A key that an applet hands over; None if it is not one of ours. NullPointerException, SecurityException."""
    found = usable(vm, ref)
    if isinstance(found, JavaObject) and isinstance(found.native, KeyState):
        return found, found.native
    return None


def store_size(form: Form, bits: int, *, shared: bool) -> int:
    """Bytes of the transient array for a key."""
    return sum(_LENGTH + capacity(form, part, bits) for part in own_parts(form, shared=shared))


def own_parts(form: Form, *, shared: bool) -> tuple[Part, ...]:
    """The components that the key itself has; `shared`: another one has the domain parameters."""
    info = FORMS[form]
    if shared and info.domain is not None:
        return tuple(one for one in info.parts if one not in FORMS[info.domain].parts)
    return info.parts


def _place(this: JavaObject, part: Part) -> tuple[JavaObject, KeyState, int]:
    """The object that has a component, and its number there."""
    state = state_of(this, KeyState)
    if state.domain is not None and isinstance(state.domain, JavaObject):
        own = own_parts(state.kind, shared=True)
        return (this, state, own.index(part)) if part in own else _place(state.domain, part)
    return this, state, FORMS[state.kind].parts.index(part)


def _store(vm: Vm, state: KeyState, index: int) -> tuple[JavaArray, int, int]:
    """The transient array, where a component begins in it, and its room. SecurityException."""
    array = usable(vm, state.store)
    assert isinstance(array, JavaArray)  # noqa: S101  # made by the key builder
    parts = own_parts(state.kind, shared=state.domain is not None)
    start = sum(_LENGTH + capacity(state.kind, one, state.bits) for one in parts[:index])
    return array, start, capacity(state.kind, parts[index], state.bits)


def part_of(vm: Vm, this: JavaObject, part: Part) -> bytes | None:
    """A component, None if it is not set."""
    _, state, index = _place(this, part)
    if state.memory == Memory.PERSISTENT:
        value: bytes | None = state.parts[index]
        return value
    array, start, _ = _store(vm, state, index)
    raw: bytes = array.data.tobytes()
    length = int.from_bytes(raw[start : start + _LENGTH], "big")
    return raw[start + _LENGTH : start + _LENGTH + length] if length else None


def set_part(vm: Vm, this: JavaObject, part: Part, value: bytes | None) -> None:
    """Set or clear a component; a transaction can take it back where it is persistent."""
    holder, state, index = _place(this, part)
    if state.memory == Memory.PERSISTENT:
        if state.parts[index] != value:
            vm.heap.touch(holder)
            state.parts[index] = value
        return
    array, start, size = _store(vm, state, index)
    raw = value or b""
    vm.heap.write_bytes(array, start, len(raw).to_bytes(_LENGTH, "big") + raw + bytes(size - len(raw)))


def is_initialized(vm: Vm, this: JavaObject) -> bool:
    """Whether all components that the key needs are set."""
    if this.context is DEAD:
        return False
    info = FORMS[state_of(this, KeyState).kind]
    return all(part_of(vm, this, one) is not None for one in info.parts if one not in info.optional)


def need_initialized(vm: Vm, this: JavaObject) -> None:
    """CryptoException.UNINITIALIZED_KEY."""
    if not is_initialized(vm, this):
        raise refuse(vm, UNINITIALIZED_KEY)


def clear(vm: Vm, this: JavaObject) -> None:
    """All components of the key itself are gone (Key.clearKey)."""
    state = state_of(this, KeyState)
    for one in own_parts(state.kind, shared=state.domain is not None):
        set_part(vm, this, one, None)


def secret(vm: Vm, this: JavaObject) -> bytes:
    """The value of an initialised secret key."""
    value = part_of(vm, this, Part.KEY)
    if value is None:
        raise refuse(vm, UNINITIALIZED_KEY)
    return value


def number(vm: Vm, this: JavaObject, part: Part) -> int:
    """A component as a number. CryptoException.UNINITIALIZED_KEY if it is not set."""
    value = part_of(vm, this, part)
    if value is None:
        raise refuse(vm, UNINITIALIZED_KEY)
    return int.from_bytes(value, "big")


def rsa_key(vm: Vm, this: JavaObject) -> RsaKey:
    """The numbers of an initialised RSA key."""
    state = state_of(this, KeyState)
    size = state.bits // 8
    if state.kind is Form.RSA_CRT:
        p, q, dp, dq, inverse = (
            number(vm, this, one) for one in (Part.P, Part.Q, Part.DP1, Part.DQ1, Part.PQ)
        )  # fmt: skip
        return RsaKey(size, False, p * q, primes=(p, q, dp, dq, inverse))
    public = state.kind is Form.RSA_PUBLIC
    return RsaKey(size, public, number(vm, this, Part.MODULUS), number(vm, this, Part.EXPONENT))


def point(vm: Vm, size: int, encoded: bytes) -> tuple[int, int]:
    """A point as the API has it, uncompressed (ANSI X9.62 §4.3.6). CryptoException.ILLEGAL_VALUE."""
    if len(encoded) != 2 * size + 1 or encoded[0] != 4:
        raise refuse(vm, ILLEGAL_VALUE)
    return int.from_bytes(encoded[1 : 1 + size], "big"), int.from_bytes(encoded[1 + size :], "big")


def curve(vm: Vm, this: JavaObject) -> Curve:
    """The domain parameters of a key. CryptoException: UNINITIALIZED_KEY, ILLEGAL_VALUE where they are none."""
    p, a, b, r = (number(vm, this, one) for one in (Part.FIELD, Part.A, Part.B, Part.R))
    encoded, cofactor = part_of(vm, this, Part.G), part_of(vm, this, Part.K)
    if encoded is None:
        raise refuse(vm, UNINITIALIZED_KEY)
    g = point(vm, (p.bit_length() + 7) // 8, encoded)
    found = Curve(p, a, b, g, r, int.from_bytes(cofactor, "big") if cofactor is not None else 1)
    if not is_valid(found):
        raise refuse(vm, ILLEGAL_VALUE)
    return found


def public_point(vm: Vm, this: JavaObject, on: Curve) -> tuple[int, int]:
    """The point of an elliptic curve public key. CryptoException.ILLEGAL_VALUE where it is not on the curve."""
    encoded = part_of(vm, this, Part.W)
    if encoded is None:
        raise refuse(vm, UNINITIALIZED_KEY)
    found = point(vm, on.size, encoded)
    if not on.has(found):
        raise refuse(vm, ILLEGAL_VALUE)
    return found


def private_number(vm: Vm, this: JavaObject, on: Curve) -> int:
    """The number of an elliptic curve private key. CryptoException.ILLEGAL_VALUE where it is not below the order."""
    found = number(vm, this, Part.S)
    if not 0 < found < on.r:
        raise refuse(vm, ILLEGAL_VALUE)
    return found
