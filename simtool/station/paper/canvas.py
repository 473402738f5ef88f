"""Pages to draw on: text that fits or is refused, bars as areas, pictures; millimetres from the left and upper edge.

The same drawing at the same time (`at`) gives the same bytes, so that digests of papers hold. This does not decide what
stands where.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import UTC, datetime
from types import TracebackType

from fpdf import FPDF
from fpdf.fonts import TTFFont

from simtool.errors import InputError
from simtool.station.paper.codes import QUIET_BARS, QUIET_QR, Bars, Square
from simtool.station.paper.fonts import more_fonts, plain_and_bold, require_printable

BLACK = "#000000"
FAMILY, REGULAR, BOLD = "base", "", "B"
POINT = 25.4 / 72
LEADING = 1.25
"""Height of a line, in heights of its letters."""
STEP = 0.25
"""Points by which letters shrink until they fit."""
DASH, GAP = 1.2, 0.9
SVG_DOTS = 600
CREATOR = "simtool"
ELSEWHERE = ("#010203", 0.123)
"""A colour and a width that nobody uses."""
Size = tuple[float, float]


class Canvas:
    """A PDF being drawn, page by page; `finish` gives its bytes. Use it as a context: it holds fonts open."""

    def __init__(self, page: Size, at: datetime, *, title: str = "") -> None:
        self.page = page
        self._pdf = FPDF(unit="mm", format=page)
        self._pdf.set_margin(0)
        self._pdf.c_margin = 0
        self._pdf.set_auto_page_break(False)
        self._pdf.set_creation_date(at.astimezone(UTC).replace(microsecond=0))
        self._pdf.set_creator(CREATOR)
        if title:
            self._pdf.set_title(title)
        plain, bold = plain_and_bold()
        self._pdf.add_font(FAMILY, REGULAR, plain)
        self._pdf.add_font(FAMILY, BOLD, bold)
        self._more: list[str] = []
        self._known = self._letters(FAMILY) & self._letters(FAMILY + BOLD)

    def __enter__(self) -> Canvas:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for font in self._pdf.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()

    @property
    def pages(self) -> int:
        return self._pdf.pages_count

    def new_page(self) -> None:
        self._pdf.add_page()

    def back_to(self, number: int) -> None:
        """Go on drawing on a page that was begun earlier (from 1)."""
        self._pdf.page = number
        self._pdf.current_font_is_set_on_page = False
        self._pdf.set_draw_color(ELSEWHERE[0])  # fpdf writes only what differs from the page that it comes from
        self._pdf.set_line_width(ELSEWHERE[1])

    def finish(self) -> bytes:
        return bytes(self._pdf.output())

    def printable(self, text: str) -> str:
        """The text with what cannot be printed written as \\uXXXX; line feeds and tabs stay."""
        if text.isascii() and text.isprintable():
            return text
        return "".join(char if self._has(char) else f"\\u{ord(char):04x}" for char in text)

    def _has(self, char: str) -> bool:
        if char in "\n\t":
            return True
        try:
            require_printable(char)
            self._supply(char)
        except InputError:
            return False
        return True

    def width(self, text: str, points: float, *, bold: bool = False) -> float:
        """How wide a line of text is."""
        self._set_font(text, points, bold)
        return float(self._pdf.get_string_width(text))

    def wrapped(self, text: str, points: float, room: float, *, bold: bool = False) -> list[str]:
        """A text in lines: broken where it says so, and between words where the room ends.

        A word that is wider than the room stands alone and sticks out.
        """
        found = []
        for paragraph in text.split("\n"):
            line = ""
            for word in paragraph.split():
                longer = f"{line} {word}" if line else word
                if line and self.width(longer, points, bold=bold) > room:
                    found.append(line)
                    line = word
                else:
                    line = longer
            found.append(line)
        return found

    def text(
        self, text: str, at: Size, *, points: float, bold: bool = False, colour: str = BLACK, room: float = 0,
        align: str = "left",
    ) -> None:  # fmt: skip
        """One line, its upper left corner `at`, aligned within `room`."""
        wide = self.width(text, points, bold=bold)
        left = at[0] + {"left": 0.0, "centre": (room - wide) / 2, "right": room - wide}[align]
        self._pdf.set_text_color(colour)
        self._pdf.x, self._pdf.y = left, at[1]  # set_xy would take what is above the edge as from below
        self._pdf.cell(wide, points * POINT * LEADING, text)

    def fitted(
        self, text: str, at: Size, size: Size, *, points: float, least: float, lines: int = 1, bold: bool = False,
        colour: str = BLACK, align: str = "left",
    ) -> None:  # fmt: skip
        """Text in a box, in letters of `points` or as much smaller as it takes, down to `least`.

        Raises `InputError` when it does not fit even then.
        """
        chosen = points
        while True:
            found = self.wrapped(text, chosen, size[0], bold=bold)
            high = chosen * POINT * (LEADING * (len(found) - 1) + 1)
            wide = max(self.width(line, chosen, bold=bold) for line in found)
            if len(found) <= lines and high <= size[1] + 1e-6 and wide <= size[0] + 1e-6:
                break
            if chosen <= least:
                raise InputError(
                    f"the text does not fit into {size[0]:g} x {size[1]:g} mm and {lines} line{'s'[: lines > 1]}, "
                    f"not even at {least:g} points",
                    hint="give it more room or lines, or a shorter text",
                )
            chosen = max(least, chosen - STEP)
        step = chosen * POINT * LEADING
        above = chosen * POINT * (LEADING - 1) / 2  # a cell centres its line
        for number, line in enumerate(found):
            self.text(
                line, (at[0], at[1] + number * step - above), points=chosen, bold=bold, colour=colour, room=size[0],
                align=align,
            )  # fmt: skip

    def line(self, start: Size, end: Size, *, width: float = 0.2, colour: str = BLACK, dashed: bool = False) -> None:
        self._stroke(width, colour, dashed)
        self._pdf.line(*start, *end)
        self._pdf.set_dash_pattern()

    def box(
        self, at: Size, size: Size, *, width: float = 0.2, colour: str = BLACK, fill: str | None = None,
        round_corners: float = 0, dashed: bool = False,
    ) -> None:  # fmt: skip
        """A rectangle: its line (none when `width` is 0), and what it is filled with."""
        style = ("D" if width else "") + ("F" if fill is not None else "")
        if not style:
            return
        if width:
            self._stroke(width, colour, dashed)
        if fill is not None:
            self._pdf.set_fill_color(fill)
        self._pdf.rect(*at, *size, style=style, round_corners=bool(round_corners), corner_radius=round_corners)
        self._pdf.set_dash_pattern()

    def bars(self, code: Bars, at: Size, height: float, module: float) -> None:
        """A Code 128, its quiet zone beginning `at`."""
        left = at[0] + QUIET_BARS * module
        self._areas((left + first * module, at[1], count * module, height) for first, count in code.runs)

    def square(self, code: Square, at: Size, module: float) -> None:
        """A QR code, its quiet zone beginning `at`."""
        left, top = at[0] + QUIET_QR * module, at[1] + QUIET_QR * module
        self._areas(
            (left + first * module, top + row * module, count * module, module) for row, first, count in code.runs
        )

    def image(self, content: bytes, at: Size, size: Size) -> None:
        """A PNG, JPEG or SVG, as large as fits into the box with its sides as they are, centred.

        Raises `InputError` for what is no such picture.
        """
        content = _pixels(content) if _is_svg(content) else content
        try:
            self._pdf.image(io.BytesIO(content), *at, *size, keep_aspect_ratio=True)
        except (OSError, ValueError, SyntaxError) as error:  # Pillow's own
            raise InputError(f"this is no picture in PNG, JPEG or SVG: {error}") from None

    def _areas(self, rectangles: Iterable[tuple[float, float, float, float]]) -> None:
        """Black areas as one shape: no light seam shows between two that touch."""
        with self._pdf.new_path() as path:
            path.style.fill_color = BLACK
            path.style.stroke_color = None
            for rectangle in rectangles:
                path.rectangle(*rectangle)

    def _stroke(self, width: float, colour: str, dashed: bool) -> None:
        self._pdf.set_draw_color(colour)
        self._pdf.set_line_width(width)
        if dashed:
            self._pdf.set_dash_pattern(DASH, GAP)

    def _set_font(self, text: str, points: float, bold: bool) -> None:
        require_printable(text)
        self._pdf.set_font(FAMILY, BOLD if bold else REGULAR, points)
        self._supply(text)

    def _supply(self, text: str) -> None:
        """Bring in fonts for letters that those at hand lack."""
        missing = frozenset(char for char in text if char not in self._known and char.strip())
        if not missing:
            return
        for path in more_fonts(missing):
            family = f"more{len(self._more)}"
            self._pdf.add_font(family, REGULAR, path)
            self._more.append(family)
            self._known |= self._letters(family)
        self._pdf.set_fallback_fonts(self._more, exact_match=False)

    def _letters(self, font_key: str) -> set[str]:
        font = self._pdf.fonts[font_key]
        return set(map(chr, font.cmap)) if isinstance(font, TTFFont) else set()


def _is_svg(content: bytes) -> bool:
    return content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"<svg", b"<?xml", b"<!--", b"<!DOCTYPE svg"))


def _pixels(svg: bytes) -> bytes:
    """An SVG as a PNG fine enough for any printer."""
    try:
        from resvg_py import svg_to_bytes
    except ImportError:
        hint = "pip install 'mvno-simtool[picture]', or use a PNG"
        raise InputError("SVG needs resvg-py, which is not installed", hint=hint) from None
    fonts = [str(path) for path in plain_and_bold()]
    try:
        return svg_to_bytes(svg_string=svg.decode(), dpi=SVG_DOTS, width=1600, font_files=fonts)
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(f"this is no SVG: {error}") from None
