"""A card with the host at its issuer's domain, ready for applets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from simtool.files.product import load
from simtool.softcard import SoftCard
from tests.harness.gp_host import Host, load_file, lv
from tests.harness.jcasm import Assembled

ISD = bytes.fromhex("a000000151000000")


@dataclass
class Desk:
    """A card, and a host that manages its content. What is expected to work is asserted."""

    card: SoftCard
    host: Host

    def open(self) -> None:
        self.host.open(ISD)

    def load(self, package: Assembled) -> str:
        """INSTALL [for load] and LOAD; the last status word."""
        self.open()
        assert self.host.send(0xE6, 0x02, 0, lv(package.package_aid, b"", b"", b"", b"")).ok
        return self.host.load_blocks(load_file(package.block))

    def install(self, package: Assembled, instance: bytes, parameters: str = "c900", privileges: str = "00") -> str:
        self.open()
        return self.host.install(
            package.package_aid, package.applets[0], instance, parameters=parameters, privileges=privileges
        )

    def put(self, package: Assembled, instance: bytes) -> None:
        """Load and install."""
        assert self.load(package) == "9000"
        assert self.install(package, instance) == "9000"

    def ask(self, aid: bytes, ins: int, p1: int = 0, data: bytes = b"") -> str:
        """Select an applet and send it a command: data and status word in hex."""
        assert self.host.select(aid).sw == "9000"
        answer = self.host.exchange(0x80, ins, p1, 0, data)
        return answer.data.hex() + answer.sw

    def again(self) -> None:
        """Power off and on."""
        self.card.power_off()
        self.card.power_on()


def desk_on(card: SoftCard) -> Desk:
    card.power_on()
    return Desk(card, Host(card))


@pytest.fixture
def desk() -> Desk:
    return desk_on(SoftCard.new(load("generic-usim")))


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Where a card keeps its state."""
    return tmp_path / "card.state"
