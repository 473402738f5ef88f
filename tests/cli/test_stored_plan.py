"""`simtool plan --json` kept in a file, and `simtool apply --plan FILE`: what was looked at, or nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Desk
from tests.cli.test_commands import secrets_of


@pytest.fixture
def stored(desk: Desk) -> Path:
    path = desk.folder / "plan.json"
    path.write_text(desk.on_card("plan", "--json").stdout)
    return path


def test_applied_when_nothing_changed(desk: Desk, stored: Path) -> None:
    assert not [secret for secret in secrets_of(desk) if secret in stored.read_text().lower()]
    done = desk.on_card("apply", "--plan", str(stored))
    assert done.exit_code == 0, done.output
    assert "nothing to change" in desk.on_card("plan").stdout
    again = desk.on_card("apply", "--plan", str(stored))
    assert again.exit_code == 5
    assert "is no longer wanted" in again.stderr


def test_the_other_form_of_json_is_the_same_plan(desk: Desk, stored: Path) -> None:
    other = desk.folder / "other.json"
    assert desk.on_card("plan", "--as", "json", "--reveal", "--out", str(other)).exit_code == 0
    assert json.loads(other.read_text())["content"] == json.loads(stored.read_text())["content"]
    assert desk.on_card("apply", "--plan", str(other)).exit_code == 0


def test_digests_are_shown_with_the_table(desk: Desk, stored: Path) -> None:
    value = json.loads(stored.read_text())
    shown = desk.on_card("plan").stdout
    assert f"state {value['state'][:16]}, content {value['content'][:16]}" in shown


def other_name(desk: Desk) -> None:
    desk.rewrite(desk.profile, "name: Nordlicht,", "name: Suedlicht,")


def other_key(desk: Desk) -> None:
    """The same length, the same place: only the mark tells."""
    k = re.search(r"k: '?([0-9a-f]{32})", desk.record.read_text())
    assert k is not None
    desk.rewrite(desk.record, k[1], bytes(byte ^ 0x5A for byte in bytes.fromhex(k[1])).hex())


def one_file_less(desk: Desk) -> None:
    desk.rewrite(desk.profile, "  home_search_period: 60                      # minutes\n", "")


def another_card_content(desk: Desk) -> None:
    assert desk.run(
        "card", "set", "EF.SPN", "name=Bo", "--reader", desk.reader, "--record", desk.record
    ).exit_code == 0  # fmt: skip


STALE: list[tuple[Callable[[Desk], None], str]] = [
    (other_name, r"step \d+: MF/ADF.USIM/EF.SPN: .*other content"),
    (other_key, r"step \d+: MF/.*AUTH_KEY.*: .*other content"),
    (one_file_less, r"step \d+: \S+ .*, now "),
    (another_card_content, "what the card holds differs"),
]


@pytest.mark.parametrize(("change", "told"), STALE, ids=[change.__name__ for change, _ in STALE])
def test_refused_as_stale(desk: Desk, stored: Path, change: Callable[[Desk], None], told: str) -> None:
    change(desk)
    secrets = secrets_of(desk)
    refused = desk.on_card("apply", "--plan", str(stored), "--trace")
    assert refused.exit_code == 5, refused.output
    assert "is stale" in refused.stderr
    assert re.search(told, refused.stderr), refused.stderr
    assert "next:" in refused.stderr
    assert "UPDATE" not in refused.stderr.replace("what", "")
    assert not [secret for secret in secrets if secret in refused.output.lower()]


def test_another_adm_is_another_plan(desk: Desk, stored: Path) -> None:
    """Noticed by its mark; this card asks for it while reading already, so a wrong one would cost its one try there."""
    value = json.loads(stored.read_text())
    step = next(step for step in value["steps"] if step["kind"] == "PresentPin")
    step["mark"] = "00" * 16
    stored.write_text(json.dumps(value))
    refused = desk.on_card("apply", "--plan", str(stored))
    assert refused.exit_code == 5
    assert re.search(r"step 1: ADM1: other content", refused.stderr)


def without(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda value: value.pop(name)


DAMAGED: list[tuple[str, Callable[[dict[str, Any]], object], str]] = [
    ("another format", lambda value: value.update(format="simtool-backup"), "no plan of simtool"),
    ("a later version", lambda value: value.update(version=9), "version 9"),
    ("no steps", without("steps"), "parts of the plan are missing"),
    ("no state", without("state"), "parts of the plan are missing"),
    ("a step without a mark", lambda value: value["steps"][0].pop("mark"), "parts of the plan are missing"),
    ("of another computer", lambda value: value.update(marked_by="00"), "another state folder"),
]


@pytest.mark.parametrize(("change", "told"), [row[1:] for row in DAMAGED], ids=[row[0] for row in DAMAGED])
def test_files_that_are_no_plan(
    desk: Desk, stored: Path, change: Callable[[dict[str, Any]], object], told: str
) -> None:
    value = json.loads(stored.read_text())
    change(value)
    stored.write_text(json.dumps(value))
    result = desk.on_card("apply", "--plan", str(stored))
    assert result.exit_code == 1
    assert told in result.stderr
    assert str(stored) in result.stderr


def test_a_file_that_is_not_there_or_no_json(desk: Desk) -> None:
    assert desk.on_card("apply", "--plan", "/nowhere").exit_code == 1
    (desk.folder / "x").write_text("{")
    result = desk.on_card("apply", "--plan", str(desk.folder / "x"))
    assert result.exit_code == 1
    assert "no JSON" in result.stderr
