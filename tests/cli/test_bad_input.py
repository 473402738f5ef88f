"""Bad input: one line with the place and the reason, the next step, the right exit code, and nothing done."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from simtool.perso.profile import Profile
from simtool.perso.record import save_records
from tests.cli.conftest import ROOT, Desk
from tests.perso.rig import Rig

PROFILE_ERRORS = [
    # what is wrong, old text, new text, field, reason
    ("an IMSI of 16 digits", "first: '001010000000101'", "first: '0010100000001011'", "identity.imsi.first", "16"),
    ("an unknown name", "  name: Nordlicht Mobile\n", "  name: N\n  colour: blue\n", "operator.colour", "unknown"),
    ("a PLMN with a letter", "plmn: 262-02", "plmn: 26A01", "network.operator.0.plmn", "A"),
    ("an unknown technology", "[E-UTRAN, UTRAN]", "[E-UTRAN, UMTS]", "network.operator.1.technologies", "UMTS"),
    ("another operator's IMSI", "first: '001010000000101'", "first: '262010000000101'", "identity.imsi.first", "001"),
    ("a missing part", "  name: Nordlicht Mobile\n", "", "operator.name", "missing"),
    ("a file path that is none", "services:", "files: {EF.SPN: '00'}\nservices:", "files.EF.SPN", "EF.SPN"),
]


@pytest.mark.parametrize("row", PROFILE_ERRORS, ids=[row[0] for row in PROFILE_ERRORS])
def test_profile_errors(desk: Desk, row: tuple[str, ...]) -> None:
    _, old, new, field, reason = row
    desk.rewrite(desk.profile, old, new)
    result = desk.on_card("plan")
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()[:1]
    assert re.match(rf"error: {re.escape(str(desk.profile))}:\d+:\d+: {re.escape(field)}: ", line), line
    assert reason in line
    assert "Traceback" not in result.output


def test_several_profile_errors_come_at_once(desk: Desk) -> None:
    desk.rewrite(desk.profile, "plmn: 262-02", "plmn: 26A01")
    desk.rewrite(desk.profile, "home_search_period: 60", "home_search_period: 61")
    result = desk.on_card("plan")
    assert result.exit_code == 1
    assert len([line for line in result.stderr.splitlines() if line.startswith("error:")]) == 2


def test_a_ki_of_15_bytes(desk: Desk) -> None:
    ki = re.search(r"k: '?([0-9a-f]{32})", desk.record.read_text())
    assert ki is not None
    desk.rewrite(desk.record, ki[1], ki[1][:30])
    result = desk.on_card("plan")
    assert result.exit_code == 1
    assert "15" in result.stderr
    assert f"{desk.record}:" in result.stderr
    assert ki[1][:30] not in result.output


def test_a_record_that_is_not_there(desk: Desk) -> None:
    desk.record.unlink()
    result = desk.on_card("plan")
    assert result.exit_code == 1
    assert str(desk.record) in result.stderr


def test_a_record_of_another_card(desk: Desk) -> None:
    desk.rewrite(desk.record, "8949440000001155314", "8988211000000467343")
    result = desk.on_card("apply")
    assert result.exit_code == 1
    assert "8949440000001155314" in result.stderr


def test_a_wrong_adm_costs_one_try_and_no_more(desk: Desk) -> None:
    desk.rewrite(desk.record, "34173960", "34173961")
    result = desk.on_card("apply")
    assert result.exit_code == 4
    assert "ADM1" in result.stderr
    assert "2" in result.stderr
    assert "34173961" not in result.output

    again = desk.on_card("apply")
    assert again.exit_code == 5
    assert "was not sent" in again.stderr
    info = desk.run("card", "info", "--reader", desk.reader)
    assert re.search(r"ADM1 +2 tries left", info.output), info.output

    desk.rewrite(desk.record, "34173961", "34173960")
    assert desk.on_card("apply").exit_code == 5
    assert desk.on_card("apply", "--min-tries", "2").exit_code == 0


def test_a_profile_that_does_not_fit_the_card(desk: Desk) -> None:
    desk.rewrite(desk.profile, "services:", "files: {MF/EF.NOWHERE: '00', MF/ADF.USIM/EF.HPPLMN: '0000'}\nservices:")
    result = desk.on_card("apply")
    assert result.exit_code == 1
    assert "EF.NOWHERE" in result.stderr
    assert "EF.HPPLMN" in result.stderr


@pytest.mark.parametrize("reader", ["usb:1", "soft:", "soft:nothing", "soft:sysmoISIM-SJA5,speed=9", "replay:/nowhere"])
def test_readers_that_do_not_exist(desk: Desk, reader: str) -> None:
    result = desk.run("card", "info", "--reader", reader)
    assert result.exit_code == 4
    assert result.stderr.startswith("error: ")


def test_no_pcscd(tmp_path: Path) -> None:
    """libpcsclite looks for its service where this variable says."""
    environment = {**os.environ, "PCSCLITE_CSOCK_NAME": str(tmp_path / "nobody-listens")}
    command = [sys.executable, "-m", "simtool.cli", "card", "info", "--reader", "pcsc:0"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert "pcscd" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_reader_named(desk: Desk) -> None:
    assert desk.run("card", "info").exit_code == 2


PROFILE = ROOT / "profiles" / "full-mvno.yaml"
NEVER = "this product never allows to update it"
REFUSED = [
    # what is wrong, product, old and new text in the profile, reasons that must all come
    ("the wrong product", "sysmoSIM-GR2", [], ["GR2 has none of MF/ADF.USIM/EF.EHPLMN", "GR2 cannot do milenage"]),
    ("an algorithm it does not know", "sysmosim-gr1", [], ["gr1 cannot do milenage in any application"]),
    (
        "a name longer than its file",
        "sysmoISIM-SJA5",
        [("name: Nordlicht, show", "name: A Name Of Seventeen, show")],
        ["branding.spn: MF/ADF.USIM/EF.SPN"],
    ),
    (
        "content longer than its file",
        "sysmoISIM-SJA5",
        [("services:", "files: {MF/ADF.USIM/EF.HPPLMN: '0000', MF/ADF.USIM/EF.ACC: '000000'}\nservices:")],
        ["files.MF/ADF.USIM/EF.HPPLMN", "files.MF/ADF.USIM/EF.ACC"],
    ),
    (
        "a service that the product has no room for",
        "sysmoUSIM-SJS1",
        [],
        ["MF/ADF.USIM/EF.UST has 9 bytes and no room for service 106, 107, 124"],
    ),
    (
        "a value out of range",
        "sysmoISIM-SJA5",
        [("  access_class: from-imsi", "  access_class: '10'"), ("home_search_period: 60", "home_search_period: 486")],
        ["network.access_class", "network.home_search_period"],
    ),
    (
        "records beyond the file",
        "sysmoUSIM-SJS1",
        [("plmns: [001-01]", "plmns: [001-01, 262-02, 208-01]")],
        ["EF.OPL holds 1 record of 8 bytes, 3 are needed, and sysmoUSIM-SJS1 never lets it be resized"],
    ),
    (
        "what the access rules never allow",
        "sysmoISIM-SJA5",
        [("services:", "files: {MF/ADF.USIM/EF.GBA_REC_LIST: '00', MF/ADF.USIM/EF.GBA_SK: '00'}\nservices:")],
        [f"MF/ADF.USIM/EF.GBA_REC_LIST: {NEVER}", f"MF/ADF.USIM/EF.GBA_SK: {NEVER}"],
    ),
    (
        "no room and no right at once",
        "Wavemobile-SIM",
        [("services:", "files: {MF/ADF.USIM/EF.HPPLMN: '0000', MF/ADF.USIM/EF.LI: [en]}\nservices:")],
        ["files.MF/ADF.USIM/EF.HPPLMN", "MF/ADF.USIM/EF.UST has 11 bytes and no room for service 106, 107"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("product", "changes", "reasons"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_refused_before_the_first_write(
    desk: Desk, product: str, changes: list[tuple[str, str]], reasons: list[str]
) -> None:
    """All reasons at once, and nothing written: the trace shows it."""
    save_records((Rig(product, Profile.load(PROFILE)).record,), desk.record, overwrite=True)
    for old, new in changes:
        desk.rewrite(desk.profile, old, new)
    reader = f"soft:{product},state={desk.folder / 'other'}"
    result = desk.run("apply", desk.profile, "--record", desk.record, "--reader", reader, "--trace")
    assert result.exit_code == 1, result.output
    assert not [reason for reason in reasons if reason not in result.stderr], result.stderr
    assert not re.search(r"# (UPDATE|CHANGE|ENABLE|DISABLE|ACTIVATE)", result.stderr)
    asked = desk.run("card", "info", "--reader", reader, "--profile", desk.profile, "--record", desk.record)
    if asked.exit_code != 1:  # what is wrong in the profile itself is told before a card is looked at
        assert asked.exit_code == 3
        assert not [reason for reason in reasons if reason not in asked.stdout], asked.stdout
