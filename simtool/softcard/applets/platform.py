"""The card as its machine sees it: the parts of `jcvm.platform`, each in a module of its own."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from simtool.softcard.applets.content import CardContent
from simtool.softcard.applets.files import CardFiles
from simtool.softcard.jcvm.platform.files import FilePlatform

if TYPE_CHECKING:
    from simtool.softcard.card import SoftCard


class CardPlatform:
    """Implements `jcvm.platform.Platform`."""

    def __init__(self, card: SoftCard) -> None:
        self.content = CardContent(card)
        self.card_files = CardFiles(card)
        self.files: FilePlatform = self.card_files
        self.toolkit = card.toolkit

    def random(self, count: int) -> bytes:
        """From the operating system."""
        return secrets.token_bytes(count)
