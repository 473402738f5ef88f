"""An application selected on a logical channel, and all that ends with it (GPCS §6.4.2, §10.2.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simtool.softcard import status as sw
from simtool.softcard.globalplatform.registry import AppEntry
from simtool.softcard.globalplatform.scp import Session
from simtool.softcard.status import StatusFault

if TYPE_CHECKING:
    from simtool.softcard.globalplatform.application import Application
    from simtool.softcard.globalplatform.loading import Load

CHAIN_MAX = 0x1000


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
class Selection:
    """`session` is the secure channel, `listing` what GET STATUS has still to tell, `load` a package on its way in,
    `target` the application that STORE DATA goes to, `repeat` an answer whose Le was wrong."""

    entry: AppEntry
    application: Application
    session: Session | None = None
    listing: list[bytes] = field(default_factory=list)
    load: Load | None = None
    target: AppEntry | None = None
    chain: Chain = field(default_factory=Chain)
    repeat: tuple[bytes, bytes] | None = None

    @property
    def authenticated(self) -> bool:
        return self.session is not None and self.session.authenticated

    def end_session(self) -> None:
        """The secure channel is over, and with it what it was doing."""
        self.session = None
        self.load = self.target = None
        self.listing = []
        self.chain = Chain()
