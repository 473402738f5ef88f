"""Hash functions, also from an intermediate hash value on (FIPS 180-4, FIPS 202, RFC 1321).

hashlib does the work unless the starting value is not the standard's: then the compression functions below do.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum


class Hash(IntEnum):
    """Codes of MessageDigest: those that this card has."""

    SHA_1 = 1
    MD5 = 2
    SHA_256 = 4
    SHA_384 = 5
    SHA_512 = 6
    SHA_224 = 7
    SHA3_224 = 8
    SHA3_256 = 9
    SHA3_384 = 10
    SHA3_512 = 11


@dataclass(frozen=True, slots=True)
class HashInfo:
    """`name` in hashlib; `length` of the result, `block`, and of the intermediate value `chaining` (0: not
    available) in bytes."""

    name: str
    length: int
    block: int
    chaining: int


HASHES = {
    Hash.SHA_1: HashInfo("sha1", 20, 64, 20),
    Hash.MD5: HashInfo("md5", 16, 64, 16),
    Hash.SHA_224: HashInfo("sha224", 28, 64, 32),
    Hash.SHA_256: HashInfo("sha256", 32, 64, 32),
    Hash.SHA_384: HashInfo("sha384", 48, 128, 64),
    Hash.SHA_512: HashInfo("sha512", 64, 128, 64),
    Hash.SHA3_224: HashInfo("sha3_224", 28, 144, 0),
    Hash.SHA3_256: HashInfo("sha3_256", 32, 136, 0),
    Hash.SHA3_384: HashInfo("sha3_384", 48, 104, 0),
    Hash.SHA3_512: HashInfo("sha3_512", 64, 72, 0),
}


def digest(code: Hash, data: bytes) -> bytes:
    """The hash of a whole message."""
    return hashlib.new(HASHES[code].name, data, usedforsecurity=False).digest()


def digest_from(code: Hash, chaining: bytes, before: int, data: bytes) -> bytes:
    """The hash of a message of which the first `before` bytes (whole blocks) gave the intermediate value `chaining`.

    Not for those whose `chaining` is 0 in the table.
    """
    info = HASHES[code]
    little = code is Hash.MD5
    size = 8 if info.block == 128 else 4
    order = "little" if little else "big"
    words = [int.from_bytes(chaining[at : at + size], order) for at in range(0, len(chaining), size)]  # type: ignore[arg-type]
    counter = 2 * size
    bits = 8 * (before + len(data))
    padded = data + b"\x80" + bytes(-(len(data) + 1 + counter) % info.block) + bits.to_bytes(counter, order)  # type: ignore[arg-type]
    compress = _COMPRESS[code]
    for at in range(0, len(padded), info.block):
        words = compress(words, padded[at : at + info.block])
    return b"".join(one.to_bytes(size, order) for one in words)[: info.length]  # type: ignore[arg-type]


def _rotl(word: int, count: int) -> int:
    return (word << count | word >> 32 - count) & 0xFFFFFFFF


def _sha1(state: list[int], block: bytes) -> list[int]:
    w = [int.from_bytes(block[at : at + 4], "big") for at in range(0, 64, 4)]
    for t in range(16, 80):
        w.append(_rotl(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1))
    a, b, c, d, e = state
    for t in range(80):
        if t < 20:
            f, k = b & c | ~b & d, 0x5A827999
        elif t < 40:
            f, k = b ^ c ^ d, 0x6ED9EBA1
        elif t < 60:
            f, k = b & c | b & d | c & d, 0x8F1BBCDC
        else:
            f, k = b ^ c ^ d, 0xCA62C1D6
        a, b, c, d, e = (_rotl(a, 5) + f + e + k + w[t]) & 0xFFFFFFFF, a, _rotl(b, 30), c, d
    return [(x + y) & 0xFFFFFFFF for x, y in zip(state, (a, b, c, d, e), strict=True)]


_MD5_SHIFTS = (7, 12, 17, 22), (5, 9, 14, 20), (4, 11, 16, 23), (6, 10, 15, 21)
_MD5_TABLE = [int(abs(math.sin(one + 1)) * 2**32) for one in range(64)]


def _md5(state: list[int], block: bytes) -> list[int]:
    x = [int.from_bytes(block[at : at + 4], "little") for at in range(0, 64, 4)]
    a, b, c, d = state
    for t in range(64):
        if t < 16:
            f, at = b & c | ~b & d, t
        elif t < 32:
            f, at = d & b | ~d & c, (5 * t + 1) % 16
        elif t < 48:
            f, at = b ^ c ^ d, (3 * t + 5) % 16
        else:
            f, at = c ^ (b | ~d & 0xFFFFFFFF), 7 * t % 16
        rotated = _rotl((a + f + _MD5_TABLE[t] + x[at]) & 0xFFFFFFFF, _MD5_SHIFTS[t // 16][t % 4])
        a, b, c, d = d, (b + rotated) & 0xFFFFFFFF, b, c
    return [(one + other) & 0xFFFFFFFF for one, other in zip(state, (a, b, c, d), strict=True)]


def _primes(count: int) -> list[int]:
    found: list[int] = []
    number = 2
    while len(found) < count:
        if all(number % one for one in found):
            found.append(number)
        number += 1
    return found


def _cube_root(number: int) -> int:
    """The integer part of the cube root."""
    root: int = 1 << (number.bit_length() + 2) // 3
    while True:
        closer: int = (2 * root + number // (root * root)) // 3
        if closer >= root:
            return root
        root = closer


@dataclass(frozen=True, slots=True)
class _Sha2:
    """The constants of one word size (FIPS 180-4 §4.1.2, §4.1.3)."""

    bits: int
    rounds: int
    big: tuple[tuple[int, int, int], tuple[int, int, int]]
    small: tuple[tuple[int, int, int], tuple[int, int, int]]
    """Two rotations and, in `small`, a shift."""

    def constants(self) -> list[int]:
        """The first bits of the fractional parts of the cube roots of the first primes."""
        return [_cube_root(one << 3 * self.bits) % 2**self.bits for one in _primes(self.rounds)]


_SHA_256 = _Sha2(32, 64, ((2, 13, 22), (6, 11, 25)), ((7, 18, 3), (17, 19, 10)))
_SHA_512 = _Sha2(64, 80, ((28, 34, 39), (14, 18, 41)), ((1, 8, 7), (19, 61, 6)))


def _sha2(kind: _Sha2) -> Callable[[list[int], bytes], list[int]]:
    constants, bits, mask = kind.constants(), kind.bits, (1 << kind.bits) - 1

    def rotr(word: int, count: int) -> int:
        return (word >> count | word << bits - count) & mask

    def big(word: int, which: int) -> int:
        one, two, three = kind.big[which]
        return rotr(word, one) ^ rotr(word, two) ^ rotr(word, three)

    def small(word: int, which: int) -> int:
        one, two, shift = kind.small[which]
        return rotr(word, one) ^ rotr(word, two) ^ word >> shift

    def compress(state: list[int], block: bytes) -> list[int]:
        size = bits // 8
        w = [int.from_bytes(block[at : at + size], "big") for at in range(0, len(block), size)]
        for t in range(16, kind.rounds):
            w.append((small(w[t - 2], 1) + w[t - 7] + small(w[t - 15], 0) + w[t - 16]) & mask)
        a, b, c, d, e, f, g, h = state
        for t in range(kind.rounds):
            one = h + big(e, 1) + (e & f ^ ~e & g) + constants[t] + w[t]
            two = big(a, 0) + (a & b ^ a & c ^ b & c)
            a, b, c, d, e, f, g, h = (one + two) & mask, a, b, c, (d + one) & mask, e, f, g
        return [(x + y) & mask for x, y in zip(state, (a, b, c, d, e, f, g, h), strict=True)]

    return compress


_sha_256, _sha_512 = _sha2(_SHA_256), _sha2(_SHA_512)
_COMPRESS = {
    Hash.SHA_1: _sha1,
    Hash.MD5: _md5,
    Hash.SHA_224: _sha_256,
    Hash.SHA_256: _sha_256,
    Hash.SHA_384: _sha_512,
    Hash.SHA_512: _sha_512,
}
