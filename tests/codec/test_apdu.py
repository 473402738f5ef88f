"""Command and response APDUs (ISO/IEC 7816-4 §5.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.codec.apdu import CommandApdu, ResponseApdu, StatusWord
from simtool.errors import DecodeError, EncodeError

CASES = [
    # case, APDU, hex
    ("1", CommandApdu(0x00, 0x44, 0x00, 0x00), "00440000"),
    ("2 short", CommandApdu(0x00, 0xB0, 0x00, 0x00, le=9), "00b0000009"),
    ("2 short, all", CommandApdu(0x00, 0xB0, 0x00, 0x00, le=256), "00b0000000"),
    ("2 extended", CommandApdu(0x00, 0xB0, 0x00, 0x00, le=65536), "00b00000000000"),
    ("3 short", CommandApdu(0x00, 0xA4, 0x00, 0x0C, b"\x3f\x00"), "00a4000c023f00"),
    ("4 short", CommandApdu(0x00, 0xA4, 0x00, 0x04, b"\x3f\x00", 256), "00a40004023f0000"),
    ("3 extended", CommandApdu(0x80, 0xE8, 0x00, 0x00, bytes(256)), "80e80000000100" + "00" * 256),
    ("4 extended", CommandApdu(0x00, 0xCB, 0x3F, 0xFF, b"\x5c", 300), "00cb3fff0000015c012c"),
]


@pytest.mark.parametrize(("apdu", "encoded"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_cases(apdu: CommandApdu, encoded: str) -> None:
    assert apdu.encode().hex() == encoded
    assert CommandApdu.decode(bytes.fromhex(encoded)) == apdu


BYTE = st.integers(0, 255)


@given(BYTE, BYTE, BYTE, BYTE, st.binary(max_size=600), st.none() | st.integers(1, 65536))
def test_every_command_survives_a_round_trip(cla: int, ins: int, p1: int, p2: int, data: bytes, le: int | None) -> None:
    apdu = CommandApdu(cla, ins, p1, p2, data, le)
    assert CommandApdu.decode(apdu.encode()) == apdu


@pytest.mark.parametrize("raw", ["", "00a400", "00a4000c033f00", "00a4000c013f0000", "00b000000001"])
def test_lengths_that_do_not_add_up(raw: str) -> None:
    with pytest.raises(DecodeError):
        CommandApdu.decode(bytes.fromhex(raw))


def test_a_command_that_cannot_be_coded() -> None:
    with pytest.raises(EncodeError):
        CommandApdu(0x100, 0, 0, 0)
    with pytest.raises(EncodeError):
        CommandApdu(0, 0, 0, 0, le=0)


def test_response() -> None:
    assert ResponseApdu.decode(bytes.fromhex("01029000")) == ResponseApdu(b"\x01\x02", StatusWord(0x9000))
    assert ResponseApdu(b"", StatusWord(0x6A82)).encode().hex() == "6a82"
    assert (StatusWord(0x63C2).sw1, StatusWord(0x63C2).sw2, str(StatusWord(0x63C2))) == (0x63, 0xC2, "63C2")
    with pytest.raises(DecodeError):
        ResponseApdu.decode(b"\x90")
