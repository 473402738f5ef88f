"""What the machine asks of the card that it is in. The card implements these; the machine never imports the card.

Every part of the API that needs more than the machine asks through a protocol of its own: one module each.
"""

from __future__ import annotations

from typing import Protocol

from simtool.softcard.jcvm.platform.content import ContentPlatform
from simtool.softcard.jcvm.platform.files import FilePlatform
from simtool.softcard.jcvm.platform.toolkit import ToolkitPlatform


class Platform(Protocol):
    """The card."""

    content: ContentPlatform
    """The registry of applications, selection, secure channels (org.globalplatform, JCSystem)."""
    files: FilePlatform
    """The file system (uicc.access and its relatives)."""
    toolkit: ToolkitPlatform
    """The card application toolkit (uicc.toolkit and its relatives)."""

    def random(self, count: int) -> bytes:
        """Random bytes from the operating system's generator."""
