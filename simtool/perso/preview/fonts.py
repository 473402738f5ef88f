"""Finding fonts on this computer that have all the letters of a picture, so that none is left out without a word."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from simtool.errors import InputError

ENDINGS = (".ttf", ".otf", ".ttc")
_LIKED = ("notosans-regular", "dejavusans", "liberationsans-regular", "roboto-regular", "arial", "helvetica")
_EMPTY = ("lastresort", "blank", "notdef")
_BOLD = ("-Bold", "-SemiBold", "-Medium", "-Light")
_WITHOUT_GLYPH = frozenset("\u200c\u200d\u200e\u200f")


def font_folders() -> tuple[Path, ...]:
    """Where Linux, macOS and Windows keep fonts."""
    home = Path.home()
    windows = Path(os.environ.get("WINDIR", "C:/Windows"))
    return (
        Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), home / ".local/share/fonts", home / ".fonts",
        Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts", windows / "Fonts",
    )  # fmt: skip


def fonts_for(characters: Iterable[str], folders: Iterable[Path] | None = None) -> tuple[Path, ...]:
    """Font files that together have all the characters: one for most of them, and more where it lacks some.

    Raises `InputError` naming the characters that no font has.
    """
    missing = {char for char in characters if char.strip() and char not in _WITHOUT_GLYPH}
    found: list[Path] = []
    for path in sorted(_files(font_folders() if folders is None else folders), key=_liking):
        if not missing:
            break
        has = missing & _letters(path)
        if has:
            found.append(path)
            missing -= has
    if missing:
        letters = " ".join(sorted(missing))
        raise InputError(
            f"no font on this computer has {letters}",
            hint="install one (Debian: fonts-dejavu-core, for Chinese, Japanese and Korean fonts-noto-cjk), "
            "or take the SVG: whoever opens it supplies the letters",
        )
    return tuple(found) + tuple(_weights(found[:1]))


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        for place, _, names in os.walk(folder):
            yield from (Path(place, name) for name in names if name.lower().endswith(ENDINGS))


def _liking(path: Path) -> tuple[int, bool, bool, str]:
    """Plain sans-serif fonts first; then by name, so that the same fonts are chosen each time."""
    stem = path.stem.lower()
    place = _LIKED.index(stem) if stem in _LIKED else len(_LIKED)
    styled = any(word in stem for word in ("bold", "italic", "oblique", "mono", "serif", "condensed", "light"))
    return place, styled, "sans" not in stem, str(path)


def _letters(path: Path) -> set[str]:
    """The characters of a font; none if it cannot be read."""
    from fontTools.ttLib import TTFont, TTLibError

    if any(word in path.stem.lower() for word in _EMPTY):
        return set()
    try:
        with path.open("rb") as file, TTFont(file, fontNumber=0, lazy=True) as font:
            return {chr(code) for code in font.getBestCmap() or {}}
    except (TTLibError, OSError, KeyError, ValueError, AssertionError):
        return set()


def _weights(base: Iterable[Path]) -> Iterator[Path]:
    """The other weights of a font that lie beside it."""
    for path in base:
        stem = path.stem.removesuffix("-Regular")
        yield from (other for word in _BOLD if (other := path.with_name(f"{stem}{word}{path.suffix}")).is_file())
