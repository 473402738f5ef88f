"""Code 128 (ISO/IEC 15417) and QR codes (ISO/IEC 18004) as modules: which are dark, how wide they may be.

The bars are drawn by `simtool.station.paper.canvas` as areas, not as a picture, so that a printer makes them as sharp
as it can.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import barcode
import segno

QUIET_BARS = 10
"""Light modules that have to stay on both sides of a Code 128."""
QUIET_QR = 4
THIN_BAR = 0.16
"""A narrower bar is lost by label printers of 203 dots per inch and by many scanners."""
THIN_MODULE = 0.33
INCH = 25.4


@dataclass(frozen=True, slots=True)
class Bars:
    """A Code 128: `runs` are (first module, number of modules) of each dark bar, `modules` its whole width."""

    runs: tuple[tuple[int, int], ...]
    modules: int

    @property
    def with_quiet(self) -> int:
        return self.modules + 2 * QUIET_BARS


@dataclass(frozen=True, slots=True)
class Square:
    """A QR code: `runs` are (row, first module, number of modules) of each dark piece of a row."""

    runs: tuple[tuple[int, int, int], ...]
    modules: int

    @property
    def with_quiet(self) -> int:
        return self.modules + 2 * QUIET_QR


def code128(text: str) -> Bars:
    """The bars for a text in ASCII. Raises `ValueError` for what the code does not have."""
    if not text or not text.isascii():
        raise ValueError("a Code 128 holds letters and digits of ASCII")
    (modules,) = barcode.get_barcode_class("code128")(text).build()
    runs, at = [], 0
    for dark, run in groupby(modules):
        length = len(list(run))
        if dark == "1":
            runs.append((at, length))
        at += length
    return Bars(tuple(runs), at)


def qr_code(text: str, correction: str) -> Square:
    """The modules for a text. Raises `ValueError` for one that no QR code can hold."""
    plain = text.isascii()  # other letters say their coding (ECI): scanners that have to guess guess wrong
    try:
        made = segno.make_qr(
            text, error=correction, boost_error=False, encoding=None if plain else "utf-8", eci=not plain
        )
    except segno.DataOverflowError:
        raise ValueError("this is too much for a QR code") from None
    runs = []
    rows = [[bool(dark) for dark in row] for row in made.matrix]
    for row, line in enumerate(rows):
        at = 0
        for is_dark, run in groupby(line):
            length = len(list(run))
            if is_dark:
                runs.append((row, at, length))
            at += length
    return Square(tuple(runs), len(rows))


def module_width(room: float, modules: int, dots: int | None, thin: float) -> float:
    """Millimetres per module: as wide as the room allows, whole printer dots where `dots` per inch are known.

    Raises `ValueError` when that would be too thin to be read.
    """
    width = room / modules
    if dots is not None:
        dot = INCH / dots
        width = int(width / dot + 1e-6) * dot
    if width < thin - 1e-6:
        wanted = thin if dots is None else -(-thin // (INCH / dots)) * (INCH / dots)
        raise ValueError(f"its modules would be {width:.2f} mm wide; it needs {modules * wanted:.1f} mm of room")
    return width
