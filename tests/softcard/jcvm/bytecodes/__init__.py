"""What each of the 185 instructions does (JCVM chapter 7), as tables; `row` says what a row is."""

from __future__ import annotations

from tests.harness.jcasm.opcodes import OPCODES
from tests.softcard.jcvm.bytecodes import arithmetic, control, objects, storage
from tests.softcard.jcvm.bytecodes.row import Row

__all__ = ["Row", "rows", "uncovered"]


def rows() -> tuple[Row, ...]:
    """All of them."""
    sources = (*arithmetic.SOURCES, *storage.SOURCES, *control.SOURCES, *objects.SOURCES)
    return tuple(row for source in sources for row in source())


def uncovered() -> set[str]:
    """Instructions that no row is about."""
    return set(OPCODES) - {row.instruction for row in rows()}
