"""`simtool station report` and `verify-certificate`: the papers of a batch, and what the customer can check of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from simtool.errors import InputError
from simtool.inventory.inventory import Inventory
from simtool.inventory.store import Store
from simtool.inventory.work import claim
from simtool.station.paper.keeping import keep
from tests.cli.test_station_paper import Bench, bench
from tests.harness.papers import text_of

Run = Callable[..., Result]


@pytest.fixture
def made(run: Run, state: Path, tmp_path: Path) -> Bench:
    return bench(run, state, tmp_path, puk=True)


def report(made: Bench, out: Path, *more: str) -> tuple[int, dict[str, Path]]:
    """The exit code, and the files by kind and form."""
    result = made.run("station", "report", "b", "--out", out, "--json", *more)
    files = json.loads(result.output).get("files", [])
    return result.exit_code, {f"{item['kind']}.{item['form']}": Path(item["file"]) for item in files}


def site_key(made: Bench) -> str:
    return str(json.loads(made.run("vault", "show", "--json").output)["site_key"])


def test_all_papers_of_a_batch(made: Bench, tmp_path: Path) -> None:
    code, files = report(made, tmp_path / "papers")
    assert code == 0
    assert set(files) == {
        f"{kind}.{form}" for kind in ("reconciliation", "certificate", "audit") for form in ("pdf", "json")
    }
    count = json.loads(files["reconciliation.json"].read_text())
    assert (count["ordered"], count["good"], count["rejected"], count["open"]) == (4, 2, 1, 1)
    assert [item["iccid"] for item in count["rejects"]] == [made.bad.iccid.digits]
    certificate = json.loads(files["certificate.json"].read_text())
    assert certificate["iccids"] == sorted(record.iccid.digits for record in made.good)
    assert certificate["customer"] == "ACME" and made.bad.iccid.digits not in files["certificate.json"].read_text()
    audit = json.loads(files["audit.json"].read_text())
    assert audit["log_whole"] is True
    assert {"batch created", "records generated", "good", "rejected", "certificate made"} <= {
        e["act"] for e in audit["entries"]
    }
    for name, path in files.items():
        if name.endswith(".pdf"):
            assert "ACME" in text_of(path.read_bytes())


def test_no_secret_of_the_batch_is_in_any_paper(made: Bench, tmp_path: Path) -> None:
    _, files = report(made, tmp_path / "papers")
    texts = [text_of(path.read_bytes()) if path.suffix == ".pdf" else path.read_text() for path in files.values()]
    for record in (*made.good, made.bad):
        codes = [
            item.value.reveal().decode("latin-1").rstrip("\xff") for item in (*record.credentials, *record.targets)
        ]
        keys = [key.reveal().hex() for item in record.subscriptions for key in (item.k, item.opc) if key is not None]
        for secret in (*keys, *(code for code in codes if len(code) > 4)):
            assert not any(secret in text for text in texts)


def test_nothing_is_overwritten(made: Bench, tmp_path: Path) -> None:
    _, files = report(made, tmp_path / "papers", "--only", "reconciliation")
    path = files["reconciliation.pdf"]
    with pytest.raises(InputError, match="the file exists"):
        keep(path, b"other")
    assert path.read_bytes().startswith(b"%PDF")


def test_whoever_gets_the_cards_checks_the_certificate(made: Bench, tmp_path: Path) -> None:
    _, files = report(made, tmp_path / "papers", "--only", "certificate")
    path, key = files["certificate.json"], site_key(made)
    cards = tmp_path / "cards.txt"
    cards.write_text("".join(f"{record.iccid}\n" for record in reversed(made.good)))
    result = made.run("station", "verify-certificate", path, "--from", key, "--cards", cards)
    assert result.exit_code == 0 and "just these 2 cards" in result.output
    cards.write_text(f"{made.good[0].iccid}\n{made.bad.iccid}\n")
    result = made.run("station", "verify-certificate", path, "--from", key, "--cards", cards)
    assert result.exit_code == 3
    assert f"1 not certified ({made.bad.iccid})" in result.output
    assert f"1 certified but not listed ({made.good[1].iccid})" in result.output


def test_a_changed_certificate_and_another_sites(made: Bench, tmp_path: Path) -> None:
    _, files = report(made, tmp_path / "papers", "--only", "certificate")
    path = files["certificate.json"]
    result = made.run("station", "verify-certificate", path, "--from", "00" * 32)
    assert result.exit_code == 1 and "signed by" in result.output
    path.write_text(path.read_text().replace('"customer": "ACME"', '"customer": "ACMF"'))
    result = made.run("station", "verify-certificate", path, "--from", site_key(made))
    assert result.exit_code == 1 and "the document was changed" in result.output


def test_no_certificate_while_cards_are_at_work(made: Bench, tmp_path: Path) -> None:
    with Inventory.open(made.state) as inventory:
        claim(inventory, "b")
    result = made.run("station", "report", "b", "--out", tmp_path / "papers")
    assert result.exit_code == 0 and "no certificate: stations hold 1 records" in result.output
    assert {path.name.split("-")[1] for path in (tmp_path / "papers").iterdir()} == {"reconciliation", "audit"}
    result = made.run("station", "report", "b", "--out", tmp_path / "papers", "--only", "certificate")
    assert result.exit_code == 5


def test_a_log_that_was_changed_is_told(made: Bench, tmp_path: Path) -> None:
    store = Store(f"sqlite:///{made.state / 'inventory.db'}")
    with store.begin() as connection:
        connection.exec_driver_sql("UPDATE audit SET who = 'nobody' WHERE seq = 3")
    store.close()
    code, files = report(made, tmp_path / "papers", "--only", "audit")
    assert code == 3
    assert "entry 3 was changed" in " ".join(text_of(files["audit.pdf"].read_bytes()).split())


def test_an_unknown_batch(made: Bench, tmp_path: Path) -> None:
    result = made.run("station", "report", "none", "--out", tmp_path / "papers")
    assert result.exit_code == 1 and "there is no batch 'none'" in result.output
    assert not (tmp_path / "papers").exists()
