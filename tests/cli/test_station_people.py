"""`simtool station operator`: the PIN is typed twice and seen nowhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from simtool.cli.main import main
from simtool.crypto.secret import Secret
from simtool.inventory.inventory import Inventory
from simtool.inventory.people import Role, check_pin
from tests.harness.keyboard import at_keyboard

PIN, OTHER = "394817", "270591"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SIMTOOL_STATE", str(tmp_path / "state"))
    Inventory.create(tmp_path / "state").close()
    return tmp_path / "state"


def does(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, ["station", "operator", *words])
    assert result.exit_code == code, result.output
    return result.output


def signs_in(state: Path, name: str, pin: str) -> Role:
    with Inventory.open(state) as inventory:
        return check_pin(inventory, name, Secret(pin.encode(), "pin")).role


def test_a_person_is_let_in_at_the_keyboard(state: Path) -> None:
    with at_keyboard("station", "operator", "add", "Ann", "--role", "supervisor") as person:
        person.until("PIN for Ann:")
        person.type(PIN)
        person.until("once more:")
        person.type(OTHER)
        person.until("do not match")
        shown = person.seen
        for _ in range(2):
            person.until(":")
            shown += person.seen
            person.type(PIN)
        person.until("Ann may work as supervisor")
        assert PIN not in shown and OTHER not in shown
        assert person.process.wait() == 0
    assert signs_in(state, "Ann", PIN) is Role.SUPERVISOR


def test_people_come_and_go(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRST", PIN)
    monkeypatch.setenv("SECOND", OTHER)
    monkeypatch.setenv("WEAK", "111111")
    assert "nobody yet" in does("list")
    does("add", "Ann", "--role", "operator", "--pin-from-env", "FIRST")
    does("add", "Bo", "--role", "supervisor", "--pin-from-env", "FIRST")
    does("pin", "ann", "--pin-from-env", "SECOND")
    assert signs_in(state, "Ann", OTHER) is Role.OPERATOR
    does("disable", "Bo")
    assert json.loads(does("list", "--json"))["operators"] == [
        {"name": "Ann", "role": "operator", "active": True},
        {"name": "Bo", "role": "supervisor", "active": False},
    ]
    assert "disabled" in does("list")
    does("enable", "Bo")
    assert signs_in(state, "Bo", PIN) is Role.SUPERVISOR
    for words, said in (
        (("add", "Cy", "--role", "operator", "--pin-from-env", "WEAK"), "tried first"),
        (("add", "Ann", "--role", "operator", "--pin-from-env", "FIRST"), "already"),
        (("add", "Cy", "--role", "operator", "--pin-from-env", "NOWHERE"), "not set"),
        (("add", "Cy", "--role", "operator"), "at a keyboard"),
        (("pin", "Cy", "--pin-from-env", "FIRST"), "no operator Cy"),
        (("disable", "Cy"), "no operator Cy"),
    ):
        output = does(*words, code=1)
        assert said in output
        assert not any(secret in output for secret in (PIN, OTHER, "111111"))
    does("add", "Cy", "--role", "chief", code=2)
