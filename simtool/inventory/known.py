"""The register as a list from elsewhere is checked against it, one number at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, Connection

from simtool.batch.numbering import NumberKind
from simtool.crypto.secret import Secret
from simtool.inventory import tables
from simtool.inventory.inventory import Inventory
from simtool.inventory.register import Reserved
from simtool.inventory.sealing import fingerprint
from simtool.inventory.store import Store
from simtool.inventory.vault import FINGERPRINT


class Known:
    """A `simtool.batch.incoming.Register`: what exists in the inventory, and what is reserved for somebody."""

    def __init__(self, store: Store, connection: Connection, mark_key: Secret) -> None:
        self._store = store
        self._connection = connection
        self._key = mark_key.reveal()
        self._reserved = Reserved(connection)

    def has_iccid(self, iccid: str) -> bool:
        return self._has(tables.cards.c.iccid, iccid) or self._reserved.holds(NumberKind.ICCID, iccid[:-1])

    def has_imsi(self, imsi: str) -> bool:
        return self._has(tables.subscriptions.c.imsi, imsi) or self._reserved.holds(NumberKind.IMSI, imsi)

    def has_msisdn(self, msisdn: str) -> bool:
        digits = msisdn.removeprefix("+")
        return self._has(tables.subscriptions.c.msisdn, digits) or self._reserved.holds(NumberKind.MSISDN, digits)

    def has_ki(self, k: Secret) -> bool:
        return self._has(tables.subscriptions.c.ki_fingerprint, fingerprint(self._key, k.reveal()))

    def _has(self, column: Column[Any], value: str | bytes) -> bool:
        return self._store.has(self._connection, column, value)


@contextmanager
def known(inventory: Inventory) -> Iterator[Known]:
    """The register of an inventory, as it is now."""
    with inventory.store.read() as connection:
        yield Known(inventory.store, connection, inventory.vault.key(connection, FINGERPRINT))
