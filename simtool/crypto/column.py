"""Many values of one width, one behind the other: how keys and numbers are handled by the million.

A column may hold secrets, so it shows its measures and never its content.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from simtool.errors import EncodeError


@dataclass(frozen=True, slots=True)
class Column:
    """`data` is a whole number of values of `width` bytes. Raises `EncodeError` otherwise."""

    width: int
    data: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if self.width < 1 or len(self.data) % self.width:
            raise EncodeError(f"{len(self.data)} bytes are no column of values of {self.width} bytes")

    @classmethod
    def of(cls, values: Iterable[bytes]) -> Column:
        """The column of these values. Raises `EncodeError` when they differ in length, or are none."""
        kept = list(values)
        widths = {len(value) for value in kept}
        if len(widths) != 1:
            raise EncodeError("a column is made of values of one length")
        return cls(widths.pop(), b"".join(kept))

    def __len__(self) -> int:
        return len(self.data) // self.width

    def __getitem__(self, index: int) -> bytes:
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self.data[index * self.width : (index + 1) * self.width]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.values())

    def values(self) -> list[bytes]:
        data, width = self.data, self.width
        return [data[at : at + width] for at in range(0, len(data), width)]

    def part(self, start: int, stop: int) -> Column:
        """The values from `start` to before `stop`."""
        return Column(self.width, self.data[start * self.width : stop * self.width])

    def texts(self) -> list[str]:
        """The values as ASCII text."""
        data, width = self.data.decode("ascii"), self.width
        return [data[at : at + width] for at in range(0, len(data), width)]

    def hex(self) -> Column:
        """The same values as hex digits."""
        return Column(2 * self.width, self.data.hex().encode())
