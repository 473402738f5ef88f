"""Cards that are bad, strange or in the wrong place; each is set aside with its cause, and no record goes out twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from simtool.inventory import tables, work
from simtool.inventory.life import RecordState
from simtool.softcard.card import SoftCard
from simtool.station.bench.bench import Rules
from simtool.station.events import End, OrderKind, Phase, SlotChanged
from tests.station.rig import (
    BATCH,
    FIXED,
    ICCID,
    NUMBERED,
    Run,
    SoftReader,
    Somebody,
    Time,
    Trouble,
    Warehouse,
    iccid_of,
    is_as_wanted,
    slot,
    warehouse,
)  # fmt: skip

GOOD, REJECTED, QUARANTINED = RecordState.GOOD, RecordState.REJECTED, RecordState.QUARANTINED
FREE, PROGRAMMING = RecordState.GENERATED, RecordState.PROGRAMMING
RESEATS = Rules().reseats
Answers = Callable[[bytes, Callable[[bytes], bytes]], bytes]


def answering(*start: str, answer: str, times: int = 1_000_000) -> Answers:
    """A card that gives this answer to commands that begin so, so many times, and does nothing else."""
    left = [times]

    def answers(tpdu: bytes, card: Callable[[bytes], bytes]) -> bytes:
        if left[0] and tpdu.hex().startswith(start):
            left[0] -= 1
            return bytes.fromhex(answer)
        return card(tpdu)

    return answers


def with_bad_card(
    here: Warehouse, answers: Answers, *good: SoftCard, bad: SoftCard | None = None, **changes: Any
) -> Run:
    """A bad card, and good ones after it."""
    bad = bad or (here.card() if here.product == NUMBERED else here.card(0))
    reader = SoftReader(Time())
    reader.answers = lambda tpdu, card: answers(tpdu, card) if reader.card is bad else card(tpdu)
    return slot(here, bad, *good, reader=reader, **changes)


UPDATE, VERIFY, AUTHENTICATE = "00d6", "0020", ("0088", "0089")
CARD_FAULTS = [
    # what the card answers, to what, and a word of the cause
    ("6a80", (UPDATE,), "6A80"),
    ("6581", (UPDATE,), "6581"),  # a memory problem that powering off and on does not help
    ("6985", ("00d6", "00dc", "0024"), "6985"),
    ("9862", AUTHENTICATE, "another K or OPc"),
    ("9000", (UPDATE,), "does not hold"),  # says yes and keeps nothing
]


@pytest.mark.parametrize(("answer", "start", "cause"), CARD_FAULTS)
def test_the_card_is_bad(tmp_path: Path, answer: str, start: tuple[str, ...], cause: str) -> None:
    """Its record is used up, and the next card gets the next one."""
    here = warehouse(tmp_path, quantity=1, spares=1)
    run = with_bad_card(here, answering(*start, answer=answer), here.card())
    assert run.somebody.ends == [End.REJECTED, End.GOOD]
    assert cause in run.somebody.done[0].cause
    assert Phase.REJECT in run.somebody.phases
    assert here.states() == [REJECTED, GOOD]
    assert (here.visits()[1].end, here.visits()[1].cause) == ("rejected", run.somebody.done[0].cause)


def test_a_rejected_card_comes_again(tmp_path: Path) -> None:
    here = warehouse(tmp_path, FIXED, quantity=1)
    run = with_bad_card(here, answering(UPDATE, answer="6a80"))
    again = slot(here, run.cards[0])
    assert again.somebody.ends == [End.UNTOUCHED]
    assert again.somebody.messages(Phase.REMOVE) == [f"this card was rejected: {run.somebody.done[0].cause}"]
    assert here.states() == [REJECTED]


def test_a_wrong_adm_costs_one_try_and_no_second_one(tmp_path: Path) -> None:
    """Not even when somebody sets the record free and puts the card in again."""
    here = warehouse(tmp_path, FIXED, quantity=1)
    card = here.card(0)
    tries = set_adm(card, b"00000000")
    full = tries()
    run = slot(here, card)
    assert run.somebody.ends == [End.QUARANTINED]
    assert "ADM1" in run.somebody.done[0].cause
    assert here.states() == [QUARANTINED]
    assert tries() == full - 1

    assert slot(here, card).somebody.ends == [End.UNTOUCHED]
    with here.inventory() as inventory:
        work.move(inventory, here.issued[0].iccid.digits, FREE, "another look")
    assert slot(here, card, min_tries=1).somebody.ends == [End.QUARANTINED]
    assert tries() == full - 1


def test_too_few_tries(tmp_path: Path) -> None:
    """A card that was tried before by somebody else loses none here."""
    here = warehouse(tmp_path, FIXED, quantity=1)
    card = here.card(0)
    tries = set_adm(card)
    wrong = tries() - 2
    set_adm(card, wrong=wrong)
    run = slot(here, card)
    assert run.somebody.ends == [End.QUARANTINED]
    assert "2 tries left" in run.somebody.done[0].cause
    assert tries() == 2


def set_adm(card: SoftCard, value: bytes | None = None, *, wrong: int = 0) -> Callable[[], int]:
    """Another ADM1 on the card, or so many wrong ones tried; gives what tells its tries."""
    pin = card.pins["ADM1"]
    if value is not None:
        pin.change(value)
    for _ in range(wrong):
        pin.check(b"99999999", lambda: None)
    card.commit()
    return lambda: card.pins["ADM1"].left


def test_a_mute_card(tmp_path: Path) -> None:
    """Turned over a few times, then set aside; no record is used up."""
    here = warehouse(tmp_path, quantity=1)

    def insert(somebody: Somebody, _: SlotChanged) -> None:
        if not somebody.cards:
            somebody.order(OrderKind.END)
            return
        somebody.reader.insert(somebody.cards.popleft())
        somebody.reader.is_mute = True

    def reseat(somebody: Somebody, _: SlotChanged) -> None:
        somebody.reader.insert(somebody.reader.remove())
        somebody.reader.is_mute = True

    def leave_it_for_long(somebody: Somebody, _: SlotChanged) -> None:
        left = [100]

        def later() -> None:
            left[0] -= 1
            if left[0] == 0:
                somebody.reader.remove()
            if left[0] <= 0:
                somebody.act()

        somebody.reader.meanwhile = later

    does = {Phase.INSERT: insert, Phase.RESEAT: reseat, Phase.REJECT: leave_it_for_long}
    run = slot(here, here.card(), does=does)
    assert run.somebody.ends == [End.REJECTED]
    assert run.somebody.phases.count(Phase.RESEAT) == run.somebody.done[0].reseated == RESEATS
    assert (here.states(), here.visits()) == ([FREE], ())


@pytest.mark.parametrize("product", [NUMBERED, FIXED])
@pytest.mark.parametrize("at", [2, 40, 80])
def test_the_contact_is_never_good(tmp_path: Path, product: str, at: int) -> None:
    """From some command on the card breaks off at each power-on. It is rejected after so many re-seats, and counted."""
    here = warehouse(tmp_path, product, quantity=1)
    reader = SoftReader(Time())
    count = [0]

    def breaks(tpdu: bytes, card: Callable[[bytes], bytes]) -> bytes:
        count[0] += 1
        if count[0] > at and (count[0] - at) % 4 == 1:
            raise ConnectionError
        return card(tpdu)

    reader.answers = breaks
    run = slot(here, here.card(None if product == NUMBERED else 0), reader=reader)
    (done,) = run.somebody.done
    assert (done.end, done.reseated) == (End.REJECTED, RESEATS)
    assert done.repowered >= RESEATS
    assert "bad contact" in done.cause
    begun = bool(here.visits())
    assert here.states() == [REJECTED if begun else FREE]


@pytest.mark.parametrize("product", [NUMBERED, FIXED])
@pytest.mark.parametrize("at", range(5, 110, 15))
def test_another_card_in_the_middle(tmp_path: Path, product: str, at: int) -> None:
    """It has its turn with a record of its own; the first goes on with its own when it comes back."""
    here = warehouse(tmp_path, product, quantity=2)
    first, second = (here.card(None if product == NUMBERED else number) for number in range(2))

    def swap(reader: SoftReader) -> None:
        reader.drawer.append(reader.remove())
        reader.insert(second)

    run = slot(here, first, troubles=(Trouble(at, swap),))
    assert run.somebody.ends[-1] is End.GOOD
    back = slot(here, first)
    assert back.somebody.ends == [End.GOOD]
    assert here.states() == [GOOD, GOOD]
    numbers = {iccid_of(first), iccid_of(second)}
    assert numbers == {record.iccid.digits for record in here.issued}
    by_number = {record.iccid.digits: record for record in here.records()}
    assert all(is_as_wanted(here, card, by_number[iccid_of(card)]) for card in (first, second))


def test_another_card_where_one_was_asked_for(tmp_path: Path) -> None:
    here = warehouse(tmp_path, FIXED, quantity=2)
    first, second = here.card(0), here.card(1)

    def reseat(somebody: Somebody, _: SlotChanged) -> None:
        somebody.reader.remove()
        somebody.reader.insert(second)

    run = slot(here, first, troubles=(Trouble(100, SoftReader.loosen),), does={Phase.RESEAT: reseat})
    assert run.somebody.ends == [End.UNFINISHED, End.GOOD]
    assert here.states() == [PROGRAMMING, GOOD]
    assert "goes on when it is put in again" in run.somebody.problems[0]
    assert slot(here, first).somebody.ends == [End.GOOD]


def test_an_unfinished_card_at_another_slot(tmp_path: Path) -> None:
    """While its own slot holds it, it is sent there; when the lease is over, any slot goes on with it."""
    here = warehouse(tmp_path, FIXED, quantity=2)
    card, other = here.card(0), here.card(1)

    def swap(reader: SoftReader) -> None:
        reader.remove()
        reader.insert(other)

    slot(here, card, troubles=(Trouble(100, swap),))
    elsewhere = slot(here, card, station="south")
    assert elsewhere.somebody.ends == [End.UNTOUCHED]
    assert elsewhere.somebody.messages(Phase.ATTENTION) == ["this card is at work at north/1"]
    end_leases(here)
    assert slot(here, card, station="south").somebody.ends == [End.GOOD]
    assert here.visits()[0].station == "south"


@pytest.mark.parametrize("product", [NUMBERED, FIXED])
@pytest.mark.parametrize("at", range(10, 115, 7))
def test_another_station_takes_over(tmp_path: Path, product: str, at: int) -> None:
    """Its computer has no journal of the card: what the card holds by now, its PINs too, is found out from the card."""
    here = warehouse(tmp_path, product, quantity=1)
    card = here.card(None if product == NUMBERED else 0)

    def dies(reader: SoftReader) -> None:
        reader.hang_up()

    first = slot(here, card, troubles=(Trouble(at, dies),))
    if not first.died:  # the card was good before so many commands
        assert first.somebody.ends == [End.GOOD]
        return
    end_leases(here)
    for name in ("journal", "attempts.jsonl", "state.key"):
        move_away(here.folder / "state" / name)
    run = slot(here, card, station="south")
    assert run.somebody.ends == [End.GOOD], run.somebody.events
    assert here.states() == [GOOD]
    assert is_as_wanted(here, card, here.record(0))


@pytest.mark.parametrize("at", range(5, 110, 8))
def test_blank_cards_that_all_have_one_number(tmp_path: Path, at: int) -> None:
    """A fresh one is not taken for the torn one, once there is anything on that: no two good cards share a record."""
    here = warehouse(tmp_path, NUMBERED, quantity=4, spares=4)
    first = here.card()
    twin = twin_of(first, here)

    def swap(reader: SoftReader) -> None:
        reader.remove()
        reader.insert(twin)

    for card, troubles in ((first, (Trouble(at, swap),)), (first, ()), (twin, ())):
        slot(here, card, troubles=troubles)
    assert here.states(3) == [GOOD, GOOD, FREE]
    for number, record in enumerate(here.issued[:2]):
        (card,) = (one for one in (first, twin) if iccid_of(one) == record.iccid.digits)
        assert is_as_wanted(here, card, here.record(number))


def test_the_only_card_of_its_number_was_rejected(tmp_path: Path) -> None:
    """Whether the next one is that one again, nobody knows but a person; from then on the number says nothing more."""
    here = warehouse(tmp_path, NUMBERED, quantity=2, spares=2)
    first = here.card()
    twin, third = twin_of(first, here), twin_of(first, here)
    with_bad_card(here, answering(UPDATE, answer="6a80"), bad=first)

    def acknowledge(somebody: Somebody, shown: SlotChanged) -> None:
        assert shown.for_supervisor and "rejected" in shown.message
        somebody.order(OrderKind.RESUME)

    assert slot(here, twin).somebody.ends == [End.UNTOUCHED]
    again = slot(here, twin, third, does={Phase.ATTENTION: acknowledge})
    assert again.somebody.ends == [End.UNTOUCHED, End.GOOD, End.GOOD]
    assert here.states() == [REJECTED, GOOD, GOOD, FREE]


def twin_of(card: SoftCard, here: Warehouse) -> SoftCard:
    """Another card as delivered, with the same number."""
    twin = here.card()
    twin.write(twin.files.by_path[str(ICCID)], card.files.by_path[str(ICCID)].content.data)
    twin.commit()
    return twin


def end_leases(here: Warehouse) -> None:
    with here.inventory() as inventory:
        with inventory.store.begin() as connection:
            connection.execute(
                update(tables.cards).where(tables.cards.c.lease_until.is_not(None)).values(lease_until=1.0)
            )
        work.expire(inventory, BATCH)


def move_away(path: Path) -> None:
    if path.exists():
        path.rename(path.with_name(f"{path.name}.{len(list(path.parent.iterdir()))}"))
