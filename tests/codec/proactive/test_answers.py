"""Terminal responses, envelopes, events, profile: sequences of TS 102 384 and TS 31.124."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from simtool.codec import comprehension
from simtool.codec.dial_number import DialNumber
from simtool.codec.identifiers import Plmn
from simtool.codec.proactive import envelope, events
from simtool.codec.proactive.command import CommandDetails
from simtool.codec.proactive.digits import encode_imei
from simtool.codec.proactive.envelope import (
    CallControl,
    CellBroadcastDownload,
    ControlAnswer,
    EnvelopeBody,
    MenuSelection,
    MoSmsControl,
    SmsPpDownload,
    TimerExpiration,
    decode_envelope,
    encode_envelope,
)
from simtool.codec.proactive.events import EventBody, decode_event, encode_event
from simtool.codec.proactive.objects import (
    DateTimeZone,
    Duration,
    Outcome,
    Text,
    TextCoding,
    TimerValue,
)
from simtool.codec.proactive.places import BearerDescription, ChannelStatus, LocationInformation
from simtool.codec.proactive.profile import Facility, TerminalProfile
from simtool.codec.proactive.response import TerminalResponse
from simtool.codec.proactive.tags import BerTag, Device, Event, RadioTechnology, Result, ServiceState
from simtool.errors import DecodeError, EncodeError

DONE = Outcome(Result.PERFORMED)
TEST_NETWORK = Plmn("001", "01")


def response(type_: int, qualifier: int, outcome: Outcome = DONE, **parts: object) -> TerminalResponse:
    return TerminalResponse(details=CommandDetails(1, type_, qualifier), outcome=outcome, **parts)  # type: ignore[arg-type]


RESPONSES = [
    ("DISPLAY TEXT 1.1.1", "810301218082028281830100", response(0x21, 0x80)),
    (
        "DISPLAY TEXT 1.2.1, screen busy",
        "81030121808202828183022001",
        response(0x21, 0x80, Outcome(Result.TERMINAL_UNABLE, b"\x01")),
    ),
    ("DISPLAY TEXT 5.1.1B, no icon", "810301218082028281830104", response(0x21, 0x80, Outcome(0x04))),
    ("GET INKEY 1.1.1", "8103012200820282818301008d02042b", response(0x22, 0, text=Text("+"))),
    ("GET INKEY 1.3.1, backward", "810301220082028281830111", response(0x22, 0, Outcome(Result.BACKWARD))),
    (
        "GET INKEY 4.1.1, UCS2",
        "8103012203820282818301008d03080414",
        response(0x22, 3, text=Text("Д", TextCoding.UCS2)),
    ),
    ("GET INKEY 5.1.1, yes", "8103012204820282818301008d020401", response(0x22, 4, text=Text("£"))),
    ("GET INKEY 5.1.2, no", "8103012204820282818301008d020400", response(0x22, 4, text=Text("@"))),
    (
        "GET INKEY 8.1.1, after 17 s",
        "81030122008202828183011204020111",
        response(0x22, 0, Outcome(Result.NO_RESPONSE), duration=Duration(17)),
    ),
    (
        "GET INPUT 1.2.1, packed",
        "8103012308820282818301008d0600b69b6ab402",
        response(0x23, 8, text=Text("67*#+", TextCoding.PACKED)),
    ),
    (
        "SET UP CALL 1.12.1, user busy",
        "81030110018202828183022191",
        response(0x10, 1, Outcome(Result.NETWORK_UNABLE, b"\x91")),
    ),
    (
        "PROVIDE LOCAL INFORMATION 1.1.1A",
        "81030126008202828183010093 0700f1100001 0001",
        response(0x26, 0, location=LocationInformation(TEST_NETWORK, b"\x00\x01", b"\x00\x01")),
    ),
    (
        "PROVIDE LOCAL INFORMATION 1.1.1B, MNC of three digits",
        "8103012600820282818301009307001110 00010001",
        response(0x26, 0, location=LocationInformation(Plmn("001", "011"), b"\x00\x01", b"\x00\x01")),
    ),
    (
        "PROVIDE LOCAL INFORMATION 1.2.1, IMEI",
        "81030126018202828183010094081a32547698103254",
        response(0x26, 1, imei="123456789012345"),
    ),
    (
        "PROVIDE LOCAL INFORMATION 1.4.1, date and time",
        "810301260382028281830100a607205070418071ff",
        response(0x26, 3, moment=DateTimeZone(datetime(2002, 5, 7, 14, 8, 17))),
    ),
    ("PROVIDE LOCAL INFORMATION 1.5.1, language", "810301260482028281830100ad02656e", response(0x26, 4, language="en")),
    (
        "PROVIDE LOCAL INFORMATION 1.6.1, timing advance",
        "810301260582028281830100ae020000",
        response(0x26, 5, timing_advance=b"\x00\x00"),
    ),
    (
        "PROVIDE LOCAL INFORMATION 1.7.1, access technology",
        "8103012606820282818301003f0103",
        response(0x26, 6, technologies=(RadioTechnology.UTRAN,)),
    ),
    (
        "PROVIDE LOCAL INFORMATION 1.9.1, IMEISV",
        "810301260882028281830100e2091332547698103254f6",
        response(0x26, 8, imeisv="1234567890123456"),
    ),
    ("PROVIDE LOCAL INFORMATION 1.11.1, battery", "810301260a82028281830100e30104", response(0x26, 10, battery=4)),
    (
        "OPEN CHANNEL",
        "810301400182028281830100b8028100b50702030403041f02b90203e8",
        response(
            0x40, 1, channels=(ChannelStatus.of(1, linked=True),),
            bearer=BearerDescription(2, bytes.fromhex("03040304 1f02")), buffer_size=1000,
        ),
    ),
]  # fmt: skip


def objects(raw: bytes) -> list[tuple[int, bytes]]:
    """Tags and values: the sequences do not agree with each other about the flag."""
    return [(one.tag, one.value) for one in comprehension.parse(raw)]


@pytest.mark.parametrize(("coded", "value"), [row[1:] for row in RESPONSES], ids=[row[0] for row in RESPONSES])
def test_responses(coded: str, value: TerminalResponse) -> None:
    assert objects(value.encode()) == objects(bytes.fromhex(coded))
    assert TerminalResponse.decode(bytes.fromhex(coded)) == value


ENVELOPES: list[tuple[str, str, EnvelopeBody]] = [
    ("menu selection", "d30782020181900102", MenuSelection(item=2)),
    ("menu selection, help", "d309820201819001021500", MenuSelection(item=2, help_requested=True)),
    ("TIMER EXPIRATION 2.1.1", "d70c82028281a40101a503000001", TimerExpiration(timer=1, value=TimerValue(10))),
    ("TIMER EXPIRATION 2.2.1A", "d70c82028281a40101a503000003", TimerExpiration(timer=1, value=TimerValue(30))),
    (
        "SMS-PP download",
        "d120820283810607911122334455668b1104049121437ff61111111111110002aabb",
        SmsPpDownload(
            address=DialNumber("112233445566", 0x91),
            tpdu=bytes.fromhex("04049121437ff61111111111110002aabb"),
        ),
    ),
    ("cell broadcast", "d20882028381" + "8c02c011", CellBroadcastDownload(page=b"\xc0\x11")),
    (
        "call control",
        "d4148202828186059110325476930700f11000010001",
        CallControl(
            address=DialNumber("01234567", 0x91), location=LocationInformation(TEST_NETWORK, b"\x00\x01", b"\x00\x01")
        ),
    ),
    (
        "MO short message control",
        "d50e82028281860391214386039165 87".replace(" ", ""),
        MoSmsControl(centre=DialNumber("1234", 0x91), destination=DialNumber("5678", 0x91)),
    ),
]


@pytest.mark.parametrize(("coded", "body"), [row[1:] for row in ENVELOPES], ids=[row[0] for row in ENVELOPES])
def test_envelopes(coded: str, body: EnvelopeBody) -> None:
    assert encode_envelope(body).hex() == coded
    assert decode_envelope(bytes.fromhex(coded)) == body


EVENTS: list[tuple[str, str, EventBody]] = [
    ("CARD READER STATUS 1.1.2C", "d60a99010682028281a00131", events.CardReaderStatus(status=0x31)),
    ("LANGUAGE SELECTION 1.1.1", "d60b99010782028281ad026465", events.LanguageSelection(language="de")),
    ("BROWSER TERMINATION 1.1.1", "d60a99010882028281b40100", events.BrowserTermination(cause=0)),
    (
        "DATA AVAILABLE 1.1.1",
        "d60e99010982028281b8028100b701ff",
        events.DataAvailable(status=ChannelStatus.of(1, linked=True), length=255),
    ),
    (
        "CHANNEL STATUS 1.3.1, link dropped",
        "d60b99010a82028281b8020105",
        events.ChannelStatusChange(status=ChannelStatus(1, 0, 5)),
    ),
    (
        "CHANNEL STATUS 2.1.1, a server listens",
        "d60b99010a82028281b8024100",
        events.ChannelStatusChange(status=ChannelStatus(1, 1)),
    ),
    (
        "NETWORK REJECTION 1.1.1",
        "d61799011282028381 7d0500f1100001 bf0108 f40109 f5010b".replace(" ", ""),
        events.NetworkRejection(
            tracking_area=bytes.fromhex("00f1100001"), technologies=(RadioTechnology.EUTRAN,), procedure=9, cause=0x0B
        ),
    ),
    (
        "LOCATION STATUS",
        "d613990103820282819b0100930700f11000010001",
        events.LocationStatus(
            status=ServiceState.NORMAL, location=LocationInformation(TEST_NETWORK, b"\x00\x01", b"\x00\x01")
        ),
    ),
    ("USER ACTIVITY", "d60799010482028281", events.UserActivity()),
    ("IDLE SCREEN AVAILABLE", "d60799010582020281", events.IdleScreenAvailable()),
    (
        "MT CALL",
        "d60e99010082028381 9c0110 8602 8121".replace(" ", ""),
        events.MtCall(transaction=0x10, address=DialNumber("12")),
    ),
    ("CALL CONNECTED, far end", "d60a99010182028381 9c0110".replace(" ", ""),
     events.CallConnected(source=events.FAR_END, transaction=0x10)),
]  # fmt: skip


@pytest.mark.parametrize(("coded", "body"), [row[1:] for row in EVENTS], ids=[row[0] for row in EVENTS])
def test_events(coded: str, body: EventBody) -> None:
    assert encode_event(body).hex() == coded
    assert decode_event(bytes.fromhex(coded)) == body


def test_every_event_has_a_value_but_the_containers() -> None:
    known = {body.EVENT for body in events.BODIES}
    assert set(Event) - known == {Event.PROFILE_CONTAINER, Event.SECURED_PROFILE_CONTAINER}
    assert {shape.TAG for shape in envelope.BODIES} | {
        BerTag.EVENT_DOWNLOAD, BerTag.PROACTIVE_COMMAND, BerTag.ENVELOPE_CONTAINER, BerTag.PROSE_REPORT,
    } == set(BerTag)  # fmt: skip


CONTROL = [
    ("nothing said", "", ControlAnswer()),
    ("allowed", "0000", ControlAnswer()),
    ("not allowed", "0100", ControlAnswer(verdict=1)),
    ("another number", "0205860391 2143".replace(" ", ""),
     ControlAnswer(verdict=2, address=DialNumber("1234", 0x91))),
    ("centre and destination", "020a8603912143860391 6587".replace(" ", ""),
     ControlAnswer(verdict=2, address=DialNumber("1234", 0x91), second_address=DialNumber("5678", 0x91))),
]  # fmt: skip


@pytest.mark.parametrize(("coded", "value"), [row[1:] for row in CONTROL], ids=[row[0] for row in CONTROL])
def test_what_call_control_answers(coded: str, value: ControlAnswer) -> None:
    assert ControlAnswer.decode(bytes.fromhex(coded)) == value
    assert ControlAnswer.decode(value.encode()) == value


@pytest.mark.parametrize("coded", ["03", "0205860391", "020386"])
def test_answers_that_are_none(coded: str) -> None:
    with pytest.raises(DecodeError):
        ControlAnswer.decode(bytes.fromhex(coded))


@pytest.mark.parametrize("coded", ["d30782020181900102ff", "d303900102", "d6", "ee00", "d60782028281990104ff"])
def test_envelopes_that_are_none(coded: str) -> None:
    with pytest.raises(DecodeError):
        decode_envelope(bytes.fromhex(coded))


@pytest.mark.parametrize("coded", ["d30782020181900102", "d60799014082028281", "d6089902040582028281", "d60482028281"])
def test_events_that_are_none(coded: str) -> None:
    with pytest.raises(DecodeError):
        decode_event(bytes.fromhex(coded))


def test_dates_with_a_zone() -> None:
    """TS 23.040 §9.2.3.11: quarters of an hour, the sign in bit 4 of the swapped byte."""
    east = DateTimeZone(datetime(2026, 11, 25, 1, 2, 3, tzinfo=timezone(timedelta(hours=5, minutes=45))))
    west = DateTimeZone(datetime(2026, 11, 25, 1, 2, 3, tzinfo=timezone(timedelta(hours=-8))))
    assert east.encode().hex() == "62115210203032"
    assert west.encode().hex() == "6211521020302b"
    assert [DateTimeZone.decode(one.encode()) for one in (east, west)] == [east, west]
    with pytest.raises(DecodeError):
        DateTimeZone.decode(bytes.fromhex("62315210203032"))


@pytest.mark.parametrize("digits", ["", "12345678901234", "12345678901234a", "12345678901234567"])
def test_what_is_no_imei(digits: str) -> None:
    with pytest.raises(EncodeError):
        encode_imei(digits)


PROFILES = [
    ("profile download", {Facility.PROFILE_DOWNLOAD}, "01"),
    ("DISPLAY TEXT and REFRESH", {Facility.DISPLAY_TEXT, Facility.REFRESH}, "000081"),
    ("the first of byte 9", {Facility.SUSTAINED_DISPLAY_TEXT}, "00" * 8 + "01"),
    ("OPEN CHANNEL", {Facility.OPEN_CHANNEL}, "00" * 11 + "01"),
    ("TCP to a server", {Facility.TCP_CLIENT_REMOTE}, "00" * 16 + "01"),
    ("IMEISV", {Facility.LOCAL_IMEISV}, "00" * 17 + "40"),
    ("HCI connectivity", {Facility.EVENT_HCI_CONNECTIVITY}, "00" * 24 + "20"),
    ("nothing", set(), "00"),
]


@pytest.mark.parametrize(("facilities", "coded"), [row[1:] for row in PROFILES], ids=[row[0] for row in PROFILES])
def test_profiles(facilities: set[Facility], coded: str) -> None:
    profile = TerminalProfile.of(facilities)
    assert profile.encode().hex() == coded
    assert TerminalProfile.decode(bytes.fromhex(coded)) == profile


def test_the_numbers_of_a_profile() -> None:
    """TS 102 223 §5.2: bytes 13, 14 and 15 hold a number beside their bits."""
    profile = TerminalProfile.of({Facility.BEARER_GPRS, Facility.NO_KEYPAD}, rows=16, columns=24, channels=7)
    assert profile.encode().hex() == "00" * 12 + "e2" + "50" + "18"
    assert TerminalProfile.decode(profile.encode()) == profile
    assert (Facility.NO_KEYPAD.byte, Facility.NO_KEYPAD.bit) == (14, 7)
    for wrong in ({"rows": 32}, {"columns": 128}, {"channels": 8}):
        with pytest.raises(EncodeError):
            TerminalProfile.of((), **wrong).encode()
    with pytest.raises(EncodeError):
        TerminalProfile.of({8 * 13}).encode()  # a bit of the number of rows


def test_bits_without_a_name_are_kept() -> None:
    assert TerminalProfile.decode(bytes(39) + b"\x80").encode() == bytes(39) + b"\x80"
    assert Device.TERMINAL == 0x82
