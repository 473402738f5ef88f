"""Two stations with four slots each at one order, killed again and again: just what was ordered, no record twice."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from simtool.inventory import production, work
from simtool.inventory.find import reconciliation
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import RecordState
from simtool.inventory.orders import create_batch, order_for
from simtool.inventory.records import records
from simtool.inventory.visits import tally, visits
from tests.inventory.conftest import WHO

ROOT = Path(__file__).resolve().parents[2]
HOLDERS = [f"{station}/{slot}" for station in ("north", "south") for slot in range(4)]
KILLS = 8
ALIVE = (RecordState.GOOD, RecordState.SHIPPED, RecordState.CLAIMED, RecordState.PROGRAMMING)


class Bench:
    """The slots as processes, each with a log of its own for every life."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.logs: list[Path] = []
        self.running = {holder: self.begin(holder) for holder in HOLDERS}

    def begin(self, holder: str) -> subprocess.Popen[bytes]:
        log = self.folder / f"slot-{len(self.logs)}.log"
        self.logs.append(log)
        with log.open("wb") as stream:
            command = [sys.executable, "-m", "tests.inventory.slots", str(self.folder), self.url, "b1", holder]
            return subprocess.Popen(command, cwd=ROOT, stdout=stream, stderr=subprocess.STDOUT)

    def kill(self, holder: str) -> None:
        self.running[holder].send_signal(signal.SIGKILL)
        self.running[holder].wait()
        self.running[holder] = self.begin(holder)

    def lines(self) -> list[str]:
        return [line for log in self.logs for line in log.read_text().splitlines()]


@pytest.mark.parametrize(("kind", "quantity"), [("sqlite", 100), ("postgresql", 250)])
def test_slots_that_are_killed_make_what_was_ordered(
    kind: str, quantity: int, request: pytest.FixtureRequest, profile: Path, tmp_path: Path
) -> None:
    url = request.getfixturevalue("database") if kind == "postgresql" else ""
    chance = random.Random(7)  # noqa: S311
    with Inventory.create(tmp_path, url=url, who=WHO) as inventory:
        create_batch(inventory, "b1", order_for(profile, "ACME", quantity, 20))
        production.generate(inventory, "b1")
        bench = Bench(tmp_path, url)
        try:
            kills = 0
            while any(process.poll() is None for process in bench.running.values()):
                states = dict(reconciliation(inventory, "b1").by_state)
                assert sum(states[state] for state in ALIVE) <= quantity
                due = states[RecordState.GOOD] > quantity * (kills + 1) // (KILLS + 3)
                if kills < KILLS and due:
                    bench.kill(chance.choice(HOLDERS))
                    kills += 1
                time.sleep(0.01)
            assert kills == KILLS
            assert [process.wait() for process in bench.running.values()] == [0] * len(HOLDERS), bench.lines()
        finally:
            for process in bench.running.values():
                process.kill()
                process.wait()

        ended = [line.split() for line in bench.lines() if line[:1] == "8"]
        assert [iccid for iccid, times in Counter(iccid for iccid, _ in ended).items() if times > 1] == []
        count = reconciliation(inventory, "b1")
        states = dict(count.by_state)
        assert count.balances and count.good == quantity
        assert not any(states[state] for state in (*ALIVE[1:], RecordState.QUARANTINED))
        # every card that is good or rejected has one visit that says so, and the others end as unfinished
        every = visits(inventory, "b1", limit=10_000)
        ends = Counter(item.end for item in every)
        assert (ends["good"], ends["rejected"], ends[""]) == (quantity, states[RecordState.REJECTED], 0)
        decided = Counter(item.iccid for item in every if item.end in ("good", "rejected"))
        assert set(decided.values()) == {1}
        counted = tally(inventory, "b1")
        assert sum(item.good for item in counted) == quantity
        assert sum(item.unfinished for item in counted) == ends["unfinished"]
        assert {f"{item.station}/{item.slot}" for item in counted} <= set(HOLDERS)  # nobody promises each a turn
        # the record was stored with the state, neither without the other
        written = {record.iccid.digits: record for record in records(inventory, "b1")}
        for iccid, record in written.items():
            assert (record.subscription.sqn > 0, record.targets == ()) == (iccid in decided, iccid in decided)
        assert inventory.verify_log()
        assert work.claim(inventory, "b1", holder="north/0", wanted_only=True) == ()
