"""`simtool formats`, `convert`, `package`, `deliver` and `reconcile` at the command line, and their page in docs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from scripts.docs_formats import DOCUMENT, generated, split
from simtool.batch.formats.registry import formats
from simtool.perso.record import load_records, save_records
from tests.batch.cards import record, records
from tests.harness.osmo_hlr import osmo_hlr

Run = Callable[..., Result]


@pytest.fixture
def cards(tmp_path: Path) -> Path:
    path = tmp_path / "records.yaml"
    save_records(tuple(records(3, sqn=64)), path)
    return path


def secrets_of(number: int) -> list[str]:
    item = record(number).subscription
    assert item.opc is not None
    return [
        item.k.reveal().hex(),
        item.opc.reveal().hex(),
        *(key.reveal().hex() for key in record(number).key_sets[0].keys),
    ]


def shows_no_secret(result: Result) -> None:
    assert not any(secret in result.output.lower() for number in (1, 2, 3) for secret in secrets_of(number))


def test_the_page_has_every_format_with_its_columns() -> None:
    assert split(DOCUMENT.read_text())[1] == generated(), "run python -m scripts.docs_formats"


def test_formats_are_listed_and_shown(run: Run) -> None:
    listing = json.loads(run("formats", "list", "--json").output)
    assert [item["name"] for item in listing] == list(formats())
    for name in formats():
        result = run("formats", "show", name)
        assert result.exit_code == 0
        assert all(column.title in result.output for column in formats()[name].columns)
    assert "iccid" in run("formats", "fields").output


def test_there_and_back_under_a_transport_key(run: Run, cards: Path, tmp_path: Path) -> None:
    keys, vendor, again = tmp_path / "k4.yaml", tmp_path / "cards.out", tmp_path / "again.yaml"
    keys.write_text("transport_keys: [{index: 7, cipher: aes-ecb, key: 603deb1015ca71be2b73aef0857d7781}]\n")
    keys.chmod(0o600)
    options = ("--transport-keys", keys)
    made = run(
        "convert", cards, "--to", "vendor-out", "--out", vendor, *options, "--transport-key", "7", "--name", "B1"
    )
    assert made.exit_code == 0, made.output
    assert "vendor-out has no place for: SQN" in made.output
    assert not any(secret in vendor.read_text().lower() for secret in secrets_of(1)[:2])
    back = run("convert", vendor, "--from", "vendor-out", "--to", "records", "--out", again, *options)
    assert back.exit_code == 0, back.output
    assert [item.subscription.k for item in load_records(again)] == [
        item.subscription.k for item in load_records(cards)
    ]
    without = run("convert", vendor, "--from", "vendor-out", "--to", "records", "--out", tmp_path / "x")
    assert without.exit_code == 1 and "transport key 7, which is not given" in without.output
    assert not (tmp_path / "x").exists()
    for result in (made, back, without):
        shows_no_secret(result)


def test_a_list_is_checked(run: Run, cards: Path, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    assert run("convert", cards, "--to", "list", "--out", path).exit_code == 0
    good = run("formats", "check", path, "--from", "list", "--plmn", "001-01", "--quantity", "3", "--paired")
    assert good.exit_code == 0, good.output
    path.write_text(path.read_text().replace("001010000000002", "262010000000002"))
    bad = run("formats", "check", path, "--from", "list", "--plmn", "001-01", "--quantity", "3")
    assert bad.exit_code == 1 and f"{path}:3: imsi: is not of the network 001-01" in bad.output
    value = json.loads(run("formats", "check", path, "--from", "list", "--plmn", "001-01", "--json").output)
    assert [item["place"] for item in value["problems"]] == [f"{path}:3"]
    shows_no_secret(bad)


WRONG = [
    (("convert", "CARDS", "--to", "nothing", "--out", "OUT"), 1, "there is no format 'nothing'"),
    (("convert", "CARDS", "--to", "free5gc", "--out", "OUT"), 1, "give the network with --plmn"),
    (("convert", "CARDS", "--to", "srsran", "--out", "CARDS"), 1, "the file exists"),
    (("convert", "CARDS", "--to", "srsran", "--out", "OUT", "--transport-key", "3"), 1, "there is no transport key 3"),
    (("convert", "MISSING", "--to", "srsran", "--out", "OUT"), 1, "No such file"),
    (("deliver", "CARDS", "--to", "osmo-hlr://192.0.2.1"), 5, "would carry every Ki"),
    (("reconcile", "CARDS", "--with", "osmo-hlr://192.0.2.1"), 5, "would carry every Ki"),
    (("deliver", "CARDS", "--to", "http://127.0.0.1"), 1, "names no core network"),
    (("deliver", "CARDS", "--to", "osmo-hlr://127.0.0.1:1"), 1, "is the core running"),
    (("deliver", "CARDS", "--to", "osmo-hlr://127.0.0.1?gsup=x"), 1, "names no core network"),
]


@pytest.mark.parametrize(("words", "code", "message"), WRONG)
def test_what_goes_wrong(
    words: tuple[str, ...], code: int, message: str, run: Run, cards: Path, tmp_path: Path
) -> None:
    names = {"CARDS": cards, "OUT": tmp_path / "out", "MISSING": tmp_path / "missing"}
    result = run(*(names.get(word, word) for word in words))
    assert result.exit_code == code, result.output
    assert message in result.output
    assert not (tmp_path / "out").exists()
    shows_no_secret(result)


def test_a_package(run: Run, cards: Path, tmp_path: Path) -> None:
    key, certificate = tmp_path / "us.key", tmp_path / "us.pem"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=us"]
    subprocess.run([*request, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    key.chmod(0o600)
    recipients = tmp_path / "recipients.yaml"
    recipients.write_text("recipients: [{role: care, certificate: us.pem}]\n")
    result = run(
        "package", cards, "--recipients", recipients, "--sign-certificate", certificate, "--sign-key", key,
        "--out", tmp_path / "p", "--json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert [item["entries"] for item in json.loads(result.output)["files"]] == [3]
    assert sorted(path.name for path in (tmp_path / "p").iterdir()) == [
        "care-001.csv.p7m",
        "manifest.json",
        "manifest.p7s",
    ]


def test_deliver_and_reconcile(run: Run, cards: Path, tmp_path: Path) -> None:
    with osmo_hlr(tmp_path) as hlr:
        target = f"osmo-hlr://{hlr.address}"
        assert run("reconcile", cards, "--with", target).exit_code == 3
        delivered = run("deliver", cards, "--to", target)
        assert delivered.exit_code == 0 and "3 created" in delivered.output, delivered.output
        assert "3 sqn raised" in delivered.output
        clean = run("reconcile", cards, "--with", target)
        assert clean.exit_code == 0 and "3 agree" in clean.output
        other = tmp_path / "other.yaml"
        save_records((*records(2), record(9)), other)
        found = run("reconcile", other, "--with", target)
        assert found.exit_code == 3
        assert "missing in the core: 1\n  001010000000009" in found.output
        assert "extra in the core: 1\n  001010000000003" in found.output
        for result in (delivered, clean, found):
            shows_no_secret(result)
        assert not any(secret in hlr.log.read_text(errors="replace").lower() for secret in secrets_of(1))
