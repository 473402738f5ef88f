"""The phone book of DF.PHONEBOOK (TS 31.102 §4.4.2), and the extension records of all numbers.

Which file belongs to which is said by EF.PBR. Records of second names, e-mail addresses and URIs end in two bytes that
point back to the number's record if EF.PBR lists their file as type 2; the record itself does not say whether they are
there. They are read as such where padding stands before them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simtool.codec import tlv
from simtool.codec.dial_number import UNKNOWN_TYPE, DialNumber
from simtool.errors import CodecError, DecodeError, EncodeError
from simtool.files.contents.base import Coding, Fields, build, fixed, from_hex, many, number, padded, stripped, trimmed
from simtool.files.contents.numbers import NUMBER
from simtool.files.contents.objects import Row, objects
from simtool.files.contents.parts import Part, alpha, choice, flags, optional, raw, sequence, struct, uint
from simtool.files.contents.simple import number_coding

BOOK_FILES = {
    0xC0: "ADN", 0xC1: "IAP", 0xC2: "EXT1", 0xC3: "SNE", 0xC4: "ANR", 0xC5: "PBC", 0xC6: "GRP", 0xC7: "AAS",
    0xC8: "GAS", 0xC9: "UID", 0xCA: "EMAIL", 0xCB: "CCP1", 0xCC: "PURI",
}  # fmt: skip
_BOOK_TAGS = {name: tag for tag, name in BOOK_FILES.items()}
_TYPE_1, _TYPE_2, _TYPE_3 = 0xA8, 0xA9, 0xAA
_FID_SIZE = 2
_LINK_SIZE = 2
_SUBADDRESS, _ADDITIONAL = 1, 2
_EXTENSION_FRAME = 2  # type and pointer
_MAX_EXTENSION_BCD = 10
_URI = 0x80


@dataclass(frozen=True, slots=True)
class BookFile:
    """A file of the phone book as EF.PBR names it: what it is (ADN, ANR …), FID in hex, SFI."""

    kind: str
    fid: str
    sfi: int | None = None

    def __str__(self) -> str:
        return f"{self.kind} {self.fid}"


@dataclass(frozen=True, slots=True)
class Book(Fields):
    """A record of EF.PBR (TS 31.102 §4.4.2.1): files with one record per entry, files linked by EF.IAP, shared ones."""

    per_entry: tuple[BookFile, ...] | None = None
    by_index: tuple[BookFile, ...] | None = None
    shared: tuple[BookFile, ...] | None = None
    extra: str = ""


@dataclass(frozen=True, slots=True)
class Extension(Fields):
    """A record of EF.EXT1 to EXT8 (TS 31.102 §4.4.2.4): more `digits` of a number, or other `data` in hex.

    EF.EXT8 holds more of a notification (§4.2.68): its length and bytes are `data`. `kind` is free, subaddress,
    additional, or a number; `next_record` the record that goes on.
    """

    kind: str | int = "free"
    digits: str | None = None
    data: str = ""
    next_record: int | None = None


@dataclass(frozen=True, slots=True)
class BookControl(Fields):
    """A record of EF.PBC (TS 31.102 §4.4.2.5): marked `changed` by a phone of class A0 or not; whether it is hidden:
    0 no, else the record of EF.DIR whose application hides it.
    """

    marks: tuple[str, ...] = ()
    hidden_by: int = 0


@dataclass(frozen=True, slots=True)
class AdditionalNumber(Fields):
    """A record of EF.ANR (TS 31.102 §4.4.2.9). `label` is a record of EF.AAS (0: none); `rest` are the two bytes that
    point to the number it belongs to (SFI and record of EF.ADN) where the file is linked.
    """

    number: str | None = None
    label: int = 0
    capability: int | None = None
    extension: int | None = None
    rest: str = ""


@dataclass(frozen=True, slots=True)
class LinkedText:
    """A second name, e-mail address or URI (TS 31.102 §4.4.2.10, 4.4.2.13, 4.4.2.15).

    `entry_file` (SFI of EF.ADN) and `entry_record` point to the number it belongs to, where the file is linked.
    """

    text: str = ""
    entry_file: int | None = None
    entry_record: int | None = None

    def __str__(self) -> str:
        return self.text


def _encode_files(value: Any, room: int | None) -> bytes:
    content = b""
    for item in many(value):
        given = build(BookFile, item)
        tag = _BOOK_TAGS.get(given.kind)
        if tag is None:
            raise EncodeError(f"{given.kind!r} is no file of a phone book", hint=f"known are {', '.join(_BOOK_TAGS)}")
        sfi = b"" if given.sfi is None else number(given.sfi, 1, "sfi")
        content += tlv.encode(tag, fixed(from_hex(given.fid, "fid"), _FID_SIZE, "fid") + sfi)
    return content


def _decode_files(content: bytes) -> tuple[BookFile, ...]:
    files = []
    for item in tlv.parse(content):
        if item.tag not in BOOK_FILES or len(item.value) not in (_FID_SIZE, _FID_SIZE + 1):
            raise DecodeError(f"{item} is no file of a phone book")
        sfi = item.value[_FID_SIZE] if len(item.value) > _FID_SIZE else None
        files.append(BookFile(BOOK_FILES[item.tag], item.value[:_FID_SIZE].hex(), sfi))
    return tuple(files)


_FILES = Part(None, _encode_files, _decode_files)
_KINDS = choice({0: "free", _SUBADDRESS: "subaddress", _ADDITIONAL: "additional"})


def _encode_extension(value: Any, size: int | None) -> bytes:
    given = build(Extension, value)
    data = from_hex(given.data, "data")
    if given.digits is not None:
        if data:
            raise EncodeError("either digits or data")
        bcd = DialNumber(str(given.digits)).bcd()
        if len(bcd) > _MAX_EXTENSION_BCD:
            raise EncodeError(f"an extension record has room for {2 * _MAX_EXTENSION_BCD} digits")
        data = bytes((len(bcd),)) + bcd
    room = None if size is None else max(0, size - _EXTENSION_FRAME)
    return _KINDS.encode(given.kind, 1) + padded(data, room) + _POINTER.encode(given.next_record, 1)


def _decode_data(content: bytes) -> Extension:
    if len(content) < _EXTENSION_FRAME:
        raise DecodeError("the record is too short")
    data, following = stripped(content[1:-1]), content[-1:]
    return Extension(_KINDS.decode(content[:1]), None, data.hex(), _POINTER.decode(following))


def _decode_extension(content: bytes) -> Extension:
    value, data = _decode_data(content), content[1:-1]
    if content[0] != _ADDITIONAL or not data or not 1 <= data[0] <= _MAX_EXTENSION_BCD:
        return value
    try:
        bcd = data[1 : 1 + data[0]]
        digits = DialNumber.decode(bytes((1 + len(bcd), UNKNOWN_TYPE)) + bcd).digits
        said = Extension(value.kind, digits, "", value.next_record)
        return said if _encode_extension(said, len(content)) == content else value
    except CodecError:
        return value


def _linked(encode_text: Any, decode_text: Any) -> Part:
    """A text, FF, and the link if there is one."""

    def encode(value: Any, size: int | None) -> bytes:
        given = build(LinkedText, value, short="text")
        linked = given.entry_record is not None or given.entry_file is not None
        link = _POINTER.encode(given.entry_file, 1) + _POINTER.encode(given.entry_record, 1) if linked else b""
        return padded(encode_text(given.text), None if size is None else max(0, size - len(link))) + link

    def decode(content: bytes) -> LinkedText:
        if len(content) > _LINK_SIZE and content[-1] != 0xFF and content[-_LINK_SIZE - 1] == 0xFF:
            text, link = content[:-_LINK_SIZE], content[-_LINK_SIZE:]
            return LinkedText(decode_text(text), _POINTER.decode(link[:1]), link[1])
        return LinkedText(decode_text(content))

    return Part(None, encode, decode)


def _encode_uri(text: Any) -> bytes:
    return tlv.encode(_URI, str(text).encode()) if text else b""


def _decode_uri(content: bytes) -> str:
    found = tlv.parse(content, padding=b"\xff")
    if not found:
        return ""
    if len(found) != 1 or found[0].tag != _URI:
        raise DecodeError("not one URI")
    try:
        return found[0].value.decode()
    except UnicodeDecodeError:
        raise DecodeError("not UTF-8") from None


def _encode_groups(value: Any, size: int | None) -> bytes:
    return padded(_GROUPS.encode(value, None), size, fill=b"\0")


def _decode_groups(content: bytes) -> tuple[int, ...]:
    return trimmed(list(content), 0)


_POINTER = optional(uint(1))
_GROUPS = sequence(uint(1))
_TEXT = alpha()
_ANR = struct(
    AdditionalNumber,
    ("label", uint(1)),
    ("number", NUMBER),
    ("capability", _POINTER),
    ("extension", _POINTER),
    short="number",
)
EXTENSION = Coding("TS 31.102 §4.4.2.4", _encode_extension, _decode_extension)
PBR = objects(Book, Row(_TYPE_1, "per_entry", _FILES), Row(_TYPE_2, "by_index", _FILES), Row(_TYPE_3, "shared", _FILES))

FILES: Mapping[str, Coding] = {
    "EF.PBR": PBR.coding("TS 31.102 §4.4.2.1"),
    "EF.IAP": sequence(uint(1)).coding("TS 31.102 §4.4.2.2"),
    **{f"EF.EXT{n}": EXTENSION for n in range(1, 8)},
    "EF.EXT8": Coding("TS 31.102 §4.2.68", _encode_extension, _decode_data),
    "EF.PBC": struct(BookControl, ("marks", flags("changed")), ("hidden_by", uint(1))).coding("TS 31.102 §4.4.2.5"),
    "EF.GRP": Coding("TS 31.102 §4.4.2.6", _encode_groups, _decode_groups),
    "EF.AAS": _TEXT.coding("TS 31.102 §4.4.2.7"),
    "EF.GAS": _TEXT.coding("TS 31.102 §4.4.2.8"),
    "EF.ANR": _ANR.coding("TS 31.102 §4.4.2.9"),
    "EF.SNE": _linked(lambda text: _TEXT.encode(text, None), _TEXT.decode).coding("TS 31.102 §4.4.2.10"),
    "EF.EMAIL": _linked(lambda text: _TEXT.encode(text, None), _TEXT.decode).coding("TS 31.102 §4.4.2.13"),
    "EF.PURI": _linked(_encode_uri, _decode_uri).coding("TS 31.102 §4.4.2.15"),
    "EF.CCP1": raw().coding("TS 31.102 §4.4.2.11"),
    "EF.CCP2": raw().coding("TS 31.102 §4.2.38"),
    "EF.CCP": raw().coding("TS 51.011 §10.5.4.1"),
    "EF.ECCP": raw().coding("TS 51.011 §10.5.4.2"),
    "EF.UID": number_coding("TS 31.102 §4.4.2.12.1", 2, blank=True),
    "EF.PSC": number_coding("TS 31.102 §4.4.2.12.2", 4, blank=True),
    "EF.CC": number_coding("TS 31.102 §4.4.2.12.3", 2, blank=True),
    "EF.PUID": number_coding("TS 31.102 §4.4.2.12.4", 2, blank=True),
}
