"""Which fonts a paper is printed with, and which letters it cannot have."""

from __future__ import annotations

import string
import unicodedata
from functools import lru_cache
from pathlib import Path

from simtool.errors import InputError
from simtool.perso.preview.fonts import fonts_for

BASIC = frozenset(string.ascii_letters + string.digits + string.punctuation + "ÄÖÜäöüßéè–…·•")
BOLD = "-Bold"
_JOINED = ("DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA", "TAMIL", "TELUGU", "KANNADA", "MALAYALAM",
    "SINHALA", "THAI", "LAO", "TIBETAN", "MYANMAR", "KHMER", "MONGOLIAN")  # fmt: skip


@lru_cache(maxsize=64)
def plain_and_bold() -> tuple[Path, Path]:
    """A font for ordinary text and its bold weight (the same one where there is none)."""
    found = fonts_for(BASIC)
    bold = [path for path in found if BOLD in path.stem]
    return found[0], bold[0] if bold else found[0]


@lru_cache(maxsize=64)
def more_fonts(characters: frozenset[str]) -> tuple[Path, ...]:
    """Fonts for letters that the ordinary one lacks. Raises `InputError` naming those that none has."""
    return tuple(path for path in fonts_for(characters) if BOLD not in path.stem)


def require_printable(text: str) -> None:
    """Raises `InputError` for scripts whose letters would come out unjoined or in the wrong order, and for controls."""
    if text.isascii() and text.isprintable():
        return
    for char in text:
        if unicodedata.bidirectional(char) in ("R", "AL") or unicodedata.name(char, "").startswith(_JOINED):
            raise InputError(
                f"{unicodedata.name(char)}: this script cannot be printed as text",
                hint="put it into a template as a picture (SVG or PNG)",
            )
        if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn") and char not in "\n\u00ad\u200b":
            raise InputError(f"the character U+{ord(char):04X} cannot be printed")
