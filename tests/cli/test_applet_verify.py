"""`simtool applet verify`, and the verifier in front of every load."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from simtool.applet.verify import RULES
from simtool.cli.main import main
from simtool.codec.cap import ComponentTag
from tests.harness.jcasm import assemble

KEY = "404142434445464748494a4b4c4d4e4f"
ROOT = Path(__file__).parents[2]
RIGHT = """
.package com/example/right A00000000101 1.0
.import javacard.framework 1.2
.applet A0000000010101 Right
.class public Right extends Applet
.method <init>()V
    aload_0
    invokespecial super.<init>()V
    return
.end
.method public static install([BSB)V
    new Right
    dup
    invokespecial Right.<init>()V
    invokevirtual Applet.register()V
    return
.end
.method public process(LAPDU;)V
    aload_1
    invokevirtual APDU.getBuffer()[B
    pop
    return
.end
"""
WRONG = RIGHT.replace("aload_1\n    invokevirtual", "aload_0\n    invokevirtual")
UNUSUAL = RIGHT.replace("A0000000010101", "A0000000020101")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("right", RIGHT), ("wrong", WRONG), ("unusual", UNUSUAL)):
        (tmp_path / f"{name}.cap").write_bytes(assemble(text, with_descriptor=True).jar)
    keys = tmp_path / "keys.yaml"
    keys.touch(0o600)
    keys.write_text(f"key_sets:\n- {{version: 48, cipher: aes, enc: {KEY}, mac: {KEY}, dek: {KEY}}}\n")
    return tmp_path


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["applet", *map(str, words)])


def on_card(folder: Path, *words: str | Path) -> Result:
    card = ["--reader", f"soft:generic-usim,state={folder / 'card'}", "--product", "generic-usim"]
    return run(*words, *card, "--key-file", folder / "keys.yaml")


def said(folder: Path, *words: str) -> Any:
    return json.loads(run("verify", *words, "--json").output)


def test_a_right_file(folder: Path) -> None:
    done = run("verify", folder / "right.cap")
    assert (done.exit_code, done.output) == (0, "right.cap: no errors, no warnings\n")


def test_a_wrong_file(folder: Path) -> None:
    done = run("verify", folder / "wrong.cap")
    assert done.exit_code == 3
    assert "error T06 Method" in done.output and "invokevirtual" in done.output and "which is no APDU" in done.output
    (found,) = said(folder, str(folder / "wrong.cap"))["findings"]
    assert (found["rule"], found["severity"], found["component"]) == ("T06", "error", "Method")


def test_notes_on_demand(folder: Path) -> None:
    bare = folder / "bare.cap"
    bare.write_bytes(assemble(RIGHT).with_component(ComponentTag.DESCRIPTOR, None).cap)
    assert "D06" not in run("verify", bare).output
    assert "note D06" in run("verify", bare, "--notes").output


def test_what_is_no_cap_file(folder: Path) -> None:
    other = folder / "other.cap"
    other.write_bytes(b"nothing of the kind")
    done = run("verify", other)
    assert done.exit_code == 3 and "error F01 file" in done.output


@pytest.mark.parametrize("verb", ["plan", "install"])
def test_what_is_wrong_is_not_loaded(folder: Path, verb: str) -> None:
    done = on_card(folder, verb, folder / "wrong.cap")
    assert done.exit_code == 5, done.output
    assert "T06" in done.output and "--force" in done.output
    assert "A00000000101" not in on_card(folder, "list").output


def test_unless_it_has_to_be(folder: Path) -> None:
    done = on_card(folder, "install", folder / "wrong.cap", "--force")
    assert done.exit_code == 0, done.output
    assert "T06" in done.output
    assert "A00000000101" in on_card(folder, "list").output


def test_warnings_are_shown_and_do_not_stop(folder: Path) -> None:
    done = on_card(folder, "plan", folder / "unusual.cap")
    assert done.exit_code == 3, done.output
    assert "warning F09" in done.output and "load A00000000101" in done.output


def test_the_page_lists_every_rule() -> None:
    page = (ROOT / "docs" / "applets.md").read_text()
    for rule in RULES:
        assert f"| {rule.number} | {rule.severity.value} | {rule.title} | {rule.cure} | {rule.clause} |" in page
