"""Secure Channel Protocol '03': the algorithms (GlobalPlatform Card Specification, Amendment D 1.2).

AES with keys of 16, 24 or 32 bytes; S8 with cryptograms, challenges and MACs of 8 bytes, S16 with 16. Everything here
is a function of its arguments: the MAC chaining value and the encryption counter are kept by the sides that use it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.padding import pad, unpad
from simtool.crypto.secret import Secret
from simtool.errors import DecodeError, EncodeError

BLOCK = 16
ZERO_CHAINING = bytes(BLOCK)
COUNTER_LENGTH = 3
_LABEL_LENGTH = 12
_RESPONSE_BIT = 0x80


class MacMode(IntEnum):
    """Length in bytes of challenges, cryptograms and MACs (bit 1 of i, Amendment D §5.1)."""

    S8 = 8
    S16 = 16


class Derivation(IntEnum):
    """What is derived: the last byte of the label (table 4-1)."""

    CARD_CRYPTOGRAM = 0x00
    HOST_CRYPTOGRAM = 0x01
    CARD_CHALLENGE = 0x02
    S_ENC = 0x04
    S_MAC = 0x06
    S_RMAC = 0x07


@dataclass(frozen=True, slots=True)
class Scp03SessionKeys:
    """Keys of one session, as long as the static ones. Keys travel under the static DEK."""

    enc: Secret
    mac: Secret
    rmac: Secret
    dek: Secret


def kdf(key: Secret, derivation: Derivation, context: bytes, length: int) -> bytes:
    """`length` bytes by counter mode with CMAC (NIST SP 800-108; Amendment D §4.1.5).

    Each block: 11 zeros and the constant, 00, the length in bits, a counter from 1, the context.
    """
    head = bytes((*bytes(_LABEL_LENGTH - 1), derivation, 0)) + (8 * length).to_bytes(2)
    blocks = -(-length // BLOCK)
    return b"".join(cmac(key, head + bytes((i,)) + context) for i in range(1, blocks + 1))[:length]


def session_keys(keys: KeySet, host_challenge: bytes, card_challenge: bytes) -> Scp03SessionKeys:
    """Session keys (§6.2.1). Raises `EncodeError` for keys that are not AES."""
    if keys.cipher is not KeyCipher.AES:
        raise EncodeError(f"key set {keys.version}: SCP03 takes AES keys")
    context = host_challenge + card_challenge

    def derived(key: Secret, derivation: Derivation) -> Secret:
        return Secret(kdf(key, derivation, context, key.length), "session key")

    return Scp03SessionKeys(
        enc=derived(keys.enc, Derivation.S_ENC),
        mac=derived(keys.mac, Derivation.S_MAC),
        rmac=derived(keys.mac, Derivation.S_RMAC),
        dek=keys.dek,
    )


def card_cryptogram(s_mac: Secret, host_challenge: bytes, card_challenge: bytes, mode: MacMode = MacMode.S8) -> bytes:
    """By this the card proves its keys (§6.2.2.2)."""
    return kdf(s_mac, Derivation.CARD_CRYPTOGRAM, host_challenge + card_challenge, mode)


def host_cryptogram(s_mac: Secret, host_challenge: bytes, card_challenge: bytes, mode: MacMode = MacMode.S8) -> bytes:
    """By this the terminal proves its keys (§6.2.2.3)."""
    return kdf(s_mac, Derivation.HOST_CRYPTOGRAM, host_challenge + card_challenge, mode)


def card_challenge(static_enc: Secret, counter: bytes, aid: bytes, mode: MacMode = MacMode.S8) -> bytes:
    """The pseudo-random card challenge from sequence counter and security domain's AID, for i with bit 5 (§6.2.2.1)."""
    if len(counter) != COUNTER_LENGTH:
        raise EncodeError(f"the sequence counter of SCP03 has {COUNTER_LENGTH} bytes, not {len(counter)}")
    return kdf(static_enc, Derivation.CARD_CHALLENGE, counter + aid, mode)


def cmac(key: Secret, data: bytes) -> bytes:
    """AES-CMAC, 16 bytes (NIST SP 800-38B)."""
    mac = CMAC(algorithms.AES(key.reveal()))
    mac.update(data)
    return mac.finalize()


def chained_mac(key: Secret, chaining: bytes, data: bytes) -> bytes:
    """CMAC over the MAC chaining value and `data`, 16 bytes (§6.2.4, §6.2.5).

    The whole is the next chaining value of commands; the first `MacMode` bytes of it go over the wire. For an answer
    the chaining value is the one of its command and stays.
    """
    return cmac(key, chaining + data)


def command_icv(s_enc: Secret, counter: int) -> bytes:
    """ICV for command data: the encryption counter as a block, enciphered (§6.2.6)."""
    return _block(s_enc, counter.to_bytes(BLOCK))


def response_icv(s_enc: Secret, counter: int) -> bytes:
    """ICV for response data: the command's counter with the first byte 80 (§6.2.7)."""
    return _block(s_enc, bytes((_RESPONSE_BIT,)) + counter.to_bytes(BLOCK - 1))


def encrypt_data(s_enc: Secret, icv: bytes, data: bytes) -> bytes:
    """Padded and enciphered, CBC (§6.2.6)."""
    return _cbc(s_enc, icv, pad(data, BLOCK), encrypt=True)


def decrypt_data(s_enc: Secret, icv: bytes, data: bytes) -> bytes:
    """Deciphered and without padding. Raises `DecodeError` for a wrong length or padding."""
    return unpad(_cbc(s_enc, icv, data, encrypt=False))


def encrypt_key(dek: Secret, key: bytes, filling: bytes = bytes(BLOCK)) -> bytes:
    """A key under the static DEK, CBC with ICV zero (§6.2.8, §7.2). An incomplete last block is filled from `filling`.

    The specification leaves the filling open; random bytes give nothing away.
    """
    missing = -len(key) % BLOCK
    if len(filling) < missing:
        raise EncodeError(f"{missing} filling bytes are needed")
    return _cbc(dek, bytes(BLOCK), key + filling[:missing], encrypt=True)


def decrypt_key(dek: Secret, data: bytes, length: int) -> bytes:
    """The first `length` bytes of what `encrypt_key` hid."""
    return _cbc(dek, bytes(BLOCK), data, encrypt=False)[:length]


def _block(key: Secret, block: bytes) -> bytes:
    # One block by definition, so ECB is not a choice here.
    encryptor = Cipher(algorithms.AES(key.reveal()), modes.ECB()).encryptor()  # noqa: S305
    return encryptor.update(block) + encryptor.finalize()


def _cbc(key: Secret, icv: bytes, data: bytes, *, encrypt: bool) -> bytes:
    if not data or len(data) % BLOCK:
        raise DecodeError(f"{len(data)} bytes are not a number of whole blocks")
    cipher = Cipher(algorithms.AES(key.reveal()), modes.CBC(icv))
    context = cipher.encryptor() if encrypt else cipher.decryptor()
    return context.update(data) + context.finalize()
