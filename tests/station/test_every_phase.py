"""Whatever is ordered, and whatever stops, in whatever a slot is at: the card ends good, once, or goes on later."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simtool.inventory.life import RecordState
from simtool.station.events import End, OrderKind, Phase, SlotChanged
from tests.station.rig import FIXED, NUMBERED, SoftReader, Somebody, Trouble, is_as_wanted, slot, warehouse

GOOD, FREE = RecordState.GOOD, RecordState.GENERATED
PHASES = (
    Phase.STARTING, Phase.INSERT, Phase.READING, Phase.PROGRAMMING, Phase.VERIFYING, Phase.RESEAT, Phase.SCAN,
    Phase.GOOD, Phase.OFFLINE,
)  # fmt: skip


def service_restarts(somebody: Somebody) -> None:
    somebody.reader.lose_service()


def station_dies(somebody: Somebody) -> None:
    somebody.die()


def it_shall_end(somebody: Somebody) -> None:
    somebody.order(OrderKind.END)


def it_pauses(somebody: Somebody) -> None:
    somebody.order(OrderKind.PAUSE, "tea")


def it_stops(somebody: Somebody) -> None:
    somebody.order(OrderKind.STOP, "too many rejects")


def somebody_resumes(somebody: Somebody) -> None:
    somebody.order(OrderKind.RESUME)


def nonsense_is_scanned(somebody: Somebody) -> None:
    somebody.order(OrderKind.SCAN, "4006381333931")


WHAT = [
    service_restarts, station_dies, it_shall_end, it_pauses, it_stops, somebody_resumes, nonsense_is_scanned,
]  # fmt: skip


class Once(Somebody):
    """Does something besides, once, as soon as a phase is shown."""

    at: Phase
    what: Callable[[Somebody], None]
    is_done = False

    def send(self, event: object) -> None:
        super().send(event)
        if not self.is_done and isinstance(event, SlotChanged) and event.phase is self.at:
            self.is_done = True
            self.what(self)


@pytest.mark.parametrize("product", [NUMBERED, FIXED])
@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.value)
@pytest.mark.parametrize("what", WHAT, ids=lambda what: what.__name__)
def test_in_every_phase(tmp_path: Path, product: str, phase: Phase, what: Callable[[Somebody], None]) -> None:
    """The card is torn once, too, so that it is asked for again; and the service restarts, so that it is offline."""
    here = warehouse(tmp_path, product, quantity=2)
    card = here.card(None if product == NUMBERED else 0)
    made: list[Once] = []

    def person(*words: object) -> Once:
        made.append(Once(*words))  # type: ignore[arg-type]
        made[-1].at, made[-1].what = phase, what
        return made[-1]

    def goes_on(somebody: Somebody, _: SlotChanged) -> None:
        somebody.order(OrderKind.RESUME)

    does = {Phase.PAUSED: goes_on, Phase.STOPPED: goes_on}
    troubles = (Trouble(60, SoftReader.loosen), Trouble(75, SoftReader.lose_service))
    run = slot(here, card, troubles=troubles, does=does, scan=True, person=person)
    assert made[0].is_done
    if run.somebody.ends[-1:] != [End.GOOD]:
        assert run.died or what is it_shall_end, run.somebody.events
        left = () if run.reader.present else (card,)
        run = slot(here, *left, reader=run.reader, scan=True)
        if run.somebody.ends == []:  # it was good already, and out
            assert here.states() == [GOOD, FREE]
    assert here.states() == [GOOD, FREE], run.somebody.events
    assert is_as_wanted(here, card, here.record(0))
    assert here.visits()[0].end == "good"
