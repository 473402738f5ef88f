"""`simtool station label` and `letters`: only good cards, PUK only where the profile says so and never unnoted."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import Result

from simtool.inventory.audit import history
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import RecordState
from simtool.inventory.records import records
from simtool.inventory.visits import Measures, begin_visit, finish_visit
from simtool.inventory.work import claim
from simtool.perso.record import CardRecord
from tests.harness.papers import pages_of, text_of

PROFILE = """\
operator: {{kind: full, name: Nordlicht, plmn: 001-01}}
identity:
  iccid: {{first: '894944000000115531'}}
  imsi: {{first: '001010000000101'}}
  msisdn: '+88228000101'
authentication: {{pins: {{PIN1: {{value: random}}, PUK1: {{value: random}}}}}}
paper: {{puk: {puk}}}
"""
Run = Callable[..., Result]


@dataclass(frozen=True)
class Bench:
    """A batch `b` of four cards, two of them good, the third bad. `run` is the `simtool` command."""

    run: Run
    state: Path
    good: tuple[CardRecord, ...]
    bad: CardRecord

    def acts(self, subject: str) -> list[tuple[str, str]]:
        with Inventory.open(self.state) as inventory, inventory.store.read() as connection:
            return [(entry.act, entry.detail) for entry in history(connection, subject)]


def bench(run: Run, state: Path, tmp_path: Path, *, puk: bool) -> Bench:
    (tmp_path / "profile.yaml").write_text(PROFILE.format(puk=str(puk).lower()))
    for words in (
        ("vault", "init"),
        ("batch", "create", "b", tmp_path / "profile.yaml", "--customer", "ACME", "--quantity", 4),
        ("batch", "generate", "b"),
    ):
        result = run(*words)
        assert result.exit_code == 0, result.output
    with Inventory.open(state) as inventory:
        for end in (RecordState.GOOD, RecordState.GOOD, RecordState.REJECTED):
            (held,) = claim(inventory, "b")
            visit = begin_visit(
                inventory, held, chip=held.record.iccid.digits, product="sysmoISIM-SJA5", station="A", slot="1",
                operator="Ann", digest="00" * 32,
            )  # fmt: skip
            finish_visit(inventory, held, visit, end, record=held.record.personalised(), measures=Measures())
        made = tuple(records(inventory, "b"))
    return Bench(run, state, made[:2], made[2])


@pytest.fixture
def open_bench(run: Run, state: Path, tmp_path: Path) -> Bench:
    return bench(run, state, tmp_path, puk=True)


@pytest.fixture
def closed_bench(run: Run, state: Path, tmp_path: Path) -> Bench:
    return bench(run, state, tmp_path, puk=False)


def puk(record: CardRecord) -> str:
    return next(item.value.reveal().decode() for item in record.personalised().credentials if item.pin == "PUK1")


def test_letters_of_the_good_cards(open_bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "letters.pdf"
    result = open_bench.run("station", "letters", "b", "--out", out, "--for", "the mail room")
    assert result.exit_code == 0, result.output
    text = text_of(out.read_bytes())
    assert pages_of(out.read_bytes()) == 2 and "sysmoISIM-SJA5" in text
    assert all(puk(record) in text for record in open_bench.good) and puk(open_bench.bad) not in text
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert ("letters printed", f"PIN or PUK of 2 cards to {out}, for the mail room") in open_bench.acts("b")
    assert not any(puk(record) in result.output for record in open_bench.good)


def test_letters_without_codes_are_no_secret(closed_bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "letters.pdf"
    result = closed_bench.run("station", "letters", "b", "--out", out)
    assert result.exit_code == 0, result.output
    assert "PUK" not in text_of(out.read_bytes())
    assert not any(act.startswith("letters") for act, _ in closed_bench.acts("b"))


def test_a_label_once_more(closed_bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    iccid = closed_bench.good[0].iccid.digits
    result = closed_bench.run("station", "label", iccid)
    assert result.exit_code == 0, result.output
    assert "sysmoISIM-SJA5" in text_of((tmp_path / f"{iccid}.pdf").read_bytes())
    assert closed_bench.run("station", "label", iccid).exit_code == 1  # the file exists


def test_no_label_for_a_card_that_is_not_good(closed_bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "label.pdf"
    result = closed_bench.run("station", "label", closed_bench.bad.iccid.digits, "--out", out)
    assert result.exit_code == 5 and "is rejected" in result.output and not out.exists()
    result = closed_bench.run("station", "label", "8949440000009999990", "--out", out)
    assert result.exit_code == 1 and "there is no card" in result.output


def test_what_cannot_be_written_is_noted_as_failed(open_bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "nowhere" / "letters.pdf"
    result = open_bench.run("station", "letters", "b", "--out", out)
    assert result.exit_code == 1 and str(out) in result.output
    assert [act for act, _ in open_bench.acts("b")][-2:] == ["letters printed", "letters printed: failed"]
