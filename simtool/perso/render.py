"""From meaning to bytes: what a profile and a record want on one card product.

Each wish names the places where the standards keep it (the 2G, USIM and ISIM twins); the product decides which of
them exist, and which are one and the same through links. Nothing here touches a card.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from simtool.codec import tlv
from simtool.codec.access import AccessMode
from simtool.errors import CodecError, EncodeError, PlanError
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileSpec, FileType
from simtool.perso.access import NEVER, right
from simtool.perso.application_wish import ApplicationWish, application_wish
from simtool.perso.image import CardImage, Content, Unit
from simtool.perso.keys import fields_kept_with_keys, key_contents, refused_settings
from simtool.perso.kinds import GUARDED, STRUCTURE, may_write
from simtool.perso.ota_keys import ORIGIN as KEY_SETS
from simtool.perso.ota_keys import key_set_contents
from simtool.perso.pin_policy import PinWish, pin_wishes
from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord, Credential
from simtool.perso.rooms import place_of
from simtool.perso.sections import OperatorKind
from simtool.perso.structure import Structure
from simtool.perso.wishes import Wish, whole, wishes

HINT = "change the profile, or take another card product"

KEYS = "authentication"


@dataclass(frozen=True, slots=True)
class DesiredCard:
    """The wanted content of one card of one product, the credentials that open it, and those that shall change.

    `model` has the files that the card shall have; `changed` are those of them that the product given to `render` lacks
    or has too small. `guarded` is what has to be on the card already and is never written: what belongs to the host.
    `applications` is what shall run on it.
    """

    model: CardModel
    iccid: str
    image: CardImage
    credentials: tuple[Credential, ...]
    pins: tuple[PinWish, ...] = ()
    changed: tuple[FilePath, ...] = ()
    guarded: CardImage = CardImage()
    applications: ApplicationWish = ApplicationWish()


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
    kind = profile.operator.kind
    record = record.with_settings(profile.authentication.settings)
    structure = Structure(model)
    units: dict[Unit, Content] = {}
    guarded: dict[Unit, Content] = {}
    origins: dict[Unit, str] = {}
    reasons: list[str] = []
    answered: set[str] = set()
    unanswered: list[Wish] = []
    kept = fields_kept_with_keys(model)
    beside: dict[str, bytes] = {}
    for wish in wishes(profile, record, model):
        try:
            if not may_write(kind, wish.origin):
                if wish.origin in GUARDED:
                    guarded.update(_place(wish, Structure(model)))
                continue
            if wish.field in kept:
                beside[wish.field] = wish.coding(wish.paths[0], wish.values[0], kept[wish.field]).data
                answered.add(wish.origin)
                continue
            placed = list(_place(wish, structure))
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
        if wish.origin in answered:
            continue
        try:
            for unit, content in _make(wish, structure):
                units[unit], origins[unit] = content, wish.origin
        except CodecError as error:
            reasons.append(f"{wish.origin}: {error}")
    if structure.changed and not may_write(kind, STRUCTURE):
        for path in structure.changed:
            origin = next((origin for unit, origin in origins.items() if unit.path == path), STRUCTURE)
            reasons.append(f"{origin}: {path} would have to be made or enlarged, and the files are the host's")
    model = structure.model
    for unit, content in _keys(profile, record, model, beside, reasons).items():
        units[unit], origins[unit] = content, KEYS
    for unit, content in key_set_contents(profile.authentication.key_sets, record, model, reasons):
        units[unit], origins[unit] = content, KEY_SETS
    pin1 = profile.authentication.pins.get("PIN1")
    pins = pin_wishes(record, model, pin1.enabled if pin1 else None, reasons)
    applications = application_wish(profile, record, model, reasons)
    known = {pin.name for pin in model.pins}
    credentials = tuple(credential for credential in record.credentials if credential.pin in known)
    image, changed = CardImage(units, origins), tuple(structure.changed)
    iccid, host = record.iccid.digits, CardImage(guarded)
    desired = DesiredCard(model, iccid, image, credentials, pins, changed, host, applications)
    return desired, tuple(dict.fromkeys(reasons))


def _keys(
    profile: Profile, record: CardRecord, model: CardModel, beside: Mapping[str, bytes], reasons: list[str]
) -> Mapping[Unit, Content]:
    """The contents of key files; none where the keys are the host's and stay as they are."""
    kind = profile.operator.kind
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
    reasons += refused_settings(record.subscription, model)
    if kind is OperatorKind.FULL:  # the others' records have their host's choices
        others = record.subscription.settings.differing(profile.authentication.settings)
        reasons += [f"{KEYS}.{name}: the record was made for something else" for name in others]
    return keys


def _place(wish: Wish, structure: Structure) -> Iterator[tuple[Unit, Content]]:
    """The wish in every place that the product has, once per content that is shared."""
    model = structure.model
    for path in dict.fromkeys(place for name in wish.paths if (place := place_of(model, name)) is not None):
        if wish.required or right(model, path, AccessMode.UPDATE) != NEVER:
            yield from _units(wish, path, structure)


def _make(wish: Wish, structure: Structure) -> Iterator[tuple[Unit, Content]]:
    """The wish in a new file, in the first of its places whose application the card has."""
    model = structure.model
    reachable = [path for path in wish.paths if (place := path.application) is None or place_of(model, place)]
    if not reachable:
        raise EncodeError(f"{model.name} has none of {', '.join(map(str, wish.paths))}")
    path = reachable[0]
    longest = max(len(wish.coding(path, value, None).data) for value in wish.values)
    structure.make(path, size=longest, record_length=longest)
    yield from _units(wish, path, structure)


def _units(wish: Wish, path: FilePath, structure: Structure) -> Iterator[tuple[Unit, Content]]:
    """The contents, in a file that has room for them; what is new in it is wanted to the last bit."""
    if structure.model.file(path).type is FileType.BER_TLV:
        yield from _objects(path, wish.values[0])
        return
    old = structure.delivered_size(path)
    spec = _with_room(wish, path, structure)
    size = (spec.record_length if spec.type.has_records else spec.size) or 0
    if wish.first_record > 1 and not spec.type.has_records:
        raise EncodeError(f"{path} has no records")
    for number, value in enumerate(wish.values, start=wish.first_record):
        content = wish.coding(path, value, size)
        if spec.type.has_records:
            yield Unit(path, number), content
        else:
            yield Unit(path), content.wanted_from(old)


def _objects(path: FilePath, value: object) -> Iterator[tuple[Unit, Content]]:
    """Data objects of a BER-TLV file: tags in hex, each with its value in hex, or null where it shall not be."""
    if not isinstance(value, Mapping):
        raise EncodeError(f"{path} holds data objects: give values in hex by their tags, as in {{'80': 0102}}")
    for name, text in value.items():
        try:
            tag = int(str(name), 16)
            whole = b"" if text is None else tlv.encode(tag, bytes.fromhex(str(text)))
        except ValueError:
            raise EncodeError(f"{path}: {name} and what it shall hold are not both hex digits") from None
        yield Unit(path, tag=tag), Content.known(whole)


def _with_room(wish: Wish, path: FilePath, structure: Structure) -> FileSpec:
    """The file, enlarged if the values need it. A wish that is not `whole` goes without what has no room."""
    spec = structure.model.file(path)
    if spec.type.has_records:
        return structure.enlarge(path, records=wish.first_record + len(wish.values) - 1)
    needed = len(wish.coding(path, wish.values[0], None).data)
    try:
        return structure.enlarge(path, size=needed)
    except EncodeError:
        if wish.coding is whole:
            raise
        return spec


def _joined(first: str, second: str) -> str:
    return second if not first or first == second else f"{first}, {second}"
