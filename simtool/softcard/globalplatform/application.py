"""What an application of the card has to be, and one whose code cannot run (GPCS §6.3, TS 102 241 §4).

This is the seam for Java Card: an `Application` made by an `ApplicationFactory` is an instance, whatever runs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from simtool.codec import tlv
from simtool.codec.globalplatform import Privilege
from simtool.softcard import status as sw
from simtool.softcard.globalplatform.command import Command
from simtool.softcard.globalplatform.registry import AppEntry
from simtool.softcard.status import StatusFault

if TYPE_CHECKING:
    from simtool.softcard.globalplatform.selection import Selection

FCI, AID = 0x6F, 0x84


class Answered(StatusFault):
    """Selected, but the application's answer to SELECT is not 9000: `data` and the word (JCRE §4.5.2)."""

    def __init__(self, data: bytes, word: bytes) -> None:
        super().__init__(word)
        self.data = data


class Application(Protocol):
    """An instance on the card. Its methods raise `StatusFault` to refuse."""

    @property
    def multiselectable(self) -> bool:
        """Whether it may be selected on several channels at once."""

    def install(self, parameters: bytes, privileges: Privilege) -> None:
        """Once, when the instance is made; `parameters` is the whole install parameters field."""

    def select(self, selection: Selection, command: Command | None) -> bytes:
        """Selected by this command (None: by default after a reset); gives the file control information.

        A `StatusFault` means that it does not want to be selected, unless that is `Answered`.
        """

    def process(self, selection: Selection, command: Command) -> bytes:
        """A command as it came over the channel; gives data and status word."""

    def personalise(self, selection: Selection, command: Command) -> bytes:
        """STORE DATA in plain by way of its security domain, which is selected (§7.3.3); gives response data."""

    def deselect(self, selection: Selection) -> None:
        """Another application was selected there, or the channel closed. Not called at reset."""

    def uninstall(self) -> None:
        """The instance is deleted. Cannot refuse."""


class ApplicationFactory(Protocol):
    """Makes the instance behind an entry of the registry."""

    def __call__(self, entry: AppEntry) -> Application: ...


class Dormant:
    """An instance of a loaded module whose code this card cannot run.

    It is in the registry and can be selected; every command gets 6F00, and personalisation 6985. Nothing is kept.
    """

    multiselectable = False

    def __init__(self, entry: AppEntry) -> None:
        self.entry = entry

    def install(self, parameters: bytes, privileges: Privilege) -> None:
        return None

    def select(self, selection: Selection, command: Command | None) -> bytes:
        return tlv.encode(FCI, tlv.encode(AID, self.entry.aid))

    def process(self, selection: Selection, command: Command) -> bytes:
        return sw.TECHNICAL_PROBLEM

    def personalise(self, selection: Selection, command: Command) -> bytes:
        raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)

    def deselect(self, selection: Selection) -> None:
        return None

    def uninstall(self) -> None:
        return None
