"""How an ADM code is written down and how it would be sent: papers give it as digits or as hex, and each reads as other
bytes. Told before the first try, because a wrong reading costs one. Never shows the value.
"""

from __future__ import annotations

from dataclasses import dataclass

from simtool.files.product import CardModel, by_atr
from simtool.files.specs import AdmSpec
from simtool.perso.authorise import reading
from simtool.perso.record import CardRecord

IN_WORDS = {"digits8": "8 digits, sent as their ASCII codes", "hex16": "16 hex digits, sent as 8 bytes"}


@dataclass(frozen=True, slots=True)
class AdmReading:
    """The ADM of a product: the readings it has, the one that the record's value would be sent in, and a doubt."""

    pin: str
    usual: tuple[str, ...]
    other: tuple[str, ...]
    sent: str = ""
    doubt: str = ""

    @property
    def rows(self) -> list[tuple[str, str]]:
        rows = [(f"{self.pin} is written as", f"{' or '.join(self.usual)}{self._not_usual}")]
        rows += [("from the record", self.sent)] if self.sent else []
        return rows + ([("but", self.doubt)] if self.doubt else [])

    @property
    def _not_usual(self) -> str:
        return f"; not usual here: {' or '.join(self.other)}" if self.other else ""


def adm_reading(model: CardModel, record: CardRecord | None = None) -> AdmReading | None:
    """What there is to know before the ADM is sent; None for a product that needs none."""
    if model.adm is None:
        return None
    usual = tuple(IN_WORDS[form] for form in model.adm.forms)
    other = tuple(words for form, words in IN_WORDS.items() if form not in model.adm.forms)
    values = {item.pin: item.value for item in (record.credentials if record else ())}
    value = values.get(model.adm.pin)
    if value is None:
        return AdmReading(model.adm.pin, usual, other)
    published = model.pin(model.adm.pin).value
    doubt = "" if value.reveal() == published else _doubt(model.adm, value.reveal())
    return AdmReading(model.adm.pin, usual, other, reading(model.adm.pin, value), doubt)


def _doubt(adm: AdmSpec, raw: bytes) -> str:
    digits = raw.rstrip(b"\xff").isdigit()
    if digits and "digits8" not in adm.forms:
        return "this product's is usually given in hex: is the paper's value 16 hex digits?"
    if not digits and "hex16" not in adm.forms:
        return "this product's is usually given as 8 digits: is the record's value that of another product?"
    return ""


def known_by(model: CardModel, atr: bytes) -> str:
    """How the product was recognised."""
    if not any(known.value == atr for known in model.atrs):
        return "named, not recognised: the ATR is not one of its own"
    others = [other.name for other in by_atr(atr) if other.name != model.name]
    return f"by its ATR, and by probes from {', '.join(others)}" if others else "by its ATR"
