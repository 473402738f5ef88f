"""State files: what survives, and what they refuse."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simtool.errors import InputError, RefusedError
from simtool.files.product import CardModel
from simtool.softcard import state as state_module
from simtool.softcard.card import SoftCard
from simtool.softcard.state import FileStore
from tests.softcard.conftest import PRODUCT, Reader

ADM1 = "0020000a083132333435363738"


def test_writes_survive(small_model: CardModel, tmp_path: Path) -> None:
    path = tmp_path / "card"
    first = Reader(SoftCard.new(small_model, state=path))
    first.ok(ADM1, "00a4000c022fe2", "00d6000002abcd")
    first.tpdu("002000010839393939ffffffff")
    first.card.close()
    again = Reader(SoftCard.new(small_model, state=path))
    again.ok("00a4000c022fe2")
    assert again.ok("00b0000002") == "abcd"
    assert again.tpdu("0020000100") == "63c2"
    again.card.close()


def test_only_the_owner_may_read_it(small_model: CardModel, tmp_path: Path) -> None:
    path = tmp_path / "card"
    card = SoftCard.new(small_model, state=path)
    Reader(card).ok(ADM1)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    card.close()
    SoftCard.new(small_model, state=path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_one_card_at_a_time(small_model: CardModel, tmp_path: Path) -> None:
    card = SoftCard.new(small_model, state=tmp_path / "card")
    with pytest.raises(RefusedError, match="in use") as caught:
        SoftCard.new(small_model, state=tmp_path / "card")
    assert caught.value.hint
    card.close()
    SoftCard.new(small_model, state=tmp_path / "card").close()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"hello\n", "not the state"),
        (b'{"format":"simtool-softcard","version":2,"product":"small-card"}\n', "version 2"),
        (b'{"format":"simtool-softcard","version":1,"product":"other"}\n', "of a other"),
        (b'{"format":"simtool-softcard","version":1,"product":"small-card"}', "not the state"),
    ],
)
def test_other_files_are_refused(small_model: CardModel, tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "card"
    path.write_bytes(content)
    with pytest.raises(InputError, match=reason):
        SoftCard.new(small_model, state=path)
    assert path.read_bytes() == content


def test_a_place_that_is_not_there(small_model: CardModel, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be kept"):
        SoftCard.new(small_model, state=tmp_path / "no" / "card")


def test_every_cut_leaves_an_old_or_the_new_state(tmp_path: Path) -> None:
    """The file cut anywhere: the state is one of those that were committed, in order."""
    path = tmp_path / "card"
    store = FileStore(path, "p")
    header = path.stat().st_size
    for number in range(4):
        store.put({"n": number, "m": -number})
    store.close()
    whole = path.read_bytes()
    seen = []
    for size in range(header, len(whole) + 1):
        path.write_bytes(whole[:size])
        again = FileStore(path, "p")
        seen.append(again.values.get("n", -1))
        assert again.values.get("m", 1) == -again.values.get("n", -1)
        again.put({"n": 99})
        again.close()
        after = FileStore(path, "p")
        assert after.values["n"] == 99
        after.close()
    assert seen == sorted(seen) and set(seen) == {-1, 0, 1, 2, 3}


def test_damage_in_the_middle_is_told(tmp_path: Path) -> None:
    path = tmp_path / "card"
    store = FileStore(path, "p")
    for number in range(3):
        store.put({"n": number})
    store.close()
    lines = path.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b'"n":0', b'"n":7')
    path.write_bytes(b"".join(lines))
    with pytest.raises(InputError, match="damaged"):
        FileStore(path, "p")


def test_long_files_are_rewritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_module, "COMPACT_AFTER", 2000)
    path = tmp_path / "card"
    store = FileStore(path, "p")
    for number in range(500):
        store.put({f"k{number % 7}": number, "gone": None})
    assert path.stat().st_size < 3000
    values = dict(store.values)
    store.close()
    again = FileStore(path, "p", durable=True)
    assert again.values == values
    again.put({"k0": 1})
    again.close()


def test_killed_at_any_moment(tmp_path: Path) -> None:
    """A process that only writes, killed without warning: what it had answered is there."""
    path = tmp_path / "card"
    script = f"""
import sys
from pathlib import Path
from simtool.files.product import parse
from simtool.softcard.card import SoftCard
card = SoftCard.new(parse(Path({str(PRODUCT)!r}).read_text()), state=Path({str(path)!r}))
card.power_on()
card.transmit(bytes.fromhex({ADM1!r}))
card.transmit(bytes.fromhex("00a4000c022f13"))
for number in range(1 << 30):
    assert card.transmit(bytes.fromhex("00d6000004") + number.to_bytes(4)) == b"\\x90\\x00"
    sys.stdout.buffer.write(number.to_bytes(4))
    sys.stdout.buffer.flush()
"""
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=PRODUCT.parents[2])
    assert process.stdout is not None
    assert process.stdout.read(4)
    time.sleep(0.2)
    os.kill(process.pid, signal.SIGKILL)
    answered = process.stdout.read()
    process.stdout.close()
    process.wait()
    last = int.from_bytes(answered[-4:])
    from simtool.files.product import parse

    reader = Reader(SoftCard.new(parse(PRODUCT.read_text()), state=path))
    reader.ok("00a4000c022f13")
    assert int(reader.ok("00b0000004"), 16) in (last, last + 1)
    reader.card.close()


def test_a_full_disk(small_model: CardModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be stored has not happened, and the file stays whole."""
    path = tmp_path / "card"
    reader = Reader(SoftCard.new(small_model, state=path))
    reader.ok(ADM1, "00a4000c022f13", "00d600000101")
    write = os.write
    full = [True]

    def failing(fd: int, data: bytes) -> int:
        if not full[0]:
            return write(fd, data)
        full[0] = len(data) > 20
        if full[0]:
            return write(fd, bytes(data)[:10])
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(os, "write", failing)
    monkeypatch.setattr(state_module, "COMPACT_AFTER", 1 << 30)
    assert reader.tpdu("00d600000102") == "6581"
    full[0] = False
    reader.ok(ADM1, "00a4000c022f13")
    assert reader.ok("00b0000001") == "01"
    reader.ok("00d600000103")
    reader.card.close()
    again = Reader(SoftCard.new(small_model, state=path))
    again.ok("00a4000c022f13")
    assert again.ok("00b0000001") == "03"
    again.card.close()
