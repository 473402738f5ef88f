"""`simtool pysim …` as its users see it: files made once, private, nothing secret on the screen, right exit codes."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from simtool.cli.main import main
from simtool.files.product import load
from simtool.perso.profile import load_stock
from simtool.perso.record import load_records
from simtool.perso.technician.backup import load as load_backup
from tests.perso.pysim.samples import ATR_SJA5, EXPORT, SMALL, fsdump
from tests.perso.pysim.test_dump import NOWHERE, whole

ROOT = Path(__file__).resolve().parents[3]
K, OPC = "465b5ce8b199b49faa5f0a2ee238a6bc", "cd63cb71954a9f4e48a5994e37a02baf"
CARDS = f"iccid,imsi,ki,opc,adm1,kic1\n8949440000001155314,001010000000101,{K},{OPC},34173960,{K}\n"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["pysim", *map(str, words)])


def good(*words: str | Path) -> Result:
    result = run(*words)
    assert result.exit_code == 0, result.output
    assert K not in result.output and OPC not in result.output and "34173960" not in result.output
    return result


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMTOOL_STATE", str(tmp_path / "state"))


@pytest.fixture
def cards(tmp_path: Path) -> Path:
    path = tmp_path / "cards.csv"
    path.write_text(CARDS)
    return path


@pytest.fixture
def records(cards: Path, tmp_path: Path) -> Path:
    path = tmp_path / "records.yaml"
    good("import-csv", cards, "--out", path)
    return path


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "profiles", tmp_path / "profiles")
    return tmp_path / "profiles" / "full-mvno.yaml"


def test_csv_to_records_and_back(cards: Path, records: Path, tmp_path: Path) -> None:
    assert stat.S_IMODE(records.stat().st_mode) == 0o600
    (record,) = load_records(records)
    assert record.subscription.k.reveal().hex() == K
    back = tmp_path / "back.csv"
    good("export-csv", records, "--out", back)
    assert back.read_text() == (
        f"iccid,imsi,ki,opc,adm1\n8949440000001155314,001010000000101,{K},{OPC},34173960\n"
    )  # fmt: skip
    again = tmp_path / "again.yaml"
    good("import-csv", back, "--out", again)
    assert again.read_bytes() == records.read_bytes()


def test_import_says_what_it_leaves(cards: Path, tmp_path: Path) -> None:
    result = good("import-csv", cards, "--out", tmp_path / "records.yaml", "--json")
    value = json.loads(result.output)
    assert value["not_taken"] == ["column kic1"] and value["kind"] == "records"
    assert value["records"][0]["codes"] == ["ADM1"]


def test_export_with_a_profile(records: Path, profile: Path, tmp_path: Path) -> None:
    out = tmp_path / "prog.csv"
    good("export-csv", records, "--profile", profile, "--out", out)
    head, row = out.read_text().splitlines()
    cells = dict(zip(head.split(","), row.split(","), strict=True))
    assert (cells["name"], cells["mcc"], cells["mnc"]) == ("Nordlicht", "001", "01")
    assert len(bytes.fromhex(cells["smsp"])) == 28


def test_export_for_the_key_provider(records: Path, tmp_path: Path) -> None:
    out = tmp_path / "card_data.csv"
    good("export-csv", records, "--form", "card-data", "--out", out)
    assert out.read_text().splitlines()[0] == "ICCID,IMSI,KI,OPC,ADM1"


def test_the_adm_of_a_product(cards: Path, tmp_path: Path) -> None:
    out = tmp_path / "records.yaml"
    good("import-csv", cards, "--product", "sysmosim-gr1", "--out", out)
    adm = load("sysmosim-gr1").adm
    assert adm is not None and [item.pin for item in load_records(out)[0].credentials] == [adm.pin]


def test_codes_to_be_written_are_named(records: Path, tmp_path: Path) -> None:
    text = yaml.safe_load(records.read_text())
    text["records"][0]["targets"] = {"PIN1": "4321"}
    records.write_text(yaml.safe_dump(text))
    assert "still to be written (PIN1)" in good("export-csv", records, "--out", tmp_path / "x.csv").output


def test_delivered_cards_become_a_stock(tmp_path: Path) -> None:
    path, out = tmp_path / "delivered.csv", tmp_path / "stock.yaml"
    path.write_text("ICCID,ADM1,PIN1\n8949440000001155314,34173960,0000\n")
    assert "identity.iccid.stock" in good("import-csv", path, "--out", out).output
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    ((iccid, credentials),) = load_stock(out)
    assert iccid.digits == "8949440000001155314" and [item.pin for item in credentials] == ["ADM1", "PIN1"]


BAD = [
    # what is wrong, the file, the message
    ("one without keys", CARDS + "8988211000000530108,,,,,\n", "1 of 2 cards have no keys: 8988211000000530108"),
    ("no card", "iccid,adm1\n", "there is no card"),
    ("a wrong cell", CARDS.replace(K, "zz", 1), "cards.csv:2: ki: "),
]


@pytest.mark.parametrize("row", BAD, ids=[row[0] for row in BAD])
def test_bad_csv(row: tuple[str, str, str], cards: Path, tmp_path: Path) -> None:
    cards.write_text(row[1])
    result = run("import-csv", cards, "--out", tmp_path / "records.yaml")
    assert result.exit_code == 1 and row[2] in result.output
    assert not (tmp_path / "records.yaml").exists()


def test_nothing_is_overwritten(cards: Path, records: Path) -> None:
    before = records.read_bytes()
    for words in (("import-csv", cards), ("export-csv", records), ("read-dump", dump_in(cards.parent))):
        result = run(*words, "--out", records)
        assert result.exit_code == 1 and "the file exists" in result.output
    assert records.read_bytes() == before


def dump_in(folder: Path, text: str = fsdump(SMALL)) -> Path:
    path = folder / "dump.json"
    path.write_text(text)
    return path


def test_a_dump_becomes_a_backup(tmp_path: Path) -> None:
    out = tmp_path / "card.backup"
    result = good("read-dump", dump_in(tmp_path), "--out", out)
    assert "sysmoISIM-SJA5" in result.output and "switched off" in result.output
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    backup = load_backup(out)
    assert (backup.product, backup.iccid, backup.atr.hex()) == ("sysmoISIM-SJA5", "8949440000001155314", ATR_SJA5)
    value = json.loads(good("read-dump", dump_in(tmp_path), "--json").output)
    assert value["sha256"] == backup.image.digest() and value["files"] == len(backup.image.paths)


def test_a_dump_is_restored_by_our_own_command(tmp_path: Path) -> None:
    """pySim dumped a factory card; a personalised card goes back to that."""
    _, text, _ = whole("sysmoISIM-SJA5")
    backup, card = tmp_path / "card.backup", f"soft:sysmoISIM-SJA5,state={tmp_path / 'card'}"
    good("read-dump", dump_in(tmp_path, text), "--out", backup)
    result = CliRunner().invoke(main, ["card", "restore", str(backup), "--reader", card, "--plan"])
    assert result.exit_code == 0 and "nothing to change" in result.output


def test_a_backup_needs_a_product(tmp_path: Path) -> None:
    result = run("read-dump", dump_in(tmp_path, fsdump(SMALL, atr=NOWHERE)), "--out", tmp_path / "b")
    assert result.exit_code == 1 and "--product" in result.output
    script = tmp_path / "x.script"
    script.write_text(EXPORT)
    good("read-dump", script, "--product", "sysmoISIM-SJA5", "--out", tmp_path / "b")


def test_a_script_without_secrets_on_the_screen(records: Path, profile: Path, tmp_path: Path) -> None:
    reader = f"soft:sysmoISIM-SJA5,state={tmp_path / 'card'}"
    result = good("script", profile, "--record", records, "--reader", reader)
    assert "verify_adm --adm-type ADM1\n" in result.output and "update_binary" in result.output
    refused = run("script", profile, "--record", records, "--reader", reader, "--reveal")
    assert refused.exit_code == 1 and "--out" in refused.output
    out = tmp_path / "card.script"
    good("script", profile, "--record", records, "--reader", reader, "--reveal", "--out", out)
    assert "verify_adm --adm-type ADM1 34173960" in out.read_text() and K in out.read_text()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_help_needs_nothing_heavy() -> None:
    result = CliRunner().invoke(main, ["pysim", "--help"])
    assert result.exit_code == 0
    assert [word for word in ("import-csv", "export-csv", "read-dump", "script") if word in result.output] == [
        "import-csv", "export-csv", "read-dump", "script",
    ]  # fmt: skip
