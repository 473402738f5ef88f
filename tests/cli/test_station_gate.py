"""First articles at the command line: made, listed, shown, printed, approved and refused by name; and the script."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from simtool.crypto.secret import Secret
from simtool.inventory.gate import first_articles
from simtool.inventory.life import RecordState
from simtool.inventory.people import Role, add_operator
from simtool.station.article.sheet import ArticleSheet
from tests.station.rig import BATCH, NUMBERED, Warehouse, warehouse

Run = Callable[..., Result]
PIN = "SIMTOOL_OPERATOR_PIN"


@pytest.fixture
def here(tmp_path: Path) -> Warehouse:
    """Its inventory is in the state folder that commands use by default."""
    return warehouse(tmp_path)


@pytest.fixture
def reader(tmp_path: Path) -> str:
    return f"soft:{NUMBERED},state={tmp_path / 'card'}"


def make(run: Run, reader: str, *more: str | Path) -> Result:
    return run("station", "first-article", "make", BATCH, "--reader", reader, *more)


def decide(run: Run, verb: str, *more: str) -> Result:
    return run("station", "first-article", verb, *more)


def test_made_shown_and_approved(run: Run, here: Warehouse, reader: str, tmp_path: Path) -> None:
    pdf = tmp_path / "sheet.pdf"
    made = make(run, reader, "--who", "Ola", "--pdf", pdf)
    assert made.exit_code == 0, made.output
    iccid = here.issued[0].iccid.digits
    for text in (iccid, "Nordlicht", "AKA: proved", "check value Ki", "nobody's PIN was checked", "approve 1"):
        assert text in made.output, text
    assert pdf.read_bytes().startswith(b"%PDF")
    listed = run("station", "first-article", "list", "--json")
    (row,) = json.loads(listed.output)["first_articles"]
    assert (row["id"], row["state"], row["made_by"], row["iccid"]) == (1, "waiting", "Ola", iccid)
    shown = run("station", "first-article", "show", "1", "--json")
    sheet = json.loads(shown.output)["sheet"]
    assert ArticleSheet.from_json(json.dumps(sheet)).good
    assert decide(run, "approve", "1", "--who", "Ola").exit_code == 5
    done = decide(run, "approve", "1", "--who", "Anna")
    assert done.exit_code == 0 and "approved by Anna" in done.output and "nobody's PIN" in done.output
    assert "approved by Anna" in run("station", "first-article", "show", "1").output


def test_who_decides_has_to_be_named(run: Run, here: Warehouse, reader: str) -> None:
    assert make(run, reader).exit_code == 0
    nobody = decide(run, "approve", "1")
    assert nobody.exit_code == 5 and "--who" in nobody.output
    assert decide(run, "refuse", "1", "--who", "Anna").exit_code == 2
    refused = decide(run, "refuse", "1", "--who", "Anna", "--why", "crooked")
    assert refused.exit_code == 0 and "refused by Anna: crooked" in refused.output


def test_with_operators_a_supervisors_pin_is_wanted(
    run: Run, here: Warehouse, reader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with here.inventory() as inventory:
        for name, role, pin in (("Ola", Role.OPERATOR, b"802741"), ("Anna", Role.SUPERVISOR, b"593018")):
            add_operator(inventory, name, role, Secret(pin, kind="pin"))
    assert make(run, reader, "--operator", "Ola").exit_code == 5  # nobody types a PIN here
    monkeypatch.setenv(PIN, "802742")
    wrong = make(run, reader, "--operator", "Ola")
    assert wrong.exit_code == 5 and "wrong" in wrong.output
    assert here.states() == [RecordState.GENERATED] * 3
    monkeypatch.setenv(PIN, "802741")
    made = make(run, reader, "--operator", "Ola")
    assert made.exit_code == 0 and "nobody's PIN" not in made.output
    plain = decide(run, "approve", "1", "--who", "Ola")
    assert plain.exit_code == 5 and "no supervisor" in plain.output
    assert decide(run, "approve", "1", "--who", "Anna").exit_code == 5  # with Ola's PIN
    monkeypatch.setenv(PIN, "593018")
    assert decide(run, "approve", "1", "--who", "Anna").exit_code == 0
    with here.inventory() as inventory:
        (article,) = first_articles(inventory, BATCH)
    assert (article.made_by, article.decided_by) == ("Ola", "Anna")


def test_errors(run: Run, here: Warehouse, reader: str, tmp_path: Path) -> None:
    there = tmp_path / "there.pdf"
    there.write_text("")
    assert make(run, reader, "--pdf", there).exit_code == 1
    assert here.states() == [RecordState.GENERATED] * 3
    assert make(run, reader, "--product", "sysmoISIM-SJA5").exit_code == 5
    assert run("station", "first-article", "make", "b9", "--reader", reader).exit_code == 1
    assert run("station", "first-article", "show", "7").exit_code == 1
    assert decide(run, "approve", "7", "--who", "Anna").exit_code == 1
    assert run("station", "first-article", "list").output.strip() == "no first articles"


def test_script(run: Run, here: Warehouse) -> None:
    shown = run("station", "script", here.profile, "--model", NUMBERED)
    assert shown.exit_code == 0
    for text in ("{iccid}", "{imsi}", "{ki}", "Nordlicht", "branding.spn", "digest "):
        assert text in shown.output, text
    value = json.loads(run("station", "script", here.profile, "--model", NUMBERED, "--json").output)
    assert value["digest"] in shown.output and value["problems"] == []
    assert {row["place"] for row in value["script"]} >= {"MF/EF.ICCID", "ADM1"}
    assert run("station", "script", here.profile, "--model", "nonsense").exit_code == 1
