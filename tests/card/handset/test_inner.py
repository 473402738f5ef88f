"""What a terminal does by itself: information, timers, polling, events, REFRESH (TS 102 223 §6.4, §7.4, §7.5)."""

from __future__ import annotations

import pytest

from simtool.card.handset.clock import START
from simtool.card.handset.equipment import Equipment
from simtool.card.handset.screen import Key, ScreenKind
from simtool.codec import tlv
from simtool.codec.identifiers import Plmn
from simtool.codec.proactive import events
from simtool.codec.proactive.body import Body
from simtool.codec.proactive.command import ProactiveCommand, UnknownCommand
from simtool.codec.proactive.envelope import TimerExpiration, decode_envelope
from simtool.codec.proactive.events import EventBody, decode_event
from simtool.codec.proactive.objects import DateTimeZone, Duration, DurationUnit, Item, Text, TimerValue
from simtool.codec.proactive.places import LocationInformation
from simtool.codec.proactive.screen_commands import DisplayText, SetUpIdleModeText, SetUpMenu
from simtool.codec.proactive.tags import Event, RadioTechnology, Result, ServiceState
from simtool.codec.proactive.terminal_commands import (
    Activate,
    LanguageNotification,
    MoreTime,
    PollingOff,
    PollInterval,
    ProvideLocalInformation,
    Refresh,
    RunAtCommand,
    SetFrames,
    SetUpEventList,
    TimerManagement,
)
from tests.card.handset.toolkit import Bench, bench

MENU = SetUpMenu("Menu", (Item(1, "One"),))


def told(made: Bench) -> list[EventBody]:
    """The events that the card was told of."""
    return [decode_event(tlv.encode(tag, value)) for tag, value in made.source.envelopes if tag == 0xD6]


def asked(qualifier: int, **network: object) -> Bench:
    made = bench(equipment=Equipment(imei="123456789012345", battery=4))
    for name, value in network.items():
        setattr(made.network, name, value)
    made.push(ProvideLocalInformation(qualifier=qualifier))
    return made


PLACE = LocationInformation(Plmn("001", "01"), b"\x00\x01", b"\x00\x00\x00\x1f")
INFORMATION = [
    ("location", 0x00, {"location": PLACE}),
    ("IMEI", 0x01, {"imei": "123456789012345"}),
    ("measurement", 0x02, {"measurement": bytes(16)}),
    ("date, time, zone", 0x03, {"moment": DateTimeZone(START)}),
    ("language", 0x04, {"language": "en"}),
    ("timing advance", 0x05, {"timing_advance": bytes(2)}),
    ("access technology", 0x06, {"technologies": (RadioTechnology.EUTRAN,)}),
    ("IMEISV", 0x08, {"imeisv": "1234567890123401"}),
    ("search mode", 0x09, {"search_mode": 1}),
    ("battery", 0x0A, {"battery": 4}),
    ("access technologies", 0x0E, {"technologies": (RadioTechnology.EUTRAN,)}),
]


@pytest.mark.parametrize(("qualifier", "parts"), [row[1:] for row in INFORMATION], ids=[row[0] for row in INFORMATION])
def test_local_information(qualifier: int, parts: dict[str, object]) -> None:
    """§6.4.15, §6.8."""
    last = asked(qualifier).last
    assert last.result == Result.PERFORMED
    assert {name: getattr(last, name) for name in parts} == parts


def test_local_information_that_the_network_does_not_give() -> None:
    """§6.11: no service; limited service."""
    assert asked(0x00, service=ServiceState.NONE).last.outcome.encode() == b"\x20\x04"
    assert asked(0x01, service=ServiceState.NONE).last.result == Result.PERFORMED
    limited = asked(0x00, service=ServiceState.LIMITED).last
    assert (limited.result, limited.location) == (Result.LIMITED_SERVICE, PLACE)
    assert asked(0x02, technologies=(RadioTechnology.GSM,)).last.bcch_channels == b"\x00"


@pytest.mark.parametrize("qualifier", [0x07, 0x0B, 0x0C, 0x55], ids=["ESN", "MEID", "WLAN", "unknown"])
def test_local_information_beyond_this_phone(qualifier: int) -> None:
    assert asked(qualifier).last.result == Result.BEYOND_CAPABILITIES


def test_timers_run_and_expire() -> None:
    """§6.4.21, §7.4: the envelope says which timer, and how long it ran."""
    made = bench(TimerManagement(1, TimerValue(300)), TimerManagement(8, TimerValue(3600)))
    assert [(one.result, one.timer) for one in made.source.responses] == [(0, 1), (0, 8)]
    made.phone.wait(299)
    assert made.source.envelopes == []
    made.phone.wait(1)
    ((tag, value),) = made.source.envelopes
    assert decode_envelope(tlv.encode(tag, value)) == TimerExpiration(timer=1, value=TimerValue(300))
    made.phone.wait(3600)
    assert len(made.source.envelopes) == 2


def test_a_timer_is_asked_and_stopped() -> None:
    made = bench(TimerManagement(2, TimerValue(300)))
    made.phone.wait(30)
    made.push(TimerManagement(2, qualifier=2))
    assert (made.last.timer, made.last.timer_value) == (2, TimerValue(270))
    made.phone.wait(30)
    made.push(TimerManagement(2, qualifier=1))
    assert made.last.timer_value == TimerValue(240)
    made.phone.wait(1000)
    assert made.source.envelopes == []


def test_a_timer_started_again_starts_anew() -> None:
    made = bench(TimerManagement(1, TimerValue(60)))
    made.phone.wait(30)
    made.push(TimerManagement(1, TimerValue(60)))
    made.phone.wait(50)
    assert made.source.envelopes == []
    made.phone.wait(10)
    assert len(made.source.envelopes) == 1


TIMER_FAULTS = [
    ("stop of one that does not run", TimerManagement(3, qualifier=1), Result.TIMER_CONTRADICTION),
    ("value of one that does not run", TimerManagement(3, qualifier=2), Result.TIMER_CONTRADICTION),
    ("timer 9", TimerManagement(9, TimerValue(1)), Result.BEYOND_CAPABILITIES),
    ("start without a value", TimerManagement(1), Result.VALUES_MISSING),
    ("start for nothing", TimerManagement(1, TimerValue(0)), Result.DATA_NOT_UNDERSTOOD),
    ("more than a day", TimerManagement(1, TimerValue(25 * 3600)), Result.DATA_NOT_UNDERSTOOD),
    ("an action that is none", TimerManagement(1, qualifier=3), Result.DATA_NOT_UNDERSTOOD),
]


@pytest.mark.parametrize(("body", "result"), [row[1:] for row in TIMER_FAULTS], ids=[row[0] for row in TIMER_FAULTS])
def test_timers_that_cannot_be(body: Body, result: Result) -> None:
    assert bench(body).last.result == result


def test_a_timer_that_expires_while_the_user_is_asked() -> None:
    """The envelope waits until the command is done (§4.8)."""
    made = bench(TimerManagement(1, TimerValue(5)), DisplayText(Text("Hi"), qualifier=0x80))
    made.phone.wait(10)
    assert made.source.envelopes == []
    assert made.phone.press(Key.OK)
    assert [tag for tag, _ in made.source.envelopes] == [0xD7]


def test_polling() -> None:
    """§6.4.6, §6.4.14: the interval that is used comes back; a card can only speak when it is asked."""
    made = bench(PollInterval(Duration(10)))
    assert made.last.duration == Duration(10)
    made.card.toolkit.push(*made.source.coded([MoreTime()]))
    made.phone.wait(9)
    assert len(made.source.responses) == 1
    made.phone.wait(1)
    assert len(made.source.responses) == 2
    made.phone.wait(600)
    made.push(PollingOff())
    made.card.toolkit.push(*made.source.coded([MoreTime()]))
    made.phone.wait(3600)
    assert made.last.details.type == 0x04
    assert not made.phone.troubles


def test_the_poll_interval_in_other_units() -> None:
    made = bench(PollInterval(Duration(2, DurationUnit.MINUTES)))
    made.card.toolkit.push(*made.source.coded([MoreTime()]))
    made.phone.wait(119)
    assert made.last.details.type == 0x03
    made.phone.wait(1)
    assert made.last.details.type == 0x02
    made.push(PollInterval(Duration(1, DurationUnit.TENTHS)))
    assert made.last.duration == Duration(1)


def test_events_of_the_list_only() -> None:
    """§6.4.16, §7.5: nothing else is told."""
    made = bench(SetUpEventList((Event.LOCATION_STATUS,)))
    made.phone.change_language("fr")
    made.phone.move(ServiceState.LIMITED)
    new = LocationInformation(Plmn("262", "01"), b"\x00\x02", b"\x00\x03")
    made.phone.move(ServiceState.NORMAL, new)
    assert told(made) == [
        events.LocationStatus(status=ServiceState.LIMITED),
        events.LocationStatus(status=ServiceState.NORMAL, location=new),
    ]


def test_a_new_list_takes_the_place_of_the_old() -> None:
    made = bench(SetUpEventList((Event.LOCATION_STATUS,)), SetUpEventList((Event.LANGUAGE_SELECTION,)))
    made.phone.move(ServiceState.NONE)
    made.phone.change_language("fr")
    assert told(made) == [events.LanguageSelection(language="fr")]
    made.push(SetUpEventList(()))
    made.phone.change_language("de")
    assert len(told(made)) == 1


def test_a_list_with_an_event_that_this_phone_does_not_know() -> None:
    """None of it is set up; the old list stays."""
    made = bench(
        SetUpEventList((Event.LANGUAGE_SELECTION,)), SetUpEventList((Event.LOCATION_STATUS, Event.HCI_CONNECTIVITY))
    )
    assert made.last.result == Result.BEYOND_CAPABILITIES
    made.phone.change_language("fr")
    assert told(made) == [events.LanguageSelection(language="fr")]


def test_events_that_are_told_once() -> None:
    """§7.5.5, §7.5.6: they leave the list when they are told."""
    made = bench(
        SetUpEventList((Event.USER_ACTIVITY, Event.IDLE_SCREEN_AVAILABLE)), DisplayText(Text("Hi"), qualifier=0x80)
    )
    made.phone.press(Key.OK)
    made.phone.press(Key.OK)
    assert told(made) == [events.UserActivity(), events.IdleScreenAvailable()]


def test_the_idle_screen_comes_back_from_another_application() -> None:
    """§7.5.6: the event is told when the screen is free again, not before."""
    made = bench(SetUpEventList((Event.IDLE_SCREEN_AVAILABLE,)))
    made.phone.use_screen(busy=True)
    assert told(made) == []
    made.phone.use_screen(busy=False)
    assert told(made) == [events.IdleScreenAvailable()]


def test_technologies() -> None:
    made = bench(SetUpEventList((Event.ACCESS_TECHNOLOGY_CHANGE, Event.ACCESS_TECHNOLOGIES_CHANGE)))
    made.phone.change_technology((RadioTechnology.NG_RAN, RadioTechnology.EUTRAN))
    assert told(made) == [
        events.AccessTechnologyChange(technologies=(RadioTechnology.NG_RAN,)),
        events.AccessTechnologiesChange(technologies=(RadioTechnology.NG_RAN, RadioTechnology.EUTRAN)),
    ]


def test_refresh_with_a_reset() -> None:
    """§6.4.7: no response; everything begins again, with the profile."""
    made = bench(
        MENU,
        SetUpIdleModeText(Text("Hi")),
        SetUpEventList((Event.LANGUAGE_SELECTION,)),
        TimerManagement(1, TimerValue(60)),
    )
    count = len(made.source.responses)
    made.source.first = (MENU,)
    made.push(Refresh(qualifier=4))
    assert len(made.source.profiles) == 2
    assert len(made.source.responses) == count + 1
    assert made.phone.menu is not None and made.phone.screen.lines == ()
    made.phone.change_language("fr")
    made.phone.wait(120)
    assert made.source.envelopes == []


@pytest.mark.parametrize("mode", [0, 2, 3, 5, 6])
def test_refresh_of_the_application(mode: int) -> None:
    """The application starts anew, menu and events stay."""
    made = bench(MENU, SetUpEventList((Event.LANGUAGE_SELECTION,)))
    made.push(Refresh(qualifier=mode))
    assert made.last.result == Result.PERFORMED
    assert len(made.source.profiles) == 1
    assert made.phone.menu is not None
    made.phone.change_language("fr")
    assert len(told(made)) == 1


REFRESH = [
    ("file change", Refresh(files=(bytes.fromhex("3f007fff6f46"),), qualifier=1), Result.PERFORMED),
    ("file change of no file", Refresh(qualifier=1), Result.VALUES_MISSING),
    ("steering of roaming", Refresh(networks=bytes.fromhex("62f2104000"), qualifier=7), Result.PERFORMED),
    ("steering of roaming, where to", Refresh(qualifier=7), Result.VALUES_MISSING),
    ("profile state change", Refresh(qualifier=9), Result.BEYOND_CAPABILITIES),
    ("a mode that is none", Refresh(qualifier=0x40), Result.BEYOND_CAPABILITIES),
]


@pytest.mark.parametrize(("body", "result"), [row[1:] for row in REFRESH], ids=[row[0] for row in REFRESH])
def test_refresh(body: Body, result: Result) -> None:
    made = bench()
    made.push(body)
    assert made.last.result == result


def test_no_refresh_in_a_call() -> None:
    """TS 31.111 §6.4.7.1: the terminal is busy on a call."""
    made = bench()
    made.phone.dial("+491234")
    made.push(Refresh(qualifier=4))
    assert made.last.outcome.encode() == b"\x20\x02"
    assert len(made.source.profiles) == 1


OTHERS = [
    ("language notification", LanguageNotification("se", qualifier=1), Result.PERFORMED),
    ("language notification without one", LanguageNotification(qualifier=1), Result.VALUES_MISSING),
    ("no specific language", LanguageNotification(), Result.PERFORMED),
    ("more time", MoreTime(), Result.PERFORMED),
    ("frames", SetFrames(b"\x01"), Result.BEYOND_CAPABILITIES),
    ("activate", Activate(b"\x01"), Result.BEYOND_CAPABILITIES),
    ("a type that nobody knows", UnknownCommand(type=0x99), Result.TYPE_NOT_UNDERSTOOD),
]


@pytest.mark.parametrize(("body", "result"), [row[1:] for row in OTHERS], ids=[row[0] for row in OTHERS])
def test_others(body: Body, result: Result) -> None:
    assert bench(body).last.result == result


def test_at_commands() -> None:
    made = bench(RunAtCommand("AT+CGMI"), equipment=Equipment(at_answers={"AT+CGMI": "simtool\r\n\r\nOK"}))
    assert made.last.at_response == "\r\nsimtool\r\n\r\nOK\r\n"
    made.push(RunAtCommand("AT+X"))
    assert made.last.at_response == "\r\nERROR\r\n"


def test_a_command_that_is_not_understood() -> None:
    """§6.10: an object that must be understood, one that may be left alone, one that is missing, one that is broken."""
    understood = bench(bytes.fromhex("d00c810301020082028182e00101"))
    assert understood.last.result == Result.DATA_NOT_UNDERSTOOD
    partly = bench(bytes.fromhex("d00c810301020082028182600101"))
    assert partly.last.result == Result.PARTIAL_COMPREHENSION
    missing = bench(bytes.fromhex("d009810301210082028102"))
    assert missing.last.result == Result.VALUES_MISSING
    assert missing.phone.troubles == ["DISPLAY TEXT: DisplayText: text is missing"]
    broken = bench(bytes.fromhex("d00d810301030082028182") + bytes.fromhex("84020901"))
    assert broken.last.result == Result.DATA_NOT_UNDERSTOOD


def test_a_card_without_toolkit() -> None:
    made = bench()
    assert made.phone.screen.kind is ScreenKind.IDLE
    assert made.source.responses == []


def test_power_off() -> None:
    made = bench(MENU, TimerManagement(1, TimerValue(60)))
    made.phone.power_off()
    assert made.phone.screen.kind is ScreenKind.OFF
    made.phone.wait(120)
    assert made.source.envelopes == []


def test_the_number_of_a_command_comes_back() -> None:
    made = bench(ProactiveCommand(77, MoreTime()))
    assert made.last.details.number == 77
