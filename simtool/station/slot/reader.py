"""The reader of a slot: whether a card is in it, and the link to that card."""

from __future__ import annotations

from typing import Protocol

from simtool.card.transport import Transport


class Seat(Protocol):
    """A reader at one moment (`simtool.card.pcsc.ReaderState` is one).

    `mute`: a card is there and does not answer to power. `events` counts insertions and removals: where it differs
    between two looks, the card may be another one.
    """

    @property
    def present(self) -> bool: ...

    @property
    def mute(self) -> bool: ...

    @property
    def events(self) -> int: ...


class SlotReader(Protocol):
    """The reader of one slot, through all that may happen to it.

    `now`, `wait` and `open` raise `ReaderError` while reader or PC/SC service are not there; they find it again by
    themselves when it is back.
    """

    def now(self) -> Seat:
        """The reader as it is."""

    def wait(self, seconds: float) -> Seat:
        """Wait until something changes, at most so long; the reader as it is then."""

    def open(self) -> Transport:
        """Power the card and connect to it alone.

        Raises `CardError` when it cannot be reached, `RefusedError` when it is not one for this reader.
        """

    def close(self) -> None: ...
