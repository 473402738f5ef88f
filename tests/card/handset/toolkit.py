"""A toolkit application as a script: what it sends, and what must come back. The card's half of a conversation.

It is played by a `SoftCard` (`ScriptedSource`), which checks the order of commands as a card does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from simtool.card.handset.card_side import Happening
from simtool.card.handset.equipment import Equipment
from simtool.card.handset.network import Network
from simtool.card.handset.phone import Handset
from simtool.card.session import Session
from simtool.codec.proactive.body import Body
from simtool.codec.proactive.command import ProactiveCommand
from simtool.codec.proactive.response import TerminalResponse
from simtool.files.product import load
from simtool.opening import SoftCardTransport
from simtool.softcard.card import SoftCard

Envelopes = Callable[[int, bytes], tuple[bytes, Sequence[bytes]]]


@dataclass
class ScriptedSource:
    """Sends `first` after the profile; then whatever `follow` says to a response, and `told` to an envelope."""

    first: Sequence[Body | ProactiveCommand | bytes] = ()
    follow: Callable[[TerminalResponse], Sequence[Body]] = lambda response: ()
    told: Callable[[int, bytes], tuple[bytes, Sequence[Body]]] = lambda tag, value: (b"", ())
    responses: list[TerminalResponse] = field(default_factory=list)
    envelopes: list[tuple[int, bytes]] = field(default_factory=list)
    profiles: list[bytes] = field(default_factory=list)
    count: int = 0

    def started(self, profile: bytes) -> Sequence[bytes]:
        self.profiles.append(profile)
        return self.coded(self.first)

    def answered(self, command: bytes, response: bytes) -> Sequence[bytes]:
        self.responses.append(TerminalResponse.decode(response))
        return self.coded(self.follow(self.responses[-1]))

    def envelope(self, tag: int, value: bytes) -> tuple[bytes, Sequence[bytes]]:
        self.envelopes.append((tag, value))
        data, commands = self.told(tag, value)
        return data, self.coded(commands)

    def coded(self, commands: Sequence[Body | ProactiveCommand | bytes]) -> list[bytes]:
        return [self._coded(one) for one in commands]

    def _coded(self, command: Body | ProactiveCommand | bytes) -> bytes:
        if isinstance(command, bytes):
            return command
        if isinstance(command, ProactiveCommand):
            return command.encode()
        self.count = self.count % 254 + 1
        return ProactiveCommand.of(command, self.count).encode()


@dataclass
class Bench:
    """A handset with a software card that runs a scripted application."""

    phone: Handset
    source: ScriptedSource
    card: SoftCard

    @property
    def network(self) -> Network:
        return self.phone.network

    @property
    def last(self) -> TerminalResponse:
        return self.source.responses[-1]

    def push(self, *commands: Body | ProactiveCommand | bytes) -> None:
        """Commands that the card wants to send now; the handset learns of them by a STATUS."""
        self.card.toolkit.push(*self.source.coded(commands))
        self.phone.session.status()
        self.phone.wait(0)

    def heard(self, kind: str) -> list[str]:
        return [one.text for one in self.phone.happenings if one.kind == kind]


def bench(
    *first: Body | ProactiveCommand | bytes,
    follow: Callable[[TerminalResponse], Sequence[Body]] = lambda response: (),
    told: Callable[[int, bytes], tuple[bytes, Sequence[Body]]] = lambda tag, value: (b"", ()),
    services: Sequence[str] | None = (),
    equipment: Equipment | None = None,
    listener: Callable[[Happening], None] | None = None,
    product: str = "generic-usim",
) -> Bench:
    """A powered handset whose card has begun with `first`."""
    source = ScriptedSource(first, follow, told)
    card = SoftCard.new(load(product))
    card.toolkit.source = source
    session = Session.open(SoftCardTransport(card, "soft:test"))
    phone = Handset(session, services=services, equipment=equipment, listener=listener)
    made = Bench(phone, source, card)
    phone.power_on()
    return made
