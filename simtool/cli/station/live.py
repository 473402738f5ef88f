"""The station in a terminal: the screen, kept up to date, and what the keys do."""

from __future__ import annotations

import sys
import time
import typing
from dataclasses import dataclass

from rich.console import Console
from rich.live import Live

from simtool.cli.station.keys import Key, Pressed, Typing, raw_keyboard
from simtool.cli.station.screen import Prompt, screen
from simtool.crypto.secret import Secret
from simtool.errors import SimtoolError
from simtool.station.events import OrderKind, Phase

if typing.TYPE_CHECKING:
    from simtool.cli.station.login import Gatekeeper
    from simtool.cli.station.run import Stopper
    from simtool.station.events import Event
    from simtool.station.run.station import Station
    from simtool.station.view import BenchView

TICK_SECONDS = 0.1
DRAW_SECONDS = 1.0
SAID_SECONDS = 6.0
_RINGS = frozenset((Phase.REJECT, Phase.ATTENTION, Phase.STOPPED, Phase.RESEAT))


@dataclass(slots=True)
class _Question:
    """What is asked in the last line, one after the other: to end? or a supervisor's name, then his PIN."""

    what: Key
    slots: tuple[str | None, ...] = ()
    name: str = ""


class LiveScreen:
    """One run's screen. For the main thread."""

    def __init__(self, gatekeeper: Gatekeeper) -> None:
        self._gatekeeper = gatekeeper
        self._console = Console()
        self._typing = Typing(())
        self._question: _Question | None = None
        self._said, self._said_at = "", 0.0
        self._helping = False
        self._loud: frozenset[tuple[str, Phase]] = frozenset()

    def tell(self, event: Event) -> None:
        """The view has it all."""

    def run(self, station: Station, stopper: Stopper) -> None:
        """Until the station is over."""
        self._typing = Typing([slot.name for slot in station.view().slots])
        drawn, before = 0.0, None
        with (
            raw_keyboard() as read,
            Live(console=self._console, screen=True, auto_refresh=False, redirect_stderr=False) as live,
        ):
            while not station.over:
                stopper.serve(station)
                if stopper.count and not self._said:
                    self._say("ends after the cards at hand; Ctrl-C once more ends at once")
                signs, now = read(TICK_SECONDS), time.monotonic()
                for pressed in (*self._typing.feed(signs, now), *self._typing.idle(now)):
                    self._serve(station, pressed)
                if now - self._said_at > SAID_SECONDS:
                    self._said = ""
                view = station.view()
                looks = (view.number, self._prompt(), self._console.size)
                if looks != before or now - drawn >= DRAW_SECONDS:
                    drawn, before = now, looks
                    width, height = self._console.size
                    live.update(screen(view, self._prompt(), width, height), refresh=True)
                    self._ring(view)

    def _prompt(self) -> Prompt:
        return Prompt(self._typing.asking, self._typing.shown, self._said, self._helping)

    def _say(self, text: str) -> None:
        self._said, self._said_at = text, time.monotonic()

    def _ring(self, view: BenchView) -> None:
        """The bell, when a slot needs somebody that did not a moment ago."""
        loud = frozenset((slot.name, slot.phase) for slot in view.slots if slot.phase in _RINGS)
        if loud - self._loud:
            self._console.bell()
        self._loud = loud

    def _serve(self, station: Station, pressed: Pressed) -> None:
        try:
            self._obey(station, pressed)
        except SimtoolError as error:
            self._say(f"{error}{' – ' if error.hint else ''}{error.hint}")

    def _obey(self, station: Station, pressed: Pressed) -> None:
        slot = pressed.slot or None
        what = "the bench" if slot is None else f"slot {slot}"
        self._helping = pressed.key is Key.HELP and not self._helping
        match pressed.key:
            case Key.PAUSE:
                station.order(OrderKind.PAUSE, slot, f"by {self._gatekeeper.login.name}")
                self._say(f"{what} pauses")
            case Key.RESUME:
                self._let_go_on(station, (slot,))
            case Key.ACKNOWLEDGE:
                waiting = [one.name for one in station.view().slots if one.phase is Phase.ATTENTION]
                chosen = [name for name in waiting if slot in (None, name)]
                if not chosen:
                    return self._say(f"{'no slot' if slot is None else what} needs an acknowledgement")
                self._let_go_on(station, tuple(chosen))
            case Key.END:
                self._question = _Question(Key.END)
                self._typing.ask("end after the cards at hand? y and Enter; Esc: no")
            case Key.SCAN:
                self._say(f"slot {station.scan(pressed.text)} has the scan {pressed.text}")
            case Key.ANSWER:
                self._answer(station, pressed.text)
            case Key.GIVE_UP:
                self._question = None

    def _let_go_on(self, station: Station, slots: tuple[str | None, ...], by: str = "") -> None:
        """Resume these slots (None: the bench); asks for a supervisor where one has to agree."""
        if not by and any(self._gatekeeper.must_ask(station, slot) for slot in slots):
            self._question = _Question(Key.RESUME, slots)
            return self._typing.ask("only a supervisor lets this go on. Name:")
        for slot in slots:
            station.order(OrderKind.RESUME, slot, f"by {by or self._gatekeeper.login.name}")
        names = ", ".join("the bench" if slot is None else f"slot {slot}" for slot in slots)
        still = [
            one.name for one in station.view().slots if one.phase is Phase.STOPPED and station.is_stopped(one.name)
        ]
        rest = f"; still stopped: {', '.join(still)} (number, then r)" if still and slots == (None,) else ""
        self._say(f"{names} may go on{rest}")

    def _answer(self, station: Station, text: str) -> None:
        question, self._question = self._question, None
        if question is None:
            return
        if question.what is Key.END:
            if text.strip().lower() in ("y", "yes"):
                station.order(OrderKind.END, None, f"by {self._gatekeeper.login.name}")
                self._say("ends after the cards at hand")
        elif not question.name:
            if text.strip():
                self._question = _Question(Key.RESUME, question.slots, text.strip())
                self._typing.ask(f"PIN of {text.strip()}:", hidden=True)
        else:
            self._let_go_on(station, question.slots, self._gatekeeper.check(question.name, Secret(text.encode())))


def is_possible() -> bool:
    """Whether there is a terminal that can show it, and a keyboard."""
    return sys.stdin.isatty() and sys.stdout.isatty() and Console().is_terminal and not Console().is_dumb_terminal
