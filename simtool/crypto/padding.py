"""Padding with one bit 1 and then zeros (ISO/IEC 9797-1 method 2; GlobalPlatform Card Specification §B.2.3)."""

from __future__ import annotations

from simtool.errors import DecodeError

_MARK = b"\x80"


def pad(data: bytes, block: int) -> bytes:
    """`data`, a byte 80, and zeros up to a multiple of `block` bytes; at least one byte is added."""
    return data + _MARK + bytes(-(len(data) + 1) % block)


def unpad(data: bytes) -> bytes:
    """What was padded. Raises `DecodeError` when there is no byte 80 before the zeros."""
    stripped = data.rstrip(b"\x00")
    if not stripped.endswith(_MARK):
        raise DecodeError("deciphered data does not end in its padding")
    return stripped[:-1]
