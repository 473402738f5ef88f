"""What a phone shows with a card in a network: the preview as a value, with the reason for everything."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from simtool.perso.image import CardImage
from simtool.perso.preview.content import CardContent, State
from simtool.perso.preview.explanation import Decision
from simtool.perso.preview.fit import cut, width
from simtool.perso.preview.names import Names, names_of
from simtool.perso.preview.numbers import Number, Numbers, numbers_of
from simtool.perso.preview.situation import Phone, Situation, Technology
from simtool.perso.preview.standing import Home, Standing, home_of, standing_of

NO_SERVICE = "Emergency calls only"
"""The words are each phone's own; that only emergency calls are possible is not (TS 23.122 §3.5)."""
_PRESENTATION = {
    0: "as the phone likes",
    1: "only the one with the highest priority",
    2: "all that are in reach",
}
_LAST_NETWORK = {0: "the last network is tried first", 1: "the home network is tried first"}


class LineKind(Enum):
    """What a line of the idle screen is."""

    PROVIDER = "service provider name"
    NETWORK = "network name"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the idle screen. `whole` is the text with room enough; `remark` what to know about it."""

    kind: LineKind
    text: str
    whole: str
    remark: str = ""
    from_card: bool = True

    @property
    def is_shortened(self) -> bool:
        """Cut, or the short name in place of the full one."""
        return self.text != self.whole


@dataclass(frozen=True, slots=True)
class Preview:
    """What the phone shows, and why. `application` is USIM or SIM, empty if the card has neither."""

    situation: Situation
    application: str
    standing: Standing
    lines: tuple[Line, ...]
    roaming: bool
    numbers: Numbers
    decisions: tuple[Decision, ...]
    remarks: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """The idle screen's lines."""
        return tuple(line.text for line in self.lines)

    @property
    def in_service(self) -> bool:
        return not any(line.kind is LineKind.STATE for line in self.lines)

    def to_json(self) -> dict[str, Any]:
        situation, numbers = self.situation, self.numbers
        return {
            "network": str(situation.plmn),
            "technology": situation.technology.value,
            "area": situation.area,
            "phone": situation.phone.value,
            "application": self.application,
            "standing": self.standing.value,
            "roaming": self.roaming,
            "in_service": self.in_service,
            "lines": [
                {
                    "kind": line.kind.value,
                    "text": line.text,
                    "whole": line.whole,
                    "shortened": line.is_shortened,
                    "from_card": line.from_card,
                    "remark": line.remark,
                }
                for line in self.lines
            ],
            "emergency_numbers": [one.number for one in numbers.every_emergency],
            "voicemail": numbers.voicemail.number if numbers.voicemail else None,
            "own_numbers": _named(numbers.own),
            "service_numbers": _named(numbers.service),
            "decisions": [
                {"subject": one.subject, "outcome": one.outcome, "reason": one.reason, "clause": one.clause}
                for one in self.decisions
            ],
            "remarks": list(self.remarks),
        }


def preview(image: CardImage, situation: Situation) -> Preview:
    """What a phone shows with a card of this content. Never raises, whatever the card holds."""
    card = _application(image, situation)
    if card is None:
        return _without_card(situation, image)
    home = home_of(card)
    standing, decision = standing_of(card, home, situation)
    numbers = numbers_of(card)
    application = "USIM" if card.is_usim else "SIM"
    decisions = [_about_application(card, situation), decision]
    refused = _refused(card, standing, situation)
    if refused is not None:
        lines: tuple[Line, ...] = (Line(LineKind.STATE, NO_SERVICE, NO_SERVICE, refused.reason, from_card=False),)
        decisions += [refused, *numbers.decisions]
        remarks = _own_network_forbidden(home, standing, situation)
        return Preview(situation, application, standing, lines, False, numbers, tuple(decisions), remarks)
    names = names_of(card, home, standing, situation)
    lines = _lines(names, standing, situation)
    decisions += [*names.decisions, _roaming(standing), *_about_selection(card, home), *numbers.decisions]
    remarks = names.remarks + tuple(line.remark for line in lines if line.remark)
    return Preview(situation, application, standing, lines, not standing.is_home, numbers, tuple(decisions), remarks)


def _application(image: CardImage, situation: Situation) -> CardContent | None:
    sim = CardContent.of_sim(image)
    if situation.phone is Phone.SIM_ONLY:
        return sim
    return CardContent.of_usim(image) or sim


def _about_application(card: CardContent, situation: Situation) -> Decision:
    if card.is_usim:
        return Decision("application", "USIM", "a phone that knows the USIM uses it in every network", "TS 31.102 §5.1")
    if situation.phone is Phone.SIM_ONLY:
        return Decision("application", "SIM", "the phone knows no USIM", "TS 51.011 §1")
    return Decision("application", "SIM", "the card has no USIM", "TS 31.102 §5.1.1.1")


def _without_card(situation: Situation, image: CardImage) -> Preview:
    reason = "the card has no SIM application for this phone" if image.units else "nothing of the card is known"
    line = Line(LineKind.STATE, NO_SERVICE, NO_SERVICE, reason, from_card=False)
    decision = Decision("application", "none", reason, "TS 31.102 §5.1.1.1")
    numbers = Numbers((), None, (), (), ())
    return Preview(situation, "", Standing.UNKNOWN, (line,), False, numbers, (decision,), (reason,))


def _refused(card: CardContent, standing: Standing, situation: Situation) -> Decision | None:
    """Why the phone does not register at all."""
    if not card.is_usim and situation.technology in (Technology.E_UTRAN, Technology.NG_RAN):
        clause = "TS 33.401 §6.1.1" if situation.technology is Technology.E_UTRAN else "TS 33.501 §6.1"
        word = situation.technology.value
        return Decision("service", "emergency calls only", f"a SIM gives no access to {word}, a USIM does", clause)
    if not standing.is_registered:
        clause = "TS 31.102 §4.2.16, TS 23.122 §3.5"
        return Decision("service", "emergency calls only", "the network is forbidden; a person may choose it", clause)
    return None


def _own_network_forbidden(home: Home, standing: Standing, situation: Situation) -> tuple[str, ...]:
    if standing is Standing.FORBIDDEN and (
        home.plmn == situation.plmn or home.default_name_applies(situation.plmn)
    ):  # fmt: skip
        return ("EF.FPLMN lists the card's own network: it will not register at home",)
    return ()


def _lines(names: Names, standing: Standing, situation: Situation) -> tuple[Line, ...]:
    """The provider's name first at home, the network's first abroad; the order is each phone's own."""
    lines = []
    if names.provider:
        lines.append(_cut_line(LineKind.PROVIDER, names.provider, situation.columns))
    if names.shows_network:
        network = _network_line(names, situation)
        lines.insert(0 if not standing.counts_as_home_for_spn else len(lines), network)
    return tuple(lines)


def _cut_line(kind: LineKind, whole: str, columns: int) -> Line:
    fitting = cut(whole, columns)
    remark = "" if fitting == whole else f"{whole!r} is cut: it takes {width(whole)} columns, the phone has {columns}"
    return Line(kind, fitting, whole, remark)


def _network_line(names: Names, situation: Situation) -> Line:
    full, short = names.network.full, names.network.short
    if not full:
        digits = str(situation.plmn)
        remark = f"{digits} stands for the name that the phone takes from NITZ or its own table: the card has none"
        return Line(LineKind.NETWORK, digits, digits, remark, from_card=False)
    if short and width(full) > situation.columns >= width(short):
        remark = f"{full!r} is too long for {situation.columns} columns: the short name is shown"
        return Line(LineKind.NETWORK, short, full, remark)
    return _cut_line(LineKind.NETWORK, full, situation.columns)


def _roaming(standing: Standing) -> Decision:
    if standing.is_home:
        return Decision("roaming", "no", f"registered in the {standing.value}", "TS 23.122 §1.2 (HPLMN, EHPLMN)")
    reason = "registered neither in the home network nor in an equal one; whether a sign is shown is the phone's choice"
    return Decision("roaming", "yes", reason, "TS 23.122 §1.2 (VPLMN)")


def _about_selection(card: CardContent, home: Home) -> list[Decision]:
    """What the card says about choosing networks, which shows in menus and at power-on."""
    if not card.is_usim:
        return []
    decisions = []
    presentation, last = card.file("EF.EHPLMNPI"), card.file("EF.LRPLMNSI")
    if home.equivalent and presentation.state is State.READ:
        outcome = _PRESENTATION.get(presentation.value, "reserved value")
        reason = f"EF.EHPLMNPI is {presentation.value:02x}"
        decisions.append(Decision("equal home networks in the menu", outcome, reason, presentation.reference))
    if last.state is State.READ:
        outcome = _LAST_NETWORK.get(last.value, "reserved value")
        decisions.append(Decision("at power-on", outcome, f"EF.LRPLMNSI is {last.value:02x}", last.reference))
    return decisions


def _named(numbers: tuple[Number, ...]) -> list[dict[str, str]]:
    return [{"number": one.number, "name": one.name} for one in numbers]
