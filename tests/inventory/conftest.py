"""A profile, an inventory on SQLite, and one PostgreSQL for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from simtool.inventory.audit import Who
from simtool.inventory.inventory import Inventory
from tests.harness.postgres import postgres, psql

OP = "cdc202d5123e20f62b6d676ac72cb318"
PROFILE = """\
operator: {kind: full, name: X, plmn: 001-01}
identity:
  iccid: {first: '894944000000115531'}
  imsi: {first: '001010000000101', last: '001010099999999'}
  msisdn: '+88228000101'
authentication:
  op_file: op.hex
  pins: {PIN1: {value: random}, PUK1: {value: random}, ADM1: {value: random}}
  key_sets: [{version: 1, cipher: aes, length: 16}]
"""
WHO = Who("tester", "bench 1")


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    folder = tmp_path / "product"
    folder.mkdir()
    (folder / "op.hex").write_text(OP)
    (folder / "op.hex").chmod(0o600)
    (folder / "profile.yaml").write_text(PROFILE)
    return folder / "profile.yaml"


@pytest.fixture
def inventory(tmp_path: Path) -> Iterator[Inventory]:
    with Inventory.create(tmp_path / "state", who=WHO) as made:
        yield made


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture
def database(cluster: str) -> str:
    """The URL of an empty PostgreSQL database."""
    psql(cluster, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    return cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Inventory]:
    """The same test on both databases."""
    url = request.getfixturevalue("database") if request.param == "postgresql" else ""
    with Inventory.create(tmp_path / "state", url=url, who=WHO) as made:
        yield made
