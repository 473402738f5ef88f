"""What measurements of readers mean, in plain words: which to keep, which to throw away, and why.

A pure function over `simtool.card.reader_test.Measured`. It never says more than the measurements do: where card and
reader cannot be told apart, it says how to tell.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from simtool.card.atr import NOMINAL_BAUD, Atr
from simtool.card.reader_test import Echo, Measured, Trouble

FAILURES_TO_REPLACE = 2
SLOWER = 2.0
SLOWER_SECONDS = 0.005
SLOWER_TOGETHER = 1.5
HANGS = 20.0
HANGS_SECONDS = 1.0
PEERS = 2
"""As many others with the same card are needed to say which of them is the slow one."""
CHARACTER_BITS = 12
MUCH_FASTER = 4
STARTING_BAUD = NOMINAL_BAUD * 1.5  # readers give up to 1.5 times the clock that 9600 bit/s stands for


class Grade(Enum):
    """What to do with a reader."""

    GOOD = "good"
    WATCH = "watch"
    FIX = "fix"
    REPLACE = "replace"
    UNTESTED = "untested"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`words` says what was seen, `cure` what to do about it; both are empty where nothing is to be said."""

    measured: Measured
    grade: Grade
    words: str = ""
    cure: str = ""

    def __str__(self) -> str:
        said = "; ".join(part for part in (self.words, self.cure) if part)
        return f"{self.measured.reader.title}: {said or 'good'}"


def judge(measured: Sequence[Measured]) -> tuple[Verdict, ...]:
    """A verdict on each reader; some follow only from a comparison with the others."""
    return tuple(_judge(one, measured) for one in measured)


def _judge(one: Measured, everyone: Sequence[Measured]) -> Verdict:
    if one.trouble is not None:
        return _untested(one)
    if one.alone.failed + one.mute + one.other_atrs:
        return _failing(one)
    if one.together is not None and one.together.failed:
        count = _rounds(one.together)
        words = f"works alone, but {count} failed while all readers worked: the hub gives too little power or is bad"
        cure = "use a hub with its own power supply, or another USB socket, then test again"
        return Verdict(one, Grade.FIX, words, cure)
    for grade, words, cure in (*_too_slow(one, everyone), *_hanging(one), *_crawling(one)):
        return Verdict(one, grade, words, cure)
    return Verdict(one, Grade.GOOD, _remark(one))


def _untested(one: Measured) -> Verdict:
    match one.trouble:
        case Trouble.NO_CARD:
            return Verdict(one, Grade.UNTESTED, "no card in it", "put a card in and test again")
        case Trouble.MUTE:
            words = "its card does not answer to power-on"
            cure = (
                "turn the card over, then try a card that works elsewhere: if that is mute here too, replace the reader"
            )
            return Verdict(one, Grade.REPLACE, words, cure)
    return Verdict(one, Grade.UNTESTED, one.words.removeprefix(f"{one.reader.name}: "), "then test again")


def _failing(one: Measured) -> Verdict:
    seen = []
    if one.alone.failed:
        seen.append(f"{_rounds(one.alone)} failed")
    if one.alone.given_up:
        seen.append("then the card stayed away")
    if one.mute:
        seen.append(f"no answer to {one.mute} of {one.resets} power-ons")
    if one.other_atrs:
        seen.append(f"ATR differed {_times(one.other_atrs)}")
    lost = one.alone.lost or one.mute or one.other_atrs
    cause = "bad contacts or too little power" if lost else "bad contacts, or a speed that the reader does not keep"
    if lost and one.reader.weak_power:
        cause += " (the bench file says that it gives little)"
    words = f"{', '.join(seen)}: {cause}"
    if one.alone.failed + one.mute + one.other_atrs < FAILURES_TO_REPLACE:
        return Verdict(one, Grade.WATCH, words, "clean its contacts and the card's, then test again")
    return Verdict(
        one, Grade.REPLACE, words, "replace it, unless the fault goes along with the card into another reader"
    )


def _too_slow(one: Measured, everyone: Sequence[Measured]) -> Iterator[tuple[Grade, str, str]]:
    """Beside readers with the same card product."""
    peers = [
        other.alone.median
        for other in everyone
        if other is not one and other.atr == one.atr and other.trouble is None and other.alone.median
    ]
    if len(peers) < PEERS:
        return
    usual = statistics.median(peers)
    if one.alone.median >= SLOWER * usual and one.alone.median - usual >= SLOWER_SECONDS:
        times = one.alone.median / usual
        words = f"a round takes {times:.1f} times as long as in the others with the same card"
        yield Grade.WATCH, words, "try it at another USB socket; if it stays slow, replace it"


def _hanging(one: Measured) -> Iterator[tuple[Grade, str, str]]:
    for echo in (one.alone, one.together):
        if echo is not None and echo.worst >= max(HANGS_SECONDS, HANGS * echo.median):
            words = f"one round took {echo.worst:.1f} s where {echo.median:.2f} is usual"
            yield Grade.WATCH, words, "test again; if it comes back, change cable or USB socket, then the reader"


def _crawling(one: Measured) -> Iterator[tuple[Grade, str, str]]:
    """No sign of the speed that the card offers. The card's own time counts in, so what was seen is a lower bound."""
    offered, seen = Atr.decode_or_empty(one.atr).offered_baud, one.alone.bytes_per_second * CHARACTER_BITS
    if offered >= MUCH_FASTER * NOMINAL_BAUD and 0 < seen < STARTING_BAUD:
        words = f"the card offers {offered} bit/s, but only {seen:.0f} were seen"
        cure = "its firmware may not follow the card's offer: compare with another reader make"
        yield Grade.WATCH, words, cure


def _remark(one: Measured) -> str:
    """Something worth knowing of a good reader."""
    if one.together is None or not one.alone.median:
        return ""
    times = one.together.median / one.alone.median
    if times < SLOWER_TOGETHER or one.together.median - one.alone.median < SLOWER_SECONDS:
        return ""
    return (
        f"good; {times:.1f} times slower while all work: it shares a reader with several slots, a hub or the computer"
    )


def _rounds(echo: Echo) -> str:
    return f"{echo.failed} of {echo.rounds} rounds"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
