"""A card's content as a value: what is wanted, or what was read, down to single bits that are not known.

A `CardImage` maps units (the body of a transparent file, or one record) to `Content`: bytes with a mask of the
bits that count. Wanted images leave bits open that the profile does not care about; images read from a card leave
open what could not be read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from simtool.errors import EncodeError
from simtool.files.path import FilePath
from simtool.files.product import FileSpec, FileType

BODY = 0


@dataclass(frozen=True, slots=True, order=True)
class Unit:
    """What one UPDATE writes: a record by its number, or the body (0) of a transparent file.

    With a `tag` what one SET DATA writes: a data object of a BER-TLV file, whose content is the whole object with its
    tag and length; no content at all where there is no such object. Body and no tag of a BER-TLV file are all of them.
    """

    path: FilePath
    record: int = BODY
    tag: int = 0

    @property
    def number(self) -> int | str:
        """Which part of the file, as files of ours write it down: the record, or the tag in hex."""
        return f"{self.tag:02x}" if self.tag else self.record

    @classmethod
    def of(cls, path: FilePath, number: int | str) -> Unit:
        """From what `number` gave."""
        return cls(path, tag=int(number, 16)) if isinstance(number, str) else cls(path, number)

    def __str__(self) -> str:
        if self.tag:
            return f"{self.path}[tag {self.tag:02X}]"
        return f"{self.path}[{self.record}]" if self.record else str(self.path)


def units_of(spec: FileSpec) -> tuple[Unit, ...]:
    """The units of a file; of a directory, and of what only the card itself reaches, none."""
    if spec.type in (FileType.TRANSPARENT, FileType.BER_TLV):
        return (Unit(spec.path, BODY),)
    if spec.type.has_records:
        return tuple(Unit(spec.path, number) for number in range(1, (spec.records or 0) + 1))
    return ()


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes of which the bits set in `mask` are known (or wanted). Both have the same length."""

    data: bytes = field(repr=False)
    mask: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.data) != len(self.mask):
            raise EncodeError("content and mask differ in length")

    @classmethod
    def known(cls, data: bytes) -> Content:
        return cls(data, b"\xff" * len(data))

    @classmethod
    def unknown(cls, size: int) -> Content:
        return cls(bytes(size), bytes(size))

    @property
    def is_unknown(self) -> bool:
        return bool(self.data) and not any(self.mask)

    @property
    def is_complete(self) -> bool:
        return all(byte == 0xFF for byte in self.mask)

    def over(self, base: Content) -> Content:
        """This content where it is known, `base` elsewhere."""
        size = max(len(self.data), len(base.data))
        data, mask = bytearray(base.data.ljust(size, b"\0")), bytearray(base.mask.ljust(size, b"\0"))
        for index, (byte, bits) in enumerate(zip(self.data, self.mask, strict=True)):
            data[index] = data[index] & ~bits & 0xFF | byte & bits
            mask[index] |= bits
        return Content(bytes(data), bytes(mask))

    def wanted_from(self, offset: int) -> Content:
        """The same with every byte from `offset` on known as it stands here."""
        return Content(self.data, self.mask[:offset] + b"\xff" * max(len(self.data) - offset, 0))

    def differing(self, current: Content) -> tuple[int, ...]:
        """Offsets of the bytes in which `current` does not hold (or is not known to hold) what is wanted here."""
        size = len(self.data)
        data, mask = current.data.ljust(size, b"\0"), current.mask.ljust(size, b"\0")
        return tuple(
            i
            for i in range(size)
            if self.mask[i] & ~mask[i] & 0xFF or (self.data[i] ^ data[i]) & self.mask[i] & mask[i]
        )


def differs(unit: Unit, wanted: Content, now: Content | None) -> bool:
    """Whether `now` does not hold (or is not known to hold) what is wanted. A data object is wanted as a whole."""
    if unit.tag:
        return now is None or wanted.data != now.data
    return bool(wanted.differing(now if now is not None else Content.unknown(len(wanted.data))))


@dataclass(frozen=True, slots=True)
class CardImage:
    """A card's content, or the part of it that matters. Of files in `listed` (BER-TLV) every object is here.

    `origins` says per unit where a wish comes from; `deactivated` are files that exist but were switched off
    (TS 102 221 §8.7), whose content cannot be read; `absent` are those that were looked for and are not there, or lack
    the wanted record; `enabled_pins` those that the card asks for, None if not looked at.
    """

    units: Mapping[Unit, Content] = field(default_factory=dict)
    origins: Mapping[Unit, str] = field(default_factory=dict, repr=False)
    deactivated: frozenset[FilePath] = frozenset()
    absent: frozenset[FilePath] = frozenset()
    listed: frozenset[FilePath] = frozenset()
    enabled_pins: frozenset[str] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "units", MappingProxyType(dict(self.units)))
        object.__setattr__(self, "origins", MappingProxyType(dict(self.origins)))

    @property
    def paths(self) -> tuple[FilePath, ...]:
        """The files with at least one unit here, in order of first mention."""
        return tuple(dict.fromkeys(unit.path for unit in self.units))

    def get(self, path: FilePath | str, record: int = BODY) -> Content | None:
        return self.units.get(Unit(path if isinstance(path, FilePath) else FilePath(path), record))

    def digest(self, units: Iterable[Unit] | None = None) -> str:
        """SHA-256 over units, masks and data: two images with the same digest hold the same."""
        chosen = set(self.units if units is None else units)
        sha = hashlib.sha256()
        for unit in sorted(chosen):
            content = self.units.get(unit)
            if content is not None:
                sha.update(f"{unit}\0{len(content.data)}\0".encode())
                sha.update(content.mask)
                sha.update(bytes(d & m for d, m in zip(content.data, content.mask, strict=True)))
        for path in sorted(self.deactivated & {unit.path for unit in chosen}):
            sha.update(f"{path} is off\0".encode())
        return sha.hexdigest()
