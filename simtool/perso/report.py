"""How work on a card ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from simtool.errors import SimtoolError
from simtool.perso.steps import Plan


class EndState(Enum):
    """The four ends. `REJECTED`: the card refused or does not hold what was written; `UNTOUCHED`: no write began;
    `UNFINISHED`: the link was lost, and the same card can go on where it stopped.
    """

    GOOD = "good"
    REJECTED = "rejected"
    UNTOUCHED = "untouched"
    UNFINISHED = "unfinished"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A place that does not hold what was written or wanted. Says where, never what."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a plan. `repowered` tells how often the card was powered off and on to get over a contact fault;
    `error` is what ended the work early, None if it went through to the last step.
    """

    plan: Plan
    end: EndState
    writes_done: int
    mismatches: tuple[Mismatch, ...] = ()
    repowered: int = 0
    error: SimtoolError | None = field(default=None, repr=False, compare=False)

    @property
    def cause(self) -> str:
        """Why the work did not end well; empty if it did."""
        if self.error is not None:
            return str(self.error)
        return "; ".join(map(str, self.mismatches))

    def __str__(self) -> str:
        lines = [f"{self.plan.iccid}: {self.end.value}, {self.writes_done} of {len(self.plan.writes)} writes done"]
        if self.repowered:
            lines.append(f"  a contact fault was overcome by powering the card off and on ({self.repowered} times)")
        if self.error is not None:
            lines.append(f"  {self.error}")
        return "\n".join([*lines, *(f"  {mismatch}" for mismatch in self.mismatches)])
