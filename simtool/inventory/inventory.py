"""One inventory: its database, its vault and its audit log, opened together by whoever acts."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from sqlalchemy import Connection, insert, select

from simtool.errors import RefusedError
from simtool.inventory import tables
from simtool.inventory.audit import Audit, AuditLog, Event, Who, Witness, head_of
from simtool.inventory.escrow import combine, make_escrow, open_escrow, rewrap
from simtool.inventory.keepers import Keeper, open_keeper
from simtool.inventory.store import Store
from simtool.inventory.vault import AUDIT, Vault
from simtool.perso.memory.state_folder import private_folder

DATABASE = "inventory.db"
KEK_FILE = "vault.key"
UID_BYTES = 8


class Inventory:
    """Use it as a context: `with Inventory.open(...) as inventory`. It is for one thread."""

    def __init__(self, store: Store, keeper: Keeper, who: Who, folder: Path) -> None:
        self.store = store
        self.who = who
        self.vault = Vault(keeper)
        self.folder = folder
        with store.read() as connection:
            self.uid = str(connection.execute(select(tables.site.c.uid)).scalar_one())
            self.log = AuditLog(self.vault.key(connection, AUDIT))
        self._witness = Witness(folder, self.uid)
        self._acted = False

    @classmethod
    def create(
        cls, folder: Path, *, url: str = "", vault: str = "", who: Who | None = None, existing_key: bool = False
    ) -> Inventory:
        """A new inventory with its tables and keys. Raises `RefusedError` where there is one.

        `folder` is the state folder; database and key-encryption key are files in it unless `url` and `vault` say
        otherwise. `existing_key` takes a key-encryption key that is there already instead of making one.
        """
        with _store(folder, url) as store:
            if store.version():
                raise RefusedError(f"there is an inventory in {store}", hint="choose another place for the new one")
            with _keeper(vault or default_keeper(folder), create=not existing_key) as keeper:
                store.upgrade()
                made, maker, uid = Vault(keeper), who or Who.here(), secrets.token_hex(UID_BYTES)
                with store.begin() as connection:
                    connection.execute(insert(tables.site).values(id=1, uid=uid, created=utc_now()))
                    made.begin(connection)
                    log = AuditLog(made.key(connection, AUDIT))
                    log.begin(connection)
                    log.append(connection, maker, [Event("inventory made", uid, f"keys wrapped by {keeper.id}")])
                return cls(store, keeper, maker, folder)

    @classmethod
    def open(cls, folder: Path, *, url: str = "", vault: str = "", who: Who | None = None) -> Inventory:
        """An inventory that exists. Raises `InputError` when it does not, `AuthenticationError` for a wrong key."""
        with _store(folder, url) as store:
            store.require_version()
            with _keeper(vault or default_keeper(folder)) as keeper:
                return cls(store, keeper, who or Who.here(), folder)

    @contextmanager
    def act(self) -> Iterator[Act]:
        """A transaction with its entries in the audit log: both are stored, or neither."""
        with self.store.begin() as connection:
            act = Act(connection)
            yield act
            self.log.append(connection, self.who, act.events)
        self._acted = True

    def verify_log(self) -> Audit:
        """Check the whole audit log, against its head and what was seen of it from here."""
        with self.store.read() as connection:
            return self.log.verify(connection, self._witness.read())

    def close(self) -> None:
        """Note where the log ends, and let go of database and keys."""
        acted, self._acted = self._acted, False
        try:
            if acted:
                with self.store.read() as connection:
                    self._witness.keep(head_of(connection))
        finally:
            self.vault.keeper.close()
            self.store.close()

    def __enter__(self) -> Inventory:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Act:
    """A transaction under way, and what the audit log will say of it."""

    __slots__ = ("connection", "events")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.events: list[Event] = []

    def note(self, act: str, subject: str, detail: str = "") -> None:
        self.events.append(Event(act, subject, detail))


@contextmanager
def _store(folder: Path, url: str) -> Iterator[Store]:
    """The database, let go of again when what is done with it fails."""
    store = Store(url or default_database(folder))
    try:
        yield store
    except BaseException:
        store.close()
        raise


@contextmanager
def _keeper(url: str, *, create: bool = False) -> Iterator[Keeper]:
    """The keeper, closed again when what is done with it fails."""
    keeper = open_keeper(url, create=create)
    try:
        yield keeper
    except BaseException:
        keeper.close()
        raise


def default_database(folder: Path) -> str:
    return f"sqlite:///{private_folder(folder) / DATABASE}"


def default_keeper(folder: Path) -> str:
    return f"file:{private_folder(folder) / KEK_FILE}"


def utc_now() -> str:
    """The time in ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def rotate_keeper(inventory: Inventory, to: str) -> int:
    """Make a new key-encryption key and wrap every key by it; returns how many."""
    old = inventory.vault.keeper
    with _keeper(to, create=True) as new:
        with inventory.act() as act:
            count = inventory.vault.rotate(act.connection, new)
            act.note("key-encryption key rotated", new.id, f"{count} keys, before {old.id}")
        inventory.vault.keeper = new
    old.close()
    return count


def split_escrow(inventory: Inventory, shares: int, threshold: int) -> tuple[str, ...]:
    """Make an escrow key, wrap every key for it, and split it; the shares are words and exist nowhere else."""
    public, words = make_escrow(shares, threshold)
    with inventory.act() as act:
        count = inventory.vault.escrow(act.connection, public)
        act.note("escrow made", public.hex()[:16], f"{count} keys, any {threshold} of {shares} shares")
    return words


def recover_vault(folder: Path, url: str, shares: Sequence[str], to: str, who: Who) -> int:
    """Bring a vault back from shares, under a new key-encryption key; returns how many keys."""
    with _store(folder, url) as store:
        store.require_version()
        private = combine(shares)
        with store.read() as connection:
            keys = open_escrow(connection, private)
        with _keeper(to, create=True) as new:
            with store.begin() as connection:
                rewrap(connection, keys, new)
                log = AuditLog(Vault(new).key(connection, AUDIT))
                log.append(connection, who, [Event("vault recovered", new.id, f"{len(keys)} keys from escrow")])
            new.close()
        store.close()
    return len(keys)
