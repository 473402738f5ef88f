"""Proactive commands: test sequences of TS 102 384 (27.22.4) and TS 31.124, as public implementations carry them."""

from __future__ import annotations

import pytest

from simtool.codec import tlv
from simtool.codec.comprehension import ComprehensionTlv
from simtool.codec.dial_number import DialNumber
from simtool.codec.proactive.body import Body
from simtool.codec.proactive.channel_commands import (
    CloseChannel,
    GetChannelStatus,
    OpenChannel,
    ReceiveData,
    SendData,
)
from simtool.codec.proactive.command import (
    BODIES,
    ProactiveCommand,
    UnknownCommand,
    decode,
    open_command,
)
from simtool.codec.proactive.network_commands import (
    LaunchBrowser,
    SendDtmf,
    SendShortMessage,
    SendSs,
    SendUssd,
    SetUpCall,
)
from simtool.codec.proactive.objects import (
    Duration,
    Icon,
    Item,
    ResponseLength,
    Text,
    TextCoding,
    TimerValue,
    UssdString,
)
from simtool.codec.proactive.places import BearerDescription, TransportLevel
from simtool.codec.proactive.screen_commands import (
    DisplayText,
    GetInkey,
    GetInput,
    PlayTone,
    SelectItem,
    SetUpIdleModeText,
    SetUpMenu,
)
from simtool.codec.proactive.tags import BerTag, CommandType, Device, Event, LocalInformation, RefreshMode, TimerAction
from simtool.codec.proactive.terminal_commands import (
    LanguageNotification,
    MoreTime,
    PollingOff,
    PollInterval,
    ProvideLocalInformation,
    Refresh,
    RunAtCommand,
    SetUpEventList,
    TimerManagement,
)
from simtool.errors import DecodeError, MissingObjectError

HELLO_RU = "ЗДРАВСТВУЙТЕ"
ABC = "ABCDEFGHIJKLMNOPQRSTUVWXYZ-abcdefghijklmnopqrstuvwxyz-1234567890"
UCS2 = TextCoding.UCS2
ATTRIBUTE = bytes.fromhex("000b10b4")


def items(*names: str) -> tuple[Item, ...]:
    return tuple(Item(number, name) for number, name in enumerate(names, start=1))


VECTORS: list[tuple[str, str, Body]] = [
    (
        "DISPLAY TEXT 1.1.1",
        "d01a8103012180820281028d0f04546f6f6c6b697420546573742031",
        DisplayText(Text("Toolkit Test 1"), qualifier=0x80),
    ),
    (
        "DISPLAY TEXT 1.3.1, high priority",
        "d01a8103012181820281028d0f04546f6f6c6b697420546573742032",
        DisplayText(Text("Toolkit Test 2"), qualifier=0x81),
    ),
    (
        "DISPLAY TEXT 1.4.1, packed",
        "d0198103012180820281028d0e00d4f79bbd4ed341d4f29c0e9a01",
        DisplayText(Text("Toolkit Test 3", TextCoding.PACKED), qualifier=0x80),
    ),
    (
        "DISPLAY TEXT 5.1.1, icon",
        "d01a8103012180820281028d0b0442617369632049636f6e9e020001",
        DisplayText(Text("Basic Icon"), qualifier=0x80, icon=Icon(1)),
    ),
    (
        "GET INKEY 1.1.1",
        "d0158103012200820281828d0a04456e74657220222b22",
        GetInkey(Text('Enter "+"')),
    ),
    (
        "GET INPUT 1.1.1",
        "d01b8103012300820281828d0c04456e74657220313233343591020505",
        GetInput(Text("Enter 12345"), ResponseLength(5, 5)),
    ),
    (
        "GET INPUT 8.6.1, text attribute",
        "d0218103012300820281828d0c04456e74657220313233343591020505d004000b10b4",
        GetInput(Text("Enter 12345"), ResponseLength(5, 5), text_attribute=ATTRIBUTE),
    ),
    (
        "GET INPUT 9.1.1, UCS2",
        "d0148103012301820281828d05084f60597d91020505",
        GetInput(Text("你好", UCS2), ResponseLength(5, 5), qualifier=1),
    ),
    (
        "GET INPUT 10.2.1, no limit",
        "d01b8103012303820281828d0c04456e7465722048656c6c6f910205ff",
        GetInput(Text("Enter Hello"), ResponseLength(5, 255), qualifier=3),
    ),
    ("MORE TIME 1.1.1", "d009810301020082028182", MoreTime()),
    (
        "PLAY TONE 1.1.1",
        "d01b810301200082028103850944 69616c20546f6e658e010184020105".replace(" ", ""),
        PlayTone(tone=1, duration=Duration(5), alpha="Dial Tone"),
    ),
    ("POLL INTERVAL 1.1.1", "d00d810301030082028182840201 14".replace(" ", ""), PollInterval(Duration(20))),
    (
        "SET UP MENU 1.1.1",
        "d03b810301250082028182850c546f6f6c6b6974204d656e758f07014974656d20318f07024974656d20328f07034974656d20338f"
        "07044974656d2034",
        SetUpMenu("Toolkit Menu", items("Item 1", "Item 2", "Item 3", "Item 4")),
    ),
    (
        "SET UP MENU 1.1.2, other identifiers",
        "d023810301250082028182850c546f6f6c6b6974204d656e758f04114f6e658f041254776f",
        SetUpMenu("Toolkit Menu", (Item(0x11, "One"), Item(0x12, "Two"))),
    ),
    ("SET UP MENU 1.1.3, none", "d00d81030125008202818285008f00", SetUpMenu("", (Item(0),))),
    (
        "SELECT ITEM 1.1.1",
        "d03d810301240082028182850e546f6f6c6b69742053656c6563748f07014974656d20318f07024974656d20328f07034974656d2033"
        "8f07044974656d2034",
        SelectItem("Toolkit Select", items("Item 1", "Item 2", "Item 3", "Item 4")),
    ),
    (
        "SEND SHORT MESSAGE 1.1.1",
        "d037810301130082028183850753656e6420534d86099111223344556677f88b180100099110325476f840f40c54657374204d657373"
        "616765",
        SendShortMessage(
            alpha="Send SM",
            address=DialNumber("112233445566778", 0x91),
            tpdu=bytes.fromhex("0100099110325476f840f40c54657374204d657373616765"),
        ),
    ),
    (
        "SEND SS 1.1.1",
        "d029810301110082028183850c43616c6c20466f7277617264891091aa120a214365870921436587a901fb",
        SendSs(alpha="Call Forward", string=DialNumber("**21*01234567890123456789*10#", 0x91)),
    ),
    (
        "SEND USSD 1.1.1",
        "d050810301120082028183850a372d62697420555353448a39f041e19058341e9149e592d9743ea151e9945ab55eb1596d2b2c1e93cbe633"
        "3aad5eb3dbee373c2e9fd3ebf63b3eaf6fc564335acd76c3e560",
        SendUssd(
            alpha="7-bit USSD",
            string=UssdString(
                0xF0,
                bytes.fromhex(
                    "41e19058341e9149e592d9743ea151e9945ab55eb1596d2b2c1e93cbe6333aad5eb3dbee373c2e9fd3ebf63b3eaf6fc5"
                    "64335acd76c3e560"
                ),
            ),
        ),
    ),
    (
        "SET UP CALL 1.1.1",
        "d01e81030110008202818385084e6f7420627573798609911032042143651c2c",
        SetUpCall(confirmation="Not busy", address=DialNumber("012340123456p1p2", 0x91)),
    ),
    ("REFRESH, initialisation", "d009810301010382028182", Refresh(qualifier=3)),
    (
        "REFRESH, file change",
        "d0128103010101820281829207013f007fff6f46",
        Refresh(files=(bytes.fromhex("3f007fff6f46"),), qualifier=1),
    ),
    ("POLLING OFF 1.1.2", "d009810301040082028182", PollingOff()),
    ("PROVIDE LOCAL INFORMATION 1.2.1", "d009810301260182028182", ProvideLocalInformation(qualifier=1)),
    (
        "SET UP EVENT LIST",
        "d00d81030105008202818299020405",
        SetUpEventList((Event.USER_ACTIVITY, Event.IDLE_SCREEN_AVAILABLE)),
    ),
    ("SET UP EVENT LIST, none", "d00b8103010500820281829900", SetUpEventList(())),
    (
        "TIMER MANAGEMENT 1.1.1, 5 minutes",
        "d011810301270082028182a40101a503005000",
        TimerManagement(1, TimerValue(300)),
    ),
    ("TIMER MANAGEMENT, stop", "d00c810301270182028182a40108", TimerManagement(8, qualifier=1)),
    (
        "SET UP IDLE MODE TEXT 1.1.1",
        "d01a8103012800820281828d0f0449646c65204d6f64652054657874",
        SetUpIdleModeText(Text("Idle Mode Text")),
    ),
    ("RUN AT COMMAND 1.1.1", "d012810301340082028182a80741542b43474d49", RunAtCommand("AT+CGMI")),
    (
        "RUN AT COMMAND 4.1.1, Cyrillic",
        "d02d8103013400820281828519800417041404200410041204210422041204230419042204 15a80741542b43474d49".replace(
            " ", ""
        ),
        RunAtCommand("AT+CGMI", alpha=HELLO_RU),
    ),
    (
        "SEND DTMF 1.1.1",
        "d01b810301140082028183850953656e642044544d46ac052143658709",
        SendDtmf("1234567890", alpha="Send DTMF"),
    ),
    ("LANGUAGE NOTIFICATION 1.1.1", "d00d810301350182028182ad027365", LanguageNotification("se", qualifier=1)),
    ("LANGUAGE NOTIFICATION 1.2.1", "d009810301350082028182", LanguageNotification()),
    (
        "LAUNCH BROWSER 1.2.1",
        "d01f8103011500820281823112687474703a2f2f7878782e7979792e7a7a7a0500",
        LaunchBrowser(url="http://xxx.yyy.zzz", alpha=""),
    ),
    (
        "LAUNCH BROWSER 1.4.1, bearer and gateway",
        "d02081030115008202818231003201030d10046162632e6465662e6768692e6a6b6c",
        LaunchBrowser(url="", bearers=b"\x03", gateway=Text("abc.def.ghi.jkl")),
    ),
    (
        "OPEN CHANNEL, UDP over GPRS",
        "d0428103014001820281823507020304030" + "41f02390203e8470a065465737447700272730d08f4557365724c6f67"
        "0d08f4557365725077643c0301ad9c3e052101010101",
        OpenChannel(
            bearer=BearerDescription(2, bytes.fromhex("0304030 41f02".replace(" ", ""))),
            buffer_size=1000,
            access_name="TestGp.rs",
            login=Text("UserLog"),
            password=Text("UserPwd"),
            transport=TransportLevel(1, 44444),
            destination="1.1.1.1",
            qualifier=1,
        ),
    ),
    (
        "OPEN CHANNEL, own address asked for",
        "d01e810301400382028182350103390205783e003c03021f913e0521c0000201",
        OpenChannel(
            bearer=BearerDescription(3),
            buffer_size=1400,
            local_address="",
            transport=TransportLevel(2, 8081),
            destination="192.0.2.1",
            qualifier=3,
        ),
    ),
    ("CLOSE CHANNEL", "d009810301410082028121", CloseChannel()),
    ("RECEIVE DATA", "d00c810301420082028121b701c8", ReceiveData(200)),
    ("SEND DATA at once", "d013810301430182028121b6080001020304050607", SendData(bytes(range(8)), qualifier=1)),
    ("GET CHANNEL STATUS", "d009810301440082028182", GetChannelStatus()),
]


@pytest.mark.parametrize(("coded", "body"), [row[1:] for row in VECTORS], ids=[row[0] for row in VECTORS])
def test_vectors(coded: str, body: Body) -> None:
    command = decode(bytes.fromhex(coded))
    assert command.body == body
    assert (command.number, command.source, command.extra) == (1, Device.UICC, ())
    assert decode(command.encode()) == command
    assert command.destination == body.DESTINATION
    assert decode(ProactiveCommand.of(body).encode()).body == body


def test_the_meaning_of_qualifiers() -> None:
    assert DisplayText(Text("x"), qualifier=0x81).high_priority
    assert DisplayText(Text("x"), qualifier=0x80).until_user_clears
    assert not DisplayText(Text("x")).until_user_clears
    assert GetInkey(Text("x")).digits_only
    assert GetInkey(Text("x"), qualifier=0x04).yes_or_no
    assert GetInkey(Text("x"), qualifier=0x03).coding is UCS2
    assert GetInput(Text("x"), ResponseLength(1, 2), qualifier=0x08).coding is TextCoding.PACKED
    assert GetInput(Text("x"), ResponseLength(1, 2), qualifier=0x04).hidden
    assert GetInput(Text("x"), ResponseLength(1, 2), qualifier=0x80).help_available
    assert SelectItem(items=items("a"), qualifier=0x03).is_navigation is True
    assert SelectItem(items=items("a"), qualifier=0x01).is_navigation is False
    assert SelectItem(items=items("a")).is_navigation is None
    assert Refresh(qualifier=4).mode is RefreshMode.UICC_RESET
    assert Refresh(qualifier=0x55).mode == 0x55
    assert ProvideLocalInformation(qualifier=8).wanted is LocalInformation.IMEISV
    assert TimerManagement(1, qualifier=2).action is TimerAction.GET_VALUE
    assert SetUpCall(address=DialNumber("1"), qualifier=5).redials
    assert SetUpCall(address=DialNumber("1"), qualifier=5).disconnects_others
    assert SetUpMenu("", (Item(0),)).removes
    assert OpenChannel(buffer_size=1, qualifier=0x0D).wants_dns
    assert UssdString(0xF0, bytes.fromhex("41e19058341e91")).text == ABC[:8]


def test_two_alpha_identifiers() -> None:
    """SET UP CALL: what is asked stands before the address, what is shown during the call behind it (§6.6.12)."""
    both = SetUpCall(confirmation="Ask", address=DialNumber("1"), alpha="Show", icon=Icon(1), second_icon=Icon(2))
    assert decode(ProactiveCommand.of(both).encode()).body == both
    later = SetUpCall(address=DialNumber("1"), alpha="Show")
    assert decode(ProactiveCommand.of(later).encode()).body == later


def test_every_named_type_has_a_value_but_the_containers() -> None:
    missing = {kind for kind in CommandType if kind not in BODIES}
    assert missing == {CommandType.COMMAND_CONTAINER, CommandType.ENCAPSULATED_SESSION_CONTROL}


def test_a_type_that_nobody_knows_keeps_its_objects() -> None:
    raw = bytes.fromhex("d00d81030199078202818205024869")
    command = decode(raw)
    assert isinstance(command.body, UnknownCommand)
    assert (command.body.type, command.body.qualifier, command.title) == (0x99, 7, "command 99")
    assert command.body.objects == (ComprehensionTlv(0x05, b"Hi", False),)
    assert command.encode() == raw


def test_objects_without_a_field_stay_with_the_command() -> None:
    """TS 102 223 §6.10: what must be understood is told from what may be left alone."""
    command = decode(bytes.fromhex("d00f810301020082028182" + "e00101" + "5f0102"))
    assert [one.tag for one in command.extra] == [0x60, 0x5F]
    assert [one.tag for one in command.not_understood] == [0x60]
    assert decode(command.encode()) == command


BAD = [
    ("another object", "d1098103010200820281 82", DecodeError),
    ("no details", "d00482028182", MissingObjectError),
    ("no devices", "d0058103010200", MissingObjectError),
    ("details of two bytes", "d008810201028202 8182", DecodeError),
    ("devices of one byte", "d00881030102008201 81", DecodeError),
    ("cut short", "d00981030102008202 81", DecodeError),
    ("more behind it", "d00981030102008202818201", DecodeError),
    ("DISPLAY TEXT without text", "d00981030121808202 8102", MissingObjectError),
    ("DISPLAY TEXT in a coding that nobody knows", "d00d81030121808202 81028d028c41", DecodeError),
    ("GET INPUT without length", "d00d81030123008202 81828d020441", MissingObjectError),
    ("POLL INTERVAL of nothing", "d00d81030103008202 818284020100", DecodeError),
    ("POLL INTERVAL of unit 7", "d00d81030103008202 818284020701", DecodeError),
    ("TIMER of 99 minutes", "d01181030127008202 8182a40101a503009900", DecodeError),
    ("files: one announced, two there", "d01281030101018202 8182920901 3f002fe23f002f05", DecodeError),
    ("OPEN CHANNEL without buffer size", "d00c81030140018202 8182350103", MissingObjectError),
    ("an address of no digits", "d00d81030110008202 8183860181", DecodeError),
]


@pytest.mark.parametrize(("coded", "error"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_what_is_refused(coded: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        decode(bytes.fromhex(coded.replace(" ", "")))


def test_padding_behind_the_command() -> None:
    """A card may fill the answer to FETCH."""
    assert decode(bytes.fromhex("d009810301020082028182ffff")).body == MoreTime()


def test_the_outer_form_of_what_is_not_understood() -> None:
    opened = open_command(bytes.fromhex("d0098103072180" + "82028102"))
    assert (opened.details.number, opened.details.title) == (7, "DISPLAY TEXT")
    assert tlv.parse(bytes.fromhex("d00981030721808202 8102".replace(" ", "")))[0].tag == BerTag.PROACTIVE_COMMAND
