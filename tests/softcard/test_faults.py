"""Faults on request and the time model."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from simtool.errors import CardRemovedError
from simtool.files.product import CardModel, load
from simtool.softcard.card import SoftCard
from simtool.softcard.faults import Fault, FaultyCard, Kind
from simtool.softcard.timing import TimedCard, TimeModel

ADM1 = bytes.fromhex("0020000a083132333435363738")
SELECT = bytes.fromhex("00a4000c022f13")
READ = bytes.fromhex("00b0000001")
WRONG_PIN = bytes.fromhex("002000010839393939ffffffff")


def write(value: int) -> bytes:
    return bytes.fromhex("00d6000001") + bytes((value,))


def prepared(model: CardModel, *faults: Fault, seed: int = 0, state: Path | None = None) -> FaultyCard:
    card = FaultyCard(SoftCard.new(model, state=state), faults, seed=seed)
    card.power_on()
    return card


def stored(card: FaultyCard) -> int:
    """What the first byte is after the card is in the reader again."""
    card.power_on()
    card.transmit(SELECT)
    return card.transmit(READ)[0]


@pytest.mark.parametrize(("kind", "value"), [(Kind.TEAR_BEFORE, 1), (Kind.TEAR_AFTER, 2)])
def test_torn_at_the_second_write(small_model: CardModel, kind: Kind, value: int, tmp_path: Path) -> None:
    card = prepared(small_model, Fault(kind, 2, writes=True), state=tmp_path / "state")
    card.transmit(ADM1)
    card.transmit(SELECT)
    assert card.transmit(write(1)) == b"\x90\x00"
    with pytest.raises(CardRemovedError):
        card.transmit(write(2))
    with pytest.raises(CardRemovedError):
        card.transmit(READ)
    with pytest.raises(CardRemovedError):
        card.reset()
    assert stored(card) == value
    assert card.transmit(write(3)) == b"\x69\x82"  # nothing is verified any more
    assert card.log == [f"command 4: {kind.value}"]


def test_torn_within_a_write_is_old_or_new_by_seed(small_model: CardModel) -> None:
    def run(seed: int) -> int:
        card = prepared(small_model, Fault(Kind.TEAR_DURING, 1, writes=True), seed=seed)
        card.transmit(ADM1)
        card.transmit(SELECT)
        with pytest.raises(CardRemovedError):
            card.transmit(write(9))
        return stored(card)

    outcomes = [run(seed) for seed in range(8)]
    assert set(outcomes) == {0, 9}
    assert outcomes == [run(seed) for seed in range(8)]


@pytest.mark.parametrize(("kind", "left"), [(Kind.TEAR_BEFORE, 3), (Kind.TEAR_AFTER, 2)])
def test_tearing_a_verify_gains_nothing(small_model: CardModel, kind: Kind, left: int) -> None:
    card = prepared(small_model, Fault(kind, 1))
    with pytest.raises(CardRemovedError):
        card.transmit(WRONG_PIN)
    card.power_on()
    assert card.transmit(bytes.fromhex("0020000100")) == bytes((0x63, 0xC0 | left))


def test_other_faults(small_model: CardModel) -> None:
    card = prepared(
        small_model,
        Fault(Kind.MUTE, 1),
        Fault(Kind.WRONG_SW, 2, sw=0x6581, times=2),
        Fault(Kind.CORRUPT, 4),
        Fault(Kind.SLOW, 5, seconds=0.05),
        Fault(Kind.CONTACT_LOSS, 6),
        seed=3,
    )
    status = bytes.fromhex("80f2000c00")
    assert card.transmit(status) == b""
    assert card.transmit(status) == card.transmit(status) == b"\x65\x81"
    assert card.transmit(status) != b"\x90\x00"
    start = time.monotonic()
    assert card.transmit(status) == b"\x90\x00"
    assert time.monotonic() - start >= 0.05
    with pytest.raises(CardRemovedError):
        card.transmit(status)
    assert card.power_on()
    assert card.transmit(status) == b"\x90\x00"
    assert len(card.log) == 6


def test_another_card_in_its_place(small_model: CardModel) -> None:
    other = SoftCard.new(load("fakemagicsim"))
    card = prepared(small_model, Fault(Kind.SWAP, 2, replacement=other))
    card.transmit(SELECT)
    with pytest.raises(CardRemovedError):
        card.transmit(SELECT)
    assert card.power_on() == other.atr
    assert card.transmit(SELECT) == b"\x6e\x00"


class Foreign:
    """A card that is not ours."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def power_on(self) -> bytes:
        return b"\x3b\x00"

    def power_off(self) -> None:
        self.sent.append(b"off")

    def reset(self) -> bytes:
        return b"\x3b\x00"

    def transmit(self, tpdu: bytes) -> bytes:
        self.sent.append(tpdu)
        return b"\x90\x00"


@pytest.mark.parametrize(("kind", "arrived"), [(Kind.TEAR_BEFORE, False), (Kind.TEAR_AFTER, True)])
def test_any_card_can_be_torn(kind: Kind, arrived: bool) -> None:
    foreign = Foreign()
    card = FaultyCard(foreign, [Fault(kind, 1, writes=True)])
    card.power_on()
    with pytest.raises(CardRemovedError):
        card.transmit(write(1))
    assert foreign.sent == ([write(1)] if arrived else []) + [b"off"]


def test_time_model() -> None:
    """Line: 12 etu a character, F and D from TA1 (ISO/IEC 7816-3 §8.3, §12)."""
    model = TimeModel(clock=3_720_000.0, ta1=0x11, command_seconds=0.0, write_page=16, write_page_seconds=0.005)
    assert model.bit_rate == pytest.approx(10_000)
    assert TimeModel(clock=4_096_000.0, ta1=0x96).bit_rate == pytest.approx(256_000)
    assert model.exchange_seconds(bytes(5), bytes(12)) == pytest.approx(18 * 12 / 10_000)
    update = bytes.fromhex("00d6000011") + bytes(17)
    assert model.exchange_seconds(update, b"\x90\x00") == pytest.approx(25 * 12 / 10_000 + 2 * 0.005)
    assert model.exchange_seconds(update, b"\x69\x82") == pytest.approx(25 * 12 / 10_000)


def test_timed_card(small_model: CardModel) -> None:
    card = TimedCard(SoftCard.new(small_model))
    card.power_on()
    after_reset = card.seconds
    assert 0.02 < after_reset < 0.1
    card.transmit(SELECT)
    assert 0 < card.seconds - after_reset < 0.01
    slow = TimedCard(SoftCard.new(small_model), TimeModel(reset_seconds=0.05), real=True)
    start = time.monotonic()
    slow.reset()
    slow.power_off()
    assert time.monotonic() - start >= 0.05
