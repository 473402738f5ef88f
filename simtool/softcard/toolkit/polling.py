"""The poll interval: the shortest that an applet asks for, agreed with the terminal (TS 102 241, TS 102 223 §6.4.4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from simtool.codec.comprehension import ComprehensionTlv
from simtool.softcard.toolkit.commands import DURATION, Parts

SYSTEM_SECONDS = 30
"""What the card asks for where applets leave it the choice."""
_MINUTES, _SECONDS, _TENTHS = 0x00, 0x01, 0x02
_BYTE = 0xFF


class _Registered(Protocol):
    poll: int


class _Entry(Protocol):
    @property
    def state(self) -> _Registered: ...


class Polling:
    """`answered` is what the terminal has agreed to in seconds, None if it has not been asked."""

    def __init__(self) -> None:
        self.answered: int | None = None

    def wanted(self, entries: Iterable[_Entry]) -> int:
        """Seconds; 0 if nobody wants to be polled."""
        asked = [one.state.poll for one in entries if one.state.poll]
        return min((SYSTEM_SECONDS if one < 0 else one for one in asked), default=0)

    def interval(self, entries: Iterable[_Entry]) -> int:
        """What the applets are told: that of the terminal, and before it has answered what it will be asked for."""
        return self.answered if self.answered is not None else self.wanted(entries)


def duration(seconds: int) -> ComprehensionTlv:
    """Seconds up to 255, whole minutes beyond, rounded up (TS 102 223 §8.8)."""
    value = (_SECONDS, seconds) if seconds <= _BYTE else (_MINUTES, -(-seconds // 60))
    return ComprehensionTlv(DURATION, bytes(value))


def seconds_of(response: Parts) -> int | None:
    """The duration in a TERMINAL RESPONSE, at least one second; None if there is none."""
    value = response.first(DURATION)
    if value is None or len(value) != 2:
        return None
    unit, count = value
    return {_MINUTES: 60 * count, _SECONDS: count, _TENTHS: max(1, count // 10)}.get(unit)
