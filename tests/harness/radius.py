"""A login server: Debian's `hostapd` as EAP server behind RADIUS, with an authentication centre of our own beside it.

It needs no radio and no root. Everything lies in a temporary directory that only its owner can read.
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.harness.auc import AuthenticationCentre, Subscriber
from tests.harness.programs import HarnessError, program, stop

START_SECONDS = 10.0
EAP_USERS = """\
"0"* AKA
"1"* SIM
"6"* AKA'
* AKA,SIM
"""
"""First character of the permanent identity: method (TS 23.003 §19.3.2, RFC 9048 §3)."""


@dataclass(frozen=True, slots=True)
class LoginServer:
    """A running server: where it listens, its RADIUS secret (good for this run only), its log and its centre."""

    port: int
    secret: str
    log_file: Path
    centre: AuthenticationCentre

    def log(self) -> str:
        return self.log_file.read_text(errors="replace")


@contextmanager
def login_server(subscribers: Iterable[Subscriber]) -> Iterator[LoginServer]:
    """Start hostapd and the centre, wait until it listens, end both afterwards. Raises `HarnessError`."""
    with tempfile.TemporaryDirectory(prefix="simtool-login-") as folder:
        directory = Path(folder)
        secret = secrets.token_hex(16)
        port = _free_udp_port()
        with AuthenticationCentre(directory / "auc.sock", subscribers) as centre:
            log_file = directory / "hostapd.log"
            config = _write_config(directory, port, secret)
            with open(os.open(log_file, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as log:
                process = subprocess.Popen(
                    [program("hostapd"), "-d", str(config)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=folder,
                )
            try:
                _await_start(process, log_file)
                yield LoginServer(port, secret, log_file, centre)
            finally:
                stop(process)


def write_private(path: Path, text: str) -> Path:
    """Write a new file that only its owner can read."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    return path


def _write_config(directory: Path, port: int, secret: str) -> Path:
    clients = write_private(directory / "clients", f"127.0.0.1/8 {secret}\n")
    users = write_private(directory / "eap_users", EAP_USERS)
    settings = {
        "driver": "none",
        "interface": "as0",
        "eap_server": 1,
        "eap_user_file": users,
        "eap_sim_db": f"unix:{directory / 'auc.sock'}",
        "radius_server_clients": clients,
        "radius_server_auth_port": port,
    }
    return write_private(directory / "hostapd.conf", "".join(f"{key}={value}\n" for key, value in settings.items()))


def _free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_start(process: subprocess.Popen[bytes], log_file: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while "AP-ENABLED" not in log_file.read_text(errors="replace"):
        if process.poll() is not None or time.monotonic() > deadline:
            raise HarnessError(f"hostapd did not start: {log_file.read_text(errors='replace').strip()[-800:]}")
        time.sleep(0.02)
