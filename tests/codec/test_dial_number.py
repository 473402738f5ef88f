"""Dialling numbers (TS 31.102 §4.4.2.3, TS 23.040 §9.1.2.5)."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from simtool.codec.dial_number import DialNumber
from simtool.errors import DecodeError, EncodeError

ROWS = yaml.safe_load((Path(__file__).parents[1] / "vectors" / "codec.yaml").read_text())["dial_number"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["text"])
def test_vectors(row: dict[str, Any]) -> None:
    number = DialNumber(row["digits"], row["ton_npi"])
    field = bytes.fromhex(row["field"]).ljust(12, b"\xff")
    assert number.encode() == field
    assert DialNumber.decode(field) == DialNumber.decode_or_none(field) == number
    assert str(number) == row["text"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+49 (30) 123-456", DialNumber("4930123456", 0x91)),
        ("030/123.456", DialNumber("030123456", 0x81)),
        ("*#06#", DialNumber("*#06#", 0x81)),
        ("0301,2P3E", DialNumber("0301p2p3e", 0x81)),
    ],
)
def test_numbers_as_people_write_them(text: str, number: DialNumber) -> None:
    assert DialNumber.parse(text) == number


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "1 to 80 digits, this has 0"),
        ("+", "1 to 80 digits, this has 0"),
        ("+49x30", "'x' at place 3 cannot be dialled"),
        ("49+30", r"'\+' at place 3"),
        ("1" * 81, "this has 81"),
    ],
)
def test_what_is_no_number(text: str, reason: str) -> None:
    with pytest.raises(EncodeError, match=reason):
        DialNumber.parse(text)


def test_a_number_longer_than_its_field() -> None:
    assert DialNumber("1" * 20).encode()[0] == 11
    with pytest.raises(EncodeError, match="21 digits, room is for 20"):
        DialNumber("1" * 21).encode()
    with pytest.raises(EncodeError, match="not one byte"):
        DialNumber("1", 0x191)


def test_addresses_count_digits() -> None:
    """TP-Destination-Address: 0x0B digits, 91, then swapped pairs (TS 23.040 §9.1.2.5)."""
    number = DialNumber("46708251358", 0x91)
    assert number.encode_address(8).hex() == "0b916407281553f8"
    assert DialNumber.decode_address(bytes.fromhex("0b916407281553f8ffff")) == number


def test_type_of_number_ff_says_nothing() -> None:
    assert not DialNumber("112", 0xFF).international
    assert DialNumber.decode(bytes.fromhex("03ff11f2")) == DialNumber("112", 0xFF)


@pytest.mark.parametrize("blank", ["", "00", "ff" * 12])
def test_blank_fields(blank: str) -> None:
    assert DialNumber.decode_or_none(bytes.fromhex(blank)) is None
    with pytest.raises(DecodeError, match="blank"):
        DialNumber.decode(bytes.fromhex(blank))


@pytest.mark.parametrize("field", ["0191", "049121", "0391ffff", "03911ff2"])
def test_malformed_fields(field: str) -> None:
    with pytest.raises(DecodeError):
        DialNumber.decode(bytes.fromhex(field))


@pytest.mark.parametrize("field", ["0b91", "0b916407", "039121", "049121f3"])
def test_malformed_addresses(field: str) -> None:
    with pytest.raises(DecodeError):
        DialNumber.decode_address(bytes.fromhex(field))


NUMBERS = st.builds(DialNumber, st.text("0123456789*#p?e", min_size=1, max_size=20), st.integers(0, 255))


@given(NUMBERS)
def test_round_trip(number: DialNumber) -> None:
    assert DialNumber.decode(number.encode()) == DialNumber.decode_address(number.encode_address()) == number


@given(st.text("0123456789*#p?e", min_size=1, max_size=20), st.booleans())
def test_what_is_printed_can_be_read(digits: str, international: bool) -> None:
    number = DialNumber(digits, 0x91 if international else 0x81)
    assert DialNumber.parse(str(number)) == number


@given(st.binary(max_size=14))
def test_any_bytes_give_a_number_or_a_decode_error(raw: bytes) -> None:
    for decode in (DialNumber.decode, DialNumber.decode_address, DialNumber.decode_or_none):
        try:
            decode(raw)
        except DecodeError:
            continue
