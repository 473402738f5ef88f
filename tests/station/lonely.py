"""A station of scripted workers in a process of its own, for tests that kill it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from simtool.station.events import Phase
from tests.station.conftest import Stage


def main(folder: Path) -> None:
    station = Stage(folder).station(2)
    station.start()
    while any(slot.phase is not Phase.INSERT for slot in station.view().slots):
        time.sleep(0.01)
    print("ready", flush=True)  # noqa: T201
    time.sleep(3600)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
