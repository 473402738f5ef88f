"""The names on the idle screen: service provider name, network name, and which of them is shown.

TS 22.101 Annex A.3 and A.4; TS 31.102 §4.2.12 (EF.SPN), §4.2.58 (EF.PNN), §4.2.59 (EF.OPL), §4.4.11.9 (EF.OPL5G);
for a SIM the files of the same names in TS 51.011. Names in pictures (EF.SPNI, EF.PNNI) are left out, and what the
network sends (NITZ) or the phone knows by itself is not on the card.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from simtool.files import contents
from simtool.perso.preview.content import CardContent, State
from simtool.perso.preview.explanation import Decision
from simtool.perso.preview.fit import shown
from simtool.perso.preview.matching import NO_NAME, AreaRule
from simtool.perso.preview.situation import Situation, Technology
from simtool.perso.preview.standing import Home, Standing

_SPN_BITS = 0x03
_AT_HOME = "at home and in the provider's list"
_ELSEWHERE = "elsewhere than at home and in the provider's list"
_PHONES_OWN = "the phone uses NITZ or its own table"


@dataclass(frozen=True, slots=True)
class NetworkName:
    """The registered network's name if the card has one. `full` empty: the phone has to know it by itself."""

    full: str = ""
    short: str = ""
    add_country: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """What is shown: empty texts are not. `shows_network` with an empty name is a name that the phone has to know."""

    provider: str
    network: NetworkName
    shows_network: bool
    decisions: tuple[Decision, ...]
    remarks: tuple[str, ...]


def names_of(card: CardContent, home: Home, standing: Standing, situation: Situation) -> Names:
    """Which names the phone shows in a network in which it is registered."""
    network, network_decision, remarks = _network_name(card, home, situation)
    spn, unused = _provider_name(card)
    decisions = [network_decision]
    file = card.file("EF.SPN")
    if spn is None:
        remarks += unused
        decisions.append(Decision("service provider name", "none", str(file), file.reference))
        shows_network = True
        provider = ""
    else:
        shows_provider, shows_network, found = _display(spn, standing, file.reference)
        decisions += found
        provider = spn.name if shows_provider else ""
    if shows_network and provider and provider == network.full:
        remarks.append(f"both names are {provider!r}: it stands there twice")
    if network.add_country and shows_network:
        remarks.append(f"the phone puts its country's initials before {network.full!r} (TS 24.008 §10.5.3.5a)")
    return Names(provider, network, shows_network, tuple(decisions), tuple(remarks))


def _display(
    spn: contents.ServiceProviderName, standing: Standing, clause: str
) -> tuple[bool, bool, tuple[Decision, Decision]]:
    """Whether provider and network name are shown, by the two bits of EF.SPN."""
    annex = f"{clause}, TS 22.101 §A.4"
    if standing.counts_as_home_for_spn:
        bit = int(spn.show_plmn_at_home)
        word = "shown" if spn.show_plmn_at_home else "not shown"
        return (
            True,
            spn.show_plmn_at_home,
            (
                Decision("service provider name", f"shown: {spn.name}", f"always {_AT_HOME}", annex),
                Decision("network name", word, f"display condition b1={bit}, {_AT_HOME}", annex),
            ),
        )
    bit = int(spn.hide_when_roaming)
    is_shown = not spn.hide_when_roaming
    word = f"shown: {spn.name}" if is_shown else "not shown"
    return (
        is_shown,
        True,
        (
            Decision("service provider name", word, f"display condition b2={bit}, {_ELSEWHERE}", annex),
            Decision("network name", "shown", f"always {_ELSEWHERE}", annex),
        ),
    )


def _provider_name(card: CardContent) -> tuple[contents.ServiceProviderName | None, list[str]]:
    """EF.SPN if it says a name, and what to remark where it does not count."""
    file = card.file("EF.SPN", read=read_spn)
    if file.state is State.OFF:
        hidden = card.file("EF.SPN", read=read_spn, whatever_service=True).value
        if hidden is not None and hidden.name:
            return None, [f"EF.SPN says {hidden.name!r}, but {file.service} is off: phones do not show it"]
    return (file.value if file.value is not None and file.value.name else None), []


def read_spn(data: bytes) -> contents.ServiceProviderName:
    """EF.SPN as phones read it: the bits for future use count for nothing (TS 31.101). Raises `DecodeError`."""
    value: contents.ServiceProviderName = contents.CODINGS["EF.SPN"].decode(bytes((data[0] & _SPN_BITS,)) + data[1:])
    return replace(value, name=shown(value.name))


def _network_name(card: CardContent, home: Home, situation: Situation) -> tuple[NetworkName, Decision, list[str]]:
    """The network's name by EF.OPL (in 5G EF.OPL5G) and EF.PNN."""
    in_5g = situation.technology is Technology.NG_RAN
    list_name = "EF.OPL5G" if in_5g else "EF.OPL"
    names = card.state("EF.PNN")
    if names.state is not State.READ:
        remarks = _unused_names(card) if names.state is State.OFF else []
        return NetworkName(), _elsewhere(str(names), names.reference), remarks
    size = situation.technology.area_size
    rules = [
        (number, AreaRule.of(file.value, size))
        for number, file in card.records(list_name)
        if isinstance(file.value, contents.NetworkArea)
    ]
    list_file = card.state(list_name)
    if rules:
        number, reason, remarks = _by_rules(rules, list_name, situation)
        clause = list_file.reference
    else:
        remarks = []
        if list_file.state is State.BLANK:
            remarks.append(f"{list_name} is switched on and blank; taken for not present, phones may differ")
        number, reason = _by_default(home, situation, str(list_file))
        clause = names.reference
    if not number:
        return NetworkName(), _elsewhere(reason, clause), remarks
    name = _name(card, number)
    if not name.full:
        remarks.append(f"record {number} of EF.PNN is asked for and holds no name")
        return NetworkName(), _elsewhere(f"{reason}, which holds no name", clause), remarks
    outcome = f"{name.full} (short: {name.short})" if name.short else name.full
    return name, Decision("name of the network", outcome, reason, f"{clause}, TS 22.101 §A.3"), remarks


def _name(card: CardContent, record: int, *, whatever_service: bool = False) -> NetworkName:
    """A record of EF.PNN as a screen shows it; without a name if it holds none."""
    found = card.file("EF.PNN", record, whatever_service=whatever_service).value
    if not isinstance(found, contents.NetworkName):
        return NetworkName()
    return NetworkName(shown(found.full), shown(found.short or ""), found.add_country)


def _by_rules(rules: list[tuple[int, AreaRule]], list_name: str, situation: Situation) -> tuple[int, str, list[str]]:
    """The record of EF.PNN that the first fitting rule names, why, and what would depend on the area."""
    remarks = []
    for number, rule in rules:
        if not rule.names(situation.plmn):
            continue
        covered = rule.covers(situation.area)
        if covered is None:
            word = situation.technology.area_word
            remarks.append(f"record {number} of {list_name} names {rule}: say a {word} to see it")
        if not covered:
            continue
        if rule.name_record == NO_NAME:
            return 0, f"record {number} of {list_name} ({rule}) says: name from elsewhere", remarks
        reason = f"record {number} of {list_name} ({rule}) names record {rule.name_record} of EF.PNN"
        return rule.name_record, reason, remarks
    return 0, f"no record of {list_name} fits", remarks


def _by_default(home: Home, situation: Situation, why_no_list: str) -> tuple[int, str]:
    """The first record of EF.PNN at home, where no list of areas is present."""
    if home.default_name_applies(situation.plmn):
        return 1, f"{why_no_list}: at home the first record of EF.PNN"
    return 0, f"{why_no_list}, and only at home the first record of EF.PNN counts"


def _elsewhere(reason: str, clause: str) -> Decision:
    return Decision("name of the network", "not from the card", f"{reason}; {_PHONES_OWN}", f"{clause}, TS 22.101 §A.3")


def _unused_names(card: CardContent) -> list[str]:
    service = card.file("EF.PNN", 1).service
    hidden = _name(card, 1, whatever_service=True).full
    return [f"EF.PNN says {hidden!r}, but {service} is off: phones do not show it"] if hidden else []
