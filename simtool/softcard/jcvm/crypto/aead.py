"""Authenticated encryption with AES: GCM (SP 800-38D) and CCM (RFC 3610)."""

from __future__ import annotations

from enum import IntEnum

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM

from simtool.softcard.jcvm.crypto.blocks import ctr


class Aead(IntEnum):
    """CIPHER codes of AEADCipher."""

    GCM = 0xF1 - 0x100
    CCM = 0xF2 - 0x100


GCM_NONCES = range(8, 129)
GCM_TAGS = (4, 8, 12, 13, 14, 15, 16)
CCM_NONCES = range(7, 14)
CCM_TAGS = range(4, 17, 2)


def stream(kind: Aead, key: bytes, nonce: bytes, before: bytes, data: bytes) -> bytes:
    """`data` enciphered or deciphered, which is the same, after `before` went through."""
    if kind is Aead.CCM:
        width = 15 - len(nonce)
        first = bytes([width - 1]) + nonce + (1).to_bytes(width, "big")
        return ctr(key, first, len(before), data)
    return Cipher(AES(key), GCM(nonce)).encryptor().update(before + data)[len(before) :]


def tag(kind: Aead, key: bytes, nonce: bytes, extra: bytes, plain: bytes, size: int) -> bytes:
    """The tag of a whole message in the clear with the data that goes along; `size` in bytes (GCM: always 16)."""
    if kind is Aead.CCM:
        return AESCCM(key, tag_length=size).encrypt(nonce, plain, extra or None)[len(plain) :]
    encryptor = Cipher(AES(key), GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(extra)
    encryptor.update(plain)
    encryptor.finalize()
    return encryptor.tag
