"""`simtool station run` at a pseudo terminal: what is seen, what keys do, and that the terminal is left as it was."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from simtool.crypto.secret import Secret
from simtool.inventory.life import RecordState
from simtool.inventory.people import Role, add_operator
from simtool.softcard.card import SoftCard
from simtool.softcard.vpcd import VpcdClient
from tests.harness.bench import VirtualBench, virtual_bench
from tests.station.rig import BATCH, NUMBERED, Warehouse, warehouse

PATIENCE = 60.0
LINES, COLUMNS = 30, 110
_STYLES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


@dataclass
class Person:
    """Somebody at the terminal, with cards in the hand."""

    process: subprocess.Popen[bytes]
    end: int
    theirs: int
    before: list[Any]
    bench: VirtualBench
    text: str = ""
    hands: list[Callable[[], None]] = field(default_factory=list)

    @property
    def frame(self) -> str:
        """The screen as it was drawn last: rich goes to its upper left corner for each."""
        return _STYLES.sub("", self.text.rpartition("\x1b[H")[2])

    def sees(self, *words: str) -> str:
        deadline = time.monotonic() + PATIENCE
        while not all(word in self.frame for word in words):
            assert time.monotonic() < deadline, f"{words} never came; there is {self.frame}"
            self.read()
        return self.frame

    def read(self) -> None:
        if select.select([self.end], [], [], 0.1)[0]:
            self.text += os.read(self.end, 65536).decode("utf-8", "replace")

    def type(self, keys: str) -> None:
        os.write(self.end, keys.encode())

    def insert(self, slot: int, card: SoftCard) -> None:
        stop = threading.Event()
        client = VpcdClient(card, port=self.bench.slots[slot].port)
        thread = threading.Thread(target=client.run, args=(stop,), daemon=True)
        thread.start()

        def remove() -> None:
            stop.set()
            thread.join(10)

        self.hands.append(remove)

    def ends(self) -> int:
        """Read on until it has ended; gives the exit code."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < deadline, self.frame
            self.read()
        while select.select([self.end], [], [], 0)[0]:
            self.read()
        assert termios.tcgetattr(self.theirs) == self.before, "the terminal is not as it was"
        return self.process.returncode


@pytest.fixture(scope="module")
def bench() -> Iterator[VirtualBench]:
    with virtual_bench(2) as made:
        yield made


@pytest.fixture
def here(tmp_path: Path) -> Warehouse:
    return warehouse(tmp_path, NUMBERED, quantity=3)


Sit = Callable[..., Person]


@pytest.fixture
def sit(bench: VirtualBench, here: Warehouse) -> Iterator[Sit]:
    people: list[Person] = []

    def down(*words: str) -> Person:
        (here.folder / "bench.yaml").write_text(bench.yaml())
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        before = termios.tcgetattr(theirs)
        command = [sys.executable, "-m", "simtool.cli", "station", "run", BATCH, "--name", "north", "--bench"]
        process = subprocess.Popen(
            [*command, str(here.folder / "bench.yaml"), "--no-gate", *words],
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            env={**bench.environment, "SIMTOOL_STATE": str(here.folder / "state"), "TERM": "xterm-256color"},
        )  # fmt: skip
        people.append(Person(process, ours, theirs, before, bench))
        return people[-1]

    yield down
    for person in people:
        person.process.kill()
        person.process.wait()
        for remove in person.hands:
            remove()
        os.close(person.end)
        os.close(person.theirs)


def test_a_card_is_made(sit: Sit, here: Warehouse) -> None:
    person = sit()
    person.sees("INSERT CARD", "0 of 3 good", "FIRST ARTICLE GATE IS OFF", "batch b1", "for ACME")
    person.insert(0, here.card())
    person.sees("GOOD · take it out", "1 of 3 good")
    person.type("q")
    person.sees("end after the cards at hand?")
    person.type("y\r")
    assert person.ends() == 0
    assert "1" in person.text.rpartition("\x1b[?1049l")[2]
    assert here.states().count(RecordState.GOOD) == 1


def test_keys(sit: Sit) -> None:
    person = sit()
    person.sees("INSERT CARD")
    person.type("?")
    person.sees("acknowledge what a slot in ATTENTION shows")
    person.type("?")
    person.sees("INSERT CARD")
    person.type("p")
    person.sees("PAUSED: no further card is begun")
    person.type("r")
    person.sees("the bench may go on", "INSERT CARD")
    person.type("2p")
    person.sees("slot 2 pauses", "PAUSED", "INSERT CARD")
    person.type("https://a.example/qpr\r")
    person.sees("no slot waits for a scan")
    person.process.send_signal(signal.SIGINT)
    assert person.ends() == 0
    assert "https" not in person.text.partition("\x1b[?1049h")[0]


def test_an_operator_logs_in_and_a_supervisor_lets_go_on(sit: Sit, here: Warehouse) -> None:
    """The PINs are not seen; a scan of another card stops the slot until the supervisor agrees."""
    with here.inventory() as inventory:
        add_operator(inventory, "Ada", Role.OPERATOR, Secret(b"834162"))
        add_operator(inventory, "Eve", Role.SUPERVISOR, Secret(b"276395"))
    person = sit("--operator", "Ada", "--scan")
    while "PIN of Ada" not in person.text:
        person.read()
    person.type("834162\n")
    person.sees("INSERT CARD", "operator Ada")
    person.insert(1, here.card())
    person.sees("SCAN")
    person.type(f"{here.issued[2].iccid}\r")
    person.sees("ATTENTION")
    person.type("a")
    person.sees("only a supervisor lets this go on. Name:")
    person.type("Eve\r")
    person.sees("PIN of Eve:")
    person.type("111111\r")
    person.sees("name or PIN is wrong")
    person.type("2a")
    person.sees("Name:")
    person.type("Eve\r")
    person.sees("PIN of Eve:")
    person.type("276395\r")
    person.sees("slot 2 may go on", "REMOVE")
    person.type("q")
    person.sees("end after the cards at hand?")
    person.type("y\r")
    assert person.ends() == 3, "a card was not good, and the order is open"
    assert "834162" not in person.text and "276395" not in person.text


def test_the_terminal_is_put_back_after_two_interrupts(sit: Sit) -> None:
    person = sit()
    person.sees("INSERT CARD")
    for _ in range(2):
        person.process.send_signal(signal.SIGINT)
    assert person.ends() == 0
