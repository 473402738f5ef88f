"""A toolkit application outside of the card's registry: commands ready made, for tests and demonstrations.

It stands beside the applets of the card: what it has to say comes first, and events reach it before them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class ToolkitSource(Protocol):
    """A toolkit application. Proactive commands are whole D0 objects of at most 256 bytes."""

    def started(self, profile: bytes) -> Sequence[bytes]:
        """The terminal has sent its profile; gives the first commands."""

    def answered(self, command: bytes, response: bytes) -> Sequence[bytes]:
        """The terminal response to one of its commands; gives what follows."""

    def envelope(self, tag: int, value: bytes) -> tuple[bytes, Sequence[bytes]]:
        """An event; gives response data and commands. Raises `StatusFault` to refuse it."""
