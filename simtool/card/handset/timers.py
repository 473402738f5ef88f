"""The eight timers that a card can start (TS 102 223 §6.4.21, §7.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simtool.card.handset.clock import Alarm, Clock


@dataclass(frozen=True, slots=True)
class _Running:
    alarm: Alarm
    seconds: int


class Timers:
    """`expired` is called with the timer's number and the seconds that it ran for."""

    def __init__(self, clock: Clock, expired: Callable[[int, int], None]) -> None:
        self._clock = clock
        self._expired = expired
        self._running: dict[int, _Running] = {}

    def start(self, timer: int, seconds: int) -> None:
        """Start or start anew."""
        self.stop(timer)
        alarm = self._clock.after(seconds, lambda: self._expire(timer, seconds))
        self._running[timer] = _Running(alarm, seconds)

    def stop(self, timer: int) -> None:
        running = self._running.pop(timer, None)
        if running is not None:
            running.alarm.cancel()

    def left(self, timer: int) -> int | None:
        """Seconds that are left, None if it does not run."""
        running = self._running.get(timer)
        return None if running is None else round(self._clock.left(running.alarm))

    def clear(self) -> None:
        for timer in tuple(self._running):
            self.stop(timer)

    def _expire(self, timer: int, seconds: int) -> None:
        self._running.pop(timer, None)
        self._expired(timer, seconds)
