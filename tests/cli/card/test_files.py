"""`card read`, `dump`, `set`, `refresh-net`, `info` as a technician sees them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import Result

from tests.cli.card.conftest import ADM1
from tests.cli.conftest import Desk

Run = Callable[..., Result]


def test_read(card: Run) -> None:
    result = card("read", "EF.SPN", "3f00/7fff/6f07", "EF.SMSP[2]")
    assert result.exit_code == 0, result.output
    assert "MF/ADF.USIM/EF.SPN  (3f00/7fff/6f46)" in result.output
    assert "name: Magic" in result.output
    assert "hex 034d61676963" in result.output
    assert "001010000000102" in result.output
    (spn, _, smsp) = json.loads(card("read", "EF.SPN", "EF.IMSI", "EF.SMSP[2]", "--json").output)
    assert spn["value"] == {"name": "Magic", "show_plmn_at_home": True, "hide_when_roaming": True}
    assert spn["clause"] == "TS 31.102 §4.2.12"
    assert (spn["read"], spn["update"]) == ("anyone", "ADM1")
    assert smsp["records"] == 2


def test_read_what_needs_an_adm(card: Run, with_record: Run) -> None:
    refused = card("read", "EF.USIM_AUTH_KEY")
    assert refused.exit_code == 4
    assert "needs ADM1" in refused.output
    assert "--record FILE" in refused.output
    allowed = with_record("read", "EF.USIM_AUTH_KEY")
    assert allowed.exit_code == 0
    assert re.search(r"k: check value [0-9a-f]{6}", allowed.output)


ERRORS = [
    # words, exit code, what stderr says
    (("read", "EF.NOWHERE"), 1, "has no file"),
    (("read", "EF.ARR"), 1, "can mean 5 files"),
    (("read", "EF.SMSP[9]"), 1, "records 1 to 2"),
    (("read",), 2, "Missing argument"),
    (("set", "EF.SPN", "name=Bo"), 1, "needs ADM1"),
    (("set", "EF.SPN", "name=Bo", "--from-env", "ADM1"), 1, "names no variable"),
    (("set", "EF.SPN", "name=Bo", "--from-env", "ADM1=NOT_SET_ANYWHERE"), 1, "is not set"),
    (("dump", "--product", "nothing"), 1, "no card product"),
    (("auth",), 1, "from a record"),
]


@pytest.mark.parametrize(("words", "code", "text"), ERRORS)
def test_errors(card: Run, words: tuple[str, ...], code: int, text: str) -> None:
    result = card(*words)
    assert result.exit_code == code, result.output
    assert text in result.stderr
    assert "Traceback" not in result.output


def test_dump_is_yaml_and_json(with_record: Run, desk: Desk) -> None:
    result = with_record("dump")
    assert result.exit_code == 0
    shown = yaml.safe_load(result.stdout)
    assert shown["iccid"] == "8949440000001155314"
    assert shown["files"]["MF/ADF.USIM/EF.SPN"]["name"] == "Magic"
    assert shown["files"]["MF/ADF.USIM/EF.SMS"] == {"1-30": {"status": "free", "service_centre": None, "tpdu": ""}}
    assert shown["files"]["MF/ADF.USIM/EF.UFC"] == "00" * 64
    assert re.fullmatch(r"check value [0-9a-f]{6}", shown["files"]["MF/ADF.USIM/EF.USIM_AUTH_KEY"]["value"]["k"])
    value = json.loads(with_record("dump", "--hex", "--json").stdout)
    assert value["files"]["MF/EF.ICCID"]["hex"] == "989444000000115513f4"
    assert "MF/ADF.USIM/EF.EHPLMN" in value["not_read"]


def test_set_reads_back(card: Run, with_record: Run) -> None:
    result = with_record("set", "EF.SPN", "name=Nordlicht", "show_plmn_at_home=no")
    assert result.exit_code == 0, result.output
    assert "name: Magic, show_plmn_at_home: yes" in result.output
    assert "name: Nordlicht, show_plmn_at_home: no" in result.output
    assert "read back" in result.output
    assert "nothing to change" in with_record("set", "EF.SPN", "name=Nordlicht").output
    services = with_record("set", "EF.UST", "+47", "-19")
    assert "only here: 19 SPN" in services.output
    assert "only here: 47 MBDN" in services.output
    value = json.loads(with_record("set", "EF.HPPLMN", "60", "--json").stdout)
    assert value["verified"] is True
    assert value["changed"] == [{"place": "MF/ADF.USIM/EF.HPPLMN", "before": "30", "after": "60"}]
    assert "60" in card("read", "EF.HPPLMN").output


REFUSED_VALUES = [
    # words, exit code, what stderr says
    (("EF.SPN", "nam=Bo"), 1, "no field nam"),
    (("EF.HPPLMN", "61"), 1, "multiple of 6"),
    (("EF.SMSP", "service_centre=+49"), 1, "2 records"),
    (("EF.ICCID", "8949440000001155322"), 1, "cannot be written"),
    (("EF.USIM_AUTH_KEY", "hex:00"), 5, "not set by hand"),
]


@pytest.mark.parametrize(("words", "code", "text"), REFUSED_VALUES)
def test_set_refuses(with_record: Run, words: tuple[str, ...], code: int, text: str) -> None:
    result = with_record("set", *words)
    assert result.exit_code == code, result.output
    assert text in result.stderr
    assert "next:" in result.stderr


def test_the_adm_comes_from_the_environment(card: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_ADM", ADM1)
    result = card("set", "EF.SPN", "name=Bo", "--from-env", "ADM1=THE_ADM", "--trace")
    assert result.exit_code == 0, result.output
    assert ADM1 not in result.output
    assert ADM1.encode().hex() not in result.output


def test_the_adm_is_asked_at_the_keyboard_and_not_shown(desk: Desk, keyboard: Run) -> None:
    result = keyboard(f"12\n{ADM1}\n", "card", "set", "EF.SPN", "name=Bo", "--reader", desk.reader)
    assert result.exit_code == 0, result.output
    assert "3 tries left" in result.output
    assert "4 to 8 digits" in result.output, "what cannot be an ADM costs no try"
    assert ADM1 not in result.output


def test_a_wrong_adm_costs_one_try_and_no_more(card: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_ADM", "99999999")
    first = card("set", "EF.SPN", "name=Bo", "--from-env", "ADM1=THE_ADM")
    assert first.exit_code == 4
    assert "2 tries left" in first.stderr
    second = card("set", "EF.SPN", "name=Bo", "--from-env", "ADM1=THE_ADM", "--min-tries", "1")
    assert second.exit_code == 5
    assert "was not sent" in second.stderr
    assert "name: Magic" in card("read", "EF.SPN").output


def test_refresh_net(card: Run) -> None:
    first = card("refresh-net")
    assert first.exit_code == 0, first.output
    assert "MF/ADF.USIM/EF.EPSLOCI" in first.output
    assert "MF/ADF.USIM/DF.5GS/EF.5GS3GPPLOCI" in first.output
    assert "nothing to change" in card("refresh-net").output


def test_info_with_a_profile(desk: Desk, card: Run, with_record: Run) -> None:
    result = with_record("info", "--profile", str(desk.profile))
    assert result.exit_code == 0, result.output
    assert "the phone will show" in result.output
    assert re.search(r"with ADM1 +keys, IMSI", result.output)
    assert re.search(r"fits +\d+ writes", result.output)
    lacking = desk.run("card", "info", "--reader", "soft:magicsim", "--profile", desk.profile)
    assert lacking.exit_code == 3
    assert "EF.EHPLMN" in lacking.output
    value = json.loads(card("info", "--json").stdout)
    assert value["phone"]["at home"].startswith('"Magic"')
    assert value["may_be_changed"]["nobody"] == ["ICCID"]
    assert value["pins"]["ADM1"] == {"tries": 3, "enabled": True, "blocked": False}


def test_info_about_another_record(desk: Desk, with_record: Run) -> None:
    desk.rewrite(desk.record, "8949440000001155314", "8988211000000467343")
    result = with_record("info", "--profile", str(desk.profile))
    assert result.exit_code == 1
    assert str(desk.record) in result.stderr


def test_info_tells_how_the_adm_is_read_before_it_is_tried(desk: Desk, card: Run, with_record: Run) -> None:
    plain = card("info").output
    assert re.search(r"ADM1 is written as +8 digits, sent as their ASCII codes; not usual here: 16 hex digits", plain)
    value = json.loads(with_record("info", "--json").stdout)
    assert value["known"] == "by its ATR"
    assert value["adm"]["sent"].startswith("ADM1 is sent as 8 ASCII digits; read as hex digits it would be other bytes")
    assert value["adm"]["doubt"] == ""
    desk.rewrite(desk.record, "34173960", "0123456789abcdef")
    doubtful = with_record("info")
    assert "usually given as 8 digits" in doubtful.output
    assert "0123456789abcdef" not in doubtful.output
    assert "3 tries left" in doubtful.output


def test_info_about_cards_with_one_atr(desk: Desk) -> None:
    for product, other in (("magicsim", "fakemagicsim"), ("fakemagicsim", "magicsim")):
        value = json.loads(desk.run("card", "info", "--reader", f"soft:{product}", "--json").stdout)
        assert (value["product"], value["known"]) == (product, f"by its ATR, and by probes from {other}")
        assert "adm" not in value, "no PIN is needed to personalise it"
    other = json.loads(
        desk.run("card", "info", "--reader", "soft:Fairwaves-SIM", "--product", "generic-usim", "--json").stdout
    )
    assert other["product"] == "generic-usim"
    assert other["known"].startswith("named, not recognised")


def test_explain(card: Run, desk: Desk, state: Path) -> None:
    told = desk.run("explain", "6982", "--command", "UPDATE BINARY", "--file", "SPN", "--product", "sysmoISIM-SJA5")
    assert told.exit_code == 0
    assert "ADM1 has to be verified first" in told.output
    pasted = desk.run("explain", "error: UPDATE BINARY of MF/ADF.USIM/EF.SPN: 6982 x", "--reader", desk.reader)
    assert "ADM1 on this card: 3 tries left" in pasted.output
    assert desk.run("explain", "--last").exit_code == 1
    value = json.loads(desk.run("explain", "6a83", "--file", "EF.SMSP", "--product", "sysmoISIM-SJA5", "--json").stdout)
    assert value["here"] == ["MF/ADF.USIM/EF.SMSP has records 1 to 2, 52 bytes each"]
    for words in (["zz"], ["6982", "--file", "nowhere", "--product", "sysmoISIM-SJA5"], ["6982", "--product", "none"]):
        wrong = desk.run("explain", *words)
        assert wrong.exit_code == 1
        assert wrong.stderr.startswith("error: ")


def test_explain_the_last_refusal(card: Run, desk: Desk, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_ADM", "99999999")
    assert card("set", "EF.SPN", "name=Bo", "--from-env", "ADM1=THE_ADM").exit_code == 4
    result = desk.run("explain", "--last")
    assert result.exit_code == 0
    assert "VERIFY PIN" in result.output
    assert "2 tries are left" in result.output
    for path in state.rglob("*"):
        assert not path.is_file() or b"99999999" not in path.read_bytes()
