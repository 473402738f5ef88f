"""A station with scripted workers, and counters that a test sets."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from simtool.errors import InputError
from simtool.station.bench.bench import Bench, ReaderMatch, Rules, SlotSpec
from simtool.station.run.process import Timings
from simtool.station.run.station import Station
from simtool.station.setup import Place, StationSetup
from simtool.station.view import BenchView, Counters
from tests.station import scripted

PATIENCE = 30.0
QUICK = Timings(first_pause=0.02, longest_pause=0.2, settled=60, attention_after=3, silence=20, counters=0.05)
COUNTERS = Counters(quantity=10, ordered=12, good=0, rejected=0, quarantined=0, spare=2, open=10)


@dataclass
class Counts:
    """An inventory whose counters a test sets; away while `away`."""

    now: Counters = COUNTERS
    away: bool = False
    closed: int = 0
    freed: list[str] = field(default_factory=list)

    def read(self) -> Counters:
        if self.away:
            raise InputError("the database refused: gone")
        return self.now

    def free(self, slot: str) -> None:
        if self.away:
            raise InputError("the database refused: gone")
        self.freed.append(slot)

    def unfinished(self) -> tuple[str, ...]:
        return ()

    def close(self) -> None:
        self.closed += 1


@dataclass
class Stage:
    """Scripts, and the stations that were made to follow them."""

    folder: Path
    counts: Counts = field(default_factory=Counts)
    made: list[Station] = field(default_factory=list)
    timings: Timings = QUICK
    rules: Rules = Rules()
    until_complete: bool = False

    def script(self, slot: str, *steps: tuple[object, ...]) -> None:
        scripted.write_script(self.folder, slot, *steps)

    def station(self, slots: int = 2, **more: object) -> Station:
        specs = tuple(
            SlotSpec(str(number), ReaderMatch(name=f"Reader {number}"), 1 + (number - 1) // 4, 1 + (number - 1) % 4)
            for number in range(1, slots + 1)
        )
        for spec in specs:
            if not (self.folder / f"{spec.name}.script").exists():
                self.script(spec.name, ("phase", "insert"))
        bench = Bench("table", specs, self.rules)
        setup = StationSetup(
            "here",
            "spring",
            self.folder / "profile.yaml",
            Place(self.folder),
            "ACME",
            until_complete=self.until_complete,
        )
        made = Station(bench, setup, self.counts, target=scripted.work, timings=self.timings, **more)  # type: ignore[arg-type]
        self.made.append(made)
        return made


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path / "stage")
    made.folder.mkdir()
    yield made
    for station in made.made:
        station.kill()
        station.close()


def until(station: Station, true: Callable[[BenchView], bool]) -> BenchView:
    """The first view for which that is true."""
    view, deadline = station.view(), time.monotonic() + PATIENCE
    while not true(view):
        assert time.monotonic() < deadline, f"it never came; there is {view}"
        view = station.wait_change(view.number, 0.5)
    return view


def phases(view: BenchView) -> list[str]:
    return [slot.phase.value for slot in view.slots]


def filled(counters: Counters) -> Counters:
    return replace(counters, good=counters.quantity, open=0)
