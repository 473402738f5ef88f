"""gnokii over PC/SC: reads SIM, phone book and messages and deletes entries, with class A0 commands (TS 51.011).

gnokii's PC/SC driver has no operation that fills a record (its own words: "Command called isn't implemented in
model"). So another stranger, scriptor, writes what the tables below say, and gnokii makes sense of it.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.apdu_tools import scriptor
from tests.harness.programs import program
from tests.harness.sja5 import PIN1, new_card, set_pin
from tests.harness.vpcd import seated

SELECT_TELECOM = "A0 A4 00 00 02 7F 10"
SELECT_ADN = "A0 A4 00 00 02 6F 3A"
SELECT_SMS = "A0 A4 00 00 02 6F 3C"
ADN_LENGTH = 34
SMS_LENGTH = 176

# TS 51.011 §10.5.1: alpha identifier (20 bytes), length, type of number, swapped digits, then two bytes unused.
ALICE = "416C696365" + 15 * "FF" + "0891" + "945111325476F8FFFFFF" + "FFFF"
BOB = "426F62" + 17 * "FF" + "0581" + "80002143FFFFFFFFFFFF" + "FFFF"
# TS 51.011 §10.5.3: received and read; service centre +49177610000; SMS-DELIVER (TS 23.040 §9.2.2.1) from
# +4915112345678 on 2026-11-23 04:05:06 +1 h, 11 septets "Hallo Karte".
MESSAGE = "0107919471670100F0040D91945111325476F80000621132405060400BC8309BFD062DC3727A19"


@pytest.fixture
def reader(pcsc_service: tuple[str, ...]) -> Iterator[str]:
    card = new_card()
    card.power_off()
    with seated(card) as name:
        yield name


@pytest.fixture
def reader_with_pin(pcsc_service: tuple[str, ...]) -> Iterator[str]:
    card = new_card()
    set_pin(card, enabled=True)
    card.power_off()
    with seated(card) as name:
        yield name


def gnokii(reader: str, home: Path, *arguments: str, text: str = "") -> str:
    """What gnokii says, on both outputs: it tells of empty places and refusals on the second one."""
    config = home / "gnokii.conf"
    config.write_text(f"[global]\nmodel = APDU\nconnection = libpcsclite\nport = {reader}\n[logging]\ndebug = off\n")
    environment = {"HOME": str(home), "XDG_CACHE_HOME": str(home), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    command = [program("gnokii"), "--config", str(config), *arguments]
    done = subprocess.run(
        command,
        input=text,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env=environment,
        check=False,
        timeout=20,
    )
    return done.stdout + done.stderr


def update_record(number: int, content: str, length: int) -> str:
    """UPDATE RECORD, absolute, of a whole record padded with FF (TS 51.011 §9.2.6)."""
    return f"A0 DC {number:02X} 04 {length:02X} " + bytes.fromhex(content).ljust(length, b"\xff").hex(" ").upper()


def write_records(reader: str, select: str, records: dict[int, str], length: int) -> None:
    updates = [update_record(number, content, length) for number, content in records.items()]
    answers = scriptor(reader, [SELECT_TELECOM, select, *updates])
    assert answers[2:] == ["9000"] * len(updates)


def phone_book(output: str) -> list[list[str]]:
    """Name, number, memory and location of each row of `--getphonebook --raw`."""
    return [line.split(";")[:4] for line in output.splitlines() if ";" in line]


def test_identify(reader: str, tmp_path: Path) -> None:
    """EF.ICCID, EF.IMSI, EF.AD, EF.SPN and EF.Phase as delivered."""
    output = gnokii(reader, tmp_path, "--identify")
    assert "Manufacturer : Magic" in output
    assert "Phase 2+ SIM" in output


def test_phone_book(reader: str, tmp_path: Path) -> None:
    write_records(reader, SELECT_ADN, {1: ALICE, 3: BOB}, ADN_LENGTH)
    output = gnokii(reader, tmp_path, "--getphonebook", "SM", "1", "3", "--raw")
    assert phone_book(output) == [["Alice", "+4915112345678", "SM", "1"], ["Bob", "08001234", "SM", "3"]], output
    assert "Empty memory location" in output


def test_phone_book_entry_deleted(reader: str, tmp_path: Path) -> None:
    write_records(reader, SELECT_ADN, {1: ALICE, 3: BOB}, ADN_LENGTH)
    assert "entry removed" in gnokii(reader, tmp_path, "--deletephonebook", "SM", "1", "1")
    left = gnokii(reader, tmp_path, "--getphonebook", "SM", "1", "3", "--raw")
    assert phone_book(left) == [["Bob", "08001234", "SM", "3"]]
    answer = scriptor(reader, [SELECT_TELECOM, SELECT_ADN, f"A0 B2 01 04 {ADN_LENGTH:02X}"])[-1]
    assert answer == ADN_LENGTH * "FF" + "9000"


def test_message(reader: str, tmp_path: Path) -> None:
    write_records(reader, SELECT_SMS, {2: MESSAGE}, SMS_LENGTH)
    output = gnokii(reader, tmp_path, "--getsms", "SM", "1", "2")
    for part in ("Hallo Karte", "+4915112345678", "+49177610000", "23/11/2026 04:05:06", "location is empty"):
        assert part in output, output
    assert "Deleted SMS" in gnokii(reader, tmp_path, "--deletesms", "SM", "2", "2")
    assert "Hallo Karte" not in gnokii(reader, tmp_path, "--getsms", "SM", "2")


def test_pin(reader_with_pin: str, tmp_path: Path) -> None:
    """With PIN1 on the phone book is closed (9804), and gnokii learns from the directory's answer what to ask for."""
    reader = reader_with_pin
    assert "Security code status: waiting for PIN" in gnokii(reader, tmp_path, "--getsecuritycodestatus")
    assert "PIN" in gnokii(reader, tmp_path, "--getphonebook", "SM", "1", "1")
    wrong = gnokii(reader, tmp_path, "--entersecuritycode", "PIN", text="9999\n")
    assert "Invalid Security code" in wrong, wrong
    right = gnokii(reader, tmp_path, "--entersecuritycode", "PIN", text=f"{PIN1}\n")
    assert "Code ok" in right, right
