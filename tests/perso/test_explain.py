"""What a refusal means: table of status words with command, file and product, and the next safe step."""

from __future__ import annotations

from pathlib import Path

import pytest

from simtool.errors import StatusError, WrongPinError
from simtool.files.path import FilePath
from simtool.files.product import load
from simtool.perso.technician.explain import explain
from simtool.perso.technician.failure import Failure, failure_of, keep_failure, last_failure, parse_message
from simtool.perso.technician.pin_states import PinView, pin_views
from tests.perso.conftest import Bench

SPN, ACM, SMSP = "MF/ADF.USIM/EF.SPN", "MF/ADF.USIM/EF.ACM", "MF/ADF.USIM/EF.SMSP"
SJA5, GR2 = "sysmoISIM-SJA5", "sysmoSIM-GR2"

MEANINGS = [
    # status word, command, file, product, what is said here, next step
    (0x6982, "UPDATE BINARY", SPN, SJA5, "ADM1 has to be verified first", "give ADM1"),
    (0x6982, "READ BINARY", "MF/ADF.USIM/EF.IMSI", SJA5, "PIN1 has to be verified first", "give PIN1"),
    (0x6982, "UPDATE BINARY", "MF/EF.ICCID", SJA5, "never lets anybody update", "leave this file alone"),
    (0x6982, "", "", "", "", "verify the PIN or ADM key"),
    (0x9804, "UPDATE BINARY", "MF/DF.GSM/EF.IMSI", GR2, "ADM5 has to be verified first", "give ADM5"),
    (0x6A82, "SELECT", "MF/EF.NOWHERE", SJA5, "has no MF/EF.NOWHERE", "card dump"),
    (0x6A82, "SELECT", SPN, SJA5, "its application has to be selected first", "card dump"),
    (0x6A83, "READ RECORD", SMSP, SJA5, "records 1 to 2, 52 bytes each", ""),
    (0x6981, "UPDATE RECORD", ACM, SJA5, "mode PREVIOUS", ""),
    (0x6981, "READ BINARY", SMSP, SJA5, "READ RECORD and UPDATE RECORD", ""),
    (0x6981, "READ RECORD", SPN, SJA5, "READ BINARY and UPDATE BINARY", ""),
    (0x6984, "UPDATE BINARY", "MF/ADF.USIM/EF.EHPLMN", SJA5, "to switch it on: ADM1", "activate the file"),
    (0x6B00, "READ BINARY", SPN, SJA5, "holds 17 bytes", ""),
    (0x63C1, "VERIFY PIN", "", "", "1 try is left", "do not try again"),
    (0x6983, "VERIFY PIN", "", "", "too many wrong values", "PUK"),
    (0x6983, "UNBLOCK PIN", "", "", "too many wrong values", "set the card aside"),
    (0x9862, "AUTHENTICATE", "", "", "another MAC", "which-key"),
    (0x6E00, "SELECT", "", GR2, "classes: gsm", ""),
]


@pytest.mark.parametrize("row", MEANINGS, ids=[f"{row[0]:04X} {row[1]} {row[2]}" for row in MEANINGS])
def test_meanings(row: tuple[int, str, str, str, str, str]) -> None:
    sw, command, file, product, here, next_step = row
    found = explain(sw, command, FilePath(file) if file else None, load(product) if product else None)
    assert here in " ".join(found.because)
    assert next_step in found.next_step
    assert not found.ok
    assert found.rows()[0][1].startswith(f"{sw:04X}")


def test_a_blocked_pin_changes_the_next_step() -> None:
    blocked = (PinView("PIN1", 1, tries=0, enabled=True),)
    found = explain(0x6982, "READ BINARY", FilePath("MF/ADF.USIM/EF.IMSI"), load(SJA5), blocked)
    assert "unblock PIN1" in found.next_step
    blocked = (PinView("ADM1", 0x0A, tries=0),)
    found = explain(0x6982, "UPDATE BINARY", FilePath(SPN), load(SJA5), blocked)
    assert "set the card aside" in found.next_step


def test_success_is_no_failure() -> None:
    assert explain(0x9000).ok
    assert explain(0x6110).ok


MESSAGES = [
    # an error line, what it tells
    ("UPDATE BINARY of MF/ADF.USIM/EF.SPN: 6982 access condition not met", (0x6982, "UPDATE BINARY", SPN)),
    ("error: READ RECORD of MF/ADF.USIM/EF.SMSP[3]: 6a83 record not found", (0x6A83, "READ RECORD", f"{SMSP}[3]")),
    ("SELECT of application a0000000871002: 6A82 x", (0x6A82, "SELECT", "application a0000000871002")),
    ("something else went wrong", None),
]


@pytest.mark.parametrize(("text", "told"), MESSAGES)
def test_error_lines_are_understood(text: str, told: tuple[int, str, str] | None) -> None:
    found = parse_message(text)
    assert (found and (found.sw, found.command, found.file)) == told


def test_the_last_failure_is_kept(bench: Bench, tmp_path: Path) -> None:
    assert last_failure(tmp_path) is None
    with pytest.raises(StatusError) as caught:
        bench.session.select_path(bytes.fromhex("7f206f46"), what="MF/DF.GSM/EF.SPN")
        bench.session.update_binary(b"\x00", what="MF/DF.GSM/EF.SPN")
    keep_failure(tmp_path, failure_of(caught.value, bench.model.name))
    assert last_failure(tmp_path) == Failure(0x6982, "UPDATE BINARY", "MF/DF.GSM/EF.SPN", bench.model.name)
    (tmp_path / "last-failure.json").write_text("{")
    assert last_failure(tmp_path) is None


def test_a_wrong_pin_is_told_without_its_value(bench: Bench) -> None:
    with pytest.raises(WrongPinError) as caught:
        bench.session.verify_pin(0x0A, b"99999999", what="ADM1")
    failure = failure_of(caught.value)
    assert (failure.command, failure.file) == ("VERIFY PIN", "ADM1")
    assert "99999999" not in repr(failure)


def test_the_card_tells_its_tries(bench: Bench) -> None:
    pins = pin_views(bench.session, bench.model)
    found = explain(0x6982, "UPDATE BINARY", FilePath(SPN), bench.model, pins)
    assert "ADM1 on this card: 3 tries left" in found.because
