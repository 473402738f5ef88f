"""Each command of a session as bytes, in class 00 and A0 (TS 102 221 §11, TS 51.011 §9.2)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simtool.card.session import Authenticated, CommandClass, RecordMode, Session, StatusInfo, SyncFailure
from tests.card.scripted import AID, AUTN, CHALLENGE_3G, FCP_DF, RAND, RUN_GSM, SIM_EF, Script, session_on

Call = Callable[[Session], object]


def three_g(answer: str) -> Script:
    size = len(answer) // 2
    return [(CHALLENGE_3G, f"61{size:02x}"), (f"00c00000{size:02x}", answer + "9000")]


UICC: list[tuple[str, Call, Script, object]] = [
    # name, call, script, result
    ("SELECT by FID", lambda s: s.select(0x6F07), [("00a4000c026f07", "9000")], b""),
    ("SELECT by FID bytes", lambda s: s.select(b"\x6f\x07"), [("00a4000c026f07", "9000")], b""),
    ("SELECT MF", lambda s: s.select_mf(), [("00a4000c023f00", "9000")], b""),
    (
        "SELECT with FCP",
        lambda s: s.select(0x3F00, fcp=True),
        [("00a40004023f00", "6106"), ("00c0000006", FCP_DF + "9000")],
        bytes.fromhex(FCP_DF),
    ),
    ("SELECT, no data wanted but offered", lambda s: s.select(0x6F07), [("00a4000c026f07", "6110")], b""),
    ("SELECT by path", lambda s: s.select(bytes.fromhex("3f007f106f3a")), [("00a4080c047f106f3a", "9000")], b""),
    (
        "SELECT by path in the ADF",
        lambda s: s.select_path(bytes.fromhex("7fff6f07")),
        [("00a4080c047fff6f07", "9000")],
        b"",
    ),
    (
        "SELECT by path from the current DF",
        lambda s: s.select_path(bytes.fromhex("5f3b4f20"), from_current=True),
        [("00a4090c045f3b4f20", "9000")],
        b"",
    ),
    ("SELECT by path to the MF", lambda s: s.select_path(b"\x3f\x00"), [("00a4000c023f00", "9000")], b""),
    ("SELECT by AID", lambda s: s.select_aid(AID), [("00a4040c07" + AID.hex(), "9000")], b""),
    (
        "SELECT by AID, end the application",
        lambda s: s.select_aid(AID, terminate=True),
        [("00a4044c07" + AID.hex(), "9000")],
        b"",
    ),
    ("SELECT parent", lambda s: s.select_parent(), [("00a4030c00", "9000")], b""),
    ("STATUS", lambda s: s.status(), [("80f2000000", "6c06"), ("80f2000006", FCP_DF + "9000")], bytes.fromhex(FCP_DF)),
    (
        "STATUS initialised",
        lambda s: s.status(6, info=StatusInfo.INITIALISED),
        [("80f2010006", FCP_DF + "9000")],
        bytes.fromhex(FCP_DF),
    ),
    ("READ BINARY", lambda s: s.read_binary(2, 0x123), [("00b0012302", "01029000")], b"\x01\x02"),
    ("READ BINARY by SFI", lambda s: s.read_binary(2, 1, 7), [("00b0870102", "01029000")], b"\x01\x02"),
    (
        "READ BINARY of a shorter file",
        lambda s: s.read_binary(9),
        [("00b0000009", "6c02"), ("00b0000002", "01029000")],
        b"\x01\x02",
    ),
    ("READ BINARY, end of file", lambda s: s.read_binary(9), [("00b0000009", "01026282")], b"\x01\x02"),
    (
        "READ BINARY of 600 bytes, by SFI first",
        lambda s: s.read_binary(600, 0, 3),
        [("00b0830000", "aa" * 256 + "9000"), ("00b0010000", "bb" * 256 + "9000"), ("00b0020058", "cc" * 88 + "9000")],
        b"\xaa" * 256 + b"\xbb" * 256 + b"\xcc" * 88,
    ),
    ("UPDATE BINARY", lambda s: s.update_binary(b"\x01\x02", 5), [("00d60005020102", "9000")], None),
    (
        "UPDATE BINARY of 300 bytes, by SFI first",
        lambda s: s.update_binary(bytes(300), 0, 3),
        [("00d68300ff" + "00" * 255, "9000"), ("00d600ff2d" + "00" * 45, "9000")],
        None,
    ),
    ("UPDATE BINARY, internal retries", lambda s: s.update_binary(b"\x01"), [("00d600000101", "63c1")], None),
    ("READ RECORD", lambda s: s.read_record(3, 2), [("00b2030402", "01029000")], b"\x01\x02"),
    ("READ RECORD by SFI", lambda s: s.read_record(3, 2, 6), [("00b2033402", "01029000")], b"\x01\x02"),
    (
        "READ RECORD of any length",
        lambda s: s.read_record(1, None),
        [("00b2010400", "6c02"), ("00b2010402", "01029000")],
        b"\x01\x02",
    ),
    ("UPDATE RECORD", lambda s: s.update_record(3, b"\x01"), [("00dc03040101", "9000")], None),
    (
        "UPDATE RECORD of a cyclic file",
        lambda s: s.update_record(0, b"\x01", 6, mode=RecordMode.PREVIOUS),
        [("00dc00330101", "9000")],
        None,
    ),
    (
        "SEARCH RECORD",
        lambda s: s.search_record(b"\xff"),
        [("00a2010401ff", "6102"), ("00c0000002", "02059000")],
        (2, 5),
    ),
    (
        "SEARCH RECORD backward",
        lambda s: s.search_record(b"\xff", start=9, backward=True, sfi=1),
        [("00a2090d01ff", "029000")],
        (2,),
    ),
    (
        "SEARCH RECORD without hit",
        lambda s: s.search_record(b"\xff"),
        [("00a2010401ff", "6282"), ("00c0000000", "6f00")],
        (),
    ),
    (
        "INCREASE",
        lambda s: s.increase(b"\x00\x00\x01", sfi=2),
        [("8032820003000001", "6103"), ("00c0000003", "0000029000")],
        b"\x00\x00\x02",
    ),
    (
        "AUTHENTICATE",
        lambda s: s.authenticate_3g(RAND, AUTN),
        three_g("db02aabb01cc01dd"),
        Authenticated(b"\xaa\xbb", b"\xcc", b"\xdd"),
    ),
    (
        "AUTHENTICATE with Kc",
        lambda s: s.authenticate_3g(RAND, AUTN),
        three_g("db02aabb01cc01dd01ee"),
        Authenticated(b"\xaa\xbb", b"\xcc", b"\xdd", b"\xee"),
    ),
    (
        "AUTHENTICATE, data at once",
        lambda s: s.authenticate_3g(RAND, AUTN),
        [(CHALLENGE_3G, "db01aa01bb01cc9000")],
        Authenticated(b"\xaa", b"\xbb", b"\xcc"),
    ),
    (
        "AUTHENTICATE out of step",
        lambda s: s.authenticate_3g(RAND, AUTN),
        three_g("dc0e" + "ab" * 14),
        SyncFailure(b"\xab" * 14),
    ),
    (
        "AUTHENTICATE 2G",
        lambda s: s.authenticate_gsm(RAND),
        [("0088008011" + "10" + RAND.hex(), "04010203040811121314151617189000")],
        (b"\x01\x02\x03\x04", bytes.fromhex("1112131415161718")),
    ),
    ("GET IDENTITY", lambda s: s.get_identity(), [("8078000100", "a101009000")], b"\xa1\x01\x00"),
    ("GET CHALLENGE", lambda s: s.get_challenge(4), [("0084000004", "010203049000")], b"\x01\x02\x03\x04"),
    ("ACTIVATE FILE", lambda s: s.activate_file(), [("0044000000", "9000")], None),
    ("DEACTIVATE FILE", lambda s: s.deactivate_file(0x6F07), [("00040000026f07", "9000")], None),
    ("TERMINATE EF", lambda s: s.terminate_ef(0x6F07), [("00e80000026f07", "9000")], None),
    ("TERMINATE DF", lambda s: s.terminate_df(0x7F10), [("00e60000027f10", "9000")], None),
    ("TERMINATE CARD USAGE", lambda s: s.terminate_card_usage(), [("00fe000000", "9000")], None),
    ("CREATE FILE", lambda s: s.create_file(b"\x62\x00"), [("00e00000026200", "9000")], None),
    ("DELETE FILE", lambda s: s.delete_file(0x6F07), [("00e40000026f07", "9000")], None),
    ("RESIZE FILE", lambda s: s.resize_file(b"\x62\x00"), [("80d40000026200", "9000")], None),
    (
        "RETRIEVE DATA in blocks, each a warning (TS 102 221 §11.3.1)",
        lambda s: s.retrieve_data(0x80, sfi=2),
        [
            ("80cb00820180", "62f1"),
            ("00c0000000", "6c03"),
            ("00c0000003", "8003019000"),
            ("80cb000000", "6c02"),
            ("80cb000002", "02039000"),
        ],
        b"\x80\x03\x01\x02\x03",
    ),
    ("SET DATA", lambda s: s.set_data(0x80, b"\x01"), [("80db008003800101", "9000")], None),
    ("SET DATA deletes", lambda s: s.set_data(0x80, None, sfi=2), [("80db00820180", "9000")], None),
    (
        "SET DATA in blocks",
        lambda s: s.set_data(0x80, bytes(260)),
        [("80db0080ff80820104" + "00" * 251, "63f1"), ("80db000009" + "00" * 9, "9000")],
        None,
    ),
    ("TERMINAL CAPABILITY", lambda s: s.terminal_capability(b"\xa9\x00"), [("80aa000002a900", "9000")], None),
    ("TERMINAL PROFILE", lambda s: s.terminal_profile(b"\xff"), [("8010000001ff", "9115")], None),
    ("FETCH", lambda s: s.fetch(2), [("8012000002", "d0009000")], b"\xd0\x00"),
    ("TERMINAL RESPONSE", lambda s: s.terminal_response(b"\x81"), [("801400000181", "9000")], None),
    (
        "ENVELOPE",
        lambda s: s.envelope(b"\xd1\x00").data,
        [("80c2000002d100", "6101"), ("00c0000001", "aa9000")],
        b"\xaa",
    ),
    ("MANAGE CHANNEL close", lambda s: s.manage_channel_close(3), [("0070800300", "9000")], None),
]

SIM: list[tuple[str, Call, Script, object]] = [
    ("SELECT: response stays unread", lambda s: s.select(0x6F07), [("a0a40000026f07", "9f0f")], b""),
    (
        "SELECT with response",
        lambda s: s.select(0x6F07, fcp=True),
        [("a0a40000026f07", "9f0f"), ("a0c000000f", SIM_EF + "9000")],
        bytes.fromhex(SIM_EF),
    ),
    (
        "SELECT by path goes step by step",
        lambda s: s.select(bytes.fromhex("3f007f206f07")),
        [("a0a40000023f00", "9f16"), ("a0a40000027f20", "9f16"), ("a0a40000026f07", "9f0f")],
        b"",
    ),
    ("STATUS", lambda s: s.status(22), [("a0f2000016", "00" * 22 + "9000")], bytes(22)),
    ("READ BINARY", lambda s: s.read_binary(2), [("a0b0000002", "01029000")], b"\x01\x02"),
    ("UPDATE RECORD", lambda s: s.update_record(1, b"\x01"), [("a0dc01040101", "9000")], None),
    ("SEEK", lambda s: s.search_record(b"\xff"), [("a0a2001001ff", "9f01"), ("a0c0000001", "039000")], (3,)),
    ("SEEK without hit", lambda s: s.search_record(b"\xff"), [("a0a2001001ff", "9404")], ()),
    (
        "INCREASE",
        lambda s: s.increase(b"\x00\x00\x01"),
        [("a032000003000001", "9f03"), ("a0c0000003", "0000029000")],
        b"\x00\x00\x02",
    ),
    ("INVALIDATE", lambda s: s.deactivate_file(), [("a004000000", "9000")], None),
    ("REHABILITATE", lambda s: s.activate_file(), [("a044000000", "9000")], None),
    ("FETCH", lambda s: s.fetch(2), [("a012000002", "d0009000")], b"\xd0\x00"),
    ("ENVELOPE", lambda s: s.envelope(b"\xd1\x00").sw, [("a0c2000002d100", "9e01"), ("a0c0000001", "aa9000")], 0x9E01),
]

ROWS = [("00 " + row[0], CommandClass.UICC, *row[1:]) for row in UICC] + [
    ("A0 " + row[0], CommandClass.SIM, *row[1:]) for row in SIM
]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_command(row: tuple[str, CommandClass, Call, Script, object]) -> None:
    _, command_class, call, script, result = row
    session, transport = session_on(script, command_class)
    assert call(session) == result
    transport.assert_finished()


@pytest.mark.parametrize("command_class", list(CommandClass))
def test_run_gsm_algorithm_is_always_class_a0(command_class: CommandClass) -> None:
    session, _ = session_on([RUN_GSM, ("a0c000000c", "010203041112131415161718" + "9000")], command_class)
    assert session.run_gsm_algorithm(RAND) == (b"\x01\x02\x03\x04", bytes.fromhex("1112131415161718"))
