"""What a dump of pySim says about one file, before it is known what of it can be taken.

Both of pySim's forms (`fsdump` and `export`) give the raw answer to SELECT; it tells the identifier, the structure, the
sizes and whether the file is switched off.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from simtool.codec.fcp import Fcp, Structure
from simtool.codec.fcp2g import EfInfo2g, decode_fcp2g
from simtool.errors import CodecError

FCP_TEMPLATE = 0x62
SWITCHED_OFF = "6984"
NOT_THERE = ("6a82", "9404")


@dataclass(frozen=True, slots=True)
class Shape:
    """A file's form as the card described it; None where it did not."""

    fid: int | None = None
    structure: str = ""
    size: int | None = None
    record_length: int | None = None
    record_count: int | None = None
    deactivated: bool = False


@dataclass(frozen=True, slots=True)
class Decoded:
    """A value as pySim decodes it."""

    value: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes at an offset of a transparent file, one record (by its number), or either of them decoded."""

    content: bytes | Decoded = field(repr=False)
    record: int = 0
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a dump: its name there, its form, what it holds, and why what is missing is missing."""

    names: tuple[str, ...]
    fids: tuple[int | None, ...] = ()
    shape: Shape = Shape()
    pieces: tuple[Piece, ...] = ()
    status: str = ""
    reason: str = ""

    @property
    def name(self) -> str:
        """The name for messages, whatever the dump says."""
        return printable("/".join(self.names))


def printable(text: str, limit: int = 80) -> str:
    """Text of a stranger's file, fit for a screen."""
    return "".join(char if char.isprintable() else "?" for char in text[:limit])


def shape(answer: str) -> Shape:
    """The form of a file by its answer to SELECT in hex (class 00 or A0). What is not understood stays open."""
    try:
        raw = bytes.fromhex(answer)
        return _uicc(Fcp.decode(raw)) if raw[:1] == bytes((FCP_TEMPLATE,)) else _sim(raw)
    except (ValueError, CodecError):
        return Shape()


def _uicc(fcp: Fcp) -> Shape:
    structure = str(fcp.structure) if fcp.structure is not None else ""
    off = not fcp.is_df and not fcp.activated
    return Shape(fcp.fid, structure, fcp.size, fcp.record_length, fcp.record_count, off)


def _sim(raw: bytes) -> Shape:
    info = decode_fcp2g(raw)
    if not isinstance(info, EfInfo2g):
        return Shape(info.fid)
    structure = str(Structure(info.structure.name.lower()))
    length = info.record_length or None
    return Shape(info.fid, structure, info.size, length, info.record_count, info.invalidated)
