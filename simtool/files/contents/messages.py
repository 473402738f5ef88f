"""Short messages and cell broadcast on the card (TS 31.102 §4.2.14, 4.2.20, 4.2.22, 4.2.25, 4.2.28, 4.2.32)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simtool.codec.dial_number import DialNumber
from simtool.errors import DecodeError
from simtool.files.contents.base import Coding, Fields, build, from_hex, padded, stripped
from simtool.files.contents.numbers import dial_number, dial_text
from simtool.files.contents.parts import choice, raw, sequence, struct, uint

_MAX_CENTRE = 11
_MEMORY_FREE = 0x01


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A record of EF.SMS (TS 31.102 §4.2.25): the service centre, and the TPDU of TS 23.040 in hex.

    `status` is a name of `MESSAGE_STATUS` or a number. `service_centre` None: it is not given; empty: given as of
    length 0.
    """

    status: str | int = "free"
    service_centre: str | None = None
    tpdu: str = ""

    def __str__(self) -> str:
        return f"{self.status}, {len(self.tpdu) // 2} bytes"


@dataclass(frozen=True, slots=True)
class MessageState(Fields):
    """EF.SMSS (TS 31.102 §4.2.28): last message reference used; whether the network was told that memory is full.

    `spare` are the seven reserved bits.
    """

    last_reference: int | None = None
    memory_full: bool = False
    spare: int = 0x7F
    rest: str = ""


@dataclass(frozen=True, slots=True)
class StatusReport(Fields):
    """A record of EF.SMSR (TS 31.102 §4.2.32): the record of EF.SMS (0: free), and the status report in hex."""

    message: int = 0
    report: str = ""


@dataclass(frozen=True, slots=True)
class BroadcastRange:
    """Cell broadcast message identifiers from `first` to `last` (TS 31.102 §4.2.22)."""

    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


MESSAGE_STATUS = {
    0x00: "free",
    0x01: "received, read",
    0x03: "received, to be read",
    0x05: "sent",
    0x07: "to be sent",
    0x0D: "sent, report requested",
    0x15: "sent, report received",
    0x1D: "sent, report stored",
}
_STATUS = choice(MESSAGE_STATUS)


def _encode_message(value: Any, size: int | None) -> bytes:
    given = build(StoredMessage, value)
    if given.service_centre is None:
        centre = b""
    elif given.service_centre == "":
        centre = b"\0"
    else:
        dialled = dial_number(given.service_centre)
        centre = dialled.encode(2 + len(dialled.bcd()))
    return padded(_STATUS.encode(given.status, 1) + centre + from_hex(given.tpdu, "tpdu"), size)


def _decode_message(content: bytes) -> StoredMessage:
    if not content:
        raise DecodeError("the record is empty")
    status, data = _STATUS.decode(content[:1]), stripped(content[1:])
    if not data:
        return StoredMessage(status)
    if data[0] == 0:
        return StoredMessage(status, "", data[1:].hex())
    end = 1 + data[0]
    if not 2 <= data[0] <= _MAX_CENTRE or end > len(data):
        raise DecodeError("the service centre's length is wrong")
    return StoredMessage(status, dial_text(DialNumber.decode(data[:end])), data[end:].hex())


def _encode_state(value: Any, size: int | None) -> bytes:
    given = build(MessageState, value)
    flag = uint(1).encode(given.spare, 1)[0] << 1 & 0xFF | (0 if given.memory_full else _MEMORY_FREE)
    reference = 0xFF if given.last_reference is None else given.last_reference
    return padded(uint(1).encode(reference, 1) + bytes((flag,)) + from_hex(given.rest, "rest"), size)


def _decode_state(content: bytes) -> MessageState:
    if len(content) < 2:
        raise DecodeError("2 bytes are expected")
    return MessageState(
        last_reference=None if content[0] == 0xFF else content[0],
        memory_full=not content[1] & _MEMORY_FREE,
        spare=content[1] >> 1,
        rest=stripped(content[2:]).hex(),
    )


FILES: Mapping[str, Coding] = {
    "EF.SMS": Coding("TS 31.102 §4.2.25", _encode_message, _decode_message),
    "EF.SMSS": Coding("TS 31.102 §4.2.28", _encode_state, _decode_state),
    "EF.SMSR": struct(StatusReport, ("message", uint(1)), ("report", raw())).coding("TS 31.102 §4.2.32"),
    "EF.CBMI": sequence(uint(2)).coding("TS 31.102 §4.2.14", blank=False),
    "EF.CBMID": sequence(uint(2)).coding("TS 31.102 §4.2.20", blank=False),
    "EF.CBMIR": sequence(struct(BroadcastRange, ("first", uint(2)), ("last", uint(2)))).coding(
        "TS 31.102 §4.2.22", blank=False
    ),
}
