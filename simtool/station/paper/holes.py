"""The holes in a template's texts, and what of one card goes into them.

PIN and PUK are revealed here and nowhere else in the station, and only where the profile lets them be printed.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from urllib.parse import quote

from simtool.errors import InputError
from simtool.perso.profile import Profile
from simtool.perso.record import CardRecord

GROUP = 4
WEB = ("http://", "https://")


class When(Enum):
    """What an element of a template can depend on."""

    PUK = "puk"  # the profile lets PUK and PIN be printed
    MSISDN = "msisdn"  # the card has a number
    CARE = "care"  # the profile names its customer care
    PRODUCT = "product"  # it is known which card product it is
    BATCH = "batch"


@dataclass(frozen=True, slots=True)
class Card:
    """One card as it is printed: its record as it is after programming, its product, its batch, the time of printing.

    With `masked` PIN and PUK are shown as dots, for whoever looks at the label on a screen.
    """

    profile: Profile
    record: CardRecord
    product: str
    batch: str
    at: datetime
    masked: bool = False

    def holds(self, condition: When | None) -> bool:
        """Whether an element with this condition is printed."""
        if condition is When.PUK:
            return self.profile.paper.puk
        return condition is None or bool(HOLES[condition.value](self))

    def code(self, name: str) -> str:
        """A PIN or PUK in digits. Raises `InputError` where the profile does not allow it or the card has none."""
        if not self.profile.paper.puk:
            hint = "paper: {puk: true} in the profile allows it; `when: puk` leaves the element out without it"
            raise InputError(f"{name} is not printed: the profile does not allow it", hint=hint)
        for item in self.record.personalised().credentials:
            if item.pin == name:
                digits = item.value.reveal().rstrip(b"\xff")
                if not digits.isdigit():
                    raise InputError(f"card {self.record.iccid}: its {name} is no row of digits")
                return "•" * len(digits) if self.masked else digits.decode()
        hint = f"make it (authentication: pins: {{{name}: {{value: random}}}}), or print no codes (paper: puk)"
        raise InputError(f"card {self.record.iccid}: its record holds no {name}", hint=hint)

    def brand(self) -> str:
        spn = self.profile.branding.spn
        return spn.name if spn is not None and spn.name else self.profile.operator.name

    def care(self) -> str:
        care = self.profile.services.customer_care
        return str(care.number) if care is not None else ""


@dataclass(frozen=True, slots=True)
class Words:
    """A text with holes, taken apart: pieces of text, each with the name of the hole behind it (or empty)."""

    pieces: tuple[tuple[str, str], ...]

    @property
    def holes(self) -> frozenset[str]:
        return frozenset(hole for _, hole in self.pieces if hole)

    @property
    def has_codes(self) -> bool:
        """Whether a PIN or PUK would stand in it."""
        return not self.holes.isdisjoint(CODES)

    def fill(self, card: Card) -> str:
        """The text for one card. Raises `InputError` where the card has no such value or it may not be printed."""
        web = self.pieces[0][0].startswith(WEB) if self.pieces else False
        found = ""
        for text, hole in self.pieces:
            value = HOLES[hole](card) if hole else ""
            if hole and not value:
                hint = f"`when: {hole}` leaves it out" if hole in {condition.value for condition in When} else ""
                raise InputError(f"card {card.record.iccid} has nothing for {{{hole}}}", hint=hint)
            found += text + (quote(value, safe="") if web else value)
        return found


def _spaced(digits: str) -> str:
    return " ".join(digits[at : at + GROUP] for at in range(0, len(digits), GROUP))


HOLES: dict[str, Callable[[Card], str]] = {
    "iccid": lambda card: card.record.iccid.digits,
    "iccid_spaced": lambda card: _spaced(card.record.iccid.digits),
    "imsi": lambda card: card.record.subscription.imsi.digits,
    "msisdn": lambda card: card.record.subscription.msisdn or "",
    "brand": Card.brand,
    "operator": lambda card: card.profile.operator.name,
    "care": Card.care,
    "product": lambda card: card.product,
    "batch": lambda card: card.batch,
    "date": lambda card: card.at.date().isoformat(),
    "pin1": lambda card: card.code("PIN1"),
    "pin2": lambda card: card.code("PIN2"),
    "puk1": lambda card: card.code("PUK1"),
    "puk2": lambda card: card.code("PUK2"),
}
CODES = frozenset(("pin1", "pin2", "puk1", "puk2"))


def parse_words(text: str) -> Words:
    """Take a text apart; {{ and }} stand for braces. Raises `ValueError` for a hole that nobody knows."""
    pieces = []
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        raise ValueError("a brace without its other half; braces themselves are written twice: {{ }}") from None
    for before, hole, form, conversion in parts:
        if hole is not None and (hole not in HOLES or form or conversion):
            raise ValueError(f"there is no hole {{{hole}}}; there are {', '.join(HOLES)}")
        pieces.append((before, hole or ""))
    return Words(tuple(pieces))
