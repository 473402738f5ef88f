"""The talk with the card at its edges: status words, cards that break off, go on for ever, or speak class A0."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.card.handset.card_side import Happening
from simtool.card.handset.conversation import MOST_COMMANDS
from simtool.card.handset.phone import Handset
from simtool.card.handset.screen import Key
from simtool.card.session import Session
from simtool.card.transport import Protocol
from simtool.codec import tlv
from simtool.codec.comprehension import ComprehensionTlv, join
from simtool.codec.proactive.command import BODIES, ProactiveCommand
from simtool.codec.proactive.objects import Text
from simtool.codec.proactive.response import TerminalResponse
from simtool.codec.proactive.screen_commands import DisplayText
from simtool.codec.proactive.tags import Tag
from simtool.codec.proactive.terminal_commands import MoreTime
from simtool.errors import CardError, CardRemovedError
from tests.card.scripted import ATR_T0
from tests.codec.proactive.test_any import BODIES as VALUES

TERMINAL_PROFILE, FETCH, TERMINAL_RESPONSE, SELECT, STATUS, ENVELOPE = 0x10, 0x12, 0x14, 0xA4, 0xF2, 0xC2
DONE = bytes.fromhex("9000")
TEXT = ProactiveCommand.of(DisplayText(Text("Hi"), qualifier=0x80)).encode()
MORE_TIME = ProactiveCommand.of(MoreTime()).encode()


def waiting(command: bytes) -> bytes:
    return bytes((0x91, len(command)))


class OddCard:
    """A card that answers by instruction as a test wants it; it has the MF alone. Keeps what it was sent."""

    name = "odd"
    protocol = Protocol.T0
    atr = ATR_T0

    def __init__(self, **answers: Callable[[bytes], bytes]) -> None:
        self.answers = answers
        self.sent: list[bytes] = []

    def exchange(self, tpdu: bytes) -> bytes:
        self.sent.append(tpdu)
        names = {
            TERMINAL_PROFILE: "profile", FETCH: "fetch", TERMINAL_RESPONSE: "response", SELECT: "select",
            STATUS: "status", ENVELOPE: "envelope",
        }  # fmt: skip
        answer = self.answers.get(names.get(tpdu[1], ""))
        if answer is not None:
            return answer(tpdu)
        mf = tpdu[1] != SELECT or tpdu[5:] == b"\x3f\x00"
        return DONE if mf else bytes.fromhex("6a82")

    def reset(self, *, cold: bool = True) -> bytes:
        return self.atr

    def close(self) -> None:
        pass

    def of(self, ins: int) -> list[bytes]:
        return [tpdu for tpdu in self.sent if tpdu[1] == ins]


def phone_with(card: OddCard, listener: Callable[[Happening], None] | None = None) -> Handset:
    phone = Handset(Session.open(card), listener=listener)
    phone.power_on()
    return phone


def test_91xx_after_any_command() -> None:
    """TS 102 221 §7.4.2: the card says it until it is asked, but never in place of an error."""
    fetched: list[bool] = []

    def word() -> bytes:
        return DONE if fetched else waiting(TEXT)

    def fetch(tpdu: bytes) -> bytes:
        fetched.append(True)
        return TEXT + DONE

    def select(tpdu: bytes) -> bytes:
        return word() if tpdu[5:] == b"\x3f\x00" else bytes.fromhex("6a82")

    after_select = phone_with(OddCard(select=select, fetch=fetch, status=lambda tpdu: word()))
    assert after_select.screen.lines == ("Hi",)
    fetched.clear()
    card = OddCard(fetch=fetch, status=lambda tpdu: word())
    after_status = phone_with(card)
    assert after_status.screen.lines == ("Hi",)


def test_fetch_asks_for_as_much_as_was_announced() -> None:
    card = OddCard(profile=lambda tpdu: waiting(TEXT), fetch=lambda tpdu: TEXT + DONE)
    phone = phone_with(card)
    assert card.of(FETCH) == [bytes((0x80, FETCH, 0, 0, len(TEXT)))]
    assert phone.press(Key.OK)
    (sent,) = card.of(TERMINAL_RESPONSE)
    assert TerminalResponse.decode(sent[5:]).result == 0


def test_a_fetch_that_is_refused() -> None:
    phone = phone_with(OddCard(profile=lambda tpdu: waiting(TEXT), fetch=lambda tpdu: bytes.fromhex("6f00")))
    assert phone.troubles[0].startswith("FETCH of the proactive command: 6F00")
    assert not phone.waits_for_user


def test_a_response_that_is_refused() -> None:
    card = OddCard(
        profile=lambda tpdu: waiting(MORE_TIME), fetch=lambda tpdu: MORE_TIME + DONE,
        response=lambda tpdu: bytes.fromhex("6a80"),
    )  # fmt: skip
    assert phone_with(card).troubles[0].startswith("TERMINAL RESPONSE of the proactive command: 6A80")


def test_something_that_is_no_command() -> None:
    for raw in ("d103810301", "d0098103010200820281", "0000", "d00482028182"):
        coded = bytes.fromhex(raw)
        card = OddCard(profile=lambda tpdu, coded=coded: waiting(coded), fetch=lambda tpdu, coded=coded: coded + DONE)
        phone = phone_with(card)
        assert "cannot" in phone.troubles[0] or "can be answered" in phone.troubles[0]
        assert card.of(TERMINAL_RESPONSE) == []


def test_a_card_that_never_stops() -> None:
    card = OddCard(
        profile=lambda tpdu: waiting(MORE_TIME), fetch=lambda tpdu: MORE_TIME + DONE,
        response=lambda tpdu: waiting(MORE_TIME),
    )  # fmt: skip
    with pytest.raises(CardError, match=f"has sent {MOST_COMMANDS} proactive commands in a row"):
        phone_with(card)


def test_a_card_that_is_taken_out() -> None:
    def gone(tpdu: bytes) -> bytes:
        raise CardRemovedError("odd: the card was taken out")

    with pytest.raises(CardRemovedError):
        phone_with(OddCard(profile=lambda tpdu: waiting(TEXT), fetch=gone))


def test_a_card_without_toolkit() -> None:
    """6D00 to TERMINAL PROFILE: a phone goes on without."""
    phone = phone_with(OddCard(profile=lambda tpdu: bytes.fromhex("6d00")))
    assert "no card application toolkit" in phone.happenings[0].text
    assert phone.troubles == []


def test_a_classic_sim() -> None:
    """Class A0 for everything (TS 51.011 §9.2)."""

    def select(tpdu: bytes) -> bytes:
        if tpdu[0] != 0xA0:
            return bytes.fromhex("6e00")
        return bytes.fromhex("9f16") if tpdu[5:] == b"\x3f\x00" else bytes.fromhex("9404")

    card = OddCard(select=select, profile=lambda tpdu: waiting(TEXT), fetch=lambda tpdu: TEXT + DONE)
    phone = phone_with(card)
    assert phone.screen.lines == ("Hi",)
    assert phone.press(Key.OK)
    assert {tpdu[0] for tpdu in card.sent[1:]} == {0xA0}


def test_what_happens_is_heard() -> None:
    heard: list[Happening] = []
    phone_with(OddCard(profile=lambda tpdu: waiting(MORE_TIME), fetch=lambda tpdu: MORE_TIME + DONE), heard.append)
    assert [(one.kind, one.text) for one in heard] == [("command", "MORE TIME"), ("response", "MORE TIME: performed")]


TAGS = st.sampled_from([int(tag) for tag in Tag if tag > 2])
OBJECTS = st.lists(st.builds(ComprehensionTlv, TAGS, st.binary(max_size=12), st.booleans()), max_size=6)
HEAD = [ComprehensionTlv(2, b"\x81\x82")]
NOISE = st.builds(
    lambda kind, qualifier, objects: tlv.encode(
        0xD0, join([ComprehensionTlv(1, bytes((1, kind, qualifier))), *HEAD, *objects])
    ),
    st.sampled_from([*BODIES, 0x99]), st.integers(0, 255), OBJECTS,
)  # fmt: skip
WELL_FORMED = st.builds(lambda body: ProactiveCommand.of(body).encode(), VALUES)


@given(NOISE | WELL_FORMED, st.lists(st.sampled_from(Key), max_size=3))
def test_every_command_is_answered_once(raw: bytes, keys: list[Key]) -> None:
    """Whatever it holds: at once, or when the user or time answers. Only REFRESH with a reset has none (§6.4.7)."""
    profiles: list[bool] = []

    def profile(tpdu: bytes) -> bytes:
        profiles.append(True)
        return waiting(raw) if len(profiles) == 1 else DONE

    if len(raw) > 255:  # more than a card can announce
        return
    card = OddCard(profile=profile, fetch=lambda tpdu: raw + DONE)
    phone = phone_with(card)
    for key in keys:
        phone.press(key)
    phone.wait(20000)
    assert not phone.waits_for_user
    assert len(card.of(TERMINAL_RESPONSE)) == (0 if len(profiles) == 2 else 1)
