"""Status words as they travel (TS 102 221 §10.2, TS 51.011 §9.4), and the way out of a command.

A command handler either returns its answer or raises `StatusFault`; nothing is changed on the card by one that raises.
"""

from __future__ import annotations

OK = b"\x90\x00"
WARN_UNCHANGED = b"\x62\x00"
WARN_END = b"\x62\x82"
WARN_DEACTIVATED = b"\x62\x83"
WARN_TERMINATED = b"\x62\x85"
MORE_OBJECTS = b"\x63\x10"
MORE_DATA = b"\x62\xf1"
MORE_EXPECTED = b"\x63\xf1"
MEMORY_PROBLEM = b"\x65\x81"
WRONG_LENGTH = b"\x67\x00"
CHANNEL_NOT_SUPPORTED = b"\x68\x81"
SECURE_MESSAGING_NOT_SUPPORTED = b"\x68\x82"
CHAINING_NOT_SUPPORTED = b"\x68\x84"
AUTHENTICATION_FAILED = b"\x63\x00"
WRONG_STRUCTURE = b"\x69\x81"
SECURITY_NOT_SATISFIED = b"\x69\x82"
BLOCKED = b"\x69\x83"
INVALIDATED = b"\x69\x84"
CONDITIONS_NOT_SATISFIED = b"\x69\x85"
NO_EF = b"\x69\x86"
WRONG_DATA = b"\x6a\x80"
NOT_SUPPORTED = b"\x6a\x81"
FILE_NOT_FOUND = b"\x6a\x82"
RECORD_NOT_FOUND = b"\x6a\x83"
NO_MEMORY = b"\x6a\x84"
WRONG_P1_P2 = b"\x6a\x86"
REFERENCE_NOT_FOUND = b"\x6a\x88"
FID_EXISTS = b"\x6a\x89"
DF_NAME_EXISTS = b"\x6a\x8a"
WRONG_OFFSET = b"\x6b\x00"
WRONG_INSTRUCTION = b"\x6d\x00"
WRONG_CLASS = b"\x6e\x00"
TECHNICAL_PROBLEM = b"\x6f\x00"
TOOLKIT_BUSY = b"\x93\x00"
MAXIMUM_REACHED = b"\x98\x50"
WRONG_MAC = b"\x98\x62"
CONTEXT_NOT_SUPPORTED = b"\x98\x64"

GSM_NO_EF = b"\x94\x00"
GSM_OUT_OF_RANGE = b"\x94\x02"
GSM_NOT_FOUND = b"\x94\x04"
GSM_WRONG_FILE = b"\x94\x08"
GSM_NO_CHV = b"\x98\x02"
GSM_ACCESS_DENIED = b"\x98\x04"
GSM_CHV_CONTRADICTION = b"\x98\x08"
GSM_INVALIDATED = b"\x98\x10"
GSM_BLOCKED = b"\x98\x40"
GSM_WRONG_P1_P2 = b"\x6b\x00"


def tries(left: int) -> bytes:
    """63Cx: `left` further attempts, at most 15 can be told (TS 102 221 §10.2.1.3)."""
    return bytes((0x63, 0xC0 | min(left, 15)))


def wrong_le(length: int) -> bytes:
    """6Cxx: send it again with this Le (TS 102 221 §7.3.1.1.2); 256 is told as 00."""
    return bytes((0x6C, length & 0xFF))


class StatusFault(Exception):
    """Ends a command with this status word."""

    def __init__(self, sw: bytes) -> None:
        super().__init__(sw.hex())
        self.sw = sw
