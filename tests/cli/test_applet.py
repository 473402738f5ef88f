"""`simtool applet` and `simtool aram` on a software card, as a person uses them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import Encoding

from simtool.cli.main import main
from simtool.codec.install_parameters import InstallParameters, ToolkitParameters
from tests.gp.test_certificates import NEW, V3, apk, scheme
from tests.harness.cap_builder import FRAMEWORK, JAVA_LANG, CapPlan

KEY = "404142434445464748494a4b4c4d4e4f"
KEYS = "key_sets:\n- {{version: 48, cipher: aes, enc: {0}, mac: {1}, dek: {0}}}\n"
PACKAGE, INSTANCE = "D07002CA4400", "D07002CA440001"


class Bench:
    """A card, a key file, and the command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys = folder / "keys.yaml"
        self.write_keys(KEY, KEY)
        self.cap = folder / "menu.cap"
        self.cap.write_bytes(CapPlan(filler=300).jar())

    def write_keys(self, enc: str, mac: str) -> None:
        self.keys.touch(0o600)
        self.keys.write_text(KEYS.format(enc, mac))

    def run(self, *words: str | Path, keys: bool = True, typed: str | None = None) -> Result:
        card = ["--reader", f"soft:generic-usim,state={self.folder / 'card'}", "--product", "generic-usim"]
        known = ["--key-file", self.keys] if keys else []
        return CliRunner().invoke(main, [str(word) for word in (*words, *card, *known)], input=typed)

    def json(self, *words: str | Path, keys: bool = True) -> Any:
        return json.loads(self.run(*words, "--json", keys=keys).output)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_plan_install_and_again(bench: Bench) -> None:
    planned = bench.run("applet", "plan", bench.cap)
    assert planned.exit_code == 3, planned.output
    assert f"load {PACKAGE}" in planned.output and f"install {INSTANCE}" in planned.output
    assert bench.run("applet", "install", bench.cap).exit_code == 0
    again = bench.run("applet", "plan", bench.cap)
    assert (again.exit_code, again.output) == (0, "nothing to do: the card has it all\n")
    assert bench.json("applet", "install", bench.cap) == {"steps": [], "left": 0}
    listed = bench.json("applet", "list")
    assert INSTANCE in [entry["aid"] for entry in listed["applications"]]
    assert PACKAGE in [entry["aid"] for entry in listed["packages"]]
    assert 48 in listed["key_versions"]


def test_smaller_blocks_and_the_descriptor(bench: Bench) -> None:
    result = bench.run("applet", "install", bench.cap, "--block-size", "64", "--descriptor", "--trace")
    assert result.exit_code == 0, result.output
    loads = [line for line in result.output.splitlines() if line.endswith("# LOAD")]
    assert len(loads) > 5
    assert bench.run("applet", "plan", bench.cap).exit_code == 0


def test_another_version_asks_before_it_deletes(bench: Bench) -> None:
    bench.run("applet", "install", bench.cap)
    bench.cap.write_bytes(CapPlan(version=(1, 1)).jar())
    refused = bench.run("applet", "install", bench.cap)
    assert refused.exit_code == 5 and "delete package" in refused.output
    assert bench.run("applet", "plan", bench.cap).exit_code == 3
    assert bench.run("applet", "install", bench.cap, "--yes").exit_code == 0
    assert bench.run("applet", "plan", bench.cap).exit_code == 0
    bench.cap.write_bytes(CapPlan(version=(1, 0)).jar())
    assert "is older" in bench.run("applet", "install", bench.cap, "--yes").output
    assert bench.run("applet", "install", bench.cap, "--yes", "--downgrade").exit_code == 0
    assert bench.run("applet", "install", bench.cap, "--yes", "--reload").exit_code == 0


def test_lock_and_delete(bench: Bench) -> None:
    bench.run("applet", "install", bench.cap)
    assert bench.run("applet", "lock", INSTANCE).exit_code == 0
    assert "LOCKED" in bench.run("applet", "list").output
    assert bench.run("applet", "lock", INSTANCE, "--unlock").exit_code == 0
    assert bench.run("applet", "delete", PACKAGE).exit_code == 5
    in_use = bench.run("applet", "delete", PACKAGE, "--yes")
    assert in_use.exit_code == 4 and "delete these first" in in_use.output
    assert bench.run("applet", "delete", PACKAGE, "--yes", "--related").exit_code == 0
    gone = bench.run("applet", "delete", INSTANCE, "--yes")
    assert gone.exit_code == 4 and "applet list" in gone.output
    assert bench.run("applet", "delete", "D0", "--yes").exit_code == 1


def test_inspect(bench: Bench) -> None:
    result = CliRunner().invoke(main, ["applet", "inspect", str(bench.cap)])
    assert result.exit_code == 0 and "javacard.framework 1.0" in result.output and "Java Card 2.1.1" in result.output
    value = json.loads(
        CliRunner().invoke(
            main,
            ["applet", "inspect", str(bench.cap), "--json", "--reader", "soft:sysmoISIM-SJA5", "--key-file",
             str(bench.keys)],
        ).output
    )  # fmt: skip
    assert "error" in value, "these are not that card's keys"
    offered = bench.run("applet", "inspect", bench.cap)
    assert offered.exit_code == 0 and "javacard.framework 1.0: offered, the card has 1.6" in offered.output
    bench.cap.write_bytes(CapPlan(imports=(JAVA_LANG, FRAMEWORK, ("a0000000620101ff", 1, 0))).jar())
    planned = bench.run("applet", "plan", bench.cap)
    assert planned.exit_code == 1 and "the card does not have it" in planned.output


def test_install_parameters_are_looked_at_before_anything_is_sent(bench: Bench) -> None:
    raw = InstallParameters(toolkit=ToolkitParameters(1, max_timers=9, tars=(b"\xb0\x00\x10",))).encode().hex()
    refused = bench.run("applet", "install", bench.cap, "--parameters", raw)
    assert refused.exit_code == 1
    assert "9 asked for" in refused.output and "TAR B00010 is taken" in refused.output
    assert PACKAGE not in [entry["aid"] for entry in bench.json("applet", "list")["packages"]]
    shown = CliRunner().invoke(main, ["applet", "inspect", str(bench.cap), "--parameters", raw])
    assert shown.exit_code == 3 and "9 asked for" in shown.output
    assert "toolkit timers          9" in shown.output


def test_a_wish_in_yaml(bench: Bench) -> None:
    wish = bench.folder / "wish.yaml"
    wish.write_text(
        "packages:\n- cap: menu.cap\n  applets:\n  - instance: D07002CA440001FF89FFFFFFB0010500\n"
        "    toolkit: {priority: 1, text_length: 15, menu: [{position: 1, identifier: 1}]}\n"
    )
    assert bench.run("applet", "install", wish).exit_code == 0
    assert bench.run("applet", "plan", wish).exit_code == 0


def test_wrong_keys_are_named_once_and_not_tried_again(bench: Bench) -> None:
    right = "00" * 16
    bench.write_keys(KEY, right)
    first = bench.run("applet", "list")
    assert first.exit_code == 5 and "its cryptogram does not fit" in first.output and right not in first.output
    second = bench.run("applet", "list")
    assert second.exit_code == 5 and "was wrong for card" in second.output and "journal forget" in second.output
    bench.write_keys(KEY, KEY)
    assert bench.run("applet", "list").exit_code == 0


def test_which_keys_open_a_channel(bench: Bench) -> None:
    """OTA keys are left alone; where two would open a channel, one has to be named."""
    row = "{{version: {0}, cipher: {1}, enc: {2}, mac: {2}, dek: {2}}}"
    sets = [row.format(1, "aes", "11" * 16), row.format(48, "aes", KEY), row.format(32, "des", KEY)]
    assert "no key set of version 77" in bench.run("applet", "list", "--key-version", "77").output
    bench.keys.write_text(f"key_sets: [{', '.join(sets)}]\n")
    asked = bench.run("applet", "list")
    assert asked.exit_code == 1 and "which key set: 48, 32?" in asked.output
    for version in ("48", "32"):
        assert bench.run("applet", "list", "--key-version", version).exit_code == 0


def test_keys_from_the_record_of_this_card(bench: Bench) -> None:
    """And only of this card: a record file with another ICCID opens nothing."""
    iccid = bench.json("card", "read", "EF.ICCID", keys=False)[0]["value"]
    records = bench.folder / "records.yaml"
    text = (
        f"iccid: '{iccid}'\nsubscriptions: [{{imsi: '001010000000101', k: {'00' * 16}, opc: {'00' * 16}}}]\n"
        f"key_sets: [{{version: 48, cipher: aes, enc: {KEY}, mac: {KEY}, dek: {KEY}}}]\n"
    )
    records.write_text(text)
    assert bench.run("applet", "list", "--record", records, keys=False).exit_code == 0
    records.write_text(text.replace(iccid, "8949440000001155314"))
    other = bench.run("applet", "list", "--record", records, keys=False)
    assert other.exit_code == 1 and f"belongs to the card with ICCID {iccid}" in other.output


def test_without_keys_and_with_a_readable_key_file(bench: Bench) -> None:
    assert bench.run("applet", "lock", INSTANCE, keys=False).exit_code == 1
    asked = bench.run("applet", "list", keys=False)
    assert asked.exit_code == 4 and "secure channel" in asked.output
    bench.keys.chmod(0o644)
    assert bench.run("applet", "list").exit_code == 5


def test_traces_show_no_keys(bench: Bench, capfd: pytest.CaptureFixture[str]) -> None:
    result = bench.run("applet", "list", "--trace", "--security-level", "03")
    assert result.exit_code == 0
    assert KEY not in result.output and "INITIALIZE UPDATE" in result.output


@pytest.mark.parametrize("level", ["01", "03", "11", "13", "33"])
def test_levels(bench: Bench, level: str) -> None:
    assert bench.run("applet", "list", "--security-level", level).exit_code == 0


@pytest.mark.parametrize("sha1", [False, True])
def test_carrier_privileges(bench: Bench, sha1: bool) -> None:
    app = bench.folder / "app.apk"
    app.write_bytes(apk({V3: scheme(NEW.public_bytes(Encoding.DER))}))
    rule = ["--certificate", str(app), *(["--sha1"] if sha1 else [])]
    assert bench.run("aram", "list", keys=False).output == "no rules\n"
    added = bench.run("aram", "add", *rule, "--package", "net.mvno.app")
    assert added.exit_code == 0, added.output
    again = bench.run("aram", "add", *rule)
    assert again.exit_code == 0, again.output
    listed = bench.json("aram", "list")
    assert {one["package"] for one in listed} == {"net.mvno.app", "any"}
    assert {len(one["device_app"]) for one in listed} == {40 if sha1 else 64}
    file = bench.folder / "rules.yaml"
    file.write_text(
        f"rules:\n- {{certificate: app.apk, hash: {'sha1' if sha1 else 'sha256'}, package: net.mvno.app}}\n"
    )
    different = bench.run("aram", "diff", file)
    assert different.exit_code == 3 and different.output.startswith("- all")
    assert bench.run("aram", "remove", *rule).exit_code == 5
    assert bench.run("aram", "remove", *rule, "--yes").exit_code == 0
    assert bench.run("aram", "diff", file).exit_code == 0


def test_rules_for_everybody_need_a_word(bench: Bench) -> None:
    refused = bench.run("aram", "add", "--package", "net.mvno.app")
    assert refused.exit_code == 1 and "every application" in refused.output
    assert bench.run("aram", "add", "--apdu", "always", "--nfc", "never", "--aid", "A000000151").exit_code == 0
    assert bench.run("aram", "add", "--apdu", "maybe").exit_code == 1
    assert bench.run("aram", "add", "--hash", "00", "--apdu", "always").exit_code == 1


@pytest.mark.parametrize("group", ["applet", "aram"])
def test_help(group: str, run: Callable[..., Result]) -> None:
    for verb in main.commands[group].commands:  # type: ignore[attr-defined]
        assert run(group, verb, "--help").exit_code == 0
