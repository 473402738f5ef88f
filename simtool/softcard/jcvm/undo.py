"""The undo log of a transaction or of an installation: old values in order, and what was made since (JCRE §7)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simtool.softcard.jcvm.native import NativeState
from simtool.softcard.jcvm.objects import ELEMENT_BYTES, JavaArray, JavaObject, Ref, Word

ENTRY_BYTES = 6
WORD_BYTES = 2


class CommitBufferFull(Exception):  # noqa: N818  # becomes TransactionException.BUFFER_FULL
    """The transaction has become too large."""


@dataclass(frozen=True, slots=True)
class OldWord:
    """A word as it was."""

    ref: Any
    index: int
    value: Word

    def undo(self) -> None:
        _words(self.ref)[self.index] = self.value


@dataclass(frozen=True, slots=True)
class OldElements:
    """Elements of an array as they were, from `start` on."""

    ref: JavaArray
    start: int
    values: Any

    def undo(self) -> None:
        self.ref.data[self.start : self.start + len(self.values)] = self.values


@dataclass(frozen=True, slots=True)
class OldState:
    """What an API object kept."""

    ref: JavaObject
    value: NativeState | None

    def undo(self) -> None:
        self.ref.native = self.value


@dataclass(frozen=True, slots=True)
class OldElsewhere:
    """What an object of the runtime stands for was changed on the card; `undo` takes it back."""

    ref: Ref
    undo: Callable[[], None]


@dataclass(slots=True, eq=False)
class Log:
    """`bytes` is what stands in the commit buffer, `limit` its size (None: no limit), `full` what is raised then."""

    limit: int | None = None
    full: Callable[[], Exception] = CommitBufferFull
    entries: list[OldWord | OldElements | OldState | OldElsewhere] = field(default_factory=list)
    made: list[Ref] = field(default_factory=list)
    bytes: int = 0

    def word(self, ref: Any, index: int) -> None:
        """A word is about to change. Raises `full`."""
        self._take(ELEMENT_BYTES[ref.kind] if isinstance(ref, JavaArray) else WORD_BYTES)
        self.entries.append(OldWord(ref, index, _words(ref)[index]))

    def elements(self, ref: JavaArray, start: int, end: int) -> None:
        """Elements are about to change. Raises `full`."""
        self._take((end - start) * ELEMENT_BYTES[ref.kind])
        self.entries.append(OldElements(ref, start, ref.data[start:end]))

    def state(self, ref: JavaObject) -> None:
        """An API object's state is about to change. Raises `full`."""
        self._take(WORD_BYTES)
        self.entries.append(OldState(ref, ref.native.copy() if ref.native is not None else None))

    def elsewhere(self, ref: Ref, undo: Callable[[], None]) -> None:
        """Something on the card is about to change. Raises `full`."""
        self._take(WORD_BYTES)
        self.entries.append(OldElsewhere(ref, undo))

    def _take(self, size: int) -> None:
        if self.limit is not None and self.bytes + size + ENTRY_BYTES > self.limit:
            raise self.full()
        self.bytes += size + ENTRY_BYTES

    def append(self, later: Log) -> None:
        """What an inner log has. `made` is in both already."""
        self.entries += later.entries

    def undo(self) -> set[Ref]:
        """Put everything back, the last change first. Gives what changed."""
        for entry in reversed(self.entries):
            entry.undo()
        return self.changed()

    def changed(self) -> set[Ref]:
        return {entry.ref for entry in self.entries}

    def before(self, ref: Ref, later: Ref) -> Ref:
        """A copy of `later`, which is `ref` or a copy of it, as it was when this log began."""
        old = copy.copy(later)
        if isinstance(old, JavaArray):
            old.data = old.data[:]
        elif isinstance(old, JavaObject):
            old.words = old.words[:]
        for entry in reversed(self.entries):
            if entry.ref is not ref:
                continue
            match entry:
                case OldWord():
                    _words(old)[entry.index] = entry.value
                case OldElements():
                    old.data[entry.start : entry.start + len(entry.values)] = entry.values  # type: ignore[attr-defined]
                case OldState():
                    old.native = entry.value  # type: ignore[attr-defined]
        return old


def _words(ref: Any) -> Any:
    return ref.data if isinstance(ref, JavaArray) else ref.words
