"""Service tables follow from what is filled: a service whose files a profile fills is switched on.

Numbers of TS 31.102 §4.2.8 (USIM), TS 51.011 §10.3.7 (2G) and TS 31.103 §4.2.7 (ISIM); nothing else in the tables is
touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from simtool.files.product import CardModel
from simtool.perso.profile import Profile
from simtool.perso.record import Subscription
from simtool.perso.sections import BY_CARD
from simtool.perso.wishes.base import GSM, ISIM, USIM, Wish, every_service, service_bits, wish
from simtool.perso.wishes.branding import has_logo
from simtool.perso.wishes.services import service_numbers

ORIGIN = "services that the profile fills"
SUCI_SERVICE, SUCI_BY_CARD_SERVICE = 124, 125
Question = Callable[[Profile], bool]


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
OWN_NUMBER = Filled(lambda p: True, (21,), (9,))
LOGO = Filled(lambda p: True, (22,), (39,))


def filled(profile: Profile, subscription: Subscription, model: CardModel | None) -> tuple[Filled, ...]:
    """The rows that apply to this profile, card and product."""
    found = [row for row in SERVICES if row.is_filled(profile)]
    found += [OWN_NUMBER] if subscription.msisdn is not None else []
    return (*found, *([LOGO] if has_logo(profile, model) else []))


def service_tables(profile: Profile, subscription: Subscription, model: CardModel | None) -> Iterator[Wish]:
    rows = filled(profile, subscription, model)
    usim = dict.fromkeys((number for row in rows for number in row.usim), True)
    gsm = dict.fromkeys((number for row in rows for number in row.gsm), True)
    isim = dict.fromkeys((number for row in rows for number in row.isim), True)
    suci = profile.network.suci
    if suci is not None:
        usim |= {SUCI_SERVICE: suci.enabled, SUCI_BY_CARD_SERVICE: suci.enabled and suci.calculated_by == BY_CARD}
    tables = (
        (f"{USIM}/EF.UST", usim, every_service),
        (f"{GSM}/EF.SST", gsm, service_bits),  # shorter beside a USIM, whose own table phones go by
        (f"{ISIM}/EF.IST", isim, service_bits),
    )
    for path, numbers, coding in tables:
        if numbers:
            yield wish(ORIGIN, [path], numbers, coding=coding, required=False, derived=ORIGIN)
