"""What is typed at a station: single keys by a person, lines by a scanner."""

from __future__ import annotations

import pytest

from simtool.cli.station.keys import ALONE_SECONDS, FORGOTTEN_SECONDS, Key, Pressed, Typing

SLOTS = ("1", "2", "10", "A")
LATER = ALONE_SECONDS + 0.01


def typed(*bursts: str) -> tuple[Typing, list[Pressed]]:
    """Bursts of signs, with a moment of rest after each."""
    typing, now, found = Typing(SLOTS), 0.0, []
    for burst in bursts:
        found += typing.feed(burst, now)
        found += typing.idle(now)
        now += LATER
        found += typing.idle(now)
    return typing, found


@pytest.mark.parametrize(
    ("bursts", "pressed"),
    [
        (("p",), [Pressed(Key.PAUSE)]),
        (("R",), [Pressed(Key.RESUME)]),
        (("2p",), [Pressed(Key.PAUSE, "2")]),
        (("1", "0", "r"), [Pressed(Key.RESUME, "10")]),
        (("Aa",), [Pressed(Key.ACKNOWLEDGE, "A")]),
        (("7a",), []),
        (("8949\r",), [Pressed(Key.SCAN, text="8949")]),
        (("89", "49\n"), [Pressed(Key.SCAN, text="8949")]),
        (("p", "q"), [Pressed(Key.PAUSE), Pressed(Key.END)]),
        (("\r\r \n",), []),
        (("12\x7f3\r",), [Pressed(Key.SCAN, text="13")]),
        (("123\x1b",), []),
        (("?",), [Pressed(Key.HELP)]),
    ],
)
def test_keys_and_scans(bursts: tuple[str, ...], pressed: list[Pressed]) -> None:
    assert typed(*bursts)[1] == pressed


@pytest.mark.parametrize("code", ["https://shop.example/spr", "q", "p", "ICCID:8949", "1a", "rrr"])
def test_no_scanned_code_is_a_command(code: str) -> None:
    """A scanner types letter after letter at once, and Enter."""
    assert typed(f"{code}\r")[1] == [Pressed(Key.SCAN, text=code)]


def test_what_nobody_ended_is_forgotten() -> None:
    typing, _ = typed("8949")
    assert typing.shown == "8949"
    assert typing.idle(FORGOTTEN_SECONDS + 1) == [] and typing.shown == ""


def test_an_answer_may_have_any_letters_and_a_pin_is_not_shown() -> None:
    typing = Typing(SLOTS)
    typing.ask("PIN:", hidden=True)
    assert typing.feed("pqra", 0.0) == [] and typing.idle(9.0) == []
    assert typing.shown == "••••" and "pqra" not in repr(typing)
    (pressed,) = typing.feed("1\r", 0.0)
    assert pressed == Pressed(Key.ANSWER, text="pqra1") and "pqra1" not in repr(pressed)
    assert not typing.asking
    typing.ask("PIN:", hidden=True)
    assert typing.feed("12\x1b", 0.0) == [Pressed(Key.GIVE_UP)]
    assert (typing.typed, typing.asking) == ("", "")
