"""A private PostgreSQL for tests: a cluster of its own, on a Unix socket only, run by an unprivileged user."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.harness.programs import HarnessError, stop

BINARIES = Path("/usr/lib/postgresql")
START_SECONDS = 30.0
USER = "simtool"


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of an empty database `simtool`. Nothing of the computer's own PostgreSQL is touched."""
    folder = Path(tempfile.mkdtemp(prefix="simtool-pg-", dir="/tmp"))  # noqa: S108 short: socket paths have 107 bytes
    account = _account()
    try:
        if account is not None:
            os.chown(folder, account.pw_uid, account.pw_gid)
        data, socket = folder / "data", folder / "socket"
        _run(account, _binary("initdb"), "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync")
        _run(account, "mkdir", socket)
        options = {
            "listen_addresses": "''", "unix_socket_directories": f"'{socket}'", "max_connections": "40", "fsync": "off",
        }  # fmt: skip
        with (folder / "log").open("wb") as log:
            words = [word for name, value in options.items() for word in ("-c", f"{name}={value.strip(chr(39))}")]
            server = subprocess.Popen(_as(account, _binary("postgres"), "-D", data, *words), stderr=log, stdout=log)
        _servers.append(server)
        try:
            _wait(server, socket, folder / "log")
            _run(account, _binary("createdb"), "-h", socket, "-U", USER, "simtool")
            yield f"postgresql://{USER}@/simtool?host={socket}"
        finally:
            stop(server, seconds=10)
            if (number := _postmaster(data)) is not None:  # one that `down` has started again
                _kill(number)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def down(url: str) -> Iterator[None]:
    """While the block runs the server of this URL is down; it has ended all sessions at once."""
    data = Path(url.rpartition("host=")[2]).parent / "data"
    number = _postmaster(data)
    if number is None:
        raise HarnessError("there is no PostgreSQL that could be ended")
    words = [word for word in Path(f"/proc/{number}/cmdline").read_text().split("\0") if word]
    _kill(number)
    (data / "postmaster.pid").unlink(missing_ok=True)
    try:
        yield
    finally:
        with (data.parent / "log").open("ab") as log:
            server = subprocess.Popen(_as(_account(), *words), stderr=log, stdout=log)
        _servers.append(server)
        _wait(server, data.parent / "socket", data.parent / "log")


_servers: list[subprocess.Popen[bytes]] = []
"""Those that this process started, kept so that their end is collected."""


def _postmaster(data: Path) -> int | None:
    try:
        return int((data / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _kill(number: int) -> None:
    """SIGINT: PostgreSQL's fast end."""
    try:
        os.kill(number, signal.SIGINT)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            os.kill(number, 0)
            for server in _servers:
                server.poll()
            time.sleep(0.02)
    except ProcessLookupError:
        return
    raise HarnessError("PostgreSQL does not end")


def psql(url: str, query: str) -> str:
    """What PostgreSQL's own client answers: rows in lines, columns separated by |."""
    done = subprocess.run([_binary("psql"), url, "-At", "-c", query], capture_output=True, text=True, check=False)
    if done.returncode:
        raise HarnessError(f"psql: {done.stderr.strip()}")
    return done.stdout.strip()


def _account() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: then as the user that Debian's package makes."""
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else None


def _binary(name: str) -> str:
    found = sorted(BINARIES.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise HarnessError(f"{name} is not installed: run scripts/test, or apt-get install postgresql")
    return str(found[-1])


def _as(account: pwd.struct_passwd | None, *words: object) -> list[str]:
    plain = [str(word) for word in words]
    if account is None:
        return plain
    return ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups", *plain]


def _run(account: pwd.struct_passwd | None, *words: object) -> None:
    done = subprocess.run(_as(account, *words), capture_output=True, text=True, check=False, cwd="/tmp")  # noqa: S108
    if done.returncode:
        raise HarnessError(f"{words[0]}: {done.stderr.strip()[-500:]}")


def _wait(server: subprocess.Popen[bytes], socket: Path, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    ready = [_binary("pg_isready"), "-q", "-h", str(socket)]
    while subprocess.run(ready, check=False).returncode:
        if server.poll() is not None or time.monotonic() > deadline:
            raise HarnessError(f"PostgreSQL does not start: {log.read_text()[-500:]}")
        time.sleep(0.05)
