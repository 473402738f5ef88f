"""Stations for tests: processes that claim records and finish them, and may be killed at any moment."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from simtool.inventory import work
from simtool.inventory.audit import Who
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import RecordState


def station(folder: Path, url: str, batch: str, name: str, at_once: int, kill_after: float) -> None:
    """Claim, start and finish records until none is left. Stops for a moment in every state, so that kills hit all."""
    chance = random.Random(name)  # noqa: S311 no secrets here
    with Inventory.open(folder, url=url, who=Who(name, "bench")) as inventory:
        print("ready", flush=True)  # noqa: T201
        while held := work.claim(inventory, batch, count=at_once, lease_seconds=3600):
            work.start(inventory, *held)
            for one in held:
                if chance.random() < kill_after:
                    time.sleep(0.02)
                end = RecordState.REJECTED if chance.random() < 0.02 else RecordState.GOOD
                work.finish(inventory, one, end, why=name)
                print(f"{one.record.iccid} {end.value}", flush=True)  # noqa: T201


if __name__ == "__main__":
    _, own_folder, own_url, own_batch, own_name, own_count, own_chance = sys.argv
    station(Path(own_folder), own_url, own_batch, own_name, int(own_count), float(own_chance))
