"""What keeps slots from beginning a card: pauses and stops of the whole bench and of single slots.

They are the station's, not the workers', so that a worker that was started again is held as the one before it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from simtool.station.events import Order, OrderKind

KINDS = frozenset((OrderKind.PAUSE, OrderKind.STOP))


@dataclass(slots=True)
class Hold:
    """A stop goes before a pause. `stopped` is the reason, empty while it is not stopped."""

    stopped: str = ""
    paused: bool = False
    why: str = ""

    def take(self, order: Order) -> None:
        if order.kind is OrderKind.STOP:
            self.stopped = order.text or "stopped by order"
        else:
            self.paused, self.why = True, order.text

    def order(self) -> Order | None:
        """What a worker is told because of it."""
        if self.stopped:
            return Order(OrderKind.STOP, self.stopped)
        return Order(OrderKind.PAUSE, self.why) if self.paused else None


@dataclass(slots=True)
class Holds:
    """All of a station's. `slot` None means the bench."""

    bench: Hold = field(default_factory=Hold)
    slots: dict[str, Hold] = field(default_factory=dict)

    @classmethod
    def of(cls, slots: Iterable[str]) -> Holds:
        return cls(slots={name: Hold() for name in slots})

    def take(self, order: Order, slot: str | None) -> None:
        (self.bench if slot is None else self.slots[slot]).take(order)

    def clear(self, slot: str | None) -> None:
        """Let a slot go on, or the bench: then slots' own pauses end, too, but a stop of a slot is its own matter."""
        if slot is not None:
            self.slots[slot] = Hold()
            return
        self.bench = Hold()
        self.slots = {name: Hold(stopped=hold.stopped) for name, hold in self.slots.items()}

    def is_stopped(self, slot: str | None) -> bool:
        """Whether a supervisor is needed to let it go on."""
        return bool((self.bench if slot is None else self.slots[slot]).stopped)

    def order_for(self, slot: str) -> Order | None:
        """What a slot's worker is told: a stop before a pause, the bench's before its own."""
        held = [order for order in (self.bench.order(), self.slots[slot].order()) if order is not None]
        return next((order for order in held if order.kind is OrderKind.STOP), held[0] if held else None)
