"""Finding COMPREHENSION-TLV objects where they stand in a list (TS 101 220 §7.1.1; TS 102 241 annex A, ViewHandler).

A list may hold anything that an applet has put there: at what is no complete object, the list ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simtool.codec.tlv import decode_length, encode_length
from simtool.errors import DecodeError

_THREE_BYTES = 0x7F
_REQUIRED = 0x80


@dataclass(frozen=True, slots=True)
class Element:
    """An object: its tag without the flag (None for one of three bytes), the flag, and where its value is."""

    tag: int | None
    required: bool
    start: int
    length: int


def elements(tlvs: bytes) -> Iterator[Element]:
    """The objects of a list in order."""
    at = 0
    while at < len(tlvs):
        lead = tlvs[at]
        wide = lead == _THREE_BYTES
        try:
            length, start = decode_length(tlvs, at + (3 if wide else 1))
        except DecodeError:
            return
        if start + length > len(tlvs):
            return
        flagged = tlvs[at + 1] if wide else lead
        yield Element(None if wide else lead & ~_REQUIRED, bool(flagged & _REQUIRED), start, length)
        at = start + length


def find(tlvs: bytes, tag: int, occurrence: int = 1) -> Element | None:
    """The object number `occurrence`, from 1, of those with a tag; the flag does not count, neither here nor there."""
    for one in elements(tlvs):
        if one.tag == tag & ~_REQUIRED & 0xFF:
            occurrence -= 1
            if occurrence == 0:
                return one
    return None


def encode(tag: int, value: bytes) -> bytes:
    """An object with a tag of one byte as it is, the flag included."""
    return bytes((tag & 0xFF,)) + encode_length(len(value)) + value
