"""Alphabets, packings and names (TS 23.038, TS 102 221 annex A, TS 24.008 §10.5.3.5a)."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from gsm0338 import Codec
from hypothesis import given
from hypothesis import strategies as st

from simtool.codec import text
from simtool.codec.text import UNKNOWN, NetworkName
from simtool.errors import DecodeError, EncodeError

VECTORS = yaml.safe_load((Path(__file__).parents[1] / "vectors" / "codec.yaml").read_text())


@pytest.mark.parametrize("row", VECTORS["gsm_7bit"], ids=lambda row: row["text"][:20])
def test_gsm_text(row: dict[str, Any]) -> None:
    septets = text.encode_gsm(row["text"])
    assert septets.hex() == row["unpacked"]
    assert text.decode_gsm(septets) == row["text"]
    header, fill_bits = bytes.fromhex(row.get("header", "")), row.get("fill_bits", 0)
    packed = text.pack_septets(septets, fill_bits=fill_bits)
    assert (header + packed).hex() == row["packed"]
    assert text.unpack_septets(packed, len(septets), fill_bits=fill_bits) == septets


@pytest.mark.parametrize("row", VECTORS["gsm_7bit_ussd"], ids=lambda row: row["text"])
def test_ussd_text(row: dict[str, str]) -> None:
    packed = text.pack_ussd(text.encode_gsm(row["text"]))
    assert packed.hex() == row["packed"]
    assert text.decode_gsm(text.unpack_ussd(packed)) == row["text"]


def test_a_return_on_a_byte_boundary_gets_another() -> None:
    """TS 23.038 §6.1.2.3.1."""
    septets = text.encode_gsm("1234567\r")
    assert text.pack_ussd(septets) == text.pack_septets(septets + b"\r")
    assert text.unpack_ussd(text.pack_ussd(septets)) == septets


def test_without_a_count_seven_zero_bits_are_padding() -> None:
    assert text.unpack_septets(bytes.fromhex("31d98c56b3dd00")) == b"1234567"
    assert text.unpack_septets(bytes.fromhex("31d98c56b3dd70")) == b"12345678"
    assert text.unpack_septets(b"") == b""
    assert text.unpack_septets(b"\xff", 9) == b"\x7f"


@pytest.mark.parametrize(
    ("septets", "decoded"),
    [
        ("41801b6542", "A" + UNKNOWN + "\N{EURO SIGN}B"),
        ("1b", UNKNOWN),
        ("1b41", UNKNOWN),
        ("1b1b41", UNKNOWN + "A"),
        ("ff00", UNKNOWN + "@"),
    ],
)
def test_unknown_septets_are_shown_as_such(septets: str, decoded: str) -> None:
    assert text.decode_gsm(bytes.fromhex(septets)) == decoded


def test_the_alphabet_has_all_characters_but_the_escape() -> None:
    assert sum(text.in_gsm_alphabet(chr(code)) for code in range(0x10000)) == 127 + 10
    assert not text.in_gsm_alphabet("\x1b")
    with pytest.raises(EncodeError, match="'\N{CYRILLIC CAPITAL LETTER YA}'"):
        text.encode_gsm("A\N{CYRILLIC CAPITAL LETTER YA}")
    with pytest.raises(EncodeError, match="80 is not a septet"):
        text.pack_septets(b"\x80")


ALPHA = [
    # text, coded; TS 102 221 annex A
    ("", ""),
    ("Nordlicht", "4e6f72646c69636874"),
    ("@", "00"),
    ("\u20ac10", "1b653130"),
    ("\u041f\u0440\u0438", "8103089fc0b8"),
    ("-\u0532\u0583-1", "820505322d80d12d31"),
    ("\u6f22\u5b57", "806f225b57"),
    ("A\u6f22", "8000416f22"),
    ("\u0101\u20ac", "80010120ac"),
    ("\u65e5\u65e5\u65e5", "8103cbe5e5e5"),
    ("\u9999\u9999\u9999\u9999", "82049999" + "80" * 4),
    ("\u00e1\u00e7\u0101\u0111", "82" + "04" + "00e1" + "80" + "86" + "a0" + "b0"),
]


@pytest.mark.parametrize(("plain", "coded"), ALPHA, ids=[row[1] for row in ALPHA])
def test_alpha_identifiers_take_the_shortest_coding(plain: str, coded: str) -> None:
    raw = text.encode_alpha(plain)
    assert raw.hex() == coded
    assert text.encode_alpha(plain, 20) == raw.ljust(20, b"\xff")
    assert text.decode_alpha(raw.ljust(20, b"\xff")) == text.decode_alpha(raw) == plain


@pytest.mark.parametrize(
    ("raw", "decoded"),
    [
        ("8105135395a64142ff", "S\u0995\u09a6AB"),  # TS 102 221 annex A, as in example 2: base pointer 0980
        ("820505302d82d32d31", "-\u0532\u0583-1"),  # example 3: base pointer 0530
        ("ffff", ""),
        ("80ffff", ""),
        ("800041ff", "A"),
        ("80004100", "A" + UNKNOWN),
        ("80d83d", UNKNOWN),
        ("8100 41", ""),
        ("8203ffff808180", UNKNOWN * 3),
        ("8105081b65201b41", "\N{EURO SIGN} " + UNKNOWN),  # escapes in a form that should not need them
        ("8301", UNKNOWN + "\xa3"),
        ("41ff42", "A"),
    ],
)
def test_what_cards_hold(raw: str, decoded: str) -> None:
    assert text.decode_alpha(bytes.fromhex(raw)) == decoded


@pytest.mark.parametrize("raw", ["81", "8105", "810108", "8202053041", "820005"])
def test_promised_characters_that_are_not_there(raw: str) -> None:
    with pytest.raises(DecodeError, match="promises"):
        text.decode_alpha(bytes.fromhex(raw))


def test_text_that_does_not_fit() -> None:
    with pytest.raises(EncodeError, match="takes 9 bytes, the field has 8"):
        text.encode_alpha("Nordlicht", 8)
    for char in ("\N{GRINNING FACE}", "\uffff", "\ud800"):
        with pytest.raises(EncodeError, match="no UCS2 code"):
            text.encode_alpha(char)


NAMES = [
    # text, country initials, coded; the first is EF.PNN of a Wavemobile-SIM
    ("wavemobile", False, "82f7b0bddc7e8bd3ec32"),
    ("", False, "80"),
    ("1234567", False, "8731d98c56b3dd00"),
    ("12345678", True, "8831d98c56b3dd70"),
    ("\u041f", False, "90041f"),
    ("\u041f", True, "98041f"),
]


@pytest.mark.parametrize(("plain", "country", "coded"), NAMES, ids=[row[2] for row in NAMES])
def test_network_names(plain: str, country: bool, coded: str) -> None:
    name = NetworkName(plain, country)
    assert name.encode().hex() == coded
    assert NetworkName.decode(bytes.fromhex(coded)) == name


@pytest.mark.parametrize("raw", ["", "a0", "f04142"])
def test_malformed_network_names(raw: str) -> None:
    with pytest.raises(DecodeError):
        NetworkName.decode(bytes.fromhex(raw))


GSM_TEXT = st.text([char for char in map(chr, range(0x10000)) if text.in_gsm_alphabet(char)], max_size=40)
UCS2_TEXT = st.text(st.characters(max_codepoint=0xFFFE, exclude_categories=("Cs",)), max_size=30)
ONE_SCRIPT = st.text("abc1 @\n\N{EURO SIGN}" + "".join(map(chr, range(0x400, 0x4A0))), max_size=30)


@given(GSM_TEXT)
def test_gsm_round_trip_and_another_implementation(plain: str) -> None:
    septets = text.encode_gsm(plain)
    assert septets == Codec().encode(plain)[0]
    assert text.decode_gsm(septets) == plain
    assert text.unpack_septets(text.pack_septets(septets), len(septets)) == septets


@given(st.lists(st.integers(0, 127), max_size=40).map(bytes), st.integers(0, 6))
def test_packing_round_trip(septets: bytes, fill_bits: int) -> None:
    packed = text.pack_septets(septets, fill_bits=fill_bits)
    assert text.unpack_septets(packed, len(septets), fill_bits=fill_bits) == septets
    if not septets.endswith(b"\r"):
        assert text.unpack_ussd(text.pack_ussd(septets)) == septets


@given(GSM_TEXT | UCS2_TEXT | ONE_SCRIPT, st.integers(0, 5))
def test_alpha_round_trip(plain: str, spare: int) -> None:
    raw = text.encode_alpha(plain)
    assert text.decode_alpha(raw) == text.decode_alpha(text.encode_alpha(plain, len(raw) + spare)) == plain
    assert len(raw) <= 1 + 2 * len(plain)


@given(GSM_TEXT | UCS2_TEXT, st.booleans())
def test_network_name_round_trip(plain: str, country: bool) -> None:
    assert NetworkName.decode(NetworkName(plain, country).encode()) == NetworkName(plain, country)


@given(st.binary(max_size=20) | st.binary(max_size=12).map(lambda rest: b"\x82\x04" + rest))
def test_any_bytes_give_text_or_a_decode_error(raw: bytes) -> None:
    text.decode_gsm(raw)
    text.decode_ucs2(raw)
    text.unpack_ussd(raw)
    text.unpack_septets(raw, fill_bits=3)
    for decode in (text.decode_alpha, NetworkName.decode):
        try:
            decode(raw)
        except DecodeError:
            continue
