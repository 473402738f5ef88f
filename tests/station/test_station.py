"""The station with scripted workers: what it shows, whom it tells what, and that nothing brings it down."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from simtool.errors import InputError, RefusedError
from simtool.station.bench.bench import Rules
from simtool.station.events import CardDone, End, Event, OrderKind
from simtool.station.run.log import RunLog
from simtool.station.run.showing import COMPLETE
from simtool.station.run.station import NOBODY
from tests.station.conftest import COUNTERS, PATIENCE, QUICK, Stage, filled, phases, until
from tests.station.scripted import ICCID, orders_of, pid_of


def test_what_the_workers_tell_is_seen(stage: Stage) -> None:
    stage.script("1", ("phase", "insert"), ("card", 1), ("card", 2, "rejected", "the card is mute"))
    stage.script("2", ("phase", "insert"), ("card", 3, "untouched"))
    station = stage.station()
    station.start()
    view = until(station, lambda view: len(view.last) == 3 and view.counters.quantity == 10)
    assert (view.counters.run_good, view.counters.run_rejected, view.counters.run_untouched) == (1, 1, 1)
    assert view.slots[0].health.good == 1 and view.slots[0].health.rejects_in_a_row == 1
    assert {card.iccid for card in view.last} == {ICCID.format(number) for number in (1, 2, 3)}
    assert (view.station, view.batch, view.customer) == ("here", "spring", "ACME")


def test_orders_reach_one_slot_or_all(stage: Stage) -> None:
    station = stage.station(2)
    station.start()
    until(station, lambda view: phases(view) == ["insert", "insert"])
    station.order(OrderKind.PAUSE, "2", "lunch")
    until(station, lambda view: phases(view) == ["insert", "paused"])
    station.order(OrderKind.PAUSE, None, "fire drill")
    view = until(station, lambda view: phases(view) == ["paused", "paused"] and view.paused)
    assert view.slots[0].message == "fire drill"
    station.order(OrderKind.RESUME)
    view = until(station, lambda view: phases(view) == ["insert", "insert"])
    assert not view.paused
    station.set_operator("Ada")
    assert station.view().operator == "Ada"
    station.order(OrderKind.END)
    until(station, lambda view: phases(view) == ["ended", "ended"])
    assert "operator Ada" in orders_of(stage.folder, "1")
    station.close()
    assert station.over


def test_an_order_for_no_slot_is_refused(stage: Stage) -> None:
    station = stage.station(1)
    with pytest.raises(InputError, match="no slot '9'"):
        station.order(OrderKind.PAUSE, "9")
    with pytest.raises(InputError, match="no slot '9'"):
        station.scan("1", "9")


def test_a_pause_of_the_bench_outlives_the_resume_of_a_slot(stage: Stage) -> None:
    station = stage.station(1)
    station.start()
    station.order(OrderKind.PAUSE, None, "all")
    until(station, lambda view: phases(view) == ["paused"])
    station.order(OrderKind.RESUME, "1")
    station.order(OrderKind.END)
    until(station, lambda view: phases(view) == ["ended"])
    assert orders_of(stage.folder, "1") == ["pause all", "resume", "pause all", "end"]


def test_resuming_the_bench_acknowledges_nothing(stage: Stage) -> None:
    stage.script("1", ("phase", "attention", "this is another card"))
    station = stage.station(2)
    station.start()
    until(station, lambda view: phases(view) == ["attention", "insert"])
    station.order(OrderKind.RESUME)
    station.order(OrderKind.OPERATOR, None, "Ada")
    until(station, lambda view: view.operator == "Ada")
    assert phases(station.view())[0] == "attention"
    station.order(OrderKind.RESUME, "1")
    until(station, lambda view: phases(view)[0] == "insert")


def test_a_slot_stops_after_rejects_and_goes_on_by_order_only(stage: Stage) -> None:
    stage.rules = Rules(rejects_in_a_row=2)
    stage.script("1", ("card", 1, "rejected"), ("card", 2, "quarantined", "wrong number"))
    station = stage.station(2)
    station.start()
    view = until(station, lambda view: phases(view) == ["stopped", "insert"])
    assert view.slots[0].message == "2 cards in a row rejected in slot 1; the last one: wrong number"
    assert not view.stopped
    station.order(OrderKind.RESUME)
    assert station.is_stopped("1") and not station.is_stopped("2") and not station.is_stopped()
    station.order(OrderKind.RESUME, "1")
    until(station, lambda view: phases(view) == ["insert", "insert"])
    assert not station.is_stopped("1")


def test_the_bench_stops_and_says_why(stage: Stage) -> None:
    stage.rules = Rules(rejects_in_a_row=0, bench_rejects_in_a_row=2)
    stage.script("1", ("card", 1, "rejected"))
    stage.script("2", ("card", 2, "rejected", "mute"))
    station = stage.station(3)
    station.start()
    view = until(station, lambda view: phases(view) == ["stopped"] * 3)
    assert view.stopped.startswith("2 cards in a row rejected on this bench")
    station.order(OrderKind.RESUME)
    assert not until(station, lambda view: phases(view) == ["insert"] * 3).stopped


def test_a_worker_that_dies_is_started_again_and_stays_stopped(stage: Stage) -> None:
    stage.rules = Rules(rejects_in_a_row=1)
    stage.script("1", ("card", 1, "rejected"), ("listen",), ("phase", "programming", "", "8949"), ("die",))
    station = stage.station(1)
    station.start()
    view = until(station, lambda view: view.slots[0].health.restarts == 1 and phases(view) == ["stopped"])
    assert view.slots[0].health.rejected == 1
    assert any("killed by SIGKILL" in note for note in view.notes)
    assert station.summary().unfinished == ("8949",)


def test_kill_9_of_a_worker(stage: Stage) -> None:
    station = stage.station(2)
    station.start()
    until(station, lambda view: phases(view) == ["insert", "insert"])
    os.kill(pid_of(stage.folder, "1"), signal.SIGKILL)
    view = until(station, lambda view: view.slots[0].health.restarts == 1)
    assert view.slots[1].health.restarts == 0
    assert stage.counts.freed == ["1"]


def test_an_exception_in_a_worker_is_told_in_words(stage: Stage, tmp_path: Path) -> None:
    stage.script("1", ("raise", "no such batch"))
    with RunLog(tmp_path, "here", "spring", 0.0) as log:
        station = stage.station(1, log=log)
        station.start()
        view = until(station, lambda view: view.slots[0].health.restarts >= 1 and bool(view.notes))
        station.kill()
        station.close()
    assert any("RuntimeError: no such batch" in note for note in view.notes)


def test_one_that_always_dies_wants_attention_and_is_tried_again(stage: Stage) -> None:
    stage.timings = replace(QUICK, longest_pause=3600, first_pause=1800, attention_after=1)
    stage.script("1", ("leave", 3), ("phase", "insert"), ("listen",))
    station = stage.station(1)
    station.start()
    view = until(station, lambda view: phases(view) == ["attention"])
    assert "ended with code 3" in view.slots[0].message
    station.order(OrderKind.RESUME, "1")
    until(station, lambda view: view.slots[0].health.restarts == 1 and phases(view) == ["insert"])


def test_a_worker_that_hangs_is_killed(stage: Stage) -> None:
    stage.timings = replace(QUICK, silence=0.3)
    stage.script("1", ("phase", "programming", "", ICCID.format(1)), ("hang",), ("phase", "insert"))
    station = stage.station(1)
    station.start()
    view = until(station, lambda view: view.slots[0].health.restarts >= 1)
    assert any("not heard of" in note for note in view.notes)
    assert station.summary().unfinished == (ICCID.format(1),)


def test_one_that_waits_for_a_card_may_be_silent(stage: Stage) -> None:
    stage.timings = replace(QUICK, silence=0.2)
    stage.script("2", ("phase", "insert"), *[("wait", 0.1), ("note", "still here")] * 10)
    station = stage.station(2)
    station.start()
    view = until(station, lambda view: bool(view.notes) and phases(view) == ["insert", "insert"])
    time.sleep(0.5)
    assert [slot.health.restarts for slot in station.view().slots] == [0, 0], view


def test_a_flood_does_not_starve_the_others(stage: Stage) -> None:
    stage.script("1", ("phase", "programming"), ("flood", 20000))
    stage.script("2", *[("card", number) for number in range(20)])
    station = stage.station(2)
    station.start()
    until(station, lambda view: view.slots[1].health.good == 20)
    until(station, lambda view: view.slots[0].done == 19999)


def test_nonsense_is_noted(stage: Stage) -> None:
    stage.script("1", ("nonsense",), ("phase", "insert"))
    station = stage.station(1)
    station.start()
    until(station, lambda view: any("no event of this slot" in note for note in view.notes))


@pytest.mark.parametrize("kill", [False, True], ids=["hangs", "hangs and there is no patience"])
def test_close_ends_what_does_not_end(stage: Stage, kill: bool) -> None:
    stage.script("1", ("phase", "insert"), ("hang",))
    station = stage.station(1)
    station.start()
    until(station, lambda view: phases(view) == ["insert"])
    if kill:
        station.kill()
    assert station.close(patience=0.2).killed
    assert station.over


def test_the_log_has_every_event_and_order(stage: Stage, tmp_path: Path) -> None:
    stage.script("1", ("card", 1), ("flood", 3))
    seen: list[Event] = []
    with RunLog(tmp_path, "he/re", "spring", 0.0) as log:
        station = stage.station(1, log=log, tell=seen.append)
        station.start()
        until(station, lambda view: view.slots[0].done == 2)
        station.order(OrderKind.PAUSE, None, "lunch")
        station.close()
    lines = [json.loads(line) for line in log.path.read_text().splitlines()]
    assert [line.get("event") for line in lines].count("card") == 1
    assert {"order": "pause", "slot": None, "text": "lunch", "at": lines[0]["at"]}.keys() in [
        line.keys() for line in lines
    ]
    assert not any(line.get("event") == "progress" for line in lines)
    assert log.path.stat().st_mode & 0o777 == 0o600
    assert any(isinstance(event, CardDone) and event.end is End.GOOD for event in seen)


def test_until_complete_ends_by_itself(stage: Stage) -> None:
    stage.until_complete = True
    station = stage.station(2)
    station.start()
    until(station, lambda view: phases(view) == ["insert", "insert"])
    stage.counts.now = filled(COUNTERS)
    until(station, lambda view: phases(view) == ["ended", "ended"])
    assert station.close().complete
    assert stage.counts.closed


def test_a_complete_batch_asks_for_no_card(stage: Stage) -> None:
    station = stage.station(1)
    station.start()
    until(station, lambda view: phases(view) == ["insert"])
    stage.counts.now = filled(COUNTERS)
    view = until(station, lambda view: view.complete)
    assert view.slots[0].phase.value == "paused" and view.slots[0].message == COMPLETE
    assert not station.over


def test_the_end_of_all_records_ends_it_too(stage: Stage) -> None:
    stage.until_complete = True
    station = stage.station(1)
    station.start()
    stage.counts.now = replace(COUNTERS, good=9, rejected=3, open=0, spare=0)
    until(station, lambda view: phases(view) == ["ended"])
    assert not station.close().complete
    assert "1 good cards are missing" in station.view().notes[0]


def test_quarantine_is_waited_for(stage: Stage) -> None:
    stage.until_complete = True
    station = stage.station(1)
    station.start()
    stage.counts.now = replace(COUNTERS, good=9, rejected=2, open=1, spare=0, quarantined=1)
    until(station, lambda view: any("1 in quarantine" in note for note in view.notes))
    assert not station.over


def test_the_inventory_may_be_away(stage: Stage) -> None:
    stage.counts.away = True
    station = stage.station(1)
    station.start()
    until(station, lambda view: any("counters are old" in note for note in view.notes))
    until(station, lambda view: phases(view) == ["insert"])
    os.kill(pid_of(stage.folder, "1"), signal.SIGKILL)
    until(station, lambda view: phases(view) == ["offline"])
    assert station.view().slots[0].health.restarts == 0, "it could do nothing without the inventory"
    stage.counts.away = False
    view = until(station, lambda view: view.counters.quantity == 10 and view.slots[0].health.restarts == 1)
    assert sum("counters are old" in note for note in view.notes) == 1


def test_work_waits_for_somebody_to_log_in(stage: Stage) -> None:
    station = stage.station(1)
    station.order(OrderKind.PAUSE, None, NOBODY)
    station.start()
    until(station, lambda view: phases(view) == ["paused"])
    station.set_operator("Ada")
    until(station, lambda view: phases(view) == ["insert"])


def test_scans_find_their_slot(stage: Stage) -> None:
    waits = [("phase", "scan", "", ICCID.format(number)) for number in (1, 2)]
    stage.script("1", waits[0])
    stage.script("2", waits[1])
    station = stage.station(3)
    station.start()
    until(station, lambda view: phases(view) == ["scan", "scan", "insert"])
    assert station.scan(ICCID.format(2)[:-1]) == "2"
    assert station.scan("123", slot="3") == "3"
    with pytest.raises(InputError, match="no ICCID"):
        station.scan("99")
    assert not station.view().paused
    with pytest.raises(RefusedError, match="belongs to no slot that waits"):
        station.scan(ICCID.format(7))
    view = until(station, lambda view: view.paused)
    assert f"“{ICCID.format(7)}”" in view.notes[0] and f"slot 1 for {ICCID.format(1)}" in view.notes[0]
    station.order(OrderKind.END)
    until(station, lambda view: phases(view) == ["ended"] * 3)
    assert orders_of(stage.folder, "2")[0] == f"scan {ICCID.format(2)[:-1]}"
    assert orders_of(stage.folder, "3")[0] == "scan 123"
    assert not any(line.startswith("scan") for line in orders_of(stage.folder, "1"))


def test_kill_9_of_the_whole_station_ends_its_workers(stage: Stage) -> None:
    for slot in ("1", "2"):
        stage.script(slot, ("phase", "insert"))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.station.lonely", str(stage.folder)], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    workers = [pid_of(stage.folder, slot) for slot in ("1", "2")]
    process.kill()
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + PATIENCE
    while not all((stage.folder / f"{slot}.orphan").exists() for slot in ("1", "2")):
        assert time.monotonic() < deadline, f"{workers} still run"
        time.sleep(0.02)


def test_many_may_watch(stage: Stage) -> None:
    stage.script("1", *[("card", number) for number in range(30)])
    station = stage.station(1)
    numbers: list[list[int]] = []

    def watch() -> None:
        mine: list[int] = []
        view = station.view()
        while view.slots[0].health.good < 30:
            view = station.wait_change(view.number, 1)
            mine.append(view.number)
        numbers.append(mine)

    threads = [threading.Thread(target=watch) for _ in range(8)]
    for thread in threads:
        thread.start()
    station.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(numbers) == 8 and all(mine == sorted(mine) for mine in numbers)
