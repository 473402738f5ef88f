"""BER-TLV as bytes: tags, lengths, whole objects (ISO/IEC 8825-1 §8.1, Java Card API 3.0.5).

Lengths are definite. A tag number below 31 may stand in the long form, as cards use it (9F1A); a long form that begins
with 80 is not well-formed. `Malformed` tells that bytes are there but wrong, `Outside` that there are too few.
"""

from __future__ import annotations

from dataclasses import dataclass

CONSTRUCTED, LONG_FORM, MORE = 0x20, 0x1F, 0x80
LONGEST_TAG = 127
MOST = 0x7FFF
DEEPEST = 64
"""How deeply constructed TLVs may be nested: beyond that nothing is well-formed here."""


class Malformed(Exception):  # noqa: N818  # becomes TLVException.MALFORMED_TAG or MALFORMED_TLV
    """Not a well-formed tag or TLV."""


class Outside(Exception):  # noqa: N818  # becomes ArrayIndexOutOfBoundsException
    """The array ends before it does."""


@dataclass(frozen=True, slots=True)
class Tlv:
    """Where a TLV stands in some bytes: `start`, `value`, `end` are offsets."""

    tag: bytes
    start: int
    value: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.value


def tag_at(data: bytes, start: int) -> bytes:
    """The tag that begins at an offset. Raises `Malformed`, `Outside`."""
    at = start
    if _byte(data, at) & LONG_FORM == LONG_FORM:
        at += 1
        if _byte(data, at) == MORE:
            raise Malformed
        while _byte(data, at) & MORE:
            at += 1
    return data[start : at + 1]


def _byte(data: bytes, at: int) -> int:
    if not 0 <= at < len(data):
        raise Outside
    return data[at]


def is_constructed(tag: bytes) -> bool:
    return bool(tag[0] & CONSTRUCTED)


def tag_class(tag: bytes) -> int:
    return tag[0] >> 6


def tag_number(tag: bytes) -> int:
    if len(tag) == 1:
        return tag[0] & LONG_FORM
    number = 0
    for one in tag[1:]:
        number = number << 7 | one & 0x7F
    return number


def make_tag(of_class: int, constructed: bool, number: int) -> bytes:
    first = of_class << 6 | (CONSTRUCTED if constructed else 0)
    if number < LONG_FORM:
        return bytes((first | number,))
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.append(number & 0x7F | MORE)
    return bytes((first | LONG_FORM, *reversed(groups)))


def make_length(length: int) -> bytes:
    if length < MORE:
        return bytes((length,))
    coded = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes((MORE | len(coded),)) + coded


def head_at(data: bytes, start: int) -> Tlv:
    """Tag and length at an offset; the value may reach past the end of `data`. Raises `Malformed`, `Outside`."""
    tag = tag_at(data, start)
    at = start + len(tag)
    length = _byte(data, at)
    at += 1
    if length == MORE:
        raise Malformed
    if length > MORE:
        size = length & 0x7F
        _byte(data, at + size - 1)
        length = int.from_bytes(data[at : at + size])
        at += size
    return Tlv(tag, start, at, at + length)


def tlv_at(data: bytes, start: int, depth: int = 0) -> Tlv:
    """A whole TLV at an offset, what it contains well-formed, too. Raises `Malformed`, `Outside`."""
    found = head_at(data, start)
    if found.end > len(data):
        raise Outside
    if is_constructed(found.tag):
        children(data, found, depth + 1)
    return found


def children(data: bytes, parent: Tlv, depth: int = 0) -> list[Tlv]:
    """What a constructed TLV contains. Raises `Malformed`."""
    return sequence(data[: parent.end], parent.value, depth)


def sequence(data: bytes, start: int, depth: int = 0) -> list[Tlv]:
    """TLVs one after the other to the end of `data`. Raises `Malformed`."""
    if depth > DEEPEST:
        raise Malformed
    found = []
    at = start
    while at < len(data):
        try:
            one = tlv_at(data, at, depth)
        except Outside:
            raise Malformed from None
        found.append(one)
        at = one.end
    return found


def only(data: bytes) -> Tlv:
    """One TLV and nothing else. Raises `Malformed`."""
    found = sequence(data, 0)
    if len(found) != 1:
        raise Malformed
    return found[0]
