"""Short messages for applets: what is formatted, and for whom (TS 31.130 §6.2, TS 31.115 §4, TS 23.040 §9.2.2.1).

A formatted message has a user data header with information element 70 and a command packet behind it. The security of
packets is somebody else's work (`PacketOpener`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from simtool.codec.comprehension import ComprehensionTlv, join
from simtool.softcard.jcvm.platform.toolkit import Envelope
from simtool.softcard.toolkit.commands import ADDRESS, DEVICES, NETWORK, SMS_TPDU, UICC, Parts
from simtool.softcard.toolkit.events import SMS_PP_TAG

COMMAND_PACKET = 0x70
_DELIVER, _SUBMIT, _MTI_BITS, _UDHI = 0x00, 0x01, 0x03, 0x40
_CLASS_2 = 0xF6
_FIXED = 2 + 7
"""Protocol identifier, data coding scheme, time stamp."""
_HEADER_AFTER_ADDRESS = _FIXED + 1
_CONCATENATED = {0x00: 3, 0x08: 4}
_RECEIVED = (0x01, 0x03)
_SPI, TAR_IN_PACKET = 3, slice(7, 10)
_SECURITY_BITS = 0x1F


@dataclass(frozen=True, slots=True)
class Opened:
    """A command packet that has passed: its TAR and all of it in plain, CPL first.

    `respond` makes of the applet's data what goes to the network, None for nothing; `by_submit`: as another message.
    """

    tar: bytes
    packet: bytes
    respond: Callable[[bytes], bytes | None]
    by_submit: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A packet that has not; `response` goes to the network, `by_submit` as a message of its own."""

    response: bytes | None = None
    by_submit: bool = False


PacketOpener = Callable[[bytes], Opened | Refused]


def open_plain(packet: bytes) -> Opened | Refused:
    """Only packets without any security."""
    if len(packet) < TAR_IN_PACKET.stop or packet[_SPI] & _SECURITY_BITS:
        return Refused()
    return Opened(packet[TAR_IN_PACKET], packet, lambda data: data)


@dataclass(frozen=True, slots=True)
class Part:
    """One of `count` parts of a concatenated message; `key` is the same for all of them: sender and reference."""

    key: bytes
    number: int
    count: int


@dataclass(frozen=True, slots=True)
class Deliver:
    """An SMS-DELIVER. `head` is everything before TP-UDL."""

    head: bytes
    user_data: bytes
    with_header: bool

    @classmethod
    def read(cls, tpdu: bytes) -> Deliver | None:
        """None for another or a broken TPDU."""
        if len(tpdu) < 2 or tpdu[0] & _MTI_BITS != _DELIVER:
            return None
        start = 3 + (tpdu[1] + 1) // 2 + _HEADER_AFTER_ADDRESS
        if len(tpdu) < start:
            return None
        return cls(tpdu[: start - 1], tpdu[start:], bool(tpdu[0] & _UDHI))

    @property
    def body_at(self) -> int:
        """Where in the user data what is behind the header begins."""
        return 1 + self.user_data[0] if self.with_header and self.user_data else 0

    def elements(self) -> Iterator[tuple[int, bytes]]:
        """Information elements of the user data header (TS 23.040 §9.2.3.24)."""
        at, end = 1, self.body_at
        while at + 2 <= min(end, len(self.user_data)):
            length = self.user_data[at + 1]
            yield self.user_data[at], self.user_data[at + 2 : min(at + 2 + length, end)]
            at += 2 + length

    @property
    def formatted(self) -> bool:
        """Whether a command packet begins behind the header."""
        whole = self.body_at <= len(self.user_data)
        return whole and any(identifier == COMMAND_PACKET for identifier, _ in self.elements())

    @property
    def packet(self) -> bytes:
        """What is behind the header."""
        return self.user_data[self.body_at :]

    @property
    def part(self) -> Part | None:
        """Which part of a concatenated message this is; None if it is none (§9.2.3.24.1, §9.2.3.24.8)."""
        for identifier, value in self.elements():
            if identifier in _CONCATENATED and len(value) == _CONCATENATED[identifier] and 1 <= value[-1] <= value[-2]:
                reference = bytes((identifier,)) + value[:-2]
                return Part(self.head[1:-_FIXED] + reference, value[-1], value[-2])
        return None

    def reply(self, user_data: bytes) -> bytes:
        """An SMS-SUBMIT to the sender with this user data, which has a header (TS 23.040 §9.2.2.2): 8 bits, class 2."""
        head = bytes((_SUBMIT | _UDHI, 0)) + self.head[1:-_FIXED] + bytes((0, _CLASS_2))
        return head + bytes((len(user_data),)) + user_data

    def with_packet(self, packet: bytes) -> bytes:
        """The TPDU with another packet in place of its own."""
        data = self.user_data[: self.body_at] + packet
        return self.head + bytes((len(data) & 0xFF,)) + data


def envelope_with(envelope: Envelope, tpdu: bytes) -> Envelope:
    """The same SMS-PP DOWNLOAD with another TPDU."""
    objects = Parts.of(envelope.value).objects
    changed = (ComprehensionTlv(one.tag, tpdu, one.comprehension) if one.tag == SMS_TPDU else one for one in objects)
    return Envelope(envelope.tag, join(changed))


def of_record(record: bytes) -> Envelope | None:
    """What the EnvelopeHandler has of a message that was stored in EF.SMS (§6.2, EVENT_…_SMS_PP_UPD).

    None if the record holds no received message.
    """
    if len(record) < 3 or record[0] not in _RECEIVED:
        return None
    length = record[1]
    address, tpdu = record[2 : 2 + length], record[2 + length :]
    message = Deliver.read(tpdu)
    if message is None:
        return None
    end = len(message.head) + 1 + min(tpdu[len(message.head)], len(message.user_data))
    objects = [ComprehensionTlv(DEVICES, bytes((NETWORK, UICC)))]
    if address:
        objects.append(ComprehensionTlv(ADDRESS, address, comprehension=False))
    return Envelope(SMS_PP_TAG, join((*objects, ComprehensionTlv(SMS_TPDU, tpdu[:end]))))


class Assembly:
    """Parts of concatenated formatted messages until all are there; they wait for the rest of the card session.

    That a message is formatted stands in its first part. Parts that come before it are taken for messages of their own,
    too.
    """

    def __init__(self) -> None:
        self._waiting: dict[bytes, dict[int, Deliver]] = {}

    def clear(self) -> None:
        self._waiting.clear()

    def take(self, message: Deliver) -> Deliver | None:
        """The whole message, as its first part with the packet of all; the message itself if it is not such a part;
        None while others are missing."""
        part = message.part
        if part is None:
            return message
        have = self._waiting.setdefault(part.key, {})
        have[part.number] = message
        first = have.get(1)
        if first is None or not first.formatted:
            return message
        if len(have) < part.count:
            return None
        del self._waiting[part.key]
        packet = b"".join(have[number].packet for number in sorted(have))
        return Deliver(first.head, first.user_data[: first.body_at] + packet, True)
