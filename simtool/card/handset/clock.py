"""Time that passes only when it is told to: timers, polling and time-outs of a handset run on it."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


@dataclass(order=True, slots=True)
class Alarm:
    """Something that is to happen at a moment, in seconds since the clock's start."""

    at: float
    number: int
    act: Callable[[], None] = field(compare=False)
    active: bool = field(default=True, compare=False)

    def cancel(self) -> None:
        self.active = False


class Clock:
    """Virtual time. Alarms go off in their order, with the clock at their moment."""

    def __init__(self, start: datetime = START) -> None:
        self.elapsed = 0.0
        self._start = start
        self._alarms: list[Alarm] = []
        self._count = 0

    @property
    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.elapsed)

    def after(self, seconds: float, act: Callable[[], None]) -> Alarm:
        """Let something happen in a while."""
        self._count += 1
        alarm = Alarm(self.elapsed + max(0.0, seconds), self._count, act)
        heapq.heappush(self._alarms, alarm)
        return alarm

    def left(self, alarm: Alarm) -> float:
        """Seconds until an alarm."""
        return max(0.0, alarm.at - self.elapsed)

    def until_next(self) -> float | None:
        """Seconds until the next alarm; None if there is none."""
        waiting = [alarm.at for alarm in self._alarms if alarm.active]
        return max(0.0, min(waiting) - self.elapsed) if waiting else None

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        end = self.elapsed + seconds
        while self._alarms and self._alarms[0].at <= end:
            alarm = heapq.heappop(self._alarms)
            if alarm.active:
                self.elapsed = max(self.elapsed, alarm.at)
                alarm.active = False
                alarm.act()
        self.elapsed = max(self.elapsed, end)
