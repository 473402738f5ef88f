"""Exception handlers in the order that the Method component wants (JCVM §6.10.1).

A card looks at handlers from the first to the last, as Java does; but the table is sorted by the ends of the ranges.
Where that order would put an outer handler before an inner one, the inner one's range is cut in two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simtool.applet.convert.card_code import Reference


@dataclass(frozen=True, slots=True)
class Row:
    """A handler; offsets from the beginning of the method's code."""

    start: int
    end: int
    handler: int
    catches: Reference | None

    def overlaps(self, other: Row) -> bool:
        return self.start < other.end and other.start < self.end


def ordered(rows: Sequence[Row]) -> list[Row]:
    """The same handling, in order of the ranges' ends; `rows` in Java's order, earlier ones first."""
    waiting = [row for row in rows if row.start < row.end]
    while True:
        conflict = next(
            (
                (one, other)
                for place, one in enumerate(waiting)
                for other in waiting[place + 1 :]
                if one.end > other.end and one.overlaps(other)
            ),
            None,
        )
        if conflict is None:
            return sorted(waiting, key=lambda row: row.end)
        one, other = conflict
        at = waiting.index(one)
        waiting[at : at + 1] = [
            Row(one.start, other.end, one.handler, one.catches),
            Row(other.end, one.end, one.handler, one.catches),
        ]


def stops(rows: Sequence[Row], place: int) -> bool:
    """The stop bit: no later handler has anything of this one's range (§6.10.1)."""
    return not any(rows[place].overlaps(other) for other in rows[place + 1 :])
