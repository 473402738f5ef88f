"""The inventory's database is gone for a while, its answer gets lost, or a lease runs out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, update

from simtool.inventory import tables, work
from simtool.inventory.life import RecordState
from simtool.inventory.store import DatabaseError, Store
from simtool.station.events import End, OrderKind, Phase, SlotChanged
from simtool.station.slot.desk import LONGEST_WAIT, RENEW_SECONDS
from tests.station.rig import (
    BATCH,
    FIXED,
    NUMBERED,
    SoftReader,
    Somebody,
    Time,
    Warehouse,
    is_as_wanted,
    slot,
    warehouse,
)

GOOD, FREE, CLAIMED = RecordState.GOOD, RecordState.GENERATED, RecordState.CLAIMED
QUARANTINED, PROGRAMMING = RecordState.QUARANTINED, RecordState.PROGRAMMING


class Flaky:
    """Stands in front of every `Store`: fails `times` questions from the `at`-th on, before or after they are done."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self.at, self.times, self.after = -1, 0, False
        begin, read = Store.begin, Store.read
        patch.setattr(Store, "begin", lambda store: self.ask(begin(store)))
        patch.setattr(Store, "read", lambda store: self.ask(read(store)))

    def fail(self, at: int, times: int, *, after: bool = False) -> None:
        self.count, self.at, self.times, self.after = 0, at, times, after

    @contextmanager
    def ask(self, transaction: Any) -> Iterator[Connection]:
        number, self.count = self.count, self.count + 1
        fails = self.at <= number < self.at + self.times
        if fails and not self.after:
            raise DatabaseError("the database refused: server closed the connection")
        with transaction as connection:
            yield connection
        if fails:
            raise DatabaseError("the database refused: the answer got lost")


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Flaky:
    return Flaky(monkeypatch)


def leave_it_in(_: Somebody, shown: SlotChanged) -> None:
    assert shown.message == "the database does not answer" or "the database refused" in shown.message


@pytest.mark.parametrize("product", [NUMBERED, FIXED])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("times", [1, 5])
def test_at_every_question(database: Flaky, product: str, after: bool, times: int, tmp_path: Path) -> None:
    """The card waits, and ends good with just one record, whatever the database had done and not said."""
    here = warehouse(tmp_path, product, quantity=60)
    database.fail(-1, 0)
    slot(here, here.card(None if product == NUMBERED else 0))
    questions, number = database.count, 1
    for at in range(questions):
        card = here.card(None if product == NUMBERED else number)
        database.fail(at, times, after=after)
        run = slot(here, card, does={Phase.ATTENTION: leave_it_in})
        database.fail(-1, 0)
        where = f"question {at} of {questions}: {run.somebody.events}"
        assert run.somebody.ends == [End.GOOD], where
        assert here.states(number + 2) == [GOOD] * (number + 1) + [FREE], where
        assert is_as_wanted(here, card, here.record(number)), where
        number += 1
    assert number > 8


def test_what_is_shown_meanwhile(database: Flaky, tmp_path: Path) -> None:
    here = warehouse(tmp_path, quantity=1)
    shown: list[SlotChanged] = []
    database.fail(4, 20)
    run = slot(here, here.card(), does={Phase.ATTENTION: lambda _, event: shown.append(event)})
    assert run.somebody.ends == [End.GOOD]
    assert {event.message for event in shown} == {"the database does not answer"}
    assert len(run.somebody.problems) == 1
    assert run.reader.time.now > 10 * LONGEST_WAIT  # politely: not all the time


def test_the_worker_may_end_while_nothing_is_at_stake(database: Flaky, tmp_path: Path) -> None:
    here = warehouse(tmp_path, quantity=1)
    database.fail(4, 10_000)
    run = slot(here, here.card(), does={Phase.ATTENTION: lambda somebody, _: somebody.order(OrderKind.END)})
    assert run.somebody.phases[-1] is Phase.ENDED
    database.fail(-1, 0)
    assert here.states() == [FREE]


def test_the_station_dies_while_a_good_card_waits(database: Flaky, tmp_path: Path) -> None:
    """It was proved and could not be noted; the next life of the slot finds it so."""
    here = warehouse(tmp_path, quantity=1)
    database.fail(-1, 0)

    def verifying(somebody: Somebody, _: SlotChanged) -> None:
        database.fail(0, 10_000)

    def dies(somebody: Somebody, shown: SlotChanged) -> None:
        assert "is finished and waits" in shown.hint
        somebody.die()

    reader = SoftReader(Time())
    card = here.card()
    commands = slot(warehouse(tmp_path / "other", quantity=1), here.card()).reader.count
    calls = [0]

    def last(tpdu: bytes, do: Callable[[bytes], bytes]) -> bytes:
        calls[0] += 1
        if calls[0] == commands - 2:
            database.fail(0, 10_000)
        return do(tpdu)

    reader.answers = last
    first = slot(here, card, reader=reader, does={Phase.ATTENTION: dies})
    assert first.died
    database.fail(-1, 0)
    assert here.states() == [PROGRAMMING]
    reader.answers = None
    again = slot(here, reader=reader)
    assert (again.somebody.ends, again.somebody.done[0].writes) == ([End.GOOD], 0)
    assert here.states() == [GOOD]


@pytest.mark.parametrize("product", [NUMBERED, FIXED])
def test_the_lease_is_renewed(product: str, tmp_path: Path) -> None:
    """However slow a card is: each minute of it the record is still this slot's."""
    here = warehouse(tmp_path, product, quantity=1)
    reader = SoftReader(Time())
    short = 0.0

    def slow(tpdu: bytes, card: Callable[[bytes], bytes]) -> bytes:
        nonlocal short
        reader.time.now += RENEW_SECONDS / 3
        short += 1
        if here.states(1) == [PROGRAMMING]:
            set_leases(here, -RENEW_SECONDS / 3)
        return card(tpdu)

    reader.answers = slow
    run = slot(here, here.card(None if product == NUMBERED else 0), reader=reader)
    assert run.somebody.ends == [End.GOOD]


@pytest.mark.parametrize("product", [NUMBERED, FIXED])
@pytest.mark.parametrize("at", [30, 60, 75])
def test_the_lease_is_lost_in_the_middle(product: str, at: int, tmp_path: Path) -> None:
    """The computer slept too long: not another step is written. Put in again, the card goes on."""
    here = warehouse(tmp_path, product, quantity=2)
    reader = SoftReader(Time())
    card = here.card(None if product == NUMBERED else 0)
    count, after = [0], [0]

    def sleeps(tpdu: bytes, do: Callable[[bytes], bytes]) -> bytes:
        count[0] += 1
        if count[0] == at:
            reader.time.now += 10 * RENEW_SECONDS
            set_leases(here, None)
        after[0] += count[0] > at and tpdu[1] in (0xD6, 0xDC, 0x24)
        return do(tpdu)

    reader.answers = sleeps
    run = slot(here, card, reader=reader)
    assert run.somebody.ends == [End.QUARANTINED]
    assert "the claim was lost" in run.somebody.messages(Phase.ATTENTION)[0]
    assert after[0] <= 1
    assert here.states() == [QUARANTINED, FREE]
    reader.answers = None
    again = slot(here, card)
    assert again.somebody.ends == [End.GOOD]
    assert here.states() == [GOOD, FREE]
    assert is_as_wanted(here, card, here.record(0))


def set_leases(here: Warehouse, change: float | None) -> None:
    """Let all leases run out, or make them so many seconds longer."""
    lease = tables.cards.c.lease_until
    with here.inventory() as inventory:
        with inventory.store.begin() as connection:
            now = 1.0 if change is None else lease + change
            connection.execute(update(tables.cards).where(lease.is_not(None)).values(lease_until=now))
        if change is None:
            work.expire(inventory, BATCH)


def test_the_state_folder_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No journal, no step: the card waits until somebody made room."""
    from simtool.errors import InputError
    from simtool.perso.memory.journal_file import Writer

    here = warehouse(tmp_path, quantity=1)
    write, full = Writer.write, [False]

    def limited(writer: Writer, event: str, **values: Any) -> None:
        if event == "start" and values["step"] == 5 and not full[0]:
            full[0] = True
        if full[0] and event != "end":
            raise InputError("cannot be written: No space left on device", place="journal")
        write(writer, event, **values)

    monkeypatch.setattr(Writer, "write", limited)

    def make_room(somebody: Somebody, shown: SlotChanged) -> None:
        assert "No space left" in shown.message
        monkeypatch.setattr(Writer, "write", write)
        somebody.order(OrderKind.RESUME)

    run = slot(here, here.card(), does={Phase.ATTENTION: make_room})
    assert run.somebody.ends == [End.UNFINISHED, End.GOOD]
    assert here.states() == [GOOD]
