"""MANAGE CHANNEL (TS 102 221 §11.1.17, §8.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtool.softcard import status as sw
from simtool.softcard.channel import MAX_CHANNEL, Channel
from simtool.softcard.commands.base import Case, ClassGroup, Route, out

if TYPE_CHECKING:
    from simtool.softcard.card import SoftCard

OPEN, CLOSE = 0x00, 0x80


def manage_channel(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """Open (P1 00: the card chooses with P2 00 and tells the number, else P2 is it) or close (80) a logical channel.

    A channel opened from the basic one starts at the MF, opened from another it starts where that one is. The basic
    channel cannot be closed. 6A81 when all that the card has are open.
    """
    if data:
        return sw.WRONG_LENGTH
    if p1 == CLOSE:
        if p3:
            return sw.WRONG_LENGTH
        number = p2 or channel.number
        if number == 0 or number > MAX_CHANNEL:
            return sw.WRONG_P1_P2
        return sw.OK if card.close_channel(number) else sw.CHANNEL_NOT_SUPPORTED
    if p1 != OPEN or p2 > MAX_CHANNEL:
        return sw.WRONG_P1_P2
    if p2 == 0:
        if p3 != 1:
            return sw.wrong_le(1)
        free = card.free_channel()
        if free is None:
            return sw.NOT_SUPPORTED
        card.open_channel(free, channel)
        return out(bytes((free,)), p3)
    if p3:
        return sw.WRONG_LENGTH
    if p2 > card.channel_limit or card.channels[p2] is not None:
        return sw.CHANNEL_NOT_SUPPORTED
    card.open_channel(p2, channel)
    return sw.OK


ROUTES = (Route(ClassGroup.INTERINDUSTRY, 0x70, Case.EITHER, manage_channel),)
