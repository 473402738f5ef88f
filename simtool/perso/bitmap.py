"""Black and white pictures for EF.IMG, read from PBM files (netpbm's P1 and P4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from simtool.errors import InputError

BASIC_CODING = 0x11
SIDE_MAX = 255
_HEADER = re.compile(rb"\A(P[14])(?:\s+|#[^\n]*\n)+(\d+)(?:\s+|#[^\n]*\n)+(\d+)\s")


@dataclass(frozen=True, slots=True)
class Bitmap:
    """`bits` row by row, without padding between rows; true is black in the PBM file and white on the phone's screen
    is what the phone makes of 0 (TS 31.102 Annex B.1 leaves colours to the phone).
    """

    width: int
    height: int
    bits: tuple[bool, ...]

    def encode(self) -> bytes:
        """Image data of the basic coding scheme: width, height, bits, the last byte filled with 1 (Annex B.1)."""
        text = "".join("1" if bit else "0" for bit in self.bits)
        text += "1" * (-len(text) % 8)
        return bytes((self.width, self.height)) + int(text, 2).to_bytes(len(text) // 8)


def image_instance(bitmap: Bitmap, fid: int, length: int) -> bytes:
    """A record of EF.IMG with one instance in the file `fid` from its first byte (TS 31.102 §4.6.1.1)."""
    size = bytes((bitmap.width, bitmap.height))
    return b"\x01" + size + bytes((BASIC_CODING,)) + fid.to_bytes(2) + bytes(2) + length.to_bytes(2)


def read_bitmap(path: Path) -> Bitmap:
    """A PBM file. Raises `InputError` naming it."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(path)) from error
    header = _HEADER.match(raw)
    if header is None:
        raise InputError("not a PBM picture (P1 or P4)", place=str(path), hint="convert it with netpbm or ImageMagick")
    width, height, body = int(header[2]), int(header[3]), raw[header.end() :]
    if not (1 <= width <= SIDE_MAX and 1 <= height <= SIDE_MAX):
        raise InputError(f"a logo has 1 to {SIDE_MAX} pixels a side, this has {width} by {height}", place=str(path))
    if header[1] == b"P1":
        bits = [digit == ord("1") for digit in re.sub(rb"#[^\n]*", b"", body) if digit in b"01"]
    else:
        stride = (width + 7) // 8
        rows = [body[i * stride : (i + 1) * stride] for i in range(height)]
        bits = [bool(row[x // 8] >> 7 - x % 8 & 1) for row in rows if len(row) == stride for x in range(width)]
    if len(bits) < width * height:
        raise InputError("the picture ends early", place=str(path))
    return Bitmap(width, height, tuple(bits[: width * height]))
