"""Commands that the runtime sends by itself: menu, event list and polling, whenever they change (TS 102 241 §5.8).

What the terminal has been told is remembered for the session. A refusal is not repeated; a terminal that is busy is
asked again after its next command.
"""

from __future__ import annotations

from collections.abc import Callable

from simtool.codec import comprehension
from simtool.codec.comprehension import ComprehensionTlv
from simtool.errors import CodecError
from simtool.softcard.toolkit import event_list, menu, polling
from simtool.softcard.toolkit.commands import (
    ALPHA,
    EVENT_LIST,
    ICON,
    CommandType,
    Parts,
    next_number,
    system_command,
    wrap,
)
from simtool.softcard.toolkit.menu import Menu
from simtool.softcard.toolkit.profile import knows_command
from simtool.softcard.toolkit.registry import Registry
from simtool.softcard.toolkit.session import Waiting

_ERASED = 0xFF


class SystemCommands:
    """`title` gives the contents of EF.SUME, empty where there is none."""

    def __init__(self, registry: Registry, polled: polling.Polling) -> None:
        self._registry = registry
        self._polling = polled
        self.title: Callable[[], bytes] = bytes
        self._number = 0
        self.put_off = False
        self.reset()

    def reset(self) -> None:
        """A new session: the terminal knows nothing."""
        self._menu: Menu | None = None
        self._events: tuple[int, ...] = ()
        self._poll = 0
        self._polling.answered = None
        self.put_off = False

    def next(self, profile: bytes, able: frozenset[bytes]) -> Waiting | None:
        """The next command that there is need for."""
        if self.put_off:
            return None
        for make in (self._next_events, self._next_menu, self._next_polling):
            found = make(profile, able)
            if found is not None:
                return found
        return None

    def _next_events(self, profile: bytes, able: frozenset[bytes]) -> Waiting | None:
        wanted = event_list.numbers(self._registry, able, profile)
        if wanted == self._events or not knows_command(profile, CommandType.SET_UP_EVENT_LIST):
            return None

        def answered(response: bytes) -> None:
            if not self._busy(response):
                self._events = wanted

        return self._make(CommandType.SET_UP_EVENT_LIST, 0, answered, ComprehensionTlv(EVENT_LIST, bytes(wanted)))

    def _next_menu(self, profile: bytes, able: frozenset[bytes]) -> Waiting | None:
        title = self._title()
        wanted = menu.build(title, self._registry.menu(able))
        if wanted == self._menu or not knows_command(profile, CommandType.SET_UP_MENU):
            return None

        def answered(response: bytes) -> None:
            if not self._busy(response):
                self._menu = wanted

        told = wanted or menu.empty(title)
        return self._make(CommandType.SET_UP_MENU, told.qualifier, answered, *told.objects)

    def _next_polling(self, profile: bytes, able: frozenset[bytes]) -> Waiting | None:
        wanted = self._polling.wanted(one for one in self._registry if one.aid in able)
        type_ = CommandType.POLL_INTERVAL if wanted else CommandType.POLLING_OFF
        if wanted == self._poll or not knows_command(profile, type_):
            return None

        def answered(response: bytes) -> None:
            if self._busy(response):
                return
            self._poll = wanted
            parts = Parts.of(response)
            agreed = polling.seconds_of(parts) if wanted and parts.performed else None
            self._polling.answered = agreed

        objects = (polling.duration(wanted),) if wanted else ()
        return self._make(type_, 0, answered, *objects)

    def _busy(self, response: bytes) -> bool:
        if Parts.of(response).busy:
            self.put_off = True
        return self.put_off

    def _make(
        self, type_: CommandType, qualifier: int, answered: Callable[[bytes], None], *objects: ComprehensionTlv
    ) -> Waiting:
        number = next_number(self._number)

        def counted(response: bytes) -> None:
            self._number = number
            answered(response)

        return Waiting(wrap(system_command(number, type_, qualifier, *objects)), counted)

    def _title(self) -> tuple[ComprehensionTlv, ...]:
        """Alpha identifier and icon of EF.SUME (TS 102 222, TS 51.011 §10.4.11): objects with these tags."""
        content = self.title().rstrip(bytes((_ERASED,)))
        try:
            objects = comprehension.parse(content) if content else []
        except CodecError:
            objects = []
        alpha = next((one for one in objects if one.tag == ALPHA), None)
        icon = [ComprehensionTlv(ICON, one.value, comprehension=False) for one in objects if one.tag == ICON]
        return (ComprehensionTlv(ALPHA, alpha.value), *icon) if alpha is not None else menu.default_title()
