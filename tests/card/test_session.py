"""A session's state, its errors and its refusals (TS 102 221 §8.4, §10, §11)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simtool.card.session import Authenticated, CommandClass, PinState, Selection, Session
from simtool.errors import CardRemovedError, DecodeError, EncodeError, RefusedError, StatusError
from tests.card.scripted import (
    AID,
    AUTN,
    CHALLENGE_3G,
    FCP_DF,
    RAND,
    RUN_GSM,
    SIM_DF,
    SIM_EF,
    Script,
    ScriptedTransport,
    session_on,
)

Call = Callable[[Session], object]

FAILURES: list[tuple[str, Call, str, str]] = [
    # name, call, answer, words of the error
    ("file", lambda s: s.select(0x6F07), "6a82", "SELECT of 6F07: 6A82 file or application not found"),
    (
        "what",
        lambda s: s.read_binary(1, what="EF.IMSI"),
        "6982",
        "READ BINARY of EF.IMSI: 6982 access condition not met",
    ),
    ("selection", lambda s: s.read_binary(1), "6986", "READ BINARY of 3F00: 6986 no file is selected"),
    (
        "damaged",
        lambda s: s.read_binary(1),
        "006281",
        "READ BINARY of 3F00: 6281 part of the returned data may be damaged",
    ),
    (
        "busy",
        lambda s: s.envelope(b"\xd1\x00"),
        "9300",
        "ENVELOPE of the toolkit: 9300 the card application toolkit is busy",
    ),
    (
        "MAC",
        lambda s: s.authenticate_3g(RAND, AUTN, what="ADF.USIM"),
        "9862",
        "AUTHENTICATE of ADF.USIM: 9862 the card found the MAC of AUTN wrong",
    ),
    (
        "admin",
        lambda s: s.create_file(b"\x62\x00", what="EF.X"),
        "6a84",
        "CREATE FILE of EF.X: 6A84 not enough memory on the card",
    ),
    (
        "2G words",
        lambda s: s.run_gsm_algorithm(RAND),
        "9804",
        "RUN GSM ALGORITHM of DF.GSM: 9804 access condition not met, or a wrong CHV",
    ),
]


@pytest.mark.parametrize(("call", "answer", "words"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES])
def test_a_refusal_names_command_file_and_meaning(call: Call, answer: str, words: str) -> None:
    class Refusing(ScriptedTransport):
        def exchange(self, tpdu: bytes) -> bytes:
            return bytes.fromhex(answer)

    with pytest.raises(StatusError) as caught:
        call(Session.open(Refusing([])))
    assert str(caught.value) == words
    assert caught.value.sw == int(answer[-4:], 16)
    assert RAND.hex() not in str(caught.value)


MALFORMED: list[tuple[str, Call, Script]] = [
    ("no tag", lambda s: s.authenticate_3g(RAND, AUTN), [(CHALLENGE_3G, "9000")]),
    ("other tag", lambda s: s.authenticate_3g(RAND, AUTN), [(CHALLENGE_3G, "d8039000")]),
    ("cut short", lambda s: s.authenticate_3g(RAND, AUTN), [(CHALLENGE_3G, "db08aa9000")]),
    ("two values", lambda s: s.authenticate_3g(RAND, AUTN), [(CHALLENGE_3G, "db01aa01bb9000")]),
    ("no AUTS", lambda s: s.authenticate_3g(RAND, AUTN), [(CHALLENGE_3G, "dc9000")]),
    ("2G answer", lambda s: s.run_gsm_algorithm(RAND), [(RUN_GSM[0], "01029000")]),
    ("channel", lambda s: s.manage_channel_open(), [("0070000001", "9000")]),
    (
        "more promised",
        lambda s: s.retrieve_data(0x80),
        [("80cb00800180", "62f1"), ("00c0000000", "80019000"), ("80cb000000", "62f1")],
    ),
]


@pytest.mark.parametrize(("call", "script"), [row[1:] for row in MALFORMED], ids=[row[0] for row in MALFORMED])
def test_an_answer_that_makes_no_sense(call: Call, script: Script) -> None:
    with pytest.raises(DecodeError):
        call(session_on(script)[0])


IMPOSSIBLE: list[Call] = [
    lambda s: s.read_binary(1, 0x8000),
    lambda s: s.read_binary(1, 256, 3),
    lambda s: s.read_binary(1, 0, 31),
    lambda s: s.read_record(1, 1, 0),
    lambda s: s.update_record(1, bytes(256)),
    lambda s: s.select_path(b"\x3f"),
    lambda s: s.authenticate_3g(b"", AUTN),
    lambda s: s.run_gsm_algorithm(b""),
]


@pytest.mark.parametrize("call", IMPOSSIBLE)
def test_what_no_command_can_say(call: Call) -> None:
    with pytest.raises(EncodeError):
        call(session_on([])[0])


NOT_FOR_A_SIM: list[Call] = [
    lambda s: s.select_aid(AID),
    lambda s: s.select_parent(),
    lambda s: s.read_binary(1, 0, 7),
    lambda s: s.update_record(1, b"\x00", 7),
    lambda s: s.authenticate_3g(RAND, AUTN),
    lambda s: s.manage_channel_open(),
    lambda s: s.get_identity(),
]


@pytest.mark.parametrize("call", NOT_FOR_A_SIM)
def test_a_classic_sim_is_never_asked(call: Call) -> None:
    with pytest.raises(RefusedError):
        call(session_on([], CommandClass.SIM)[0])


SELECTIONS: list[tuple[str, Script, list[Call], Selection]] = [
    ("at first", [], [], Selection()),
    ("EF", [("00a4000c022fe2", "9000")], [lambda s: s.select(0x2FE2)], Selection(file=0x2FE2)),
    (
        "DF, then EF",
        [("00a4000c027f10", "9000"), ("00a4000c026f3a", "9000")],
        [lambda s: s.select(0x7F10), lambda s: s.select(0x6F3A)],
        Selection((0x3F00, 0x7F10), 0x6F3A),
    ),
    (
        "other DF",
        [("00a4000c027f10", "9000"), ("00a4000c027f20", "9000")],
        [lambda s: s.select(0x7F10), lambda s: s.select(0x7F20)],
        Selection((0x3F00, 0x7F20)),
    ),
    (
        "sibling",
        [("00a4080c047fff5f3b", "9000"), ("00a4000c025fc0", "9000")],
        [lambda s: s.select_path(b"\x7f\xff\x5f\x3b"), lambda s: s.select(0x5FC0)],
        Selection((0x7FFF, 0x5FC0)),
    ),
    (
        "own parent",
        [("00a4080c047f105f3a", "9000"), ("00a4000c027f10", "9000")],
        [lambda s: s.select_path(b"\x7f\x10\x5f\x3a"), lambda s: s.select(0x7F10)],
        Selection((0x3F00, 0x7F10)),
    ),
    (
        "application",
        [("00a4040c07" + AID.hex(), "9000"), ("00a4000c026f07", "9000")],
        [lambda s: s.select_aid(AID), lambda s: s.select(0x6F07)],
        Selection((0x7FFF,), 0x6F07, AID),
    ),
    (
        "MF keeps the application",
        [("00a4040c07" + AID.hex(), "9000"), ("00a4000c023f00", "9000")],
        [lambda s: s.select_aid(AID), lambda s: s.select_mf()],
        Selection(aid=AID),
    ),
    (
        "parent",
        [("00a4080c047f105f3a", "9000"), ("00a4030c00", "9000")],
        [lambda s: s.select_path(b"\x7f\x10\x5f\x3a"), lambda s: s.select_parent()],
        Selection((0x3F00, 0x7F10)),
    ),
    (
        "by SFI",
        [("00a4000c026f07", "9000"), ("00b0870001", "009000")],
        [lambda s: s.select(0x6F07), lambda s: s.read_binary(1, 0, 7)],
        Selection(),
    ),
    (
        "FCP tells: a DF with an odd identifier",
        [("00a4000402a515", FCP_DF + "9000")],
        [lambda s: s.select(0xA515, fcp=True)],
        Selection((0x3F00, 0xA515)),
    ),
    (
        "the caller tells",
        [("00a4000c02a515", "9000")],
        [lambda s: s.select_fid(0xA515, directory=True)],
        Selection((0x3F00, 0xA515)),
    ),
]


@pytest.mark.parametrize(
    ("script", "calls", "selection"), [row[1:] for row in SELECTIONS], ids=[row[0] for row in SELECTIONS]
)
def test_what_is_selected(script: Script, calls: list[Call], selection: Selection) -> None:
    session, _ = session_on(script)
    for call in calls:
        call(session)
    assert session.selection == selection


def test_a_sim_response_tells_directories() -> None:
    session, _ = session_on(
        [("a0a4000002a515", SIM_DF.replace("3f0001", "a51502") + "9000"), ("a0a40000026f07", SIM_EF + "9000")],
        CommandClass.SIM,
    )
    session.select(0xA515, fcp=True)
    session.select(0x6F07, fcp=True)
    assert str(session.selection) == "3F00/A515/6F07"


def test_a_failed_select_changes_nothing() -> None:
    session, _ = session_on([("00a4000c027f10", "9000"), ("00a4000c027f20", "6a82")])
    session.select(0x7F10)
    with pytest.raises(StatusError):
        session.select(0x7F20)
    assert str(session.selection) == "3F00/7F10"


def test_channels_have_selections_of_their_own() -> None:
    session, transport = session_on(
        [
            ("00a4000c026f05", "9000"),
            ("0070000001", "059000"),
            ("41a4040c07" + AID.hex(), "9000"),
            ("c1f2000000", "6200" + "9000"),
            ("0070800500", "9000"),
            ("00b0000001", "009000"),
        ]
    )
    session.select(0x6F05)
    with session.new_channel() as channel:
        assert (channel, session.channel, session.selection) == (5, 5, Selection())
        session.select_aid(AID)
        session.status()
    assert (session.channel, session.selection) == (0, Selection(file=0x6F05))
    session.read_binary(1)
    with pytest.raises(DecodeError, match="channel 5 is not open"):
        session.use_channel(5)
    transport.assert_finished()


def test_a_reset_forgets() -> None:
    session, transport = session_on([("00a4000c027f10", "9000"), ("0020000a0801020304ffffffff", "9000")])
    session.select(0x7F10)
    session.verify_pin(0x0A, b"\x01\x02\x03\x04")
    assert session.verified == {0x0A}
    assert session.reset(cold=False) == transport.atr
    assert (session.verified, session.selection, transport.resets) == (frozenset(), Selection(), [False])


def test_with_closes_even_when_the_card_is_pulled() -> None:
    transport = ScriptedTransport([("00a4000c023f00", None)])
    with pytest.raises(CardRemovedError), Session.open(transport) as session:
        session.select_mf()
    assert transport.closed


@pytest.mark.parametrize(
    ("answer", "found"),
    [("9000", CommandClass.UICC), ("6120", CommandClass.UICC), ("6e00", CommandClass.SIM), ("6d00", CommandClass.SIM)],
)
def test_uicc_or_classic_sim(answer: str, found: CommandClass) -> None:
    session, _ = session_on([("00a4000c023f00", answer)])
    assert session.detect_class() is session.command_class is found


def test_proactive_command_waits() -> None:
    session, transport = session_on([("8010000001ff", "9102"), ("8012000002", "d0009000")])
    session.terminal_profile(b"\xff")
    assert session.proactive_length == 2
    assert session.fetch() == b"\xd0\x00"
    assert session.proactive_length == 0
    transport.assert_finished()


def test_session_keys_do_not_show() -> None:
    assert repr(Authenticated(b"\xaa" * 8, b"\xbb" * 16, b"\xcc" * 16, b"\xdd" * 8)) == "Authenticated()"
    assert PinState(tries=0).blocked
