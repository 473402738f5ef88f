"""`card backup`, `restore` and `diff`."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable

from click.testing import Result

from simtool.perso.record import load_records
from tests.cli.conftest import Desk

Run = Callable[..., Result]


def test_there_and_back(desk: Desk, with_record: Run) -> None:
    kept = desk.folder / "before.json"
    made = with_record("backup", kept)
    assert made.exit_code == 0, made.output
    assert "it holds keys and PINs" in made.output
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert with_record("backup", kept).exit_code == 1, "never overwritten"
    assert desk.on_card("apply").exit_code == 0

    differs = desk.run("card", "diff", desk.reader, kept, "--record", desk.record)
    assert differs.exit_code == 3
    assert "name: Nordlicht, show_plmn_at_home: no" in differs.output
    subscription = load_records(desk.record)[0].subscription
    assert subscription.k.kcv().hex() in differs.output
    assert subscription.k.reveal().hex() not in differs.output

    planned = with_record("restore", kept, "--plan")
    assert planned.exit_code == 0
    assert "set to Magic" in planned.output
    unasked = with_record("restore", kept)
    assert unasked.exit_code == 5
    assert "nothing was written" in unasked.stderr
    done = with_record("restore", kept, "--yes")
    assert done.exit_code == 0, done.output
    assert "the card holds what the backup holds" in done.output
    assert "switched off again: MF/ADF.USIM/EF.EHPLMN" in done.stderr
    assert desk.run("card", "diff", desk.reader, kept, "--record", desk.record).exit_code == 0
    assert "nothing to change" in with_record("restore", kept, "--yes").output


def test_restore_asks_at_the_keyboard(desk: Desk, with_record: Run, keyboard: Run) -> None:
    kept = desk.folder / "before.json"
    with_record("backup", kept)
    with_record("set", "EF.SPN", "name=Bo")
    words = ("card", "restore", kept, "--reader", desk.reader, "--record", desk.record)
    no = keyboard("n\n", *words)
    assert no.exit_code == 5
    assert "write this to card 8949440000001155314?" in no.output
    yes = keyboard("y\n", *words, "--json")
    assert yes.exit_code == 0
    assert json.loads(yes.stdout)["end"] == "good"


def test_a_backup_of_another_card(desk: Desk, with_record: Run) -> None:
    kept = desk.folder / "other.json"
    desk.run("card", "backup", kept, "--reader", "soft:sysmoISIM-SJA2")
    wrong = with_record("restore", kept, "--yes")
    assert wrong.exit_code == 5
    assert "of a sysmoISIM-SJA2" in wrong.stderr
    assert with_record("restore", desk.folder / "none.json").exit_code == 1
    assert with_record("restore", desk.profile).exit_code == 1


def test_without_the_adm_the_backup_says_what_is_missing(desk: Desk) -> None:
    result = desk.run("card", "backup", desk.folder / "open.json", "--reader", desk.reader)
    assert result.exit_code == 0
    assert "it holds no keys" in result.output
    assert "need ADM1" in result.output
    assert "next:" in result.output


def test_card_and_profile(desk: Desk) -> None:
    before = desk.run("card", "diff", desk.reader, desk.profile)
    assert before.exit_code == 3
    assert "MF/ADF.USIM/EF.SPN  (branding.spn)" in before.output
    assert "EF.IMSI" not in before.output, "without a record the card's own numbers are taken"
    desk.on_card("apply")
    after = desk.run("card", "diff", desk.reader, desk.profile, "--record", desk.record)
    assert after.exit_code == 0, after.output
    assert "all equal" in after.output
    value = json.loads(desk.run("card", "diff", desk.profile, desk.reader, "--json").stdout)
    assert value["equal"] is True
    assert value["left"] == str(desk.profile)


def test_card_and_card(desk: Desk) -> None:
    same = desk.run("card", "diff", desk.reader, "soft:sysmoISIM-SJA5")
    assert same.exit_code == 0, same.output
    other = desk.run("card", "diff", desk.reader, "soft:sysmoISIM-SJA2", "--json")
    assert other.exit_code == 3
    found = {row["unit"] for row in json.loads(other.stdout)["differences"]}
    assert "MF/EF.ICCID" in found


def test_what_cannot_be_compared(desk: Desk) -> None:
    for words in ((desk.profile, desk.profile), (desk.reader, "nowhere.json"), ("soft:nothing", desk.reader)):
        result = desk.run("card", "diff", *words)
        assert result.exit_code in (1, 4)
        assert result.stderr.startswith("error: ")
    assert desk.run("card", "diff", desk.reader).exit_code == 2
