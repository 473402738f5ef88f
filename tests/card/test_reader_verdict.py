"""What is said of measured readers: a table from measurements to grade and words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simtool.card.reader_test import Echo, Measured, ReaderUnderTest, Trouble
from simtool.card.reader_verdict import Grade, judge
from simtool.card.transport import Protocol

ATR_SLOW = bytes.fromhex("3b00")  # no TA1: 9600 bit/s
ATR_FAST = bytes.fromhex("3b1096")  # TA1 96: 223200 bit/s
WELL = Echo(200, median=0.020, worst=0.030, bytes_per_second=5000.0)
FINE = Measured(
    ReaderUnderTest("ACS ACR39U 00 00", "3"),
    atr=ATR_FAST,
    protocol=Protocol.T0,
    resets=10,
    alone=WELL,
    together=replace(WELL, rounds=100),
)


def with_echo(**changes: float | int | bool) -> Measured:
    return replace(FINE, alone=replace(WELL, **changes))  # type: ignore[arg-type]


ALONE = [
    # measured, grade, what is said (in parts)
    (FINE, Grade.GOOD, ["slot 3: good"]),
    (replace(FINE, together=None), Grade.GOOD, ["slot 3: good"]),
    (
        replace(with_echo(lost=4), other_atrs=2),
        Grade.REPLACE,
        ["slot 3: 4 of 200 rounds failed, ATR differed twice: bad contacts or too little power; replace it"],
    ),
    (
        with_echo(garbled=2),
        Grade.REPLACE,
        ["2 of 200 rounds failed: bad contacts, or a speed that the reader does not"],
    ),
    (with_echo(lost=1), Grade.WATCH, ["1 of 200 rounds failed: bad contacts or too little power; clean its contacts"]),
    (with_echo(garbled=1), Grade.WATCH, ["1 of 200 rounds failed: bad contacts, or a speed"]),
    (replace(FINE, other_atrs=1), Grade.WATCH, ["ATR differed once"]),
    (replace(FINE, mute=3), Grade.REPLACE, ["no answer to 3 of 10 power-ons"]),
    (
        with_echo(rounds=12, lost=10, given_up=True),
        Grade.REPLACE,
        ["10 of 12 rounds failed, then the card stayed away"],
    ),
    (
        replace(with_echo(lost=5), reader=ReaderUnderTest("X 00 00", "3", weak_power=True)),
        Grade.REPLACE,
        ["too little power (the bench file says that it gives little)"],
    ),
    (
        replace(FINE, together=replace(WELL, rounds=100, lost=3)),
        Grade.FIX,
        ["works alone, but 3 of 100 rounds failed while all readers worked: the hub", "own power supply"],
    ),
    # a reader that fails by itself is not excused by the hub
    (replace(with_echo(lost=4), together=replace(WELL, lost=9)), Grade.REPLACE, ["4 of 200 rounds failed"]),
    (with_echo(worst=2.34), Grade.WATCH, ["one round took 2.3 s where 0.02 is usual"]),
    (with_echo(worst=0.9), Grade.GOOD, ["good"]),  # long, but not longer than a busy computer makes it
    (replace(FINE, together=replace(WELL, worst=5.0)), Grade.WATCH, ["one round took 5.0 s"]),
    (with_echo(bytes_per_second=900.0), Grade.WATCH, ["the card offers 223200 bit/s, but only 10800 were seen"]),
    (replace(with_echo(bytes_per_second=900.0), atr=ATR_SLOW), Grade.GOOD, ["good"]),
    (replace(FINE, together=replace(WELL, median=0.05)), Grade.GOOD, ["good; 2.5 times slower while all work"]),
    (Measured(FINE.reader, Trouble.NO_CARD), Grade.UNTESTED, ["slot 3: no card in it; put a card in"]),
    (Measured(FINE.reader, Trouble.MUTE), Grade.REPLACE, ["does not answer to power-on; turn the card over"]),
    (
        Measured(FINE.reader, Trouble.REFUSED, "ACS ACR39U 00 00: another program uses the card"),
        Grade.UNTESTED,
        ["slot 3: another program uses the card; then test again"],
    ),
]


@pytest.mark.parametrize(("measured", "grade", "words"), ALONE)
def test_one_reader(measured: Measured, grade: Grade, words: list[str]) -> None:
    (verdict,) = judge([measured])
    assert verdict.grade is grade, str(verdict)
    for part in words:
        assert part in str(verdict)


def named(number: int, median: float, *, atr: bytes = ATR_FAST) -> Measured:
    echo = replace(WELL, median=median, worst=median)
    return replace(FINE, reader=ReaderUnderTest(f"R {number:02X} 00", str(number)), atr=atr, alone=echo, together=None)


BESIDE_OTHERS = [
    # medians of readers with the same card, which of them is said to be slow
    ([0.02, 0.02, 0.02, 0.07], [3]),
    ([0.02, 0.021, 0.019, 0.03], []),
    ([0.02, 0.07], []),  # of two nobody knows which is the usual one
    ([0.0004, 0.0004, 0.0004, 0.0013], []),  # three times, of next to nothing
    ([0.02, 0.05, 0.05, 0.05], []),  # one faster than the others is no fault of the others
]


@pytest.mark.parametrize(("medians", "slow"), BESIDE_OTHERS)
def test_a_reader_slower_than_the_others(medians: list[float], slow: list[int]) -> None:
    verdicts = judge([named(number, median) for number, median in enumerate(medians)])
    assert [number for number, verdict in enumerate(verdicts) if verdict.grade is Grade.WATCH] == slow
    assert all("times as long as in the others" in verdicts[number].words for number in slow)


def test_other_cards_are_no_measure() -> None:
    others = [named(number, 0.02, atr=ATR_SLOW) for number in range(3)]
    assert judge([named(9, 0.2), *others])[0].grade is Grade.GOOD
