"""AEADCipher (Java Card API 3.0.5): AES in GCM, whose message may have any length, and in CCM, which knows it before.

After doFinal, or a reset of the card, key and mode are as `init` has set them and all else is 0. The tag of the message
that is finished is there until the next one begins.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from simtool.softcard.jcvm.api.javacard.security.exceptions import (
    ILLEGAL_USE,
    ILLEGAL_VALUE,
    INVALID_INIT,
    refuse,
)
from simtool.softcard.jcvm.api.javacard.security.key_forms import Form
from simtool.softcard.jcvm.api.javacard.security.key_state import key_of, need_initialized, secret
from simtool.softcard.jcvm.crypto.aead import CCM_NONCES, CCM_TAGS, GCM_NONCES, GCM_TAGS, Aead, stream, tag
from simtool.softcard.jcvm.crypto.blocks import Pad
from simtool.softcard.jcvm.native import NativeClass, NativeState, construct, read, state_of, volatile, write
from simtool.softcard.jcvm.objects import JavaObject, Ref
from simtool.softcard.jcvm.vm import Vm

BASE = "javacardx/crypto/AEADCipher"
DECRYPT, ENCRYPT = 1, 2
ALGORITHMS = {0xF3 - 0x100: Aead.GCM, 0xF4 - 0x100: Aead.CCM}
_NO_NONCE = bytes(12)


@dataclass
class AeadState(NativeState):
    """`init` sets `key`, `mode`, `nonce`, and for CCM the lengths of the `extra` data that goes along, of the message
    and of the tag, in bytes. `message` is what came in so far; `tag` that of the last finished message."""

    cipher: int
    key: Ref | None = None
    mode: int = 0
    nonce: bytes = volatile(b"")
    extra_length: int = volatile(0)
    message_length: int = volatile(0)
    tag_length: int = volatile(0)
    extra: bytes = volatile(b"")
    message: bytes = volatile(b"")
    tag: bytes = volatile(b"")

    @property
    def kind(self) -> Aead:
        return Aead(self.cipher)


def new_aead(vm: Vm, kind: Aead) -> JavaObject:
    """What Cipher.getInstance gives for these algorithms."""
    made = vm.new("simtool/AEADCipher")
    construct(vm, made, AeadState(int(kind)))
    return made


def constructor(vm: Vm, this: JavaObject) -> None:
    """The one that subclasses of applets call."""


def get_algorithm(vm: Vm, this: JavaObject) -> int:
    kind = state_of(this, AeadState).kind
    return next(code for code, one in ALGORITHMS.items() if one is kind)


def get_cipher_algorithm(vm: Vm, this: JavaObject) -> int:
    return state_of(this, AeadState).cipher


def get_padding_algorithm(vm: Vm, this: JavaObject) -> int:
    return Pad.NULL


def init(vm: Vm, this: JavaObject, key: Ref | None, mode: int) -> None:
    """init without parameters, GCM only: the initial vector is 12 bytes of 0."""
    _online(vm, this, key, mode, _NO_NONCE)


def init_with(
    vm: Vm, this: JavaObject, key: Ref | None, mode: int, array: Ref | None, offset: int, length: int
) -> None:
    """init with an initial vector, GCM only, of 8 to 128 bytes."""
    state = state_of(this, AeadState)
    _checked(vm, state, key, mode, Aead.GCM)
    if length not in GCM_NONCES:
        raise refuse(vm, ILLEGAL_VALUE)
    _online(vm, this, key, mode, read(vm, array, offset, length))


def _online(vm: Vm, this: JavaObject, key: Ref | None, mode: int, nonce: bytes) -> None:
    state = state_of(this, AeadState)
    _init(vm, this, _checked(vm, state, key, mode, Aead.GCM), mode)
    state.nonce = nonce


def init_offline(
    vm: Vm, this: JavaObject, key: Ref | None, mode: int, array: Ref | None, offset: int, length: int,
    extra_length: int, message_length: int, tag_length: int,
) -> None:  # fmt: skip
    """init with all lengths, CCM only: a nonce of 7 to 13 bytes and a tag of 4, 6 … 16 (RFC 3610 §2)."""
    state = state_of(this, AeadState)
    found = _checked(vm, state, key, mode, Aead.CCM)
    if length not in CCM_NONCES or tag_length not in CCM_TAGS or extra_length < 0 or message_length < 0:
        raise refuse(vm, ILLEGAL_VALUE)
    nonce = read(vm, array, offset, length)
    _init(vm, this, found, mode)
    state.nonce, state.extra_length = nonce, extra_length
    state.message_length, state.tag_length = message_length, tag_length


def _checked(vm: Vm, state: AeadState, key: Ref | None, mode: int, kind: Aead) -> JavaObject:
    """The key for `init`: INVALID_INIT where this is the other kind's, ILLEGAL_VALUE, UNINITIALIZED_KEY."""
    if state.kind is not kind:
        raise refuse(vm, INVALID_INIT)
    found = key_of(vm, key)
    if mode not in (DECRYPT, ENCRYPT) or found is None or found[1].kind is not Form.AES:
        raise refuse(vm, ILLEGAL_VALUE)
    need_initialized(vm, found[0])
    return found[0]


def _init(vm: Vm, this: JavaObject, key: JavaObject, mode: int) -> None:
    state = state_of(this, AeadState)
    if (state.key, state.mode) != (key, mode):
        vm.heap.touch(this)
        state.key, state.mode = key, mode
    state.reset()


def _ready(vm: Vm, state: AeadState) -> tuple[bytes, bytes]:
    """The value of the key and the nonce. INVALID_INIT, also for CCM after a finished message; UNINITIALIZED_KEY."""
    if not isinstance(state.key, JavaObject):
        raise refuse(vm, INVALID_INIT)
    need_initialized(vm, state.key)
    if not state.nonce and state.kind is Aead.CCM:
        raise refuse(vm, INVALID_INIT)
    return secret(vm, state.key), state.nonce or _NO_NONCE


def update_aad(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> None:
    """updateAAD: ILLEGAL_USE once the message has begun; CCM: ILLEGAL_VALUE for more than was said."""
    state = state_of(this, AeadState)
    _ready(vm, state)
    extra = state.extra + read(vm, array, offset, length)
    if state.message:
        raise refuse(vm, ILLEGAL_USE)
    if state.kind is Aead.CCM and len(extra) > state.extra_length:
        raise refuse(vm, ILLEGAL_VALUE)
    state.extra, state.tag = extra, b""


def update(
    vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int, out: Ref | None, out_offset: int
) -> int:
    """update: every byte comes out at once."""
    state = state_of(this, AeadState)
    key, nonce = _ready(vm, state)
    data = read(vm, array, offset, length)
    if length == 0:
        return 0
    _fits(vm, state, data)
    output = stream(state.kind, key, nonce, state.message, data)
    write(vm, out, out_offset, output)
    state.message += data
    state.tag = b""
    return len(output)


def _fits(vm: Vm, state: AeadState, data: bytes) -> None:
    """CCM: ILLEGAL_USE before all of the extra data is there, and for a message longer than was said."""
    if state.kind is Aead.CCM:
        if len(state.extra) != state.extra_length or len(state.message + data) > state.message_length:
            raise refuse(vm, ILLEGAL_USE)


def do_final(
    vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int, out: Ref | None, out_offset: int
) -> int:
    """doFinal: CCM: ILLEGAL_USE for another length than was said."""
    state = state_of(this, AeadState)
    key, nonce = _ready(vm, state)
    data = read(vm, array, offset, length)
    _fits(vm, state, data)
    whole = state.message + data
    if state.kind is Aead.CCM and len(whole) != state.message_length:
        raise refuse(vm, ILLEGAL_USE)
    output = stream(state.kind, key, nonce, state.message, data)
    plain = whole if state.mode == ENCRYPT else stream(state.kind, key, nonce, b"", whole)
    made = tag(state.kind, key, nonce, state.extra, plain, state.tag_length)
    write(vm, out, out_offset, output)
    state.reset()
    state.tag = made
    return len(output)


def _finished(vm: Vm, state: AeadState, mode: int, length: int) -> bytes:
    """The tag: ILLEGAL_USE before doFinal or in the other mode, ILLEGAL_VALUE for a length that it cannot have."""
    if not state.tag or state.mode != mode:
        raise refuse(vm, ILLEGAL_USE)
    if length not in (GCM_TAGS if state.kind is Aead.GCM else (len(state.tag),)):
        raise refuse(vm, ILLEGAL_VALUE)
    return state.tag[:length]


def retrieve_tag(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> int:
    """retrieveTag, after enciphering."""
    state = state_of(this, AeadState)
    write(vm, array, offset, _finished(vm, state, ENCRYPT, length))
    return length


def verify_tag(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int, required: int) -> bool:
    """verifyTag, after deciphering: whether the first `required` bytes are right; no if fewer are given."""
    state = state_of(this, AeadState)
    wanted = _finished(vm, state, DECRYPT, required)
    given = read(vm, array, offset, length)
    return hmac.compare_digest(wanted, given[:required])


AEAD: tuple[NativeClass, ...] = (
    NativeClass(BASE, {"<init>()V": constructor}),
    NativeClass(
        "simtool/AEADCipher",
        {
            "doFinal([BSS[BS)S": do_final,
            "update([BSS[BS)S": update,
            "init(Ljavacard/security/Key;B)V": init,
            "init(Ljavacard/security/Key;B[BSS)V": init_with,
            "init(Ljavacard/security/Key;B[BSSSSS)V": init_offline,
            "getAlgorithm()B": get_algorithm,
            "getCipherAlgorithm()B": get_cipher_algorithm,
            "getPaddingAlgorithm()B": get_padding_algorithm,
            "updateAAD([BSS)V": update_aad,
            "retrieveTag([BSS)S": retrieve_tag,
            "verifyTag([BSSS)Z": verify_tag,
        },
        AeadState,
        BASE,
    ),
)
