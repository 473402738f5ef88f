"""Numbers to dial and what belongs to them: own numbers, phone book records, short message parameters, mailboxes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simtool.codec.dial_number import INTERNATIONAL, UNKNOWN_TYPE, DialNumber
from simtool.codec.text import decode_alpha, encode_alpha
from simtool.errors import DecodeError, EncodeError
from simtool.files.contents.base import Coding, build, from_hex, many, number, padded, pieces, stripped, trimmed
from simtool.files.contents.parts import Part, or_hex

NUMBER_SIZE = 12
_ENTRY_SIZE = 14
_PARAMETERS_SIZE = 28
_ECC_NUMBER = 3
_TYPE_MARK = ";ton="
EMERGENCY_SERVICES = (
    "police",
    "ambulance",
    "fire brigade",
    "marine guard",
    "mountain rescue",
    "manual eCall",
    "automatic eCall",
)
WAITING = ("voicemail", "fax", "email", "other", "videomail")


@dataclass(frozen=True, slots=True)
class Entry:
    """A name with a number: EF.ADN, FDN, SDN, BDN, MSISDN, MBDN and others (TS 31.102 §4.4.2.3).

    `number` is `+49…` or digits, with `;ton=a1` behind it where the type of number is another byte than 91 or 81.
    `capability` and `extension` are the numbers of records in other files, `comparison` the last byte of EF.BDN.
    """

    number: str | None = None
    name: str = ""
    capability: int | None = None
    extension: int | None = None
    comparison: int | None = None

    def __str__(self) -> str:
        return " ".join(part for part in (self.name, self.number) if part)


@dataclass(frozen=True, slots=True)
class MessageParameters:
    """A record of EF.SMSP (TS 31.102 §4.2.27). None: this record does not give the parameter; an empty number: it says
    that it does, and the field is blank.

    `pid` and `dcs` are the bytes of TS 23.040, `validity` the byte of its relative format.
    """

    service_centre: str | None = None
    name: str = ""
    destination: str | None = None
    pid: int | None = None
    dcs: int | None = None
    validity: int | None = None

    def __str__(self) -> str:
        return f"service centre {self.service_centre}"


@dataclass(frozen=True, slots=True)
class MessageWaiting:
    """A record of EF.MWIS (TS 31.102 §4.2.63): what waits, and the numbers of messages in the order of `WAITING`."""

    waiting: tuple[str, ...] = ()
    counts: tuple[int, ...] = (0, 0, 0, 0)

    def __str__(self) -> str:
        return ", ".join(self.waiting) or "nothing waits"


@dataclass(frozen=True, slots=True)
class EmergencyNumber:
    """A record of EF.ECC of the USIM (TS 31.102 §4.2.21)."""

    number: str | None = None
    name: str = ""
    services: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join(part for part in (self.number, self.name) if part)


def dial_text(dialled: DialNumber | None) -> str | None:
    """A number as text that `dial_number` reads back to the same bytes."""
    if dialled is None:
        return None
    if dialled.ton_npi in (INTERNATIONAL, UNKNOWN_TYPE):
        return str(dialled)
    return f"{dialled.digits}{_TYPE_MARK}{dialled.ton_npi:02x}"


def dial_number(value: Any) -> DialNumber:
    """A number from text or `DialNumber`. Raises `EncodeError`."""
    if isinstance(value, DialNumber):
        return value
    digits, mark, kind = str(value).partition(_TYPE_MARK)
    return DialNumber(digits, from_hex(kind, "type of number")[0]) if mark else DialNumber.parse(digits)


def _field(value: Any) -> bytes:
    return b"\xff" * NUMBER_SIZE if value is None else dial_number(value).encode(NUMBER_SIZE)


def _optional(value: int | None, what: str) -> bytes:
    return b"\xff" if value is None else number(value, 1, what)


def _given(byte: int) -> int | None:
    return None if byte == 0xFF else byte


def _name(text: str, size: int | None, others: int) -> bytes:
    """The name in a record of `size` bytes of which `others` bytes are not the name's."""
    if size is None:
        return encode_alpha(text)
    if size < others:
        raise EncodeError(f"a record has at least {others} bytes, this has {size}")
    return encode_alpha(text, size - others)


def entry_coding(clause: str, *, compares: bool = False) -> Coding:
    """A record of X bytes name and 14 bytes number; with `compares` one byte more."""
    tail_size = _ENTRY_SIZE + compares

    def encode(value: Any, size: int | None) -> bytes:
        entry = build(Entry, str(value) if isinstance(value, DialNumber) else value, short="number")
        content = _name(entry.name, size, tail_size) + _field(entry.number)
        content += _optional(entry.capability, "capability") + _optional(entry.extension, "extension")
        return content + (_optional(entry.comparison, "comparison") if compares else b"")

    def decode(content: bytes) -> Entry:
        if len(content) < tail_size:
            raise DecodeError(f"a record has at least {tail_size} bytes, this has {len(content)}")
        name, tail = content[: len(content) - tail_size], content[len(content) - tail_size :]
        return Entry(
            number=dial_text(DialNumber.decode_or_none(tail[:NUMBER_SIZE])),
            name=decode_alpha(name),
            capability=_given(tail[12]),
            extension=_given(tail[13]),
            comparison=_given(tail[14]) if compares else None,
        )

    return Coding(clause, encode, decode)


def _encode_parameters(value: Any, size: int | None) -> bytes:
    given = build(MessageParameters, str(value) if isinstance(value, DialNumber) else value, short="service_centre")
    present = (given.destination, given.service_centre, given.pid, given.dcs, given.validity)
    indicators = 0xFF - sum(1 << bit for bit, item in enumerate(present) if item is not None)
    if given.destination:
        destination = dial_number(given.destination).encode_address(NUMBER_SIZE)
    else:
        destination = b"\xff" * NUMBER_SIZE
    numbers = destination + _field(given.service_centre or None)
    rest = _optional(given.pid, "pid") + _optional(given.dcs, "dcs") + _optional(given.validity, "validity")
    return _name(given.name, size, _PARAMETERS_SIZE) + bytes((indicators,)) + numbers + rest


def _decode_parameters(content: bytes) -> MessageParameters:
    if len(content) < _PARAMETERS_SIZE:
        raise DecodeError(f"a record has at least {_PARAMETERS_SIZE} bytes, this has {len(content)}")
    name, tail = content[:-_PARAMETERS_SIZE], content[len(content) - _PARAMETERS_SIZE :]
    has_destination, has_centre, has_pid, has_dcs, has_validity = (not tail[0] >> bit & 1 for bit in range(5))
    return MessageParameters(
        service_centre=_number_text(tail[13:25], DialNumber.decode) if has_centre else None,
        name=decode_alpha(name),
        destination=_number_text(tail[1:13], DialNumber.decode_address) if has_destination else None,
        pid=tail[25] if has_pid else None,
        dcs=tail[26] if has_dcs else None,
        validity=tail[27] if has_validity else None,
    )


def _number_text(field: bytes, decode: Callable[[bytes], DialNumber]) -> str | None:
    return dial_text(decode(field)) if stripped(field) else ""


def _encode_mailboxes(value: Any, size: int | None) -> bytes:
    return padded(b"".join(_optional(item, "mailbox") for item in many(value)), size)


def _decode_mailboxes(content: bytes) -> tuple[int | None, ...]:
    return trimmed([_given(byte) for byte in content], None)


def _encode_waiting(value: Any, size: int | None) -> bytes:
    given = build(MessageWaiting, value, short="waiting")
    status = 0
    for name in many(given.waiting):
        if name not in WAITING:
            raise EncodeError(f"{name!r} is not a kind of message", hint=f"known are {', '.join(WAITING)}")
        status |= 1 << WAITING.index(name)
    return padded(bytes((status,)) + b"".join(number(item, 1, "count") for item in many(given.counts)), size)


def _decode_waiting(content: bytes) -> MessageWaiting:
    if not content:
        raise DecodeError("the record is empty")
    waiting = tuple(name for bit, name in enumerate(WAITING) if content[0] >> bit & 1)
    return MessageWaiting(waiting, tuple(stripped(content[1:])))


def _emergency_digits(value: Any) -> bytes:
    return padded(b"" if value is None else dial_number(value).bcd(), _ECC_NUMBER)


def _emergency_text(raw: bytes) -> str | None:
    if not stripped(raw):
        return None
    return DialNumber.decode(bytes((1 + len(stripped(raw)), UNKNOWN_TYPE)) + stripped(raw)).digits


def _encode_emergency(value: Any, size: int | None) -> bytes:
    given = build(EmergencyNumber, value, short="number")
    services = 0
    for name in many(given.services):
        if name not in EMERGENCY_SERVICES:
            raise EncodeError(f"{name!r} is not a service", hint=f"known are {', '.join(EMERGENCY_SERVICES)}")
        services |= 1 << EMERGENCY_SERVICES.index(name)
    return _emergency_digits(given.number) + _name(given.name, size, _ECC_NUMBER + 1) + bytes((services,))


def _decode_emergency(content: bytes) -> EmergencyNumber:
    if len(content) < _ECC_NUMBER + 1:
        raise DecodeError("the record is too short")
    return EmergencyNumber(
        number=_emergency_text(content[:_ECC_NUMBER]),
        name=decode_alpha(content[_ECC_NUMBER:-1]),
        services=tuple(name for bit, name in enumerate(EMERGENCY_SERVICES) if content[-1] >> bit & 1),
    )


def _encode_emergency_list(value: Any, size: int | None) -> bytes:
    return padded(b"".join(_emergency_digits(item) for item in many(value)), size)


def _decode_emergency_list(content: bytes) -> tuple[str | None, ...]:
    return trimmed([_emergency_text(piece) for piece in pieces(content, _ECC_NUMBER)], None)


NUMBER = or_hex(
    Part(
        NUMBER_SIZE,
        lambda value, room: _field(value),
        lambda content: dial_text(DialNumber.decode_or_none(content)),
    )
)
ENTRY = entry_coding("TS 31.102 §4.4.2.3")
BARRED_ENTRY = entry_coding("TS 31.102 §4.2.44", compares=True)
SMSP = Coding("TS 31.102 §4.2.27", _encode_parameters, _decode_parameters)
MBI = Coding("TS 31.102 §4.2.62", _encode_mailboxes, _decode_mailboxes, blank=False)
MWIS = Coding("TS 31.102 §4.2.63", _encode_waiting, _decode_waiting)
ECC = Coding("TS 31.102 §4.2.21", _encode_emergency, _decode_emergency)
ECC_2G = Coding("TS 51.011 §10.3.27", _encode_emergency_list, _decode_emergency_list, blank=False)
