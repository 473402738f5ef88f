"""PUT KEY: new key sets and replaced ones, of secure channels and of secured packets.

GlobalPlatform Card Specification 2.3 §11.8, Amendment D §7.2; TS 102 226 §8.2.1.5 for the keys of SCP80. Keys leave
enciphered under the session's DEK only, each with its check value, and the card's answer must repeat these.
"""

from __future__ import annotations

from simtool.card.processors import ApduLink
from simtool.codec.apdu import SHORT_LE_MAX, CommandApdu
from simtool.codec.globalplatform import KeyType
from simtool.codec.tlv import encode_length
from simtool.crypto.key_set import CHECK_VALUE_LENGTH, KeyCipher, KeySet, check_value
from simtool.crypto.secret import Secret
from simtool.errors import CardError, RefusedError
from simtool.gp.secure_channel import SecureLink, room_of
from simtool.gp.transact import CLA_GP, INS_PUT_KEY, transact, transact_in_parts

OTA_VERSIONS = range(0x01, 0x10)
"""Versions of key sets for secured packets (TS 102 225 §5.1.1)."""
_SEVERAL = 0x80
_FIRST_KEY = 1


def put_keys(link: SecureLink, keys: KeySet, *, replacing: int | None = None) -> None:
    """PUT KEY of a whole set. `replacing` is the version that it takes the place of; without it the set is new.

    Raises `StatusError` when the card refuses, and `CardError` when the card answers other check values: the set must
    not be used then, but read the key information and put it again.
    """
    what = f"key set {keys.version:02X}"
    body = bytes((keys.version,)) + b"".join(_key_field(link, key, keys.cipher) for key in keys.keys)
    command = CommandApdu(CLA_GP, INS_PUT_KEY, replacing or 0, _FIRST_KEY | _SEVERAL, body, SHORT_LE_MAX)
    answer = transact_in_parts(link, command, link.room, what=what, secret=True).data
    expected = bytes((keys.version,)) + b"".join(keys.check_values)
    if answer[:1] != expected[:1] or answer[1:] not in (b"", expected[1:]):
        raise CardError(
            f"PUT KEY of {what}: the card answers check values that are not those of the keys",
            hint="nothing opens with this set: put it again over the channel that is still open",
        )


def put_ota_keys(link: SecureLink, keys: KeySet, *, replacing: int | None = None) -> None:
    """PUT KEY of KIc, KID and KIK for secured packets. Raises `RefusedError` for a version outside 01 to 0F."""
    if keys.version not in OTA_VERSIONS:
        raise RefusedError(
            f"key version {keys.version:02X} is none of secured packets (01 to 0F)",
            hint="give the OTA key set a version from 1 to 15",
        )
    put_keys(link, keys, replacing=replacing)


def put_single_key(
    link: SecureLink, version: int, identifier: int, key: Secret, cipher: KeyCipher, *, replacing: int | None = None
) -> None:
    """PUT KEY of one key, for example the receipt key of a security domain (version 70 or 71)."""
    body = bytes((version,)) + _key_field(link, key, cipher)
    command = CommandApdu(CLA_GP, INS_PUT_KEY, replacing or 0, identifier, body, SHORT_LE_MAX)
    answer = transact(link, command, what=f"key {identifier} of version {version:02X}", secret=True).data
    expected = bytes((version,)) + check_value(key, cipher)
    if answer not in (expected, expected[:1]):
        raise CardError(f"PUT KEY of key {identifier}, version {version:02X}: the card answers another check value")


def put_rsa_key(link: ApduLink, version: int, identifier: int, modulus: int, exponent: int) -> None:
    """PUT KEY of a public RSA key for tokens or DAP: public, so it travels in clear (§11.8.2.3.1, table 11-68)."""
    parts = []
    for kind, number in ((KeyType.RSA_MODULUS, modulus), (KeyType.RSA_PUBLIC_EXPONENT, exponent)):
        raw = number.to_bytes((number.bit_length() + 7) // 8)
        parts.append(bytes((kind,)) + encode_length(len(raw)) + raw)
    body = bytes((version,)) + b"".join(parts) + b"\x00"
    command = CommandApdu(CLA_GP, INS_PUT_KEY, 0, identifier, body, SHORT_LE_MAX)
    transact_in_parts(link, command, room_of(link), what=f"public key {identifier} of version {version:02X}")


def _key_field(link: SecureLink, key: Secret, cipher: KeyCipher) -> bytes:
    """Key type, enciphered key and check value. An AES key says its own length inside (Amendment D §7.2)."""
    hidden = link.channel.encrypt_key(key.reveal())
    if cipher is KeyCipher.AES:
        field = bytes((KeyType.AES, len(hidden) + 1, key.length)) + hidden
    else:
        field = bytes((KeyType.DES, len(hidden))) + hidden
    return field + bytes((CHECK_VALUE_LENGTH,)) + check_value(key, cipher)
