"""Every step of a walk, each against a card whose application makes use of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from simtool.card.handset.start import CALL_CONTROL, SMS_PP_DOWNLOAD
from simtool.card.handset.walk import Walk, WalkReport
from simtool.card.handset.walk_actions import ACTIONS, EVENTS
from simtool.card.handset.walk_expectations import EXPECTATIONS
from simtool.card.session import Session
from simtool.codec.dial_number import DialNumber
from simtool.codec.proactive.body import Body
from simtool.codec.proactive.channel_commands import OpenChannel, ReceiveData, SendData
from simtool.codec.proactive.command import ProactiveCommand
from simtool.codec.proactive.envelope import ControlAnswer
from simtool.codec.proactive.network_commands import (
    LaunchBrowser,
    SendDtmf,
    SendShortMessage,
    SendSs,
    SendUssd,
    SetUpCall,
)
from simtool.codec.proactive.objects import Item, Text, UssdString
from simtool.codec.proactive.places import BearerDescription, TransportLevel
from simtool.codec.proactive.response import TerminalResponse
from simtool.codec.proactive.screen_commands import DisplayText, SetUpMenu
from simtool.codec.proactive.tags import CommandType, Device, Event
from simtool.codec.proactive.terminal_commands import MoreTime, SetUpEventList
from simtool.codec.sms_tpdu import Submit
from simtool.files.product import load
from simtool.opening import SoftCardTransport
from simtool.softcard.card import SoftCard
from tests.card.handset.toolkit import ScriptedSource

ALL = tuple(
    Event(number) for number in (*range(6), 7, 8, 9, 10, 11, 14, 0x12, 0x14)
)  # every event that this handset tells of
NUMBER = DialNumber("49123", 0x91)
SMS = SendShortMessage(tpdu=Submit.text(NUMBER, "Hello").encode())
CALL = SetUpCall(address=NUMBER)
OPEN = OpenChannel(
    bearer=BearerDescription(3), buffer_size=100, transport=TransportLevel(2, 80), destination="192.0.2.7", qualifier=1
)


def text(said: str) -> DisplayText:
    return DisplayText(Text(said), qualifier=0x80)


def shows_events(tag: int, value: bytes) -> tuple[bytes, Sequence[Body]]:
    """What the card is told stands on the screen, in hex."""
    return b"", [text(f"{tag:02x} {value.hex()}")]


def walked(
    steps: str,
    *first: Body | ProactiveCommand,
    told: Callable[[int, bytes], tuple[bytes, Sequence[Body]]] = lambda tag, value: (b"", ()),
    follow: Callable[[TerminalResponse], Sequence[Body]] = lambda response: (),
    phone: str = "{services: []}",
) -> WalkReport:
    card = SoftCard.new(load("generic-usim"))
    card.toolkit.source = ScriptedSource(first, follow, told)
    walk = Walk.parse(f"phone: {phone}\nsteps:\n{steps}", "steps.yaml")
    with Session.open(SoftCardTransport(card, "soft:test")) as session:
        return walk.run(walk.handset(session))


def on_channel(body: Body) -> ProactiveCommand:
    return ProactiveCommand(1, body, destination=Device.CHANNEL_1)


EVENT_LIST = SetUpEventList(ALL)
GOOD = [
    (
        "a message that the card sends",
        '- expect_sms: {to: "+49123", text: Hello}\n- expect_none: sms',
        (SMS,),
    ),
    (
        "a message that the network does not take",
        "- expect_sms: Hello\n- next_sms: congestion\n- power_cycle\n- expect_none: sms",
        (SMS,),
    ),
    (
        "a call, busy, then answered, and its tones",
        "- next_call: busy\n- press: ok\n- expect_call: {number: '+49123', answered: no}\n- power_cycle\n- press: ok\n"
        "- expect_call: '+49123'\n- expect: {kind: call, lines: ['+49123']}\n- expect_dtmf: 12P3\n- call_ends: 31\n"
        "- expect: {kind: idle}\n- call_ends",
        (CALL, SendDtmf("12P3")),
    ),
    (
        "strings",
        '- expect_ussd: {text: "*100#", answer: 5.00 EUR}\n- expect_ss: "*21#"\n- expect_none: [ussd, ss]',
        (SendUssd(string=UssdString.of("*100#")), SendSs(string=DialNumber("*21#"))),
    ),
    ("a page", "- expect_browser: http://example.net\n- event: {browser_termination: error}",
     (LaunchBrowser(url="http://example.net"),)),
    (
        "what the user does himself",
        '- dial: "*111#"\n- expect_ussd: "*111#"\n- send: {to: "+491", text: Hi}\n'
        '- expect_sms: {to: "+491", text: Hi}\n- next_ussd: {text: Low}\n- dial: "*111#"\n'
        '- expect_ussd: {text: "*111#", answer: Low}\n- next_ss: {error: 16}',
        (),
    ),
    (
        "what comes for the user",
        "- sms: {from: Nordlicht, text: Welcome}\n- expect_inbox: {from: Nordlicht, text: Welcome}\n"
        "- expect_report: {acknowledged: yes}\n- broadcast: 0011\n- ussd: Hello\n- expect_none: [inbox, report]",
        (),
    ),
    (
        "a call that comes",
        "- incoming_call: '+49123'\n- expect: {kind: ringing, text: '+49123', keys: [ok, end]}\n- press: ok\n"
        "- expect: {kind: call}\n- press: end\n- expect: {kind: idle}",
        (),
    ),
    (
        "a channel, its data, its end",
        "- channel_data: {channel: 1, data: '0102'}\n- drop_channel: 1",
        (OPEN, on_channel(SendData(b"hi", qualifier=1)), on_channel(ReceiveData(2))),
    ),
    (
        "a busy screen",
        "- expect: {kind: text, text: Hi}\n- press: ok\n- screen: busy\n- power_cycle\n- expect: {kind: idle}\n"
        "- screen: free\n- power_cycle\n- expect: Hi",
        (text("Hi"),),
    ),
]  # fmt: skip
PHONE = '{services: [], ussd: {"*100#": 5.00 EUR}, peers: [{address: 192.0.2.7, port: 80, answers: [6f6b]}]}'


@pytest.mark.parametrize(("steps", "first"), [row[1:] for row in GOOD], ids=[row[0] for row in GOOD])
def test_steps_that_fit(steps: str, first: Sequence[Body]) -> None:
    report = walked(steps, *first, phone=PHONE)
    failed = report.failed
    if "call_ends" in steps:  # the last step of that walk: there is no call left
        assert failed is report.results[-1] and failed.fault.startswith("there is no call")
    else:
        assert report.passed, str(report)


TOLD = [
    ("location status", "location_status: limited", "d6 990103820282819b0101"),
    (
        "location status with a place",
        "location_status: {network: 262-01, area: '0102', cell: '0304'}",
        "d6 990103820282819b0100930762f21001020304",
    ),
    ("access technology", "access_technology: [5G, 4G]", "d6 99010b82028281bf010a"),
    ("language", "language: fr", "d6 99010782028281ad026672"),
    ("search mode", "network_search_mode: manual", "d6 99010e82028281e50100"),
    (
        "rejection",
        "network_rejection: {cause: 0x0b, procedure: 9}",
        "d6 990112820283817d0500f1100001bf0108f40109f5010b",
    ),
    (
        "rejection in 2G",
        "network_rejection: {cause: 0x0b, technology: GSM}",
        "d6 99011282028381930500f1100001bf0100f40108f5010b",
    ),
]


@pytest.mark.parametrize(("event", "shown"), [row[1:] for row in TOLD], ids=[row[0] for row in TOLD])
def test_events_reach_the_card(event: str, shown: str) -> None:
    report = walked(f"- event: {{{event}}}\n- expect: {{lines: {shown}}}", EVENT_LIST, told=shows_events)
    assert report.passed, str(report)


def test_data_download_in_parts_and_whole() -> None:
    """The card's answer goes to the network as report."""
    steps = (
        "- sms_pp: {data: 027000, from: '+49123', header: yes, centre: '+49999'}\n"
        "- expect_report: {acknowledged: yes, data: AB01}\n"
        "- sms_pp: {tpdu: 04049121437ff61111111111110002aabb}\n- expect_report: ab01\n"
        "- sms_pp: {data: 4869, pid: 0, dcs: 4}\n- expect_inbox: '4869'\n- expect_report: {data: ''}"
    )
    report = walked(
        steps, told=lambda tag, value: (b"\xab\x01", ()), phone=f"{{services: [{SMS_PP_DOWNLOAD}]}}"
    )  # fmt: skip
    assert report.passed, str(report)


def test_call_control_in_a_walk() -> None:
    """The card makes another number of it."""
    other = ControlAnswer(verdict=2, address=DialNumber("777")).encode()
    report = walked(
        "- dial: '123'\n- expect_call: '777'\n- expect: {kind: call, text: '777'}",
        told=lambda tag, value: (other if tag == 0xD4 else b"", ()),
        phone=f"{{services: [{CALL_CONTROL}]}}",
    )
    assert report.passed, str(report)


def test_the_menu_and_its_help() -> None:
    menu = SetUpMenu("Menu", (Item(1, "One"), Item(2, "Two")), qualifier=0x80)
    steps = (
        "- press: menu\n- help: Two\n- expect: {lines: d3 820201819001021500}\n- press: ok\n"
        "- choose: {id: 1}\n- expect: {lines: d3 82020181900101}"
    )
    report = walked(steps, menu, told=shows_events)
    assert report.passed, str(report)


def test_a_card_that_does_what_it_should_not_fails_the_walk() -> None:
    broken = bytes.fromhex("d009810301210082028102")

    def send(tag: int, value: bytes) -> tuple[bytes, Sequence[Body]]:
        return b"", [broken]  # type: ignore[list-item]

    report = walked("- event: {language: fr}", EVENT_LIST, told=send)
    assert report.failed is not None
    assert report.failed.fault == "the card did what it should not: DISPLAY TEXT: DisplayText: text is missing"
    assert walked("- event: {language: fr}", EVENT_LIST, told=send, phone="{services: [], tolerate: yes}").passed


def goes_on(response: TerminalResponse) -> Sequence[Body]:
    return (MoreTime(),) if response.details.type == CommandType.MORE_TIME else ()


def test_a_card_that_never_stops_fails_the_walk() -> None:
    report = walked("- event: {language: fr}", EVENT_LIST, told=lambda tag, value: (b"", (MoreTime(),)), follow=goes_on)
    assert report.failed is not None
    assert report.failed.fault.startswith("the card has sent 2000 proactive commands in a row and does not stop")
    begins = walked("- expect: {kind: idle}", MoreTime(), follow=goes_on)
    assert begins.failed is not None and (begins.failed.name, begins.failed.place) == ("power on", "steps.yaml")


def test_what_a_phone_can_be() -> None:
    phone = (
        "{imei: '123456789012345', software_version: 7, language: de, battery: 1, network: 262-01, area: '00ff',"
        " cell: '0001', technology: [5G], service: limited, at: {at+cgmi: simtool}, start: 2026-02-03T04:05:06}"
    )
    walk = Walk.parse(f"phone: {phone}\nsteps: []")
    network = walk.network()
    assert (walk.equipment.imeisv, walk.equipment.language) == ("1234567890123407", "de")
    assert (str(network.location.plmn), network.location.area.hex(), network.service) == ("262-01", "00ff", 1)
    assert walk.equipment.at_answers == {"AT+CGMI": "simtool"}
    assert walk.start.isoformat() == "2026-02-03T04:05:06+00:00"


def test_every_step_is_in_the_page() -> None:
    """docs/phone.md names each step, event and key."""
    page = (Path(__file__).parents[3] / "docs" / "phone.md").read_text()
    for name in (*ACTIONS, *EXPECTATIONS, *EVENTS):
        assert f"`{name}`" in page or f"`{name}:" in page, name
