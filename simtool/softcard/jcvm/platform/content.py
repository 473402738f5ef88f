"""The registry as applets see it (GlobalPlatform API, JCRE §4, §6)."""

from __future__ import annotations

from typing import Protocol


class ContentPlatform(Protocol):
    """What is asked of the card."""

    def assigned_channel(self) -> int:
        """The logical channel that the command which is processed came on (JCRE §4.3)."""

    def channels_of(self, aid: bytes) -> tuple[int, ...]:
        """The logical channels that an applet instance is selected on."""
