"""Values of data objects about networks and channels (TS 102 223 §8.19, §8.25, §8.52 to §8.61, TS 31.111 §8.19)."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from simtool.codec.identifiers import Plmn
from simtool.codec.proactive.objects import named
from simtool.codec.proactive.shape import Coding
from simtool.codec.proactive.tags import BearerType, Event, RadioTechnology, TransportProtocol
from simtool.errors import DecodeError, EncodeError

_IPV4, _IPV6 = 0x21, 0x57
_LINK = 0x80
LINK_DROPPED = 0x05
MAX_CHANNEL = 7


@dataclass(frozen=True, slots=True)
class LocationInformation:
    """Where the phone is (TS 31.111 §8.19): network, LAC or TAC (2 bytes, in 5G 3), cell (2 to 5 bytes).

    In the extended form for UTRAN the cell identity is followed by two bytes more; they belong to `cell` here.
    """

    plmn: Plmn
    area: bytes
    cell: bytes = b""

    def encode(self) -> bytes:
        if len(self.area) not in (2, 3):
            raise EncodeError(f"an area code has 2 bytes, or 3 in 5G; {self.area.hex()} has {len(self.area)}")
        return self.plmn.encode() + self.area + self.cell

    @classmethod
    def decode(cls, raw: bytes) -> LocationInformation:
        """5G is told by the length: 3 + 3 + 5 bytes."""
        if len(raw) < 5:
            raise DecodeError(f"{raw.hex()} is too short for a network and an area")
        end = 6 if len(raw) == 11 else 5
        return cls(Plmn.decode(raw[:3]), raw[3:end], raw[end:])


@dataclass(frozen=True, slots=True)
class BearerDescription:
    """What carries a channel (§8.52). The meaning of `parameters` hangs on the type; they are kept as bytes."""

    type: int
    parameters: bytes = b""

    def encode(self) -> bytes:
        return bytes((self.type,)) + self.parameters

    @classmethod
    def decode(cls, raw: bytes) -> BearerDescription:
        if not raw:
            raise DecodeError("a bearer description begins with its type")
        return cls(named(BearerType, raw[0]), raw[1:])


@dataclass(frozen=True, slots=True)
class TransportLevel:
    """Protocol and port between card and terminal (§8.59)."""

    protocol: int
    port: int

    def encode(self) -> bytes:
        if not 0 <= self.port <= 0xFFFF:
            raise EncodeError(f"{self.port} is no port")
        return bytes((self.protocol,)) + self.port.to_bytes(2)

    @classmethod
    def decode(cls, raw: bytes) -> TransportLevel:
        if len(raw) != 3:
            raise DecodeError(f"{raw.hex()} is not a protocol and a port")
        return cls(named(TransportProtocol, raw[0]), int.from_bytes(raw[1:]))


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """State of a channel (§8.56). `state` are the two high bits: 2 for an established link, for a server 1 listens."""

    channel: int
    state: int = 0
    information: int = 0

    @classmethod
    def of(cls, channel: int, *, linked: bool, information: int = 0) -> ChannelStatus:
        return cls(channel, 2 if linked else 0, information)

    @property
    def linked(self) -> bool:
        return self.state == 2

    def encode(self) -> bytes:
        if not 0 <= self.channel <= MAX_CHANNEL or not 0 <= self.state <= 3:
            raise EncodeError(f"channel {self.channel} in state {self.state} has no coding")
        return bytes((self.state << 6 | self.channel, self.information))

    @classmethod
    def decode(cls, raw: bytes) -> ChannelStatus:
        if len(raw) != 2:
            raise DecodeError(f"{raw.hex()} is no channel status: it has 2 bytes")
        return cls(raw[0] & 7, raw[0] >> 6, raw[1])


def encode_other_address(address: str) -> bytes:
    """An IP address (§8.58); an empty text asks for a dynamic one."""
    if not address:
        return b""
    try:
        return bytes((_IPV4,)) + IPv4Address(address).packed
    except ValueError:
        pass
    try:
        return bytes((_IPV6,)) + IPv6Address(address).packed
    except ValueError:
        raise EncodeError(f"{address!r} is no IP address") from None


def decode_other_address(raw: bytes) -> str:
    if not raw:
        return ""
    if raw[0] == _IPV4 and len(raw) == 5:
        return str(IPv4Address(raw[1:]))
    if raw[0] == _IPV6 and len(raw) == 17:
        return str(IPv6Address(raw[1:]))
    raise DecodeError(f"{raw.hex()} is neither an IPv4 nor an IPv6 address")


def encode_access_name(name: str) -> bytes:
    """A network access name (§8.70, TS 23.003 §9.1): each label behind its length."""
    labels = [label.encode("latin-1", "replace") for label in name.split(".")] if name else []
    if any(not 1 <= len(label) <= 63 for label in labels):
        raise EncodeError(f"{name!r}: a label has 1 to 63 characters")
    return b"".join(bytes((len(label),)) + label for label in labels)


def decode_access_name(raw: bytes) -> str:
    labels, rest = [], raw
    while rest:
        label, size = rest[1 : 1 + rest[0]], rest[0]
        if not size or size > 63 or len(label) < size or b"." in label:
            raise DecodeError(f"{raw.hex()} is no network access name")
        labels.append(label.decode("latin-1"))
        rest = rest[1 + size :]
    return ".".join(labels)


def decode_events(raw: bytes) -> tuple[int, ...]:
    return tuple(named(Event, code) for code in raw)


def decode_technologies(raw: bytes) -> tuple[int, ...]:
    if not raw:
        raise DecodeError("no access technology is named")
    return tuple(named(RadioTechnology, code) for code in raw)


def encode_size(size: int) -> bytes:
    if not 0 <= size <= 0xFFFF:
        raise EncodeError(f"a buffer of {size} bytes has no coding")
    return size.to_bytes(2)


def decode_size(raw: bytes) -> int:
    if len(raw) != 2:
        raise DecodeError(f"{raw.hex()} is no buffer size: it has 2 bytes")
    return int.from_bytes(raw)


LOCATION = Coding(LocationInformation.decode, LocationInformation.encode)
BEARER = Coding(BearerDescription.decode, BearerDescription.encode)
TRANSPORT = Coding(TransportLevel.decode, TransportLevel.encode)
CHANNEL_STATUS = Coding(ChannelStatus.decode, ChannelStatus.encode)
OTHER_ADDRESS = Coding(decode_other_address, encode_other_address)
ACCESS_NAME = Coding(decode_access_name, encode_access_name)
EVENTS = Coding(decode_events, bytes)
TECHNOLOGIES = Coding(decode_technologies, bytes)
BUFFER_SIZE = Coding(decode_size, encode_size)
