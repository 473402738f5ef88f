"""What the pages need of a station at work: the seam between `simtool.station.run.station` and everything here."""

from __future__ import annotations

from typing import Protocol

from simtool.station.events import OrderKind
from simtool.station.view import BenchView


class BenchSeam(Protocol):
    """A running station. Every method may be called from any thread."""

    def view(self) -> BenchView:
        """The bench now."""
        ...

    def wait_change(self, number: int, timeout: float) -> BenchView:
        """The bench as soon as it differs from view `number`, or as it is after `timeout` seconds. Blocks."""
        ...

    def order(self, kind: OrderKind, slot: str | None = None, text: str = "") -> None:
        """Tell one slot, or all of them. Raises `RefusedError` and `InputError`."""
        ...

    def scan(self, text: str, slot: str | None = None) -> str:
        """Digits from the barcode scanner, for one slot or whichever waits for them. Gives that slot's name.

        Raises `RefusedError` where nobody waits for a scan, `InputError` for text that is no ICCID.
        """
        ...

    def is_stopped(self, slot: str | None = None) -> bool:
        """Whether only a supervisor may let it go on: a slot, or the bench. Raises `InputError`."""
        ...

    def set_operator(self, name: str) -> None:
        """Whose work it is from here on; empty: nobody's."""
        ...
