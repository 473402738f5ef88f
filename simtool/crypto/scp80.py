"""Secured packets, called SCP80 by GlobalPlatform: their form (TS 102 225 §5; TS 31.115 §4 for short messages).

A command packet is CPL, CHL, SPI, KIc, KID, TAR, then CNTR, PCNTR, RC/CC/DS and data, which may be ciphered together.
A response packet in a short message begins with its user data header 02 71 00, which its RC/CC/DS covers, too.
What is done with a packet (counters, keys, answers) is the business of the sides; the
algorithms are in `packet_security`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from simtool.crypto.packet_security import (
    Algorithm,
    Integrity,
    PacketKey,
    PacketKeys,
    algorithm,
    decipher,
    encipher,
    integrity_length,
    integrity_of,
    verify,
)
from simtool.errors import AuthenticationError, DecodeError, EncodeError

RESPONSE_UDH = b"\x02\x71\x00"
TAR_LENGTH, COUNTER_LENGTH = 3, 5
COUNTER_MAX = 0xFF_FFFF_FFFF
COMMAND_HEADER = 13
"""CHL of a command packet without RC/CC/DS: SPI, KIc, KID, TAR, CNTR, PCNTR."""
RESPONSE_HEADER = 10
"""RHL of a response packet without RC/CC/DS: TAR, CNTR, PCNTR, status."""
_CLEAR = 10
"""Bytes of a command packet that are never ciphered: CPL, CHL, SPI, KIc, KID, TAR."""
_RESPONSE_CLEAR = len(RESPONSE_UDH) + 2 + 1 + TAR_LENGTH
_COUNTERS = COUNTER_LENGTH + 1


class CounterRule(IntEnum):
    """b5 b4 of the first byte of SPI."""

    NONE = 0
    UNCHECKED = 1
    HIGHER = 2
    NEXT = 3


class Proof(IntEnum):
    """Proof of receipt wanted (b2 b1 of the second byte of SPI)."""

    NONE = 0
    ALWAYS = 1
    ON_ERROR = 2
    RESERVED = 3


class ResponseStatus(IntEnum):
    """Response status code (table 5)."""

    OK = 0x00
    INTEGRITY_FAILED = 0x01
    COUNTER_LOW = 0x02
    COUNTER_HIGH = 0x03
    COUNTER_BLOCKED = 0x04
    CIPHERING_ERROR = 0x05
    UNIDENTIFIED_SECURITY_ERROR = 0x06
    INSUFFICIENT_MEMORY = 0x07
    MORE_TIME = 0x08
    TAR_UNKNOWN = 0x09
    INSUFFICIENT_SECURITY_LEVEL = 0x0A
    DATA_BY_SUBMIT = 0x0B
    DATA_BY_USSD = 0x0C


@dataclass(frozen=True, slots=True)
class Spi:
    """Security parameter indication: what secures the command packet, and what the proof of receipt (§5.1.1)."""

    first: int
    second: int

    @property
    def integrity(self) -> Integrity:
        return Integrity(self.first & 0x03)

    @property
    def ciphered(self) -> bool:
        return bool(self.first & 0x04)

    @property
    def counter(self) -> CounterRule:
        return CounterRule(self.first >> 3 & 0x03)

    @property
    def proof(self) -> Proof:
        return Proof(self.second & 0x03)

    @property
    def proof_integrity(self) -> Integrity:
        return Integrity(self.second >> 2 & 0x03)

    @property
    def proof_ciphered(self) -> bool:
        return bool(self.second & 0x10)

    @property
    def by_submit(self) -> bool:
        """Proof by SMS-SUBMIT, not in the SMS-DELIVER-REPORT."""
        return bool(self.second & 0x20)


@dataclass(frozen=True, slots=True)
class PacketHeader:
    """The readable front of a command packet. `key index` of KIc and KID is their upper half."""

    spi: Spi
    kic: int
    kid: int
    tar: bytes

    def encode(self) -> bytes:
        return bytes((self.spi.first, self.spi.second, self.kic, self.kid)) + self.tar


class _Plain:
    """What packets of both directions have: what stands before `integrity`, that, and the body."""

    __slots__ = ()
    padding: int
    integrity: bytes
    body: bytes

    @property
    def data(self) -> bytes:
        """The secured data without what fills them up."""
        return self.body[: max(0, len(self.body) - self.padding)]

    def encode(self) -> bytes:
        """All of it in plain, from CPL on."""
        return self._front() + self.integrity + self.body

    def covered(self) -> bytes:
        """What RC/CC/DS is made over: everything but itself (§5.1.3)."""
        return self._front() + self.body

    def _front(self) -> bytes:
        """Lengths and header, by the direction."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class CommandPacket(_Plain):
    """A command packet in plain. `integrity` is its RC, CC or DS; `body` ends in `padding` bytes that only fill up."""

    header: PacketHeader
    counter: int
    padding: int
    integrity: bytes
    body: bytes

    def _front(self) -> bytes:
        length = COMMAND_HEADER + len(self.integrity)
        whole = 1 + length + len(self.body)
        counters = self.counter.to_bytes(COUNTER_LENGTH) + bytes((self.padding,))
        return whole.to_bytes(2) + bytes((length,)) + self.header.encode() + counters


@dataclass(frozen=True, slots=True)
class ResponsePacket(_Plain):
    """A response packet in plain; see `CommandPacket`. A `status` without a name keeps its number."""

    tar: bytes
    counter: int
    padding: int
    status: int
    integrity: bytes
    body: bytes

    def _front(self) -> bytes:
        length = RESPONSE_HEADER + len(self.integrity)
        whole = 1 + length + len(self.body)
        counters = self.counter.to_bytes(COUNTER_LENGTH) + bytes((self.padding, self.status))
        return RESPONSE_UDH + whole.to_bytes(2) + bytes((length,)) + self.tar + counters


# Command packets


def build_command(header: PacketHeader, counter: int, data: bytes, keys: PacketKeys) -> bytes:
    """A command packet, CPL first, secured as its SPI says. Raises `EncodeError` or `DecodeError` if it cannot be."""
    if len(header.tar) != TAR_LENGTH or not 0 <= counter <= COUNTER_MAX:
        raise EncodeError("a TAR has 3 bytes, a counter 5")
    length = integrity_length(header.spi.integrity, header.kid, keys)
    padding = _padding(header.spi.ciphered, header.kic, keys, _COUNTERS + length + len(data))
    body = data + bytes(padding)
    packet = CommandPacket(header, counter, padding, bytes(length), body)
    value = integrity_of(header.spi.integrity, header.kid, keys, packet.covered())
    whole = CommandPacket(header, counter, padding, value, body).encode()
    if not header.spi.ciphered or keys.kic is None:
        return whole
    kind = algorithm(header.kic, keys.kic, ciphering=True)
    return whole[:_CLEAR] + encipher(kind, keys.kic, whole[_CLEAR:])


def read_header(packet: bytes) -> PacketHeader:
    """What can be read without keys. Raises `DecodeError` where it is not all there."""
    if len(packet) < _CLEAR:
        raise DecodeError("a secured packet begins with 10 bytes of lengths and header")
    return PacketHeader(Spi(packet[3], packet[4]), packet[5], packet[6], packet[7:10])


def open_command(packet: bytes, integrity: int, kic: tuple[Algorithm, PacketKey] | None) -> CommandPacket:
    """A command packet in plain, its RC/CC of `integrity` bytes not yet verified; `kic` deciphers it.

    Raises `DecodeError` for lengths that do not fit and for ciphered data that are not whole blocks. `padding` may
    still be more than the data: that is to be looked at once the packet is known to be genuine.
    """
    header, body = read_header(packet), packet[_CLEAR:]
    if int.from_bytes(packet[:2]) != len(packet) - 2 or packet[2] != COMMAND_HEADER + integrity:
        raise DecodeError("the lengths of the secured packet do not fit it")
    if kic is not None:
        body = decipher(*kic, body)
    if len(body) < _COUNTERS + integrity:
        raise DecodeError("the secured packet ends in its header")
    counter, padding = int.from_bytes(body[:COUNTER_LENGTH]), body[COUNTER_LENGTH]
    value, rest = body[_COUNTERS : _COUNTERS + integrity], body[_COUNTERS + integrity :]
    return CommandPacket(header, counter, padding, value, rest)


# Response packets


def build_response(header: PacketHeader, counter: int, status: int, data: bytes, keys: PacketKeys) -> bytes:
    """A response packet as TP-UD, secured as the SPI of the command wants its proof of receipt (§5.2)."""
    spi = header.spi
    length = integrity_length(spi.proof_integrity, header.kid, keys)
    padding = _padding(spi.proof_ciphered, header.kic, keys, _COUNTERS + 1 + length + len(data))
    body = data + bytes(padding)
    packet = ResponsePacket(header.tar, counter, padding, status, bytes(length), body)
    value = integrity_of(spi.proof_integrity, header.kid, keys, packet.covered())
    whole = ResponsePacket(header.tar, counter, padding, status, value, body).encode()
    if not spi.proof_ciphered or keys.kic is None:
        return whole
    kind = algorithm(header.kic, keys.kic, ciphering=True)
    return whole[:_RESPONSE_CLEAR] + encipher(kind, keys.kic, whole[_RESPONSE_CLEAR:])


def plain_response(tar: bytes, counter: int, status: int) -> bytes:
    """A response packet without any security and data, as TP-UD."""
    return ResponsePacket(tar, counter, 0, status, b"", b"").encode()


def open_response(user_data: bytes, header: PacketHeader, keys: PacketKeys) -> ResponsePacket:
    """The response to a command with `header`, from TP-UD. One without RC/CC and data, as after a failure, is taken
    as it is. Raises `DecodeError` for what is none, `AuthenticationError` for a wrong RC or CC."""
    clear, body = user_data[:_RESPONSE_CLEAR], user_data[_RESPONSE_CLEAR:]
    at = len(RESPONSE_UDH)
    if not clear.startswith(RESPONSE_UDH) or len(clear) < _RESPONSE_CLEAR:
        raise DecodeError("this is no response packet: its user data header is 02 71 00")
    if int.from_bytes(clear[at : at + 2]) != len(user_data) - at - 2:
        raise DecodeError("the length of the response packet does not fit it")
    if clear[at + 2] == RESPONSE_HEADER and len(body) == RESPONSE_HEADER - TAR_LENGTH:
        return ResponsePacket(clear[-TAR_LENGTH:], int.from_bytes(body[:COUNTER_LENGTH]), body[5], body[6], b"", b"")
    spi = header.spi
    length = integrity_length(spi.proof_integrity, header.kid, keys)
    if clear[at + 2] != RESPONSE_HEADER + length:
        raise DecodeError("the header of the response packet is not as long as its security wants")
    if spi.proof_ciphered:
        if keys.kic is None:
            raise DecodeError("the response packet is ciphered: the key of KIc is needed")
        body = decipher(algorithm(header.kic, keys.kic, ciphering=True), keys.kic, body)
    head, value, rest = body[: _COUNTERS + 1], body[_COUNTERS + 1 :][:length], body[_COUNTERS + 1 + length :]
    padding = head[COUNTER_LENGTH] if len(head) > COUNTER_LENGTH else 0
    if len(head) + len(value) < _COUNTERS + 1 + length or padding > len(rest):
        raise DecodeError("the response packet ends in its header")
    if not verify(spi.proof_integrity, header.kid, keys, clear + head + rest, value):
        raise AuthenticationError("the RC or CC of the response packet does not fit: other keys, or it was changed")
    counter, status = int.from_bytes(head[:COUNTER_LENGTH]), head[-1]
    return ResponsePacket(clear[-TAR_LENGTH:], counter, padding, status, value, rest)


def _padding(ciphered: bool, kic: int, keys: PacketKeys, length: int) -> int:
    """Zeros to whole blocks behind what is ciphered. Raises `DecodeError` without a key for it."""
    if not ciphered:
        return 0
    if keys.kic is None:
        raise DecodeError("no key for KIc")
    return -length % algorithm(kic, keys.kic, ciphering=True).block
