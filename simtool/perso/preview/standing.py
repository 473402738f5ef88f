"""What the registered network is to the card: home, as good as home, in the provider's list, foreign, forbidden."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from simtool.codec.identifiers import Imsi, Plmn
from simtool.files import contents
from simtool.perso.preview.content import CardContent, State
from simtool.perso.preview.explanation import Decision
from simtool.perso.preview.matching import is_home, listed, networks, same_network
from simtool.perso.preview.situation import Situation

_WITH_SEVERAL_CODES = (range(234, 236), range(310, 317), range(404, 407), range(440, 442), range(460, 462))
"""United Kingdom, United States, India, Japan, China."""


class Standing(Enum):
    """The registered network, seen from the card."""

    HOME = "home network"
    EQUIVALENT_HOME = "equal home network"
    PROVIDER = "provider's host network"
    NATIONAL = "other national network"
    ROAMING = "network abroad"
    FORBIDDEN = "forbidden network"
    UNKNOWN = "unknown network"

    @property
    def is_home(self) -> bool:
        return self in (Standing.HOME, Standing.EQUIVALENT_HOME)

    @property
    def is_registered(self) -> bool:
        return self is not Standing.FORBIDDEN

    @property
    def counts_as_home_for_spn(self) -> bool:
        """HPLMN or in the service provider PLMN list (TS 31.102 §4.2.12); an EHPLMN is an HPLMN (TS 23.122 §1.2)."""
        return self.is_home or self is Standing.PROVIDER


@dataclass(frozen=True, slots=True)
class Home:
    """What the card says about its home: the IMSI's network, and the networks that are equal to it."""

    imsi: Imsi | None
    mnc_length: int | None
    equivalent: tuple[Plmn, ...] = ()

    @property
    def plmn(self) -> Plmn | None:
        """The network of the IMSI; where EF.AD does not say how long its code is, with two digits."""
        length = self.mnc_length if self.mnc_length in (2, 3) else 2
        return self.imsi.plmn(length) if self.imsi is not None and len(self.imsi.digits) > 3 + length else None

    def default_name_applies(self, registered: Plmn) -> bool:
        """Whether the first record of EF.PNN may name this network: an EHPLMN, without such a list the HPLMN
        (TS 31.102 §4.2.58).
        """
        if self.equivalent:
            return any(same_network(plmn, registered) for plmn in self.equivalent)
        return self.imsi is not None and is_home(self.imsi, self.mnc_length, registered)


def country(mcc: str) -> str:
    """The first country code of the same country (ITU-T E.212: some have several)."""
    return next((str(codes[0]) for codes in _WITH_SEVERAL_CODES if int(mcc) in codes), mcc)


def home_of(card: CardContent) -> Home:
    """IMSI with EF.AD, and EF.EHPLMN where its service is on; a SIM has no such list."""
    data = card.file("EF.AD").value
    length = data.mnc_length if isinstance(data, contents.AdministrativeData) else None
    equivalent = card.file("EF.EHPLMN").value if card.is_usim else None
    return Home(card.imsi(), length, networks(equivalent) if isinstance(equivalent, tuple) else ())


def standing_of(card: CardContent, home: Home, situation: Situation) -> tuple[Standing, Decision]:
    """How the registered network stands to the card, and why."""
    plmn = situation.plmn
    standing, reason, clause = _found(card, home, plmn)
    return standing, Decision("registered network", f"{plmn}: {standing.value}", reason, clause)


def _found(card: CardContent, home: Home, plmn: Plmn) -> tuple[Standing, str, str]:
    forbidden = card.file("EF.FPLMN")
    if isinstance(forbidden.value, tuple) and listed(forbidden.value, plmn):  # not allowable, were it the home network
        clause = f"{forbidden.reference}, TS 23.122 §3.1"
        return Standing.FORBIDDEN, "EF.FPLMN lists it: no phone goes there by itself", clause
    if home.imsi is not None and is_home(home.imsi, home.mnc_length, plmn):
        return Standing.HOME, "the IMSI begins with it", "TS 23.122 Annex A"
    if any(same_network(equal, plmn) for equal in home.equivalent):
        return Standing.EQUIVALENT_HOME, "EF.EHPLMN lists it", "TS 31.102 §4.2.84"
    provider = card.file("EF.SPDI")
    if isinstance(provider.value, tuple) and listed(provider.value, plmn):
        return Standing.PROVIDER, "EF.SPDI lists it: the provider's name is shown as at home", provider.reference
    if home.imsi is None:
        return Standing.UNKNOWN, "the IMSI is blank or cannot be read; taken for a foreign network", "TS 23.122 Annex A"
    but = f" ({provider})" if provider.state in (State.OFF, State.UNKNOWN) else ""
    lists = f"neither the IMSI nor a list on the card names it{but}"
    if country(plmn.mcc) == country(home.imsi.mcc):
        return Standing.NATIONAL, f"{lists}; its country is that of the IMSI", "TS 23.122 §1.2 (VPLMN)"
    return Standing.ROAMING, lists, "TS 23.122 §1.2 (VPLMN)"
