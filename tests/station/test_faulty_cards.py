"""Any fault, at any command, on any card: what is called good is good, and every record tells the truth.

The faults are those of `simtool.softcard.faults`: torn within a write, mute, wrong words, changed answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simtool.inventory.life import RecordState
from simtool.softcard.card import SoftCard
from simtool.softcard.faults import Fault, FaultyCard, Kind
from simtool.station.events import End
from tests.station.rig import FIXED, NUMBERED, Warehouse, iccid_of, is_as_wanted, slot, warehouse

MANY = 4000
KINDS = (Kind.TEAR_BEFORE, Kind.TEAR_DURING, Kind.TEAR_AFTER, Kind.CONTACT_LOSS, Kind.MUTE, Kind.WRONG_SW, Kind.CORRUPT)
WORDS = (0x6581, 0x6F00, 0x6A80, 0x6982, 0x9862, 0x63C1, 0x6E00, 0x9000)
CERTAIN = frozenset((Kind.TEAR_BEFORE, Kind.TEAR_DURING, Kind.TEAR_AFTER, Kind.CONTACT_LOSS))
"""After these the very same card goes on and is good; but for a tear within VERIFY or CHANGE PIN, which costs a try:
with fewer than three left nothing is sent, and somebody has to look."""
ENDS = {End.GOOD: RecordState.GOOD, End.REJECTED: RecordState.REJECTED, End.QUARANTINED: RecordState.QUARANTINED}

faults = st.builds(
    Fault,
    kind=st.sampled_from(KINDS),
    at=st.integers(1, 130),
    writes=st.booleans(),
    times=st.integers(1, 3),
    sw=st.sampled_from(WORDS),
)


class Stock:
    """One warehouse, and fresh cards of it."""

    def __init__(self, folder: Path, product: str) -> None:
        self.here = warehouse(folder, product, quantity=MANY)
        self.numbers: Iterator[int] = count()

    def card(self) -> SoftCard:
        return self.here.card(next(self.numbers) if self.here.product == FIXED else None)


@pytest.fixture(scope="module", params=[NUMBERED, FIXED])
def stock(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stock:
    return Stock(tmp_path_factory.mktemp("stock"), request.param)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(planned=st.lists(faults, max_size=3), seed=st.integers(0, 1000))
def test_whatever_happens(stock: Stock, planned: list[Fault], seed: int) -> None:
    here, card = stock.here, stock.card()
    run = slot(here, FaultyCard(card, planned, seed=seed))
    *before, done = run.somebody.done
    assert all(one.end is End.UNFINISHED for one in before)
    if all(fault.kind in CERTAIN for fault in planned) and sum(fault.times for fault in planned) < 3:
        assert done.end is End.GOOD or "tries left" in done.cause, run.somebody.events
    found = {record.iccid.digits: at for at, record in enumerate(here.issued)}
    if done.end in ENDS and done.iccid in found:
        number = found[done.iccid]
        assert state_of(here, number) is ENDS[done.end], run.somebody.events
        assert done.end is not End.GOOD or is_as_wanted(here, card, here.record(number))
    else:
        assert done.end in (End.UNTOUCHED, End.REJECTED), run.somebody.events
    again = slot(here, card)  # without faults
    (end,) = again.somebody.ends
    if done.end is End.UNTOUCHED or (done.end is End.REJECTED and done.iccid not in found):
        assert end is End.GOOD, again.somebody.events
    else:
        assert end is End.UNTOUCHED, again.somebody.events
    if iccid_of(card) in found:
        held = found[iccid_of(card)]
        if state_of(here, held) is RecordState.GOOD:
            assert is_as_wanted(here, card, here.record(held))


def state_of(here: Warehouse, number: int) -> RecordState:
    from simtool.inventory.find import find

    with here.inventory() as inventory:
        return find(inventory, here.issued[number].iccid.digits).state
