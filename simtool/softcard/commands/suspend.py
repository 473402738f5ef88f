"""SUSPEND UICC: keep the session over a time without power (TS 102 221 §11.1.22)."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from simtool.softcard import status as sw
from simtool.softcard.channel import Channel
from simtool.softcard.commands.base import Case, ClassGroup, Route

if TYPE_CHECKING:
    from simtool.softcard.card import SoftCard

SUSPEND, RESUME = 0x00, 0x01
TOKEN_LENGTH = 8
_UNITS = {0x00: 1, 0x01: 60, 0x02: 3600, 0x03: 86400, 0x04: 864000}
_UMPC_FID, _SUSPENSION_SUPPORTED = 0x2F08, 0x02


def suspend_uicc(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """P1 00 asks for suspension: shortest and longest time, answered with the time granted and a token; the terminal
    then takes the power away. P1 01 with the token, after the next reset, brings the session back; before it only
    TERMINAL CAPABILITY may come.

    6D00 unless EF.UMPC says that the card can do it; 6985 when there is nothing to resume, 6982 for a wrong token.
    """
    if not _supported(card):
        return sw.WRONG_INSTRUCTION
    if p2 or channel.number:
        return sw.WRONG_P1_P2
    if p1 == SUSPEND:
        if len(data) != 4:
            return sw.WRONG_LENGTH
        shortest, longest = _seconds(data[:2]), _seconds(data[2:])
        if shortest is None or longest is None or shortest > longest:
            return sw.WRONG_DATA
        token = secrets.token_bytes(TOKEN_LENGTH)
        card.suspend(token, time.monotonic() + longest)
        return card.hold(channel, data[2:] + token)
    if p1 == RESUME:
        if len(data) != TOKEN_LENGTH:
            return sw.WRONG_LENGTH
        return card.resume(data)
    return sw.WRONG_P1_P2


def _seconds(raw: bytes) -> int | None:
    """A time: unit, number (§11.1.22.2)."""
    unit = _UNITS.get(raw[0])
    return unit * raw[1] if unit is not None else None


def _supported(card: SoftCard) -> bool:
    """Third byte of EF.UMPC, bit 2 (§13.5)."""
    node = card.files.mf.children.get(_UMPC_FID)
    return node is not None and len(node.content.data) > 2 and bool(node.content.data[2] & _SUSPENSION_SUPPORTED)


ROUTES = (Route(ClassGroup.PROPRIETARY, 0x76, Case.IN_OUT, suspend_uicc),)
