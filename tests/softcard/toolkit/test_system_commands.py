"""Menu, event list and polling, which the runtime sends by itself (TS 102 241 §5.8, TS 102 223 §6.4, §6.6.7)."""

from __future__ import annotations

import pytest

from simtool.codec.comprehension import ComprehensionTlv
from simtool.softcard.jcvm.platform.toolkit import MenuText
from simtool.softcard.toolkit.commands import Parts
from simtool.softcard.toolkit.events import Event
from tests.softcard.toolkit.conftest import DISPLAY_TEXT, Bench, types

MENU, EVENT_LIST, POLL_INTERVAL, POLLING_OFF = 0x25, 0x05, 0x03, 0x04


def text(content: bytes, action: int = 0, *, help_: bool = False, qualifier: int = 0, icon: int = 0) -> MenuText:
    return MenuText(content, action, help_, qualifier, icon)


def items(command: bytes) -> list[bytes]:
    """Identifier and text of each item of a SET UP MENU."""
    return [one.value for one in Parts.of(command).objects if one.tag == 0x0F]


def the(type_: int, commands: list[bytes]) -> bytes:
    """The one command of that type."""
    found = [one for one in commands if Parts.of(one).type == type_]
    assert len(found) == 1, types(commands)
    return found[0]


def test_nothing_to_say(bench: Bench) -> None:
    bench.install("a", menu=((0, 1),), text_length=5)
    assert bench.started() == []


def test_menu_of_all_applets(bench: Bench) -> None:
    """Position 0 is the last, others count from 1 among what is there; identifier 0 is the card's choice from 128 on
    (TS 102 226 §8.2.1.3.2.2)."""
    one = bench.install("a", menu=((0, 5), (0, 0)), text_length=5)
    two = bench.install("b", menu=((1, 7), (9, 0)), text_length=5)
    three = bench.install("c", menu=((2, 9),), text_length=5)
    assert [one.init_menu_entry(text(b"A1")), one.init_menu_entry(text(b"A2"))] == [5, 128]
    assert [two.init_menu_entry(text(b"B1")), two.init_menu_entry(text(b"B2"))] == [7, 129]
    assert three.init_menu_entry(text(b"C")) == 9
    command = the(MENU, bench.started())
    assert items(command) == [b"\x07B1", b"\x09C", b"\x05A1", b"\x80A2", b"\x81B2"]
    assert Parts.of(command).byte(1, 2) == 0
    for item, name in ((5, "a"), (129, "b"), (9, "c")):
        bench.calls.clear()
        bench.menu(item)
        assert bench.calls == [(name, Event.MENU_SELECTION)]
    bench.calls.clear()
    assert bench.menu(77) == "9000"
    assert bench.calls == []


def test_help(bench: Bench) -> None:
    """Bit 8 of the qualifier; the request goes to applets that support it."""
    entry = bench.install("a", menu=((0, 1), (0, 2)), text_length=5)
    entry.init_menu_entry(text(b"x"))
    assert not entry.is_event_set(Event.MENU_SELECTION_HELP_REQUEST)
    entry.init_menu_entry(text(b"y", help_=True))
    assert entry.is_event_set(Event.MENU_SELECTION_HELP_REQUEST)
    assert Parts.of(the(MENU, bench.started())).byte(1, 2) == 0x80
    bench.envelope(0xD3, ComprehensionTlv(0x10, b"\x02"), ComprehensionTlv(0x15, b""))
    assert bench.calls == [("a", Event.MENU_SELECTION_HELP_REQUEST)]


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        (text(b"x"), text(b"y"), {}),
        (text(b"x", 0x21), text(b"y"), {0x18: "2100"}),
        (text(b"x", icon=1), text(b"y"), {}),
        (text(b"x", icon=1), text(b"y", icon=2), {0x1F: "000102"}),
        (text(b"x", icon=1, qualifier=1), text(b"y", icon=2), {0x1F: "010102"}),
    ],
)
def test_lists_of_the_menu(bench: Bench, first: MenuText, second: MenuText, wanted: dict[int, str]) -> None:
    entry = bench.install("a", menu=((0, 1), (0, 2)), text_length=5)
    entry.init_menu_entry(first)
    entry.init_menu_entry(second)
    parts = Parts.of(the(MENU, bench.started()))
    assert {one.tag: one.value.hex() for one in parts.objects if one.tag in (0x18, 0x1F, 0x51)} == wanted


def test_the_menu_changes(bench: Bench) -> None:
    """Sent again when the session has ended, as often as it has changed; without entries it is taken away."""
    entry = bench.install("a", menu=((0, 1), (0, 2)), text_length=5)
    entry.init_menu_entry(text(b"x"))
    entry.init_menu_entry(text(b"y"))

    def disables(event: int) -> None:
        entry.enable_menu_entry(1, False)
        bench.toolkit.send(DISPLAY_TEXT)
        entry.change_menu_entry(2, text(b"z"))

    bench.applet("a", disables)
    assert items(the(MENU, bench.started())) == [b"\x01x", b"\x02y"]
    said = bench.talk(bench.menu(1))
    assert types(said) == [0x21, MENU]
    assert items(said[1]) == [b"\x02z"]
    entry.set_menu_attribute(2, bytes.fromhex("00010003"))
    assert Parts.of(bench.talk(bench.status())[0]).first(0x51) == bytes.fromhex("00010003")
    entry.enable_menu_entry(2, False)
    assert items(bench.talk(bench.status())[0]) == [b""]
    assert bench.status() == "9000"
    entry.enable_menu_entry(1, True)
    assert items(bench.talk(bench.status())[0]) == [b"\x01x"]
    bench.toolkit.removed(b"a")
    assert items(bench.talk(bench.status())[0]) == [b""]


def test_locked_applets_are_not_in_the_menu(bench: Bench) -> None:
    for name, item in (("a", 1), ("b", 2)):
        bench.install(name, menu=((0, item),), text_length=5).init_menu_entry(text(name.encode()))
    bench.started()
    bench.applets[b"a"].locked = True
    assert items(the(MENU, bench.talk(bench.status()))) == [b"\x02b"]


def test_event_list(bench: Bench) -> None:
    """Events of all applets, once each; again when it has changed, empty when nobody wants any."""
    one = bench.install("a", services=1)
    two = bench.install("b")
    one.set_events([Event.USER_ACTIVITY, Event.MT_CALL, Event.CALL_CONTROL])
    two.set_events([Event.USER_ACTIVITY, Event.POLL_INTERVAL_NEGOTIATION])
    assert Parts.of(the(EVENT_LIST, bench.started())).first(0x19) == b"\x00\x04\x1c"
    one.allocate_service()
    one.clear_event(Event.USER_ACTIVITY)
    assert Parts.of(the(EVENT_LIST, bench.talk(bench.status()))).first(0x19) == b"\x00\x04\x0d\x1c"
    for entry in (one, two):
        for event in list(entry.state.events):
            entry.clear_event(event)
    one.release_service(0)
    assert Parts.of(the(EVENT_LIST, bench.talk(bench.status()))).first(0x19) == b""
    assert bench.status() == "9000"


def test_only_what_the_terminal_has(bench: Bench) -> None:
    """TERMINAL PROFILE decides over commands and events (TS 102 223 §5.2)."""
    entry = bench.install("a", menu=((0, 1),), text_length=5)
    entry.init_menu_entry(text(b"x"))
    entry.set_events([Event.USER_ACTIVITY, Event.MT_CALL])
    entry.request_poll_interval(30)
    said = bench.talk(bench.profile("ff" * 3 + "df" + "03"))
    assert types(said) == [EVENT_LIST, POLL_INTERVAL]
    assert Parts.of(said[0]).first(0x19) == b"\x00"


@pytest.mark.parametrize(
    ("asked", "duration"),
    [((30,), "011e"), ((255,), "01ff"), ((256,), "0005"), ((15300,), "00ff"), ((-1,), "011e"), ((60, 20, -1), "0114")],
)
def test_poll_interval(bench: Bench, asked: tuple[int, ...], duration: str) -> None:
    """The shortest that is asked for; beyond 255 seconds in minutes."""
    for at, seconds in enumerate(asked):
        bench.install(f"a{at}").request_poll_interval(seconds)
    assert (Parts.of(the(POLL_INTERVAL, bench.started())).first(4) or b"").hex() == duration


def test_the_terminal_decides_the_interval(bench: Bench) -> None:
    """What the answer says is what applets are told; without any request polling is switched off."""
    entry = bench.install("a")
    other = bench.install("b")
    assert entry.poll_interval() == 0
    entry.request_poll_interval(10)
    assert entry.poll_interval() == 10
    command = bench.fetch(bench.profile())
    assert bench.answer(command, "00", ComprehensionTlv(4, b"\x01\x14")) == "9000"
    assert entry.poll_interval() == 20
    assert other.poll_interval() == 0
    bench.status()
    assert bench.calls == [("a", Event.STATUS_COMMAND)]
    entry.request_poll_interval(0)
    assert types(bench.talk(bench.status())) == [POLLING_OFF]
    bench.calls.clear()
    assert bench.status() == "9000"
    assert bench.calls == []


def test_a_refusal_is_not_repeated_but_a_busy_terminal_is_asked_again(bench: Bench) -> None:
    entry = bench.install("a", menu=((0, 1),), text_length=5)
    entry.init_menu_entry(text(b"x"))
    menu = bench.fetch(bench.profile())
    assert bench.answer(menu, "2001") == "9000"
    again = bench.fetch(bench.status())
    assert items(again) == items(menu)
    assert bench.answer(again, "30") == "9000"
    assert bench.status() == "9000"


def test_a_menu_too_large_for_one_command(bench: Bench) -> None:
    """As many entries as fit; FETCH gives 256 bytes at most."""
    entry = bench.install("a", menu=tuple((0, one) for one in range(1, 11)), text_length=40)
    for _ in range(10):
        entry.init_menu_entry(text(b"x" * 40, 0x21))
    command = the(MENU, bench.started())
    assert len(items(command)) == 5
    assert len(command) <= 253


def test_title_of_the_menu(bench: Bench) -> None:
    """EF.SUME (TS 51.011 §10.4.11): alpha identifier and icon."""
    bench.install("a", menu=((0, 1),), text_length=5).init_menu_entry(text(b"x"))
    bench.toolkit.use(title=lambda: bytes.fromhex("850454657374 1e020105 ffff".replace(" ", "")))
    parts = Parts.of(the(MENU, bench.started()))
    assert (parts.first(5), parts.first(0x1E)) == (b"Test", b"\x01\x05")
    bench.toolkit.use(title=lambda: b"\x85\x20")
    assert Parts.of(the(MENU, bench.talk(bench.status()))).first(5) == b"Menu"
