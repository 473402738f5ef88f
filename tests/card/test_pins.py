"""PINs and ADM keys: never a wrong count, never a value shown (TS 102 221 §11.1.9 to §11.1.13, TS 51.011 §9.2.9)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.card.session import TRIES_NOT_TOLD, CommandClass, PinState, Session
from simtool.errors import EncodeError, StatusError, WrongPinError
from tests.card.scripted import Script, session_on

Call = Callable[[Session], object]
PIN = b"1234"
NEW = b"567890"
PUK = b"12345678"
PIN_HEX = "31323334ffffffff"
NEW_HEX = "353637383930ffff"
PUK_HEX = "3132333435363738"
# CHV1 3 tries, PUK1 10, CHV2 2, PUK2 10 (TS 51.011 §9.2.1, bytes 19 to 22).
STATUS_SIM = "00000000" + "3f00" + "01" + "0000000000" + "09" + "1103080400" + "838a828a"

COMMANDS: list[tuple[str, CommandClass, Call, str]] = [
    # name, class, call, TPDU
    ("VERIFY PIN1", CommandClass.UICC, lambda s: s.verify_pin(0x01, PIN), "0020000108" + PIN_HEX),
    ("VERIFY ADM1", CommandClass.UICC, lambda s: s.verify_pin(0x0A, PUK), "0020000a08" + PUK_HEX),
    ("VERIFY, 16 bytes", CommandClass.UICC, lambda s: s.verify_pin(0x0A, bytes(16)), "0020000a10" + "00" * 16),
    ("CHANGE", CommandClass.UICC, lambda s: s.change_pin(0x01, PIN, NEW), "0024000110" + PIN_HEX + NEW_HEX),
    ("DISABLE", CommandClass.UICC, lambda s: s.disable_pin(0x01, PIN), "0026000108" + PIN_HEX),
    ("ENABLE", CommandClass.UICC, lambda s: s.enable_pin(0x01, PIN), "0028000108" + PIN_HEX),
    ("UNBLOCK", CommandClass.UICC, lambda s: s.unblock_pin(0x01, PUK, NEW), "002c000110" + PUK_HEX + NEW_HEX),
    ("VERIFY CHV1", CommandClass.SIM, lambda s: s.verify_pin(1, PIN), "a020000108" + PIN_HEX),
    ("UNBLOCK CHV1 is 00", CommandClass.SIM, lambda s: s.unblock_pin(1, PUK, NEW), "a02c000010" + PUK_HEX + NEW_HEX),
    ("UNBLOCK CHV2", CommandClass.SIM, lambda s: s.unblock_pin(2, PUK, NEW), "a02c000210" + PUK_HEX + NEW_HEX),
]


@pytest.mark.parametrize(
    ("command_class", "call", "tpdu"), [row[1:] for row in COMMANDS], ids=[row[0] for row in COMMANDS]
)
def test_commands(command_class: CommandClass, call: Call, tpdu: str) -> None:
    session, transport = session_on([(tpdu, "9000")], command_class)
    call(session)
    transport.assert_finished()


WRONG: list[tuple[str, CommandClass, Call, Script, int, str]] = [
    # name, class, call, script, tries left, message
    (
        "two left",
        CommandClass.UICC,
        lambda s: s.verify_pin(0x01, PIN),
        [("0020000108" + PIN_HEX, "63c2")],
        2,
        "PIN1 is wrong, 2 tries left",
    ),
    (
        "one left",
        CommandClass.UICC,
        lambda s: s.verify_pin(0x0A, PUK, what="ADM of 8949"),
        [("0020000a08" + PUK_HEX, "63c1")],
        1,
        "ADM of 8949 is wrong, 1 try left",
    ),
    (
        "blocked",
        CommandClass.UICC,
        lambda s: s.verify_pin(0x81, PIN),
        [("0020008108" + PIN_HEX, "6983")],
        0,
        "PIN2 of application 1 is blocked (6983)",
    ),
    (
        "PUK",
        CommandClass.UICC,
        lambda s: s.unblock_pin(0x01, PUK, NEW),
        [("002c000110" + PUK_HEX + NEW_HEX, "63c9")],
        9,
        "the PUK of PIN1 is wrong, 9 tries left",
    ),
    (
        "a card that keeps its counter to itself",
        CommandClass.UICC,
        lambda s: s.verify_pin(0x0E, PIN),
        [("0020000e08" + PIN_HEX, "6300")],
        TRIES_NOT_TOLD,
        "ADM5 is wrong, the card does not tell how many tries are left",
    ),
    (
        "classic SIM: the counter is in STATUS",
        CommandClass.SIM,
        lambda s: s.verify_pin(2, PIN),
        [("a020000208" + PIN_HEX, "9804"), ("a0f2000016", STATUS_SIM + "9000")],
        2,
        "PIN2 is wrong, 2 tries left",
    ),
    (
        "classic SIM, ADM",
        CommandClass.SIM,
        lambda s: s.verify_pin(0x0A, PIN),
        [("a020000a08" + PIN_HEX, "9804")],
        TRIES_NOT_TOLD,
        "ADM1 is wrong, the card does not tell how many tries are left",
    ),
    (
        "classic SIM, blocked",
        CommandClass.SIM,
        lambda s: s.verify_pin(1, PIN),
        [("a020000108" + PIN_HEX, "9840")],
        0,
        "PIN1 is blocked (9840)",
    ),
]


@pytest.mark.parametrize("row", WRONG, ids=[row[0] for row in WRONG])
def test_wrong(row: tuple[str, CommandClass, Call, Script, int, str]) -> None:
    _, command_class, call, script, tries, message = row
    session, transport = session_on(script, command_class)
    with pytest.raises(WrongPinError) as caught:
        call(session)
    assert (caught.value.tries_left, str(caught.value)) == (tries, message)
    assert caught.value.hint
    assert not session.verified
    transport.assert_finished()


def test_other_refusals_are_status_errors() -> None:
    session, _ = session_on([("0020000108" + PIN_HEX, "6a88")])
    with pytest.raises(StatusError, match="VERIFY PIN of PIN1: 6A88") as caught:
        session.verify_pin(0x01, PIN)
    assert not isinstance(caught.value, WrongPinError)


def test_an_empty_pin_is_no_question() -> None:
    """VERIFY without data asks for the counter; presenting nothing must not turn into that."""
    with pytest.raises(EncodeError):
        session_on([])[0].verify_pin(0x01, b"")


STATES = [
    # answer to VERIFY with an empty body, state (TS 102 221 §11.1.9)
    ("63c3", PinState(tries=3)),
    ("63ca", PinState(tries=10)),
    ("63c0", PinState(tries=0)),
    ("6983", PinState(tries=0)),
    ("9000", PinState(verified=True)),
    ("6984", PinState(disabled=True)),
    ("6700", PinState()),
]


@pytest.mark.parametrize(("answer", "state"), STATES)
def test_asking_costs_no_try(answer: str, state: PinState) -> None:
    session, _ = session_on([("0020000a00", answer), ("0020000a00", answer)])
    assert session.pin_state(0x0A) == state
    assert session.verify_tries(0x0A) == state.tries


def test_asking_for_a_reference_that_does_not_exist() -> None:
    session, _ = session_on([("0020000c00", "6a88")])
    with pytest.raises(StatusError, match="VERIFY PIN of ADM3: 6A88 the referenced key, PIN or object does not exist"):
        session.verify_tries(0x0C)


def test_asking_for_the_puk() -> None:
    session, _ = session_on([("002c000100", "63ca")])
    assert session.unblock_tries(0x01) == 10


@pytest.mark.parametrize(("ref", "tries", "puk_tries"), [(1, 3, 10), (2, 2, 10)])
def test_asking_a_classic_sim(ref: int, tries: int, puk_tries: int) -> None:
    session, _ = session_on([("a0f2000016", STATUS_SIM + "9000")] * 2, CommandClass.SIM)
    assert (session.verify_tries(ref), session.unblock_tries(ref)) == (tries, puk_tries)


def test_a_classic_sim_tells_nothing_of_adm() -> None:
    assert session_on([], CommandClass.SIM)[0].verify_tries(0x0A) is None


@given(st.binary(min_size=4, max_size=8), st.sampled_from((0x63C2, 0x6983, 0x6A88, 0x6300, 0x9804)))
def test_no_error_shows_the_value(pin: bytes, sw: int) -> None:
    session, _ = session_on([("0020000a08" + pin.ljust(8, b"\xff").hex(), f"{sw:04x}")])
    with pytest.raises(StatusError) as caught:
        session.verify_pin(0x0A, pin)
    for shown in (str(caught.value), caught.value.hint, repr(caught.value)):
        assert pin.hex() not in shown.lower()
        assert repr(pin)[2:-1] not in shown or len(set(pin)) == 1
