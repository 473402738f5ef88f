"""Orders as JSON lines, and who may let go on what was stopped."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from simtool.cli.station import lines as station_lines
from simtool.cli.station.lines import JsonLines, PlainLines
from simtool.cli.station.login import Gatekeeper, Login, log_in
from simtool.cli.station.run import Stopper
from simtool.crypto.secret import Secret
from simtool.errors import RefusedError
from simtool.inventory.inventory import Inventory
from simtool.inventory.people import Role, add_operator
from simtool.station.events import CardDone, End, Noted, OrderKind, Phase, Progressed, SlotChanged
from simtool.station.setup import Place
from tests.cli.station.test_screen import VIEW

PIN = Secret(b"834162")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """An inventory with an operator and a supervisor."""
    with Inventory.create(tmp_path / "state") as inventory:
        add_operator(inventory, "Ada", Role.OPERATOR, PIN)
        add_operator(inventory, "Eve", Role.SUPERVISOR, PIN)
    return Place(tmp_path / "state")


@dataclass
class Bench:
    """A station that notes what it is told."""

    stopped: bool = False
    over: bool = False
    told: list[tuple[OrderKind, str | None, str]] = field(default_factory=list)

    def view(self) -> Any:
        return VIEW

    def order(self, kind: OrderKind, slot: str | None = None, text: str = "") -> None:
        self.told.append((kind, slot, text))
        self.over = self.over or kind is OrderKind.END

    def scan(self, text: str, slot: str | None = None) -> str:
        if text == "lost":
            raise RefusedError("no slot waits", hint="look")
        return slot or "2"

    def is_stopped(self, slot: str | None = None) -> bool:
        return self.stopped


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The end of a pipe that the station reads its orders from."""
    read, write = os.pipe()
    monkeypatch.setattr(station_lines, "_stdin", lambda: read)
    yield write
    os.close(read)
    try:
        os.close(write)
    except OSError:
        pass


def answers(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line for line in lines if line["event"] == "answer"]


def run(front: JsonLines, bench: Bench, stdin: int, *lines: str) -> None:
    os.write(stdin, "".join(f"{line}\n" for line in (*lines, '{"order": "end"}')).encode())
    front.run(bench, Stopper())  # type: ignore[arg-type]


def gatekeeper(place: Place, name: str = "Ada", *, supervisor: bool = False, known: bool = True) -> Gatekeeper:
    return Gatekeeper(place, "north", Login(name, supervisor, known))


def test_orders(place: Place, stdin: int, capsys: pytest.CaptureFixture[str]) -> None:
    bench = Bench()
    run(
        JsonLines(gatekeeper(place)), bench, stdin,
        '{"order": "pause", "slot": "3", "text": "why"}', '{"order": "scan", "text": "8949"}',
        '{"order": "resume"}', '{"order": "scan", "text": "lost"}',
    )  # fmt: skip
    assert bench.told == [
        (OrderKind.PAUSE, "3", "why"), (OrderKind.RESUME, None, ""), (OrderKind.END, None, ""),
    ]  # fmt: skip
    found = answers(capsys)
    assert found[0] == {"event": "answer", "order": "pause", "ok": True, "slot": "3"}
    assert found[1]["slot"] == "2"
    assert found[3] == {"event": "answer", "order": "scan", "ok": False, "why": "no slot waits", "hint": "look"}


@pytest.mark.parametrize(
    "line", ["{", "[]", "3", '{"order": "dance"}', '{"order": 3}', "{}", "\xff", '{"order": "resume", "pin": "834162"'],
)  # fmt: skip
def test_what_is_no_order(place: Place, stdin: int, capsys: pytest.CaptureFixture[str], line: str) -> None:
    bench = Bench()
    run(JsonLines(gatekeeper(place)), bench, stdin, line)
    refused, ended = answers(capsys)
    assert not refused["ok"] and ended["ok"]
    assert "834162" not in str(refused)


def test_a_line_without_end_is_forgotten(place: Place, stdin: int, capsys: pytest.CaptureFixture[str]) -> None:
    run(JsonLines(gatekeeper(place)), Bench(), stdin, "x" * 10_000)
    assert answers(capsys)[-1]["ok"]


def test_only_a_supervisor_ends_a_stop(place: Place, stdin: int, capsys: pytest.CaptureFixture[str]) -> None:
    bench = Bench(stopped=True)
    run(
        JsonLines(gatekeeper(place)), bench, stdin,
        '{"order": "resume", "slot": "1"}', '{"order": "resume", "slot": "1", "by": "Ada", "pin": "834162"}',
        '{"order": "resume", "slot": "1", "by": "Eve", "pin": "000000"}',
        '{"order": "resume", "slot": "1", "by": "Eve", "pin": "834162"}',
    )  # fmt: skip
    assert [answer["ok"] for answer in answers(capsys)] == [False, False, False, True, True]
    assert bench.told[0] == (OrderKind.RESUME, "1", "by Eve")


@pytest.mark.parametrize(
    ("supervisor", "known", "stopped"), [(True, True, True), (False, False, True), (False, True, False)]
)
def test_who_needs_no_supervisor(place: Place, supervisor: bool, known: bool, stopped: bool) -> None:
    keeper = gatekeeper(place, supervisor=supervisor, known=known)
    assert not keeper.must_ask(Bench(stopped), "1")  # type: ignore[arg-type]


def test_views_and_events_are_lines(place: Place, stdin: int, capsys: pytest.CaptureFixture[str]) -> None:
    front = JsonLines(gatekeeper(place))
    front.tell(CardDone("1", 0.0, End.GOOD, "8949"))
    run(front, Bench(), stdin)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert next(line for line in lines if line["event"] == "card")["end"] == "good"
    view = next(line for line in lines if line["event"] == "view")
    assert view["slots"][0]["phase"] == "insert" and view["pace"]["yield"] == 0.965


def test_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    front, bench = PlainLines(), Bench(over=True)
    for event in (
        CardDone("1", 0.0, End.REJECTED, "8949", cause="mute\x1b[2J"), Progressed("1", 0.0, 1, 2),
        SlotChanged("2", 0.0, Phase.ATTENTION, "no card of ours", "take it out"), SlotChanged("2", 0.0, Phase.INSERT),
        Noted("", 0.0, "the lid is open", is_problem=True),
    ):  # fmt: skip
        front.tell(event)
    front.run(bench, Stopper())  # type: ignore[arg-type]
    said = [line[10:] for line in capsys.readouterr().out.splitlines()]
    assert said == [
        "slot 1  card 8949 rejected (mute [2J)",
        "slot 2  attention: no card of ours; take it out",
        "PROBLEM: the lid is open",
        "123 of 500 good, 4 rejected, 1 quarantined; 612 cards/h",
    ]


def test_nobody_reads_any_more(place: Place, stdin: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The station ends well, and nothing is raised."""
    read, write = os.pipe()
    os.close(read)
    with open(write, "w") as closed:
        monkeypatch.setattr("sys.stdout", closed)
        bench = Bench()
        JsonLines(gatekeeper(place)).run(bench, Stopper())  # type: ignore[arg-type]
        monkeypatch.undo()
        with pytest.raises(BrokenPipeError):
            closed.flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), write)
    assert bench.told == [(OrderKind.END, None, "")]


def test_login_by_environment(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMTOOL_OPERATOR_PIN", "834162")
    assert log_in(place, "north", "eve", "root", by_page=False) == Login("Eve", is_supervisor=True, known=True)
    monkeypatch.setenv("SIMTOOL_OPERATOR_PIN", "000000")
    with pytest.raises(RefusedError, match="name or PIN is wrong"):
        log_in(place, "north", "Ada", "root", by_page=False)


def test_login_where_nobody_can_be_asked(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simtool.cli.station.login.at_keyboard", lambda: False)
    with pytest.raises(RefusedError, match="say who works"):
        log_in(place, "north", "", "root", by_page=False)
    with pytest.raises(RefusedError, match="the PIN of Ada is needed"):
        log_in(place, "north", "Ada", "root", by_page=False)
    assert log_in(place, "north", "", "root", by_page=True) == Login("", is_supervisor=False, known=True)


def test_without_operators_everybody_may(tmp_path: Path) -> None:
    with Inventory.create(tmp_path / "state"):
        pass
    found = log_in(Place(tmp_path / "state"), "north", "", "root", by_page=False)
    assert found == Login("root", is_supervisor=True, known=False)
