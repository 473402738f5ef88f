"""A picture as pixels, by resvg (the optional extra `picture`)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from simtool.errors import InputError
from simtool.perso.preview.drawing import Picture

ZOOM = 2


def png(drawn: Picture, *, zoom: float = ZOOM, folders: Iterable[Path] | None = None) -> bytes:
    """PNG of a picture. Raises `InputError` if the extra is not installed or no font has one of its letters."""
    try:
        from resvg_py import svg_to_bytes

        from simtool.perso.preview.fonts import fonts_for

        fonts = fonts_for(drawn.characters, folders)
    except ImportError as error:
        hint = "pip install 'mvno-simtool[picture]', or write an SVG"
        raise InputError(f"PNG needs {error.name}, which is not installed", hint=hint) from None
    family = _family(fonts[0])
    return svg_to_bytes(
        svg_string=drawn.svg, zoom=zoom, skip_system_fonts=True, font_files=[str(path) for path in fonts],
        font_family=family, sans_serif_family=family,
    )  # fmt: skip


def _family(path: Path) -> str:
    from fontTools.ttLib import TTFont

    with path.open("rb") as file, TTFont(file, fontNumber=0, lazy=True) as font:
        return str(font["name"].getBestFamilyName())
