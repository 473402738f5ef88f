"""The journal of work on cards: it outlives the process and the computer, and says what was done and what was there.

One file per piece of work, `journal/NUMBER-ICCID.jsonl` in the state folder (0600), one JSON object per line, each on
the disk before the next command leaves. The first line holds the plan's steps and the old content of exactly the units
that they change; the others tell when a step began and ended, when the card was powered off and on, and the end.

What is kept, and how:

- New content is not kept, only a mark of it (a keyed fingerprint): going on needs the record again.
- Old content of secret files is kept if the card let us read it, sealed with the folder's key (`state_key`), because
  `undo` needs it. What could not be read is noted as unknown, and `undo` says so.
- `undo` itself keeps no old content: after it, `apply` brings the new content back.

A step that began and did not end is in doubt: the card may hold the old or the new bytes. Work with a write in doubt or
done, and no good end, is open; the next work on the same card continues it and takes its old content along, so that
`undo` leads back to before the first of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from simtool.codec.access import AccessMode
from simtool.crypto.secret import Secret
from simtool.errors import InputError
from simtool.files.product import CardModel
from simtool.perso.access import NEVER, right
from simtool.perso.image import CardImage, Content, Unit, differs
from simtool.perso.memory.doubt import pins_set
from simtool.perso.memory.journal_file import Entry, JournalStep, StepState, Writer, file_row, list_files, parse_entry
from simtool.perso.memory.marks import bytes_mark, content_mark
from simtool.perso.memory.state_folder import private_folder
from simtool.perso.memory.state_key import StateKey
from simtool.perso.report import EndState
from simtool.perso.steps import (
    ActivateFile,
    Plan,
    PresentPin,
    Right,
    Step,
    StructureStep,
    WriteBytes,
)

FOLDER = "journal"

Keep = Callable[[Unit, Content], dict[str, Any]]
"""Makes the journal's row of a unit's old content."""


class Journals:
    """The journals in a state folder. `durable` waits for the disk at each line; without it a crash of the computer
    (not of the process) may lose the last ones.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = private_folder(folder / FOLDER)
        self.key = StateKey.of(folder)
        self._durable = durable

    def begin(self, plan: Plan, before: CardImage, *, undoes: str = "") -> Run:
        """Start a journal for `plan`, made from the content `before`; `apply` the `plan` of what this returns.

        Where open work on this card is continued, that is the plan without the steps that are known to be done though
        the card cannot show it.
        """
        base = self.open_work(plan.card_iccid or plan.iccid)
        if base is not None and base.undoes != undoes:
            base = self.find(base.undoes) if base.undoes else None
        strange = strangers(base, before, self.key) if base is not None else ()
        if base is not None and not strange:
            plan = self._rest(base, plan, before)
        if not plan:
            return Run(plan, base, Writer.reopen(base.path, durable=self._durable) if base is not None else None)
        return self._begin(plan, before, base, undoes, strange)

    def _begin(self, plan: Plan, before: CardImage, base: Entry | None, undoes: str, strange: tuple[str, ...]) -> Run:
        writer = Writer.create(self.folder, plan.card_iccid, plan.iccid, durable=self._durable)
        old = {} if undoes else self._old_content(plan, before)
        inherited = _still_old(base) if base is not None else {}
        writer.write(
            "begin",
            id=writer.id,
            product=plan.model.name,
            iccid=plan.iccid,
            card_iccid=plan.card_iccid,
            state=plan.state,
            follows=base.id if base is not None else "",
            undoes=undoes,
            strangers=strange,
            steps=[self._step_row(plan, step) for step in plan.steps],
            old=[self._content_row(plan, writer.id, unit, content) for unit, content in {**old, **inherited}.items()],
            done_before=sorted(base.done_marks) if base is not None else [],
            earlier=[[str(unit.path), unit.number] for unit in sorted(base.begun)] if base is not None else [],
            earlier_files=[file_row(path, shape) for path, shape in base.files.items()] if base is not None else [],
        )
        if base is not None:
            earlier = Writer.reopen(base.path, durable=self._durable)
            earlier.write("continued", by=writer.id)
            earlier.close()
        run = Run(plan, base, writer, keep=lambda unit, content: self._content_row(plan, writer.id, unit, content))
        run.strangers = strange
        return run

    def entries(self, iccid: str = "") -> tuple[Entry, ...]:
        """Every piece of work, or that on one card, latest first. Raises `InputError` for a damaged file."""
        return tuple(self._parse(path) for path in reversed(list_files(self.folder, iccid)))

    def find(self, name: str) -> Entry:
        """By its id, or the latest one of a card by its ICCID. Raises `InputError`."""
        path = self.folder / f"{name}.jsonl"
        if path.parent == self.folder and path.is_file():
            return self._parse(path)
        for entry in self.entries(name) if name.isdigit() else ():
            return entry
        raise InputError(f"there is no journal {name!r}", hint="`simtool journal list` shows them")

    def open_work(self, iccid: str) -> Entry | None:
        """The work on this card that was begun and did not come to a good end."""
        last = next((entry for entry in self.entries(iccid) if entry.touched), None)
        return last if last is not None and last.end is not EndState.GOOD and not last.running else None

    def to_undo(self, iccid: str) -> Entry | None:
        """The work that `undo` takes back: the latest that is not taken back yet."""
        gone: set[str] = set()
        for entry in self.entries(iccid):
            if entry.undoes:
                gone |= {entry.undoes} if entry.end is EndState.GOOD else set()
            elif entry.id in gone:
                gone |= {entry.follows}
            elif entry.touched:
                return entry
        return None

    def chain(self, entry: Entry) -> tuple[Entry, ...]:
        """This piece of work and those that it continued, latest first."""
        found = [entry]
        while found[-1].follows:
            found.append(self.find(found[-1].follows))
        return tuple(found)

    def pin_mark(self, iccid: str, name: str, value: Secret) -> str:
        """The fingerprint under which a step notes the value that it gives to a PIN, PUK or ADM code."""
        return self.key.fingerprint("pin", iccid, name, value.reveal())

    def _parse(self, path: Path) -> Entry:
        return parse_entry(path, self.key)

    def _rest(self, base: Entry, plan: Plan, before: CardImage) -> Plan:
        """`plan` without the writes that cannot be read back and are known to be done."""
        steps = [
            step
            for step in plan.steps
            if content_mark(step, self.key) not in base.done_marks
            or any(unit in before.units for unit in units_changed(step))
        ]
        rest = replace(plan, steps=tuple(steps))
        return rest if any(not isinstance(step, Right) for step in steps) else replace(plan, steps=())

    def recognise(self, entry: Entry, image: CardImage) -> tuple[str, ...]:
        """Places where a card that comes back holds neither what the journal says it did nor what it does now."""
        return strangers(entry, image, self.key)

    def _old_content(self, plan: Plan, before: CardImage) -> dict[Unit, Content]:
        """Of the units to be written; a file that nobody may read is unknown, whatever was concluded about it."""
        old: dict[Unit, Content] = {}
        model = plan.model_before
        for unit in dict.fromkeys(unit for step in plan.steps for unit in units_changed(step)):
            if not model.has(unit.path) or unit.record > (model.file(unit.path).records or 0):
                continue  # it is new, and goes away with its file
            content = before.units.get(unit)
            readable = content is not None and right(model, unit.path, AccessMode.READ) != NEVER
            old[unit] = content if content is not None and readable else Content.unknown(_size(model, unit))
        return old

    def _step_row(self, plan: Plan, step: Step) -> dict[str, Any]:
        row: dict[str, Any] = {"kind": type(step).__name__, "place": step.place, "action": step.action}
        row["units"] = [[str(unit.path), unit.number] for unit in units_changed(step)]
        if isinstance(step, StructureStep):
            row["file"] = file_row(step.path, step.before.shape if step.before is not None else None)
        if isinstance(step, WriteBytes):
            row |= {"offset": step.offset, "length": len(step.data)}
        sets = {name: self.pin_mark(plan.iccid, name, value) for name, value in pins_set(step, plan.model).items()}
        return row | {"mark": content_mark(step, self.key), "origin": step.origin, "sets": sets}

    def _content_row(self, plan: Plan, name: str, unit: Unit, content: Content) -> dict[str, Any]:
        row: dict[str, Any] = {"path": str(unit.path), "record": unit.number}
        if content.is_unknown:
            return row | {"unknown": len(content.data)}
        if not content.is_complete:
            row["mask"] = content.mask.hex()
        if plan.model_during.file(unit.path).secret:
            return row | {"sealed": self.key.seal(content.data, f"{name} {unit}")}
        return row | {"data": content.data.hex()}


class Run:
    """A piece of work being done: `apply` reports its progress here. One without a file keeps nothing.

    `continues` is the open work that it goes on with; `strangers` are places that somebody else changed since then.
    """

    def __init__(self, plan: Plan, base: Entry | None, writer: Writer | None, *, keep: Keep | None = None) -> None:
        self.plan = plan
        self.continues = base
        self.strangers: tuple[str, ...] = ()
        self._writer = writer
        self._keep = keep

    @property
    def id(self) -> str:
        return self._writer.id if self._writer is not None else ""

    def started(self, number: int) -> None:
        self._write("start", step=number)

    def done(self, number: int) -> None:
        self._write("done", step=number)

    def failed(self, number: int, cause: str) -> None:
        self._write("failed", step=number, cause=cause)

    def saw(self, unit: Unit, content: Content) -> None:
        """Old content that could only be read after an earlier step, as that of a file that was switched off."""
        if self._keep is not None:
            self._write("old", old=self._keep(unit, content))

    def note(self, text: str) -> None:
        """Something that happened on the way, such as powering the card off and on."""
        self._write("note", text=text)

    def ended(self, end: EndState, cause: str) -> None:
        """The last line. Work that only had to be found finished ends the journal that it continues."""
        if not self.plan and self.continues is not None and end is EndState.UNTOUCHED:
            end, cause = EndState.GOOD, "the card came back and holds all that was wanted"
        self._write("end", state=end.value, cause=cause)
        if self._writer is not None:
            self._writer.close()

    def _write(self, event: str, **values: Any) -> None:
        if self._writer is not None:
            self._writer.write(event, **values)


def strangers(entry: Entry, image: CardImage, key: StateKey) -> tuple[str, ...]:
    """Places that differ from what the journal leads to expect: done steps new, others old, those in doubt either."""
    doubtful = {unit for step in entry.steps if step.state is StepState.STARTED for unit in step.units}
    found: list[str] = []
    for step in entry.steps:
        for unit in step.units:
            content = image.units.get(unit)
            if content is None or unit in doubtful or not content.is_complete or not step.length:
                continue
            if step.state is StepState.DONE and not _shows(step, unit, content, key):
                found.append(str(unit))
    for unit, old in entry.old.units.items():
        content = image.units.get(unit)
        if content is not None and unit not in entry.begun and differs(unit, old, content):
            found.append(str(unit))
    return tuple(dict.fromkeys(found))


def _still_old(base: Entry) -> dict[Unit, Content]:
    """What continued work knows of before; a unit that it could not read nor begin to change can be read now."""
    return {unit: old for unit, old in base.old.units.items() if not old.is_unknown or unit in base.begun}


def _shows(step: JournalStep, unit: Unit, content: Content, key: StateKey) -> bool:
    data = content.data[step.offset : step.offset + step.length]
    return bytes_mark(key, unit, step.offset, data) == step.mark


def units_changed(step: Step) -> tuple[Unit, ...]:
    """The units whose content a step changes."""
    return () if isinstance(step, PresentPin | ActivateFile) else step.units


def _size(model: CardModel, unit: Unit) -> int:
    spec = model.file(unit.path)
    return (spec.record_length if unit.record else spec.size) or 0
