"""The pages before a real station: its processes, holds and rules, with workers that follow a script."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from simtool.station.run.station import Station
from simtool.station.setup import Place
from simtool.station.web.serve import Web, start_web
from tests.station.conftest import Stage, phases, stage, until
from tests.station.scripted import ICCID, orders_of
from tests.station.web.conftest import PINS
from tests.station.web.web_client import Answer, Client

__all__ = ["stage"]
JSON: dict[str, str | None] = {"X-Simtool": "1"}


@dataclass
class Floor:
    """A station at work, and its pages."""

    station: Station
    web: Web
    folder: Path

    def client(self, name: str) -> Client:
        client = Client(self.web.url)
        assert client.login(name, PINS[name]).status == 303
        return client

    def order(self, client: Client, kind: str, slot: str = "") -> Answer:
        return client.post("/bench/order", {"csrf": client.token(), "kind": kind, "slot": slot}, JSON)


@pytest.fixture
def floor(stage: Stage, workshop: tuple[Path, list[str], list[str]]) -> Iterator[Floor]:
    rejected = [("card", number, "rejected", "EF.IMSI answers 6581") for number in range(3)]
    stage.script("1", ("phase", "insert"), ("listen",), ("listen",), *rejected)
    stage.script("2", ("phase", "scan", "", ICCID.format(2)))
    shutil.copytree(workshop[0] / "state", stage.folder / "state")
    station = stage.station(2)
    station.set_operator("")
    station.hold_for_login()
    with start_web(station, Place(stage.folder / "state"), port=0) as web:
        station.start()
        yield Floor(station, web, stage.folder)


def test_a_station_that_waits_for_a_login_begins_with_the_first_one_at_the_bench(floor: Floor) -> None:
    until(floor.station, lambda view: view.paused and "insert" not in phases(view))
    anna = floor.client("anna")
    assert floor.station.view().paused
    anna.act("/bench/here")
    view = until(floor.station, lambda view: not view.paused)
    assert view.operator == "anna"


def test_what_a_rule_stopped_an_operator_does_not_release_and_a_supervisor_does(floor: Floor) -> None:
    anna, olga = floor.client("anna"), floor.client("olga")
    anna.act("/bench/here")
    until(floor.station, lambda view: phases(view)[0] == "stopped")
    for kind in ("resume", "release"):
        assert floor.order(anna, kind, "1").status == 403
    assert floor.order(anna, "resume").status == 200  # the bench goes on; the slot stays as it is
    assert floor.station.is_stopped("1")
    (event,) = anna.events(1)
    assert 'data-phase="stopped"' in event["tiles"]["1"] and "EF.IMSI answers 6581" in event["side"]
    assert floor.order(olga, "release", "1").status == 200
    until(floor.station, lambda view: phases(view)[0] == "insert")
    assert not floor.station.is_stopped("1")


def test_a_scan_reaches_the_slot_that_waits_for_it(floor: Floor) -> None:
    anna = floor.client("anna")
    anna.act("/bench/here")
    until(floor.station, lambda view: phases(view)[1] in ("scan", "insert"))
    answer = anna.post("/bench/scan", {"csrf": anna.token(), "text": ICCID.format(2), "slot": "2"}, JSON)
    assert answer.json() == {"said": "slot 2 has the scan"}
    anna.act("/logout")
    until(floor.station, lambda view: view.paused and view.operator == "")
    floor.station.close(10)
    assert f"scan {ICCID.format(2)}" in orders_of(floor.folder, "2")
