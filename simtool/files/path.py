"""Names of files on a card: `MF/ADF.USIM/EF.IMSI` (the names of TS 102 221 §8, joined by slashes)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from simtool.errors import DecodeError

RECORDS_MAX = 254


@dataclass(frozen=True, slots=True, order=True)
class FilePath:
    """A file by the names from the MF down; compares and sorts as text."""

    text: str

    def __post_init__(self) -> None:
        names = self.text.split("/")
        if names[0] != "MF" or any(not name for name in names):
            raise DecodeError(f"{self.text!r} is not a file path like MF/ADF.USIM/EF.IMSI")

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.text.split("/"))

    @property
    def name(self) -> str:
        """The last name: `EF.IMSI`."""
        return self.text.rpartition("/")[2]

    @property
    def parent(self) -> FilePath | None:
        """The directory that holds this file; None for the MF."""
        head = self.text.rpartition("/")[0]
        return FilePath(head) if head else None

    @property
    def application(self) -> FilePath | None:
        """The ADF on the way to this file (or the file itself); None where there is none."""
        for index, name in enumerate(self.parts):
            if name.startswith("ADF."):
                return FilePath("/".join(self.parts[: index + 1]))
        return None

    def is_within(self, other: FilePath) -> bool:
        """Whether this is `other`, or somewhere below it."""
        return self.text == other.text or self.text.startswith(f"{other.text}/")

    def __truediv__(self, name: str) -> FilePath:
        return FilePath(f"{self.text}/{name}")

    def __str__(self) -> str:
        return self.text


MF = FilePath("MF")
_RECORD = re.compile(r"(.+)\[(\d+)\]")


def split_record(text: str) -> tuple[FilePath, int]:
    """Path and record number of `MF/DF.TELECOM/EF.ADN[3]`; 0 where no record is named. Raises `DecodeError`."""
    found = _RECORD.fullmatch(text)
    if found is None:
        return FilePath(text), 0
    number = int(found[2])
    if not 1 <= number <= RECORDS_MAX:
        raise DecodeError(f"{text!r}: a record number is 1 to {RECORDS_MAX}")
    return FilePath(found[1]), number
