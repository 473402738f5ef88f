"""Records in the hands of slots: never more than wanted, never in two hands, and gone on with by the right one only."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import event

from simtool.errors import InputError, RefusedError
from simtool.inventory import production, work
from simtool.inventory.find import find, reconciliation, standing
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import RecordState
from simtool.inventory.orders import create_batch, order_for
from simtool.inventory.recognise import Known, recognise
from simtool.inventory.visits import Measures, begin_visit, break_visit, finish_visit, visits

S = RecordState
NORTH, SOUTH = "north/1", "south/1"


@pytest.fixture
def batch(either: Inventory, profile: Path) -> Inventory:
    """Ten cards ordered, five spare."""
    create_batch(either, "b1", order_for(profile, "ACME", 10, 50))
    production.generate(either, "b1")
    return either


def begin(inventory: Inventory, held: work.Claim, *, chip: str = "", holder: str = NORTH) -> int:
    station, _, slot = holder.partition("/")
    return begin_visit(
        inventory, held, chip=chip or held.record.iccid.digits, product="SJA5", station=station, slot=slot,
        operator="Ann", digest="d1",
    )  # fmt: skip


def finish(inventory: Inventory, held: work.Claim, visit: int, state: RecordState = S.GOOD) -> None:
    finish_visit(inventory, held, visit, state, record=held.record.personalised(), why="w", measures=Measures())


def claim(inventory: Inventory, holder: str = NORTH) -> work.Claim:
    (held,) = work.claim(inventory, "b1", holder=holder)
    return held


def writing(inventory: Inventory, holder: str = NORTH, *, chip: str = "") -> work.Claim:
    held = claim(inventory, holder)
    begin(inventory, held, chip=chip, holder=holder)
    return held


def an_hour_later(inventory: Inventory) -> None:
    with inventory.store.begin() as connection:
        connection.exec_driver_sql("UPDATE cards SET lease_until = 0 WHERE lease_until IS NOT NULL")


def state_of(inventory: Inventory, held: work.Claim) -> RecordState:
    return find(inventory, held.record.iccid.digits).state


def test_no_more_than_wanted(batch: Inventory) -> None:
    first = work.claim(batch, "b1", count=7, holder=NORTH, wanted_only=True)
    rest = work.claim(batch, "b1", count=7, holder=SOUTH, wanted_only=True)
    assert (len(first), len(rest)) == (7, 3)

    def more() -> int:
        return len(work.claim(batch, "b1", count=7, holder=NORTH, wanted_only=True))

    assert more() == 0
    work.release(batch, rest[0])
    assert more() == 1
    for held, state, room in ((first[0], S.GOOD, 0), (first[1], S.REJECTED, 1), (first[2], S.QUARANTINED, 1)):
        finish(batch, held, begin(batch, held), state)
        assert more() == room, state
    work.move(batch, first[0].record.iccid.digits, S.SHIPPED, "parcel")
    assert more() == 0
    work.move(batch, first[0].record.iccid.digits, S.QUARANTINED, "came back")
    assert more() == 1
    an_hour_later(batch)
    assert more() == 7  # all leases are over; 2 + 2 records are used up or aside
    assert work.claim(batch, "b1", count=100, holder=NORTH) != ()  # spares are there for whoever does not ask


def test_the_count_of_what_is_wanted_reads_no_more_than_the_spares(inventory: Inventory, profile: Path) -> None:
    create_batch(inventory, "b1", order_for(profile, "ACME", 100, 5))
    production.generate(inventory, "b1")
    seen: list[tuple[str, object]] = []
    event.listen(inventory.store._engine, "before_cursor_execute", lambda *now: seen.append(now[2:4]))
    work.claim(inventory, "b1", holder=NORTH, wanted_only=True)
    ((query, values),) = [item for item in seen if "count(*)" in item[0]]  # of the first state they are enough
    assert "LIMIT" in query and 5 + 1 in tuple(values)  # type: ignore[arg-type]
    with inventory.store.read() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all()  # type: ignore[arg-type]
    assert any("USING COVERING INDEX ix_cards_batch_id_state_id" in step[3] for step in plan)


def test_the_record_of_just_this_card(batch: Inventory) -> None:
    iccid = sorted(card.iccid for card in standing(batch, "b1", [S.GENERATED]))[4]
    held = work.claim_card(batch, "b1", iccid, holder=NORTH)
    assert held is not None and held.record.iccid.digits == iccid
    with pytest.raises(RefusedError, match=f"card {iccid} is claimed by north/1"):
        work.claim_card(batch, "b1", iccid, holder=SOUTH)
    again = work.claim_card(batch, "b1", iccid, holder=NORTH)  # the slot's worker was started again
    assert again is not None and again.token != held.token
    with pytest.raises(RefusedError, match="claim was lost"):
        begin(batch, held)
    finish(batch, again, begin(batch, again))
    with pytest.raises(RefusedError, match="is good"):
        work.claim_card(batch, "b1", iccid, holder=NORTH)
    with pytest.raises(RefusedError, match="not of batch b1"):
        work.claim_card(batch, "b1", "8949440000009999999", holder=NORTH)
    with pytest.raises(InputError, match="no batch"):
        work.claim_card(batch, "b2", iccid, holder=NORTH)
    assert len(work.claim(batch, "b1", count=9, holder=SOUTH, wanted_only=True)) == 9
    free = standing(batch, "b1", [S.GENERATED])[0].iccid
    assert work.claim_card(batch, "b1", free, holder=NORTH) is None  # the order needs no more
    assert work.claim_card(batch, "b1", free, holder=NORTH, wanted_only=False) is not None


def left_at_work(inventory: Inventory, held: work.Claim) -> None:
    """Nothing happened: the slot is alive, or nobody has noticed that it is not."""


def given_up_unfinished(inventory: Inventory, held: work.Claim) -> None:
    """Another card came in its place, and that slot went on with that one."""
    break_visit(inventory, visits(inventory, "b1")[0].id, "taken out", Measures())


def lease_over(inventory: Inventory, held: work.Claim) -> None:
    an_hour_later(inventory)


def quarantined_by_lease(inventory: Inventory, held: work.Claim) -> None:
    an_hour_later(inventory)
    work.expire(inventory, "b1")


def station_again(inventory: Inventory, held: work.Claim) -> None:
    assert work.take_back(inventory, "b1", "north").unfinished == (held.record.iccid.digits,)


def slot_again(inventory: Inventory, held: work.Claim) -> None:
    assert work.take_back(inventory, "b1", NORTH).unfinished == (held.record.iccid.digits,)


def other_station_again(inventory: Inventory, held: work.Claim) -> None:
    assert work.take_back(inventory, "b1", "nor") == work.TakenBack(0, ())
    assert work.take_back(inventory, "b1", "north/11") == work.TakenBack(0, ())
    assert work.take_back(inventory, "b1", "1") == work.TakenBack(0, ())


def rejected(inventory: Inventory, held: work.Claim) -> None:
    work.finish(inventory, held, S.REJECTED)


def quarantined_by_station(inventory: Inventory, held: work.Claim) -> None:
    work.finish(inventory, held, S.QUARANTINED, why="strange")


def quarantined_by_hand(inventory: Inventory, held: work.Claim) -> None:
    quarantined_by_lease(inventory, held)
    work.move(inventory, held.record.iccid.digits, S.GOOD, "looked at")
    work.move(inventory, held.record.iccid.digits, S.QUARANTINED, "looked again")


RECLAIMS = [
    # how the record was left by north/1, and which slots may go on with it
    (left_at_work, {NORTH}),
    (given_up_unfinished, {NORTH, "north/2"}),
    (lease_over, {NORTH, "north/2", SOUTH}),
    (quarantined_by_lease, {NORTH, "north/2", SOUTH}),
    (station_again, {NORTH, "north/2"}),
    (slot_again, {NORTH, "north/2"}),
    (other_station_again, {NORTH}),
    (rejected, set()),
    (quarantined_by_station, set()),
    (quarantined_by_hand, set()),
]


@pytest.mark.parametrize("holder", [NORTH, "north/2", SOUTH])
@pytest.mark.parametrize(("left", "allowed"), RECLAIMS, ids=[row[0].__name__ for row in RECLAIMS])
def test_who_may_go_on_with_a_torn_card(batch: Inventory, left: object, allowed: set[str], holder: str) -> None:
    held = writing(batch)
    iccid = held.record.iccid.digits
    left(batch, held)  # type: ignore[operator]
    known = recognise(batch, iccid, holder=holder)
    assert known is not None and known.resumable is (holder in allowed)
    if holder not in allowed:
        before = find(batch, iccid)
        with pytest.raises(RefusedError, match=f"card {iccid}"):
            work.reclaim(batch, iccid, holder=holder)
        assert find(batch, iccid) == before
        return
    again = work.reclaim(batch, iccid, holder=holder)
    assert again.record == held.record and again.token != held.token
    with pytest.raises(RefusedError, match="claim was lost"):  # the earlier life changes nothing any more
        work.finish(batch, held, S.REJECTED)
    with pytest.raises(RefusedError, match="claim was lost"):
        work.renew(batch, held)
    finish(batch, again, begin(batch, again, holder=holder))
    assert find(batch, iccid).state is S.GOOD
    assert [item.end for item in visits(batch, "b1")] == ["good", "unfinished"]
    assert batch.verify_log()


BY_HAND = [
    # how the record was left, and whether a supervisor may say what came of its card
    (left_at_work, False),
    (other_station_again, False),
    (given_up_unfinished, True),
    (station_again, True),
    (slot_again, True),
]


@pytest.mark.parametrize("state", [S.REJECTED, S.QUARANTINED])
@pytest.mark.parametrize(("left", "allowed"), BY_HAND, ids=[row[0].__name__ for row in BY_HAND])
def test_a_card_that_no_slot_has_may_be_rejected_by_hand(
    batch: Inventory, left: object, allowed: bool, state: RecordState
) -> None:
    """As when a card that was torn by a station's end turns out to be dead: nothing can be read on it any more."""
    held = writing(batch)
    iccid = held.record.iccid.digits
    left(batch, held)  # type: ignore[operator]
    before = find(batch, iccid)
    with pytest.raises(RefusedError, match="is programming at a station"):
        work.move(batch, iccid, S.GOOD if allowed else state, "dead, in the reject box")
    assert find(batch, iccid) == before
    if not allowed:
        return
    work.move(batch, iccid, state, "dead, in the reject box")
    assert find(batch, iccid).state is state
    assert [item.end for item in visits(batch, "b1")] == ["unfinished"]
    assert not work.may_reclaim(state, None, None, NORTH, late=False, at_work=False)
    with pytest.raises(RefusedError, match="claim was lost"):
        work.renew(batch, held)
    with pytest.raises(RefusedError, match=f"card {iccid}"):
        work.reclaim(batch, iccid, holder=NORTH)
    assert batch.verify_log()


def test_records_that_nobody_began_are_not_gone_on_with(batch: Inventory) -> None:
    held = claim(batch)
    free = standing(batch, "b1", [S.GENERATED])[0].iccid
    for iccid in (held.record.iccid.digits, free, "8949440000009999999"):
        with pytest.raises(RefusedError):
            work.reclaim(batch, iccid, holder=NORTH)


def test_a_torn_card_of_an_order_that_was_completed_meanwhile(batch: Inventory) -> None:
    torn = writing(batch)
    an_hour_later(batch)
    for held in work.claim(batch, "b1", count=10, holder=SOUTH, wanted_only=True):
        finish(batch, held, begin(batch, held, holder=SOUTH))
    assert reconciliation(batch, "b1").good == 10
    with pytest.raises(RefusedError, match="needs no more cards"):
        work.reclaim(batch, torn.record.iccid.digits, holder=NORTH)
    assert state_of(batch, torn) is S.QUARANTINED
    assert work.reclaim(batch, torn.record.iccid.digits, holder=NORTH, wanted_only=False)


def test_a_station_that_starts_again(batch: Inventory) -> None:
    only_claimed, torn = claim(batch), writing(batch)
    foreign = claim(batch, "north-2/1"), writing(batch, "north-2/1"), claim(batch, "south/north/1")
    nameless = claim(batch, "")
    assert work.take_back(batch, "b1", "north") == work.TakenBack(1, (torn.record.iccid.digits,))
    assert state_of(batch, only_claimed) is S.GENERATED
    for dead in (only_claimed, torn):  # a worker of the earlier life that does not know it yet
        with pytest.raises(RefusedError, match="claim was lost"):
            begin(batch, dead)
    for alive in foreign:
        work.renew(batch, alive)
    work.renew(batch, nameless)
    assert work.take_back(batch, "b1", "north").freed == 0
    with pytest.raises(InputError):
        work.take_back(batch, "b1", "")


def known(inventory: Inventory, iccid: str, holder: str = NORTH) -> Known:
    found = recognise(inventory, iccid, holder=holder)
    assert found is not None
    return found


def test_a_card_is_recognised_by_its_number(batch: Inventory) -> None:
    held = claim(batch)
    iccid = held.record.iccid.digits
    assert known(batch, iccid) == Known(iccid, "b1", S.CLAIMED, NORTH, None, False)
    visit = begin(batch, held)
    assert (known(batch, iccid).state, known(batch, iccid).resumable) == (S.PROGRAMMING, True)
    break_visit(batch, visit, "taken out", Measures(tpdus=7))
    last = known(batch, iccid).visit
    assert last is not None and (last.end, last.cause, last.tpdus, last.iccid) == ("unfinished", "taken out", 7, iccid)
    finish(batch, held, begin(batch, held))
    assert (known(batch, iccid).state, known(batch, iccid).holder, known(batch, iccid).resumable) == (S.GOOD, "", False)
    assert recognise(batch, "8949440000009999999") is None


CHIP = "8988211000000000001"


def test_a_torn_chip_is_recognised_by_the_number_that_it_came_with(batch: Inventory) -> None:
    held = writing(batch, chip=CHIP)
    iccid = held.record.iccid.digits
    assert known(batch, CHIP).iccid == known(batch, iccid).iccid == iccid
    assert recognise(batch, CHIP, holder="north/2") is None  # held elsewhere: it may be another chip of that number
    work.take_back(batch, "b1", "north")
    again = work.reclaim(batch, known(batch, CHIP, "north/2").iccid, holder="north/2")
    finish(batch, again, begin(batch, again, chip=CHIP, holder="north/2"))
    assert recognise(batch, CHIP) is None  # that card has the record's number now: this is another one
    assert known(batch, iccid).state is S.GOOD


def test_a_rejected_chip_is_recognised(batch: Inventory) -> None:
    held = claim(batch)
    finish(batch, held, begin(batch, held, chip=CHIP), S.REJECTED)
    assert known(batch, CHIP).state is S.REJECTED


def test_chips_that_all_carry_one_number_are_not_told_apart_by_it(batch: Inventory) -> None:
    for _ in range(2):
        writing(batch, chip=CHIP)
    work.take_back(batch, "b1", "north")
    assert recognise(batch, CHIP, holder=NORTH) is None


def test_recognising_is_a_step_in_an_index(inventory: Inventory, profile: Path) -> None:
    create_batch(inventory, "b1", order_for(profile, "ACME", 10))
    production.generate(inventory, "b1")
    writing(inventory, chip=CHIP)
    seen: list[tuple[str, object]] = []
    event.listen(inventory.store._engine, "before_cursor_execute", lambda *now: seen.append(now[2:4]))
    assert recognise(inventory, CHIP, holder=NORTH) is not None
    queries = [item for item in seen if item[0].startswith("SELECT")]
    assert len(queries) == 4
    with inventory.store.read() as connection:
        for query, values in queries:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all()  # type: ignore[arg-type]
            assert [step[3] for step in plan if step[3].startswith("SCAN") and step[3] != "SCAN CONSTANT ROW"] == []
