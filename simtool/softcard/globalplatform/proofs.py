"""Tokens, receipts and load file signatures: who allowed a change, and that it was done (GPCS §9.2, Annex C)."""

from __future__ import annotations

import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from simtool.crypto import scp02, scp03
from simtool.crypto.secret import Secret
from simtool.softcard.globalplatform.keys import AES, DES, RSA_EXPONENT, RSA_MODULUS, CardKey, DomainKeys

KEY_ID = 1
DAP_VERSION = 0x73
HASHES: dict[int, type[hashes.HashAlgorithm]] = {
    20: hashes.SHA1, 32: hashes.SHA256, 48: hashes.SHA384, 64: hashes.SHA512,
}  # fmt: skip
"""Hash algorithms of load file data blocks by the length of the hash (table C-2)."""
_SMALL_RSA = 1024
_MAX_SIGNED = 0xFF


def digest(data: bytes, length: int) -> bytes | None:
    """Hash of that length; None if there is no such algorithm."""
    algorithm = HASHES.get(length)
    if algorithm is None:
        return None
    context = hashes.Hash(algorithm())
    context.update(data)
    return context.finalize()


def signature_fits(key: CardKey, data: bytes, signature: bytes) -> bool:
    """AES: CMAC. DES: single DES, a final triple DES. RSA up to 1024 bits: scheme 1 of §B.3, PKCS #1 v1.5 with SHA-1;
    longer keys: scheme 2, PSS with SHA-256, as its hash, in MGF1 and for the length of the salt."""
    if key.type in (AES, DES):
        return hmac.compare_digest(mac(key, data), signature)
    modulus, exponent = (int.from_bytes(key.component(kind)) for kind in (RSA_MODULUS, RSA_EXPONENT))
    try:
        public = rsa.RSAPublicNumbers(exponent, modulus).public_key()
        if modulus.bit_length() <= _SMALL_RSA:
            public.verify(signature, data, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 - the specification's hash
        else:
            scheme = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size)
            public.verify(signature, data, scheme, hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def mac(key: CardKey, data: bytes) -> bytes:
    """A MAC with a symmetric key: 16 bytes of AES-CMAC, 8 of DES."""
    value = Secret(key.components[0][1], "key")
    return scp03.cmac(value, data) if key.type == AES else scp02.retail_mac(value, data)


def token_fits(keys: DomainKeys, version: int | None, p1: int, p2: int, signed: bytes, token: bytes) -> bool:
    """A token over the command's P1, P2, length and data before the token (§C.4.1); the length has one byte."""
    key = keys.find(version, KEY_ID) if version is not None else None
    if key is None or not token or len(signed) > _MAX_SIGNED:
        return False
    return signature_fits(key, bytes((p1, p2, len(signed))) + signed, token)


def receipt(keys: DomainKeys, version: int | None, counter: int, unique: bytes, named: bytes) -> bytes | None:
    """Confirmation: receipt, counter, what is unique of the domain (§11.1.6, §C.5); None without a key for it."""
    key = keys.find(version, KEY_ID) if version is not None else None
    if key is None or key.type not in (AES, DES):
        return None
    told = b"\x02" + counter.to_bytes(2) + bytes((len(unique),)) + unique
    value = mac(key, told + named)
    return bytes((len(value),)) + value + told
