"""Signature (Java Card API 3.0.5).

What `init` has set (key, mode, length of the salt) stays over a reset; a message in progress and the initial vector do
not. An operation that is refused leaves the message in progress as it was.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from simtool.softcard.jcvm.api.javacard.security import signing
from simtool.softcard.jcvm.api.javacard.security.exceptions import (
    ILLEGAL_USE,
    ILLEGAL_VALUE,
    INVALID_INIT,
    NO_SUCH_ALGORITHM,
    refuse,
)
from simtool.softcard.jcvm.api.javacard.security.key_state import key_of, need_initialized
from simtool.softcard.jcvm.api.javacard.security.message_digest import hash_of, initial_digest
from simtool.softcard.jcvm.api.javacard.security.one_shot import close, never, open_one, touch, work_of
from simtool.softcard.jcvm.api.javacard.security.signature_forms import (
    ALGORITHMS,
    ASYMMETRIC,
    DES_MACS,
    SigCipher,
    SigForm,
    algorithm_code,
    key_forms,
    of_parts,
)
from simtool.softcard.jcvm.crypto.blocks import Pad
from simtool.softcard.jcvm.crypto.hashes import HASHES, Hash
from simtool.softcard.jcvm.native import Native, NativeClass, NativeState, construct, read, volatile, write
from simtool.softcard.jcvm.objects import JavaObject, Ref
from simtool.softcard.jcvm.vm import Vm

BASE = "javacard/security/Signature"
SIGN, VERIFY = 1, 2


@dataclass
class SignatureState(NativeState):
    """`hash`, `cipher`, `padding` are the codes of the algorithm. `init` sets `key`, `mode`, `salt` (its length) and
    `iv`; `message` has come so far, after the `before` bytes that gave the intermediate hash `chaining`."""

    hash: int
    cipher: int
    padding: int
    key: Ref | None = None
    mode: int = 0
    salt: int = -1
    iv: bytes = volatile(b"")
    message: bytes = volatile(b"")
    chaining: bytes = volatile(b"")
    before: int = volatile(0)

    @property
    def form(self) -> SigForm:
        return SigForm(self.hash, SigCipher(self.cipher), Pad(self.padding))


def _new(vm: Vm, form: SigForm | None) -> JavaObject:
    made_state = _state(vm, form)
    made = vm.new("simtool/Signature")
    construct(vm, made, made_state)
    return made


def _state(vm: Vm, form: SigForm | None) -> SignatureState:
    if form is None:
        raise refuse(vm, NO_SUCH_ALGORITHM)
    return SignatureState(int(form.hash), int(form.cipher), int(form.padding))


def get_instance(vm: Vm, code: int, external: int) -> JavaObject:
    return _new(vm, ALGORITHMS.get(code))


def get_instance_of_parts(vm: Vm, hashing: int, cipher: int, padding: int, external: int) -> JavaObject:
    return _new(vm, of_parts(hashing, cipher, padding))


def open_signature(vm: Vm, hashing: int, cipher: int, padding: int) -> JavaObject:
    return open_one(vm, f"{BASE}$OneShot", _state(vm, of_parts(hashing, cipher, padding)))


def constructor(vm: Vm, this: JavaObject) -> None:
    """The one that subclasses of applets call."""


def get_algorithm(vm: Vm, this: JavaObject) -> int:
    return algorithm_code(work_of(vm, this, SignatureState).form)


def get_message_digest_algorithm(vm: Vm, this: JavaObject) -> int:
    return work_of(vm, this, SignatureState).hash


def get_cipher_algorithm(vm: Vm, this: JavaObject) -> int:
    return work_of(vm, this, SignatureState).cipher


def get_padding_algorithm(vm: Vm, this: JavaObject) -> int:
    return work_of(vm, this, SignatureState).padding


def init(vm: Vm, this: JavaObject, key: Ref | None, mode: int) -> None:
    """init without parameters: initial vector 0; the salt of PSS as long as the hash."""
    state = work_of(vm, this, SignatureState)
    found = _checked(vm, state, key, mode)
    salt = HASHES[Hash(state.hash)].length if state.form.padding is Pad.PKCS1_PSS else -1
    _init(vm, this, state, found, mode, salt, b"")


def init_with(
    vm: Vm, this: JavaObject, key: Ref | None, mode: int, array: Ref | None, offset: int, length: int
) -> None:
    """init with an initial vector (DES and AES MACs) or, in two bytes, the length of the salt (PSS)."""
    state = work_of(vm, this, SignatureState)
    found = _checked(vm, state, key, mode)
    wanted = _parameter_length(state.form)
    if wanted is None or length != wanted:
        raise refuse(vm, ILLEGAL_VALUE)
    raw = read(vm, array, offset, length)
    if state.form.padding is not Pad.PKCS1_PSS:
        _init(vm, this, state, found, mode, -1, raw)
        return
    salt = int.from_bytes(raw, "big", signed=True)
    if salt < 0:
        raise refuse(vm, ILLEGAL_VALUE)
    _init(vm, this, state, found, mode, salt, b"")


def _parameter_length(form: SigForm) -> int | None:
    if form.cipher in DES_MACS:
        return 8
    if form.cipher is SigCipher.AES_MAC128:
        return 16
    return 2 if form.padding is Pad.PKCS1_PSS else None


def _checked(vm: Vm, state: SignatureState, key: Ref | None, mode: int) -> JavaObject:
    """The key for `init`: ILLEGAL_VALUE for another mode or kind of key, UNINITIALIZED_KEY."""
    found = key_of(vm, key)
    if mode not in (SIGN, VERIFY) or found is None:
        raise refuse(vm, ILLEGAL_VALUE)
    if found[1].kind not in key_forms(state.form, signing=mode == SIGN):
        raise refuse(vm, ILLEGAL_VALUE)
    need_initialized(vm, found[0])
    return found[0]


def _init(vm: Vm, this: JavaObject, state: SignatureState, key: JavaObject, mode: int, salt: int, iv: bytes) -> None:
    signing.check_key(vm, state.form, key, signing=mode == SIGN, salt=salt)
    if (state.key, state.mode, state.salt) != (key, mode, salt):
        touch(vm, this)
        state.key, state.mode, state.salt = key, mode, salt
    state.reset()
    state.iv = iv


def _ready(vm: Vm, state: SignatureState, mode: int = 0) -> JavaObject:
    """The key that `init` has given. INVALID_INIT, also for the other mode; UNINITIALIZED_KEY."""
    if not isinstance(state.key, JavaObject) or mode not in (0, state.mode):
        raise refuse(vm, INVALID_INIT)
    need_initialized(vm, state.key)
    return state.key


def get_length(vm: Vm, this: JavaObject) -> int:
    state = work_of(vm, this, SignatureState)
    return signing.length(vm, state.form, _ready(vm, state))


def update(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> None:
    state = work_of(vm, this, SignatureState)
    _ready(vm, state)
    state.message += read(vm, array, offset, length)


def _hash(state: SignatureState, more: bytes) -> bytes:
    return hash_of(Hash(state.hash), state.chaining, state.before, state.message + more)


def sign(
    vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int, out: Ref | None, out_offset: int
) -> int:
    """sign; the arrays may overlap."""
    state = work_of(vm, this, SignatureState)
    key = _ready(vm, state, SIGN)
    more = read(vm, array, offset, length)
    if state.form.cipher in ASYMMETRIC:
        found = signing.sign_hash(vm, state.form, key, state.salt, _hash(state, more))
    else:
        found = signing.mac(vm, state.form, key, state.iv, state.message + more)
    write(vm, out, out_offset, found)
    state.reset()
    return len(found)


def verify(
    vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int, given: Ref | None, given_offset: int,
    given_length: int,
) -> bool:  # fmt: skip
    """verify: a signature of the wrong length is just not right."""
    state = work_of(vm, this, SignatureState)
    key = _ready(vm, state, VERIFY)
    more = read(vm, array, offset, length)
    signature = read(vm, given, given_offset, given_length)
    if state.form.cipher in ASYMMETRIC:
        right = signing.verify_hash(vm, state.form, key, state.salt, _hash(state, more), signature)
    else:
        found = signing.mac(vm, state.form, key, state.iv, state.message + more)
        right = hmac.compare_digest(found, signature)
    state.reset()
    return right


def _distinct_hash(vm: Vm, state: SignatureState) -> None:
    """ILLEGAL_USE for algorithms that do not hash before they sign."""
    if state.form.cipher not in ASYMMETRIC:
        raise refuse(vm, ILLEGAL_USE)


def _whole_hash(vm: Vm, state: SignatureState, array: Ref | None, offset: int, length: int) -> bytes:
    """A precomputed hash. ILLEGAL_USE for another length."""
    _distinct_hash(vm, state)
    hashed = read(vm, array, offset, length)
    if length != HASHES[Hash(state.hash)].length:
        raise refuse(vm, ILLEGAL_USE)
    return hashed


def sign_precomputed(
    vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int, out: Ref | None, out_offset: int
) -> int:
    """signPreComputedHash; what `update` has taken in is forgotten."""
    state = work_of(vm, this, SignatureState)
    key = _ready(vm, state, SIGN)
    hashed = _whole_hash(vm, state, array, offset, length)
    found = signing.sign_hash(vm, state.form, key, state.salt, hashed)
    write(vm, out, out_offset, found)
    state.reset()
    return len(found)


def verify_precomputed(
    vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int, given: Ref | None, given_offset: int,
    given_length: int,
) -> bool:  # fmt: skip
    """verifyPreComputedHash."""
    state = work_of(vm, this, SignatureState)
    key = _ready(vm, state, VERIFY)
    hashed = _whole_hash(vm, state, array, offset, length)
    signature = read(vm, given, given_offset, given_length)
    right = signing.verify_hash(vm, state.form, key, state.salt, hashed, signature)
    state.reset()
    return right


def set_initial_digest(vm: Vm, this: JavaObject, *arguments: int | Ref | None) -> None:
    """setInitialDigest: ILLEGAL_USE where the algorithm has no hash, or none with an intermediate value."""
    state = work_of(vm, this, SignatureState)
    _distinct_hash(vm, state)
    if not HASHES[Hash(state.hash)].chaining:
        raise refuse(vm, ILLEGAL_USE)
    chaining, before = initial_digest(vm, Hash(state.hash), *arguments)  # type: ignore[arg-type]
    state.message, state.chaining, state.before = b"", chaining, before


_SIGNATURE: Mapping[str, Native] = {
    "getAlgorithm()B": get_algorithm,
    "getMessageDigestAlgorithm()B": get_message_digest_algorithm,
    "getCipherAlgorithm()B": get_cipher_algorithm,
    "getPaddingAlgorithm()B": get_padding_algorithm,
    "getLength()S": get_length,
    "init(Ljavacard/security/Key;B)V": init,
    "init(Ljavacard/security/Key;B[BSS)V": init_with,
    "update([BSS)V": update,
    "sign([BSS[BS)S": sign,
    "verify([BSS[BSS)Z": verify,
    "setInitialDigest([BSS[BSS)V": set_initial_digest,
    "signPreComputedHash([BSS[BS)S": sign_precomputed,
    "verifyPreComputedHash([BSS[BSS)Z": verify_precomputed,
}

SIGNATURE: tuple[NativeClass, ...] = (
    NativeClass(
        BASE,
        {
            f"getInstance(BZ)L{BASE};": get_instance,
            f"getInstance(BBBZ)L{BASE};": get_instance_of_parts,
            "<init>()V": constructor,
        },
    ),
    NativeClass("simtool/Signature", _SIGNATURE, SignatureState, BASE),
    NativeClass(
        f"{BASE}$OneShot",
        {f"open(BBB)L{BASE}$OneShot;": open_signature, **_SIGNATURE, "update([BSS)V": never, "close()V": close},
    ),
)
