"""Screens of the handset, drawn: everything that is read stands in the picture, nothing becomes markup."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from simtool.card.handset.screen import InputField, Key, Screen, ScreenItem, ScreenKind
from simtool.perso.preview.drawing import Theme
from simtool.perso.preview.fit import width
from simtool.perso.preview.handset import screen_picture
from simtool.perso.preview.handset_terminal import screen_text
from simtool.perso.preview.png import png

SVG = "{http://www.w3.org/2000/svg}"
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
FIELDS = st.none() | st.builds(
    InputField, st.integers(0, 255), st.integers(0, 255), st.booleans(), st.booleans(), TEXTS
)  # fmt: skip
SCREENS = st.builds(
    Screen, st.sampled_from(ScreenKind), TEXTS, st.lists(TEXTS, max_size=40).map(tuple),
    st.lists(st.builds(ScreenItem, st.integers(1, 255), TEXTS, st.booleans()), max_size=40).map(tuple), FIELDS,
    st.lists(st.sampled_from(Key), unique=True).map(tuple),
)  # fmt: skip


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314  # ours


def test_a_menu() -> None:
    items = tuple(ScreenItem(number, f"Item {number}", number == 2) for number in range(1, 5))
    screen = Screen(ScreenKind.MENU, "<Menu> & more", items=items, keys=(Key.BACK, Key.HELP))
    shown = texts(screen_picture(screen, caption="walk.yaml:3", technology="5G").svg)
    for text in ("<Menu> & more", "Item 1", "Item 4", "Back", "Help", "walk.yaml:3", "5G"):
        assert text in shown
    drawn = screen_text(screen).splitlines()
    assert drawn[1].strip("│ ") == "<Menu> & more"
    assert "▸ 2 Item 2" in drawn[4]
    assert drawn[-2].strip("│ ") == "<back> <help>"


def test_more_items_than_there_is_room_for() -> None:
    items = tuple(ScreenItem(number, f"Item {number}") for number in range(1, 61))
    shown = texts(screen_picture(Screen(ScreenKind.CHOICE, "Long", items=items)).svg)
    last = sum(text.startswith("Item") for text in shown)
    assert f"{60 - last} more" in shown


def test_input_that_is_hidden() -> None:
    field = InputField(4, 8, digits_only=True, hidden=True, default="1234")
    screen = Screen(ScreenKind.INPUT, lines=("Code",), field=field)
    shown = texts(screen_picture(screen).svg)
    assert "4 to 8 digits" in shown and "1234" not in " ".join(shown)
    assert "1234" not in screen_text(screen) and "4 to 8 digits, hidden" in screen_text(screen)


def test_a_picture_in_pixels() -> None:
    screen = Screen(ScreenKind.TEXT, lines=("Привет",), keys=(Key.OK,))
    light, dark = (png(screen_picture(screen, theme=theme)) for theme in Theme)
    assert light.startswith(b"\x89PNG") and light != dark


@given(SCREENS)
def test_any_screen_can_be_drawn(screen: Screen) -> None:
    ElementTree.fromstring(screen_picture(screen, caption=screen.title).svg)  # noqa: S314  # ours
    drawn = screen_text(screen).splitlines()
    assert {width(line) for line in drawn} == {width(drawn[0])}
