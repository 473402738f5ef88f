"""A database that is torn off in the middle of what somebody does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from simtool.inventory.store import Store


class TornOffError(Exception):
    """The moment at which the process would have died."""


@contextmanager
def torn_at(store: Store, statement: int) -> Iterator[list[int]]:
    """Statement number `statement` is never executed; gives how many were."""
    executed = [0]

    def before(*_: object) -> None:
        executed[0] += 1
        if executed[0] == statement:
            raise TornOffError

    engine = store._engine
    event.listen(engine, "before_cursor_execute", before)
    try:
        yield executed
    finally:
        event.remove(engine, "before_cursor_execute", before)
