"""What the two secure channel protocols have in common, and security levels (GPCS §10.4 to §10.8, table 10-1)."""

from __future__ import annotations

from enum import IntFlag
from typing import Protocol

from simtool.softcard.globalplatform.command import Command


class Level(IntFlag):
    """What a session protects: P1 of EXTERNAL AUTHENTICATE (§E.5.2.3, Amendment D §7.1.2.1). 0: only who it is."""

    NONE = 0x00
    C_MAC = 0x01
    C_DECRYPTION = 0x02
    R_MAC = 0x10
    R_ENCRYPTION = 0x20


class Session(Protocol):
    """A secure channel session on the card's side. `version` is the key version that opened it.

    `unwrap` and `authenticate` raise `StatusFault` for what is not right; whoever calls them ends the session then.
    """

    scp: int
    version: int
    authenticated: bool

    @property
    def level(self) -> Level: ...

    def authenticate(self, command: Command) -> None:
        """EXTERNAL AUTHENTICATE: level in P1; host cryptogram and C-MAC."""

    def unwrap(self, command: Command) -> bytes:
        """The plain data of a command that came with secure messaging."""

    def wrap(self, data: bytes, sw: bytes) -> bytes:
        """The data of the answer as the session's level wants them; called for success and warnings only."""

    def decrypt_key(self, data: bytes, length: int) -> bytes:
        """A key of `length` bytes that came under the data encryption key."""

    def decrypt_data(self, data: bytes) -> bytes:
        """Sensitive data that came under the data encryption key, whole blocks with their padding."""

    def encrypt_data(self, data: bytes) -> bytes:
        """The other way."""

    def plain(self, command: Command) -> None:
        """A command came without secure messaging, and that is right: the next R-MAC covers it as it is."""

    def begin_r_mac(self, level: int) -> None:
        """BEGIN R-MAC SESSION, once its own C-MAC is checked."""

    def end_r_mac(self) -> None:
        """END R-MAC SESSION."""
