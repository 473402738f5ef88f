"""Contact faults: powered off and on the card comes back and the work goes on; if not, the card is called bad."""

from __future__ import annotations

from pathlib import Path

import pytest

import simtool
from simtool.card.transport import EndpointTransport
from simtool.errors import CardError, CardRemovedError, RefusedError, StatusError, WrongPinError
from simtool.perso.apply import REPOWER, carry_out
from simtool.perso.memory.attempts import Attempts
from simtool.perso.memory.journal import Journals
from simtool.perso.memory.journal_file import StepState
from simtool.perso.report import EndState
from simtool.softcard.card import SoftCard
from tests.perso.rig import Reader, Rig, memory_of
from tests.perso.test_tearing import finished, rig_of


def opened(reader: object, rig: Rig) -> simtool.Session:
    session = simtool.Session.open(EndpointTransport(reader, "soft"))  # type: ignore[arg-type]
    simtool.identify(session, product=rig.product)
    return session


@pytest.mark.parametrize("product", ["sysmoISIM-SJA5", "sysmoUSIM-SJS1"])
def test_the_contact_breaks_once_at_every_command(product: str) -> None:
    """One visit is enough; CHANGE PIN, which cannot be repeated, is looked at first."""
    rig = rig_of(product)
    reference, plan, exchanges = finished(rig)
    wanted = memory_of(reference)
    for at in range(exchanges):
        for after in (False, True):
            card = rig.card()
            with opened(Reader(card, at, after, breaks=1), rig) as session:
                report = carry_out(plan, session)
            where = f"exchange {at} {'after' if after else 'before'}: {report}"
            assert (report.end, report.repowered) == (EndState.GOOD, 1), where
            assert memory_of(card) == wanted, where


@pytest.mark.parametrize(("breaks", "end"), [(REPOWER, EndState.GOOD), (100, EndState.UNFINISHED)])
def test_how_often(breaks: int, end: EndState) -> None:
    """While the card does not even answer to the check of its ICCID, it counts as gone."""
    rig = rig_of("sysmoISIM-SJA5")
    plan = finished(rig)[1]
    with opened(Reader(rig.card(), 30, breaks=breaks), rig) as session:
        assert carry_out(plan, session, simtool.Options(repower=3)).end is end


def test_without_repowering_the_first_fault_ends_it() -> None:
    rig = rig_of("sysmoISIM-SJA5")
    plan = finished(rig)[1]
    with opened(Reader(rig.card(), 30, breaks=1), rig) as session:
        report = carry_out(plan, session, simtool.Options(repower=0))
    assert (report.end, report.repowered) == (EndState.UNFINISHED, 0)
    assert isinstance(report.error, CardRemovedError)
    assert "put the same card back" in report.error.hint


class Answers(Reader):
    """A reader whose card gives another answer to the UPDATE of one file, so many times."""

    def __init__(self, card: SoftCard, start: str, answer: str, times: int) -> None:
        super().__init__(card)
        self.start, self.answer, self.left = bytes.fromhex(start), bytes.fromhex(answer), times

    def transmit(self, tpdu: bytes) -> bytes:
        if self.left and tpdu.startswith(self.start):
            self.left -= 1
            return self.answer
        return super().transmit(tpdu)


UPDATES = "00d6"
FAULTS = [
    # what the card says to UPDATE BINARY, how often, end, times powered off and on, error
    ("6581", 1, EndState.GOOD, 1, None),  # memory problem: once may be the contact
    ("6f00", 2, EndState.GOOD, 2, None),
    ("6581", 99, EndState.REJECTED, REPOWER, StatusError),
    ("6a80", 1, EndState.REJECTED, 0, StatusError),  # a refusal is a refusal
    ("6982", 1, EndState.REJECTED, 0, StatusError),
    ("", 1, EndState.GOOD, 1, None),  # no answer
    ("90", 99, EndState.REJECTED, REPOWER, CardError),
]


@pytest.mark.parametrize(("answer", "times", "end", "repowered", "error"), FAULTS)
def test_a_card_fault_is_not_a_contact_fault(
    answer: str, times: int, end: EndState, repowered: int, error: type | None, tmp_path: Path
) -> None:
    rig, journals = rig_of("sysmoISIM-SJA5"), Journals(tmp_path)
    with opened(Answers(rig.card(), UPDATES, answer, times), rig) as session:
        job = rig.prepare(session)
        run = journals.begin(job.plan, job.current)
        report = carry_out(run.plan, session, simtool.Options(journal=run))
    assert (report.end, report.repowered) == (end, repowered)
    assert isinstance(report.error, error) if error else report.error is None
    entry = journals.find(run.id)
    assert entry.end is end
    assert len(entry.notes) == repowered
    if error is StatusError:
        failed = next(step for step in entry.steps if step.state is StepState.FAILED)
        assert answer.upper() in failed.cause
        assert answer.upper() in entry.cause


class Forgets(Reader):
    """A card that takes the UPDATE of one file and keeps nothing, so many times."""

    def __init__(self, card: SoftCard, times: int) -> None:
        super().__init__(card)
        self.left = times

    def transmit(self, tpdu: bytes) -> bytes:
        if self.left and tpdu[1] == 0xD6:
            self.left -= 1
            return super().transmit(bytes((tpdu[0], 0xB0, tpdu[2], tpdu[3], 1)))[-2:]  # selects by SFI all the same
        return super().transmit(tpdu)


@pytest.mark.parametrize(("times", "end"), [(1, EndState.GOOD), (2, EndState.REJECTED)])
def test_what_was_written_is_not_there(times: int, end: EndState, tmp_path: Path) -> None:
    rig, journals = rig_of("sysmoISIM-SJA5"), Journals(tmp_path)
    with opened(Forgets(rig.card(), times), rig) as session:
        job = rig.prepare(session)
        run = journals.begin(job.plan, job.current)
        report = simtool.apply(run.plan, session, simtool.Options(journal=run))
    assert (report.end, report.repowered) == (end, 1)
    assert [mismatch.reason for mismatch in report.mismatches] == ["the card does not hold what was just written"] * (
        end is EndState.REJECTED
    )
    assert journals.find(run.id).end is end


def test_another_card_in_the_reader_is_left_alone() -> None:
    """The reader loses the card, and when the power comes back there is another one."""
    rig = rig_of("sysmoUSIM-SJS1")
    plan = finished(rig)[1]
    other = rig.card()
    iccid = other.files.by_path["MF/EF.ICCID"]
    other.write(iccid, bytes.fromhex("98001032547698103214"))
    other.commit()
    before = memory_of(other)

    class Swaps(Reader):
        def power_on(self) -> bytes:
            if self.lost:
                self.card = other
            return super().power_on()

    with opened(Swaps(rig.card(), 20, breaks=1), rig) as session, pytest.raises(RefusedError, match="the reader holds"):
        simtool.apply(plan, session)
    assert memory_of(other) == before


def test_the_answer_to_a_wrong_adm_gets_lost() -> None:
    """The one case where repeating would cost: the counter tells, and the value is not sent again."""
    rig = rig_of("sysmoISIM-SJA5")
    plan = finished(rig)[1]
    verify = next(number for number, tpdu in enumerate(sent_by(rig, plan)) if tpdu[1] == 0x20 and len(tpdu) > 5)
    card = rig.card()
    node = card.files.by_path["MF/DF.SYSTEM/EF.ADM1"]
    card.write(node, node.content.data.replace(b"34173960", b"11111111"))
    card.commit()
    with opened(Reader(card, verify, after=True, breaks=1), rig) as session:
        report = carry_out(plan, session)
        assert report.end is EndState.UNTOUCHED
        assert isinstance(report.error, RefusedError)
        assert "a try is gone" in report.cause
        assert session.verify_tries(0x0A) == 2


def test_a_wrong_adm_leaves_the_card_untouched() -> None:
    rig = rig_of("sysmoISIM-SJA5")
    plan = finished(rig)[1]
    card, attempts = rig.card(), Attempts()
    node = card.files.by_path["MF/DF.SYSTEM/EF.ADM1"]
    card.write(node, node.content.data.replace(b"34173960", b"11111111"))
    card.commit()
    with opened(card, rig) as session:
        first = carry_out(plan, session, simtool.Options(attempts=attempts))
        second = carry_out(plan, session, simtool.Options(attempts=attempts))
        assert session.verify_tries(0x0A) == 2
    assert (first.end, second.end) == (EndState.UNTOUCHED, EndState.UNTOUCHED)
    assert isinstance(first.error, WrongPinError)
    assert isinstance(second.error, RefusedError)


def sent_by(rig: Rig, plan: simtool.Plan) -> list[bytes]:
    """The commands of a plan on a card that works."""

    class Listens(Reader):
        heard: list[bytes]

        def transmit(self, tpdu: bytes) -> bytes:
            self.heard.append(tpdu)
            return super().transmit(tpdu)

    reader = Listens(rig.card())
    reader.heard = []
    with opened(reader, rig) as session:
        simtool.apply(plan, session)
    return reader.heard
