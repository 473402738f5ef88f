"""`simtool profile lint`, `explain`, `schema` at the command line."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from simtool.cli.main import main
from tests.perso.rig import ROOT

FULL = str(ROOT / "profiles" / "full-mvno.yaml")


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["profile", *words])


def test_a_clean_profile() -> None:
    result = run("lint", FULL, "--model", "sysmoISIM-SJA5")
    assert result.exit_code == 0
    assert "on 1 profile for sysmoISIM-SJA5: 0 findings, 0 to cure" in result.output


def test_an_error_and_its_cure(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(f"extends: {FULL}\nnetwork: {{forbidden: [001-01]}}\n")
    result = run("lint", str(path))
    assert result.exit_code == 1
    first, cure, *_ = result.output.splitlines()
    assert first == f"{path}:2:23: error P30: network.forbidden.0: 001-01 is a home network and forbidden"
    assert cure == "    → Take it out of network.forbidden or the country's avoid."
    (finding,) = json.loads(run("lint", str(path), "--json").output)["findings"]
    assert finding["rule"] == "P30" and finding["clause"] and finding["why"]


def test_a_warning_counts_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(f"extends: {FULL}\nnetwork: {{access_class: 5}}\n")
    assert run("lint", str(path)).exit_code == 0
    assert run("lint", str(path), "--strict").exit_code == 1


def test_what_a_product_cannot_carry() -> None:
    result = run("lint", FULL, "--model", "sysmoUSIM-SJS1")
    assert result.exit_code == 1
    assert "error P63: profile: services that the profile fills: MF/ADF.USIM/EF.UST has" in result.output
    assert "no room for service" in result.output


def test_records_belong_to_one_profile() -> None:
    assert run("lint", FULL, FULL, "--records", "r.yaml").exit_code == 2


def test_explain() -> None:
    result = run("explain", FULL, "--model", "sysmoISIM-SJA5")
    assert result.exit_code == 0
    (line,) = (line for line in result.output.splitlines() if line.startswith("services.smsc"))
    assert line.split() == ["services.smsc", "+8822800100", f"{FULL}:57:3", "MF/ADF.USIM/EF.SMSP"]
    value = json.loads(run("explain", FULL, "--json").output)
    assert {"name", "value", "source", "files"} == set(value[0])


def test_schema(tmp_path: Path) -> None:
    printed = json.loads(run("schema").output)
    assert run("schema", "--out", str(tmp_path / "s.json")).exit_code == 0
    assert json.loads((tmp_path / "s.json").read_text()) == printed
    assert run("schema", "--out", str(tmp_path / "no" / "s.json")).exit_code == 1
