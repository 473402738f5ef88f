"""A bench as a test says it is: no cards, no workers, only what the pages see and what they order."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import Any

from simtool.errors import RefusedError
from simtool.station.events import CardDone, End, OrderKind, Phase
from simtool.station.view import BenchView, Counters, Pace, SlotHealth, SlotView


@dataclass(frozen=True)
class Ordered:
    """An order as the bench got it."""

    kind: OrderKind
    slot: str | None
    text: str


class FakeBench:
    """Keeps `simtool.station.web.seam.BenchSeam`. `set` and `change` play what workers would tell."""

    def __init__(self, *, batch: str = "spring26", customer: str = "ACME", slots: int = 8, columns: int = 4) -> None:
        self._changed = threading.Condition()
        self.orders: list[Ordered] = []
        self.scans: list[tuple[str, str | None]] = []
        made = tuple(
            SlotView(
                str(number + 1), number // columns + 1, number % columns + 1,
                f"Bench {number // 2} 00 0{number % 2}", Phase.INSERT, time.time(),
            )
            for number in range(slots)
        )  # fmt: skip
        counters = Counters(quantity=500, ordered=515, good=0, rejected=0, quarantined=0, spare=15, open=500)
        self._view = BenchView(1, time.time(), "bench-1", batch, customer, "", made, counters)

    def view(self) -> BenchView:
        with self._changed:
            return self._view

    def wait_change(self, number: int, timeout: float) -> BenchView:
        with self._changed:
            self._changed.wait_for(lambda: self._view.number != number, timeout)
            return self._view

    def order(self, kind: OrderKind, slot: str | None = None, text: str = "") -> None:
        self.orders.append(Ordered(kind, slot, text))
        if slot is None:
            self.change(paused=kind is OrderKind.PAUSE, stopped=text if kind is OrderKind.STOP else "")
        elif kind is OrderKind.RESUME:
            self.set(slot, Phase.INSERT)
        elif kind in (OrderKind.PAUSE, OrderKind.STOP):
            self.set(slot, Phase.PAUSED if kind is OrderKind.PAUSE else Phase.STOPPED, message=text)

    def scan(self, text: str, slot: str | None = None) -> str:
        self.scans.append((text, slot))
        waiting = [one for one in self.view().slots if one.phase is Phase.SCAN and slot in (None, one.name)]
        if not waiting:
            raise RefusedError(f"“{text}” was scanned, but no slot waits for a scan")
        found = waiting[0]
        if text == found.iccid:
            self.done(found.name, End.GOOD, iccid=text)
        else:
            self.set(found.name, Phase.ATTENTION, message=f"{text} was scanned", hint="This is another card.")
        return found.name

    def is_stopped(self, slot: str | None = None) -> bool:
        view = self.view()
        if slot is None:
            return bool(view.stopped)
        (found,) = [one for one in view.slots if one.name == slot]
        return found.phase is Phase.STOPPED or found.for_supervisor

    def set_operator(self, name: str) -> None:
        self.change(operator=name)

    def change(self, **values: Any) -> None:
        with self._changed:
            self._view = replace(self._view, number=self._view.number + 1, at=time.time(), **values)
            self._changed.notify_all()

    def set(self, name: str, phase: Phase, **values: Any) -> None:
        """A slot comes to a phase."""
        blank: dict[str, Any] = {"message": "", "hint": "", "iccid": "", "done": 0, "total": 0}
        slots = tuple(
            replace(one, phase=phase, since=time.time(), **(blank | values)) if one.name == name else one
            for one in self.view().slots
        )
        self.change(slots=slots)

    def done(self, name: str, end: End, *, iccid: str = "", cause: str = "") -> None:
        """A card ends in a slot, and the counters move."""
        phase = {End.GOOD: Phase.GOOD, End.REJECTED: Phase.REJECT}.get(end, Phase.REMOVE)
        self.set(name, phase, iccid=iccid, message=cause)
        view, good, bad = self.view(), end is End.GOOD, end is End.REJECTED
        counters = replace(
            view.counters, good=view.counters.good + good, rejected=view.counters.rejected + bad,
            open=view.counters.open - (good or bad), run_good=view.counters.run_good + good,
        )  # fmt: skip
        slots = tuple(
            replace(one, health=SlotHealth(one.health.good + good, one.health.rejected + bad))
            if one.name == name else one
            for one in view.slots
        )  # fmt: skip
        card = CardDone(name, time.time(), end, iccid=iccid, cause=cause)
        self.change(counters=counters, slots=slots, last=(card, *view.last)[:12], pace=Pace(412.0, 0.985, 4500.0))
