"""Faults on request: a wrapper around a card that breaks it at a chosen moment, the same way for the same seed.

For tests and rehearsals. A `Fault` says what happens and when: at the n-th command, or at the n-th one that writes.
What a terminal sees of a mute card is no answer at all (b""); a card that lost its contacts raises `CardRemovedError`
until it is powered on again. A torn software card loses what the command had not yet made to survive.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from simtool.errors import CardRemovedError
from simtool.softcard.card import SoftCard
from simtool.softcard.state import MemoryStore

WRITING = frozenset((
    0xD6, 0xDC, 0xDB, 0x32, 0x24, 0x26, 0x28, 0x2C, 0xE0, 0xE2, 0xE4, 0xD4, 0xD8, 0x44, 0x04, 0xE6, 0xE8, 0xF0, 0xFE,
))  # fmt: skip
"""Instructions that write whenever they succeed; what a card of another make stores beside is not known here."""


class Endpoint(Protocol):
    """A card as a reader sees it."""

    def power_on(self) -> bytes: ...

    def power_off(self) -> None: ...

    def reset(self) -> bytes: ...

    def transmit(self, tpdu: bytes) -> bytes: ...


class Kind(Enum):
    """What goes wrong."""

    TEAR_BEFORE = "power lost before the write"
    TEAR_DURING = "power lost within the write: the old or the new state"
    TEAR_AFTER = "power lost after the write, before the answer"
    TEAR_APPLET = "power lost before a write of an applet"
    CONTACT_LOSS = "the card leaves the reader before the command"
    SWAP = "the card leaves the reader, and another one comes in its place"
    MUTE = "no answer"
    SLOW = "the answer comes late"
    WRONG_SW = "another status word in place of the answer"
    CORRUPT = "one byte of the answer changed"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `at` counts from 1: commands, or with `writes` only those that write; `times` how often in a row.

    For TEAR_APPLET what counts is each write of an applet's run, of a word or an array at once, in whatever command.
    `sw` is the word of WRONG_SW, `seconds` the delay of SLOW, `replacement` the card that SWAP puts in.
    """

    kind: Kind
    at: int
    writes: bool = False
    times: int = 1
    sw: int = 0x6F00
    seconds: float = 1.0
    replacement: Endpoint | None = None

    def strikes(self, count: int) -> bool:
        return self.at <= count < self.at + self.times


class _PowerLost(BaseException):
    """Gets from the store, through the card, to the wrapper."""


class _TearingStore(MemoryStore):
    """In front of a card's store: loses power at the moment of a write."""

    def __init__(self, inner: MemoryStore) -> None:
        self.inner = inner
        self.before_write: Callable[[], bool] | None = None

    @property
    def values(self) -> dict[str, Any]:  # type: ignore[override]
        return self.inner.values

    def put(self, changes: dict[str, Any]) -> None:
        hook, self.before_write = self.before_write, None
        if hook is None:
            self.inner.put(changes)
            return
        if hook():
            self.inner.put(changes)
        raise _PowerLost

    def close(self) -> None:
        self.inner.close()


class FaultyCard:
    """A card with faults. Commands are counted over all power cycles; `log` tells what struck."""

    def __init__(self, card: Endpoint, faults: Iterable[Fault], *, seed: int = 0) -> None:
        self.card = card
        self.faults = tuple(faults)
        self.log: list[str] = []
        self._random = random.Random(seed)  # noqa: S311  # repeatable on purpose
        self._commands = 0
        self._writes = 0
        self._gone = False
        self._store: _TearingStore | None = None
        self._applet_writes = 0
        if isinstance(card, SoftCard):
            self._store = _TearingStore(card.store)
            card.store = self._store
            if any(one.kind is Kind.TEAR_APPLET for one in self.faults):
                card.before_applet_write = self._before_applet_write

    def power_on(self) -> bytes:
        self._gone = False
        return self.card.power_on()

    def power_off(self) -> None:
        self.card.power_off()

    def reset(self) -> bytes:
        if self._gone:
            raise CardRemovedError("the card is not in the reader")
        return self.card.reset()

    def transmit(self, tpdu: bytes) -> bytes:
        """One command, with the fault whose turn it is."""
        if self._gone:
            raise CardRemovedError("the card is not in the reader")
        self._commands += 1
        writing = len(tpdu) > 1 and tpdu[1] in WRITING
        self._writes += writing
        fault = next((one for one in self.faults if self._is_due(one, writing)), None)
        if fault is None:
            return self._run(tpdu)
        self.log.append(f"command {self._commands}: {fault.kind.value}")
        return self._strike(fault, tpdu)

    def _run(self, tpdu: bytes) -> bytes:
        try:
            return self.card.transmit(tpdu)
        except _PowerLost:
            self.log.append(f"command {self._commands}: {Kind.TEAR_APPLET.value}")
            self._lose()
            raise CardRemovedError("the card left the reader") from None

    def _before_applet_write(self) -> None:
        """An applet is about to write: the card loses power if this is the write to do it at."""
        self._applet_writes += 1
        due = any(one.kind is Kind.TEAR_APPLET and one.strikes(self._applet_writes) for one in self.faults)
        if due and isinstance(self.card, SoftCard):
            self.card.tear_applet()
            raise _PowerLost

    def _is_due(self, fault: Fault, writing: bool) -> bool:
        if fault.kind is Kind.TEAR_APPLET:
            return False  # struck from within the run
        if fault.writes:
            return writing and fault.strikes(self._writes)
        return fault.strikes(self._commands)

    def _strike(self, fault: Fault, tpdu: bytes) -> bytes:
        match fault.kind:
            case Kind.CONTACT_LOSS:
                self._lose()
            case Kind.SWAP:
                self._lose()
                if fault.replacement is not None:
                    self._store = None
                    self.card = fault.replacement
            case Kind.TEAR_BEFORE | Kind.TEAR_DURING | Kind.TEAR_AFTER:
                self._tear(fault.kind, tpdu)
            case Kind.MUTE:
                return b""
            case Kind.SLOW:
                time.sleep(fault.seconds)
                return self.card.transmit(tpdu)
            case Kind.WRONG_SW:
                return fault.sw.to_bytes(2)
            case Kind.CORRUPT:
                answer = bytearray(self.card.transmit(tpdu))
                if answer:
                    answer[self._random.randrange(len(answer))] ^= self._random.randrange(1, 256)
                return bytes(answer)
        raise CardRemovedError("the card left the reader")

    def _tear(self, kind: Kind, tpdu: bytes) -> None:
        """Run the command until the moment of the tear. A card without a store of ours tears around the command."""
        keeps = {Kind.TEAR_BEFORE: False, Kind.TEAR_AFTER: True}.get(kind, self._random.random() < 0.5)
        if self._store is None:
            if keeps:
                self.card.transmit(tpdu)
        else:
            self._store.before_write = lambda: keeps
            try:
                self.card.transmit(tpdu)
            except _PowerLost:
                pass
            self._store.before_write = None
        self._lose()

    def _lose(self) -> None:
        if isinstance(self.card, SoftCard):
            self.card.power_loss()
        else:
            self.card.power_off()
        self._gone = True
