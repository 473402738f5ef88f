"""`simtool phone` as a process: the card in the computer's virtual reader, a person at a terminal (pty), or a walk."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from simtool.codec.proactive.body import Body
from simtool.codec.proactive.network_commands import SendUssd
from simtool.codec.proactive.objects import Item, ResponseLength, Text, TimerValue, UssdString
from simtool.codec.proactive.response import TerminalResponse
from simtool.codec.proactive.screen_commands import DisplayText, GetInput, SetUpMenu
from simtool.codec.proactive.tags import CommandType
from simtool.codec.proactive.terminal_commands import TimerManagement
from simtool.files.product import load
from simtool.softcard.card import SoftCard
from tests.card.handset.toolkit import ScriptedSource
from tests.harness.keyboard import PATIENCE, Terminal, at_keyboard
from tests.harness.vpcd import seated

pytestmark = pytest.mark.usefixtures("pcsc_service")

WALK = """
phone: {ussd: {"*100#": "5.00 EUR"}}
steps:
  - choose: Balance
  - expect: {kind: input, input: {least: 4, most: 4, hidden: true}}
  - type: "1234"
  - expect: {kind: text, text: 5.00 EUR}
  - press: ok
  - expect_ussd: {text: "*100#", answer: 5.00 EUR}
  - expect: {kind: idle}
  - wait: 60s
  - expect: Time is up
  - press: end
"""


def follow(response: TerminalResponse) -> list[Body]:
    """PIN, then the balance from the network, then its display."""
    match response.details.type:
        case CommandType.GET_INPUT if response.text == Text("1234"):
            return [SendUssd(string=UssdString.of("*100#"))]
        case CommandType.SEND_USSD if response.text is not None:
            return [DisplayText(response.text, qualifier=0x80)]
    return []


def told(tag: int, value: bytes) -> tuple[bytes, list[Body]]:
    if tag == 0xD7:
        return b"", [DisplayText(Text("Time is up"), qualifier=0x81)]
    return b"", [GetInput(Text("Code"), ResponseLength(4, 4), qualifier=4)]


@pytest.fixture
def reader() -> Iterator[str]:
    """A card with a menu of one item, and a timer that runs from the start. Its PIN is enabled."""
    card = SoftCard.new(load("sysmoISIM-SJA5"))
    menu = SetUpMenu("Nordlicht", (Item(1, "Balance"),))
    card.toolkit.source = ScriptedSource((TimerManagement(1, TimerValue(60)), menu), follow, told)
    card.pins["PIN1"].enable(True)
    with seated(card) as name:
        yield f"pcsc:{name}"


def test_a_walk_through_pcsc(reader: str, tmp_path: Path) -> None:
    walk = tmp_path / "walk.yaml"
    walk.write_text(WALK)
    command = [sys.executable, "-m", "simtool.cli", "phone", "--reader", reader, "--walk", str(walk), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    value = json.loads(done.stdout)
    assert value["passed"] and len(value["steps"]) == 10


@pytest.fixture
def terminal(reader: str) -> Iterator[Terminal]:
    with at_keyboard("phone", "--reader", reader, "--speed", "600") as terminal:
        yield terminal


def test_a_person_at_the_keyboard(terminal: Terminal) -> None:
    """The PIN is asked without being shown; the menu, an input; a timer of a minute runs out within moments."""
    terminal.until("PIN1 for the phone")
    terminal.type("0000")
    terminal.until("? lists what can be typed, quit leaves")
    terminal.until("Time is up")
    terminal.type("end")
    terminal.until("· · ·")
    terminal.type("Balance")
    terminal.until("4 digits, hidden")
    terminal.type("12")
    terminal.until("that does not fit what the card asks for")
    terminal.type("1234")
    terminal.until("│ OK")
    terminal.type("")
    terminal.until("· · ·")
    terminal.type("quit")
    assert terminal.process.wait(PATIENCE) == 0
