"""Drawn previews: text survives as it is, letters are never left out without a word, the same each time."""

from __future__ import annotations

import struct
import unicodedata
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given

from simtool.errors import InputError
from simtool.perso.image import CardImage
from simtool.perso.preview import Situation, preview
from simtool.perso.preview.drawing import Picture, Theme
from simtool.perso.preview.fit import width
from simtool.perso.preview.fonts import fonts_for
from simtool.perso.preview.png import png
from simtool.perso.preview.svg import picture
from simtool.perso.preview.terminal import details, drawing
from tests.perso.preview.cards import at, usim
from tests.perso.preview.test_any_content import SITUATIONS, images

DEJAVU = Path("/usr/share/fonts/truetype/dejavu")
DROID = Path("/usr/share/fonts/truetype/droid")
SVG = "{http://www.w3.org/2000/svg}"


def ucs2(name: str) -> bytes:
    return b"\x00\x80" + name.encode("utf-16-be").ljust(15, b"\xff")


def drawn(name: str, **more: Theme) -> Picture:
    return picture([preview(usim({"EF.SPN": ucs2(name)}), at("001-01"))], **more)


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314  # ours


def test_a_name_cannot_become_markup() -> None:
    card = usim({"EF.SPN": {"name": "</text>&<b>"}, "EF.PNN": [{"full": '"><script>x</script>'}]})
    seen = preview(card, at("001-01", columns=30))
    assert "</text>&<b>" in texts(picture([seen], title="<&>").svg)


@given(images(), SITUATIONS)
def test_any_content_makes_a_well_formed_picture(image: CardImage, situation: Situation) -> None:
    seen = preview(image, situation)
    shown = texts(picture([seen, seen], title="two", theme=Theme.DARK).svg)
    assert set(seen.texts) <= set(shown)
    assert drawing([seen]).isprintable() or "\n" in drawing([seen])
    for line in drawing([seen, seen]).splitlines()[:8]:
        assert width(line) == width(drawing([seen, seen]).splitlines()[0])
    said = details(seen, why=True)
    assert said.count("·") >= len(seen.decisions)
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in said.replace("\n", ""))


def test_light_and_dark_differ_only_in_colours() -> None:
    light, dark = drawn("Сияние"), drawn("Сияние", theme=Theme.DARK)
    assert texts(light.svg) == texts(dark.svg)
    assert light.svg != dark.svg


def test_a_picture_in_pixels_has_twice_the_size() -> None:
    data = png(drawn("Сияние"), folders=[DEJAVU])
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    wide, high = struct.unpack(">II", data[16:24])
    root = ElementTree.fromstring(drawn("Сияние").svg)  # noqa: S314  # ours
    assert (wide, high) == (2 * int(root.attrib["width"]), 2 * int(root.attrib["height"]))


@pytest.mark.parametrize(("one", "other"), [("Сияние", "Зарница"), ("北極光", "光極北"), ("Βορράς", "Βοράςς")])
def test_other_letters_than_latin_are_drawn(one: str, other: str) -> None:
    """Placeholder boxes would look the same, whatever they stand for: the two names have the same length."""
    folders = [DEJAVU, DROID]
    one, other = one[:6], other[:6]
    assert len(one) == len(other)
    assert png(drawn(one), folders=folders) != png(drawn(other), folders=folders)


def test_letters_that_no_font_has_are_named() -> None:
    with pytest.raises(InputError, match="no font on this computer has 光 北 極") as caught:
        png(drawn("北極光"), folders=[DEJAVU])
    assert "fonts-noto-cjk" in caught.value.hint


def test_the_font_for_the_most_is_chosen_first() -> None:
    chosen = fonts_for("Nordlicht 北", [DROID, DEJAVU])
    assert [path.stem for path in chosen[:2]] == ["DejaVuSans", "DroidSansFallbackFull"]
    assert fonts_for("Nordlicht", [DEJAVU])[0].stem == "DejaVuSans"


def test_a_file_that_is_no_font_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"\0\1\0\0 not a font")
    with pytest.raises(InputError, match="no font"):
        fonts_for("a", [tmp_path])


def test_a_small_phone_in_the_terminal() -> None:
    card = usim({"EF.SPN": ucs2("北極光"), "EF.PNN": [{"full": "Nordlicht"}]})
    seen = preview(card, at("262-01", "5G", 0x1A2B3C))
    assert drawing([seen]) == (
        "╭──────────────────────╮\n"
        "│ 5G ▂▄▆█  R       ▐█▌ │\n"
        "│                      │\n"
        "│        262-01        │\n"
        "│        北極光        │\n"
        "│                      │\n"
        "│        · · ·         │\n"
        "╰──────────────────────╯\n"
        "  262-01 5G TAC 1a2b3c\n"
        "     network abroad"
    )


def test_no_emergency_number_is_cut() -> None:
    numbers = ["110", "144", "133", "118", "999"]
    seen = preview(usim({"EF.ECC": [{"number": number} for number in numbers]}), at("001-01"))
    assert "112 · 911 · 110 · 144 …" in texts(picture([seen]).svg)


def test_a_name_cannot_steer_the_terminal() -> None:
    card = usim(
        {"EF.SPN": ucs2("\x1b[2JX"), "EF.PNN": [{"full": "\x1b[31m北"}], "EF.SDN": [{"number": "1", "name": "A"}]}
    )
    seen = preview(card, at("001-01"))
    assert "\x1b" not in drawing([seen]) + details(seen, why=True)
    assert seen.texts == ("[2JX",)
