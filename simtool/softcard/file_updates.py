"""Who wants to know of changes that the terminal, or a remote server, makes to files (TS 102 241 §5.4, file events)."""

from __future__ import annotations

from dataclasses import dataclass

from simtool.softcard.filesystem import FileNode


@dataclass(frozen=True, slots=True)
class FileUpdate:
    """A command has changed an EF: `ins` is its instruction byte (UPDATE BINARY D6, UPDATE RECORD DC, INCREASE 32,
    SET DATA DB), `position` the offset, or the number of the record as it is now, and `length` how many bytes."""

    node: FileNode
    ins: int
    position: int
    length: int
