"""Status words in words (TS 102 221 §10.2, TS 51.011 §9.4)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.card.status import Kind, contexts, describe, explain
from simtool.codec.apdu import StatusWord

WORDS = [
    # status word, context, kind, a part of the text
    (0x9000, "uicc", Kind.OK, "done"),
    (0x9110, "uicc", Kind.OK, "16 bytes"),
    (0x6109, "uicc", Kind.OK, "9 response bytes"),
    (0x9300, "uicc", Kind.BUSY, "busy"),
    (0x63C2, "uicc", Kind.WARNING, "at 2"),
    (0x63C0, "uicc", Kind.WARNING, "at 0"),
    (0x6282, "uicc", Kind.WARNING, "ended"),
    (0x6299, "uicc", Kind.WARNING, "without a known meaning"),
    (0x6A82, "uicc", Kind.ERROR, "not found"),
    (0x6A99, "uicc", Kind.ERROR, "wrong parameters"),
    (0x9862, "usim", Kind.ERROR, "MAC of AUTN"),
    (0x9862, "uicc", Kind.ERROR, "authentication error"),
    (0x9864, "isim", Kind.ERROR, "security context"),
    (0x6982, "isim", Kind.ERROR, "access condition"),
    (0x9F16, "sim_2g", Kind.OK, "22 response bytes"),
    (0x9F16, "uicc", Kind.ERROR, "without a known meaning"),
    (0x9203, "sim_2g", Kind.OK, "3 internal retries"),
    (0x9240, "sim_2g", Kind.ERROR, "memory failure"),
    (0x9804, "sim_2g", Kind.ERROR, "wrong CHV"),
    (0x6B01, "sim_2g", Kind.ERROR, "P1 or P2"),
    (0x6A89, "admin", Kind.ERROR, "exists already"),
    (0x6A82, "globalplatform", Kind.ERROR, "application not found"),
    (0x6310, "globalplatform", Kind.OK, "more data"),
    (0x6300, "globalplatform", Kind.ERROR, "cryptogram"),
    (0x6382, "ara_m", Kind.WARNING, "left out"),
    (0x6250, "toolkit_envelope", Kind.WARNING, "download"),
    (0x1234, "uicc", Kind.ERROR, "without a known meaning"),
]


@pytest.mark.parametrize(("sw", "context", "kind", "part"), WORDS)
def test_explain(sw: int, context: str, kind: Kind, part: str) -> None:
    meaning = explain(sw, context)
    assert (meaning.kind, part in meaning.text) == (kind, True), meaning
    assert meaning.succeeded == (kind in (Kind.OK, Kind.WARNING))


@given(st.integers(0, 0xFFFF), st.sampled_from(contexts()))
def test_every_word_has_a_meaning_in_one_line(sw: int, context: str) -> None:
    meaning = explain(sw, context)
    assert re.fullmatch(r"[^\n{}]+[^.\n]", meaning.text)
    assert "\n" not in meaning.hint


def test_an_unknown_context_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="no context"):
        explain(0x9000, "gsm")


def test_describe() -> None:
    assert describe(StatusWord(0x6A82)) == "6A82 file or application not found"
