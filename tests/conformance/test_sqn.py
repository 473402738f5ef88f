"""Which sequence numbers a USIM takes (TS 33.102 §6.3.3, Annex C.1 and C.2).

Five bits of IND, as in all profiles of Annex C.3: SQN = SEQ * 32 + IND. The array starts at zero unless said otherwise.
"""

from __future__ import annotations

import pytest

from simtool.crypto.aka import make_vector, open_auts
from tests.conformance.bench import Bench
from tests.conformance.keys import milenage_sets, ready, sqn_fields
from tests.conformance.survey import USIM
from tests.conformance.test_authenticate import challenge

pytestmark = pytest.mark.needs("uicc", "usim_keys", "adm", "PIN1")

SET = milenage_sets()[2]
DELTA = 1 << 28  # C.3: the limit of the jump, in steps of SEQ


def sqn(seq: int, ind: int) -> int:
    return seq << 5 | ind


OK, STALE = True, False

# Each row: what, clause, the (SEQ, IND) that are tried one after the other with what becomes of them.
WALKS = [
    ("each number once", "C.2.2", [((1, 0), OK), ((1, 0), STALE)]),
    ("upwards", "C.2.2", [((1, 0), OK), ((2, 0), OK), ((3, 0), OK)]),
    ("not backwards", "C.2.2", [((5, 0), OK), ((4, 0), STALE), ((6, 0), OK)]),
    ("each IND has its own place", "C.1.2, C.2.2", [((9, 1), OK), ((3, 2), OK), ((9, 1), STALE), ((4, 2), OK)]),
    ("the same SEQ with another IND", "C.2.2", [((7, 0), OK), ((7, 1), OK), ((7, 31), OK), ((7, 31), STALE)]),
    ("SEQ zero is not above zero", "C.2.2: greater than", [((0, 3), STALE), ((1, 3), OK)]),
    ("a refused number leaves the array", "C.2.2", [((5, 4), OK), ((2, 4), STALE), ((5, 4), STALE), ((6, 4), OK)]),
]


@pytest.mark.parametrize(("clause", "walk"), [r[1:] for r in WALKS], ids=[r[0] for r in WALKS])
def test_walk(bench: Bench, clause: str, walk: list[tuple[tuple[int, int], bool]]) -> None:
    alg = ready(bench, USIM, SET)
    highest = 0
    for (seq, ind), taken in walk:
        vector = make_vector(alg, SET["rand"], sqn(seq, ind), b"\x80\x00")
        answer = bench.expect(challenge(vector.rand, vector.autn), why=clause)
        assert answer[0] == (0xDB if taken else 0xDC), f"{clause}: SEQ {seq} IND {ind}"
        if taken:
            highest = max(highest, sqn(seq, ind))
        else:
            told = open_auts(alg, SET["rand"], answer[2:])
            assert told >> 5 == highest >> 5, f"{clause}: AUTS tells the highest SEQ accepted (C.2.2, §6.3.3)"


def test_auts_tells_the_highest(bench: Bench) -> None:
    """§6.3.3, C.2: SQN_MS is the highest number accepted, of whichever IND."""
    alg = ready(bench, USIM, SET)
    for seq, ind in ((3, 0), (9, 5), (4, 7)):
        vector = make_vector(alg, SET["rand"], sqn(seq, ind), b"\x80\x00")
        assert bench.expect(challenge(vector.rand, vector.autn))[0] == 0xDB
    stale = make_vector(alg, SET["rand"], sqn(4, 7), b"\x80\x00")
    answer = bench.expect(challenge(stale.rand, stale.autn))
    assert open_auts(alg, SET["rand"], answer[2:]) == sqn(9, 5)


def test_resynchronisation(bench: Bench) -> None:
    """§6.3.5: after AUTS the network goes on above SQN_MS, and the card accepts."""
    alg = ready(bench, USIM, SET, sqn_fields(sqn(1000, 0)))
    old = make_vector(alg, SET["rand"], sqn(5, 1), b"\x80\x00")
    answer = bench.expect(challenge(old.rand, old.autn))
    assert answer[0] == 0xDC
    told = open_auts(alg, SET["rand"], answer[2:])
    fresh = make_vector(alg, SET["rand"], ((told >> 5) + 1) << 5 | 1, b"\x80\x00")
    assert bench.expect(challenge(fresh.rand, fresh.autn))[0] == 0xDB


JUMPS = [("exactly delta", DELTA, OK), ("one more", DELTA + 1, STALE)]


@pytest.mark.needs("sqn_delta")
@pytest.mark.parametrize(("step", "taken"), [r[1:] for r in JUMPS], ids=[r[0] for r in JUMPS])
def test_delta(bench: Bench, step: int, taken: bool) -> None:
    """C.2.1: a SEQ more than delta above SEQ_MS is not accepted."""
    start = 77
    limits = sqn_fields(sqn(start, 0), delta=True) | {"delta": sqn(DELTA, 0).to_bytes(6)}
    alg = ready(bench, USIM, SET, limits)
    vector = make_vector(alg, SET["rand"], sqn(start + step, 3), b"\x80\x00")
    answer = bench.expect(challenge(vector.rand, vector.autn))
    assert answer[0] == (0xDB if taken else 0xDC)
    if not taken:
        assert open_auts(alg, SET["rand"], answer[2:]) >> 5 == start


AGES = [("just young enough", 9, OK), ("just too old", 10, STALE)]


@pytest.mark.needs("sqn_age")
@pytest.mark.parametrize(("behind", "taken"), [r[1:] for r in AGES], ids=[r[0] for r in AGES])
def test_age(bench: Bench, behind: int, taken: bool) -> None:
    """C.2.2: with an age limit L a SEQ is accepted only if SEQ_MS - SEQ < L, even if its IND has room."""
    limits = sqn_fields(sqn(10, 0), age=True) | {"age_limit": sqn(10, 0).to_bytes(6)}
    alg = ready(bench, USIM, SET, limits)
    ahead = make_vector(alg, SET["rand"], sqn(100, 0), b"\x80\x00")
    assert bench.expect(challenge(ahead.rand, ahead.autn))[0] == 0xDB
    late = make_vector(alg, SET["rand"], sqn(100 - behind, 1), b"\x80\x00")
    assert bench.expect(challenge(late.rand, late.autn))[0] == (0xDB if taken else 0xDC)
