"""The registry as applets see it (GlobalPlatform API, JCRE §4, §6)."""

from __future__ import annotations

from typing import Protocol


class ContentPlatform(Protocol):
    """What is asked of the card."""
