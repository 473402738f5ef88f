"""The ordinary day of a slot: card after card, the same card again, cards that are not for us."""

from __future__ import annotations

from pathlib import Path

import pytest

from simtool.inventory import work
from simtool.inventory.gate import approve, propose
from simtool.inventory.life import RecordState
from simtool.station.events import End, OrderKind, Phase, SlotChanged
from simtool.station.setup import Checking
from simtool.station.slot.checking import is_checked_whole
from tests.station.rig import BATCH, FIXED, NUMBERED, Somebody, Warehouse, iccid_of, proves, slot, warehouse

GOOD, REJECTED, QUARANTINED = RecordState.GOOD, RecordState.REJECTED, RecordState.QUARANTINED
FREE, SHIPPED = RecordState.GENERATED, RecordState.SHIPPED


def test_cards_that_are_numbered_here(tmp_path: Path) -> None:
    here = warehouse(tmp_path, NUMBERED, quantity=3)
    cards = [here.card() for _ in range(3)]
    run = slot(here, *cards)
    assert run.somebody.ends == [End.GOOD] * 3
    assert here.states() == [GOOD] * 3
    assert [iccid_of(card) for card in cards] == [record.iccid.digits for record in here.issued]
    for card, record in zip(cards, here.records(), strict=True):
        assert not record.targets
        assert proves(card, record)


def test_cards_whose_numbers_are_fixed(tmp_path: Path) -> None:
    """In whatever order they come, each gets its own record."""
    here = warehouse(tmp_path, FIXED, quantity=3)
    run = slot(here, here.card(2), here.card(0))
    assert [done.iccid for done in run.somebody.done] == [here.issued[at].iccid.digits for at in (2, 0)]
    assert here.states() == [GOOD, FREE, GOOD]


def test_what_the_screen_shows_of_a_card(tmp_path: Path) -> None:
    here = warehouse(tmp_path, quantity=1)
    run = slot(here, here.card())
    shown = list(dict.fromkeys(run.somebody.phases))
    assert shown == [
        Phase.STARTING, Phase.INSERT, Phase.READING, Phase.PROGRAMMING, Phase.VERIFYING, Phase.GOOD, Phase.ENDED,
    ]  # fmt: skip
    (done,) = run.somebody.done
    assert done.product == NUMBERED and done.checked == "full"
    assert done.tpdus > 50 and done.wire_bytes > 10 * done.tpdus and done.writes > 5
    assert done.busy > 0 and done.work > 0


def test_the_visit_is_in_the_inventory(tmp_path: Path) -> None:
    here = warehouse(tmp_path, quantity=1)
    card = here.card()
    chip = iccid_of(card)
    run = slot(here, card)
    (visit,), (done,) = here.visits(), run.somebody.done
    assert (visit.iccid, visit.chip, visit.product) == (here.issued[0].iccid.digits, chip, NUMBERED)
    assert (visit.station, visit.slot, visit.operator, visit.end) == ("north", "1", "Ola", "good")
    assert (visit.tpdus, visit.wire_bytes, visit.writes) == (done.tpdus, done.wire_bytes, done.writes)


@pytest.mark.parametrize("product", [NUMBERED, FIXED])
def test_the_same_card_again(tmp_path: Path, product: str) -> None:
    here = warehouse(tmp_path, product, quantity=2)
    card = here.card() if product == NUMBERED else here.card(0)
    first = slot(here, card)
    before = dict(card.store.values)
    again = slot(here, card)
    assert (first.somebody.ends, again.somebody.ends) == ([End.GOOD], [End.UNTOUCHED])
    assert again.somebody.messages(Phase.REMOVE) == ["this card is good already"]
    assert again.somebody.done[0].iccid == here.issued[0].iccid.digits
    assert card.store.values == before
    assert here.states() == [GOOD, FREE]


def test_a_card_is_left_in_the_reader_when_the_station_starts(tmp_path: Path) -> None:
    """It is worked on as if it had just come in."""
    here = warehouse(tmp_path, quantity=1)
    idle = slot(here)
    idle.reader.insert(here.card())
    run = slot(here, reader=idle.reader)
    assert run.somebody.ends == [End.GOOD]


UNTOUCHABLE = [
    # state of the card's record, what is said, phase
    (SHIPPED, "this card was shipped already", Phase.REMOVE),
    (REJECTED, "this card was rejected", Phase.REMOVE),
    (QUARANTINED, "this card is in quarantine", Phase.ATTENTION),
    (RecordState.DESTROYED, "this card was destroyed", Phase.REMOVE),
]


@pytest.mark.parametrize(("state", "words", "phase"), UNTOUCHABLE)
def test_cards_that_are_not_worked_on(tmp_path: Path, state: RecordState, words: str, phase: Phase) -> None:
    here = warehouse(tmp_path, FIXED, quantity=1)
    with here.inventory() as inventory:
        (held,) = work.claim(inventory, BATCH)
        work.start(inventory, held)
        work.finish(inventory, held, GOOD if state in (SHIPPED, RecordState.DESTROYED) else state)
        if state in (SHIPPED, RecordState.DESTROYED):
            work.move(inventory, held.record.iccid.digits, state, "test")
    card = here.card(0)
    before = dict(card.store.values)
    run = slot(here, card)
    assert run.somebody.ends == [End.UNTOUCHED]
    assert run.somebody.messages(phase) == [words]
    assert (here.states(), card.store.values) == ([state], before)


def test_a_card_of_nobody(tmp_path: Path) -> None:
    """Where numbers are fixed, a card that is in no list is not ours."""
    here = warehouse(tmp_path, FIXED, quantity=1)
    stranger = here.card()
    run = slot(here, stranger)
    assert run.somebody.ends == [End.UNTOUCHED]
    assert run.somebody.messages(Phase.ATTENTION) == [f"card {iccid_of(stranger)} is not a card of this batch"]
    assert here.states() == [FREE]


def test_a_card_of_another_product_than_any(tmp_path: Path) -> None:
    here = warehouse(tmp_path, quantity=1)
    card = here.card()
    card.power_on = lambda: bytes.fromhex("3b021450")  # type: ignore[method-assign]
    run = slot(here, card)
    assert run.somebody.ends == [End.UNTOUCHED]
    assert "no card product has the ATR" in run.somebody.messages(Phase.ATTENTION)[0]
    assert here.states() == [FREE]


def test_a_product_without_room_for_the_profile(tmp_path: Path) -> None:
    """Nothing is written, and the record is free for another card."""
    here = warehouse(tmp_path, "sysmosim-gr1", quantity=1)
    run = slot(here, here.card())
    assert run.somebody.ends == [End.UNTOUCHED]
    assert run.somebody.messages(Phase.ATTENTION) != []
    assert here.states() == [FREE]
    assert here.visits() == ()


@pytest.mark.parametrize("product", [NUMBERED, FIXED])
def test_no_more_than_ordered(tmp_path: Path, product: str) -> None:
    here = warehouse(tmp_path, product, quantity=2, spares=2)
    run = slot(here, *(here.card(None if product == NUMBERED else number) for number in range(3)))
    assert run.somebody.ends == [End.GOOD, End.GOOD, End.UNTOUCHED]
    assert "complete" in run.somebody.messages(Phase.REMOVE)[-1]
    assert here.states() == [GOOD, GOOD, FREE, FREE]


@pytest.mark.parametrize("kind", [OrderKind.PAUSE, OrderKind.STOP])
def test_no_card_is_begun_while_it_is_held(tmp_path: Path, kind: OrderKind) -> None:
    here = warehouse(tmp_path, quantity=2)
    seen: list[list[RecordState]] = []

    def insert_and_hold(somebody: Somebody, _: SlotChanged) -> None:
        if not somebody.cards:
            somebody.order(OrderKind.END)
            return
        somebody.order(kind, "lunch")
        somebody.reader.insert(somebody.cards.popleft())

    def held(somebody: Somebody, shown: SlotChanged) -> None:
        assert shown.message == "lunch"
        seen.append(here.states())
        somebody.order(OrderKind.RESUME)

    does = {Phase.INSERT: insert_and_hold, Phase.PAUSED: held, Phase.STOPPED: held}
    run = slot(here, here.card(), here.card(), does=does)
    assert run.somebody.ends == [End.GOOD, End.GOOD]
    assert seen == [[FREE, FREE], [GOOD, FREE]]


def test_the_gate(tmp_path: Path) -> None:
    """Locked until a first article is approved; then the card that waits goes on by itself."""
    here = warehouse(tmp_path, quantity=2)
    slot(here, here.card())

    def wait(somebody: Somebody, shown: SlotChanged) -> None:
        assert "no first article" in shown.message
        assert here.states() == [GOOD, FREE]
        allow(here)

    run = slot(here, here.card(), does={Phase.ATTENTION: wait}, gate=True)
    assert run.somebody.ends == [End.UNTOUCHED, End.GOOD]
    assert here.visits()[0].digest == digest_of(here)


def test_another_plan_than_the_approved_one(tmp_path: Path) -> None:
    here = warehouse(tmp_path, quantity=2)
    slot(here, here.card())
    allow(here, digest="00" * 32)
    run = slot(here, here.card(), gate=True)
    assert run.somebody.ends == [End.UNTOUCHED]
    assert "since first article 1 was approved" in run.somebody.messages(Phase.ATTENTION)[0]
    assert here.states() == [GOOD, FREE]


def test_some_are_read_back_whole_and_all_prove_their_keys(tmp_path: Path) -> None:
    here = warehouse(tmp_path, quantity=8)
    run = slot(here, *(here.card() for _ in range(8)), checking=Checking(full_percent=50))
    checked = [done.checked for done in run.somebody.done]
    chosen = [is_checked_whole(BATCH, record.iccid.digits, 50) for record in here.issued]
    assert checked == ["full" if whole else "proof" for whole in chosen]
    assert set(checked) == {"full", "proof"}
    sqns = [record.subscription.sqn for record in here.records()]
    assert all(after > before.subscription.sqn for after, before in zip(sqns, here.issued, strict=True))


def test_who_works_there(tmp_path: Path) -> None:
    here = warehouse(tmp_path, quantity=2)

    def insert(somebody: Somebody, _: SlotChanged) -> None:
        if len(somebody.cards) == 1:
            somebody.order(OrderKind.OPERATOR, "Kim")
        if somebody.cards:
            somebody.reader.insert(somebody.cards.popleft())
        else:
            somebody.order(OrderKind.END)

    slot(here, here.card(), here.card(), does={Phase.INSERT: insert})
    assert [visit.operator for visit in here.visits()] == ["Kim", "Ola"]


def test_the_station_hangs_up(tmp_path: Path) -> None:
    """Nothing more is done: neither with the card nor in the inventory."""
    here = warehouse(tmp_path, quantity=1)

    def hang_up(somebody: Somebody, _: SlotChanged) -> None:
        somebody.reader.insert(somebody.cards.popleft())
        somebody.die()

    run = slot(here, here.card(), does={Phase.INSERT: hang_up})
    assert run.died
    assert (here.states(), here.visits()) == ([FREE], ())


def digest_of(here: Warehouse) -> str:
    import simtool
    from simtool.files.product import load
    from simtool.perso.compiled import compile_profile

    return compile_profile(simtool.Profile.load(here.profile), load(here.product)).digest


def allow(here: Warehouse, digest: str = "") -> None:
    with here.inventory() as inventory:
        iccid = here.issued[0].iccid.digits
        made = propose(
            inventory, BATCH, here.product, digest=digest or digest_of(here), iccid=iccid, made_by="Ola", sheet="{}"
        )
        approve(inventory, made.id, "Kim")
