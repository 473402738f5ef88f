"""COMPREHENSION-TLV data objects of the card application toolkit (TS 101 220 §7.1.1, TS 102 223 §8).

A tag carries a flag: may the receiver ignore the object if it does not know it. The flag is no part of the number:
0x01 to 0x7E are tags of one byte, 0x7F0001 to 0x7F7FFF those of three. Lengths are those of BER-TLV.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simtool.codec.tlv import decode_length, encode_length, split_all
from simtool.errors import DecodeError, EncodeError

_REQUIRED = 0x80
_THREE_BYTES = 0x7F
_RESERVED = (0x00, 0x80, 0xFF)


@dataclass(frozen=True, slots=True)
class ComprehensionTlv:
    """One data object. `comprehension` True: a receiver that does not know the tag must refuse the whole."""

    tag: int
    value: bytes
    comprehension: bool = True

    def encode(self) -> bytes:
        """The bytes, with the shortest length. Raises `EncodeError` for a number that is no tag."""
        flag = _REQUIRED if self.comprehension else 0
        if 0 < self.tag < _THREE_BYTES:
            head = bytes((flag | self.tag,))
        elif _THREE_BYTES << 16 < self.tag < _THREE_BYTES << 16 | 0x8000:
            head = bytes((_THREE_BYTES, flag | self.tag >> 8 & 0x7F, self.tag & 0xFF))
        else:
            raise EncodeError(f"{self.tag:X} is not the tag of a COMPREHENSION-TLV object")
        return head + encode_length(len(self.value)) + self.value

    def __str__(self) -> str:
        return f"{self.tag:02X}{'!' if self.comprehension else ''}:{self.value.hex()}"


def encode(tag: int, value: bytes, *, comprehension: bool = True) -> bytes:
    """One data object as bytes. Raises `EncodeError`."""
    return ComprehensionTlv(tag, value, comprehension).encode()


def join(tlvs: Iterable[ComprehensionTlv]) -> bytes:
    """Data objects one after the other."""
    return b"".join(tlv.encode() for tlv in tlvs)


def split_first(data: bytes) -> tuple[ComprehensionTlv, bytes]:
    """The first data object and what follows it. Raises `DecodeError` if it is cut short or its tag reserved."""
    if not data:
        raise DecodeError("no data object: nothing is there")
    lead = data[0]
    if lead in _RESERVED:
        raise DecodeError(f"{lead:02X} is not the tag of a COMPREHENSION-TLV object")
    if lead != _THREE_BYTES:
        tag, flag, start = lead & 0x7F, lead & _REQUIRED, 1
    else:
        if len(data) < 3:
            raise DecodeError("a data object ends within its tag")
        tag, flag, start = _THREE_BYTES << 16 | (data[1] & 0x7F) << 8 | data[2], data[1] & _REQUIRED, 3
        if tag == _THREE_BYTES << 16:
            raise DecodeError("7F0000 is not the tag of a COMPREHENSION-TLV object")
    length, start = decode_length(data, start)
    if start + length > len(data):
        raise DecodeError(f"tag {tag:02X} says {length} bytes, {len(data) - start} follow")
    end = start + length
    return ComprehensionTlv(tag, bytes(data[start:end]), bool(flag)), bytes(data[end:])


def parse(data: bytes, *, padding: bytes = b"") -> list[ComprehensionTlv]:
    """All data objects in order; bytes in `padding` are skipped where a tag could start. Raises `DecodeError`."""
    return list(split_all(data, split_first, padding))


def first(tlvs: Sequence[ComprehensionTlv], tag: int) -> bytes | None:
    """Value of the first object with this tag, whatever its flag, or None."""
    return next((tlv.value for tlv in tlvs if tlv.tag == tag), None)
