"""What javacard.framework promises, on a card: memory that lasts until deselection or reset, a PIN, transactions."""

from __future__ import annotations

import pytest

from tests.softcard.applets.conftest import Desk
from tests.softcard.jcvm.api.javacard.framework.keeper import KEEPER

INSTANCE, OTHER = bytes.fromhex("a000000559aa0102"), bytes.fromhex("a000000559aa0103")
ECHO, ABORT, COMMIT, CHECK, TWICE, KEEP, SCRATCH = range(1, 8)
PIN = bytes(8)


@pytest.fixture
def keeper(desk: Desk) -> Desk:
    """The card with an instance that made its CLEAR_ON_DESELECT memory in `install` (JCRE §3.1)."""
    desk.put(KEEPER, INSTANCE)
    assert desk.host.select(INSTANCE).sw == "9000"
    return desk


def send(desk: Desk, ins: int, data: str = "") -> str:
    """A command to what is selected: data and status word."""
    answer = desk.host.exchange(0x80, ins, 0, 0, bytes.fromhex(data))
    return answer.data.hex() + answer.sw


def test_data_in_and_out(keeper: Desk) -> None:
    assert send(keeper, ECHO, "010203") == "0102039000"
    assert send(keeper, ECHO, "5a" * 255) == "5a" * 255 + "9000"
    assert send(keeper, KEEP) == "6f00"
    assert send(keeper, 0x55) == "6d00"


def test_transactions(keeper: Desk) -> None:
    assert send(keeper, COMMIT, "0102") == "0102000000000000" + "9000"
    assert send(keeper, ABORT, "0304") == "0102000000000000" + "9000"
    assert send(keeper, COMMIT, "05" * 9) == "6f00"
    keeper.again()
    assert keeper.ask(INSTANCE, ABORT, data=b"\x09") == "0102000000000000" + "9000"
    assert send(keeper, TWICE) == "0001"


def test_tries_are_kept_over_a_reset(keeper: Desk) -> None:
    assert send(keeper, CHECK, "01") == "63c2"
    keeper.again()
    assert keeper.ask(INSTANCE, CHECK, data=b"\x01") == "63c1"
    assert send(keeper, CHECK, PIN.hex()) == "9000"
    keeper.again()
    assert keeper.ask(INSTANCE, CHECK, data=b"\x01") == "63c2"


def test_memory_until_deselection(keeper: Desk) -> None:
    assert [send(keeper, SCRATCH, one) for one in ("11", "22")] == ["6300", "6311"]
    keeper.open()
    assert keeper.ask(INSTANCE, SCRATCH, data=b"\x33") == "6300"
    keeper.again()
    assert keeper.ask(INSTANCE, SCRATCH, data=b"\x44") == "6300"


def test_instances_of_a_package_share_their_context_not_their_memory(keeper: Desk) -> None:
    assert keeper.install(KEEPER, OTHER) == "9000"
    assert keeper.ask(INSTANCE, COMMIT, data=b"\x01") == "0100000000000000" + "9000"
    assert keeper.ask(OTHER, ABORT) == "00" * 8 + "9000"


@pytest.mark.parametrize("cla", ["80", "90", "b0", "10", "0c", "00"])
def test_an_applet_gets_any_class(keeper: Desk, cla: str) -> None:
    """JCRE §4.3: but for FF, the reserved 2X and 3X, and GSM's A0 they are the applet's."""

    def tpdu(command: str) -> str:
        return keeper.card.transmit(bytes.fromhex(command)).hex()

    assert tpdu(f"{cla}010000020102") == "6102"
    assert tpdu(f"{cla}c0000002") == "01029000"


@pytest.mark.parametrize(("cla", "sw"), [("ff", "6e00"), ("2f", "6e00"), ("a0", "6d00")])
def test_classes_that_are_not_the_applets(keeper: Desk, cla: str, sw: str) -> None:
    assert keeper.card.transmit(bytes.fromhex(f"{cla}010000020102")).hex() == sw


def test_a_security_domain_gets_its_own_classes_only(keeper: Desk) -> None:
    keeper.open()
    assert keeper.card.transmit(bytes.fromhex("b0010000020102")).hex() == "6e00"
