"""A robot at a real bench: `simtool station run --jsonl` as a process, software cards in the slots of a virtual reader.

It reads the events on the station's stdout and does what they say: card in at INSERT, card out at the end of it.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simtool.softcard.card import SoftCard
from simtool.softcard.vpcd import VpcdClient
from tests.harness.bench import VirtualBench

PATIENCE = 90.0


class Slow:
    """A card that takes its time over every command, so that things can happen meanwhile."""

    def __init__(self, card: SoftCard, seconds: float) -> None:
        self.card, self.seconds = card, seconds

    def power_on(self) -> bytes:
        return self.card.power_on()

    def power_off(self) -> None:
        self.card.power_off()

    def reset(self) -> bytes:
        return self.card.reset()

    def transmit(self, tpdu: bytes) -> bytes:
        time.sleep(self.seconds)
        return self.card.transmit(tpdu)


@dataclass
class Seated:
    """A card in a slot; its side of the reader runs in a thread."""

    card: SoftCard
    stop: threading.Event
    thread: threading.Thread


@dataclass
class Robot:
    """Puts `cards` into the slots of `bench` as the station asks for them, and keeps what it heard."""

    bench: VirtualBench
    folder: Path
    cards: deque[SoftCard]
    heard: list[dict[str, Any]] = field(default_factory=list)
    seated: dict[str, Seated] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    slow: float = 0.0
    does: Callable[[Robot, dict[str, Any]], bool] = lambda robot, event: False
    _unread: bytes = b""

    def start(self, *words: str | Path) -> None:
        """`simtool station run … --jsonl`."""
        (self.folder / "bench.yaml").write_text(self.bench.yaml())
        command = [sys.executable, "-m", "simtool.cli", "station", "run", *map(str, words), "--jsonl"]
        environment = {**self.bench.environment, "SIMTOOL_STATE": str(self.folder / "state")}
        with (self.folder / "errors.txt").open("ab") as errors:
            self.process = subprocess.Popen(
                [*command, "--bench", str(self.folder / "bench.yaml")],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=environment,
            )  # fmt: skip

    def say(self, **order: str) -> None:
        assert self.process is not None and self.process.stdin is not None
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        self.process.stdin.flush()

    def until(self, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Work until an event for which that is true came."""
        deadline = time.monotonic() + PATIENCE
        assert self.process is not None and self.process.stdout is not None
        number = self.process.stdout.fileno()
        with selectors.DefaultSelector() as selector:
            selector.register(number, selectors.EVENT_READ)
            while True:
                line, found, rest = self._unread.partition(b"\n")
                if found:
                    self._unread = rest
                    event = json.loads(line)
                    self.heard.append(event)
                    if not self.does(self, event):
                        self.act(event)
                    if true(event):
                        return event
                    continue
                assert time.monotonic() < deadline, f"it never came; {self.heard[-1]}; {self.said()}"
                if selector.select(0.5):
                    read = os.read(number, 65536)
                    assert read, f"the station ended: {self.said()}"
                    self._unread += read

    def end(self) -> int:
        """Work until the summary; gives the exit code."""
        self.until(lambda event: event["event"] == "summary")
        assert self.process is not None
        return self.process.wait(PATIENCE)

    def said(self) -> str:
        return (self.folder / "errors.txt").read_text()

    def act(self, event: dict[str, Any]) -> None:
        if event["event"] != "changed":
            return
        slot = event["slot"]
        match event["phase"]:
            case "insert" if slot not in self.seated and self.cards:
                self.insert(slot, self.cards.popleft())
            case "good" | "reject" | "remove" if slot in self.seated:
                self.remove(slot)
            case "reseat" if slot in self.seated:
                card = self.seated[slot].card
                self.remove(slot)
                self.insert(slot, card)

    def insert(self, slot: str, card: SoftCard) -> None:
        port = next(one.port for one in self.bench.slots if one.name == slot)
        stop = threading.Event()
        thread = threading.Thread(target=VpcdClient(Slow(card, self.slow), port=port).run, args=(stop,), daemon=True)
        self.seated[slot] = Seated(card, stop, thread)
        thread.start()

    def remove(self, slot: str) -> SoftCard:
        seated = self.seated.pop(slot)
        seated.stop.set()
        seated.thread.join(10)
        return seated.card

    def close(self) -> None:
        for slot in list(self.seated):
            self.remove(slot)
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            for pipe in (self.process.stdin, self.process.stdout):
                assert pipe is not None
                pipe.close()
