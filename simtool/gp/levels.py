"""Security levels of a secure channel, and how much data a command can carry under each."""

from __future__ import annotations

from enum import IntFlag

from simtool.codec.apdu import SHORT_LC_MAX
from simtool.errors import EncodeError


class SecurityLevel(IntFlag):
    """P1 of EXTERNAL AUTHENTICATE (GlobalPlatform Card Specification §E.5.2.3; Amendment D §7.1.2.1)."""

    NONE = 0x00
    C_MAC = 0x01
    C_DECRYPTION = 0x02
    R_MAC = 0x10
    R_ENCRYPTION = 0x20


C_MAC = SecurityLevel.C_MAC
C_MAC_ENC = C_MAC | SecurityLevel.C_DECRYPTION
SCP02_LEVELS = (0x00, 0x01, 0x03, 0x10, 0x11, 0x13)
SCP03_LEVELS = (0x00, 0x01, 0x03, 0x11, 0x13, 0x33)


def checked_level(level: SecurityLevel, scp: int) -> SecurityLevel:
    """Raises `EncodeError` for a combination that this protocol does not have."""
    levels = SCP02_LEVELS if scp == 2 else SCP03_LEVELS
    if level not in levels:
        known = ", ".join(f"{value:02X}" for value in levels)
        raise EncodeError(f"SCP{scp:02} has no security level {int(level):02X}; it has {known}")
    return level


def room(level: SecurityLevel, *, mac: int, block: int, limit: int = SHORT_LC_MAX) -> int:
    """Bytes of plain data that fit a command of at most `limit` bytes, with a MAC of `mac` bytes and cipher blocks."""
    left = limit - (mac if level & SecurityLevel.C_MAC else 0)
    if level & SecurityLevel.C_DECRYPTION:
        left = left // block * block - 1
    return left
