"""Data download to an applet: a formatted short message finds it by its TAR, and its answer goes to the network.

The message comes in through the phone (TS 31.111 §7.1), the packet's security is the card's work (TS 31.115).
"""

from __future__ import annotations

import pytest

from simtool.card.handset.network import Delivery
from simtool.card.handset.phone import Handset
from simtool.card.handset.screen import Key, ScreenKind
from simtool.codec.dial_number import DialNumber
from simtool.codec.sms_tpdu import Deliver
from simtool.crypto import scp80
from simtool.crypto.key_set import KeyCipher
from simtool.crypto.packet_security import PacketKey, PacketKeys
from simtool.crypto.scp80 import PacketHeader, Spi
from tests.harness.gp_host import keys
from tests.softcard.applets.conftest import Desk
from tests.softcard.applets.message_applet import INSTANCE, MESSAGES, PARAMETERS, TAR
from tests.softcard.applets.phone_desk import phone_with

KEY_SET = keys(0x05, KeyCipher.AES, "200102030405060708090a0b0c0d0e0f", "201102030405060708090a0b0c0d0e0f")
KEYS = PacketKeys(PacketKey(KEY_SET.cipher, KEY_SET.enc), PacketKey(KEY_SET.cipher, KEY_SET.mac), 8)
FORMATTED = bytes.fromhex("027000")
"""A user data header with information element 70: a command packet follows."""


@pytest.fixture
def messages(desk: Desk) -> Desk:
    """A card with the applet and with keys for packets."""
    desk.open()
    assert desk.host.put_key(KEY_SET).ok
    assert desk.load(MESSAGES) == "9000"
    assert desk.install(MESSAGES, INSTANCE, parameters=PARAMETERS) == "9000"
    return desk


def packet(spi: str, data: bytes, *, tar: bytes = TAR, counter: int = 1) -> tuple[PacketHeader, bytes]:
    """A command packet, and its header to read the answer with."""
    header = PacketHeader(Spi(*bytes.fromhex(spi)), 0x52, 0x52, tar)
    return header, FORMATTED + scp80.build_command(header, counter, data, KEYS)


def deliver(phone: Handset, user_data: bytes) -> Delivery:
    """The message comes to the phone; its report to the network."""
    message = Deliver.data(DialNumber.parse("+491234567"), user_data, phone.clock.now, header=True)
    return phone.receive_message(message.encode())


@pytest.mark.parametrize("spi", ["0001", "0201", "0601", "0619", "0209", "0e19"])
def test_a_packet_is_answered(messages: Desk, spi: str) -> None:
    """Without security, with a MAC, enciphered, with a counter; the answer protected in the same ways."""
    header, user_data = packet(spi, b"Hello card")
    phone = phone_with(messages.card)
    report = deliver(phone, user_data)
    assert (report.acknowledged, report.failure) == (True, None)
    answer = scp80.open_response(report.user_data, header, KEYS)
    assert (answer.tar, answer.status, answer.data) == (TAR, 0, b"\x0aHello card")
    assert phone.screen.lines == ("Hello card",)
    phone.press(Key.OK)
    assert (phone.screen.kind, phone.troubles) == (ScreenKind.IDLE, [])


def test_without_a_proof_of_receipt(messages: Desk) -> None:
    """TS 31.115 §4.2: no response packet where none is asked for; the applet runs all the same."""
    phone = phone_with(messages.card)
    report = deliver(phone, packet("0000", b"quiet")[1])
    assert (report.acknowledged, report.user_data) == (True, b"")
    assert phone.screen.lines == ("quiet",)


def test_a_packet_for_nobody(messages: Desk) -> None:
    """TAR unknown is status 09; no applet is triggered."""
    header, user_data = packet("0001", b"who?", tar=bytes.fromhex("c0ffe9"))
    phone = phone_with(messages.card)
    answer = scp80.open_response(deliver(phone, user_data).user_data, header, KEYS)
    assert (answer.status, answer.data) == (9, b"")
    assert phone.screen.kind is ScreenKind.IDLE


def test_a_packet_that_was_changed(messages: Desk) -> None:
    """A wrong MAC is status 01; the applet does not see it."""
    header, user_data = packet("0201", b"Hello card")
    phone = phone_with(messages.card)
    report = deliver(phone, user_data[:-1] + b"?")
    assert scp80.open_response(report.user_data, header, KEYS).status == 1
    assert phone.screen.kind is ScreenKind.IDLE


def test_twice_the_same_counter(messages: Desk) -> None:
    """SPI "counter must be higher": a replayed message is status 02."""
    header, user_data = packet("1201", b"once", counter=5)
    phone = phone_with(messages.card)
    assert scp80.open_response(deliver(phone, user_data).user_data, header, KEYS).data == b"\x04once"
    phone.press(Key.OK)
    assert scp80.open_response(deliver(phone, user_data).user_data, header, KEYS).status == 2
    assert phone.screen.kind is ScreenKind.IDLE
