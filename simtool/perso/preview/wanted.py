"""From a profile to what its card would hold, and the networks worth looking at."""

from __future__ import annotations

from simtool.codec.identifiers import Plmn
from simtool.errors import PlanError
from simtool.files import contents
from simtool.files.product import CardModel, load, names
from simtool.perso.image import CardImage
from simtool.perso.preview.content import CardContent
from simtool.perso.preview.matching import networks, same_network
from simtool.perso.preview.product import whole_image
from simtool.perso.preview.standing import home_of
from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord
from simtool.perso.render import render

USUAL = "generic-usim"
ABROAD = Plmn("999", "99")
"""Stands for any network abroad where the card names none (ITU-T E.212: the country code 999 is nobody's)."""


def wanted_image(profile: Profile, record: CardRecord, product: str | None = None) -> tuple[CardModel, CardImage]:
    """The finished card's content: of that product, else of the usual one or the first that the profile fits.

    Raises `PlanError` as `render` does, where no product fits with the reasons of the usual one.
    """
    if product is not None:
        return _rendered(profile, record, product)
    refused: PlanError | None = None
    for name in (USUAL, *(name for name in names() if name != USUAL)):
        try:
            return _rendered(profile, record, name)
        except PlanError as error:
            refused = refused or error
    raise PlanError(refused.reasons if refused else (), hint="no card product fits this profile; name one with --model")


def _rendered(profile: Profile, record: CardRecord, name: str) -> tuple[CardModel, CardImage]:
    model = load(name)
    return model, whole_image(render(profile, record, model).image, model, delivered=True)


def home_network(image: CardImage) -> Plmn | None:
    """The card's own network, None if it cannot be told."""
    card = CardContent.of_usim(image) or CardContent.of_sim(image)
    return home_of(card).plmn if card is not None else None


def networks_worth_seeing(image: CardImage) -> tuple[Plmn, ...]:
    """Home, the first host of the provider's list, and the first preferred network of another country."""
    card = CardContent.of_usim(image) or CardContent.of_sim(image)
    if card is None:
        return (ABROAD,)
    home = home_of(card)
    found = [home.plmn] if home.plmn is not None else []
    provider = card.file("EF.SPDI").value
    hosts = networks(provider) if isinstance(provider, tuple) else ()
    found += [plmn for plmn in hosts if not any(same_network(plmn, known) for known in found)][:1]
    countries = {plmn.mcc for plmn in found}
    return (*found, next((plmn for plmn in _preferred(card) if plmn.mcc not in countries), ABROAD))


def _preferred(card: CardContent) -> tuple[Plmn, ...]:
    entries = card.file("EF.OPLMNwAcT").value
    if not isinstance(entries, tuple):
        return ()
    return networks(entry.plmn for entry in entries if isinstance(entry, contents.PreferredNetwork))
