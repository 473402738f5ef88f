"""The database: SQLite (WAL) in a file of its owner's, or PostgreSQL for several stations.

One class hides what differs: how a transaction begins, how the register is locked, how rows go in by the thousand.
SQLAlchemy writes all other SQL.
"""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Column, Connection, Engine, Table, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError

from simtool.errors import InputError, RefusedError
from simtool.perso.memory.state_folder import open_private, private_folder

BUSY_SECONDS = 60
LOOK_AGAIN_SECONDS = 0.001, 0.004
SILENT_SECONDS = 120
"""After so long PostgreSQL ends the transaction of a computer that says nothing more: others wait for what it holds."""
KEEPALIVE = {"idle": 30, "interval": 10, "count": 3}
"""How PostgreSQL looks whether a silent computer is still there: seconds, seconds, times."""
REGISTER_LOCK = 0x53494D
READING = "simtool_reading"
VERSION = "0002"
MIGRATIONS = Path(__file__).parent / "migrations"


class DoubledError(RefusedError):
    """A number or key that exists already. `kind` is the column's name."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"a {kind} exists already", hint="nothing of this block was stored")
        self.kind = kind


class DatabaseError(InputError):
    """The database did not do what it was asked: it is gone, or full, or busy. Asked again later it may."""


class Store:
    """One inventory's database. `url` is `sqlite:///FILE` or `postgresql://…`; the file's name alone will do."""

    def __init__(self, url: str) -> None:
        """Raises `InputError` when it cannot be opened."""
        self.url = url
        self._engine = _engine(url)
        self.is_postgres = self._engine.dialect.name == "postgresql"

    def __repr__(self) -> str:
        return f"Store({self._engine.url})"  # SQLAlchemy hides the password

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction that writes: all of it happens when the block ends well, nothing otherwise."""
        with self.errors(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database and writes nothing."""
        with self.errors(), self._engine.connect() as connection:
            connection = connection.execution_options(**{READING: True})
            if self.is_postgres:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    def lock_register(self, connection: Connection) -> None:
        """Until the transaction ends nobody else reserves numbers. SQLite has a single writer anyway."""
        if self.is_postgres:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": REGISTER_LOCK})

    def session(self) -> Connection:
        """A connection outside of any transaction, to be closed by whoever asked."""
        with self.errors():
            return self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    @property
    def file(self) -> Path | None:
        """SQLite's file; None for PostgreSQL."""
        return None if self.is_postgres else Path(self._engine.url.database or "").resolve()

    def insert_many(self, connection: Connection, table: Table, names: Sequence[str], rows: Sequence[Any]) -> None:
        """Rows of values in the order of `names`. Raises `DoubledError` when one is not unique."""
        if not rows:
            return
        try:
            if self.is_postgres:
                self._copy(connection, table, names, rows)
            else:
                marks = ",".join("?" * len(names))
                statement = f"INSERT INTO {table.name} ({','.join(names)}) VALUES ({marks})"  # noqa: S608 our names
                connection.exec_driver_sql(statement, list(rows))
        except (IntegrityError, sqlite3.IntegrityError) as error:
            raise DoubledError(_doubled_column(str(error))) from None

    def _copy(self, connection: Connection, table: Table, names: Sequence[str], rows: Sequence[Any]) -> None:
        from psycopg.errors import UniqueViolation

        driver: Any = connection.connection.driver_connection
        types = [str(table.c[name].type.compile(self._engine.dialect)).lower() for name in names]
        try:
            with driver.cursor() as cursor:
                command = f"COPY {table.name} ({','.join(names)}) FROM STDIN (FORMAT BINARY)"
                with cursor.copy(command) as copy:
                    copy.set_types(types)
                    write = copy.write_row
                    for row in rows:
                        write(row)
        except UniqueViolation as error:
            raise DoubledError(_doubled_column(str(error))) from None

    def has(self, connection: Connection, column: Column[Any], value: str | bytes) -> bool:
        """Whether the value stands in that column: asked of the driver itself, for questions by the million."""
        driver: Any = connection.connection.driver_connection
        mark = "%s" if self.is_postgres else "?"
        query = f"SELECT 1 FROM {column.table.name} WHERE {column.name} = {mark}"  # noqa: S608 our names
        return driver.execute(query, (value,)).fetchone() is not None

    def version(self) -> str:
        """Which migration the database is at; empty for an empty database."""
        with self.read() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return ""
            return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")

    def upgrade(self) -> None:
        """Bring the tables to this program's version (Alembic)."""
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with self.begin() as connection:
            self.lock_register(connection)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def require_version(self) -> None:
        """Raises `InputError` when the tables are not those that this program knows."""
        found = self.version()
        if not found:
            raise InputError("there is no inventory here yet", place=str(self), hint="simtool vault init makes one")
        if found < VERSION:
            raise InputError(
                f"the inventory's tables are of version {found}, this program wants {VERSION}",
                hint="make a backup, then run simtool inventory upgrade",
            )
        if found > VERSION:
            raise InputError(f"a newer simtool made this inventory (version {found})", hint="update simtool")

    def checkpoint(self) -> None:
        """SQLite: bring everything from the write-ahead log into the file, and empty the log."""
        with self.errors(), self._engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def errors(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            reason = str(error.orig).strip().splitlines()[0] if error.orig else "no reason given"
            raise DatabaseError(f"the database refused: {reason}", place=repr(self)) from None


class SessionLock:
    """PostgreSQL's lock of a number (64 bits, signed), held by a session of its own until it is closed.

    The server frees it when the session ends.
    """

    def __init__(self, url: str, key: int) -> None:
        self._store = Store(url)
        self._key = key
        self._session: Connection | None = None

    def still_mine(self) -> bool:
        """Whether we have it: it is taken where nobody has, also when our session was lost. Raises `InputError`."""
        if self._session is not None:
            try:
                self._session.execute(text("SELECT 1"))
                return True
            except DBAPIError:
                self._session.close()
                self._session = None
        session = self._store.session()
        with self._store.errors():
            taken = session.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": self._key}).scalar_one()
        if not taken:
            session.close()
            return False
        self._session = session
        return True

    def close(self) -> None:
        """End the session, and the lock with it."""
        if self._session is not None:
            with suppress(DBAPIError):  # the server frees it in any case, but takes a moment to see the session's end
                self._session.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": self._key})
            self._session.close()
        self._store.close()


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url if "://" in url else f"sqlite:///{url}")
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        if not parsed.drivername.startswith(("sqlite", "postgresql")):
            raise InputError(f"{parsed.drivername} is not a database for an inventory", hint="sqlite or postgresql")
        if parsed.drivername.startswith("sqlite"):
            return _sqlite(Path(parsed.database or ""))
        return _postgresql(parsed)
    except ArgumentError:
        raise InputError(
            "this is not the URL of a database", hint="sqlite:///FILE or postgresql://USER@HOST/NAME"
        ) from None
    except (ModuleNotFoundError, NoSuchModuleError):
        raise InputError("PostgreSQL needs the package psycopg", hint="pip install 'mvno-simtool[postgres]'") from None


def _postgresql(url: URL) -> Engine:
    engine = create_engine(url, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET idle_in_transaction_session_timeout = '{SILENT_SECONDS}s'")
            for name, value in KEEPALIVE.items():
                cursor.execute(f"SET tcp_keepalives_{name} = {value}")
        connection.commit()

    return engine


def _sqlite(path: Path) -> Engine:
    private_folder(path.parent)
    try:
        os.close(open_private(path, os.O_RDWR))  # made by us, 0600, before SQLite would make it for everybody
    except OSError as error:
        raise InputError(error.strerror or str(error), place=str(path)) from error
    engine = create_engine(f"sqlite:///{path}", hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            "wal_autocheckpoint=16000",
            "cache_size=-65536",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get(READING)
        if reading:
            connection.exec_driver_sql("BEGIN")
        elif not _begin_writing(connection.connection.driver_connection):
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # it fails, and says why

    return engine


def _begin_writing(driver: Any) -> bool:
    """SQLite: wait until no other process writes, and begin to; whether that came within the time.

    SQLite's own waiting looks again after up to 100 ms: whoever writes often would keep the others out for seconds.
    """
    until = time.monotonic() + BUSY_SECONDS
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
                return True
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    return False
            time.sleep(random.uniform(*LOOK_AGAIN_SECONDS))  # noqa: S311 no secret
    finally:
        driver.execute(f"PRAGMA busy_timeout = {1000 * BUSY_SECONDS}")


def _doubled_column(message: str) -> str:
    """Which unique column a database complains of: SQLite names it, PostgreSQL names the constraint."""
    for name, word in (("ki_fingerprint", "Ki"), ("iccid", "ICCID"), ("msisdn", "MSISDN"), ("imsi", "IMSI")):
        if name in message.splitlines()[0]:
            return word
    return "number"
