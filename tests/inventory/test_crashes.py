"""Torn off at every point: what is in the database afterwards is nothing, or a batch that goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from simtool.batch.order import BatchState
from simtool.errors import InputError, RefusedError
from simtool.inventory import intake, production
from simtool.inventory.inventory import Inventory
from simtool.inventory.orders import create_batch, find_batch, order_for
from tests.inventory.conftest import WHO
from tests.inventory.test_batches import made, stored
from tests.inventory.torn import TornOffError, torn_at

ROOT = Path(__file__).resolve().parents[2]
BLOCK = 4


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(production, "STORE_AT_ONCE", BLOCK)


def test_generation_torn_at_every_statement(inventory: Inventory, profile: Path, small_blocks: None) -> None:
    reached, whole, statement = set(), False, 0
    while not whole:
        statement += 1
        name = f"b{statement}"
        create_batch(inventory, name, order_for(profile, "ACME", 10))
        with torn_at(inventory.store, statement):
            try:
                production.generate(inventory, name)
                whole = True
            except TornOffError:
                pass
        with inventory.store.read() as connection:
            batch = find_batch(connection, name)
            query = "SELECT count(*) FROM cards WHERE batch_id = ?"
            cards = connection.exec_driver_sql(query, (batch.id,)).scalar()
        assert cards == batch.made
        reached.add(batch.made)
        if batch.state is not BatchState.GENERATED:
            assert production.generate(inventory, name).made == 10 - batch.made
        records = stored(inventory, name)
        assert len({record.subscription.k.reveal() for record in records}) == 10
        first = int(batch.iccid[0].first)
        assert [int(record.iccid.digits[:-1]) for record in records] == [first + number for number in range(10)]
    assert statement > 20
    assert reached == {0, 4, 8, 10}
    assert inventory.verify_log()


def test_two_generations_at_the_same_time(either: Inventory, profile: Path, small_blocks: None) -> None:
    create_batch(either, "b1", order_for(profile, "ACME", 10))

    def somebody_else(_: str, done: int, total: int) -> None:
        if done + 1 == BLOCK:
            with Inventory.open(either.folder, url=either.store.url) as other:
                production.generate(other, "b1")

    with pytest.raises(RefusedError, match="somebody else is generating"):
        production.generate(either, "b1", progress=somebody_else)
    found = stored(either, "b1")
    assert len({record.subscription.imsi for record in found}) == 10
    assert either.verify_log()


def test_import_torn_at_every_statement(inventory: Inventory, profile: Path, tmp_path: Path) -> None:
    with Inventory.create(tmp_path / "elsewhere", who=WHO) as other:
        records = made(other, profile, "theirs", 10)
    order, torn = order_for(profile, "ACME", 10), 0
    while True:
        with torn_at(inventory.store, torn + 1):
            try:
                intake.import_records(inventory, "theirs", order, records)
            except TornOffError:
                torn += 1
            else:
                break
        with inventory.store.read() as connection, pytest.raises(InputError, match="no batch"):
            find_batch(connection, "theirs")
        with inventory.store.read() as connection:
            for table in ("cards", "subscriptions"):
                assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0  # noqa: S608
            assert connection.exec_driver_sql("SELECT count(*) FROM vault_keys").scalar() == 3
    assert torn > 10
    assert stored(inventory, "theirs") == records
    assert inventory.verify_log()


def test_a_source_that_breaks_off_imports_nothing(inventory: Inventory, profile: Path, tmp_path: Path) -> None:
    with Inventory.create(tmp_path / "elsewhere", who=WHO) as other:
        records = made(other, profile, "theirs", 10)

    def broken() -> Iterator[object]:
        yield from records[:7]
        raise InputError("the disk is gone")

    with pytest.raises(InputError, match="disk is gone"):
        intake.import_records(inventory, "theirs", order_for(profile, "ACME", 10), broken())  # type: ignore[arg-type]
    with inventory.store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM cards").scalar() == 0


KILLED = """
import sys
from pathlib import Path
from simtool.inventory import production
from simtool.inventory.inventory import Inventory
inventory = Inventory.open(Path(sys.argv[1]))
def tell(what, done, total):
    print(done, flush=True)
production.generate(inventory, "b1", progress=tell, workers=int(sys.argv[2]))
"""


@pytest.mark.parametrize("workers", [0, 2])
def test_generation_killed_by_the_kernel(profile: Path, tmp_path: Path, workers: int) -> None:
    """A real process, killed after its first block; another one finishes."""
    folder, total = tmp_path / "state", 80_000
    with Inventory.create(folder, who=WHO) as inventory:
        create_batch(inventory, "b1", order_for(profile, "ACME", total))
    (tmp_path / "run.py").write_text(f"if __name__ == '__main__':\n{KILLED.replace(chr(10), chr(10) + '    ')}")
    command = [sys.executable, str(tmp_path / "run.py"), str(folder), str(workers)]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env=env, process_group=0) as process:
        assert process.stdout is not None
        process.stdout.readline()
        os.killpg(process.pid, signal.SIGKILL)
    with Inventory.open(folder, who=WHO) as inventory:
        with inventory.store.read() as connection:
            batch = find_batch(connection, "b1")
            cards = connection.exec_driver_sql("SELECT count(*) FROM cards").scalar()
        assert 0 < batch.made < total
        assert cards == batch.made
        assert production.generate(inventory, "b1").made == total - batch.made
        with inventory.store.read() as connection:
            query = "SELECT count(*), count(DISTINCT ki_fingerprint) FROM subscriptions"
            assert connection.exec_driver_sql(query).one() == (total, total)
        assert inventory.verify_log()
