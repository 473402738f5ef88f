"""The talk with the card: 91xx, FETCH, TERMINAL RESPONSE, ENVELOPE (TS 102 221 §7.4.2, §11.2; TS 102 223 §4, §6).

What a command means is somebody else's business: `Performer` carries it out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from simtool.card.handset.clock import Alarm, Clock
from simtool.card.handset.reply import Ask, Reply, Silent
from simtool.card.handset.screen import Answer, TimedOut
from simtool.card.session import Session
from simtool.codec.apdu import ResponseApdu, StatusWord
from simtool.codec.proactive.command import CommandDetails, ProactiveCommand, open_command, read_command
from simtool.codec.proactive.objects import Outcome
from simtool.codec.proactive.response import TerminalResponse
from simtool.codec.proactive.tags import Result
from simtool.errors import CardError, DecodeError, EncodeError, MissingObjectError, StatusError

MOST_COMMANDS = 2000
"""Commands in a row without anybody doing anything: a card that would go on for ever."""
RETRY_SECONDS, MOST_RETRIES = 2.0, 30
SW_BUSY = 0x9300
Note = Callable[[str, str], None]


class Performer(Protocol):
    """Carries commands out."""

    def refusal(self, details: CommandDetails) -> Result | None:
        """Why a command of this type is refused unseen, or None."""

    def perform(self, command: ProactiveCommand) -> Reply: ...

    def completed(self, command: ProactiveCommand, response: TerminalResponse) -> TerminalResponse:
        """The response as it goes out."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A command that waits for the user."""

    command: ProactiveCommand
    ask: Ask
    alarm: Alarm


@dataclass(frozen=True, slots=True)
class _Letter:
    """An envelope that waits to be sent."""

    data: bytes
    title: str
    tries: int = 0


class Conversation:
    """One card, from one reset to the next. `note` takes what is said, in words: who says it, and what."""

    def __init__(self, session: Session, clock: Clock, performer: Performer, note: Note) -> None:
        self.session = session
        self.troubles: list[str] = []
        self._clock = clock
        self._performer = performer
        self._note = note
        self._asked: _Asked | None = None
        self._letters: deque[_Letter] = deque()
        self._performing = False
        self._resets = 0

    @property
    def asked(self) -> Ask | None:
        """What waits for the user."""
        return None if self._asked is None else self._asked.ask

    def clear(self) -> None:
        """The card was reset: nothing waits."""
        if self._asked is not None:
            self._asked.alarm.cancel()
        self._asked = None
        self._performing = False
        self._resets += 1
        self._letters.clear()

    def pump(self) -> None:
        """Fetch and carry out what the card wants, and tell it what waits to be told, until the user is asked.

        Does nothing while a command is carried out. Raises `CardError` for a card that never comes to an end.
        """
        for _ in range(MOST_COMMANDS):
            if self._asked is not None or self._performing:
                return
            if self.session.proactive_length:
                self._fetch()
            elif self._letters:
                self._post(self._letters.popleft())
            else:
                return
        raise CardError(f"the card has sent {MOST_COMMANDS} proactive commands in a row and does not stop")

    def look_again(self) -> None:
        """After commands of which one was refused: a 91xx before it would be lost, and a STATUS brings it back."""
        if self.session.last_sw.sw1 not in (0x90, 0x91):
            try:
                self.session.status(what="the card")
            except StatusError as error:
                self._note("trouble", str(error))

    def answer(self, answer: Answer) -> bool:
        """What the user does about the command that waits. False if it does not fit."""
        asked = self._asked
        reply = asked.ask.answered(answer) if asked is not None else None
        if asked is None or reply is None:
            return False
        asked.alarm.cancel()
        if self._asked is asked:
            self._asked = None
        self._deal(asked.command, reply)
        return True

    def tell(self, data: bytes, title: str) -> None:
        """Let an envelope wait until no command is under way."""
        self._letters.append(_Letter(data, title))

    def envelope(self, data: bytes, title: str) -> ResponseApdu:
        """Send an envelope now, whatever is under way. Errors of the card are in the status word."""
        try:
            answer = self.session.envelope(data, what=title)
        except StatusError as error:
            answer = ResponseApdu(b"", StatusWord(error.sw))
        self._note("told", f"{title}: {answer.sw}{f' {answer.data.hex()}' if answer.data else ''}")
        return answer

    def trouble(self, text: str) -> None:
        """Something that a card should not do."""
        self.troubles.append(text)
        self._note("trouble", text)

    def _post(self, letter: _Letter) -> None:
        answer = self.envelope(letter.data, letter.title)
        if answer.sw != SW_BUSY:
            return
        if letter.tries >= MOST_RETRIES:
            self.trouble(f"{letter.title}: the card was busy {MOST_RETRIES} times")
            return
        again, resets = replace(letter, tries=letter.tries + 1), self._resets
        self._clock.after(RETRY_SECONDS, lambda: self._retry(again, resets))

    def _retry(self, letter: _Letter, resets: int) -> None:
        if resets == self._resets:  # else it was for the card before its reset
            self._letters.appendleft(letter)
            self.pump()

    def _fetch(self) -> None:
        try:
            raw = self.session.fetch()
        except StatusError as error:
            self.trouble(str(error))
            return
        try:
            opened = open_command(raw)
        except DecodeError as error:
            self.trouble(f"a proactive command without details that can be answered: {error}")
            return
        details = opened.details
        refusal = self._performer.refusal(details)
        if refusal is not None:
            self._note("command", f"{details.title}, refused")
            self._respond(TerminalResponse(details=details, outcome=Outcome(refusal)))
            return
        try:
            command = read_command(opened)
        except DecodeError as error:
            missing = isinstance(error, MissingObjectError)
            self.trouble(f"{details.title}: {error}")
            result = Result.VALUES_MISSING if missing else Result.DATA_NOT_UNDERSTOOD
            self._respond(TerminalResponse(details=details, outcome=Outcome(result)))
            return
        self._note("command", command.title)
        self._performing = True
        try:
            reply = self._performer.perform(command)
        finally:
            self._performing = False
        self._deal(command, reply)

    def _deal(self, command: ProactiveCommand, reply: Reply) -> None:
        match reply:
            case Ask():
                alarm = self._clock.after(reply.timeout, self._time_out)
                self._asked = _Asked(command, reply, alarm)
            case TerminalResponse():
                self._respond(self._performer.completed(command, reply))
            case Silent():
                pass

    def _time_out(self) -> None:
        self.answer(TimedOut())
        self.pump()

    def _respond(self, response: TerminalResponse) -> None:
        result = response.result
        name = result.name.lower().replace("_", " ") if isinstance(result, Result) else f"{result:02X}"
        self._note("response", f"{response.details.title}: {name}")
        try:
            self.session.terminal_response(response.encode())
        except EncodeError as error:
            self.trouble(f"{response.details.title}: {error}")
            self.session.terminal_response(
                TerminalResponse(details=response.details, outcome=Outcome(Result.TERMINAL_UNABLE, b"\x00")).encode()
            )
        except StatusError as error:
            self.trouble(str(error))
