"""Calls, messages, strings, browser, channels; control by the card; what comes from the network."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from simtool.card.handset.network import (
    CallOutcome,
    Delivery,
    DialledCall,
    MessageOutcome,
    ScriptedPeer,
    SentString,
    StringOutcome,
)
from simtool.card.handset.screen import Key, ScreenKind
from simtool.card.handset.start import (
    CALL_CONTROL,
    CELL_BROADCAST_DOWNLOAD,
    MO_SMS_CONTROL,
    SMS_PP_DOWNLOAD,
    USSD_DOWNLOAD,
)
from simtool.codec import tlv
from simtool.codec.dial_number import DialNumber
from simtool.codec.proactive import events
from simtool.codec.proactive.body import Body
from simtool.codec.proactive.channel_commands import (
    CloseChannel,
    GetChannelStatus,
    OpenChannel,
    ReceiveData,
    SendData,
)
from simtool.codec.proactive.command import ProactiveCommand
from simtool.codec.proactive.envelope import (
    CallControl,
    CellBroadcastDownload,
    ControlAnswer,
    GeographicalLocationReport,
    MoSmsControl,
    SmsPpDownload,
    UssdDownload,
    decode_envelope,
)
from simtool.codec.proactive.events import decode_event
from simtool.codec.proactive.network_commands import (
    GeographicalLocationRequest,
    LaunchBrowser,
    SendDtmf,
    SendShortMessage,
    SendSs,
    SendUssd,
    SetUpCall,
)
from simtool.codec.proactive.objects import Text, UssdString
from simtool.codec.proactive.places import BearerDescription, ChannelStatus, TransportLevel
from simtool.codec.proactive.tags import Device, Event, Result, ServiceState
from simtool.codec.proactive.terminal_commands import SetUpEventList
from simtool.codec.sms_tpdu import Deliver, Submit
from simtool.softcard.status import StatusFault
from tests.card.handset.toolkit import Bench, bench

NUMBER, OTHER = DialNumber("49123", 0x91), DialNumber("49456", 0x91)
CALL = SetUpCall(confirmation="Call care?", address=NUMBER, alpha="Care")
SMS = SendShortMessage(alpha="Sending", tpdu=Submit.text(NUMBER, "Balance?").encode())
USSD = SendUssd(string=UssdString.of("*100#"))
SS = SendSs(string=DialNumber("*21*123#"))
CONTROLLED = (CALL_CONTROL, MO_SMS_CONTROL)


def told(made: Bench) -> list[object]:
    """Everything that the card was told."""
    raw = [(tag, tlv.encode(tag, value)) for tag, value in made.source.envelopes]
    return [decode_event(one) if tag == 0xD6 else decode_envelope(one) for tag, one in raw]


def controlled(answer: ControlAnswer | None, *first: Body) -> Bench:
    """A card that wants to be asked, and answers so; None: with 9300, busy."""

    def say(tag: int, value: bytes) -> tuple[bytes, Sequence[Body]]:
        if answer is None:
            raise StatusFault(b"\x93\x00")
        return answer.encode() if tag in (0xD4, 0xD5) else b"", ()

    return bench(*first, told=say, services=CONTROLLED)


# Calls


def test_a_call() -> None:
    """§6.4.13: the user agrees, the network answers; the card is told if it wants to be."""
    made = bench(SetUpEventList((Event.CALL_CONNECTED, Event.CALL_DISCONNECTED)), CALL)
    assert made.phone.screen.lines == ("Call care?",)
    assert made.phone.press(Key.OK)
    assert made.last.result == Result.PERFORMED
    assert made.network.calls == [DialledCall("+49123")]
    screen = made.phone.screen
    assert (screen.kind, screen.texts) == (ScreenKind.CALL, ("Care", "+49123"))
    assert made.phone.press(Key.END)
    assert made.phone.screen.kind is ScreenKind.IDLE
    assert told(made) == [
        events.CallConnected(source=events.FAR_END, transaction=0x10),
        events.CallDisconnected(source=events.NEAR_END, transactions=b"\x10", cause=b"\x80\x90"),
    ]


CALL_ENDS = [
    ("the user says no", Key.BACK, None, "22"),
    ("the user ends the session", Key.END, None, "10"),
    ("nobody is there", None, None, "22"),
    ("busy", Key.OK, 17, "2191"),
    ("no answer", Key.OK, 19, "2193"),
]


@pytest.mark.parametrize(("key", "cause", "outcome"), [row[1:] for row in CALL_ENDS], ids=[row[0] for row in CALL_ENDS])
def test_calls_that_come_to_nothing(key: Key | None, cause: int | None, outcome: str) -> None:
    made = bench(CALL)
    made.network.next_calls.append(CallOutcome(cause))
    if key is None:
        made.phone.wait(60)
    else:
        assert made.phone.press(key)
    assert made.last.outcome.encode().hex() == outcome
    assert made.phone.call is None


def test_no_service() -> None:
    """§8.12.2: 20 04 for all that needs a network."""
    made = bench()
    made.network.service = ServiceState.NONE
    made.push(CALL)
    made.phone.press(Key.OK)
    made.push(SMS)
    made.push(USSD)
    made.push(SS)
    assert [response.outcome.encode().hex() for response in made.source.responses] == ["2004"] * 4


def test_a_second_call() -> None:
    """The qualifier says what becomes of the first (§8.6)."""
    made = bench()
    made.phone.dial("112233")
    made.push(CALL)
    assert made.last.outcome.encode() == b"\x20\x02"
    made.push(SetUpCall(address=OTHER, qualifier=2))
    made.phone.press(Key.OK)
    assert made.phone.call is not None and made.phone.call.number == "+49456"
    assert [call.number for call in made.phone.held] == ["112233"]
    made.push(SetUpCall(address=NUMBER, qualifier=4))
    made.phone.press(Key.OK)
    assert made.phone.call.number == "+49123"
    made.phone.press(Key.END)
    assert made.phone.call is not None and made.phone.call.number == "112233"


def test_tones_of_a_call() -> None:
    """§6.4.24: only in a call."""
    made = bench(SendDtmf("12P3"))
    assert made.last.outcome.encode() == b"\x20\x07"
    made.phone.dial("112233")
    made.push(SendDtmf("12P3"))
    assert (made.last.result, made.network.dtmf) == (Result.PERFORMED, ["12P3"])


def test_a_call_that_comes_in() -> None:
    made = bench(SetUpEventList((Event.MT_CALL, Event.CALL_CONNECTED, Event.CALL_DISCONNECTED)))
    made.phone.ring("+49123")
    assert made.phone.screen.texts == ("Incoming call", "+49123")
    assert made.phone.press(Key.OK)
    assert made.phone.hang_up(far_end=True, cause=31)
    assert told(made) == [
        events.MtCall(transaction=0x10, address=NUMBER),
        events.CallConnected(source=events.NEAR_END, transaction=0x10),
        events.CallDisconnected(source=events.FAR_END, transactions=b"\x10", cause=b"\x80\x9f"),
    ]
    assert not made.phone.hang_up()


# Messages and strings


def test_a_message() -> None:
    made = bench(SMS)
    assert made.last.result == Result.PERFORMED
    (sent,) = made.network.messages
    assert (sent.destination, sent.text) == ("+49123", "Balance?")
    assert made.heard("shown") == ["Sending"]


def test_a_message_that_the_phone_packs() -> None:
    """§6.4.10: 8 bit data become septets, the data coding scheme says so."""
    raw = bytes.fromhex("0100099110325476f840f40c54657374204d657373616765")
    made = bench(SendShortMessage(tpdu=raw, qualifier=1))
    assert made.network.messages[0].tpdu.hex() == "0100099110325476f840f00cd4f29c0e6a96e7f3f0b90c"
    assert made.network.messages[0].text == "Test Message"


def test_a_message_that_is_not_taken() -> None:
    made = bench()
    made.network.next_messages.append(MessageOutcome(42))
    made.push(SMS)
    assert made.last.outcome.encode() == b"\x35\x2a"
    assert made.network.messages == []


@pytest.mark.parametrize("tpdu", ["", "01", "0000", "0100099110325476f840f4ff54"])
def test_a_message_that_is_none(tpdu: str) -> None:
    assert bench(SendShortMessage(tpdu=bytes.fromhex(tpdu))).last.result == Result.DATA_NOT_UNDERSTOOD


def test_strings() -> None:
    """§6.4.11, §6.4.12: the network's answer comes back as text."""
    made = bench()
    made.network.ussd_answers["*100#"] = "5.00 €"
    made.push(USSD)
    assert (made.last.result, made.last.text) == (Result.PERFORMED, Text("5.00 €"))
    made.network.next_strings.append(StringOutcome(error=0x22))
    made.push(USSD)
    assert made.last.outcome.encode() == b"\x37\x22"
    made.push(SS)
    assert made.last.result == Result.PERFORMED
    made.network.next_strings.append(StringOutcome(error=0x10))
    made.push(SS)
    assert made.last.outcome.encode() == b"\x34\x10"
    assert made.network.ussd == [SentString("*100#", "5.00 €"), SentString("*100#")]
    assert [one.text for one in made.network.ss] == ["*21*123#", "*21*123#"]


# Control by the card


def test_the_card_is_asked_about_a_call() -> None:
    made = controlled(ControlAnswer(), CALL)
    made.phone.press(Key.OK)
    assert made.last.result == Result.PERFORMED
    assert told(made) == [CallControl(address=NUMBER, location=made.network.location)]


CALL_VERDICTS = [
    ("not allowed", ControlAnswer(verdict=1), "3901", []),
    ("another number", ControlAnswer(verdict=2, address=OTHER), "05", ["+49456"]),
    ("busy", None, "2500", []),
]


@pytest.mark.parametrize(
    ("answer", "outcome", "calls"), [row[1:] for row in CALL_VERDICTS], ids=[row[0] for row in CALL_VERDICTS]
)
def test_what_the_card_makes_of_a_call(answer: ControlAnswer | None, outcome: str, calls: list[str]) -> None:
    """TS 31.111 §7.3.1."""
    made = controlled(answer, CALL)
    made.phone.press(Key.OK)
    assert made.last.outcome.encode().hex() == outcome
    assert [call.number for call in made.network.calls] == calls


def test_a_call_becomes_a_string() -> None:
    made = controlled(ControlAnswer(verdict=2, ussd=UssdString.of("*111#")), CALL)
    made.phone.press(Key.OK)
    assert made.last.result == Result.MODIFIED_BY_CALL_CONTROL
    assert made.network.calls == [] and made.network.ussd[0].text == "*111#"


def test_strings_are_controlled_too() -> None:
    assert controlled(ControlAnswer(verdict=1), USSD).last.outcome.encode() == b"\x39\x01"
    changed = controlled(ControlAnswer(verdict=2, ussd=UssdString.of("*111#")), USSD)
    assert (changed.last.result, changed.network.ussd[0].text) == (Result.MODIFIED_BY_CALL_CONTROL, "*111#")
    call = controlled(ControlAnswer(verdict=2, address=OTHER), USSD)
    assert [one.number for one in call.network.calls] == ["+49456"]
    assert controlled(ControlAnswer(verdict=1), SS).last.outcome.encode() == b"\x39\x01"
    other = controlled(ControlAnswer(verdict=2, ss=DialNumber("#21#")), SS)
    assert other.network.ss[0].text == "#21#"


def test_the_user_dials() -> None:
    """A number, a string; the card may say no, or change it."""
    made = controlled(ControlAnswer(verdict=2, address=OTHER, alpha="Cheaper line"))
    assert made.phone.dial("+49123") == "calling +49456"
    assert "Cheaper line" in made.heard("shown")
    assert controlled(ControlAnswer(verdict=1)).phone.dial("+49123") == "not allowed by the card"
    assert controlled(None).phone.dial("+49123") == "the card is busy"
    plain = bench()
    plain.network.ussd_answers["*100#"] = "5.00"
    assert plain.phone.dial("*100#") == "5.00"
    plain.network.next_calls.append(CallOutcome(17))
    assert plain.phone.dial("123") == "123: not answered, cause 17"


def test_messages_are_controlled() -> None:
    """TS 31.111 §7.3.2: the card gives centre and destination."""
    changed = controlled(ControlAnswer(verdict=2, address=OTHER, second_address=DialNumber("777")), SMS)
    assert changed.last.result == Result.MODIFIED_BY_CALL_CONTROL
    (sent,) = changed.network.messages
    assert (sent.destination, sent.centre, sent.text) == ("777", "+49456", "Balance?")
    assert told(changed) == [MoSmsControl(centre=None, destination=NUMBER, location=changed.network.location)]
    assert controlled(ControlAnswer(verdict=1), SMS).last.outcome.encode() == b"\x39\x01"
    assert controlled(None, SMS).last.result == Result.CALL_CONTROL_TEMPORARY
    written = controlled(ControlAnswer(verdict=2, address=OTHER, second_address=DialNumber("777")))
    assert written.phone.write_message("+49123", "Hi") == "sent"
    assert written.network.messages[0].destination == "777"
    assert controlled(ControlAnswer(verdict=1)).phone.write_message("1", "Hi") == "not allowed by the card"


def test_an_answer_that_is_none() -> None:
    def garbage(tag: int, value: bytes) -> tuple[bytes, Sequence[Body]]:
        return b"\x07", ()

    made = bench(USSD, told=garbage, services=CONTROLLED)
    assert made.last.outcome.encode() == b"\x39\x01"
    assert made.phone.troubles == ["the answer of call control: 07 is no verdict of call control"]


# What comes in


MOMENT = datetime(2026, 1, 1)
DATA = Deliver.data(NUMBER, b"\x02\x70\x00", MOMENT)


def download(
    answer: bytes, sw: bytes = b"\x90\x00", services: Sequence[str] = (SMS_PP_DOWNLOAD,)
) -> tuple[Bench, Delivery]:
    def say(tag: int, value: bytes) -> tuple[bytes, Sequence[Body]]:
        if sw != b"\x90\x00":
            raise StatusFault(sw)
        return answer, ()

    made = bench(told=say, services=services)
    return made, made.phone.receive_message(DATA.encode(), OTHER)


REPORTS = [
    ("taken, with data", b"\x01\x02", "9000", Delivery(True, b"\x01\x02")),
    ("taken", b"", "9000", Delivery(True)),
    ("busy", b"", "9300", Delivery(False, failure=0xD4)),
    ("refused", b"", "6f00", Delivery(False, failure=0xD5)),
    ("a warning", b"", "6300", Delivery(False, failure=0xD5)),
]


@pytest.mark.parametrize(("answer", "sw", "report"), [row[1:] for row in REPORTS], ids=[row[0] for row in REPORTS])
def test_data_download(answer: bytes, sw: str, report: Delivery) -> None:
    """TS 31.111 §7.1.1: what the network is told follows from the status word."""
    made, delivery = download(answer, bytes.fromhex(sw))
    assert delivery == report == made.network.deliveries[0]
    assert told(made) == [SmsPpDownload(address=OTHER, tpdu=DATA.encode())] or sw != "9000"


def test_data_download_that_the_card_does_not_offer() -> None:
    """The message is stored in EF.SMS, to be read (TS 31.111 §7.1.1.1, TS 31.102 §4.2.25)."""
    made, delivery = download(b"", services=())
    assert made.source.envelopes == []
    assert delivery == Delivery(True)
    session = made.phone.session
    session.select_aid(made.phone.application.aid)
    session.select_fid(0x6F3C)
    record = session.read_record(1, None)
    assert record.startswith(bytes.fromhex("0304919454f6") + DATA.encode())
    for _ in range(254):
        if not made.phone.receive_message(DATA.encode()).acknowledged:
            break
    assert made.network.deliveries[-1] == Delivery(False, failure=0xD0)


def test_an_ordinary_message_goes_to_the_user() -> None:
    made = bench(services=(SMS_PP_DOWNLOAD,))
    report = made.phone.receive_message(Deliver.text("Nordlicht", "Hällo", MOMENT).encode())
    assert report == Delivery(True)
    assert [(one.origin, one.text) for one in made.phone.inbox] == [("Nordlicht", "Hällo")]
    assert made.source.envelopes == []


def test_a_download_that_starts_a_session() -> None:
    made = bench(told=lambda tag, value: (b"\x01", (USSD,)), services=(SMS_PP_DOWNLOAD,))
    assert made.phone.receive_message(DATA.encode()) == Delivery(True, b"\x01")
    assert made.network.ussd[0].text == "*100#"


def test_broadcast_and_ussd_for_the_card() -> None:
    made = bench(services=(CELL_BROADCAST_DOWNLOAD, USSD_DOWNLOAD))
    made.phone.receive_page(bytes(88))
    assert made.phone.receive_ussd(UssdString.of("Hi")) == b""
    assert told(made) == [CellBroadcastDownload(page=bytes(88)), UssdDownload(string=UssdString.of("Hi"))]
    other = bench()
    other.phone.receive_page(bytes(88))
    assert other.phone.receive_ussd(UssdString.of("Hi")) is None
    assert other.source.envelopes == [] and other.heard("ussd") == ["Hi"]


def test_an_event_for_a_busy_card_comes_again() -> None:
    """TS 102 221 §11.2.2.3: 9300, the terminal tries again later."""
    tries: list[int] = []

    def busy(tag: int, value: bytes) -> tuple[bytes, Sequence[Body]]:
        tries.append(tag)
        if len(tries) < 3:
            raise StatusFault(b"\x93\x00")
        return b"", ()

    made = bench(SetUpEventList((Event.LANGUAGE_SELECTION,)), told=busy)
    made.phone.change_language("fr")
    assert len(tries) == 1
    made.phone.wait(60)
    assert len(tries) == 3


# Browser, location


def test_the_browser() -> None:
    """§6.4.26."""
    made = bench(SetUpEventList((Event.BROWSER_TERMINATION,)), LaunchBrowser(url="http://example.net", alpha="Open?"))
    assert made.phone.screen.lines == ("Open?",)
    assert made.phone.press(Key.OK)
    assert (made.last.result, made.network.pages) == (Result.PERFORMED, ["http://example.net"])
    assert made.phone.screen.kind is ScreenKind.BROWSER
    made.push(LaunchBrowser(url=""))
    assert made.last.outcome.encode() == b"\x26\x02"
    made.push(LaunchBrowser(url="http://example.org", qualifier=3))
    assert made.network.pages[-1] == "http://example.org"
    assert made.phone.press(Key.END)
    assert told(made) == [events.BrowserTermination(cause=0)]
    made.push(LaunchBrowser(url="", alpha="Open?"))
    made.phone.press(Key.BACK)
    assert made.last.result == Result.NOT_ACCEPTED_BY_USER
    made.push(LaunchBrowser(url="", qualifier=0x55))
    assert made.last.result == Result.DATA_NOT_UNDERSTOOD
    made.network.service = ServiceState.NONE
    made.push(LaunchBrowser(url=""))
    assert made.last.outcome.encode() == b"\x26\x01"


def test_a_position() -> None:
    """TS 31.111 §6.4.41, §7.7: accepted first, told afterwards."""
    made = bench(GeographicalLocationRequest(b"\x01\x02"))
    assert made.last.result == Result.PERFORMED
    assert told(made) == [GeographicalLocationReport(parameters=b"\x01\x02", shape=made.phone.equipment.position)]


# Channels

OPEN = OpenChannel(
    bearer=BearerDescription(3), buffer_size=1000, local_address="", transport=TransportLevel(2, 8080),
    destination="192.0.2.7", qualifier=1,
)  # fmt: skip


def on_channel(body: Body, channel: int = 1) -> ProactiveCommand:
    return ProactiveCommand(1, body, destination=Device.CHANNEL_1 - 1 + channel)


def opened(*answers: bytes, first: Sequence[Body] = ()) -> tuple[Bench, ScriptedPeer]:
    made = bench(*first)
    peer = ScriptedPeer(deque(answers))
    made.network.peers["192.0.2.7", 8080] = peer
    made.push(OPEN)
    return made, peer


def test_a_channel() -> None:
    """§6.4.27 to §6.4.31, §7.5.10."""
    made, peer = opened(b"hello back", first=[SetUpEventList((Event.DATA_AVAILABLE,))])
    last = made.last
    assert (last.result, last.channels, last.buffer_size) == (Result.PERFORMED, (ChannelStatus(1, 2),), 1000)
    assert last.local_address == made.network.local_address
    made.push(on_channel(SendData(b"hel")))
    assert (made.last.data_length, peer.received) == (255, [])
    made.push(on_channel(SendData(b"lo", qualifier=1)))
    assert peer.received == [b"hello"]
    assert told(made) == [events.DataAvailable(status=ChannelStatus(1, 2), length=10)]
    made.push(on_channel(ReceiveData(5)))
    assert (made.last.channel_data, made.last.data_length) == (b"hello", 5)
    made.push(on_channel(ReceiveData(20)))
    assert (made.last.result, made.last.channel_data) == (Result.MISSING_INFORMATION, b" back")
    made.push(GetChannelStatus())
    assert made.last.channels == (ChannelStatus(1, 2),)
    made.push(on_channel(CloseChannel()))
    assert made.last.result == Result.PERFORMED
    made.push(on_channel(SendData(b"x", qualifier=1)))
    assert made.last.outcome.encode() == b"\x3a\x03"
    made.push(GetChannelStatus())
    assert made.last.channels == (ChannelStatus(0),)


def test_a_channel_that_drops() -> None:
    made, _ = opened(first=[SetUpEventList((Event.CHANNEL_STATUS, Event.DATA_AVAILABLE))])
    assert made.phone.channel_data(1, b"push")
    assert made.phone.drop_channel(1) and not made.phone.drop_channel(2)
    assert told(made) == [
        events.DataAvailable(status=ChannelStatus(1, 2), length=4),
        events.ChannelStatusChange(status=ChannelStatus(1, 0, 5)),
    ]
    made.push(on_channel(SendData(b"x", qualifier=1)))
    assert made.last.outcome.encode() == b"\x3a\x02"
    made.push(on_channel(ReceiveData(4)))
    assert made.last.channel_data == b"push"
    made.push(on_channel(ReceiveData(4)))
    assert made.last.outcome.encode() == b"\x3a\x02"


def replaced(**changes: object) -> OpenChannel:
    return replace(OPEN, **changes)  # type: ignore[arg-type]


NOT_OPENED = [
    ("nobody listens", OPEN, "2100"),
    ("a server in the card", replaced(transport=TransportLevel(3, 80)), "3a06"),
    ("a bearer that this phone has not", replaced(bearer=BearerDescription(5)), "30"),
    ("no bearer", replaced(bearer=None), "36"),
    ("no transport", replaced(transport=None, local_address=None), "36"),
    ("nowhere to", replaced(destination=None), "36"),
]


@pytest.mark.parametrize(("body", "outcome"), [row[1:] for row in NOT_OPENED], ids=[row[0] for row in NOT_OPENED])
def test_channels_that_do_not_open(body: OpenChannel, outcome: str) -> None:
    made = bench(body)
    assert made.last.outcome.encode().hex() == outcome
    assert made.phone.channels.open == {}


def test_a_channel_that_the_user_does_not_want() -> None:
    made = bench(replaced(alpha="Go online?"))
    assert made.phone.screen.lines == ("Go online?",)
    assert made.phone.press(Key.BACK)
    assert made.last.result == Result.NOT_ACCEPTED_BY_USER


def test_buffers_and_numbers_of_channels() -> None:
    made, _ = opened()
    made.push(replaced(buffer_size=60000))
    assert (made.last.result, made.last.buffer_size) == (Result.PERFORMED_WITH_MODIFICATION, 1500)
    for _ in range(5):
        made.push(OPEN)
    assert made.last.channels == (ChannelStatus(7, 2),)
    made.push(OPEN)
    assert made.last.outcome.encode() == b"\x3a\x01"
    made.push(on_channel(SendData(bytes(200))))
    assert made.last.data_length == 255
    for _ in range(5):
        made.push(on_channel(SendData(bytes(200))))
    assert made.last.outcome.encode() == b"\x3a\x04"


def test_a_link_on_demand() -> None:
    """The link is made with the first data (§6.4.27.2)."""
    made = bench(replaced(qualifier=0))
    assert made.last.channels == (ChannelStatus(1, 0),)
    made.push(on_channel(SendData(b"x", qualifier=1)))
    assert made.last.outcome.encode() == b"\x21\x00"
    made.network.peers["", 8080] = ScriptedPeer()
    made.push(on_channel(SendData(b"x", qualifier=1)))
    assert made.last.result == Result.PERFORMED
    made.push(GetChannelStatus())
    assert made.last.channels == (ChannelStatus(1, 2),)


def test_a_link_in_the_background() -> None:
    """The response does not wait for it; CHANNEL STATUS tells (§6.4.27.2, §7.5.11)."""
    made, _ = opened(first=[SetUpEventList((Event.CHANNEL_STATUS,))])
    made.push(replaced(qualifier=5))
    assert made.last.channels == (ChannelStatus(2, 0),)
    made.push(replaced(qualifier=5, destination="192.0.2.8"))
    assert told(made) == [
        events.ChannelStatusChange(status=ChannelStatus(2, 2)),
        events.ChannelStatusChange(status=ChannelStatus(3, 0, 5)),
    ]


def test_udp_needs_nobody() -> None:
    made = bench(replaced(transport=TransportLevel(1, 53), qualifier=9))
    assert made.last.dns_address == made.network.dns_address
    made.push(on_channel(SendData(b"x", qualifier=1)))
    assert made.last.result == Result.PERFORMED
