"""Transports: a card in this process, the meter, the ATR."""

from __future__ import annotations

import pytest

from simtool.card.atr import Atr
from simtool.card.meter import Meter, MeterReading, wire_bytes
from simtool.card.transport import EndpointTransport, Protocol, Transport
from simtool.errors import CardRemovedError, DecodeError
from tests.card.scripted import ATR_T0, ScriptedTransport


class Endpoint:
    """Notes what happens to it; `gone` makes it fail as a lost card does."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.gone = False

    def power_on(self) -> bytes:
        self._note("on")
        return b"\x3b\x00"

    def power_off(self) -> None:
        self._note("off")

    def reset(self) -> bytes:
        self._note("reset")
        return b"\x3b\x01\xaa"

    def transmit(self, tpdu: bytes) -> bytes:
        self._note(tpdu.hex())
        return b"\x90\x00"

    def _note(self, call: str) -> None:
        if self.gone:
            raise ConnectionResetError("peer is gone")
        self.calls.append(call)


def test_endpoint_transport() -> None:
    endpoint = Endpoint()
    transport: Transport = EndpointTransport(endpoint, "soft:X")
    assert (transport.name, transport.atr, transport.protocol) == ("soft:X", b"\x3b\x00", Protocol.T0)
    assert transport.exchange(b"\x00\x20\x00\x01\x00") == b"\x90\x00"
    assert transport.reset(cold=False) == transport.atr == b"\x3b\x01\xaa"
    assert transport.reset() == transport.atr == b"\x3b\x00"
    transport.close()
    transport.close()
    assert endpoint.calls == ["on", "0020000100", "reset", "off", "on", "off"]


def test_a_lost_endpoint() -> None:
    endpoint = Endpoint()
    transport = EndpointTransport(endpoint, "soft:X")
    endpoint.gone = True
    with pytest.raises(CardRemovedError, match="soft:X: the card is gone") as caught:
        transport.exchange(b"\x00\x20\x00\x01\x00")
    assert caught.value.hint
    with pytest.raises(CardRemovedError):
        transport.reset()
    transport.close()
    with pytest.raises(CardRemovedError, match="closed"):
        transport.exchange(b"\x00\x20\x00\x01\x00")


WIRE = [
    # TPDU, answer, bytes (ISO 7816-3 §10.3): header 5, procedure byte if data follows, data, status word 2
    ("0020000100", "63c3", 7),
    ("00b0000002", "01029000", 5 + 1 + 2 + 2),
    ("00b0000000", "6c02", 7),
    ("00a4000c023f00", "9000", 5 + 1 + 2 + 2),
    ("00200001", "9000", 7),
]


@pytest.mark.parametrize(("tpdu", "answer", "count"), WIRE)
def test_bytes_on_the_wire(tpdu: str, answer: str, count: int) -> None:
    assert wire_bytes(bytes.fromhex(tpdu), bytes.fromhex(answer)) == count


def test_meter() -> None:
    inner = ScriptedTransport([(tpdu, answer) for tpdu, answer, _ in WIRE])
    meter = Meter(inner)
    transport: Transport = meter
    assert (transport.name, transport.atr, transport.protocol) == ("script", ATR_T0, Protocol.T0)
    transport.exchange(bytes.fromhex(WIRE[0][0]))
    before = meter.reading
    for tpdu, _, _ in WIRE[1:]:
        transport.exchange(bytes.fromhex(tpdu))
    assert before == MeterReading(1, 7)
    assert meter.reading - before == MeterReading(4, sum(row[2] for row in WIRE[1:]))
    assert str(before) == "1 TPDUs, 7 bytes"
    transport.reset(cold=False)
    transport.close()
    assert (inner.resets, inner.closed) == ([False], True)


def test_t1_counts_the_apdu_itself() -> None:
    assert wire_bytes(b"\x00\xa4\x00\x04\x02\x3f\x00\x00", b"\x62\x00\x90\x00", Protocol.T1) == 12


ATRS = [
    # ATR, protocols, extended length, chaining
    ("3b9f96801f878031e073fe211b674a357530350265f8", (0,), False, False),
    ("3b9f96801fc78031a073be21136743200718000001a5", (0,), False, False),
    ("3b00", (), False, False),
    ("3b8501807300004037", (1,), True, False),
    ("3b850180730000c0b7", (1,), True, True),
]


@pytest.mark.parametrize(("text", "protocols", "extended", "chaining"), ATRS)
def test_atr(text: str, protocols: tuple[int, ...], extended: bool, chaining: bool) -> None:
    atr = Atr.decode(bytes.fromhex(text))
    assert (atr.protocols, atr.takes_extended_length, atr.takes_chaining) == (protocols, extended, chaining)


OFFERS = [
    # ATR, TA1, TA2, bit rate at the clock of 9600 bit/s (ISO/IEC 7816-3 §8.3, tables 7 and 8)
    ("3b00", None, None, 9600),
    ("3b1011", 0x11, None, 9600),
    ("3b1013", 0x13, None, 38400),
    ("3b1018", 0x18, None, 115200),
    ("3b1094", 0x94, None, 55800),
    ("3b1095", 0x95, None, 111600),
    ("3b9f96801f878031e073fe211b674a357530350265f8", 0x96, None, 223200),
    ("3b1097", 0x97, None, 446400),
    ("3b10d6", 0xD6, None, 55800),
    ("3b90951090", 0x95, 0x90, 111600),
    ("3b10f6", 0xF6, None, 9600),  # left open by the standard
    ("3b109f", 0x9F, None, 9600),
    ("3b8000", None, None, 9600),
]


@pytest.mark.parametrize(("text", "ta1", "ta2", "baud"), OFFERS)
def test_the_speed_that_a_card_offers(text: str, ta1: int | None, ta2: int | None, baud: int) -> None:
    atr = Atr.decode_or_empty(bytes.fromhex(text))
    assert (atr.ta1, atr.ta2, atr.offered_baud) == (ta1, ta2, baud)


@pytest.mark.parametrize("text", ["", "3b", "ff00", "3b9f96", "3b02aa", "3b8501807300004038", "3b0000"])
def test_not_an_atr(text: str) -> None:
    with pytest.raises(DecodeError):
        Atr.decode(bytes.fromhex(text))
    assert not Atr.decode_or_empty(bytes.fromhex(text)).takes_extended_length
