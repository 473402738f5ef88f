"""Block ciphers, their padding, and MACs made of them (FIPS 197, SP 800-38A and B, SP 800-67, ISO/IEC 9797-1, PKCS #5).

A DES key of 8 bytes is single DES; the parity bits of DES keys do not matter.
"""

from __future__ import annotations

from enum import Enum, IntEnum

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, CipherAlgorithm
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, CTR, ECB
from cryptography.hazmat.primitives.cmac import CMAC


class Pad(IntEnum):
    """Padding methods, numbered as in javacardx.crypto.Cipher."""

    NULL = 0
    NOPAD = 1
    ISO9797_M1 = 2
    ISO9797_M2 = 3
    ISO9797_1_M1_ALG3 = 4
    ISO9797_1_M2_ALG3 = 5
    PKCS5 = 6
    PKCS1 = 7
    PKCS1_PSS = 8
    PKCS1_OAEP = 9
    OAEP_SHA224 = 13
    OAEP_SHA256 = 14
    OAEP_SHA384 = 15
    OAEP_SHA512 = 16
    OAEP_SHA3_224 = 17
    OAEP_SHA3_256 = 18
    OAEP_SHA3_384 = 19
    OAEP_SHA3_512 = 20


class Block(Enum):
    """A block cipher by the size of its block in bytes."""

    DES = 8
    AES = 16


class BadPadding(Exception):  # noqa: N818  # becomes CryptoException.ILLEGAL_USE
    """A message that is not a whole number of blocks, or one that does not end as its padding method says."""


def _algorithm(block: Block, key: bytes) -> CipherAlgorithm:
    if block is Block.AES:
        return AES(key)
    return TripleDES({8: key * 3, 16: key + key[:8]}.get(len(key), key))


def ecb(block: Block, key: bytes, data: bytes, *, encrypt: bool) -> bytes:
    """Whole blocks, each for itself."""
    cipher = Cipher(_algorithm(block, key), ECB())  # noqa: S305  # what the API offers
    return (cipher.encryptor() if encrypt else cipher.decryptor()).update(data)


def cbc(block: Block, key: bytes, iv: bytes, data: bytes, *, encrypt: bool) -> bytes:
    """Whole blocks, chained."""
    cipher = Cipher(_algorithm(block, key), CBC(iv))
    return (cipher.encryptor() if encrypt else cipher.decryptor()).update(data)


def ctr(key: bytes, counter: bytes, skip: int, data: bytes) -> bytes:
    """AES in counter mode, of which `skip` bytes are over already; both directions are the same."""
    start = (int.from_bytes(counter, "big") + skip // 16) % 2**128
    over = skip % 16
    return Cipher(AES(key), CTR(start.to_bytes(16, "big"))).encryptor().update(bytes(over) + data)[over:]


def pad(method: Pad, size: int, data: bytes, *, empty: bool) -> bytes:
    """The last part of a message, shorter than a block, with its padding; `empty`: nothing came before it.

    Raises `BadPadding` where the method adds nothing and a block is not complete, or there is no data at all.
    """
    match method:
        case Pad.ISO9797_M1 | Pad.ISO9797_1_M1_ALG3:
            return data + bytes(-len(data) % size) if data or not empty else bytes(size)
        case Pad.ISO9797_M2 | Pad.ISO9797_1_M2_ALG3:
            return data + b"\x80" + bytes(-(len(data) + 1) % size)
        case Pad.PKCS5:
            count = size - len(data) % size
            return data + bytes([count]) * count
    if len(data) % size or (empty and not data):
        raise BadPadding
    return data


def unpad(method: Pad, size: int, data: bytes) -> bytes:
    """The last block of a deciphered message without its padding; method 1 stays, it cannot be told from data.

    Raises `BadPadding`.
    """
    if method is Pad.ISO9797_M2:
        found = data.rstrip(b"\0")
        if not found.endswith(b"\x80") or len(data) - len(found) >= size:
            raise BadPadding
        return found[:-1]
    if method is Pad.PKCS5:
        count = data[-1] if data else 0
        if not 1 <= count <= size or data[-count:] != bytes([count]) * count:
            raise BadPadding
        return data[:-count]
    return data


def cbc_mac(block: Block, key: bytes, iv: bytes, message: bytes) -> bytes:
    """The last block of the message in CBC mode (ISO/IEC 9797-1 MAC algorithm 1; DES outer CBC)."""
    return cbc(block, key, iv, message, encrypt=True)[-block.value :]


def retail_mac(key: bytes, iv: bytes, message: bytes) -> bytes:
    """ISO/IEC 9797-1 MAC algorithm 3: single DES with the left half, the last block triple with both."""
    left, right = key[:8], key[8:16]
    last = cbc_mac(Block.DES, left, iv, message)
    return ecb(Block.DES, left, ecb(Block.DES, right, last, encrypt=False), encrypt=True)


def cmac(key: bytes, message: bytes) -> bytes:
    """AES CMAC (SP 800-38B), 16 bytes."""
    mac = CMAC(AES(key))
    mac.update(message)
    return mac.finalize()
