"""Contents made of BER-TLV data objects: as fields of a dataclass, or as they are where their meaning is not kept here.

Objects that a dataclass has no field for are kept in its field `extra`, in hex; what stands behind an outer object is
kept in `rest`. An object in another order than the specification's makes the whole content `hex:…`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from simtool.codec import tlv
from simtool.errors import DecodeError, EncodeError
from simtool.files.contents.base import build, from_hex, many, padded
from simtool.files.contents.parts import Part, exact, or_hex

_EXTRA, _REST = "extra", "rest"
_PADDING = b"\xff"


@dataclass(frozen=True, slots=True)
class DataObject:
    """A data object as it is: tag and value in hex."""

    tag: str
    value: str = ""

    def __str__(self) -> str:
        return f"{self.tag}:{self.value}"


@dataclass(frozen=True, slots=True)
class Row:
    """Which data object becomes which field. With `repeated` the field is a tuple; without, None if it is absent."""

    tag: int
    field: str
    part: Part
    repeated: bool = False


def objects(kind: type[Any], *rows: Row, outer: int | None = None, short: str = "") -> Part:
    """A value of the dataclass `kind` from data objects, all inside the object `outer` if that is given."""
    by_tag = {row.tag: row for row in rows}
    names = {field.name for field in fields(kind)}

    def encode(value: Any, room: int | None) -> bytes:
        given = build(kind, value, short=short)
        content = b"".join(_encoded(row, getattr(given, row.field)) for row in rows)
        content += from_hex(given.extra, _EXTRA)
        if outer is not None:
            content = tlv.encode(outer, content)
        if _REST in names:
            content += from_hex(given.rest, _REST)
        return padded(content, room)

    def decode(content: bytes) -> Any:
        found = tlv.parse(content, padding=_PADDING)
        values: dict[str, Any] = {row.field: () if row.repeated else None for row in rows}
        if outer is not None:
            if not found or found[0].tag != outer:
                raise DecodeError(f"no data object {outer:02X} at the start")
            if _REST in names:
                values[_REST] = tlv.join(found[1:]).hex()
            found = found[0].children()
        values[_EXTRA] = tlv.join(item for item in found if item.tag not in by_tag).hex()
        for item in found:
            if row := by_tag.get(item.tag):
                _take(values, row, or_hex(row.part).decode(item.value))
        return kind(**values)

    return Part(None, encode, decode)


def _take(values: dict[str, Any], row: Row, value: Any) -> None:
    if row.repeated:
        values[row.field] = (*values[row.field], value)
    elif values[row.field] is None:
        values[row.field] = value
    else:
        raise DecodeError(f"data object {row.tag:02X} stands there twice")


def _encoded(row: Row, value: Any) -> bytes:
    items = many(value) if row.repeated else ([] if value is None else [value])
    try:
        return b"".join(tlv.encode(row.tag, or_hex(row.part).encode(item, None)) for item in items)
    except EncodeError as error:
        raise EncodeError(f"{row.field}: {error}", hint=error.hint) from error


def single(tag: int, part: Part) -> Part:
    """The value of the one data object that is the content."""

    def decode(content: bytes) -> Any:
        found = tlv.parse(content, padding=_PADDING)
        if len(found) != 1 or found[0].tag != tag:
            raise DecodeError(f"not one data object {tag:02X}")
        return part.decode(found[0].value)

    return Part(None, lambda value, room: padded(tlv.encode(tag, part.encode(value, None)), room), decode)


def repeated(tag: int, part: Part) -> Part:
    """A list of values, one from each of the data objects that are the content; all have this tag."""

    def encode(value: Any, room: int | None) -> bytes:
        return padded(b"".join(tlv.encode(tag, part.encode(item, None)) for item in many(value)), room)

    def decode(content: bytes) -> tuple[Any, ...]:
        found = tlv.parse(content, padding=_PADDING)
        if not found or any(item.tag != tag for item in found):
            raise DecodeError(f"not data objects {tag:02X}")
        return tuple(part.decode(item.value) for item in found)

    return Part(None, encode, decode)


def _encode_plain(value: Any, room: int | None) -> bytes:
    content = b""
    for item in many(value):
        given = build(DataObject, item)
        tag = int.from_bytes(from_hex(given.tag, "tag"))
        content += tlv.encode(tag, exact().encode(given.value, None))
    return padded(content, room)


def _decode_plain(content: bytes) -> tuple[DataObject, ...]:
    found = tlv.parse(content, padding=_PADDING)
    if not found:
        raise DecodeError("no data object")
    return tuple(DataObject(tlv.encode_tag(item.tag).hex(), item.value.hex()) for item in found)


PLAIN = Part(None, _encode_plain, _decode_plain)
