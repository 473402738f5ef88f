"""Parts of which layouts are made: numbers, flags, texts, and what joins them into a value of a dataclass.

A part knows its size in bytes, or takes what the others leave (None). Values keep every byte: a flag without a name is
`bit N`, a code without a name its number, and what a part cannot say is `hex:…` in that field alone. Bytes behind a
layout go into the field `rest`, if the dataclass has one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from simtool.codec.dial_number import UNKNOWN_TYPE, DialNumber
from simtool.codec.identifiers import PLMN_SIZE
from simtool.codec.text import decode_alpha, encode_alpha, encode_alpha_ucs2
from simtool.errors import DecodeError, EncodeError
from simtool.files.contents.base import (
    RAW,
    Coding,
    build,
    faithful,
    fixed,
    from_hex,
    many,
    number,
    padded,
    pieces,
    plmn_bytes,
    plmn_text,
    stripped,
    trimmed,
)

_FF = b"\xff"
_REST = "rest"


@dataclass(frozen=True, slots=True)
class Part:
    """Some bytes of a layout. `encode` takes a value and the room to fill (None: as short as possible)."""

    size: int | None
    encode: Callable[[Any, int | None], bytes]
    decode: Callable[[bytes], Any]

    def coding(self, clause: str, *, blank: bool = True) -> Coding:
        """This part as the content of a file. Raises `EncodeError`, `DecodeError` as codings do."""
        return Coding(clause, self.encode, self.decode, blank)


def uint(size: int) -> Part:
    """A whole number, high byte first."""
    return Part(size, lambda value, room: number(value, size, "number"), int.from_bytes)


def raw(size: int | None = None) -> Part:
    """Bytes as hex digits: so many, or all there are without the FF at the end."""

    def encode(value: Any, room: int | None) -> bytes:
        content = value if isinstance(value, bytes) else from_hex(str(value), "bytes")
        return padded(content, room) if size is None else fixed(content, size, "bytes")

    return Part(size, encode, lambda content: (content if size else stripped(content)).hex())


def exact() -> Part:
    """All bytes of a data object's value as hex digits, FF at the end too."""
    return replace(raw(), decode=bytes.hex)


def flags(*names: str, size: int = 1) -> Part:
    """Bits by name, the lowest of the first byte first; those without a name are `bit 3` and so on."""

    def encode(value: Any, room: int | None) -> bytes:
        bits = 0
        for item in many(value):
            bits |= 1 << _bit(item, names, size)
        return bits.to_bytes(size, "little")

    def decode(content: bytes) -> tuple[str, ...]:
        bits = int.from_bytes(content, "little")
        return tuple(names[i] if i < len(names) else f"bit {i + 1}" for i in range(8 * len(content)) if bits >> i & 1)

    return Part(size, encode, decode)


def _bit(item: Any, names: tuple[str, ...], size: int) -> int:
    text = str(item)  # some names are digits
    if text in names:
        return names.index(text)
    word, _, place = text.partition(" ")
    if word == "bit" and place.isascii() and place.isdecimal() and 1 <= int(place) <= 8 * size:
        return int(place) - 1
    raise EncodeError(f"{item!r} is not a flag", hint=f"known are {', '.join((*names, 'bit 1', 'bit 2'))} and so on")


@dataclass(frozen=True, slots=True)
class Settings:
    """Switches of a file: the names of those that are on, and what stands behind them in hex."""

    active: tuple[str, ...] = ()
    rest: str = ""

    def __str__(self) -> str:
        return ", ".join(self.active) or "none"


def settings(clause: str, *names: str) -> Coding:
    """A file of one byte of switches by name, as `Settings`; a list says which are on."""
    part = struct(Settings, ("active", flags(*names)))

    def encode(value: Any, room: int | None) -> bytes:
        return part.encode(Settings(tuple(many(value))) if isinstance(value, list | tuple | str) else value, room)

    return Coding(clause, encode, part.decode)


def choice(names: Mapping[int, str]) -> Part:
    """One byte with a name per code; a code without a name is its number."""
    codes = {name: code for code, name in names.items()}

    def encode(value: Any, room: int | None) -> bytes:
        code = codes.get(value) if isinstance(value, str) else value
        if code is None:
            raise EncodeError(f"{value!r} is not one of the names", hint=f"known are {', '.join(codes)}, or a number")
        return number(code, 1, "code")

    return Part(1, encode, lambda content: names.get(content[0], content[0]))


def optional(part: Part) -> Part:
    """None is FF in all bytes."""

    def encode(value: Any, room: int | None) -> bytes:
        return _FF * (part.size or 0) if value is None else part.encode(value, room)

    return Part(part.size, encode, lambda content: part.decode(content) if content.strip(_FF) else None)


def or_hex(part: Part) -> Part:
    """What the part would not give back exactly is `hex:…`."""

    def encode(value: Any, room: int | None) -> bytes:
        if isinstance(value, str) and value.startswith(RAW):
            content = from_hex(value.removeprefix(RAW), "bytes")
            return padded(content, room) if part.size is None else fixed(content, part.size, "bytes")
        return part.encode(value, room)

    return Part(part.size, encode, lambda content: faithful(part.decode, part.encode, content))


def plmn() -> Part:
    """A network, None if unused."""
    return Part(PLMN_SIZE, lambda value, room: plmn_bytes(value), plmn_text)


def alpha(*, ucs2: bool = False) -> Part:
    """A text as in alpha identifiers (TS 102 221 annex A); with `ucs2` never in the GSM alphabet."""
    coded = encode_alpha_ucs2 if ucs2 else encode_alpha
    return Part(None, lambda value, room: coded(_text(value), room), decode_alpha)


def utf8() -> Part:
    """A text in UTF-8 that fills a data object."""

    def decode(content: bytes) -> str:
        try:
            return content.decode()
        except UnicodeDecodeError:
            raise DecodeError("not UTF-8") from None

    return Part(None, lambda value, room: padded(_text(value).encode(), room), decode)


def digits(size: int) -> Part:
    """Digits (and * # p) swapped in pairs, FF behind them; None if there are none."""

    def encode(value: Any, room: int | None) -> bytes:
        return padded(b"" if value is None else DialNumber(_digit_text(value)).bcd(), size)

    def decode(content: bytes) -> str | None:
        used = stripped(content)
        if not used:
            return None
        return DialNumber.decode(bytes((1 + len(used), UNKNOWN_TYPE)) + used).digits

    return Part(size, encode, decode)


def sequence(part: Part) -> Part:
    """Items one after the other; None for one in FF, those at the end are left out."""
    size = part.size or 1

    def encode(value: Any, room: int | None) -> bytes:
        items = many(value)
        return padded(b"".join(_FF * size if item is None else part.encode(item, size) for item in items), room)

    def decode(content: bytes) -> tuple[Any, ...]:
        *whole, last = pieces(content, size) or [b""]
        if len(last) == size:
            whole.append(last)
        elif last.strip(_FF):
            raise DecodeError(f"{len(content)} bytes are no row of {size} each")
        return trimmed([part.decode(item) if item.strip(_FF) else None for item in whole], None)

    return Part(None, encode, decode)


def counted(part: Part) -> Part:
    """A byte with the number of items, then these."""
    size = part.size or 1

    def encode(value: Any, room: int | None) -> bytes:
        items = many(value)
        content = number(len(items), 1, "number of items") + b"".join(part.encode(item, size) for item in items)
        return padded(content, room)

    def decode(content: bytes) -> tuple[Any, ...]:
        if not content or len(content) < 1 + content[0] * size:
            raise DecodeError("there are fewer items than the number of them says")
        return tuple(part.decode(item) for item in pieces(content[1 : 1 + content[0] * size], size))

    return Part(None, encode, decode)


def struct(kind: type[Any], *parts: tuple[str, Part], short: str = "") -> Part:
    """A value of the dataclass `kind`, made of named parts in order; at most one takes what the others leave.

    `short` names the field that a bare value stands for.
    """
    sizes = [part.size for _, part in parts]
    least = sum(size or 0 for size in sizes)
    has_rest = _REST in {field.name for field in fields(kind)}
    whole = None if None in sizes or has_rest else least

    def encode(value: Any, room: int | None) -> bytes:
        given = build(kind, value, short=short)
        if room is not None and room < least:
            raise EncodeError(f"at least {least} bytes are needed, there is room for {room}")
        spare = None if room is None else room - least
        content = b""
        for name, part in parts:
            content += _named(name, part, getattr(given, name), spare if part.size is None else part.size)
        return padded(content + (from_hex(given.rest, _REST) if has_rest else b""), room)

    def decode(content: bytes) -> Any:
        if len(content) < least:
            raise DecodeError(f"at least {least} bytes are expected, not {len(content)}")
        values, start = {}, 0
        for name, part in parts:
            end = start + (len(content) - least if part.size is None else part.size)
            values[name] = part.decode(content[start:end])
            start = end
        if has_rest:
            values[_REST] = stripped(content[start:]).hex()
        return kind(**values)

    return Part(whole, encode, decode)


def _named(name: str, part: Part, value: Any, room: int | None) -> bytes:
    try:
        return part.encode(value, room)
    except EncodeError as error:
        raise EncodeError(f"{name}: {error}", hint=error.hint) from error


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise EncodeError("a text is needed")
    return value


def _digit_text(value: Any) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(value)
