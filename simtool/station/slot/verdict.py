"""What an error during work on a card means: the contact's fault, the card's, a mix-up, or nothing of the card's."""

from __future__ import annotations

from enum import Enum

from simtool.errors import (
    AuthenticationError,
    CardError,
    CardRemovedError,
    CodecError,
    PlanError,
    ReaderError,
    RefusedError,
    SimtoolError,
    StatusError,
    UnknownCardError,
    WrongPinError,
)
from simtool.perso.apply import SICK


class Verdict(Enum):
    """`CONTACT`: the link broke, or the card answered as one with bad contacts does; power it again, then re-seat it.
    `REJECT`: the card itself refused or is broken. `ASIDE`: somebody has to look, as at codes that do not fit the card.
    `STRANGER`: no product that is known here. `WAIT`: the computer's fault, as a full disk; the card may go on later.
    """

    CONTACT = "contact"
    REJECT = "reject"
    ASIDE = "aside"
    STRANGER = "stranger"
    WAIT = "wait"


def verdict_of(error: SimtoolError) -> Verdict:
    """By the kind of error alone; whether the same card is still there is for the caller to find out."""
    match error:
        case WrongPinError():
            return Verdict.ASIDE
        case StatusError(sw=sw):
            return Verdict.CONTACT if sw in SICK else Verdict.REJECT
        case UnknownCardError():
            return Verdict.STRANGER
        case CardRemovedError() | ReaderError() | CardError() | CodecError():
            return Verdict.CONTACT  # an answer that makes no sense is mostly one that came through badly
        case RefusedError() | PlanError() | AuthenticationError():
            return Verdict.ASIDE
    return Verdict.WAIT
