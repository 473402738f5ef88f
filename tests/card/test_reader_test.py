"""Measuring readers on made-up seats: what is counted, and that a card which comes and goes does not stop a test."""

from __future__ import annotations

import pytest

from simtool.card.reader_test import MAX_LOST, Measured, ReaderUnderTest, Seat, Trouble, measure_readers
from simtool.card.transport import CardEndpoint, EndpointTransport, Protocol, Transport
from simtool.errors import CardRemovedError, ReaderError
from simtool.files.product import load
from simtool.softcard.card import SoftCard
from simtool.softcard.faults import Fault, FaultyCard, Kind


class FaultEndpoint:
    """A faulty card as a reader in this process sees it: a lost card breaks the connection."""

    def __init__(self, card: FaultyCard, *, comes_back: bool = True) -> None:
        self.card = card
        self._comes_back = comes_back
        self._gone = False

    def power_on(self) -> bytes:
        if self._gone and not self._comes_back:
            raise ConnectionError
        return self.card.power_on()

    def power_off(self) -> None:
        self.card.power_off()

    def reset(self) -> bytes:
        return self.card.reset()

    def transmit(self, tpdu: bytes) -> bytes:
        try:
            return self.card.transmit(tpdu)
        except CardRemovedError as error:
            self._gone = True
            raise ConnectionError from error


class MadeUpSeat(Seat):
    """Readers by name with a card each; no time passes."""

    def __init__(self, **cards: CardEndpoint) -> None:
        self.cards = cards
        self.troubles: dict[str, Trouble] = {}
        self.away: set[str] = set()
        self.opened: list[str] = []

    def open(self, reader: ReaderUnderTest) -> Transport:
        self.opened.append(reader.name)
        if reader.name not in self.cards:
            raise ReaderError(f"{reader.name}: another program uses the card")
        return EndpointTransport(self.cards[reader.name], reader.name)

    def look(self, reader: ReaderUnderTest) -> Trouble | None:
        return self.troubles.get(reader.name)

    def pause(self) -> None:
        pass

    def await_card(self, reader: ReaderUnderTest, seconds: float) -> bool:
        return reader.name not in self.away


def soft_card() -> SoftCard:
    return SoftCard.new(load("sysmoISIM-SJA5"))


def faulty(*faults: Fault, comes_back: bool = True) -> FaultEndpoint:
    return FaultEndpoint(FaultyCard(soft_card(), faults, seed=1), comes_back=comes_back)


def measure(seat: MadeUpSeat, *names: str, rounds: int = 20, resets: int = 3) -> tuple[Measured, ...]:
    return measure_readers([ReaderUnderTest(name) for name in names], seat=seat, rounds=rounds, resets=resets)


def test_a_good_reader() -> None:
    lines: list[str] = []
    readers = [ReaderUnderTest("a", "1"), ReaderUnderTest("b")]
    seat = MadeUpSeat(a=soft_card(), b=soft_card())
    one, other = measure_readers(readers, seat=seat, rounds=5, resets=2, progress=lines.append)
    assert (one.trouble, one.protocol, one.atr, one.resets, one.mute, one.other_atrs) == (
        None, Protocol.T0, soft_card().atr, 2, 0, 0,
    )  # fmt: skip
    assert (one.alone.rounds, one.alone.failed, one.alone.given_up) == (5, 0, False)
    assert 0 < one.alone.median <= one.alone.worst
    assert one.alone.bytes_per_second > 0
    assert one.together is not None and one.together.failed == 0 and other.together is not None
    assert lines == ["slot 1: alone", "b: alone", "all 2 at once"]


def test_nothing_on_the_card_changes() -> None:
    """A round selects and reads; no other command goes out."""
    sent: list[bytes] = []
    card = soft_card()

    class Watched(FaultEndpoint):
        def transmit(self, tpdu: bytes) -> bytes:
            sent.append(tpdu)
            return super().transmit(tpdu)

    measure(MadeUpSeat(a=Watched(FaultyCard(card, ()))), "a", rounds=2)
    assert {tpdu[1] for tpdu in sent} == {0xA4, 0xB0, 0xC0}  # SELECT, READ BINARY, GET RESPONSE


def test_a_classic_sim_is_spoken_to_as_one() -> None:
    class ClassicSim:
        """Class A0 alone, and only what a round needs (TS 51.011 §9.2)."""

        def __init__(self) -> None:
            self.answers = {
                "a0a40000023f00": "9f16", "a0a40000022fe2": "9f0f", "a0b000000a": "98" * 10 + "9000",
            }  # fmt: skip

        def power_on(self) -> bytes:
            return bytes.fromhex("3b00")

        def power_off(self) -> None:
            pass

        reset = power_on

        def transmit(self, tpdu: bytes) -> bytes:
            if tpdu[0] != 0xA0:
                return bytes.fromhex("6e00")
            if tpdu[1] == 0xC0:
                return bytes(tpdu[4]) + b"\x90\x00"
            return bytes.fromhex(self.answers[tpdu.hex()])

    (measured,) = measure(MadeUpSeat(a=ClassicSim()), "a")
    assert measured.alone.failed == 0


FAULTS: list[tuple[list[Fault], int, int]] = [
    # faults, rounds lost, rounds garbled
    ([Fault(Kind.CONTACT_LOSS, 12)], 1, 0),
    ([Fault(Kind.CONTACT_LOSS, 12), Fault(Kind.CONTACT_LOSS, 40)], 2, 0),
    ([Fault(Kind.MUTE, 12)], 0, 1),  # in this process a mute card answers nothing; it is there at power-on
    ([Fault(Kind.WRONG_SW, 12, sw=0x6F00)], 0, 1),
    ([Fault(Kind.CORRUPT, 11), Fault(Kind.CORRUPT, 31)], 0, 2),
    # the commands of a round and the one that asks for the class: 1 + 5 each
    ([Fault(Kind.WRONG_SW, 1, sw=0x6E00)], 0, 0),  # asked twice before a card counts as a SIM
]


@pytest.mark.parametrize(("faults", "lost", "garbled"), FAULTS)
def test_failures_are_counted_once_each(faults: list[Fault], lost: int, garbled: int) -> None:
    (measured,) = measure(MadeUpSeat(a=faulty(*faults)), "a")
    assert (measured.alone.rounds, measured.alone.lost, measured.alone.garbled) == (20, lost, garbled)
    assert not measured.alone.given_up


def test_the_usual_answers_are_the_most_frequent_ones() -> None:
    """Also when the very first ones are wrong."""
    (measured,) = measure(MadeUpSeat(a=faulty(Fault(Kind.CORRUPT, 2, times=10))), "a")
    assert measured.alone.garbled == 2


def test_a_card_that_stays_away_ends_the_test() -> None:
    seat = MadeUpSeat(a=faulty(Fault(Kind.CONTACT_LOSS, 12), comes_back=False))
    seat.away.add("a")
    (measured,) = measure(seat, "a")
    assert measured.alone.given_up
    assert (measured.alone.rounds, measured.alone.lost) == (3, 1)


def test_a_card_lost_too_often_ends_the_test() -> None:
    (measured,) = measure(MadeUpSeat(a=faulty(Fault(Kind.CONTACT_LOSS, 7, times=10**6))), "a", rounds=50)
    assert (measured.alone.lost, measured.alone.given_up) == (MAX_LOST, True)


def test_readers_that_cannot_be_tested() -> None:
    seat = MadeUpSeat(good=soft_card())
    seat.troubles = {"empty": Trouble.NO_CARD, "mute": Trouble.MUTE}
    empty, mute, used, good = measure(seat, "empty", "mute", "used", "good")
    assert [one.trouble for one in (empty, mute, used, good)] == [
        Trouble.NO_CARD, Trouble.MUTE, Trouble.REFUSED, None,
    ]  # fmt: skip
    assert used.words == "used: another program uses the card"
    assert good.together is None  # there is nobody to be tested together with
    assert seat.opened == ["used", "good"]


def test_atrs_that_differ_and_power_ons_without_answer() -> None:
    class Unsteady(SoftCard):
        count = 0

        def power_on(self) -> bytes:
            self.count += 1
            atr = super().power_on()
            if self.count == 5:
                raise ConnectionError
            return b"\x3b\x00" if self.count in (3, 4) else atr

    card = Unsteady.new(load("sysmoISIM-SJA5"))
    (measured,) = measure(MadeUpSeat(a=card), "a", resets=10)
    assert (measured.atr, measured.other_atrs, measured.mute) == (card.atr, 2, 1)
    assert measured.alone.failed == 0


def test_a_reader_that_fails_only_beside_others() -> None:
    """Alone it is good: the fault strikes in the second series."""
    weak = faulty(Fault(Kind.CONTACT_LOSS, 1 + 5 * 20 + 30))
    measured, other = measure(MadeUpSeat(a=weak, b=soft_card()), "a", "b")
    assert measured.alone.failed == 0
    assert measured.together is not None and measured.together.lost == 1
    assert other.together is not None and other.together.failed == 0
