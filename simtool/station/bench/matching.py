"""Which PC/SC reader each slot of a bench is, on this computer and now; what does not fit is said in plain words.

Readers of one make get their numbers in the order in which the service finds them, which changes when one is plugged in
anew. So a bench of equal readers names them by USB port or serial number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from simtool.card.pcsc import ReaderDetails, ReaderLimits, list_readers, reader_details, split_name
from simtool.errors import ReaderError
from simtool.station.bench.bench import Bench, SlotSpec

Asking = Callable[[str], ReaderDetails]
_INDEX = re.compile(r" (?P<index>[0-9A-F]{2}) [0-9A-F]{2}")


@dataclass(frozen=True, slots=True)
class Matched:
    """A slot and the full name of its reader. `problem` says why there is none (then `reader` is empty).

    `warning` says why the right reader today may be the wrong one tomorrow.
    """

    slot: SlotSpec
    reader: str
    problem: str = ""
    warning: str = ""


class ReadersHere:
    """The readers of this computer at one moment, and what their drivers tell; each is asked once, when needed."""

    def __init__(self, names: Iterable[str], asking: Asking = reader_details) -> None:
        self.names = tuple(names)
        self._asking = asking
        self._told: dict[str, ReaderDetails] = {}

    @classmethod
    def look(cls) -> ReadersHere:
        """The readers that the PC/SC service lists now. Raises `ReaderError` where there is no service."""
        return cls(reader.name for reader in list_readers())

    def details(self, name: str) -> ReaderDetails:
        """What the reader's driver tells; nothing where the reader went away meanwhile."""
        if name not in self._told:
            try:
                self._told[name] = self._asking(name)
            except ReaderError:
                self._told[name] = ReaderDetails(told=False)
        return self._told[name]


def match_readers(bench: Bench, here: ReadersHere | None = None) -> tuple[Matched, ...]:
    """The reader of each slot, in the bench's order. No reader is given to two slots.

    Raises `ReaderError` where there is no PC/SC service.
    """
    here = here or ReadersHere.look()
    found = [match_slot(slot, here) for slot in bench.slots]
    owners: dict[str, list[str]] = {}
    for match in found:
        if match.reader:
            owners.setdefault(match.reader, []).append(match.slot.name)
    return tuple(_alone(match, owners.get(match.reader, [])) for match in found)


def match_slot(slot: SlotSpec, here: ReadersHere | None = None) -> Matched:
    """The reader of one slot, as a worker asks that looks after this slot alone. Raises `ReaderError` as above."""
    here = here or ReadersHere.look()
    wanted = slot.reader
    named = [name for name in here.names if not wanted.name or _fits(wanted.name, name)]
    if not named:
        return Matched(slot, "", _no_such_name(wanted.name, here.names))
    fitting: list[str] = []
    hidden: list[str] = []
    for name in named:
        details = here.details(name) if wanted.port or _asks_driver(slot, name) else ReaderDetails(_serial(name))
        if _contradicts(wanted.serial, details.serial, told=details.told):
            continue
        if _contradicts(wanted.port, details.port, told=details.told):
            continue
        known = (not wanted.serial or details.serial == wanted.serial) and (not wanted.port or details.port != "")
        (fitting if known else hidden).append(name)
    if len(fitting) == 1:
        return Matched(slot, fitting[0], warning=_index_warning(slot, fitting[0], here.names))
    if fitting:
        return Matched(slot, "", f"fits {len(fitting)} readers: {', '.join(fitting)}; {_how_to_tell(slot)}")
    if hidden:
        return Matched(slot, "", f"{hidden[0]} is in use, so its driver cannot be asked; end the other program")
    what = " and ".join(
        part
        for part in (
            wanted.serial and f"serial number {wanted.serial}",
            wanted.port and f"USB port {wanted.port}",
        )
        if part
    )
    return Matched(slot, "", f"no reader{f' named {wanted.name!r}' if wanted.name else ''} at {what}{_at(here, named)}")


def reader_limits(slot: SlotSpec) -> ReaderLimits:
    """What the connection to the slot's reader has to heed."""
    return ReaderLimits(slot.quirks.max_baud, slot.quirks.no_extended_apdu)


def left_over(bench: Bench, matched: Iterable[Matched], here: ReadersHere) -> tuple[str, ...]:
    """Readers of this computer that are no slot of the bench."""
    taken = {match.reader for match in matched}
    return tuple(name for name in here.names if name not in taken)


def _alone(match: Matched, owners: list[str]) -> Matched:
    if len(owners) < 2:
        return match
    others = ", ".join(name for name in owners if name != match.slot.name)
    return replace(match, reader="", problem=f"{match.reader} is slot {others}, too", warning="")


def _fits(pattern: str, name: str) -> bool:
    """* any text, ? any one character; nothing else is special: names hold brackets."""
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.fullmatch("".join(parts), name) is not None


def _serial(name: str) -> str:
    return split_name(name).serial


def _asks_driver(slot: SlotSpec, name: str) -> bool:
    """A serial number that stands in the name needs no asking."""
    return bool(slot.reader.serial) and not _serial(name)


def _contradicts(wanted: str, found: str, *, told: bool) -> bool:
    """Whether the reader is another one for sure."""
    return bool(wanted) and wanted != found and (told or bool(found))


def _no_such_name(pattern: str, names: tuple[str, ...]) -> str:
    if not names:
        return "no reader is connected"
    if not pattern:
        return "no reader fits"
    return f"no reader is named {pattern!r}; there are: {', '.join(names)}"


def _at(here: ReadersHere, names: list[str]) -> str:
    """Where the readers are that were asked."""
    places = [f"{details.port or details.serial}" for details in map(here.details, names)]
    known = [place for place in places if place]
    return f"; there are: {', '.join(known)}" if known else ""


def _how_to_tell(slot: SlotSpec) -> str:
    if slot.reader.port:
        return "give the name, too"
    return "give the whole name, or a USB port"


def _index_warning(slot: SlotSpec, reader: str, names: tuple[str, ...]) -> str:
    """A number in the pattern, among readers of one make, says nothing for long."""
    wanted = slot.reader
    found = _INDEX.search(wanted.name[-6:])
    if found is None or wanted.port or wanted.serial:
        return ""
    mine = split_name(reader)
    twins = [
        name for name in names if split_name(name).product == mine.product and split_name(name).index != mine.index
    ]
    if not twins:
        return ""
    return (
        f"{found['index']} in its name counts equal readers in the order in which they were found, which changes: "
        "give its USB port or serial number"
    )
