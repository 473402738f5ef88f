"""What a trace shows and what it never shows."""

from __future__ import annotations

import pytest

from simtool.card.session import CommandClass, Session
from simtool.card.trace import REDACTED_NOTICE, REVEALED_NOTICE
from simtool.codec.apdu import CommandApdu
from simtool.errors import CardRemovedError
from tests.card.scripted import AUTN, CHALLENGE_3G, RAND, RUN_GSM, Script, ScriptedTransport

KEY = bytes.fromhex("c0ffee00c0ffee00")


def traced(script: Script, *, reveal: bool = False) -> tuple[Session, list[str]]:
    lines: list[str] = []
    return Session.open(ScriptedTransport(script), trace=lines.append, reveal=reveal), lines


def test_a_plain_trace() -> None:
    session, lines = traced([("00a4000c026f07", "9000"), ("00b0000002", "01029000"), ("00b2020400", "6a83")])
    session.select(0x6F07)
    session.read_binary(2)
    session.send(CommandApdu(0x00, 0xB2, 2, 4, le=256))
    assert lines == [
        REDACTED_NOTICE,
        "> 00a4000c 02 6f07  # SELECT",
        "< 9000  # done",
        "> 00b00000 le=2  # READ BINARY",
        "< 0102 9000  # done",
        "> 00b20204 le=256  # READ RECORD",
        "< 6A83  # record not found",
    ]


# Commands that a trace hides by their instruction, in whatever class (GlobalPlatform: 80 and 84, channels, SIM: A0).
SECRET_COMMANDS = [
    (cla, ins)
    for cla in (0x00, 0x80, 0x84, 0xA0)
    for ins in (0x20, 0x21, 0x24, 0x25, 0x26, 0x28, 0x2C, 0x2D, 0xD8, 0xD9, 0xE2, 0xE3)
]


@pytest.mark.parametrize(("cla", "ins"), SECRET_COMMANDS)
def test_hidden_by_instruction(cla: int, ins: int) -> None:
    session, lines = traced([(f"{cla:02x}{ins:02x}000a08{KEY.hex()}", "9000")])
    session.send(CommandApdu(cla, ins, 0, 0x0A, KEY))
    assert KEY.hex() not in "\n".join(lines)
    assert "[8 bytes hidden]" in lines[1]


def test_hidden_on_another_channel() -> None:
    session, lines = traced([("0070000001", "059000"), (f"4120000a08{KEY.hex()}", "9000")])
    session.use_channel(session.manage_channel_open())
    session.verify_pin(0x0A, KEY)
    assert KEY.hex() not in "\n".join(lines)


def test_authentication_results_are_hidden() -> None:
    session, lines = traced(
        [(CHALLENGE_3G, "6106"), ("00c0000006", "db01c001ff01ee9000"), RUN_GSM, ("a0c000000c", "c0ff" * 6 + "9000")]
    )
    session.authenticate_3g(RAND, AUTN)
    session.run_gsm_algorithm(RAND)
    assert "db01" not in "\n".join(lines)
    assert "c0ff" not in "\n".join(lines)


def test_a_raw_authenticate_is_hidden_too() -> None:
    """Nobody marked it: the instruction does. The challenge itself is no secret."""
    session, lines = traced([(CHALLENGE_3G, "db01c001ff01ee9000")])
    session.send(CommandApdu.decode(bytes.fromhex(CHALLENGE_3G + "00")))
    assert RAND.hex() in lines[1]
    assert lines[2] == "< [7 bytes hidden] 9000  # done"


def test_secret_files_are_hidden_both_ways() -> None:
    session, lines = traced(
        [
            ("00d6000008" + KEY.hex(), "9000"),
            ("00b0000008", KEY.hex() + "9000"),
            ("00dc010408" + KEY.hex(), "9000"),
            ("00b2010408", KEY.hex() + "9000"),
            ("80db00800a8008" + KEY.hex(), "9000"),
        ]
    )
    session.update_binary(KEY, secret=True)
    assert session.read_binary(8, secret=True) == KEY
    session.update_record(1, KEY, secret=True)
    session.read_record(1, 8, secret=True)
    session.set_data(0x80, KEY, secret=True)
    assert KEY.hex() not in "\n".join(lines)


def test_reveal_says_so_first_and_shows_all() -> None:
    session, lines = traced([(f"0020000a08{KEY.hex()}", "9000")], reveal=True)
    session.verify_pin(0x0A, KEY)
    assert lines[0] == REVEALED_NOTICE
    assert "WARNING" in REVEALED_NOTICE
    assert KEY.hex() in lines[1]


def test_a_lost_card_ends_the_trace_visibly() -> None:
    session, lines = traced([("00a4000c023f00", None)])
    with pytest.raises(CardRemovedError):
        session.select_mf()
    assert lines[-1] == "< no answer"


NAMES = [
    # command, name in the trace
    (CommandApdu(0xA0, 0x88, 0, 0), "RUN GSM ALGORITHM"),
    (CommandApdu(0x00, 0x88, 0, 0), "AUTHENTICATE"),
    (CommandApdu(0xA0, 0x20, 0, 1), "VERIFY CHV"),
    (CommandApdu(0x80, 0xE6, 0, 0), "INSTALL"),
    (CommandApdu(0x00, 0xE6, 0, 0), "TERMINATE DF"),
    (CommandApdu(0x80, 0xF2, 0, 0), "STATUS"),
    (CommandApdu(0x00, 0x3E, 0, 0), "INS 3E"),
]


@pytest.mark.parametrize(("command", "name"), NAMES)
def test_names(command: CommandApdu, name: str) -> None:
    session, lines = traced([(command.header.hex() + "00", "6d00")])
    session.command_class = CommandClass(command.cla & 0xA0) if command.cla in (0x00, 0xA0) else CommandClass.UICC
    session.send(command)
    assert lines[1] == f"> {command.header.hex()}  # {name}"
