"""Cards as the supplier delivered them: ICCIDs that are fixed, and the credentials that open them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from simtool.codec.identifiers import Iccid
from simtool.errors import EncodeError, InputError
from simtool.perso.record import Credential, parse_credential
from simtool.perso.sections.fields import text_field
from simtool.perso.source import Section, check, read_yaml


class _StockCard(Section):
    iccid: Annotated[Iccid, text_field(Iccid.parse)]
    credentials: dict[str, str] = {}


class _Stock(Section):
    cards: list[_StockCard]


def load_stock(path: Path) -> list[tuple[Iccid, tuple[Credential, ...]]]:
    """Cards as the supplier delivered them: ICCID and credentials. Raises `InputError` with the place."""
    source = read_yaml(path)
    stock = []
    for index, card in enumerate(check(source, _Stock).cards):
        try:
            credentials = tuple(
                Credential(name, parse_credential(name, text)) for name, text in card.credentials.items()
            )
        except EncodeError as error:
            place = source.place(("cards", index, "credentials"))
            raise InputError(str(error), place=place, field=f"cards.{index}.credentials") from None
        stock.append((card.iccid, credentials))
    if len({iccid for iccid, _ in stock}) != len(stock):
        raise InputError("an ICCID stands twice", place=str(path), field="cards")
    return stock
