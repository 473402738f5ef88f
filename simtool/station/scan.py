"""Comparing what a barcode scanner read with the ICCID of the chip (TS 102 221 §13.2, ITU-T E.118).

Printed ICCIDs come in several forms: with or without the check digit, in groups, with the F that fills the last byte on
the card. All of them name the same card. What is no ICCID at all is no mismatch: it was read badly, or another code was
hit, and is scanned again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

GROUPING = re.compile(r"[\s.\-_]+")
LABEL = re.compile(r"^ICCID:?", re.IGNORECASE)
ISSUER = "89"  # telecommunications (ITU-T E.118)
SHORTEST, LONGEST = 17, 20
NEAR = 20


class Scan(Enum):
    """What a scan says of the card at hand."""

    MATCH = "match"
    MISMATCH = "mismatch"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`words` tells a person what was found; empty for a match."""

    scan: Scan
    words: str = ""


def compare(scanned: str, iccid: str) -> Comparison:
    """`scanned` against the chip's `iccid`, which is digits."""
    digits = LABEL.sub("", GROUPING.sub("", scanned))
    if digits[-1:] in ("F", "f"):
        digits = digits[:-1]
    if digits in (iccid, iccid[:-1]):
        return Comparison(Scan.MATCH)
    if not (digits.isascii() and digits.isdigit()):
        return Comparison(Scan.UNREADABLE, "that was no ICCID: it has other signs than digits")
    if not (SHORTEST <= len(digits) <= LONGEST and digits.startswith(ISSUER)):
        return Comparison(Scan.UNREADABLE, f"that was no ICCID ({len(digits)} digits, beginning with {digits[:2]})")
    if len(digits) == len(iccid) and has_check_digit(iccid) and not has_check_digit(digits):
        return Comparison(Scan.UNREADABLE, "its check digit is wrong: it was misread or mistyped")
    return Comparison(Scan.MISMATCH, f"scanned {digits}, the chip is {iccid}{_near(digits, iccid)}")


def has_check_digit(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (Luhn, ISO/IEC 7812-1 Annex B)."""
    doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits)))
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def _near(digits: str, iccid: str) -> str:
    """A card a few numbers away points to an order that got lost."""
    body, own = digits[: len(iccid) - 1], iccid[:-1]
    away = int(body) - int(own)
    if len(body) != len(own) or not 0 < abs(away) <= NEAR:
        return ""
    numbers = "one number" if abs(away) == 1 else f"{abs(away)} numbers"
    return f", {numbers} {'further on' if away > 0 else 'before it'}: are the cards out of order?"
