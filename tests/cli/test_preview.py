"""`simtool profile preview` and `simtool card preview`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from simtool.perso.workspace import make_workspace
from tests.cli.conftest import CARD, ROOT, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk with the example of a new workspace: named Example, home 001-01, 262-02 preferred abroad."""
    folder = make_workspace(tmp_path / "workspace").folder
    profile, record = folder / "profiles" / "example.yaml", folder / "inventory" / "records.yaml"
    desk = Desk(folder, profile, record, f"{CARD},state={folder / 'inventory' / 'card'}")
    assert desk.run("issue", profile, "--out", record).exit_code == 0
    return desk


def preview(desk: Desk, *words: str) -> dict[str, object]:
    result = desk.run("profile", "preview", desk.profile, *words, "--json")
    assert result.exit_code == 0, result.output
    value: dict[str, object] = json.loads(result.stdout)
    return value


def lines(value: dict[str, object]) -> list[list[str]]:
    return [[line["text"] for line in seen["lines"]] for seen in value["previews"]]  # type: ignore[attr-defined]


def test_a_profile_at_home_and_abroad(desk: Desk) -> None:
    assert lines(preview(desk)) == [["Example"]]
    assert lines(preview(desk, "--at", "262-01")) == [["262-01"]]
    shown = desk.run("profile", "preview", desk.profile, "--at", "262-01", "--why")
    assert "the phone takes from NITZ or its own table" in shown.output
    assert (
        "display condition b2=1, elsewhere than at home and in the provider's list (TS 31.102 §4.2.12, TS 22.101 §A.4)"
        in shown.output
    )


def test_a_brand_shown_abroad(desk: Desk) -> None:
    desk.rewrite(desk.profile, "hide_when_roaming: true", "hide_when_roaming: false")
    assert lines(preview(desk, "--at", "262-01")) == [["262-01", "Example"]]


def test_a_sheet_and_its_pictures(desk: Desk) -> None:
    svg, png = desk.folder / "sheet.svg", desk.folder / "sheet.png"
    value = preview(desk, "--sheet", "--at", "208-01", "--svg", str(svg), "--png", str(png), "--dark")
    assert lines(value) == [["Example"], ["262-02"], ["208-01"]]
    assert value["pictures"] == [str(svg), str(png)]
    assert "Example" in svg.read_text()
    assert png.read_bytes().startswith(b"\x89PNG")


def test_on_a_product_of_choice(desk: Desk) -> None:
    assert preview(desk)["product"] == "generic-usim"
    assert preview(desk, "--model", "sysmoISIM-SJA5")["product"] == "sysmoISIM-SJA5"
    refused = desk.run("profile", "preview", desk.profile, "--model", "magicsim")
    assert refused.exit_code == 1
    assert "EF.EHPLMN" in refused.stderr


def test_what_is_asked_wrongly_is_said(desk: Desk) -> None:
    for words, reason in (
        (("--at", "26"), "PLMN '26'"),
        (("--tac", "xyz"), "'xyz' is not a number in hex"),
        (("--tac", "10000"), "a TAC in 4G is a number from 0 to 0xffff"),
        (("--svg", str(desk.folder / "no" / "where.svg")), "No such file"),
    ):
        result = desk.run("profile", "preview", desk.profile, *words)
        assert result.exit_code == 1
        assert reason in result.stderr
    assert preview(desk, "--rat", "5G", "--tac", "10000")


def test_a_finished_card_shows_what_the_profile_promised(desk: Desk) -> None:
    promised = preview(desk, "--model", "sysmoISIM-SJA5", "--record", str(desk.record), "--sheet")
    assert desk.on_card("apply").exit_code == 0
    result = desk.run("card", "preview", "--reader", desk.reader, "--sheet", "--json")
    assert result.exit_code == 0, result.output
    seen = json.loads(result.stdout)
    assert lines(seen) == lines(promised) == [["Example"], ["262-02"]]
    assert [one["voicemail"] for one in seen["previews"]] == ["+8822800333"] * 2
    assert [one["decisions"] for one in seen["previews"]] == [one["decisions"] for one in promised["previews"]]  # type: ignore[attr-defined]


def test_a_sim_in_a_2g_network(desk: Desk) -> None:
    result = desk.run("card", "preview", "--reader", "soft:fakemagicsim", "--rat", "2G", "--json")
    assert result.exit_code == 0, result.output
    (seen,) = json.loads(result.stdout)["previews"]
    assert seen["application"] == "SIM"
    assert [line["text"] for line in seen["lines"]] == ["Magic", "001-01"]
    in_4g = desk.run("card", "preview", "--reader", "soft:fakemagicsim")
    assert "Emergency calls only" in in_4g.output


def test_old_phones_read_the_sim(desk: Desk) -> None:
    value = preview(desk, "--rat", "2G", "--sim-only")
    (seen,) = value["previews"]  # type: ignore[misc]
    assert seen["application"] == "SIM"
    assert lines(value) == [["Example"]]


def test_a_card_that_asks_for_its_pin(desk: Desk) -> None:
    """EF.IMSI and EF.SPDI want PIN1 (TS 31.102 §4.2.2, §4.2.66); without it the home network has to be said."""
    enabled = desk.run("card", "pin", "enable", "PIN1", "--reader", desk.reader, "--record", desk.record)
    assert enabled.exit_code == 0, enabled.output
    words = ("card", "preview", "--reader", desk.reader)
    refused = desk.run(*words)
    assert refused.exit_code == 1
    assert "the card's home network cannot be read" in refused.stderr
    assert "--from-env PIN1=NAME" in refused.stderr
    unknown = desk.run(*words, "--at", "001-01", "--why")
    assert unknown.exit_code == 0
    assert "unknown network" in unknown.output
    known = desk.run(*words, "--record", desk.record, "--json")
    assert known.exit_code == 0, known.output
    assert json.loads(known.stdout)["previews"][0]["standing"] == "home network"


def test_the_host_of_the_providers_list_is_on_the_sheet(desk: Desk) -> None:
    services = [*range(1, 22), 42, 43, 45, 46, 47, 51, 71]
    files = f"files: {{MF/ADF.USIM/EF.SPDI: [001-02], MF/ADF.USIM/EF.UST: {services}}}\n"
    desk.profile.write_text(desk.profile.read_text() + files)
    value = preview(desk, "--sheet")
    assert lines(value) == [["Example"], ["Example"], ["262-02"]]
    standings = [seen["standing"] for seen in value["previews"]]  # type: ignore[attr-defined]
    assert standings == ["home network", "provider's host network", "network abroad"]


def test_no_private_file_is_needed(desk: Desk) -> None:
    """Whoever draws the brand has neither the list of cards nor the operator's OP."""
    desk.rewrite(desk.profile, "algorithm: milenage", "op_file: nowhere.hex\n  algorithm: milenage")
    (desk.folder / "inventory" / "stock.yaml").unlink()
    value = preview(desk)
    assert lines(value) == [["Example"]]
    assert value["previews"][0]["own_numbers"] == [{"number": "+88228000101", "name": ""}]  # type: ignore[index]


@pytest.mark.parametrize("path", sorted((ROOT / "profiles").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_profile_can_be_looked_at(run: Callable[..., Result], path: Path) -> None:
    result = run("profile", "preview", path, "--sheet", "--json")
    assert result.exit_code == 0, result.output
    home, *others = json.loads(result.stdout)["previews"]
    assert home["standing"] == "home network"
    assert all(line["from_card"] for line in home["lines"])
    assert others[-1]["roaming"]
