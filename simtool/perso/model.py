"""Recognising the product a card is."""

from __future__ import annotations

from simtool.card.session import CommandClass, Session
from simtool.errors import UnknownCardError
from simtool.files.product import CardModel, by_atr, load
from simtool.perso.rooms import speaks_as_sim


def identify(session: Session, *, product: str | None = None) -> CardModel:
    """The product in the reader, by its ATR; some products cannot be known by it and must be named with `product`.

    Sends nothing; from now on the session speaks to the card in the product's class (00 or A0). Raises
    `UnknownCardError`, and for a `product` that does not exist `DecodeError`.
    """
    if product is not None:
        model = load(product)
    else:
        found = by_atr(session.transport.atr)
        if not found:
            raise UnknownCardError(
                f"no card product has the ATR {session.transport.atr.hex()}",
                hint="simtool card models lists the known products; name one with --product if you are sure",
            )
        model = found[0]
    session.command_class = CommandClass.SIM if speaks_as_sim(model) else CommandClass.UICC
    return model
