"""The audit log: every act on records and keys, with who, when, where and why, so that no change to it stays unseen.

Each entry carries an HMAC-SHA-256 over the one before and itself, under a key from the vault: nobody without the
key-encryption key can add, change or reorder entries. The head (number and HMAC of the last entry) is sealed in the
database with the log and kept once more outside of it, in the state folder: a log that was cut off, head and all, is
shorter than its witness.
"""

from __future__ import annotations

import getpass
import hmac
import os
import socket
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, insert, select, update

from simtool.crypto.secret import Secret
from simtool.crypto.signed import canonical
from simtool.errors import AuthenticationError, InputError
from simtool.inventory import tables
from simtool.perso.memory.state_folder import private_folder
from simtool.perso.private_file import write_private

HEAD = 1
START = bytes(32)
HEAD_PURPOSE = b"simtool audit head"
READ_ROWS = 5000
ENTRY_NAMES = ("seq", "time", "who", "place", "act", "subject", "detail", "mac")


@dataclass(frozen=True, slots=True)
class Who:
    """The person who acts, and the place: a computer, or a slot of a station."""

    person: str
    place: str

    @classmethod
    def here(cls) -> Who:
        """Whoever runs this program, on this computer."""
        try:
            person = getpass.getuser()
        except (KeyError, OSError):  # a user without a name
            person = f"uid {os.getuid()}"
        return cls(person, socket.gethostname())


@dataclass(frozen=True, slots=True)
class Event:
    """One act. `subject` is an ICCID, or names a batch, a ticket or a key; `detail` says why, and never a secret."""

    act: str
    subject: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log; `time` is UTC in ISO 8601."""

    seq: int
    time: str
    who: str
    place: str
    act: str
    subject: str
    detail: str


@dataclass(frozen=True, slots=True)
class Audit:
    """What came of a check: how many entries, and everything that does not fit."""

    entries: int
    problems: tuple[str, ...]

    def __bool__(self) -> bool:
        return not self.problems


class AuditLog:
    """Appends to the log and checks it. `key` is 32 bytes from the vault."""

    __slots__ = ("_key",)

    def __init__(self, key: Secret) -> None:
        self._key = key

    def begin(self, connection: Connection) -> None:
        """The head of an empty log."""
        head = {"id": HEAD, "seq": 0, "mac": START, "seal": self._seal(0, START)}
        connection.execute(insert(tables.audit_head).values(head))

    def append(self, connection: Connection, who: Who, events: Sequence[Event]) -> None:
        """Add to the log, as part of the transaction that does what is logged.

        From here to the transaction's end others wait: append last. Raises `AuthenticationError` when the head was
        changed by somebody without the key.
        """
        if not events:
            return
        seq, mac, seal = _head(connection, lock=True)
        if not hmac.compare_digest(seal, self._seal(seq, mac)):
            raise AuthenticationError("the head of the audit log was changed", hint="simtool audit verify")
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        rows = []
        for number, event in enumerate(events, start=seq + 1):
            entry = Entry(number, time, who.person, who.place, event.act, event.subject, event.detail)
            mac = self._mac(mac, entry)
            values = (number, time, who.person, who.place, event.act, event.subject, event.detail, mac)
            rows.append(dict(zip(ENTRY_NAMES, values, strict=True)))
        connection.execute(insert(tables.audit), rows)
        seq += len(events)
        changed = update(tables.audit_head).where(tables.audit_head.c.id == HEAD)
        connection.execute(changed.values(seq=seq, mac=mac, seal=self._seal(seq, mac)))

    def verify(self, connection: Connection, witness: tuple[int, bytes] | None = None) -> Audit:
        """Go through the whole log. Finds every changed, missing, added or moved entry, and a log that was cut off.

        `witness` is a head that was noted elsewhere earlier.
        """
        problems: list[str] = []
        expected, mac = 1, START
        for entry, found in _entries(connection):
            if entry.seq != expected:
                problems.append(f"entries {expected} to {entry.seq - 1} are missing")
            elif not hmac.compare_digest(found, self._mac(mac, entry)):
                problems.append(f"entry {entry.seq} was changed, moved or added ({entry.time}, {entry.act})")
            expected, mac = entry.seq + 1, found
            if witness is not None and entry.seq == witness[0] and found != witness[1]:
                problems.append(f"entry {entry.seq} is not the one that was witnessed")
        seq, head, seal = _head(connection)
        if not hmac.compare_digest(seal, self._seal(seq, head)):
            problems.append("the head was changed")
        if (seq, head) != (expected - 1, mac):
            problems.append(f"the log ends at entry {expected - 1}, its head says {seq}")
        if witness is not None and witness[0] > expected - 1:
            problems.append(f"the log ends at entry {expected - 1}, but had reached {witness[0]}")
        return Audit(expected - 1, tuple(problems))

    def _mac(self, before: bytes, entry: Entry) -> bytes:
        names = zip(ENTRY_NAMES, _values(entry), strict=False)
        return hmac.digest(self._key.reveal(), before + canonical(dict(names)), "sha256")

    def _seal(self, seq: int, mac: bytes) -> bytes:
        return hmac.digest(self._key.reveal(), HEAD_PURPOSE + seq.to_bytes(8) + mac, "sha256")


def head_of(connection: Connection) -> tuple[int, bytes]:
    """Number and HMAC of the last entry."""
    seq, mac, _ = _head(connection)
    return seq, mac


def history(connection: Connection, subject: str) -> tuple[Entry, ...]:
    """What happened to one card, batch or key, in order."""
    columns = [tables.audit.c[name] for name in ENTRY_NAMES[:-1]]
    rows = connection.execute(select(*columns).where(tables.audit.c.subject == subject).order_by(tables.audit.c.seq))
    return tuple(Entry(*row) for row in rows)


def recent(connection: Connection, *, limit: int = 100, before: int | None = None) -> tuple[Entry, ...]:
    """The last entries, the newest first; `before` goes on below the number of the last one seen."""
    table = tables.audit
    query = select(*(table.c[name] for name in ENTRY_NAMES[:-1])).order_by(table.c.seq.desc()).limit(limit)
    rows = connection.execute(query if before is None else query.where(table.c.seq < before))
    return tuple(Entry(*row) for row in rows)


def of_batch(connection: Connection, batch_id: int, batch: str) -> Iterator[Entry]:
    """Everything about a batch and each of its cards, in order; a few thousand entries are in memory at a time."""
    table, cards = tables.audit, tables.cards
    mine = table.c.subject.in_(select(cards.c.iccid).where(cards.c.batch_id == batch_id))
    query = select(*(table.c[name] for name in ENTRY_NAMES[:-1])).where((table.c.subject == batch) | mine)
    rows = connection.execution_options(yield_per=READ_ROWS).execute(query.order_by(table.c.seq))
    for row in rows:
        yield Entry(*row)


class Witness:
    """The head of one site's log, kept in a file outside of the database."""

    __slots__ = ("_path",)

    def __init__(self, folder: Path, uid: str) -> None:
        self._path = private_folder(folder / "audit") / f"{uid}.head"

    def read(self) -> tuple[int, bytes] | None:
        """Raises `InputError` for a damaged file."""
        try:
            seq, mac = self._path.read_text().split()
            return int(seq), bytes.fromhex(mac)
        except FileNotFoundError:
            return None
        except ValueError:
            hint = "find out who did it; when it is deleted, a cut in the log before now will not be found"
            raise InputError("this witness of the audit log is damaged", place=str(self._path), hint=hint) from None

    def keep(self, head: tuple[int, bytes]) -> None:
        """Keep a head, unless a later one is kept."""
        known = self.read()
        if known is None or known[0] < head[0]:
            write_private(self._path, f"{head[0]} {head[1].hex()}\n", overwrite=True)


def _head(connection: Connection, *, lock: bool = False) -> tuple[int, bytes, bytes]:
    head = tables.audit_head
    query = select(head.c.seq, head.c.mac, head.c.seal).where(head.c.id == HEAD)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise AuthenticationError("the audit log has no head: it was removed", hint="compare with a backup")
    return row.seq, bytes(row.mac), bytes(row.seal)


def _entries(connection: Connection) -> Iterator[tuple[Entry, bytes]]:
    columns = [tables.audit.c[name] for name in ENTRY_NAMES]
    rows = connection.execution_options(yield_per=READ_ROWS).execute(select(*columns).order_by(tables.audit.c.seq))
    for row in rows:
        yield Entry(*row[:-1]), bytes(row.mac)


def _values(entry: Entry) -> Iterable[object]:
    return (entry.seq, entry.time, entry.who, entry.place, entry.act, entry.subject, entry.detail)
