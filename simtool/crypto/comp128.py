"""COMP128 versions 1, 2 and 3: A3 and A8 of many GSM SIMs (the interface: TS 43.020 §4.3, TS 51.011 §8.16).

No standard describes the algorithms; they became public by themselves. Version 1 gives its key away after some ten
thousand challenges and is here only because old subscriptions have it. Versions 1 and 2 leave the last ten bits of Kc
zero.
"""

from __future__ import annotations

from itertools import chain

from simtool.crypto.comp128_tables import V1_LEVELS, V23_INNER, V23_OUTER
from simtool.errors import EncodeError

ROUNDS = 8
LEVELS = 5
KC_WEAK_BITS = 10


def comp128(version: int, ki: bytes, rand: bytes) -> tuple[bytes, bytes]:
    """SRES (4 bytes) and Kc (8 bytes) for Ki and RAND of 16 bytes each; `version` is 1, 2 or 3.

    Raises `EncodeError` for anything else.
    """
    for name, value in (("Ki", ki), ("RAND", rand)):
        if len(value) != 16:
            raise EncodeError(f"{name} must be 16 bytes, not {len(value)}")
    if version == 1:
        return _version_1(ki, rand)
    if version not in (2, 3):
        raise EncodeError(f"there is no COMP128 version {version}")
    sres, kc = _version_3(ki, rand)
    if version == 2:
        kc = (int.from_bytes(kc) >> KC_WEAK_BITS << KC_WEAK_BITS).to_bytes(8)
    return sres, kc


def _version_1(ki: bytes, rand: bytes) -> tuple[bytes, bytes]:
    """Eight times: key before the block, five levels of butterflies down to 4 bits, bits dealt out anew."""
    block = rand
    nibbles = 0
    for number in range(ROUNDS):
        nibbles = _compress(ki + block)
        if number < ROUNDS - 1:
            block = _deal(nibbles)
    sres = (nibbles >> 96).to_bytes(4)
    kc = (nibbles & (1 << 54) - 1) << KC_WEAK_BITS
    return sres, kc.to_bytes(8)


def _compress(state: bytes) -> int:
    """32 bytes to 32 nibbles, given as one number of 128 bits, the first nibble most significant."""
    x = list(state)
    for level, table in enumerate(V1_LEVELS):
        size = 16 >> level
        mask = len(table) - 1
        for first in range(32):
            if first & size:
                continue
            second = first + size
            a, b = x[first], x[second]
            x[first], x[second] = table[(a + 2 * b) & mask], table[(2 * a + b) & mask]
    packed = 0
    for nibble in x:
        packed = packed << 4 | nibble
    return packed


def _deal(bits: int) -> bytes:
    """The block for the next round: its bit n is bit 17 n of the 128, counted from the most significant."""
    dealt = 0
    for number in range(128):
        dealt = dealt << 1 | bits >> (127 - 17 * number % 128) & 1
    return dealt.to_bytes(16)


def _version_3(ki: bytes, rand: bytes) -> tuple[bytes, bytes]:
    """Eight rounds with the constant key Ki xor RAND; everything is little-endian inside."""
    key = bytes(k ^ r for k, r in zip(reversed(ki), reversed(rand), strict=True))
    block = rand[::-1]
    for _ in range(ROUNDS):
        block = _round(block, key)
    output = block[::-1]
    return output[:4], output[8:]


def _round(block: bytes, key: bytes) -> bytes:
    """Five levels over two halves of 16 bytes, woven together in groups of 1, 2, 4, 8, 16; then every 19th bit."""
    left, right = block, key
    for level in range(LEVELS):
        new_left = _substitute(right, left)
        new_right = _substitute(new_left, right)
        group = 1 << level
        starts = range(0, 16, group)
        woven = bytes(chain.from_iterable(new_left[at : at + group] + new_right[at : at + group] for at in starts))
        left, right = woven[:16], woven[16:]
    bits = int.from_bytes(left + right, "little")
    chosen = 0
    for number in range(128):
        chosen |= (bits >> (19 * (number + 1) % 256) & 1) << number
    return chosen.to_bytes(16, "little")


def _substitute(a: bytes, b: bytes) -> bytes:
    return bytes(V23_OUTER[V23_INNER[x] ^ y] for x, y in zip(a, b, strict=True))
