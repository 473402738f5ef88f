"""What tests of javacard.security and javacardx.crypto call: keys, one operation, a generator that can be repeated."""

from __future__ import annotations

import hashlib
import itertools

from simtool.softcard.jcvm.objects import JavaArray, JavaObject
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jcvm import FakePlatform, call, content, send

SECURITY = "javacard/security"
CIPHER = "javacardx/crypto/Cipher"
SIGNATURE = f"{SECURITY}/Signature"
EXCEPTION = f"{SECURITY}/CryptoException"
ILLEGAL_VALUE, UNINITIALIZED_KEY, NO_SUCH_ALGORITHM, INVALID_INIT, ILLEGAL_USE = range(1, 6)
KEY = f"L{SECURITY}/Key;"
DES, AES, HMAC = 3, 15, 21
RSA_PUBLIC, RSA_PRIVATE, RSA_CRT, EC_PUBLIC, EC_PRIVATE = 4, 5, 6, 11, 12
INTERFACES = {DES: "DESKey", AES: "AESKey", HMAC: "HMACKey", RSA_PUBLIC: "RSAPublicKey", RSA_PRIVATE: "RSAPrivateKey",
              RSA_CRT: "RSAPrivateCrtKey", EC_PUBLIC: "ECPublicKey", EC_PRIVATE: "ECPrivateKey"}  # fmt: skip


class RepeatablePlatform(FakePlatform):
    """A card whose random bytes are the same in every run, yet look random (keys can be made of them)."""

    def __init__(self) -> None:
        super().__init__()
        self._block = itertools.count()

    def random(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            found += hashlib.sha256(next(self._block).to_bytes(8, "big")).digest()
        return found[:count]


def scratch(vm: Vm, value: str | bytes | int) -> JavaArray:
    """An array that takes no room on the heap: hex, bytes, or so many zeros."""
    data = bytes.fromhex(value) if isinstance(value, str) else bytes(value)
    made = vm.runtime_array(len(data), "scratch")
    memoryview(made.data).cast("B")[:] = data
    return made


def build_key(vm: Vm, kind: int, bits: int, *, with_cipher: bool = False) -> JavaObject:
    """KeyBuilder.buildKey by TYPE code."""
    made = call(vm, f"{SECURITY}/KeyBuilder", f"buildKey(BSZ){KEY}", kind, bits, int(with_cipher))
    assert isinstance(made, JavaObject)
    return made


def secret_key(vm: Vm, kind: int, value: str | bytes) -> JavaObject:
    """A DES, AES or HMAC key with this value."""
    array = scratch(vm, value)
    size = len(array.data)
    key = build_key(vm, kind, 8 * size if kind != HMAC else 64)
    interface = f"{SECURITY}/{INTERFACES[kind]}"
    if kind == HMAC:
        send(vm, key, interface, "setKey([BSS)V", array, 0, size)
    else:
        send(vm, key, interface, "setKey([BS)V", array, 0)
    return key


def set_part(vm: Vm, key: JavaObject, kind: int, name: str, value: bytes) -> None:
    """A component of an RSA or elliptic curve key."""
    send(vm, key, f"{SECURITY}/{INTERFACES[kind]}", f"set{name}([BSS)V", scratch(vm, value), 0, len(value))


def get_part(vm: Vm, key: JavaObject, kind: int, name: str) -> bytes:
    array = scratch(vm, 600)
    count = send(vm, key, f"{SECURITY}/{INTERFACES[kind]}", f"get{name}([BS)S", array, 0)
    return bytes.fromhex(content(array))[:count]


def key_pair(vm: Vm, algorithm: int, bits: int) -> tuple[JavaObject, JavaObject]:
    """A new key pair: public, private."""
    pair = vm.new(f"{SECURITY}/KeyPair")
    vm.api.static_named(f"{SECURITY}/KeyPair", "<init>(BS)V").call(vm, pair, algorithm, bits)
    send(vm, pair, f"{SECURITY}/KeyPair", "genKeyPair()V")
    return (
        send(vm, pair, f"{SECURITY}/KeyPair", f"getPublic()L{SECURITY}/PublicKey;"),
        send(vm, pair, f"{SECURITY}/KeyPair", f"getPrivate()L{SECURITY}/PrivateKey;"),
    )


def cipher(vm: Vm, algorithm: int) -> JavaObject:
    made = call(vm, CIPHER, f"getInstance(BZ)L{CIPHER};", algorithm, 0)
    assert isinstance(made, JavaObject)
    return made


def signature(vm: Vm, algorithm: int) -> JavaObject:
    made = call(vm, SIGNATURE, f"getInstance(BZ)L{SIGNATURE};", algorithm, 0)
    assert isinstance(made, JavaObject)
    return made


def signature_of(vm: Vm, hashing: int, sig_cipher: int, padding: int) -> JavaObject:
    made = call(vm, SIGNATURE, f"getInstance(BBBZ)L{SIGNATURE};", hashing, sig_cipher, padding, 0)
    assert isinstance(made, JavaObject)
    return made


def init(vm: Vm, it: JavaObject, cls: str, key: JavaObject, mode: int, parameter: str | bytes | None = None) -> None:
    """`init` of a Cipher or Signature, with a parameter or without."""
    if parameter is None:
        send(vm, it, cls, f"init({KEY}B)V", key, mode)
        return
    array = scratch(vm, parameter)
    send(vm, it, cls, f"init({KEY}B[BSS)V", key, mode, array, 0, len(array.data))


def crypt(vm: Vm, it: JavaObject, data: str | bytes, *, final: bool = True) -> bytes:
    """Cipher.doFinal or update into an array that is large enough."""
    source, target = scratch(vm, data), scratch(vm, 600)
    name = "doFinal" if final else "update"
    count = send(vm, it, CIPHER, f"{name}([BSS[BS)S", source, 0, len(source.data), target, 0)
    return bytes.fromhex(content(target))[:count]


def sign(vm: Vm, it: JavaObject, data: str | bytes, *, hashed: bool = False) -> bytes:
    """Signature.sign or signPreComputedHash."""
    source, target = scratch(vm, data), scratch(vm, 600)
    name = "signPreComputedHash" if hashed else "sign"
    count = send(vm, it, SIGNATURE, f"{name}([BSS[BS)S", source, 0, len(source.data), target, 0)
    return bytes.fromhex(content(target))[:count]


def verify(vm: Vm, it: JavaObject, data: str | bytes, given: bytes, *, hashed: bool = False) -> bool:
    """Signature.verify or verifyPreComputedHash."""
    source, theirs = scratch(vm, data), scratch(vm, given)
    name = "verifyPreComputedHash" if hashed else "verify"
    words = source, 0, len(source.data), theirs, 0, len(given)
    return bool(send(vm, it, SIGNATURE, f"{name}([BSS[BSS)Z", *words))


def update(vm: Vm, it: JavaObject, cls: str, data: str | bytes) -> None:
    """`update` of a Signature, MessageDigest or Checksum."""
    source = scratch(vm, data)
    send(vm, it, cls, "update([BSS)V", source, 0, len(source.data))
