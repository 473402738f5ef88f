"""`simtool readers`, `simtool readers test` and `simtool station bench`, with software cards behind a PC/SC service.

One of the cards is faulty and has to be named; and what the commands say where nothing is.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from simtool.files.product import load
from simtool.softcard.card import SoftCard
from simtool.softcard.faults import Fault, FaultyCard, Kind
from simtool.softcard.vpcd import Card, VpcdClient
from tests.harness.bench import VirtualBench, virtual_bench
from tests.harness.programs import HarnessError

Run = Callable[..., Result]
PRODUCT = "sysmoISIM-SJA5"
SEAT_SECONDS = 20.0
SLOTS = 4
BAD = "3"
FAULTS = (
    Fault(Kind.MUTE, 30), Fault(Kind.CORRUPT, 60), Fault(Kind.CONTACT_LOSS, 90), Fault(Kind.WRONG_SW, 120),
)  # fmt: skip


def simtool(bench: VirtualBench, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, which finds this bench's service."""
    command = [sys.executable, "-m", "simtool.cli", *map(str, words)]
    return subprocess.run(command, env=bench.environment, capture_output=True, text=True, check=False)


def listed(bench: VirtualBench) -> dict[str, Any]:
    return {row["name"]: row["products"] for row in json.loads(simtool(bench, "readers", "--json").stdout)}


@contextmanager
def seated(bench: VirtualBench, **cards: Card) -> Iterator[None]:
    """Cards sit in slots by name, as far as the service has noticed."""
    stop = threading.Event()
    ports = {slot.name: slot.port for slot in bench.slots}
    readers = {slot.name: slot.reader for slot in bench.slots}
    threads = [
        threading.Thread(target=VpcdClient(card, port=ports[name]).run, args=(stop,)) for name, card in cards.items()
    ]
    for thread in threads:
        thread.start()
    try:
        deadline = time.monotonic() + SEAT_SECONDS
        while not all(listed(bench)[readers[name]] for name in cards):
            if time.monotonic() > deadline:
                raise HarnessError(f"no cards in the virtual readers: {listed(bench)}")
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[VirtualBench, Path]]:
    """Four slots, with a card in the first two."""
    with virtual_bench(SLOTS) as bench:
        file = tmp_path_factory.mktemp("bench") / "bench.yaml"
        file.write_text(bench.yaml("hall"))
        cards: dict[str, Card] = {name: SoftCard.new(load(PRODUCT)) for name in ("1", "2")}
        with seated(bench, **cards):
            yield bench, file


def test_the_bad_reader_is_named(table: tuple[VirtualBench, Path]) -> None:
    bench, file = table
    with seated(bench, **{BAD: FaultyCard(SoftCard.new(load(PRODUCT)), FAULTS, seed=3)}):
        done = simtool(bench, "readers", "test", "--bench", file, "--rounds", "40", "--json")
    assert done.returncode == 4, done.stderr
    rows = {row["slot"]: row for row in json.loads(done.stdout)["readers"]}
    assert {name: row["grade"] for name, row in rows.items()} == {
        "1": "good", "2": "good", BAD: "replace", "4": "untested",
    }  # fmt: skip
    assert rows[BAD]["alone"]["lost"] == 2 and rows[BAD]["alone"]["garbled"] == 2
    assert rows[BAD]["words"] == "4 of 40 rounds failed: bad contacts or too little power"
    assert rows[BAD]["cure"].startswith("replace it")
    good = rows["1"]
    assert (good["protocol"], good["offered_baud"], good["power_ons"], good["mute"]) == ("T=0", 223200, 10, 0)
    assert good["alone"]["rounds"] == good["together"]["rounds"] == 40
    assert 0 < good["alone"]["median_seconds"] <= good["alone"]["worst_seconds"]
    assert done.stderr.splitlines()[-1] == "… all 3 at once"


def test_the_test_for_people(table: tuple[VirtualBench, Path]) -> None:
    bench, _ = table
    done = simtool(bench, "readers", "test", "--reader", "Bench 1 00 00", "--reader", "1 00 01", "--rounds", "3")
    assert done.stdout.count("  T=0       223200 bit/s") == 2
    done = simtool(bench, "readers", "test", "--reader", "Bench 1 00 00", "--rounds", "3")
    assert done.returncode == 0
    assert "all readers are good" in done.stdout
    done = simtool(bench, "readers", "test", "--reader", "Bench 2 00 01", "--rounds", "3")
    assert done.returncode == 4
    assert "Bench 2 00 01: no card in it; put a card in and test again" in done.stdout


def test_a_slot_without_reader_is_said_beside_the_others(table: tuple[VirtualBench, Path], tmp_path: Path) -> None:
    bench, _ = table
    file = tmp_path / "b.yaml"
    file.write_text(
        "name: b\nslots:\n  - {name: A, reader: {name: 'Bench 1 00 00'}}\n  - {name: B, reader: {name: 'ACS*'}}\n"
        "  - {name: C, reader: {name: 'Bench 1 00 01'}, quirks: {max_baud: 115200}}\n"
    )
    done = simtool(bench, "readers", "test", "--bench", file, "--rounds", "3")
    assert done.returncode == 0
    assert "slot B: no reader is named 'ACS*'; there are: " in done.stdout
    assert "slot C: the card offers 223200 bit/s, this reader is limited to 115200" in done.stdout
    checked = simtool(bench, "station", "bench", file)
    assert checked.returncode == 4
    assert "wrong: slot B: no reader is named 'ACS*'" in checked.stdout
    assert "note:  slot C: its card offers 223200 bit/s and will be refused (max_baud 115200)" in checked.stdout
    assert "note:  Bench 2 00 01 is no slot of this bench" in checked.stdout


def test_a_bench_that_fits(table: tuple[VirtualBench, Path]) -> None:
    bench, file = table
    done = simtool(bench, "station", "bench", file)
    assert done.returncode == 0, done.stderr
    assert "all 4 slots have their reader" in done.stdout
    value = json.loads(simtool(bench, "station", "bench", file, "--json").stdout)
    assert [(row["slot"], row["reader"], row["card"]) for row in value["slots"]] == [
        ("1", "Bench 1 00 00", PRODUCT),
        ("2", "Bench 1 00 01", PRODUCT),
        (BAD, "Bench 2 00 00", "empty"),
        ("4", "Bench 2 00 01", "empty"),
    ]
    assert (value["problems"], value["other_readers"]) == ([], [])


def test_readers_alone_still_lists(table: tuple[VirtualBench, Path]) -> None:
    bench, _ = table
    done = simtool(bench, "readers")
    assert done.returncode == 0
    lines = [line.split("  ") for line in done.stdout.splitlines()]
    assert ["Bench 1 00 00", PRODUCT] in [line[1:] for line in lines]
    assert sorted(listed(bench)) == [slot.reader for slot in bench.slots]


REFUSED = [
    # words, exit code, what is said
    (("readers", "test", "--bench", "x", "--reader", "0"), 2, "give --bench or --reader, not both"),
    (("readers", "test", "--bench", "nowhere"), 1, "nowhere: there is no such bench"),
    (("station", "bench"), 2, "give a bench file, or --schema"),
    (("station", "bench", "nowhere"), 1, "nowhere: there is no such bench"),
]


@pytest.mark.parametrize(("words", "code", "said"), REFUSED)
def test_what_cannot_be_done(run: Run, words: tuple[str, ...], code: int, said: str) -> None:
    result = run(*words)
    assert result.exit_code == code
    assert said in result.output


def test_without_a_service(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing hangs, nothing is traced: exit code 4 and the way out."""
    done = subprocess.run(
        [sys.executable, "-m", "simtool.cli", "station", "bench", "virtual-8"],
        env={"PCSCLITE_CSOCK_NAME": "/nowhere/pcscd.comm"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (4, "")
    assert "no PC/SC service runs on this computer" in done.stderr


def test_the_schema_for_editors(run: Run) -> None:
    assert json.loads(run("station", "bench", "--schema").stdout)["title"] == "simtool bench"


def test_a_new_workspace_has_benches(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("init", tmp_path / "w")
    monkeypatch.chdir(tmp_path / "w")
    from simtool.station.bench.file import find_bench

    assert find_bench("virtual-8") == Path("readers/virtual-8.yaml")
    assert find_bench("desk-1") == Path("readers/desk-1.yaml")
