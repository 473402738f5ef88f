"""An image as the phone finds it on a card of a product: links followed, and what nobody writes as it was delivered."""

from __future__ import annotations

from dataclasses import replace

from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileType
from simtool.perso.image import CardImage, Content, Unit, units_of

NAMES = (
    "EF.IMSI", "EF.AD", "EF.UST", "EF.SST", "EF.SPN", "EF.PNN", "EF.OPL", "DF.5GS/EF.OPL5G", "EF.SPDI", "EF.EHPLMN",
    "EF.EHPLMNPI", "EF.LRPLMNSI", "EF.FPLMN", "EF.OPLMNwAcT",
)  # fmt: skip
NUMBERS = ("EF.ECC", "EF.MBDN", "EF.MBI", "EF.MSISDN", "EF.SDN")
_PLACES = ("MF/ADF.USIM", "MF/DF.GSM", "MF/DF.TELECOM")


def phone_units(model: CardModel) -> tuple[Unit, ...]:
    """What a phone reads of a card of this product for a preview, in every application."""
    paths = [FilePath(f"{place}/{name}") for place in _PLACES for name in (*NAMES, *NUMBERS)]
    return tuple(unit for path in paths if model.has(path) for unit in units_of(model.file(path)))


def delivered_image(model: CardModel) -> CardImage:
    """What a card of this product holds when it is new, as far as the product's description says."""
    units: dict[Unit, Content] = {}
    for spec in model.files.values():
        if spec.link is not None:
            continue
        if spec.type is FileType.TRANSPARENT:
            units[Unit(spec.path)] = Content.known(spec.content)
        for number, record in enumerate(spec.contents, 1):
            units[Unit(spec.path, number)] = Content.known(record)
    return CardImage(units)


def whole_image(image: CardImage, model: CardModel, *, delivered: bool = False) -> CardImage:
    """The image with every file under all its paths; with `delivered` over what the product holds when it is new."""
    base = delivered_image(model).units if delivered else {}
    units = dict(base)
    for unit, content in image.units.items():
        units[unit] = content.over(units[unit]) if unit in units else content
    for spec in model.files.values():
        if spec.link is None:
            continue
        for unit in units_of(spec):
            found = units.get(Unit(model.source(spec.path), unit.record))
            if found is not None:
                units[unit] = found
    return replace(image, units=units)
