"""One thing that was looked at on this computer, and how to get it right."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `cure` says how to get it where it is missing."""

    subject: str
    ok: bool
    detail: str
    cure: str = ""
