"""What survives power loss: a small store of named values, kept in memory or in a file.

The file is text. Its first line names the format and the product; each further line is one change, all or nothing: a
checksum, then a JSON object of names and new values (null: forget it). A change is one write at the end of the file, so
a process killed at any moment leaves the old or the new state; a torn last line is dropped when the file is opened.
A file that has grown long is rewritten: a new one beside it, synced, then renamed. The file holds keys and PINs in
clear, so only its owner may read it, and only one card at a time may use it.

`durable` syncs each change to the disk, which also outlives a crash of the computer, at the price of speed.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import zlib
from pathlib import Path
from typing import Any

from simtool.errors import InputError, RefusedError

log = logging.getLogger(__name__)

FORMAT = "simtool-softcard"
VERSION = 1
COMPACT_AFTER = 1 << 20


class MemoryStore:
    """State that lives as long as the object: a card without a file still survives its own power cycles."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def put(self, changes: dict[str, Any]) -> None:
        """Take all changes at once; None forgets a value."""
        for name, value in changes.items():
            if value is None:
                self.values.pop(name, None)
            else:
                self.values[name] = value

    def close(self) -> None:
        """Nothing more will be put."""


class FileStore(MemoryStore):
    """State in a file. Raises `InputError` for a file of another product, version or kind, `RefusedError` if in use."""

    def __init__(self, path: Path, product: str, *, durable: bool = False) -> None:
        super().__init__()
        self._path = Path(path)
        self._product = product
        self._durable = durable
        self._fd = -1
        self._length = self._written = 0
        self._lock = _lock(self._path.with_name(self._path.name + ".lock"))
        try:
            if self._path.exists() and self._path.stat().st_size:
                good = self._read()
                self._open()
                os.ftruncate(self._fd, good)
                self._length = self._written = good
                if good > COMPACT_AFTER:
                    self._rewrite()
            else:
                self._rewrite()
        except BaseException:
            self.close()
            raise

    def put(self, changes: dict[str, Any]) -> None:
        """Take all changes at once. Raises `OSError`, and has taken none, if they cannot be written."""
        line = _line(changes)
        try:
            _write(self._fd, line)
            if self._durable:
                os.fdatasync(self._fd)
        except OSError:
            os.ftruncate(self._fd, self._length)
            raise
        super().put(changes)
        self._length += len(line)
        self._written += len(line)
        if self._written > COMPACT_AFTER:
            try:
                self._rewrite()
            except OSError as error:
                log.warning("%s stays long: %s", self._path, error)
                self._written = 0

    def close(self) -> None:
        for fd in (self._fd, self._lock):
            if fd >= 0:
                os.close(fd)
        self._fd = self._lock = -1

    def _open(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        os.fchmod(self._fd, 0o600)

    def _read(self) -> int:
        """Take in the file; gives how many bytes of it are whole."""
        raw = self._path.read_bytes()
        head, newline, _ = raw.partition(b"\n")
        try:
            header = json.loads(head)
        except ValueError:
            header = None
        if not newline or not isinstance(header, dict) or header.get("format") != FORMAT:
            raise InputError("this is not the state of a software card", place=str(self._path))
        if header.get("version") != VERSION:
            raise InputError(f"state version {header.get('version')} is not known here", place=str(self._path))
        if header.get("product") != self._product:
            raise InputError(
                f"this is the state of a {header.get('product')}, not of a {self._product}", place=str(self._path)
            )
        good = len(head) + 1
        while good < len(raw):
            end = raw.find(b"\n", good)
            changes = _parse(raw[good:end]) if end >= 0 else None
            if changes is None:
                if end >= 0 and raw.find(b"\n", end + 1) >= 0:
                    raise InputError("a line in the middle is damaged", place=str(self._path))
                break
            super().put(changes)
            good = end + 1
        return good

    def _rewrite(self) -> None:
        """The whole state as one change, in a new file that takes the place of the old one."""
        fresh = self._path.with_name(self._path.name + ".new")
        header = json.dumps({"format": FORMAT, "version": VERSION, "product": self._product})
        content = header.encode() + b"\n" + (_line(self.values) if self.values else b"")
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            os.fchmod(fd, 0o600)
            _write(fd, content)
            os.fsync(fd)
        finally:
            os.close(fd)
        os.replace(fresh, self._path)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self._open()
        self._length = len(content)
        self._written = len(content) if len(content) < COMPACT_AFTER // 2 else 0


def _write(fd: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(fd, view) :]


def _line(changes: dict[str, Any]) -> bytes:
    body = json.dumps(changes, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(body), body)


def _parse(line: bytes) -> dict[str, Any] | None:
    """The change in a line without its end; None if it is damaged."""
    checksum, _, body = line.partition(b" ")
    try:
        if int(checksum, 16) != zlib.crc32(body):
            return None
        changes = json.loads(body)
    except ValueError:
        return None
    return changes if isinstance(changes, dict) else None


def _lock(path: Path) -> int:
    """Take the lock beside a state file. Raises `RefusedError` if another card has it."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise InputError(f"the state cannot be kept there: {error.strerror}", place=str(path)) from None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        raise RefusedError(
            f"{path.name.removesuffix('.lock')} is in use by another software card",
            hint="end the other one, or give this one a state file of its own",
        ) from None
    return fd
