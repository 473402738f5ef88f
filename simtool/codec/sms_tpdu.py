"""Short message transfer units: SMS-SUBMIT, SMS-DELIVER (TS 23.040 §9.2.2), and the reports that answer a download.

User data stays as it travels: `user_data` is what follows TP-UDL, `length` TP-UDL itself (septets or bytes). Status
reports and commands are not read here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from simtool.codec.byte_reader import ByteReader
from simtool.codec.dial_number import DialNumber
from simtool.codec.gsm7 import encode_gsm, in_gsm_alphabet, unpack_septets
from simtool.codec.proactive.objects import DateTimeZone, TextCoding, coding_of, decode_text
from simtool.codec.text import decode_gsm, encode_ucs2, pack_septets
from simtool.errors import DecodeError, EncodeError

_DELIVER, _SUBMIT, _TYPE_BITS = 0x00, 0x01, 0x03
_NO_MORE, _HEADER = 0x04, 0x40
_VALIDITY_SIZES = {0: 0, 1: 7, 2: 1, 3: 7}
_ALPHANUMERIC = 0x50
MAX_USER_DATA = 140
SIM_DATA_DOWNLOAD = 0x7F
"""TP-PID "(U)SIM data download" (TS 23.040 §9.2.3.9)."""
CLASS_2_8_BIT = 0xF6


@dataclass(frozen=True, slots=True)
class Submit:
    """SMS-SUBMIT (§9.2.2.2). `first` is the first byte with its flags, `validity` TP-VP as it stands."""

    destination: DialNumber
    length: int
    user_data: bytes
    reference: int = 0
    protocol: int = 0
    dcs: int = 0
    first: int = _SUBMIT
    validity: bytes = b""

    @classmethod
    def text(cls, destination: DialNumber, text: str) -> Submit:
        """One message, packed in the default alphabet or UCS2. Raises `EncodeError` if it does not fit."""
        dcs, length, data = coded_text(text)
        return cls(destination, length, data, dcs=dcs)

    def encode(self) -> bytes:
        head = bytes((self.first, self.reference)) + encode_tp_address(self.destination)
        return head + bytes((self.protocol, self.dcs)) + self.validity + bytes((self.length,)) + self.user_data

    @classmethod
    def decode(cls, raw: bytes) -> Submit:
        """Raises `DecodeError` if it is another type or cut short."""
        reader = ByteReader(raw, "SMS-SUBMIT")
        first = reader.u1("first byte")
        if first & _TYPE_BITS != _SUBMIT:
            raise DecodeError(f"{first:02X} does not begin an SMS-SUBMIT")
        reference = reader.u1("reference")
        destination = read_tp_address(reader)
        if not isinstance(destination, DialNumber):
            raise DecodeError("an SMS-SUBMIT goes to a number")
        protocol, dcs = reader.u1("protocol identifier"), reader.u1("data coding scheme")
        validity = reader.bytes(_VALIDITY_SIZES[first >> 3 & 3], "validity period")
        length = reader.u1("length of user data")
        data = reader.bytes(len(raw) - reader.offset, "user data")
        _check(dcs, length, data)
        return cls(destination, length, data, reference, protocol, dcs, first, validity)

    def packed(self) -> Submit:
        """The same text as septets: what a terminal makes of one that it has to pack (TS 31.111 §6.4.10).

        A user data header stays in front of it. Raises `EncodeError` for what is no text in the default alphabet.
        """
        header = self.user_data[: 1 + self.user_data[0]] if self.first & _HEADER and self.user_data else b""
        septets = self.user_data[len(header) :]
        fill = -8 * len(header) % 7
        data = header + pack_septets(septets, fill_bits=fill)
        length = (8 * len(header) + fill) // 7 + len(septets)
        if len(data) > MAX_USER_DATA:
            raise EncodeError(f"{len(septets)} characters do not fit one short message")
        return replace(self, dcs=_unpacked_dcs(self.dcs), length=length, user_data=data)

    @property
    def shown(self) -> str:
        """The text, or the bytes in hex where it is none."""
        return shown_text(self.dcs, self.length, self.user_data, header=bool(self.first & _HEADER))


@dataclass(frozen=True, slots=True)
class Deliver:
    """SMS-DELIVER (§9.2.2.1). `origin` is a number, or a name where the network sends one."""

    origin: DialNumber | str
    length: int
    user_data: bytes
    protocol: int = 0
    dcs: int = 0
    moment: datetime = datetime(2026, 1, 1)
    first: int = _DELIVER | _NO_MORE

    @classmethod
    def text(cls, origin: DialNumber | str, text: str, moment: datetime) -> Deliver:
        """An ordinary message. Raises `EncodeError` if it does not fit."""
        dcs, length, data = coded_text(text)
        return cls(origin, length, data, dcs=dcs, moment=moment)

    @classmethod
    def data(
        cls, origin: DialNumber | str, data: bytes, moment: datetime, *, header: bool = False,
        protocol: int = SIM_DATA_DOWNLOAD, dcs: int = CLASS_2_8_BIT,
    ) -> Deliver:  # fmt: skip
        """Data for the card (TS 31.111 §7.1.1.1). `header` says that it begins with a user data header."""
        if len(data) > MAX_USER_DATA:
            raise EncodeError(f"{len(data)} bytes do not fit one short message")
        return cls(origin, len(data), data, protocol, dcs, moment, _DELIVER | _NO_MORE | (_HEADER if header else 0))

    def encode(self) -> bytes:
        head = bytes((self.first,)) + encode_tp_address(self.origin) + bytes((self.protocol, self.dcs))
        return head + DateTimeZone(self.moment).encode() + bytes((self.length,)) + self.user_data

    @classmethod
    def decode(cls, raw: bytes) -> Deliver:
        """Raises `DecodeError` if it is another type or cut short."""
        reader = ByteReader(raw, "SMS-DELIVER")
        first = reader.u1("first byte")
        if first & _TYPE_BITS != _DELIVER:
            raise DecodeError(f"{first:02X} does not begin an SMS-DELIVER")
        origin = read_tp_address(reader)
        protocol, dcs = reader.u1("protocol identifier"), reader.u1("data coding scheme")
        moment = DateTimeZone.decode(reader.bytes(7, "time stamp")).moment
        length = reader.u1("length of user data")
        data = reader.bytes(len(raw) - reader.offset, "user data")
        _check(dcs, length, data)
        return cls(origin, length, data, protocol, dcs, moment, first)

    @property
    def is_for_card(self) -> bool:
        """Data download: its protocol identifier, and class 2 (TS 31.111 §7.1.1.1)."""
        return self.protocol == SIM_DATA_DOWNLOAD and message_class(self.dcs) == 2

    @property
    def shown(self) -> str:
        """The text, or the bytes in hex where it is none."""
        return shown_text(self.dcs, self.length, self.user_data, header=bool(self.first & _HEADER))


def message_class(dcs: int) -> int | None:
    """0 to 3, None if the data coding scheme says nothing of a class (TS 23.038 §4)."""
    if dcs >> 4 == 0xF or (dcs < 0x80 and dcs & 0x10):
        return dcs & 3
    return None


def coded_text(text: str) -> tuple[int, int, bytes]:
    """Data coding scheme, TP-UDL and user data of a text. Raises `EncodeError` if it does not fit one message."""
    if in_gsm_alphabet(text):
        septets = encode_gsm(text)
        dcs, length, data = 0x00, len(septets), pack_septets(septets)
    else:
        data = encode_ucs2(text)
        dcs, length = 0x08, len(data)
    if len(data) > MAX_USER_DATA:
        raise EncodeError(f"{len(text)} characters do not fit one short message")
    return dcs, length, data


def shown_text(dcs: int, length: int, data: bytes, *, header: bool = False) -> str:
    """User data as text; as hex where it is none."""
    skipped = 1 + data[0] if header and data else 0
    try:
        coding = coding_of(dcs)
    except DecodeError:
        return data.hex()
    if coding is TextCoding.UNPACKED:
        return data.hex()
    if coding is TextCoding.PACKED:
        gone = (8 * skipped + 6) // 7
        return decode_gsm(unpack_septets(data, length)[gone:])
    return decode_text(data[skipped:], coding)


def encode_tp_address(address: DialNumber | str) -> bytes:
    """A TP address (§9.1.2.5); a name as an alphanumeric one. Raises `EncodeError`."""
    if isinstance(address, DialNumber):
        return address.encode_address(2 + (len(address.digits) + 1) // 2)
    packed = pack_septets(encode_gsm(address))
    if not 1 <= len(packed) <= 10:
        raise EncodeError(f"{address!r} does not fit an address: 1 to 11 characters do")
    nibbles = (7 * len(encode_gsm(address)) + 3) // 4
    return bytes((nibbles, 0x80 | _ALPHANUMERIC)) + packed


def read_tp_address(reader: ByteReader) -> DialNumber | str:
    digits = reader.u1("length of the address")
    kind = reader.u1("type of the address")
    value = reader.bytes((digits + 1) // 2, "address")
    if kind & 0x70 == _ALPHANUMERIC:
        return decode_gsm(unpack_septets(value, 4 * digits // 7))
    return DialNumber.decode_address(bytes((digits, kind)) + value)


def _check(dcs: int, length: int, data: bytes) -> None:
    """Whether as much user data is there as TP-UDL says: septets in the default alphabet, else bytes."""
    try:
        packed = coding_of(dcs) is TextCoding.PACKED
    except DecodeError:
        packed = False
    size = (7 * length + 7) // 8 if packed else length
    if size != len(data) or size > MAX_USER_DATA:
        raise DecodeError(f"TP-UDL says {size} bytes of user data, {len(data)} are there")


def _unpacked_dcs(dcs: int) -> int:
    """The same data coding scheme with the default alphabet in place of 8 bit data."""
    return dcs & ~0x0C if dcs < 0x80 else dcs & ~0x04
