"""SMS-SUBMIT and SMS-DELIVER (TS 23.040 §9.2.2)."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.codec.dial_number import DialNumber
from simtool.codec.sms_tpdu import Deliver, Submit, coded_text, message_class, shown_text
from simtool.errors import DecodeError, EncodeError

MOMENT = datetime(2026, 11, 25, 10, 20, 30, tzinfo=timezone(timedelta(hours=1)))
SUBMIT = bytes.fromhex("0100099110325476f840f40c54657374204d657373616765")


def test_the_message_of_ts_102_384() -> None:
    """SEND SHORT MESSAGE 1.1.1: 8 bit data of class 0."""
    message = Submit.decode(SUBMIT)
    assert message.destination == DialNumber("012345678", 0x91)
    assert (message.protocol, message.dcs, message.user_data) == (0x40, 0xF4, b"Test Message")
    assert message.encode() == SUBMIT
    assert message_class(message.dcs) == 0


def test_packing_is_the_terminals_work() -> None:
    """SEND SHORT MESSAGE 1.2.1: the same text in the default alphabet, packed (TS 31.111 §6.4.10)."""
    packed = Submit.decode(SUBMIT).packed()
    assert packed.encode() == bytes.fromhex("0100099110325476f840f00cd4f29c0e6a96e7f3f0b90c")
    assert packed.shown == "Test Message"
    with pytest.raises(EncodeError):
        Submit(DialNumber("1"), 1, b"\xff", dcs=4).packed()


def test_packing_behind_a_header() -> None:
    """The text begins at a septet boundary (TS 23.040 §9.2.3.24)."""
    header = bytes.fromhex("0500030a0201")
    message = Submit(DialNumber("1"), 8, header + b"hi", dcs=4, first=0x41).packed()
    assert (message.length, message.user_data) == (9, header + bytes.fromhex("d069"))
    assert Submit.decode(message.encode()).shown == "hi"


def test_data_for_the_card() -> None:
    """TS 31.111 §7.1.1.1: protocol identifier 7F and class 2."""
    message = Deliver.data(DialNumber("1234", 0x91), b"\x02\x70\x00", MOMENT, header=True)
    assert message.encode().hex() == "44" + "04912143" + "7ff6" + "62115201020340" + "03027000"
    assert Deliver.decode(message.encode()) == message
    assert message.is_for_card
    assert not Deliver.text(DialNumber("1"), "Hi", MOMENT).is_for_card


def test_texts() -> None:
    plain = Deliver.text("Nordlicht", "Guten Tag €", MOMENT)
    assert Deliver.decode(plain.encode()).shown == "Guten Tag €"
    assert Deliver.decode(plain.encode()).origin == "Nordlicht"
    wide = Deliver.text(DialNumber("1"), "Привет", MOMENT)
    assert Deliver.decode(wide.encode()).shown == "Привет"
    assert shown_text(0x04, 2, b"\x01\x02") == "0102"
    assert shown_text(0xE0, 1, b"A") == "41"


def test_classes() -> None:
    assert [message_class(dcs) for dcs in (0x00, 0x10, 0x12, 0xF0, 0xF6, 0xC0)] == [None, 0, 2, 0, 2, None]


def test_what_does_not_fit() -> None:
    assert coded_text("x" * 160)[1] == 160
    for text in ("x" * 161, "ж" * 71):
        with pytest.raises(EncodeError):
            coded_text(text)
    with pytest.raises(EncodeError):
        Deliver.data("x", bytes(141), MOMENT)
    with pytest.raises(EncodeError):
        Deliver.text("a name too long", "Hi", MOMENT).encode()


@pytest.mark.parametrize(
    "coded",
    [
        "", "01", "00", SUBMIT.hex()[:-2], SUBMIT.hex() + "00", "0200099110325476f840f400",
        "0100", "0100ff91", "0100019140f40000",
    ],
)  # fmt: skip
def test_what_is_no_submit(coded: str) -> None:
    with pytest.raises(DecodeError):
        Submit.decode(bytes.fromhex(coded))


@given(st.text("abcäöü€ЖШ 1@", max_size=60), st.text("0123456789", min_size=1, max_size=15))
def test_round_trips(text: str, digits: str) -> None:
    submit = Submit.text(DialNumber(digits), text)
    assert Submit.decode(submit.encode()) == submit
    assert submit.shown == text
    deliver = Deliver.text(DialNumber(digits), text, MOMENT)
    assert Deliver.decode(deliver.encode()) == deliver
