"""Recognising the product a card is."""

from __future__ import annotations

from simtool.card.session import Session
from simtool.errors import UnknownCardError
from simtool.files.product import CardModel, by_atr


def identify(session: Session) -> CardModel:
    """The product in the reader, by its ATR. Sends nothing. Raises `UnknownCardError`."""
    found = by_atr(session.transport.atr)
    if not found:
        raise UnknownCardError(
            f"no card product has the ATR {session.transport.atr.hex()}",
            hint="simtool card models lists the known products; a new one is a YAML file in simtool/data/cards",
        )
    return found[0]
