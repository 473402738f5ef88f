"""Sequence numbers (TS 33.102 Annex C): tables at the borders, and a model that plays many challenges."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from simtool.crypto.sqn import SQN_MAX, SqnConfig, SqnVerdict, SqnWindow, next_sqn, resync
from simtool.errors import EncodeError

C = SqnConfig()
DELTA = 1 << 28
A, OLD, FAR, AGED = SqnVerdict.ACCEPT, SqnVerdict.TOO_OLD, SqnVerdict.TOO_FAR, SqnVerdict.TOO_AGED


def window(config: SqnConfig = C, **at: int) -> SqnWindow:
    """Window with SEQ set at some IND: `window(i3=7)`."""
    values = [0] * config.entries
    for name, seq in at.items():
        values[int(name[1:])] = seq
    return SqnWindow(config, tuple(values))


@pytest.mark.parametrize(
    ("state", "seq", "ind", "verdict"),
    [
        (window(), 0, 0, OLD),  # the first entry is 0 and SEQ must be greater, C.2.2
        (window(), 1, 0, A),
        (window(), 1, 31, A),
        (window(), DELTA, 0, A),  # C.2.1: SEQ - SEQ_MS <= delta
        (window(), DELTA + 1, 0, FAR),
        (window(i3=10), 10, 3, OLD),  # C.2.2 (b)
        (window(i3=10), 11, 3, A),
        (window(i3=10), 1, 4, A),  # out of order over IND
        (window(i3=10), DELTA + 10, 4, A),  # delta counts from the highest of all
        (window(i3=10), DELTA + 11, 4, FAR),
        (window(SqnConfig(age_limit=32), i3=100), 69, 4, A),  # SEQ_MS - SEQ < L
        (window(SqnConfig(age_limit=32), i3=100), 68, 4, AGED),
        (window(SqnConfig(delta=None)), C.seq_max, 0, A),
        (window(SqnConfig(check_freshness=False), i3=10), 10, 3, A),
        (window(SqnConfig(ind_bits=0), i0=5), 5, 0, OLD),
        (window(SqnConfig(ind_bits=0), i0=5), 6, 0, A),
    ],
)
def test_verdicts(state: SqnWindow, seq: int, ind: int, verdict: SqnVerdict) -> None:
    sqn = state.config.join(seq, ind)
    assert state.check(sqn) is verdict
    got, after = state.accept(sqn)
    assert got is verdict
    if verdict is A:
        assert after.highest[ind] == max(seq, state.highest[ind])
        assert after.highest[:ind] + after.highest[ind + 1 :] == state.highest[:ind] + state.highest[ind + 1 :]
    else:
        assert after is state


@pytest.mark.parametrize(
    ("state", "sqn_ms"),
    [
        (window(), 0),
        (window(i3=10), 10 << 5 | 3),
        (window(i3=10, i7=10), 10 << 5 | 7),
        (window(i3=11, i7=10), 11 << 5 | 3),
    ],
)
def test_sqn_ms(state: SqnWindow, sqn_ms: int) -> None:
    assert state.sqn_ms() == sqn_ms


@given(st.integers(0, SQN_MAX), st.integers(0, 15))
def test_split_and_join(sqn: int, ind_bits: int) -> None:
    config = SqnConfig(ind_bits)
    seq, ind = config.split(sqn)
    assert config.join(seq, ind) == sqn
    assert seq <= config.seq_max and ind < config.entries


def test_refusals() -> None:
    for call in (
        lambda: SqnConfig(16),
        lambda: SqnConfig(-1),
        lambda: SqnConfig(delta=0),
        lambda: SqnConfig(age_limit=0),
        lambda: C.split(SQN_MAX + 1),
        lambda: C.split(-1),
        lambda: C.join(C.seq_max + 1, 0),
        lambda: C.join(0, 32),
        lambda: SqnWindow(C, (0,) * 31),
        lambda: SqnWindow(C, (C.seq_max + 1,) + (0,) * 31),
        lambda: next_sqn(0, 32),
        lambda: next_sqn(SQN_MAX, 0),  # SEQ never wraps, C.2.1
    ):
        with pytest.raises(EncodeError):
            call()


@pytest.mark.parametrize(
    ("he", "ms", "after"),
    [
        (100 << 5, 50 << 5, 100 << 5),  # the card would take 101: nothing to do, TS 33.102 §6.3.5
        (100 << 5, 100 << 5 | 9, 100 << 5),
        (100 << 5, 101 << 5 | 9, 101 << 5 | 9),
        (100 << 5, 5000 << 5 | 9, 5000 << 5 | 9),
        ((DELTA + 9) << 5, 10 << 5, (DELTA + 9) << 5),
        ((DELTA + 10) << 5, 10 << 5, 10 << 5),  # the network ran too far ahead of the card
    ],
)
def test_resync(he: int, ms: int, after: int) -> None:
    assert resync(he, ms) == after


SEQS = st.integers(1, 1 << 40)


@given(st.integers(0, SQN_MAX - (1 << 30)), st.lists(SEQS, min_size=1, max_size=4), st.integers(0, 31))
def test_after_resync_the_next_number_is_taken(he: int, seqs: list[int], ind: int) -> None:
    state = SqnWindow(C, tuple(seqs) + (0,) * (C.entries - len(seqs)))
    assert state.check(next_sqn(resync(he, state.sqn_ms()), ind)) is A


class Challenges(RuleBasedStateMachine):
    """A home network and an attacker who delays, repeats and invents sequence numbers, against one card."""

    @initialize(age=st.sampled_from([None, 1, 4, 32]), ind_bits=st.integers(0, 3))
    def start(self, age: int | None, ind_bits: int) -> None:
        self.config = SqnConfig(ind_bits, delta=50, age_limit=age)
        self.window = SqnWindow.fresh(self.config)
        self.last = 0
        self.sent: list[int] = []
        self.accepted: list[int] = []

    def offer(self, sqn: int) -> SqnVerdict:
        verdict, self.window = self.window.accept(sqn)
        if verdict is A:
            seq, ind = self.config.split(sqn)
            earlier = [self.config.split(old) for old in self.accepted]
            top = max((s for s, _ in earlier), default=0)
            assert sqn not in self.accepted, "accepted twice"
            assert all(s < seq for s, i in earlier if i == ind), "behind its own IND"
            assert seq - top <= 50
            assert self.config.age_limit is None or top - seq < self.config.age_limit
            self.accepted.append(sqn)
        return verdict

    @rule(ind=st.integers(0, 7))
    def network_sends(self, ind: int) -> None:
        self.last = next_sqn(self.last, ind % self.config.entries, self.config)
        self.sent.append(self.last)
        seq, top = self.config.split(self.last)[0], self.config.split(self.window.sqn_ms())[0]
        verdict = self.offer(self.last)
        if top < seq <= top + 50:
            assert verdict is A, "a new number was refused"

    @rule(ind=st.integers(0, 7), steps=st.integers(1, 60))
    def network_sends_into_the_void(self, ind: int, steps: int) -> None:
        for _ in range(steps):
            self.last = next_sqn(self.last, ind % self.config.entries, self.config)
            self.sent.append(self.last)

    @rule(back=st.integers(0, 80))
    def delayed_or_repeated(self, back: int) -> None:
        if self.sent:
            self.offer(self.sent[max(-len(self.sent), -1 - back)])

    @rule(seq=st.integers(0, 400), ind=st.integers(0, 7))
    def invented(self, seq: int, ind: int) -> None:
        self.offer(self.config.join(seq, ind % self.config.entries))

    @rule(ind=st.integers(0, 7))
    def resynchronise(self, ind: int) -> None:
        self.last = resync(self.last, self.window.sqn_ms(), self.config)
        self.last = next_sqn(self.last, ind % self.config.entries, self.config)
        assert self.offer(self.last) is A

    @invariant()
    def reports_the_highest(self) -> None:
        if hasattr(self, "accepted"):
            assert self.window.sqn_ms() == max(self.accepted, default=0)


Challenges.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestChallenges = Challenges.TestCase
