"""A card at work: what is known and counted from its insertion to its end, over all its seats in the reader."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from simtool.card.meter import MeterReading
from simtool.inventory.visits import Measures
from simtool.perso.record import CardRecord
from simtool.station.events import End, Phase
from simtool.station.slot.desk import Held


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a card, and what its slot shows then. `cause` says why it is not good.

    `must_resume`: taking the card out is not enough, somebody has to acknowledge it. `retry`: the reason may pass by
    itself, so the same card is looked at again. `is_good`: nothing was done because it is a good card of this batch.
    `may_be_new`: its number was seen before, and somebody has to say whether it is another card with that number.
    """

    end: End
    phase: Phase
    message: str = ""
    hint: str = ""
    cause: str = ""
    iccid: str = ""
    product: str = ""
    must_resume: bool = False
    for_supervisor: bool = False
    retry: bool = False
    is_good: bool = False
    may_be_new: bool = False


@dataclass(slots=True)
class CardAtWork:
    """Changes while the work goes on. `chip` is the ICCID that the card came with, empty if it has none; `record` what
    the card made of its record so far; `visit` the open visit in the inventory. `is_new`: somebody said that it is not
    the one that had its number before.
    """

    is_new: bool = False
    chip: str = ""
    product: str = ""
    held: Held | None = None
    visit: int | None = None
    record: CardRecord | None = None
    has_begun: bool = False
    checked: str = ""
    writes: int = 0
    repowered: int = 0
    reseated: int = 0
    reading: MeterReading = MeterReading()
    began: float = field(default_factory=time.monotonic)
    work_began: float = field(default_factory=time.process_time)
    busy: float | None = None

    @property
    def iccid(self) -> str:
        """The number that the card has or shall have; empty before it is read."""
        return self.record.iccid.digits if self.record is not None else self.chip

    def is_mine(self, chip: str) -> bool:
        """Whether a card with this number may be the one at work: it has the old number or the new one."""
        return chip in (self.chip, self.iccid)

    def stop_the_clock(self) -> None:
        """From here on a person's time runs, not the card's."""
        if self.busy is None:
            self.busy = time.monotonic() - self.began

    def measures(self) -> Measures:
        busy = self.busy if self.busy is not None else time.monotonic() - self.began
        return Measures(
            busy=busy,
            work=time.process_time() - self.work_began,
            tpdus=self.reading.tpdus,
            wire_bytes=self.reading.wire_bytes,
            writes=self.writes,
            repowered=self.repowered,
            reseated=self.reseated,
            checked=self.checked,
        )
