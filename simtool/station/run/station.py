"""The station: one worker process per slot, all that they tell folded into one view, and orders to them.

It never sees a key, and nothing is lost when it or one of its workers is killed: what was done stands in the inventory
and in the cards' journals. The counting of rejects starts anew with each run (`simtool.station.run.rules`).
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import wait

from simtool.errors import InputError, RefusedError, SimtoolError
from simtool.station.bench.bench import Bench
from simtool.station.events import CardDone, Event, Noted, Order, OrderKind, Phase, SlotChanged
from simtool.station.run import board as boards
from simtool.station.run.board import BUSY, Board
from simtool.station.run.counting import CounterSource, Teller, is_complete, is_used_up, waits_for_quarantine
from simtool.station.run.holds import KINDS, Holds
from simtool.station.run.log import RunLog
from simtool.station.run.pace import Track, with_card, with_level
from simtool.station.run.process import Target, Timings, WorkerProcess
from simtool.station.run.routing import route
from simtool.station.run.rules import Watch, judge, resumed
from simtool.station.run.showing import COMPLETE, Summary, bench_view, pace_now
from simtool.station.setup import StationSetup
from simtool.station.view import BenchView, Counters

TICK_SECONDS = 0.1
NOBODY = "nobody has logged in yet"
PAUSED_HINT = "look which card this is, then let the bench go on"
_PATIENT = frozenset((Phase.SCAN, Phase.RESEAT))


class Station:
    """All public methods may be called from any thread. `start` it once, `close` it at the end."""

    def __init__(
        self,
        bench: Bench,
        setup: StationSetup,
        counters: CounterSource,
        *,
        target: Target | None = None,
        log: RunLog | None = None,
        tell: Callable[[Event], None] | None = None,
        timings: Timings | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`tell` gets every event in order, in a thread of the station's; it must not block."""
        self.bench = bench
        self.setup = setup
        self._timings = timings or Timings()
        self._clock = clock
        self._log = log
        self._tell = tell
        self._changed = threading.Condition(threading.RLock())
        self._number = 0
        self._view: BenchView | None = None
        self._board: Board = boards.empty_board(bench, clock())
        self._counters: Counters | None = None
        self._operator = setup.operator
        self._watch = Watch()
        self._track = Track()
        self._holds = Holds.of(slot.name for slot in bench.slots)
        self._ending = False
        self._ending_since = 0.0
        self._killed = self._closed = False
        self._told_of_quarantine = False
        self._finished = threading.Event()
        errors = log.path if log is not None else None
        run = target or _real_worker()
        self._workers = {
            slot.name: WorkerProcess(
                slot,
                run,
                self._timings,
                None if errors is None else errors.with_name(f"{errors.stem}-{index}.err"),
            )
            for index, slot in enumerate(bench.slots, start=1)
        }
        self._to_free: set[str] = set()
        self._thread = threading.Thread(target=self._supervise, name="station", daemon=True)
        self._teller = Teller(
            counters, self._timings.counters, counted=self._counted, trouble=self._trouble, freed=self._is_free
        )

    # What others ask for

    def start(self) -> None:
        """Start the workers. Returns at once."""
        self._write({"run": "began", "station": self.setup.name, "batch": self.setup.batch, "at": self._clock()})
        self._thread.start()
        self._teller.start()

    @property
    def over(self) -> bool:
        """All workers have ended, and none will be started again."""
        return self._finished.is_set()

    def view(self) -> BenchView:
        """The bench now."""
        with self._changed:
            if self._view is None or self._view.number != self._number:
                self._view = self._make_view()
            return self._view

    def wait_change(self, number: int, timeout: float) -> BenchView:
        """The bench as soon as it is another than in the view of that number, or after `timeout` seconds as it is."""
        with self._changed:
            self._changed.wait_for(lambda: self._number > number, timeout)
            return self.view()

    def order(self, kind: OrderKind, slot: str | None = None, text: str = "") -> None:
        """Give an order to one slot, or to the whole bench. Raises `InputError` for a slot that is not there.

        RESUME for the bench ends its stop or pause and all slots' pauses. What was stopped at a slot, and what a slot
        in ATTENTION shows, is ended by a RESUME for that slot. SCAN is `scan`, and raises as that does.
        """
        if kind is OrderKind.SCAN:
            self.scan(text, slot)
            return
        if kind is OrderKind.OPERATOR:
            return self.set_operator(text)
        with self._changed:
            self._require(slot)
            self._log_order(Order(kind, text), slot)
            if kind in KINDS:
                self._hold(Order(kind, text), slot)
            elif kind is OrderKind.RESUME:
                self._resume(slot)
            else:
                self._end(slot)
            self._has_changed()

    def scan(self, text: str, slot: str | None = None) -> str:
        """A number from the scanner, for the slot that it belongs to (`run.routing`), which is given back.

        Raises `InputError` for a slot that is not there or text that is no ICCID, and `RefusedError` where no slot
        waits for a scan or several wait for others: then the bench pauses.
        """
        with self._changed:
            self._require(slot)
            routed = route(text, [one.view for one in self._board.slots], slot)
            self._log_order(Order(OrderKind.SCAN, text), routed.slot or None)
            if routed.slot:
                self._send(routed.slot, Order(OrderKind.SCAN, text))
                return routed.slot
            self._note(routed.problem)
            if routed.pause:
                self._hold(Order(OrderKind.PAUSE, routed.problem), None)
                self._has_changed()
        if routed.unreadable:
            raise InputError(routed.problem, hint="scan it again")
        raise RefusedError(routed.problem, hint=PAUSED_HINT if routed.pause else "")

    def is_stopped(self, slot: str | None = None) -> bool:
        """Whether only a supervisor may let it go on: the bench, or a slot by its stop or by what it shows."""
        with self._changed:
            self._require(slot)
            found = None if slot is None else self._board.slot(slot)
            return self._holds.is_stopped(slot) or (found is not None and found.view.for_supervisor)

    def set_operator(self, name: str) -> None:
        """Who works at the bench from now on. Work that waited for somebody begins."""
        with self._changed:
            self._operator = name
            self._log_order(Order(OrderKind.OPERATOR, name), None)
            for slot in self._workers:
                self._send(slot, Order(OrderKind.OPERATOR, name))
            if name and self._holds.bench.paused and self._holds.bench.why == NOBODY:
                self._resume(None)
            self._has_changed()

    def hold_for_login(self) -> None:
        """No card is begun until somebody logs in (`set_operator`)."""
        self.order(OrderKind.PAUSE, None, NOBODY)

    def note(self, text: str) -> None:
        """A line for everybody who watches this bench."""
        with self._changed:
            self._note(text, is_problem=False)

    def kill(self) -> None:
        """End all workers at once. Cards at work are unfinished and go on when they come back."""
        with self._changed:
            self._killed = self._killed or not self.over
            self._end(None)
            for worker in self._workers.values():
                worker.kill()

    def close(self, patience: float = 10.0) -> Summary:
        """End all workers: well within `patience` seconds, by force after that. Then nothing of it runs any more.

        To close it again does no harm.
        """
        if self._thread.is_alive():
            if not self._ending:
                self.order(OrderKind.END)
            if not self._finished.wait(patience):
                self.kill()
                self._finished.wait()
            self._thread.join()
        self._teller.close(patience)
        summary = self.summary()
        if not self._closed:
            self._closed = True
            self._write({"run": "ended", "at": self._clock(), "good": summary.good, "rejected": summary.rejected})
        return summary

    def summary(self) -> Summary:
        """What has come of the run so far."""
        with self._changed:
            board = self._board
            unfinished = board.unfinished if self._teller.unfinished is None else self._teller.unfinished
            return Summary(
                board.good, board.rejected, board.untouched, unfinished, is_complete(self._counters), self._killed
            )

    # Orders, under the lock

    def _require(self, slot: str | None) -> None:
        if slot is not None and slot not in self._workers:
            raise InputError(f"this bench has no slot {slot!r}", field="slot")

    def _hold(self, order: Order, slot: str | None) -> None:
        self._holds.take(order, slot)
        for name in self._workers if slot is None else (slot,):
            self._send_hold(name)

    def _resume(self, slot: str | None) -> None:
        self._watch = resumed(self._watch, slot or "")
        self._holds.clear(slot)
        for name in self._workers if slot is None else (slot,):
            if slot is None and self._phase(name) is Phase.ATTENTION:
                continue
            self._workers[name].start_soon()
            self._send(name, Order(OrderKind.RESUME))
            self._send_hold(name)

    def _end(self, slot: str | None) -> None:
        if slot is None and not self._ending:
            self._ending, self._ending_since = True, self._clock()
        for name in self._workers if slot is None else (slot,):
            self._workers[name].end()
            self._send(name, Order(OrderKind.END))
            if self._workers[name].ended:
                self._board = boards.fold(self._board, SlotChanged(name, self._clock(), Phase.ENDED))

    def _send_hold(self, slot: str) -> None:
        order = self._holds.order_for(slot)
        if order is not None:
            self._send(slot, order)

    def _send(self, slot: str, order: Order) -> None:
        """To a worker that is there; one that is started later gets the holds then."""
        worker = self._workers[slot]
        if worker.alive and not worker.send(order):
            self._note(f"the order {order.kind.value} did not reach its worker", slot)

    # The supervising thread

    def _supervise(self) -> None:
        if sys.platform != "win32":  # workers inherit it, so that Ctrl-C does not end one that is just starting
            signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
        try:
            while not all(worker.ended for worker in self._workers.values()):
                self._start_due()
                self._hear(TICK_SECONDS)
                self._end_silent()
        finally:
            for worker in self._workers.values():
                worker.kill()
            self._finished.set()
            with self._changed:
                self._has_changed()

    def _start_due(self) -> None:
        now = self._clock()
        for name, worker in self._workers.items():
            with self._changed:
                if worker.alive or worker.again_at is None or worker.again_at > now or name in self._to_free:
                    continue
                try:
                    worker.start(self.setup.worker(self.bench, worker.spec, self._operator), now)
                except OSError as error:
                    worker.again_at = now + self._timings.longest_pause
                    self._note(f"its worker cannot be started: {error.strerror or error}", name)
                    continue
                self._board = boards.with_restarts(self._board, name, worker.restarts)
                if worker.restarts:
                    self._take(SlotChanged(name, now, Phase.STARTING))
                self._send_hold(name)
                self._has_changed()

    def _hear(self, timeout: float) -> None:
        """Wait for something to come from the workers, and take it in."""
        waiting = {one: worker for worker in self._workers.values() for one in worker.waitables}
        if not waiting:
            self._finished.wait(timeout)
            return
        ready = {waiting[one].spec.name: waiting[one] for one in wait(list(waiting), timeout)}  # type: ignore[index]
        for name, worker in ready.items():
            heard = worker.hear(self._clock())
            with self._changed:
                for event in heard.events:
                    self._take(event)
                if heard.strange:
                    self._note("its worker told something that is no event of this slot", name)
                if heard.gone:
                    self._bury(name, worker)
                self._has_changed()

    def _end_silent(self) -> None:
        """Kill workers that ought to be heard of and are not."""
        now = self._clock()
        for name, worker in self._workers.items():
            with self._changed:
                since, phase, patience = worker.heard_at, self._phase(name), self._timings.silence
                due = phase in BUSY or phase is Phase.STARTING
                if phase is Phase.STARTING:
                    patience = max(patience, self._timings.starting)
                if worker.ending and phase not in _PATIENT:
                    due, since = True, max(since, self._ending_since)
                if worker.alive and due and now - since > patience:
                    self._note(f"its worker was not heard of for {now - since:.0f} s: it is killed", name)
                    worker.kill()

    def _bury(self, name: str, worker: WorkerProcess) -> None:
        """A worker's process is gone: for good, or until it is started again."""
        now, phase = self._clock(), self._phase(name)
        how = worker.bury(now)
        if worker.ending:
            if phase is not Phase.ENDED:
                self._board = boards.broke_off(self._board, name, SlotChanged(name, now, Phase.ENDED, "ended"))
            return
        self._to_free.add(name)
        self._teller.free(name)
        pause = max(0.0, (worker.again_at or now) - now)
        many = worker.deaths >= self._timings.attention_after
        hint = f"it starts again by itself in {pause:.0f} s" if pause >= 1 else "it starts again by itself"
        if many:
            hint = f"call somebody who knows the computer; acknowledge to try again at once, else {hint}"
        event = SlotChanged(name, now, Phase.ATTENTION if many else Phase.OFFLINE, f"its worker broke off: {how}", hint)
        self._board = boards.broke_off(self._board, name, event)
        self._told(event)
        self._note(f"its worker broke off: {how}", name)

    def _take(self, event: Event) -> None:
        """Fold one event in, and do what follows from it."""
        self._board = boards.fold(self._board, event)
        self._told(event)
        if isinstance(event, CardDone):
            self._teller.soon()
            self._track = with_card(self._track, event)
            self._watch, stops = judge(self._watch, event, self.bench.rules)
            for stop in stops:
                order = Order(OrderKind.STOP, stop.reason)
                self._log_order(order, stop.slot or None)
                self._hold(order, stop.slot or None)
                self._note(stop.reason)

    def _told(self, event: Event) -> None:
        if self._log is not None:
            self._log.event(event)
            if self._log.problem:
                self._board = boards.noted(self._board, self._log.problem)
        if self._tell is not None:
            self._tell(event)

    def _note(self, text: str, slot: str = "", *, is_problem: bool = True) -> None:
        self._take(Noted(slot, self._clock(), text, is_problem))
        self._has_changed()

    def _phase(self, slot: str) -> Phase:
        found = self._board.slot(slot)
        return Phase.STARTING if found is None else found.view.phase

    def _write(self, value: dict[str, object]) -> None:
        if self._log is not None:
            self._log.line(value)

    def _log_order(self, order: Order, slot: str | None) -> None:
        if self._log is not None:
            self._log.order(order, slot, self._clock())

    def _has_changed(self) -> None:
        self._number += 1
        self._changed.notify_all()

    # What the inventory tells, in its thread

    def _trouble(self, error: SimtoolError | None) -> None:
        with self._changed:
            reason = error.reason if isinstance(error, InputError) else str(error)
            self._note("the inventory answers again" if error is None else f"the counters are old: {reason}")
            if isinstance(error, RefusedError):
                self._hold(Order(OrderKind.STOP, str(error)), None)
                self._has_changed()

    def _is_free(self, slot: str) -> None:
        with self._changed:
            self._to_free.discard(slot)

    def _counted(self, counters: Counters) -> None:
        with self._changed:
            now, before = self._clock(), self.view().pace
            self._track = with_level(self._track, now, counters.good)
            is_new = counters != self._counters or pace_now(self._track, counters, now) != before
            self._counters = counters
            if is_new:
                self._has_changed()
            if waits_for_quarantine(counters) and not self._told_of_quarantine:
                self._told_of_quarantine = True
                self._note(f"no record is left but {counters.quarantined} in quarantine: somebody has to look at them")
            if self.setup.until_complete and not self._ending:
                self._end_if_done(counters)

    def _end_if_done(self, counters: Counters) -> None:
        why = COMPLETE if is_complete(counters) else ""
        if is_used_up(counters):
            why = f"no record is left, and {counters.quantity - counters.good} good cards are missing"
            self._note(why)
        if why:
            self._log_order(Order(OrderKind.END, why), None)
            self._end(None)

    def _make_view(self) -> BenchView:
        return bench_view(
            self.setup, self._board, self._counters, self._track, self._holds.bench,
            number=self._number, at=self._clock(), operator=self._operator,
        )  # fmt: skip


def _real_worker() -> Target:
    from simtool.station.slot.worker import work

    return work
