"""Which cards are read back whole: so many of each hundred, and always the same."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.codec.identifiers import Iccid
from simtool.station.slot.checking import is_checked_whole

FIRST = 894944000000115500


def hundred(start: int) -> list[str]:
    return [Iccid.from_body(str(start + number)).digits for number in range(100)]


@pytest.mark.parametrize("percent", [0, 1, 10, 33, 99, 100])
@given(batch=st.text(min_size=1, max_size=10), at=st.integers(0, 10**6))
def test_exactly_so_many_of_each_hundred(percent: int, batch: str, at: int) -> None:
    cards = hundred(FIRST + 100 * at)
    assert sum(is_checked_whole(batch, iccid, percent) for iccid in cards) == percent


def test_an_auditor_does_it_again() -> None:
    """As documented, with nothing of ours."""
    ranked = sorted(
        range(100), key=lambda number: hashlib.sha256(f"spring26/8949440000001155/{number:02}".encode()).digest()
    )
    chosen = {iccid for iccid in hundred(FIRST) if is_checked_whole("spring26", iccid, 7)}
    assert chosen == {Iccid.from_body(f"8949440000001155{number:02}").digits for number in ranked[:7]}


def test_each_hundred_and_each_batch_has_its_own() -> None:
    def chosen(batch: str, start: int) -> set[str]:
        return {iccid[-3:-1] for iccid in hundred(start) if is_checked_whole(batch, iccid, 10)}

    assert len({frozenset(chosen(batch, FIRST + 100 * at)) for batch in ("a", "b") for at in range(5)}) == 10


def test_more_percent_keeps_those_of_fewer() -> None:
    few, more = ({iccid for iccid in hundred(FIRST) if is_checked_whole("b", iccid, n)} for n in (5, 20))
    assert few < more
