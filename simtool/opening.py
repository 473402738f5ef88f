"""Opening a card by name: the one place where the two sides meet.

- `pcsc:0`, `pcsc:Virtual PCD`: a reader by number or by part of its name
- `soft:sysmoISIM-SJA5`, `soft:sysmoISIM-SJA5,state=FILE`: a software card in this process
- `replay:FILE`: a recorded conversation
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from simtool.card.pcsc import open_reader
from simtool.card.replay import ReplayTransport
from simtool.card.session import Session
from simtool.card.transport import EndpointTransport, Transport
from simtool.errors import CodecError, ReaderError
from simtool.files.product import load
from simtool.softcard.card import SoftCard

FORMS = "pcsc:NUMBER, pcsc:NAME, soft:PRODUCT[,state=FILE] or replay:FILE"


class SoftCardTransport(EndpointTransport):
    """The link to a software card in this process; closing it gives the card's state file back."""

    def __init__(self, card: SoftCard, name: str) -> None:
        super().__init__(card, name)
        self._card = card

    def close(self) -> None:
        super().close()
        self._card.close()


def connect(reader: str, *, trace: Callable[[str], None] | None = None) -> Session:
    """A session with the card that `reader` names; use it with `with`. `trace` takes redacted lines of what is sent.

    Raises `ReaderError` for a name that means nothing, a missing service, reader, card or file.
    """
    return Session.open(open_transport(reader), trace=trace)


def open_transport(reader: str) -> Transport:
    """The link alone, for programs that send their own bytes."""
    kind, _, rest = reader.partition(":")
    if not rest:
        raise ReaderError(f"{reader!r} names no reader", hint=f"give {FORMS}")
    match kind:
        case "pcsc":
            return open_reader(rest)
        case "soft":
            return _soft_card(rest)
        case "replay":
            return ReplayTransport.open(Path(rest))
    raise ReaderError(f"{kind!r} is not a kind of reader", hint=f"give {FORMS}")


def _soft_card(text: str) -> Transport:
    name, _, option = text.partition(",")
    key, _, value = option.partition("=")
    if option and (key != "state" or not value):
        raise ReaderError(f"{option!r} is not an option of a software card", hint="the only one is state=FILE")
    try:
        card = SoftCard.new(load(name), state=Path(value) if value else None)
    except CodecError as error:
        raise ReaderError(str(error), hint="simtool card models lists the products") from error
    return SoftCardTransport(card, f"soft:{card.model.name}")
