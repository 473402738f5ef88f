"""A table of the warehouse: a private bench, a robot for hands, and a station of its own that may be killed.

The station is the real command, `simtool station run --jsonl`, in a process of its own; it is told orders and a
supervisor's PIN through its stdin, as a script would do it.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.harness.bench import VirtualBench
from tests.harness.plastic import Plastic
from tests.harness.programs import HarnessError
from tests.harness.robot import ASIDE, BAD, GOOD, Robot

ROOT = Path(__file__).resolve().parents[2]
HAND = ROOT / "tests" / "harness" / "robot_hand.py"
SIMTOOL = [sys.executable, "-m", "simtool.cli"]
LOOK_SECONDS = 1.2
"""How long a person takes to come to a slot that asks for a re-seat: a shaky contact may be back by then."""
NOT_NEEDED = ("order is complete",)
ELSEWHERE = ("not a card of this batch", "this card is at work", "does not answer")
"""Reasons that may not be the card's: a misread number, another slot that has it, contacts on the wrong side."""
PAUSE_SECONDS = 2.0
"""Nobody is in a hurry with cards of which the station says that it needs no more."""
END_SECONDS = 60.0


@dataclass(frozen=True)
class Crew:
    """Who works here: the operator's name and PIN, and a supervisor's."""

    operator: str
    pin: str
    supervisor: str
    supervisor_pin: str


@dataclass(frozen=True)
class Works:
    """Where a station finds its work: state folder, inventory, vault, batch; `options` are words for its command."""

    state: Path
    url: str
    vault: str
    batch: str
    crew: Crew | None = None
    options: tuple[str, ...] = ()


@dataclass
class Table:
    """`name` is the station's. With `handlers` the robot is feeder and sorter, else it does what the screen says."""

    name: str
    bench: VirtualBench
    robot: Robot
    works: Works
    handlers: bool = False
    more: str = ""
    events: list[dict[str, Any]] = field(default_factory=list)
    lives: int = 0
    view: dict[str, Any] = field(default_factory=dict)
    _process: subprocess.Popen[str] | None = None
    _phases: dict[str, tuple[str, str]] = field(default_factory=dict)
    _jobs: dict[str, queue.SimpleQueue[str | None]] = field(default_factory=dict)
    _threads: list[threading.Thread] = field(default_factory=list)
    _server: socketserver.BaseServer | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Begin, or begin again after a kill: the cards stay in their slots."""
        self.lives += 1
        place = self.bench.folder / "bench.yaml"
        if self.handlers and not place.exists():
            self.robot.second_look = self._sort_out
            self._server = self.robot.serve(self.bench.folder / "robot")
        place.write_text(self.bench.yaml(self.name, more=self.more + self._handler()))
        crew = self.works.crew
        words = ["station", "run", self.works.batch, "--bench", str(place), "--name", self.name, "--jsonl"]
        words += ["--until-complete", *self.works.options]
        environment = {**self.bench.environment, "SIMTOOL_STATE": str(self.works.state), "PYTHONUNBUFFERED": "1"}
        environment |= {"SIMTOOL_INVENTORY": self.works.url, "SIMTOOL_VAULT": self.works.vault}
        if crew is not None:
            words += ["--operator", crew.operator]
            environment["SIMTOOL_OPERATOR_PIN"] = crew.pin
        with (self.bench.folder / f"station-{self.lives}.err").open("wb") as errors:
            self._process = subprocess.Popen(
                [*SIMTOOL, *words], cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=errors, start_new_session=True,
            )  # fmt: skip
        for name in self.robot.seats:
            if name not in self._jobs:
                self._jobs[name] = queue.SimpleQueue()
                hand = threading.Thread(target=self._hand, args=(name,), name=f"hand-{name}", daemon=True)
                hand.start()
                self._threads.append(hand)
        follower = threading.Thread(target=self._follow, args=(self._process,), name=self.name, daemon=True)
        follower.start()
        self._threads.append(follower)

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Of the station; it leads a session of its own, and its workers are in it. 0 before it was started."""
        return 0 if self._process is None else self._process.pid

    def phases(self) -> set[str]:
        """What the slots show now; empty before all of them showed something."""
        shown = {phase for phase, _ in self._phases.values()}
        return shown if len(self._phases) == len(self.robot.seats) else set()

    @property
    def exit_code(self) -> int | None:
        return None if self._process is None else self._process.poll()

    @property
    def errors(self) -> str:
        """What the station and its workers wrote on stderr in all of its lives."""
        return "".join(path.read_text(errors="replace") for path in sorted(self.bench.folder.glob("station-*.err")))

    def kill(self) -> None:
        """As when the computer's plug is pulled, for this one process: its workers have to notice by themselves."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def close(self) -> None:
        """Kill the station if it still runs, take the cards out, send everybody home."""
        self.kill()
        for jobs in self._jobs.values():
            jobs.put(None)
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        for thread in self._threads:
            thread.join(END_SECONDS)
        self.robot.clear()

    def end(self) -> int:
        """Tell the station to end after the cards at hand; gives its exit code. Raises `HarnessError` if it hangs."""
        if self._process is None:
            return 0
        if self.running:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            raise HarnessError(f"station {self.name} does not end") from None

    def order(self, **words: str) -> None:
        with self._lock:
            process = self._process
            if process is None or process.stdin is None or process.poll() is not None:
                return
            try:
                process.stdin.write(json.dumps(words) + "\n")
                process.stdin.flush()
            except (OSError, ValueError):  # it has just ended
                return

    def done(self, end: str) -> list[dict[str, Any]]:
        """The cards that ended so, as the station told it."""
        return [event for event in self.events if event.get("event") == "card" and event["end"] == end]

    def _handler(self) -> str:
        if not self.handlers:
            return ""
        robot = [sys.executable, "-I", "-S", str(HAND), str(self.bench.folder / "robot")]
        verbs = {"get": ["get", "{slot}"], "good": [GOOD, "{slot}"], "bad": [BAD, "{slot}", "{cause}"]}
        lines = [f"  {name}: {json.dumps([*robot, *words])}" for name, words in verbs.items()]
        return "\n".join(["handler:", *lines, "  seconds: 30"]) + "\n"

    # The person at the table

    def _follow(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None and process.stdin is not None
        with process.stdout:
            for line in process.stdout:
                try:
                    event = json.loads(line)
                except ValueError:
                    continue
                self._see(event)
        with self._lock, suppress(OSError):
            process.stdin.close()

    def _see(self, event: dict[str, Any]) -> None:
        if event.get("event") == "view":
            self.view = event
            if event["stopped"]:
                self._resume(None)
            return
        if event.get("event") != "progress":
            self.events.append(event)
        if event.get("event") == "changed":
            self._phases[event["slot"]] = (event["phase"], event["message"])
            self._jobs[event["slot"]].put(event["phase"])

    def _hand(self, name: str) -> None:
        """One slot's jobs, in order. What a feeder and sorter do is left to them."""
        jobs = self._jobs[name]
        while True:
            phase = jobs.get()
            if phase is None:
                return
            try:
                self._do(name, phase)
            except Exception as error:
                self.robot.seats[name].error = error

    def _do(self, name: str, phase: str) -> None:
        robot, by_hand = self.robot, not self.handlers
        match phase:
            case "insert" if by_hand:
                while self.running and self._phases[name][0] == "insert" and not robot.get(name, seconds=0.5):
                    pass
            case "good" if by_hand:
                robot.take(name, GOOD)
            case "reject" if by_hand:
                robot.take(name, BAD)
            case "remove" if by_hand:
                self._aside(name)
            case "reseat":
                time.sleep(LOOK_SECONDS)
                if self._phases[name][0] == "reseat":
                    robot.reseat(name)
            case "attention":
                time.sleep(LOOK_SECONDS)
                if self._phases[name][0] == "attention":
                    self._aside(name)
                    self._resume(name)
            case "stopped":
                self._resume(name)

    def _aside(self, name: str) -> None:
        plastic = self.robot.take(name, ASIDE)
        if plastic is not None:
            self._sort_out(plastic, self._phases[name][1])

    def _sort_out(self, plastic: Plastic, why: str) -> None:
        """Look at a card that a slot did not want: a finished one belongs to the good ones, others are tried again."""
        if "is good already" in why:
            self.robot.move(plastic, GOOD)
        elif any(words in why for words in NOT_NEEDED):
            time.sleep(PAUSE_SECONDS)
            self.robot.move(plastic, "")
        elif any(words in why for words in ELSEWHERE) and self.robot.may_return(plastic):
            self.robot.move(plastic, "")

    def _resume(self, slot: str | None) -> None:
        """The supervisor comes and lets it go on."""
        words = {"order": "resume"} | ({} if slot is None else {"slot": slot})
        crew = self.works.crew
        if crew is not None:
            words |= {"by": crew.supervisor, "pin": crew.supervisor_pin}
        self.order(**words)


def simtool(works: Works, *words: str, check: bool = True, environment: dict[str, str] | None = None) -> str:
    """A command of simtool at this inventory; gives what it shows. Raises `HarnessError` when it fails."""
    environment = {**os.environ, **(environment or {}), "SIMTOOL_STATE": str(works.state)}
    environment |= {"SIMTOOL_INVENTORY": works.url, "SIMTOOL_VAULT": works.vault}
    done = subprocess.run(
        [*SIMTOOL, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip
    if check and done.returncode:
        raise HarnessError(f"simtool {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def wait_for(condition: Callable[[], bool], tables: Iterable[Table], *, seconds: float, what: str) -> None:
    """Until it is so. Raises `HarnessError` with what the slots show when it does not come, or a hand broke."""
    tables, deadline = list(tables), time.monotonic() + seconds
    while not condition():
        for table in tables:
            table.robot.raise_errors()
        if time.monotonic() > deadline:
            raise HarnessError(f"{what} did not come within {seconds:g} s\n" + "\n".join(map(shown, tables)))
        time.sleep(0.05)


def shown(table: Table) -> str:
    """What stands on the screens, and what the hands have done last."""
    counters = table.view.get("counters", {})
    lines = [f"station {table.name}, {'running' if table.running else f'ended with {table.exit_code}'}: {counters}"]
    for slot in table.view.get("slots", ()):
        plastic = table.robot.seats[slot["name"]].plastic
        lines.append(f"  slot {slot['name']}: {slot['phase']} {slot['message']} | holds {plastic}")
    lines += [f"  {line}" for line in table.robot.story[-20:]]
    return "\n".join([*lines, table.errors[-2000:]])
