"""Proactive commands on their way: 91xx, FETCH, TERMINAL RESPONSE (TS 102 223 §4, TS 102 221 §7.4.2, §14).

One command at a time: it waits until it is fetched, then its answer is waited for. Who asks for one gets the answer
through `Waiting.answered`. A command that only waits can be replaced by one that is more urgent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simtool.softcard import status as sw
from simtool.softcard.status import StatusFault
from simtool.softcard.toolkit.commands import DETAILS, Parts


@dataclass(frozen=True, slots=True)
class Waiting:
    """A whole proactive command (D0 …), and who gets its TERMINAL RESPONSE."""

    command: bytes
    answered: Callable[[bytes], None]


class Session:
    """What the terminal can fetch (`ready`) and what it has fetched (`fetched`)."""

    def __init__(self) -> None:
        self.ready: Waiting | None = None
        self.fetched: Waiting | None = None

    def clear(self) -> None:
        self.ready = self.fetched = None

    def status_word(self) -> bytes:
        """91xx with the length of the command that is ready."""
        assert self.ready is not None  # noqa: S101  # asked for only then
        return bytes((0x91, len(self.ready.command) & 0xFF))

    def taken(self) -> None:
        """The command went out."""
        self.fetched, self.ready = self.ready, None

    def accept(self, response: bytes) -> Waiting:
        """TERMINAL RESPONSE: the command it answers, which is over now.

        6985 if nothing was fetched, 6A80 if it does not name that command (TS 102 223 §6.8): then it still waits.
        """
        if self.fetched is None:
            raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
        details = Parts.of(response).first(DETAILS)
        wanted = Parts.of(_objects(self.fetched.command)).first(DETAILS)
        if details is None or len(details) != 3 or wanted is None or details[:2] != wanted[:2]:
            raise StatusFault(sw.WRONG_DATA)
        done, self.fetched = self.fetched, None
        return done


def _objects(command: bytes) -> bytes:
    """Without tag D0 and its length."""
    return command[3:] if command[1] == 0x81 else command[2:]
