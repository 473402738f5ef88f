"""Two stations of one name at one inventory: the second is refused, until the first has ended, however it ended."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from simtool.errors import InputError, RefusedError
from simtool.inventory.inventory import Inventory
from simtool.inventory.station_lock import only_station
from tests.harness.postgres import psql

ROOT = Path(__file__).resolve().parents[2]
STATION = """
import sys
from pathlib import Path
from simtool.inventory.inventory import Inventory
from simtool.inventory.station_lock import only_station
folder, url, name = sys.argv[1:]
with Inventory.open(Path(folder), url=url) as inventory, only_station(inventory, name):
    print("here", flush=True)
    sys.stdin.read()
"""


def station(inventory: Inventory, name: str) -> subprocess.Popen[str]:
    """Another process that is this station until it is killed."""
    command = [sys.executable, "-c", STATION, str(inventory.folder), inventory.store.url, name]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "here\n"
    return process


def test_a_second_station_of_the_same_name_is_refused(either: Inventory) -> None:
    with station(either, "north") as other:
        try:
            with pytest.raises(RefusedError, match="there is a station north at work"), only_station(either, "north"):
                pass
            with only_station(either, "north-2") as lock:  # another name is another station
                assert lock.still_mine()
        finally:
            other.send_signal(signal.SIGKILL)
    for _ in range(2):  # what a killed process held is free, and what ended well too
        for attempt in range(200):
            try:
                with only_station(either, "north") as lock:
                    assert lock.still_mine()
                    with pytest.raises(RefusedError), only_station(either, "north"):
                        pass
                break
            except RefusedError:
                assert attempt < 199  # the server takes a moment to see that the session is gone
                psql(either.store.url, "SELECT pg_sleep(0.05)")


def test_names_that_would_be_taken_for_slots(inventory: Inventory) -> None:
    for name in ("", "  ", "north/1"):
        with pytest.raises(InputError), only_station(inventory, name):
            pass


def test_another_inventory_has_stations_of_its_own(inventory: Inventory, tmp_path: Path) -> None:
    with Inventory.create(tmp_path / "other") as other, only_station(inventory, "north"), only_station(other, "north"):
        pass


def test_two_state_folders_with_one_database(inventory: Inventory, tmp_path: Path) -> None:
    place = {"url": inventory.store.url, "vault": f"file:{inventory.folder / 'vault.key'}"}
    with Inventory.open(tmp_path / "elsewhere", **place) as same, only_station(inventory, "north"):  # type: ignore[arg-type]
        with pytest.raises(RefusedError), only_station(same, "north"):
            pass


def test_a_lock_that_was_lost_with_its_session(database: str, tmp_path: Path) -> None:
    """As when PostgreSQL is restarted: it is taken again, unless somebody else has it meanwhile."""
    ours = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    with Inventory.create(tmp_path, url=database) as inventory, only_station(inventory, "north") as lock:
        assert psql(database, ours) == "t"
        assert lock.still_mine()
        with pytest.raises(RefusedError), only_station(inventory, "north"):
            pass
        assert psql(database, ours) == "t"
        with only_station(inventory, "north"):
            assert not lock.still_mine()
        assert lock.still_mine()
