"""What is folded, judged and measured without a clock, a process or a database."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.station.bench.bench import Bench, ReaderMatch, Rules, SlotSpec
from simtool.station.events import CardDone, End, Event, Noted, Order, OrderKind, Phase, Progressed, SlotChanged
from simtool.station.run.board import Board, broke_off, empty_board, fold
from simtool.station.run.counting import is_complete, is_used_up, waits_for_quarantine
from simtool.station.run.health import with_verdicts
from simtool.station.run.holds import Holds
from simtool.station.run.pace import HOUR, WINDOW_SECONDS, Track, pace, with_card, with_level
from simtool.station.run.routing import Routed, route
from simtool.station.run.rules import Watch, judge, resumed
from simtool.station.view import Counters, SlotView

BENCH = Bench("table", tuple(SlotSpec(name, ReaderMatch(name=f"Reader {name}")) for name in "123"))
ICCIDS = ("8949440000001155312", "8949440000001155320", "8949440000001155338")
BAD = (End.REJECTED, End.QUARANTINED)

numbers = st.sampled_from(("", *ICCIDS))
slots = st.sampled_from(["1", "2", "3", "no such slot"])
times = st.floats(0, 1e6)
events = st.one_of(
    st.builds(SlotChanged, slots, times, st.sampled_from(Phase), st.text(max_size=5), iccid=numbers),
    st.builds(Progressed, slots, times, st.integers(-5, 50), st.integers(-5, 50)),
    st.builds(
        CardDone, slots, times, st.sampled_from(End), numbers, busy=st.floats(0, 100),
        repowered=st.integers(0, 3), reseated=st.integers(0, 3),
    ),
    st.builds(Noted, slots, times, st.text(max_size=5)),
)  # fmt: skip


def folded(*happened: Event) -> Board:
    board = empty_board(BENCH, 0.0)
    for event in happened:
        board = fold(board, event)
    return board


def done(slot: str = "1", end: End = End.GOOD, iccid: str = ICCIDS[0], **more: object) -> CardDone:
    return CardDone(slot, 0.0, end, iccid, **more)  # type: ignore[arg-type]


@given(st.lists(events, max_size=60))
def test_whatever_is_told_the_counters_are_consistent(happened: list[Event]) -> None:
    board = folded(*happened)
    cards = [event for event in happened if isinstance(event, CardDone) and event.slot in "123"]
    assert board.good == sum(event.end is End.GOOD for event in cards)
    assert board.rejected == sum(event.end in BAD for event in cards)
    assert board.untouched == sum(event.end is End.UNTOUCHED for event in cards)
    assert board.good == sum(slot.view.health.good for slot in board.slots)
    assert board.rejected == sum(slot.view.health.rejected for slot in board.slots)
    assert [slot.view.name for slot in board.slots] == ["1", "2", "3"]
    for slot in board.slots:
        view = slot.view
        assert 0 <= view.done <= view.total or (view.done, view.total) == (0, 0)
        assert view.health.rejects_in_a_row <= view.health.rejected
        goods = [event.busy for event in cards if event.slot == view.name and event.end is End.GOOD]
        assert view.health.seconds == (median(goods) if goods else 0)
    assert len(set(board.unfinished)) == len(board.unfinished)
    assert "" not in board.unfinished
    last = {event.iccid: event.end for event in cards if event.end is not End.UNTOUCHED}
    assert set(board.unfinished) == {iccid for iccid, end in last.items() if end is End.UNFINISHED and iccid}
    assert len(with_verdicts(board)) == 3


def test_since_is_when_the_phase_began() -> None:
    board = folded(SlotChanged("1", 5.0, Phase.INSERT), SlotChanged("1", 9.0, Phase.INSERT, "still"))
    assert (board.slots[0].view.since, board.slots[0].view.message) == (5.0, "still")


def test_a_card_keeps_its_number_until_it_is_out() -> None:
    board = folded(SlotChanged("1", 1, Phase.READING, iccid=ICCIDS[0], product="P"), SlotChanged("1", 2, Phase.GOOD))
    assert (board.slots[0].view.iccid, board.slots[0].view.product) == (ICCIDS[0], "P")
    for following in (Phase.INSERT, Phase.READING, Phase.OFFLINE):
        assert fold(board, SlotChanged("1", 3, following)).slots[0].view.iccid == ""


def test_a_card_whose_worker_died_is_unfinished_until_it_comes_back() -> None:
    board = folded(SlotChanged("1", 1, Phase.PROGRAMMING, iccid=ICCIDS[0]))
    board = broke_off(board, "1", SlotChanged("1", 2, Phase.OFFLINE))
    assert board.unfinished == (ICCIDS[0],)
    assert fold(board, done("2")).unfinished == ()
    idle = broke_off(folded(SlotChanged("1", 1, Phase.INSERT)), "1", SlotChanged("1", 2, Phase.OFFLINE))
    assert idle.unfinished == ()


RULES = Rules(rejects_in_a_row=3, bench_rejects_in_a_row=5, reject_percent=10, rate_window=50, rate_minimum=20)
NEVER = Rules(rejects_in_a_row=0, bench_rejects_in_a_row=0, reject_percent=0)


def judged(rules: Rules, *cards: CardDone, watch: Watch | None = None) -> tuple[Watch, list[str]]:
    watch, stops = watch or Watch(), []
    for card in cards:
        watch, found = judge(watch, card, rules)
        stops += [stop.slot or "bench" for stop in found]
    return watch, stops


@pytest.mark.parametrize(
    ("slots", "ends", "stops"),
    [
        ("111", "rrr", ["1"]),
        ("1111", "rrgr", []),
        ("11111", "rrurr", ["1", "1"]),
        ("1111", "rr.r", ["1"]),
        ("12123", "rrrrr", ["bench"]),
        ("121233", "rrrrgr", []),
        ("111", "rqr", ["1"]),
    ],
    ids=[
        "three in a slot",
        "a good one between",
        "untouched counts nothing",
        "unfinished too",
        "bench",
        "bench, good",
        "q",
    ],
)
def test_in_a_row(slots: str, ends: str, stops: list[str]) -> None:
    meaning = {"r": End.REJECTED, "g": End.GOOD, "u": End.UNTOUCHED, ".": End.UNFINISHED, "q": End.QUARANTINED}
    cards = [done(slot, meaning[end]) for slot, end in zip(slots, ends, strict=True)]
    assert judged(RULES, *cards)[1] == stops


def test_the_rate_counts_from_its_minimum_on() -> None:
    rules = replace(NEVER, reject_percent=10, rate_minimum=20)
    cards = [done(end=End.REJECTED), done(), done(end=End.REJECTED), done(), done(end=End.REJECTED), *[done()] * 14]
    watch, stops = judged(rules, *cards)
    assert not stops
    _, found = judge(watch, done(), rules)
    assert [stop.reason for stop in found] == ["3 of the last 20 cards rejected, more than 10 %"]


def test_the_rate_forgets_old_cards() -> None:
    rules = replace(NEVER, reject_percent=10, rate_minimum=1, rate_window=10)
    watch, _ = judged(rules, done(end=End.REJECTED), *[done()] * 10)
    assert judged(rules, done(end=End.REJECTED), watch=watch)[1] == []


def test_after_a_resume_counting_starts_anew() -> None:
    watch, _ = judged(RULES, *[done(end=End.REJECTED)] * 3)
    assert judged(RULES, done(end=End.REJECTED), watch=watch)[1] == ["1"]
    assert judged(RULES, done(end=End.REJECTED), watch=resumed(watch, "1"))[1] == []
    assert judged(RULES, *[done("2", End.REJECTED)] * 2, watch=resumed(watch, "1"))[1] == ["bench"]
    assert judged(RULES, *[done("2", End.REJECTED)] * 2, watch=resumed(watch))[1] == []


@given(st.lists(st.builds(done, st.sampled_from("123"), st.sampled_from(End)), max_size=80))
def test_without_limits_nothing_stops(cards: list[CardDone]) -> None:
    assert judged(NEVER, *cards)[1] == []


def test_holds() -> None:
    holds = Holds.of("12")
    holds.take(Order(OrderKind.PAUSE, "lunch"), None)
    holds.take(Order(OrderKind.STOP, "rejects"), "1")
    assert holds.order_for("1") == Order(OrderKind.STOP, "rejects")
    assert holds.order_for("2") == Order(OrderKind.PAUSE, "lunch")
    holds.clear(None)
    assert holds.order_for("1") == Order(OrderKind.STOP, "rejects")
    assert holds.order_for("2") is None
    holds.clear("1")
    assert holds.order_for("1") is None


def test_pace_and_what_is_left() -> None:
    track = Track()
    for number in range(20):
        track = with_card(track, CardDone("1", 1000 + 10.0 * number, End.GOOD, busy=10.0))
    track = with_card(track, CardDone("1", 1195, End.REJECTED))
    found = pace(track, 1190, wanted=40)
    assert found.per_hour == pytest.approx(20 / 200 * HOUR)
    assert found.yield_ == pytest.approx(20 / 21)
    assert found.eta_seconds == pytest.approx(400)
    assert pace(track, 1190, None).eta_seconds is None
    assert pace(track, 1190, 0).eta_seconds == 0
    late = pace(track, 1190 + 2 * WINDOW_SECONDS, 40)
    assert (late.per_hour, late.eta_seconds) == (0.0, None)


def test_other_stations_shorten_the_time_left() -> None:
    track = with_card(Track(), CardDone("1", 1100, End.GOOD, busy=100))
    for at in range(0, 101, 10):
        track = with_level(track, 1000 + at, at)
    assert pace(track, 1100, 50).eta_seconds == pytest.approx(50)


@given(st.lists(st.tuples(st.floats(0, 5000), st.sampled_from(End)), max_size=200), st.floats(0, 6000))
def test_pace_of_anything(cards: list[tuple[float, End]], now: float) -> None:
    track = Track()
    for at, end in cards:
        track = with_card(track, CardDone("1", at, end))
    found = pace(track, now, 10)
    assert found.per_hour >= 0 and 0 <= found.yield_ <= 1 and (found.eta_seconds is None or found.eta_seconds >= 0)
    assert len(track.buckets) <= WINDOW_SECONDS


def test_verdicts() -> None:
    cards = [done(slot, busy=busy) for slot, busy in (("1", 4.0), ("2", 4.2), ("3", 6.0)) for _ in range(5)]
    words = [view.health.verdict for view in with_verdicts(folded(*cards))]
    assert words == ["", "", "slower than the others"]
    dirty = [done("1", repowered=1)] * 3 + [done("2")] * 3
    assert [view.health.verdict for view in with_verdicts(folded(*dirty))] == ["many contact faults: clean it", "", ""]
    bad = [done("1", End.REJECTED)] * 4 + [done("2")] * 10
    assert with_verdicts(folded(*bad))[0].health.verdict == "rejects more cards than the others"
    everywhere = [done(slot, End.REJECTED) for slot in "12" for _ in range(5)]
    assert {view.health.verdict for view in with_verdicts(folded(*everywhere))} == {""}


def waiting(*iccids: str) -> list[SlotView]:
    return [SlotView(str(at), 1, at, "r", Phase.SCAN, 0, iccid=iccid) for at, iccid in enumerate(iccids, 1)]


@pytest.mark.parametrize(
    ("text", "iccids", "slot"),
    [
        (ICCIDS[1], ICCIDS, "2"),
        (ICCIDS[1][:-1], ICCIDS, "2"),
        (f"{ICCIDS[2][:4]} {ICCIDS[2][4:]}", ICCIDS, "3"),
        (ICCIDS[1], ICCIDS[:1], "1"),
        ("anything", ICCIDS[:1], "1"),
    ],
    ids=["whole", "without check digit", "with a gap", "only one waits", "only one waits, its worker judges"],
)
def test_a_scan_finds_its_slot(text: str, iccids: tuple[str, ...], slot: str) -> None:
    assert route(text, waiting(*iccids)) == Routed(slot)


def test_a_scan_that_fits_nowhere() -> None:
    lost = route(ICCIDS[2], waiting(*ICCIDS[:2]))
    assert lost.pause and not lost.slot and f"slot 1 for {ICCIDS[0]}, slot 2 for {ICCIDS[1]}" in lost.problem
    misread = route("https://example.org/\x1b[2J" + "x" * 100, waiting(*ICCIDS[:2]))
    assert misread.unreadable and not misread.pause and "\x1b" not in misread.problem and len(misread.problem) < 150
    assert "no slot waits" in route(ICCIDS[0], []).problem
    assert "no slot '9'" in route(ICCIDS[0], waiting(*ICCIDS), "9").problem


COUNTERS = Counters(quantity=10, ordered=12, good=9, rejected=0, quarantined=0, spare=0, open=0)


@pytest.mark.parametrize(
    ("counters", "complete", "used_up", "quarantine"),
    [
        (None, False, None, None),
        (replace(COUNTERS, good=10), True, False, False),
        (COUNTERS, False, True, False),
        (replace(COUNTERS, open=1, quarantined=1), False, False, True),
        (replace(COUNTERS, open=2, quarantined=1), False, False, False),
        (replace(COUNTERS, spare=1), False, False, False),
        (replace(COUNTERS, quantity=0, good=0), False, True, False),
    ],
)
def test_when_it_is_over(counters: Counters | None, complete: bool, used_up: bool, quarantine: bool) -> None:
    assert is_complete(counters) is complete
    if counters is not None:
        assert (is_used_up(counters), waits_for_quarantine(counters)) == (used_up, quarantine)
