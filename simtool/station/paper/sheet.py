"""A report on A4: headings, facts, tables that go on over pages, signature lines; page numbers at the foot.

What a font cannot print stands as \\uXXXX: a customer's name never keeps a shift from its papers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType

from simtool.station.paper.canvas import LEADING, POINT, Canvas
from simtool.station.paper.codes import qr_code

A4 = (210.0, 297.0)
LEFT, RIGHT, TOP, BOTTOM = 18.0, 192.0, 16.0, 278.0
ROOM = RIGHT - LEFT
FOOT = 284.0
TITLE, SUBTITLE, HEADING, BODY, CELL, SMALL = 18.0, 10.0, 11.5, 9.0, 8.0, 7.0
GREY, PALE, RULE, INK = "#5a6270", "#f1f3f6", "#b8bec8", "#101418"
GOOD, BAD = "#1a7f37", "#b42318"
GAP = 4.0
PADDING = 1.2
BETWEEN = 3.0


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its name, its share of the width (174 mm), and whether numbers stand in it, to the right."""

    name: str
    share: float
    number: bool = False


class Sheet:
    """A report being written from top to bottom; `finish` gives the PDF. Use it as a context."""

    def __init__(self, title: str, subtitle: str, at: datetime, *, foot: str) -> None:
        self.canvas = Canvas(A4, at, title=f"{title} {subtitle}")
        self.y = TOP
        self._running = f"{title} · {subtitle}"
        self._foot = foot
        self.canvas.new_page()
        self._put(title, LEFT, TITLE, bold=True)
        self.y += TITLE * POINT * LEADING + 1
        for line in self.lines(subtitle, SUBTITLE, ROOM):
            self._put(line, LEFT, SUBTITLE, colour=GREY)
            self.y += SUBTITLE * POINT * LEADING
        self.y += 1.5
        self.canvas.line((LEFT, self.y), (RIGHT, self.y), width=0.5, colour=INK)
        self.y += GAP

    def __enter__(self) -> Sheet:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.canvas.__exit__(kind, error, trace)

    def finish(self) -> bytes:
        """The PDF, each page with its foot."""
        pages = self.canvas.pages
        for number in range(1, pages + 1):
            self.canvas.back_to(number)
            self.canvas.line((LEFT, FOOT - 2), (RIGHT, FOOT - 2), width=0.2, colour=RULE)
            self.y = FOOT
            self._put(self._foot, LEFT, SMALL, colour=GREY)
            self._put(f"Page {number} of {pages}", LEFT, SMALL, colour=GREY, room=ROOM, align="right")
        return self.canvas.finish()

    def need(self, height: float) -> None:
        """Go to a new page unless there is so much room on this one."""
        if self.y + height > BOTTOM:
            self.new_page()

    def new_page(self) -> None:
        self.canvas.new_page()
        self.y = TOP - 4
        for line in self.lines(self._running, SMALL, ROOM):
            self._put(line, LEFT, SMALL, colour=GREY)
            self.y += SMALL * POINT * LEADING
        self.y += GAP

    def heading(self, text: str, *, keep: float = 14) -> None:
        """A heading, never the last thing on a page: `keep` is how much below it stays with it."""
        self.need(HEADING * POINT * LEADING + keep)
        self.y += 2
        self._put(text, LEFT, HEADING, bold=True)
        self.y += HEADING * POINT * LEADING + 1.5

    def paragraph(self, text: str, *, points: float = BODY, colour: str = INK, bold: bool = False) -> None:
        for line in self.lines(text, points, ROOM, bold=bold):
            self.need(points * POINT * LEADING)
            self._put(line, LEFT, points, colour=colour, bold=bold)
            self.y += points * POINT * LEADING
        self.y += 1.5

    def verdict(self, text: str, *, good: bool | None) -> None:
        """What it all comes to, in a frame: green, red, or (None) without a judgement."""
        colour = INK if good is None else GOOD if good else BAD
        lines = self.lines(text, BODY + 1, ROOM - 9, bold=True)
        step = (BODY + 1) * POINT * LEADING
        height = len(lines) * step + 4
        self.need(height + 2)
        self.canvas.box((LEFT, self.y), (ROOM, height), width=0.4, colour=colour, round_corners=1)
        self.canvas.box((LEFT, self.y), (2.2, height), width=0, fill=colour)
        top = self.y
        self.y += 2
        for line in lines:
            self._put(line, LEFT + 5.5, BODY + 1, colour=colour, bold=True)
            self.y += step
        self.y = top + height + GAP

    def facts(
        self, rows: Iterable[tuple[str, str]], *, left: float = LEFT, room: float = ROOM, name: float = 38
    ) -> None:
        """Names and values under each other; what is empty is left out."""
        for title, value in rows:
            if not value:
                continue
            lines = self.lines(value, BODY, room - name)
            names = self.lines(title, BODY, name - 2)
            step = BODY * POINT * LEADING
            self.need(step * max(len(lines), len(names)))
            top = self.y
            for line in names:
                self._put(line, left, BODY, colour=GREY)
                self.y += step
            self.y = top
            for line in lines:
                self._put(line, left + name, BODY)
                self.y += step
            self.y = top + step * max(len(lines), len(names)) + 0.6

    def table(
        self, columns: Sequence[Column], rows: Iterable[Sequence[str]], *, points: float = CELL, total: int = 0
    ) -> None:
        """Rows under a head that stands again on every page; the last `total` rows are set off as sums."""
        whole = sum(column.share for column in columns)
        widths = [column.share / whole * ROOM for column in columns]
        everything = [list(row) for row in rows]
        self.need(4 * points * POINT * LEADING)
        self._row([column.name for column in columns], columns, widths, points, head=True)
        for number, row in enumerate(everything):
            cells = self._cells(row, widths, points)
            height = self._height(cells, points)
            if self.y + height > BOTTOM:
                self.new_page()
                self._row([column.name for column in columns], columns, widths, points, head=True)
            is_sum = number >= len(everything) - total
            if is_sum and number == len(everything) - total:
                self.canvas.line((LEFT, self.y), (RIGHT, self.y), width=0.3, colour=INK)
            self._draw(cells, columns, widths, points, height, bold=is_sum)
            if not is_sum:
                self.canvas.line((LEFT, self.y), (RIGHT, self.y), width=0.1, colour=RULE)
        self.y += GAP

    def grid(self, texts: Sequence[str], columns: int, *, points: float = CELL) -> None:
        """Short texts in columns, read from left to right."""
        step = points * POINT * LEADING + 0.4
        for start in range(0, len(texts), columns):
            self.need(step)
            for place, text in enumerate(texts[start : start + columns]):
                self._put(text, LEFT + place * ROOM / columns, points)
            self.y += step
        self.y += GAP

    def signatures(self, names: Sequence[str]) -> None:
        """Lines to sign on, beside each other, each with a place for name and date."""
        self.need(28)
        self.y += 16
        room = (ROOM - 10 * (len(names) - 1)) / len(names)
        for place, name in enumerate(names):
            left = LEFT + place * (room + 10)
            self.canvas.line((left, self.y), (left + room, self.y), width=0.25, colour=INK)
            top = self.y
            self.y += 1
            for line in self.lines(name, SMALL + 0.5, room):
                self._put(line, left, SMALL + 0.5, colour=GREY)
                self.y += (SMALL + 0.5) * POINT * LEADING
            self.y = top
        self.y += 12

    def picture(self, content: bytes, at: tuple[float, float], size: tuple[float, float]) -> None:
        self.canvas.image(content, at, size)

    def qr(self, text: str, at: tuple[float, float], side: float) -> None:
        """A QR code with its quiet zone in a square of that side."""
        code = qr_code(text, "M")
        self.canvas.square(code, at, side / code.with_quiet)

    def lines(self, text: str, points: float, room: float, *, bold: bool = False) -> list[str]:
        """Text in lines that fit into the room; words that do not are broken."""
        found = []
        for line in self.canvas.wrapped(self.canvas.printable(text), points, room, bold=bold):
            while line and self.canvas.width(line, points, bold=bold) > room:
                count = max(1, int(len(line) * room / self.canvas.width(line, points, bold=bold)))
                while count > 1 and self.canvas.width(line[:count], points, bold=bold) > room:
                    count -= 1
                found.append(line[:count])
                line = line[count:]
            found.append(line)
        return found

    def _put(
        self, text: str, left: float, points: float, *, bold: bool = False, colour: str = INK, room: float = 0,
        align: str = "left",
    ) -> None:  # fmt: skip
        """One line at the height where we are."""
        self.canvas.text(
            self.canvas.printable(text), (left, self.y), points=points, bold=bold, colour=colour, room=room, align=align
        )

    def _cells(
        self, row: Sequence[str], widths: Sequence[float], points: float, *, bold: bool = False
    ) -> list[list[str]]:
        return [self.lines(text, points, width - BETWEEN, bold=bold) for text, width in zip(row, widths, strict=True)]

    def _height(self, cells: Sequence[Sequence[str]], points: float) -> float:
        return max(len(lines) for lines in cells) * points * POINT * LEADING + 2 * PADDING * points / BODY

    def _row(
        self, row: Sequence[str], columns: Sequence[Column], widths: Sequence[float], points: float, *, head: bool
    ) -> None:
        cells = self._cells(row, widths, points, bold=head)
        height = self._height(cells, points)
        if head:
            self.canvas.box((LEFT, self.y), (ROOM, height), width=0, fill=PALE)
        self._draw(cells, columns, widths, points, height, bold=head)

    def _draw(
        self, cells: Sequence[Sequence[str]], columns: Sequence[Column], widths: Sequence[float], points: float,
        height: float, *, bold: bool = False,
    ) -> None:  # fmt: skip
        top, left = self.y, LEFT + BETWEEN / 2
        for lines, column, width in zip(cells, columns, widths, strict=True):
            self.y = top + PADDING * points / BODY
            for line in lines:
                align = "right" if column.number else "left"
                self._put(line, left, points, bold=bold, room=width - BETWEEN, align=align)
                self.y += points * POINT * LEADING
            left += width
        self.y = top + height
