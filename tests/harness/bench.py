"""A PC/SC service of our own with many slots of the virtual reader, beside the machine's one.

pcscd wants its socket at /run/pcscd: this one has a folder of its own there, in a mount namespace that nobody else sees
(`unshare -m`, which needs root). Programs find it by PCSCLITE_CSOCK_NAME, which a process reads when it first talks to
PC/SC: so it is for subprocesses, and this module never talks to PC/SC in the test's own process.

The service lives as long as the shell above it can read from us: when the test ends, however it ends, the pipe closes
and the shell kills it.
"""

from __future__ import annotations

import fcntl
import math
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.harness.pcscd import RUN_DIR, START_SECONDS, service_command
from tests.harness.programs import HarnessError, as_root, program

DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
MOST_SLOTS = 16
"""What pcscd 1.9 can hold."""
PORTS = range(20_000, 32_000, 2)
"""Below those that the kernel gives to outgoing connections: a port stays ours while the service is down."""
KEEPER = """\
mount --bind "$1" "$2" || exit 1
shift 2
"$@" </dev/null &
service=$!
read -r _
kill -9 $service 2>/dev/null
wait $service 2>/dev/null
"""
"""The shell above the service: it ends the service when there is nobody left to read from."""
LIST = "import smartcard.scard as s; c = s.SCardEstablishContext(2)[1]; print('\\n'.join(s.SCardListReaders(c, [])[1]))"


PRESENT = (
    "import sys, smartcard.scard as s; c = s.SCardEstablishContext(2)[1]; "
    "state = s.SCardGetStatusChange(c, 0, [(sys.argv[1], 0)])[1][0]; sys.exit(not (state[1] & 0x20 and state[2]))"
)


@dataclass(frozen=True)
class Slot:
    """One slot: what stands on the table, its PC/SC reader, and the port at which its card is a client."""

    name: str
    reader: str
    port: int


class VirtualBench:
    """`bench.slots`, `bench.environment`; `restart()` kills the service and starts it again."""

    def __init__(self, folder: Path, slots: tuple[Slot, ...]) -> None:
        self.folder = folder
        self.slots = slots
        self._run = folder / "run"
        self._keeper: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        return self._run / "pcscd.comm"

    @property
    def environment(self) -> dict[str, str]:
        """What a subprocess needs to find this service: the test's own environment, and the socket."""
        return {**os.environ, "PCSCLITE_CSOCK_NAME": str(self.socket)}

    def yaml(self, name: str = "virtual", *, columns: int = 4, more: str = "") -> str:
        """The bench map for `simtool station run --bench`; `more` is YAML that is put behind it."""
        lines = [f"name: {name}", "slots:"]
        for at, slot in enumerate(self.slots):
            row, column = divmod(at, columns)
            place = f"row: {row + 1}, column: {column + 1}"
            lines.append(f"  - {{name: '{slot.name}', reader: {{name: '{slot.reader}'}}, {place}}}")
        return "\n".join(lines) + "\n" + more

    def start(self) -> None:
        """Raises `HarnessError` when the service or one of its readers does not come up."""
        for stale in self._run.iterdir():
            stale.unlink()
        service = [*service_command(), "--config", str(self.folder / "readers")]
        command = as_root("unshare", "-m", "sh", "-c", KEEPER, "keeper", str(self._run), str(RUN_DIR), *service)
        with (self.folder / "service.log").open("wb") as log:
            self._keeper = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True, cwd="/"
            )
        self._await_readers()

    def stop(self) -> None:
        """Kill the service (SIGKILL: it does not say goodbye to anybody). Repeating it is no error."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None and keeper.stdin is not None:
            keeper.stdin.close()
            keeper.wait()

    def restart(self, *, down_seconds: float = 0.0) -> None:
        self.stop()
        time.sleep(down_seconds)
        self.start()

    def readers(self) -> tuple[str, ...]:
        """What the service lists now; empty when it does not answer."""
        done = subprocess.run(
            [sys.executable, "-c", LIST], env=self.environment, capture_output=True, text=True, check=False
        )
        return tuple(done.stdout.splitlines()) if done.returncode == 0 else ()

    def holds_card(self, slot: Slot) -> bool:
        """Whether the service sees a card that has answered in this slot."""
        done = subprocess.run(
            [sys.executable, "-c", PRESENT, slot.reader], env=self.environment, capture_output=True, check=False
        )
        return done.returncode == 0

    def _await_readers(self) -> None:
        wanted, deadline = {slot.reader for slot in self.slots}, time.monotonic() + START_SECONDS
        while not (self._answers() and wanted <= set(listed := self.readers())):
            ended = self._keeper is None or self._keeper.poll() is not None
            if ended or time.monotonic() > deadline:
                said = (self.folder / "service.log").read_text(errors="replace").strip()[-500:]
                self.stop()
                why = said or f"it lists {', '.join(listed) or 'no reader'}" if not ended else said
                raise HarnessError(f"a private pcscd did not start ({why}): it needs root, or sudo that asks nothing")
            time.sleep(0.02)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(self.socket))
            except OSError:
                return False
        return True


@contextmanager
def virtual_bench(count: int = 8) -> Iterator[VirtualBench]:
    """A private service with `count` slots, named "1", "2" …; gone with everything of it at the end.

    Raises `HarnessError` where it cannot be: without root, without the virtual reader.
    """
    if not 1 <= count <= MOST_SLOTS:
        raise HarnessError(f"a bench has 1 to {MOST_SLOTS} slots, not {count}")
    program("pcscd")
    if not DRIVER.exists():
        raise HarnessError("the virtual reader is not installed: run scripts/test, or apt-get install vsmartcard-vpcd")
    folder = Path(tempfile.mkdtemp(prefix="simtool-bench-", dir="/tmp"))  # noqa: S108 short: socket paths have 107 bytes
    locks: dict[Path, int] = {}
    try:
        if not RUN_DIR.is_dir():
            subprocess.run(as_root("mkdir", "-m", "755", "-p", str(RUN_DIR)), check=False)
        (folder / "run").mkdir()
        (folder / "readers").mkdir()
        slots: list[Slot] = []
        for pair in range(math.ceil(count / 2)):
            port = _own_ports(locks)
            slots += _pair(folder, pair + 1, port)
        bench = VirtualBench(folder, tuple(slots[:count]))
        try:
            bench.start()
            yield bench
        finally:
            bench.stop()
    finally:
        for path, lock in locks.items():
            path.unlink(missing_ok=True)
            os.close(lock)
        shutil.rmtree(folder, ignore_errors=True)


def _pair(folder: Path, number: int, port: int) -> list[Slot]:
    """One reader of two slots. Its driver keeps them in static variables: each reader needs a copy of its own."""
    driver = folder / f"driver-{number}.so"
    shutil.copyfile(DRIVER, driver)
    name = f"Bench {number}"
    (folder / "readers" / f"{number}.conf").write_text(
        f'FRIENDLYNAME "{name}"\nDEVICENAME /dev/null:0x{port:04X}\nLIBPATH {driver}\nCHANNELID 0x{port:04X}\n'
    )
    return [Slot(str(2 * number - 1 + at), f"{name} 00 {at:02d}", port + at) for at in range(2)]


def _own_ports(locks: dict[Path, int]) -> int:
    """Two ports in a row that are free and that no other bench of this user takes; `locks` keeps them."""
    chance = random.SystemRandom()
    for _ in range(1000):
        port = chance.choice(PORTS)
        path = Path(tempfile.gettempdir()) / f"simtool-bench-port-{port}-{os.geteuid()}.lock"
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            continue
        if _is_free(port) and _is_free(port + 1):
            locks[path] = lock
            return port
        os.close(lock)
    raise HarnessError("there are no free ports for virtual readers")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True
