"""Triggering, sessions and handlers of the toolkit runtime (TS 102 241 §5, §6.2, §6.7)."""

from __future__ import annotations

import pytest

from simtool.codec.comprehension import ComprehensionTlv
from simtool.softcard.jcvm.platform.toolkit import CommandNotAllowed, MenuText
from simtool.softcard.status import StatusFault
from simtool.softcard.toolkit.events import Event
from tests.softcard.toolkit.conftest import DISPLAY_TEXT, Bench, types

USER_ACTIVITY = 0x04


def text(content: bytes, **more: object) -> MenuText:
    given = {"next_action": 0, "help": False, "icon_qualifier": 0, "icon": 0} | more
    return MenuText(content, **given)  # type: ignore[arg-type]


def test_priority_then_the_latest_installed(bench: Bench) -> None:
    """TS 102 226 §8.2.1.3.2.2."""
    for name, priority in (("c", 3), ("a1", 1), ("b", 2), ("a2", 1), ("last", 255)):
        bench.install(name, priority=priority).set_events([Event.USER_ACTIVITY])
    bench.started()
    assert bench.event(USER_ACTIVITY) == "9000"
    assert [name for name, _ in bench.calls] == ["a2", "a1", "b", "c", "last"]


def test_only_applets_that_may_run(bench: Bench) -> None:
    for name in "ab":
        bench.install(name).set_events([Event.USER_ACTIVITY])
    bench.applets[b"a"].locked = True
    bench.started()
    bench.event(USER_ACTIVITY)
    assert bench.calls == [("b", Event.USER_ACTIVITY)]


def test_an_exception_disturbs_nobody(bench: Bench) -> None:
    for name in "ab":
        bench.install(name).set_events([Event.USER_ACTIVITY])

    def fails(event: int) -> None:
        raise StatusFault(bytes.fromhex("6f00"))

    bench.applet("a", fails)
    bench.started()
    assert bench.event(USER_ACTIVITY) == "9000"
    assert [name for name, _ in bench.calls] == ["a", "b"]


def test_one_session_at_a_time(bench: Bench) -> None:
    """The second applet is triggered when the first has ended; meanwhile only events that cannot wait get through."""
    answers: list[bytes] = []
    seen: list[tuple[str, bool]] = []

    def talks(event: int) -> None:
        seen.append(("a", bench.toolkit.may_send()))
        if event == Event.USER_ACTIVITY:
            answers.append(bench.toolkit.send(DISPLAY_TEXT))
            answers.append(bench.toolkit.send(DISPLAY_TEXT))

    def looks(event: int) -> None:
        seen.append(("b", bench.toolkit.may_send()))

    bench.install("a").set_events([Event.USER_ACTIVITY])
    bench.install("b").set_events([Event.USER_ACTIVITY, Event.CALL_CONTROL])
    bench.applet("a", talks)
    bench.applet("b", looks)
    bench.started()
    first = bench.fetch(bench.event(USER_ACTIVITY))
    assert first == DISPLAY_TEXT
    assert bench.event(USER_ACTIVITY) == "9300"
    assert bench.envelope(0xD4) == "9000"
    assert seen == [("a", True), ("b", False)]
    second = bench.fetch(bench.answer(first, "10"))
    assert second == DISPLAY_TEXT
    assert bench.answer(second) == "9000"
    assert seen == [("a", True), ("b", False), ("b", True)]
    assert [one[-1] for one in answers] == [0x10, 0x00]
    assert bench.event(USER_ACTIVITY)[:2] == "91"


def test_reset_abandons_the_run(bench: Bench) -> None:
    ended = []

    def talks(event: int) -> None:
        try:
            bench.toolkit.send(DISPLAY_TEXT)
        finally:
            ended.append(event)

    bench.install("a").set_events([Event.USER_ACTIVITY])
    bench.applet("a", talks)
    bench.started()
    bench.fetch(bench.event(USER_ACTIVITY))
    bench.card.reset()
    assert ended == [Event.USER_ACTIVITY]
    assert bench.status() == "9000"
    assert types(bench.started()) == [0x05]
    assert bench.event(USER_ACTIVITY)[:2] == "91"


def test_proactive_handler_available(bench: Bench) -> None:
    """The event is cleared when it happens (§6.2); it comes when the session of another has ended."""

    def talks(event: int) -> None:
        bench.toolkit.send(DISPLAY_TEXT)

    def waits(event: int) -> None:
        if event == Event.CALL_CONTROL:
            bench.entry("b").set_events([Event.PROACTIVE_HANDLER_AVAILABLE])
        else:
            bench.toolkit.send(DISPLAY_TEXT)

    bench.install("a").set_events([Event.USER_ACTIVITY])
    bench.install("b").set_events([Event.CALL_CONTROL])
    bench.applet("a", talks)
    bench.applet("b", waits)
    bench.started()
    command = bench.fetch(bench.event(USER_ACTIVITY))
    assert bench.envelope(0xD4) == "9000"
    assert bench.calls[-1] == ("b", Event.CALL_CONTROL)
    sw = bench.answer(command)
    assert bench.calls[-1] == ("b", Event.PROACTIVE_HANDLER_AVAILABLE)
    assert not bench.entry("b").is_event_set(Event.PROACTIVE_HANDLER_AVAILABLE)
    assert len(bench.talk(sw)) == 1


def test_answer_of_call_control(bench: Bench) -> None:
    """postAsBERTLV with the result as tag (TS 31.111 §7.3.1.6); then the handler is gone."""
    available = []

    def answers(event: int) -> None:
        available.append(bench.toolkit.may_answer())
        bench.toolkit.post(b"\x86\x01\x11", tag=0x02, status=True)
        available.append(bench.toolkit.may_answer())

    bench.install("a").set_events([Event.CALL_CONTROL])
    bench.applet("a", answers)
    bench.started()
    assert bench.envelope(0xD4) == "6105"
    assert bench.reader.tpdu("00c0000005") == "02038601119000"
    assert available == [True, False]


def test_an_answer_goes_before_the_command(bench: Bench) -> None:
    """What was posted is the answer to the ENVELOPE, the command comes with 91xx after it; later posts are too late."""
    available = []

    def answers(event: int) -> None:
        bench.toolkit.post(b"\x01\x02", tag=None, status=True)
        bench.toolkit.send(DISPLAY_TEXT)
        available.append(bench.toolkit.may_answer())

    bench.install("a").set_events([Event.UNRECOGNIZED_ENVELOPE])
    bench.applet("a", answers)
    bench.started()
    assert bench.envelope(0xEE) == "6102"
    data = bench.reader.tpdu("00c0000002")
    assert data[:4] == "0102"
    bench.talk(data)
    assert available == [False]


def test_reply_busy(bench: Bench) -> None:
    """ISOException REPLY_BUSY of the one applet that the event is for."""

    def busy(event: int) -> None:
        raise StatusFault(bytes.fromhex("9300"))

    entry = bench.install("a", menu=((0, 5),), text_length=9, tars=("b00001",))
    entry.init_menu_entry(text(b"One"))
    bench.applet("a", busy)
    bench.started()
    assert bench.menu(5) == "9300"
    assert bench.status() == "9000"


@pytest.mark.parametrize("command", ["8103010300", "8103010400", "8103010500", "8103012500", "8103012700a40101",
                                     "8103014001", "810301430082028121", "8103014700c10300 01 02"])  # fmt: skip
def test_commands_not_allowed(bench: Bench, command: str) -> None:
    refused = []

    def talks(event: int) -> None:
        try:
            bench.toolkit.send(bytes.fromhex(command))
        except CommandNotAllowed:
            refused.append(event)

    bench.install("a").set_events([Event.USER_ACTIVITY])
    bench.applet("a", talks)
    bench.started()
    assert bench.event(USER_ACTIVITY) == "9000"
    assert refused == [Event.USER_ACTIVITY]


def test_channels_belong_to_who_opened_them(bench: Bench) -> None:
    """OPEN CHANNEL up to the installed maximum; DATA AVAILABLE only to the owner; CLOSE CHANNEL gives it back."""
    open_ = bytes.fromhex("810301400182028182")
    close = bytes.fromhex("810301410082028121")
    todo = {"a": [open_, open_], "b": [close]}
    refused: list[str] = []

    def body(name: str) -> None:
        def run(event: int) -> None:
            if event == Event.USER_ACTIVITY:
                for command in todo[name]:
                    try:
                        bench.toolkit.send(command)
                    except CommandNotAllowed:
                        refused.append(name)

        bench.applet(name, run)

    for name in "ab":
        bench.install(name, channels=1).set_events([Event.USER_ACTIVITY, Event.DATA_AVAILABLE])
        body(name)
    bench.started()
    command = bench.fetch(bench.event(USER_ACTIVITY))
    assert command == open_
    assert bench.answer(command, "00", ComprehensionTlv(0x38, b"\x81\x00")) == "9000"
    assert refused == ["a", "b"]
    bench.calls.clear()
    bench.event(0x09, ComprehensionTlv(0x38, b"\x81\x00"), ComprehensionTlv(0x37, b"\x05"))
    assert bench.calls == [("a", Event.DATA_AVAILABLE)]
    todo["a"], todo["b"] = [close], []
    bench.talk(bench.event(USER_ACTIVITY))
    bench.calls.clear()
    bench.event(0x09, ComprehensionTlv(0x38, b"\x81\x00"))
    assert bench.calls == []


def test_first_command_after_atr(bench: Bench) -> None:
    """Before anything else, without ProactiveHandler; once in a card session (§6.2)."""
    available = []
    bench.install("a").set_events([Event.FIRST_COMMAND_AFTER_ATR, Event.PROFILE_DOWNLOAD])
    bench.applet("a", lambda event: available.append((event, bench.toolkit.may_send())))
    bench.card.reset()
    bench.profile()
    bench.status()
    assert available == [(Event.FIRST_COMMAND_AFTER_ATR, False), (Event.PROFILE_DOWNLOAD, True)]


def test_an_applet_that_is_deleted_asleep(bench: Bench) -> None:
    bench.install("a").set_events([Event.USER_ACTIVITY])
    bench.applet("a", lambda event: bench.toolkit.send(DISPLAY_TEXT))
    bench.started()
    command = bench.fetch(bench.event(USER_ACTIVITY))
    bench.toolkit.removed(b"a")
    assert types(bench.talk(bench.answer(command))) == [0x05]
    assert bench.event(USER_ACTIVITY) == "9000"
