"""Bytes taken off the front of a command's data; 6A80 as soon as there are too few or they do not fit."""

from __future__ import annotations

from simtool.codec import tlv
from simtool.codec.globalplatform import AID_LENGTHS
from simtool.errors import CodecError
from simtool.softcard import status as sw
from simtool.softcard.status import StatusFault

_PLAIN_128 = b"\x80"
"""No length at all in BER, where it would begin a value of unknown length."""


class Reader:
    """What is left of the data is `rest`."""

    __slots__ = ("rest",)

    def __init__(self, data: bytes) -> None:
        self.rest = data

    def take(self, count: int) -> bytes:
        if len(self.rest) < count:
            raise StatusFault(sw.WRONG_DATA)
        part, self.rest = self.rest[:count], self.rest[count:]
        return part

    def number(self, size: int = 1, *, limit: int | None = None) -> int:
        """A number of `size` bytes, at most `limit`."""
        value = int.from_bytes(self.take(size))
        if limit is not None and value > limit:
            raise StatusFault(sw.WRONG_DATA)
        return value

    def counted(self) -> bytes:
        """A value behind its length, as BER has lengths; 128 may also be the one byte 80, as in older terminals."""
        if self.rest[:1] == _PLAIN_128:
            self.take(1)
            return self.take(0x80)
        try:
            length, start = tlv.decode_length(self.rest, 0)
        except CodecError:
            raise StatusFault(sw.WRONG_DATA) from None
        return self.take(start + length)[start:]

    def aid(self) -> bytes:
        """An AID behind its length, of 5 to 16 bytes."""
        return aid(self.take(self.number()))

    def end(self) -> None:
        """Nothing may be left."""
        if self.rest:
            raise StatusFault(sw.WRONG_DATA)


def aid(value: bytes) -> bytes:
    """The AID, if it has 5 to 16 bytes (ISO/IEC 7816-4 §8.2.1.2)."""
    if len(value) not in AID_LENGTHS:
        raise StatusFault(sw.WRONG_DATA)
    return value
