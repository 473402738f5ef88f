"""Secured packets as the card takes them (TS 102 225 §5, TS 31.115 §4, TS 102 226 §8.2.1.3.2.4).

`SecuredPackets.open` takes a command packet through all checks, in this order: TAR, minimum security level, header and
keys, deciphering, RC/CC, padding, counter. What passes comes back in plain with its receiver; nothing else reaches an
application. Whoever runs the application gives its answer to `Opened.response`. Both give a response packet as TP-UD,
or None where no proof of receipt is wanted. Concatenated short messages are put together before. Digital signatures are
proprietary and not known here: 06.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simtool.crypto import packet_security, scp80
from simtool.crypto.key_set import KeyCipher
from simtool.crypto.packet_security import PacketKey, PacketKeys
from simtool.crypto.scp80 import CounterRule, PacketHeader, Proof, ResponseStatus, Spi
from simtool.crypto.secret import Secret
from simtool.errors import DecodeError
from simtool.softcard.globalplatform.keys import SYMMETRIC, DomainKeys
from simtool.softcard.globalplatform.registry import AppEntry

if TYPE_CHECKING:
    from simtool.softcard.globalplatform.platform import GlobalPlatform

COMMAND_PACKET = 0x70
"""Information element of the user data header that says that a command packet follows (TS 31.115 §4.1)."""
KEY_VERSIONS = range(0x01, 0x10)
_KIC, _KID = 1, 2
_MSL_OF_SPI = 0x01
_CHL_AT = 2
_FIRST_AFTER_KEYS = 10


@dataclass(frozen=True, slots=True)
class Answers:
    """How a command packet wants to be answered, and with what."""

    header: PacketHeader
    counter: int
    keys: PacketKeys

    @property
    def by_submit(self) -> bool:
        """By an SMS-SUBMIT of its own, not with the acknowledgement of the command."""
        return self.header.spi.by_submit

    def make(self, status: ResponseStatus, data: bytes = b"", *, plain: bool = False) -> bytes | None:
        """TP-UD of the response packet; None where the command wants none for this status.

        `plain`: without any security, as the specification has it for 06, and as it has to be where there are no keys.
        """
        proof = self.header.spi.proof
        if proof not in (Proof.ALWAYS, Proof.ON_ERROR) or (proof is Proof.ON_ERROR and status is ResponseStatus.OK):
            return None
        if plain:
            return scp80.plain_response(self.header.tar, self.counter, status)
        return scp80.build_response(self.header, self.counter, status, data, self.keys)


@dataclass(frozen=True, slots=True)
class Opened:
    """A command packet that has passed. `packet` is all of it in plain, CPL first, as the application sees it; the
    secured data are `length` bytes of it from `offset` on."""

    receiver: AppEntry
    packet: bytes
    offset: int
    length: int
    answers: Answers

    @property
    def tar(self) -> bytes:
        return self.answers.header.tar

    @property
    def data(self) -> bytes:
        return self.packet[self.offset : self.offset + self.length]

    def response(self, data: bytes = b"", status: ResponseStatus = ResponseStatus.OK) -> bytes | None:
        """TP-UD of the proof of receipt with the application's data; None where none is wanted."""
        return self.answers.make(status, data)


@dataclass(frozen=True, slots=True)
class Refused:
    """A command packet that did not pass, and why. `response` is the TP-UD that says so, None where none is wanted."""

    status: ResponseStatus
    response: bytes | None = None
    by_submit: bool = False


class _Failure(Exception):  # noqa: N818  # an answer on its way
    """Ends the checks of a packet. `plain`: the answer goes without security."""

    def __init__(self, status: ResponseStatus, *, plain: bool = False) -> None:
        super().__init__(status.name)
        self.status = status
        self.plain = plain


def command_packet(user_data: bytes) -> bytes | None:
    """The command packet in TP-UD with a user data header; None where the header does not say that there is one.

    Other information elements (as those of a concatenated message) may stand beside it.
    """
    if not user_data or len(user_data) < 1 + user_data[0]:
        return None
    header, rest = user_data[1 : 1 + user_data[0]], user_data[1 + user_data[0] :]
    at = 0
    while at + 2 <= len(header):
        if header[at] == COMMAND_PACKET:
            return rest
        at += 2 + header[at + 1]
    return None


def high_enough(spi: Spi, msl: bytes) -> bool:
    """Whether a packet's security reaches a minimum security level: each part of SPI's first byte for itself.

    An empty level is reached by all; one of an unknown kind by none.
    """
    if not msl:
        return True
    if len(msl) < 2 or msl[0] != _MSL_OF_SPI:
        return False
    least = Spi(msl[1], 0)
    return (
        spi.integrity >= least.integrity and spi.ciphered >= least.ciphered and spi.counter >= least.counter
    )  # fmt: skip


class SecuredPackets:
    """The card's receiving entity."""

    def __init__(self, platform: GlobalPlatform) -> None:
        self._platform = platform

    def open(self, packet: bytes) -> Opened | Refused:
        """A command packet, CPL first. Its counter is kept once all has passed."""
        try:
            header = scp80.read_header(packet)
        except DecodeError:
            return Refused(ResponseStatus.UNIDENTIFIED_SECURITY_ERROR)
        answers = Answers(header, 0 if header.spi.ciphered else _counter(packet), PacketKeys())
        try:
            receiver = self.receiver(header.tar)
            if receiver is None:
                raise _Failure(ResponseStatus.TAR_UNKNOWN, plain=True)
            keys = self._keys(receiver)
            used = _named(keys, header)
            problem = _uninterpretable(packet, used)
            if not problem:
                answers = Answers(header, answers.counter, used)
            if not high_enough(header.spi, receiver.msl):
                raise _Failure(ResponseStatus.INSUFFICIENT_SECURITY_LEVEL, plain=problem)
            if problem:
                raise _Failure(ResponseStatus.UNIDENTIFIED_SECURITY_ERROR, plain=True)
            opened = _decipher(packet, used)
            answers = Answers(header, opened.counter, used)
            if not packet_security.verify(header.spi.integrity, header.kid, used, opened.covered(), opened.integrity):
                raise _Failure(ResponseStatus.INTEGRITY_FAILED)
            if opened.padding > len(opened.body):
                raise _Failure(ResponseStatus.CIPHERING_ERROR)
            _count(keys, header, opened.counter)
        except _Failure as failure:
            return Refused(failure.status, answers.make(failure.status, plain=failure.plain), answers.by_submit)
        plain = opened.encode()
        return Opened(receiver, plain, len(plain) - len(opened.body), len(opened.data), answers)

    def receiver(self, tar: bytes) -> AppEntry | None:
        """The application with this TAR, if it can be reached now."""
        if self._platform.locked:
            return None
        return next((one for one in self._platform.candidates() if tar in one.tars), None)

    def _keys(self, receiver: AppEntry) -> DomainKeys:
        """Those of its security domain, or of the nearest above it that has keys for secured packets at all."""
        registry = self._platform.registry
        domain = receiver if receiver.is_domain else registry.applications[receiver.domain]
        while domain is not registry.issuer:
            if any(version in KEY_VERSIONS for version in self._platform.keys(domain).versions()):
                break
            domain = registry.applications[domain.domain]
        return self._platform.keys(domain)


def _counter(packet: bytes) -> int:
    return int.from_bytes(packet[_FIRST_AFTER_KEYS:][: scp80.COUNTER_LENGTH])


def _named(keys: DomainKeys, header: PacketHeader) -> PacketKeys:
    """The keys that KIc and KID name by their upper halves, those that are there."""

    def find(code: int, key_id: int) -> PacketKey | None:
        version = code >> 4
        key = keys.find(version, key_id) if version in KEY_VERSIONS else None
        if key is None or key.type not in SYMMETRIC:
            return None
        return PacketKey(KeyCipher(SYMMETRIC[key.type]), Secret(key.component(key.type), "key"))

    short = keys.short_macs(header.kid >> 4)
    length = packet_security.SHORT_MAC_LENGTH if short else packet_security.MAC_LENGTH
    return PacketKeys(find(header.kic, _KIC), find(header.kid, _KID), length)


def _uninterpretable(packet: bytes, keys: PacketKeys) -> bool:
    """Whether the header asks for what is not here, for the command or for its answer, or does not fit the packet."""
    header = scp80.read_header(packet)
    spi = header.spi
    try:
        length = packet_security.integrity_length(spi.integrity, header.kid, keys)
        answered = spi.proof in (Proof.ALWAYS, Proof.ON_ERROR)
        if answered:
            packet_security.integrity_length(spi.proof_integrity, header.kid, keys)
        if spi.ciphered or (answered and spi.proof_ciphered):
            if keys.kic is None:
                return True
            packet_security.algorithm(header.kic, keys.kic, ciphering=True)
    except DecodeError:
        return True
    whole = scp80.COMMAND_HEADER + length
    return int.from_bytes(packet[:_CHL_AT]) != len(packet) - _CHL_AT or packet[_CHL_AT] != whole \
        or len(packet) < 1 + _CHL_AT + whole  # fmt: skip


def _decipher(packet: bytes, keys: PacketKeys) -> scp80.CommandPacket:
    """The packet in plain; what is interpretable fails only where the ciphered part is not whole blocks."""
    header = scp80.read_header(packet)
    length = packet_security.integrity_length(header.spi.integrity, header.kid, keys)
    kic = None
    if header.spi.ciphered and keys.kic is not None:
        kic = packet_security.algorithm(header.kic, keys.kic, ciphering=True), keys.kic
    try:
        return scp80.open_command(packet, length, kic)
    except DecodeError:
        raise _Failure(ResponseStatus.CIPHERING_ERROR) from None


def _count(keys: DomainKeys, header: PacketHeader, counter: int) -> None:
    """The counter's rule (§5.1.4): one counter for each key version; at its highest value it is blocked for good."""
    rule = header.spi.counter
    if rule not in (CounterRule.HIGHER, CounterRule.NEXT):
        return
    version = (header.kid if header.spi.integrity else header.kic) >> 4
    last = keys.packet_counter(version)
    if last == scp80.COUNTER_MAX:
        raise _Failure(ResponseStatus.COUNTER_BLOCKED)
    if counter <= last:
        raise _Failure(ResponseStatus.COUNTER_LOW)
    if rule is CounterRule.NEXT and counter != last + 1:
        raise _Failure(ResponseStatus.COUNTER_HIGH)
    keys.set_packet_counter(version, counter)
