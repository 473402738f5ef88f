"""Logs and meters of calls, comparison methods, call forwarding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from simtool.codec.gsm7 import decode_gsm, encode_gsm
from simtool.errors import DecodeError, EncodeError
from simtool.files.contents.base import Coding, Fields, build, number
from simtool.files.contents.numbers import NUMBER
from simtool.files.contents.parts import Part, alpha, flags, optional, or_hex, raw, struct, uint
from simtool.files.contents.simple import number_coding

_MOMENT_SIZE = 7
_CENTURY = 2000
_QUARTER = 15
_WEST = 0x08
_CURRENCY_SIZE = 3
_MAX_PRICE, _MAX_EXPONENT = 0xFFF, 7
_NEGATIVE = 0x10


@dataclass(frozen=True, slots=True)
class Call:
    """A record of EF.ICI or EF.OCI (TS 31.102 §4.2.33, 4.2.34).

    `time` is ISO 8601 with its offset from UTC, `duration` in seconds, `status` the byte of EF.ICI, `link` the three
    bytes that point into a phone book, in hex.
    """

    number: str | None = None
    name: str = ""
    capability: int | None = None
    extension: int | None = None
    time: str | None = None
    duration: int = 0
    status: int = 0
    link: str | None = None

    def __str__(self) -> str:
        return " ".join(part for part in (self.name, self.number, self.time) if part)


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """EF.PUCT (TS 31.102 §4.2.13): the price of a unit is `price` times ten to the `exponent`, in `currency`."""

    currency: str | None = None
    price: int = 0
    exponent: int = 0

    def __str__(self) -> str:
        return f"{self.price}e{self.exponent} {self.currency}"


@dataclass(frozen=True, slots=True)
class ComparisonMethod(Fields):
    """A record of EF.CMI (TS 31.102 §4.2.46)."""

    method: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class CallForwarding:
    """A record of EF.CFIS (TS 31.102 §4.2.64): for which services of the profile all calls are forwarded, and where."""

    profile: int = 1
    active: tuple[str, ...] = ()
    number: str | None = None
    capability: int | None = None
    extension: int | None = None
    rest: str = ""

    def __str__(self) -> str:
        return f"profile {self.profile}: {', '.join(self.active) or 'not forwarded'}"


@dataclass(frozen=True, slots=True)
class Alerting(Fields):
    """A record of EF.NIA (TS 31.102 §4.2.72): a category of alerting of TS 22.101, and the text to show for it."""

    category: int
    text: str = ""


def _encode_moment(value: Any, room: int | None) -> bytes:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise EncodeError(
            f"{value!r} is no date and time of ISO 8601", hint="as in 2026-11-24T18:30:00+01:00"
        ) from None
    offset = moment.utcoffset()
    if offset is None or offset % timedelta(minutes=_QUARTER) or moment.microsecond:
        raise EncodeError("a time in whole seconds with an offset from UTC in quarters of an hour is needed")
    if not _CENTURY <= moment.year < _CENTURY + 100:
        raise EncodeError("a year from 2000 to 2099 is needed")
    quarters = abs(offset) // timedelta(minutes=_QUARTER)
    values = (moment.year % 100, moment.month, moment.day, moment.hour, moment.minute, moment.second, quarters)
    coded = bytearray(item % 10 << 4 | item // 10 for item in values)
    if offset < timedelta(0):
        coded[-1] |= _WEST
    return bytes(coded)


def _decode_moment(content: bytes) -> str:
    west = content[-1] & _WEST
    digits = [*content[:-1], content[-1] & ~_WEST]
    if any(byte >> 4 > 9 or byte & 0xF > 9 for byte in digits):
        raise DecodeError("not digits")
    year, month, day, hour, minute, second, quarters = _values(digits)
    try:
        zone = timezone((-1 if west else 1) * timedelta(minutes=_QUARTER * quarters))
        return datetime(_CENTURY + year, month, day, hour, minute, second, tzinfo=zone).isoformat()
    except ValueError:
        raise DecodeError("no date and time") from None


def _values(digits: list[int]) -> list[int]:
    return [10 * (byte & 0xF) + (byte >> 4) for byte in digits]


def _encode_price(value: Any, size: int | None) -> bytes:
    given = build(UnitPrice, value)
    currency = b"\xff" * _CURRENCY_SIZE if given.currency is None else encode_gsm(given.currency)
    if len(currency) != _CURRENCY_SIZE:
        raise EncodeError("a currency has three letters")
    if abs(given.exponent) > _MAX_EXPONENT:
        raise EncodeError(f"exponent: a whole number from -{_MAX_EXPONENT} to {_MAX_EXPONENT} is needed")
    if not 0 <= given.price <= _MAX_PRICE:
        raise EncodeError(f"price: a whole number from 0 to {_MAX_PRICE} is needed")
    last = given.price & 0xF | (_NEGATIVE if given.exponent < 0 else 0) | abs(given.exponent) << 5
    return currency + number(given.price >> 4, 1, "price") + bytes((last,))


def _decode_price(content: bytes) -> UnitPrice:
    if len(content) != _CURRENCY_SIZE + 2:
        raise DecodeError("5 bytes are expected")
    currency, high, last = content[:_CURRENCY_SIZE], content[3], content[4]
    return UnitPrice(
        currency=decode_gsm(currency) if currency.strip(b"\xff") else None,
        price=high << 4 | last & 0xF,
        exponent=(-1 if last & _NEGATIVE else 1) * (last >> 5),
    )


MOMENT = optional(or_hex(Part(_MOMENT_SIZE, _encode_moment, _decode_moment)))
_POINTER = optional(uint(1))
_CALL = (
    ("name", or_hex(alpha())),
    ("number", NUMBER),
    ("capability", _POINTER),
    ("extension", _POINTER),
    ("time", MOMENT),
    ("duration", uint(3)),
)
_LINK = ("link", optional(raw(3)))
_TIMER = number_coding("TS 31.102 §4.2.35", 3)

FILES: Mapping[str, Coding] = {
    "EF.PUCT": Coding("TS 31.102 §4.2.13", _encode_price, _decode_price),
    "EF.ICI": struct(Call, *_CALL, ("status", uint(1)), _LINK, short="number").coding("TS 31.102 §4.2.33"),
    "EF.OCI": struct(Call, *_CALL, _LINK, short="number").coding("TS 31.102 §4.2.34"),
    "EF.ICT": _TIMER,
    "EF.OCT": _TIMER,
    "EF.CMI": struct(ComparisonMethod, ("name", or_hex(alpha())), ("method", uint(1)), short="method").coding(
        "TS 31.102 §4.2.46"
    ),
    "EF.NIA": struct(Alerting, ("category", uint(1)), ("text", or_hex(alpha()))).coding("TS 31.102 §4.2.72"),
    "EF.CFIS": struct(
        CallForwarding,
        ("profile", uint(1)),
        ("active", flags("voice", "fax", "data")),
        ("number", NUMBER),
        ("capability", _POINTER),
        ("extension", _POINTER),
    ).coding("TS 31.102 §4.2.64"),
}
