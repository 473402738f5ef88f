"""The toolkit runtime: triggers applets, lets one of them at a time talk to the terminal, sends the card's own commands
(TS 102 241 §5).

An event calls its applets one after the other. One that sends a proactive command sleeps until its TERMINAL RESPONSE;
the terminal's commands go on meanwhile. Events that cannot wait (call control, STATUS, …) call applets then, too, which
find no ProactiveHandler. When nobody sleeps any more, applets that waited for the handler get their turn, then come
menu, event list and polling, if they have changed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from simtool.softcard import status as sw
from simtool.softcard.jcvm.execution import Done
from simtool.softcard.jcvm.execution import Waiting as Asleep
from simtool.softcard.jcvm.platform.toolkit import CommandNotAllowed
from simtool.softcard.status import StatusFault
from simtool.softcard.toolkit import allowed
from simtool.softcard.toolkit.commands import wrap
from simtool.softcard.toolkit.entries import Entry
from simtool.softcard.toolkit.events import MAY_BE_BUSY, Event
from simtool.softcard.toolkit.polling import Polling
from simtool.softcard.toolkit.registry import Registry
from simtool.softcard.toolkit.runs import Job, Occurrence, Run, ToolkitApplet, ToolkitApplets
from simtool.softcard.toolkit.session import Session, Waiting
from simtool.softcard.toolkit.system import SystemCommands

log = logging.getLogger(__name__)


def no_applets(aid: bytes) -> ToolkitApplet | None:
    """Where no machine runs applets."""
    return None


@dataclass(frozen=True, slots=True)
class Situation:
    """What the card's own commands come from; `version` is the registry's. While it stays, there is nothing to say."""

    version: int
    able: frozenset[bytes]
    title: bytes


class Runtime:
    """`running` is the run whose code is being executed, `asleep` the one that waits for the terminal."""

    def __init__(self, session: Session) -> None:
        self.session = session
        polled = Polling()
        self.registry = Registry(polled)
        self.system = SystemCommands(self.registry, polled)
        self.applets: ToolkitApplets = no_applets
        self.profile: bytes | None = None
        self.running: Run | None = None
        self.asleep: Run | None = None
        self._own: Waiting | None = None
        self._told = False
        self._settled: Situation | None = None

    def reset(self) -> None:
        """A new card session: whoever sleeps never goes on, channels are closed, the terminal knows nothing."""
        self.abandon()
        self.profile = None
        self.session.clear()
        self.system.reset()
        self._own, self._told, self._settled = None, False, None
        for entry in self.registry:
            entry.channels.clear()

    def abandon(self) -> None:
        """Nobody will answer the run that sleeps."""
        run, self.asleep = self.asleep, None
        if run is not None:
            run.execution.abandon()

    @property
    def busy(self) -> bool:
        """Whether a proactive session goes on."""
        return self.asleep is not None or self.session.fetched is not None

    @property
    def free(self) -> bool:
        """Whether there is room for a command: nothing is on its way but perhaps one of the card's own, not fetched."""
        return not self.busy and (self.session.ready is None or self.session.ready is self._own)

    @property
    def concerned(self) -> bool:
        """Whether there are toolkit applets, or have been in this session."""
        return bool(self.registry) or self._told

    # Triggering

    def deliver(self, occurrence: Occurrence, entries: Iterable[Entry]) -> None:
        """Call these applets, those of them that may run. `StatusFault` 9300 if they have to wait for a session to end,
        or if the only one of them has asked for that (ISOException REPLY_BUSY)."""
        entries = list(entries)
        if self.busy and entries and occurrence.event in MAY_BE_BUSY:
            raise StatusFault(sw.TOOLKIT_BUSY)
        job = Job(occurrence, entries)
        self._perform(job, alone=len(entries) == 1)
        occurrence.closed = True

    def _perform(self, job: Job, *, alone: bool = False) -> None:
        """Call who is still waiting in a job, until one of them sleeps."""
        while job.waiting:
            entry = job.waiting.popleft()
            applet = self.applets(entry.aid)
            if applet is not None and self._start(Run(job, entry, applet), alone=alone):
                return

    def _start(self, run: Run, *, alone: bool) -> bool:
        """Whether it sleeps."""
        try:
            return self._go(run, None)
        except StatusFault as fault:
            occurrence = run.job.occurrence
            refuses = alone and occurrence.event in MAY_BE_BUSY and fault.sw == sw.TOOLKIT_BUSY
            if refuses and occurrence.posted is None and not occurrence.closed:
                raise
        return False

    def _go(self, run: Run, response: bytes | None) -> bool:
        """Run it, first or again, up to its end or its next command. True if it sleeps."""
        before, self.running = self.running, run
        try:
            state = run.execution.start() if response is None else run.execution.resume(response)
        finally:
            self.running = before
        if isinstance(state, Done):
            return False
        assert isinstance(state, Asleep)  # noqa: S101  # there is nothing else
        self.asleep = run
        self.session.ready = Waiting(wrap(run.command), self._answered)
        self._own = None
        return True

    def _answered(self, response: bytes) -> None:
        """TERMINAL RESPONSE to the applet that sleeps: it goes on, and after it those that its event also is for."""
        run, self.asleep = self.asleep, None
        if run is None:
            return
        run.response = response
        allowed.note_channels(run.entry, run.command, response)
        try:
            asleep = self._go(run, response)
        except StatusFault as fault:
            log.info("an applet ended with %s", fault.sw.hex())
            asleep = False
        if not asleep:
            self._perform(run.job)

    # What a run asks for

    def may_send(self) -> bool:
        """The ProactiveHandler is there for the run that is being executed."""
        run = self.running
        return run is not None and self.profile is not None and not self.busy and run.job.occurrence.may_send

    def send(self, command: bytes) -> bytes:
        """Within a run: a proactive command and its answer. What was posted goes to the terminal now."""
        run = self.running
        if run is None or not self.may_send():
            raise CommandNotAllowed
        allowed.check(run.entry, self.registry, command)
        run.command = command
        run.job.occurrence.closed = True
        response = run.applet.wait(command)
        assert isinstance(response, bytes)  # noqa: S101  # `_go` gives nothing else
        return response

    # Between sessions

    def rest(self) -> None:
        """Nothing is urgent: applets that wait for the ProactiveHandler, then the card's own commands."""
        if self.profile is None or not self.free or not self.concerned:
            return
        situation = self._situation()
        if situation == self._settled and self.session.ready is None:
            return
        for entry in self.registry.registered(Event.PROACTIVE_HANDLER_AVAILABLE):
            applet = self.applets(entry.aid)
            if applet is not None and entry.is_event_set(Event.PROACTIVE_HANDLER_AVAILABLE):
                entry.clear_event(Event.PROACTIVE_HANDLER_AVAILABLE)
                if self._start(Run(Job(Occurrence(Event.PROACTIVE_HANDLER_AVAILABLE), ()), entry, applet), alone=False):
                    return
        situation = self._situation()
        self._own = self.session.ready = self.system.next(self.profile, situation.able)
        self._told = self._told or self._own is not None
        quiet = self._own is None and not self.system.put_off
        waiting = self.registry.registered(Event.PROACTIVE_HANDLER_AVAILABLE)
        self._settled = situation if quiet and not waiting else None

    def _situation(self) -> Situation:
        able = frozenset(entry.aid for entry in self.registry if self.applets(entry.aid) is not None)
        return Situation(self.registry.version, able, self.system.title())

    # Applets that come and go

    def removed(self, aid: bytes) -> None:
        """An applet is deleted; if it sleeps, nobody gets the answer."""
        if self.asleep is not None and self.asleep.entry.aid == aid:
            job = self.asleep.job
            waits_for_fetch = self.session.ready is not None
            self.abandon()
            if waits_for_fetch:
                self.session.ready = None
            self._perform(job)
        self.registry.remove(aid)
