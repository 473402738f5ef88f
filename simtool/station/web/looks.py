"""How the bench looks: what each phase is called on the screen, which shape and which tone it has, and what is heard.

Nothing is told by colour alone: each phase has a word and a shape of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from simtool.station.events import End, Phase
from simtool.station.view import BenchView, SlotView


class Sound(Enum):
    """What a slot is heard with when it comes to a phase."""

    NONE = ""
    GOOD = "good"
    REJECT = "reject"
    ATTENTION = "attention"


@dataclass(frozen=True, slots=True)
class Look:
    """`word` is read from two metres away, `icon` a shape in parts.html, `tone` a class of the style sheet.

    `todo` says what hands do now, where the slot itself has nothing to say; empty: nothing.
    """

    word: str
    icon: str
    tone: str
    todo: str = ""
    sound: Sound = Sound.NONE
    is_busy: bool = False
    is_told: bool = False
    """Spoken by a screen reader when a slot comes to it: only what wants hands."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How a card's end is shown in a list."""

    word: str
    icon: str
    tone: str


LOOKS: dict[Phase, Look] = {
    Phase.STARTING: Look("Starting", "dots", "quiet"),
    Phase.OFFLINE: Look("Offline", "plug", "quiet", "No reader here. It comes back by itself", is_told=True),
    Phase.INSERT: Look("Insert", "down", "open", "Put a card in"),
    Phase.READING: Look("Reading", "card", "busy", "Leave the card in", is_busy=True),
    Phase.PROGRAMMING: Look("Writing", "pen", "busy", "Leave the card in", is_busy=True),
    Phase.VERIFYING: Look("Checking", "lens", "busy", "Leave the card in", is_busy=True),
    Phase.SCAN: Look("Scan", "bars", "scan", "Scan the number printed on this card", is_told=True),
    Phase.GOOD: Look("Good", "check", "good", "Take it out", Sound.GOOD, is_told=True),
    Phase.REJECT: Look("Reject", "cross", "bad", "Into the reject box", Sound.REJECT, is_told=True),
    Phase.REMOVE: Look("Remove", "up", "remove", "Take it out, nothing was written", Sound.ATTENTION, is_told=True),
    Phase.RESEAT: Look("Re-seat", "turn", "care", "Take it out and put it in again", Sound.ATTENTION, is_told=True),
    Phase.ATTENTION: Look("Attention", "warn", "care", "Look at it, then acknowledge", Sound.ATTENTION, is_told=True),
    Phase.PAUSED: Look("Paused", "pause", "still", "Space goes on"),
    Phase.STOPPED: Look("Stopped", "hand", "stop", "A supervisor has to release it", Sound.ATTENTION, is_told=True),
    Phase.ENDED: Look("Ended", "dash", "quiet"),
}
MARKS: dict[End, Mark] = {
    End.GOOD: Mark("good", "check", "good"),
    End.REJECTED: Mark("rejected", "cross", "bad"),
    End.QUARANTINED: Mark("quarantined", "warn", "care"),
    End.UNTOUCHED: Mark("untouched", "up", "remove"),
    End.UNFINISHED: Mark("unfinished", "turn", "care"),
}


@dataclass(frozen=True, slots=True)
class Tile:
    """One slot as its tile shows it."""

    slot: SlotView
    look: Look
    percent: int

    @property
    def spoken(self) -> str:
        """The tile in one sentence."""
        words = [f"Slot {self.slot.name}: {self.look.word}", self.slot.message, self.slot.hint or self.look.todo]
        return ". ".join(word.rstrip(".") for word in words if word) + "."


def tile(slot: SlotView) -> Tile:
    done = min(slot.done, slot.total)
    return Tile(slot, LOOKS[slot.phase], done * 100 // slot.total if slot.total else 0)


def rows(view: BenchView) -> tuple[tuple[Tile | None, ...], ...]:
    """The tiles as they stand on the table: row by row, None where there is no slot.

    Slots that claim the same place follow each other at the end, so that none is hidden.
    """
    width = max((slot.column for slot in view.slots), default=0)
    height = max((slot.row for slot in view.slots), default=0)
    places: dict[tuple[int, int], Tile] = {}
    rest: list[Tile | None] = []
    for slot in view.slots:
        place = (slot.row, slot.column)
        if place in places or slot.row < 1 or slot.column < 1:
            rest.append(tile(slot))
        else:
            places[place] = tile(slot)
    table = [tuple(places.get((row, column)) for column in range(1, width + 1)) for row in range(1, height + 1)]
    return tuple(row for row in [*table, tuple(rest)] if any(row))
