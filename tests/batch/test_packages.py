"""Recipient packages, judged by openssl: who can open what, and what the manifest is worth."""

from __future__ import annotations

import hashlib
import json
import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from simtool.batch import packages
from simtool.batch.formats.card import listed
from simtool.batch.formats.convert import Source
from simtool.batch.formats.header import BatchHeader
from simtool.batch.packages import Recipient, Sender, read_recipients, read_sender, write_package
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.errors import InputError, RefusedError
from tests.batch.cards import record, records, secret

ROLES = ("auc", "ota", "printer", "care")
HEADER = BatchHeader("B-1", "Nordlicht", "full")


def openssl(*words: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", *map(str, words)], capture_output=True, check=False)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name in (*ROLES, "sender"):
        done = openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-days", "30",
            "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    entries = "".join(f"  - {{role: {role}, certificate: {role}.pem}}\n" for role in ROLES)
    (folder / "recipients.yaml").write_text("recipients:\n" + entries)
    return folder


@pytest.fixture
def recipients(keys: Path) -> tuple[Recipient, ...]:
    return read_recipients(keys / "recipients.yaml")


@pytest.fixture
def sender(keys: Path) -> Sender:
    (keys / "sender.key").chmod(0o600)
    return read_sender(keys / "sender.pem", keys / "sender.key")


def source(count: int) -> Source:
    return lambda: listed(records(count))


def opened(path: Path, key: Path) -> str:
    done = openssl("cms", "-decrypt", "-inform", "DER", "-in", path, "-inkey", key)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def test_everyone_opens_their_file_and_no_other(
    keys: Path, recipients: tuple[Recipient, ...], sender: Sender, tmp_path: Path
) -> None:
    folder = tmp_path / "package"
    write_package(source(3), folder, recipients, HEADER, sender)
    card = record(1)
    assert card.subscription.opc is not None
    keys_of = {
        "auc": [card.subscription.k.reveal(), card.subscription.opc.reveal()],
        "ota": [key.reveal() for key in card.key_sets[0].keys],
    }
    for role in ROLES:
        (path,) = folder.glob(f"{role}-*")
        text = opened(path, keys / f"{role}.key").lower()
        assert card.iccid.digits in text
        for owner, values in keys_of.items():
            assert all((value.hex() in text) == (owner == role) for value in values)
        assert ("puk1" in text) == (role == "care")
        assert "adm" not in text
        for other in set(ROLES) - {role}:
            wrong = openssl("cms", "-decrypt", "-inform", "DER", "-in", path, "-inkey", keys / f"{other}.key")
            assert card.iccid.digits.encode() not in wrong.stdout


def test_the_manifest_is_signed_and_tells_every_file(
    keys: Path, recipients: tuple[Recipient, ...], sender: Sender, tmp_path: Path
) -> None:
    folder = tmp_path / "package"
    write_package(source(3), folder, recipients, HEADER, sender)
    verify = [
        "cms", "-verify", "-inform", "DER", "-in", folder / "manifest.p7s", "-content", folder / "manifest.json",
        "-binary", "-CAfile", keys / "sender.pem", "-purpose", "any",
    ]  # fmt: skip
    assert openssl(*verify).returncode == 0
    files = json.loads((folder / "manifest.json").read_text())["files"]
    assert {item["file"] for item in files} == {path.name for path in folder.glob("*.p7m")}
    for item in files:
        assert item["sha256"] == hashlib.sha256((folder / item["file"]).read_bytes()).hexdigest()
        assert item["entries"] == 3
    (folder / "manifest.json").write_text(
        (folder / "manifest.json").read_text().replace('"entries": 3', '"entries": 2')
    )
    assert openssl(*verify).returncode != 0


def test_files_are_private_and_whole_or_not_at_all(
    recipients: tuple[Recipient, ...], sender: Sender, tmp_path: Path
) -> None:
    folder = tmp_path / "package"
    write_package(source(2), folder, recipients, HEADER, sender)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    with pytest.raises(InputError, match="the folder exists"):
        write_package(source(2), folder, recipients, HEADER, sender)
    second = replace(record(2), subscriptions=record(2).subscriptions * 2)
    with pytest.raises(InputError, match="has 2 subscriptions"):
        write_package(lambda: listed([record(1), second]), tmp_path / "other", recipients, HEADER, sender)
    assert list(tmp_path.iterdir()) == [folder]


def test_no_key_set_is_lost_on_the_way_to_the_ota_team(
    recipients: tuple[Recipient, ...], sender: Sender, tmp_path: Path
) -> None:
    keys = KeySet(9, KeyCipher.AES, secret("a"), secret("b"), secret("c"))
    with pytest.raises(InputError, match="ota has no place for key set 9"):
        write_package(
            lambda: listed([replace(record(1), key_sets=(keys,))]), tmp_path / "p", recipients, HEADER, sender
        )


def test_large_batches_are_cut_into_parts(
    keys: Path, recipients: tuple[Recipient, ...], sender: Sender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "PART", 4)
    files = write_package(source(10), tmp_path / "p", recipients[:1], HEADER, sender)
    assert [(item.name, item.entries) for item in files] == [
        ("auc-001.csv.p7m", 4), ("auc-002.csv.p7m", 4), ("auc-003.csv.p7m", 2),
    ]  # fmt: skip
    assert record(10).iccid.digits in opened(tmp_path / "p" / "auc-003.csv.p7m", keys / "auc.key")


TOO_MUCH = [
    # role, format, what it may not get
    ("printer", "label", "PIN and PUK"),
    ("printer", "portabilling", "Ki or OPc"),
    ("care", "list", "Ki or OPc"),
    ("care", "ota", "OTA keys"),
    ("auc", "records", "OTA keys"),
    ("ota", "vendor-out", "Ki or OPc"),
]


@pytest.mark.parametrize(("role", "form", "what"), TOO_MUCH)
def test_nobody_gets_secrets_that_are_not_theirs(role: str, form: str, what: str, keys: Path) -> None:
    path = keys / "other.yaml"
    path.write_text(f"recipients:\n  - {{role: {role}, certificate: {role}.pem, format: {form}}}\n")
    with pytest.raises(RefusedError, match=f"other.yaml:2:5: {form} holds {what}, which {role} may not get"):
        read_recipients(path)


def test_keys_that_cannot_be_used(keys: Path, tmp_path: Path) -> None:
    weak = openssl("req", "-x509", "-newkey", "rsa:1024", "-nodes", "-subj", "/CN=w", "-keyout", tmp_path / "w.key",
                   "-out", tmp_path / "w.pem")  # fmt: skip
    assert weak.returncode == 0
    (tmp_path / "r.yaml").write_text("recipients: [{role: auc, certificate: w.pem}]\n")
    with pytest.raises(InputError, match="no RSA key of 2048 bits"):
        read_recipients(tmp_path / "r.yaml")
    (keys / "care.key").chmod(0o600)
    with pytest.raises(InputError, match="does not belong to the certificate"):
        read_sender(keys / "sender.pem", keys / "care.key")
    (keys / "care.key").chmod(0o644)
    with pytest.raises(InputError, match="others can read this file"):
        read_sender(keys / "care.pem", keys / "care.key")


def test_the_manifest_may_be_signed_with_an_ec_key(recipients: tuple[Recipient, ...], tmp_path: Path) -> None:
    key, certificate, folder = tmp_path / "ec.key", tmp_path / "ec.pem", tmp_path / "p"
    made = openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=ec",
        "-keyout", key, "-out", certificate,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    key.chmod(0o600)
    write_package(source(1), folder, recipients[:1], HEADER, read_sender(certificate, key))
    verified = openssl(
        "cms", "-verify", "-inform", "DER", "-in", folder / "manifest.p7s", "-content", folder / "manifest.json",
        "-binary", "-CAfile", certificate, "-purpose", "any",
    )  # fmt: skip
    assert verified.returncode == 0, verified.stderr
