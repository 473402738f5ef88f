"""A card in use: the commands of the standards as methods, and what is known of the card's state.

What is selected, verified and open follows from the commands sent through the session; a reset forgets it. Use it in
a `with` block: leaving it powers the card off.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType

from simtool.card.commands.admin import AdminCommands
from simtool.card.commands.authentication import Authenticated, AuthenticationCommands, SyncFailure
from simtool.card.commands.base import CommandClass, Selection
from simtool.card.commands.files import FileCommands, RecordMode, StatusInfo
from simtool.card.commands.pins import TRIES_NOT_TOLD, PinCommands, PinState
from simtool.card.commands.toolkit import ToolkitCommands
from simtool.card.instructions import Ins
from simtool.card.processors import link_for
from simtool.card.trace import TraceLink
from simtool.card.transport import Transport
from simtool.codec.apdu import CommandApdu

__all__ = [
    "TRIES_NOT_TOLD",
    "Authenticated",
    "CommandClass",
    "PinState",
    "RecordMode",
    "Selection",
    "Session",
    "StatusInfo",
    "SyncFailure",
]
_SW_UNKNOWN_CLASS = (0x6E00, 0x6D00)


class Session(FileCommands, PinCommands, AuthenticationCommands, AdminCommands, ToolkitCommands):
    """One card, its commands, its state.

    `Session.open(transport)` builds the usual chain; the constructor takes any other. Errors: `StatusError` (command,
    file, status word in words), `WrongPinError`, `CardRemovedError`.
    """

    @classmethod
    def open(
        cls,
        transport: Transport,
        *,
        trace: Callable[[str], None] | None = None,
        reveal: bool = False,
        extended: bool | None = None,
    ) -> Session:
        """A session over the usual chain of processors, with a trace if `trace` takes its lines.

        `reveal` puts PINs and keys into the trace; `extended` overrules what the ATR says about long commands.
        """
        link = link_for(transport, extended=extended)
        return cls(link if trace is None else TraceLink(link, trace, reveal=reveal), transport)

    @property
    def atr(self) -> bytes:
        return self.transport.atr

    def reset(self, *, cold: bool = True) -> bytes:
        """Reset the card; nothing is selected (but the MF), verified or open afterwards. Returns the ATR."""
        atr = self.transport.reset(cold=cold)
        self._forget_state()
        return atr

    def detect_class(self) -> CommandClass:
        """Find out whether this is a UICC or a classic SIM, and speak to it so from now on.

        A classic SIM refuses class 00 with 6E00 (or 6D00); some UICCs answer both, and are spoken to as UICC.
        """
        probe = CommandApdu(CommandClass.UICC, Ins.SELECT, 0, 0x0C, b"\x3f\x00")
        refused = self.send(probe).sw in _SW_UNKNOWN_CLASS
        self.command_class = CommandClass.SIM if refused else CommandClass.UICC
        self._select_state(Selection())
        return self.command_class

    def close(self) -> None:
        """Power the card off and free the reader."""
        self.transport.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
