"""The file form of a journal: lines appended and synced, read back as an `Entry`. What they mean: `journal`."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from simtool.errors import InputError, RefusedError
from simtool.files.path import FilePath
from simtool.files.product import Shape
from simtool.perso.image import CardImage, Content, Unit
from simtool.perso.memory.state_folder import open_private
from simtool.perso.memory.state_key import StateKey
from simtool.perso.report import EndState

FORMAT = "simtool-journal"
VERSION = 1
SUFFIX = ".jsonl"
_NAME = re.compile(r"(\d{4,})((?:-\w+)+)\.jsonl")
_RIGHTS = ("PresentPin", "OpenChannel")


class StepState(Enum):
    """`STARTED`: begun, and nothing more is known; the card may hold old or new."""

    WAITING = "waiting"
    STARTED = "in doubt"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class JournalStep:
    """One step of the plan. `mark` is the fingerprint of what a write leaves behind, `length` 0 where none compares;
    `sets` names the PINs that it sets, with fingerprints of their values; `file` is a file that it makes, resizes or
    deletes, with the size that it had before (None: it was not there).
    """

    number: int
    kind: str
    place: str
    action: str
    origin: str
    units: tuple[Unit, ...]
    offset: int
    length: int
    mark: str
    sets: tuple[tuple[str, str], ...] = ()
    file: tuple[FilePath, Shape | None] | None = None
    state: StepState = StepState.WAITING
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One piece of work as its journal tells it.

    `old` is the content before, unknown where it could not be read. `follows` is the work that this one continued,
    `continued` that which continued this one, `undoes` the one it takes back; `earlier` are units that followed work
    had begun to change, `earlier_files` files with their size before any of it. `running` work is being done by a
    process right now.
    """

    id: str
    path: Path
    product: str
    iccid: str
    card_iccid: str
    time: str
    steps: tuple[JournalStep, ...]
    old: CardImage = field(repr=False)
    notes: tuple[str, ...]
    stated: EndState | None
    cause: str
    follows: str
    continued: str
    undoes: str
    done_before: frozenset[str]
    earlier: frozenset[Unit]
    earlier_files: Mapping[FilePath, Shape | None]
    running: bool

    @property
    def touched(self) -> bool:
        """Whether a change of content was begun, here or in the work that this one continued."""
        return bool(self.earlier) or any(step.kind not in _RIGHTS for step in self._begun_steps)

    @property
    def end(self) -> EndState:
        """As the journal states it, or what follows from its lines when the process had no time to state it."""
        if self.stated is not None:
            return self.stated
        return EndState.UNFINISHED if self.touched else EndState.UNTOUCHED

    @property
    def done_marks(self) -> frozenset[str]:
        """Marks of the writes that are done, here or before, and were not begun again since."""
        done = {step.mark for step in self.steps if step.state is StepState.DONE and step.mark}
        not_done = [step for step in self._begun_steps if step.state is not StepState.DONE]
        again = {unit for step in not_done for unit in step.units}
        doubtful = {step.mark for step in self.steps if again & set(step.units)}
        return frozenset((done | self.done_before) - doubtful)

    @property
    def begun(self) -> frozenset[Unit]:
        """Units whose change was begun, here or before."""
        return self.earlier | {unit for step in self._begun_steps for unit in step.units}

    @property
    def files(self) -> Mapping[FilePath, Shape | None]:
        """Files whose making, resizing or deleting was begun, here or before, with the size that they had at first."""
        return dict(step.file for step in self._begun_steps if step.file is not None) | dict(self.earlier_files)

    @property
    def done(self) -> int:
        return sum(step.state is StepState.DONE for step in self.steps)

    @property
    def _begun_steps(self) -> tuple[JournalStep, ...]:
        return tuple(step for step in self.steps if step.state is not StepState.WAITING)


class Writer:
    """Appends to one journal, whose file it holds locked."""

    def __init__(self, path: Path, descriptor: int, durable: bool) -> None:
        self.id = path.name.removesuffix(SUFFIX)
        self._descriptor = descriptor
        self._durable = durable

    @classmethod
    def create(cls, folder: Path, card_iccid: str, iccid: str, *, durable: bool) -> Writer:
        """A new file with the next number. Raises `InputError` when it cannot be made."""
        names = "-".join(dict.fromkeys(name for name in (card_iccid, iccid) if name))
        number = max((_number(path) for name in names.split("-") for path in list_files(folder, name)), default=0)
        while True:
            number += 1
            path = folder / f"{number:04}-{names}{SUFFIX}"
            try:
                descriptor = open_private(path, os.O_RDWR | os.O_APPEND | os.O_EXCL)
            except FileExistsError:
                continue
            except OSError as error:
                raise InputError(f"cannot keep a journal: {error.strerror}", place=str(path)) from error
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if durable:
                _sync_folder(folder)
            return cls(path, descriptor, durable)

    @classmethod
    def reopen(cls, path: Path, *, durable: bool) -> Writer:
        """Go on with an existing file; a torn last line is ended. Raises `RefusedError` while another process does."""
        descriptor = open_private(path, os.O_RDWR | os.O_APPEND)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise RefusedError(
                f"another process works on {path.name.removesuffix(SUFFIX)}", hint="wait for it"
            ) from error
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            os.write(descriptor, b"\n")
        return cls(path, descriptor, durable)

    def write(self, event: str, **values: Any) -> None:
        """One line, on the disk when this returns."""
        row: dict[str, Any] = {"event": event, "time": datetime.now(UTC).isoformat(timespec="milliseconds")}
        if event == "begin":
            row |= {"format": FORMAT, "version": VERSION}
        view = memoryview(f"{json.dumps(row | values)}\n".encode())
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
            if self._durable:
                os.fdatasync(self._descriptor)
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", place=f"journal {self.id}") from error

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __del__(self) -> None:
        self.close()


def list_files(folder: Path, iccid: str = "") -> list[Path]:
    """The journals of a folder, or those that name this ICCID, oldest first."""
    found = [folder / name for name in os.listdir(folder) if iccid in name and _NAME.fullmatch(name)]
    if iccid:
        found = [path for path in found if iccid in path.name.removesuffix(SUFFIX).split("-")[1:]]
    return sorted(found, key=lambda path: (_number(path), path.name))


def parse_entry(path: Path, key: StateKey) -> Entry:
    """Read a journal. Raises `InputError` if it is not one, is damaged, or was sealed with another key.

    A line that is not whole is one that the computer died in, before the step that it announces; it is noted.
    """
    try:
        raw = path.read_text()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", place=str(path)) from error
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(raw.split("\n"), start=1):
        try:
            rows += [json.loads(line)] if line else []
        except ValueError:
            rows.append({"event": "note", "time": "", "text": f"line {number} is not whole"})
    if not rows or rows[0]["event"] != "begin":
        rows.insert(0, {"event": "begin", "format": FORMAT, "version": VERSION})  # died before the first line was whole
    head = rows[0]
    if head.get("format") != FORMAT or head.get("version") != VERSION:
        raise InputError("this is not a journal that is known here", place=str(path))
    try:
        return _entry(path, head, rows[1:], key)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"the journal is damaged ({type(error).__name__})", place=str(path)) from error


def _entry(path: Path, head: dict[str, Any], events: list[dict[str, Any]], key: StateKey) -> Entry:
    name = path.name.removesuffix(SUFFIX)
    states: dict[int, tuple[StepState, str]] = {}
    notes: list[str] = []
    old = dict(_content(name, row, key) for row in head.get("old", ()))
    stated, cause, continued = None, "", ""
    for row in events:
        match row["event"]:
            case "start":
                states[row["step"]] = StepState.STARTED, ""
            case "done":
                states[row["step"]] = StepState.DONE, ""
            case "failed":
                states[row["step"]] = StepState.FAILED, row["cause"]
            case "old":
                old.update([_content(name, row["old"], key)])
            case "note":
                notes.append(f"{row['time']} {row['text']}")
            case "continued":
                continued = row["by"]
            case "end":
                stated, cause = EndState(row["state"]), row["cause"]
    nothing = StepState.WAITING, ""
    steps = tuple(_step(number, row, *states.get(number, nothing)) for number, row in enumerate(head.get("steps", ())))
    return Entry(
        id=name,
        path=path,
        product=head.get("product", ""),
        iccid=head.get("iccid", ""),
        card_iccid=head.get("card_iccid", ""),
        time=head.get("time", ""),
        steps=steps,
        old=CardImage(old),
        notes=tuple(notes),
        stated=stated,
        cause=cause,
        follows=head.get("follows", ""),
        continued=continued,
        undoes=head.get("undoes", ""),
        done_before=frozenset(head.get("done_before", ())),
        earlier=frozenset(_unit(*row) for row in head.get("earlier", ())),
        earlier_files=dict(map(file_of_row, head.get("earlier_files", ()))),
        running=_is_locked(path),
    )


def _step(number: int, row: dict[str, Any], state: StepState, cause: str) -> JournalStep:
    units = tuple(_unit(*unit) for unit in row["units"])
    return JournalStep(
        number, row["kind"], row["place"], row["action"], row["origin"], units,
        row.get("offset", 0), row.get("length", 0), row["mark"], tuple(row["sets"].items()),
        file_of_row(row["file"]) if "file" in row else None, state, cause,
    )  # fmt: skip


def _content(name: str, row: dict[str, Any], key: StateKey) -> tuple[Unit, Content]:
    unit = _unit(row["path"], row["record"])
    if "unknown" in row:
        return unit, Content.unknown(row["unknown"])
    data = key.unseal(row["sealed"], f"{name} {unit}") if "sealed" in row else bytes.fromhex(row["data"])
    return unit, Content(data, bytes.fromhex(row["mask"])) if "mask" in row else Content.known(data)


def file_row(path: FilePath, shape: Shape | None) -> list[Any]:
    """A file and its size, None for no file, as a journal holds them."""
    return [str(path), None if shape is None else [shape.size, shape.record_length, shape.records]]


def file_of_row(row: list[Any]) -> tuple[FilePath, Shape | None]:
    """What `file_row` wrote."""
    path, numbers = row
    return FilePath(path), None if numbers is None else Shape(*numbers)


def _unit(path: str, number: int | str) -> Unit:
    return Unit.of(FilePath(path), number)


def _number(path: Path) -> int:
    return int(path.name.split("-")[0])


def _is_locked(path: Path) -> bool:
    """Whether a process holds this journal open to write."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
