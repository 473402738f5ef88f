"""The first article of a batch: one card of each product is made, a second person looks at it, then the rest may be.

A batch is bound to the digest of what was approved: whoever makes cards compares it with that of his compiled profile.
How a first article is made and what its sheet says are the station's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, update

from simtool.batch.order import BatchState
from simtool.errors import InputError, RefusedError
from simtool.inventory import tables
from simtool.inventory.inventory import Inventory, utc_now
from simtool.inventory.life import RecordState
from simtool.inventory.orders import find_batch
from simtool.inventory.people import same_person

MADE = (RecordState.GOOD, RecordState.SHIPPED)


class ArticleState(Enum):
    """What was decided of a first article."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class FirstArticle:
    """A first article. `iccid` is its card's record, `sheet` JSON text without secrets; times are ISO 8601.

    While it waits `decided_by`, `decided_at` and `why` are empty.
    """

    id: int
    batch: str
    product: str
    digest: str
    iccid: str
    state: ArticleState
    made_by: str
    made_at: str
    decided_by: str
    decided_at: str
    why: str
    sheet: str


def propose(
    inventory: Inventory, batch: str, product: str, *, digest: str, iccid: str, made_by: str, sheet: str
) -> FirstArticle:
    """Put a first article before the second person. `digest` is that of the compiled profile it was made with.

    Raises `InputError` for an unknown batch, a card that is not of it, or nobody's name.
    """
    with inventory.act() as act:
        found, cards = find_batch(act.connection, batch), tables.cards
        mine = select(cards.c.id).where(cards.c.iccid == iccid, cards.c.batch_id == found.id)
        if act.connection.execute(mine).one_or_none() is None:
            raise InputError(f"card {iccid} is not of batch {batch}")
        row = {
            "batch_id": found.id, "product": product, "digest": digest, "iccid": iccid, "made_by": _person(made_by),
            "made_at": utc_now(), "state": ArticleState.WAITING.value, "decided_by": "", "decided_at": "",
            "decision": 0, "why": "", "sheet": sheet,
        }  # fmt: skip
        table = tables.first_articles
        made = act.connection.execute(insert(table).values(row).returning(table.c.id)).scalar_one()
        act.note("first article made", batch, f"{made}: {product}, card {iccid}, digest {digest}, by {made_by}")
        return _one(act.connection, int(made))


def approve(inventory: Inventory, id: int, by: str) -> FirstArticle:
    """Let cards of this batch and product be made as the first article was.

    Raises `RefusedError` for the person who made it, for one that is decided, and where its card is not good (any
    more); `InputError` for an unknown one or nobody's name.
    """
    return _decide(inventory, id, ArticleState.APPROVED, by, "")


def refuse(inventory: Inventory, id: int, by: str, why: str) -> FirstArticle:
    """Say no, with a reason: nothing more is made until another first article is approved. An approval ends so, too.

    Raises `RefusedError` for the person who made it and for one that was refused, `InputError` without a reason.
    """
    if not why.strip():
        raise InputError("a refusal needs a reason", field="--why")
    return _decide(inventory, id, ArticleState.REFUSED, by, why.strip())


def approved(inventory: Inventory, batch: str, product: str) -> FirstArticle | None:
    """The first article by which cards of this product may be made; None where the last decision was a refusal."""
    table = tables.first_articles
    with inventory.store.read() as connection:
        found = find_batch(connection, batch)
        query = _articles().where(table.c.batch_id == found.id, table.c.product == product, table.c.decision > 0)
        row = connection.execute(query.order_by(table.c.decision.desc()).limit(1)).one_or_none()
    return _article(row) if row is not None and row.state == ArticleState.APPROVED.value else None


def approved_digest(inventory: Inventory, batch: str, product: str) -> str:
    """The digest alone of what `approved` gives, without reading its sheet: asked for every card. Empty if none is."""
    table = tables.first_articles
    with inventory.store.read() as connection:
        found = find_batch(connection, batch)
        query = select(table.c.state, table.c.digest).where(
            table.c.batch_id == found.id, table.c.product == product, table.c.decision > 0
        )
        row = connection.execute(query.order_by(table.c.decision.desc()).limit(1)).one_or_none()
    return str(row.digest) if row is not None and row.state == ArticleState.APPROVED.value else ""


def first_articles(inventory: Inventory, batch: str = "") -> tuple[FirstArticle, ...]:
    """All of a batch, or of all batches, the newest first."""
    table, query = tables.first_articles, _articles()
    with inventory.store.read() as connection:
        if batch:
            query = query.where(table.c.batch_id == find_batch(connection, batch).id)
        return tuple(_article(row) for row in connection.execute(query.order_by(table.c.id.desc())))


def first_article(inventory: Inventory, id: int) -> FirstArticle:
    """Raises `InputError` when there is none of that number."""
    with inventory.store.read() as connection:
        return _one(connection, id)


def _one(connection: Connection, id: int) -> FirstArticle:
    row = connection.execute(_articles().where(tables.first_articles.c.id == id)).one_or_none()
    if row is None:
        raise InputError(f"there is no first article {id}", hint="simtool station first-article list")
    return _article(row)


def _decide(inventory: Inventory, id: int, state: ArticleState, by: str, why: str) -> FirstArticle:
    person = _person(by)
    with inventory.act() as act:
        table, batches = tables.first_articles, tables.batches
        now = _one(act.connection, id)
        # whoever decides about the same batch waits, so that decisions are counted one by one
        locked = (
            select(batches.c.id, batches.c.state).where(batches.c.name == now.batch).with_for_update(key_share=True)
        )
        batch = act.connection.execute(locked).one()
        now = _one(act.connection, id)
        if same_person(person, now.made_by):
            raise RefusedError(f"{person} made first article {id}", hint="a second person has to decide")
        if now.state is state or (state is ArticleState.APPROVED and now.state is not ArticleState.WAITING):
            raise RefusedError(f"first article {id} is {now.state.value}", hint="make another one")
        if state is ArticleState.APPROVED:
            if batch.state != BatchState.GENERATED.value:
                raise RefusedError(f"batch {now.batch} is {batch.state}", hint="only generated batches are worked on")
            card = select(tables.cards.c.state).where(tables.cards.c.iccid == now.iccid)
            found = RecordState(act.connection.execute(card).scalar_one())
            if found not in MADE:
                raise RefusedError(f"card {now.iccid} of first article {id} is {found.value}", hint="make another one")
        last = select(func.coalesce(func.max(table.c.decision), 0)).where(table.c.batch_id == batch.id)
        number = act.connection.execute(last).scalar_one() + 1
        values = {
            "state": state.value, "decided_by": person, "decided_at": utc_now(), "decision": number, "why": why,
        }  # fmt: skip
        act.connection.execute(update(table).where(table.c.id == id).values(values))
        said = f"{id}: {now.product}, card {now.iccid}, digest {now.digest}, by {person}" + (f", {why}" if why else "")
        act.note(f"first article {state.value}", now.batch, said)
        return _one(act.connection, id)


def _person(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise InputError("a first article is made and decided by somebody with a name", field="--by")
    return name


def _articles() -> Select[Any]:
    table, batches = tables.first_articles, tables.batches
    return select(table, batches.c.name.label("batch")).join(batches, batches.c.id == table.c.batch_id)


def _article(row: Any) -> FirstArticle:
    return FirstArticle(
        row.id, row.batch, row.product, row.digest, row.iccid, ArticleState(row.state), row.made_by, row.made_at,
        row.decided_by, row.decided_at, row.why, row.sheet,
    )  # fmt: skip
