"""Ranges and columns of numbers: the fast way agrees with the plain one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.batch.numbering import NumberRange, iccids, numbers, parts, ranges_of
from simtool.codec.identifiers import luhn
from simtool.errors import EncodeError

FIRSTS = st.text("0123456789", min_size=2, max_size=19)


@given(FIRSTS, st.integers(1, 60))
def test_columns_agree_with_single_numbers(first: str, count: int) -> None:
    if int(first) + count > 10 ** len(first):
        with pytest.raises(EncodeError):
            NumberRange(first, count)
        return
    wanted = [str(int(first) + index).zfill(len(first)) for index in range(count)]
    ranges = (NumberRange(first, count),)
    assert numbers(ranges, 0, count).texts() == wanted
    assert iccids(ranges, 0, count).texts() == [digits + luhn(digits) for digits in wanted]
    assert ranges_of(wanted) == ranges
    assert ranges[0].last == wanted[-1]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.data())
def test_a_row_of_ranges_is_one_sequence(counts: list[int], data: st.DataObject) -> None:
    ranges = tuple(NumberRange(f"{index + 1}000000", count) for index, count in enumerate(counts))
    whole = [str(int(item.first) + number) for item in ranges for number in range(item.count)]
    start = data.draw(st.integers(0, len(whole) - 1))
    count = data.draw(st.integers(1, len(whole) - start))
    assert numbers(ranges, start, count).texts() == whole[start : start + count]
    with pytest.raises(EncodeError, match="too early"):
        list(parts(ranges, start, len(whole) - start + 1))


def test_the_ends_of_the_number_space() -> None:
    assert numbers((NumberRange("9" * 19, 1),), 0, 1).texts() == ["9" * 19]
    assert numbers((NumberRange("0" * 15, 2),), 0, 2).texts() == ["0" * 15, "0" * 14 + "1"]
    for first, count in (("99", 2), ("", 1), ("12a", 1), ("1" * 20, 1), ("10", 0)):
        with pytest.raises(EncodeError):
            NumberRange(first, count)
    with pytest.raises(EncodeError):
        NumberRange("10", 5).part(3, 3)


PUBLISHED = [
    # digits with their check digit, and where from
    ("79927398713", "the usual example of ISO/IEC 7812-1 annex B"),
    ("8949440000001155314", "a sysmocom card, as printed"),
]


@pytest.mark.parametrize(("text", "origin"), PUBLISHED)
def test_published_check_digits(text: str, origin: str) -> None:
    assert iccids((NumberRange(text[:-1], 1),), 0, 1).texts() == [text], origin
