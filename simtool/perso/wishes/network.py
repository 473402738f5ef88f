"""Which networks the phone looks for, its access classes, and the concealment of its identity."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simtool.perso.record import CardRecord
from simtool.perso.sections import BY_CARD, FROM_IMSI, Network, PreferredNetwork, Suci
from simtool.perso.wishes.base import GSM, USIM, CardWish, Wish, both, card_wish, wish

NULL_SCHEME = 0
SUCI_SCHEMES = {"A": 1, "B": 2}  # protection scheme identifiers (TS 33.501 Annex C.1)


def network(section: Network) -> Iterator[Wish | CardWish]:
    yield from _preferred(section)
    if section.equivalent_home:
        plmns = [str(plmn) for plmn in section.equivalent_home]
        yield wish("network.equivalent_home", [f"{USIM}/EF.EHPLMN"], plmns)
    avoided = [str(plmn) for country in section.steering for plmn in country.avoid]
    if section.forbidden is not None or avoided:
        plmns = [*map(str, section.forbidden or ()), *avoided]
        origin = _origin(("network.forbidden", section.forbidden is not None), ("network.steering", bool(avoided)))
        yield wish(origin, both("EF.FPLMN"), list(dict.fromkeys(plmns)))
    if section.home_search_period is not None:
        yield wish("network.home_search_period", both("EF.HPPLMN"), section.home_search_period)
    yield _access_classes(section)
    if section.access_identities is not None:
        bits = sum(1 << number - 1 for number in section.access_identities)
        yield wish("network.access_identities", [f"{USIM}/DF.5GS/EF.UAC_AIC"], f"hex:{bits:02x}000000")
    if section.ursp is not None:
        yield wish("network.ursp", [f"{USIM}/DF.5GS/EF.URSP"], f"hex:{section.ursp.hex()}")
    if section.suci is not None:
        yield from _suci(section.suci)


def _preferred(section: Network) -> Iterator[Wish]:
    if section.home:
        yield wish("network.home", both("EF.HPLMNwAcT"), _rows(section.home))
    steered = [entry for country in section.steering for entry in country.prefer]
    if section.operator or steered:
        origin = _origin(("network.operator", bool(section.operator)), ("network.steering", bool(steered)))
        yield wish(origin, both("EF.OPLMNwAcT"), _rows((*section.operator, *steered)))
    if section.user:
        yield wish("network.user", both("EF.PLMNwAcT"), _rows(section.user))
        plmns = [str(entry.plmn) for entry in section.user]
        yield wish("network.user", [f"{GSM}/EF.PLMNsel"], plmns, required=False, field="plmnsel")


def _rows(entries: Iterable[PreferredNetwork]) -> list[dict[str, object]]:
    return [{"plmn": str(entry.plmn), "technologies": entry.technologies} for entry in entries]


def _origin(*parts: tuple[str, bool]) -> str:
    return ", ".join(name for name, is_given in parts if is_given)


def _access_classes(section: Network) -> Wish | CardWish:
    asked_for = bool({"access_class", "special_access_classes"} & section.model_fields_set)
    special = section.special_access_classes
    name, places = "network.access_class", both("EF.ACC")
    if section.access_class != FROM_IMSI:
        return wish(name, places, [int(section.access_class), *special], required=asked_for, field="acc")

    def classes(record: CardRecord) -> tuple[list[int]]:
        return ([int(record.subscription.imsi.digits[-1]), *special],)

    shown = ", ".join(("{last digit of imsi}", *map(str, special)))
    derived = "last digit of the IMSI, TS 22.011 §4.2"
    return card_wish(name, places, classes, shown, required=asked_for, field="acc", derived=derived)


def _suci(suci: Suci) -> Iterator[Wish]:
    """The phone's file, or the card's own where the card calculates (TS 31.102 §4.4.11.8)."""
    if not suci.enabled:
        for directory in ("DF.5GS", "DF.SAIP"):
            path = f"{USIM}/{directory}/EF.SUCI_Calc_Info"
            yield wish("network.suci", [path], {"schemes": []}, required=False, derived="suci.enabled is false")
        return
    value = {
        "schemes": [{"scheme": SUCI_SCHEMES[key.scheme], "key_index": n} for n, key in enumerate(suci.keys, start=1)]
        or [{"scheme": NULL_SCHEME}],
        "keys": [{"identifier": key.id, "key": key.public_key.hex()} for key in suci.keys],
    }
    directory = "DF.SAIP" if suci.calculated_by == BY_CARD else "DF.5GS"
    yield wish("network.suci", [f"{USIM}/{directory}/EF.SUCI_Calc_Info"], value)
    yield wish("network.suci.routing_indicator", [f"{USIM}/DF.5GS/EF.Routing_Indicator"], suci.routing_indicator)
