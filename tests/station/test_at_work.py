"""The true thing: a station as a process, its workers, a PC/SC service, software cards in two slots, and a robot."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simtool.inventory.life import RecordState
from tests.harness.bench import VirtualBench, virtual_bench
from tests.station.rig import BATCH, NUMBERED, Warehouse, proves, warehouse
from tests.station.robot import Robot


@pytest.fixture(scope="module")
def bench() -> Iterator[VirtualBench]:
    with virtual_bench(2) as made:
        yield made


@pytest.fixture
def here(tmp_path: Path) -> Warehouse:
    return warehouse(tmp_path, NUMBERED, quantity=6)


@pytest.fixture
def robot(bench: VirtualBench, here: Warehouse) -> Iterator[Robot]:
    made = Robot(bench, here.folder, deque(here.card() for _ in range(6)))
    yield made
    made.close()


def goods(robot: Robot) -> list[dict[str, Any]]:
    return [event for event in robot.heard if event["event"] == "card" and event["end"] == "good"]


def test_a_batch_from_the_first_card_to_the_last(robot: Robot, here: Warehouse) -> None:
    cards = list(robot.cards)
    robot.start(BATCH, "--no-gate", "--until-complete", "--name", "north")
    assert robot.end() == 0, robot.said()
    assert here.states() == [RecordState.GOOD] * 6
    assert len({event["iccid"] for event in goods(robot)}) == 6
    assert {event["slot"] for event in goods(robot)} == {"1", "2"}
    summary = robot.heard[-1]
    assert summary["complete"] and (summary["good"], summary["rejected"], summary["unfinished"]) == (6, 0, [])
    assert "FIRST ARTICLE GATE IS OFF" in robot.said()
    records = {record.iccid.digits: record for record in here.records()}
    assert all(any(proves(card, record) for card in cards) for record in records.values())
