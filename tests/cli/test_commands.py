"""The commands as their users see them: text for people, JSON for programs, exit codes, and no secret anywhere."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys

import pytest

import simtool
from simtool.card.files import CardFiles
from simtool.codec import file_template
from simtool.files.path import FilePath
from simtool.files.product import load
from simtool.perso.record import load_records
from tests.cli.conftest import Desk

HEAVY = ("pydantic", "yaml", "rich", "cryptography", "smartcard", "simtool.perso", "simtool.softcard", "simtool.files")


def secrets_of(desk: Desk) -> list[str]:
    """Everything that must not show: keys in hex, ADM and PIN digits."""
    found = []
    for record in load_records(desk.record):
        subscription = record.subscription
        found += [subscription.k.reveal().hex(), subscription.opc.reveal().hex() if subscription.opc else "-" * 9]
        found += [item.value.reveal().rstrip(b"\xff").decode() for item in record.credentials if item.pin == "ADM1"]
        found += [item.value.reveal().hex() for item in record.credentials]
    return found


def test_from_profile_to_finished_card(desk: Desk) -> None:
    planned = desk.on_card("plan")
    assert planned.exit_code == 0
    assert "MF/ADF.USIM/EF.SPN" in planned.output
    assert "branding.spn" in planned.output
    assert desk.on_card("plan", "--check").exit_code == 3
    assert desk.on_card("verify").exit_code == 3

    applied = desk.on_card("apply")
    assert applied.exit_code == 0, applied.output
    assert "8949440000001155314: good" in applied.output

    again = desk.on_card("plan", "--check")
    assert again.exit_code == 0, again.output
    assert "nothing to change" in again.output

    verified = desk.on_card("verify", "--certificate")
    assert verified.exit_code == 0, verified.output
    assert "Card certificate" in verified.output
    kcv = load_records(desk.record)[0].subscription.k.kcv().hex()
    assert re.search(rf"check value K +{kcv}", verified.output)


def test_every_outcome_as_json(desk: Desk) -> None:
    plan = json.loads(desk.on_card("plan", "--json").stdout)
    assert plan["empty"] is False
    told = [(step["place"], step["action"], step["why"]) for step in plan["steps"]]
    assert ("MF/ADF.USIM/EF.SPN", "set to Nordlicht", "branding.spn") in told
    applied = json.loads(desk.on_card("apply", "--json").stdout)
    assert applied["end"] == "good"
    assert applied["verification"]["good"] is True
    verified = json.loads(desk.on_card("verify", "--certificate", "--json").stdout)
    assert verified["certificate"]["iccid"] == "8949440000001155314"
    info = json.loads(desk.run("card", "info", "--reader", desk.reader, "--json").stdout)
    assert info["product"] == "sysmoISIM-SJA5"
    assert info["facts"]["service provider name"] == "Nordlicht"
    models = json.loads(desk.run("card", "models", "--json").stdout)
    assert "sysmoISIM-SJA5" in [model["name"] for model in models]
    error = json.loads(desk.run("plan", "nowhere.yaml", "--record", "x", "--reader", "y", "--json").stdout)
    assert error["kind"] == "InputError"
    assert error["exit_code"] == 1


def test_no_secret_shows_anywhere(desk: Desk) -> None:
    shown = [
        desk.on_card(*words).output
        for words in (
            ("plan", "--trace"),
            ("plan", "--json"),
            ("apply", "--trace"),
            ("apply", "--json"),
            ("verify", "--trace", "--certificate"),
            ("verify", "--json", "--certificate"),
        )
    ]
    shown.append(desk.run("card", "info", "--reader", desk.reader).output)
    assert any("> 00200" in text for text in shown), "the trace shows that VERIFY was sent"
    for text in shown:
        for secret in secrets_of(desk):
            assert secret not in text.lower()


def test_the_sqn_goes_back_into_the_record(desk: Desk) -> None:
    before = load_records(desk.record)[0].subscription.sqn
    desk.on_card("apply")
    after = load_records(desk.record)[0].subscription.sqn
    assert after > before
    assert stat.S_IMODE(desk.record.stat().st_mode) == 0o600


def test_issue_never_overwrites(desk: Desk) -> None:
    text = desk.record.read_text()
    result = desk.run("issue", desk.profile, "--out", desk.record)
    assert result.exit_code == 1
    assert "exists" in result.stderr
    assert desk.record.read_text() == text


def test_issue_stops_at_the_end_of_the_stock(desk: Desk) -> None:
    result = desk.run("issue", desk.profile, "--out", desk.folder / "more.yaml", "--count", "2")
    assert result.exit_code == 1
    assert "stock holds 1" in result.stderr
    assert not (desk.folder / "more.yaml").exists()


def test_card_info_spends_no_try(desk: Desk) -> None:
    for _ in range(4):
        result = desk.run("card", "info", "--reader", desk.reader)
        assert result.exit_code == 0, result.output
    assert re.search(r"ADM1 +3 tries left", result.output)
    assert re.search(r"ICCID +8949440000001155314", result.output)


@pytest.mark.parametrize("words", [["--help"], ["apply", "--help"], ["card", "--help"]])
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    """What makes help slow is imports; time itself is measured by scripts/bench."""
    code = f"import sys\nsys.argv = ['simtool', *{words!r}]\nfrom simtool.cli.main import main\n"
    code += "try:\n    main()\nfinally:\n    print('\\n'.join(sys.modules), file=sys.stderr)\n"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert not [module for module in loaded if module.startswith(HEAVY)]


def test_usage_errors(desk: Desk) -> None:
    assert desk.run("plan").exit_code == 2
    assert desk.run("nonsense").exit_code == 2
    assert desk.run("card", "emulate", "nothing-like-it").exit_code == 1


EMULATED = [
    # options, and what is said of them
    (("--stock", "stock.yaml"), "which of the cards?"),
    (("--iccid", "8949440000001155315"), "the check digit is 5"),
    (("--stock", "stock.yaml", "--iccid", "8949440000002000006"), "there is no card 8949440000002000006"),
    (("--stock", "stock.yaml", "--iccid", "8949440000001155322"), "sysmoISIM-SJA5 has no ADM9"),
]


@pytest.mark.parametrize(("options", "said"), EMULATED)
def test_a_software_card_that_stands_in_no_list(desk: Desk, options: tuple[str, ...], said: str) -> None:
    stock = desk.folder / "stock.yaml"
    stock.write_text("cards: [{iccid: '8949440000001155322', credentials: {ADM9: '12345678'}}]\n")
    words = [str(stock) if word == stock.name else word for word in options]
    result = desk.run("card", "emulate", "sysmoISIM-SJA5", *words)
    assert result.exit_code == 1 and said in result.output


def test_a_plan_keeps_the_sqn_that_its_challenge_used_up(desk: Desk) -> None:
    """The K of a sysmoUSIM-GR1 cannot be read: to plan, the card is challenged."""
    reader = f"soft:sysmoUSIM-GR1,state={desk.folder / 'gr1'}"
    desk.rewrite(desk.profile, "    stock: stock/sysmocom-test-cards.yaml", "    first: '894944000000115531'  #")
    small = "\n".join(desk.profile.read_text().split("\nbranding:")[0].splitlines()) + "\n"
    desk.profile.write_text(small.replace("  gid1: '4e4c01'\n", "").replace("  msisdn: '+88228000101'", "  # none"))
    record = desk.folder / "gr1.yaml"
    assert desk.run("issue", desk.profile, "--out", record).exit_code == 0
    desk.rewrite(record, "credentials: {}", "credentials: {ADM1: '3332323133323332'}")
    on_card = ("--record", record, "--reader", reader, "--product", "sysmoUSIM-GR1")
    applied = desk.run("apply", desk.profile, *on_card)
    assert applied.exit_code == 0, applied.output
    before = load_records(record)[0].subscription.sqn
    planned = desk.run("plan", desk.profile, *on_card, "--check")
    assert planned.exit_code == 0, planned.output
    assert load_records(record)[0].subscription.sqn > before


def test_doctor_says_what_is_missing_and_how_to_get_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simtool.card.doctor.PCSCD_SOCKET", desk.folder / "nobody")
    result = desk.run("doctor")
    assert result.exit_code == 4
    assert re.search(r"MISSING pcscd running: .*\n +→ sudo systemctl start", result.output)
    assert any(not finding["ok"] for finding in json.loads(desk.run("doctor", "--json").output))


def test_a_file_that_is_longer_than_needed_is_no_fault(desk: Desk) -> None:
    """The card has room for more forbidden networks than the profile needs: that stays so, and verify agrees."""
    networks = ", ".join(f"262-{number:02}" for number in range(10, 30))
    desk.rewrite(desk.profile, "forbidden: []", f"forbidden: [{networks}]")
    model = load("sysmoISIM-SJA5")
    path = FilePath("MF/ADF.USIM/EF.FPLMN")
    with simtool.connect(desk.reader) as session:
        simtool.identify(session)
        files = CardFiles(session, model)
        session.verify_pin(model.pin("ADM1").ref, b"34173960")
        files.resize(path, file_template.resize(model.file(path).fid, 120))
    assert desk.on_card("apply").exit_code == 0
    result = desk.on_card("verify")
    assert result.exit_code == 0, result.output
