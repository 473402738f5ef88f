"""Transcripts: what was recorded comes back, anything else is refused, nothing leaks."""

from __future__ import annotations

import io
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.card.replay import HEAD, RecordingTransport, ReplayTransport
from simtool.card.session import Session
from simtool.card.transport import Protocol
from simtool.errors import CardError, CardRemovedError, InputError, ReaderError
from tests.card.scripted import ATR_T0, ScriptedTransport

TRANSCRIPT = """\
# a card of 2004
ATR 3b00

> 0020000a083132333435363738   # the ADM
< 9000
RESET warm
ATR 3b01aa
> 00a4000c023f00
< 9000
"""
VERIFY = bytes.fromhex("0020000a083132333435363738")
SELECT = bytes.fromhex("00a4000c023f00")


def test_replay() -> None:
    card = ReplayTransport(TRANSCRIPT)
    assert (card.atr, card.protocol) == (b"\x3b\x00", Protocol.T0)
    assert card.exchange(VERIFY) == b"\x90\x00"
    assert card.reset(cold=False) == card.atr == b"\x3b\x01\xaa"
    assert not card.finished
    assert card.exchange(SELECT) == b"\x90\x00"
    assert card.finished
    card.close()


DEVIATIONS = [
    # what is asked, words of the refusal (place first)
    (SELECT, "t:4: the command 0020000a was recorded, 00a4000c is asked for"),
    (VERIFY[:-1] + b"9", "t:4: the command 0020000a was recorded with other data"),
    (VERIFY[:-1], "t:4: the command 0020000a was recorded with 13 bytes, not 12"),
]


@pytest.mark.parametrize(("tpdu", "words"), DEVIATIONS)
def test_a_deviation_is_named_and_shows_no_data(tpdu: bytes, words: str) -> None:
    card = ReplayTransport(TRANSCRIPT, "t")
    with pytest.raises(CardError) as caught:
        card.exchange(tpdu)
    assert str(caught.value) == words
    assert card.exchange(VERIFY) == b"\x90\x00"  # the place is kept


def test_other_deviations() -> None:
    card = ReplayTransport(TRANSCRIPT, "t")
    with pytest.raises(CardError, match="t:4: a cold reset is asked for, '>' was recorded"):
        card.reset()
    card.exchange(VERIFY)
    with pytest.raises(CardError, match="t:6: the command 00a4000c is asked for, 'RESET' was recorded"):
        card.exchange(SELECT)
    with pytest.raises(CardError, match="t:6: a warm reset was recorded, a cold one is asked for"):
        card.reset()
    card.reset(cold=False)
    card.exchange(SELECT)
    with pytest.raises(CardError, match="t:9: the transcript ends before the command 00a4000c"):
        card.exchange(SELECT)


MALFORMED = [
    ("ATR 3b0\n", "t:1: not hex"),
    ("ATR\n", "t:1: not hex"),
    ("ATR 3b00\n\n>\n", "t:3: not hex"),
    ("ATR 3b00\n= 9000\n", "t:2: '=' begins no line of a transcript"),
    ("ATR 3b00\nPROTOCOL T=2\n", "t:2: 'T=2' is not a protocol"),
]


@pytest.mark.parametrize(("text", "words"), MALFORMED)
def test_malformed(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        ReplayTransport(text, "t")


@pytest.mark.parametrize("text", ["", "> 00\n< 9000\n"])
def test_no_atr_first(text: str) -> None:
    with pytest.raises(CardError, match="an ATR"):
        ReplayTransport(text)


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "card.txt"
    inner = ScriptedTransport([("00a4000c023f00", "9000"), ("00b0000002", "01029000")], protocol=Protocol.T0)
    with Session.open(RecordingTransport.to_file(inner, path)) as session:
        session.select_mf()
        session.reset(cold=False)
        session.read_binary(2)
    assert inner.closed
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().startswith(HEAD + "\nATR " + ATR_T0.hex())

    replayed = ReplayTransport.open(path)
    with Session.open(replayed) as session:
        session.select_mf()
        session.reset(cold=False)
        assert session.read_binary(2) == b"\x01\x02"
    assert replayed.finished

    with pytest.raises(InputError, match="cannot write the transcript: File exists"):
        RecordingTransport.to_file(inner, path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="cannot read the transcript"):
        ReplayTransport.open(tmp_path / "none")


def test_a_torn_card_leaves_its_last_command() -> None:
    sink = io.StringIO()
    card = RecordingTransport(ScriptedTransport([("00a4000c023f00", None)], protocol=Protocol.T1), sink)
    with pytest.raises(CardRemovedError):
        card.exchange(SELECT)
    text = sink.getvalue()
    card.close()
    assert text.endswith("PROTOCOL T=1\n> 00a4000c023f00\n")
    replayed = ReplayTransport(text)
    assert replayed.protocol is Protocol.T1
    with pytest.raises(CardError, match="ends before an answer"):
        replayed.exchange(SELECT)


@given(st.lists(st.tuples(st.binary(min_size=4, max_size=20), st.binary(min_size=2, max_size=20)), max_size=10))
def test_what_was_recorded_comes_back(exchanges: list[tuple[bytes, bytes]]) -> None:
    sink = io.StringIO()
    recorder = RecordingTransport(ScriptedTransport([(sent.hex(), got.hex()) for sent, got in exchanges]), sink)
    for sent, _ in exchanges:
        recorder.exchange(sent)
    replayed = ReplayTransport(sink.getvalue())
    assert [replayed.exchange(sent) for sent, _ in exchanges] == [got for _, got in exchanges]
    assert replayed.finished
