"""What signature algorithms do with a message and a key (Java Card API 3.0.5, class Signature)."""

from __future__ import annotations

import hmac

from simtool.softcard.jcvm.api.javacard.security.exceptions import ILLEGAL_USE, ILLEGAL_VALUE, refuse
from simtool.softcard.jcvm.api.javacard.security.key_forms import Part
from simtool.softcard.jcvm.api.javacard.security.key_state import (
    KeyState,
    curve,
    number,
    private_number,
    public_point,
    rsa_key,
    secret,
)
from simtool.softcard.jcvm.api.javacard.security.signature_forms import ALG3, DES_MACS, ELLIPTIC, SigCipher, SigForm
from simtool.softcard.jcvm.crypto import rsa
from simtool.softcard.jcvm.crypto.blocks import BadPadding, Block, Pad, cbc_mac, cmac, pad, retail_mac
from simtool.softcard.jcvm.crypto.curves import decode_der, encode_der
from simtool.softcard.jcvm.crypto.hashes import HASHES, Hash
from simtool.softcard.jcvm.native import state_of
from simtool.softcard.jcvm.objects import JavaObject
from simtool.softcard.jcvm.vm import Vm

_MAC_LENGTHS = {
    SigCipher.DES_MAC4: 4, SigCipher.DES_MAC8: 8, SigCipher.AES_MAC128: 16, SigCipher.AES_CMAC128: 16,
}  # fmt: skip


def check_key(vm: Vm, form: SigForm, key: JavaObject, *, signing: bool, salt: int) -> None:
    """Whether an initialised key of the right kind serves. CryptoException.ILLEGAL_VALUE.

    An RSA modulus has to have room for the encoded hash, an elliptic curve has to be one with the key on it, MAC
    algorithm 3 needs two DES keys.
    """
    state = state_of(key, KeyState)
    if form.cipher in ELLIPTIC:
        on = curve(vm, key)
        if signing:
            private_number(vm, key, on)
        else:
            public_point(vm, key, on)
    elif form.cipher is SigCipher.RSA:
        try:
            blank = bytes(HASHES[Hash(form.hash)].length)
            _rsa_encode(form, rsa_key(vm, key).modulus.bit_length(), blank, bytes(max(salt, 0)))
        except rsa.BadEncoding:
            raise refuse(vm, ILLEGAL_VALUE) from None
    elif form.padding in ALG3 and state.bits != 128:
        raise refuse(vm, ILLEGAL_VALUE)


def length(vm: Vm, form: SigForm, key: JavaObject) -> int:
    """The most bytes that a signature has."""
    if form.cipher in _MAC_LENGTHS:
        return _MAC_LENGTHS[form.cipher]
    if form.cipher is SigCipher.HMAC:
        return HASHES[Hash(form.hash)].length
    if form.cipher is SigCipher.RSA:
        return state_of(key, KeyState).bits // 8
    order = number(vm, key, Part.Q if form.cipher is SigCipher.DSA else Part.R)
    if form.cipher is SigCipher.ECDSA_PLAIN:
        return 2 * ((order.bit_length() + 7) // 8)
    return len(encode_der((order - 1, order - 1)))


def mac(vm: Vm, form: SigForm, key: JavaObject, iv: bytes, message: bytes) -> bytes:
    """A MAC. CryptoException.ILLEGAL_USE where the message has to be whole blocks and is not."""
    value = secret(vm, key)
    if form.cipher is SigCipher.HMAC:
        return hmac.new(value, message, HASHES[Hash(form.hash)].name).digest()
    if form.cipher is SigCipher.AES_CMAC128:
        return cmac(value, message)
    block = Block.DES if form.cipher in DES_MACS else Block.AES
    size = block.value
    try:
        padded = pad(form.padding, size, message, empty=True)
    except BadPadding:
        raise refuse(vm, ILLEGAL_USE) from None
    start = iv or bytes(size)
    found = retail_mac(value, start, padded) if form.padding in ALG3 else cbc_mac(block, value, start, padded)
    return found[: _MAC_LENGTHS[form.cipher]]


def sign_hash(vm: Vm, form: SigForm, key: JavaObject, salt: int, hashed: bytes) -> bytes:
    """The signature of a hash, with a private key."""
    if form.cipher is SigCipher.RSA:
        numbers = rsa_key(vm, key)
        try:
            encoded = _rsa_encode(form, numbers.modulus.bit_length(), hashed, vm.platform.random(max(salt, 0)))
            return numbers.apply(encoded)
        except rsa.BadEncoding:
            raise refuse(vm, ILLEGAL_USE) from None
    if form.cipher is SigCipher.DSA:
        return encode_der(_sign_dsa(vm, key, hashed))
    on = curve(vm, key)
    secret_number, found = private_number(vm, key, on), None
    while found is None:
        found = on.sign(secret_number, hashed, _nonce(vm, on.r))
    if form.cipher is SigCipher.ECDSA:
        return encode_der(found)
    return b"".join(one.to_bytes(on.order_size, "big") for one in found)


def _nonce(vm: Vm, order: int) -> int:
    """A random number from 1 to order - 1 (FIPS 186-4 B.5.1)."""
    return int.from_bytes(vm.platform.random((order.bit_length() + 7) // 8 + 8), "big") % (order - 1) + 1


def _rsa_encode(form: SigForm, bits: int, hashed: bytes, salt: bytes) -> bytes:
    if form.padding is Pad.PKCS1:
        return rsa.pkcs1_encode(Hash(form.hash), (bits + 7) // 8, hashed)
    return rsa.pss_encode(Hash(form.hash), bits, hashed, salt)


def verify_hash(vm: Vm, form: SigForm, key: JavaObject, salt: int, hashed: bytes, signature: bytes) -> bool:
    """Whether this is a signature of the hash, with a public key."""
    if form.cipher is SigCipher.RSA:
        rsa_numbers = rsa_key(vm, key)
        try:
            encoded = rsa_numbers.apply(signature)
            if form.padding is Pad.PKCS1:
                return encoded == rsa.pkcs1_encode(Hash(form.hash), rsa_numbers.size, hashed)
        except rsa.BadEncoding:
            return False
        return rsa.pss_verify(Hash(form.hash), rsa_numbers.modulus.bit_length(), hashed, encoded, salt)
    if form.cipher is SigCipher.DSA:
        return _verify_dsa(vm, key, hashed, decode_der(signature))
    on = curve(vm, key)
    public = public_point(vm, key, on)
    numbers = decode_der(signature) if form.cipher is SigCipher.ECDSA else _two(signature, on.order_size)
    return numbers is not None and on.verify(public, hashed, numbers)


def _two(signature: bytes, size: int) -> tuple[int, int] | None:
    if len(signature) != 2 * size:
        return None
    return int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")


def _dsa_number(hashed: bytes, q: int) -> int:
    return int.from_bytes(hashed, "big") >> max(0, 8 * len(hashed) - q.bit_length())


def _sign_dsa(vm: Vm, key: JavaObject, hashed: bytes) -> tuple[int, int]:
    """FIPS 186-4 §4.6."""
    p, q, g, x = (number(vm, key, one) for one in (Part.P, Part.Q, Part.G, Part.X))
    while True:
        nonce = _nonce(vm, q)
        r = pow(g, nonce, p) % q
        s = pow(nonce, -1, q) * (_dsa_number(hashed, q) + x * r) % q
        if r and s:
            return r, s


def _verify_dsa(vm: Vm, key: JavaObject, hashed: bytes, signature: tuple[int, int] | None) -> bool:
    """FIPS 186-4 §4.7."""
    p, q, g, y = (number(vm, key, one) for one in (Part.P, Part.Q, Part.G, Part.Y))
    if signature is None or not all(0 < one < q for one in signature):
        return False
    r, s = signature
    w = pow(s, -1, q)
    return pow(g, _dsa_number(hashed, q) * w % q, p) * pow(y, r * w % q, p) % p % q == r
