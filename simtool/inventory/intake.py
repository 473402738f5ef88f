"""Records that others made, taken in whole or not at all.

Everything is checked, against the register, within the file, and against the order, before the one transaction ends;
all problems come in one report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, cycle
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update

from simtool.batch.block import BLOCK_SIZE, Block, blocks_of
from simtool.batch.numbering import NumberKind
from simtool.batch.order import Batch, BatchState, Order, check_name
from simtool.crypto.key_source import weakness
from simtool.errors import InputError
from simtool.inventory import tables
from simtool.inventory.inventory import Inventory
from simtool.inventory.making import lock
from simtool.inventory.orders import find_batch, new_batch
from simtool.inventory.records import insert_locked
from simtool.inventory.register import Reserved
from simtool.inventory.sealing import fingerprints, seal_block
from simtool.inventory.vault import FINGERPRINT, batch_key
from simtool.perso.record import CardRecord

MOST_PROBLEMS = 100
ASK_AT_ONCE = 500


def import_records(
    inventory: Inventory, name: str, order: Order, records: Iterable[CardRecord], *, origin: str = ""
) -> Batch:
    """A new batch of records from elsewhere; `origin` says in the audit log where they come from.

    Raises `InputError` with every problem (the first 100): numbers or keys that exist or stand twice, numbers that are
    reserved, wrong check digits, weak keys, and another quantity than ordered. Nothing is stored then.
    """
    with inventory.act() as act:
        inventory.store.lock_register(act.connection)
        batch_id, uid = new_batch(act.connection, check_name(name), order, state=BatchState.GENERATED)
        data_key = inventory.vault.make(act.connection, batch_key(uid))
        mark_key = inventory.vault.key(act.connection, FINGERPRINT)
        check = _Check(act.connection, mark_key.reveal())
        count = 0
        for block in blocks_of(records, BLOCK_SIZE):
            if check.is_new(block) and not check.problems:
                sealed = seal_block(block, data_key, uid, mark_key)
                insert_locked(inventory, act.connection, batch_id, count, lock(block, sealed))
            count += len(block)
        if count != order.total:
            check.problems.append(f"{count} records, {order.total} were ordered")
        if check.problems:
            raise InputError(_report(check.problems), hint="correct the file; nothing of it was taken")
        act.connection.execute(update(tables.batches).where(tables.batches.c.id == batch_id).values(made=count))
        act.note("records imported", name, f"{count} cards for {order.customer}, from {origin or 'a program'}")
        return find_batch(act.connection, name)


class _Check:
    """Looks for what exists already, in the register and in the blocks before."""

    def __init__(self, connection: Connection, mark_key: bytes) -> None:
        self.problems: list[str] = []
        self._connection = connection
        self._key = mark_key
        self._reserved = Reserved(connection)
        self._latest: dict[str, set[object]] = {}
        self._seen: dict[str, set[object]] = {}

    def is_new(self, block: Block) -> bool:
        """Whether the block has no problem; those it has are kept.

        From the first problem on nothing is stored, so what stood in the file is remembered here from then on.
        """
        before = len(self.problems)
        self.problems += chain(self._numbers(block), self._keys(block))
        if self.problems:
            for what, values in self._latest.items():
                self._seen.setdefault(what, set()).update(values)
        return len(self.problems) == before

    def _numbers(self, block: Block) -> Iterator[str]:
        iccids = block.iccid.texts()
        reserved = self._reserved
        for record in block.records():
            if not record.iccid.luhn_ok:
                yield f"ICCID {record.iccid}: the check digit is wrong"
            if reserved.holds(NumberKind.ICCID, record.iccid.digits[:-1]):
                yield f"ICCID {record.iccid} is reserved"
            for item in record.subscriptions:
                if reserved.holds(NumberKind.IMSI, item.imsi.digits):
                    yield f"IMSI {item.imsi} is reserved"
                if item.msisdn is not None and reserved.holds(NumberKind.MSISDN, item.msisdn.removeprefix("+")):
                    yield f"MSISDN {item.msisdn} is reserved"
        yield from self._doubles("ICCID", iccids, tables.cards.c.iccid, iccids)
        imsis = [digits for item in block.subscriptions for digits in item.imsi.texts()]
        yield from self._doubles("IMSI", imsis, tables.subscriptions.c.imsi, imsis)
        msisdns = [digits for item in block.subscriptions if item.msisdn is not None for digits in item.msisdn.texts()]
        yield from self._doubles("MSISDN", msisdns, tables.subscriptions.c.msisdn, msisdns)

    def _keys(self, block: Block) -> Iterator[str]:
        iccids = block.iccid.texts()
        for item in block.subscriptions:
            for iccid, ki in zip(iccids, item.k, strict=True) if item.k is not None else ():
                reason = weakness(ki)
                if reason:
                    yield f"the Ki of {iccid} is weak: {reason}"
        marks = [mark for column in fingerprints(block, self._key) for mark in column]
        named = [(mark, f"of {iccid}") for mark, iccid in zip(marks, cycle(iccids), strict=False) if mark is not None]
        values, names = [mark for mark, _ in named], [name for _, name in named]
        yield from self._doubles("Ki", values, tables.subscriptions.c.ki_fingerprint, names)

    def _doubles(
        self, what: str, values: Sequence[object], column: ColumnElement[Any], names: list[str]
    ) -> Iterator[str]:
        """Values that stand twice in this block, or came before it."""
        stored: set[object] = set()
        for at in range(0, len(values), ASK_AT_ONCE):
            some = values[at : at + ASK_AT_ONCE]
            stored.update(self._connection.execute(select(column).where(column.in_(some))).scalars())
        seen = self._seen.get(what, set())
        now = self._latest[what] = set()
        for value, name in zip(values, names, strict=True):
            if value in now or value in seen:
                yield f"{what} {name} stands twice"
            elif value in stored:
                yield f"{what} {name} exists already, in the register or further up"
            now.add(value)


def _report(problems: list[str]) -> str:
    hidden = len(problems) - MOST_PROBLEMS
    return "\n".join([*problems[:MOST_PROBLEMS], *([f"and {hidden} more"] if hidden > 0 else [])])
