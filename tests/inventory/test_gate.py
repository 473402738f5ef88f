"""The first article: who may say yes to what, and what holds afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from simtool.errors import InputError, RefusedError
from simtool.inventory import ending, gate, work
from simtool.inventory.audit import history
from simtool.inventory.gate import ArticleState, FirstArticle, approve, first_articles, propose, refuse
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import RecordState
from tests.inventory.test_batches import made

DIGEST = "ab" * 32


@pytest.fixture
def batch(either: Inventory, profile: Path) -> Inventory:
    made(either, profile)
    return either


def good_card(inventory: Inventory) -> str:
    (held,) = work.claim(inventory, "b1", holder="north/1")
    work.start(inventory, held)
    work.finish(inventory, held, RecordState.GOOD)
    return held.record.iccid.digits


def article(inventory: Inventory, *, product: str = "SJA5", digest: str = DIGEST, by: str = "Ann") -> FirstArticle:
    sheet = '{"form": 1}'
    return propose(inventory, "b1", product, digest=digest, iccid=good_card(inventory), made_by=by, sheet=sheet)


def approved(inventory: Inventory, batch: str, product: str) -> FirstArticle | None:
    """What the gate says, asked in both of its ways."""
    found = gate.approved(inventory, batch, product)
    assert gate.approved_digest(inventory, batch, product) == (found.digest if found is not None else "")
    return found


def test_a_second_person_lets_cards_be_made(batch: Inventory) -> None:
    assert approved(batch, "b1", "SJA5") is None
    waiting = article(batch)
    assert (waiting.id, waiting.state, waiting.decided_by) == (1, ArticleState.WAITING, "")
    assert approved(batch, "b1", "SJA5") is None
    for same in ("Ann", "ann", " ANN "):
        with pytest.raises(RefusedError, match="made first article 1"):
            approve(batch, 1, same)
        with pytest.raises(RefusedError, match="made first article 1"):
            refuse(batch, 1, same, "no")
    yes = approve(batch, 1, "Bo")
    assert (yes.state, yes.decided_by, yes.digest, yes.sheet) == (ArticleState.APPROVED, "Bo", DIGEST, '{"form": 1}')
    assert approved(batch, "b1", "SJA5") == yes == gate.first_article(batch, 1)
    assert approved(batch, "b1", "SJS1") is None  # each product has its own
    with pytest.raises(RefusedError, match="is approved"):
        approve(batch, 1, "Cy")
    with batch.store.read() as connection:
        acts = [(entry.act, entry.detail) for entry in history(connection, "b1")][2:]
    said = f"1: SJA5, card {yes.iccid}, digest {DIGEST}, by"
    assert acts == [("first article made", f"{said} Ann"), ("first article approved", f"{said} Bo")]
    assert batch.verify_log()


def test_the_latest_decision_counts(batch: Inventory) -> None:
    first, second = article(batch), article(batch, digest="cd" * 32)
    assert [item.id for item in first_articles(batch)] == [2, 1] == [item.id for item in first_articles(batch, "b1")]
    approve(batch, second.id, "Bo")
    approve(batch, first.id, "Bo")
    found = approved(batch, "b1", "SJA5")
    assert found is not None and found.digest == DIGEST  # whatever the clocks say
    third = article(batch)
    assert approved(batch, "b1", "SJA5") == found  # a new one that waits changes nothing
    no = refuse(batch, third.id, "Bo", "label is blurred")
    assert (no.state, no.why) == (ArticleState.REFUSED, "label is blurred")
    assert approved(batch, "b1", "SJA5") is None
    for again in (lambda: approve(batch, third.id, "Bo"), lambda: refuse(batch, third.id, "Cy", "no")):
        with pytest.raises(RefusedError, match="is refused"):
            again()
    approve(batch, article(batch).id, "Bo")
    assert approved(batch, "b1", "SJA5") is not None
    refuse(batch, 4, "Cy", "seen too late")  # an approval ends with a refusal
    assert approved(batch, "b1", "SJA5") is None


def test_a_card_that_is_not_good_is_no_first_article(batch: Inventory) -> None:
    waiting = article(batch)
    work.move(batch, waiting.iccid, RecordState.QUARANTINED, "scratched")
    with pytest.raises(RefusedError, match="is quarantined"):
        approve(batch, waiting.id, "Bo")
    refuse(batch, waiting.id, "Bo", "scratched")


def test_what_is_not_there_or_over(batch: Inventory) -> None:
    waiting = article(batch)
    for act, said in (
        (lambda: approve(batch, 99, "Bo"), "no first article 99"),
        (lambda: approve(batch, 1, " "), "somebody with a name"),
        (lambda: refuse(batch, 1, "Bo", " "), "needs a reason"),
        (lambda: article(batch, by=""), "somebody with a name"),
        (lambda: approved(batch, "b2", "SJA5"), "no batch"),
        (lambda: first_articles(batch, "b2"), "no batch"),
    ):
        with pytest.raises(InputError, match=said):
            act()
    with pytest.raises(InputError, match="is not of batch"):
        propose(batch, "b1", "SJA5", digest=DIGEST, iccid="8949440000009999999", made_by="Ann", sheet="")
    ending.close_batch(batch, "b1")
    with pytest.raises(RefusedError, match="is closed"):
        approve(batch, waiting.id, "Bo")
