"""The file system as applets see it (TS 102 241 §6, TS 43.019 §6.3): what the file access APIs ask of the card.

A `FileContext` is where one view of the files stands. The card judges, by the access domain of the applet that the
view was made for, what may be done there, and refuses with a `FileRefused`; the API makes an exception of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Protocol

from simtool.softcard.jcvm.native import NativeState
from simtool.softcard.jcvm.objects import Lifetime


class Refusal(Enum):
    """Why something cannot be done."""

    NO_EF = auto()
    WRONG_FILE = auto()
    DENIED = auto()
    NOT_FOUND = auto()
    DEACTIVATED = auto()
    TERMINATED = auto()
    OUTSIDE_FILE = auto()
    OUTSIDE_RECORD = auto()
    NO_RECORD = auto()
    WRONG_MODE = auto()
    SELECTED = auto()
    MAXIMUM = auto()
    IN_USE = auto()
    NO_OBJECT = auto()
    OUTSIDE_OBJECT = auto()
    WRONG_TAG = auto()
    NO_ROOM = auto()
    WRONG_TEMPLATE = auto()
    FID_EXISTS = auto()
    NAME_EXISTS = auto()
    BROKEN = auto()


class FileRefused(Exception):  # noqa: N818  # becomes an exception of the API
    """Nothing was done."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why.name)
        self.why = why


class Area(Enum):
    """Whose files a view shows, for `FileContext.area`: an ADF is named by its AID in hex."""

    UICC = "uicc"
    SIM = "sim"


@dataclass
class FileContext(NativeState):
    """Where a view stands: paths of the current directory and EF (empty: none), record pointer (0: none).

    `root` is the directory that it begins at, `area` whose access domain counts: of the applet `aid`, the
    administrative one where `admin` is set. `lifetime` says when it goes back to the root. What is behind that is a
    transfer of a BER-TLV object: the tag, the whole length, the bytes so far; and the next tag of a list of tags.
    """

    root: str = ""
    area: str = Area.UICC.value
    aid: bytes = b""
    admin: bool = False
    lifetime: int = 0
    df: str = ""
    ef: str = ""
    record: int = 0
    tag: int = -1
    expected: int = 0
    data: bytes = b""
    next_tag: int = -1

    def home(self) -> None:
        """Back to the root; no transfer goes on."""
        self.df, self.ef, self.record = self.root, "", 0
        self.end_transfers()

    def end_transfers(self) -> None:
        self.tag, self.expected, self.data, self.next_tag = -1, 0, b"", -1

    def reset(self) -> None:
        self.end_transfers()
        if self.lifetime != Lifetime.PERSISTENT:
            self.home()

    def clear(self, lifetime: Lifetime) -> None:
        if self.lifetime == lifetime:
            self.home()

    def save(self) -> dict[str, Any]:
        """As a reset leaves it."""
        after = self.copy()
        after.reset()
        return super(FileContext, after).save()


class FilePlatform(Protocol):
    """What is asked of the card. All but `root` may raise `FileRefused`; FIDs are unsigned."""

    def root(self, adf: bytes | None) -> str | None:
        """The path of the MF, or of the ADF with this AID; None if there is no such."""

    def select(self, context: FileContext, fid: int) -> None:
        """By FID, as SELECT reaches files, but never outside of the view's tree."""

    def select_sfi(self, context: FileContext, sfi: int) -> None:
        """By short identifier, in the current directory."""

    def describe(self, context: FileContext) -> bytes:
        """The FCP template of the current file (for the SIM area the answer of TS 51.011)."""

    def describe_directory(self, context: FileContext) -> bytes:
        """That of the current directory."""

    def read_binary(self, context: FileContext, offset: int, length: int) -> bytes:
        """Bytes of a transparent EF."""

    def update_binary(self, context: FileContext, offset: int, data: bytes) -> None:
        """Bytes into a transparent EF."""

    def read_record(self, context: FileContext, number: int, mode: int, offset: int, length: int) -> bytes:
        """Part of a record; "next" and "previous" move the pointer."""

    def update_record(self, context: FileContext, number: int, mode: int, offset: int, data: bytes) -> None:
        """Part of a record; in a cyclic file the oldest becomes record 1."""

    def search(self, context: FileContext, mode: int, number: int, indication: int, pattern: bytes) -> list[int]:
        """Numbers of the records that hold a pattern; the pointer goes to the first."""

    def seek(self, context: FileContext, mode: int, pattern: bytes) -> int:
        """The first record that begins with the pattern (TS 51.011 §8.7); 0 if there is none."""

    def record_length(self, context: FileContext) -> int:
        """Of the current cyclic EF, if it may be increased now."""

    def increase(self, context: FileContext, value: bytes) -> bytes:
        """A new record 1 with the sum of the last and `value`; gives it."""

    def set_active(self, context: FileContext, active: bool) -> bool:
        """Activate or deactivate the current EF; whether that changed it."""

    def read_object(self, context: FileContext, tag: int, offset: int, length: int) -> tuple[bytes, int]:
        """Part of the value of a BER-TLV object, and how many bytes follow."""

    def tags(self, context: FileContext, first: bool, count: int) -> tuple[list[int], int]:
        """The next tags of the file, and how many follow."""

    def write_object(self, context: FileContext, tag: int, first: bool, length: int, data: bytes) -> int:
        """A new object, in pieces: how many bytes of it are still to come."""

    def delete_object(self, context: FileContext, tag: int) -> None:
        """An object goes."""

    def create(self, context: FileContext, template: bytes) -> None:
        """A file in the current directory, from what is inside of the FCP template; it is current then."""

    def delete(self, context: FileContext, fid: int) -> None:
        """A file of the current directory, with all below."""

    def resize(self, context: FileContext, template: bytes) -> None:
        """Another size for a file of the current directory; it is current then."""
