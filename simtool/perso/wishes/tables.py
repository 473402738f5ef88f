"""Service tables follow from what is filled: a service whose files a profile fills is switched on.

Numbers of TS 31.102 §4.2.8 (USIM), TS 51.011 §10.3.7 (2G) and TS 31.103 §4.2.7 (ISIM); nothing else in the tables is
touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from simtool.files.product import CardModel
from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord
from simtool.perso.sections import BY_CARD
from simtool.perso.wishes.base import (
    GSM,
    ISIM,
    USIM,
    CardWish,
    ContentCoding,
    card_wish,
    every_service,
    service_bits,
)
from simtool.perso.wishes.branding import has_logo
from simtool.perso.wishes.services import service_numbers

ORIGIN = "services that the profile fills"
SUCI_SERVICE, SUCI_BY_CARD_SERVICE = 124, 125
Question = Callable[[Profile], bool]
Services = dict[int, bool]


@dataclass(frozen=True, slots=True)
class Filled:
    """The services that stand for one thing that a profile may fill."""

    is_filled: Question
    usim: tuple[int, ...] = ()
    gsm: tuple[int, ...] = ()
    isim: tuple[int, ...] = ()


SERVICES = (
    Filled(lambda p: p.identity.gid1 is not None, (17,), (15,)),
    Filled(lambda p: p.identity.gid2 is not None, (18,), (16,)),
    Filled(lambda p: p.branding.spn is not None, (19,), (17,)),
    Filled(lambda p: bool(p.branding.networks), (45,), (51,)),
    Filled(lambda p: any(entry.plmns for entry in p.branding.networks), (46,), (52,)),
    Filled(lambda p: bool(p.branding.same_brand), (51,), (56,)),
    Filled(lambda p: bool(p.network.user), (20,), (7, 43)),
    Filled(lambda p: bool(p.network.operator or any(c.prefer for c in p.network.steering)), (42,), (44,)),
    Filled(lambda p: bool(p.network.home), (43,), (45,)),
    Filled(lambda p: bool(p.network.equivalent_home), (71,)),
    Filled(lambda p: p.network.access_identities is not None, (126,)),
    Filled(lambda p: p.network.ursp is not None, (132,)),
    Filled(lambda p: p.services.smsc is not None, (12,), (12,)),
    Filled(lambda p: p.services.voicemail is not None, (47,), (53,)),
    Filled(lambda p: p.services.message_waiting, (48,), (54,)),
    Filled(lambda p: bool(service_numbers(p.services)), (4,), (18,)),
    Filled(lambda p: p.ims is not None and bool(p.ims.pcscf), isim=(1,)),
    Filled(lambda p: p.ims is not None and p.ims.epdg is not None, (106, 107)),
)
Choice = Callable[[Profile, tuple[Filled, ...]], Services]
OWN_NUMBER = Filled(lambda p: True, (21,), (9,))
LOGO = Filled(lambda p: True, (22,), (39,))


def filled(profile: Profile, model: CardModel | None, *, with_number: bool) -> tuple[Filled, ...]:
    """The rows that apply to this profile and product, and to a card with a number of its own or without."""
    found = [row for row in SERVICES if row.is_filled(profile)]
    found += [OWN_NUMBER] if with_number else []
    return (*found, *([LOGO] if has_logo(profile, model) else []))


def service_tables(profile: Profile, model: CardModel | None) -> Iterator[CardWish]:
    tables: tuple[tuple[str, Choice, ContentCoding], ...] = (
        (f"{USIM}/EF.UST", _usim_services, every_service),
        (f"{GSM}/EF.SST", _gsm_services, service_bits),  # shorter beside a USIM, whose own table phones go by
        (f"{ISIM}/EF.IST", _isim_services, service_bits),
    )
    for path, choice, coding in tables:
        plain, numbered = (choice(profile, filled(profile, model, with_number=own)) for own in (False, True))
        if numbered:
            yield _table(path, plain, numbered, coding)


def _table(path: str, plain: Services, numbered: Services, coding: ContentCoding) -> CardWish:
    """The table of cards without and with a number of their own: it depends on nothing else of the record."""

    def services(record: CardRecord) -> tuple[Services] | None:
        chosen = numbered if record.subscription.msisdn is not None else plain
        return (chosen,) if chosen else None

    words = (f"{number} {'on' if on else 'off'}" for number, on in plain.items())
    own = (f"{number} on where there is {{msisdn}}" for number in numbered if number not in plain)
    shown = f"services {', '.join((*words, *own))}"
    return card_wish(ORIGIN, [path], services, shown, coding=coding, required=False, derived=ORIGIN)


def _usim_services(profile: Profile, rows: tuple[Filled, ...]) -> Services:
    usim = dict.fromkeys((number for row in rows for number in row.usim), True)
    suci = profile.network.suci
    if suci is not None:
        usim |= {SUCI_SERVICE: suci.enabled, SUCI_BY_CARD_SERVICE: suci.enabled and suci.calculated_by == BY_CARD}
    return usim


def _gsm_services(profile: Profile, rows: tuple[Filled, ...]) -> Services:
    return dict.fromkeys((number for row in rows for number in row.gsm), True)


def _isim_services(profile: Profile, rows: tuple[Filled, ...]) -> Services:
    return dict.fromkeys((number for row in rows for number in row.isim), True)
