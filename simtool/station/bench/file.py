"""Benches as people write them (YAML): read, checked with file, line and field, and described by a JSON Schema.

A bench is named by its file, or by its name alone: then it is sought in `readers/` of the current folder, and among the
benches that come with simtool.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files as package_files
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from simtool.errors import InputError
from simtool.perso.source import Section, Source, check, read_yaml, together
from simtool.station.bench.bench import (
    COMMAND_SECONDS,
    Bench,
    Handler,
    Printer,
    Quirks,
    ReaderMatch,
    Rules,
    SlotSpec,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"
WORKSPACE_FOLDER = Path("readers")
SUFFIX = ".yaml"
MAX_PLACE = 100
HOLES = ("{slot}", "{iccid}", "{cause}")
FILE_HOLE = "{file}"
USUAL_RULES = Rules()

Word = Annotated[str, Field(min_length=1)]
Place = Annotated[int, Field(ge=1, le=MAX_PLACE)]
Count = Annotated[int, Field(ge=0)]
Limit = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0)]
Percent = Annotated[float, Field(gt=0, le=100)]


class ReaderForm(Section):
    name: str = ""
    """The reader's name as `simtool readers` shows it; * and ? stand for any text and any one character."""
    serial: str = ""
    """Its serial number, as `simtool station bench` shows it."""
    port: str = ""
    """The USB port that it is plugged into, like 1-1.4: what tells equal readers apart."""


class QuirksForm(Section):
    max_baud: Count = 0
    """Cards that offer a higher bit rate are refused here, for no program can slow the driver down; 0: no limit."""
    no_extended_apdu: bool = False
    """Long commands are sent in pieces, whatever reader and card say of themselves."""
    weak_power: bool = False
    """Gives some cards too little current; said where this slot has contact faults."""


class SlotForm(Section):
    name: Word
    """What stands on the table beside it."""
    reader: ReaderForm
    """Which reader the slot is: everything that is given has to fit."""
    row: Place = 1
    """Its place on the table, counted from the far left."""
    column: Place | None = None
    """Without one, the slots of a row stand in the order of the file."""
    quirks: QuirksForm = QuirksForm()


class RulesForm(Section):
    repowers: Count = USUAL_RULES.repowers
    """How often in a row a card is powered off and on after a contact fault."""
    reseats: Count = USUAL_RULES.reseats
    """How often a card is asked to be put in anew before it is rejected."""
    rejects_in_a_row: Limit = USUAL_RULES.rejects_in_a_row
    """After so many rejects in a row a slot stops."""
    bench_rejects_in_a_row: Limit = USUAL_RULES.bench_rejects_in_a_row
    """After so many rejects in a row the whole bench stops."""
    reject_percent: Percent = USUAL_RULES.reject_percent
    """When more of the last cards were rejected, the whole bench stops."""
    rate_window: Limit = USUAL_RULES.rate_window
    """How many of the last cards count for the percentage."""
    rate_minimum: Limit = USUAL_RULES.rate_minimum
    """The percentage counts only from so many cards on."""


class HandlerForm(Section):
    get: tuple[Word, ...] = ()
    """Puts a card into the slot. A command as a list of words; {slot}, {iccid} and {cause} stand for values."""
    good: tuple[Word, ...] = ()
    """Takes a good card out."""
    bad: tuple[Word, ...] = ()
    """Takes a rejected card out."""
    seconds: Seconds = COMMAND_SECONDS
    """A command that takes longer is killed."""


class PrinterForm(Section):
    command: tuple[Word, ...] = ()
    """Prints a label. A command as a list of words; {file} stands for its PDF."""
    seconds: Seconds = COMMAND_SECONDS
    """A command that takes longer is killed."""


class BenchForm(Section):
    """A table of reader slots."""

    name: Word
    slots: tuple[SlotForm, ...]
    rules: RulesForm = RulesForm()
    handler: HandlerForm = HandlerForm()
    """A feeder and sorter, where a machine and not a person moves the cards."""
    printer: PrinterForm = PrinterForm()


def load_bench(path: Path | str) -> Bench:
    """The bench in a file, or the one of that name (see `find_bench`).

    Raises `InputError` with file, line, field and reason for every problem found.
    """
    source = read_yaml(find_bench(path))
    form = check(source, BenchForm)
    problems = [*_problems(form, source)]
    if problems:
        raise together(problems)
    return _bench(form)


def find_bench(name: Path | str) -> Path:
    """The file of a bench: the name itself, `readers/NAME.yaml`, or the one that comes with simtool.

    Raises `InputError` where there is none of them.
    """
    path = Path(name)
    if path.exists():
        return path
    if path.suffix == "" and path.name == str(path):
        for folder in (WORKSPACE_FOLDER, _shipped_folder()):
            found = folder / f"{path}{SUFFIX}"
            if found.exists():
                return found
    raise InputError(
        "there is no such bench",
        place=str(name),
        hint=f"give a file, or one of {', '.join(shipped_benches())}",
    )


def shipped_benches() -> tuple[str, ...]:
    """Names of the benches that come with simtool."""
    return tuple(sorted(path.stem for path in _shipped_folder().glob(f"*{SUFFIX}")))


def bench_schema() -> dict[str, Any]:
    """The grammar of bench files as a JSON Schema (2020-12), for editors that complete and check YAML."""
    return {"$schema": DIALECT, **BenchForm.model_json_schema(), "title": "simtool bench"}


def _shipped_folder() -> Path:
    return Path(str(package_files("simtool") / "data" / "benches"))


def _problems(form: BenchForm, source: Source) -> Iterator[InputError]:
    """What single values cannot show."""
    if not form.slots:
        yield _wrong(source, "a bench has at least one slot", "slots")
    names: set[str] = set()
    places: dict[tuple[int, int], str] = {}
    for number, (slot, spec) in enumerate(zip(form.slots, _bench(form).slots, strict=True)):
        if slot.reader == ReaderForm():
            yield _wrong(source, "name, serial or port has to be given", "slots", number, "reader")
        if slot.name in names:
            yield _wrong(source, f"there is another slot {slot.name}", "slots", number, "name")
        names.add(slot.name)
        place = (spec.row, spec.column)
        if place in places:
            yield _wrong(source, f"stands where slot {places[place]} stands", "slots", number)
        places[place] = spec.name
    if form.rules.rate_minimum > form.rules.rate_window:
        yield _wrong(source, "is more than rate_window, so it would never count", "rules", "rate_minimum")
    if form.printer.command and not any(FILE_HOLE in word for word in form.printer.command):
        yield _wrong(source, f"no word holds {FILE_HOLE}, so nothing would be printed", "printer", "command")
    for verb, command in (("get", form.handler.get), ("good", form.handler.good), ("bad", form.handler.bad)):
        if not all(map(_holes_are_known, command)):
            yield _wrong(source, f"only {', '.join(HOLES)} may stand in braces", "handler", verb)


def _holes_are_known(word: str) -> bool:
    try:
        word.format(slot="", iccid="", cause="")
    except (KeyError, IndexError, ValueError):
        return False
    return True


def _wrong(source: Source, reason: str, *location: str | int) -> InputError:
    return InputError(reason, place=source.place(location), field=".".join(map(str, location)))


def _bench(form: BenchForm) -> Bench:
    slots = []
    columns: dict[int, int] = {}
    for slot in form.slots:
        column = slot.column or columns.get(slot.row, 0) + 1
        columns[slot.row] = column
        match = ReaderMatch(slot.reader.name, slot.reader.serial, slot.reader.port)
        quirks = Quirks(slot.quirks.max_baud, slot.quirks.no_extended_apdu, slot.quirks.weak_power)
        slots.append(SlotSpec(slot.name, match, slot.row, column, quirks))
    return Bench(
        form.name,
        tuple(slots),
        Rules(**form.rules.model_dump()),
        Handler(form.handler.get, form.handler.good, form.handler.bad, form.handler.seconds),
        Printer(form.printer.command, form.printer.seconds),
    )
