"""What a screen gets to see, put together from all that a station knows at a moment. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from simtool.station.events import Phase
from simtool.station.run.board import Board
from simtool.station.run.counting import is_complete
from simtool.station.run.health import with_verdicts
from simtool.station.run.holds import Hold
from simtool.station.run.pace import Track, pace
from simtool.station.setup import StationSetup
from simtool.station.view import BenchView, Counters, Pace, SlotView

COMPLETE = "batch complete"
UNKNOWN = Counters(quantity=0, ordered=0, good=0, rejected=0, quarantined=0, spare=0, open=0)
"""Before the inventory was asked for the first time."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of a run. `unfinished` are ICCIDs of cards that go on where they stopped when they come back."""

    good: int
    rejected: int
    untouched: int
    unfinished: tuple[str, ...]
    complete: bool
    killed: bool


def bench_view(
    setup: StationSetup, board: Board, counters: Counters | None, track: Track, hold: Hold, *,
    number: int, at: float, operator: str,
) -> BenchView:  # fmt: skip
    """The view of that number. `hold` is the bench's own."""
    run = replace(counters or UNKNOWN, run_good=board.good, run_rejected=board.rejected, run_untouched=board.untouched)
    complete = is_complete(counters)
    return BenchView(
        number=number,
        at=at,
        station=setup.name,
        batch=setup.batch,
        customer=setup.customer,
        operator=operator,
        slots=tuple(_at_end(slot) if complete else slot for slot in with_verdicts(board)),
        counters=run,
        pace=pace_now(track, counters, at),
        last=board.last,
        stopped=hold.stopped,
        paused=hold.paused,
        complete=complete,
        scanning=setup.scan,
        notes=board.notes,
    )


def pace_now(track: Track, counters: Counters | None, at: float) -> Pace:
    return pace(track, at, None if counters is None else counters.quantity - counters.good)


def _at_end(slot: SlotView) -> SlotView:
    """An empty slot of a batch that is complete asks for no card."""
    if slot.phase is not Phase.INSERT:
        return slot
    return replace(slot, phase=Phase.PAUSED, message=COMPLETE, hint="put no further card in")
