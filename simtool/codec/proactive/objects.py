"""Values of the data objects that commands, responses and envelopes share (TS 102 223 §8).

Texts, numbers and times; networks and channels are in `simtool.codec.proactive.places`. An object without a value class
is kept as bytes (`RAW`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum, IntEnum
from typing import TypeVar

from simtool.codec.gsm7 import pack_ussd, unpack_ussd
from simtool.codec.proactive.digits import (
    decode_address,
    decode_dtmf,
    decode_files,
    decode_imei,
    decode_language,
    encode_address,
    encode_dtmf,
    encode_files,
    encode_imei,
    encode_language,
    expect_size,
)
from simtool.codec.proactive.shape import Coding
from simtool.codec.text import (
    decode_alpha,
    decode_gsm,
    decode_ucs2,
    encode_alpha,
    encode_gsm,
    encode_ucs2,
    in_gsm_alphabet,
    pack_septets,
    unpack_septets,
)
from simtool.errors import DecodeError, EncodeError

_Code = TypeVar("_Code", bound=IntEnum)
_UNKNOWN_ZONE = 0xFF
_QUARTER = timedelta(minutes=15)
_MOST_QUARTERS = 79  # two digits, of which the sign takes a bit
MAX_INTERVAL = 0xFF


class TextCoding(Enum):
    """How a text string is coded: the alphabet in a data coding scheme (TS 102 223 §8.15, TS 23.038 §4)."""

    PACKED = 0x00
    UNPACKED = 0x04
    UCS2 = 0x08


class DurationUnit(IntEnum):
    """TS 102 223 §8.8."""

    MINUTES = 0x00
    SECONDS = 0x01
    TENTHS = 0x02


_UNIT_SECONDS = {DurationUnit.MINUTES: 60.0, DurationUnit.SECONDS: 1.0, DurationUnit.TENTHS: 0.1}


@dataclass(frozen=True, slots=True)
class Text:
    """A text string (§8.15). An empty one is the null text string, whatever its coding."""

    text: str
    coding: TextCoding = TextCoding.UNPACKED

    @classmethod
    def of(cls, text: str) -> Text:
        """A text in the simplest coding that has its characters."""
        return cls(text, TextCoding.UNPACKED if in_gsm_alphabet(text) else TextCoding.UCS2)

    def encode(self) -> bytes:
        if not self.text:
            return b""
        return bytes((self.coding.value,)) + encode_text(self.text, self.coding)

    @classmethod
    def decode(cls, raw: bytes) -> Text:
        if len(raw) < 2:
            return cls("")
        coding = coding_of(raw[0])
        return cls(decode_text(raw[1:], coding), coding)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class UssdString:
    """A USSD string (§8.17): a data coding scheme of cell broadcast (TS 23.038 §5), and what is coded so."""

    dcs: int
    content: bytes

    @classmethod
    def of(cls, text: str) -> UssdString:
        """Packed in the default alphabet, language not said; UCS2 where that lacks a character."""
        if in_gsm_alphabet(text):
            return cls(0x0F, pack_ussd(encode_gsm(text)))
        return cls(0x48, encode_ucs2(text))

    @property
    def text(self) -> str:
        return decode_text(self.content, self.coding, ussd=True)

    @property
    def coding(self) -> TextCoding:
        if self.dcs >> 4 in (4, 5, 6, 7, 9):
            return {1: TextCoding.UNPACKED, 2: TextCoding.UCS2}.get(self.dcs >> 2 & 3, TextCoding.PACKED)
        if self.dcs == 0x11:
            return TextCoding.UCS2
        if self.dcs >> 4 == 0xF:
            return TextCoding.UNPACKED if self.dcs & 4 else TextCoding.PACKED
        return TextCoding.PACKED

    def encode(self) -> bytes:
        return bytes((self.dcs,)) + self.content

    @classmethod
    def decode(cls, raw: bytes) -> UssdString:
        if not raw:
            raise DecodeError("a USSD string begins with its data coding scheme")
        return cls(raw[0], raw[1:])

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a menu (§8.9). Identifier 0 and no text: the empty item that takes a menu away."""

    identifier: int
    text: str = ""

    def encode(self) -> bytes:
        if not self.identifier and not self.text:
            return b""
        return bytes((self.identifier,)) + encode_alpha(self.text)

    @classmethod
    def decode(cls, raw: bytes) -> Item:
        return cls(raw[0], decode_alpha(raw[1:])) if raw else cls(0)


@dataclass(frozen=True, slots=True)
class Icon:
    """A record of EF.IMG (§8.31). A self-explanatory icon stands in place of the text."""

    record: int
    self_explanatory: bool = True

    def encode(self) -> bytes:
        return bytes((0 if self.self_explanatory else 1, self.record))

    @classmethod
    def decode(cls, raw: bytes) -> Icon:
        expect_size(raw, 2)
        return cls(raw[1], not raw[0] & 1)


@dataclass(frozen=True, slots=True)
class ItemIcons:
    """One record of EF.IMG for each item (§8.32); 0 is none."""

    records: tuple[int, ...]
    self_explanatory: bool = True

    def encode(self) -> bytes:
        return bytes((0 if self.self_explanatory else 1, *self.records))

    @classmethod
    def decode(cls, raw: bytes) -> ItemIcons:
        if not raw:
            raise DecodeError("it begins with its qualifier")
        return cls(tuple(raw[1:]), not raw[0] & 1)


@dataclass(frozen=True, slots=True)
class Duration:
    """A time span (§8.8): 1 to 255 of a unit."""

    interval: int
    unit: DurationUnit = DurationUnit.SECONDS

    @classmethod
    def of(cls, seconds: float) -> Duration:
        """The nearest duration: whole seconds, minutes for long ones, tenths for short ones."""
        tenths = round(seconds * 10)
        if tenths <= MAX_INTERVAL and tenths % 10:
            return cls(max(1, tenths), DurationUnit.TENTHS)
        if round(seconds) <= MAX_INTERVAL:
            return cls(max(1, round(seconds)), DurationUnit.SECONDS)
        return cls(min(MAX_INTERVAL, round(seconds / 60)), DurationUnit.MINUTES)

    @property
    def seconds(self) -> float:
        return self.interval * _UNIT_SECONDS[self.unit]

    def encode(self) -> bytes:
        return bytes((self.unit, self.interval))

    @classmethod
    def decode(cls, raw: bytes) -> Duration:
        expect_size(raw, 2)
        if raw[0] not in _UNIT_SECONDS:
            raise DecodeError(f"{raw[0]:02X} is no unit of time")
        if not raw[1]:
            raise DecodeError("a duration of nothing")
        return cls(raw[1], DurationUnit(raw[0]))

    def __str__(self) -> str:
        return f"{self.seconds:g} s"


@dataclass(frozen=True, slots=True)
class ResponseLength:
    """How many characters an input has (§8.11); at most 255 means no limit but the terminal's."""

    least: int
    most: int

    def encode(self) -> bytes:
        return bytes((self.least, self.most))

    @classmethod
    def decode(cls, raw: bytes) -> ResponseLength:
        expect_size(raw, 2)
        return cls(raw[0], raw[1])


@dataclass(frozen=True, slots=True)
class TimerValue:
    """Hours, minutes, seconds of a timer (§8.38), as seconds: 1 s to 24 h."""

    seconds: int

    def encode(self) -> bytes:
        hours, rest = divmod(self.seconds, 3600)
        if not 0 <= hours <= 99:
            raise EncodeError(f"a timer does not run for {self.seconds} s")
        return b"".join(_swapped(part) for part in (hours, rest // 60, rest % 60))

    @classmethod
    def decode(cls, raw: bytes) -> TimerValue:
        expect_size(raw, 3)
        hours, minutes, seconds = map(_unswapped, raw)
        if minutes > 59 or seconds > 59:
            raise DecodeError(f"{raw.hex()} is no time")
        return cls(hours * 3600 + minutes * 60 + seconds)


@dataclass(frozen=True, slots=True)
class DateTimeZone:
    """Date, time and time zone (§8.39, as TP-SCTS of TS 23.040); years 2000 to 2099. Without a zone it is not known."""

    moment: datetime

    def encode(self) -> bytes:
        moment = self.moment
        parts = (moment.year % 100, moment.month, moment.day, moment.hour, moment.minute, moment.second)
        offset = moment.utcoffset()
        if offset is None:
            return b"".join(map(_swapped, parts)) + bytes((_UNKNOWN_ZONE,))
        quarters = round(abs(offset) / _QUARTER)
        if quarters > _MOST_QUARTERS:
            raise EncodeError(f"a time zone of {offset} has no coding")
        return b"".join(map(_swapped, parts)) + bytes((_swapped(quarters)[0] | (0x08 if offset < timedelta(0) else 0),))

    @classmethod
    def decode(cls, raw: bytes) -> DateTimeZone:
        expect_size(raw, 7)
        year, month, day, hour, minute, second = map(_unswapped, raw[:6])
        zone = None
        if raw[6] != _UNKNOWN_ZONE:
            quarters = _unswapped(raw[6] & ~0x08)
            zone = timezone((-1 if raw[6] & 0x08 else 1) * quarters * _QUARTER)
        try:
            return cls(datetime(2000 + year, month, day, hour, minute, second, tzinfo=zone))
        except ValueError as error:
            raise DecodeError(f"{raw.hex()}: {error}") from error


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a command (§8.12): general result, and additional information."""

    result: int
    additional: bytes = b""

    def encode(self) -> bytes:
        return bytes((self.result,)) + self.additional

    @classmethod
    def decode(cls, raw: bytes) -> Outcome:
        if not raw:
            raise DecodeError("it begins with the general result")
        return cls(raw[0], raw[1:])


def coding_of(dcs: int) -> TextCoding:
    """The alphabet of a data coding scheme for short messages (TS 23.038 §4). Raises `DecodeError` for others."""
    if dcs >> 4 == 0xF:
        return TextCoding.UNPACKED if dcs & 4 else TextCoding.PACKED
    if dcs < 0x80 and not dcs & 0x20 and (dcs >> 2 & 3) < 3:
        return (TextCoding.PACKED, TextCoding.UNPACKED, TextCoding.UCS2)[dcs >> 2 & 3]
    raise DecodeError(f"the data coding scheme {dcs:02X} is not one of a text that can be shown")


def encode_text(text: str, coding: TextCoding, *, ussd: bool = False) -> bytes:
    """The characters alone. Raises `EncodeError` for one that the alphabet does not have."""
    if coding is TextCoding.UCS2:
        return encode_ucs2(text)
    septets = encode_gsm(text)
    if coding is TextCoding.UNPACKED:
        return septets
    return pack_ussd(septets) if ussd else pack_septets(septets)


def decode_text(raw: bytes, coding: TextCoding, *, ussd: bool = False) -> str:
    """What `encode_text` makes. Characters that nobody knows become U+FFFD."""
    if coding is TextCoding.UCS2:
        return decode_ucs2(raw)
    if coding is TextCoding.UNPACKED:
        return decode_gsm(raw)
    return decode_gsm(unpack_ussd(raw) if ussd else unpack_septets(raw))


def code_of(kind: type[_Code]) -> Coding[int]:
    """One byte that an enumeration names; a byte that it does not name stays a number."""

    def decode(raw: bytes) -> int:
        expect_size(raw, 1)
        return named(kind, raw[0])

    return Coding(decode, _encode_byte)


def named(kind: type[_Code], code: int) -> int:
    """The member with this code, else the number."""
    try:
        return kind(code)
    except ValueError:
        return code


def _encode_byte(value: int) -> bytes:
    if not 0 <= value <= 0xFF:
        raise EncodeError(f"{value} is not one byte")
    return bytes((value,))


def _decode_byte(raw: bytes) -> int:
    expect_size(raw, 1)
    return raw[0]


def _decode_flag(raw: bytes) -> bool:
    expect_size(raw, 0)
    return True


def _swapped(number: int) -> bytes:
    return bytes((number % 10 << 4 | number // 10,))


def _unswapped(byte: int) -> int:
    if byte & 0xF > 9 or byte >> 4 > 9:
        raise DecodeError(f"{byte:02X} are no digits")
    return (byte & 0xF) * 10 + (byte >> 4)


def _bytes(raw: bytes) -> bytes:
    return bytes(raw)


def _coding(decode: Callable[[bytes], object], encode: Callable[..., bytes]) -> Coding[object]:
    return Coding(decode, encode)


RAW = Coding(_bytes, _bytes)
BYTE = Coding(_decode_byte, _encode_byte)
FLAG = _coding(_decode_flag, lambda given: b"")
TEXT = Coding(Text.decode, Text.encode)
USSD = Coding(UssdString.decode, UssdString.encode)
ALPHA = Coding(decode_alpha, encode_alpha)
ITEM = Coding(Item.decode, Item.encode)
ICON = Coding(Icon.decode, Icon.encode)
ITEM_ICONS = Coding(ItemIcons.decode, ItemIcons.encode)
DURATION = Coding(Duration.decode, Duration.encode)
RESPONSE_LENGTH = Coding(ResponseLength.decode, ResponseLength.encode)
TIMER_VALUE = Coding(TimerValue.decode, TimerValue.encode)
DATE_TIME_ZONE = Coding(DateTimeZone.decode, DateTimeZone.encode)
OUTCOME = Coding(Outcome.decode, Outcome.encode)
ADDRESS = Coding(decode_address, encode_address)
FILES = Coding(decode_files, encode_files)
IMEI = Coding(decode_imei, encode_imei)
LANGUAGE = Coding(decode_language, encode_language)
DTMF = Coding(decode_dtmf, encode_dtmf)
