"""One screen about a card: what it is, whose it is, what a phone would show, and how many tries are left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simtool.card.files import CardFiles
from simtool.card.session import PinState, Session
from simtool.errors import CodecError, StatusError
from simtool.files import contents
from simtool.files.path import FilePath
from simtool.files.product import CardModel
from simtool.perso.model import identify

SHOWN = (
    ("ICCID", ("MF/EF.ICCID",)),
    ("IMSI", ("MF/ADF.USIM/EF.IMSI", "MF/DF.GSM/EF.IMSI")),
    ("MSISDN", ("MF/ADF.USIM/EF.MSISDN", "MF/DF.TELECOM/EF.MSISDN")),
    ("service provider name", ("MF/ADF.USIM/EF.SPN", "MF/DF.GSM/EF.SPN")),
    ("administrative data", ("MF/ADF.USIM/EF.AD", "MF/DF.GSM/EF.AD")),
)


@dataclass(frozen=True, slots=True)
class CardInfo:
    """`facts` are names and values as a person reads them; `tries` per PIN what the card says without a try."""

    reader: str
    atr: str
    model: CardModel
    facts: tuple[tuple[str, str], ...]
    tries: tuple[tuple[str, str], ...]

    def rows(self) -> list[tuple[str, ...]]:
        head = [("reader", self.reader), ("ATR", self.atr), ("product", f"{self.model.name} ({self.model.vendor})")]
        notes = [("note", note) for note in self.model.notes]
        return [*head, *self.facts, *self.tries, *notes]

    def to_json(self) -> dict[str, Any]:
        return {
            "reader": self.reader,
            "atr": self.atr,
            "product": self.model.name,
            "facts": dict(self.facts),
            "tries": dict(self.tries),
            "notes": list(self.model.notes),
        }


def look(session: Session) -> CardInfo:
    """Read what anyone may read. Raises `UnknownCardError` for a product that is not known."""
    model = identify(session)
    card_files = CardFiles(session, model)
    facts = []
    for name, paths in SHOWN:
        path = next((FilePath(text) for text in paths if model.has(text)), None)
        if path is not None:
            facts.append((name, _value(card_files, model, path)))
    tries = tuple((pin.name, _tries(session.pin_state(pin.ref, what=pin.name))) for pin in model.pins)
    return CardInfo(session.transport.name, session.atr.hex(), model, tuple(facts), tries)


def _value(card_files: CardFiles, model: CardModel, path: FilePath) -> str:
    record = 1 if model.file(path).type.has_records else 0
    try:
        return str(contents.decode(path, card_files.read(path, record)))
    except StatusError as error:
        card_files.forget()
        return f"not readable ({error})"
    except CodecError as error:
        return f"not understood ({error})"


def _tries(state: PinState) -> str:
    if state.verified:
        return "verified or not asked for"
    if state.disabled:
        return "disabled"
    if state.blocked:
        return "BLOCKED"
    return "not told" if state.tries is None else f"{state.tries} tries left"
