"""A toolkit applet in byte code, from INSTALL to its last command: menu, session, timer, power cycles, deletion.

What the runtime does with applets in general is tested with applets in Python (tests/softcard/toolkit).
"""

from __future__ import annotations

import pytest

from simtool.codec.comprehension import ComprehensionTlv
from simtool.softcard.toolkit.commands import Parts
from simtool.softcard.toolkit.events import Event
from tests.softcard.applets.conftest import Desk
from tests.softcard.applets.menu_applet import INSTANCE, MENU, PARAMETERS
from tests.softcard.toolkit.conftest import PythonApplet, Terminal, types
from tests.softcard.toolkit.test_messages import formatted

DISPLAY_TEXT, SEND_SMS, TIMER, MENU_TYPE = 0x21, 0x13, 0x27, 0x25
COUNT, SEND = 0x80, 0x81


def installed(desk: Desk) -> Terminal:
    """The applet is on the card, and a terminal has come."""
    assert desk.load(MENU) == "9000"
    assert desk.install(MENU, INSTANCE, parameters=PARAMETERS.hex()) == "9000"
    return Terminal(desk.card)


def shown(command: bytes) -> bytes:
    return (Parts.of(command).first(0x0D) or b"")[1:]


def test_menu_and_sessions(desk: Desk) -> None:
    terminal = installed(desk)
    (menu,) = terminal.started()
    assert [one.value for one in Parts.of(menu).objects if one.tag == 0x0F] == [b"\x80Count", b"\x81Send"]
    for times in (b"1", b"2"):
        (text,) = terminal.talk(terminal.menu(COUNT))
        assert shown(text) == times + b" times"
    assert types(terminal.talk(terminal.menu(SEND))) == [SEND_SMS, TIMER]
    expired = terminal.envelope(0xD7, ComprehensionTlv(0x24, b"\x01"), ComprehensionTlv(0x25, b"\x00\x00\x01"))
    assert [shown(one) for one in terminal.talk(expired)] == [b"Time is over"]


def test_a_refusal_ends_the_session(desk: Desk) -> None:
    """The result of `send` decides what the applet does next."""
    terminal = installed(desk)
    terminal.started()
    message = terminal.fetch(terminal.menu(SEND))
    assert terminal.answer(message, "3500") == "9000"


def test_busy_while_it_waits(desk: Desk) -> None:
    terminal = installed(desk)
    terminal.started()
    text = terminal.fetch(terminal.menu(COUNT))
    assert terminal.menu(SEND) == "9300"
    assert terminal.answer(text) == "9000"
    assert types(terminal.talk(terminal.menu(SEND))) == [SEND_SMS, TIMER]


def test_reset_in_a_session(desk: Desk) -> None:
    """The counter was written before the command, so it stays; the session does not."""
    terminal = installed(desk)
    terminal.started()
    terminal.fetch(terminal.menu(COUNT))
    desk.again()
    assert types(terminal.started()) == [MENU_TYPE]
    (text,) = terminal.talk(terminal.menu(COUNT))
    assert shown(text) == b"2 times"


@pytest.mark.parametrize(("spi", "reaches"), [("0000", True), ("0600", False)])
def test_a_secured_packet(desk: Desk, spi: str, reaches: bool) -> None:
    """The card's receiving entity opens it: without keys only what needs none gets to the applet (TS 31.115)."""
    terminal = installed(desk)
    events: list[int] = []
    entry = desk.card.toolkit.entry(INSTANCE)
    assert entry is not None
    entry.set_events([Event.FORMATTED_SMS_PP_ENV])
    desk.card.toolkit.use(applets=lambda aid: PythonApplet(events.append))
    terminal.started()
    message = ComprehensionTlv(0x0B, formatted("c0ffee", spi=spi))
    assert terminal.envelope(0xD1, message) == "9000"
    assert events == ([Event.FORMATTED_SMS_PP_ENV] if reaches else [])


def managed(desk: Desk, *command: int | bytes) -> str:
    """A command to the issuer's domain: its status word."""
    desk.open()
    return desk.host.send(*command).sw  # type: ignore[arg-type]


def test_locked_and_deleted(desk: Desk) -> None:
    """A locked applet is not triggered and not in the menu; a deleted one leaves its identifiers free. The command that
    does it already tells of the changed menu."""
    terminal = installed(desk)
    terminal.started()
    (menu,) = terminal.talk(managed(desk, 0xF0, 0x40, 0x80, INSTANCE))
    assert [one.value for one in Parts.of(menu).objects if one.tag == 0x0F] == [b""]
    assert terminal.menu(COUNT) == "9000"
    assert types(terminal.talk(managed(desk, 0xF0, 0x40, 0x00, INSTANCE))) == [MENU_TYPE]
    assert types(terminal.talk(managed(desk, 0xE4, 0, 0, b"\x4f\x0f" + INSTANCE))) == [MENU_TYPE]
    assert desk.card.toolkit.menu_identifiers() == set()
    again = desk.install(MENU, INSTANCE, parameters=PARAMETERS.hex())
    assert types(terminal.talk(again)) == [MENU_TYPE]
