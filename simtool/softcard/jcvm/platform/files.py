"""The file system as applets see it (TS 102 241 §6)."""

from __future__ import annotations

from typing import Protocol


class FilePlatform(Protocol):
    """What is asked of the card."""
