"""A dry run: the commands that a plan takes, without a card.

The plan is executed by the same code as on a card (`apply`, `CardFiles`, T=0), against a stand-in that agrees to
everything. So what is counted and shown is what would be sent, as long as the card does as its product says. Only what
goes through a secure channel is under made-up keys: as long as in earnest, and worth nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from simtool.card.meter import wire_bytes
from simtool.card.processors import ApduLink, link_for
from simtool.card.session import CommandClass, Session
from simtool.card.transport import Protocol
from simtool.codec.apdu import CommandApdu, ResponseApdu
from simtool.crypto.secret import Secret
from simtool.perso.application_steps import OpenChannel
from simtool.perso.apply import Options, carry_out
from simtool.perso.dry_domain import AgreeableDomain
from simtool.perso.rooms import speaks_as_sim
from simtool.perso.steps import Plan, Step

OK = b"\x90\x00"
PLENTY_OF_TRIES = b"\x63\xca"
READS = (0xB0, 0xB2)
STATUS, VERIFY, SELECT, GET_RESPONSE = 0xF2, 0x20, 0xA4, 0xC0
RETURN_FCP = 0x04
SOME_FCP = bytes.fromhex("62158202412183020000a503c001008a01058b03000001")  # of the usual length; says nothing
HEADER = 5
TEN_CHV_TRIES = b"\x8a"  # a byte of the classic STATUS: initialised, ten tries (TS 51.011 §9.2.1)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One TPDU and the length of its answer."""

    tpdu: bytes = field(repr=False)
    received: int

    @property
    def ins(self) -> int:
        return self.tpdu[1]

    @property
    def sent_data(self) -> int:
        return max(len(self.tpdu) - HEADER, 0)

    @property
    def wire_bytes(self) -> int:
        return wire_bytes(self.tpdu, bytes(self.received))


@dataclass(frozen=True, slots=True)
class Sent:
    """One command as it would leave; `secret` if its data or its answer must not be shown, `place` where it works."""

    command: CommandApdu = field(repr=False)
    secret: bool
    place: str


@dataclass(frozen=True, slots=True)
class DryRun:
    """Everything that a plan would send."""

    exchanges: tuple[Exchange, ...]
    commands: tuple[Sent, ...]


def dry_run(plan: Plan, *, read_back: bool = True, like: Session | None = None) -> DryRun:
    """The commands of `apply(plan, session, read_back=read_back)`.

    For a session just opened, or for `like`: what it has verified is not presented again.
    """
    plan = replace(plan, steps=tuple(map(_without_keys, plan.steps)))
    card = _Agreeable(plan)
    link = _Listener(link_for(card))
    session = Session(link, card)
    if like is not None:
        session.command_class = like.command_class
        session.verified = like.verified
        if like.selection.path != session.selection.path:
            session.select_fid(0x2FE2)  # anything that is not the MF: it has to be selected then
    elif speaks_as_sim(plan.model):
        session.command_class = CommandClass.SIM
    card.exchanges.clear()
    link.sent.clear()
    anyone = replace(plan, card_iccid="")
    report = carry_out(anyone, session, Options(read_back=read_back, min_tries=0, repower=0, progress=link.at))
    if report.error is not None:  # that the stand-in does not hold what was written is no error
        raise report.error
    return DryRun(tuple(card.exchanges), tuple(link.sent))


def _without_keys(step: Step) -> Step:
    """A secure channel under keys that are none: proofs and MACs of the right ones could be sent to a card again."""
    if not isinstance(step, OpenChannel):
        return step
    none = Secret(bytes(step.keys.enc.length), kind="key")
    return replace(step, keys=replace(step.keys, enc=none, mac=none, dek=none))


class _Agreeable:
    """A `Transport` to a card that does not exist: every command succeeds, every byte read is 00."""

    name = "dry run"
    protocol = Protocol.T0

    def __init__(self, plan: Plan) -> None:
        self.atr = plan.model.atrs[0].value
        self.exchanges: list[Exchange] = []
        self._domain = AgreeableDomain(tuple(step for step in plan.steps if isinstance(step, OpenChannel)))
        self._waiting = b""

    def exchange(self, tpdu: bytes) -> bytes:
        answer = self._answer(tpdu)
        self.exchanges.append(Exchange(tpdu, len(answer)))
        return answer

    def _answer(self, tpdu: bytes) -> bytes:
        ins, wants = tpdu[1], tpdu[4] or 256
        if self._waiting and ins == GET_RESPONSE:
            answer, self._waiting = self._waiting, b""
            return answer + OK
        self._waiting = self._domain.answer(tpdu)
        if self._waiting:
            return bytes((0x61, len(self._waiting)))
        if ins in READS:
            return bytes(wants) + OK
        if ins == SELECT and tpdu[3] == RETURN_FCP:
            return bytes((0x61, len(SOME_FCP)))
        if ins == GET_RESPONSE:
            return SOME_FCP.ljust(wants, b"\xff")[:wants] + OK
        if ins == STATUS:
            return TEN_CHV_TRIES * wants + OK
        if ins == VERIFY and len(tpdu) == HEADER:
            return PLENTY_OF_TRIES
        return OK

    def reset(self, *, cold: bool = True) -> bytes:
        return self.atr

    def close(self) -> None:
        """Nothing to close."""


class _Listener:
    """Notes what passes, with the place in the plan."""

    def __init__(self, inner: ApduLink) -> None:
        self.sent: list[Sent] = []
        self._inner = inner
        self._place = ""

    def at(self, place: str, done: int, total: int) -> None:
        """Takes what `apply` reports as its progress."""
        self._place = place

    def send(self, command: CommandApdu, *, secret: bool = False) -> ResponseApdu:
        self.sent.append(Sent(command, secret, self._place))
        return self._inner.send(command, secret=secret)
