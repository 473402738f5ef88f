"""`simtool plan --as`, `apply` with its journal, `undo` and `journal`, as their users see them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simtool.files.product import load
from simtool.perso.apply import Options, carry_out
from simtool.perso.job import prepare
from simtool.perso.memory.attempts import Attempts
from simtool.perso.memory.journal import Journals
from simtool.perso.profile import Profile
from simtool.perso.record import load_records
from simtool.softcard.card import SoftCard
from tests.cli.conftest import Desk
from tests.cli.test_commands import secrets_of

ICCID = "8949440000001155314"


def test_a_plan_in_every_form(desk: Desk) -> None:
    shown = desk.on_card("plan").stdout
    assert re.search(r": \d+ writes, \d+ TPDUs, \d+ bytes, about \d+\.\d s at [\d,]+ bit/s\n", shown)
    value = json.loads(desk.on_card("plan", "--as", "json").stdout)
    assert value["format"] == "simtool-plan"
    assert {"MF/ADF.USIM/EF.SPN"} <= {step["place"] for step in value["steps"]}
    raw = desk.on_card("plan", "--as", "apdu").stdout
    assert re.search(r"^0020000a08x{16}  # VERIFY PIN", raw, re.MULTILINE)
    assert re.search(r"^00d6[0-9a-f]+  # UPDATE BINARY MF/ADF.USIM/EF.SPN$", raw, re.MULTILINE)
    assert "update_" in desk.on_card("plan", "--as", "pysim").stdout
    cost = json.loads(desk.on_card("plan", "--json").stdout)["forecast"]
    assert cost["tpdus"] > 50
    for form in ("table", "json", "apdu", "pysim"):
        assert not [
            secret for secret in secrets_of(desk) if secret in desk.on_card("plan", "--as", form).output.lower()
        ]


@pytest.mark.parametrize("form", ["table", "json", "apdu", "pysim"])
def test_keys_go_into_a_private_file_or_nowhere(desk: Desk, form: str) -> None:
    refused = desk.on_card("plan", "--as", form, "--reveal")
    assert refused.exit_code == 1
    assert "--out" in refused.stderr
    out = desk.folder / "plan"
    told = desk.on_card("plan", "--as", form, "--reveal", "--out", str(out))
    assert told.exit_code == 0, told.output
    assert "WITH KEYS IN CLEAR" in told.stdout
    assert out.stat().st_mode & 0o777 == 0o600
    k = load_records(desk.record)[0].subscription.k.reveal().hex()
    assert k[4:-4] in out.read_text().lower()  # bytes at the ends that the card holds already are not written
    assert k not in told.output.lower()
    assert desk.on_card("plan", "--out", str(out)).exit_code == 1, "never overwritten"


def tear(desk: Desk, state: Path, after_writes: int) -> None:
    """The computer dies in the middle of `simtool apply`."""

    class Dies(Exception):
        pass

    def die(place: str, done: int, total: int) -> None:
        if done == after_writes:
            raise Dies

    from simtool.opening import connect

    records = load_records(desk.record)
    with connect(desk.reader) as card:
        job = prepare(card, Profile.load(desk.profile), records)
        run = Journals(state).begin(job.plan, job.current)
        with pytest.raises(Dies):
            carry_out(run.plan, card, Options(journal=run, progress=die))


def test_a_torn_card_goes_on_where_it_stopped(desk: Desk, state: Path) -> None:
    tear(desk, state, after_writes=7)
    listed = json.loads(desk.run("journal", "list", "--json").stdout)["work"]
    assert [(work["journal"], work["end"]) for work in listed] == [(f"0001-{ICCID}", "unfinished")]
    shown = desk.run("journal", "show", ICCID)
    assert shown.exit_code == 0, shown.output
    assert re.search(r"end +unfinished", shown.stdout)
    assert len(re.findall(r"^\d+ +done ", shown.stdout, re.MULTILINE)) >= 7
    assert "waiting" in shown.stdout

    applied = desk.on_card("apply")
    assert applied.exit_code == 0, applied.output
    assert re.search(rf"going on with 0001-{ICCID}: \d+ of \d+ steps had been done", applied.stdout)
    assert f"{ICCID}: good" in applied.stdout
    listed = json.loads(desk.run("journal", "list", ICCID, "--json").stdout)["work"]
    assert [work["end"] for work in listed] == ["good", "unfinished"]
    assert listed[0]["continues"] == listed[1]["journal"]
    assert listed[1]["continued_by"] == listed[0]["journal"]
    assert "unfinished, continued" in desk.run("journal", "list").stdout


@pytest.mark.parametrize("lines", [2, 9, 30])
def test_the_process_is_killed(desk: Desk, state: Path, lines: int) -> None:
    """Whatever it was doing: the card's file, the journal and the record are whole, and the next run finishes."""
    words = ["apply", str(desk.profile), "--record", str(desk.record), "--reader", desk.reader]
    with subprocess.Popen([sys.executable, "-m", "simtool.cli", *words], stdout=subprocess.DEVNULL) as process:
        while process.poll() is None and written(state) < lines:
            time.sleep(0.0005)
        process.kill()
    applied = desk.on_card("apply")
    assert applied.exit_code == 0, applied.output
    listed = json.loads(desk.run("journal", "list", "--json").stdout)["work"]
    assert listed[0]["end"] == "good"
    assert all(work["continued_by"] for work in listed[1:] if work["end"] == "unfinished")


def written(state: Path) -> int:
    """Lines in the journals so far."""
    return sum(path.read_text().count("\n") for path in (state / "journal").glob("*.jsonl"))


def test_undo(desk: Desk) -> None:
    delivered = SoftCard.new(load("sysmoISIM-SJA5")).files.by_path["MF/ADF.USIM/EF.SPN"].content.data
    assert desk.on_card("apply").exit_code == 0
    words = ("--reader", desk.reader, "--record", desk.record)
    planned = desk.run("undo", *words, "--plan")
    assert planned.exit_code == 0, planned.output
    assert "as it was before" in planned.stdout
    undone = desk.run("undo", *words)
    assert undone.exit_code == 0, undone.output
    assert f"0001-{ICCID} is taken back" in undone.stdout
    assert "stays switched on: MF/ADF.USIM/EF.EHPLMN" in undone.stdout
    from simtool.opening import connect
    from simtool.perso.model import identify
    from simtool.perso.read import read_image

    with connect(desk.reader) as card:
        content = read_image(card, identify(card)).get("MF/ADF.USIM/EF.SPN")
    assert content is not None
    assert content.data == delivered
    again = desk.run("undo", *words, "--json")
    assert again.exit_code == 1
    assert "no journal knows" in json.loads(again.stdout)["error"]
    work = json.loads(desk.run("journal", "show", ICCID, "--json").stdout)
    assert (work["undoes"], work["end"]) == (f"0001-{ICCID}", "good")


def test_undo_without_the_adm(desk: Desk) -> None:
    assert desk.on_card("apply").exit_code == 0
    result = desk.run("undo", "--reader", desk.reader)
    assert result.exit_code == 1
    assert "ADM1" in result.stderr


def test_a_wrong_adm_is_remembered_until_it_is_forgotten(desk: Desk, state: Path) -> None:
    desk.rewrite(desk.record, "34173960", "34173961")
    first = desk.on_card("apply")
    assert first.exit_code == 4
    assert "ADM1 is sent as 8 ASCII digits" in first.stderr
    again = desk.on_card("apply", "--min-tries", "1")
    assert again.exit_code == 5
    assert re.search(rf"ADM1 was not sent: this value was wrong for card {ICCID} on \d{{4}}-", again.stderr)
    listed = desk.run("journal", "attempts", ICCID)
    assert "wrong" in listed.stdout
    assert "34173961" not in listed.output
    assert "1 values" in desk.run("journal", "forget", ICCID).stdout
    assert desk.on_card("apply", "--min-tries", "1").exit_code == 4
    assert [one.outcome.value for one in Attempts(state).all()].count("wrong") == 2


def test_what_cannot_be_taken_back_is_said_first(desk: Desk) -> None:
    text = desk.record.read_text()
    desk.record.write_text(text.replace("  credentials:", "  targets: {ADM1: '13572468'}\n  credentials:", 1))
    assert desk.on_card("apply").exit_code == 0
    words = ("--reader", desk.reader, "--record", desk.record)
    refused = desk.run("undo", *words)
    assert refused.exit_code == 5
    assert "ADM1" in refused.stderr
    undone = desk.run("undo", *words, "--partly")
    assert undone.exit_code == 0, undone.output
    assert "stays as it is: ADM1" in undone.stdout


def test_nothing_there_yet(desk: Desk) -> None:
    assert desk.run("journal", "list").stdout == "no journal\n"
    assert desk.run("journal", "attempts").stdout == "no attempts\n"
    assert desk.run("journal", "show", "0001-1").exit_code == 1


def test_the_record_knows_the_new_pins(desk: Desk) -> None:
    """Targets become credentials when the card holds them."""
    text = desk.record.read_text()
    desk.record.write_text(text.replace("  credentials:", "  targets: {ADM1: '13572468'}\n  credentials:", 1))
    applied = desk.on_card("apply")
    assert applied.exit_code == 0, applied.output
    record = load_records(desk.record)[0]
    assert record.targets == ()
    assert {item.pin: item.value.reveal() for item in record.credentials}["ADM1"] == b"13572468"
    assert desk.on_card("plan", "--check").exit_code == 0
    assert desk.on_card("verify").exit_code == 0
