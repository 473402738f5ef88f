"""A bench: which slots stand where, which reader each of them is, and when work has to stop.

Values only; `simtool.station.bench.file` reads them from YAML.
"""

from __future__ import annotations

from dataclasses import dataclass, field

COMMAND_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class ReaderMatch:
    """Which PC/SC reader a slot is: everything that is given has to fit.

    `name` is a pattern with * and ? for the whole name, `serial` the reader's serial number, `port` its USB path
    ("1-1.4"), which stays the same on a bench of equal readers.
    """

    name: str = ""
    serial: str = ""
    port: str = ""


@dataclass(frozen=True, slots=True)
class Quirks:
    """What a reader cannot do: `max_baud` (0: no limit), no extended APDU, too little current for some cards."""

    max_baud: int = 0
    no_extended_apdu: bool = False
    weak_power: bool = False


@dataclass(frozen=True, slots=True)
class SlotSpec:
    """One slot. `name` is what stands on the table ("1"), `row` and `column` (from 1) its place there."""

    name: str
    reader: ReaderMatch
    row: int = 1
    column: int = 1
    quirks: Quirks = Quirks()


@dataclass(frozen=True, slots=True)
class Rules:
    """When to help a card, when to give it up, and when to stop.

    A contact fault is met by powering the card off and on (`repowers` times in a row), then by asking for the card to
    be put in anew (`reseats` times), then the card is rejected. A slot stops after `rejects_in_a_row`, the whole bench
    after `bench_rejects_in_a_row`, or when more than `reject_percent` of the last `rate_window` cards were rejected
    (not before `rate_minimum` cards).
    """

    repowers: int = 2
    reseats: int = 2
    rejects_in_a_row: int = 3
    bench_rejects_in_a_row: int = 5
    reject_percent: float = 10.0
    rate_window: int = 50
    rate_minimum: int = 20


@dataclass(frozen=True, slots=True)
class Handler:
    """Commands of a feeder and sorter, as words; empty: a person does it. {slot}, {iccid}, {cause} stand for values.

    `get` puts a card into the slot, `good` and `bad` take it out into a bin; each ends with 0 when that is done and is
    killed after `seconds`.
    """

    get: tuple[str, ...] = ()
    good: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()
    seconds: float = COMMAND_SECONDS


@dataclass(frozen=True, slots=True)
class Printer:
    """The command that prints a label, {file} standing for its PDF; empty: labels are kept as files only."""

    command: tuple[str, ...] = ()
    seconds: float = COMMAND_SECONDS


@dataclass(frozen=True, slots=True)
class Bench:
    """All slots of one table, by name in the order of the file, and what holds for all of them."""

    name: str
    slots: tuple[SlotSpec, ...]
    rules: Rules = Rules()
    handler: Handler = Handler()
    printer: Printer = field(default_factory=Printer)
