"""The database itself: migrations and tables agree, look-ups use an index, and who may read the file."""

from __future__ import annotations

import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from simtool.errors import InputError, RefusedError
from simtool.inventory import store as store_module
from simtool.inventory import tables
from simtool.inventory.find import find, lookups
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import MAY_FOLLOW, RecordState, reconcile, require_transition
from simtool.inventory.store import MIGRATIONS, VERSION, Store
from tests.harness.postgres import psql
from tests.inventory.test_batches import made


def test_migrations_make_just_the_tables(either: Inventory) -> None:
    with either.store.read() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, tables.metadata) == []
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == VERSION
    either.store.upgrade()  # a second time changes nothing
    assert either.store.version() == VERSION


def test_other_versions_are_not_touched(inventory: Inventory, tmp_path: Path) -> None:
    for version, said in (("0000", "wants 0002"), ("9999", "newer simtool")):
        with inventory.store.begin() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = ?", (version,))
        with pytest.raises(InputError, match=said):
            Inventory.open(inventory.folder)
    with pytest.raises(InputError, match="no inventory here yet"):
        Inventory.open(tmp_path / "empty")


def test_sqlite_is_set_up_for_safety(inventory: Inventory) -> None:
    with inventory.store.read() as connection:
        asked = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "secure_delete")}  # fmt: skip # noqa: E501
    assert asked == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1}
    assert stat.S_IMODE((inventory.folder / "inventory.db").stat().st_mode) == 0o600
    assert stat.S_IMODE(inventory.folder.stat().st_mode) == 0o700


def test_a_writer_waits_for_another_one_but_not_for_ever(inventory: Inventory, monkeypatch: pytest.MonkeyPatch) -> None:
    other = sqlite3.connect(inventory.folder / "inventory.db", isolation_level=None, check_same_thread=False)
    with closing(other):
        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr(store_module, "BUSY_SECONDS", 0)
        with pytest.raises(InputError, match="database is locked"), inventory.store.begin():
            pass
        monkeypatch.setattr(store_module, "BUSY_SECONDS", 60)
        after_a_moment = threading.Timer(0.1, other.rollback)
        after_a_moment.start()
        with inventory.store.begin() as connection:
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 60_000  # as for everything else
        after_a_moment.join()


def test_every_lookup_uses_an_index(inventory: Inventory, profile: Path) -> None:
    record = made(inventory, profile)[7]
    subscription = record.subscription
    for number in (record.iccid.digits, subscription.imsi.digits, subscription.msisdn or ""):
        assert find(inventory, number).number == 8
    with pytest.raises(InputError, match="nothing here"):
        find(inventory, "123")
    with inventory.store.read() as connection:
        for query in lookups("1"):
            compiled = str(query.compile(connection, compile_kwargs={"literal_binds": True}))
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}").all()
            assert len(plan) == 1
            assert "USING COVERING INDEX" in plan[0][3] or "USING INDEX" in plan[0][3]


def test_postgresql_keeps_what_psql_sees(database: str, profile: Path, tmp_path: Path) -> None:
    with Inventory.create(tmp_path / "state", url=database) as inventory:
        records = made(inventory, profile, count=30)
    assert psql(database, "SELECT count(*), min(iccid), max(iccid) FROM cards") == (
        f"30|{records[0].iccid}|{records[-1].iccid}"
    )
    assert psql(database, "SELECT count(DISTINCT ki_fingerprint) FROM subscriptions") == "30"
    for record in records:
        ki = record.subscription.k.reveal()
        assert psql(database, f"SELECT count(*) FROM cards WHERE position('\\x{ki.hex()}'::bytea IN sealed) > 0") == "0"  # noqa: S608


def test_the_password_of_a_database_does_not_show() -> None:
    store = Store("postgresql://u:hunter2@localhost/x")
    assert "hunter2" not in repr(store)
    store.close()


def test_life_has_one_table() -> None:
    assert set(MAY_FOLLOW) == set(RecordState)
    reachable = {RecordState.GENERATED}
    while more := {after for state in reachable for after in MAY_FOLLOW[state]} - reachable:
        reachable |= more
    assert reachable == set(RecordState)
    assert MAY_FOLLOW[RecordState.DESTROYED] == frozenset()
    # what was programmed once is never free again but by somebody's word
    assert RecordState.GENERATED not in MAY_FOLLOW[RecordState.PROGRAMMING]
    with pytest.raises(RefusedError, match="cannot become good"):
        require_transition("1", RecordState.GENERATED, RecordState.GOOD)


S = RecordState
COUNTS = [
    # quantity, ordered, counts, good, rejected, spare, open
    (100, 105, {}, 0, 0, 5, 100),
    (100, 105, {S.GENERATED: 105}, 0, 0, 5, 100),
    (100, 105, {S.GENERATED: 95, S.GOOD: 7, S.REJECTED: 3}, 7, 3, 2, 93),
    (100, 105, {S.GENERATED: 5, S.GOOD: 60, S.SHIPPED: 40}, 100, 0, 5, 0),
    (100, 105, {S.GENERATED: 2, S.SHIPPED: 96, S.REJECTED: 5, S.DESTROYED: 2}, 96, 7, 0, 2),
    (100, 105, {S.CLAIMED: 5, S.GOOD: 100}, 100, 0, 0, 5),
    (100, 100, {S.GENERATED: 10, S.QUARANTINED: 90}, 0, 0, 0, 100),
]


@pytest.mark.parametrize(("quantity", "ordered", "counts", "good", "rejected", "spare", "still_open"), COUNTS)
def test_the_count_comes_out(
    quantity: int, ordered: int, counts: dict[RecordState, int], good: int, rejected: int, spare: int, still_open: int
) -> None:
    count = reconcile(quantity, ordered, counts)
    assert (count.good, count.rejected, count.spare, count.open) == (good, rejected, spare, still_open)
    assert count.balances
