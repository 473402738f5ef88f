"""A software card in a phone: applets as their users see them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from simtool.card.handset.phone import Handset
from simtool.card.handset.walk import Walk, WalkReport
from simtool.card.session import Session
from simtool.card.transport import EndpointTransport
from simtool.files.product import load
from simtool.softcard import SoftCard
from simtool.softcard.faults import Fault, FaultyCard
from tests.softcard.applets.conftest import Desk, desk_on

MENU_WALK = Path(__file__).with_name("menu-walk.yaml")
PRODUCT = "generic-usim"


def card_of(state: Path | None = None) -> SoftCard:
    """A card, fresh or from its state file."""
    return SoftCard.new(load(PRODUCT), state=state)


def new_desk(state: Path | None = None) -> Desk:
    """The same, with the host that manages its content."""
    return desk_on(card_of(state))


def walk(card: SoftCard, steps: Walk | str, *, faults: Iterable[Fault] = ()) -> WalkReport:
    """Put the card into a phone and take the steps; a text has steps only, one a line.

    Raises what the phone raises: `CardRemovedError` where a fault takes the power away.
    """
    taken = steps if isinstance(steps, Walk) else Walk.parse("steps:\n" + steps)
    faults = tuple(faults)
    session = Session.open(EndpointTransport(FaultyCard(card, faults) if faults else card, "card in the phone"))
    return taken.run(taken.handset(session))


def phone_with(card: SoftCard) -> Handset:
    """A phone that is on, with the card in it."""
    handset = Handset(Session.open(EndpointTransport(card, "card in the phone")))
    handset.power_on()
    return handset
