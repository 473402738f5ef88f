"""Rules about the networks that a phone looks for, access classes, and concealed identities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from simtool.codec.access_technology import AccessTechnology
from simtool.files.path import split_record
from simtool.perso.lint.rule import Hit, Rule, Severity, Subject
from simtool.perso.sections import FROM_IMSI
from simtool.perso.source import Location


def _forbidden_home(subject: Subject) -> Iterator[Hit]:
    profile = subject.profile
    at_home = {
        profile.operator.plmn, *profile.operator.hosts, *profile.network.equivalent_home, *profile.branding.same_brand,
        *(entry.plmn for entry in profile.network.home),
    }  # fmt: skip
    for at, plmn in subject.forbidden():
        if plmn in at_home:
            yield Hit(at, f"{plmn} is a home network and forbidden")


def _forbidden_and_preferred(subject: Subject) -> Iterator[Hit]:
    preferred = {plmn for _, plmn in subject.preferred()}
    for at, plmn in subject.forbidden():
        if plmn in preferred and not any(hit.at == at for hit in _forbidden_home(subject)):
            yield Hit(at, f"{plmn} is preferred and forbidden")


def _home_not_equivalent(subject: Subject) -> Iterator[Hit]:
    home, equivalent = subject.profile.operator.plmn, subject.profile.network.equivalent_home
    if equivalent and home not in equivalent:
        yield Hit(("network", "equivalent_home"), f"the list lacks the IMSI's own network {home}")


def _doubled(subject: Subject) -> Iterator[Hit]:
    count = Counter((_list_of(at), plmn) for at, plmn in subject.networks())
    told = set()
    for at, plmn in subject.networks():
        key = (_list_of(at), plmn)
        if count[key] > 1 and "networks" not in at:
            if key in told:
                yield Hit(at, f"{plmn} stands in the list already")
            told.add(key)


def _list_of(at: Location) -> Location:
    """The list on the card: country by country steering is one, behind `operator`."""
    if at[:2] in (("network", "steering"), ("network", "operator")):
        return ("network", "forbidden") if "avoid" in at else ("network", "operator")
    return at[:-1]


def _no_technology(subject: Subject) -> Iterator[Hit]:
    network = subject.profile.network
    lists = [(("network", name), entries) for name, entries in (
        ("home", network.home), ("operator", network.operator), ("user", network.user),
    )]  # fmt: skip
    steering = [(("network", "steering", n, "prefer"), country.prefer) for n, country in enumerate(network.steering)]
    for at, entries in (*lists, *steering):
        for number, entry in enumerate(entries):
            if not entry.technologies:
                yield Hit((*at, number), f"{entry.plmn} has no access technology")


def _one_access_class(subject: Subject) -> Iterator[Hit]:
    given = subject.profile.network.access_class
    if given != FROM_IMSI and int(given) <= 9:
        yield Hit(("network", "access_class"), f"every card is in access class {given}")


def _never_searches(subject: Subject) -> Iterator[Hit]:
    if subject.profile.network.home_search_period == 0:
        yield Hit(("network", "home_search_period"), "the phone never looks for its home network again")


def _doubled_key_ids(subject: Subject) -> Iterator[Hit]:
    suci = subject.profile.network.suci
    count = Counter(key.id for key in suci.keys) if suci is not None else Counter[int]()
    for number, key in enumerate(suci.keys if suci is not None else ()):
        if count[key.id] > 1:
            yield Hit(("network", "suci", "keys", number), f"the key id {key.id} stands {count[key.id]} times")


def _nothing_concealed(subject: Subject) -> Iterator[Hit]:
    suci = subject.profile.network.suci
    if suci is not None and suci.enabled and not suci.keys:
        yield Hit(("network", "suci"), "concealment is on and there is no key: the null scheme conceals nothing")


def _clear_in_5g(subject: Subject) -> Iterator[Hit]:
    profile = subject.profile
    in_5g = any(
        AccessTechnology.NG_RAN in AccessTechnology.from_names(entry.technologies) for entry in profile.network.home
    )
    if in_5g and profile.network.suci is None:
        yield Hit(("network", "home"), "home has 5G, and the profile does not say how identities are concealed")


def _suci_by_hand(subject: Subject) -> Iterator[Hit]:
    for name in subject.profile.files:
        if split_record(name)[0].name in ("EF.SUCI_Calc_Info", "EF.Routing_Indicator"):
            yield Hit(("files", name), "one part of the set is written by hand, the services are not switched with it")


E, W = Severity.ERROR, Severity.WARNING
RULES = (
    Rule(
        "P30", "own network forbidden", E, "The phone refuses the network that it belongs to.",
        "Take it out of network.forbidden or the country's avoid.", "TS 31.102 §4.2.16, TS 23.122 §3.1",
        _forbidden_home,
    ),
    Rule(
        "P31", "network preferred and forbidden", W, "A forbidden network is not selected, however it is preferred.",
        "Take it out of one of the lists.", "TS 23.122 §4.4.3.1.1", _forbidden_and_preferred,
    ),
    Rule(
        "P32", "equivalent home networks without the own one", E,
        "Where EF.EHPLMN holds networks, they replace the one of the IMSI: the own network becomes a foreign one.",
        "Put operator.plmn into the list.", "TS 31.102 §4.2.84, TS 23.122 §1.2", _home_not_equivalent,
    ),
    Rule(
        "P33", "network that stands twice in a list", W, "Lists on the card are short; the second entry does nothing.",
        "Merge the technologies into the first one.", "TS 31.102 §4.2.5", _doubled,
    ),
    Rule(
        "P34", "preferred network without technology", W,
        "The entry says that no radio technology of this network shall be looked for.",
        "Name its technologies.", "TS 31.102 §4.2.5", _no_technology,
    ),
    Rule(
        "P35", "access class that is not from the IMSI", W,
        "When the network bars a tenth of its subscribers under load, it bars all of these cards or none.",
        "Use from-imsi.", "TS 22.011 §4.2", _one_access_class,
    ),
    Rule(
        "P36", "no search for the home network", W,
        "A phone that has roamed once in its country stays on the more expensive network.",
        "Give a period from 6 to 480 minutes.", "TS 31.102 §4.2.6, TS 22.011 §3.2.2.5", _never_searches,
    ),
    Rule(
        "P37", "two SUCI keys with one id", E, "The home network cannot tell under which key an identity is concealed.",
        "Give each key the id under which the network holds its private half.", "TS 33.501 Annex C.3, TS 23.003 §2.2B",
        _doubled_key_ids,
    ),
    Rule(
        "P38", "SUCI without a key", W, "The null scheme sends the subscriber's number in clear.",
        "Give the home network's public keys, or set suci.enabled to false.", "TS 33.501 §6.12.2, Annex C.2",
        _nothing_concealed,
    ),
    Rule(
        "P39", "5G at home, concealment unsaid", W,
        "Without service 124 the phone conceals nothing, whatever the core expects.",
        "Give network.suci, with enabled: false if that is meant.", "TS 31.102 §4.4.11.8, TS 33.501 §6.12.2",
        _clear_in_5g,
    ),
    Rule(
        "P40", "SUCI set written in part", E,
        "Service 124, EF.SUCI_Calc_Info, EF.Routing_Indicator and the keys only work together.",
        "Use network.suci instead of files.", "TS 31.102 §4.4.11.8, §4.4.11.11", _suci_by_hand,
    ),
)  # fmt: skip
