"""A slot of a station for tests: a process that makes cards with records, and may be killed at any moment.

One that starts again gives back what its earlier life held, and goes on with the card that it finds half written.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from simtool.inventory import work
from simtool.inventory.audit import Who
from simtool.inventory.find import reconciliation
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import RecordState
from simtool.inventory.visits import Measures, begin_visit, finish_visit


def slot(folder: Path, url: str, batch: str, holder: str) -> None:
    """Make cards until the order is complete. Stops for a moment in every state, so that kills hit all."""
    chance = random.Random(f"{holder} {time.time_ns()}")  # noqa: S311 no secrets here
    with Inventory.open(folder, url=url, who=Who("Ann", holder)) as inventory:
        print("ready", flush=True)  # noqa: T201
        for iccid in work.take_back(inventory, batch, holder).unfinished:
            make(inventory, work.reclaim(inventory, iccid, holder=holder), holder, chance)
        while reconciliation(inventory, batch).good < reconciliation(inventory, batch).quantity:
            held = work.claim(inventory, batch, holder=holder, wanted_only=True, lease_seconds=3600)
            if not held:
                time.sleep(0.05)
                continue
            pause(chance)
            make(inventory, held[0], holder, chance)


def make(inventory: Inventory, held: work.Claim, holder: str, chance: random.Random) -> None:
    """One card's visit; one in twenty is bad."""
    station, _, name = holder.partition("/")
    iccid = held.record.iccid.digits
    visit = begin_visit(
        inventory, held, chip=iccid, product="SJA5", station=station, slot=name, operator="Ann", digest="d"
    )
    pause(chance)
    end = RecordState.REJECTED if chance.random() < 0.05 else RecordState.GOOD
    record = held.record.personalised().with_sqn(held.record.subscription.sqn + 32)
    finish_visit(inventory, held, visit, end, record=record, measures=Measures(busy=1.0, writes=3))
    print(f"{iccid} {end.value}", flush=True)  # noqa: T201
    pause(chance)


def pause(chance: random.Random) -> None:
    if chance.random() < 0.1:
        time.sleep(0.02)


if __name__ == "__main__":
    _, own_folder, own_url, own_batch, own_holder = sys.argv
    slot(Path(own_folder), own_url, own_batch, own_holder)
