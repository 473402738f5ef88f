"""Batches, inventory, vault and audit at the command line, and that no secret of a whole day's work shows anywhere."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from simtool.batch.own_files import read_own
from simtool.perso.record import CardRecord, load_records
from tests.batch import cards as made_up

PROFILE = """\
operator: {kind: full, name: X, plmn: 001-01}
identity:
  iccid: {first: '894944000000115531'}
  imsi: {first: '001010000000101'}
  msisdn: '+88228000101'
authentication:
  pins: {PIN1: {value: random}, PUK1: {value: random}, ADM1: {value: random}}
  key_sets: [{version: 1}]
"""
BATCH_PARTS = (
    "numpy",
    "pyarrow",
    "sqlalchemy",
    "alembic",
    "psycopg",
    "pkcs11",
    "keyring",
    "simtool.inventory",
    "simtool.batch",
)
Run = Callable[..., Result]


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    path = tmp_path / "profile.yaml"
    path.write_text(PROFILE)
    return path


def secrets_of(records: list[CardRecord]) -> list[str]:
    """Keys in hex, and the codes that are long enough not to come up by chance."""
    found = []
    for record in records:
        keys = [key for item in (*record.key_sets, *record.key_set_targets) for key in item.keys]
        keys += [secret for item in record.subscriptions for secret in (item.k, item.opc) if secret is not None]
        found += [key.reveal().hex() for key in keys]
        found += [item.value.reveal().decode("latin-1").rstrip("\xff") for item in record.targets if item.pin != "PIN1"]
    return found


def test_a_days_work_shows_no_secret(run: Run, profile: Path, tmp_path: Path) -> None:
    shown: list[str] = []

    def does(*words: str | Path, code: int = 0) -> str:
        for more in ((), ("--json",)) if words[1] in ("list", "show", "find", "reconcile") else ((),):
            result = run(*words, *more)
            assert result.exit_code == code, result.output
            shown.append(result.output)
        return result.output

    does("vault", "init")
    does("batch", "create", "b1", profile, "--customer", "ACME", "--quantity", "20", "--spare", "10")
    does("batch", "generate", "b1")
    csv_file, parquet = tmp_path / "b1.csv", tmp_path / "b1.parquet"
    does("batch", "export", "b1", "--out", csv_file, "--for", "AuC team")
    key = tmp_path / "k4.yaml"
    key.write_text("transport_keys: [{index: 2, cipher: aes-ecb, key: 00112233445566778899aabbccddee0f}]\n")
    key.chmod(0o600)
    does("batch", "export", "b1", "--out", parquet, "--transport-keys", key, "--transport-key", "2")
    records = list(read_own(csv_file))
    assert len(records) == 22
    does("inventory", "find", records[3].subscription.imsi.digits)
    does("inventory", "move", records[3].iccid.digits, "quarantined", "--why", "bent")
    assert "by hand" not in does("inventory", "find", records[3].iccid.digits)
    assert "ordered 22 = good 0 + rejected 0 + spare 2 + open 20" in run("inventory", "reconcile", "b1").output
    does("inventory", "reconcile", "b1")
    does("inventory", "expire", "b1")
    does("batch", "list")
    does("batch", "show", "b1")
    does("vault", "show")
    does("vault", "rotate", "--batch", "b1")
    does("vault", "split", "--out", tmp_path / "shares")
    new = f"file:{tmp_path / 'new.key'}"
    does("vault", "rotate", "--to", new)
    does("batch", "list", code=1)  # the old key opens nothing any more
    on = ("--vault", new)
    does("audit", "verify", *on)
    does("audit", "show", "b1", *on)
    does("batch", "export", "b1", "--out", csv_file, *on, code=1)  # never overwritten
    does("batch", "import", "b2", csv_file, "--profile", profile, "--customer", "X", "--quantity", "22", *on, code=1)
    does("batch", "import", "b2", parquet, "--profile", profile, "--customer", "X", "--quantity", "22", *on, code=1)
    does("batch", "close", "b1", *on)
    does("vault", "purge-keys", "b1", "--receipt", tmp_path / "receipt.json", *on, code=5)
    does("vault", "purge-keys", "b1", "--confirm", "b1", "--receipt", tmp_path / "receipt.json", *on)
    does("batch", "export", "b1", "--out", tmp_path / "late.csv", *on, code=1)

    written = [path for path in tmp_path.rglob("*") if path.is_file() and path != csv_file]
    text = "\n".join(shown) + "".join(path.read_bytes().decode("latin-1") for path in written)
    kept = [secret for secret in secrets_of(records) if secret in text]
    in_parquet = parquet.read_bytes().decode("latin-1")  # codes and OTA keys are not under the transport key
    assert [secret for secret in kept if len(secret) == 8 and secret not in in_parquet] == []
    assert [secret for secret in kept if len(secret) > 8] == []
    raw = b"".join(path.read_bytes() for path in written if path != parquet)
    for record in records:
        assert record.subscription.k.reveal() not in raw
        assert record.subscription.k.reveal() not in parquet.read_bytes()
        assert record.key_set_targets[0].enc.reveal() not in raw


def test_tickets_between_two_sites(run: Run, profile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sites = {}
    for name in ("north", "south"):
        monkeypatch.setenv("SIMTOOL_STATE", str(tmp_path / name))
        sites[name] = json.loads(run("vault", "init", "--json").output)["site_key"]
    monkeypatch.setenv("SIMTOOL_STATE", str(tmp_path / "north"))
    ticket = tmp_path / "ticket.json"
    ranges = ("--iccid", "894944000000200000:50", "--imsi", "001010000200000:50")
    result = run("inventory", "ticket", "issue", "--to", sites["south"], *ranges, "--out", ticket)
    assert result.exit_code == 0, result.output
    again = run("inventory", "ticket", "issue", "--to", sites["south"], *ranges, "--out", tmp_path / "second.json")
    assert again.exit_code == 5
    assert not (tmp_path / "second.json").exists()
    monkeypatch.setenv("SIMTOOL_STATE", str(tmp_path / "south"))
    taken = run("inventory", "ticket", "accept", ticket, "--from", sites["north"], "--json")
    name = json.loads(taken.output)["ticket"]
    words = ("--customer", "ACME", "--quantity", "50", "--ticket", name)
    created = json.loads(run("batch", "create", "b1", profile, *words, "--json").output)
    assert created["ranges"][1] == {"kind": "imsi", "first": "001010000200000", "count": 50}
    assert run("inventory", "ticket", "accept", ticket, "--from", "xy").exit_code == 1
    assert (
        run("inventory", "ticket", "issue", "--to", sites["north"], "--imsi", "5", "--out", tmp_path / "x").exit_code
        == 1
    )


def test_a_recovered_vault(run: Run, profile: Path, tmp_path: Path) -> None:
    assert run("vault", "init").exit_code == 0
    assert run("batch", "create", "b1", profile, "--customer", "ACME", "--quantity", "5").exit_code == 0
    assert run("batch", "generate", "b1").exit_code == 0
    assert run("vault", "split", "--shares", "3", "--threshold", "2", "--out", tmp_path / "shares").exit_code == 0
    shares = sorted((tmp_path / "shares").iterdir())
    assert len(shares) == 3
    to = f"file:{tmp_path / 'recovered.key'}"
    assert run("vault", "recover", shares[0], "--to", to).exit_code == 1
    assert run("vault", "recover", shares[0], shares[2], "--to", to).exit_code == 0
    assert run("batch", "export", "b1", "--out", tmp_path / "b1.csv", "--vault", to).exit_code == 0
    assert run("audit", "verify", "--vault", to).exit_code == 0


def test_mistakes_are_told_kindly(run: Run, profile: Path, tmp_path: Path) -> None:
    first = run("batch", "list")
    assert first.exit_code == 1
    assert "simtool vault init" in first.output
    assert run("vault", "init").exit_code == 0
    for words, said in (
        (("vault", "init"), "there is an inventory"),
        (("vault", "rotate"), "give either"),
        (("batch", "show", "nothing"), "no batch 'nothing'"),
        (("batch", "create", "a/b", profile, "--customer", "X", "--quantity", "1"), "named by"),
        (("batch", "create", "b", tmp_path / "no", "--customer", "X", "--quantity", "1"), "No such file"),
        (("inventory", "find", "12345"), "nothing here"),
        (("inventory", "move", "12345", "good", "--why", "x"), "no card 12345"),
        (("batch", "list", "--inventory", "mysql://x"), "not a database for an inventory"),
    ):
        result = run(*words)
        assert result.exit_code in (1, 5), result.output
        assert said in result.output


def test_nothing_heavy_before_a_batch_command_runs() -> None:
    code = f"import sys, simtool.cli.main; print([name for name in {BATCH_PARTS} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_commands_on_a_batch_instead_of_a_file(run: Run, profile: Path, tmp_path: Path) -> None:
    assert run("vault", "init").exit_code == 0
    assert run("batch", "create", "b1", profile, "--customer", "ACME", "--quantity", "5").exit_code == 0
    out = tmp_path / "cards.out"
    early = run("convert", "--batch", "b1", "--to", "vendor-out", "--out", out)
    assert early.exit_code == 5 and "0 of 5 records exist" in early.output
    assert run("batch", "generate", "b1").exit_code == 0
    for words in (("--batch", "b1", out), ()):
        either = run("convert", *words, "--to", "list", "--out", tmp_path / "x.csv")
        assert either.exit_code == 1 and "give either a file of cards or --batch" in either.output
    made = run("convert", "--batch", "b1", "--to", "vendor-out", "--out", out, "--for", "AuC team")
    assert made.exit_code == 0, made.output
    head = out.read_text().lower()
    assert "acme" in head and "b1" in head
    again = run("convert", "--batch", "b1", "--to", "vendor-out", "--out", out)
    assert again.exit_code == 1 and "the file exists" in again.output
    history = [line for line in run("audit", "show", "b1").output.splitlines() if "records exported" in line]
    assert len(history) == 1, "what did not happen is not noted"
    assert "as vendor-out to cards.out for AuC team, Ki and OPc in clear" in history[0]


def test_records_for_a_station_are_exported_whole(run: Run, profile: Path, tmp_path: Path) -> None:
    for words in (("vault", "init"), ("batch", "create", "b1", profile, "--customer", "X", "--quantity", "3")):
        assert run(*words).exit_code == 0
    assert run("batch", "generate", "b1").exit_code == 0
    assert run("batch", "export", "b1", "--out", tmp_path / "b1.csv").exit_code == 0
    assert run("batch", "export", "b1", "--out", tmp_path / "b1.yaml").exit_code == 0
    records = load_records(tmp_path / "b1.yaml")
    assert all(record.targets and record.key_set_targets for record in records)
    assert records == tuple(read_own(tmp_path / "b1.csv"))
    keys = tmp_path / "k4.yaml"
    keys.write_text("transport_keys: [{index: 2, cipher: aes-ecb, key: 00112233445566778899aabbccddee0f}]\n")
    keys.chmod(0o600)
    under = ("--transport-keys", keys, "--transport-key", "2")
    refused = run("batch", "export", "b1", "--out", tmp_path / "b2.yaml", *under)
    assert refused.exit_code == 1 and "in clear" in refused.output
    assert not (tmp_path / "b2.yaml").exists()
    assert run("batch", "export", "b1", "--out", tmp_path / "b1.txt").exit_code == 1


def test_a_hosts_list_is_checked_and_taken(run: Run, profile: Path, tmp_path: Path) -> None:
    assert run("vault", "init").exit_code == 0
    reseller, cards = tmp_path / "reseller.yaml", tmp_path / "cards.csv"
    reseller.write_text("operator: {kind: reseller, name: X, plmn: 001-01}\n")
    rows = [f"{made_up.record(number).iccid},00101{number:010d}" for number in (1, 2, 3)]
    cards.write_text("\n".join(("ICCID,IMSI", *rows)))
    order = ("--customer", "ACME", "--quantity", "3", "--from", "list")
    full = run("batch", "import", "host", cards, "--profile", profile, *order)
    assert full.exit_code == 1 and f"{cards}:2: ki: is missing" in full.output
    assert run("formats", "check", cards, "--from", "list", "--no-keys", "--register").exit_code == 0
    taken = run("batch", "import", "host", cards, "--profile", reseller, *order)
    assert taken.exit_code == 0, taken.output
    again = run("formats", "check", cards, "--from", "list", "--no-keys", "--register")
    assert again.exit_code == 1 and f"{cards}:4: imsi: is in the register already" in again.output
    assert "no Ki here" in run("inventory", "find", "001010000000002").output
    refused = run("convert", "--batch", "host", "--to", "open5gs", "--plmn", "001-01", "--out", tmp_path / "x.json")
    assert refused.exit_code == 1 and "has no Ki" in refused.output
    (attempt, failure) = [line for line in run("audit", "show", "host").output.splitlines() if "exported" in line]
    assert "as open5gs to x.json" in attempt and "records exported: failed" in failure
