"""Tries are remembered per card: a wrong value never goes out twice."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.card.session import Session
from simtool.card.transport import EndpointTransport
from simtool.crypto.secret import Secret
from simtool.errors import CardRemovedError, InputError, RefusedError, WrongPinError
from simtool.files.product import load
from simtool.perso.authorise import present_pin, reading, remember
from simtool.perso.memory.attempts import Attempts, Outcome
from simtool.perso.memory.state_key import StateKey
from simtool.softcard.card import SoftCard
from tests.perso.conftest import PRODUCT, Bench

ICCID = "8949440000001155314"
OTHER = "8988211000000467343"
RIGHT = Secret(b"34173960", kind="adm1")
WRONG = Secret(b"99999999", kind="adm1")
ADM1 = 0x0A


def test_a_wrong_value_is_never_sent_again(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(WrongPinError):
        present_pin(bench.session, "ADM1", ADM1, WRONG, attempts=Attempts(tmp_path), iccid=ICCID)
    later = Attempts(tmp_path)  # another run
    with pytest.raises(RefusedError, match=rf"was not sent: .* wrong for card {ICCID} on \d{{4}}-") as raised:
        present_pin(bench.session, "ADM1", ADM1, WRONG, min_tries=1, attempts=later, iccid=ICCID)
    assert "journal forget" in raised.value.hint
    assert bench.session.verify_tries(ADM1) == 2
    present_pin(bench.session, "ADM1", ADM1, RIGHT, min_tries=1, attempts=later, iccid=ICCID)
    assert later.was_right(ICCID, "ADM1", RIGHT)
    assert later.forget(ICCID) == 1
    bench.session.reset()
    with pytest.raises(WrongPinError):
        present_pin(bench.session, "ADM1", ADM1, WRONG, attempts=later, iccid=ICCID)


def test_the_memory_is_per_card_and_pin(tmp_path: Path) -> None:
    attempts = Attempts(tmp_path)
    attempts.note(ICCID, "ADM1", WRONG, Outcome.WRONG, tries=3)
    attempts.check(OTHER, "ADM1", WRONG, 3)
    attempts.check(ICCID, "PIN1", WRONG, 3)
    attempts.check(ICCID, "ADM1", RIGHT, 3)
    with pytest.raises(RefusedError):
        attempts.check(ICCID, "ADM1", WRONG, 3)
    attempts.changed(ICCID, "ADM1")
    attempts.check(ICCID, "ADM1", WRONG, 3)


def test_what_others_note_is_seen_at_once(tmp_path: Path) -> None:
    """Also after a line that a computer died in, and when the file was put aside for another one."""
    mine, other = Attempts(tmp_path), Attempts(tmp_path)
    for outcome in (Outcome.SENT, Outcome.WRONG, Outcome.RIGHT):
        other.note(ICCID, "ADM1", WRONG, outcome)
        last = mine.last(ICCID, "ADM1", WRONG)
        assert last is not None and last.outcome is outcome
    file = tmp_path / "attempts.jsonl"
    with file.open("a") as stream:
        stream.write(f'{{"iccid": "{ICCID}", "pin": "ADM1", "outc')
    assert mine.was_right(ICCID, "ADM1", WRONG)
    other.note(ICCID, "ADM1", WRONG, Outcome.WRONG)
    assert not mine.was_right(ICCID, "ADM1", WRONG)
    assert [one.outcome for one in mine.all(ICCID)] == [one.outcome for one in Attempts(tmp_path).all(ICCID)]
    file.rename(tmp_path / "old.jsonl")
    assert mine.last(ICCID, "ADM1", WRONG) is None
    other.note(ICCID, "ADM1", RIGHT, Outcome.RIGHT)
    assert mine.was_right(ICCID, "ADM1", RIGHT)
    assert mine.last(ICCID, "ADM1", WRONG) is None


LOST_ANSWERS = [
    # counter before, counter now, may it be sent
    (3, 3, True),
    (2, 3, True),  # it was right: the counter went up
    (3, 2, False),
    (1, 0, False),
    (None, None, False),
    (3, None, False),
    (None, 3, False),
]


@pytest.mark.parametrize(("before", "now", "allowed"), LOST_ANSWERS)
def test_a_lost_answer_is_settled_by_the_counter(before: int | None, now: int | None, allowed: bool) -> None:
    attempts = Attempts()
    attempts.note(ICCID, "ADM1", RIGHT, Outcome.SENT, tries=before)
    # the same run: nothing goes out again by itself
    if allowed:
        attempts.check(ICCID, "ADM1", RIGHT, now)
        return
    for _ in range(2):
        with pytest.raises(RefusedError, match="answer was lost|was wrong"):
            attempts.check(ICCID, "ADM1", RIGHT, now)


def test_a_card_without_a_counter_gets_a_lost_value_once_more_and_not_by_itself(tmp_path: Path) -> None:
    first = Attempts(tmp_path)
    first.note(ICCID, "ADM1", RIGHT, Outcome.SENT)
    with pytest.raises(RefusedError, match="does not tell"):
        first.check(ICCID, "ADM1", RIGHT, None)
    second = Attempts(tmp_path)  # a person starts the command again
    second.check(ICCID, "ADM1", RIGHT, None)
    second.note(ICCID, "ADM1", RIGHT, Outcome.SENT)
    third = Attempts(tmp_path)
    with pytest.raises(RefusedError, match="does not tell"):
        third.check(ICCID, "ADM1", RIGHT, None)
    third.note(ICCID, "ADM1", RIGHT, Outcome.RIGHT)
    third.check(ICCID, "ADM1", RIGHT, None)


def test_a_value_that_was_right_before_is_believed_after_a_tear_within_the_command() -> None:
    """A card lowers its counter before it compares, so a tear there looks like a wrong value."""
    attempts = Attempts()
    attempts.note(ICCID, "ADM1", RIGHT, Outcome.RIGHT, tries=3)
    attempts.note(ICCID, "ADM1", RIGHT, Outcome.SENT, tries=3)
    attempts.check(ICCID, "ADM1", RIGHT, 2)
    attempts.changed(ICCID, "ADM1")
    attempts.note(ICCID, "ADM1", RIGHT, Outcome.SENT, tries=3)
    with pytest.raises(RefusedError):
        attempts.check(ICCID, "ADM1", RIGHT, 2)


@pytest.mark.parametrize(("value", "sent_again"), [(RIGHT, True), (WRONG, False)])
def test_the_link_breaks_while_the_value_is_on_its_way(value: Secret, sent_again: bool) -> None:
    class LosesVerify:
        """A card whose answer to the first VERIFY with a body gets lost."""

        def __init__(self, card: SoftCard) -> None:
            self.power_on, self.power_off, self.reset = card.power_on, card.power_off, card.reset
            self.card, self.lost, self.sent = card, False, 0

        def transmit(self, tpdu: bytes) -> bytes:
            answer = self.card.transmit(tpdu)
            if tpdu[1] == 0x20 and len(tpdu) > 5:
                self.sent += 1
                if not self.lost:
                    self.lost = True
                    raise ConnectionError
            return answer

    endpoint, attempts = LosesVerify(SoftCard.new(load(PRODUCT))), Attempts()
    with Session.open(EndpointTransport(endpoint, "soft")) as session:
        with pytest.raises(CardRemovedError):
            present_pin(session, "ADM1", ADM1, value, attempts=attempts, iccid=ICCID)
        session.reset()
        if sent_again:
            present_pin(session, "ADM1", ADM1, value, attempts=attempts, iccid=ICCID)
        else:
            with pytest.raises(RefusedError, match="a try is gone"):
                present_pin(session, "ADM1", ADM1, value, min_tries=1, attempts=attempts, iccid=ICCID)
        assert endpoint.sent == 1 + sent_again


def test_a_session_remembers_for_all_who_use_it(bench: Bench, tmp_path: Path) -> None:
    said: list[str] = []
    remember(bench.session, Attempts(tmp_path), notice=said.append)
    with pytest.raises(WrongPinError):
        present_pin(bench.session, "ADM1", ADM1, WRONG)
    with pytest.raises(RefusedError, match="was wrong"):
        present_pin(bench.session, "ADM1", ADM1, WRONG, min_tries=1)
    present_pin(bench.session, "ADM1", ADM1, RIGHT, min_tries=1)
    bench.session.reset()
    present_pin(bench.session, "ADM1", ADM1, RIGHT)
    assert [line.split(";")[0] for line in said] == ["ADM1 is sent as 8 ASCII digits"] * 2  # known good: no word
    assert bench.plan()  # reading goes on as if nothing had been selected


READINGS = [
    (b"34173960", "8 ASCII digits"),
    (b"0000\xff\xff\xff\xff", "4 ASCII digits"),
    (bytes.fromhex("a1b2c3d4e5f60718"), "8 raw bytes"),
    (b"\xff" * 8, "8 raw bytes"),
]


@pytest.mark.parametrize(("value", "form"), READINGS)
def test_both_readings_are_told_and_no_value(value: bytes, form: str) -> None:
    text = reading("ADM1", Secret(value, kind="adm1"))
    assert form in text
    assert "not tried" in text
    assert value.hex() not in text
    assert value.decode("latin-1") not in text


def test_no_value_is_kept(tmp_path: Path) -> None:
    Attempts(tmp_path).note(ICCID, "ADM1", RIGHT, Outcome.WRONG)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert RIGHT.reveal() not in kept
    assert RIGHT.reveal().hex().encode() not in kept
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def _note_many(folder: Path, number: int) -> None:
    attempts = Attempts(folder)
    for index in range(20):
        attempts.note(ICCID, f"ADM{number}", Secret(bytes((index,) * 8), kind="adm1"), Outcome.WRONG)


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    """Also the key is made by one of them only."""
    folder = tmp_path / "state"
    workers = [multiprocessing.Process(target=_note_many, args=(folder, number)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    attempts = Attempts(folder)
    assert len(attempts.all(ICCID)) == 80
    for number in range(4):
        with pytest.raises(RefusedError):
            attempts.check(ICCID, f"ADM{number}", Secret(b"\x13" * 8, kind="adm1"), 3)


@given(st.data())
def test_a_torn_line_loses_nothing_else(data: st.DataObject) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        Attempts(folder).note(ICCID, "ADM1", WRONG, Outcome.WRONG)
        file = folder / "attempts.jsonl"
        Attempts(folder).note(ICCID, "ADM1", RIGHT, Outcome.SENT, tries=3)
        raw = file.read_bytes()
        first = raw.index(b"\n") + 1
        file.write_bytes(raw[: data.draw(st.integers(first, len(raw)))])
        Attempts(folder).note(ICCID, "ADM1", RIGHT, Outcome.RIGHT)
        attempts = Attempts(folder)
        assert attempts.was_right(ICCID, "ADM1", RIGHT)
        with pytest.raises(RefusedError):
            attempts.check(ICCID, "ADM1", WRONG, 3)


def test_seals_open_with_the_same_key_and_context_only(tmp_path: Path) -> None:
    sealed = StateKey.of(tmp_path).seal(b"value", "place")
    assert StateKey.of(tmp_path).unseal(sealed, "place") == b"value"
    with pytest.raises(InputError, match="another key"):
        StateKey.of(tmp_path / "other").unseal(sealed, "place")
    with pytest.raises(InputError):
        StateKey.of(tmp_path).unseal(sealed, "elsewhere")
    (tmp_path / "state.key").write_bytes(b"short")
    with pytest.raises(InputError, match="not a key"):
        StateKey.of(tmp_path)
