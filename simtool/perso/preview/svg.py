"""A preview as a picture: simple handsets with their idle screens, in SVG, light or dark.

Text stays text: whoever opens the file supplies the letters. `simtool.perso.preview.png` makes pixels of it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element

from simtool.perso.preview.drawing import (
    BEZEL,
    PALETTES,
    PHONE_HEIGHT,
    PHONE_WIDTH,
    Drawing,
    Picture,
    Theme,
    font_size,
)
from simtool.perso.preview.fit import cut, shown, width
from simtool.perso.preview.screen import LineKind, Preview
from simtool.perso.preview.standing import Standing

_CELL_WIDTH = 356
_TOP, _BOTTOM = 44, 36
_CAPTION = 92
_NOTE_LINE, _NOTE_COLUMNS = 16, 50
_HEADING = 64
_TITLES = {
    Standing.HOME: "At home",
    Standing.EQUIVALENT_HOME: "At home (equal network)",
    Standing.PROVIDER: "In the host network",
    Standing.NATIONAL: "Elsewhere in the country",
    Standing.ROAMING: "Abroad",
    Standing.FORBIDDEN: "In a forbidden network",
    Standing.UNKNOWN: "In a network",
}


def picture(previews: Sequence[Preview], *, title: str = "", theme: Theme = Theme.LIGHT) -> Picture:
    """The handsets in one row; `title` stands above them."""
    notes = [_notes(seen) for seen in previews]
    heading = _HEADING if title else 0
    sheet_width = _CELL_WIDTH * max(1, len(previews))
    under = max((len(lines) for lines in notes), default=0) * _NOTE_LINE
    height = heading + _TOP + PHONE_HEIGHT + _CAPTION + under + _BOTTOM
    colours = PALETTES[theme]
    described = "; ".join(f"{_TITLES[seen.standing]} ({seen.situation}): {', '.join(seen.texts)}" for seen in previews)
    drawing = Drawing(sheet_width, height, colours, described)
    if title:
        drawing.text(drawing.root, sheet_width / 2, 58, _fitted(title, 60), 24, colours.text, weight="600")
    for place, (seen, lines) in enumerate(zip(previews, notes, strict=True)):
        _phone(drawing, seen, place * _CELL_WIDTH + (_CELL_WIDTH - PHONE_WIDTH) / 2, heading + _TOP)
        _caption(drawing, seen, lines, (place + 0.5) * _CELL_WIDTH, heading + _TOP + PHONE_HEIGHT)
    return drawing.finish()


def _phone(drawing: Drawing, seen: Preview, left: float, top: float) -> None:
    colours = drawing.colours
    group = drawing.phone(left, top)
    drawing.status_bar(
        group, in_service=seen.in_service, technology=seen.situation.technology.value, roaming=seen.roaming
    )
    inner = PHONE_WIDTH - 2 * BEZEL
    middle = PHONE_WIDTH / 2
    y = 98.0
    for place, line in enumerate(seen.lines):
        state = line.kind is LineKind.STATE
        colour = colours.on_screen_faint if state or not line.from_card else colours.on_screen
        largest, weight = (24, "600") if place == 0 else (17, "400")
        drawing.text(group, middle, y, line.text, font_size(line.text, largest, inner - 28), colour, weight=weight)
        y += 27
    drawing.text(group, middle, 236, "12:00", 64, colours.on_screen, weight="300")
    _panel(drawing, group, seen)
    drawing.foot(group)


def _panel(drawing: Drawing, group: Element, seen: Preview) -> None:
    """What the phone offers to call, at the foot of the screen."""
    colours = drawing.colours
    rows = _offers(seen)
    height = 18 + 42 * len(rows)
    top = PHONE_HEIGHT - BEZEL - 34 - height
    left, inner = BEZEL + 14, PHONE_WIDTH - 2 * BEZEL - 28
    drawing.box(group, left, top, inner, height, 18, colours.panel, opacity="0.82")
    for place, (name, number) in enumerate(rows):
        y = top + 27 + 42 * place
        drawing.text(group, left + 18, y, name, 11, colours.on_screen_faint, anchor="start")
        size = font_size(number, 15, inner - 36)
        drawing.text(group, left + 18, y + 17, number, size, colours.on_screen, anchor="start")


def _caption(drawing: Drawing, seen: Preview, notes: Sequence[str], middle: float, top: float) -> None:
    colours = drawing.colours
    drawing.text(drawing.root, middle, top + 38, _TITLES[seen.standing], 18, colours.text, weight="600")
    drawing.text(drawing.root, middle, top + 60, str(seen.situation), 13, colours.faint)
    for place, line in enumerate(notes):
        drawing.text(drawing.root, middle, top + _CAPTION + place * _NOTE_LINE, line, 11, colours.faint)


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
