"""Which cards are read back whole: exactly so many of each hundred, and nobody chooses them.

The choice follows from the batch's name and the ICCID alone, so that an auditor can repeat it. Cards that are not
chosen are checked by each write alone; all of them prove their keys.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

HUNDRED = 100


def is_checked_whole(batch: str, iccid: str, percent: int) -> bool:
    """Whether the card is one of the `percent` in its hundred.

    A hundred is the ICCIDs that are alike up to the two digits before the check digit. Within it, those are chosen
    whose SHA-256 over `BATCH/HUNDRED/TWO DIGITS` is lowest.
    """
    if percent >= HUNDRED:
        return True
    return iccid[-3:-1] in _chosen(batch, iccid[:-3], max(0, percent))


@lru_cache(maxsize=64)
def _chosen(batch: str, hundred: str, count: int) -> frozenset[str]:
    numbers = (f"{number:02}" for number in range(HUNDRED))
    ranked = sorted(numbers, key=lambda number: hashlib.sha256(f"{batch}/{hundred}/{number}".encode()).digest())
    return frozenset(ranked[:count])
