"""Cipher (Java Card API 3.0.5).

What `init` has set (key, mode) stays over a reset; a message in progress and the initial vector do not: the vector is 0
again after every doFinal and every reset. An operation that is refused leaves the message in progress as it was. Input
is taken before output is written, so the arrays may overlap as they like.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simtool.softcard.jcvm.api.javacard.security.exceptions import (
    ILLEGAL_USE,
    ILLEGAL_VALUE,
    INVALID_INIT,
    NO_SUCH_ALGORITHM,
    refuse,
)
from simtool.softcard.jcvm.api.javacard.security.key_forms import RSA_PRIVATE_FORMS
from simtool.softcard.jcvm.api.javacard.security.key_state import (
    KeyState,
    key_of,
    need_initialized,
    rsa_key,
    secret,
)
from simtool.softcard.jcvm.api.javacard.security.one_shot import close, never, open_one, touch, work_of
from simtool.softcard.jcvm.api.javacardx.crypto import aead_cipher
from simtool.softcard.jcvm.api.javacardx.crypto.cipher_forms import (
    ALGORITHMS,
    BLOCKS,
    CHAINED,
    OAEP_HASHES,
    CipherForm,
    CipherKind,
    algorithm_code,
    key_forms,
    of_parts,
)
from simtool.softcard.jcvm.crypto import rsa
from simtool.softcard.jcvm.crypto.aead import Aead
from simtool.softcard.jcvm.crypto.blocks import BadPadding, Pad, cbc, ctr, ecb, pad, unpad
from simtool.softcard.jcvm.crypto.hashes import HASHES
from simtool.softcard.jcvm.native import (
    Native,
    NativeClass,
    NativeState,
    construct,
    read,
    state_of,
    volatile,
    write,
)
from simtool.softcard.jcvm.objects import JavaObject, Ref
from simtool.softcard.jcvm.vm import Vm

BASE = "javacardx/crypto/Cipher"
DECRYPT, ENCRYPT = 1, 2
_KEEPS_LAST_BLOCK = (Pad.ISO9797_M2, Pad.PKCS5)
_PKCS1_OVERHEAD = 11


@dataclass
class CipherState(NativeState):
    """`cipher` and `padding` are the codes of the algorithm; `init` sets `key`, `mode` and `chain`.

    `chain` is the initial vector, later the last block of cipher text (b"": 0; in CTR mode the first counter), `done`
    how many bytes went through, `pending` what waits for more.
    """

    cipher: int
    padding: int
    key: Ref | None = None
    mode: int = 0
    chain: bytes = volatile(b"")
    pending: bytes = volatile(b"")
    done: int = volatile(0)

    @property
    def form(self) -> CipherForm:
        return CipherForm(CipherKind(self.cipher), Pad(self.padding))


@dataclass(frozen=True, slots=True)
class Step:
    """What came out, and what the state is then."""

    output: bytes
    chain: bytes
    pending: bytes
    done: int


def _state(vm: Vm, form: CipherForm | None) -> CipherState:
    if form is None:
        raise refuse(vm, NO_SUCH_ALGORITHM)
    return CipherState(int(form.kind), int(form.padding))


def _new(vm: Vm, form: CipherForm | None) -> JavaObject:
    made_state = _state(vm, form)
    made = vm.new("simtool/Cipher")
    construct(vm, made, made_state)
    return made


def get_instance(vm: Vm, code: int, external: int) -> JavaObject:
    if code in aead_cipher.ALGORITHMS:
        return aead_cipher.new_aead(vm, aead_cipher.ALGORITHMS[code])
    return _new(vm, ALGORITHMS.get(code))


def get_instance_of_parts(vm: Vm, kind: int, padding: int, external: int) -> JavaObject:
    if kind in list(Aead) and padding == Pad.NULL:
        return aead_cipher.new_aead(vm, Aead(kind))
    return _new(vm, of_parts(kind, padding))


def open_cipher(vm: Vm, kind: int, padding: int) -> JavaObject:
    return open_one(vm, f"{BASE}$OneShot", _state(vm, of_parts(kind, padding)))


def constructor(vm: Vm, this: JavaObject) -> None:
    """The one that subclasses of applets call."""


def get_algorithm(vm: Vm, this: JavaObject) -> int:
    return algorithm_code(work_of(vm, this, CipherState).form)


def get_cipher_algorithm(vm: Vm, this: JavaObject) -> int:
    return work_of(vm, this, CipherState).cipher


def get_padding_algorithm(vm: Vm, this: JavaObject) -> int:
    return work_of(vm, this, CipherState).padding


def init(vm: Vm, this: JavaObject, key: Ref | None, mode: int) -> None:
    """init without parameters: initial vector 0."""
    state = work_of(vm, this, CipherState)
    _init(vm, this, state, _checked(vm, state, key, mode), mode, b"")


def init_with(
    vm: Vm, this: JavaObject, key: Ref | None, mode: int, array: Ref | None, offset: int, length: int
) -> None:
    """init with an initial vector, of a block in CBC mode, the first counter in CTR mode."""
    state = work_of(vm, this, CipherState)
    found = _checked(vm, state, key, mode)
    kind = state.form.kind
    if kind is CipherKind.AES_CTR:
        fine = length == 16
    else:
        fine = kind in CHAINED and length == BLOCKS[kind].value
    if not fine:
        raise refuse(vm, ILLEGAL_VALUE)
    _init(vm, this, state, found, mode, read(vm, array, offset, length))


def _checked(vm: Vm, state: CipherState, key: Ref | None, mode: int) -> JavaObject:
    """The key for `init`: ILLEGAL_VALUE for another mode or kind of key, UNINITIALIZED_KEY."""
    found = key_of(vm, key)
    if mode not in (DECRYPT, ENCRYPT) or found is None or found[1].kind not in key_forms(state.form):
        raise refuse(vm, ILLEGAL_VALUE)
    need_initialized(vm, found[0])
    return found[0]


def _init(vm: Vm, this: JavaObject, state: CipherState, key: JavaObject, mode: int, chain: bytes) -> None:
    if (state.key, state.mode) != (key, mode):
        touch(vm, this)
        state.key, state.mode = key, mode
    state.reset()
    state.chain = chain


def _ready(vm: Vm, state: CipherState) -> JavaObject:
    """The key that `init` has given. INVALID_INIT, UNINITIALIZED_KEY."""
    if not isinstance(state.key, JavaObject):
        raise refuse(vm, INVALID_INIT)
    need_initialized(vm, state.key)
    return state.key


def update(
    vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int, out: Ref | None, out_offset: int
) -> int:
    """update: gives as many whole blocks as there are; deciphering with padding keeps the last one back."""
    state = work_of(vm, this, CipherState)
    key = _ready(vm, state)
    data = read(vm, array, offset, length)
    if length == 0:
        return 0
    if state.form.kind is CipherKind.RSA:
        step = _collect(vm, state, key, data)
    elif state.form.kind is CipherKind.AES_CTR:
        step = _counted(vm, state, key, data)
    else:
        size = BLOCKS[state.form.kind].value
        kept = state.mode == DECRYPT and state.padding in _KEEPS_LAST_BLOCK
        waiting = state.pending + data
        whole = (len(waiting) - kept) // size * size
        step = _blocks(vm, state, key, waiting[:whole], waiting[whole:])
    write(vm, out, out_offset, step.output)
    state.chain, state.pending, state.done = step.chain, step.pending, step.done
    return len(step.output)


def do_final(
    vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int, out: Ref | None, out_offset: int
) -> int:
    """doFinal: ILLEGAL_USE where blocks are not whole, padding is not right or a number too large."""
    state = work_of(vm, this, CipherState)
    key = _ready(vm, state)
    data = read(vm, array, offset, length)
    if state.form.kind is CipherKind.RSA:
        output = _rsa(vm, state, key, _collect(vm, state, key, data).pending)
    elif state.form.kind is CipherKind.AES_CTR:
        output = _counted(vm, state, key, data).output
    else:
        output = _last_blocks(vm, state, key, state.pending + data)
    write(vm, out, out_offset, output)
    state.reset()
    return len(output)


def _counted(vm: Vm, state: CipherState, key: JavaObject, data: bytes) -> Step:
    output = ctr(secret(vm, key), state.chain or bytes(16), state.done, data)
    return Step(output, state.chain, b"", state.done + len(data))


def _blocks(vm: Vm, state: CipherState, key: JavaObject, data: bytes, rest: bytes) -> Step:
    """Whole blocks of a block cipher."""
    kind, encrypt = state.form.kind, state.mode == ENCRYPT
    block = BLOCKS[kind]
    if not data:
        return Step(b"", state.chain, rest, state.done)
    if kind not in CHAINED:
        return Step(ecb(block, secret(vm, key), data, encrypt=encrypt), b"", rest, state.done + len(data))
    output = cbc(block, secret(vm, key), state.chain or bytes(block.value), data, encrypt=encrypt)
    return Step(output, (output if encrypt else data)[-block.value :], rest, state.done + len(data))


def _last_blocks(vm: Vm, state: CipherState, key: JavaObject, data: bytes) -> bytes:
    size, padding = BLOCKS[state.form.kind].value, state.form.padding
    try:
        if state.mode == ENCRYPT:
            whole = len(data) // size * size
            padded = data[:whole] + pad(padding, size, data[whole:], empty=state.done + whole == 0)
            return _blocks(vm, state, key, padded, b"").output
        if len(data) % size or not (data or state.done):
            raise BadPadding
        return unpad(padding, size, _blocks(vm, state, key, data, b"").output)
    except BadPadding:
        raise refuse(vm, ILLEGAL_USE) from None


def _collect(vm: Vm, state: CipherState, key: JavaObject, data: bytes) -> Step:
    """RSA takes its message at once. ILLEGAL_USE as soon as it is too long."""
    size = state_of(key, KeyState).bits // 8
    if state.mode == ENCRYPT and state.form.padding is Pad.PKCS1:
        most = size - _PKCS1_OVERHEAD
    elif state.mode == ENCRYPT and state.form.padding in OAEP_HASHES:
        most = size - 2 * HASHES[OAEP_HASHES[state.form.padding]].length - 2
    else:
        most = size
    message = state.pending + data
    if len(message) > most:
        raise refuse(vm, ILLEGAL_USE)
    return Step(b"", state.chain, message, len(message))


def _rsa(vm: Vm, state: CipherState, key: JavaObject, message: bytes) -> bytes:
    numbers = rsa_key(vm, key)
    padding, private = state.form.padding, state_of(key, KeyState).kind in RSA_PRIVATE_FORMS
    try:
        if state.mode == DECRYPT:
            encoded = numbers.apply(message)
            if padding in OAEP_HASHES:
                return rsa.oaep_decode(OAEP_HASHES[padding], encoded)
            return rsa.decipher_padding(encoded, private) if padding is Pad.PKCS1 else encoded
        if padding in OAEP_HASHES:
            message = rsa.oaep_encode(OAEP_HASHES[padding], numbers.size, message, vm.platform.random)
        elif padding is Pad.PKCS1:
            message = rsa.encipher_padding(numbers.size, message, private, vm.platform.random)
        return numbers.apply(message)
    except rsa.BadEncoding:
        raise refuse(vm, ILLEGAL_USE) from None


_CIPHER: Mapping[str, Native] = {
    "doFinal([BSS[BS)S": do_final,
    "update([BSS[BS)S": update,
    "init(Ljavacard/security/Key;B)V": init,
    "init(Ljavacard/security/Key;B[BSS)V": init_with,
    "getAlgorithm()B": get_algorithm,
    "getCipherAlgorithm()B": get_cipher_algorithm,
    "getPaddingAlgorithm()B": get_padding_algorithm,
}

CIPHERS: tuple[NativeClass, ...] = (
    NativeClass(
        BASE,
        {
            f"getInstance(BZ)L{BASE};": get_instance,
            f"getInstance(BBZ)L{BASE};": get_instance_of_parts,
            "<init>()V": constructor,
        },
    ),
    NativeClass("simtool/Cipher", _CIPHER, CipherState, BASE),
    NativeClass(
        f"{BASE}$OneShot",
        {f"open(BB)L{BASE}$OneShot;": open_cipher, **_CIPHER, "update([BSS[BS)S": never, "close()V": close},
    ),
)
