"""One logical channel: what is selected there (TS 102 221 §8.7, §11.1.1.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simtool.files.product import FileType
from simtool.softcard.filesystem import FileNode

if TYPE_CHECKING:
    from simtool.softcard.globalplatform.selection import Selection

MAX_CHANNEL = 19


@dataclass(slots=True)
class TlvTransfer:
    """A RETRIEVE DATA or SET DATA that goes over several commands (TS 102 221 §11.3)."""

    node: FileNode
    tag: int
    data: bytearray
    done: int = 0
    expected: int = 0
    last: int = 0


class Channel:
    """The current directory, EF, record and application session of one channel. `record` 0 means none.

    `applet` is an application outside of the file system that is selected in its place.
    """

    __slots__ = ("adf", "applet", "df", "ef", "number", "reading", "record", "writing")

    def __init__(self, number: int, df: FileNode) -> None:
        self.number = number
        self.df = df
        self.ef: FileNode | None = None
        self.adf: FileNode | None = None
        self.applet: Selection | None = None
        self.record = 0
        self.reading: TlvTransfer | None = None
        self.writing: TlvTransfer | None = None

    @property
    def current(self) -> FileNode:
        """The last selected file."""
        return self.ef if self.ef is not None else self.df

    def select(self, node: FileNode) -> None:
        """Make a file current; the record pointer goes to record 1 of a cyclic EF, to none of a linear one."""
        self.reading = self.writing = None
        if node.is_directory:
            self.df, self.ef, self.record = node, None, 0
            return
        if node.parent is not None:
            self.df = node.parent
        self.ef = node
        self.record = 1 if node.type is FileType.CYCLIC else 0
