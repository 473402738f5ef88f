"""When work stops: too many rejects in a row at one slot, at the whole bench, or too many of the last cards.

Pure. What was stopped goes on by an order only, and then its counting starts anew: whoever ordered it has looked. A
station that is started again counts anew too; it does not know the cards of the run before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from simtool.station.bench.bench import Rules
from simtool.station.events import CardDone, End

_COUNTED = frozenset((End.GOOD, End.REJECTED, End.QUARANTINED))


@dataclass(frozen=True, slots=True)
class Stop:
    """Work has to stop, and why in words; `slot` is empty when it is the whole bench's."""

    reason: str
    slot: str = ""


@dataclass(frozen=True, slots=True)
class InARow:
    """How many cards one after the other were rejected in a slot."""

    slot: str
    rejects: int


@dataclass(frozen=True, slots=True)
class Watch:
    """What the rules remember. `window` has the last cards of the bench in order, True for a reject."""

    slots: tuple[InARow, ...] = ()
    bench_rejects: int = 0
    window: tuple[bool, ...] = ()

    def rejects_of(self, slot: str) -> int:
        return next((one.rejects for one in self.slots if one.slot == slot), 0)


def judge(watch: Watch, done: CardDone, rules: Rules) -> tuple[Watch, tuple[Stop, ...]]:
    """What is remembered after one more card, and what has to stop because of it. A limit of 0 is no limit.

    A quarantined card counts as a reject; one that was not touched, or not finished, counts as nothing.
    """
    if done.end not in _COUNTED:
        return watch, ()
    bad = done.end is not End.GOOD
    in_slot = watch.rejects_of(done.slot) + 1 if bad else 0
    in_bench = watch.bench_rejects + 1 if bad else 0
    window = (*watch.window, bad)[-rules.rate_window :] if rules.rate_window > 0 else ()
    after = Watch(_set(watch.slots, done.slot, in_slot), in_bench, window)
    stops = []
    if bad and 0 < rules.rejects_in_a_row <= in_slot:
        stops.append(Stop(f"{_cards(in_slot)} in a row rejected in slot {done.slot}{_last(done)}", done.slot))
    if bad and 0 < rules.bench_rejects_in_a_row <= in_bench:
        stops.append(Stop(f"{_cards(in_bench)} in a row rejected on this bench{_last(done)}"))
    elif (reason := _rate(window, rules)) is not None:
        stops.append(Stop(reason + _last(done) * bad))
    return after, tuple(stops)


def resumed(watch: Watch, slot: str = "") -> Watch:
    """What is remembered after somebody let a slot go on, or the whole bench (no slot named)."""
    if slot:
        return replace(watch, slots=_set(watch.slots, slot, 0))
    return Watch()


def _rate(window: tuple[bool, ...], rules: Rules) -> str | None:
    bad = sum(window)
    if rules.reject_percent <= 0 or not bad or len(window) < rules.rate_minimum:
        return None
    if bad * 100 <= rules.reject_percent * len(window):
        return None
    return f"{bad} of the last {len(window)} cards rejected, more than {rules.reject_percent:g} %"


def _set(slots: tuple[InARow, ...], slot: str, rejects: int) -> tuple[InARow, ...]:
    return (*(one for one in slots if one.slot != slot), InARow(slot, rejects))


def _cards(count: int) -> str:
    return "1 card" if count == 1 else f"{count} cards"


def _last(done: CardDone) -> str:
    return f"; the last one: {done.cause}" if done.cause else ""
