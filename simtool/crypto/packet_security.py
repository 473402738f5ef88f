"""The algorithms of secured packets: ciphering, checksums and MACs by KIc and KID (TS 102 225 §5.1.2, §5.1.3).

DES, triple DES and AES with an initial chaining value of zero; CRC-16 and CRC-32; CBC-MACs and AES-CMAC. Proprietary
algorithms, and with them digital signatures, are not known here.
"""

from __future__ import annotations

import hmac
import zlib
from dataclasses import dataclass
from enum import Enum, IntEnum

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from simtool.crypto.key_set import KeyCipher
from simtool.crypto.secret import Secret
from simtool.crypto.triple_des import triple_des
from simtool.errors import DecodeError

MAC_LENGTH, SHORT_MAC_LENGTH = 8, 4


class Integrity(IntEnum):
    """Redundancy check, cryptographic checksum or digital signature (b2 b1 of the first byte of SPI)."""

    NONE = 0
    RC = 1
    CC = 2
    DS = 3


class Algorithm(Enum):
    """Algorithm and mode of KIc and of KID with a CC (§5.1.2, §5.1.3)."""

    DES_CBC = "des"
    DES_ECB = "des-ecb"
    TRIPLE_DES_2 = "3des-2"
    TRIPLE_DES_3 = "3des-3"
    AES = "aes"

    @property
    def block(self) -> int:
        return 16 if self is Algorithm.AES else 8

    @property
    def key_lengths(self) -> tuple[int, ...]:
        return _KEY_LENGTHS[self]


_KEY_LENGTHS = {
    Algorithm.DES_CBC: (8,),
    Algorithm.DES_ECB: (8,),
    Algorithm.TRIPLE_DES_2: (16,),
    Algorithm.TRIPLE_DES_3: (24,),
    Algorithm.AES: (16, 24, 32),
}
_BY_CODE = {0x1: Algorithm.DES_CBC, 0x5: Algorithm.TRIPLE_DES_2, 0x9: Algorithm.TRIPLE_DES_3, 0x2: Algorithm.AES}
_ECB_CODE = 0xD
_IMPLICIT = {8: Algorithm.DES_CBC, 16: Algorithm.TRIPLE_DES_2, 24: Algorithm.TRIPLE_DES_3}
_CRC_LENGTHS = {0x1: 2, 0x5: 4}


@dataclass(frozen=True, slots=True)
class PacketKey:
    """A key and the cipher it is for."""

    cipher: KeyCipher
    value: Secret


@dataclass(frozen=True, slots=True)
class PacketKeys:
    """The keys that KIc and KID name, as far as they are needed. AES-CMACs are cut to `mac_length` bytes, 8 or 4."""

    kic: PacketKey | None = None
    kid: PacketKey | None = None
    mac_length: int = MAC_LENGTH


def algorithm(code: int, key: PacketKey, *, ciphering: bool) -> Algorithm:
    """Algorithm of KIc (`ciphering`) or KID, whose byte is `code`.

    With 00 in its lowest bits the algorithm is the key's. Raises `DecodeError` for a reserved or proprietary one, and
    where the key is not one for it.
    """
    low, aes, length = code & 0x0F, key.cipher is KeyCipher.AES, key.value.length
    if not code & 0x03:
        found = Algorithm.AES if aes else _IMPLICIT.get(length)
    elif ciphering and low == _ECB_CODE:
        found = Algorithm.DES_ECB
    else:
        found = _BY_CODE.get(low)
    if found is None or length not in found.key_lengths or aes is not (found is Algorithm.AES):
        raise DecodeError(
            f"{'KIc' if ciphering else 'KID'} {code:02X} does not fit a {key.cipher.value} key of {length} bytes"
        )
    return found


def encipher(kind: Algorithm, key: PacketKey, data: bytes) -> bytes:
    """Whole blocks under KIc; the initial chaining value is zero (§5.1.2)."""
    context = _cipher(kind, key).encryptor()
    return context.update(data) + context.finalize()


def decipher(kind: Algorithm, key: PacketKey, data: bytes) -> bytes:
    """The other way. Raises `DecodeError` for what is not whole blocks."""
    if not data or len(data) % kind.block:
        raise DecodeError(f"{len(data)} ciphered bytes are not whole blocks")
    context = _cipher(kind, key).decryptor()
    return context.update(data) + context.finalize()


def checksum_length(kid: int) -> int:
    """2 or 4 bytes of the CRC that KID names for an RC (§5.1.3.2). Raises `DecodeError` for another one."""
    if kid & 0x0F not in _CRC_LENGTHS:
        raise DecodeError(f"KID {kid:02X} names no CRC")
    return _CRC_LENGTHS[kid & 0x0F]


def crc(data: bytes, length: int) -> bytes:
    """CRC-16 or CRC-32 of ISO/IEC 13239, the highest bits first (§5.1.3.2)."""
    return zlib.crc32(data).to_bytes(4) if length == 4 else _crc16(data).to_bytes(2)


def mac(kind: Algorithm, key: PacketKey, data: bytes, length: int = MAC_LENGTH) -> bytes:
    """The cryptographic checksum: CBC-MAC over `data` filled up with zeros, or AES-CMAC cut to `length` (§5.1.3.1)."""
    if kind is Algorithm.AES:
        made = CMAC(algorithms.AES(key.value.reveal()))
        made.update(data)
        return made.finalize()[:length]
    return encipher(kind, key, data + bytes(-len(data) % kind.block))[-kind.block :]


def integrity_length(kind: Integrity, kid: int, keys: PacketKeys) -> int:
    """Bytes of RC or CC. Raises `DecodeError` for a DS and where KID has no algorithm or no key."""
    match kind:
        case Integrity.NONE:
            return 0
        case Integrity.RC:
            return checksum_length(kid)
        case Integrity.CC if keys.kid is not None:
            return keys.mac_length if algorithm(kid, keys.kid, ciphering=False) is Algorithm.AES else MAC_LENGTH
        case _:
            raise DecodeError(f"no key, or no known algorithm, for a {kind.name}")


def integrity_of(kind: Integrity, kid: int, keys: PacketKeys, data: bytes) -> bytes:
    """RC or CC over `data`; empty for NONE. Raises as `integrity_length` does."""
    length = integrity_length(kind, kid, keys)
    if kind is Integrity.CC and keys.kid is not None:
        return mac(algorithm(kid, keys.kid, ciphering=False), keys.kid, data, length)
    return crc(data, length) if length else b""


def verify(kind: Integrity, kid: int, keys: PacketKeys, covered: bytes, given: bytes) -> bool:
    """Whether an RC or CC fits. Raises as `integrity_length` does."""
    return hmac.compare_digest(integrity_of(kind, kid, keys, covered), given)


def _cipher(kind: Algorithm, key: PacketKey) -> Cipher[modes.CBC | modes.ECB]:
    raw = key.value.reveal()
    if kind is Algorithm.AES:
        return Cipher(algorithms.AES(raw), modes.CBC(bytes(kind.block)))
    if kind is Algorithm.DES_ECB:  # one of the modes of the specification
        return Cipher(triple_des(raw * 3), modes.ECB())  # noqa: S305
    # Single DES is triple DES with three equal keys.
    return Cipher(triple_des(raw * 3 if len(raw) == 8 else raw), modes.CBC(bytes(kind.block)))


def _crc16(data: bytes) -> int:
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0x8408 if value & 1 else value >> 1
    return value ^ 0xFFFF
