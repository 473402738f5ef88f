"""`simtool applet domains` and `simtool applet keys` on a software card, as a person uses them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result

from tests.cli.test_applet import KEY, Bench

ISD = "A000000151000000"
NEW = ("51" * 16, "52" * 16, "53" * 16)
DOMAIN = "D07002CA4F000001"


def sets(*rows: tuple[int, str, tuple[str, str, str]]) -> str:
    lines = (
        f"- {{version: {version}, cipher: {cipher}, enc: '{enc}', mac: '{mac}', dek: '{dek}'}}\n"
        for version, cipher, (enc, mac, dek) in rows
    )
    return "key_sets:\n" + "".join(lines)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def new_file(bench: Bench, version: int = 49, cipher: str = "aes", keys: tuple[str, str, str] = NEW) -> Path:
    path = bench.folder / f"new-{version}.yaml"
    path.touch(0o600)
    path.write_text(sets((version, cipher, keys)))
    return path


def with_file(bench: Bench, path: Path, *words: str) -> Result:
    """The command with this key file in place of the bench's."""
    return bench.run(*words, "--key-file", path, keys=False)


def versions(bench: Bench, *, keys: bool = True) -> set[int]:
    return {row["version"] for row in bench.json("applet", "keys", "list", keys=keys)["keys"]}


def no_key_shown(output: str) -> None:
    assert not any(key in output.lower() for key in (*NEW, KEY))


def test_domains(bench: Bench) -> None:
    assert bench.run("applet", "install", bench.cap).exit_code == 0
    value = bench.json("applet", "domains")["domains"]
    assert [(one["aid"], one["issuer"], one["state"]) for one in value] == [(ISD, True, "secured")]
    assert "D07002CA440001" in value[0]["owns"]
    shown = bench.run("applet", "domains")
    assert ISD in shown.output and "token verification" in shown.output


def test_list_needs_no_keys(bench: Bench) -> None:
    result = bench.run("applet", "keys", "list", keys=False)
    assert result.exit_code == 0 and "secure channel SCP03" in result.output and "AES, 16 bytes" in result.output
    assert versions(bench, keys=False) == {1, 32, 48}


def test_a_new_set_beside_the_others(bench: Bench) -> None:
    path = new_file(bench)
    put = bench.run("applet", "keys", "put", "49", "--from", path)
    assert put.exit_code == 0 and "it opens the security domain" in put.output, put.output
    no_key_shown(put.output)
    assert versions(bench) == {1, 32, 48, 49}
    assert with_file(bench, path, "applet", "list").exit_code == 0
    again = bench.run("applet", "keys", "put", "49", "--from", path)
    assert again.exit_code == 5 and "--replace 49" in again.output


def test_replacing_asks(bench: Bench) -> None:
    """And says so where the last set that opens the security domain goes."""
    path = new_file(bench)
    refused = bench.run("applet", "keys", "put", "49", "--from", path, "--replace", "48")
    assert refused.exit_code == 5 and "in place of version 48" in refused.output and "the last" not in refused.output
    assert versions(bench) == {1, 32, 48}
    put = bench.run("applet", "keys", "put", "49", "--from", path, "--replace", "48", "--yes")
    assert put.exit_code == 0 and versions(bench, keys=False) == {1, 32, 49}
    gone = bench.run("applet", "list")
    assert gone.exit_code == 4 and "no keys of this version" in gone.output
    des = new_file(bench, 50, "aes", (KEY, KEY, KEY))
    moved = with_file(bench, path, "applet", "keys", "put", "50", "--from", str(des), "--replace", "32", "--yes")
    assert moved.exit_code == 0, moved.output
    last = with_file(bench, path, "applet", "keys", "put", "49", "--from", str(path), "--replace", "50", "--yes")
    assert last.exit_code == 5 and "already" in last.output


def test_the_last_set(bench: Bench) -> None:
    ota = new_file(bench, 5)
    assert bench.run("applet", "keys", "put", "5", "--from", ota, "--replace", "32", "--yes").exit_code == 0
    asked = bench.run("applet", "keys", "put", "49", "--from", new_file(bench), "--replace", "48")
    assert asked.exit_code == 5 and "the last set that opens the security domain" in asked.output
    lost = bench.run("applet", "keys", "put", "6", "--from", new_file(bench, 6), "--replace", "48", "--yes")
    assert lost.exit_code == 5 and "opens none" in lost.output
    wrong = bench.run("applet", "keys", "put", "50", "--from", new_file(bench, 50, "des"), "--replace", "48", "--yes")
    assert wrong.exit_code == 5 and "opens none" in wrong.output
    put = bench.run("applet", "keys", "put", "49", "--from", new_file(bench), "--replace", "48", "--yes", "--json")
    assert put.exit_code == 0 and '"opens": true' in put.output
    no_key_shown(put.output)


def test_keys_of_packets_open_nothing(bench: Bench) -> None:
    put = bench.run("applet", "keys", "put", "7", "--from", new_file(bench, 7, "des"))
    assert put.exit_code == 0 and "opens" not in put.output
    listed = [row for row in bench.json("applet", "keys", "list")["keys"] if row["version"] == 7]
    assert {row["purpose"] for row in listed} == {"secured packets (OTA)"} and len(listed) == 3


def test_from_the_record(bench: Bench) -> None:
    """`key_set_targets` is what the record has to come; `key_sets` opens the channel."""
    iccid = bench.json("card", "read", "EF.ICCID", keys=False)[0]["value"]
    records = bench.folder / "records.yaml"
    enc, mac, dek = NEW
    records.write_text(
        f"iccid: '{iccid}'\nsubscriptions: [{{imsi: '001010000000101', k: {'00' * 16}, opc: {'00' * 16}}}]\n"
        f"key_sets: [{{version: 48, cipher: aes, enc: {KEY}, mac: {KEY}, dek: {KEY}}}]\n"
        f"key_set_targets: [{{version: 49, cipher: aes, enc: '{enc}', mac: '{mac}', dek: '{dek}'}}]\n"
    )
    put = bench.run("applet", "keys", "put", "49", "--record", records, keys=False)
    assert put.exit_code == 0, put.output
    assert versions(bench) == {1, 32, 48, 49}
    none = bench.run("applet", "keys", "put", "50", "--record", records, keys=False)
    assert none.exit_code == 1 and "no key set of version 50" in none.output


def test_one_key_file_for_both(bench: Bench) -> None:
    bench.keys.write_text(sets((48, "aes", (KEY, KEY, KEY)), (49, "aes", NEW)))
    asked = bench.run("applet", "keys", "put", "49")
    assert asked.exit_code == 1 and "--key-version" in asked.output
    assert bench.run("applet", "keys", "put", "49", "--key-version", "48").exit_code == 0


def test_what_cannot_be_put(bench: Bench) -> None:
    path = new_file(bench)
    assert bench.run("applet", "keys", "put", "200", "--from", path).exit_code == 2
    assert bench.run("applet", "keys", "put", "49").exit_code == 1
    derived = bench.run("applet", "keys", "put", "49", "--from", path, "--diversification", "emv")
    assert derived.exit_code == 1 and "as they stand" in derived.output
    path.chmod(0o644)
    open_to_all = bench.run("applet", "keys", "put", "49", "--from", path)
    assert open_to_all.exit_code == 5 and "chmod 600" in open_to_all.output
    assert versions(bench) == {1, 32, 48}


def test_traces_show_no_keys(bench: Bench) -> None:
    result = bench.run("applet", "keys", "put", "49", "--from", new_file(bench), "--trace")
    assert result.exit_code == 0 and "PUT KEY" in result.output
    no_key_shown(result.output)
