"""From meaning to bytes: what a profile and a record want on one card product.

Each wish names the places where the standards keep it (the 2G, USIM and ISIM twins); the product decides which of
them exist, and which are one and the same through links. Nothing here touches a card. For many cards of one product
`simtool.perso.compiled` does once what is the same for all of them; for a single one it does all of it.
"""

from __future__ import annotations

from simtool.errors import PlanError
from simtool.files.product import CardModel
from simtool.perso.compiled import compile_profile
from simtool.perso.desired import DesiredCard
from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord

__all__ = ["HINT", "DesiredCard", "render", "render_possible"]

HINT = "change the profile, or take another card product"


def render(profile: Profile, record: CardRecord, model: CardModel) -> DesiredCard:
    """What this card shall hold.

    Files that are too small or missing are enlarged or made where the product allows it. Raises `PlanError` with every
    wish that this product has no room for.
    """
    desired, reasons = render_possible(profile, record, model)
    if reasons:
        raise PlanError(reasons, hint=HINT)
    return desired


def render_possible(profile: Profile, record: CardRecord, model: CardModel) -> tuple[DesiredCard, tuple[str, ...]]:
    """What of the profile this product has room for, and the reasons why the rest has none."""
    return compile_profile(profile, model).render(record, model)
