"""Where fresh keys and codes come from: the system's CSPRNG, or a master key from which they can be made again.

Digits are uniform: a byte below 250 gives its last decimal digit, others are passed over. No key is given out that
looks made by hand (`weakness`); how many were refused is counted.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from simtool.crypto.column import Column
from simtool.crypto.kdf import Cmac, derive_key
from simtool.errors import EncodeError

FAIR = 250
DIGIT_OF = bytes(48 + value % 10 for value in range(256))
UNFAIR = bytes(range(FAIR, 256))
FEW_VALUES = 6
"""A random key of 16 bytes has so few different byte values once in 10^12 times."""
MANY_VALUES = 10
MAX_DRAWS = 100
DERIVED_DIGIT_BYTES = 32

Draw = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A column of keys, and how many were refused on the way as weak."""

    keys: Column
    refused: int = 0


class KeySource(Protocol):
    """Makes one key or code per card. `purpose` keeps the keys of one card apart, `iccids` are ASCII digits."""

    def keys(self, purpose: str, iccids: Column, length: int) -> Drawn: ...

    def digits(self, purpose: str, iccids: Column, length: int) -> Column: ...


class RandomSource:
    """The system's CSPRNG (or `draw`, which gives as many bytes as asked for)."""

    __slots__ = ("_draw",)

    def __init__(self, draw: Draw = os.urandom) -> None:
        self._draw = draw

    def keys(self, purpose: str, iccids: Column, length: int) -> Drawn:
        """Raises `EncodeError` when the source gives nothing but weak keys."""
        drawn = Column(length, self._draw(length * len(iccids)))
        weak = [index for index, key in enumerate(drawn) if weakness(key)]
        if not weak:
            return Drawn(drawn)
        values, refused = drawn.values(), 0
        for index in weak:
            while weakness(values[index]):
                refused += 1
                if refused > MAX_DRAWS + len(weak):
                    raise EncodeError(
                        "the random source gives weak keys only", hint="do not use this computer for keys"
                    )
                values[index] = self._draw(length)
        return Drawn(Column.of(values), refused)

    def digits(self, purpose: str, iccids: Column, length: int) -> Column:
        wanted = length * len(iccids)
        found = b""
        while len(found) < wanted:
            missing = wanted - len(found)
            found += fair_digits(self._draw(missing + missing // 32 + 8))
        return Column(length, found[:wanted])


class DerivedSource:
    """Derived from a master key over purpose and ICCID: the same card always gets the same keys."""

    __slots__ = ("_cmac",)

    def __init__(self, cmac: Cmac) -> None:
        self._cmac = cmac

    def keys(self, purpose: str, iccids: Column, length: int) -> Drawn:
        """Raises `EncodeError` for a card whose derived key is weak: that card number cannot be used."""
        label = purpose.encode()
        keys = [derive_key(self._cmac, label, iccid, length) for iccid in iccids]
        for iccid, key in zip(iccids, keys, strict=True):
            if weakness(key):
                raise EncodeError(f"the derived {purpose} of {iccid.decode()} is weak", hint="leave this number out")
        return Drawn(Column(length, b"".join(keys)))

    def digits(self, purpose: str, iccids: Column, length: int) -> Column:
        found = []
        for iccid in iccids:
            digits, number = b"", 0
            while len(digits) < length:
                label = f"{purpose} {number}".encode()
                digits += fair_digits(derive_key(self._cmac, label, iccid, DERIVED_DIGIT_BYTES))
                number += 1
            found.append(digits[:length])
        return Column(length, b"".join(found))


def fair_digits(raw: bytes) -> bytes:
    """Uniform ASCII digits out of uniform bytes, a few less than there were bytes."""
    return raw.translate(DIGIT_OF, UNFAIR)


def weakness(key: bytes) -> str:
    """Why a key is not to be used, in words that give nothing of it away; empty if nothing is wrong with it.

    Found are few different bytes, repetition, bytes that count up or down, and text.
    """
    different = len(set(key))
    counts = key[1] - key[0] & 0xFF == key[2] - key[1] & 0xFF == key[3] - key[2] & 0xFF
    if different >= MANY_VALUES and not counts and not key.isascii():
        return ""
    if different < min(FEW_VALUES, len(key) - 1):
        return "few different bytes"
    if any(key == (key[:period] * len(key))[: len(key)] for period in range(1, len(key) // 2 + 1)):
        return "repeats itself"
    if len({(after - before) & 0xFF for before, after in zip(key, key[1:], strict=False)}) == 1:
        return "counts"
    nibbles = key.hex()
    if len({(int(after, 16) - int(before, 16)) % 16 for before, after in zip(nibbles, nibbles[1:], strict=False)}) == 1:
        return "counts"
    if key.isascii() and key.decode("ascii").isprintable():
        return "is text"
    return ""
