"""The card application toolkit as applets see it (TS 102 241 §5): handlers and registry from the framework's side.

All of it concerns the run of applet code that is going on; outside of a toolkit event nothing is available. The bytes
are those of the interface with the terminal; cutting them into TLV objects is the API's work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Protocol


class CommandNotAllowed(Exception):  # noqa: N818  # becomes ToolkitException.COMMAND_NOT_ALLOWED
    """A proactive command that this applet may not send (TS 102 241 §5.4)."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What triggered the applet: a BER-TLV object. `tag` is D1, D3, … and `value` its content."""

    tag: int
    value: bytes


class Refusal(IntEnum):
    """Why the registry refuses: reason codes of `uicc.toolkit.ToolkitException`."""

    MENU_ENTRY_NOT_FOUND = 4
    REGISTRY_ERROR = 5
    EVENT_NOT_SUPPORTED = 6
    EVENT_ALREADY_REGISTERED = 7
    ALLOWED_LENGTH_EXCEEDED = 10
    NO_TIMER_AVAILABLE = 11
    INVALID_TIMER_ID = 12
    EVENT_NOT_ALLOWED = 13
    NO_SERVICE_ID_AVAILABLE = 16
    INVALID_SERVICE_ID = 17
    TAR_NOT_DEFINED = 18


class RegistryRefused(Exception):  # noqa: N818  # becomes a ToolkitException
    """The registry refuses; the entry is as it was."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.name)
        self.reason = reason


class FileTerminated(Exception):  # noqa: N818  # becomes UICCException.COMMAND_NOT_ALLOWED
    """A terminated file cannot be watched."""


@dataclass(frozen=True, slots=True)
class MenuText:
    """What an applet says of a menu entry. `icon` 0 is none."""

    text: bytes
    next_action: int
    help: bool
    icon_qualifier: int
    icon: int


@dataclass(slots=True)
class HandlerContent:
    """What a handler holds: COMPREHENSION-TLV objects, and the selected one as start and length of its value."""

    tlvs: bytes = b""
    selected: tuple[int, int] | None = None


@dataclass(slots=True)
class HandlerMemory:
    """What the system handlers hold during one run of applet code. Each run begins with a new one: all empty.

    Of the envelope and of the terminal's answer only the selection counts: their bytes are the framework's.
    """

    envelope: HandlerContent = field(default_factory=HandlerContent)
    envelope_response: HandlerContent = field(default_factory=HandlerContent)
    proactive: HandlerContent = field(default_factory=HandlerContent)
    response: HandlerContent = field(default_factory=HandlerContent)


class RegistryEntry(Protocol):
    """An applet's entry in the toolkit registry; made from its install parameters, kept over power cycles.

    All changes raise `RegistryRefused`. Event and file numbers are signed shorts as the applet gives them.
    """

    def snapshot(self) -> Any:
        """All of it, for `restore`."""

    def restore(self, snapshot: Any) -> None:
        """As it was: a transaction was aborted."""

    def set_events(self, events: Sequence[int], *, gsm: bool = False) -> None:
        """Register for all of these or none. `gsm`: by `sim.toolkit`, which knows fewer."""

    def clear_event(self, event: int) -> None:
        """Not registered any more; for EVENT_EXTERNAL_FILE_UPDATE: for no file."""

    def is_event_set(self, event: int) -> bool:
        """Whether it is registered, by whatever means."""

    def init_menu_entry(self, text: MenuText) -> int:
        """The next entry of the install parameters; gives its identifier (unsigned)."""

    def change_menu_entry(self, identifier: int, text: MenuText) -> None:
        """Other contents; it is enabled then."""

    def enable_menu_entry(self, identifier: int, enabled: bool) -> None:
        """Show it or do not."""

    def has_menu_entry(self, identifier: int) -> None:
        """MENU_ENTRY_NOT_FOUND unless the applet has initialised it."""

    def set_menu_attribute(self, identifier: int, attribute: bytes) -> None:
        """Text attribute of an entry, 4 bytes."""

    def allocate_timer(self) -> int:
        """A timer, 1 to 8."""

    def release_timer(self, timer: int) -> None:
        """Not the applet's any more."""

    def request_poll_interval(self, seconds: int) -> None:
        """0: none; -1: whatever the card wants."""

    def poll_interval(self) -> int:
        """Seconds as they are agreed with the terminal; 0 if the applet has not asked for any."""

    def allocate_service(self) -> int:
        """A service identifier, 0 to 7."""

    def release_service(self, service: int) -> None:
        """Not the applet's any more."""

    def watch_files(self, paths: Sequence[str]) -> None:
        """EVENT_EXTERNAL_FILE_UPDATE for files by the card's own paths; of a directory: for all EFs in it."""

    def unwatch_files(self, paths: Sequence[str]) -> None:
        """No more for exactly these."""


class ToolkitPlatform(Protocol):
    """What is asked of the card."""

    def memory(self) -> HandlerMemory:
        """What the handlers hold in the run that goes on; asked only where a handler is available."""

    def envelope(self) -> Envelope | None:
        """The data of the event; None where the EnvelopeHandler is not available (TS 102 241 table of availability)."""

    def may_answer(self) -> bool:
        """Whether the EnvelopeResponseHandler is available: it is until something was posted or a command sent."""

    def post(self, data: bytes, *, tag: int | None, status: int | bool) -> None:
        """EnvelopeResponseHandler.post (`tag` None, `status` as given) and postAsBERTLV (`tag` and status type)."""

    def may_send(self) -> bool:
        """Whether the ProactiveHandler is available: no other proactive session goes on."""

    def send(self, command: bytes) -> bytes:
        """Send a proactive command and wait for the terminal's answer; both are the COMPREHENSION-TLV objects without
        tag D0. The run sleeps meanwhile (`execution.wait`). Raises `CommandNotAllowed`.

        The command is whatever the applet put together, perhaps nothing. Afterwards `memory` is this run's again.
        """

    def response(self) -> bytes | None:
        """The last TERMINAL RESPONSE of this run; None where the ProactiveResponseHandler is not available."""

    def profile(self) -> bytes | None:
        """What the terminal sent with TERMINAL PROFILE; None before that."""

    def entry(self, aid: bytes) -> RegistryEntry | None:
        """The registry entry of an applet instance; None if it was not installed as a toolkit applet."""

    def file_paths(self, file_list: bytes, adf: bytes | None) -> list[str]:
        """The card's own paths of a file list (TS 102 223 §8.18), in the ADF with this AID where paths begin there.
        What is not on the card is left out. Raises `FileTerminated`."""

    def may_watch(self, path: str) -> None:
        """Raises `FileTerminated`."""

    def prioritized_waits(self, aid: bytes) -> bool:
        """Whether another applet of the same or a higher priority is registered for
        EVENT_PROACTIVE_HANDLER_AVAILABLE."""
