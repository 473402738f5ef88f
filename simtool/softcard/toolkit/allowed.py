"""Proactive commands that an applet may send, and channels that are its own (TS 102 241 §5.4, §5.9)."""

from __future__ import annotations

from collections.abc import Iterable

from simtool.softcard.jcvm.platform.toolkit import CommandNotAllowed
from simtool.softcard.toolkit.commands import (
    CHANNEL_STATUS,
    COMMAND_MAX,
    FIRST_CHANNEL,
    SERVICE_RECORD,
    TIMER_ID,
    CommandType,
    Parts,
    wrap,
)
from simtool.softcard.toolkit.entries import Entry

MAX_CHANNELS = 7
_OF_THE_RUNTIME = frozenset(
    (CommandType.POLL_INTERVAL, CommandType.POLLING_OFF, CommandType.SET_UP_EVENT_LIST, CommandType.SET_UP_MENU)
)
_ON_A_CHANNEL = frozenset((CommandType.CLOSE_CHANNEL, CommandType.RECEIVE_DATA, CommandType.SEND_DATA))
_CHANNEL_BITS = 0x07


def check(entry: Entry, entries: Iterable[Entry], command: bytes) -> None:
    """Raises `CommandNotAllowed`: commands that the runtime itself sends, and what needs a timer, a channel or a
    service that is not this applet's."""
    parts = Parts.of(command)
    match parts.type:
        case None:
            allowed = False
        case type_ if type_ in _OF_THE_RUNTIME:
            allowed = False
        case CommandType.TIMER_MANAGEMENT:
            allowed = parts.byte(TIMER_ID) in entry.state.timers
        case CommandType.DECLARE_SERVICE:
            allowed = parts.byte(SERVICE_RECORD, 1) in entry.state.services
        case CommandType.OPEN_CHANNEL:
            open_ = sum(len(one.channels) for one in entries)
            allowed = len(entry.channels) < entry.parameters.channels and open_ < MAX_CHANNELS
        case type_ if type_ in _ON_A_CHANNEL:
            allowed = parts.destination is not None and parts.destination - FIRST_CHANNEL + 1 in entry.channels
        case _:
            allowed = True
    if not allowed or len(wrap(command)) > COMMAND_MAX:
        raise CommandNotAllowed


def note_channels(entry: Entry, command: bytes, response: bytes) -> None:
    """A channel belongs to the applet that has opened it until it has closed it or the card is reset."""
    sent, got = Parts.of(command), Parts.of(response)
    if not got.performed:
        return
    if sent.type == CommandType.OPEN_CHANNEL:
        channel = got.byte(CHANNEL_STATUS)
        if channel is not None and channel & _CHANNEL_BITS:
            entry.channels.add(channel & _CHANNEL_BITS)
    elif sent.type == CommandType.CLOSE_CHANNEL and sent.destination is not None:
        entry.channels.discard(sent.destination - FIRST_CHANNEL + 1)
