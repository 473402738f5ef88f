"""Handsets drawn in SVG: body, status bar, boxes and text, in colours for light and dark.

Text stays text: whoever opens the file supplies the letters. What stands on the screen is drawn by others.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from xml.etree.ElementTree import Element, SubElement, tostring

from simtool.perso.preview.fit import shown, width

FONTS = "Noto Sans, DejaVu Sans, Helvetica, Arial, sans-serif"
PHONE_WIDTH, PHONE_HEIGHT = 272, 548
BEZEL, CORNER = 10, 40
_WIDE_LETTERS = frozenset("MWmw@%")


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


PALETTES = {
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


class Drawing:
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

    def phone(self, left: float, top: float) -> Element:
        """An empty handset; gives the group to draw its screen into, with its corner at 0, 0."""
        colours = self.colours
        group = SubElement(self.root, "g", transform=f"translate({left:g} {top:g})")
        self.box(group, 0, 0, PHONE_WIDTH, PHONE_HEIGHT, CORNER, colours.body, stroke=colours.edge)
        inner = PHONE_WIDTH - 2 * BEZEL
        self.box(group, BEZEL, BEZEL, inner, PHONE_HEIGHT - 2 * BEZEL, CORNER - BEZEL, "url(#screen)")
        self.box(group, PHONE_WIDTH / 2 - 30, 20, 60, 14, 7, colours.body)
        return group

    def foot(self, group: Element) -> None:
        """The bar at the foot of the screen."""
        middle = PHONE_WIDTH / 2
        self.box(group, middle - 44, PHONE_HEIGHT - BEZEL - 14, 88, 4, 2, self.colours.on_screen_faint)

    def status_bar(self, group: Element, *, in_service: bool, technology: str, roaming: bool = False) -> None:
        """Signal, radio technology, a sign for roaming, battery."""
        colours = self.colours
        for bar in range(4):
            strong = in_service or bar == 0
            colour = colours.on_screen if strong else colours.on_screen_faint
            tall = 4 + 3 * bar
            self.box(group, 30 + 6 * bar, 42 - tall, 4, tall, 1, colour, opacity="1" if strong else "0.45")
        if in_service:
            self.text(group, 60, 42, technology, 13, colours.on_screen, anchor="start", weight="600")
            if roaming:
                self.text(group, 85, 42, "R", 13, colours.accent, anchor="start", weight="600")
        right = PHONE_WIDTH - 30
        self.box(group, right - 24, 31, 21, 11, 3, "none", stroke=colours.on_screen)
        self.box(group, right - 22, 33, 13, 7, 1, colours.on_screen)
        self.box(group, right - 2, 34, 2, 5, 1, colours.on_screen)

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


def font_size(text: str, size: float, room: float) -> float:
    """A font size at which the text fits: letters take about 0.62 of it, the widest 1, East Asian ones 1."""
    ems = 0.62 * width(text) + sum(0.4 for char in text if char in _WIDE_LETTERS)
    ems += sum(0.12 for char in text if char.isupper() and char not in _WIDE_LETTERS)
    return round(min(size, room / ems), 2) if ems else size
