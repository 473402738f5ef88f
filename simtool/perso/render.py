"""From meaning to bytes: what a profile and a record want on one card product.

Each wish names the places where the standards keep it (the 2G, USIM and ISIM twins); the product decides which of
them exist, and which are one and the same through links. Nothing here touches a card.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simtool.errors import CodecError, PlanError
from simtool.files.layout import FieldValue, Layout
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileSpec
from simtool.perso.image import BODY, CardImage, Content, Unit
from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord, Credential, Subscription
from simtool.perso.wishes import Wish, wishes


@dataclass(frozen=True, slots=True)
class DesiredCard:
    """The wanted content of one card of one product, and the credentials that open it."""

    model: CardModel
    iccid: str
    image: CardImage
    credentials: tuple[Credential, ...]


def render(profile: Profile, record: CardRecord, model: CardModel) -> DesiredCard:
    """What this card shall hold. Raises `PlanError` with every wish that this product has no room for."""
    units: dict[Unit, Content] = {}
    origins: dict[Unit, str] = {}
    reasons: list[str] = []
    for wish in (*wishes(profile, record), *_key_wishes(record.subscription, model, reasons)):
        try:
            placed = list(_place(wish, model))
        except CodecError as error:
            reasons.append(f"{wish.origin}: {error}")
            continue
        if not placed and wish.required:
            reasons.append(f"{wish.origin}: {model.name} has none of {', '.join(map(str, wish.paths))}")
        for unit, content in placed:
            units[unit] = content.over(units[unit]) if unit in units else content
            origins[unit] = _joined(origins.get(unit, ""), wish.origin)
    if reasons:
        raise PlanError(tuple(dict.fromkeys(reasons)), hint="change the profile, or take another card product")
    known = {pin.name for pin in model.pins}
    credentials = tuple(credential for credential in record.credentials if credential.pin in known)
    return DesiredCard(model, record.iccid.digits, CardImage(units, origins), credentials)


def _place(wish: Wish, model: CardModel) -> Iterator[tuple[Unit, Content]]:
    """The wish in every place that the product has, once per content that is shared."""
    sources = dict.fromkeys(model.source(path) for path in wish.paths if model.has(path))
    for path in sources:
        spec = model.file(path)
        for number, content in enumerate(_contents(wish, path, spec), start=wish.first_record):
            yield Unit(path, number if spec.type.has_records else BODY), content


def _contents(wish: Wish, path: FilePath, spec: FileSpec) -> Iterator[Content]:
    size = spec.record_length if spec.type.has_records else spec.size
    for value in wish.values:
        yield wish.coding(path, value, size or 0)


def _key_wishes(subscription: Subscription, model: CardModel, reasons: list[str]) -> list[Wish]:
    """Keys and algorithm, in the layout of every application that can work with them."""
    algorithm = subscription.algorithm
    found: dict[FilePath, Wish] = {}
    possible = False
    for spec in model.authentication:
        for paths in (spec.files, spec.gsm_files):
            layouts = [(path, layout) for path in paths if (layout := model.file(path).layout) is not None]
            if not any(_can(layout, "algorithm", algorithm) for _, layout in layouts) and (
                spec.fixed.get("algorithm") != algorithm
            ):
                continue
            possible = True
            for path, layout in layouts:
                source = model.source(path)
                content = _key_content(layout, subscription, model.file(source).size or 0)
                if source not in found and content is not None:
                    found[source] = Wish(
                        "authentication", (source,), (content,), coding=lambda _path, value, _size: value
                    )
    if not possible:
        reasons.append(f"authentication.algorithm: {model.name} cannot do {algorithm} in any application")
    return list(found.values())


def _can(layout: Layout, name: str, value: FieldValue) -> bool:
    return any(field.name == name and value in dict(field.values).values() for field in layout.fields)


def _key_content(layout: Layout, subscription: Subscription, size: int) -> Content | None:
    """The file's bytes with the key values in place, and a mask of just these; None if the file takes none."""
    values: dict[str, FieldValue] = {"algorithm": subscription.algorithm, "k": subscription.k.reveal()}
    if subscription.algorithm == "tuak":
        values |= {
            "tuak_key_256": int(subscription.k.length == 32),
            "tuak_res_size": 1,
            "tuak_mac_size": 0,
            "tuak_ck_ik_256": 0,
            "keccak_iterations": 1,
        }
    values |= {"sres_function": 0, "res_4_bytes": 0}
    if subscription.opc is not None:
        values |= {"op_is_opc": 1, "top" if subscription.algorithm == "tuak" else "op": subscription.opc.reveal()}
    named = {field.name for field in layout.fields if field.end <= size and field.applies(values)}
    chosen = {name: value for name, value in values.items() if name in named}
    if "k" not in chosen and "op" not in chosen and "algorithm" not in chosen:
        return None
    data = layout.encode(chosen, bytes(size))
    mask = layout.mask(frozenset(chosen), values, size)
    # A byte of settings is set as a whole: key files are often written without having been read.
    return Content(data, bytes(0xFF if bits else 0 for bits in mask))


def _joined(first: str, second: str) -> str:
    return second if not first or first == second else f"{first}, {second}"
