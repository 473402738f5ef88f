"""Py-GP in a process of its own, against the card in a reader of the PC/SC service."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.harness.cap_builder import CapPlan
from tests.harness.programs import HarnessError

DRIVER = Path(__file__).with_name("py_gp_driver.py")
SECONDS = 60.0


def py_gp(reader: str, *, isd: bytes, scp: str, i: str, version: str, key: str, level: int, cap: CapPlan,
          instance: bytes, folder: Path) -> dict[str, Any]:  # fmt: skip
    """Select, open a secure channel of that level, load, install, lock, delete; the outcome of each step."""
    path = folder / "test.cap"
    path.write_bytes(cap.jar())
    words = [reader, isd.hex(), scp, i, version, key, f"{level:02x}", str(path), cap.aid]
    command = [sys.executable, "-W", "ignore", str(DRIVER), *words, cap.applets[0], instance.hex()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode:
        raise HarnessError(f"Py-GP failed:\n{done.stderr[-2000:]}")
    outcome: dict[str, Any] = json.loads(done.stdout)
    return outcome
