"""`simtool phone`: walks, pictures, and lines from a pipe. At a keyboard: `test_phone_at_keyboard`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from simtool import opening
from simtool.cli.main import main
from simtool.files.product import load
from simtool.softcard.card import SoftCard
from simtool.softcard.demo import MenuSource

WALK = """
steps:
  - expect: {kind: idle}
  - choose: Balance
  - expect: {text: Balance}
  - press: ok
"""


@pytest.fixture(autouse=True)
def menu(monkeypatch: pytest.MonkeyPatch) -> MenuSource:
    """Every software card has a small application."""
    source = MenuSource("Nordlicht", ("Balance", "Help ☺"), poll_seconds=30)

    def open_transport(reader: str) -> opening.SoftCardTransport:
        card = SoftCard.new(load("sysmoISIM-SJA5"))
        card.toolkit.source = source
        return opening.SoftCardTransport(card, reader)

    monkeypatch.setattr(opening, "open_transport", open_transport)
    return source


def phone(*words: str | Path, typed: str = "") -> Result:
    return CliRunner().invoke(main, ["phone", "--reader", "soft:demo", *map(str, words)], input=typed)


def test_a_walk_that_fits(tmp_path: Path) -> None:
    walk = tmp_path / "walk.yaml"
    walk.write_text(WALK)
    result = phone("--walk", walk)
    assert result.exit_code == 0, result.output
    assert result.stdout.strip() == f"{walk}: 4 steps, all good"
    value = json.loads(phone("--walk", walk, "--json").stdout)
    assert value["passed"] is True
    assert [step["step"] for step in value["steps"]] == ["expect", "choose", "expect", "press"]


def test_a_walk_that_does_not_fit(tmp_path: Path) -> None:
    walk = tmp_path / "walk.yaml"
    walk.write_text(WALK.replace("{text: Balance}", "Top up"))
    result = phone("--walk", walk)
    assert result.exit_code == 1
    assert result.stdout.strip() == f"{walk}:5:5: expect: expected the text 'Top up', the screen shows text: Balance"
    assert json.loads(phone("--walk", walk, "--json").stdout)["steps"][-1]["fault"].startswith("expected the text")


def test_a_file_that_is_no_walk(tmp_path: Path) -> None:
    walk = tmp_path / "walk.yaml"
    walk.write_text("steps: [{jump: high}]")
    result = phone("--walk", walk)
    assert result.exit_code == 1
    assert f"error: {walk}:1:10: steps.0.jump: no step is called 'jump'" in result.stderr
    assert "next:  known are choose, help, press" in result.stderr


def test_pictures_of_the_screens(tmp_path: Path) -> None:
    walk, album = tmp_path / "walk.yaml", tmp_path / "album"
    walk.write_text(WALK)
    value = json.loads(phone("--walk", walk, "--screens", album, "--json").stdout)
    names = sorted(path.name for path in album.iterdir())
    assert [name for name in names if name.endswith("svg")] == ["001-idle.svg", "002-text.svg", "003-idle.svg"]
    assert (album / "002-text.png").read_bytes().startswith(b"\x89PNG")
    assert "Balance" in (album / "002-text.svg").read_text()
    assert sorted(value["pictures"]) == sorted(map(str, album.iterdir()))


def test_lines_from_a_pipe(menu: MenuSource) -> None:
    result = phone(typed="menu\n2\nok\nwait 5m\nseen\nquit\n")
    assert result.exit_code == 0, result.output
    assert "2 Help ☺" in result.output
    assert result.output.index("Nordlicht") < result.output.index("│ Help ☺")
    assert len(menu.responses) == 3


PROMPTS: list[tuple[str, str, str]] = [
    ("an item by its name", "Balance\n", "│ Balance"),
    ("an item that is not there", "menu\n7\n", "there is no item '7'"),
    ("a key that does nothing", "end\n", "end does nothing here"),
    ("a text that nobody wants", "menu\nback\ntype x\n", "nothing asks for a text; ? helps"),
    ("a call", "dial +491234\n", "│ +491234"),
    ("a string", "dial *100#\n", "· shown: OK"),
    ("a message", "sms +491234 Hi there\nseen\n", "message  to +491234: Hi there"),
    ("a message without a text", "sms +491234\n", "say sms NUMBER TEXT"),
    ("a number that is none", "dial abc\n", "cannot be dialled"),
    ("somebody calls", "ring +491234\nok\nend\n", "│ Incoming call"),
    ("a step of a walk", "event: {location_status: limited}\nexpect: {kind: idle}\n", "· · ·"),
    ("an expectation", "expect: {kind: text}\n", "expected kind text, the screen shows idle"),
    ("a step that is wrong", "event: {rain: heavy}\n", "'rain' is no event"),
    ("a message that comes", 'sms: {from: "+49123", text: Hällo}\n', "· message: from +49123: Hällo"),
    ("help", "?\n", "NUMBER or TEXT     choose the item"),
    ("help about an item that has none", "menu\nhelp 1\n", "there is no help about '1'"),
    ("out and in", "power\nlog\n", "SET UP MENU: performed"),
]


@pytest.mark.parametrize(("typed", "shown"), [row[1:] for row in PROMPTS], ids=[row[0] for row in PROMPTS])
def test_what_a_person_can_type(typed: str, shown: str) -> None:
    result = phone(typed=typed)
    assert result.exit_code == 0, result.output
    assert shown in result.output


def test_json_after_lines_from_a_pipe() -> None:
    value = json.loads(phone("--json", typed="1\nok\n").stdout)
    assert {"kind": "response", "text": "DISPLAY TEXT: performed"} in [
        {"kind": one["kind"], "text": one["text"]} for one in value["happened"]
    ]
    assert value["screen"] == {"kind": "idle", "keys": ["menu"]}


def test_a_trace_of_what_is_sent() -> None:
    result = phone("--trace", typed="quit\n")
    assert "# TERMINAL PROFILE" in result.stderr and "# FETCH" in result.stderr


def test_the_pin(monkeypatch: pytest.MonkeyPatch) -> None:
    """A card whose PIN is enabled: from the environment, or the phone says what it does without."""
    monkeypatch.setenv("SIM_PIN", "9999")
    assert phone(typed="quit\n").stderr == ""
    monkeypatch.setattr(opening, "open_transport", with_pin)
    without = phone(typed="quit\n")
    assert without.exit_code == 0
    assert "note: PIN1 is not given" in without.stderr
    wrong = phone("--from-env", "PIN1=SIM_PIN", typed="quit\n")
    assert wrong.exit_code == 4
    assert "wrong" in wrong.stderr
    assert "9999" not in wrong.output
    monkeypatch.setenv("SIM_PIN", "0000")
    assert phone("--from-env", "PIN1=SIM_PIN", typed="quit\n").exit_code == 0


def with_pin(reader: str) -> opening.SoftCardTransport:
    card = SoftCard.new(load("sysmoISIM-SJA5"))
    card.pins["PIN1"].enable(True)
    return opening.SoftCardTransport(card, reader)
