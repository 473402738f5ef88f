"""To which slot a scanned number goes. Pure: a bench has one scanner and many slots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simtool.station.events import Phase
from simtool.station.scan import Scan, compare
from simtool.station.view import SlotView


@dataclass(frozen=True, slots=True)
class Routed:
    """`slot` gets the scan, or none does, and `problem` says why.

    `pause`: so that everybody stops and looks. `unreadable`: it was no ICCID, and is to be scanned again.
    """

    slot: str = ""
    problem: str = ""
    pause: bool = False
    unreadable: bool = False


def route(text: str, slots: Sequence[SlotView], named: str | None = None) -> Routed:
    """The slot that was named; else the only one that waits for a scan; else the waiting one with that ICCID."""
    if named is not None:
        if any(slot.name == named for slot in slots):
            return Routed(named)
        return Routed(problem=f"there is no slot {named!r} for the scan {_shown(text)}")
    waiting = [slot for slot in slots if slot.phase is Phase.SCAN]
    if not waiting:
        return Routed(problem=f"{_shown(text)} was scanned, but no slot waits for a scan")
    if len(waiting) == 1:
        return Routed(waiting[0].name)
    found = [(slot, compare(text, slot.iccid)) for slot in waiting]
    fitting = [slot for slot, comparison in found if comparison.scan is Scan.MATCH]
    if len(fitting) == 1:
        return Routed(fitting[0].name)
    if all(comparison.scan is Scan.UNREADABLE for _, comparison in found):
        return Routed(problem=f"{_shown(text)}: {found[0][1].words}", unreadable=True)
    who = ", ".join(f"slot {slot.name} for {slot.iccid or 'a card without a number'}" for slot in waiting)
    return Routed(problem=f"{_shown(text)} was scanned and belongs to no slot that waits: {who}", pause=True)


def _shown(text: str) -> str:
    """What was scanned, in one short line of printable signs."""
    line = "".join(sign for sign in text if sign.isprintable()).strip()
    return f"“{line[:40]}…”" if len(line) > 40 else f"“{line}”"
