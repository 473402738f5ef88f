"""What the user sees and does: TS 102 223 §6.4.1 to §6.4.8, and the results of §6.11 and §8.12."""

from __future__ import annotations

import pytest

from simtool.card.handset.equipment import PROFILE, Equipment
from simtool.card.handset.screen import Answer, Key, Pressed, Screen, ScreenKind, Typed
from simtool.codec.proactive import envelope
from simtool.codec.proactive.body import Body
from simtool.codec.proactive.envelope import MenuSelection
from simtool.codec.proactive.objects import (
    Duration,
    DurationUnit,
    Icon,
    Item,
    ItemIcons,
    ResponseLength,
    Text,
    TextCoding,
)
from simtool.codec.proactive.profile import TerminalProfile
from simtool.codec.proactive.screen_commands import (
    DisplayText,
    GetInkey,
    GetInput,
    PlayTone,
    SelectItem,
    SetUpIdleModeText,
    SetUpMenu,
)
from simtool.codec.proactive.tags import Result, Tone
from tests.card.handset.toolkit import Bench, bench

HI = Text("Hi")
ABC = (Item(1, "Apples"), Item(2, "Bread"), Item(9, "Cheese"))
FIVE = ResponseLength(5, 5)

# What is sent, what is done (a key, a text, or seconds that pass), the result, and the text that comes back.
DONE: list[tuple[str, Body, Key | str | float, int, Text | None]] = [
    ("text, ok", DisplayText(HI, qualifier=0x80), Key.OK, Result.PERFORMED, None),
    ("text, back", DisplayText(HI, qualifier=0x80), Key.BACK, Result.BACKWARD, None),
    ("text, end", DisplayText(HI, qualifier=0x80), Key.END, Result.ENDED_BY_USER, None),
    ("text, nobody there", DisplayText(HI, qualifier=0x80), 60.0, Result.NO_RESPONSE, None),
    ("text that clears itself", DisplayText(HI), 10.0, Result.PERFORMED, None),
    ("text for three seconds", DisplayText(HI, duration=Duration(3)), 3.0, Result.PERFORMED, None),
    (
        "text for three seconds, to be cleared",
        DisplayText(HI, duration=Duration(3), qualifier=0x80),
        3.0,
        Result.NO_RESPONSE,
        None,
    ),
    ("text with icon", DisplayText(HI, icon=Icon(1), qualifier=0x80), Key.OK, Result.ICON_NOT_DISPLAYED, None),
    ("key", GetInkey(HI), "+", Result.PERFORMED, Text("+")),
    ("key in UCS2", GetInkey(HI, qualifier=3), "Д", Result.PERFORMED, Text("Д", TextCoding.UCS2)),
    ("yes", GetInkey(HI, qualifier=4), Key.YES, Result.PERFORMED, Text("£")),
    ("no", GetInkey(HI, qualifier=4), Key.NO, Result.PERFORMED, Text("@")),
    ("key, help", GetInkey(HI, qualifier=0x80), Key.HELP, Result.HELP_REQUIRED, None),
    ("key, back", GetInkey(HI), Key.BACK, Result.BACKWARD, None),
    ("key, end", GetInkey(HI), Key.END, Result.ENDED_BY_USER, None),
    ("key, nobody there", GetInkey(HI), 60.0, Result.NO_RESPONSE, None),
    ("input", GetInput(HI, FIVE), "12345", Result.PERFORMED, Text("12345")),
    (
        "input, packed",
        GetInput(HI, FIVE, qualifier=8),
        "67*#+",
        Result.PERFORMED,
        Text("67*#+", TextCoding.PACKED),
    ),
    ("input, letters", GetInput(HI, FIVE, qualifier=1), "AbCdE", Result.PERFORMED, Text("AbCdE")),
    ("input of nothing", GetInput(HI, ResponseLength(0, 5)), "", Result.PERFORMED, Text("")),
    ("input, default", GetInput(HI, FIVE, default=Text("54321")), Key.OK, Result.PERFORMED, Text("54321")),
    ("input, help", GetInput(HI, FIVE, qualifier=0x80), Key.HELP, Result.HELP_REQUIRED, None),
    ("input, back", GetInput(HI, FIVE), Key.BACK, Result.BACKWARD, None),
    ("input, nobody there", GetInput(HI, FIVE), 60.0, Result.NO_RESPONSE, None),
    ("input, longest before shortest", GetInput(HI, ResponseLength(9, 3)), 0.0, Result.DATA_NOT_UNDERSTOOD, None),
    ("choice, back", SelectItem("Food", ABC), Key.BACK, Result.BACKWARD, None),
    ("choice, end", SelectItem("Food", ABC), Key.END, Result.ENDED_BY_USER, None),
    ("choice, nobody there", SelectItem("Food", ABC), 60.0, Result.NO_RESPONSE, None),
    ("choice of nothing", SelectItem("Food"), 0.0, Result.VALUES_MISSING, None),
    ("tone, to its end", PlayTone(tone=Tone.BUSY, duration=Duration(5)), 5.0, Result.PERFORMED, None),
    ("tone, stopped", PlayTone(tone=Tone.BUSY, duration=Duration(5)), Key.OK, Result.PERFORMED, None),
    ("tone, end", PlayTone(tone=Tone.BUSY, duration=Duration(5)), Key.END, Result.ENDED_BY_USER, None),
    ("a tone that is none", PlayTone(tone=0x7F), 0.0, Result.BEYOND_CAPABILITIES, None),
    ("menu", SetUpMenu("Menu", ABC), 0.0, Result.PERFORMED, None),
    (
        "menu with icons",
        SetUpMenu("Menu", ABC, item_icons=ItemIcons((1, 2, 3))),
        0.0,
        Result.ICON_NOT_DISPLAYED,
        None,
    ),
    ("menu of nothing at all", SetUpMenu("Menu"), 0.0, Result.VALUES_MISSING, None),
    ("idle text", SetUpIdleModeText(HI), 0.0, Result.PERFORMED, None),
]


def act(made: Bench, deed: Key | str | float) -> None:
    if isinstance(deed, Key):
        assert made.phone.press(deed)
    elif isinstance(deed, str):
        assert made.phone.type_text(deed)
    else:
        made.phone.wait(deed)


@pytest.mark.parametrize(("body", "deed", "result", "text"), [row[1:] for row in DONE], ids=[row[0] for row in DONE])
def test_what_comes_of_it(body: Body, deed: Key | str | float, result: int, text: Text | None) -> None:
    made = bench(body)
    act(made, deed)
    assert (made.last.result, made.last.text) == (result, text)
    assert made.phone.screen.kind is ScreenKind.IDLE
    assert not made.phone.troubles


REFUSED_KEYS = [
    ("a letter where digits are wanted", GetInkey(HI), "a"),
    ("two letters", GetInkey(HI), "12"),
    ("UCS2 where only the alphabet is wanted", GetInkey(HI, qualifier=1), "Ж"),
    ("a text for yes or no", GetInkey(HI, qualifier=4), "1"),
    ("too short", GetInput(HI, FIVE), "1234"),
    ("too long", GetInput(HI, FIVE), "123456"),
    ("a letter among digits", GetInput(HI, FIVE), "1234a"),
    ("help that is not offered", GetInput(HI, FIVE), Key.HELP),
    ("ok without a text", GetInput(HI, FIVE), Key.OK),
    ("yes where no question is", DisplayText(HI, qualifier=0x80), Key.YES),
]


@pytest.mark.parametrize(("body", "deed"), [row[1:] for row in REFUSED_KEYS], ids=[row[0] for row in REFUSED_KEYS])
def test_what_does_not_fit_the_screen_does_nothing(body: Body, deed: Key | str) -> None:
    made = bench(body)
    screen = made.phone.screen
    assert not (made.phone.press(deed) if isinstance(deed, Key) else made.phone.type_text(deed))
    assert made.phone.screen == screen
    assert made.source.responses == []


def test_an_item_is_chosen() -> None:
    made = bench(SelectItem("Food", ABC, default=2, next_actions=b"\x21\x24\x13", qualifier=0x80))
    screen = made.phone.screen
    assert (screen.kind, screen.title) == (ScreenKind.CHOICE, "Food")
    assert [(item.text, item.selected, item.next_action) for item in screen.items] == [
        ("Apples", False, 0x21), ("Bread", True, 0x24), ("Cheese", False, 0x13),
    ]  # fmt: skip
    assert not made.phone.choose("Meat")
    assert made.phone.choose("Cheese")
    assert (made.last.result, made.last.item) == (Result.PERFORMED, 9)


def test_help_about_an_item() -> None:
    """§6.4.7: the response says which item."""
    made = bench(SelectItem("Food", ABC, default=2, qualifier=0x80))
    assert made.phone.press(Key.HELP)
    assert (made.last.result, made.last.item) == (Result.HELP_REQUIRED, 2)


def test_the_menu_and_its_envelopes() -> None:
    made = bench(
        SetUpMenu("Menu", ABC, qualifier=0x80), told=lambda tag, value: (b"", [DisplayText(HI, qualifier=0x80)])
    )
    assert made.phone.screen.keys == (Key.MENU,)
    assert made.phone.press(Key.MENU)
    assert made.phone.screen.texts == ("Menu", "Apples", "Bread", "Cheese")
    assert made.phone.choose(9)
    assert made.phone.screen.lines == ("Hi",)
    assert made.phone.press(Key.OK)
    assert made.phone.press(Key.MENU) and made.phone.ask_help("Bread")
    chosen = [envelope.decode_envelope(bytes((tag, len(value))) + value) for tag, value in made.source.envelopes]
    assert chosen == [MenuSelection(item=9), MenuSelection(item=2, help_requested=True)]


def test_a_menu_taken_away() -> None:
    made = bench(SetUpMenu("Menu", ABC))
    made.push(SetUpMenu("", (Item(0),)))
    assert made.last.result == Result.PERFORMED
    assert made.phone.menu is None and made.phone.screen.keys == ()
    assert not made.phone.press(Key.MENU) and not made.phone.choose("Bread")


def test_a_text_that_stays() -> None:
    """§6.4.1, immediate response: the response goes out at once, the text stays until something else comes."""
    made = bench(DisplayText(HI, immediate_response=True, qualifier=0x80))
    assert made.last.result == Result.PERFORMED
    assert made.phone.screen.lines == ("Hi",)
    made.push(DisplayText(Text("Next"), immediate_response=True, duration=Duration(30), qualifier=0x80))
    assert made.phone.screen.lines == ("Next",)
    made.phone.wait(31)
    assert made.phone.screen.kind is ScreenKind.IDLE


def test_a_busy_screen() -> None:
    """§6.4.1: a text of normal priority is refused, one of high priority is not."""
    made = bench()
    made.phone.screen_busy = True
    made.push(DisplayText(HI, qualifier=0x80))
    assert made.last.outcome.encode() == b"\x20\x01"
    made.push(DisplayText(HI, qualifier=0x81))
    assert made.phone.screen.lines == ("Hi",)


def test_how_long_a_key_took() -> None:
    """§6.4.2: the response says it where the command had a duration (GET INKEY 8.1.1)."""
    made = bench(GetInkey(HI, duration=Duration(20)))
    made.phone.wait(20)
    assert (made.last.result, made.last.duration) == (Result.NO_RESPONSE, Duration(20))
    made.push(GetInkey(HI, duration=Duration(10)))
    made.phone.wait(1.5)
    assert made.phone.type_text("5")
    assert made.last.duration == Duration(15, DurationUnit.TENTHS)


def test_hidden_input() -> None:
    made = bench(GetInput(HI, ResponseLength(4, 8), qualifier=4))
    field = made.phone.screen.field
    assert field is not None and (field.hidden, field.digits_only, field.least, field.most) == (True, True, 4, 8)


def test_idle_text_is_shown_and_taken_away() -> None:
    made = bench(SetUpIdleModeText(Text("Welcome\nabroad")))
    assert made.phone.screen == Screen(ScreenKind.IDLE, lines=("Welcome", "abroad"))
    made.push(SetUpIdleModeText(Text("")))
    assert made.phone.screen.lines == ()


def test_a_sequence_of_commands() -> None:
    """Each response may be followed by another command at once (91xx)."""
    asked = iter(
        [[GetInput(Text("Name"), ResponseLength(1, 9), qualifier=1)], [DisplayText(Text("Thanks"), qualifier=0x80)], []]
    )
    made = bench(GetInkey(Text("Sure?"), qualifier=4), follow=lambda response: next(asked))
    assert made.phone.press(Key.YES)
    assert made.phone.screen.lines == ("Name",)
    assert made.phone.type_text("Ada")
    assert made.phone.screen.lines == ("Thanks",)
    assert made.phone.press(Key.OK)
    assert [response.result for response in made.source.responses] == [0, 0, 0]


def test_a_user_who_attends() -> None:
    class Clerk:
        """Tries a wrong text first."""

        def __init__(self) -> None:
            self.answers: list[Answer] = [Typed("12"), Typed("12345"), Pressed(Key.OK)]

        def answer(self, screen: Screen) -> Answer:
            return self.answers.pop(0)

    made = bench(
        GetInput(HI, FIVE), follow=lambda response: (DisplayText(HI, qualifier=0x80),) if response.text else ()
    )
    made.phone.attend(Clerk())
    assert made.source.responses[0].text == Text("12345")
    assert len(made.source.responses) == 2 and "the answer does not fit the screen" in made.heard("user")


def test_a_phone_that_can_do_less() -> None:
    """A command that the terminal profile does not name is beyond its capabilities (§6.11)."""
    less = TerminalProfile(frozenset(PROFILE.facilities - {GET_INPUT}), PROFILE.rows, PROFILE.columns, PROFILE.channels)
    made = bench(GetInput(HI, FIVE), equipment=Equipment(profile=less))
    assert made.last.result == Result.BEYOND_CAPABILITIES
    assert TerminalProfile.decode(made.source.profiles[0]) == less


GET_INPUT = 18  # TS 102 223 §5.2, byte 3 bit 3
