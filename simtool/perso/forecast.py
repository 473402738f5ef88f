"""What a plan will cost: TPDUs, bytes on the wire, and seconds, before a card is touched.

The counts are exact (see `dry`). The time is a plain model of line and memory. Line (ISO/IEC 7816-3 §7.2, §10.2): a
character takes 12 etu and the extra guard time of TC1, an etu is F/D clocks; F and D are those of TA1, which readers
agree on with the card by PPS, or the default 372/1. Card: a time per command, and per write a time and a time per byte.
The defaults are round numbers of the size that data sheets of cards and readers give; where it matters, measure one
card and put its numbers in.
"""

from __future__ import annotations

from dataclasses import dataclass

from simtool.card.session import Session
from simtool.perso.dry import DryRun, dry_run
from simtool.perso.steps import Plan

# ISO/IEC 7816-3 §8.3, tables 7 and 8; what is reserved is taken as the default.
F_VALUES = {0: 372, 1: 372, 2: 558, 3: 744, 4: 1116, 5: 1488, 6: 1860, 9: 512, 10: 768, 11: 1024, 12: 1536, 13: 2048}
D_VALUES = {1: 1, 2: 2, 3: 4, 4: 8, 5: 16, 6: 32, 7: 64, 8: 12, 9: 20}
CHARACTER_ETU = 12
T0_NO_EXTRA_GUARD = 0xFF
READER_CLOCK = 4_000_000.0
WRITING = frozenset((0xD6, 0xDC, 0xDB, 0x32, 0x24, 0x26, 0x28, 0x2C, 0xE0, 0xE4, 0xD4, 0x44, 0x04, 0xE6, 0xE8, 0xE2))
"""UPDATE BINARY, UPDATE RECORD, INCREASE, the PIN commands that store, CREATE to ACTIVATE FILE,
INSTALL, LOAD, STORE DATA; also vendors' own."""


@dataclass(frozen=True, slots=True)
class Line:
    """The line between reader and card. `clock` in Hz; `extra_guard` in etu."""

    clock: float = READER_CLOCK
    f: int = 372
    d: int = 1
    extra_guard: int = 0

    @classmethod
    def from_atr(cls, atr: bytes, *, clock: float = READER_CLOCK, pps: bool = True) -> Line:
        """What an ATR offers (TA1, TC1). Without `pps` the reader stays at the default rate."""
        ta1, tc1 = _interface_bytes(atr)
        f, d = F_VALUES.get(ta1 >> 4, 372), D_VALUES.get(ta1 & 0x0F, 1)
        guard = 0 if tc1 == T0_NO_EXTRA_GUARD else tc1
        return cls(clock, f, d, guard) if pps else cls(clock, extra_guard=guard)

    @property
    def bit_rate(self) -> float:
        """Bits per second."""
        return self.clock * self.d / self.f

    def seconds(self, characters: int) -> float:
        return characters * (CHARACTER_ETU + self.extra_guard) / self.bit_rate


@dataclass(frozen=True, slots=True)
class CardTiming:
    """Seconds that reader and card take beside the line: per command, per write, per byte written, to wake up."""

    command: float = 0.002
    write: float = 0.003
    written_byte: float = 0.000_05


@dataclass(frozen=True, slots=True)
class Forecast:
    """The cost of a plan. `seconds` is a forecast, the rest is counted."""

    tpdus: int
    wire_bytes: int
    written_bytes: int
    seconds: float
    bit_rate: float

    def __str__(self) -> str:
        return f"{self.tpdus} TPDUs, {self.wire_bytes} bytes, about {self.seconds:.1f} s at {self.bit_rate:,.0f} bit/s"


def forecast(
    plan: Plan,
    *,
    read_back: bool = True,
    line: Line | None = None,
    timing: CardTiming | None = None,
    like: Session | None = None,
) -> Forecast:
    """What `apply(plan, session, read_back=read_back)` will cost, on a fresh session or on `like`.

    `line` is otherwise what the ATR of `like`, or of the product, offers.
    """
    if line is None:
        line = Line.from_atr(like.atr if like is not None else plan.model.atrs[0].value)
    return cost(dry_run(plan, read_back=read_back, like=like), line, timing or CardTiming())


def cost(run: DryRun, line: Line, timing: CardTiming) -> Forecast:
    """The cost of what a dry run would send."""
    total = sum(exchange.wire_bytes for exchange in run.exchanges)
    writes = [exchange for exchange in run.exchanges if exchange.ins in WRITING and exchange.sent_data]
    written = sum(exchange.sent_data for exchange in writes)
    seconds = line.seconds(total) + len(run.exchanges) * timing.command
    seconds += len(writes) * timing.write + written * timing.written_byte
    return Forecast(len(run.exchanges), total, written, seconds, line.bit_rate)


def _interface_bytes(atr: bytes) -> tuple[int, int]:
    """TA1 and TC1, or their defaults (ISO/IEC 7816-3 §8.2)."""
    if len(atr) < 2:
        return 0x11, 0
    present, at = atr[1] >> 4, 2
    found = [0x11, 0, 0]
    for index in range(3):
        if present >> index & 1 and at < len(atr):
            found[index] = atr[at]
            at += 1
    return found[0], found[2]
