"""From meaning to bytes: what a profile and a record want on one card product.

Each wish names the places where the standards keep it (the 2G, USIM and ISIM twins); the product decides which of
them exist, and which are one and the same through links. Nothing here touches a card.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simtool.codec.access import AccessMode
from simtool.errors import CodecError, EncodeError, PlanError
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileSpec
from simtool.perso.access import NEVER, right
from simtool.perso.image import BODY, CardImage, Content, Unit
from simtool.perso.keys import fields_kept_with_keys, key_contents, refused_settings
from simtool.perso.ota_keys import ORIGIN as KEY_SETS
from simtool.perso.ota_keys import key_set_contents
from simtool.perso.pin_policy import PinWish, pin_wishes
from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord, Credential
from simtool.perso.rooms import place_of
from simtool.perso.wishes import Wish, wishes

HINT = "change the profile, or take another card product"


@dataclass(frozen=True, slots=True)
class DesiredCard:
    """The wanted content of one card of one product, the credentials that open it, and those that shall change."""

    model: CardModel
    iccid: str
    image: CardImage
    credentials: tuple[Credential, ...]
    pins: tuple[PinWish, ...] = ()


def render(profile: Profile, record: CardRecord, model: CardModel) -> DesiredCard:
    """What this card shall hold. Raises `PlanError` with every wish that this product has no room for."""
    desired, reasons = render_possible(profile, record, model)
    if reasons:
        raise PlanError(reasons, hint=HINT)
    return desired


def render_possible(profile: Profile, record: CardRecord, model: CardModel) -> tuple[DesiredCard, tuple[str, ...]]:
    """What of the profile this product has room for, and the reasons why the rest has none."""
    units: dict[Unit, Content] = {}
    origins: dict[Unit, str] = {}
    reasons: list[str] = []
    answered: set[str] = set()
    unanswered: list[Wish] = []
    kept = fields_kept_with_keys(model)
    beside: dict[str, bytes] = {}
    for wish in wishes(profile, record):
        try:
            if wish.field in kept:
                beside[wish.field] = wish.coding(wish.paths[0], wish.values[0], kept[wish.field]).data
                answered.add(wish.origin)
                continue
            placed = list(_place(wish, model))
        except CodecError as error:
            reasons.append(f"{wish.origin}: {error}")
            continue
        if placed:
            answered.add(wish.origin)
        elif wish.required:
            unanswered.append(wish)
        for unit, content in placed:
            units[unit] = content.over(units[unit]) if unit in units else content
            origins[unit] = _joined(origins.get(unit, ""), wish.origin)
    for wish in unanswered:
        if wish.origin not in answered:
            reasons.append(f"{wish.origin}: {model.name} has none of {', '.join(map(str, wish.paths))}")
    keys = key_contents(record, model, beside)
    if not keys:
        reasons.append(f"authentication: {model.name} cannot do {record.subscription.algorithm} in any application")
    for unit, content in keys.items():
        units[unit], origins[unit] = content, "authentication"
    reasons += refused_settings(record.subscription, model)
    for unit, content in key_set_contents(profile.authentication.key_sets, record, model, reasons):
        units[unit], origins[unit] = content, KEY_SETS
    pin1 = profile.authentication.pins.get("PIN1")
    pins = pin_wishes(record, model, pin1.enabled if pin1 else None, reasons)
    known = {pin.name for pin in model.pins}
    credentials = tuple(credential for credential in record.credentials if credential.pin in known)
    desired = DesiredCard(model, record.iccid.digits, CardImage(units, origins), credentials, pins)
    return desired, tuple(dict.fromkeys(reasons))


def _place(wish: Wish, model: CardModel) -> Iterator[tuple[Unit, Content]]:
    """The wish in every place that the product has, once per content that is shared."""
    for path in dict.fromkeys(place for name in wish.paths if (place := place_of(model, name)) is not None):
        spec = model.file(path)
        if not wish.required and right(model, path, AccessMode.UPDATE) == NEVER:
            continue
        last = wish.first_record + len(wish.values) - 1
        if spec.records is not None and last > spec.records:
            raise EncodeError(f"{path} has {spec.records} record{'s' * (spec.records != 1)}, {last} are needed")
        for number, content in enumerate(_contents(wish, path, spec), start=wish.first_record):
            yield Unit(path, number if spec.type.has_records else BODY), content


def _contents(wish: Wish, path: FilePath, spec: FileSpec) -> Iterator[Content]:
    size = spec.record_length if spec.type.has_records else spec.size
    for value in wish.values:
        yield wish.coding(path, value, size or 0)


def _joined(first: str, second: str) -> str:
    return second if not first or first == second else f"{first}, {second}"
