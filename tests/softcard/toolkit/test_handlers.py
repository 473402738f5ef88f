"""Which handlers an applet has with which event, and until when (TS 102 241 §6.2 table, §6.7)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simtool.codec.comprehension import ComprehensionTlv
from simtool.softcard.jcvm.platform.toolkit import MenuText
from simtool.softcard.toolkit import sms
from simtool.softcard.toolkit.events import SUPPORTED, Event
from tests.softcard.toolkit.conftest import DISPLAY_TEXT, Bench
from tests.softcard.toolkit.test_messages import deliver, formatted

Raise = Callable[[Bench], str]


def download(number: int, *objects: ComprehensionTlv) -> Raise:
    return lambda bench: bench.event(number, *objects)


def envelope(tag: int, *objects: ComprehensionTlv) -> Raise:
    return lambda bench: bench.envelope(tag, *objects)


def message(tpdu: bytes) -> Raise:
    return envelope(0xD1, ComprehensionTlv(0x0B, tpdu))


def stored(tpdu: bytes) -> Raise:
    def put(bench: Bench) -> str:
        bench.toolkit.message_stored(b"\x03\x03\x91\x12\x34" + tpdu)
        return bench.status()

    return put


def updated(bench: Bench) -> str:
    bench.reader.ok("002000010831323334ffffffff", "00a4080c047f106f3a")
    length = bench.card.files.by_path["MF/DF.TELECOM/EF.ADN"].record_length
    return bench.reader.tpdu(f"00dc0104{length:02x}" + "ff" * length)


def deselected(bench: Bench) -> str:
    bench.reader.tpdu("00a4040c07a0000000871002")
    return bench.reader.tpdu("00a4040c07a0000000871004")


def first_command(bench: Bench) -> str:
    bench.card.reset()
    return bench.status()


CHANNEL = ComprehensionTlv(0x38, b"\x81\0")
ROWS: dict[Event, tuple[Raise, str]] = {
    Event.PROFILE_DOWNLOAD: (lambda bench: bench.profile(), "P"),
    Event.FORMATTED_SMS_PP_ENV: (message(formatted()), "ERPB"),
    Event.FORMATTED_SMS_PP_UPD: (stored(formatted()), "EP"),
    Event.UNFORMATTED_SMS_PP_ENV: (message(deliver("01", header=False)), "ERPB"),
    Event.UNFORMATTED_SMS_PP_UPD: (stored(deliver("01", header=False)), "EP"),
    Event.UNFORMATTED_SMS_CB: (envelope(0xD2, ComprehensionTlv(0x0C, bytes(88))), "EPB"),
    Event.MENU_SELECTION: (lambda bench: bench.menu(1), "EPB"),
    Event.CALL_CONTROL: (envelope(0xD4), "ERP"),
    Event.MO_SHORT_MESSAGE_CONTROL: (envelope(0xD5), "ERP"),
    Event.TIMER_EXPIRATION: (envelope(0xD7, ComprehensionTlv(0x24, b"\x01")), "EPB"),
    Event.USER_ACTIVITY: (download(0x04), "EPB"),
    Event.DATA_AVAILABLE: (download(0x09, CHANNEL), "EPB"),
    Event.CHANNEL_STATUS: (download(0x0A, CHANNEL), "EPB"),
    Event.LOCAL_CONNECTION: (download(0x0D, ComprehensionTlv(0x41, b"\0\0")), "EPB"),
    Event.CONTACTLESS_STATE_REQUEST: (download(0x16), "ERPB"),
    Event.POLL_INTERVAL_NEGOTIATION: (download(0x1C), "ERPB"),
    Event.STATUS_COMMAND: (lambda bench: bench.status(), "P"),
    Event.UNRECOGNIZED_ENVELOPE: (envelope(0xEE), "ERPB"),
    Event.EXTERNAL_FILE_UPDATE: (updated, "EP"),
    Event.APPLICATION_DESELECT: (deselected, "EP"),
    Event.FIRST_COMMAND_AFTER_ATR: (first_command, ""),
}
"""E EnvelopeHandler, R EnvelopeResponseHandler, P ProactiveHandler at the beginning; B: 9300 during a session."""


def prepared(bench: Bench, event: Event) -> None:
    """Applet "a" is registered for the event, whatever that takes; the terminal knows of all of it."""
    bench.toolkit.packets = sms.open_plain
    entry = bench.install("a", tars=("b00001",), menu=((0, 1),), text_length=1, timers=1, services=1)
    match event:
        case Event.MENU_SELECTION:
            entry.init_menu_entry(MenuText(b"x", 0, False, 0, 0))
        case Event.TIMER_EXPIRATION:
            entry.allocate_timer()
        case Event.STATUS_COMMAND:
            entry.request_poll_interval(30)
        case Event.LOCAL_CONNECTION:
            entry.allocate_service()
        case Event.EXTERNAL_FILE_UPDATE:
            entry.watch_files(["MF/DF.TELECOM/EF.ADN"])
        case _:
            entry.set_events([event])
    entry.channels.add(1)
    bench.started()
    entry.channels.add(1)
    bench.status()
    bench.calls.clear()


def test_events_in_the_table() -> None:
    """The others are those of the event list that differ in nothing, and those without a way to happen here."""
    assert set(ROWS) <= SUPPORTED


@pytest.mark.parametrize("event", ROWS, ids=lambda event: event.name)
def test_at_the_beginning(bench: Bench, event: Event) -> None:
    prepared(bench, event)
    raises, wanted = ROWS[event]
    seen: list[str] = []

    def looks(_: int) -> None:
        toolkit = bench.toolkit
        found = "E" * (toolkit.envelope() is not None) + "R" * toolkit.may_answer() + "P" * toolkit.may_send()
        seen.append(found)
        assert toolkit.response() is None

    bench.applet("a", looks)
    raises(bench)
    assert set(bench.calls) == {("a", event)}
    assert seen == [wanted.replace("B", "")]


@pytest.mark.parametrize("event", [one for one, (_, has) in ROWS.items() if "P" in has], ids=lambda event: event.name)
def test_during_and_after_a_command(bench: Bench, event: Event) -> None:
    """The envelope stays; the response handler is gone with the first command; the terminal's answer is there."""
    prepared(bench, event)
    raises, wanted = ROWS[event]
    seen: list[tuple[bool, bool, bytes]] = []

    def talks(_: int) -> None:
        before = bench.toolkit.envelope()
        answer = bench.toolkit.send(DISPLAY_TEXT)
        assert bench.toolkit.envelope() is before
        seen.append((bench.toolkit.may_answer(), bench.toolkit.may_send(), bench.toolkit.response() or b""))
        assert bench.toolkit.response() == answer

    bench.applet("a", talks)
    command = bench.fetch(raises(bench))
    assert command == DISPLAY_TEXT
    bench.answer(command, "12")
    assert [(answers, sends, response[-1]) for answers, sends, response in seen] == [(False, True, 0x12)]


@pytest.mark.parametrize(
    "event",
    [one for one in ROWS if one not in (Event.PROFILE_DOWNLOAD, Event.FIRST_COMMAND_AFTER_ATR)],
    ids=lambda event: event.name,
)
def test_while_another_has_a_session(bench: Bench, event: Event) -> None:
    """Refused with 9300 where that is allowed; else the applet is called without ProactiveHandler."""
    prepared(bench, event)
    raises, wanted = ROWS[event]
    bench.install("z").set_events([Event.MT_CALL])
    bench.applet("z", lambda _: bench.toolkit.send(DISPLAY_TEXT))
    bench.talk(bench.status())
    bench.calls.clear()
    seen: list[bool] = []
    bench.applet("a", lambda _: seen.append(bench.toolkit.may_send()))
    command = bench.fetch(bench.event(0x00))
    word = raises(bench)
    assert (word, seen) == (("9300", []) if "B" in wanted else ("9000", [False]))
    assert bench.answer(command) == "9000"
    bench.calls.clear()
    raises(bench)
    assert set(bench.calls) == {("a", event)}


def test_outside_of_a_run(bench: Bench) -> None:
    """Handlers belong to runs of processToolkit; elsewhere there are none."""
    toolkit = bench.toolkit
    bench.started()
    assert (toolkit.envelope(), toolkit.may_answer(), toolkit.may_send(), toolkit.response()) == (
        None,
        False,
        False,
        None,
    )


def test_no_command_before_the_profile(bench: Bench) -> None:
    """A terminal that has not said what it can do gets none (TS 102 223 §5.1)."""
    seen: list[bool] = []
    bench.install("a").set_events([Event.UNRECOGNIZED_ENVELOPE])
    bench.applet("a", lambda _: seen.append(bench.toolkit.may_send()))
    assert bench.envelope(0xEE) == "9000"
    assert seen == [False]


def test_rp_error_in_class_a0(bench: Bench) -> None:
    """9Exx with the length of the answer (TS 51.011 §9.4.1)."""
    bench.install("a").set_events([Event.UNRECOGNIZED_ENVELOPE])
    bench.applet("a", lambda _: bench.toolkit.post(b"\1\2\3", tag=None, status=0x9E))
    bench.started()
    assert bench.reader.tpdu("a0c2000002ee00") == "9e03"
    assert bench.reader.tpdu("a0c0000003") == "0102039000"
    bench.applet("a", lambda _: bench.toolkit.post(b"\1\2\3", tag=None, status=0x9F))
    assert bench.reader.tpdu("a0c2000002ee00") == "9f03"
