"""Cards' visits at the slots of a station: who had which card where, how long, and what came of it.

A visit begins before the first write and is ended in one transaction with the record's new state; one that is still
open shows where a card was when a station died. Nothing here is secret.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Making:
    """One card's visit. `chip` is the ICCID that the card had when it came in, `iccid` its record's.

    `digest` is that of the approved first article under which it was made; `end` is empty while it is open, then one of
    good, rejected, quarantined, unfinished. Times are ISO 8601, `busy` and `work` seconds.
    """

    id: int
    batch: str
    iccid: str
    chip: str
    product: str
    station: str
    slot: str
    operator: str
    digest: str
    began: str
    ended: str = ""
    end: str = ""
    cause: str = ""
    busy: float = 0.0
    work: float = 0.0
    tpdus: int = 0
    wire_bytes: int = 0
    writes: int = 0
    repowered: int = 0
    reseated: int = 0
    checked: str = ""
