"""A worker's line to its station: events go out, orders come in, and when it breaks the worker ends.

Orders are heard between two steps of a card too, but only END of the line stops a step from following.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from simtool.station.events import CardDone, Event, Noted, Order, OrderKind, Phase, Progressed, SlotChanged

PROGRESS_SECONDS = 0.1
HEAR_SECONDS = 0.1
Clock = Callable[[], float]
"""Seconds that never go back (`time.monotonic`)."""


class HungUp(Exception):
    """The station is gone. Nothing may be finished any more: whoever starts the station again finds the card's record
    as it is.
    """


class Pipe(Protocol):
    """What is needed of a `multiprocessing.connection.Connection`."""

    def send(self, obj: Any, /) -> None: ...

    def recv(self) -> Any: ...

    def poll(self, timeout: float = 0.0, /) -> bool: ...


class Line:
    """One slot's line. Every method raises `HungUp` when the station is gone.

    `paused` and `stopped` hold while a reason stands; `ending` is set for good. `operator` is who works here now.
    """

    def __init__(self, pipe: Pipe, slot: str, operator: str) -> None:
        self.slot = slot
        self.operator = operator
        self.paused: str | None = None
        self.stopped: str | None = None
        self.ending = False
        self._pipe = pipe
        self._shown: SlotChanged | None = None
        self._progress_at = 0.0
        self._scans: deque[str] = deque()
        self._resumed = False

    @property
    def holds(self) -> bool:
        """No card may be begun now."""
        return self.paused is not None or self.stopped is not None or self.ending

    def phase(
        self,
        phase: Phase,
        message: str = "",
        hint: str = "",
        *,
        iccid: str = "",
        product: str = "",
        for_supervisor: bool = False,
        again: bool = False,
    ) -> None:
        """Say what the slot is at, if that is something else than before, or with `again` all the same."""
        now = SlotChanged(self.slot, 0.0, phase, message, hint, iccid, product, for_supervisor)
        if again or now != self._shown:
            self._shown = now
            self._send(SlotChanged(self.slot, time.time(), phase, message, hint, iccid, product, for_supervisor))

    def progress(self, done: int, total: int, what: str) -> None:
        """At most a few times a second."""
        now = time.monotonic()
        if now - self._progress_at >= PROGRESS_SECONDS:
            self._progress_at = now
            self._send(Progressed(self.slot, time.time(), done, total, what))

    def note(self, text: str, *, is_problem: bool = False) -> None:
        self._send(Noted(self.slot, time.time(), text, is_problem))

    def card(self, done: CardDone) -> None:
        self._send(done)

    def hear(self, seconds: float = 0.0) -> None:
        """Take the orders that came, waiting up to `seconds` for the first."""
        try:
            while self._pipe.poll(seconds):
                self._take(self._pipe.recv())
                seconds = 0.0
        except (EOFError, OSError) as error:
            raise HungUp from error

    def forget_answers(self) -> None:
        """Scans and acknowledgements from before do not count for what is asked next."""
        self._scans.clear()
        self._resumed = False

    def resumed(self) -> bool:
        """Whether somebody acknowledged since the last question."""
        now, self._resumed = self._resumed, False
        return now

    def scan(self) -> str | None:
        """The next scan that came, None if there is none."""
        return self._scans.popleft() if self._scans else None

    def _take(self, order: Order) -> None:
        match order.kind:
            case OrderKind.PAUSE:
                self.paused = order.text
            case OrderKind.STOP:
                self.stopped = order.text
            case OrderKind.RESUME:
                self.paused = self.stopped = None
                self._resumed = True
            case OrderKind.END:
                self.ending = True
            case OrderKind.SCAN:
                self._scans.append(order.text)
            case OrderKind.OPERATOR:
                self.operator = order.text

    def _send(self, event: Event) -> None:
        try:
            self._pipe.send(event)
        except (EOFError, OSError) as error:
            raise HungUp from error
