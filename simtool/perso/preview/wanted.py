"""From a profile to what its card would hold, and the networks worth looking at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from simtool.codec.identifiers import Iccid, Plmn
from simtool.errors import PlanError
from simtool.files import contents
from simtool.files.path import FilePath
from simtool.files.product import CardModel, load, names
from simtool.perso.image import CardImage, Content, Unit
from simtool.perso.preview.content import GSM, USIM, CardContent
from simtool.perso.preview.matching import networks, same_network
from simtool.perso.preview.product import whole_image
from simtool.perso.preview.standing import country, home_of
from simtool.perso.profile import Profile
from simtool.perso.read import ICCID_PATH
from simtool.perso.record import CardRecord
from simtool.perso.render import render
from simtool.perso.rooms import place_of
from simtool.perso.technician.own import OwnData, stand_in_record

USUAL = "generic-usim"
NO_CARD = Iccid.from_body("890000000000000000")
ABROAD = (Plmn("999", "99"), Plmn("001", "99"))
"""Stand for any network abroad where the card names none (ITU-T E.212: no country has these codes)."""


def wanted_image(
    profile: Profile, record: CardRecord | None = None, product: str | None = None
) -> tuple[CardModel, CardImage]:
    """The finished card's content: of that product, else of the usual one or the first that the profile fits.

    Without a record its numbers are the profile's first ones. Raises `PlanError` as `render` does, where no product
    fits with the reasons of the usual one.
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


def _rendered(profile: Profile, record: CardRecord | None, name: str) -> tuple[CardModel, CardImage]:
    """What the profile wants, over the identity that whoever made the card gave it, over the card as it is sold."""
    model = load(name)
    record = record or _example(profile, model)
    wanted = render(profile, record, model).image.units
    base = whole_image(CardImage(dict(_identity(profile, record, model))), model, delivered=True)
    units = {
        unit: content.over(base.units[unit]) if unit in base.units else content for unit, content in wanted.items()
    }
    return model, whole_image(CardImage({**base.units, **units}), model)


def _example(profile: Profile, model: CardModel) -> CardRecord:
    """The record of a card that does not exist: the profile's first numbers, keys that are none, no private file."""
    nobody = OwnData(model, CardImage({Unit(ICCID_PATH): Content.known(NO_CARD.encode())}))
    record, number = stand_in_record(nobody, profile), profile.identity.msisdn
    subscription = replace(record.subscription, msisdn=str(number) if number is not None else None)
    return replace(record, subscriptions=(subscription,))


def _identity(profile: Profile, record: CardRecord, model: CardModel) -> Iterator[tuple[Unit, Content]]:
    """IMSI and length of the network code, which a host has written where the profile may not."""
    length = len(profile.operator.plmn.mnc)
    values = (("EF.IMSI", record.subscription.imsi), ("EF.AD", {"mnc_length": length}))
    for directory in (USIM, GSM):
        for file, value in values:
            path = place_of(model, FilePath(f"{directory}/{file}"))
            if path is not None:
                size = model.file(path).size or 0
                yield Unit(path), Content.known(contents.encode(path, value)[:size].ljust(size, b"\xff"))


def home_network(image: CardImage) -> Plmn | None:
    """The card's own network, None if it cannot be told."""
    card = CardContent.of_usim(image) or CardContent.of_sim(image)
    return home_of(card).plmn if card is not None else None


def networks_worth_seeing(image: CardImage) -> tuple[Plmn, ...]:
    """Home, the first host of the provider's list, and the first preferred network of another country."""
    card = CardContent.of_usim(image) or CardContent.of_sim(image)
    if card is None:
        return ABROAD[:1]
    home = home_of(card)
    found = [home.plmn] if home.plmn is not None else []
    provider = card.file("EF.SPDI").value
    hosts = networks(provider) if isinstance(provider, tuple) else ()
    found += [plmn for plmn in hosts if not any(same_network(plmn, known) for known in found)][:1]
    countries = {country(plmn.mcc) for plmn in found}
    abroad = (plmn for plmn in (*_preferred(card), *ABROAD) if country(plmn.mcc) not in countries)
    return (*found, *islice(abroad, 1))


def _preferred(card: CardContent) -> tuple[Plmn, ...]:
    entries = card.file("EF.OPLMNwAcT").value
    if not isinstance(entries, tuple):
        return ()
    return networks(entry.plmn for entry in entries if isinstance(entry, contents.PreferredNetwork))
