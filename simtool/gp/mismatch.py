"""Why a card cryptogram does not fit: a column swapped, or keys that were or were not diversified.

Looks only at figures that the card has given already; nothing is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import permutations

from simtool.crypto.diversification import Diversification, diversify
from simtool.crypto.key_set import KeySet
from simtool.crypto.secret import Secret
from simtool.errors import EncodeError

COLUMNS = ("enc", "mac", "dek")


def explain_mismatch(keys: KeySet, used: Diversification, data: bytes, fits: Callable[[KeySet], bool]) -> str:
    """What would have fitted, in words; empty when nothing known does.

    `keys` are those of the record, `used` the method that was applied, `data` the card's diversification data. `fits`
    tells whether a set makes the card's cryptogram. SCP02 proves ENC and SCP03 proves MAC, so one place is certain.
    """
    for method in (used, *(one for one in Diversification if one is not used)):
        for order, candidate in _orders(keys):
            try:
                made = diversify(candidate, method, data)
            except EncodeError:
                continue
            if fits(made):
                return _words(order, method, used)
    return ""


def _orders(keys: KeySet) -> Iterator[tuple[tuple[int, ...], KeySet]]:
    """The record's keys as they are, then with two columns swapped, then turned round."""
    orders = sorted(permutations(range(3)), key=lambda order: sum(at != place for at, place in enumerate(order)))
    for order in orders:
        enc, mac, dek = (keys.keys[place] for place in order)
        yield order, replace(keys, enc=enc, mac=mac, dek=dek)


def _words(order: tuple[int, ...], method: Diversification, used: Diversification) -> str:
    parts = []
    moved = [(COLUMNS[place], COLUMNS[at]) for at, place in enumerate(order) if place != at]
    if len(moved) == 2:
        parts.append(f"the columns {moved[0][1]} and {moved[1][1]} are swapped")
    elif moved:
        parts.append(", ".join(f"the column {source} holds the card's {target} key" for source, target in moved))
    if method is not used:
        if method is Diversification.NONE:
            parts.append("the keys are the card's own already, not master keys")
        else:
            parts.append(f"the keys are master keys, to be diversified by {method.value}")
    return " and ".join(parts)


def fingerprint_of(keys: KeySet, method: Diversification) -> Secret:
    """All three keys and what is made of them as one secret, for remembering that they were tried."""
    return Secret(b"".join(key.reveal() for key in keys.keys) + method.value.encode(), "key set")
