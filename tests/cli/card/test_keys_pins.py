"""`card pin`, `card auth`, `card which-key` and `card shell`: no value in argv, none on the screen."""

from __future__ import annotations

import json
import os
import pty
import select
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from click.testing import CliRunner, Result

from simtool.cli.main import main
from simtool.codec.identifiers import Iccid
from simtool.perso.profile import Profile
from simtool.perso.record import load_records, save_records
from tests.cli.card.conftest import ADM1
from tests.cli.conftest import Desk

Run = Callable[..., Result]


def test_pin_status(card: Run) -> None:
    result = card("pin status")
    assert result.exit_code == 0
    assert "off (not asked for), 3 tries left" in result.output
    (pin1, *_) = json.loads(card("pin status", "--json").stdout)
    assert pin1 == {
        "pin": "PIN1", "reference": 1, "enabled": False, "tries": 3, "blocked": False, "puk_tries": 10,
    }  # fmt: skip


def test_pins_from_the_environment(card: Run, with_record: Run, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"OLD": "0000", "NEW": "47114711", "PUK": "15091909"}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    assert "is on now" in card("pin enable", "PIN1", "--from-env", "OLD").output
    assert "is on already" in card("pin enable", "pin1", "--from-env", "OLD").output
    changed = with_record("pin change", "PIN1", "--new-from-env", "NEW")
    assert changed.exit_code == 0, changed.output
    assert "holds the new value" in changed.output
    assert stat.S_IMODE(desk.record.stat().st_mode) == 0o600
    stored = {item.pin: item.value.reveal().rstrip(b"\xff") for item in load_records(desk.record)[0].credentials}
    assert stored["PIN1"] == b"47114711"
    unblocked = card("pin unblock", "PIN1", "--from-env", "PUK", "--new-from-env", "OLD", "--trace")
    assert unblocked.exit_code == 0, unblocked.output
    assert "is off now" in card("pin disable", "PIN1", "--from-env", "PIN1=OLD").output
    for secret in (values["NEW"], values["PUK"], *(value.encode().hex() for value in values.values())):
        assert secret not in changed.output + unblocked.output


def test_pins_at_the_keyboard(desk: Desk, keyboard: Run) -> None:
    typed = keyboard("0000\n", "card", "pin", "enable", "PIN1", "--reader", desk.reader)
    assert typed.exit_code == 0, typed.output
    assert "3 tries left" in typed.output
    changed = keyboard("0000\n4711\n4711\n", "card", "pin", "change", "PIN1", "--reader", desk.reader)
    assert changed.exit_code == 0, changed.output
    wrong = keyboard("1111\n", "card", "pin", "disable", "PIN1", "--reader", desk.reader)
    assert wrong.exit_code == 4
    assert "2 tries left" in wrong.stderr
    for text in (typed.output, changed.output, wrong.output):
        assert "4711" not in text
        assert "0000\n" not in text


NOBODY = [
    # words, what stderr says
    (("pin enable", "PIN1"), "PIN1 is not given"),
    (("pin unblock", "PIN1"), "PUK1 is not given"),
    (("pin change", "PIN9"), "no PIN9"),
]


@pytest.mark.parametrize(("words", "text"), NOBODY)
def test_nobody_at_the_keyboard(card: Run, words: tuple[str, ...], text: str) -> None:
    result = card(*words)
    assert result.exit_code == 1
    assert text in result.stderr
    assert "next:" in result.stderr


def test_a_pin_that_is_off_cannot_be_changed(card: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLD", "0000")
    monkeypatch.setenv("NEW", "4711")
    result = card("pin change", "PIN1", "--from-env", "OLD", "--new-from-env", "NEW")
    assert result.exit_code == 5
    assert "pin enable" in result.stderr


def test_auth(desk: Desk, with_record: Run) -> None:
    assert desk.on_card("apply", "--no-verify").exit_code == 0
    first = with_record("auth")
    assert first.exit_code == 0, first.output
    assert first.output.count("answered as expected") == 2
    used = load_records(desk.record)[0].subscription.sqn
    assert used > 0
    save_records((load_records(desk.record)[0].with_sqn(0),), desk.record, overwrite=True)
    stale = json.loads(with_record("auth", "--no-resync", "--application", "USIM", "--json").stdout)
    assert stale["answers"][0]["verdict"] == "out_of_step"
    assert load_records(desk.record)[0].subscription.sqn == stale["answers"][0]["card_sqn"], "the HLR starts above it"
    assert with_record("auth").exit_code == 0


def test_auth_with_wrong_keys(desk: Desk, with_record: Run) -> None:
    result = with_record("auth")
    assert result.exit_code == 3
    assert "another K or OPc" in result.output
    assert "no sequence number was used" in result.output


def test_which_key(desk: Desk, card: Run) -> None:
    """A card that was sold with another card's record: its keys tell whose it is."""
    desk.on_card("apply", "--no-verify")
    (own,) = load_records(desk.record)
    old = "stock: stock/sysmocom-test-cards.yaml"
    text = desk.profile.read_text()
    assert old in text
    strangers = Profile.parse(text.replace(old, "first: '894944000000200000'")).issue(30)
    mixed_up = replace(own, iccid=Iccid.from_body("894944000000300000"))
    path = desk.folder / "many.yaml"
    save_records((*strangers, mixed_up), path)
    result = card("which-key", "--records", path)
    assert result.exit_code == 0, result.output
    assert f"{mixed_up.iccid}  ← not the card's own record" in result.output
    assert own.subscription.k.reveal().hex() not in result.output
    save_records(strangers, path, overwrite=True)
    none = card("which-key", "--records", path, "--limit", "2", "--json")
    assert none.exit_code == 3
    value = json.loads(none.stdout)
    assert (value["found"], value["challenges"]) == (None, 3)


def test_shell_takes_lines_from_a_pipe(desk: Desk) -> None:
    lines = "cd ADF.USIM\nread EF.SPN\n# nothing\napdu 00a40004023f00\nexit\nread EF.IMSI\n"
    words = ["card", "shell", "--reader", desk.reader, "--record", str(desk.record)]
    result = CliRunner().invoke(main, words, input=lines)
    assert result.exit_code == 0, result.output
    assert "name: Magic" in result.output
    assert "001010000000102" not in result.output, "exit ends it"
    value = json.loads(CliRunner().invoke(main, [*words, "--json"], input="read EF.ICCID\n").stdout)
    assert value[0]["line"] == "read EF.ICCID"
    failing = CliRunner().invoke(main, words, input="read EF.ICCID\nread EF.NOWHERE\nread EF.SPN\n")
    assert failing.exit_code == 1
    assert "8949440000001155314" in failing.stderr
    assert "Magic" not in failing.output


OWN_TERMINAL = """
import fcntl, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # the PIN prompt opens the controlling terminal
from simtool.cli.main import main
main(prog_name="simtool")
"""


def test_shell_at_a_terminal(desk: Desk) -> None:
    """A real terminal: the ADM is asked for and not echoed, Tab completes a name."""
    terminal, inside = pty.openpty()
    words = [sys.executable, "-c", OWN_TERMINAL, "card", "shell", "--reader", desk.reader]
    environment = {**os.environ, "TERM": "dumb"}
    process = subprocess.Popen(
        words, stdin=inside, stdout=inside, stderr=inside, start_new_session=True, env=environment
    )
    os.close(inside)

    unread = ""

    def until(text: str) -> str:
        """Everything up to and with `text`; what came behind it stays for the next call."""
        nonlocal unread
        end = time.monotonic() + 60
        while text not in unread and time.monotonic() < end:
            if select.select([terminal], [], [], 0.2)[0]:
                unread += os.read(terminal, 4096).decode(errors="replace")
        assert text in unread, unread
        seen, found, unread = unread.partition(text)
        return seen + found

    try:
        until("MF> ")
        os.write(terminal, b"read EF.ICC\t\n")
        until("8949440000001155314")
        until("MF> ")
        os.write(terminal, b"verify ADM1\n")
        until("ADM1 for this card")
        os.write(terminal, ADM1.encode() + b"\n")
        assert ADM1 not in until("is verified")
        until("MF> ")
        os.write(terminal, b"exit\n")
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
        os.close(terminal)
