"""ADM and PIN attempts, remembered per card across runs.

A value that was wrong for a card is never sent to it again: a card gives three tries, a person with a list of keys has
more patience than that. Nor is a value whose answer got lost, unless the card's counter shows that it cost nothing.

Values are not kept, only fingerprints (`state_key`). One JSON object per line in `attempts.jsonl`: several processes
append to it at the same time, each line in one write under a lock and on the disk before the command leaves.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

from simtool.crypto.secret import Secret
from simtool.errors import InputError, RefusedError
from simtool.perso.memory.state_folder import open_private, private_folder
from simtool.perso.memory.state_key import StateKey

FILE = "attempts.jsonl"
_ICCID = re.compile(r'"iccid": "([^"]*)"')


class Outcome(Enum):
    """What came of sending a value. `SENT`: not known, the link or the computer failed before the answer."""

    SENT = "sent"
    RIGHT = "right"
    WRONG = "wrong"
    NOT_SPENT = "not spent"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try. `tries` is what the card's counter said before it, None if it did not tell."""

    iccid: str
    pin: str
    fingerprint: str
    outcome: Outcome
    time: str
    tries: int | None = None


class Attempts:
    """The memory of tries in a folder; without one it lasts as long as the object."""

    def __init__(self, folder: Path | None = None) -> None:
        self._path = private_folder(folder) / FILE if folder is not None else None
        self._key = StateKey.of(folder) if folder is not None else StateKey()
        self._lines = _Lines(self._path)
        self._sent: set[str] = set()

    def check(self, iccid: str, pin: str, value: Secret, tries: int | None) -> None:
        """Raises `RefusedError` when this value was wrong for this card, or may have been.

        `tries` is what the card's counter says now; it settles what became of a try whose answer was lost.
        """
        past = self._of(iccid, pin, value)
        last = past[-1] if past else None
        if last is None or last.outcome not in (Outcome.SENT, Outcome.WRONG):
            return
        if last.outcome is Outcome.WRONG:
            what = f"this value was wrong for card {iccid} on {last.time}"
        elif tries is None or last.tries is None:
            if self._may_go_once_more(past):
                return
            what = (
                f"this value was sent to card {iccid} on {last.time}, the answer was lost, and the card does not tell"
            )
        elif tries < last.tries and not any(one.outcome is Outcome.RIGHT for one in past):
            # A value that was right before is so still: the card lost its power within the command.
            self.note(iccid, pin, value, Outcome.WRONG, tries=last.tries)
            what = f"this value was sent to card {iccid} on {last.time}, the answer was lost, and a try is gone"
        else:
            return
        raise RefusedError(
            f"{pin} was not sent: {what}",
            hint=f"compare the record with the card's own papers; `simtool journal forget {iccid}` allows it again",
        )

    def _may_go_once_more(self, past: list[Attempt]) -> bool:
        """A card without a counter gets a value whose answer was lost once more, when a person starts anew."""
        known = (Outcome.RIGHT, Outcome.NOT_SPENT)
        since = next((at for at, one in enumerate(reversed(past)) if one.outcome in known), len(past))
        return since < 2 and past[-1].fingerprint not in self._sent

    def note(self, iccid: str, pin: str, value: Secret, outcome: Outcome, *, tries: int | None = None) -> None:
        """Remember a try. On the disk when this returns."""
        mark = self._mark(iccid, pin, value)
        if outcome is Outcome.SENT:
            self._sent.add(mark)
        self._append(Attempt(iccid, pin, mark, outcome, _now(), tries))

    def changed(self, iccid: str, pin: str) -> None:
        """The card has another value now: what was wrong before may be right."""
        for attempt in self._latest(iccid, pin).values():
            self._append(Attempt(iccid, pin, attempt.fingerprint, Outcome.FORGOTTEN, _now()))

    def forget(self, iccid: str) -> int:
        """Allow every value for this card again; how many that were refused before."""
        known = {(attempt.pin, attempt.fingerprint): attempt for attempt in self.all(iccid)}
        barred = [one for one in known.values() if one.outcome in (Outcome.SENT, Outcome.WRONG)]
        for attempt in barred:
            self._append(Attempt(iccid, attempt.pin, attempt.fingerprint, Outcome.FORGOTTEN, _now()))
        return len(barred)

    def last(self, iccid: str, pin: str, value: Secret) -> Attempt | None:
        """What came of sending this value to this card the last time."""
        past = self._of(iccid, pin, value)
        return past[-1] if past else None

    def was_right(self, iccid: str, pin: str, value: Secret) -> bool:
        last = self.last(iccid, pin, value)
        return last is not None and last.outcome is Outcome.RIGHT

    def _of(self, iccid: str, pin: str, value: Secret) -> list[Attempt]:
        """What became of a value since the PIN was changed last."""
        mark = self._mark(iccid, pin, value)
        past: list[Attempt] = []
        for attempt in self.all(iccid):
            if (attempt.pin, attempt.fingerprint) == (pin, mark):
                past = [] if attempt.outcome is Outcome.FORGOTTEN else [*past, attempt]
        return past

    def all(self, iccid: str = "") -> tuple[Attempt, ...]:
        """Every attempt, oldest first; those of one card if named."""
        return tuple(attempt for attempt in self._read(iccid) if iccid in ("", attempt.iccid))

    def _latest(self, iccid: str, pin: str) -> dict[str, Attempt]:
        return {attempt.fingerprint: attempt for attempt in self.all(iccid) if attempt.pin == pin}

    def _mark(self, iccid: str, pin: str, value: Secret) -> str:
        return self._key.fingerprint("attempt", iccid, pin, value.reveal())

    def _read(self, iccid: str) -> Iterator[Attempt]:
        for line in self._lines.of(iccid):
            try:
                row = json.loads(line)
                yield Attempt(**{**row, "outcome": Outcome(row["outcome"])})
            except (ValueError, TypeError, KeyError):
                continue  # a line that a computer died in: nothing was sent before it was whole

    def _append(self, attempt: Attempt) -> None:
        line = json.dumps({**asdict(attempt), "outcome": attempt.outcome.value})
        if self._path is None:
            self._lines.add(line)
            return
        try:
            with _locked(self._path) as descriptor:
                torn = (
                    os.fstat(descriptor).st_size and os.pread(descriptor, 1, os.fstat(descriptor).st_size - 1) != b"\n"
                )
                os.write(descriptor, f"{chr(10) if torn else ''}{line}\n".encode())
                os.fsync(descriptor)
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", place=str(self._path)) from error


class _Lines:
    """The lines of the file by the ICCID in them; a warehouse's file is long, so only what is new is read again.

    Without a file they are those that were added.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._end = 0
        self._inode = 0
        self._by_card: dict[str, list[str]] = {}

    def of(self, iccid: str) -> list[str]:
        """Oldest first; of all cards where none is named."""
        if self._path is not None:
            self._read_on(self._path)
        if iccid:
            return self._by_card.get(iccid, [])
        if self._path is None:
            return [line for lines in self._by_card.values() for line in lines]
        try:
            return self._path.read_text().splitlines() if self._path.exists() else []
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", place=str(self._path)) from error

    def add(self, line: str) -> None:
        found = _ICCID.search(line)
        if found is not None:
            self._by_card.setdefault(found[1], []).append(line)

    def _read_on(self, path: Path) -> None:
        """What others and we appended since the last time, whole lines only."""
        try:
            with path.open("rb") as stream:
                now = os.fstat(stream.fileno())
                if now.st_ino != self._inode or now.st_size < self._end:  # somebody put another file there
                    self._inode, self._end, self._by_card = now.st_ino, 0, {}
                stream.seek(self._end)
                new = stream.read()
        except FileNotFoundError:
            self._end, self._by_card = 0, {}
            return
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", place=str(path)) from error
        whole = new[: new.rfind(b"\n") + 1]
        self._end += len(whole)
        for line in whole.decode(errors="replace").splitlines():
            self.add(line)


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    descriptor = open_private(path, os.O_RDWR | os.O_APPEND)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
