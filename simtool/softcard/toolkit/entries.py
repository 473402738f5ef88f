"""An applet's entry in the toolkit registry (TS 102 241 §5.2, annex A: ToolkitRegistry)."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simtool.softcard.jcvm.platform.toolkit import MenuText, Refusal, RegistryRefused
from simtool.softcard.toolkit.events import BY_OTHER_MEANS, EXCLUSIVE, NEEDS_TAR, SUPPORTED, SUPPORTED_2G, Event
from simtool.softcard.toolkit.installed import ToolkitParameters
from simtool.softcard.toolkit.menu import MenuEntry

if TYPE_CHECKING:
    from simtool.softcard.toolkit.registry import Registry

MAX_POLL_SECONDS = 15300
SYSTEM_POLL = -1
_TIMERS, _SERVICES = range(1, 9), range(8)


@dataclass
class Registered:
    """What an applet has registered. `poll` in seconds, 0 none, -1 the card's choice; `files` are paths."""

    events: set[int] = field(default_factory=set)
    menu: list[MenuEntry] = field(default_factory=list)
    timers: set[int] = field(default_factory=set)
    services: set[int] = field(default_factory=set)
    poll: int = 0
    files: set[str] = field(default_factory=set)

    def save(self) -> dict[str, Any]:
        return {
            "events": sorted(self.events), "menu": [one.save() for one in self.menu], "timers": sorted(self.timers),
            "services": sorted(self.services), "poll": self.poll, "files": sorted(self.files),
        }  # fmt: skip

    @classmethod
    def load(cls, saved: dict[str, Any]) -> Registered:
        menu = [MenuEntry.load(one) for one in saved["menu"]]
        events, timers, services = (set(saved[name]) for name in ("events", "timers", "services"))
        return cls(events, menu, timers, services, saved["poll"], set(saved["files"]))


class Entry:
    """Implements `RegistryEntry`. `sequence` counts installations; `order` is who is triggered first."""

    def __init__(
        self, registry: Registry, aid: bytes, sequence: int, parameters: ToolkitParameters, tars: tuple[bytes, ...]
    ) -> None:
        self._registry = registry
        self.aid = aid
        self.sequence = sequence
        self.parameters = parameters
        self.tars = tars
        self.state = Registered()
        self.channels: set[int] = set()

    @property
    def order(self) -> tuple[int, int]:
        """Priority, 1 the highest; of the same priority the one installed last (TS 102 226 §8.2.1.3.2.2)."""
        return self.parameters.priority, -self.sequence

    def snapshot(self) -> Any:
        return copy.deepcopy(self.state)

    def restore(self, snapshot: Any) -> None:
        self.state = copy.deepcopy(snapshot)
        self._registry.changed(self)

    # Events

    def set_events(self, events: Sequence[int], *, gsm: bool = False) -> None:
        for event in events:
            self._may_set(event, SUPPORTED_2G if gsm else SUPPORTED)
        self._change(lambda: self.state.events.update(events))

    def _may_set(self, event: int, supported: frozenset[Event]) -> None:
        if event not in supported:
            raise RegistryRefused(Refusal.EVENT_NOT_SUPPORTED)
        if event in BY_OTHER_MEANS or event == Event.EXTERNAL_FILE_UPDATE:
            raise RegistryRefused(Refusal.EVENT_NOT_ALLOWED)
        if event in NEEDS_TAR and not self.tars:
            raise RegistryRefused(Refusal.TAR_NOT_DEFINED)
        if event in EXCLUSIVE and any(event in one.state.events for one in self._registry if one is not self):
            raise RegistryRefused(Refusal.EVENT_ALREADY_REGISTERED)

    def clear_event(self, event: int) -> None:
        if event in BY_OTHER_MEANS:
            raise RegistryRefused(Refusal.EVENT_NOT_ALLOWED)
        if event == Event.EXTERNAL_FILE_UPDATE:
            self._change(self.state.files.clear)
        else:
            self._change(lambda: self.state.events.discard(event))

    def is_event_set(self, event: int) -> bool:
        state = self.state
        match event:
            case Event.MENU_SELECTION:
                return any(one.text is not None for one in state.menu)
            case Event.MENU_SELECTION_HELP_REQUEST:
                return any(one.text is not None and one.help for one in state.menu)
            case Event.TIMER_EXPIRATION:
                return bool(state.timers)
            case Event.STATUS_COMMAND:
                return state.poll != 0
            case Event.LOCAL_CONNECTION:
                return bool(state.services)
            case Event.EXTERNAL_FILE_UPDATE:
                return bool(state.files)
            case _:
                return event in state.events

    # Menu

    def init_menu_entry(self, text: MenuText) -> int:
        entry = next((one for one in self.state.menu if one.text is None), None)
        if entry is None:
            raise RegistryRefused(Refusal.REGISTRY_ERROR)
        self._fill(entry, text)
        return entry.identifier

    def change_menu_entry(self, identifier: int, text: MenuText) -> None:
        self._fill(self._item(identifier), text)

    def _fill(self, entry: MenuEntry, text: MenuText) -> None:
        if len(text.text) > self.parameters.text_length:
            raise RegistryRefused(Refusal.ALLOWED_LENGTH_EXCEEDED)
        entry.text, entry.next_action, entry.help = text.text, text.next_action, text.help
        entry.icon_qualifier, entry.icon, entry.enabled = text.icon_qualifier, text.icon, True
        self._registry.changed(self)

    def enable_menu_entry(self, identifier: int, enabled: bool) -> None:
        self._item(identifier).enabled = enabled
        self._registry.changed(self)

    def has_menu_entry(self, identifier: int) -> None:
        self._item(identifier)

    def set_menu_attribute(self, identifier: int, attribute: bytes) -> None:
        self._item(identifier).attribute = attribute
        self._registry.changed(self)

    def _item(self, identifier: int) -> MenuEntry:
        for one in self.state.menu:
            if one.identifier == identifier and one.text is not None:
                return one
        raise RegistryRefused(Refusal.MENU_ENTRY_NOT_FOUND)

    # Timers, services, polling, files

    def allocate_timer(self) -> int:
        taken = {timer for one in self._registry for timer in one.state.timers}
        free = next((timer for timer in _TIMERS if timer not in taken), None)
        if free is None or len(self.state.timers) >= self.parameters.timers:
            raise RegistryRefused(Refusal.NO_TIMER_AVAILABLE)
        self._change(lambda: self.state.timers.add(free))
        return free

    def release_timer(self, timer: int) -> None:
        if timer not in self.state.timers:
            raise RegistryRefused(Refusal.INVALID_TIMER_ID)
        self._change(lambda: self.state.timers.discard(timer))

    def allocate_service(self) -> int:
        taken = {service for one in self._registry for service in one.state.services}
        free = next((service for service in _SERVICES if service not in taken), None)
        if free is None or len(self.state.services) >= self.parameters.services:
            raise RegistryRefused(Refusal.NO_SERVICE_ID_AVAILABLE)
        self._change(lambda: self.state.services.add(free))
        return free

    def release_service(self, service: int) -> None:
        if service not in self.state.services:
            raise RegistryRefused(Refusal.INVALID_SERVICE_ID)
        self._change(lambda: self.state.services.discard(service))

    def request_poll_interval(self, seconds: int) -> None:
        if seconds > MAX_POLL_SECONDS or seconds < SYSTEM_POLL:
            raise RegistryRefused(Refusal.REGISTRY_ERROR)
        self.state.poll = seconds
        self._registry.changed(self)

    def poll_interval(self) -> int:
        return self._registry.agreed_interval() if self.state.poll else 0

    def watch_files(self, paths: Sequence[str]) -> None:
        self._change(lambda: self.state.files.update(paths))

    def unwatch_files(self, paths: Sequence[str]) -> None:
        self._change(lambda: self.state.files.difference_update(paths))

    def _change(self, change: Callable[[], object]) -> None:
        change()
        self._registry.changed(self)

    def save(self) -> dict[str, Any]:
        own = self.parameters
        return {
            "sequence": self.sequence, "priority": own.priority, "timers": own.timers, "length": own.text_length,
            "channels": own.channels, "services": own.services, "tars": [tar.hex() for tar in self.tars],
            "state": self.state.save(),
        }  # fmt: skip

    @classmethod
    def load(cls, registry: Registry, aid: bytes, saved: dict[str, Any]) -> Entry:
        parameters = ToolkitParameters(
            saved["priority"], saved["timers"], saved["length"], (), saved["channels"], saved["services"]
        )
        made = cls(registry, aid, saved["sequence"], parameters, tuple(map(bytes.fromhex, saved["tars"])))
        made.state = Registered.load(saved["state"])
        return made
