"""What a phone gets to read from a card: files of the application that it uses, if their service is on.

Everything is read as phones read it: leniently. A file that says nothing sensible counts as blank.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from simtool.codec.identifiers import Imsi
from simtool.errors import CodecError
from simtool.files import contents
from simtool.files.catalogue import StandardFile, find, service_table
from simtool.files.path import FilePath
from simtool.perso.image import BODY, CardImage, Unit

USIM, GSM, TELECOM = "MF/ADF.USIM", "MF/DF.GSM", "MF/DF.TELECOM"
_ELSEWHERE = {
    (USIM, "EF.OPL5G"): f"{USIM}/DF.5GS",
    (GSM, "EF.MSISDN"): TELECOM,
    (GSM, "EF.SDN"): TELECOM,
}
_NEEDS_ALL_SERVICES = frozenset(("EF.EHPLMNPI",))
"""Files that want every service of their row (TS 31.102 §4.2.85: 71 and 73); for others one of them is enough."""
_MAX_RECORDS = 255


class State(Enum):
    """Whether a file counts for the phone, and if not, why."""

    READ = "read"
    BLANK = "is blank"
    OFF = "does not count: its service is off"
    ABSENT = "is not there or cannot be read"
    UNKNOWN = "is not wholly known"


@dataclass(frozen=True, slots=True)
class File:
    """One file (or record) as the phone sees it. `value` is None unless `state` is READ."""

    path: FilePath
    state: State
    reference: str
    value: Any = None
    service: str = ""

    def __str__(self) -> str:
        service = f" ({self.service})" if self.service and self.state is State.OFF else ""
        return f"{self.path.name} {self.state.value}{service}"


class CardContent:
    """The files of one application in an image, by their names."""

    def __init__(self, image: CardImage, directory: str) -> None:
        self.directory = directory
        self._image = image
        self._records: dict[FilePath, list[int]] = {}
        for unit in image.units:
            if unit.record:
                self._records.setdefault(unit.path, []).append(unit.record)

    @classmethod
    def of_usim(cls, image: CardImage) -> CardContent | None:
        return cls._of(image, USIM)

    @classmethod
    def of_sim(cls, image: CardImage) -> CardContent | None:
        return cls._of(image, GSM)

    @classmethod
    def _of(cls, image: CardImage, directory: str) -> CardContent | None:
        """The application, None if the image has no file of it."""
        if any(str(path).startswith(f"{directory}/") for path in image.paths):
            return cls(image, directory)
        return None

    @property
    def is_usim(self) -> bool:
        return self.directory == USIM

    def path(self, name: str) -> FilePath:
        return FilePath(f"{_ELSEWHERE.get((self.directory, name), self.directory)}/{name}")

    def file(
        self,
        name: str,
        record: int = BODY,
        *,
        read: Callable[[bytes], Any] | None = None,
        whatever_service: bool = False,
    ) -> File:
        """One file or record, decoded by `read` (or as `contents` says); `whatever_service`: also if it is off."""
        path = self.path(name)
        standard = find(path)
        reference = standard.reference if standard is not None else ""
        on, service = self._service(standard)
        if on is False and not whatever_service:
            return File(path, State.OFF, reference, service=service)
        content = self._image.units.get(Unit(path, record))
        if content is None:
            return File(path, State.ABSENT, reference)
        if any(byte != 0xFF for byte in content.mask):
            return File(path, State.UNKNOWN, reference)
        value = _decoded(path, content.data, read)
        return File(path, State.BLANK if value is None else State.READ, reference, value)

    def records(self, name: str) -> Iterator[tuple[int, File]]:
        """The records that the image has of a file, with their numbers, in order."""
        for number in sorted(self._records.get(self.path(name), ()))[:_MAX_RECORDS]:
            yield number, self.file(name, number)

    def state(self, name: str) -> File:
        """Whether a file of records counts at all: READ if one of its records holds something."""
        found = [file for _, file in self.records(name)]
        for state in (State.READ, State.UNKNOWN, State.BLANK, State.OFF):
            for file in found:
                if file.state is state:
                    return file
        return self.file(name, 1)

    def imsi(self) -> Imsi | None:
        value = self.file("EF.IMSI").value
        try:
            return Imsi(value) if isinstance(value, str) else None
        except CodecError:
            return None

    def _service(self, standard: StandardFile | None) -> tuple[bool | None, str]:
        """Whether the service of a file is on (None: nobody knows), and its name."""
        if standard is None or standard.service_table is None or not standard.services:
            return None, ""
        table = service_table(standard.service_table)
        flags = [self._flag(table.file, number, table.bits) for number in standard.services]
        every = standard.path.name in _NEEDS_ALL_SERVICES
        missing = [number for number, flag in zip(standard.services, flags, strict=True) if flag is False]
        name = ", ".join(f"service {number} in {table.file.name}" for number in missing[: None if every else 1])
        if missing if every else len(missing) == len(flags):
            return False, name
        return (True if any(flag for flag in flags) else None), name

    def _flag(self, table: FilePath, service: int, bits: int) -> bool | None:
        """One service; in EF.SST it has to be allocated and activated (TS 51.011 §10.3.7). Beyond the end: off."""
        content = self._image.units.get(Unit(table))
        if content is None or content.is_unknown:
            return None
        flags = []
        for bit in range((service - 1) * bits, service * bits):
            byte, mask = bit // 8, 1 << bit % 8
            if byte >= len(content.data):
                return False
            flags.append(bool(content.data[byte] & mask) if content.mask[byte] & mask else None)
        return False if False in flags else None if None in flags else True


def _decoded(path: FilePath, data: bytes, read: Callable[[bytes], Any] | None) -> Any:
    if not data.strip(b"\xff"):
        return None
    coding = contents.coding_for(path)
    read = read or (coding.decode if coding is not None else None)
    try:
        return read(data) if read is not None else None
    except CodecError:
        return None
