"""ICCID, IMSI, PLMN (ITU-T E.118, TS 31.102 §4.2.2, TS 24.008 §10.5.1.13)."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from simtool.codec.identifiers import Iccid, Imsi, Plmn, luhn
from simtool.errors import CodecError, DecodeError, EncodeError

VECTORS = yaml.safe_load((Path(__file__).parents[1] / "vectors" / "codec.yaml").read_text())


@pytest.mark.parametrize("row", VECTORS["iccid"], ids=lambda row: row["iccid"])
def test_iccid(row: dict[str, str]) -> None:
    iccid = Iccid.parse(row["iccid"])
    assert iccid == Iccid.from_body(row["iccid"][:-1])
    assert iccid.encode().hex() == row["ef"]
    assert Iccid.decode(bytes.fromhex(row["ef"])) == iccid
    assert iccid.luhn_ok
    assert str(iccid) == row["iccid"]


@pytest.mark.parametrize("row", VECTORS["iccid_without_luhn"], ids=lambda row: row["iccid"])
def test_iccid_with_a_wrong_check_digit(row: dict[str, str]) -> None:
    iccid = Iccid.decode(bytes.fromhex(row["ef"]))
    assert iccid.digits == row["iccid"]
    assert not iccid.luhn_ok
    with pytest.raises(EncodeError, match="check digit is 0, the digits before it want"):
        Iccid.parse(row["iccid"])


@pytest.mark.parametrize("row", VECTORS["imsi"], ids=lambda row: row["imsi"])
def test_imsi(row: dict[str, str]) -> None:
    imsi = Imsi(row["imsi"])
    assert imsi.encode().hex() == row["ef"]
    assert Imsi.decode(bytes.fromhex(row["ef"])) == imsi
    mnc_length = int(row["mnc_length"])
    assert (str(imsi.plmn(mnc_length)), imsi.msin(mnc_length)) == (row["plmn"], row["msin"])
    assert (str(imsi), imsi.mcc) == (row["imsi"], row["imsi"][:3])


@pytest.mark.parametrize("row", VECTORS["plmn"], ids=lambda row: row["plmn"])
def test_plmn(row: dict[str, str]) -> None:
    plmn = Plmn.parse(row["plmn"])
    assert plmn.encode().hex() == row["bytes"]
    assert Plmn.decode(bytes.fromhex(row["bytes"])) == Plmn.decode_or_none(bytes.fromhex(row["bytes"])) == plmn
    assert str(plmn) == row["plmn"]
    assert Plmn.parse(f" {plmn.mcc}{plmn.mnc} ") == Plmn.parse(f"{plmn.mcc} {plmn.mnc}") == plmn


def test_two_and_three_digit_network_codes_differ() -> None:
    assert Plmn.parse("262-01") != Plmn.parse("262-001")
    assert Plmn.decode_or_none(b"\xff\xff\xff") is None


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: Plmn.parse("26A01"), "'26A01': 'A' at place 3 is not a digit"),
        (lambda: Plmn.parse("2620"), "a PLMN has 5 or 6 digits, this has 4"),
        (lambda: Plmn.parse("262-1"), "a mobile network code has 2 or 3 digits, this has 1"),
        (lambda: Plmn.parse("26-201"), "a mobile country code has 3 digits, this has 2"),
        (lambda: Plmn("262", "\u0661\u0662"), "is not a digit"),
        (lambda: Imsi("1" * 16), "an IMSI has 6 to 15 digits, this has 16"),
        (lambda: Imsi("26201 234567890"), "' ' at place 6 is not a digit"),
        (lambda: Imsi("262011234567890").plmn(4), "2 or 3 digits, not 4"),
        (lambda: Iccid.parse("8988211000000467344"), "the check digit is 4, the digits before it want 3"),
        (lambda: Iccid.parse("898821100000046734"), "an ICCID has 19 or 20 digits, this has 18"),
        (lambda: Iccid.from_body("8988211000000467343" * 2), "this has 38"),
    ],
)
def test_the_reason_is_written_for_the_one_who_typed(make: Callable[[], object], reason: str) -> None:
    with pytest.raises(EncodeError, match=reason):
        make()


def test_iccid_as_printed_in_groups() -> None:
    assert Iccid.parse("8988 2110 0000 0467 343").digits == "8988211000000467343"


@pytest.mark.parametrize(
    ("decode", "raw", "reason"),
    [
        (Iccid.decode, "ff" * 10, "blank"),
        (Iccid.decode, "98881201000040764fff", "F among its digits"),
        (Iccid.decode, "98881201000040764afa", "A among its digits"),
        (Iccid.decode, "9888ffffffffffffffff", "this has 4"),
        (Iccid.decode, "9888", "this has 2"),
        (Imsi.decode, "ff" * 9, "the file is blank"),
        (Imsi.decode, "00" + "ff" * 8, "length of 0"),
        (Imsi.decode, "0899ffffffffffffff", "has 6 to 15 digits, this has 1"),
        (Imsi.decode, "082a26102143658709", "possible are 1 and 9"),
        (Imsi.decode, "082126102143658709", "even number of digits and holds 15"),
        (Imsi.decode, "03291010ffffffffff", "this has 5"),
        (Imsi.decode, "0829", "this has 2"),
        (Plmn.decode, "ffffff", "not the coding"),
        (Plmn.decode, "0af110", "not the coding"),
        (Plmn.decode, "00f1", "this has 2"),
        (Plmn.decode_or_none, "00f1ff", "not the coding"),
    ],
)
def test_malformed(decode: Callable[[bytes], object], raw: str, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        decode(bytes.fromhex(raw))


def digits(least: int, most: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=least, max_size=most)


@given(digits(18, 19))
def test_iccid_round_trip(body: str) -> None:
    iccid = Iccid.from_body(body)
    assert Iccid.parse(iccid.digits) == Iccid.decode(iccid.encode()) == iccid
    swapped = str((int(iccid.digits[-1]) + 1) % 10)
    assert not Iccid(body + swapped).luhn_ok


@given(digits(1, 20), st.data())
def test_luhn_finds_every_single_wrong_digit(body: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(body) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != body[place]]))
    assert luhn(body[:place] + other + body[place + 1 :]) != luhn(body)


@given(digits(6, 15))
def test_imsi_round_trip(text: str) -> None:
    assert Imsi.decode(Imsi(text).encode()) == Imsi(text)


@given(digits(3, 3), digits(2, 3))
def test_plmn_round_trip(mcc: str, mnc: str) -> None:
    plmn = Plmn(mcc, mnc)
    assert Plmn.decode(plmn.encode()) == Plmn.parse(str(plmn)) == plmn


NIBBLES = st.lists(st.sampled_from(b"\x00\x11\x21\x98\xf0\xff\x0f\xa1\x08\x09"), max_size=10).map(bytes)


@given(st.binary(max_size=10) | NIBBLES)
def test_any_bytes_give_a_value_or_a_decode_error(raw: bytes) -> None:
    for decode in (Iccid.decode, Imsi.decode, Plmn.decode):
        try:
            value: Iccid | Imsi | Plmn = decode(raw)
        except DecodeError:
            continue
        assert decode(value.encode()) == value


@given(st.text(max_size=20))
def test_any_text_gives_a_value_or_a_codec_error(text: str) -> None:
    for parse in (Iccid.parse, Imsi, Plmn.parse):
        try:
            parse(text)
        except CodecError:
            continue
