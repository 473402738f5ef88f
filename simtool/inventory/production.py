"""Making the records of a batch.

Generation stores one block after the other, each in a transaction of its own with its entry in the audit log. A run
that is torn off at any point leaves whole blocks; the next run goes on behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import update

from simtool.batch.generate import Recipe, spans
from simtool.batch.order import Batch, BatchState
from simtool.batch.parallel import WORTH_WORKERS, in_order
from simtool.crypto.column import Column
from simtool.crypto.kdf import Cmac
from simtool.crypto.key_source import DerivedSource, KeySource, RandomSource
from simtool.errors import InputError, RefusedError
from simtool.inventory import tables
from simtool.inventory.inventory import Inventory
from simtool.inventory.making import Job, Ready
from simtool.inventory.orders import batch_uid, find_batch, load_profile
from simtool.inventory.records import insert_locked
from simtool.inventory.store import DoubledError
from simtool.inventory.vault import FINGERPRINT, batch_key
from simtool.perso.profile import Profile

MOST_REDRAWS = 3
STORE_AT_ONCE = 32_768
"""Records in one transaction: the random places of the fingerprints' index are written once for all of them."""
WORKERS = 2


@dataclass(frozen=True, slots=True)
class Production:
    """What a run did: how many records it made, and how many keys were refused as weak or repeated."""

    batch: Batch
    made: int
    refused: int


def generate(
    inventory: Inventory,
    name: str,
    *,
    profile: Path | None = None,
    master: Cmac | None = None,
    source: KeySource | None = None,
    workers: int | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Production:
    """Make the records of a batch that do not exist yet, from first or where an earlier run ended.

    `master` is the CMAC of the master key for a derived batch; `source` makes other keys than the system's CSPRNG.
    Raises `RefusedError` when the batch is not to be generated (any more), another run is at it, or a number exists.
    """
    with inventory.store.read() as connection:
        batch = find_batch(connection, name)
        uid = batch_uid(connection, batch.id)
        data_key = inventory.vault.key(connection, batch_key(uid)) if batch.state in _MAKEABLE else None
        mark_key = inventory.vault.key(connection, FINGERPRINT)
    if data_key is None:
        raise RefusedError(f"batch {name} is {batch.state.value}: all of its records exist")
    if batch.derived != (master is not None):
        wanted = "a master key in a token" if batch.derived else "random numbers"
        raise InputError(f"the keys of batch {name} come from {wanted}", field="--master")
    product = load_profile(batch.order, profile)
    recipe = Recipe(batch.iccid, batch.subscriptions, product.material_policy())
    key_length = data_key.length
    job = Job(recipe, uid, Column(key_length, data_key.reveal()), Column(key_length, mark_key.reveal()))
    own = DerivedSource(master) if master is not None else source
    source_of_cards = product.identity.iccid
    stock = product if source_of_cards is not None and source_of_cards.stock is not None else None
    total, refused = batch.order.total, 0
    for ready in _blocks(job, own, stock, batch.made, total, workers):
        refused += _store(inventory, batch, job, own, stock, ready)
        if progress is not None:
            progress("records", ready.start + ready.count - 1, total)
    with inventory.store.read() as connection:
        return Production(find_batch(connection, name), total - batch.made, refused)


_MAKEABLE = frozenset((BatchState.CREATED, BatchState.GENERATING))


def _blocks(
    job: Job, own: KeySource | None, stock: Profile | None, start: int, total: int, workers: int | None
) -> Iterator[Ready]:
    if own is not None or stock is not None:
        source = own or RandomSource()
        for at, count in spans(start, total, STORE_AT_ONCE):
            yield job.make(source, stock, at, count)
        return
    if workers is None:
        workers = WORKERS if total - start >= WORTH_WORKERS else 0
    yield from in_order(job, spans(start, total, STORE_AT_ONCE), workers=workers)


def _store(
    inventory: Inventory, batch: Batch, job: Job, own: KeySource | None, stock: Profile | None, ready: Ready
) -> int:
    """Store a block; one with a Ki that was there before is made again. Gives how many keys were refused."""
    refused = ready.refused
    for _ in range(MOST_REDRAWS):
        repeated = _repeats(ready)
        if not repeated:
            try:
                _store_once(inventory, batch, ready, refused)
                return refused
            except DoubledError as error:
                if error.kind != "Ki" or batch.derived:
                    raise
                repeated = 1
        elif batch.derived:
            raise RefusedError("a derived Ki stands twice: two cards have the same number")
        ready = job.make(own or RandomSource(), stock, ready.start, ready.count)
        refused += repeated + ready.refused
    raise RefusedError("the random source repeats itself", hint="do not use this computer for keys")


def _repeats(ready: Ready) -> int:
    marks = [mark for part in ready.parts for column in part.sealed.fingerprints for mark in column]
    return len(marks) - len(set(marks))


def _store_once(inventory: Inventory, batch: Batch, ready: Ready, refused: int) -> None:
    end, table = ready.start + ready.count, tables.batches
    state = BatchState.GENERATED if end == batch.order.total else BatchState.GENERATING
    with inventory.act() as act:
        mine = (
            table.c.id == batch.id,
            table.c.made == ready.start,
            table.c.state.in_([item.value for item in _MAKEABLE]),
        )
        if act.connection.execute(update(table).where(*mine).values(made=end, state=state.value)).rowcount != 1:
            raise RefusedError(
                f"somebody else is generating batch {batch.name}", hint="simtool batch show tells how far"
            )
        at = ready.start
        for part in ready.parts:
            insert_locked(inventory, act.connection, batch.id, at, part)
            at += len(part.iccids)
        weak = f", {refused} weak or repeated keys refused" if refused else ""
        act.note("records generated", batch.name, f"{ready.start + 1} to {end} of {batch.order.total}{weak}")
