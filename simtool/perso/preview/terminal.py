"""A preview drawn with characters: small phones side by side, and beneath them what they offer and why."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from simtool.perso.preview.fit import cut, width
from simtool.perso.preview.screen import Preview

_MARGIN = 1
_SIDE_BY_SIDE = 3
_GAP = "  "
_NARROWEST = 14
_BARS, _NO_BARS = "▂▄▆█", "▂   "


def drawing(previews: Sequence[Preview]) -> str:
    """The phones, three in a row, each under what its network is to the card."""
    rows = [previews[start : start + _SIDE_BY_SIDE] for start in range(0, len(previews), _SIDE_BY_SIDE)]
    return "\n\n".join(_row(row) for row in rows)


def details(seen: Preview, *, why: bool = False) -> str:
    """What the phone offers, what to know about it, and with `why` the reason for every decision."""
    numbers = seen.numbers
    rows = [
        ("voicemail", str(numbers.voicemail or "none")),
        ("own number", ", ".join(map(str, numbers.own)) or "none"),
        ("service numbers", ", ".join(map(str, numbers.service)) or "none"),
        ("emergency numbers", ", ".join(map(str, numbers.every_emergency))),
    ]
    lines = [f"{name.ljust(19)}{text}" for name, text in rows]
    lines += [f"note: {remark}" for remark in seen.remarks]
    if why:
        lines += ["", *(f"· {decision}" for decision in seen.decisions)]
    return "\n".join(lines)


def _row(previews: Sequence[Preview]) -> str:
    phones = [_phone(seen) for seen in previews]
    widths = [width(phone[0]) for phone in phones]
    lines = []
    for parts in zip_longest(*phones, fillvalue=""):
        filled = [part + " " * (size - width(part)) for part, size in zip(parts, widths, strict=True)]
        lines.append(_GAP.join(filled).rstrip())
    return "\n".join(lines)


def _phone(seen: Preview) -> list[str]:
    room = max(seen.situation.columns, _NARROWEST, *map(width, seen.texts))
    inner = room + 2 * _MARGIN
    bars = _BARS if seen.in_service else _NO_BARS
    technology = seen.situation.technology.value if seen.in_service else "  "
    status = f"{technology} {bars}{'  R' if seen.roaming and seen.in_service else ''}".ljust(room - 3) + "▐█▌"
    names = [*seen.texts, *[""] * (2 - len(seen.texts))]
    body = [status, "", *(_centred(name, room) for name in names), "", _centred("· · ·", room)]
    space = " " * _MARGIN
    return [
        f"╭{'─' * inner}╮",
        *(f"│{space}{line}{' ' * (room - width(line))}{space}│" for line in body),
        f"╰{'─' * inner}╯",
        _centred(cut(str(seen.situation), inner + 2), inner + 2),
        _centred(cut(seen.standing.value, inner + 2), inner + 2),
    ]


def _centred(text: str, columns: int) -> str:
    return " " * ((columns - width(text)) // 2) + text
