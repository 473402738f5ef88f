"""Where the batch is, all stations together: asked of the inventory again and again, which may be away for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

from simtool.errors import SimtoolError
from simtool.inventory.audit import Who
from simtool.inventory.find import reconciliation
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import RecordState
from simtool.station.setup import Place
from simtool.station.view import Counters

SHARE_OF_TIME = 0.1
"""At most this part of the time is spent on asking: a batch of a million takes its while to be counted."""


class CounterSource(Protocol):
    """Where the batch is. It is opened, read and closed in one thread."""

    def read(self) -> Counters:
        """Raises `SimtoolError` while the inventory does not answer."""
        ...

    def close(self) -> None: ...


class InventoryCounters:
    """The reconciliation of a batch in the inventory, which is opened when it is needed and again after an error."""

    def __init__(self, place: Place, batch: str, who: Who) -> None:
        self._place = place
        self._batch = batch
        self._who = who
        self._inventory: Inventory | None = None

    def read(self) -> Counters:
        try:
            if self._inventory is None:
                place = self._place
                self._inventory = Inventory.open(place.folder, url=place.url, vault=place.vault, who=self._who)
            count = reconciliation(self._inventory, self._batch)
        except SimtoolError:
            self.close()
            raise
        return Counters(
            quantity=count.quantity,
            ordered=count.ordered,
            good=count.good,
            rejected=count.rejected,
            quarantined=dict(count.by_state).get(RecordState.QUARANTINED, 0),
            spare=count.spare,
            open=count.open,
        )

    def close(self) -> None:
        inventory, self._inventory = self._inventory, None
        if inventory is not None:
            inventory.close()


def keep_counting(
    source: CounterSource,
    ended: threading.Event,
    seconds: float,
    *,
    counted: Callable[[Counters], None],
    away: Callable[[SimtoolError | None], None],
) -> None:
    """Read the source every `seconds` until `ended`, and once more after that.

    `away` is told once that it does not answer any more, and then (with None) that it answers again.
    """
    pause, is_away, last = 0.0, False, False
    while not last:
        last = ended.wait(pause)
        began = time.monotonic()
        try:
            counters = source.read()
        except SimtoolError as error:
            if not is_away:
                away(error)
            is_away = True
        else:
            if is_away:
                away(None)
            is_away = False
            counted(counters)
        pause = max(seconds, (time.monotonic() - began) / SHARE_OF_TIME)
    source.close()


def is_complete(counters: Counters | None) -> bool:
    """The order is filled."""
    return counters is not None and counters.good >= counters.quantity > 0


def is_used_up(counters: Counters) -> bool:
    """The order is not filled, and no record is left that a card could be made with."""
    return not is_complete(counters) and counters.spare == 0 and counters.open == 0


def waits_for_quarantine(counters: Counters) -> bool:
    """The same, but for records that are in quarantine until somebody looks."""
    return not is_complete(counters) and counters.spare == 0 and counters.open == counters.quarantined > 0
