"""Where the batch is, all stations together: asked of the inventory again and again, which may be away for a while."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from simtool.errors import RefusedError, SimtoolError
from simtool.inventory.audit import Who
from simtool.inventory.find import reconciliation, standing
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import RecordState
from simtool.inventory.station_lock import StationLock
from simtool.inventory.work import take_back
from simtool.station.setup import StationSetup
from simtool.station.view import Counters

MOST_UNFINISHED = 1000
LEAST_SECONDS = 0.05
SHARE_OF_TIME = 0.1
"""At most this part of the time is spent on asking: a batch of a million takes its while to be counted."""


class CounterSource(Protocol):
    """A station's own look at the inventory. It is opened, used and closed in one thread.

    All of it raises `SimtoolError` while the inventory does not answer.
    """

    def read(self) -> Counters:
        """Where the batch is. Raises `RefusedError` when somebody else is this station by now."""
        ...

    def free(self, slot: str) -> None:
        """Give back what the slot's worker held, which is dead."""
        ...

    def unfinished(self) -> tuple[str, ...]:
        """The ICCIDs of this station's cards that are written in part: they go on when they come back."""
        ...

    def close(self) -> None: ...


class InventoryCounters:
    """The reconciliation of a batch in the inventory, which is opened when it is needed and again after an error."""

    def __init__(self, setup: StationSetup, lock: StationLock | None = None) -> None:
        self._setup = setup
        self._lock = lock
        self._inventory: Inventory | None = None

    def read(self) -> Counters:
        with self._opened() as inventory:
            if self._lock is not None and not self._lock.still_mine():
                raise RefusedError(f"another station is {self._setup.name} by now", hint="end this one")
            count = reconciliation(inventory, self._setup.batch)
        return Counters(
            quantity=count.quantity,
            ordered=count.ordered,
            good=count.good,
            rejected=count.rejected,
            quarantined=dict(count.by_state).get(RecordState.QUARANTINED, 0),
            spare=count.spare,
            open=count.open,
        )

    def free(self, slot: str) -> None:
        with self._opened() as inventory:
            take_back(inventory, self._setup.batch, f"{self._setup.name}/{slot}")

    def unfinished(self) -> tuple[str, ...]:
        with self._opened() as inventory:
            found = standing(inventory, self._setup.batch, (RecordState.PROGRAMMING,), limit=MOST_UNFINISHED)
        return tuple(one.iccid for one in found if one.place.startswith(f"{self._setup.name}/"))

    def close(self) -> None:
        inventory, self._inventory = self._inventory, None
        if inventory is not None:
            with suppress(SimtoolError):  # what the audit log's head is noted for can wait
                inventory.close()

    @contextmanager
    def _opened(self) -> Iterator[Inventory]:
        try:
            if self._inventory is None:
                setup, place = self._setup, self._setup.place
                who = Who(setup.operator or setup.name, setup.name)
                self._inventory = Inventory.open(place.folder, url=place.url, vault=place.vault, who=who)
            yield self._inventory
        except SimtoolError:
            self.close()
            raise


class Teller:
    """Asks a source every `seconds`, and at once when something is to be given back, in a thread of its own.

    `counted` is told the counters, `trouble` an error when it is another one than before (None: it is over), `freed`
    the slot whose records were given back.
    """

    def __init__(
        self,
        source: CounterSource,
        seconds: float,
        *,
        counted: Callable[[Counters], None],
        trouble: Callable[[SimtoolError | None], None],
        freed: Callable[[str], None],
    ) -> None:
        self._source = source
        self._seconds = seconds
        self._counted = counted
        self._trouble = trouble
        self._freed = freed
        self._wake = threading.Event()
        self._ended = threading.Event()
        self._to_free: deque[str] = deque()
        self.unfinished: tuple[str, ...] | None = None
        """What the inventory says at the end; None while it is not over, or when there was no answer."""
        self._shown = ""
        self._thread = threading.Thread(target=self._run, name="station counters", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def free(self, slot: str) -> None:
        self._to_free.append(slot)
        self._wake.set()

    def soon(self) -> None:
        """A card is done: do not wait for the next turn."""
        self._wake.set()

    def close(self, patience: float) -> None:
        """Count once more, then end; an inventory that does not answer is waited for no longer than that."""
        self._ended.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(patience)

    def _run(self) -> None:
        last = False
        while not last:
            last = self._ended.is_set()
            began = time.monotonic()
            try:
                while self._to_free:
                    self._source.free(self._to_free[0])
                    self._freed(self._to_free.popleft())
                counters = self._source.read()
                if last:
                    self.unfinished = self._source.unfinished()
            except SimtoolError as error:
                self._tell(error)
            else:
                self._tell(None)
                self._counted(counters)
            if not last:
                least = max(LEAST_SECONDS, (time.monotonic() - began) / SHARE_OF_TIME)
                self._ended.wait(least)
                self._wake.wait(max(self._seconds - least, 0.0))
                self._wake.clear()
        self._source.close()

    def _tell(self, error: SimtoolError | None) -> None:
        """The same trouble once."""
        text = "" if error is None else str(error)
        if text != self._shown:
            self._shown = text
            self._trouble(error)


def is_complete(counters: Counters | None) -> bool:
    """The order is filled."""
    return counters is not None and counters.good >= counters.quantity > 0


def is_used_up(counters: Counters) -> bool:
    """The order is not filled, and no record is left that a card could be made with."""
    return not is_complete(counters) and counters.spare == 0 and counters.open == 0


def waits_for_quarantine(counters: Counters) -> bool:
    """The same, but for records that are in quarantine until somebody looks."""
    return not is_complete(counters) and counters.spare == 0 and counters.open == counters.quarantined > 0
