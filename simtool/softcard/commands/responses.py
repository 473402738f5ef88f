"""GET RESPONSE (TS 102 221 §12.1.1, ISO/IEC 7816-4 §7.6.1) and GET CHALLENGE (TS 102 221 §11.1.15)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from simtool.softcard import status as sw
from simtool.softcard.channel import Channel
from simtool.softcard.commands.base import MAX_LE, Case, ClassGroup, Route

if TYPE_CHECKING:
    from simtool.softcard.card import SoftCard


def get_response(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """What the command just before left to fetch, on the same channel; 6F00 if there is nothing.

    Le above what there is gets 6Cxx and may be tried again; below, 61xx tells what is still there.
    """
    pending = card.pending
    if p1 or p2:
        card.pending = None
        return sw.WRONG_P1_P2
    if pending is None or pending.channel is not channel:
        card.pending = None
        return sw.TECHNICAL_PROBLEM
    length, there = p3 or MAX_LE, len(pending.data)
    if length > there:
        return sw.wrong_le(there)
    if length < there:
        head, pending.data = pending.data[:length], pending.data[length:]
        return head + bytes((0x61, min(there - length, MAX_LE) & 0xFF))
    card.pending = None
    return pending.data + pending.final


def get_challenge(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """Le random bytes."""
    if p1 or p2:
        return sw.WRONG_P1_P2
    return secrets.token_bytes(p3 or MAX_LE) + sw.OK


ROUTES = (
    Route(ClassGroup.BOTH, 0xC0, Case.OUT, get_response),
    Route(ClassGroup.INTERINDUSTRY, 0x84, Case.OUT, get_challenge),
)
