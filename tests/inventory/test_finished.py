"""Finished cards: which they are, how they were made and checked; on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from simtool.errors import InputError, RefusedError
from simtool.inventory.finished import Made, finished_card, finished_cards, finished_iccids, made
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import RecordState
from simtool.inventory.orders import create_batch, order_for
from simtool.inventory.production import generate
from simtool.inventory.visits import Measures, begin_visit, finish_visit
from simtool.inventory.work import claim, finish, move, start

G, R, Q = RecordState.GOOD, RecordState.REJECTED, RecordState.QUARANTINED
VISITS = [
    # product, digest, checked, what came of it
    ("A", "11", "full", G),
    ("A", "11", "full", G),
    ("A", "11", "proof", G),
    ("A", "22", "full", G),
    ("B", "11", "full", G),
    ("B", "11", "full", R),
    ("B", "11", "", Q),
]


@pytest.fixture
def worked(either: Inventory, profile: Path) -> Inventory:
    """A batch `b` of ten: seven visits, one card finished by hand, two untouched. And another batch."""
    for name in ("b", "other"):
        create_batch(either, name, order_for(profile, "ACME", 10))
        generate(either, name)
    for product, digest, checked, end in VISITS:
        visit_card(either, product, digest, checked, end)
    (held,) = claim(either, "b")
    start(either, held)
    finish(either, held, G)
    visit_card(either, "A", "11", "full", G, batch="other")
    return either


def visit_card(
    inventory: Inventory, product: str, digest: str, checked: str, end: RecordState, *, batch: str = "b"
) -> str:
    (held,) = claim(inventory, batch)
    visit = begin_visit(
        inventory, held, chip="c", product=product, station="s", slot="1", operator="o", digest=digest
    )  # fmt: skip
    finish_visit(inventory, held, visit, end, record=None, measures=Measures(checked=checked))
    return held.record.iccid.digits


def test_made(worked: Inventory) -> None:
    assert made(worked, "b") == (
        Made("", "", "", True, 1),
        Made("A", "11", "full", True, 2),
        Made("A", "11", "proof", True, 1),
        Made("A", "22", "full", True, 1),
        Made("B", "11", "full", True, 1),
    )
    assert [item.proved for item in made(worked, "b")] == [False, True, True, True, True]


def test_only_good_and_shipped_cards_are_finished(worked: Inventory) -> None:
    cards = list(finished_cards(worked, "b"))
    assert [card.product for card in cards] == ["A", "A", "A", "A", "B", ""]
    move(worked, cards[0].record.iccid.digits, RecordState.SHIPPED, "parcel 7")
    move(worked, cards[1].record.iccid.digits, RecordState.REJECTED, "scratched")
    left = [card.record.iccid.digits for card in finished_cards(worked, "b")]
    assert left == [card.record.iccid.digits for card in (cards[0], *cards[2:])]
    assert finished_iccids(worked, "b") == tuple(sorted(left))
    assert sum(item.count for item in made(worked, "b")) == 5


def test_the_visit_that_made_it_good_counts(either: Inventory, profile: Path) -> None:
    """A card taken out of quarantine and made once more is of its last good visit."""
    create_batch(either, "b", order_for(profile, "ACME", 1))
    generate(either, "b")
    iccid = visit_card(either, "A", "11", "", Q)
    move(either, iccid, RecordState.GENERATED, "looked at it")
    assert visit_card(either, "B", "22", "proof", G) == iccid
    assert made(either, "b") == (Made("B", "22", "proof", True, 1),)


def test_one_card_with_its_secrets(worked: Inventory) -> None:
    first = next(finished_cards(worked, "b"))
    found = finished_card(worked, first.record.iccid.digits)
    assert (found.record.iccid, found.batch, found.product) == (first.record.iccid, "b", "A")
    assert {item.pin for item in found.record.targets} == {"PIN1", "PUK1", "ADM1"}
    with pytest.raises(InputError, match="there is no card"):
        finished_card(worked, "8949440000009999990")


def test_an_unfinished_card_is_refused(worked: Inventory) -> None:
    (held,) = claim(worked, "b")
    with pytest.raises(RefusedError, match="is claimed"):
        finished_card(worked, held.record.iccid.digits)


def test_more_cards_than_are_read_at_once(either: Inventory, profile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simtool.inventory.finished.ROWS", 2)
    create_batch(either, "b", order_for(profile, "ACME", 5))
    generate(either, "b")
    for _ in range(5):
        visit_card(either, "A", "11", "full", G)
    assert len({card.record.iccid for card in finished_cards(either, "b")}) == 5
