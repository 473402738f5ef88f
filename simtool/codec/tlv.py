"""BER-TLV data objects as smart cards use them (ISO/IEC 7816-4 §5.2.2, TS 101 220 §7.1, TS 102 221 §11.1.1.4).

Tags of one to three bytes, definite lengths of one to four bytes (short, 81, 82, 83). A tag is the number that its
bytes make, for example 0x62, 0x7F49, 0x9F70. The indefinite form is refused. COMPREHENSION-TLV is another
coding: `simtool.codec.comprehension`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from simtool.errors import DecodeError, EncodeError

MAX_TAG_BYTES = 3
MAX_VALUE = 0xFFFFFF
_Object = TypeVar("_Object")
_MORE = 0x1F  # the low five bits that say "the tag number follows in further bytes"


@dataclass(frozen=True, slots=True)
class Tlv:
    """One data object."""

    tag: int
    value: bytes

    @property
    def constructed(self) -> bool:
        """True when the value is itself made of data objects (bit 6 of the first tag byte)."""
        return is_constructed(self.tag)

    def children(self, *, padding: bytes = b"") -> list[Tlv]:
        """The data objects inside. Raises `DecodeError` if the value is not made of such."""
        return parse(self.value, padding=padding)

    def encode(self) -> bytes:
        return encode(self.tag, self.value)

    def __str__(self) -> str:
        return f"{self.tag:02X}:{self.value.hex()}"


def is_constructed(tag: int) -> bool:
    """Bit 6 of the tag's first byte (ISO/IEC 7816-4 §5.2.2.1)."""
    return bool(encode_tag(tag)[0] & 0x20)


def encode_tag(tag: int) -> bytes:
    """The bytes of a tag. Raises `EncodeError` if the number is no BER tag of one to three bytes."""
    if tag <= 0:
        raise EncodeError(f"{tag} is not a tag")
    raw = tag.to_bytes((tag.bit_length() + 7) // 8)
    if len(raw) > MAX_TAG_BYTES:
        raise EncodeError(f"tag {raw.hex()} has more than {MAX_TAG_BYTES} bytes")
    multi = raw[0] & _MORE == _MORE
    if multi != (len(raw) > 1) or any(not byte & 0x80 for byte in raw[1:-1]) or (multi and raw[-1] & 0x80):
        raise EncodeError(f"{raw.hex()} is not the form of a BER tag")
    return raw


def encode_length(length: int) -> bytes:
    """The shortest form of a length: one byte up to 7F, then 81, 82, 83 (ISO/IEC 7816-4 §5.2.2.2)."""
    if not 0 <= length <= MAX_VALUE:
        raise EncodeError(f"a length of {length} does not fit a data object")
    if length < 0x80:
        return bytes((length,))
    raw = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes((0x80 | len(raw),)) + raw


def encode(tag: int, value: bytes) -> bytes:
    """One data object with the shortest length. Raises `EncodeError` for a tag or length that has no coding."""
    return encode_tag(tag) + encode_length(len(value)) + value


def join(tlvs: Iterable[Tlv]) -> bytes:
    """Data objects one after the other."""
    return b"".join(tlv.encode() for tlv in tlvs)


def split_first(data: bytes) -> tuple[Tlv, bytes]:
    """The first data object and what follows it. Raises `DecodeError` if it is cut short or malformed."""
    tag, start = _decode_tag(data)
    length, start = decode_length(data, start)
    end = start + length
    if end > len(data):
        raise DecodeError(f"tag {tag:02X} says {length} bytes, {len(data) - start} follow")
    return Tlv(tag, bytes(data[start:end])), bytes(data[end:])


def parse(data: bytes, *, padding: bytes = b"") -> list[Tlv]:
    """All data objects in `data`, in order.

    Bytes named in `padding` (b"\\xff", b"\\x00\\xff") are skipped wherever a tag could start; without it every
    byte must belong to an object. Raises `DecodeError` on truncation or a malformed tag or length.
    """
    return list(split_all(data, split_first, padding))


def split_all(data: bytes, split: Callable[[bytes], tuple[_Object, bytes]], padding: bytes) -> Iterator[_Object]:
    """Data objects of any coding until nothing is left: `split` takes the first one off what it is given."""
    rest = bytes(data)
    while rest:
        if rest[0] in padding:
            rest = rest[1:]
            continue
        found, rest = split(rest)
        yield found


def split_tags(data: bytes) -> Iterator[int]:
    """The tags in a list of tags. Raises `DecodeError` where it ends within one."""
    while data:
        tag, size = _decode_tag(data)
        yield tag
        data = data[size:]


def first(tlvs: Sequence[Tlv], tag: int) -> bytes | None:
    """Value of the first object with this tag, or None."""
    return next((tlv.value for tlv in tlvs if tlv.tag == tag), None)


def decode_length(data: bytes, start: int) -> tuple[int, int]:
    """Length coded at `start`, and where the value begins. Longer forms than needed are accepted."""
    if start >= len(data):
        raise DecodeError("a data object ends before its length")
    lead = data[start]
    if lead < 0x80:
        return lead, start + 1
    count = lead & 0x7F
    if not 1 <= count <= 3:
        raise DecodeError(f"{lead:02X} is not a length that cards use")
    raw = data[start + 1 : start + 1 + count]
    if len(raw) < count:
        raise DecodeError("a data object ends within its length")
    return int.from_bytes(raw), start + 1 + count


def _decode_tag(data: bytes) -> tuple[int, int]:
    if not data:
        raise DecodeError("no data object: nothing is there")
    if data[0] == 0:
        raise DecodeError("00 is not a tag")
    if data[0] & _MORE != _MORE:
        return data[0], 1
    for end in range(2, MAX_TAG_BYTES + 1):
        if end > len(data):
            raise DecodeError("a data object ends within its tag")
        if not data[end - 1] & 0x80:
            return int.from_bytes(data[:end]), end
    raise DecodeError(f"tag {bytes(data[:MAX_TAG_BYTES]).hex()}... has more than {MAX_TAG_BYTES} bytes")
