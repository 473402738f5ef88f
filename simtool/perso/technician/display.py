"""What a phone will show with this card: names at home and abroad, own number, voicemail, whether it asks for a PIN.

The names come from `simtool.perso.preview`, computed for the card's home network and for one that no card names. What
a phone knows of networks from its own tables is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from simtool.codec.identifiers import Plmn
from simtool.files import contents
from simtool.perso.preview import LineKind, Number, Preview, Situation, Technology, preview, whole_image
from simtool.perso.technician.own import GSM, TELECOM, USIM, OwnData
from simtool.perso.technician.pin_states import PinView

USER_PIN = "PIN1"
_ABROAD = Plmn("999", "999")
"""No network abroad: the country code is for networks of one's own (ITU-T E.212)."""
_WIDE = 64


@dataclass(frozen=True, slots=True)
class PhoneScreen:
    """Lines for people; `remarks` say what is set but will not be shown, and why."""

    lines: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...] = ()


def phone_screen(own: OwnData, pins: Iterable[PinView] = ()) -> PhoneScreen:
    """What the phone will show, as far as the card lets anyone read it."""
    home = own.home
    at_home = _seen(own, home or _ABROAD)
    abroad = _seen(own, _ABROAD)
    numbers = at_home.numbers
    lines = [
        ("at home", _names(at_home, f"the phone's own name for {home}") if home else "not known without the IMSI"),
        ("abroad", _names(abroad, "the visited network's name")),
        ("own number", _first(numbers.own)),
        ("voicemail", _first((numbers.voicemail,) if numbers.voicemail else ())),
        ("SMS centre", _service_centre(own)),
        ("PIN at power-on", _pin(pins)),
        ("forbidden", _forbidden(own)),
    ]
    remarks = dict.fromkeys((*_remarks(at_home), *_remarks(abroad)))
    return PhoneScreen(tuple((name, text) for name, text in lines if text), tuple(remarks))


def _seen(own: OwnData, plmn: Plmn) -> Preview:
    """The preview in that network: in 4G for a USIM, in 2G for a SIM, on a phone that cuts no name."""
    image = whole_image(own.image, own.model)
    seen = preview(image, Situation(plmn, Technology.E_UTRAN, columns=_WIDE))
    return seen if seen.application != "SIM" else preview(image, Situation(plmn, Technology.GERAN, columns=_WIDE))


def _names(seen: Preview, unnamed: str) -> str:
    named = [f'"{line.text}"' if line.from_card or line.kind is LineKind.STATE else unnamed for line in seen.lines]
    return " and ".join(named)


def _remarks(seen: Preview) -> tuple[str, ...]:
    unnamed = {line.remark for line in seen.lines if not line.from_card}
    return tuple(remark for remark in seen.remarks if remark not in unnamed)


def _first(numbers: tuple[Number, ...]) -> str:
    return numbers[0].number if numbers else "none"


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
