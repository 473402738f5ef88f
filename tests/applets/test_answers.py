"""Whatever a phone answers, an applet lets no exception go and comes to an end.

The phone says the result of each command at will, with objects that do not belong there, that are cut off, or missing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtool.codec.comprehension import ComprehensionTlv
from simtool.codec.dial_number import DialNumber
from simtool.codec.sms_tpdu import Deliver
from simtool.softcard import SoftCard
from tests.applets.products import Product, product
from tests.softcard.applets.phone_desk import card_of
from tests.softcard.toolkit.conftest import Terminal

MOST = 30
"""Commands in one session; then the phone ends it."""
RESULTS = ["00", "01", "04", "10", "11", "12", "13", "2001", "21", "22", "30", "31", "32", "35", "3722", "3900", "ff"]
OBJECTS = st.one_of(
    st.builds(ComprehensionTlv, st.just(0x0D), st.binary(max_size=40)),  # text string
    st.builds(ComprehensionTlv, st.just(0x0D), st.sampled_from([b"\x04\x01", b"\x041234", b"\x08\x00A", b""])),
    st.builds(ComprehensionTlv, st.just(0x10), st.binary(max_size=2)),  # item identifier
    st.builds(ComprehensionTlv, st.just(0x10), st.integers(1, 6).map(lambda item: bytes((item,)))),
    st.builds(ComprehensionTlv, st.just(0x14), st.binary(min_size=7, max_size=9)),  # IMEI
    st.builds(ComprehensionTlv, st.just(0x2D), st.sampled_from([b"de", b"", b"d", b"deu"])),  # language
)
ANSWERS = st.lists(
    st.tuples(st.sampled_from(["00", "00", "00", *RESULTS]), st.lists(OBJECTS, max_size=3)), max_size=MOST
)
Answers = list[tuple[str, list[ComprehensionTlv]]]
STARTS = st.sampled_from(["menu", "message", "timer", "language", "idle", "none"])
MESSAGES = {
    "service-menu": b"\0\0\0\1?",  # no menu
    "notifier": bytes.fromhex("800102 8107919471214365f7 830103"),
    "device-watch": b"\x02",  # forget the device
}
MOMENT = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)


@cache
def state_with(name: str) -> bytes:
    """A card's state with the applet."""
    made = product(name)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "card.state"
        made.card(made.example(), path).close()
        return path.read_bytes()


def installed(name: str) -> SoftCard:
    """A card with the applet, as it came from its maker."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "card.state"
        path.write_bytes(state_with(name))
        return card_of(path)


def session(terminal: Terminal, sw: str, answers: Answers) -> None:
    """Answer what the card wants; when there is nothing left to say, end each session."""
    waiting = iter(answers)
    for _ in range(4 * MOST):
        if sw[-4:-2] != "91":
            break
        command = terminal.fetch(sw)
        result, objects = next(waiting, ("10", []))
        sw = terminal.answer(command, result, *objects)
    assert sw[-4:] in ("9000", "6200"), sw  # 6200: the applet did not take the message


def message(terminal: Terminal, made: Product, counter: int) -> str:
    """A formatted message for the applet."""
    user_data = made.packet(MESSAGES[made.manifest.name], counter=counter)[1]
    tpdu = Deliver.data(DialNumber.parse("+49123"), user_data, MOMENT, header=True).encode()
    sw = terminal.envelope(0xD1, ComprehensionTlv(0x06, b"\x91\x94"), ComprehensionTlv(0x0B, tpdu))
    return terminal.reader.tpdu(f"00c00000{sw[2:]}") if sw.startswith("61") else sw


def begun(terminal: Terminal, start: str) -> str:
    """Something happens: the status word that comes of it."""
    if start == "menu":
        identifiers = terminal.card.toolkit.menu_identifiers()
        return terminal.menu(min(identifiers)) if identifiers else "9000"
    if start == "timer":
        return terminal.envelope(0xD7, ComprehensionTlv(0x24, b"\x01"), ComprehensionTlv(0x25, bytes(3)))
    if start == "language":
        return terminal.event(7, ComprehensionTlv(0x2D, b"de"))
    return terminal.event(5) if start == "idle" else "9000"


@pytest.mark.parametrize("name", sorted(MESSAGES))
@settings(max_examples=12, deadline=None)
@given(starts=st.lists(st.tuples(STARTS, ANSWERS), min_size=1, max_size=4))
def test_whatever_the_phone_answers(name: str, starts: list[tuple[str, Answers]]) -> None:
    made = product(name)
    card = installed(name)
    uncaught: list[str] = []
    card.machine.on_uncaught = lambda entry, error: uncaught.append(f"{entry.aid.hex()}: {error!r}")
    terminal = Terminal(card)
    for counter, (start, answers) in enumerate(starts, 1):
        card.power_off()
        card.power_on()
        session(terminal, terminal.profile(), answers)
        sw = message(terminal, made, counter) if start == "message" else begun(terminal, start)
        session(terminal, sw, answers)
    assert uncaught == []
