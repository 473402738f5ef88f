"""What a slot's worker tells the station, and what the station tells it. Values that go through a pipe.

No secret is ever in one of these: they end on screens and in logs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Phase(Enum):
    """What a slot is at, and so what its part of the screen shows. Colours and words are the screens' business."""

    STARTING = "starting"
    OFFLINE = "offline"  # no PC/SC service, or its reader is not there; comes back by itself
    INSERT = "insert"  # waits for a card
    READING = "reading"  # identifying, reading, planning
    PROGRAMMING = "programming"
    VERIFYING = "verifying"
    SCAN = "scan"  # finished and proved; waits for the scan of the printed ICCID
    GOOD = "good"  # good: take it out
    REJECT = "reject"  # bad: into the reject box
    REMOVE = "remove"  # nothing was done, take it out: already good, not of this batch, batch complete
    RESEAT = "reseat"  # bad contact: take it out and put it in again
    ATTENTION = "attention"  # somebody has to look and acknowledge: mismatch, unknown card, locked batch
    PAUSED = "paused"  # by order; no card is begun
    STOPPED = "stopped"  # ended by a rule or an order; a supervisor lets it go on
    ENDED = "ended"  # the worker has ended well


class End(Enum):
    """What came of a card in a slot."""

    GOOD = "good"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"
    UNTOUCHED = "untouched"  # recognised or not for us; nothing was written
    UNFINISHED = "unfinished"  # torn or interrupted; the same card goes on where it stopped


@dataclass(frozen=True, slots=True)
class SlotChanged:
    """A slot is at something else. `message` says what in a line, `hint` what the person shall do next.

    `for_supervisor`: only a supervisor's RESUME may end this.
    """

    slot: str
    at: float
    phase: Phase
    message: str = ""
    hint: str = ""
    iccid: str = ""
    product: str = ""
    for_supervisor: bool = False


@dataclass(frozen=True, slots=True)
class Progressed:
    """How far the card in a slot is: `done` of `total` steps of what is being done."""

    slot: str
    at: float
    done: int
    total: int
    what: str = ""


@dataclass(frozen=True, slots=True)
class CardDone:
    """A card's visit ended. Times in seconds; `checked` is "full" or "proof", empty where nothing was checked.

    `busy` is the time from the card's insertion to its end, `work` that of the worker's own processor.
    """

    slot: str
    at: float
    end: End
    iccid: str = ""
    product: str = ""
    cause: str = ""
    busy: float = 0.0
    work: float = 0.0
    tpdus: int = 0
    wire_bytes: int = 0
    writes: int = 0
    repowered: int = 0
    reseated: int = 0
    checked: str = ""


@dataclass(frozen=True, slots=True)
class Noted:
    """Something worth a line in the log: a printer that failed, a lease renewed late."""

    slot: str
    at: float
    text: str
    is_problem: bool = False


Event = SlotChanged | Progressed | CardDone | Noted


class OrderKind(Enum):
    """What the station can tell a worker.

    PAUSE: begin no further card. STOP: the same, and only a supervisor's RESUME ends it. RESUME ends both, and
    acknowledges what a slot in ATTENTION shows. END: finish the card at hand, then end.
    """

    PAUSE = "pause"
    STOP = "stop"
    RESUME = "resume"
    END = "end"
    SCAN = "scan"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Order:
    """`text` is the reason of PAUSE and STOP, the digits of SCAN, the name of OPERATOR."""

    kind: OrderKind
    text: str = ""
