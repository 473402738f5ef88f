"""The end of a batch: exported, certified, closed, and its keys purged, with a receipt."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update

from simtool.batch.order import Batch, BatchState
from simtool.crypto.secret import Secret
from simtool.crypto.signed import sign
from simtool.errors import RefusedError
from simtool.inventory import tables
from simtool.inventory.audit import head_of
from simtool.inventory.find import reconciliation_within
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import HELD
from simtool.inventory.making import lock
from simtool.inventory.orders import batch_uid, find_batch
from simtool.inventory.records import card_id, open_rows
from simtool.inventory.sealing import DATA_KEY_LENGTH, seal_block
from simtool.inventory.vault import FINGERPRINT, SIGNING, batch_key

FORM = "simtool purge receipt 1"
RESEAL_ROWS = 4096


@dataclass(frozen=True, slots=True)
class Purge:
    """What was purged, and the signed receipt (JSON text) for it."""

    batch: Batch
    cards: int
    receipt: str


@contextmanager
def noted_use(inventory: Inventory, name: str, what: str, detail: str) -> Iterator[None]:
    """Put into the audit log that keys leave the vault: which, to where, for whom. It is noted before they do.

    That it failed is noted behind it; how far it came nobody knows.
    """
    with inventory.act() as act:
        act.note(what, name, detail)
    try:
        yield
    except BaseException:
        with inventory.act() as act:
            act.note(f"{what}: failed", name, detail)
        raise


def sign_certificate(inventory: Inventory, name: str, content: Mapping[str, Any], detail: str) -> str:
    """A certificate about a batch, signed with the site's key (JSON text); `detail` says in the log what it is about.

    `simtool.crypto.signed.read_signed` checks it. The head of the audit log before it is part of it.
    """
    with inventory.act() as act:
        find_batch(act.connection, name)
        seq, mac = head_of(act.connection)
        whole = {
            **content,
            "by": f"{inventory.who.person} at {inventory.who.place}",
            "audit_entry_before": seq,
            "audit_mac_before": mac.hex(),
        }
        signed = sign(whole, inventory.vault.key(act.connection, SIGNING))
        act.note("certificate made", name, detail)
    return signed


def close_batch(inventory: Inventory, name: str) -> Batch:
    """No more work on a batch. Raises `RefusedError` while records are missing or in a station's hands."""
    with inventory.act() as act:
        batch = find_batch(act.connection, name)
        if batch.state is not BatchState.GENERATED:
            raise RefusedError(f"batch {name} is {batch.state.value}", hint="only a generated batch is closed")
        counts = dict(reconciliation_within(act.connection, name).by_state)
        held = sum(counts[state] for state in HELD)
        if held:
            raise RefusedError(f"stations hold {held} records of batch {name}", hint="let them finish first")
        table = tables.batches
        closed = update(table).where(table.c.id == batch.id, table.c.state == BatchState.GENERATED.value)
        act.connection.execute(closed.values(state=BatchState.CLOSED.value))
        act.note("batch closed", name, ", ".join(f"{count} {state.value}" for state, count in counts.items() if count))
        return find_batch(act.connection, name)


def purge_keys(inventory: Inventory, name: str) -> Purge:
    """Destroy the keys of a closed batch: its data key, that key in escrow, and the sealed secrets.

    Numbers and fingerprints stay in the register. Copies in backups open with the backup's wrapped data key as long as
    the key-encryption key exists: rotate it to end that too. Raises `RefusedError` for a batch that is not closed.
    """
    with inventory.act() as act:
        batch = find_batch(act.connection, name)
        if batch.state is not BatchState.CLOSED:
            raise RefusedError(
                f"batch {name} is {batch.state.value}", hint="close it first, when everybody has his file"
            )
        uid = batch_uid(act.connection, batch.id)
        seq, mac = head_of(act.connection)
        receipt = {
            "form": FORM,
            "batch": name,
            "customer": batch.order.customer,
            "cards": batch.made,
            "data_key_check_value": inventory.vault.key(act.connection, batch_key(uid)).kcv().hex(),
            "purged": datetime.now(UTC).isoformat(timespec="seconds"),
            "by": f"{inventory.who.person} at {inventory.who.place}",
            "audit_entry_before": seq,
            "audit_mac_before": mac.hex(),
        }
        signed = sign(receipt, inventory.vault.key(act.connection, SIGNING))
        inventory.vault.forget(act.connection, batch_key(uid))
        cards, batches = tables.cards, tables.batches
        act.connection.execute(update(cards).where(cards.c.batch_id == batch.id).values(sealed=None))
        act.connection.execute(update(batches).where(batches.c.id == batch.id).values(state=BatchState.PURGED.value))
        act.note("keys purged", name, signed)  # so that the receipt outlives a crash before it is written elsewhere
        purged = find_batch(act.connection, name)
    if not inventory.store.is_postgres:
        inventory.store.checkpoint()
    return Purge(purged, batch.made, signed)


def rotate_batch(inventory: Inventory, name: str) -> int:
    """A new data key for a batch: every secret is sealed again, in one transaction. Returns the number of cards."""
    with inventory.act() as act:
        batch = find_batch(act.connection, name)
        uid = batch_uid(act.connection, batch.id)
        table, mark_key = tables.cards, inventory.vault.key(act.connection, FINGERPRINT)
        old = inventory.vault.key(act.connection, batch_key(uid))
        new = Secret(secrets.token_bytes(DATA_KEY_LENGTH))
        at, done = card_id(batch.id, 0), 0
        columns = (table.c.id, table.c.layout_id, table.c.iccid, table.c.sealed)
        while True:
            query = select(*columns).where(table.c.id >= at, table.c.id < card_id(batch.id + 1, 0))
            cards = act.connection.execute(query.order_by(table.c.id).limit(RESEAL_ROWS).with_for_update()).all()
            if not cards:
                break
            ids = iter([card.id for card in cards])
            for block in open_rows(inventory, act.connection, batch.id, cards):
                locked = lock(block, seal_block(block, new, uid, mark_key))
                for sealed in locked.sealed.cards:
                    act.connection.execute(update(table).where(table.c.id == next(ids)).values(sealed=sealed))
            done += len(cards)
            at = cards[-1].id + 1
        inventory.vault.replace(act.connection, batch_key(uid), new)
        act.note("data key rotated", name, f"{done} cards, from key {old.kcv().hex()} to {new.kcv().hex()}")
        return done
