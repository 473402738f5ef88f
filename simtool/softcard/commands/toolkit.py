"""TERMINAL PROFILE, FETCH, TERMINAL RESPONSE and ENVELOPE (TS 102 221 §11.2), and TERMINAL CAPABILITY (§11.1.19)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtool.codec import tlv
from simtool.errors import CodecError
from simtool.softcard import status as sw
from simtool.softcard.channel import Channel
from simtool.softcard.commands.base import Case, ClassGroup, Route, out

if TYPE_CHECKING:
    from simtool.softcard.card import SoftCard

TERMINAL_CAPABILITY = 0xA9


def terminal_profile(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """TERMINAL PROFILE (§11.2.1): what the terminal can do; the toolkit begins."""
    if p1 or p2:
        return sw.WRONG_P1_P2
    if not data:
        return sw.WRONG_LENGTH
    card.toolkit.terminal_profile(data)
    return sw.OK


def fetch(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """FETCH (§11.2.3): the proactive command that 91xx has told of; 6985 if there is none."""
    if p1 or p2:
        return sw.WRONG_P1_P2
    command = card.toolkit.fetch()
    if command is None:
        return sw.CONDITIONS_NOT_SATISFIED
    answer = out(command, p3)
    if answer.endswith(sw.OK):
        card.toolkit.taken()
    return answer


def terminal_response(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """TERMINAL RESPONSE (§11.2.4)."""
    if p1 or p2:
        return sw.WRONG_P1_P2
    if not data:
        return sw.WRONG_LENGTH
    card.toolkit.terminal_response(data)
    return sw.OK


def envelope(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """ENVELOPE (§11.2.2): an event, a menu choice, a short message for the card.

    6200 before an answer that the network is to take for an error (TS 31.111 §7.1.1.2).
    """
    if p1 or p2:
        return sw.WRONG_P1_P2
    if not data:
        return sw.WRONG_LENGTH
    answer = card.toolkit.event(data)
    if not answer.failed:
        return card.hold(channel, answer.data)
    return card.hold(channel, answer.data, first=sw.WARN_UNCHANGED)


def terminal_capability(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """TERMINAL CAPABILITY (§11.1.19): one A9 template; the card takes note of nothing in it."""
    if p1 or p2:
        return sw.WRONG_P1_P2
    if not data:
        return sw.WRONG_LENGTH
    try:
        template, rest = tlv.split_first(data)
        template.children()
    except CodecError:
        return sw.WRONG_DATA
    return sw.WRONG_DATA if rest or template.tag != TERMINAL_CAPABILITY else sw.OK


ROUTES = (
    Route(ClassGroup.PROPRIETARY, 0x10, Case.IN, terminal_profile),
    Route(ClassGroup.PROPRIETARY, 0x12, Case.OUT, fetch),
    Route(ClassGroup.PROPRIETARY, 0x14, Case.IN, terminal_response),
    Route(ClassGroup.PROPRIETARY, 0xC2, Case.IN_OUT, envelope),
    Route(ClassGroup.PROPRIETARY, 0xAA, Case.IN, terminal_capability),
)
