"""What a scanner reads, held against a chip's ICCID."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.codec.identifiers import Iccid
from simtool.station.scan import Scan, compare, has_check_digit

CHIP = "8949440000001155314"
OTHER = "8988211000000000011"
SCANS = [
    # scanned, what it says, words
    (CHIP, Scan.MATCH, ""),
    (CHIP[:-1], Scan.MATCH, ""),  # printed without its check digit
    (f"{CHIP}F", Scan.MATCH, ""),  # with the filler of the last byte
    (f"{CHIP}f\r\n", Scan.MATCH, ""),
    ("89 4944 0000 0011 5531 4", Scan.MATCH, ""),
    ("ICCID: 8949-4400-0000-1155-314", Scan.MATCH, ""),
    ("8949440000001155322", Scan.MISMATCH, f"scanned 8949440000001155322, the chip is {CHIP}, one number further on"),
    ("8949440000001155306", Scan.MISMATCH, "one number before it: are the cards out of order?"),
    ("894944000000115533", Scan.MISMATCH, "2 numbers further on"),  # without its check digit
    (OTHER, Scan.MISMATCH, f"scanned {OTHER}, the chip is {CHIP}"),
    ("89882110000000000181", Scan.MISMATCH, "scanned"),
    ("8949440000001155315", Scan.UNREADABLE, "check digit"),  # a slip of the finger
    ("4006381333931", Scan.UNREADABLE, "13 digits"),  # the box's article number
    ("894944000", Scan.UNREADABLE, "9 digits"),
    ("", Scan.UNREADABLE, "no ICCID"),
    ("https://example.org/8949440000001155314", Scan.UNREADABLE, "other signs"),
    ("٨٩٤٩٤٤٠٠٠٠٠٠١١٥٥٣١٤", Scan.UNREADABLE, "other signs"),
    (f"{CHIP}FF", Scan.UNREADABLE, "other signs"),
]  # fmt: skip


@pytest.mark.parametrize(("scanned", "says", "words"), SCANS)
def test_scans(scanned: str, says: Scan, words: str) -> None:
    found = compare(scanned, CHIP)
    assert found.scan is says
    assert words in found.words
    assert bool(found.words) == (says is not Scan.MATCH)


@given(body=st.integers(894944 * 10**12, 894945 * 10**12 - 1), other=st.integers(894944 * 10**12, 894945 * 10**12 - 1))
def test_only_the_same_number_matches(body: int, other: int) -> None:
    chip, scanned = Iccid.from_body(str(body)).digits, Iccid.from_body(str(other)).digits
    assert compare(scanned, chip).scan is (Scan.MATCH if body == other else Scan.MISMATCH)
    assert compare(scanned[:-1], chip).scan is (Scan.MATCH if body == other else Scan.MISMATCH)
    assert has_check_digit(chip)


@given(body=st.integers(894944 * 10**12, 894945 * 10**12 - 1), at=st.integers(6, 18), digit=st.integers(1, 9))
def test_one_wrong_digit_is_never_a_match(body: int, at: int, digit: int) -> None:
    chip = Iccid.from_body(str(body)).digits
    wrong = chip[:at] + str((int(chip[at]) + digit) % 10) + chip[at + 1 :]
    assert compare(wrong, chip).scan is Scan.UNREADABLE
    assert compare(wrong[:-1], chip).scan is (Scan.MATCH if at == 18 else Scan.MISMATCH)


@given(st.text())
def test_whatever_is_scanned(text: str) -> None:
    assert compare(text, CHIP).scan is not Scan.MATCH or CHIP[:-1] in "".join(char for char in text if char.isdigit())
