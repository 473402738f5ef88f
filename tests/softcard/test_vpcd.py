"""The client of the virtual reader, against a reader's end of our own (the real one is in tests/thirdparty)."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from simtool.errors import CardRemovedError
from simtool.files.product import CardModel
from simtool.softcard.card import SoftCard
from simtool.softcard.vpcd import VpcdClient

TIMEOUT = 5.0


class Slot:
    """What vpcd does: listens, takes one card, sends length and payload in two writes."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.settimeout(TIMEOUT)
        self.port: int = self.server.getsockname()[1]
        self.line: socket.socket | None = None

    def seat(self) -> None:
        self.unseat()
        self.line, _ = self.server.accept()
        self.line.settimeout(TIMEOUT)
        self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, payload: bytes) -> None:
        assert self.line is not None
        self.line.sendall(len(payload).to_bytes(2))
        self.line.sendall(payload)

    def ask(self, payload: bytes) -> bytes:
        self.send(payload)
        return self.take(int.from_bytes(self.take(2)))

    def take(self, size: int) -> bytes:
        assert self.line is not None
        data = b""
        while len(data) < size:
            piece = self.line.recv(size - len(data))
            assert piece, "the card closed the line"
            data += piece
        return data

    def unseat(self) -> None:
        if self.line is not None:
            self.line.close()
        self.line = None

    def close(self) -> None:
        self.unseat()
        self.server.close()


@pytest.fixture
def slot() -> Iterator[Slot]:
    found = Slot()
    yield found
    found.close()


@contextmanager
def running(card: object, slot: Slot) -> Iterator[threading.Thread]:
    stop = threading.Event()
    thread = threading.Thread(target=VpcdClient(card, port=slot.port).run, args=(stop,))  # type: ignore[arg-type]
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(TIMEOUT)
        assert not thread.is_alive()


def test_a_session(small_model: CardModel, slot: Slot) -> None:
    card = SoftCard.new(small_model)
    with running(card, slot):
        slot.seat()
        assert slot.ask(b"\x04") == card.atr  # presence: the ATR before any power-on
        slot.send(b"\x01")
        assert slot.ask(b"\x04") == card.atr
        assert slot.ask(bytes.fromhex("00a4000c022fe2")) == b"\x90\x00"
        assert slot.ask(bytes.fromhex("00b000000a")).hex() == "984444000000112233449000"
        slot.send(b"\x02")
        assert slot.ask(bytes.fromhex("00b000000a")) == b"\x69\x86"
        slot.send(b"\x00")
        slot.send(b"\x01")
        assert slot.ask(bytes.fromhex("00a4000c023f00")) == b"\x90\x00"
    assert not card.powered


def test_pieces_and_bundles(small_model: CardModel, slot: Slot) -> None:
    """TCP cuts where it likes."""
    with running(SoftCard.new(small_model), slot):
        slot.seat()
        slot.send(b"\x01")
        assert slot.line is not None
        for byte in b"\x00\x07" + bytes.fromhex("00a4000c022fe2"):
            slot.line.sendall(bytes((byte,)))
        assert slot.take(4) == b"\x00\x02\x90\x00"
        command = b"\x00\x05" + bytes.fromhex("00b0000001")
        slot.line.sendall(command * 3)
        assert slot.take(15).hex() == "0003989000" * 3


def test_the_reader_goes_and_comes_back(small_model: CardModel, slot: Slot) -> None:
    """pcscd restarts: the card has lost power, its memory stays."""
    card = SoftCard.new(small_model)
    with running(card, slot):
        slot.seat()
        slot.send(b"\x01")
        assert slot.ask(bytes.fromhex("002000010839393939ffffffff")).hex() == "63c2"
        slot.unseat()
        slot.seat()
        assert slot.ask(b"\x04") == card.atr
        slot.send(b"\x01")
        assert slot.ask(bytes.fromhex("0020000100")).hex() == "63c2"


def test_waits_for_a_reader_that_is_not_there(small_model: CardModel) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    stop = threading.Event()
    thread = threading.Thread(target=VpcdClient(SoftCard.new(small_model), port=port).run, args=(stop,))
    thread.start()
    time.sleep(0.3)
    stop.set()
    thread.join(TIMEOUT)
    assert not thread.is_alive()


class Odd:
    """A card that is mute at first and then falls out of the reader."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []

    def power_on(self) -> bytes:
        return b"\x3b\x00"

    def power_off(self) -> None:
        self.seen.append(b"off")

    def reset(self) -> bytes:
        return b"\x3b\x00"

    def transmit(self, tpdu: bytes) -> bytes:
        self.seen.append(tpdu)
        if len(self.seen) == 1:
            return b""
        raise CardRemovedError("out")


def test_mute_and_removed(slot: Slot) -> None:
    card = Odd()
    with running(card, slot):
        slot.seat()
        for _ in range(2):
            slot.send(b"\x00\x00\x00\x00\x00")
            assert slot.line is not None
            assert slot.line.recv(1) == b""  # no answer, and the line is closed
            slot.seat()
        assert slot.ask(b"\x04") == b"\x3b\x00"


def test_no_time_is_lost_on_acknowledgements(small_model: CardModel, slot: Slot) -> None:
    """Two small writes per message: with delayed acknowledgements 300 exchanges would take twelve seconds."""
    with running(SoftCard.new(small_model), slot):
        slot.seat()
        slot.send(b"\x01")
        if slot.line is not None:
            slot.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)
        start = time.monotonic()
        for _ in range(300):
            assert slot.ask(bytes.fromhex("80f2000c00")) == b"\x90\x00"
        assert time.monotonic() - start < 3


def test_a_card_is_pulled_at_once(small_model: CardModel, slot: Slot) -> None:
    """From another thread, without waiting until the client looks up by itself; before and after it does nothing."""
    client, stop = VpcdClient(SoftCard.new(small_model), port=slot.port), threading.Event()
    client.pull()
    thread = threading.Thread(target=client.run, args=(stop,))
    thread.start()
    slot.seat()
    slot.ask(b"\x04")
    stop.set()
    client.pull()
    thread.join(TIMEOUT)
    assert not thread.is_alive()
    assert slot.line is not None and slot.line.recv(1) == b""
    client.pull()
