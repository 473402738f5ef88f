"""What TERMINAL PROFILE says of the terminal, as far as the runtime minds (TS 102 223 §5.2)."""

from __future__ import annotations

from simtool.softcard.toolkit.commands import CommandType
from simtool.softcard.toolkit.events import Event

_COMMANDS = {
    CommandType.POLL_INTERVAL: (3, 6), CommandType.POLLING_OFF: (3, 7), CommandType.SET_UP_MENU: (4, 6),
    CommandType.SET_UP_EVENT_LIST: (5, 1),
}  # fmt: skip
"""Byte and bit, both from 1."""
_EVENTS = {
    Event.MT_CALL: (5, 2), Event.CALL_CONNECTED: (5, 3), Event.CALL_DISCONNECTED: (5, 4),
    Event.LOCATION_STATUS: (5, 5), Event.USER_ACTIVITY: (5, 6), Event.IDLE_SCREEN_AVAILABLE: (5, 7),
    Event.CARD_READER_STATUS: (5, 8), Event.LANGUAGE_SELECTION: (6, 1), Event.BROWSER_TERMINATION: (6, 2),
    Event.DATA_AVAILABLE: (6, 3), Event.CHANNEL_STATUS: (6, 4), Event.ACCESS_TECHNOLOGY_CHANGE: (6, 5),
    Event.DISPLAY_PARAMETER_CHANGED: (6, 6), Event.LOCAL_CONNECTION: (6, 7),
    Event.NETWORK_SEARCH_MODE_CHANGE: (6, 8),
}  # fmt: skip


def _bit(profile: bytes, place: tuple[int, int]) -> bool:
    byte, bit = place
    return len(profile) >= byte and bool(profile[byte - 1] >> bit - 1 & 1)


def knows_command(profile: bytes, type_: CommandType) -> bool:
    """Whether a command that the runtime sends by itself may be sent to this terminal."""
    return type_ not in _COMMANDS or _bit(profile, _COMMANDS[type_])


def knows_event(profile: bytes, event: Event) -> bool:
    """Whether an event may stand in the event list. Those of later releases are left to the terminal to refuse."""
    return event not in _EVENTS or _bit(profile, _EVENTS[event])
