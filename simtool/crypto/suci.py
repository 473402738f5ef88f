"""Concealing a SUPI: ECIES profiles A and B (TS 33.501 Annex C.3).

What is concealed, and the SUCI around it, is not here.

Profile A is X25519, profile B secp256r1 with compressed points; both take the ANSI X9.63 key derivation with SHA-256,
AES-128 in counter mode and HMAC-SHA-256 cut to 8 bytes (C.3.4). `conceal` is what a card or phone does, `reveal` what
the home network does.
"""

from __future__ import annotations

import hashlib
import hmac
from enum import IntEnum
from typing import NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from simtool.errors import AuthenticationError, DecodeError, EncodeError

MAC_TAG = 8
PRIVATE_KEY = 32
CURVE = ec.SECP256R1()


class SuciProfile(IntEnum):
    """Protection scheme identifier (TS 33.501 Annex C.1)."""

    NULL = 0
    A = 1
    B = 2

    @property
    def public_key_bytes(self) -> int:
        """Length of the ephemeral public key in the scheme output."""
        return {SuciProfile.NULL: 0, SuciProfile.A: 32, SuciProfile.B: 33}[self]


class _Keys(NamedTuple):
    encryption: bytes
    counter_block: bytes
    mac: bytes


def conceal(
    profile: SuciProfile, home_public_key: bytes, plain: bytes, ephemeral_private: bytes | None = None
) -> bytes:
    """Scheme output: ephemeral public key, cipher text, MAC tag (TS 33.501 §C.3.2). The null scheme gives `plain` back.

    The home network's public key is 32 bytes for profile A, a compressed (33) or uncompressed (65) point for profile B.
    `ephemeral_private` (32 bytes) is drawn at random unless a test gives one. Raises `EncodeError` for an unusable key.
    """
    if profile is SuciProfile.NULL:
        return plain
    private = _draw(profile) if ephemeral_private is None else ephemeral_private
    try:
        public = public_key(profile, private)
        keys = _derive(_exchange(profile, private, home_public_key), public)
    except ValueError:
        raise EncodeError(f"a key is not usable for profile {profile.name}") from None
    cipher = _crypt(keys, plain)
    return public + cipher + _tag(keys, cipher)


def reveal(profile: SuciProfile, home_private_key: bytes, scheme_output: bytes) -> bytes:
    """The plain text of a scheme output (TS 33.501 §C.3.3), with the home network's private key (32 bytes).

    Raises `DecodeError` when it is too short or its key is no point of the curve, `AuthenticationError` when the MAC
    tag does not fit.
    """
    if profile is SuciProfile.NULL:
        return scheme_output
    size = profile.public_key_bytes
    if len(scheme_output) < size + MAC_TAG:
        raise DecodeError(f"a scheme output of {len(scheme_output)} bytes is too short for profile {profile.name}")
    public, cipher, tag = scheme_output[:size], scheme_output[size:-MAC_TAG], scheme_output[-MAC_TAG:]
    try:
        keys = _derive(_exchange(profile, home_private_key, public), public)
    except ValueError:
        raise DecodeError(f"a key is not usable for profile {profile.name}") from None
    if not hmac.compare_digest(tag, _tag(keys, cipher)):
        raise AuthenticationError("the MAC tag of the concealed identity does not fit")
    return _crypt(keys, cipher)


def public_key(profile: SuciProfile, private: bytes) -> bytes:
    """The public key of a private one (32 bytes): 32 bytes for profile A, a compressed point for profile B.

    Raises `EncodeError` when there is none.
    """
    if len(private) != PRIVATE_KEY:
        raise EncodeError(f"a private key must be {PRIVATE_KEY} bytes, not {len(private)}")
    if profile is SuciProfile.A:
        return x25519.X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    if profile is SuciProfile.B:
        return _scalar(private).public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    raise EncodeError("the null scheme has no keys")


def _draw(profile: SuciProfile) -> bytes:
    if profile is SuciProfile.A:
        return x25519.X25519PrivateKey.generate().private_bytes_raw()
    return ec.generate_private_key(CURVE).private_numbers().private_value.to_bytes(PRIVATE_KEY)


def _scalar(private: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        return ec.derive_private_key(int.from_bytes(private), CURVE)
    except ValueError:
        raise EncodeError("a private key is outside the order of the curve") from None


def _exchange(profile: SuciProfile, private: bytes, public: bytes) -> bytes:
    """The shared secret. `ValueError` when `public` is no good."""
    if profile is SuciProfile.A:
        peer = x25519.X25519PublicKey.from_public_bytes(public)
        return x25519.X25519PrivateKey.from_private_bytes(private).exchange(peer)
    point = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, public)
    return _scalar(private).exchange(ec.ECDH(), point)


def _derive(shared: bytes, ephemeral_public: bytes) -> _Keys:
    block = X963KDF(hashes.SHA256(), length=64, sharedinfo=ephemeral_public).derive(shared)
    return _Keys(block[:16], block[16:32], block[32:])


def _crypt(keys: _Keys, data: bytes) -> bytes:
    return Cipher(algorithms.AES(keys.encryption), modes.CTR(keys.counter_block)).encryptor().update(data)


def _tag(keys: _Keys, cipher: bytes) -> bytes:
    return hmac.new(keys.mac, cipher, hashlib.sha256).digest()[:MAC_TAG]
