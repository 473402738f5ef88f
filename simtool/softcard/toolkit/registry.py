"""The toolkit registry: entries of all applets, and what they share (TS 102 241 §5.2, TS 102 226 §8.2.1.3.2.2).

Entries are kept in the card's state, one value each, with the command that changed them; what a transaction changes
when it is over.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any, Protocol

from simtool.softcard import status as sw
from simtool.softcard.status import StatusFault
from simtool.softcard.toolkit.entries import Entry
from simtool.softcard.toolkit.events import Event
from simtool.softcard.toolkit.installed import ToolkitParameters
from simtool.softcard.toolkit.menu import MenuEntry
from simtool.softcard.toolkit.polling import Polling

_ENTRY, _ORDER = "toolkit:entry:", "toolkit:menu"
_OWN_IDENTIFIERS = range(0x80, 0x100)


class Keeper(Protocol):
    """Where values are kept (`Memory`)."""

    def note(self, name: str, value: Any) -> None: ...

    def recall(self, name: str, default: Any) -> Any: ...

    def names(self, prefix: str) -> list[str]:
        """Of the values that are kept."""


class Registry:
    """Iterating gives the entries in the order in which applets are triggered.

    `order` are menu identifiers, `version` counts changes.
    """

    def __init__(self, polling: Polling) -> None:
        self._keeper: Keeper | None = None
        self._polling = polling
        self._entries: dict[bytes, Entry] = {}
        self._sorted: list[Entry] = []
        self.order: list[int] = []
        self.version = 0
        self._changed: set[bytes] = set()

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._sorted)

    def __bool__(self) -> bool:
        return bool(self._sorted)

    def load(self, keeper: Keeper) -> None:
        """As the card has kept it."""
        self._keeper = keeper
        self._entries = {}
        self._changed = set()
        self.version += 1
        for name in keeper.names(_ENTRY):
            aid = bytes.fromhex(name.removeprefix(_ENTRY))
            self._entries[aid] = Entry.load(self, aid, keeper.recall(name, None))
        self.order = list(keeper.recall(_ORDER, []))
        self._sort()

    def entry(self, aid: bytes) -> Entry | None:
        return self._entries.get(aid)

    def add(self, aid: bytes, parameters: ToolkitParameters, tars: tuple[bytes, ...]) -> Entry:
        """An applet is installed. Its menu entries take their places: position 0 is the last, as are those beyond.

        Identifier 0 becomes the first that is free from 128 on. `StatusFault` 6A80 for one that is in use.
        """
        sequence = 1 + max((one.sequence for one in self._sorted), default=0)
        entry = Entry(self, aid, sequence, parameters, tars)
        order = list(self.order)
        for position, wanted in parameters.menu:
            identifier = wanted or next((one for one in _OWN_IDENTIFIERS if one not in order), None)
            if identifier is None or identifier in order:
                raise StatusFault(sw.WRONG_DATA)
            entry.state.menu.append(MenuEntry(identifier))
            order.insert(position - 1 if position else len(order), identifier)
        self.order = order
        self._entries[aid] = entry
        self._sort()
        self.changed(entry)
        self._note(_ORDER, self.order)
        return entry

    def remove(self, aid: bytes) -> Entry | None:
        """An applet is gone, with all that it had registered."""
        entry = self._entries.pop(aid, None)
        if entry is not None:
            self.version += 1
            self._changed.discard(aid)
            gone = {one.identifier for one in entry.state.menu}
            self.order = [one for one in self.order if one not in gone]
            self._sort()
            self._note(_ENTRY + aid.hex(), None)
            self._note(_ORDER, self.order)
        return entry

    def changed(self, entry: Entry) -> None:
        """It has to be kept, with the next `keep`. An entry that is gone already stays so."""
        self.version += 1
        if self._entries.get(entry.aid) is entry:
            self._changed.add(entry.aid)

    def keep(self, open_: Set[bytes]) -> None:
        """What has changed goes to the card's state, but not entries that a transaction is still changing (`open_`)."""
        for aid in self._changed - open_:
            self._note(_ENTRY + aid.hex(), self._entries[aid].save())
        self._changed &= open_

    def identifiers_in_use(self) -> set[int]:
        return set(self.order)

    def agreed_interval(self) -> int:
        """Poll interval in seconds as it is now."""
        return self._polling.interval(self)

    def menu(self, able: frozenset[bytes]) -> list[MenuEntry]:
        """The entries of applets that may run, in the order of the menu."""
        found = {one.identifier: one for entry in self._sorted if entry.aid in able for one in entry.state.menu}
        return [found[identifier] for identifier in self.order if identifier in found]

    def registered(self, event: Event) -> list[Entry]:
        return [one for one in self._sorted if one.is_event_set(event)]

    def _sort(self) -> None:
        self._sorted = sorted(self._entries.values(), key=lambda one: one.order)

    def _note(self, name: str, value: Any) -> None:
        if self._keeper is not None:
            self._keeper.note(name, value)
