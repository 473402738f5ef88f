"""What a class byte says (JCRE 3.0.5 §4.3, ISO 7816-4 §5.4.1); APDU and javacardx.apdu.util.APDUUtil ask here.

Bit 7 tells the two codings apart: channels 0 to 3 in the last two bits with secure messaging in bits 4 and 3, channels
4 to 19 in the last four with secure messaging in bit 6. It is the same for proprietary classes (bit 8).
"""

from __future__ import annotations

FURTHER, CHAINED, PROPRIETARY = 0x40, 0x10, 0x80
FIRST_FURTHER = 4


def is_valid(cla: int) -> bool:
    """Not FF, and not one of the reserved 001x xxxx."""
    return cla & 0xFF != 0xFF and cla & 0xE0 != 0x20


def channel(cla: int) -> int:
    """The logical channel; 0 where the byte is not valid."""
    if not is_valid(cla):
        return 0
    return (cla & 0x0F) + FIRST_FURTHER if cla & FURTHER else cla & 0x03


def is_chained(cla: int) -> bool:
    """More commands of a chain follow."""
    return is_valid(cla) and bool(cla & CHAINED)


def is_secure(cla: int) -> bool:
    """Secure messaging of whatever kind."""
    return is_valid(cla) and bool(cla & (0x20 if cla & FURTHER else 0x0C))


def is_interindustry(cla: int) -> bool:
    return not cla & PROPRIETARY
