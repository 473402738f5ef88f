"""Scripted walks in YAML against a software card, and what is said of those that fail."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simtool.card.handset.walk import Walk, WalkReport
from simtool.card.session import Session
from simtool.errors import InputError
from simtool.files.product import load
from simtool.opening import SoftCardTransport
from simtool.softcard.card import SoftCard
from simtool.softcard.demo import MenuSource

MENU = """
phone: {language: de, start: 2026-03-01T08:00:00+01:00}
steps:
  - expect: {kind: idle, keys: menu}
  - press: menu
  - expect: {kind: menu, title: Nordlicht, items: [Balance, Help ☺]}
  - press: back
  - expect: {kind: idle}
  - choose: Balance
  - expect: {kind: text, lines: Balance, keys: [ok, end]}
  - press: ok
  - choose: {id: 2}
  - expect: Help ☺
  - wait: 2m
  - expect: {kind: idle}
  - power_cycle
  - expect: {kind: idle}
  - expect_none: [sms, call, ussd]
"""


def walked(text: str) -> WalkReport:
    card = SoftCard.new(load("generic-usim"))
    card.toolkit.source = MenuSource("Nordlicht", ("Balance", "Help ☺"), poll_seconds=30, local_information=1)
    walk = Walk.parse(text, "menu.yaml")
    with Session.open(SoftCardTransport(card, "soft:generic-usim")) as session:
        return walk.run(walk.handset(session))


def test_a_menu_is_walked() -> None:
    report = walked(MENU)
    assert report.passed, str(report)
    assert str(report) == "menu.yaml: 15 steps, all good"
    value = report.to_json()
    assert value["passed"] and len(value["steps"]) == 15
    assert value["steps"][1]["screen"]["title"] == "Nordlicht"


FAULTS = [
    ("- expect: {title: Other}", "expected title 'Other', the screen shows idle"),
    ("- choose: Nothing", "there is no item 'Nothing'; the screen shows idle"),
    ("- press: end", "the key end does nothing; the screen shows idle"),
    ("- type: '1234'", "'1234' cannot be typed; the screen shows idle"),
    ("- expect_sms: Hi", "expected sms {'text': 'Hi'}, there is none"),
    ("- {expect_none: call}\n- expect: {kind: text}", "expected kind text, the screen shows idle"),
]


@pytest.mark.parametrize(("step", "fault"), FAULTS, ids=[row[0] for row in FAULTS])
def test_what_does_not_fit_is_said_with_file_and_line(step: str, fault: str) -> None:
    report = walked(f"steps:\n{step}\n- power_cycle\n")
    failed = report.failed
    assert failed is not None and not report.passed
    assert failed.fault == fault
    assert failed.place.startswith(f"menu.yaml:{step.count(chr(10)) + 2}:")
    assert len(report.results) == step.count("\n") + 1  # nothing is done after it


WRONG = [
    ("steps: [{chose: x}]", "menu.yaml:1:10: steps.0.chose: no step is called 'chose'"),
    ("steps: [{press: shout}]", "'shout' is not known here; known are ok, back, help, end, menu, yes, no"),
    ("steps: [{wait: soon}]", "a time such as 30s, 5m, 1h is expected, not 'soon'"),
    ("steps: [{expect: {colour: red}}]", "unknown name; known are kind, title"),
    ("steps: [{press: ok, wait: 3s}]", "a step has one name"),
    ("steps: [{sms_pp: {tpdu: 0102}}]", "does not begin an SMS-DELIVER"),
    ("steps: [{event: {rain: heavy}}]", "'rain' is no event; known are location_status"),
    ("steps: [{event: {location_status: {area: 01}}}]", "an area has 2 bytes, or 3 in 5G"),
    ("steps: {press: ok}", "a list of steps is expected"),
    ("phone: {imei: 12}\nsteps: []", "menu.yaml:1:9: phone.imei: an IMEI has 15 digits"),
    ("phone: {start: yesterday}\nsteps: []", "a moment such as 2026-01-01T12:00:00+00:00 is expected"),
    ("phone: {services: [call kontrol]}\nsteps: []", "'call kontrol' is not known here; known are MO-SMS control"),
    ("phone: {colour: red}\nsteps: []", "unknown name"),
    ("phone: {}", "steps is missing"),
    ("steps: [{power_cycle: 2}]", "power_cycle has no value"),
    ("steps: [{send: {to: x, text: y}}]", "'x' at place 1 cannot be dialled"),
    ("", "names with values are expected"),
]


@pytest.mark.parametrize(("text", "reason"), WRONG, ids=[row[0] for row in WRONG])
def test_files_that_are_no_walk(text: str, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        Walk.parse(text, "menu.yaml")
    assert reason in str(caught.value)


def test_yes_and_no_are_keys() -> None:
    """As the page writes them, without quotes: YAML would make something else of them."""
    for key in ("yes", "no"):
        failed = walked(f"steps: [{{press: {key}}}]").failed
        assert failed is not None and failed.fault == f"the key {key} does nothing; the screen shows idle"


def test_the_example_of_the_page() -> None:
    page = (Path(__file__).parents[3] / "docs" / "phone.md").read_text()
    (example,) = re.findall(r"<!-- example -->\n```yaml\n(.*?)```", page, re.DOTALL)
    report = walked(example)
    assert report.passed, str(report)


def test_a_walk_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "walk.yaml"
    path.write_text(MENU, encoding="utf-8")
    assert Walk.load(path).name == str(path)
    with pytest.raises(InputError, match="No such file"):
        Walk.load(tmp_path / "other.yaml")
