"""Several applets on one card: who is first, who may have an event, and that one's failure is not another's."""

from __future__ import annotations

import pytest

from simtool.card.handset.screen import Key, ScreenKind
from simtool.card.handset.walk import Walk
from tests.softcard.applets import menu_applet, trouble_applet
from tests.softcard.applets.conftest import Desk
from tests.softcard.applets.listener_applet import CALL_CONTROL, LISTENER, LOCATION_STATUS, instance, parameters
from tests.softcard.applets.menu_applet import MENU
from tests.softcard.applets.phone_desk import phone_with, walk
from tests.softcard.applets.trouble_applet import TROUBLE


def listens(desk: Desk, letter: str, event: int, *, priority: int) -> str:
    return desk.install(LISTENER, instance(letter), parameters=parameters(letter, event, priority=priority))


@pytest.mark.parametrize(
    ("installed", "shown"),
    [
        ([("A", 1), ("B", 2)], "AB"),
        ([("A", 2), ("B", 1)], "BA"),  # the higher priority (the lower number) first
        ([("A", 5), ("B", 5)], "BA"),  # the same: who was installed last is first
        ([("A", 0xFF), ("B", 1), ("C", 0x80)], "BCA"),
    ],
)
def test_one_event_for_several(desk: Desk, installed: list[tuple[str, int]], shown: str) -> None:
    """All that have registered are triggered, one after the other, by priority (TS 102 241 §4.9)."""
    assert desk.load(LISTENER) == "9000"
    for letter, priority in installed:
        assert listens(desk, letter, LOCATION_STATUS, priority=priority) == "9000"
    steps = "  - event: {location_status: limited}\n"
    for letter in shown:
        steps += f"  - expect: {{kind: text, lines: [{letter}]}}\n  - press: ok\n"
    report = walk(desk.card, steps + "  - expect: {kind: idle}\n")
    assert report.passed, report


def test_call_control_is_for_one(desk: Desk) -> None:
    """A second applet's registration is refused (TS 102 241 §6.7.2, EVENT_ALREADY_REGISTERED); the first works on."""
    assert desk.load(LISTENER) == "9000"
    assert listens(desk, "A", CALL_CONTROL, priority=2) == "9000"
    assert listens(desk, "B", CALL_CONTROL, priority=1) == "6f00"
    taken = Walk.parse("""
phone: {services: [call control]}
steps:
  - dial: "+49555"
  - expect_call: "123"
  - press: end
  - power_cycle
  - dial: "+49556"
  - expect_call: "123"
""")
    report = walk(desk.card, taken)
    assert report.passed, report


def test_call_control_when_its_applet_is_gone(desk: Desk) -> None:
    """Deleted, it leaves the event to another; without any, calls go as they were dialled."""
    assert desk.load(LISTENER) == "9000"
    assert listens(desk, "A", CALL_CONTROL, priority=1) == "9000"
    assert desk.host.delete(instance("A")) == "9000"
    with_none = Walk.parse("phone: {services: [call control]}\nsteps: [{dial: '+49555'}, {expect_call: '+49555'}]")
    assert walk(desk.card, with_none).passed
    desk.again()
    assert listens(desk, "B", CALL_CONTROL, priority=1) == "9000"
    with_one = Walk.parse("phone: {services: [call control]}\nsteps: [{dial: '+49555'}, {expect_call: '123'}]")
    assert walk(desk.card, with_one).passed


def test_trouble_stays_where_it_is(desk: Desk) -> None:
    """An exception or an endless loop in one applet's `processToolkit` leaves both menus as they are."""
    desk.card.machine.budget = 100_000
    assert desk.load(MENU) == "9000"
    assert desk.install(MENU, menu_applet.INSTANCE, parameters=menu_applet.PARAMETERS.hex()) == "9000"
    assert desk.load(TROUBLE) == "9000"
    assert desk.install(TROUBLE, trouble_applet.INSTANCE, parameters=trouble_applet.PARAMETERS) == "9000"
    both = "{kind: menu, items: [Count, Send, 'Null', Loop, Text, Late, Asks]}"
    steps = ""
    for number, trouble in enumerate(("'Null'", "Loop", "'Null'"), start=1):
        steps += f"""
  - choose: {trouble}
  - expect: {{kind: idle, keys: menu}}
  - press: menu
  - expect: {both}
  - choose: Count
  - expect: {{kind: text, lines: [{number} times]}}
  - press: ok
  - choose: Text
  - expect: {{kind: text, lines: [Fine]}}
  - press: ok
"""
    report = walk(desk.card, steps)
    assert report.passed, report


def test_a_locked_applet_is_not_in_the_menu(desk: Desk) -> None:
    """A LOCKED application is not triggered and its entries are not shown (TS 102 241 §5.3)."""
    for package, aid, given in (
        (MENU, menu_applet.INSTANCE, menu_applet.PARAMETERS.hex()),
        (TROUBLE, trouble_applet.INSTANCE, trouble_applet.PARAMETERS),
    ):
        assert desk.load(package) == "9000"
        assert desk.install(package, aid, parameters=given) == "9000"
    desk.open()
    assert desk.host.send(0xF0, 0x40, 0x80, trouble_applet.INSTANCE).ok
    report = walk(desk.card, "  - press: menu\n  - expect: {kind: menu, items: [Count, Send]}\n")
    assert report.passed, report


def test_content_management_while_an_applet_waits_for_the_terminal(desk: Desk) -> None:
    """Its text is on the screen when it is deleted and another applet installed: the phone goes on with a new menu."""
    assert desk.load(MENU) == "9000"
    assert desk.install(MENU, menu_applet.INSTANCE, parameters=menu_applet.PARAMETERS.hex()) == "9000"
    phone = phone_with(desk.card)
    phone.choose("Count")
    assert phone.screen.lines == ("1 times",)
    desk.open()
    assert desk.host.delete(MENU.package_aid, related=True) == "9000"
    assert desk.load(TROUBLE) == "9000"
    assert desk.install(TROUBLE, trouble_applet.INSTANCE, parameters=trouble_applet.PARAMETERS) == "9000"
    phone.press(Key.OK)
    assert (phone.screen.kind, phone.troubles) == (ScreenKind.IDLE, [])
    phone.press(Key.MENU)
    assert [one.text for one in phone.screen.items] == ["Null", "Loop", "Text", "Late", "Asks"]
    phone.choose("Text")
    assert phone.screen.lines == ("Fine",)
    assert not any("5596" in name for name in desk.card.store.values), "something of the deleted package is kept"
