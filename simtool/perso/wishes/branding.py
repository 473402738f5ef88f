"""What the customer sees. The logo only goes to products that have EF.IMG and a file for its picture."""

from __future__ import annotations

from collections.abc import Iterator

from simtool.files.path import FilePath
from simtool.files.product import CardModel
from simtool.perso.bitmap import image_instance, read_bitmap
from simtool.perso.profile import Profile
from simtool.perso.wishes.base import USIM, Wish, both, wish

GRAPHICS = "MF/DF.TELECOM/DF.GRAPHICS"
IMAGES, PICTURE = FilePath(f"{GRAPHICS}/EF.IMG"), FilePath(f"{GRAPHICS}/EF.IIDF")


def branding(profile: Profile, model: CardModel | None) -> Iterator[Wish]:
    brand = profile.branding
    if brand.spn is not None:
        value = {
            "name": brand.spn.name,
            "show_plmn_at_home": brand.spn.show_plmn_at_home,
            "hide_when_roaming": brand.spn.hide_when_roaming,
        }
        yield wish("branding.spn", both("EF.SPN"), value)
    if brand.networks:
        names = [
            {"full": network.full, "short": network.short, "add_country": network.add_country}
            for network in brand.networks
        ]
        areas = [
            {
                "plmn": str(area.plmn),
                "name_record": number,
                "first_area": area.first_area,
                "last_area": area.last_area,
            }
            for number, network in enumerate(brand.networks, start=1)
            for area in network.plmns
        ]
        yield wish("branding.networks", both("EF.PNN"), *names)
        if areas:
            yield wish("branding.networks.plmns", both("EF.OPL"), *areas)
    if brand.same_brand:
        yield wish("branding.same_brand", both("EF.SPDI"), [str(plmn) for plmn in brand.same_brand])
    if brand.languages:
        languages = list(brand.languages)
        yield wish("branding.languages", [f"{USIM}/EF.LI"], languages, required=False)
        yield wish("branding.languages", ["MF/EF.PL"], languages)
    if has_logo(profile, model) and model is not None:
        yield from _logo(profile, model)


def has_logo(profile: Profile, model: CardModel | None) -> bool:
    """Whether there is a logo, and a product that can show it."""
    return profile.branding.logo is not None and model is not None and model.has(IMAGES) and model.has(PICTURE)


def _logo(profile: Profile, model: CardModel) -> Iterator[Wish]:
    logo = profile.branding.logo
    if logo is None:
        return
    bitmap = read_bitmap(profile.path_of(logo.file, "branding", "logo", "file"))
    picture = bitmap.encode()
    descriptor = image_instance(bitmap, model.file(PICTURE).fid, len(picture))
    yield wish("branding.logo", [str(IMAGES)], f"hex:{descriptor.hex()}")
    yield wish("branding.logo", [str(PICTURE)], f"hex:{picture.hex()}")
