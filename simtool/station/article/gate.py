"""The first article gate: whether cards of a product may be made now, and if not, why and what to do."""

from __future__ import annotations

from simtool.errors import InputError, RefusedError
from simtool.inventory.gate import ArticleState, FirstArticle, approved, approved_digest, first_articles
from simtool.inventory.inventory import Inventory
from simtool.perso.compiled import CompiledProfile
from simtool.station.article.sheet import ArticleSheet, ScriptRow

SHOWN = 3
"""So many changed places are named."""
MAKE = "simtool station first-article make"


def gate_for(inventory: Inventory, batch: str, product: str, compiled: CompiledProfile) -> RefusedError | None:
    """None where cards of this product may be made as `compiled` makes them: a first article made just so is approved.

    Else the reason, with the next step as its hint. Raises `InputError` for an unknown batch.
    """
    if approved_digest(inventory, batch, product) == compiled.digest:
        return None
    article = approved(inventory, batch, product)
    again = f"make another one with {MAKE} {batch} and have it approved by a second person"
    if article is not None:
        said = what_changed(article, compiled)
        return RefusedError(
            f"batch {batch} is locked for {product}: since first article {article.id} was approved {said}", hint=again
        )
    known = [one for one in first_articles(inventory, batch) if one.product == product]
    waiting = next((one for one in known if one.state is ArticleState.WAITING), None)
    if waiting is not None and waiting.digest == compiled.digest:
        return RefusedError(
            f"batch {batch} is locked for {product}: first article {waiting.id} waits for a second person",
            hint=f"look at it with simtool station first-article show {waiting.id}, then approve or refuse it",
        )
    no = (one for one in known if one.state is ArticleState.REFUSED)
    refused = max(no, key=lambda one: one.decided_at, default=None)
    if refused is not None:
        return RefusedError(
            f"batch {batch} is locked for {product}: {refused.decided_by} refused first article {refused.id}: "
            f"{refused.why}",
            hint=again,
        )
    return RefusedError(
        f"batch {batch} is locked for {product}: no first article of it is approved",
        hint=f"make one with {MAKE} {batch} and have it approved by a second person",
    )


def what_changed(article: FirstArticle, compiled: CompiledProfile) -> str:
    """In words, what of a card would be otherwise than on the first article, as far as its sheet tells."""
    try:
        before = set(ArticleSheet.from_json(article.sheet).script)
    except InputError:
        before = set[ScriptRow]()
    now = compiled.script()
    rows = [*(row for row in now if row not in before), *(row for row in before - set(now))] if before else []
    places = sorted({row.place for row in rows})
    if not places:
        return "the profile's numbers, the card product's description or this simtool changed"
    more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
    return f"what cards get in {', '.join(places[:SHOWN])}{more} changed"
