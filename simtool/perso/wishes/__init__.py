"""What a profile and a record wish for, file by file, as values: one module per section of the profile.

What the profile alone says is a `Wish`, what needs the card's record a `CardWish`. The places are the standards'; a
product is asked only where a value depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator

from simtool.files.path import split_record
from simtool.files.product import CardModel
from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord
from simtool.perso.wishes.base import CardWish, Wish, whole, wish
from simtool.perso.wishes.branding import branding
from simtool.perso.wishes.identity import card_number, identity
from simtool.perso.wishes.network import network
from simtool.perso.wishes.services import ims, services
from simtool.perso.wishes.tables import service_tables

__all__ = ["CardWish", "Wish", "outline", "whole", "wishes"]

FIRST_RECORD = 1


def wishes(profile: Profile, record: CardRecord, model: CardModel | None = None) -> Iterator[Wish]:
    """Everything but the keys, in the order of the profile."""
    for part in outline(profile, model):
        found = part.of(record) if isinstance(part, CardWish) else part
        if found is not None:
            yield found


def outline(profile: Profile, model: CardModel | None = None) -> Iterator[Wish | CardWish]:
    """The same for every card: what each record gives is still open."""
    yield card_number()
    yield from identity(profile)
    yield from branding(profile, model)
    yield from network(profile.network)
    yield from services(profile.services)
    if profile.ims is not None:
        yield from ims(profile, profile.ims)
    yield from service_tables(profile, model)
    for name, value in profile.files.items():
        path, number = split_record(name)
        yield wish(f"files.{name}", [str(path)], value, first_record=number or FIRST_RECORD)
