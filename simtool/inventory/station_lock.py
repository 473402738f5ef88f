"""One station of a name at one inventory: what a station holds is known by its name, so there must not be two of it.

PostgreSQL keeps the lock with a session of its own and frees it when that ends, however it ends. With SQLite, which is
for one computer, it is a locked file beside the database.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

from simtool.errors import InputError, RefusedError
from simtool.inventory.inventory import Inventory
from simtool.inventory.store import SessionLock
from simtool.perso.memory.state_folder import open_private, private_folder

FOLDER = "stations"
PURPOSE = b"simtool station "


class StationLock(Protocol):
    """What `only_station` gives."""

    def still_mine(self) -> bool:
        """Whether nobody else is this station: a lock lost with its server's restart is taken again, if it is free."""

    def close(self) -> None: ...


@contextmanager
def only_station(inventory: Inventory, name: str) -> Iterator[StationLock]:
    """While the block runs nobody else is the station `name` here.

    Raises `RefusedError` when somebody is, `InputError` for a name with a slash or none.
    """
    if not name.strip() or "/" in name:
        raise InputError(f"{name!r} is not a station's name: it has a slash, or nothing", field="--station")
    mark, file = hashlib.sha256(PURPOSE + name.encode()).digest(), inventory.store.file
    with closing(_session_lock(inventory, mark) if file is None else _FileLock(file.parent / FOLDER, mark)) as lock:
        if not lock.still_mine():
            raise RefusedError(
                f"there is a station {name} at work on this inventory",
                hint="give this one another name with --station, or end the other one",
            )
        yield lock


def _session_lock(inventory: Inventory, mark: bytes) -> SessionLock:
    return SessionLock(inventory.store.url, int.from_bytes(mark[:8], signed=True))


class _FileLock:
    """A file that is locked as long as it is open."""

    def __init__(self, folder: Path, mark: bytes) -> None:
        path = private_folder(folder) / f"{mark.hex()[:32]}.lock"
        try:
            self._descriptor = open_private(path, os.O_RDWR)
        except OSError as error:
            raise InputError(f"cannot be locked: {error.strerror}", place=str(path)) from error

    def still_mine(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # of one's own file it may be asked again
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        os.close(self._descriptor)
