"""Secure Channel Protocol '02': the algorithms (GlobalPlatform Card Specification 2.3, Annex E).

Triple DES with two keys. Everything here is a function of its arguments: chaining of MACs, counters and what to send
when are the business of the two sides that use it.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, modes

from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.padding import pad, unpad
from simtool.crypto.secret import Secret
from simtool.crypto.triple_des import BLOCK, triple_des
from simtool.errors import DecodeError, EncodeError

ZERO_ICV = bytes(BLOCK)
MAC_LENGTH = BLOCK
COUNTER_LENGTH = 2
HOST_CHALLENGE_LENGTH = 8
CARD_CHALLENGE_LENGTH = 6
KEY_LENGTH = 16
_CONSTANT_C_MAC = b"\x01\x01"
_CONSTANT_R_MAC = b"\x01\x02"
_CONSTANT_DEK = b"\x01\x81"
_CONSTANT_ENC = b"\x01\x82"


@dataclass(frozen=True, slots=True)
class Scp02SessionKeys:
    """Keys of one session, 16 bytes each."""

    enc: Secret
    c_mac: Secret
    r_mac: Secret
    dek: Secret


def session_keys(keys: KeySet, counter: bytes) -> Scp02SessionKeys:
    """Session keys from the static keys and the 2 bytes of the sequence counter (§E.4.1).

    A card with one base key (i without bit 1) has the same key three times. Raises `EncodeError` for keys that are not
    double-length DES, or another length of the counter.
    """
    if keys.cipher is not KeyCipher.DES or keys.enc.length != KEY_LENGTH:
        raise EncodeError(f"key set {keys.version}: SCP02 takes DES keys of {KEY_LENGTH} bytes")
    if len(counter) != COUNTER_LENGTH:
        raise EncodeError(f"the sequence counter of SCP02 has {COUNTER_LENGTH} bytes, not {len(counter)}")

    def derived(key: Secret, constant: bytes) -> Secret:
        return Secret(_cbc_encrypt(key, constant + counter + bytes(12)), "session key")

    return Scp02SessionKeys(
        enc=derived(keys.enc, _CONSTANT_ENC),
        c_mac=derived(keys.mac, _CONSTANT_C_MAC),
        r_mac=derived(keys.mac, _CONSTANT_R_MAC),
        dek=derived(keys.dek, _CONSTANT_DEK),
    )


def card_cryptogram(s_enc: Secret, host_challenge: bytes, counter: bytes, card_challenge: bytes) -> bytes:
    """8 bytes by which the card proves its keys (§E.4.2.1)."""
    return _full_mac(s_enc, host_challenge + counter + card_challenge)


def host_cryptogram(s_enc: Secret, host_challenge: bytes, counter: bytes, card_challenge: bytes) -> bytes:
    """8 bytes by which the terminal proves its keys (§E.4.2.2)."""
    return _full_mac(s_enc, counter + card_challenge + host_challenge)


def retail_mac(key: Secret, data: bytes, icv: bytes = ZERO_ICV) -> bytes:
    """Single DES in CBC mode and a final triple DES over the padded `data`, 8 bytes (§B.1.2.2).

    C-MAC over a command with the C-MAC session key, R-MAC over command and answer with the R-MAC session key.
    """
    padded = pad(data, BLOCK)
    if len(padded) > BLOCK:  # all blocks but the last with the first half of the key alone
        icv = _des_cbc(key, padded[:-BLOCK], icv)[-BLOCK:]
    return _cbc_encrypt(key, padded[-BLOCK:], icv)


def encrypt_icv(c_mac: Secret, icv: bytes) -> bytes:
    """The C-MAC of the last command as it serves as ICV of the next, for i with bit 5: single DES (§E.3.4)."""
    return _des_cbc(c_mac, icv, ZERO_ICV)


def card_challenge(c_mac: Secret, aid: bytes) -> bytes:
    """6 bytes of the well-known pseudo-random challenge, for i with bit 7: a MAC over the security domain's AID."""
    return retail_mac(c_mac, aid)[:CARD_CHALLENGE_LENGTH]


def implicit_icv(c_mac: Secret, aid: bytes) -> bytes:
    """First ICV of a session without INITIALIZE UPDATE, for i with bit 4: the MAC over the AID (§E.3.3)."""
    return retail_mac(c_mac, aid)


def encrypt_data(s_enc: Secret, data: bytes) -> bytes:
    """Command data padded and enciphered, ICV zero (§E.4.6)."""
    return _cbc_encrypt(s_enc, pad(data, BLOCK))


def decrypt_data(s_enc: Secret, data: bytes) -> bytes:
    """Command data deciphered and without padding. Raises `DecodeError` for a wrong length or padding."""
    if not data or len(data) % BLOCK:
        raise DecodeError(f"{len(data)} bytes of enciphered data are not a number of whole blocks")
    decryptor = Cipher(triple_des(s_enc.reveal()), modes.CBC(ZERO_ICV)).decryptor()
    return unpad(decryptor.update(data) + decryptor.finalize())


def encrypt_key(dek: Secret, key: bytes) -> bytes:
    """A key (or other sensitive data of whole blocks) under the session DEK, ECB (§E.4.7)."""
    return _ecb(dek, key, encrypt=True)


def decrypt_key(dek: Secret, key: bytes) -> bytes:
    """The key that `encrypt_key` hid."""
    return _ecb(dek, key, encrypt=False)


def _ecb(key: Secret, data: bytes, *, encrypt: bool) -> bytes:
    if not data or len(data) % BLOCK:
        raise EncodeError(f"{len(data)} bytes are not a number of whole blocks")
    cipher = Cipher(triple_des(key.reveal()), modes.ECB())  # noqa: S305 - the specification's mode
    context = cipher.encryptor() if encrypt else cipher.decryptor()
    return context.update(data) + context.finalize()


def _full_mac(key: Secret, data: bytes) -> bytes:
    """Triple DES in CBC mode over the padded data, the last block (§B.1.2.1)."""
    return _cbc_encrypt(key, pad(data, BLOCK))[-BLOCK:]


def _cbc_encrypt(key: Secret, data: bytes, icv: bytes = ZERO_ICV) -> bytes:
    encryptor = Cipher(triple_des(key.reveal()), modes.CBC(icv)).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def _des_cbc(key: Secret, data: bytes, icv: bytes) -> bytes:
    """Single DES with the first half of the key: triple DES with three equal keys."""
    encryptor = Cipher(triple_des(key.reveal()[:BLOCK] * 2), modes.CBC(icv)).encryptor()
    return encryptor.update(data) + encryptor.finalize()
