"""Eight stations at one batch, some killed in the middle: no record twice, none lost, all accounted for."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from simtool.batch.numbering import NumberKind
from simtool.errors import InputError
from simtool.inventory import production, store, work
from simtool.inventory.audit import Entry, recent
from simtool.inventory.find import reconciliation
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import RecordState
from simtool.inventory.orders import all_batches, create_batch, order_for
from tests.harness.postgres import psql
from tests.inventory.conftest import WHO

ROOT = Path(__file__).resolve().parents[2]
STATIONS = 8
KILLED = 4


@dataclass(frozen=True)
class Stations:
    """What the stations said: every ICCID they finished."""

    finished: list[str]


def run_stations(folder: Path, url: str, batch: str, at_once: int) -> Stations:
    """Eight processes until the batch is used up; four of them are killed on the way, and a new one comes for each."""
    chance = random.Random(20)  # noqa: S311
    logs = []

    def begin(number: int) -> subprocess.Popen[bytes]:
        log = folder / f"station-{number}.log"
        logs.append(log)
        words = [folder, url, batch, f"station {number}", at_once, 0.01]
        with log.open("wb") as stream:
            command = [sys.executable, "-m", "tests.inventory.stations", *map(str, words)]
            return subprocess.Popen(command, cwd=ROOT, stdout=stream, stderr=subprocess.STDOUT)

    running = [begin(number) for number in range(STATIONS)]
    for number in range(STATIONS, STATIONS + KILLED):
        victim = running[number - STATIONS]
        while victim.poll() is None and len(logs[number - STATIONS].read_bytes().splitlines()) < 5:
            time.sleep(0.01)
        time.sleep(chance.random() * 0.3)
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        running.append(begin(number))
    for number, process in enumerate(running):
        code = process.wait()
        assert code == 0 or number < KILLED, logs[number].read_text()
    return Stations([line for log in logs for line in log.read_text().splitlines() if line[:1] == "8"])


def check(inventory: Inventory, stations: Stations, count: int) -> None:
    """Every record is where it must be."""
    told = [line.split()[0] for line in stations.finished]
    assert not [iccid for iccid, times in Counter(told).items() if times > 1]
    states = dict(reconciliation(inventory, "b1").by_state)
    ended = states[RecordState.GOOD] + states[RecordState.REJECTED]
    left = states[RecordState.CLAIMED] + states[RecordState.PROGRAMMING]
    assert ended + left == count  # nothing is lost, nothing is free
    assert 0 <= ended - len(told) <= KILLED  # a station may die between finishing and saying so
    assert left < count // 10
    with inventory.store.begin() as connection:  # an hour later
        connection.exec_driver_sql("UPDATE cards SET lease_until = 0 WHERE lease_until IS NOT NULL")
    while work.expire(inventory, "b1"):
        pass
    after = dict(reconciliation(inventory, "b1").by_state)
    assert after[RecordState.QUARANTINED] == states[RecordState.PROGRAMMING]
    assert after[RecordState.GENERATED] == states[RecordState.CLAIMED]
    assert reconciliation(inventory, "b1").balances
    assert inventory.verify_log()


def prepared(folder: Path, url: str, profile: Path, count: int) -> Inventory:
    inventory = Inventory.create(folder, url=url, who=WHO)
    create_batch(inventory, "b1", order_for(profile, "ACME", count))
    production.generate(inventory, "b1")
    return inventory


DOUBLES = (
    "SELECT count(*) FROM (SELECT subject FROM audit WHERE act = '{}' GROUP BY subject HAVING count(*) > 1) AS twice"
)


def test_eight_stations_on_postgresql(database: str, profile: Path, tmp_path: Path) -> None:
    with prepared(tmp_path, database, profile, 10_000) as inventory:
        stations = run_stations(tmp_path, database, "b1", 10)
        check(inventory, stations, 10_000)
        assert psql(database, "SELECT count(*), count(DISTINCT iccid) FROM cards") == "10000|10000"
        for act in ("programming", "good", "rejected"):
            assert psql(database, DOUBLES.format(act)) == "0"


def test_eight_stations_on_sqlite(profile: Path, tmp_path: Path) -> None:
    """SQLite has one writer at a time: stations wait for each other, and nothing else is promised less."""
    with prepared(tmp_path, "", profile, 1_000) as inventory:
        check(inventory, run_stations(tmp_path, "", "b1", 5), 1_000)
        with inventory.store.read() as connection:
            for act in ("programming", "good", "rejected"):
                assert connection.exec_driver_sql(DOUBLES.format(act)).scalar() == 0


ORDERING = """
import sys
from pathlib import Path
from simtool.errors import InputError
from simtool.inventory.inventory import Inventory
from simtool.inventory.orders import create_batch, order_for
folder, url, profile, name = sys.argv[1:]
with Inventory.open(Path(folder), url=url) as inventory:
    for number in range(5):
        create_batch(inventory, f"{name}-{number}", order_for(Path(profile), "ACME", 7))
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_orders_at_the_same_time_get_different_numbers(
    kind: str, request: pytest.FixtureRequest, profile: Path, tmp_path: Path
) -> None:
    url = request.getfixturevalue("database") if kind == "postgresql" else ""
    with Inventory.create(tmp_path, url=url, who=WHO) as inventory:
        command = [sys.executable, "-c", ORDERING, str(tmp_path), url, str(profile)]
        running = [subprocess.Popen([*command, f"p{number}"], cwd=ROOT) for number in range(4)]
        assert [process.wait() for process in running] == [0, 0, 0, 0]
        with inventory.store.read() as connection:
            batches = all_batches(connection)
        assert len(batches) == 20
        for kind_of in NumberKind:
            ranges = sorted(item for batch in batches for of, item in batch.ranges() if of is kind_of)
            assert all(before.last < after.first for before, after in pairwise(ranges))
            assert sum(item.count for item in ranges) == 140
        assert inventory.verify_log()


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    for url in ("postgresql://x@/x?host=/nowhere", "mysql://x", "not a url://"):
        with pytest.raises(InputError) as raised:
            Inventory.create(tmp_path / "state", url=url)
        assert "Traceback" not in str(raised.value)


def test_a_computer_that_says_nothing_more_does_not_stop_the_others(
    database: str, profile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when its power fails in the middle of a step: PostgreSQL ends that, and none of it happened."""
    monkeypatch.setattr(store, "SILENT_SECONDS", 1)
    with prepared(tmp_path, database, profile, 10) as silent, Inventory.open(tmp_path, url=database, who=WHO) as other:
        (held,) = work.claim(silent, "b1")
        with pytest.raises(InputError, match="the database refused"), silent.act() as act:
            act.note("something", "b1")
            silent.log.append(act.connection, silent.who, act.events)  # from here on everybody waits
            assert len(work.claim(other, "b1", count=3)) == 3
        assert "something" not in {entry.act for entry in entries_of(other)}
        work.release(silent, held)  # when it is back, it goes on
        assert other.verify_log()


def entries_of(inventory: Inventory) -> tuple[Entry, ...]:
    with inventory.store.read() as connection:
        return recent(connection)
