"""Why the phone shows what it shows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing decided: about what, with which outcome, for which reason, by which clause."""

    subject: str
    outcome: str
    reason: str
    clause: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.outcome} — {self.reason} ({self.clause})"
