"""A plan as a pySim-shell script: run on a card it makes the card the product; without consent it holds no secret."""

from __future__ import annotations

import re
import stat
from dataclasses import replace
from pathlib import Path

import pytest

import simtool
from simtool.crypto.secret import Secret
from simtool.errors import InputError
from simtool.files.path import FilePath
from simtool.files.product import load, names
from simtool.perso.image import Unit
from simtool.perso.job import Job, prepare
from simtool.perso.pysim.cards_out import CsvForm, format_cards
from simtool.perso.pysim.dump import parse_dump
from simtool.perso.pysim.plan_script import address, format_script, write_script
from simtool.perso.record import CardRecord, Credential, parse_credential
from simtool.perso.steps import ActivateFile, ChangePin, Plan, PresentPin, SendCommand, Step, SwitchPin, WriteBytes
from simtool.softcard.card import SoftCard
from tests.perso.conftest import Bench
from tests.perso.pysim.shell import Shell
from tests.perso.test_products import profile_for, record_for, session_with

SWITCHED_OFF = re.compile("6984|9808")  # what cards say to a PIN that nobody has to enter; no try is spent


def job_on(card: SoftCard, product: str, profile: simtool.Profile, record: CardRecord) -> Job:
    with session_with(card, product) as session:
        return prepare(session, profile, (record,), product=product)


def run(card: SoftCard, product: str, script: str, csv: dict[str, str] | None = None) -> list[str]:
    with session_with(card, product) as session:
        simtool.identify(session, product=product)
        shell = Shell(session, csv or {})
        shell.run(script)
        return [error for error in shell.errors if "_chv" not in error or not SWITCHED_OFF.search(error)]


@pytest.mark.parametrize("product", names())
def test_a_revealed_script_does_the_whole_plan(product: str) -> None:
    card, profile = SoftCard.new(load(product)), profile_for(product)
    job = job_on(card, product, profile, record_for(product, card, profile))
    assert run(card, product, format_script(job.plan, reveal=True)) == []
    assert not job_on(card, product, profile, job.record).plan


def test_a_script_can_change_pins_and_the_adm() -> None:
    product = "sysmoISIM-SJA5"
    card, plain = SoftCard.new(load(product)), profile_for(product)
    pins = {"PIN1": {"value": "4321"}, "ADM1": {"value": "13572468"}}
    authentication = type(plain.authentication).model_validate({"algorithm": "milenage", "pins": pins})
    profile = plain.model_copy(update={"authentication": authentication})
    record = record_for(product, card, profile)
    puk = Credential("PUK1", parse_credential("PUK1", "15091909"))
    job = job_on(card, product, profile, replace(record, credentials=(*record.credentials, puk)))
    script = format_script(job.plan, reveal=True)
    assert run(card, product, script) == []
    assert "change_chv --pin-nr 10 13572468 34173960" in script
    assert not job_on(card, product, profile, job.record.personalised()).plan
    assert "13572468" not in format_script(job.plan)


def secrets_of(record: CardRecord) -> list[str]:
    """How keys and codes could stand in a text."""
    found = []
    for item in record.subscriptions:
        found += [secret.reveal().hex() for secret in (item.k, item.opc) if secret is not None]
    for credential in record.credentials:
        value = credential.value.reveal()
        found += [value.hex(), value.rstrip(b"\xff").decode("ascii", "replace")]
    return found


@pytest.mark.parametrize("product", names())
def test_a_masked_script_holds_no_secret(product: str) -> None:
    card, profile = SoftCard.new(load(product)), profile_for(product)
    record = record_for(product, card, profile)
    script = format_script(job_on(card, product, profile, record).plan)
    for secret in secrets_of(record):
        assert not any(secret in line.split() for line in script.splitlines())
        assert len(secret) < 16 or secret not in script
    assert "********" in script and "Secrets are left out" in script


def test_a_masked_script_writes_all_but_the_secrets(bench: Bench) -> None:
    """The ADM comes from the CSV that we write for pySim's key provider."""
    plan = bench.plan()
    one = replace(bench.record, subscriptions=bench.record.subscriptions[:1])  # a row of that file holds one
    head, row = format_cards((one,), CsvForm.CARD_DATA).splitlines()
    csv = dict(zip(head.split(","), row.split(","), strict=True))
    assert run(bench.endpoint, bench.model.name, format_script(plan), csv) == []
    bench.session.reset()
    left = bench.plan()
    assert left.writes and all(isinstance(step, WriteBytes) and step.secret for step in left.writes)
    assert [step.unit for step in left.writes if isinstance(step, WriteBytes)] == [
        step.unit for step in plan.writes if isinstance(step, WriteBytes) and step.secret
    ]


def test_our_reader_understands_the_script(bench: Bench) -> None:
    plan = bench.plan()
    dump = parse_dump(format_script(plan, reveal=True), "plan", product=bench.model.name)
    writes = [step for step in plan.writes if isinstance(step, WriteBytes)]
    assert set(dump.image.units) == {step.unit for step in writes}
    for step in writes:
        content = dump.image.units[step.unit]
        assert content.data[step.offset : step.offset + len(step.data)] == step.data
        assert set(content.mask[step.offset : step.offset + len(step.data)]) == {0xFF}


DIGITS, ODD = parse_credential("ADM1", "34173960"), Secret(bytes.fromhex("cae743db9c5b5a58"), kind="adm1")
IMSI = Unit(FilePath("MF/ADF.USIM/EF.IMSI"))
KEY = Unit(FilePath("MF/DF.SYSTEM/EF.SIM_AUTH_KEY"))
ROUTING = Unit(FilePath("MF/ADF.USIM/DF.5GS/EF.Routing_Indicator"))
ADN = Unit(FilePath("MF/DF.TELECOM/EF.ADN"), 3)

LINES = [
    # step, commands, commands without secrets (hidden ones with their #)
    (PresentPin("ADM1", 0x0A, DIGITS), ["verify_adm --adm-type ADM1 34173960"], ["verify_adm --adm-type ADM1"]),
    (PresentPin("ADM2", 0x0B, ODD), ["verify_adm --adm-type ADM2 --pin-is-hex cae743db9c5b5a58"],
     ["verify_adm --adm-type ADM2"]),
    (PresentPin("PIN1", 0x01, parse_credential("PIN1", "0000")), ["verify_chv --pin-nr 1 0000"],
     ["verify_chv --pin-nr 1"]),
    (PresentPin("PIN2", 0x81, parse_credential("PIN2", "1234")), ["verify_chv --pin-nr 129 1234"],
     ["# verify_chv --pin-nr 129 ********"]),
    (PresentPin("ADM4", 0x04, ODD), ["apdu --expect-sw 9000 0020000408cae743db9c5b5a58"],
     ["# verify_chv --pin-nr 4 ********"]),
    (ActivateFile(ROUTING, "x"), ["select MF/ADF.USIM/5fc0", "activate_file 4f0a"],
     ["select MF/ADF.USIM/5fc0", "activate_file 4f0a"]),
    (WriteBytes(IMSI, 0, b"\x08\x09", False, "x"), ["select MF/ADF.USIM/6f07", "update_binary 0809"],
     ["select MF/ADF.USIM/6f07", "update_binary 0809"]),
    (WriteBytes(IMSI, 4, b"\x08", False, "x"), ["select MF/ADF.USIM/6f07", "update_binary --offset 4 08"],
     ["select MF/ADF.USIM/6f07", "update_binary --offset 4 08"]),
    (WriteBytes(ADN, 0, b"\xff\x01", False, "x"), ["select MF/7f10/6f3a", "update_record 3 ff01"],
     ["select MF/7f10/6f3a", "update_record 3 ff01"]),
    (WriteBytes(KEY, 1, b"\xaa\xbb", True, "x"), ["select MF/a515/6f20", "update_binary --offset 1 aabb"],
     ["# select MF/a515/6f20", "# update_binary --offset 1 ********"]),
    (SendCommand("store Ki", b"\x80\xd4\x02\x00\x01\xaa", (KEY,), "x"), ["apdu --expect-sw 9000 80d4020001aa"],
     ["# apdu ********"]),
    (ChangePin("ADM1", 0x0A, DIGITS, parse_credential("ADM1", "13572468"), "x"),
     ["change_chv --pin-nr 10 13572468 34173960"], ["# change_chv --pin-nr 10 ********"]),
    (ChangePin("ADM1", 0x0A, DIGITS, ODD, "x"),
     ["apdu --expect-sw 9000 0024000a103334313733393630cae743db9c5b5a58"], ["# change_chv --pin-nr 10 ********"]),
    (SwitchPin("PIN1", 0x01, parse_credential("PIN1", "0000"), False, "x"), ["disable_chv --pin-nr 1 0000"],
     ["# disable_chv --pin-nr 1 ********"]),
    (SwitchPin("PIN1", 0x01, parse_credential("PIN1", "0000"), True, "x"), ["enable_chv --pin-nr 1 0000"],
     ["# enable_chv --pin-nr 1 ********"]),
]  # fmt: skip


@pytest.mark.parametrize("row", LINES, ids=[f"{row[0].place} {row[0].action}" for row in LINES])
def test_commands(row: tuple[Step, list[str], list[str]]) -> None:
    step, revealed, masked = row
    plan = Plan(load("sysmoISIM-SJA5"), "8949440000001155314", "", (step,), "", ())
    for reveal, wanted in ((True, revealed), (False, masked)):
        lines = [line for line in format_script(plan, reveal=reveal).splitlines() if "An error here" not in line]
        assert lines[lines.index("") + 2 :] == wanted


def test_a_file_is_selected_once_for_neighbouring_writes() -> None:
    steps = (WriteBytes(ADN, 0, b"\x01", False, ""), WriteBytes(replace(ADN, record=4), 0, b"\x02", False, ""))
    plan = Plan(load("sysmoISIM-SJA5"), "8949440000001155314", "", steps, "", ())
    assert format_script(plan).count("select ") == 1


def test_class_a0_cards_have_no_applications_to_select_by_name() -> None:
    assert address(load("sysmosim-gr1"), FilePath("MF/DF.GSM/EF.IMSI")) == "MF/7f20/6f07"


def test_an_empty_plan() -> None:
    plan = Plan(load("sysmoISIM-SJA5"), "8949440000001155314", "", (), "", ())
    assert format_script(plan, reveal=True).splitlines()[-1] == "# Nothing to change."


def test_comments_stay_on_their_line() -> None:
    step = WriteBytes(IMSI, 0, b"\x08", False, "a\nquit", "b\x1b[2J\nquit")
    plan = Plan(load("sysmoISIM-SJA5"), "8949440000001155314", "", (step,), "", ())
    assert "quit" not in format_script(plan).splitlines() and "\x1b" not in format_script(plan)


def test_the_file_is_private(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "card.script"
    write_script(bench.plan(), path, reveal=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(InputError, match="the file exists"):
        write_script(bench.plan(), path)
