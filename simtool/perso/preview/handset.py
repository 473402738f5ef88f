"""A screen of the handset as a picture: what a card's application makes a phone show."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from simtool.card.handset.screen import InputField, Key, Screen, ScreenItem, ScreenKind
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
from simtool.perso.preview.fit import cut, shown, wrapped

_MARGIN = 42
_CAPTION, _CAPTION_COLUMNS, _CAPTION_LINE = 44, 46, 18
_LEFT = BEZEL + 16
_ROOM = PHONE_WIDTH - 2 * _LEFT
_TOP, _FOOT = 66, PHONE_HEIGHT - BEZEL - 64
_COLUMNS = 24
_LINE, _ROW = 22, 38
_HIDDEN = "•"
_KEYS = {
    Key.OK: "OK", Key.BACK: "Back", Key.HELP: "Help", Key.END: "End", Key.MENU: "Menu", Key.YES: "Yes", Key.NO: "No",
}  # fmt: skip
_CLOCK = "12:00"


def screen_picture(
    screen: Screen, *, caption: str = "", technology: str = "4G", in_service: bool = True, theme: Theme = Theme.LIGHT
) -> Picture:
    """One handset with this screen; `caption` stands beneath it, wrapped."""
    under = wrapped(shown(caption), _CAPTION_COLUMNS) if caption else []
    wide = PHONE_WIDTH + 2 * _MARGIN
    high = PHONE_HEIGHT + 2 * _MARGIN + (_CAPTION + len(under) * _CAPTION_LINE if under else 0)
    drawing = Drawing(wide, high, PALETTES[theme], str(screen))
    group = drawing.phone(_MARGIN, _MARGIN)
    drawing.status_bar(group, in_service=in_service, technology=technology)
    _content(drawing, group, screen)
    _soft_keys(drawing, group, screen.keys)
    drawing.foot(group)
    for place, line in enumerate(under):
        y = _MARGIN + PHONE_HEIGHT + _CAPTION + place * _CAPTION_LINE
        drawing.text(drawing.root, wide / 2, y, line, 14, drawing.colours.faint)
    return drawing.finish()


def _content(drawing: Drawing, group: Element, screen: Screen) -> None:
    colours = drawing.colours
    middle = PHONE_WIDTH / 2
    if screen.kind is ScreenKind.IDLE:
        drawing.text(group, middle, 176, _CLOCK, 64, colours.on_screen, weight="300")
        _lines(drawing, group, screen.lines, 216, middle=True)
        return
    y = float(_TOP)
    if screen.title:
        title = cut(shown(screen.title), _COLUMNS + 4)
        drawing.text(group, middle, y + 24, title, font_size(title, 19, _ROOM), colours.on_screen, weight="600")
        drawing.box(group, _LEFT, y + 38, _ROOM, 1, 0, colours.on_screen_faint, opacity="0.5")
        y += 52
    y = _lines(drawing, group, screen.lines, y + 8, middle=not screen.items and screen.field is None)
    if screen.field is not None:
        y = _field(drawing, group, screen.field, y)
    _items(drawing, group, screen.items, y)


def _lines(drawing: Drawing, group: Element, lines: tuple[str, ...], top: float, *, middle: bool) -> float:
    """Text, wrapped; smaller where there is much of it. Gives where it ends."""
    columns, size, step = _COLUMNS, 16.0, float(_LINE)
    broken = _broken(lines, columns)
    room = _FOOT - top
    if len(broken) * step > room:
        columns, size, step = 34, 11.5, 15.0
        broken = _broken(lines, columns)
    size = min((font_size(line, size, _ROOM) for line in broken), default=size)
    y = top
    for line in broken:
        if y + step > _FOOT:
            drawing.text(group, PHONE_WIDTH / 2, y + step - 5, "…", size, drawing.colours.on_screen)
            break
        x, anchor = (PHONE_WIDTH / 2, "middle") if middle else (float(_LEFT), "start")
        drawing.text(group, x, y + step - 5, line, size, drawing.colours.on_screen, anchor=anchor)
        y += step
    return y + 8


def _broken(lines: tuple[str, ...], columns: int) -> list[str]:
    return [part for line in lines for part in wrapped(shown(line), columns)]


def _field(drawing: Drawing, group: Element, field: InputField, top: float) -> float:
    colours = drawing.colours
    drawing.box(group, _LEFT, top, _ROOM, 40, 10, colours.panel, stroke=colours.accent)
    text = _HIDDEN * len(field.default) if field.hidden else cut(shown(field.default), _COLUMNS)
    drawing.text(group, _LEFT + 12, top + 26, f"{text}|", 16, colours.on_screen, anchor="start")
    most = "" if field.most == 255 else f" to {field.most}"
    kind = "digits" if field.digits_only else "characters"
    count = str(field.least) if field.least == field.most else f"{field.least}{most or ' or more'}"
    drawing.text(group, _LEFT + 2, top + 58, f"{count} {kind}", 11, colours.on_screen_faint, anchor="start")
    return top + 70


def _items(drawing: Drawing, group: Element, items: tuple[ScreenItem, ...], top: float) -> None:
    """A row for each item; narrower where there are many, and how many more there are."""
    if not items:
        return
    colours = drawing.colours
    step = max(20.0, min(float(_ROW), (_FOOT - top) / len(items)))
    fit = max(2, int((_FOOT - top) // step))
    fitting = items if len(items) <= fit else items[: fit - 1]
    texts = [cut(shown(item.text), _COLUMNS - 2) for item in fitting]
    size = min(font_size(text, 16 if step > 30 else 12, _ROOM - 40) for text in texts)
    for place, (item, text) in enumerate(zip(fitting, texts, strict=True)):
        y = top + place * step
        fill, opacity = (colours.accent, "0.3") if item.selected else (colours.panel, "0.75")
        drawing.box(group, _LEFT, y, _ROOM, step - 4, 8, fill, opacity=opacity)
        base = y + step / 2 + size / 2 - 3
        drawing.text(group, _LEFT + 12, base, text, size, colours.on_screen, anchor="start")
        drawing.text(group, _LEFT + _ROOM - 14, base, "›", size, colours.on_screen_faint)
    if len(fitting) < len(items):
        more = f"{len(items) - len(fitting)} more"
        drawing.text(group, PHONE_WIDTH / 2, top + (len(fitting) + 0.7) * step, more, 12, colours.on_screen_faint)


def _soft_keys(drawing: Drawing, group: Element, keys: tuple[Key, ...]) -> None:
    if not keys:
        return
    colours = drawing.colours
    wide = _ROOM / len(keys)
    top = PHONE_HEIGHT - BEZEL - 54
    for place, key in enumerate(keys):
        x = _LEFT + place * wide
        drawing.box(group, x + 2, top, wide - 4, 28, 14, colours.panel, opacity="0.9")
        drawing.text(group, x + wide / 2, top + 19, _KEYS[key], 13, colours.accent, weight="600")
