"""A handset's side towards its card: telling it, asking it, polling it, knowing what it offers (TS 102 223 §4, §7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from simtool.card.handset import start
from simtool.card.handset.clock import Alarm, Clock
from simtool.card.handset.conversation import SW_BUSY, Conversation, Performer
from simtool.card.handset.equipment import Equipment
from simtool.card.handset.network import Network
from simtool.card.handset.timers import Timers
from simtool.card.session import Session
from simtool.codec.apdu import ResponseApdu
from simtool.codec.dial_number import DialNumber
from simtool.codec.proactive.envelope import (
    CallControl,
    ControlAnswer,
    EnvelopeBody,
    MoSmsControl,
    TimerExpiration,
    encode_envelope,
)
from simtool.codec.proactive.events import EventBody, encode_event
from simtool.codec.proactive.objects import TimerValue
from simtool.codec.proactive.profile import Facility
from simtool.codec.proactive.tags import Event
from simtool.errors import DecodeError, StatusError

_TOLD_ONCE = (Event.USER_ACTIVITY, Event.IDLE_SCREEN_AVAILABLE)


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened, in words: when (seconds), what kind, what."""

    at: float
    kind: str
    text: str


class CardSide:
    """What a handset knows of its card and has to do with it. `performer` carries out what the card wants."""

    def __init__(
        self,
        session: Session,
        performer: Performer,
        *,
        equipment: Equipment | None,
        network: Network | None,
        clock: Clock | None,
        services: Iterable[str] | None,
        unlock: Callable[[Session], None] | None,
        listener: Callable[[Happening], None] | None,
    ) -> None:
        self.session = session
        self.equipment = equipment if equipment is not None else Equipment()
        self.network = network if network is not None else Network()
        self.clock = clock if clock is not None else Clock()
        self.happenings: list[Happening] = []
        self.timers = Timers(self.clock, self._timer_expired)
        self._given_services = None if services is None else frozenset(services)
        self._unlock = unlock
        self._listener = listener
        self._conversation = Conversation(session, self.clock, performer, self.note)
        self._poll: Alarm | None = None
        self._forget_card()

    def _forget_card(self) -> None:
        """What is known of the card goes when it is reset."""
        self._conversation.clear()
        self.timers.clear()
        self.events: set[int] = set()
        self.application = start.Application()

    @property
    def troubles(self) -> list[str]:
        """What the card did that it should not have."""
        return self._conversation.troubles

    def start_application(self) -> None:
        """Select the application and read what the handset goes by (TS 31.102 §5.1.1)."""
        aid = start.find_usim(self.session)
        if start.enter(self.session, aid):
            if self._unlock is not None and start.wants_pin(self.session, aid):
                self._unlock(self.session)
                start.enter(self.session, aid)  # whoever unlocks it may have looked about
            self.application = start.read_application(self.session, aid)
            start.initialised(self.session)
        self._conversation.look_again()
        self._conversation.pump()

    def look_again(self) -> None:
        """After reading and writing files: see whether the card wants something."""
        self._conversation.look_again()

    def read_services(self) -> None:
        """Files have changed: read the service table again."""
        if start.enter(self.session, self.application.aid or None):
            self.application = start.read_application(self.session, self.application.aid)
        self._conversation.look_again()

    def envelope(self, data: bytes, title: str) -> ResponseApdu:
        """Send an envelope now."""
        return self._conversation.envelope(data, title)

    def tell_card(self, body: EnvelopeBody, title: str) -> None:
        """Send an envelope as soon as no command is under way."""
        self._conversation.tell(encode_envelope(body), title)

    def tell(self, event: EventBody) -> bool:
        """Tell the card of an event if it is in its list; False if not."""
        if event.EVENT not in self.events:
            return False
        if event.EVENT in _TOLD_ONCE:
            self.events.discard(event.EVENT)
        name = Event(event.EVENT).name.lower().replace("_", " ")
        self._conversation.tell(encode_event(event), f"event {name}")
        return True

    def ask_card(self, body: CallControl | MoSmsControl) -> ControlAnswer | None:
        """Ask what the card makes of a call, a string or a message (TS 31.111 §7.3). None if it is busy.

        Allowed, where the card's services do not say that it wants to be asked.
        """
        if isinstance(body, CallControl):
            wanted, title = self.offers(Facility.CALL_CONTROL, start.CALL_CONTROL), "call control"
        else:
            wanted, title = self.offers(Facility.MO_SMS_CONTROL, start.MO_SMS_CONTROL), "MO SMS control"
        if not wanted:
            return ControlAnswer()
        answer = self.envelope(encode_envelope(body), title)
        if answer.sw == SW_BUSY:
            return None
        if answer.sw.sw1 not in (0x90, 0x91):
            return ControlAnswer(verdict=ControlAnswer.NOT_ALLOWED)
        try:
            verdict = ControlAnswer.decode(answer.data)
        except DecodeError as error:
            self._conversation.trouble(f"the answer of call control: {error}")
            return ControlAnswer(verdict=ControlAnswer.NOT_ALLOWED)
        if verdict.alpha:
            self.note("shown", verdict.alpha)
        return verdict

    def offers(self, facility: Facility, service: str) -> bool:
        """Whether this handset and the card's application both know a service."""
        known = self.application.services if self._given_services is None else self._given_services
        return facility in self.equipment.profile and service in known

    @property
    def service_centre(self) -> DialNumber | None:
        return self.application.centre

    def poll_every(self, seconds: float | None) -> None:
        """Send STATUS at this interval; None stops it (TS 102 221 §14.6.2)."""
        if self._poll is not None:
            self._poll.cancel()
        self._poll = None if seconds is None else self.clock.after(seconds, lambda: self._ask_status(seconds))

    def _ask_status(self, seconds: float) -> None:
        try:
            self.session.status(what="the card")
        except StatusError as error:
            self.note("trouble", str(error))
        self.poll_every(seconds)
        self._conversation.pump()

    def _timer_expired(self, timer: int, seconds: int) -> None:
        self.tell_card(TimerExpiration(timer=timer, value=TimerValue(seconds)), f"timer {timer} expired")
        self._conversation.pump()

    def note(self, kind: str, text: str) -> None:
        """Write down that something happened."""
        happening = Happening(self.clock.elapsed, kind, text)
        self.happenings.append(happening)
        if self._listener is not None:
            self._listener(happening)

    def _settle(self) -> None:
        """After anything that was done: follow the card."""
        self._conversation.pump()
