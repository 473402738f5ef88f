"""The card's half of the card application toolkit, as far as every terminal needs it (TS 102 223, TS 102 221 §14).

The card has no toolkit application unless it is given a `ToolkitSource`; then it accepts what a terminal sends and has
nothing to say. A small application for tests is `simtool.softcard.demo`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from simtool.codec import comprehension, tlv
from simtool.errors import CodecError
from simtool.softcard import status as sw
from simtool.softcard.status import StatusFault

PROACTIVE_TAG = 0xD0
COMMAND_DETAILS = 0x01
COMMAND_MAX = 255


class ToolkitSource(Protocol):
    """A toolkit application. Proactive commands are whole D0 objects of at most 255 bytes."""

    def started(self, profile: bytes) -> Sequence[bytes]:
        """The terminal has sent its profile; gives the first commands."""

    def answered(self, command: bytes, response: bytes) -> Sequence[bytes]:
        """The terminal response to one of its commands; gives what follows."""

    def envelope(self, tag: int, value: bytes) -> tuple[bytes, Sequence[bytes]]:
        """An event; gives response data and commands. Raises `StatusFault` to refuse it."""


class Toolkit:
    """Commands that wait for FETCH, and the one that waits for its TERMINAL RESPONSE."""

    def __init__(self) -> None:
        self.source: ToolkitSource | None = None
        self.profile: bytes | None = None
        self.waiting = False
        self._queue: deque[bytes] = deque()
        self._fetched: bytes | None = None

    def reset(self) -> None:
        """The card was reset: nothing waits until the next profile."""
        self.profile = None
        self._queue.clear()
        self._fetched = None
        self.waiting = False

    def push(self, *commands: bytes) -> None:
        """Let proactive commands wait for the terminal; before its profile there is nobody to take them."""
        self._queue.extend(command for command in commands if len(command) <= COMMAND_MAX)
        self._update()

    def status_word(self) -> bytes:
        """91xx for the command that waits (TS 102 221 §7.4.2.1)."""
        return bytes((0x91, len(self._queue[0])))

    def terminal_profile(self, profile: bytes) -> None:
        self.reset()
        self.profile = profile
        if self.source is not None:
            self.push(*self.source.started(profile))

    def fetch(self) -> bytes | None:
        """The next command, None if none waits. It stays until `taken`."""
        return self._queue[0] if self.waiting else None

    def taken(self) -> None:
        self._fetched = self._queue.popleft()
        self._update()

    def terminal_response(self, response: bytes) -> None:
        """6985 if nothing was fetched, 6A80 if it is not the answer to that (TS 102 223 §6.8)."""
        if self._fetched is None:
            raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
        details = self._details(response)
        command = self._fetched
        if details[:2] != _command_details(command)[:2]:
            raise StatusFault(sw.WRONG_DATA)
        self._fetched = None
        if self.source is not None:
            self._queue.extend(self.source.answered(command, response))
        self._update()

    def envelope(self, data: bytes) -> bytes:
        """An event for the application; gives response data. 6A80 if it is not one BER-TLV object."""
        try:
            event, rest = tlv.split_first(data)
        except CodecError:
            raise StatusFault(sw.WRONG_DATA) from None
        if rest:
            raise StatusFault(sw.WRONG_DATA)
        if self.source is None:
            return b""
        response, commands = self.source.envelope(event.tag, event.value)
        self.push(*commands)
        return response

    def _details(self, response: bytes) -> bytes:
        try:
            objects = comprehension.parse(response)
        except CodecError:
            raise StatusFault(sw.WRONG_DATA) from None
        details = comprehension.first(objects, COMMAND_DETAILS)
        if details is None or len(details) != 3:
            raise StatusFault(sw.WRONG_DATA)
        return details

    def _update(self) -> None:
        self.waiting = bool(self._queue) and self.profile is not None and self._fetched is None


def _command_details(command: bytes) -> bytes:
    body, _ = tlv.split_first(command)
    return comprehension.first(comprehension.parse(body.value), COMMAND_DETAILS) or b""
