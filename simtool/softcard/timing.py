"""How long a plastic card would take: a model of line and memory, so that cards per hour can be forecast.

The line (ISO/IEC 7816-3): a character is 12 etu, and an etu is F/D clocks; T=0 sends the header, a procedure byte, the
data, and two bytes of status. The memory: writing takes a time per page, reading next to none. Numbers are of the size
that data sheets give; measure a real card and put them in where it matters.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

from simtool.softcard.faults import WRITING

_F = {0: 372, 1: 372, 2: 558, 3: 744, 4: 1116, 5: 1488, 6: 1860, 9: 512, 10: 768, 11: 1024, 12: 1536, 13: 2048}
_D = {1: 1, 2: 2, 3: 4, 4: 8, 5: 16, 6: 32, 7: 64, 8: 12, 9: 20}
DEFAULT_TA1 = 0x11
CHARACTER_ETU = 12
HEADER, PROCEDURE, STATUS = 5, 1, 2


@dataclass(frozen=True, slots=True)
class TimeModel:
    """Clock in Hz, the TA1 that PPS agreed on, and times in seconds."""

    clock: float = 4_000_000.0
    ta1: int = 0x96
    command_seconds: float = 0.000_5
    write_page: int = 64
    write_page_seconds: float = 0.003
    authenticate_seconds: float = 0.040
    reset_seconds: float = 0.020

    @property
    def bit_rate(self) -> float:
        """Bits per second: clock · D / F."""
        return self.clock * _D.get(self.ta1 & 0x0F, 1) / _F.get(self.ta1 >> 4, 372)

    def line_seconds(self, characters: int) -> float:
        return characters * CHARACTER_ETU / self.bit_rate

    def exchange_seconds(self, tpdu: bytes, answer: bytes) -> float:
        """One command: what goes over the line both ways, and the card's own work."""
        data = max(len(tpdu) - HEADER, 0)
        seconds = self.line_seconds(HEADER + PROCEDURE + data + len(answer)) + self.command_seconds
        ins = tpdu[1] if len(tpdu) > 1 else 0
        if ins in WRITING and data and len(answer) == STATUS and answer[0] in (0x90, 0x91, 0x9F, 0x61):
            seconds += -(-data // self.write_page) * self.write_page_seconds
        if ins == 0x88:
            seconds += self.authenticate_seconds
        return seconds

    def atr_seconds(self, atr: bytes) -> float:
        """Reset and ATR, which goes at the default rate."""
        return self.reset_seconds + len(atr) * CHARACTER_ETU * 372 / self.clock


class Card(Protocol):
    """A card as a reader sees it."""

    def power_on(self) -> bytes: ...

    def power_off(self) -> None: ...

    def reset(self) -> bytes: ...

    def transmit(self, tpdu: bytes) -> bytes: ...


class TimedCard:
    """A card whose time is added up in `seconds`; with `real` it also takes that long."""

    def __init__(self, card: Card, model: TimeModel | None = None, *, real: bool = False) -> None:
        self.card = card
        self.model = model or TimeModel()
        self.seconds = 0.0
        self._real = real

    def power_on(self) -> bytes:
        atr = self.card.power_on()
        self._spend(self.model.atr_seconds(atr))
        return atr

    def reset(self) -> bytes:
        atr = self.card.reset()
        self._spend(self.model.atr_seconds(atr))
        return atr

    def power_off(self) -> None:
        self.card.power_off()

    def transmit(self, tpdu: bytes) -> bytes:
        answer = self.card.transmit(tpdu)
        self._spend(self.model.exchange_seconds(tpdu, answer))
        return answer

    def _spend(self, seconds: float) -> None:
        self.seconds += seconds
        if self._real:
            time.sleep(seconds)
