"""What a phone will show with this card: names at home and abroad, own number, voicemail, whether it asks for a PIN.

The names follow TS 31.102 §4.2.12 (EF.SPN), §4.2.58 (EF.PNN), §4.2.59 (EF.OPL) and TS 22.101 Annex A. What a phone
knows of networks from its own tables is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from simtool.files import contents
from simtool.perso.technician.own import GSM, TELECOM, USIM, OwnData
from simtool.perso.technician.pin_states import PinView

ALL_AREAS = (0x0000, 0xFFFE)
SPN_SERVICE, PNN_SERVICE, OPL_SERVICE = 19, 45, 46
USER_PIN = "PIN1"
_WILD = ("d", "D")


@dataclass(frozen=True, slots=True)
class PhoneScreen:
    """Lines for people; `remarks` say what is set but will not be shown, and why."""

    lines: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...] = ()


def phone_screen(own: OwnData, pins: Iterable[PinView] = ()) -> PhoneScreen:
    """What the phone will show, as far as the card lets anyone read it."""
    remarks: list[str] = []
    spn = own.value(f"{USIM}/EF.SPN", f"{GSM}/EF.SPN")
    spn = spn if isinstance(spn, contents.ServiceProviderName) and spn.name else None
    services = own.value(f"{USIM}/EF.UST")
    if isinstance(services, tuple):
        if spn is not None and SPN_SERVICE not in services:
            remarks.append(
                f"EF.SPN says {spn.name!r}, but service {SPN_SERVICE} in EF.UST is off: phones may ignore it"
            )
        if _network_name(own) and PNN_SERVICE not in services:
            remarks.append(f"EF.PNN holds a name, but service {PNN_SERVICE} in EF.UST is off: phones may ignore it")
    lines = [
        ("at home", _at_home(own, spn)),
        ("abroad", _abroad(spn)),
        ("own number", _number(own, "EF.MSISDN", TELECOM)),
        ("voicemail", _number(own, "EF.MBDN", GSM)),
        ("SMS centre", _service_centre(own)),
        ("PIN at power-on", _pin(pins)),
        ("forbidden", _forbidden(own)),
    ]
    return PhoneScreen(tuple((name, text) for name, text in lines if text), tuple(remarks))


def _at_home(own: OwnData, spn: contents.ServiceProviderName | None) -> str:
    home = own.home
    network = _network_name(own)
    known = f'"{network}"' if network else f"the phone's own name for {home or 'the home network'}"
    if spn is None:
        return known
    return f'"{spn.name}" and {known}' if spn.show_plmn_at_home else f'"{spn.name}"'


def _abroad(spn: contents.ServiceProviderName | None) -> str:
    visited = "the visited network's name"
    return visited if spn is None or spn.hide_when_roaming else f'{visited} and "{spn.name}"'


def _network_name(own: OwnData) -> str:
    """The home network's name on the card: what EF.OPL points to, else the first one (TS 31.102 §4.2.58)."""
    areas = [row for row in own.values(f"{USIM}/EF.OPL", f"{GSM}/EF.OPL") if isinstance(row, contents.NetworkArea)]
    home = str(own.home) if own.home else ""
    number = 1
    if areas:
        matching = [row for row in areas if row.plmn == home and (row.first_area, row.last_area) == ALL_AREAS]
        if not matching or not matching[0].name_record:
            return ""
        number = matching[0].name_record
    name = own.value(f"{USIM}/EF.PNN", f"{GSM}/EF.PNN", record=number)
    return name.full if isinstance(name, contents.NetworkName) else ""


def _number(own: OwnData, file: str, second: str) -> str:
    entry = own.value(f"{USIM}/{file}", f"{second}/{file}")
    return entry.number or "none" if isinstance(entry, contents.Entry) else "none"


def _service_centre(own: OwnData) -> str:
    entry = own.value(f"{USIM}/EF.SMSP", f"{TELECOM}/EF.SMSP")
    return entry.service_centre or "none" if isinstance(entry, contents.MessageParameters) else "none"


def _pin(pins: Iterable[PinView]) -> str:
    for view in pins:
        if view.name == USER_PIN:
            return {True: "asked for", False: "not asked for", None: "not known"}[view.enabled]
    return ""


def _forbidden(own: OwnData) -> str:
    value = own.value(f"{USIM}/EF.FPLMN", f"{GSM}/EF.FPLMN")
    networks = [plmn for plmn in value if plmn] if isinstance(value, tuple) else []
    return ", ".join(map(str, networks)) or "no networks"
