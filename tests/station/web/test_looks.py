"""How the bench looks: nothing is told by colour alone, and no slot is ever hidden."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

import simtool.station.web
from simtool.station.events import End, Phase
from simtool.station.web.looks import LOOKS, MARKS, rows, tile
from simtool.station.web.templates_of import environment, groups, lasting, moment, percent, short
from tests.station.web.fake_bench import FakeBench

TEMPLATES = Path(next(iter(simtool.station.web.__path__))) / "templates"


def test_each_phase_has_a_word_and_a_shape_of_its_own() -> None:
    assert set(LOOKS) == set(Phase)
    assert len({look.word for look in LOOKS.values()}) == len(Phase)
    assert len({look.icon for look in LOOKS.values()}) == len(Phase)
    assert set(MARKS) == set(End)


@pytest.mark.parametrize(
    "name", sorted({look.icon for look in LOOKS.values()} | {mark.icon for mark in MARKS.values()})
)
def test_each_shape_is_drawn_and_differs(name: str) -> None:
    icons = environment(TEMPLATES).get_template("icons.html").module
    drawn = {other.icon: re.sub(r"\s+", " ", str(icons.icon(other.icon))) for other in LOOKS.values()}  # type: ignore[attr-defined]
    own = re.sub(r"\s+", " ", str(icons.icon(name)))  # type: ignore[attr-defined]
    assert "<path" in own or "<circle" in own
    assert [other for other, text in drawn.items() if text == own and other != name] == []


def test_tiles_stand_as_the_slots_do_on_the_table() -> None:
    view = FakeBench(slots=8, columns=4).view()
    assert [[one and one.slot.name for one in row] for row in rows(view)] == [
        ["1", "2", "3", "4"],
        ["5", "6", "7", "8"],
    ]


def test_holes_in_the_table_stay_and_doubled_places_hide_nobody() -> None:
    view = FakeBench(slots=3, columns=3).view()
    first, second, third = view.slots
    gap = replace(view, slots=(first, replace(second, column=4), third))
    assert [[one and one.slot.name for one in row] for row in rows(gap)] == [["1", None, "3", "2"]]
    doubled = replace(view, slots=(first, replace(second, column=1), replace(third, row=0)))
    assert [[one and one.slot.name for one in row] for row in rows(doubled)] == [["1", None, None], ["2", "3"]]


@pytest.mark.parametrize(("done", "total", "percent_"), [(0, 0, 0), (0, 9, 0), (1, 3, 33), (9, 9, 100), (12, 9, 100)])
def test_progress_stays_between_nothing_and_all(done: int, total: int, percent_: int) -> None:
    slot = replace(FakeBench(slots=1).view().slots[0], done=done, total=total)
    assert tile(slot).percent == percent_


def test_a_tile_in_one_sentence() -> None:
    slot = replace(FakeBench(slots=1).view().slots[0], phase=Phase.REJECT, message="EF.IMSI answers 6581.")
    assert tile(slot).spoken == "Slot 1: Reject. EF.IMSI answers 6581. Into the reject box."


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "–"), (0, "0 s"), (59.4, "59 s"), (60, "1 min"), (3570, "1 h 00"), (3600, "1 h 00"), (11100, "3 h 05")],
)
def test_lasting(seconds: float | None, text: str) -> None:
    assert lasting(seconds) == text


@pytest.mark.parametrize(("part", "text"), [(1.0, "100"), (0.9999, "99.9"), (0.985, "98.5"), (0.5, "50"), (0.0, "0")])
def test_percent_is_all_only_when_it_is_all(part: float, text: str) -> None:
    assert percent(part) == f"{text}\N{NO-BREAK SPACE}%"


def test_numbers_and_times_for_people() -> None:
    assert groups("8949440000001155314").split("\N{NO-BREAK SPACE}") == ["8949", "4400", "0000", "1155", "314"]
    assert short("8949440000001155314") == "…0115\N{NO-BREAK SPACE}5314" and short("123") == "123"
    assert moment("no time") == "no time" and re.fullmatch(
        r"2026-11-2\d \d\d:\d\d:40", moment("2026-11-25T07:12:40+00:00")
    )
