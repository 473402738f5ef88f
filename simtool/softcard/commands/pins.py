"""VERIFY, CHANGE, DISABLE, ENABLE and UNBLOCK PIN (TS 102 221 §11.1.9 to §11.1.13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtool.files.specs import PIN_LENGTH
from simtool.softcard import status as sw
from simtool.softcard.channel import Channel
from simtool.softcard.commands.base import Case, ClassGroup, Route
from simtool.softcard.pins import Pin
from simtool.softcard.security import UNIVERSAL_PIN
from simtool.softcard.status import StatusFault

if TYPE_CHECKING:
    from simtool.softcard.card import SoftCard

REPLACE_BY_UNIVERSAL = (0x80 | UNIVERSAL_PIN, 0x01)  # bit 8 and the global key that takes over; as older cards have it


def _pin(card: SoftCard, p1: int, p2: int, *, modes: tuple[int, ...] = (0,)) -> Pin:
    """The PIN of key reference P2. 6A86 for a wrong P1 or reference 00, 6A88 for an unknown PIN, 6984 for none set."""
    if p1 not in modes or p2 == 0:
        raise StatusFault(sw.WRONG_P1_P2)
    pin = card.guard.by_ref.get(p2)
    if pin is None:
        raise StatusFault(sw.REFERENCE_NOT_FOUND)
    if not pin.initialised:
        raise StatusFault(sw.INVALIDATED)
    return pin


def _present(card: SoftCard, pin: Pin, value: bytes) -> None:
    """Compare a PIN; 6983 if it is blocked, 63Cx if it is wrong."""
    if pin.blocked:
        raise StatusFault(sw.BLOCKED)
    right = pin.check(value, card.commit)
    card.guard.changed()
    if not right:
        raise StatusFault(sw.tries(pin.left))


def verify(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """VERIFY PIN; with no data it only tells the attempts left, 63Cx, and changes nothing (§11.1.9)."""
    pin = _pin(card, p1, p2)
    if not data:
        return sw.tries(pin.left)
    if len(data) != PIN_LENGTH:
        return sw.WRONG_LENGTH
    if pin.blocked:
        return sw.BLOCKED
    if not pin.enabled:
        return sw.INVALIDATED
    _present(card, pin, data)
    pin.verified = True
    card.guard.changed()
    return sw.OK


def change(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """CHANGE PIN: old and new value (§11.1.10). The PIN counts as verified after it."""
    pin = _pin(card, p1, p2)
    if len(data) != 2 * PIN_LENGTH:
        return sw.WRONG_LENGTH
    if pin.blocked:
        return sw.BLOCKED
    if not pin.enabled:
        return sw.INVALIDATED
    if not pin.can_change:
        return sw.CONDITIONS_NOT_SATISFIED
    _present(card, pin, data[:PIN_LENGTH])
    pin.change(data[PIN_LENGTH:])
    pin.verified = True
    card.guard.changed()
    return sw.OK


def disable(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """DISABLE PIN (§11.1.11); P1 91 (or 01) puts the universal PIN in its place."""
    pin = _pin(card, p1, p2, modes=(0, *REPLACE_BY_UNIVERSAL))
    if len(data) != PIN_LENGTH:
        return sw.WRONG_LENGTH
    if p1 and (UNIVERSAL_PIN not in card.guard.by_ref or p2 == UNIVERSAL_PIN):
        return sw.REFERENCE_NOT_FOUND
    if pin.blocked:
        return sw.BLOCKED
    if not pin.enabled:
        return sw.INVALIDATED
    if not pin.can_disable:
        return sw.CONDITIONS_NOT_SATISFIED
    _present(card, pin, data)
    pin.enable(False, replaced=p1 in REPLACE_BY_UNIVERSAL)
    card.guard.rules_changed()
    return sw.OK


def enable(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """ENABLE PIN (§11.1.12). The PIN counts as verified after it."""
    pin = _pin(card, p1, p2)
    if len(data) != PIN_LENGTH:
        return sw.WRONG_LENGTH
    if pin.blocked:
        return sw.BLOCKED
    if pin.enabled:
        return sw.CONDITIONS_NOT_SATISFIED
    _present(card, pin, data)
    pin.enable(True)
    pin.verified = True
    card.guard.rules_changed()
    return sw.OK


def unblock(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """UNBLOCK PIN: PUK and new PIN; without data the attempts left for the PUK (§11.1.13).

    Works whether or not the PIN is blocked; afterwards the PIN is enabled and counts as verified.
    """
    pin = _pin(card, p1, p2)
    if not pin.can_unblock:
        return sw.REFERENCE_NOT_FOUND
    if not data:
        return sw.tries(pin.puk_left)
    if len(data) != 2 * PIN_LENGTH:
        return sw.WRONG_LENGTH
    if pin.puk_left == 0:
        return sw.BLOCKED
    if not pin.check_puk(data[:PIN_LENGTH], card.commit):
        return sw.tries(pin.puk_left)
    pin.change(data[PIN_LENGTH:])
    pin.enable(True)
    pin.verified = True
    card.guard.rules_changed()
    return sw.OK


ROUTES = (
    Route(ClassGroup.INTERINDUSTRY, 0x20, Case.IN, verify),
    Route(ClassGroup.INTERINDUSTRY, 0x24, Case.IN, change),
    Route(ClassGroup.INTERINDUSTRY, 0x26, Case.IN, disable),
    Route(ClassGroup.INTERINDUSTRY, 0x28, Case.IN, enable),
    Route(ClassGroup.INTERINDUSTRY, 0x2C, Case.IN, unblock),
)
