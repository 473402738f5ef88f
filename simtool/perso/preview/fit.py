"""Making a name fit a screen: what cannot be shown is replaced, what is too long is cut from the end."""

from __future__ import annotations

import textwrap
import unicodedata

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NOT_CHARACTERS = frozenset(("Cs", "Cn", "Co"))


def shown(text: str) -> str:
    """The text as a screen shows it: control characters as blanks, no orders to turn the direction of writing."""
    characters = []
    for char in text:
        kind = unicodedata.category(char)
        if char in _BIDI_CONTROLS:
            continue
        characters.append(" " if kind in ("Cc", "Zl", "Zp") else REPLACEMENT if kind in _NOT_CHARACTERS else char)
    return "".join(characters).strip()


def width(text: str) -> int:
    """Columns that a text takes: wide East Asian characters two, marks on other characters none."""
    return sum(map(_columns, text))


def cut(text: str, columns: int) -> str:
    """The text, or what of it fits before an ellipsis (TS 22.101 §A.4: names are cut from the tail end)."""
    if width(text) <= columns:
        return text
    kept, room = "", columns - 1
    for char in text:
        room -= _columns(char)
        if room < 0:
            break
        kept += char
    return kept.rstrip() + ELLIPSIS


def wrapped(text: str, columns: int) -> list[str]:
    """The text in lines of at most so many columns, broken between words where that is possible."""
    lines = []
    for line in textwrap.wrap(text, columns) or [""]:
        kept = ""
        for char in line:
            if width(kept + char) > columns:
                lines.append(kept)
                kept = ""
            kept += char
        lines.append(kept)
    return lines


def _columns(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1
