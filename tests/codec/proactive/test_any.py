"""Whatever bytes come: a value or a `DecodeError`. Whatever value: its bytes give it back."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.codec import comprehension, tlv
from simtool.codec.comprehension import ComprehensionTlv
from simtool.codec.dial_number import DialNumber
from simtool.codec.identifiers import Plmn
from simtool.codec.proactive import command, envelope, events, network_commands, objects, places, terminal_commands
from simtool.codec.proactive.body import Body
from simtool.codec.proactive.command import CommandDetails, ProactiveCommand, UnknownCommand
from simtool.codec.proactive.envelope import ControlAnswer, EnvelopeBody
from simtool.codec.proactive.events import EventBody
from simtool.codec.proactive.objects import (
    DateTimeZone,
    Duration,
    DurationUnit,
    Icon,
    Item,
    ItemIcons,
    Outcome,
    ResponseLength,
    Text,
    TextCoding,
    TimerValue,
    UssdString,
)
from simtool.codec.proactive.places import BearerDescription, ChannelStatus, LocationInformation, TransportLevel
from simtool.codec.proactive.profile import TerminalProfile
from simtool.codec.proactive.response import TerminalResponse
from simtool.codec.proactive.shape import slots_of
from simtool.codec.proactive.tags import Tag
from simtool.codec.sms_tpdu import Deliver, Submit
from simtool.errors import DecodeError

BYTE = st.integers(0, 255)
RAW = st.binary(max_size=12)
NUMBERS = st.builds(DialNumber, st.text("0123456789*#p", min_size=1, max_size=20), st.sampled_from([0x81, 0x91]))
GSM, CYRILLIC = st.text("Aaé1 @£[€]", max_size=8), st.text("ЖШя☺A1", max_size=8)
ALPHA = GSM | CYRILLIC
TEXTS = (
    st.builds(Text, GSM.filter(bool), st.sampled_from(TextCoding))
    | st.builds(Text, CYRILLIC.filter(bool), st.just(TextCoding.UCS2))
    | st.just(Text(""))
).filter(lambda text: text.coding is not TextCoding.PACKED or not text.text.endswith("@"))
PLMNS = st.builds(Plmn, st.from_regex(r"[0-9]{3}", fullmatch=True), st.from_regex(r"[0-9]{2,3}", fullmatch=True))
LOCATIONS = st.builds(LocationInformation, PLMNS, st.binary(min_size=2, max_size=2), st.binary(max_size=4)) | st.builds(
    LocationInformation, PLMNS, st.binary(min_size=3, max_size=3), st.binary(min_size=5, max_size=5)
)
ZONES = st.none() | st.integers(-79, 79).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
MOMENTS = st.builds(
    lambda moment, zone: DateTimeZone(moment.replace(microsecond=0, tzinfo=zone)),
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)), ZONES,
)  # fmt: skip
PATHS = st.lists(st.integers(0x4F00, 0x6FFF), max_size=3).map(
    lambda fids: b"\x3f\x00" + b"".join(fid.to_bytes(2) for fid in fids)
)
ADDRESSES = st.just("") | st.ip_addresses().map(str)
NAMES = st.lists(st.text("abc-1", min_size=1, max_size=8), max_size=3).map(".".join)

STRATEGIES: list[tuple[Any, Any]] = [
    (objects.RAW, RAW),
    (objects.BYTE, BYTE),
    (objects.FLAG, st.just(True)),
    (objects.TEXT, TEXTS),
    (objects.USSD, st.builds(UssdString, BYTE, RAW)),
    (objects.ALPHA, ALPHA),
    (objects.ITEM, st.builds(Item, st.integers(1, 255), ALPHA) | st.just(Item(0))),
    (objects.ICON, st.builds(Icon, BYTE, st.booleans())),
    (objects.ITEM_ICONS, st.builds(ItemIcons, st.lists(BYTE, max_size=4).map(tuple), st.booleans())),
    (objects.DURATION, st.builds(Duration, st.integers(1, 255), st.sampled_from(DurationUnit))),
    (objects.RESPONSE_LENGTH, st.builds(ResponseLength, BYTE, BYTE)),
    (objects.TIMER_VALUE, st.builds(TimerValue, st.integers(0, 86400))),
    (objects.DATE_TIME_ZONE, MOMENTS),
    (objects.OUTCOME, st.builds(Outcome, BYTE, RAW)),
    (objects.ADDRESS, NUMBERS),
    (objects.FILES, st.lists(PATHS, max_size=4).map(tuple)),
    (objects.IMEI, st.from_regex(r"[0-9]{15,16}", fullmatch=True)),
    (objects.LANGUAGE, st.text("abcdefgh", min_size=2, max_size=2)),
    (objects.DTMF, st.text("0123456789*#P", max_size=9)),
    (places.LOCATION, LOCATIONS),
    (places.BEARER, st.builds(BearerDescription, BYTE, RAW)),
    (places.TRANSPORT, st.builds(TransportLevel, BYTE, st.integers(0, 0xFFFF))),
    (places.CHANNEL_STATUS, st.builds(ChannelStatus, st.integers(0, 7), st.integers(0, 3), BYTE)),
    (places.OTHER_ADDRESS, ADDRESSES),
    (places.ACCESS_NAME, NAMES),
    (places.EVENTS, st.lists(BYTE, max_size=6).map(tuple)),
    (places.TECHNOLOGIES, st.lists(BYTE, min_size=1, max_size=3).map(tuple)),
    (places.BUFFER_SIZE, st.integers(0, 0xFFFF)),
    (envelope.CENTRE, NUMBERS | st.none()),
    (network_commands.URL, st.text("htp:/x.é", max_size=12)),
    (terminal_commands.AT_TEXT, st.text("AT+=1é", max_size=12)),
]


def strategy_for(coding: Any) -> Any:
    """Values of a coding; codes that an enumeration names are bytes."""
    return next((values for known, values in STRATEGIES if known is coding), BYTE)


@st.composite
def shaped(draw: st.DrawFn, shape: Any, **more: Any) -> Any:
    """A value of a shape. Of two objects with one tag the later is there only if the earlier is."""
    values: dict[str, Any] = {name: draw(values) for name, values in more.items()}
    missing: set[int] = set()
    for slot in slots_of(shape):
        values_of = strategy_for(slot.part.coding)
        tag = int(slot.part.tag)
        if slot.part.many:
            values[slot.name] = tuple(draw(st.lists(values_of, max_size=3)))
        elif slot.required or (tag not in missing and draw(st.booleans())):
            values[slot.name] = draw(values_of)
        if not slot.part.many and not slot.required and values.get(slot.name) is None:
            missing.add(tag)
    return shape(**values)


BODIES = st.one_of([shaped(shape, qualifier=BYTE) for shape in command.BODIES.values()])
COMMANDS = st.builds(ProactiveCommand, BYTE, BODIES, BYTE, BYTE)
DETAILS = st.builds(CommandDetails, BYTE, BYTE, BYTE)


@given(COMMANDS)
def test_commands_come_back(value: ProactiveCommand) -> None:
    assert command.decode(value.encode()) == value


@given(st.one_of([shaped(shape) for shape in envelope.BODIES]))
def test_envelopes_come_back(value: EnvelopeBody) -> None:
    assert envelope.decode_envelope(envelope.encode_envelope(value)) == value


@given(st.one_of([shaped(shape, source=BYTE) for shape in events.BODIES]))
def test_events_come_back(value: EventBody) -> None:
    assert events.decode_event(events.encode_event(value)) == value


@given(shaped(ControlAnswer, verdict=st.integers(0, 2)))
def test_answers_of_call_control_come_back(value: ControlAnswer) -> None:
    assert ControlAnswer.decode(value.encode()) == value


@st.composite
def responses(draw: st.DrawFn) -> TerminalResponse:
    """Responses with a few of their many fields."""
    slots = [slot for slot in slots_of(TerminalResponse) if not slot.required and slot.name != "devices"]
    chosen = draw(st.lists(st.sampled_from(slots), max_size=4, unique_by=lambda slot: slot.part.tag))
    parts = {
        slot.name: (draw(strategy_for(slot.part.coding)),) if slot.part.many else draw(strategy_for(slot.part.coding))
        for slot in chosen
    }
    return TerminalResponse(details=draw(DETAILS), outcome=draw(st.builds(Outcome, BYTE, RAW)), **parts)


@given(responses())
def test_responses_come_back(value: TerminalResponse) -> None:
    assert TerminalResponse.decode(value.encode()) == value


def _noise() -> st.SearchStrategy[bytes]:
    """Bytes that look like the insides of a command: known tags with anything in them."""
    one = st.builds(ComprehensionTlv, st.sampled_from([int(tag) for tag in Tag]), st.binary(max_size=16), st.booleans())
    head = st.builds(
        lambda details, devices: [ComprehensionTlv(1, details), ComprehensionTlv(2, devices)],
        st.builds(lambda kind: bytes((1, kind, 0)), st.sampled_from([*command.BODIES, 0x99])),
        st.just(b"\x81\x82"),
    )
    return st.builds(lambda head, rest: comprehension.join([*head, *rest]), head, st.lists(one, max_size=6))


READERS = [
    lambda raw: command.decode(raw),
    lambda raw: TerminalResponse.decode(raw),
    lambda raw: envelope.decode_envelope(raw),
    lambda raw: events.decode_event(raw),
    lambda raw: ControlAnswer.decode(raw),
    lambda raw: Submit.decode(raw),
    lambda raw: Deliver.decode(raw),
]


@pytest.mark.parametrize("reader", READERS)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(reader: Any, raw: bytes) -> None:
    try:
        reader(raw)
    except DecodeError:
        pass


@given(_noise(), st.sampled_from([0xD0, 0xD1, 0xD3, 0xD4, 0xD5, 0xD7]))
def test_any_objects_are_read_or_refused(inner: bytes, tag: int) -> None:
    for read in (command.decode, envelope.decode_envelope):
        try:
            read(tlv.encode(tag, inner))
        except DecodeError:
            pass
    try:
        TerminalResponse.decode(inner)
    except DecodeError:
        pass


@given(_noise(), BYTE)
def test_any_event_is_read_or_refused(inner: bytes, event: int) -> None:
    raw = tlv.encode(0xD6, comprehension.encode(0x19, bytes((event,))) + inner)
    try:
        events.decode_event(raw)
    except DecodeError:
        pass


@given(st.binary(max_size=255))
def test_any_profile_comes_back(raw: bytes) -> None:
    profile = TerminalProfile.decode(raw)
    assert TerminalProfile.decode(profile.encode()) == profile
    assert profile.encode() == (raw.rstrip(b"\x00") or b"\x00")


@given(BYTE.filter(lambda kind: kind not in command.BODIES), RAW)
def test_unknown_types_keep_everything(kind: int, value: bytes) -> None:
    objects_ = (ComprehensionTlv(0x05, value), ComprehensionTlv(0x60, value, False))
    body: Body = UnknownCommand(type=kind, qualifier=3, objects=objects_)
    assert command.decode(ProactiveCommand(9, body).encode()).body == body
