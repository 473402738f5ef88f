"""An older inventory with data, brought to this version: nothing is lost, and one torn off is as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from click.testing import CliRunner
from sqlalchemy import MetaData

from simtool.cli.main import main
from simtool.errors import InputError
from simtool.inventory import tables, work
from simtool.inventory.find import reconciliation
from simtool.inventory.inventory import Inventory, default_database
from simtool.inventory.life import RecordState
from simtool.inventory.recognise import recognise
from simtool.inventory.store import MIGRATIONS, VERSION, Store
from tests.inventory.conftest import WHO
from tests.inventory.test_batches import made, stored
from tests.inventory.torn import TornOffError, torn_at

CARDS = 9


def config(connection: object) -> Config:
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.attributes["connection"] = connection
    return made


def as_of(version: str, new: Store, old: Store) -> None:
    """Fill the empty database `old` with the tables of that version, and with what `new` has of them."""
    with old.begin() as connection:
        command.upgrade(config(connection), version)
    then = MetaData()
    with old.read() as connection:
        then.reflect(connection)
    then.remove(then.tables["alembic_version"])
    with new.read() as source, old.begin() as target:
        for table in then.sorted_tables:
            now = tables.metadata.tables[table.name]
            rows = source.execute(now.select()).mappings().all()
            if rows:
                target.execute(now.insert(), [{name: row[name] for name in table.c.keys()} for row in rows])


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path, profile: Path) -> Iterator[Store]:
    """An inventory of version 0001: a batch with one card in every state that there was, keys and log.

    It is made by this version and copied into tables that the old migration made.
    """
    with Inventory.create(tmp_path / "new", vault=f"file:{tmp_path / 'vault.key'}", who=WHO) as new:
        made(new, profile, count=CARDS)
        (claimed, programming, good, rejected) = work.claim(new, "b1", count=4)
        work.start(new, programming, good, rejected)
        work.finish(new, good, RecordState.GOOD)
        work.finish(new, rejected, RecordState.REJECTED, why="no answer")
        work.move(new, new_iccid(new), RecordState.QUARANTINED, "lost")
        url = request.getfixturevalue("database") if request.param == "postgresql" else default_database(tmp_path / "s")
        store = Store(url)
        try:
            as_of("0001", new.store, store)
            yield store
        finally:
            store.close()


def new_iccid(inventory: Inventory) -> str:
    with inventory.store.read() as connection:
        query = "SELECT max(iccid) FROM cards WHERE state = 'generated'"
        return str(connection.exec_driver_sql(query).scalar_one())


def test_an_inventory_with_data_is_brought_to_this_version(
    old: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMTOOL_STATE", str(tmp_path / "s"))
    assert old.version() == "0001"
    place = ("--inventory", old.url)
    keeper = ("--vault", f"file:{tmp_path / 'vault.key'}")
    refused = CliRunner().invoke(main, ["inventory", "reconcile", "b1", *place, *keeper])
    assert refused.exit_code == 1 and "simtool inventory upgrade" in refused.output
    upgraded = CliRunner().invoke(main, ["inventory", "upgrade", *place])
    assert upgraded.output == f"tables: 0001 → {VERSION}\n", upgraded.output

    with Inventory.open(tmp_path / "s", url=old.url, vault=keeper[1], who=WHO) as inventory:
        with inventory.store.read() as connection:
            assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
        assert inventory.verify_log()
        assert len(stored(inventory, "b1")) == CARDS  # every secret opens
        states = dict(reconciliation(inventory, "b1").by_state)
        assert {state.value: count for state, count in states.items() if count} == {
            "generated": 4, "claimed": 1, "programming": 1, "good": 1, "rejected": 1, "quarantined": 1,
        }  # fmt: skip

        # what was held then has no holder's name; its lease ends as it would have
        with inventory.store.begin() as connection:
            connection.exec_driver_sql("UPDATE cards SET lease_until = 0 WHERE lease_until IS NOT NULL")
        assert work.expire(inventory, "b1") == 2
        with inventory.store.read() as connection:
            query = "SELECT iccid, holder FROM cards WHERE state = 'quarantined' ORDER BY iccid"
            torn, lost = connection.exec_driver_sql(query).all()
        found = [recognise(inventory, card.iccid) for card in (torn, lost)]
        assert [known and known.resumable for known in found] == [True, False]  # nobody knows why a person moved it
        work.reclaim(inventory, torn.iccid, holder="north/1")
        assert len(work.claim(inventory, "b1", count=100, holder="north/1")) == 5
        assert inventory.verify_log()


def test_an_upgrade_torn_at_every_statement_changes_nothing(old: Store) -> None:
    torn = 0
    while True:
        with torn_at(old, torn + 1):
            try:
                old.upgrade()
            except TornOffError:
                torn += 1
            else:
                break
        assert old.version() == "0001"
        with old.read() as connection:
            now = MetaData()
            now.reflect(connection)
        assert "visits" not in now.tables and "holder" not in now.tables["cards"].c
        with pytest.raises(InputError, match="version 0001"):
            old.require_version()
    assert torn > 8
    assert old.version() == VERSION
    old.require_version()
