"""A network for a handset: it carries out what it is asked for, or what a script says instead, and records it.

Its records are what a test looks at: calls, messages, strings, tones, pages, and how the card took what came to it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

from simtool.codec.identifiers import Plmn
from simtool.codec.proactive.places import LocationInformation
from simtool.codec.proactive.tags import RadioTechnology, ServiceState

NORMAL_CLEARING, USER_BUSY, NO_ANSWER, CALL_REJECTED = 16, 17, 19, 21
"""Causes of TS 24.008 §10.5.4.11."""
CONGESTION_RP_CAUSE = 42
SYSTEM_FAILURE = 34


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """How a call goes: None: it is answered, else the cause why not."""

    cause: int | None = None


@dataclass(frozen=True, slots=True)
class MessageOutcome:
    """How a short message goes: None: it is taken, else the RP cause (TS 24.011 §8.2.5.4)."""

    cause: int | None = None


@dataclass(frozen=True, slots=True)
class StringOutcome:
    """How a USSD or SS string goes: the network's text, or the error (TS 24.080 §4.5)."""

    text: str = ""
    error: int | None = None


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that the phone sent. `tpdu` as it went out, `text` for people."""

    destination: str
    text: str
    tpdu: bytes
    centre: str = ""


@dataclass(frozen=True, slots=True)
class DialledCall:
    """A call that the phone made; `cause` why it was not answered."""

    number: str
    cause: int | None = None


@dataclass(frozen=True, slots=True)
class SentString:
    """A USSD or SS string."""

    text: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a message that came for the card: acknowledged or not, TP-FCS if not, TP-UD of the report."""

    acknowledged: bool
    user_data: bytes = b""
    failure: int | None = None


class Peer(Protocol):
    """The other end of a channel: takes data, gives what it answers."""

    def receive(self, data: bytes) -> bytes: ...


@dataclass(slots=True)
class ScriptedPeer:
    """Answers in order; afterwards, or with none, with nothing. Keeps what it got."""

    answers: deque[bytes] = field(default_factory=deque)
    received: list[bytes] = field(default_factory=list)

    def receive(self, data: bytes) -> bytes:
        self.received.append(data)
        return self.answers.popleft() if self.answers else b""


@dataclass(slots=True)
class Network:
    """The simulated network: its state, what it does next, and what it was asked for."""

    service: int = ServiceState.NORMAL
    location: LocationInformation = LocationInformation(Plmn("001", "01"), b"\x00\x01", b"\x00\x00\x00\x1f")
    technologies: tuple[int, ...] = (RadioTechnology.EUTRAN,)
    measurement: bytes = bytes(16)
    bcch_channels: bytes = b"\x00"
    timing_advance: bytes = b"\x00\x00"
    search_mode: int = 1
    local_address: str = "192.0.2.1"
    dns_address: str = "192.0.2.53"
    ussd_answers: dict[str, str] = field(default_factory=dict)
    ussd_default: str = "OK"
    next_calls: deque[CallOutcome] = field(default_factory=deque)
    next_messages: deque[MessageOutcome] = field(default_factory=deque)
    next_strings: deque[StringOutcome] = field(default_factory=deque)
    peers: dict[tuple[str, int], Peer] = field(default_factory=dict)
    calls: list[DialledCall] = field(default_factory=list)
    messages: list[SentMessage] = field(default_factory=list)
    ussd: list[SentString] = field(default_factory=list)
    ss: list[SentString] = field(default_factory=list)
    dtmf: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)

    @property
    def in_service(self) -> bool:
        return self.service == ServiceState.NORMAL

    def call(self, number: str) -> CallOutcome:
        outcome = self.next_calls.popleft() if self.next_calls else CallOutcome()
        self.calls.append(DialledCall(number, outcome.cause))
        return outcome

    def send(self, message: SentMessage) -> MessageOutcome:
        outcome = self.next_messages.popleft() if self.next_messages else MessageOutcome()
        if outcome.cause is None:
            self.messages.append(message)
        return outcome

    def send_ussd(self, text: str) -> StringOutcome:
        outcome = self._string(self.ussd_answers.get(text, self.ussd_default))
        self.ussd.append(SentString(text, outcome.text))
        return outcome

    def send_ss(self, text: str) -> StringOutcome:
        outcome = self._string("")
        self.ss.append(SentString(text, outcome.text))
        return outcome

    def peer(self, address: str, port: int) -> Peer | None:
        """Who answers there; "" stands for any address."""
        return self.peers.get((address, port)) or self.peers.get(("", port))

    def _string(self, text: str) -> StringOutcome:
        return self.next_strings.popleft() if self.next_strings else StringOutcome(text)
