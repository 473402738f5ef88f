"""What a screen shows of a bench at one moment: values without secrets, for the browser, the terminal and programs."""

from __future__ import annotations

from dataclasses import dataclass

from simtool.station.events import CardDone, Phase


@dataclass(frozen=True, slots=True)
class SlotHealth:
    """How a slot has done in this run; `seconds` is the median time of its good cards, 0 before the first."""

    good: int = 0
    rejected: int = 0
    rejects_in_a_row: int = 0
    repowered: int = 0
    reseated: int = 0
    restarts: int = 0
    seconds: float = 0.0
    verdict: str = ""
    """In plain words, where something is to be said: "slower than the others", "many contact faults: clean it"."""


@dataclass(frozen=True, slots=True)
class SlotView:
    """One slot now. `since` is the time (seconds since 1970) at which it came to its phase.

    `for_supervisor`: what it shows is ended by a supervisor's RESUME only.
    """

    name: str
    row: int
    column: int
    reader: str
    phase: Phase
    since: float
    message: str = ""
    hint: str = ""
    iccid: str = ""
    product: str = ""
    done: int = 0
    total: int = 0
    health: SlotHealth = SlotHealth()
    for_supervisor: bool = False


@dataclass(frozen=True, slots=True)
class Counters:
    """Where the batch is, all stations together: the inventory's reconciliation; the last three are this run's."""

    quantity: int
    ordered: int
    good: int
    rejected: int
    quarantined: int
    spare: int
    open: int
    run_good: int = 0
    run_rejected: int = 0
    run_untouched: int = 0


@dataclass(frozen=True, slots=True)
class Pace:
    """Cards per hour over the last minutes, the part of good cards (0 to 1), and seconds to the end (None: unknown)."""

    per_hour: float = 0.0
    yield_: float = 1.0
    eta_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class BenchView:
    """The whole bench now. `stopped` says why all work stopped, empty while it goes on; `number` counts changes."""

    number: int
    at: float
    station: str
    batch: str
    customer: str
    operator: str
    slots: tuple[SlotView, ...]
    counters: Counters
    pace: Pace = Pace()
    last: tuple[CardDone, ...] = ()
    stopped: str = ""
    paused: bool = False
    complete: bool = False
    scanning: bool = False
    notes: tuple[str, ...] = ()
