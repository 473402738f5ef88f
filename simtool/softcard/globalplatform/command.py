"""A command to an application, and the class byte as GlobalPlatform reads it (GPCS §11.1.4)."""

from __future__ import annotations

from dataclasses import dataclass

_SECURE_BASIC, _SECURE_FURTHER = 0x04, 0x20
_FURTHER = 0x40
_FURTHER_BASE = 4


@dataclass(frozen=True, slots=True)
class Command:
    """Header, data and Le (None where data came along: over T=0 the terminal fetches the answer)."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None

    @property
    def proprietary(self) -> bool:
        return bool(self.cla & 0x80)

    @property
    def secure(self) -> bool:
        """Whether the command comes with secure messaging in GlobalPlatform's own format."""
        return bool(self.cla & (_SECURE_FURTHER if self.cla & _FURTHER else _SECURE_BASIC))

    def mac_class(self, *, secure: bool) -> int:
        """The class byte as MACs are computed over it: on the basic channel (§E.4.4, Amendment D §6.2.4)."""
        return self.cla & 0x80 | (_SECURE_BASIC if secure else 0)


def split_class(cla: int) -> tuple[int, int] | None:
    """Logical channel, and the class byte without secure messaging; None for a class GlobalPlatform does not know.

    Channels 0 to 3 in 0X and 8X with bit 3 for secure messaging, 4 to 19 in 4X and CX with bit 6 for it (table 11-10,
    table 11-11). ISO/IEC secure messaging (bit 4 in 0X and 8X) is not spoken here.
    """
    if cla & _FURTHER:
        if cla & 0x10:
            return None
        return (cla & 0x0F) + _FURTHER_BASE, cla & ~_SECURE_FURTHER
    if cla & 0x78:
        return None
    return cla & 0x03, cla & ~_SECURE_BASIC


def first_class(channel: int) -> int:
    """The class byte of SELECT on a channel."""
    return channel if channel < _FURTHER_BASE else _FURTHER | (channel - _FURTHER_BASE)
