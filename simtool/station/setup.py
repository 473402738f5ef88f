"""What a slot's worker has to know to do its work: values that go to another process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from simtool.station.bench.bench import Bench, Handler, Printer, Rules, SlotSpec


@dataclass(frozen=True, slots=True)
class Checking:
    """How finished cards are checked: `full_percent` of them are read back whole, the others by each write alone.

    All of them prove their keys.
    """

    full_percent: int = 100


@dataclass(frozen=True, slots=True)
class Place:
    """Which inventory: state folder, database and keeper as `Inventory.open` takes them."""

    folder: Path
    url: str = ""
    vault: str = ""


@dataclass(frozen=True, slots=True)
class WorkerSetup:
    """One worker's order. `station` and the slot's name together are the holder of its claims.

    `profile` is where the batch's profile is (it has to have the batch's digest); `scan` asks for the printed ICCID of
    each card; `labels` is the folder for labels, None where none are made; `gate` refuses products without an approved
    first article.
    """

    station: str
    slot: SlotSpec
    batch: str
    profile: Path
    place: Place
    operator: str
    checking: Checking = Checking()
    rules: Rules = Rules()
    handler: Handler = Handler()
    printer: Printer = Printer()
    scan: bool = False
    labels: Path | None = None
    gate: bool = True
    min_tries: int = 3

    @property
    def holder(self) -> str:
        return f"{self.station}/{self.slot.name}"


@dataclass(frozen=True, slots=True)
class StationSetup:
    """What a station has to know: what its workers do, and whom it works for.

    `until_complete`: the station ends by itself when the order is filled, or cannot be filled any more.
    """

    name: str
    batch: str
    profile: Path
    place: Place
    customer: str = ""
    operator: str = ""
    checking: Checking = Checking()
    scan: bool = False
    labels: Path | None = None
    gate: bool = True
    min_tries: int = 3
    until_complete: bool = False

    def worker(self, bench: Bench, slot: SlotSpec, operator: str) -> WorkerSetup:
        """The order of one slot's worker."""
        return WorkerSetup(
            station=self.name,
            slot=slot,
            batch=self.batch,
            profile=self.profile,
            place=self.place,
            operator=operator,
            checking=self.checking,
            rules=bench.rules,
            handler=bench.handler,
            printer=bench.printer,
            scan=self.scan,
            labels=self.labels,
            gate=self.gate,
            min_tries=self.min_tries,
        )
