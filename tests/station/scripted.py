"""Workers for tests: real processes that follow a script instead of a card.

The script is a JSON file SLOT.script in the place's folder: a list of steps, each a list of a word and its arguments.
What a worker was told it writes into SLOT.orders, its process number into SLOT.pid.
"""

from __future__ import annotations

import json
import os
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from simtool.station.events import CardDone, End, Noted, Order, OrderKind, Phase, Progressed, SlotChanged
from simtool.station.setup import WorkerSetup

ICCID = "8949440000001155{:02}7"


def write_script(folder: Path, slot: str, *steps: tuple[Any, ...]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{slot}.script").write_text(json.dumps(steps))


def orders_of(folder: Path, slot: str) -> list[str]:
    """What the worker was told, a line each: the kind and the text."""
    path = folder / f"{slot}.orders"
    return path.read_text().splitlines() if path.exists() else []


def pid_of(folder: Path, slot: str) -> int:
    path = folder / f"{slot}.pid"
    return int(path.read_text()) if path.exists() and path.read_text() else 0


class Actor:
    """One life of a scripted worker. Steps that were done in an earlier life are not done again."""

    def __init__(self, setup: WorkerSetup, pipe: Connection) -> None:
        self.setup, self.pipe = setup, pipe
        self.slot, self.folder = setup.slot.name, setup.place.folder
        self.ended = False

    def run(self) -> None:
        (self.folder / f"{self.slot}.pid").write_text(str(os.getpid()))
        script = json.loads((self.folder / f"{self.slot}.script").read_text())
        done = self.folder / f"{self.slot}.done"
        for number, (word, *arguments) in enumerate(script):
            if done.exists() and number < int(done.read_text()):
                continue
            done.write_text(str(number + 1))
            self.step(word, arguments)
            if self.ended:
                break
        while not self.ended:
            self.listen(None)
        self.phase("ended")

    def step(self, word: str, arguments: list[Any]) -> None:
        match word:
            case "phase":
                self.phase(*arguments)
            case "card":
                self.card(*arguments)
            case "listen":
                self.listen(None)
            case "wait":
                self.listen(arguments[0])
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case "raise":
                raise RuntimeError(arguments[0])
            case "leave":
                self.pipe.close()
                os._exit(arguments[0])
            case "hang":
                time.sleep(3600)
            case "flood":
                for number in range(arguments[0]):
                    self.pipe.send(Progressed(self.slot, time.time(), number, arguments[0], "flood"))
            case "nonsense":
                self.pipe.send({"what": "is this"})
                self.pipe.send(Noted("another slot", time.time(), "not mine"))
            case "note":
                self.pipe.send(Noted(self.slot, time.time(), arguments[0]))

    def phase(self, phase: str, message: str = "", iccid: str = "") -> None:
        self.pipe.send(SlotChanged(self.slot, time.time(), Phase(phase), message, iccid=iccid, product="fake"))

    def card(self, number: int, end: str = "good", cause: str = "") -> None:
        iccid = ICCID.format(number)
        self.phase("programming", iccid=iccid)
        self.pipe.send(CardDone(self.slot, time.time(), End(end), iccid, "fake", cause, busy=1.0))
        self.phase("good" if end == "good" else "reject", cause, iccid)

    def listen(self, seconds: float | None) -> None:
        """Take one order, or wait so long for one."""
        if not self.pipe.poll(seconds):
            return
        order = self.pipe.recv()
        assert isinstance(order, Order)
        with (self.folder / f"{self.slot}.orders").open("a") as file:
            file.write(f"{order.kind.value} {order.text}".strip() + "\n")
        if order.kind is OrderKind.END:
            self.ended = True
        elif order.kind is OrderKind.STOP:
            self.phase("stopped", order.text)
        elif order.kind is OrderKind.PAUSE:
            self.phase("paused", order.text)
        elif order.kind is OrderKind.RESUME:
            self.phase("insert")


def work(setup: WorkerSetup, pipe: Connection) -> None:
    try:
        Actor(setup, pipe).run()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        (setup.place.folder / f"{setup.slot.name}.orphan").write_text("the station is gone")
