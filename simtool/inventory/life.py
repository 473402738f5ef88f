"""The life of a card record: its states, which may follow which, and the count that must always come out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from simtool.errors import RefusedError


class RecordState(Enum):
    """Where a record stands.

    `claimed`: a station has it, no card was touched yet. `programming`: a card is being written. `quarantined`:
    somebody has to look. `rejected`: the card is bad, its numbers are used up. `destroyed`: gone for good.
    """

    GENERATED = "generated"
    CLAIMED = "claimed"
    PROGRAMMING = "programming"
    GOOD = "good"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"
    SHIPPED = "shipped"
    DESTROYED = "destroyed"


_S = RecordState
MAY_FOLLOW: dict[RecordState, frozenset[RecordState]] = {
    _S.GENERATED: frozenset((_S.CLAIMED, _S.QUARANTINED, _S.DESTROYED)),
    _S.CLAIMED: frozenset((_S.GENERATED, _S.PROGRAMMING, _S.QUARANTINED)),
    _S.PROGRAMMING: frozenset((_S.GOOD, _S.REJECTED, _S.QUARANTINED)),
    _S.GOOD: frozenset((_S.SHIPPED, _S.QUARANTINED, _S.REJECTED, _S.DESTROYED)),
    _S.REJECTED: frozenset((_S.DESTROYED,)),
    _S.QUARANTINED: frozenset((_S.GENERATED, _S.PROGRAMMING, _S.GOOD, _S.REJECTED, _S.DESTROYED)),
    _S.SHIPPED: frozenset((_S.QUARANTINED, _S.DESTROYED)),
    _S.DESTROYED: frozenset(),
}
HELD = frozenset((_S.CLAIMED, _S.PROGRAMMING))
"""States in which a station holds the record; only its claim moves it on."""


def require_transition(iccid: str, before: RecordState, after: RecordState) -> None:
    """Raises `RefusedError` unless `after` may follow `before`."""
    if after not in MAY_FOLLOW[before]:
        allowed = ", ".join(sorted(state.value for state in MAY_FOLLOW[before])) or "nothing"
        raise RefusedError(
            f"card {iccid} is {before.value} and cannot become {after.value}", hint=f"possible: {allowed}"
        )


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Where the cards of a batch are: ordered = good + rejected + spare + open, at any time.

    `ordered` counts the spare cards too, `good` those shipped, `rejected` those destroyed. `spare` are untouched cards
    beyond what is still needed for the quantity, `open` all the others.
    """

    quantity: int
    ordered: int
    good: int
    rejected: int
    spare: int
    open: int
    by_state: tuple[tuple[RecordState, int], ...]

    @property
    def balances(self) -> bool:
        return self.ordered == self.good + self.rejected + self.spare + self.open


def reconcile(quantity: int, ordered: int, counts: dict[RecordState, int]) -> Reconciliation:
    """The count from the number of records in each state; records not yet made are open or spare."""
    good = counts.get(_S.GOOD, 0) + counts.get(_S.SHIPPED, 0)
    rejected = counts.get(_S.REJECTED, 0) + counts.get(_S.DESTROYED, 0)
    under_way = sum(counts.get(state, 0) for state in (_S.CLAIMED, _S.PROGRAMMING, _S.QUARANTINED))
    untouched = counts.get(_S.GENERATED, 0) + ordered - sum(counts.values())
    still_needed = max(0, quantity - good)
    spare = min(untouched, max(0, untouched + under_way - still_needed))
    rest = untouched + under_way - spare
    by_state = tuple((state, counts.get(state, 0)) for state in RecordState)
    return Reconciliation(quantity, ordered, good, rejected, spare, rest, by_state)
