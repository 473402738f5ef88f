"""Scan to match: a card is good when its print was read and is the chip's number, and not before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simtool.inventory.life import RecordState
from simtool.perso.record import CardRecord
from simtool.station.events import End, OrderKind, Phase, SlotChanged
from tests.station.rig import FIXED, NUMBERED, Somebody, slot, warehouse

GOOD, QUARANTINED, PROGRAMMING = RecordState.GOOD, RecordState.QUARANTINED, RecordState.PROGRAMMING
FREE = RecordState.GENERATED


def test_scanned_and_good(tmp_path: Path) -> None:
    here = warehouse(tmp_path, quantity=2)
    seen: list[RecordState] = []

    def scan(somebody: Somebody, shown: SlotChanged) -> None:
        seen.append(here.states(1)[0])
        somebody.order(OrderKind.SCAN, f" {shown.iccid[:-1]}\n")

    run = slot(here, here.card(), does={Phase.SCAN: scan}, scan=True)
    assert run.somebody.ends == [End.GOOD]
    assert seen == [PROGRAMMING]
    assert here.states() == [GOOD, FREE]


def test_another_number_stops_the_slot(tmp_path: Path) -> None:
    """Until a supervisor has come; the card's record is in quarantine then, and the next card waits."""
    here = warehouse(tmp_path, FIXED, quantity=2)
    wrong = here.issued[1].iccid.digits
    calm: list[Phase] = []

    def scan(somebody: Somebody, shown: SlotChanged) -> None:
        somebody.order(OrderKind.SCAN, wrong if not calm else shown.iccid)

    def alarm(somebody: Somebody, shown: SlotChanged) -> None:
        assert shown.for_supervisor
        assert f"scanned {wrong}" in shown.message
        assert here.states() == [QUARANTINED, FREE]
        somebody.reader.remove()
        somebody.reader.insert(here.card(1))
        for _ in range(50):  # taking the card out, putting another in and waiting do not help
            somebody.time.now += 1
            assert somebody.shown is shown
        calm.append(shown.phase)
        somebody.order(OrderKind.RESUME)

    run = slot(here, here.card(0), does={Phase.SCAN: scan, Phase.ATTENTION: alarm}, scan=True)
    assert run.somebody.ends == [End.QUARANTINED, End.GOOD]
    assert run.somebody.done[0].cause.startswith("scan: scanned")
    assert here.states() == [QUARANTINED, GOOD]


def test_what_is_no_iccid_is_scanned_again(tmp_path: Path) -> None:
    here = warehouse(tmp_path, quantity=1)
    scans = ["4006381333931", "garbage", ""]

    def scan(somebody: Somebody, shown: SlotChanged) -> None:
        somebody.order(OrderKind.SCAN, scans.pop() if scans else shown.iccid)

    run = slot(here, here.card(), does={Phase.SCAN: scan}, scan=True)
    assert run.somebody.ends == [End.GOOD]
    assert len(run.somebody.messages(Phase.SCAN)) == 4


def test_scans_from_before_do_not_count(tmp_path: Path) -> None:
    """One that came while the card was being programmed may be of the card before."""
    here = warehouse(tmp_path, quantity=1)

    def programming(somebody: Somebody, shown: SlotChanged) -> None:
        somebody.order(OrderKind.SCAN, "8988211000000000018")

    run = slot(here, here.card(), does={Phase.PROGRAMMING: programming}, scan=True)
    assert run.somebody.ends == [End.GOOD]


@pytest.mark.parametrize("product", [NUMBERED, FIXED])
def test_taken_out_to_be_read_and_put_back(tmp_path: Path, product: str) -> None:
    here = warehouse(tmp_path, product, quantity=1)

    def scan(somebody: Somebody, shown: SlotChanged) -> None:
        somebody.reader.insert(somebody.reader.remove())
        somebody.order(OrderKind.SCAN, shown.iccid)

    run = slot(here, here.card(None if product == NUMBERED else 0), does={Phase.SCAN: scan}, scan=True)
    assert run.somebody.ends == [End.GOOD]
    assert Phase.REMOVE not in run.somebody.phases


def test_the_station_dies_before_the_scan(tmp_path: Path) -> None:
    """The card is put in again: proved again, scanned, good; nothing is written twice."""
    here = warehouse(tmp_path, quantity=1)
    card = here.card()
    first = slot(here, card, does={Phase.SCAN: lambda somebody, _: somebody.die()}, scan=True)
    assert first.died
    assert here.states() == [PROGRAMMING]
    again = slot(here, reader=first.reader, scan=True)
    assert again.somebody.ends == [End.GOOD]
    assert again.somebody.done[0].writes == 0
    assert here.states() == [GOOD]


def test_the_station_ends_before_the_scan(tmp_path: Path) -> None:
    here = warehouse(tmp_path, quantity=1)
    run = slot(here, here.card(), does={Phase.SCAN: lambda somebody, _: somebody.order(OrderKind.END)}, scan=True)
    assert run.somebody.ends == [End.UNFINISHED]
    assert (here.states(), here.visits()[0].end) == ([PROGRAMMING], "unfinished")
    assert run.somebody.phases[-1] is Phase.ENDED


def test_labels_are_printed_after_a_match_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = warehouse(tmp_path, FIXED, quantity=2)
    printed: list[str] = []

    def maker(*_: object) -> Callable[[CardRecord, str], None]:
        return lambda record, product: printed.append(f"{record.iccid} {product} {here.states()[0].value}")

    monkeypatch.setattr("simtool.station.slot.worker.label_maker", maker)

    def scan(somebody: Somebody, shown: SlotChanged) -> None:
        assert not printed
        somebody.order(OrderKind.SCAN, here.issued[0].iccid.digits)

    does = {Phase.SCAN: scan, Phase.ATTENTION: lambda somebody, _: somebody.order(OrderKind.RESUME)}
    slot(here, here.card(1), does=does, scan=True)
    assert printed == []
    slot(here, here.card(0), does=does, scan=True)
    assert printed == [f"{here.issued[0].iccid} {FIXED} good"]
