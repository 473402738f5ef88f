"""Visits of cards, and every step of a station torn off at every statement: then the database is as before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simtool.crypto.secret import Secret
from simtool.errors import RefusedError
from simtool.inventory import gate, people, tables, work
from simtool.inventory.audit import history
from simtool.inventory.find import find, standing
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import RecordState
from simtool.inventory.records import records
from simtool.inventory.store import Store
from simtool.inventory.visits import Making, Measures, Tally, begin_visit, break_visit, finish_visit, tally, visits
from tests.inventory.test_batches import made
from tests.inventory.test_claims import begin
from tests.inventory.torn import TornOffError, torn_at

S = RecordState
PIN = Secret(b"394817", "pin")
SPENT = Measures(12.5, 0.25, 140, 9000, 33, 1, 2, "full")


@pytest.fixture
def batch(either: Inventory, profile: Path, monkeypatch: pytest.MonkeyPatch) -> Inventory:
    monkeypatch.setattr(people, "SCRYPT_LOG_N", 4)
    made(either, profile, count=6)
    return either


def everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
    with store.read() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(table.select().order_by(*table.primary_key.columns))]
            for table in tables.metadata.sorted_tables
        }


def held(inventory: Inventory) -> work.Claim:
    (one,) = work.claim(inventory, "b1", holder="north/1")
    return one


def to_claim(inventory: Inventory) -> Callable[[], object]:
    begin(inventory, held(inventory))
    with inventory.store.begin() as connection:
        connection.exec_driver_sql("UPDATE cards SET lease_until = 0 WHERE lease_until IS NOT NULL")
    return lambda: work.claim(inventory, "b1", holder="north/1", wanted_only=True)


def to_claim_card(inventory: Inventory) -> Callable[[], object]:
    iccid = standing(inventory, "b1", [S.GENERATED])[0].iccid
    return lambda: work.claim_card(inventory, "b1", iccid, holder="north/1")


def to_begin(inventory: Inventory) -> Callable[[], object]:
    one = held(inventory)
    return lambda: begin(inventory, one)


def to_finish(inventory: Inventory) -> Callable[[], object]:
    one = held(inventory)
    visit, now = begin(inventory, one), one.record.personalised().with_sqn(one.record.subscription.sqn + 32)
    return lambda: finish_visit(inventory, one, visit, S.GOOD, record=now, measures=SPENT)


def to_break(inventory: Inventory) -> Callable[[], object]:
    visit = begin(inventory, held(inventory))
    return lambda: break_visit(inventory, visit, "taken out", SPENT)


def to_reclaim(inventory: Inventory) -> Callable[[], object]:
    one = held(inventory)
    begin(inventory, one)
    return lambda: work.reclaim(inventory, one.record.iccid.digits, holder="north/1")


def to_take_back(inventory: Inventory) -> Callable[[], object]:
    held(inventory)
    begin(inventory, held(inventory))
    return lambda: work.take_back(inventory, "b1", "north")


def to_move(inventory: Inventory) -> Callable[[], object]:
    one = held(inventory)
    work.release(inventory, one)
    return lambda: work.move(inventory, one.record.iccid.digits, S.QUARANTINED, "scratched")


def to_add_operator(inventory: Inventory) -> Callable[[], object]:
    return lambda: people.add_operator(inventory, "Ann", people.Role.OPERATOR, PIN)


def to_set_pin(inventory: Inventory) -> Callable[[], object]:
    to_add_operator(inventory)()
    return lambda: people.set_pin(inventory, "Ann", Secret(b"270591", "pin"))


def to_propose(inventory: Inventory) -> Callable[[], object]:
    one = held(inventory)
    finish_visit(inventory, one, begin(inventory, one), S.GOOD, record=None, measures=SPENT)
    iccid = one.record.iccid.digits
    return lambda: gate.propose(inventory, "b1", "SJA5", digest="d", iccid=iccid, made_by="Ann", sheet="{}")


def to_approve(inventory: Inventory) -> Callable[[], object]:
    to_propose(inventory)()
    return lambda: gate.approve(inventory, 1, "Bo")


STEPS = [
    to_claim, to_claim_card, to_begin, to_finish, to_break, to_reclaim, to_take_back, to_move, to_add_operator,
    to_set_pin, to_propose, to_approve,
]  # fmt: skip


@pytest.mark.parametrize("prepare", STEPS, ids=[step.__name__ for step in STEPS])
def test_a_step_torn_at_every_statement(batch: Inventory, prepare: Callable[[Inventory], Callable[[], object]]) -> None:
    step = prepare(batch)
    before, torn = everything(batch.store), 0
    while True:
        with torn_at(batch.store, torn + 1):
            try:
                step()
            except TornOffError:
                torn += 1
            else:
                break
        assert everything(batch.store) == before
    after = everything(batch.store)
    assert torn > 3
    assert len(after["audit"]) > len(before["audit"])  # every act is in the log
    assert batch.verify_log()


def test_a_try_that_is_torn_off_is_counted_all_the_same(batch: Inventory) -> None:
    """Otherwise whoever kills the process in time would have tries for nothing."""
    people.add_operator(batch, "Ann", people.Role.OPERATOR, PIN)
    for number in range(5):
        counted = False
        for statement in range(1, 20):
            with torn_at(batch.store, statement), pytest.raises((TornOffError, RefusedError)) as raised:
                people.check_pin(batch, "Ann", Secret(b"%06d" % number, "pin"))
            counted = raised.type is RefusedError
            if counted:
                break
        assert counted
    with pytest.raises(RefusedError, match="too many"):
        people.check_pin(batch, "Ann", PIN)


def test_a_finished_visit_is_one_with_its_record(batch: Inventory) -> None:
    one = held(batch)
    iccid, now = one.record.iccid.digits, one.record.personalised().with_sqn(one.record.subscription.sqn + 32)
    visit = begin(batch, one, chip="8988211000000000001")
    (open_one,) = visits(batch, "b1")
    assert (open_one.id, open_one.end, open_one.ended, open_one.busy) == (visit, "", "", 0.0)
    finish_visit(batch, one, visit, S.REJECTED, record=now, why="no answer", measures=SPENT)
    (ended,) = visits(batch, "b1")
    assert ended == Making(
        visit, "b1", iccid, "8988211000000000001", "SJA5", "north", "1", "Ann", "d1", open_one.began, ended.ended,
        "rejected", "no answer", 12.5, 0.25, 140, 9000, 33, 1, 2, "full",
    )  # fmt: skip
    assert ended.ended >= ended.began
    stored = next(record for record in records(batch, "b1") if record.iccid == one.record.iccid)
    assert stored == now
    found = find(batch, iccid)
    assert [(entry.act, entry.detail) for entry in found.history] == [
        ("claimed", "batch b1, north/1"), ("programming", "SJA5, chip 8988211000000000001"), ("rejected", "no answer"),
    ]  # fmt: skip


def test_what_a_visit_does_not_allow(batch: Inventory) -> None:
    one, other = held(batch), held(batch)
    visit, others = begin(batch, one), begin(batch, other)
    before = everything(batch.store)
    for act in (
        lambda: finish_visit(batch, one, others, S.GOOD, record=None, measures=SPENT),  # another card's visit
        lambda: finish_visit(batch, one, visit + 99, S.GOOD, record=None, measures=SPENT),
        lambda: finish_visit(batch, one, visit, S.GOOD, record=other.record, measures=SPENT),
        lambda: finish_visit(batch, one, visit, S.SHIPPED, record=None, measures=SPENT),
        lambda: finish_visit(batch, one, visit, S.GENERATED, record=None, measures=SPENT),
    ):
        with pytest.raises(RefusedError):
            act()
        assert everything(batch.store) == before
    break_visit(batch, visit, "taken out", SPENT)
    for act in (
        lambda: break_visit(batch, visit, "again", SPENT),
        lambda: finish_visit(batch, one, visit, S.GOOD, record=None, measures=SPENT),
    ):
        with pytest.raises(RefusedError, match="is over"):
            act()
    again = begin(batch, one)  # the record stayed in its holder's hands
    finish_visit(batch, one, again, S.GOOD, record=None, measures=SPENT)
    with pytest.raises(RefusedError, match="claim was lost"):
        begin_visit(batch, one, chip="", product="", station="", slot="", operator="", digest="")


def test_the_tally_counts_by_place_person_and_product(batch: Inventory) -> None:
    def make(slot: str, operator: str, product: str, end: RecordState | None) -> None:
        (one,) = work.claim(batch, "b1", holder=f"north/{slot}")
        visit = begin_visit(
            batch, one, chip="1", product=product, station="north", slot=slot, operator=operator, digest="d"
        )
        if end is not None:
            finish_visit(batch, one, visit, end, record=None, measures=Measures(busy=2.5))

    make("1", "Ann", "SJA5", S.GOOD)
    make("1", "Ann", "SJA5", S.GOOD)
    make("1", "Ann", "SJA5", S.REJECTED)
    make("1", "Bo", "SJA5", S.QUARANTINED)
    make("1", "Bo", "SJS1", None)
    make("2", "Ann", "SJA5", S.GOOD)
    assert tally(batch, "b1") == (
        Tally("north", "1", "Ann", "SJA5", 2, 1, 0, 0, 7.5),
        Tally("north", "1", "Bo", "SJA5", 0, 0, 1, 0, 2.5),
        Tally("north", "1", "Bo", "SJS1", 0, 0, 0, 1, 0.0),
        Tally("north", "2", "Ann", "SJA5", 1, 0, 0, 0, 2.5),
    )
    assert [item.slot for item in visits(batch, "b1", limit=2)] == ["2", "1"]
    assert [item.id for item in visits(batch, "b1", limit=2, before=4)] == [3, 2]
    put_aside = standing(batch, "b1", [S.REJECTED, S.QUARANTINED])
    assert [(card.state, card.who) for card in put_aside] == [(S.REJECTED, "tester"), (S.QUARANTINED, "tester")]
    assert [card.iccid for card in standing(batch, "b1", [S.QUARANTINED], after=put_aside[0].iccid)] == [
        put_aside[1].iccid
    ]
    with batch.store.read() as connection:
        assert [entry.act for entry in history(connection, put_aside[0].iccid)][-1] == "rejected"
