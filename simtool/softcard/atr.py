"""What the card's own ATR promises (ISO/IEC 7816-3 §8.2, ISO/IEC 7816-4 §12.1.1, TS 102 221 §6.3)."""

from __future__ import annotations

from functools import reduce
from operator import xor

from simtool.softcard.channel import MAX_CHANNEL

DEFAULT_CHANNELS = 3
_CAPABILITIES = 7
_ASSIGNMENT, _NUMBER = 0x18, 0x07


def historical_bytes(atr: bytes) -> bytes:
    """The historical bytes: behind the interface bytes that T0 and each TD announce."""
    if len(atr) < 2:
        return b""
    at, _ = _interface_end(atr)
    return atr[at : at + (atr[1] & 0x0F)]


def with_historical_bytes(atr: bytes, historical: bytes) -> bytes:
    """The ATR with other historical bytes, at most 15; the check byte fits where there has to be one (§8.2.5)."""
    at, checked = _interface_end(atr)
    made = bytes((atr[0], atr[1] & 0xF0 | len(historical))) + atr[2:at] + historical
    return made + bytes((reduce(xor, made[1:]),)) if checked else made


def _interface_end(atr: bytes) -> tuple[int, bool]:
    """Where the interface bytes end, and whether one of them offers another protocol than T=0."""
    announced, at, checked = atr[1] >> 4, 2, False
    while announced:
        at += (announced & 7).bit_count()
        if not announced & 8 or at >= len(atr):
            break
        checked = checked or bool(atr[at] & 0x0F)
        announced = atr[at] >> 4
        at += 1
    return at, checked


def compact_object(historical: bytes, tag: int) -> bytes:
    """Value of a COMPACT-TLV object in historical bytes of category 80 or 00; empty if it is not there."""
    if not historical or historical[0] not in (0x80, 0x00):
        return b""
    rest = historical[1:] if historical[0] == 0x80 else historical[1:-3]
    while rest:
        length = rest[0] & 0x0F
        if rest[0] >> 4 == tag:
            return rest[1 : 1 + length]
        rest = rest[1 + length :]
    return b""


def logical_channels(atr: bytes) -> int:
    """How many channels beside the basic one the third card capabilities byte tells of (ISO/IEC 7816-4 table 119).

    Seven is "eight channels or more": all that there can be. Where nothing is said, three.
    """
    capabilities = compact_object(historical_bytes(atr), _CAPABILITIES)
    if len(capabilities) < 3:
        return DEFAULT_CHANNELS
    if not capabilities[2] & _ASSIGNMENT:
        return 0
    number = capabilities[2] & _NUMBER
    return MAX_CHANNEL if number == 7 else number
