"""Short messages for applets: what is formatted, and for whom (TS 31.130 §6.2, TS 31.115 §4, TS 23.040 §9.2.2.1).

A formatted message has a user data header with information element 70 and a command packet behind it. The security of
packets is somebody else's work (`PacketOpener`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simtool.codec.comprehension import ComprehensionTlv, join
from simtool.softcard.jcvm.platform.toolkit import Envelope
from simtool.softcard.toolkit.commands import ADDRESS, DEVICES, NETWORK, SMS_TPDU, UICC, Parts
from simtool.softcard.toolkit.events import SMS_PP_TAG

COMMAND_PACKET = 0x70
RECORD_LENGTH = 176
_DELIVER, _MTI_BITS, _UDHI = 0x00, 0x03, 0x40
_HEADER_AFTER_ADDRESS = 2 + 7 + 1
_RECEIVED = (0x01, 0x03)
_CPL, _SPI, _TAR = 2, 3, slice(7, 10)
_SECURITY_BITS = 0x1F


@dataclass(frozen=True, slots=True)
class Opened:
    """A command packet that has passed: its TAR and all of it in plain, CPL first.

    `respond` makes of the applet's data what goes to the network, None for nothing.
    """

    tar: bytes
    packet: bytes
    respond: Callable[[bytes], bytes | None]


@dataclass(frozen=True, slots=True)
class Refused:
    """A packet that has not; `response` goes to the network."""

    response: bytes | None = None


PacketOpener = Callable[[bytes], Opened | Refused]


def open_plain(packet: bytes) -> Opened | Refused:
    """Only packets without any security."""
    if len(packet) < _TAR.stop or packet[_SPI] & _SECURITY_BITS:
        return Refused()
    return Opened(packet[_TAR], packet, lambda data: data)


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
    def packet_at(self) -> int | None:
        """Where in the user data a command packet begins; None if the message is not formatted."""
        data = self.user_data
        if not self.with_header or not data or len(data) < 1 + data[0]:
            return None
        at, end = 1, 1 + data[0]
        while at + 2 <= end:
            if data[at] == COMMAND_PACKET:
                return end
            at += 2 + data[at + 1]
        return None

    def with_packet(self, packet: bytes) -> bytes:
        """The TPDU with another packet in place of its own."""
        data = self.user_data[: self.packet_at] + packet
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
