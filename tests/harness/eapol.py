"""A login client: Debian's `eapol_test` with the card in a PC/SC reader, as a phone would log in.

Its SIM code is the one of wpa_supplicant: EF.DIR, the USIM by its AID, EF.IMSI, EF.AD, AUTHENTICATE or RUN GSM
ALGORITHM. It knows nothing of simtool.
"""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.harness.programs import program
from tests.harness.radius import LoginServer, write_private


class Method(StrEnum):
    """EAP methods that log in with a SIM (RFC 4186, RFC 4187, RFC 9048)."""

    SIM = "SIM"
    AKA = "AKA"
    AKA_PRIME = "AKA'"


@dataclass(frozen=True, slots=True)
class Login:
    """What came of one try."""

    success: bool
    log: str


def log_in(
    server: LoginServer, reader: str, method: Method = Method.AKA, *, pin: str | None = None, seconds: int = 10
) -> Login:
    """Try one login by `method` with the card in `reader`; `pin` is PIN1 where the card asks for it."""
    network = ["key_mgmt=WPA-EAP", f"eap={method.value}", 'pcsc=""']
    if pin is not None:
        network.append(f'pin="{pin}"')
    lines = [f"pcsc_reader={reader}", "network={", *(f"    {line}" for line in network), "}"]
    with tempfile.TemporaryDirectory(prefix="simtool-client-") as folder:
        config = write_private(Path(folder) / "eap.conf", "\n".join(lines) + "\n")
        command = [program("eapol_test"), "-c", str(config), "-a", "127.0.0.1", "-p", str(server.port)]
        command += ["-s", server.secret, "-t", str(seconds)]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False, cwd=folder
        )
    log = done.stdout + done.stderr
    return Login(done.returncode == 0 and log.rstrip().endswith("SUCCESS"), log)
