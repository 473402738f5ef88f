"""The private bench: it stands beside the machine's own service, comes back after a kill, and leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.harness import bench
from tests.harness.bench import VirtualBench, virtual_bench
from tests.harness.pcscd import list_readers, pcscd
from tests.harness.programs import HarnessError

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import time
from tests.harness.bench import virtual_bench
with virtual_bench(2) as bench:
    print(bench.folder, flush=True)
    time.sleep(3600)
"""


def services_of(one: VirtualBench | str) -> list[str]:
    """The running processes that name this bench's folder."""
    folder = str(one.folder) if isinstance(one, VirtualBench) else one
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = place.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if folder in words:
            found.append(words)
    return found


def test_eight_slots_beside_the_machines_own_service() -> None:
    with pcscd() as own, virtual_bench(8) as private:
        assert sorted(private.readers()) == sorted(slot.reader for slot in private.slots)
        assert set(own) <= set(list_readers())
        assert not set(list_readers()) & set(private.readers())
        assert len({slot.port for slot in private.slots}) == 8
        folder = private.folder
    assert services_of(str(folder)) == []
    assert not folder.exists()


def test_two_benches_at_once() -> None:
    with virtual_bench(2) as one, virtual_bench(3) as other:
        assert len(one.readers()) == 2 and len(other.readers()) == 4  # readers come in pairs
        assert len(other.slots) == 3
        assert not {slot.port for slot in one.slots} & {slot.port for slot in other.slots}


def test_a_restart_is_the_same_bench_again() -> None:
    with virtual_bench(2) as private:
        before = private.slots
        private.stop()
        assert private.readers() == () and services_of(private) == []
        private.stop()
        private.restart()
        assert private.slots == before
        assert sorted(private.readers()) == sorted(slot.reader for slot in before)


def test_nothing_runs_on_when_the_test_is_killed() -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    folder = holder.stdout.readline().strip()
    assert services_of(folder)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    deadline = time.monotonic() + 20
    while services_of(folder) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert services_of(folder) == []


def test_without_root_it_fails_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "as_root", lambda *command: ["false", *command])
    with pytest.raises(HarnessError, match="needs root"), virtual_bench(2):
        pass
