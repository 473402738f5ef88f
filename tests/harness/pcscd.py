"""The machine's PC/SC service: used if it runs, started if not, ended only if tests started it.

One pcscd serves the whole machine, so several test processes share it. A shared lock on one file says who uses it;
whoever starts one writes its process number into that file, and the last user, whoever that is, ends the process noted
there. A second lock, held only for moments, keeps starting and ending apart. A service that was running before, or
that systemd starts when its socket is touched, is left alone.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smartcard import scard

from tests.harness.programs import HarnessError, as_root, program

RUN_DIR = Path("/run/pcscd")
SOCKET = RUN_DIR / "pcscd.comm"
PID_FILE = RUN_DIR / "pcscd.pid"
MESSAGE_BUS = Path("/run/dbus/system_bus_socket")
VIRTUAL_READERS = ("Virtual PCD 00 00", "Virtual PCD 00 01")
START_SECONDS = 20.0


def is_running() -> bool:
    """True when something answers on the service's socket (a stale socket file refuses the connection)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(2)
        try:
            probe.connect(str(SOCKET))
        except OSError:
            return False
    return True


def list_readers() -> tuple[str, ...]:
    """Names of all readers, empty when there is none or no service. A new context each time: none goes stale."""
    status, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    if status != scard.SCARD_S_SUCCESS:
        return ()
    try:
        status, readers = scard.SCardListReaders(context, [])
        return tuple(readers) if status == scard.SCARD_S_SUCCESS else ()
    finally:
        scard.SCardReleaseContext(context)


def card_present(reader: str) -> bool:
    """True when the reader holds a card that has answered with an ATR (not empty, not mute)."""
    status, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    if status != scard.SCARD_S_SUCCESS:
        return False
    try:
        status, states = scard.SCardGetStatusChange(context, 0, [(reader, scard.SCARD_STATE_UNAWARE)])
        if status != scard.SCARD_S_SUCCESS:
            return False
        _, state, atr = states[0]
        return bool(state & scard.SCARD_STATE_PRESENT) and not state & scard.SCARD_STATE_MUTE and bool(atr)
    finally:
        scard.SCardReleaseContext(context)


@contextmanager
def pcscd(*, readers: tuple[str, ...] = VIRTUAL_READERS) -> Iterator[tuple[str, ...]]:
    """A PC/SC service that lists `readers`, which it gives back; real readers may be there too, and are not given.

    Raises `HarnessError` when the service cannot be started or the readers do not appear.
    """
    users = _open_private("users.lock", os.O_RDWR | os.O_CREAT)
    try:
        with _gate():
            if not is_running():
                _write_pid(users, _start())
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            _await_readers(readers)
            yield readers
        finally:
            with _gate():
                _leave(users)
    finally:
        os.close(users)


@contextmanager
def _gate() -> Iterator[None]:
    """Only one process at a time starts or ends the service."""
    gate = _open_private("gate.lock", os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield
    finally:
        os.close(gate)


def _own_path(name: str) -> Path:
    return Path(tempfile.gettempdir()) / f"simtool-pcscd-{os.geteuid()}-{name}"


def _open_private(name: str, flags: int) -> int:
    return os.open(_own_path(name), flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def service_command() -> list[str]:
    """How pcscd is started for tests."""
    command = [program("pcscd"), "--foreground", "--error"]
    if (os.geteuid() != 0 or not MESSAGE_BUS.exists()) and "--disable-polkit" in _help_text():
        command.append("--disable-polkit")  # from 2.0 on it refuses even root where no polkit answers
    return command


def _start() -> int:
    """Start pcscd in the foreground of a session of its own and return its process number once it answers."""
    for stale in (SOCKET, PID_FILE):
        if stale.exists() or stale.is_symlink():
            subprocess.run(as_root("rm", "-f", str(stale)), check=False)
    if not RUN_DIR.is_dir():
        subprocess.run(as_root("mkdir", "-m", "755", "-p", str(RUN_DIR)), check=False)
    with os.fdopen(_open_private("service.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "wb") as log:
        process = subprocess.Popen(
            as_root(*service_command()),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",
        )
    _children.append(process)
    deadline = time.monotonic() + START_SECONDS
    while (pid := _service_pid()) is None or not is_running():
        if process.poll() is not None or time.monotonic() > deadline:
            process.terminate()
            said = _own_path("service.log").read_text(errors="replace").strip()[-500:]
            raise HarnessError(f"pcscd did not start: {said}")
        time.sleep(0.02)
    return pid


_children: list[subprocess.Popen[bytes]] = []
"""Services that this process started, kept so that their end is collected."""


def _help_text() -> str:
    return subprocess.run([program("pcscd"), "--help"], capture_output=True, text=True, check=False).stdout


def _service_pid() -> int | None:
    """The number that pcscd itself noted (with sudo, the child we know is sudo); it may do so after it listens."""
    try:
        return int(PID_FILE.read_text().strip(" \0\n"))
    except (OSError, ValueError):
        return None


def _await_readers(readers: tuple[str, ...]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        listed = list_readers()
        if set(readers) <= set(listed):
            return
        if time.monotonic() > deadline:
            missing = ", ".join(sorted(set(readers) - set(listed)))
            raise HarnessError(
                f"pcscd runs but does not list {missing} (it lists: {', '.join(listed) or 'nothing'}). "
                "Is vsmartcard-vpcd installed, was pcscd started after it, may this user use PC/SC (readers/README.md)?"
            )
        time.sleep(0.05)


def _leave(users: int) -> None:
    """If nobody else uses the service and tests started it, end it."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    pid = _read_pid(users)
    if pid is None:
        return
    _write_pid(users, None)
    if _name_of(pid) == "pcscd":
        _end(pid)
    _children[:] = [child for child in _children if child.poll() is None]


def _name_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except FileNotFoundError:
        return ""


def _end(pid: int) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        subprocess.run(as_root("sh", "-c", f"kill -{int(number)} {pid}"), check=False, capture_output=True)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            for child in _children:
                child.poll()
            if not Path(f"/proc/{pid}").exists():
                return
            time.sleep(0.02)


def _write_pid(users: int, pid: int | None) -> None:
    os.ftruncate(users, 0)
    os.pwrite(users, b"" if pid is None else str(pid).encode(), 0)


def _read_pid(users: int) -> int | None:
    text = os.pread(users, 32, 0)
    return int(text) if text.isdigit() else None
