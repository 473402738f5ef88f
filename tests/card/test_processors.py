"""Every way in which a card, a reader and a protocol are known to trip up a program (design §7, TS 102 221 §7.3.1)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.card.processors import ApduLink, ChainingLink, ChannelLink, T0Link, T1Link, cla_on_channel, link_for
from simtool.card.transport import Protocol
from simtool.codec.apdu import SW_OK, CommandApdu, ResponseApdu, StatusWord
from simtool.errors import CardError, EncodeError
from tests.card.scripted import ScriptedTransport

SELECT_FCP = CommandApdu(0x00, 0xA4, 0x00, 0x04, b"\x3f\x00", 256)
SELECT_ONLY = CommandApdu(0x00, 0xA4, 0x00, 0x0C, b"\x3f\x00")
SELECT_SIM = CommandApdu(0xA0, 0xA4, 0x00, 0x00, b"\x3f\x00", 256)
READ_9 = CommandApdu(0x00, 0xB0, 0x00, 0x00, le=9)
READ_ALL = CommandApdu(0x00, 0xB0, 0x00, 0x00, le=256)
VERIFY_EMPTY = CommandApdu(0x00, 0x20, 0x00, 0x01)
ENVELOPE_SIM = CommandApdu(0xA0, 0xC2, 0x00, 0x00, b"\xd1\x00", 256)
NINE = "010203040506070809"

T0_ROWS = [
    # name (clause), command, script, data, status word
    ("case 1 gets P3 00 (ISO 7816-3 §12.2.1)", VERIFY_EMPTY, [("0020000100", "63c3")], "", 0x63C3),
    ("case 2", READ_9, [("00b0000009", NINE + "9000")], NINE, 0x9000),
    ("case 2, all there is", READ_ALL, [("00b0000000", NINE + "9000")], NINE, 0x9000),
    ("6Cxx: again with its Le", READ_ALL, [("00b0000000", "6c09"), ("00b0000009", NINE + "9000")], NINE, 0x9000),
    ("6C00 means 256", READ_9, [("00b0000009", "6c00"), ("00b0000000", "aa" * 256 + "9000")], "aa" * 256, 0x9000),
    (
        "6Cxx is followed once: a card that repeats it is heard",
        READ_ALL,
        [("00b0000000", "6c09"), ("00b0000009", "6c09")],
        "",
        0x6C09,
    ),
    ("case 2 on 61xx", READ_9, [("00b0000009", "6109"), ("00c0000009", NINE + "9000")], NINE, 0x9000),
    ("case 3", SELECT_ONLY, [("00a4000c023f00", "9000")], "", 0x9000),
    ("case 3, response offered but not wanted", SELECT_ONLY, [("00a4000c023f00", "6120")], "", 0x6120),
    ("case 3 does not take 6Cxx for a length", SELECT_ONLY, [("00a4000c023f00", "6c10")], "", 0x6C10),
    (
        "case 4 goes without Le, 61xx",
        SELECT_FCP,
        [("00a40004023f00", "6102"), ("00c0000002", "62009000")],
        "6200",
        0x9000,
    ),
    ("case 4, data at once: the reader fetched it", SELECT_FCP, [("00a40004023f00", "62009000")], "6200", 0x9000),
    ("case 4, data at once and a proactive command", SELECT_FCP, [("00a40004023f00", "62009110")], "6200", 0x9110),
    ("case 4, nothing to say", SELECT_FCP, [("00a40004023f00", "9000")], "", 0x9000),
    ("case 4, refused", SELECT_FCP, [("00a40004023f00", "6a82")], "", 0x6A82),
    (
        "6100 means 256",
        SELECT_FCP,
        [("00a40004023f00", "6100"), ("00c0000000", "bb" * 256 + "9000")],
        "bb" * 256,
        0x9000,
    ),
    (
        "61xx again and again: parts are joined",
        SELECT_FCP,
        [("00a40004023f00", "6102"), ("00c0000002", "01026101"), ("00c0000001", "036101"), ("00c0000001", "049000")],
        "01020304",
        0x9000,
    ),
    (
        "61xx with the first part at once",
        SELECT_FCP,
        [("00a40004023f00", "01026101"), ("00c0000001", "039000")],
        "010203",
        0x9000,
    ),
    (
        "GET RESPONSE itself is answered with 6Cxx",
        SELECT_FCP,
        [("00a40004023f00", "6120"), ("00c0000020", "6c02"), ("00c0000002", "62009000")],
        "6200",
        0x9000,
    ),
    ("GET RESPONSE fails", SELECT_FCP, [("00a40004023f00", "6120"), ("00c0000020", "6f00")], "", 0x6F00),
    (
        "GET RESPONSE ends with 91xx",
        SELECT_FCP,
        [("00a40004023f00", "6102"), ("00c0000002", "62009120")],
        "6200",
        0x9120,
    ),
    (
        "case 4, warning before data: GET RESPONSE 00 (TS 102 221 §7.3.1.1.4)",
        SELECT_FCP,
        [("00a40004023f00", "6283"), ("00c0000000", "6c02"), ("00c0000002", "62009000")],
        "6200",
        0x6283,
    ),
    ("case 4, 63xx before data", SELECT_FCP, [("00a40004023f00", "63f1"), ("00c0000000", "aa9000")], "aa", 0x63F1),
    (
        "case 4, warning and nothing behind it",
        SELECT_FCP,
        [("00a40004023f00", "6283"), ("00c0000000", "6f00")],
        "",
        0x6283,
    ),
    ("case 4, warning with data at once", SELECT_FCP, [("00a40004023f00", "62006283")], "6200", 0x6283),
    ("case 2, a warning comes with its data", READ_9, [("00b0000009", "01026282")], "0102", 0x6282),
    ("case 3, a warning is not followed", SELECT_ONLY, [("00a4000c023f00", "6283")], "", 0x6283),
    ("class A0: 9Fxx", SELECT_SIM, [("a0a40000023f00", "9f02"), ("a0c0000002", "aabb9000")], "aabb", 0x9000),
    ("class A0: data at once", SELECT_SIM, [("a0a40000023f00", "aabb9000")], "aabb", 0x9000),
    ("class A0: 9Fxx not wanted", replace(SELECT_SIM, le=None), [("a0a40000023f00", "9f16")], "", 0x9F16),
    (
        "class A0: card answers 61xx",
        SELECT_SIM,
        [("a0a40000023f00", "6102"), ("a0c0000002", "aabb9000")],
        "aabb",
        0x9000,
    ),
    (
        "class A0: 9Exx, refused with an explanation (TS 51.011 §9.4.1)",
        ENVELOPE_SIM,
        [("a0c2000002d100", "9e02"), ("a0c0000002", "aabb9000")],
        "aabb",
        0x9E02,
    ),
    ("9Fxx has no meaning outside class A0", SELECT_FCP, [("00a40004023f00", "9f02")], "", 0x9F02),
    (
        "GET RESPONSE keeps channel and class (TS 102 221 §12.1.1)",
        replace(SELECT_FCP, cla=0x02),
        [("02a40004023f00", "6101"), ("02c0000001", "aa9000")],
        "aa",
        0x9000,
    ),
    (
        "GET RESPONSE on a channel above 3",
        replace(SELECT_FCP, cla=0x4F),
        [("4fa40004023f00", "6101"), ("4fc0000001", "aa9000")],
        "aa",
        0x9000,
    ),
    (
        "GET RESPONSE of a proprietary class",
        CommandApdu(0x80, 0xC2, 0, 0, b"\xd6\x00", 256),
        [("80c2000002d600", "6101"), ("00c0000001", "aa9000")],
        "aa",
        0x9000,
    ),
    (
        "GET RESPONSE is no part of a chain",
        replace(SELECT_FCP, cla=0x10),
        [("10a40004023f00", "6101"), ("00c0000001", "aa9000")],
        "aa",
        0x9000,
    ),
]

T1_ROWS = [
    ("case 1 has four bytes", VERIFY_EMPTY, [("00200001", "63c3")], "", 0x63C3),
    ("case 4 goes whole", SELECT_FCP, [("00a40004023f0000", "62009000")], "6200", 0x9000),
    (
        "61xx on T=1 (ISO 7816-4 §5.6)",
        SELECT_FCP,
        [("00a40004023f0000", "6101"), ("00c0000001", "aa9000")],
        "aa",
        0x9000,
    ),
    ("6Cxx on T=1", READ_ALL, [("00b0000000", "6c01"), ("00b0000001", "aa9000")], "aa", 0x9000),
    ("a warning is not followed: data came with it", SELECT_FCP, [("00a40004023f0000", "6283")], "", 0x6283),
    (
        "extended length",
        CommandApdu(0x80, 0xE2, 0, 0, bytes(256)),
        [("80e20000000100" + "00" * 256, "9000")],
        "",
        0x9000,
    ),
]

Row = tuple[str, CommandApdu, list[tuple[str, str]], str, int]


@pytest.mark.parametrize("row", T0_ROWS, ids=[row[0] for row in T0_ROWS])
def test_t0(row: Row) -> None:
    _, command, script, data, sw = row
    transport = ScriptedTransport(script)
    assert T0Link(transport).send(command) == ResponseApdu(bytes.fromhex(data), StatusWord(sw))
    transport.assert_finished()


@pytest.mark.parametrize("row", T1_ROWS, ids=[row[0] for row in T1_ROWS])
def test_t1(row: Row) -> None:
    _, command, script, data, sw = row
    transport = ScriptedTransport(script, protocol=Protocol.T1)
    assert T1Link(transport).send(command) == ResponseApdu(bytes.fromhex(data), StatusWord(sw))
    transport.assert_finished()


def test_an_answer_without_status_word_is_a_card_error() -> None:
    with pytest.raises(CardError, match="script: an answer of 1 bytes"):
        T0Link(ScriptedTransport([("00b0000009", "90")])).send(READ_9)


def test_a_card_that_offers_for_ever_is_stopped() -> None:
    class Endless(ScriptedTransport):
        def exchange(self, tpdu: bytes) -> bytes:
            return b"\x61\x01"

    with pytest.raises(CardError, match="never stops"):
        T0Link(Endless([])).send(SELECT_FCP)


def test_t0_takes_no_long_command() -> None:
    with pytest.raises(EncodeError):
        T0Link(ScriptedTransport([])).send(CommandApdu(0, 0xE2, 0, 0, bytes(256)))


class Portions(ScriptedTransport):
    """Gives its response in portions of the sizes listed, the rest at once."""

    def __init__(self, content: bytes, portions: list[int]) -> None:
        super().__init__([])
        self._content = content
        self._portions = portions

    def exchange(self, tpdu: bytes) -> bytes:
        data = b""
        if tpdu[1] == 0xC0:
            data, self._content = self._content[: tpdu[4] or 256], self._content[tpdu[4] or 256 :]
        if not self._content:
            return data + b"\x90\x00"
        offer = min(self._portions.pop() if self._portions else 256, len(self._content))
        return data + bytes((0x61, offer & 0xFF))


@given(st.binary(min_size=1, max_size=2000), st.lists(st.integers(1, 256), max_size=20))
def test_data_arrives_whole_in_any_portions(content: bytes, portions: list[int]) -> None:
    assert T0Link(Portions(content, portions)).send(SELECT_FCP) == ResponseApdu(content, SW_OK)


class Recorder:
    """An `ApduLink` that keeps what it is told."""

    def __init__(self, refuse_at: int = -1) -> None:
        self.sent: list[tuple[CommandApdu, bool]] = []
        self._refuse_at = refuse_at

    def send(self, command: CommandApdu, *, secret: bool = False) -> ResponseApdu:
        refused = len(self.sent) == self._refuse_at
        self.sent.append((command, secret))
        return ResponseApdu(b"", StatusWord(0x6A84) if refused else SW_OK)


@given(
    st.binary(min_size=256, max_size=3000), st.sampled_from((0x00, 0x80, 0x84, 0x03, 0x4F)), st.none() | st.just(256)
)
def test_a_chain_carries_all_data(data: bytes, cla: int, le: int | None) -> None:
    below = Recorder()
    ChainingLink(below).send(CommandApdu(cla, 0xE2, 1, 2, data, le), secret=True)
    *parts, last = [command for command, _ in below.sent]
    assert b"".join(command.data for command, _ in below.sent) == data
    assert all(part.cla == cla | 0x10 and part.le is None and len(part.data) == 255 for part in parts)
    assert (last.cla, last.le, 1 <= len(last.data) <= 255) == (cla, le, True)
    assert all(secret for _, secret in below.sent)


def test_a_refused_part_ends_the_chain() -> None:
    below = Recorder(refuse_at=1)
    assert ChainingLink(below).send(CommandApdu(0, 0xE2, 0, 0, bytes(1000))).sw == 0x6A84
    assert len(below.sent) == 2


def test_chaining_leaves_alone_what_fits() -> None:
    below = Recorder()
    ChainingLink(below).send(SELECT_FCP)
    ChainingLink(below, extended=True).send(CommandApdu(0, 0xE2, 0, 0, bytes(1000)))
    assert [command.data for command, _ in below.sent] == [b"\x3f\x00", bytes(1000)]


def test_a_long_le_becomes_all_there_is() -> None:
    below = Recorder()
    ChainingLink(below).send(CommandApdu(0, 0xCB, 0, 0, le=4000))
    assert below.sent[0][0].le == 256


def test_class_a0_has_no_chaining() -> None:
    with pytest.raises(EncodeError, match="class A0"):
        ChainingLink(Recorder()).send(CommandApdu(0xA0, 0xD6, 0, 0, bytes(300)))


CLASSES = [
    # class, channel, class on the channel (TS 102 221 §10.1.1, tables 10.3 and 10.4)
    (0x00, 0, 0x00),
    (0x00, 1, 0x01),
    (0x00, 3, 0x03),
    (0x00, 4, 0x40),
    (0x00, 19, 0x4F),
    (0x80, 2, 0x82),
    (0x80, 4, 0xC0),
    (0x80, 19, 0xCF),
    (0x84, 1, 0x85),
    (0x84, 5, 0xE1),
    (0x0C, 6, 0x62),
    (0x10, 3, 0x13),
    (0x10, 7, 0x53),
    (0x90, 4, 0xD0),
    (0xA0, 0, 0xA0),
]


@pytest.mark.parametrize(("cla", "channel", "coded"), CLASSES)
def test_class_on_a_channel(cla: int, channel: int, coded: int) -> None:
    assert cla_on_channel(cla, channel) == coded


@pytest.mark.parametrize(("cla", "channel"), [(0x00, 20), (0x00, -1), (0xA0, 1), (0x40, 2), (0xFF, 1)])
def test_no_such_channel(cla: int, channel: int) -> None:
    with pytest.raises(EncodeError):
        cla_on_channel(cla, channel)


def test_channel_link() -> None:
    below = Recorder()
    ChannelLink(below, 5).send(SELECT_FCP, secret=True)
    assert below.sent == [(replace(SELECT_FCP, cla=0x41), True)]


LONG = CommandApdu(0x00, 0xE2, 0, 0, bytes(256))
CHAIN = [("10e20000ff" + "00" * 255, "9000"), ("00e200000100", "9000")]
WHOLE = [("00e20000000100" + "00" * 256, "9000")]
# Card capabilities 73 xx xx yy in the historical bytes: yy bit 7 says extended length.
ATR_EXTENDED = bytes.fromhex("3b8501807300004037")
ATR_PLAIN = bytes.fromhex("3b8501807300000077")


@pytest.mark.parametrize(
    ("protocol", "atr", "extended", "script"),
    [
        (Protocol.T0, ATR_EXTENDED, None, CHAIN),
        (Protocol.T1, ATR_EXTENDED, None, WHOLE),
        (Protocol.T1, ATR_PLAIN, None, CHAIN),
        (Protocol.T1, ATR_PLAIN, True, WHOLE),
        (Protocol.T1, ATR_EXTENDED, False, CHAIN),
    ],
)
def test_how_a_long_command_travels(
    protocol: Protocol, atr: bytes, extended: bool | None, script: list[tuple[str, str]]
) -> None:
    transport = ScriptedTransport(script, protocol=protocol, atr=atr)
    link: ApduLink = link_for(transport, extended=extended)
    assert link.send(LONG).sw == SW_OK
    transport.assert_finished()
