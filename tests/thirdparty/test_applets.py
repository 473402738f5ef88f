"""Applets over PC/SC: strangers speak to them, the tool installs them, and the phone shows them.

The card runs in a process of its own, as `simtool card emulate` puts it into the reader; it is killed and started again
between any two steps, and goes on from its state file.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.harness.apdu_tools import opensc_tool, scriptor
from tests.harness.pcscd import VIRTUAL_READERS, card_present
from tests.harness.vpcd import slot_lock
from tests.softcard.applets.menu_applet import INSTANCE, MENU, PARAMETERS
from tests.softcard.applets.phone_desk import MENU_WALK
from tests.softcard.applets.test_life import HELLO

pytestmark = pytest.mark.usefixtures("pcsc_service")

ROOT = Path(__file__).resolve().parents[2]
READER = VIRTUAL_READERS[0]
KEY = "404142434445464748494a4b4c4d4e4f"
SECONDS = 20.0


def simtool(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "simtool.cli", *map(str, words)],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@contextmanager
def emulated(state: Path) -> Iterator[None]:
    """The card's process; killed at the end, without a chance to tidy up."""
    words = [sys.executable, "-m", "simtool.cli", "card", "emulate", "generic-usim", "--state", str(state)]
    with slot_lock(0):
        await_reader(lambda: not card_present(READER))
        process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            await_reader(lambda: process.poll() is None and card_present(READER))
            yield
        finally:
            process.kill()
            process.wait(SECONDS)
            await_reader(lambda: not card_present(READER))


def await_reader(there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not there():
        assert time.monotonic() < deadline, "the card did not come or go"
        time.sleep(0.05)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A key file for generic-usim, readable by its owner only."""
    path = tmp_path / "keys.yaml"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write(f"key_sets:\n- {{version: 48, cipher: aes, enc: {KEY}, mac: {KEY}, dek: {KEY}}}\n")
    return path


@pytest.fixture
def install(tmp_path: Path, keys: Path) -> Callable[..., None]:
    """Brings packages onto the card in the reader with the tool, over PC/SC."""

    def do(wanted: str) -> None:
        file = tmp_path / "applets.yaml"
        file.write_text(wanted)
        done = simtool("applet", "install", file, "--reader", f"pcsc:{READER}", "--key-file", keys)
        assert done.returncode == 0, done.stdout + done.stderr

    (tmp_path / "menu.cap").write_bytes(MENU.jar)
    (tmp_path / "hello.cap").write_bytes(HELLO.jar)
    return do


def test_install_restart_and_walk(tmp_path: Path, install: Callable[..., None]) -> None:
    state = tmp_path / "card.state"
    with emulated(state):
        install(
            f"packages:\n- cap: menu.cap\n  applets: [{{instance: {INSTANCE.hex()}, parameters: {PARAMETERS.hex()}}}]"
        )
    with emulated(state):
        walked = simtool("phone", "--reader", f"pcsc:{READER}", "--walk", MENU_WALK)
        assert (walked.returncode, walked.stderr) == (0, ""), walked.stdout
        assert walked.stdout.endswith("steps, all good\n")
    more = tmp_path / "more.yaml"
    more.write_text("steps:\n- choose: Count\n- expect: {kind: text, lines: [4 times]}\n")
    with emulated(state):
        again = simtool("phone", "--reader", f"pcsc:{READER}", "--walk", more)
        assert (again.returncode, again.stdout) == (0, f"{more}: 2 steps, all good\n")


def test_strangers_talk_to_an_applet(tmp_path: Path, install: Callable[..., None]) -> None:
    """Selected by its AID, it answers opensc-tool and scriptor; what it does not know is 6D00 to both."""
    with emulated(tmp_path / "card.state"):
        install("packages:\n- {cap: hello.cap, applets: [{}]}\n")
        (aid,) = HELLO.applets
        select = f"00A40400{len(aid):02X}{aid.hex().upper()}"
        command = "8000000005"
        said = opensc_tool(READER, "--send-apdu", select, "--send-apdu", command)
        assert said.count("SW1=0x90, SW2=0x00") == 2
        assert "48 65 6C 6C 6F" in said
        spaced = [" ".join(one[at : at + 2] for at in range(0, len(one), 2)) for one in (select, command)]
        answers = scriptor(READER, [*spaced, "00 A4 04 00 05 A0 00 00 00 77"])
        assert answers[:2] == ["9000", b"Hello".hex().upper() + "9000"]
        assert answers[2] == "6A82"
