"""An application selected on a logical channel, and all that ends with it (GPCS §6.4.2, §10.2.3)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from simtool.softcard import status as sw
from simtool.softcard.globalplatform.command import Command
from simtool.softcard.globalplatform.registry import AppEntry
from simtool.softcard.globalplatform.scp import Session
from simtool.softcard.status import StatusFault

if TYPE_CHECKING:
    from simtool.softcard.globalplatform.application import Application
    from simtool.softcard.globalplatform.loading import Load

CHAIN_MAX = 0x1000
MORE = 0x80


@dataclass(slots=True)
class Chain:
    """Data of a command that goes over several, with block numbers (STORE DATA, §11.11)."""

    next: int = 0
    data: bytearray = field(default_factory=bytearray)

    def add(self, number: int, data: bytes, *, last: bool) -> bytes | None:
        """Take a block; the whole with the last one. 6A86 for a wrong number, 6A84 for more than fits."""
        if number == 0:
            self.next, self.data = 0, bytearray()
        if number != self.next:
            self.next, self.data = 0, bytearray()
            raise StatusFault(sw.WRONG_P1_P2)
        if len(self.data) + len(data) > CHAIN_MAX:
            self.next, self.data = 0, bytearray()
            raise StatusFault(sw.NO_MEMORY)
        self.data += data
        self.next = number + 1 & 0xFF
        if not last:
            return None
        whole, self.data, self.next = bytes(self.data), bytearray(), 0
        return whole


@dataclass(slots=True)
class Parts:
    """Data of a command cut over several, where bit 8 of P1 says that more follow (DELETE §11.2.2.1, INSTALL
    §11.5.2.1, PUT KEY §11.8.2.1). Each has the same INS, P1 but for that bit, and P2; it may be cut anywhere."""

    head: tuple[int, int, int] | None = None
    data: bytes = b""

    def add(self, command: Command) -> Command | None:
        """Take one; the whole command with the last. Any fault drops what was there: 6A86 for a piece of another
        command, 6700 for one that is empty but not all there is, 6A84 for more than fits."""
        more, head = bool(command.p1 & MORE), (command.ins, command.p1 & ~MORE, command.p2)
        before, data = self.head, self.data
        self.drop()
        if before is not None and before != head:
            raise StatusFault(sw.WRONG_P1_P2)
        if not command.data and (more or before is not None):
            raise StatusFault(sw.WRONG_LENGTH)
        if len(data) + len(command.data) > CHAIN_MAX:
            raise StatusFault(sw.NO_MEMORY)
        whole = replace(command, p1=head[1], data=data + command.data)
        if not more:
            return whole
        self.head, self.data = head, whole.data
        return None

    def drop(self) -> None:
        """Forget what has come."""
        self.head, self.data = None, b""


@dataclass(slots=True)
class Selection:
    """`session` is the secure channel, `listing` what GET STATUS has still to tell, `load` a package on its way in,
    `target` the application that STORE DATA goes to, `parts` a command that is not all there yet, `repeat` an answer
    whose Le was wrong. `aborted`: an applet's session failed, and it has not yet reset it (§10.2.3). `again`: it was
    selected on this channel already."""

    entry: AppEntry
    application: Application
    session: Session | None = None
    listing: list[bytes] = field(default_factory=list)
    load: Load | None = None
    target: AppEntry | None = None
    chain: Chain = field(default_factory=Chain)
    parts: Parts = field(default_factory=Parts)
    repeat: tuple[bytes, bytes] | None = None
    aborted: bool = False
    again: bool = False

    @property
    def authenticated(self) -> bool:
        return self.session is not None and self.session.authenticated

    def end_session(self) -> None:
        """The secure channel is over, and with it what it was doing."""
        self.session = None
        self.aborted = False
        self.load = self.target = None
        self.listing = []
        self.chain = Chain()
        self.parts = Parts()
