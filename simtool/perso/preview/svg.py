"""A preview as a picture: simple handsets with their idle screens, in SVG, light or dark.

Text stays text: whoever opens the file supplies the letters. `simtool.perso.preview.png` makes pixels of it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from xml.etree.ElementTree import Element, SubElement, tostring

from simtool.perso.preview.fit import cut, shown, width
from simtool.perso.preview.screen import LineKind, Preview
from simtool.perso.preview.standing import Standing

FONTS = "Noto Sans, DejaVu Sans, Helvetica, Arial, sans-serif"
_PHONE_WIDTH, _PHONE_HEIGHT = 272, 548
_CELL_WIDTH = 356
_TOP, _BOTTOM = 44, 36
_BEZEL, _CORNER = 10, 40
_CAPTION = 92
_NOTE_LINE, _NOTE_COLUMNS = 16, 50
_HEADING = 64
_WIDE_LETTERS = frozenset("MWmw@%")
_TITLES = {
    Standing.HOME: "At home",
    Standing.EQUIVALENT_HOME: "At home (equal network)",
    Standing.PROVIDER: "In the host network",
    Standing.NATIONAL: "Elsewhere in the country",
    Standing.ROAMING: "Abroad",
    Standing.FORBIDDEN: "In a forbidden network",
    Standing.UNKNOWN: "In a network",
}


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a picture."""

    page: str
    text: str
    faint: str
    body: str
    edge: str
    screen: tuple[str, str]
    on_screen: str
    on_screen_faint: str
    panel: str
    accent: str


class Theme(Enum):
    """Light or dark."""

    LIGHT = "light"
    DARK = "dark"


_PALETTES = {
    Theme.LIGHT: Palette(
        page="#f4f5f7", text="#1b2330", faint="#667085", body="#20242c", edge="#3a404c", screen=("#eaf1fb", "#c9dcf5"),
        on_screen="#14233a", on_screen_faint="#51647f", panel="#ffffff", accent="#2f6fd0",
    ),
    Theme.DARK: Palette(
        page="#12151b", text="#eef1f6", faint="#98a2b3", body="#2a2f39", edge="#4a515f", screen=("#1d2942", "#0f1626"),
        on_screen="#f3f6fc", on_screen_faint="#9fb0cb", panel="#2a3753", accent="#7fb0ff",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG document, and every character that it shows."""

    svg: str
    characters: frozenset[str]


def picture(previews: Sequence[Preview], *, title: str = "", theme: Theme = Theme.LIGHT) -> Picture:
    """The handsets in one row; `title` stands above them."""
    notes = [_notes(seen) for seen in previews]
    heading = _HEADING if title else 0
    sheet_width = _CELL_WIDTH * max(1, len(previews))
    under = max((len(lines) for lines in notes), default=0) * _NOTE_LINE
    height = heading + _TOP + _PHONE_HEIGHT + _CAPTION + under + _BOTTOM
    colours = _PALETTES[theme]
    described = "; ".join(f"{_TITLES[seen.standing]} ({seen.situation}): {', '.join(seen.texts)}" for seen in previews)
    drawing = _Drawing(sheet_width, height, colours, described)
    if title:
        drawing.text(drawing.root, sheet_width / 2, 58, _fitted(title, 60), 24, colours.text, weight="600")
    for place, (seen, lines) in enumerate(zip(previews, notes, strict=True)):
        drawing.phone(seen, place * _CELL_WIDTH + (_CELL_WIDTH - _PHONE_WIDTH) / 2, heading + _TOP)
        drawing.caption(seen, lines, (place + 0.5) * _CELL_WIDTH, heading + _TOP + _PHONE_HEIGHT)
    return drawing.finish()


class _Drawing:
    """Builds the document; text is escaped by the XML library."""

    def __init__(self, sheet_width: int, height: int, colours: Palette, described: str) -> None:
        self.colours = colours
        self.characters: set[str] = set()
        size = {"width": str(sheet_width), "height": str(height), "viewBox": f"0 0 {sheet_width} {height}"}
        self.root = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", **size, "font-family": FONTS, "role": "img"})
        SubElement(self.root, "title").text = shown(described)
        gradient = SubElement(
            SubElement(self.root, "defs"), "linearGradient", id="screen", x1="0", y1="0", x2="0", y2="1"
        )
        for offset, colour in zip(("0", "1"), colours.screen, strict=True):
            SubElement(gradient, "stop", {"offset": offset, "stop-color": colour})
        self.box(self.root, 0, 0, sheet_width, height, 0, colours.page)

    def finish(self) -> Picture:
        return Picture(tostring(self.root, encoding="unicode") + "\n", frozenset(self.characters))

    def phone(self, seen: Preview, left: float, top: float) -> None:
        colours = self.colours
        group = SubElement(self.root, "g", transform=f"translate({left:g} {top:g})")
        self.box(group, 0, 0, _PHONE_WIDTH, _PHONE_HEIGHT, _CORNER, colours.body, stroke=colours.edge)
        inner = _PHONE_WIDTH - 2 * _BEZEL
        self.box(group, _BEZEL, _BEZEL, inner, _PHONE_HEIGHT - 2 * _BEZEL, _CORNER - _BEZEL, "url(#screen)")
        self.box(group, _PHONE_WIDTH / 2 - 30, 20, 60, 14, 7, colours.body)
        self._status_bar(group, seen)
        middle = _PHONE_WIDTH / 2
        y = 98.0
        for place, line in enumerate(seen.lines):
            state = line.kind is LineKind.STATE
            colour = colours.on_screen_faint if state or not line.from_card else colours.on_screen
            largest, weight = (24, "600") if place == 0 else (17, "400")
            self.text(group, middle, y, line.text, _size(line.text, largest, inner - 28), colour, weight=weight)
            y += 27
        self.text(group, middle, 236, "12:00", 64, colours.on_screen, weight="300")
        self._panel(group, seen)
        self.box(group, middle - 44, _PHONE_HEIGHT - _BEZEL - 14, 88, 4, 2, colours.on_screen_faint)

    def _status_bar(self, group: Element, seen: Preview) -> None:
        colours = self.colours
        for bar in range(4):
            strong = seen.in_service or bar == 0
            colour = colours.on_screen if strong else colours.on_screen_faint
            tall = 4 + 3 * bar
            self.box(group, 30 + 6 * bar, 42 - tall, 4, tall, 1, colour, opacity="1" if strong else "0.45")
        if seen.in_service:
            technology = seen.situation.technology.value
            self.text(group, 60, 42, technology, 13, colours.on_screen, anchor="start", weight="600")
            if seen.roaming:
                self.text(group, 85, 42, "R", 13, colours.accent, anchor="start", weight="600")
        right = _PHONE_WIDTH - 30
        self.box(group, right - 24, 31, 21, 11, 3, "none", stroke=colours.on_screen)
        self.box(group, right - 22, 33, 13, 7, 1, colours.on_screen)
        self.box(group, right - 2, 34, 2, 5, 1, colours.on_screen)

    def _panel(self, group: Element, seen: Preview) -> None:
        """What the phone offers to call, at the foot of the screen."""
        colours = self.colours
        rows = _offers(seen)
        height = 18 + 42 * len(rows)
        top = _PHONE_HEIGHT - _BEZEL - 34 - height
        left, inner = _BEZEL + 14, _PHONE_WIDTH - 2 * _BEZEL - 28
        self.box(group, left, top, inner, height, 18, colours.panel, opacity="0.82")
        for place, (name, number) in enumerate(rows):
            y = top + 27 + 42 * place
            self.text(group, left + 18, y, name, 11, colours.on_screen_faint, anchor="start")
            size = _size(number, 15, inner - 36)
            self.text(group, left + 18, y + 17, number, size, colours.on_screen, anchor="start")

    def caption(self, seen: Preview, notes: Sequence[str], middle: float, top: float) -> None:
        colours = self.colours
        self.text(self.root, middle, top + 38, _TITLES[seen.standing], 18, colours.text, weight="600")
        self.text(self.root, middle, top + 60, str(seen.situation), 13, colours.faint)
        for place, line in enumerate(notes):
            self.text(self.root, middle, top + _CAPTION + place * _NOTE_LINE, line, 11, colours.faint)

    def box(
        self, parent: Element, x: float, y: float, wide: float, high: float, corner: float, fill: str, *,
        stroke: str = "", opacity: str = "",
    ) -> None:  # fmt: skip
        values = {"x": x, "y": y, "width": wide, "height": high, "rx": corner}
        attributes = {name: f"{value:g}" for name, value in values.items()} | {"fill": fill}
        if stroke:
            attributes |= {"stroke": stroke, "stroke-width": "1.5"}
        if opacity:
            attributes["fill-opacity"] = opacity
        SubElement(parent, "rect", attributes)

    def text(
        self, parent: Element, x: float, y: float, text: str, size: float, fill: str, *,
        anchor: str = "middle", weight: str = "400",
    ) -> None:  # fmt: skip
        self.characters |= set(text)
        attributes = {"x": f"{x:g}", "y": f"{y:g}", "font-size": f"{size:g}", "fill": fill, "text-anchor": anchor}
        SubElement(parent, "text", attributes | {"font-weight": weight}).text = text


def _offers(seen: Preview) -> list[tuple[str, str]]:
    numbers = seen.numbers
    rows = []
    if seen.in_service:
        if numbers.voicemail is not None:
            rows.append((_fitted(numbers.voicemail.name or "Voicemail"), _fitted(numbers.voicemail.digits)))
        rows += [(_fitted(one.name or "Service"), _fitted(one.digits)) for one in numbers.service[:2]]
        rows += [("Own number", _fitted(one.digits)) for one in numbers.own[:1]]
    return [*rows, ("Emergency", _whole_numbers(one.number for one in numbers.every_emergency))]


def _whole_numbers(numbers: Iterable[str], columns: int = 26) -> str:
    """As many numbers as fit; none is cut, so that nobody reads a wrong one."""
    text = ""
    for number in map(shown, numbers):
        longer = f"{text} · {number}" if text else number
        if width(longer) > columns:
            return f"{text} …"
        text = longer
    return text


def _fitted(text: str, columns: int = 24) -> str:
    return cut(shown(text), columns)


def _notes(seen: Preview) -> list[str]:
    return [line for remark in seen.remarks for line in textwrap.wrap(shown(remark), _NOTE_COLUMNS)]


def _size(text: str, size: float, room: float) -> float:
    """A font size at which the text fits: letters take about 0.62 of it, the widest 1, East Asian ones 1."""
    ems = 0.62 * width(text) + sum(0.4 for char in text if char in _WIDE_LETTERS)
    ems += sum(0.12 for char in text if char.isupper() and char not in _WIDE_LETTERS)
    return round(min(size, room / ems), 2) if ems else size
