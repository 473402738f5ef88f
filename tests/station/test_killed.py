"""Several slots at once, each a process, each killed again and again in the middle of its cards (SIGKILL).

They share one inventory and one state folder: journals and remembered PINs of one must not disturb the other.
"""

from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from simtool.codec.identifiers import Iccid
from simtool.inventory.life import RecordState
from simtool.perso.memory.journal import Journals
from simtool.perso.memory.journal_file import Entry
from simtool.perso.report import EndState
from tests.station.rig import FIXED, NUMBERED, Warehouse, iccid_of, is_as_wanted, warehouse
from tests.station.slot_process import make_card, stored_card

SLOTS, EACH, LIVES = 3, 4, 8


@dataclass
class Slot:
    """One slot's process over all its lives."""

    here: Warehouse
    name: str
    iccids: list[str]
    good: set[str] = field(default_factory=set)
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        words = [sys.executable, "-m", "tests.station.slot_process", self.here.folder, self.here.product, self.name]
        self.process = subprocess.Popen([*map(str, words), *self.iccids], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.wait()

    def wait(self) -> int:
        assert self.process is not None and self.process.stdout is not None
        with self.process.stdout as lines:
            self.good |= {line.split()[1] for line in lines if line.startswith("good ")}
        return self.process.wait(120)


@pytest.mark.parametrize("product", [NUMBERED, FIXED])
def test_killed_in_the_middle(product: str, tmp_path: Path) -> None:
    here = warehouse(tmp_path, product, quantity=SLOTS * EACH, spares=SLOTS)
    chance = random.Random(product)  # noqa: S311 repeatable on purpose
    if product == FIXED:
        numbers = [record.iccid.digits for record in here.issued[: SLOTS * EACH]]
    else:
        numbers = [Iccid.from_body(str(898821132040000000 + number)).digits for number in range(SLOTS * EACH)]
    for name in numbers:
        make_card(here.folder / f"{name}.card", product, name)
    slots = [Slot(here, str(at + 1), numbers[at * EACH : (at + 1) * EACH]) for at in range(SLOTS)]
    for slot in slots:
        slot.start()
    for _ in range(LIVES * SLOTS):
        slot = chance.choice(slots)
        assert slot.process is not None
        try:
            slot.process.wait(chance.uniform(0.05, 0.6))
        except subprocess.TimeoutExpired:
            slot.kill()
            slot.start()
    assert [slot.wait() for slot in slots] == [0] * SLOTS

    states = here.states()
    assert states.count(RecordState.GOOD) == SLOTS * EACH
    assert set(states) == {RecordState.GOOD, RecordState.GENERATED}
    records = {record.iccid.digits: record for record in here.records()}
    found = [stored_card(here.folder / f"{name}.card", product) for name in numbers]
    cards = {iccid_of(card): card for card in found}
    assert len(cards) == SLOTS * EACH
    for iccid, card in cards.items():
        assert is_as_wanted(here, card, records[iccid]), iccid
    with here.inventory() as inventory:
        assert inventory.verify_log()
    check_journals(Journals(here.folder / "state"), cards.keys())


def check_journals(journals: Journals, iccids: object) -> None:
    """Every journal can be read, and the last work on each card came to a good end."""
    last: dict[str, Entry] = {}
    for entry in reversed(journals.entries()):
        if entry.touched:
            last[entry.iccid] = entry
    assert last.keys() == iccids
    assert {entry.end for entry in last.values()} == {EndState.GOOD}
