"""The event list that the terminal is given: all applets' events together (TS 102 241 §5.8, TS 102 223 §6.4.16)."""

from __future__ import annotations

from simtool.softcard.toolkit.events import DOWNLOADS
from simtool.softcard.toolkit.profile import knows_event
from simtool.softcard.toolkit.registry import Registry


def numbers(registry: Registry, able: frozenset[bytes], profile: bytes) -> tuple[int, ...]:
    """Event numbers that applets which may run are registered for and the terminal has."""
    found = []
    for number, event in DOWNLOADS.items():
        wanted = any(one.is_event_set(event) for one in registry if one.aid in able)
        if wanted and knows_event(profile, event):
            found.append(number)
    return tuple(found)
