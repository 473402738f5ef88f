"""Waiting for cards: what a look tells, and what is an error (scripted service); then through pcscd itself."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from simtool.card.pcsc import ReaderState, ReaderWatch, open_reader
from simtool.errors import ReaderError
from simtool.files.product import load
from simtool.softcard.card import SoftCard
from simtool.softcard.vpcd import VpcdClient
from tests.card.fake_scard import EMPTY, EXCLUSIVE, MUTE, PRESENT, FakeScard, use
from tests.card.scripted import ATR_T0
from tests.harness.bench import virtual_bench
from tests.harness.vpcd import FIRST_PORT, seated, slot_lock

NAME = "Reader 00 00"
LONG = 30.0
LOOKS = [
    # PC/SC state, what the watch says: present, mute, ATR, in use, events
    (0x0002_0000 | EMPTY, ReaderState(NAME, False, False, b"", False, 2)),
    (0x0001_0002 | PRESENT, ReaderState(NAME, True, False, ATR_T0, False, 1)),
    (0x0001_0000 | EXCLUSIVE, ReaderState(NAME, True, False, ATR_T0, True, 1)),
    (0xFFFF_0000 | MUTE, ReaderState(NAME, True, True, ATR_T0, False, 0xFFFF)),
    (PRESENT, ReaderState(NAME, True, False, ATR_T0, False, 0)),
]


@pytest.mark.parametrize(("raw", "state"), LOOKS)
def test_a_look(monkeypatch: pytest.MonkeyPatch, raw: int, state: ReaderState) -> None:
    fake = use(monkeypatch, FakeScard((NAME, raw)))
    with ReaderWatch(NAME) as watch:
        assert watch.now() == state
        assert watch.wait(0.25) == state
    assert fake.open_contexts == 0
    assert fake.looks[-1] == (250, [(NAME, raw & ~0x2)])  # from what was seen, without "changed"


def test_when_the_time_is_over_the_state_is_told_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = use(monkeypatch, FakeScard((NAME, EMPTY)))
    with ReaderWatch(NAME) as watch:
        fake.codes["change"] = 0x8010000A
        assert not watch.wait(1).present


GONE = [
    # return code, PC/SC state, words
    (0x80100009, EMPTY, "the reader was unplugged"),
    (0, 0x000E, "the reader was unplugged"),
    (0x8010001D, 0, "no PC/SC service runs on this computer"),
    (0x8010001E, 0, "the PC/SC service has stopped"),
    (0x80100013, 0, "the PC/SC service has stopped"),
    (0x80100003, 0, "the PC/SC service was started anew"),
]


@pytest.mark.parametrize(("code", "raw", "words"), GONE)
def test_service_or_reader_gone(monkeypatch: pytest.MonkeyPatch, code: int, raw: int, words: str) -> None:
    fake = use(monkeypatch, FakeScard((NAME, PRESENT)))
    with ReaderWatch(NAME) as watch:
        fake.codes["change"], fake.readers[0] = code, (NAME, raw)
        with pytest.raises(ReaderError, match=f"{NAME}: {words}") as caught:
            watch.wait(1)
        assert caught.value.hint
    with pytest.raises(ReaderError, match=words):
        ReaderWatch(NAME)
    assert fake.open_contexts == 0


def test_a_reader_that_comes_back_is_seen_by_the_same_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = use(monkeypatch, FakeScard((NAME, PRESENT)))
    with ReaderWatch(NAME) as watch:
        fake.readers[0] = (NAME, 0x000E)
        with pytest.raises(ReaderError, match="unplugged"):
            watch.wait(1)
        fake.readers[0] = (NAME, PRESENT)
        assert watch.wait(1).present
        assert fake.looks[-1][1] == [(NAME, 0)]  # from nothing, so that it answers at once


def test_a_closed_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = use(monkeypatch, FakeScard((NAME, PRESENT)))
    watch = ReaderWatch(NAME)
    watch.close()
    watch.close()
    assert fake.open_contexts == 0
    with pytest.raises(ReaderError, match="closed"):
        watch.now()


def test_cards_come_and_go_in_a_real_service(pcsc_service: tuple[str, ...]) -> None:
    """A waiting watch wakes for each of them; the counter tells that there was another card between two looks."""
    card = SoftCard.new(load("sysmoISIM-SJA5"))
    stop = threading.Event()
    client = threading.Thread(target=VpcdClient(card, port=FIRST_PORT + 1).run, args=(stop,))
    with slot_lock(1), ReaderWatch(pcsc_service[1]) as watch:
        before = watch.now()
        client.start()
        came = watch.wait(LONG)
        stop.set()
        left = watch.wait(LONG)
        client.join()
    assert [state.present for state in (before, came, left)] == [False, True, False]
    assert (came.atr, left.atr) == (card.atr, b"")
    assert [(state.events - before.events) % 65536 for state in (came, left)] == [1, 2]


def test_a_card_in_use_by_another_program(pcsc_service: tuple[str, ...]) -> None:
    with seated(SoftCard.new(load("sysmoISIM-SJA5")), 1) as reader, ReaderWatch(reader) as watch:
        assert not watch.now().in_use
        transport = open_reader(reader)
        assert watch.wait(0.01).in_use
        transport.close()
        assert not watch.now().in_use


def test_no_such_reader(pcsc_service: tuple[str, ...]) -> None:
    with pytest.raises(ReaderError, match="Nobody 00 00: the reader was unplugged"):
        ReaderWatch("Nobody 00 00")


THROUGH_A_RESTART = """\
from simtool.card.pcsc import ReaderWatch
from simtool.errors import ReaderError

watch = ReaderWatch("Bench 1 00 00")
print("watching", flush=True)
try:
    watch.wait(60)
except ReaderError as error:
    print(error, flush=True)
input()
print(ReaderWatch("Bench 1 00 00").now().present)
try:
    watch.now()
except ReaderError:
    print("the old one is of no use")
"""


def test_a_service_that_is_started_anew() -> None:
    """Waiting ends at once when the service dies, and a new watch finds the new service."""
    with virtual_bench(2) as bench:
        watcher = subprocess.Popen(
            [sys.executable, "-c", THROUGH_A_RESTART],
            env=bench.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert watcher.stdin is not None and watcher.stdout is not None
        assert watcher.stdout.readline() == "watching\n"
        bench.stop()
        assert watcher.stdout.readline() == "Bench 1 00 00: the PC/SC service has stopped\n"
        bench.start()
        said, _ = watcher.communicate("go on\n")
    assert said.splitlines() == ["False", "the old one is of no use"]
