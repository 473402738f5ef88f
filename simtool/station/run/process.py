"""A slot's worker process: started, heard, told, and started again when it dies.

Each has a pipe of its own (spawned, so that no other process holds its ends): the worker ends when the station's end is
gone, and the station knows at once that a worker is. Used by one thread, but for `send`, which the station guards.
"""

from __future__ import annotations

import os
import pickle
import select
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from simtool.perso.memory.state_folder import open_private
from simtool.station.bench.bench import SlotSpec
from simtool.station.events import CardDone, Event, Noted, Order, Progressed, SlotChanged
from simtool.station.setup import WorkerSetup

Target = Callable[[WorkerSetup, Connection], None]
"""What runs in the process: an importable function that sends events and receives orders through the pipe."""

JOIN_SECONDS = 2.0
EVENTS_AT_ONCE = 200
_LAST_WORDS = 400
_SPAWN = get_context("spawn")


@dataclass(frozen=True, slots=True)
class Timings:
    """How patient a station is, in seconds.

    A worker that died is started again after `first_pause`, twice that after its next death, and so on up to
    `longest_pause`; one that lived for `settled` seconds begins at the first again. After `attention_after` deaths
    without that somebody has to look. A worker that has something to do and is not heard of for `silence` is killed,
    and one that is not heard of at all after its start, for `starting`. `counters`: how often the inventory is asked.
    """

    first_pause: float = 0.5
    longest_pause: float = 30.0
    settled: float = 60.0
    attention_after: int = 5
    silence: float = 300.0
    starting: float = 120.0
    counters: float = 1.5


@dataclass(frozen=True, slots=True)
class Heard:
    """What came through the pipe: events, `strange` things that are none, and whether its end was reached."""

    events: tuple[Event, ...] = ()
    strange: int = 0
    gone: bool = False


class WorkerProcess:
    """One slot's worker over all its lives. `errors` is the file where what it prints goes."""

    def __init__(self, spec: SlotSpec, target: Target, timings: Timings, errors: Path | None = None) -> None:
        self.spec = spec
        self.starts = 0
        self.again_at: float | None = 0.0
        self.heard_at = 0.0
        self.ending = False
        self._target = target
        self._timings = timings
        self._errors = errors
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._born = 0.0
        self._deaths = 0

    @property
    def alive(self) -> bool:
        return self._process is not None

    @property
    def ended(self) -> bool:
        """It is not there and will not be started again."""
        return self._process is None and self.again_at is None

    @property
    def restarts(self) -> int:
        return max(0, self.starts - 1)

    @property
    def deaths(self) -> int:
        """How often it died without having lived long enough in between."""
        return self._deaths

    @property
    def waitables(self) -> tuple[Connection | int, ...]:
        """What `multiprocessing.connection.wait` waits for."""
        if self._process is None or self._pipe is None:
            return ()
        return self._pipe, self._process.sentinel

    def start(self, setup: WorkerSetup, now: float) -> None:
        """Start it, or start it again. Raises `OSError` when the computer has no room for a process."""
        ours, theirs = _SPAWN.Pipe()
        try:
            process = _SPAWN.Process(
                target=serve,
                args=(self._target, setup, theirs, self._errors),
                name=f"slot {self.spec.name}",
                daemon=True,
            )
            process.start()
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._process, self._pipe = process, ours
        self._born = self.heard_at = now
        self.again_at = None
        self.starts += 1

    def send(self, order: Order) -> bool:
        """Tell it something; False when it is not there, or takes nothing any more."""
        pipe = self._pipe
        if pipe is None:
            return False
        try:
            if not select.select([], [pipe], [], 0)[1]:
                return False
            pipe.send(order)
        except (OSError, ValueError):
            return False
        return True

    def hear(self, now: float) -> Heard:
        """What it has told since, at most so much that the others get their turn."""
        pipe, process = self._pipe, self._process
        if pipe is None or process is None:
            return Heard()
        alive = process.is_alive()  # asked before the pipe is emptied: what a dead one wrote is in it by now
        events: list[Event] = []
        strange = 0
        try:
            while len(events) + strange < EVENTS_AT_ONCE and pipe.poll():
                event = pipe.recv()
                if isinstance(event, (SlotChanged, Progressed, CardDone, Noted)) and event.slot == self.spec.name:
                    events.append(event)
                else:
                    strange += 1
        except (EOFError, OSError, pickle.UnpicklingError):
            return Heard(tuple(events), strange, gone=True)
        if events:
            self.heard_at = now
        full = len(events) + strange >= EVENTS_AT_ONCE
        return Heard(tuple(events), strange, gone=not alive and not full)

    def bury(self, now: float) -> str:
        """After its pipe ended: see to it that it is dead, and say in words how it died. Plans its next start."""
        process, pipe = self._process, self._pipe
        if process is None or pipe is None:
            return ""
        process.join(JOIN_SECONDS)
        stuck = process.is_alive()
        if stuck:
            process.kill()
            process.join()
        code = process.exitcode
        process.close()
        pipe.close()
        self._process = self._pipe = None
        if not self.ending:
            self._deaths = 1 if now - self._born >= self._timings.settled else self._deaths + 1
            pause = self._timings.first_pause * 2 ** min(self._deaths - 1, 30)
            self.again_at = now + min(pause, self._timings.longest_pause)
        how = "it closed its pipe" if stuck else _how(code)
        words = self._last_words()
        return f"{how} ({words})" if words and code else how

    def kill(self) -> None:
        """End it at once; its pipe will end, too."""
        if self._process is not None:
            self._process.kill()

    def start_soon(self) -> None:
        """Do not wait for the end of the pause, and forget earlier deaths."""
        self._deaths = 0
        if self.again_at is not None:
            self.again_at = 0.0

    def end(self) -> None:
        """It shall not be started again."""
        self.ending = True
        self.again_at = None

    def _last_words(self) -> str:
        """The last line that it printed, if it printed something: an exception's name and message."""
        if self._errors is None:
            return ""
        try:
            with self._errors.open("rb") as file:
                file.seek(max(0, self._errors.stat().st_size - _LAST_WORDS))
                lines = file.read().decode("utf-8", "replace").split("\n")
            os.truncate(self._errors, 0)
        except OSError:
            return ""
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


def serve(target: Target, setup: WorkerSetup, pipe: Connection, errors: Path | None) -> None:
    """What a worker's process runs first. Ctrl-C is the station's business, which comes to all of a terminal's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT,))
    if errors is not None:
        with suppress(OSError):
            file = open_private(errors, os.O_WRONLY | os.O_APPEND)
            for number in (1, 2):
                os.dup2(file, number)
            os.close(file)
    target(setup, pipe)


def _how(code: int | None) -> str:
    if code is None:
        return "it is gone"
    if code >= 0:
        return f"it ended with code {code}"
    try:
        return f"it was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"it was killed by signal {-code}"
