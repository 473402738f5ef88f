"""The place where an instance is made and gets its commands: what a platform that runs code can rely on."""

from __future__ import annotations

import pytest

from simtool.codec.globalplatform import Privilege
from simtool.softcard import SoftCard
from simtool.softcard import status as sw
from simtool.softcard.globalplatform.command import Command
from simtool.softcard.globalplatform.registry import AppEntry
from simtool.softcard.globalplatform.selection import Selection
from simtool.softcard.status import StatusFault
from tests.harness.gp_host import Host, lv
from tests.softcard.test_gp_content import CAP, INSTANCE, ISD, MODULE, OTHER, PACKAGE

REFUSED = bytes.fromhex("c901ff")


class Recorder:
    """Writes down what is asked of it, and echoes commands; refuses parameters that ask for it."""

    multiselectable = True
    calls: list[str] = []  # noqa: RUF012

    def __init__(self, entry: AppEntry) -> None:
        self.entry = entry

    def install(self, parameters: bytes, privileges: Privilege) -> None:
        self.calls.append(f"install {parameters.hex()} {privileges:x}")
        if parameters == REFUSED:
            raise StatusFault(sw.WRONG_DATA)

    def select(self, selection: Selection, command: Command | None) -> bytes:
        self.calls.append("select")
        return b"\x6f\x00"

    def process(self, selection: Selection, command: Command) -> bytes:
        self.calls.append(f"process {command.ins:02x}")
        if command.ins == 0xEE:
            raise ZeroDivisionError
        return command.data[::-1] + sw.OK

    def personalise(self, selection: Selection, command: Command) -> bytes:
        self.calls.append(f"personalise {command.data.hex()}")
        return b"\xaa"

    def deselect(self, selection: Selection) -> None:
        self.calls.append("deselect")

    def uninstall(self) -> None:
        self.calls.append("uninstall")


@pytest.fixture
def running(host: Host, card: SoftCard) -> Host:
    """A card whose applets run, with a package on it."""
    Recorder.calls = []
    card.applications = Recorder
    assert host.load(CAP) == "9000"
    return host


def test_a_whole_life(running: Host, card: SoftCard) -> None:
    assert running.install(PACKAGE, MODULE, INSTANCE, privileges="000100", parameters="c903112233") == "9000"
    assert running.send(0xE6, 0x20, 0, lv(b"", b"", INSTANCE, b"", b"", b"")).ok
    assert running.send(0xE2, 0x80, 0, b"\x01\x02").data == b"\xaa"
    assert running.select(INSTANCE).data == b"\x6f\x00"
    assert running.exchange(0x00, 0xB0, 1, 2, b"\x01\x02\x03").data == b"\x03\x02\x01"
    assert running.exchange(0x00, 0xA4, 0, 4, b"\x3f\x00").data == b"\x00\x3f"  # not the card's SELECT
    card.reset()
    assert running.select(INSTANCE).ok
    assert running.open(ISD).delete(INSTANCE) == "9000"
    assert Recorder.calls == [
        "install c903112233 100", "personalise 0102", "select", "process b0", "process a4", "select", "deselect",
        "uninstall",
    ]  # fmt: skip


def test_refused_parameters_leave_nothing(running: Host) -> None:
    assert running.install(PACKAGE, MODULE, INSTANCE, parameters=REFUSED.hex()) == "6a80"
    assert running.status(0x40, INSTANCE) == ["6a88"]
    assert running.install(PACKAGE, MODULE, INSTANCE) == "9000"


def test_an_instance_is_made_again_after_power_up(running: Host, card: SoftCard) -> None:
    """Without another `install`: what it keeps is its platform's business."""
    assert running.install(PACKAGE, MODULE, INSTANCE) == "9000"
    card.power_loss()
    card.power_on()
    assert running.select(INSTANCE).data == b"\x6f\x00"
    assert Recorder.calls == ["install c900 0", "select"]


def test_a_failure_inside_is_6f00(running: Host, card: SoftCard, caplog: pytest.LogCaptureFixture) -> None:
    """And the card goes on."""
    assert running.install(PACKAGE, MODULE, OTHER) == "9000"
    assert running.select(OTHER).ok
    assert running.exchange(0x80, 0xEE, 0, 0).sw == "6f00"
    assert "INS EE failed" in caplog.text
    assert running.select(OTHER).ok
