"""A screen of the handset drawn with characters."""

from __future__ import annotations

from simtool.card.handset.screen import Screen, ScreenKind
from simtool.perso.preview.fit import cut, shown, width, wrapped

_COLUMNS = 32
_NO_LIMIT = 255


def screen_text(screen: Screen) -> str:
    """The screen in a frame; items are numbered by their rows."""
    rows: list[str] = []
    if screen.title:
        rows += [cut(shown(screen.title), _COLUMNS), "─" * _COLUMNS]
    for line in screen.lines:
        rows += wrapped(shown(line), _COLUMNS)
    for number, item in enumerate(screen.items, start=1):
        mark = "▸" if item.selected else " "
        rows.append(cut(f"{mark}{number:2} {shown(item.text)}", _COLUMNS))
    field = screen.field
    if field is not None:
        most = "" if field.most == _NO_LIMIT else str(field.most)
        count = str(field.least) if field.least == field.most else f"{field.least} to {most or 'many'}"
        kind = "digits" if field.digits_only else "characters"
        rows += ["", cut(f"[{'*' * len(field.default) if field.hidden else shown(field.default)}]", _COLUMNS)]
        rows.append(f"{count} {kind}{', hidden' if field.hidden else ''}")
    if not rows:
        rows = ["· · ·"] if screen.kind is ScreenKind.IDLE else [screen.kind.value]
    keys = wrapped(" ".join(f"<{key.value}>" for key in screen.keys), _COLUMNS) if screen.keys else []
    body = [f"│ {row}{' ' * (_COLUMNS - width(row))} │" for row in rows]
    foot = [f"│ {row}{' ' * (_COLUMNS - width(row))} │" for row in keys]
    foot = [f"├{'─' * (_COLUMNS + 2)}┤", *foot] if keys else []
    edge = "─" * (_COLUMNS + 2)
    return "\n".join([f"╭{edge}╮", *body, *foot, f"╰{edge}╯"])
