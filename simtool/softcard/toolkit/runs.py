"""Runs of toolkit applets: what one is triggered with, and what it may do (TS 102 241 §5.3, §5.4, §6.7)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from simtool.softcard.jcvm.execution import Execution
from simtool.softcard.jcvm.platform.toolkit import Envelope, HandlerMemory
from simtool.softcard.toolkit.entries import Entry
from simtool.softcard.toolkit.events import CAN_ANSWER, CANNOT_SEND, Event


class ToolkitApplet(Protocol):
    """An applet that may be triggered, as the runtime sees it."""

    def process_toolkit(self, event: int) -> None:
        """`processToolkit` of the applet. Raises `StatusFault` for an exception that it did not catch: the reason of an
        ISOException, 6F00 for others. Whatever it has open (a transaction) is closed then."""

    def wait(self, request: Any) -> Any:
        """Within its run: sleep until the card resumes it; gives what it is resumed with (`execution.wait`)."""


class ToolkitApplets(Protocol):
    """Where the runtime finds applets."""

    def __call__(self, aid: bytes) -> ToolkitApplet | None:
        """The applet of an instance; None where it may not be triggered: not SELECTABLE, locked, no interface."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What an applet answers to the envelope. `failed`: for the network it is an error (RP-ERROR)."""

    data: bytes
    failed: bool = False


@dataclass(slots=True)
class Occurrence:
    """An event that has happened. `closed`: the terminal has its answer, or is about to get it."""

    event: Event
    envelope: Envelope | None = None
    posted: Posted | None = None
    closed: bool = False

    @property
    def may_answer(self) -> bool:
        return self.event in CAN_ANSWER and self.posted is None and not self.closed

    @property
    def may_send(self) -> bool:
        return self.event not in CANNOT_SEND


class Job:
    """An occurrence and the applets that are still to be triggered by it."""

    __slots__ = ("occurrence", "waiting")

    def __init__(self, occurrence: Occurrence, entries: Iterable[Entry]) -> None:
        self.occurrence = occurrence
        self.waiting = deque(entries)


class Run:
    """One applet's run. `response` is the last TERMINAL RESPONSE, `command` what it waits for."""

    __slots__ = ("applet", "command", "entry", "execution", "job", "memory", "response")

    def __init__(self, job: Job, entry: Entry, applet: ToolkitApplet) -> None:
        self.job = job
        self.entry = entry
        self.applet = applet
        self.command = b""
        self.memory = HandlerMemory()
        self.response: bytes | None = None
        event = int(job.occurrence.event)
        self.execution = Execution(lambda: applet.process_toolkit(event))
