"""A private SoftHSM: a PKCS#11 token in files of its own, with Debian's library."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.harness.programs import HarnessError, program

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
LABEL, PIN, OFFICER_PIN = "simtool-test", "483920", "10203040"


@contextmanager
def softhsm(folder: Path) -> Iterator[str]:
    """A fresh token; gives the URI of it, without PIN. The environment points to it meanwhile."""
    if not MODULE.exists():
        raise HarnessError("SoftHSM is not installed: run scripts/test, or apt-get install softhsm2")
    tokens = folder / "tokens"
    tokens.mkdir(parents=True)
    config = folder / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(config)
    try:
        words = ["--init-token", "--free", "--label", LABEL, "--so-pin", OFFICER_PIN, "--pin", PIN]
        subprocess.run([program("softhsm2-util"), *words], check=True, capture_output=True)
        yield f"pkcs11:token={LABEL}?module-path={MODULE}"
    finally:
        if before is None:
            del os.environ["SOFTHSM2_CONF"]
        else:
            os.environ["SOFTHSM2_CONF"] = before
