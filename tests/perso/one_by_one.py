"""A profile rendered the plain way: every wish of one card, one after the other, nothing worked out beforehand.

The judge of `simtool.perso.compiled`, which settles most of it before there is a record.
"""

from __future__ import annotations

from simtool.errors import CodecError
from simtool.files.path import FilePath
from simtool.files.product import CardModel
from simtool.perso.image import Content, Unit
from simtool.perso.keys import fields_kept_with_keys
from simtool.perso.kinds import may_write
from simtool.perso.placing import make, place, places_of
from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord
from simtool.perso.structure import Structure
from simtool.perso.wishes import Wish, wishes


def one_by_one(
    profile: Profile, record: CardRecord, model: CardModel
) -> tuple[dict[Unit, Content], dict[Unit, str], CardModel, set[FilePath], set[str]]:
    """What stands in files without keys and from where, the product afterwards, what changed of it, and reasons."""
    structure = Structure(model)
    units: dict[Unit, Content] = {}
    origins: dict[Unit, str] = {}
    reasons: set[str] = set()
    answered: set[str] = set()
    unanswered: list[Wish] = []
    for wish in wishes(profile, record, model):
        if not may_write(profile.operator.kind, wish.origin):
            continue
        if wish.field in fields_kept_with_keys(model):
            answered.add(wish.origin)
            continue
        try:
            placed = place(wish, places_of(wish, structure.model), structure)
        except CodecError as error:
            reasons.add(f"{wish.origin}: {error}")
            continue
        if placed:
            answered.add(wish.origin)
        elif wish.required:
            unanswered.append(wish)
        for unit, content in placed:
            units[unit] = content.over(units[unit]) if unit in units else content
            before = origins.get(unit, "")
            origins[unit] = wish.origin if before in ("", wish.origin) else f"{before}, {wish.origin}"
    for wish in unanswered:
        if wish.origin not in answered:
            try:
                for unit, content in make(wish, structure):
                    units[unit], origins[unit] = content, wish.origin
            except CodecError as error:
                reasons.add(f"{wish.origin}: {error}")
    return units, origins, structure.model, set(structure.changed), reasons
