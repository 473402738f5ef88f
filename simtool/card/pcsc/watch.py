"""Waiting for cards to come and go in one reader (PC/SC's SCardGetStatusChange)."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType

from simtool.card.pcsc import api
from simtool.errors import ReaderError


@dataclass(frozen=True, slots=True)
class ReaderState:
    """One reader at one moment. `mute`: a card is in it that gave no ATR. `in_use`: a program is connected to it.

    `events` is PC/SC's counter of insertions and removals, modulo 65536: where it differs between two looks, the card
    in the reader may be another one.
    """

    name: str
    present: bool
    mute: bool
    atr: bytes
    in_use: bool
    events: int


class ReaderWatch:
    """Looks at one reader, by its full name, through a context of its own.

    It goes on when its reader was unplugged and comes back under the same name. When the PC/SC service went away it
    never works again: make a new one. One thread at a time may use it.
    """

    def __init__(self, name: str) -> None:
        """Raises `ReaderError` where there is no service or no such reader."""
        self.name = name
        self._scard = api.load_scard()
        self._context: int | None = api.establish(self._scard)
        self._seen = api.STATE_UNAWARE
        try:
            self.now()
        except BaseException:
            self.close()
            raise

    def now(self) -> ReaderState:
        """The reader as it is; the next `wait` waits for a change from it. Raises `ReaderError`."""
        return self._ask(0, api.STATE_UNAWARE)

    def wait(self, timeout_seconds: float) -> ReaderState:
        """Block until something changed since the last look or the time is over; the reader as it is then.

        Nothing but `in_use` may have changed; not every such change ends the wait. Raises `ReaderError` when service or
        reader are gone.
        """
        return self._ask(max(0, round(timeout_seconds * 1000)), self._seen)

    def close(self) -> None:
        """Free the context. Calling it again does nothing."""
        if self._context is not None:
            self._scard.SCardReleaseContext(self._context)
            self._context = None

    def __enter__(self) -> ReaderWatch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, milliseconds: int, seen: int) -> ReaderState:
        if self._context is None:
            raise ReaderError(f"{self.name}: the watch is closed")
        code, states = self._scard.SCardGetStatusChange(self._context, milliseconds, [(self.name, seen)])
        if code & 0xFFFFFFFF != api.TIMEOUT:  # then the state is told all the same
            api.raise_unless_ok(code, self.name)
        _name, state, atr = states[0]
        if state & api.STATE_ABSENT:
            self._seen = api.STATE_UNAWARE
            api.raise_unless_ok(api.UNKNOWN_READER, self.name)
        self._seen = state & ~api.STATE_CHANGED
        return ReaderState(
            self.name,
            present=bool(state & api.STATE_PRESENT),
            mute=bool(state & api.STATE_MUTE),
            atr=bytes(atr) if state & api.STATE_PRESENT else b"",
            in_use=bool(state & api.STATE_IN_USE),
            events=state >> 16 & 0xFFFF,
        )
