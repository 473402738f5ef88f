"""The applets of this repository as products: built from their folders, on software cards, in a phone.

What is sent to the card is made by the manifest's own coding; messages are secured with the keys of a fresh card.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from simtool.applet.build import BuiltPackage, build
from simtool.card.handset.network import Delivery
from simtool.card.handset.phone import Handset
from simtool.card.handset.walk import Walk, WalkReport
from simtool.codec.dial_number import DialNumber
from simtool.codec.sms_tpdu import Deliver
from simtool.crypto import scp80
from simtool.crypto.key_set import KeyCipher
from simtool.crypto.packet_security import PacketKey, PacketKeys
from simtool.crypto.scp80 import PacketHeader, Spi
from simtool.errors import CardRemovedError
from simtool.files.applets.manifest import FILE_NAME, Manifest, encode_parameters, install_parameters
from simtool.files.applets.manifest import Delivery as Way
from simtool.files.marked_yaml import read_yaml
from simtool.softcard import SoftCard
from simtool.softcard.faults import Fault, Kind
from tests.harness.gp_host import blocks, keys, load_file, lv
from tests.softcard.applets.conftest import Desk
from tests.softcard.applets.phone_desk import card_of, new_desk, walk

ROOT = Path(__file__).parents[2] / "applets"
KEY_SET = keys(0x01, KeyCipher.AES, "101112131415161718191a1b1c1d1e1f", "202122232425262728292a2b2c2d2e2f")
"""OTA keys of the product generic-usim."""
KEYS = PacketKeys(PacketKey(KEY_SET.cipher, KEY_SET.enc), PacketKey(KEY_SET.cipher, KEY_SET.mac), 8)
FORMATTED = bytes.fromhex("027000")
"""A user data header with information element 70: a command packet follows."""
SECURED = "1601"
"""SPI: a checksum, enciphered, the counter higher; a proof of receipt in any case."""


@dataclass(frozen=True)
class Product:
    """An applet with one instance of it."""

    built: BuiltPackage

    @property
    def manifest(self) -> Manifest:
        return self.built.manifest

    @property
    def instance(self) -> bytes:
        return self.manifest.applets[0].instance_aid

    @property
    def tar(self) -> bytes:
        toolkit = self.manifest.applets[0].toolkit
        assert toolkit is not None
        return toolkit.tars[0]

    @property
    def walk(self) -> Walk:
        return Walk.load(ROOT / self.manifest.name / str(self.manifest.walk))

    def example(self) -> dict[str, Any]:
        """The parameters that its walk is written for."""
        return dict(read_yaml(ROOT / self.manifest.name / "example.yaml").value)

    def load(self, desk: Desk) -> str:
        desk.open()
        assert desk.host.send(0xE6, 0x02, 0, lv(self.manifest.package.aid, b"", b"", b"", b"")).ok
        return desk.host.load_blocks(load_file(self.built.cap.load_file_data_block()))

    def install(self, desk: Desk, parameters: bytes) -> str:
        """INSTALL with these parameters, as they go out; the status word."""
        desk.open()
        applet = self.manifest.applets[0]
        data = lv(self.manifest.package.aid, applet.module, self.instance, b"\0", parameters, b"")
        return desk.host.send_parts(0xE6, 0x0C, 0, data).sw

    def install_raw(self, desk: Desk, own: bytes) -> str:
        """The same with other bytes for the applet itself (C9)."""
        return self.install(desk, self.manifest.applets[0].parameters_with(own).encode())

    def personalise(self, desk: Desk, raw: bytes, *, size: int = 200) -> str:
        """The applet's data by STORE DATA through its security domain; the last status word."""
        desk.open()
        assert desk.host.send(0xE6, 0x20, 0, lv(b"", b"", self.instance, b"", b"", b"")).ok
        parts = blocks(raw, size)
        for number, part in enumerate(parts):
            answer = desk.host.send(0xE2, 0x80 if number == len(parts) - 1 else 0, number, part)
            if not answer.ok:
                break
        return answer.sw

    def put(self, desk: Desk, values: Mapping[str, Any]) -> None:
        """Load, install, personalise."""
        assert self.load(desk) == "9000"
        assert self.install(desk, install_parameters(self.manifest, values)) == "9000"
        if self.manifest.delivery is Way.STORE_DATA:
            assert self.personalise(desk, encode_parameters(self.manifest, values)) == "9000"

    def card(self, values: Mapping[str, Any], state: Path | None = None) -> SoftCard:
        """A card with it, fresh or in a state file."""
        desk = new_desk(state)
        self.put(desk, values)
        return desk.card

    def delete(self, desk: Desk) -> str:
        """The instance and its package."""
        desk.open()
        return desk.host.delete(self.manifest.package.aid, related=True)

    # Messages

    def packet(self, data: bytes, *, counter: int = 1, spi: str = SECURED) -> tuple[PacketHeader, bytes]:
        """A formatted message's user data, and the header to read the answer with."""
        header = PacketHeader(Spi(*bytes.fromhex(spi)), 0x12, 0x12, self.tar)
        return header, FORMATTED + scp80.build_command(header, counter, data, KEYS)

    def tell(self, phone: Handset, data: bytes, *, counter: int = 1) -> tuple[Delivery, bytes]:
        """The message comes to the phone; the report, and what the applet answered."""
        header, user_data = self.packet(data, counter=counter)
        message = Deliver.data(DialNumber.parse("+491234567"), user_data, phone.clock.now, header=True)
        report = phone.receive_message(message.encode())
        return report, scp80.open_response(report.user_data, header, KEYS).data if report.user_data else b""

    def step(self, data: bytes, *, counter: int = 1) -> str:
        """The same as a step of a walk."""
        return f"  - sms_pp: {{data: '{self.packet(data, counter=counter)[1].hex()}', header: yes}}\n"


@cache
def product(name: str) -> Product:
    return Product(build(ROOT / name))


@cache
def newer(name: str) -> Product:
    """The same applet as version 1.1."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(ROOT / name, Path(folder) / name))
        text = (copy / FILE_NAME).read_text("utf-8")
        assert "version: '1.0'" in text
        (copy / FILE_NAME).write_text(text.replace("version: '1.0'", "version: '1.1'"), "utf-8")
        return Product(build(copy))


def torn(state: Path, steps: Walk | str, *, most: int = 400) -> Iterator[SoftCard]:
    """Take the steps again and again, each time with the power lost at the next write of an applet; each time gives the
    card as it comes up again, and puts the state from before back. Ends when no write is left."""
    before = state.read_bytes()
    for at in range(1, most):
        card = card_of(state)
        gone = False
        try:
            walk(card, steps, faults=[Fault(Kind.TEAR_APPLET, at)])
        except CardRemovedError:
            gone = True
        card.close()
        if not gone:
            return
        card = card_of(state)
        yield card
        card.close()
        state.write_bytes(before)
    raise AssertionError(f"more than {most} writes")


def passed(card: SoftCard, steps: Walk | str) -> WalkReport:
    """Take the steps; all have to fit."""
    report = walk(card, steps)
    assert report.passed, report
    return report
