"""A real `osmo-hlr` on a loopback address of its own, with its own database.

Its CTRL and VTY ports cannot be moved, so each instance gets another address out of 127.0.0.0/8.
"""

from __future__ import annotations

import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.harness.programs import HarnessError, program, stop

PORTS = {"VTY": 4258, "CTRL": 4259, "GSUP": 4222}
START_SECONDS = 20.0
CONFIG = """\
hostname nordlicht-hlr
log stderr
 logging level main notice
 logging color 0
line vty
 bind {address}
ctrl
 bind {address}
hlr
 database {database}
 gsup
  bind ip {address}
"""


@dataclass(frozen=True, slots=True)
class Hlr:
    """A running HLR."""

    address: str
    database: Path
    log: Path


@contextmanager
def osmo_hlr(folder: Path) -> Iterator[Hlr]:
    """Starts one; ends it afterwards. Raises `HarnessError` with the end of its log when it does not come up."""
    address = f"127.{1 + secrets.randbelow(254)}.{secrets.randbelow(256)}.{1 + secrets.randbelow(254)}"
    hlr = Hlr(address, folder / "hlr.db", folder / "hlr.log")
    config = folder / "hlr.cfg"
    config.write_text(CONFIG.format(address=address, database=hlr.database))
    with hlr.log.open("wb") as log:
        process = subprocess.Popen(
            [program("osmo-hlr"), "-s", "-c", str(config)], cwd=folder, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        for name, port in PORTS.items():
            _wait_for(hlr, process, name, port)
        yield hlr
    finally:
        stop(process)


def _wait_for(hlr: Hlr, process: subprocess.Popen[bytes], name: str, port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection((hlr.address, port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise HarnessError(f"osmo-hlr does not open its {name} port: {hlr.log.read_text(errors='replace')[-500:]}")
