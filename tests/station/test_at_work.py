"""The true thing: a station as a process, its workers, a PC/SC service, software cards in two slots, and a robot."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simtool.codec.identifiers import Iccid
from simtool.files.product import load
from simtool.inventory.life import RecordState
from simtool.softcard.card import SoftCard
from tests.harness.bench import VirtualBench, virtual_bench
from tests.harness.postgres import down, postgres
from tests.station.rig import BATCH, ICCID, NUMBERED, Warehouse, proves, warehouse
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
    made = Robot(bench, here.folder, deque(blank(number) for number in range(6)))
    yield made
    made.close()


def blank(number: int) -> SoftCard:
    """A card with a factory number of its own, by which it is known again before it has its record's."""
    model = load(NUMBERED)
    own = replace(model.file(ICCID), content=Iccid.from_body(f"89882113203000001{number}").encode())
    return SoftCard.new(replace(model, files={**model.files, ICCID: own}))


def amid_a_card(robot: Robot) -> None:
    """Work until some of a card is written, and most of it is not."""
    robot.slow = 0.015
    robot.until(lambda event: event["event"] == "progress" and event["done"] > 3)


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


def test_scans_by_the_robot(robot: Robot, here: Warehouse) -> None:
    """Two slots wait at a time; a printed number without its check digit finds its slot."""

    def scans(robot: Robot, event: dict[str, Any]) -> bool:
        if event["event"] == "changed" and event["phase"] == "scan":
            robot.say(order="scan", text=event["iccid"][:-1])
        return False

    robot.does = scans
    robot.start(BATCH, "--no-gate", "--until-complete", "--scan", "--name", "north")
    assert robot.end() == 0, robot.said()
    assert here.states() == [RecordState.GOOD] * 6
    answers = [event for event in robot.heard if event["event"] == "answer"]
    assert len(answers) >= 6 and all(answer["ok"] for answer in answers)


def test_the_station_is_killed_and_its_cards_go_on(robot: Robot, here: Warehouse) -> None:
    """kill -9 of the station amid two cards: its next life finds them where they are, and finishes the batch."""
    robot.start(BATCH, "--no-gate", "--until-complete", "--name", "north")
    amid_a_card(robot)
    assert robot.process is not None
    robot.process.kill()
    robot.process.wait()
    again = Robot(robot.bench, robot.folder, robot.cards, seated=robot.seated)
    again.start(BATCH, "--no-gate", "--until-complete", "--name", "north")
    try:
        assert again.end() == 0, again.said()
    finally:
        again.close()
    assert here.states() == [RecordState.GOOD] * 6
    assert "not finished, to be put in again" in again.said()
    assert len([visit for visit in here.visits() if visit.end == "good"]) == 6


def test_a_worker_is_killed_and_its_card_goes_on(robot: Robot, here: Warehouse) -> None:
    robot.start(BATCH, "--no-gate", "--until-complete", "--name", "north")
    amid_a_card(robot)
    for number in workers(robot):
        os.kill(number, signal.SIGKILL)
    assert robot.end() == 0, robot.said()
    assert here.states() == [RecordState.GOOD] * 6
    assert any("killed by SIGKILL" in event.get("text", "") for event in robot.heard)


def test_the_service_is_restarted(robot: Robot, here: Warehouse) -> None:
    robot.start(BATCH, "--no-gate", "--until-complete", "--name", "north")
    amid_a_card(robot)
    robot.bench.restart()
    assert robot.end() == 0, robot.said()
    assert here.states() == [RecordState.GOOD] * 6


def test_the_database_is_away_for_a_while(bench: VirtualBench, tmp_path: Path) -> None:
    """Finished cards wait in their slots until they can be noted, and nothing is made twice."""
    with postgres() as url:
        here = warehouse(tmp_path, NUMBERED, quantity=4, url=url)
        robot = Robot(bench, here.folder, deque(blank(number) for number in range(4)))
        robot.start(BATCH, "--no-gate", "--until-complete", "--name", "north", "--inventory", url)
        try:
            amid_a_card(robot)
            with down(url):
                robot.until(lambda event: event["event"] == "note" and "counters are old" in event["text"])
            assert robot.end() == 0, robot.said()
        finally:
            robot.close()
        assert here.states() == [RecordState.GOOD] * 4
        assert len([visit for visit in here.visits() if visit.end == "good"]) == 4
        assert any(event.get("text") == "the inventory answers again" for event in robot.heard)


def test_a_second_station_of_the_name_is_refused(robot: Robot, here: Warehouse) -> None:
    robot.start(BATCH, "--no-gate", "--name", "north")
    robot.until(lambda event: event["event"] == "changed" and event["phase"] == "insert")
    second = Robot(robot.bench, robot.folder, deque())
    second.start(BATCH, "--no-gate", "--name", "north")
    assert second.process is not None and second.process.wait(60) == 5
    assert "a station north at work" in second.said()
    second.close()


@pytest.mark.parametrize("how", ["order", "signal"])
def test_ended_well_in_the_middle(robot: Robot, here: Warehouse, how: str) -> None:
    """The cards at hand are finished first."""
    robot.start(BATCH, "--no-gate", "--name", "north")
    amid_a_card(robot)
    assert robot.process is not None
    if how == "order":
        robot.say(order="end")
    else:
        robot.process.send_signal(signal.SIGINT)
    assert robot.end() == 0, robot.said()
    summary = robot.heard[-1]
    assert summary["unfinished"] == [] and not summary["complete"] and not summary["killed"]
    assert set(here.states()) == {RecordState.GOOD, RecordState.GENERATED}


def test_a_second_signal_ends_it_at_once(robot: Robot, here: Warehouse) -> None:
    robot.start(BATCH, "--no-gate", "--name", "north")
    amid_a_card(robot)
    assert robot.process is not None
    robot.process.send_signal(signal.SIGTERM)
    robot.process.send_signal(signal.SIGINT)
    assert robot.end() == 3, robot.said()
    summary = robot.heard[-1]
    assert summary["killed"] and summary["unfinished"]
    assert RecordState.PROGRAMMING in here.states(), "such records may be reclaimed"


def test_what_is_refused_before_it_begins(robot: Robot, here: Warehouse) -> None:
    robot.start("no-such-batch", "--no-gate")
    assert robot.process is not None and robot.process.wait(60) == 1
    robot.close()
    here.profile.write_text(here.profile.read_text() + "# changed\n")
    robot.start(BATCH, "--no-gate")
    assert robot.process.wait(60) == 5
    assert "has changed" in robot.said()


def test_locked_until_a_first_article_is_approved(robot: Robot, here: Warehouse) -> None:
    robot.start(BATCH, "--name", "north")
    robot.until(lambda event: event["event"] == "changed" and event["phase"] == "attention")
    assert "no first article of this batch is approved" in robot.said()
    robot.say(order="end")
    assert robot.end() == 0
    assert set(here.states()) == {RecordState.GENERATED}


def workers(robot: Robot) -> list[int]:
    """The process numbers of the station's workers, not that of multiprocessing's own helper."""
    assert robot.process is not None
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            command = (folder / "cmdline").read_text()
        except OSError:
            continue
        if int(parent) == robot.process.pid and "spawn_main" in command:
            found.append(int(folder.name))
    return found
