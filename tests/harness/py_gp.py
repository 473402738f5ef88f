"""Py-GP in a process of its own, against the card in a reader of the PC/SC service."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from tests.harness.cap_files import NAMES, CapFile
from tests.harness.programs import HarnessError

DRIVER = Path(__file__).with_name("py_gp_driver.py")
SECONDS = 60.0


def write_cap(cap: CapFile, path: Path) -> None:
    """The components as files of a ZIP archive (JCVM §4.1.3)."""
    with zipfile.ZipFile(path, "w") as archive:
        for tag, body in cap.bodies().items():
            archive.writestr(f"test/javacard/{NAMES[tag]}.cap", bytes((tag,)) + len(body).to_bytes(2) + body)


def py_gp(reader: str, *, isd: bytes, scp: str, i: str, version: str, key: str, level: int, cap: CapFile,
          instance: bytes, folder: Path) -> dict[str, Any]:  # fmt: skip
    """Select, open a secure channel of that level, load, install, lock, delete; the outcome of each step."""
    path = folder / "test.cap"
    write_cap(cap, path)
    words = [reader, isd.hex(), scp, i, version, key, f"{level:02x}", str(path), cap.aid.hex()]
    command = [sys.executable, "-W", "ignore", str(DRIVER), *words, cap.applets[0].hex(), instance.hex()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode:
        raise HarnessError(f"Py-GP failed:\n{done.stderr[-2000:]}")
    outcome: dict[str, Any] = json.loads(done.stdout)
    return outcome
