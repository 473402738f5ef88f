"""The vault: every key that protects records, itself wrapped by a key-encryption key that is kept elsewhere.

Keys by name: `fingerprint` (of Ki), `audit`, `signing` (Ed25519 of this site), `batch/UID` (the data key of a batch).
Each may be wrapped a second time for escrow (`simtool.inventory.escrow`).
"""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, delete, insert, select, update

from simtool.crypto.secret import Secret
from simtool.crypto.signed import public_key
from simtool.errors import AuthenticationError, InputError, RefusedError
from simtool.inventory import tables
from simtool.inventory.escrow import rewrap, wrap_for_escrow
from simtool.inventory.keepers import Keeper

KEY_LENGTH = 32
FINGERPRINT, AUDIT, SIGNING = "fingerprint", "audit", "signing"
OWN_KEYS = (FINGERPRINT, AUDIT, SIGNING)


class Vault:
    """The wrapped keys of one inventory.

    What was unwrapped once stays in memory while the vault is open; the wrapped key is read each time, so that a key
    that somebody else has replaced or purged meanwhile is not used.
    """

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper
        self._open: dict[tuple[str, bytes], Secret] = {}

    def begin(self, connection: Connection) -> None:
        """Make the keys of a new inventory."""
        for name in OWN_KEYS:
            self.make(connection, name)

    def make(self, connection: Connection, name: str) -> Secret:
        """A new random key of 32 bytes."""
        key = secrets.token_bytes(KEY_LENGTH)
        self.store(connection, name, key)
        return Secret(key)

    def store(self, connection: Connection, name: str, key: bytes) -> None:
        public = escrow_public(connection)
        escrowed = None if public is None else wrap_for_escrow(public, key, name)
        row = {"keeper": self.keeper.id, "wrapped": self.keeper.wrap(key, name), "escrowed": escrowed}
        connection.execute(insert(tables.vault_keys).values(name=name, **row))

    def key(self, connection: Connection, name: str) -> Secret:
        """Raises `InputError` when the key is not there (any more), `AuthenticationError` for a wrong keeper."""
        keys = tables.vault_keys
        row = connection.execute(select(keys.c.keeper, keys.c.wrapped).where(keys.c.name == name)).one_or_none()
        if row is None:
            raise InputError(f"the vault has no key {name!r}", hint="it was purged, or this is another inventory's")
        wrapped = bytes(row.wrapped)
        if (name, wrapped) not in self._open:
            if row.keeper != self.keeper.id:
                raise AuthenticationError(
                    f"this inventory's keys are wrapped by {row.keeper}, given is {self.keeper.id}",
                    hint="name the right key-encryption key with --vault",
                )
            self._open[name, wrapped] = Secret(self.keeper.unwrap(wrapped, name))
        return self._open[name, wrapped]

    def site_key(self, connection: Connection) -> bytes:
        """This site's public key, 32 bytes."""
        return public_key(self.key(connection, SIGNING))

    def rotate(self, connection: Connection, new: Keeper) -> int:
        """Wrap every key by another keeper, which becomes this vault's when that is stored; returns how many."""
        if new.id == self.keeper.id:
            raise RefusedError("the new key-encryption key is the old one", hint="name another with --to")
        names = connection.execute(select(tables.vault_keys.c.name)).scalars().all()
        rewrap(connection, {name: self.key(connection, name) for name in names}, new)
        return len(names)

    def replace(self, connection: Connection, name: str, key: Secret) -> None:
        """Another key in the place of the old one."""
        self.forget(connection, name)
        self.store(connection, name, key.reveal())

    def forget(self, connection: Connection, name: str) -> None:
        """Delete a key, also from escrow. What it protected is lost."""
        connection.execute(delete(tables.vault_keys).where(tables.vault_keys.c.name == name))
        self._open = {place: key for place, key in self._open.items() if place[0] != name}

    def escrow(self, connection: Connection, public: bytes) -> int:
        """From now on wrap every key for this escrow key too; returns how many there are."""
        connection.execute(update(tables.site).values(escrow_public=public))
        names = list(connection.execute(select(tables.vault_keys.c.name)).scalars())
        for name in names:
            escrowed = wrap_for_escrow(public, self.key(connection, name).reveal(), name)
            rows = update(tables.vault_keys).where(tables.vault_keys.c.name == name)
            connection.execute(rows.values(escrowed=escrowed))
        return len(names)


def escrow_public(connection: Connection) -> bytes | None:
    """The public key that keys are wrapped for beside the keeper; None without escrow."""
    found = connection.execute(select(tables.site.c.escrow_public)).scalar_one_or_none()
    return None if found is None else bytes(found)


def batch_key(uid: str) -> str:
    """The name of a batch's data key."""
    return f"batch/{uid}"
