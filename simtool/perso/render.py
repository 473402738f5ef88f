"""From meaning to bytes: what a profile and a record want on one card product.

Each wish names the places where the standards keep it (the 2G, USIM and ISIM twins); the product decides which of
them exist, and which are one and the same through links. Nothing here touches a card.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from simtool.codec.access import AccessMode
from simtool.errors import CodecError, EncodeError, PlanError
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileSpec
from simtool.perso.access import NEVER, right
from simtool.perso.image import BODY, CardImage, Content, Unit
from simtool.perso.keys import fields_kept_with_keys, key_contents
from simtool.perso.kinds import GUARDED, may_write
from simtool.perso.pin_policy import PinWish, pin_wishes
from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord, Credential
from simtool.perso.rooms import place_of
from simtool.perso.sections import OperatorKind
from simtool.perso.wishes import Wish, wishes

KEYS = "authentication"


@dataclass(frozen=True, slots=True)
class DesiredCard:
    """The wanted content of one card of one product, the credentials that open it, and those that shall change.

    `guarded` is what has to be on the card already and is never written: what belongs to the host.
    """

    model: CardModel
    iccid: str
    image: CardImage
    credentials: tuple[Credential, ...]
    pins: tuple[PinWish, ...] = ()
    guarded: CardImage = CardImage()


def render(profile: Profile, record: CardRecord, model: CardModel) -> DesiredCard:
    """What this card shall hold. Raises `PlanError` with every wish that this product has no room for."""
    kind = profile.operator.kind
    units: dict[Unit, Content] = {}
    guarded: dict[Unit, Content] = {}
    origins: dict[Unit, str] = {}
    reasons = list(_not_yet(profile))
    answered: set[str] = set()
    unanswered: list[Wish] = []
    kept = fields_kept_with_keys(model)
    beside: dict[str, bytes] = {}
    for wish in wishes(profile, record, model):
        try:
            if not may_write(kind, wish.origin):
                if wish.origin in GUARDED:
                    guarded.update(_place(wish, model))
                continue
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
    for unit, content in _keys(kind, record, model, beside, reasons).items():
        units[unit], origins[unit] = content, KEYS
    pin1 = profile.authentication.pins.get("PIN1")
    pins = pin_wishes(record, model, pin1.enabled if pin1 else None, reasons)
    if reasons:
        raise PlanError(tuple(dict.fromkeys(reasons)), hint="change the profile, or take another card product")
    known = {pin.name for pin in model.pins}
    credentials = tuple(credential for credential in record.credentials if credential.pin in known)
    image = CardImage(units, origins)
    return DesiredCard(model, record.iccid.digits, image, credentials, pins, CardImage(guarded))


def _not_yet(profile: Profile) -> Iterator[str]:
    """What a profile may declare, and no card gets from here yet: to leave it out silently would be a lie."""
    if profile.applets:
        yield f"applets: {', '.join(profile.applets)} cannot be loaded by plan and apply"
    if profile.services.carrier_apps:
        yield "services.carrier_apps: access rules cannot be written by plan and apply"


def _keys(
    kind: OperatorKind, record: CardRecord, model: CardModel, beside: Mapping[str, bytes], reasons: list[str]
) -> Mapping[Unit, Content]:
    """The contents of key files; none where the keys are the host's and stay as they are."""
    if not may_write(kind, KEYS):
        return {}
    if record.subscription.k is None:
        if kind is OperatorKind.FULL:
            reasons.append(f"{KEYS}: the record of IMSI {record.subscription.imsi} holds no Ki")
        elif beside:
            reasons.append(f"{KEYS}: {model.name} keeps {', '.join(beside)} beside the Ki, which the record lacks")
        return {}
    keys = key_contents(record, model, beside)
    if not keys:
        reasons.append(f"{KEYS}: {model.name} cannot do {record.subscription.algorithm} in any application")
    return keys


def _place(wish: Wish, model: CardModel) -> Iterator[tuple[Unit, Content]]:
    """The wish in every place that the product has, once per content that is shared."""
    for path in dict.fromkeys(place for name in wish.paths if (place := place_of(model, name)) is not None):
        spec = model.file(path)
        if not wish.required and right(model, path, AccessMode.UPDATE) == NEVER:
            continue
        last = wish.first_record + len(wish.values) - 1
        if spec.type.has_records and last > (spec.records or 0):
            raise EncodeError(f"{path} has {spec.records} records, {last} are needed")
        for number, content in enumerate(_contents(wish, path, spec), start=wish.first_record):
            yield Unit(path, number if spec.type.has_records else BODY), content


def _contents(wish: Wish, path: FilePath, spec: FileSpec) -> Iterator[Content]:
    size = spec.record_length if spec.type.has_records else spec.size
    for value in wish.values:
        yield wish.coding(path, value, size or 0)


def _joined(first: str, second: str) -> str:
    return second if not first or first == second else f"{first}, {second}"
