"""Reading big-endian numbers and bytes from front to back, with errors that say what is missing where."""

from __future__ import annotations

from simtool.errors import DecodeError


class ByteReader:
    """A position in `data`; `what` names the whole in errors. `DecodeError` at the end of the data."""

    def __init__(self, data: bytes, what: str) -> None:
        self._data = data
        self._what = what
        self.offset = 0

    @property
    def more(self) -> bool:
        return self.offset < len(self._data)

    def bytes(self, count: int, name: str) -> bytes:
        """The next `count` bytes, which are the `name`."""
        there = len(self._data) - self.offset
        if count > there:
            raise DecodeError(f"{self._what}: {name} at offset {self.offset} needs {count} bytes, {there} are there")
        value = self._data[self.offset : self.offset + count]
        self.offset += count
        return value

    def u1(self, name: str) -> int:
        return self.bytes(1, name)[0]

    def u2(self, name: str) -> int:
        return int.from_bytes(self.bytes(2, name))

    def u4(self, name: str) -> int:
        return int.from_bytes(self.bytes(4, name))

    def finish(self) -> None:
        """Raises `DecodeError` when bytes are left over."""
        if self.more:
            left = len(self._data) - self.offset
            raise DecodeError(f"{self._what}: {left} bytes are left over at offset {self.offset}")
