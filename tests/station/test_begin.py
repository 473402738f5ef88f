"""What has to be true before a station's first card, and what it asks of the inventory while it works."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from simtool.errors import InputError, ReaderError, RefusedError
from simtool.inventory import work
from simtool.inventory.audit import Who, history
from simtool.inventory.ending import close_batch
from simtool.inventory.gate import approve, propose
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import RecordState
from simtool.inventory.visits import begin_visit
from simtool.station.bench.bench import Bench, ReaderMatch, SlotSpec
from simtool.station.bench.matching import Matched
from simtool.station.run import begin as begin_module
from simtool.station.run.begin import NO_GATE, begin
from simtool.station.run.counting import InventoryCounters
from simtool.station.setup import Place, StationSetup
from simtool.station.view import Counters
from tests.station.rig import BATCH, NUMBERED, Warehouse, warehouse

BENCH = Bench("table", tuple(SlotSpec(name, ReaderMatch(name=f"Reader {name}")) for name in "12"))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    readers(monkeypatch, "Reader 1", "Reader 2")
    return warehouse(tmp_path, NUMBERED, quantity=3, spares=1)


def readers(monkeypatch: pytest.MonkeyPatch, *present: str) -> None:
    def match(bench: Bench) -> tuple[Matched, ...]:
        names = [slot.reader.name for slot in bench.slots]
        problems = ["" if name in present else "no such reader" for name in names]
        return tuple(map(Matched, bench.slots, names, problems))

    monkeypatch.setattr(begin_module, "match_readers", match)


def setup(here: Warehouse, **changes: object) -> StationSetup:
    usual = StationSetup("north", BATCH, Path("nowhere"), Place(here.folder / "state"), operator="Ada")
    return replace(usual, **changes)  # type: ignore[arg-type]


def told(here: Warehouse, **changes: object) -> tuple[str, ...]:
    with begin(BENCH, setup(here, **changes), profile_given=False) as begun:
        return begun.told


def test_the_batch_tells_customer_and_profile(here: Warehouse) -> None:
    with begin(BENCH, setup(here), profile_given=False) as begun:
        assert (begun.setup.customer, begun.setup.profile) == ("ACME", here.profile.resolve())


def test_a_profile_that_has_moved(here: Warehouse, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere.yaml"
    moved.write_bytes(here.profile.read_bytes())
    here.profile.unlink()
    with begin(BENCH, setup(here, profile=moved), profile_given=True) as begun:
        assert begun.setup.profile == moved


def test_a_profile_that_has_changed(here: Warehouse) -> None:
    here.profile.write_text(here.profile.read_text() + "#")
    with pytest.raises(RefusedError, match="not the profile that was ordered"):
        told(here)


def test_one_station_of_a_name(here: Warehouse) -> None:
    with begin(BENCH, setup(here), profile_given=False):
        with pytest.raises(RefusedError, match="a station north at work"):
            told(here)
        told(here, name="south")
    told(here)


def test_batches_that_cannot_be_worked_on(here: Warehouse) -> None:
    with pytest.raises(InputError, match="no batch 'x'"):
        told(here, batch="x")
    with here.inventory() as inventory:
        close_batch(inventory, BATCH)
    with pytest.raises(RefusedError, match="is closed"):
        told(here)


def test_missing_readers_are_told_at_once(here: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    readers(monkeypatch, "Reader 1")
    assert any("slot 2: no such reader; it waits" in line for line in told(here))
    readers(monkeypatch)
    with pytest.raises(ReaderError, match="not one reader of bench table"):
        told(here)


def test_the_gate_is_told(here: Warehouse) -> None:
    assert any("no first article of this batch is approved" in line for line in told(here))
    iccid = here.issued[0].iccid.digits
    with here.inventory() as inventory:
        (claim,) = work.claim(inventory, BATCH)
        work.start(inventory, claim)
        work.finish(inventory, claim, RecordState.GOOD)
        made = propose(inventory, BATCH, NUMBERED, digest="d", iccid=iccid, made_by="Ada", sheet="{}")
    assert any("one waits for a decision" in line for line in told(here))
    with here.inventory() as inventory:
        approve(inventory, made.id, "Eve")
    assert f"first articles are approved for {NUMBERED}" in told(here)


def test_a_run_without_gate_stands_in_the_audit_log(here: Warehouse) -> None:
    assert NO_GATE in told(here, gate=False)
    with here.inventory() as inventory:
        with inventory.store.read() as connection:
            acts = [(entry.act, entry.detail) for entry in history(connection, BATCH)]
    assert ("first article gate off", "station north") in acts


def test_what_an_earlier_life_held(here: Warehouse) -> None:
    held(here, "north/1")
    lines = told(here)
    assert "1 records that an earlier run had claimed are free again" in lines
    assert any(here.issued[1].iccid.digits in line and "not finished" in line for line in lines)
    assert here.states()[:2] == [RecordState.GENERATED, RecordState.PROGRAMMING]


def held(here: Warehouse, holder: str) -> None:
    """One record claimed, and one whose card is being written."""
    with Inventory.open(here.folder / "state", who=Who("Ada", holder)) as inventory:
        work.claim(inventory, BATCH, holder=holder)
        (one,) = work.claim(inventory, BATCH, holder=holder)
        begin_visit(inventory, one, chip="1", product=NUMBERED, station="north", slot="1", operator="Ada", digest="")


def test_counters_and_what_a_dead_worker_held(here: Warehouse) -> None:
    held(here, "north/1")
    held(here, "south/1")
    source = InventoryCounters(setup(here))
    assert source.read() == Counters(quantity=3, ordered=4, good=0, rejected=0, quarantined=0, spare=0, open=4)
    assert source.unfinished() == (here.issued[1].iccid.digits,)
    source.free("1")
    assert here.states() == [
        RecordState.GENERATED, RecordState.PROGRAMMING, RecordState.CLAIMED, RecordState.PROGRAMMING,
    ]  # fmt: skip
    source.close()


def test_a_name_that_was_lost(here: Warehouse) -> None:
    class Lost:
        def still_mine(self) -> bool:
            return False

    source = InventoryCounters(setup(here), Lost())
    with pytest.raises(RefusedError, match="another station is north by now"):
        source.read()


def test_an_inventory_that_is_away(here: Warehouse, tmp_path: Path) -> None:
    source = InventoryCounters(setup(here))
    database = here.folder / "state" / "inventory.db"
    aside = tmp_path / "aside.db"
    database.rename(aside)
    with pytest.raises(InputError):
        source.read()
    aside.rename(database)
    assert source.read().quantity == 3
    source.close()
