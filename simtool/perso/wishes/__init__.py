"""What a profile and a record wish for, file by file, as values: one module per section of the profile.

The places are the standards'; a product is asked only where a value depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator

from simtool.files.path import split_record
from simtool.files.product import CardModel
from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord
from simtool.perso.wishes.base import Wish, whole, wish
from simtool.perso.wishes.branding import branding
from simtool.perso.wishes.identity import card_number, identity
from simtool.perso.wishes.network import network
from simtool.perso.wishes.services import ims, services
from simtool.perso.wishes.tables import service_tables

__all__ = ["Wish", "whole", "wishes"]

FIRST_RECORD = 1


def wishes(profile: Profile, record: CardRecord, model: CardModel | None = None) -> Iterator[Wish]:
    """Everything but the keys, in the order of the profile."""
    subscription = record.subscription
    yield from card_number(record)
    yield from identity(profile, subscription)
    yield from branding(profile, model)
    yield from network(profile.network, subscription)
    yield from services(profile.services)
    if profile.ims is not None:
        yield from ims(profile, profile.ims, subscription)
    yield from service_tables(profile, subscription, model)
    for name, value in profile.files.items():
        path, number = split_record(name)
        yield wish(f"files.{name}", [str(path)], value, first_record=number or FIRST_RECORD)
