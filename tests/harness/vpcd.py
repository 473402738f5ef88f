"""Puts a card object into a slot of the virtual reader and takes it out again.

A card is anything with `power_on`, `power_off`, `reset` and `transmit` (the software card's side of
`simtool.softcard.vpcd`). A slot holds one card at a time on the whole machine: a file lock makes others wait.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from simtool.softcard.vpcd import VpcdClient
from tests.harness.pcscd import VIRTUAL_READERS, card_present
from tests.harness.programs import HarnessError

FIRST_PORT = 35963
SEAT_SECONDS = 10.0


class Card(Protocol):
    """What the virtual reader asks of a card."""

    def power_on(self) -> bytes: ...

    def power_off(self) -> None: ...

    def reset(self) -> bytes: ...

    def transmit(self, tpdu: bytes) -> bytes: ...


@contextmanager
def seated(card: Card, slot: int = 0) -> Iterator[str]:
    """The card sits in `slot` (0 or 1) of "Virtual PCD"; gives the reader's name. Needs a running PC/SC service."""
    reader = VIRTUAL_READERS[slot]
    stop = threading.Event()
    failures: list[BaseException] = []

    def serve() -> None:
        try:
            VpcdClient(card, port=FIRST_PORT + slot).run(stop)
        except Exception as error:
            failures.append(error)

    with slot_lock(slot):
        _await_card(reader, present=False, failures=failures)
        thread = threading.Thread(target=serve, name=f"vpcd-slot-{slot}", daemon=True)
        thread.start()
        try:
            _await_card(reader, present=True, failures=failures)
            yield reader
        finally:
            stop.set()
            thread.join(SEAT_SECONDS)
            _await_card(reader, present=False, failures=[])
    if failures:
        raise HarnessError(f"the card in {reader} broke: {failures[0]!r}") from failures[0]


@contextmanager
def slot_lock(slot: int) -> Iterator[None]:
    """Hold a slot against every other test process of this user."""
    path = Path(tempfile.gettempdir()) / f"simtool-vpcd-slot-{slot}-{os.geteuid()}.lock"
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _await_card(reader: str, *, present: bool, failures: list[BaseException]) -> None:
    deadline = time.monotonic() + SEAT_SECONDS
    while card_present(reader) != present:
        if failures:
            raise HarnessError(f"the card for {reader} broke: {failures[0]!r}") from failures[0]
        if time.monotonic() > deadline:
            raise HarnessError(f"{reader} does not report a card" if present else f"{reader} still holds a card")
        time.sleep(0.02)
