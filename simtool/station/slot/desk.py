"""The inventory as one slot sees it: whose card is this, may it be worked on, and what came of it.

A database that is gone for a while is asked again and again, politely; the card waits. When a claim was lost, the
record is no longer this slot's, and nothing more may be written with it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from simtool.errors import RefusedError
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import RecordState
from simtool.inventory.recognise import Known, recognise
from simtool.inventory.store import DatabaseError
from simtool.inventory.visits import Measures, begin_visit, break_visit, finish_visit
from simtool.inventory.work import LEASE_SECONDS, Claim, claim, claim_card, reclaim, release, renew, take_back
from simtool.perso.compiled import CompiledProfile
from simtool.perso.record import CardRecord
from simtool.station.article.gate import gate_for
from simtool.station.events import Phase
from simtool.station.setup import WorkerSetup
from simtool.station.slot.line import Clock, Line

RENEW_SECONDS = LEASE_SECONDS / 4
TAKE_OUT = "take it out"
MAY_BE_NEW = "take it out; if it is another card with the same number, let the slot go on with it"
FIRST_WAIT, LONGEST_WAIT = 0.5, 10.0
_T = TypeVar("_T")


class LeaseLost(Exception):
    """The record is no longer this slot's: not another byte may be written with it."""


class Ending(Exception):
    """The worker shall end, and nothing is at stake that would have to be waited for."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A card that may be worked on: `known` is what the inventory knows of it, None for a chip that nobody knows."""

    chip: str
    known: Known | None


@dataclass(frozen=True, slots=True)
class Held:
    """A record in this slot's hands. `continues`: its card was begun before, by the station named in `begun_at`."""

    claim: Claim
    continues: bool = False
    begun_at: str = ""


@dataclass(frozen=True, slots=True)
class Aside:
    """A card that is not worked on, and why; nothing was written.

    `is_good`: it is a finished card of this very batch. `may_be_new`: what is known is the number that it came with,
    and other blank cards may have the same.
    """

    phase: Phase
    message: str
    hint: str = ""
    iccid: str = ""
    is_good: bool = False
    may_be_new: bool = False


class Desk:
    """What one slot asks of the inventory. Raises `HungUp` while it waits for a database and the station is gone."""

    def __init__(self, setup: WorkerSetup, inventory: Inventory, line: Line, clock: Clock = time.monotonic) -> None:
        self._setup = setup
        self._inventory = inventory
        self._line = line
        self._clock = clock
        self._renewed = clock()
        self._renew_after = RENEW_SECONDS
        self._may_hold_one = False

    def look(self, chip: str, *, numbers_itself: bool, is_new: bool = False) -> Wanted | Aside:
        """Whose card the chip with this ICCID is, and whether it may be worked on; nothing is taken yet.

        A chip that nobody knows may get the next free record where cards of this product are numbered here; so may one
        that somebody said is new, if only its first number is known.
        """
        known = self._ask(lambda: recognise(self._inventory, chip, holder=self._setup.holder)) if chip else None
        by_first_number = known is not None and known.iccid != chip and numbers_itself
        if known is not None and not (is_new and by_first_number):
            why_not = self._why_not(known)
            if why_not is not None and by_first_number:
                return replace(
                    why_not, phase=Phase.ATTENTION, message=f"as {known.iccid} {why_not.message}", hint=MAY_BE_NEW,
                    may_be_new=True,
                )  # fmt: skip
            return why_not or Wanted(chip, known)
        if numbers_itself:
            return Wanted(chip, None)
        shown = f"card {chip}" if chip else "a card without a readable ICCID"
        return Aside(Phase.ATTENTION, f"{shown} is not a card of this batch", TAKE_OUT, chip)

    def why_locked(self, product: str, compiled: CompiledProfile) -> Aside | None:
        """None when a first article of this product, made just so, was approved."""
        locked = self._ask(lambda: gate_for(self._inventory, self._setup.batch, product, compiled))
        return None if locked is None else Aside(Phase.ATTENTION, str(locked), locked.hint)

    def take(self, wanted: Wanted) -> Held | Aside:
        """The record of that card in this slot's hands, or why not."""
        known, batch, mine = wanted.known, self._setup.batch, self._setup.holder
        iccid = known.iccid if known is not None else wanted.chip
        try:
            if known is None:
                found = self._ask(self._claim_next)
                if not found:
                    words = "no record is wanted: the order is complete, or its last cards are at work"
                    return Aside(Phase.REMOVE, words, TAKE_OUT, iccid)
                held = Held(found[0])
            elif known.resumable:
                begun_at = known.visit.station if known.visit is not None else ""
                held = Held(self._ask(lambda: reclaim(self._inventory, iccid, holder=mine)), True, begun_at)
            else:
                one = self._ask(lambda: claim_card(self._inventory, batch, iccid, holder=mine))
                if one is None:
                    return Aside(Phase.REMOVE, "the order is complete: no more cards are needed", TAKE_OUT, iccid)
                held = Held(one)
        except RefusedError as error:
            return Aside(Phase.ATTENTION, str(error), error.hint, iccid)
        self._was_renewed()
        return held

    def begin(self, held: Held, chip: str, product: str, digest: str) -> int:
        """The record is programming from here on. Raises `LeaseLost`."""
        station, slot = self._setup.station, self._setup.slot.name

        def act() -> int:
            return begin_visit(
                self._inventory, held.claim, chip=chip, product=product, station=station, slot=slot,
                operator=self._line.operator, digest=digest,
            )  # fmt: skip

        try:
            visit = self._ask(act)
        except RefusedError as error:
            raise LeaseLost(str(error)) from None
        self._was_renewed()
        return visit

    def keep(self, held: Held) -> None:
        """Hold the record longer, when it is time. Raises `LeaseLost`; a database that is gone is asked later."""
        if self._clock() - self._renewed < self._renew_after:
            return
        try:
            renew(self._inventory, held.claim)
        except DatabaseError as error:
            self._renewed, self._renew_after = self._clock(), LONGEST_WAIT
            self._line.note(f"the lease of {held.claim.record.iccid} was not renewed: {error}", is_problem=True)
        except RefusedError as error:
            raise LeaseLost(str(error)) from None
        else:
            self._was_renewed()

    def finish(
        self, held: Held, visit: int, state: RecordState, why: str, record: CardRecord, measures: Measures
    ) -> None:
        """Store what came of it, however long the database is gone. Raises `LeaseLost`.

        Where its answer got lost it is asked whether it had stored that already.
        """
        try:
            self._ask(
                lambda: finish_visit(
                    self._inventory, held.claim, visit, state, record=record, why=why, measures=measures
                ),
                at_stake=record.iccid.digits,
            )
        except RefusedError as error:
            known = self._ask(lambda: recognise(self._inventory, record.iccid.digits), at_stake=record.iccid.digits)
            if known is None or known.state is not state or known.visit is None or known.visit.id != visit:
                raise LeaseLost(str(error)) from None

    def leave(self, visit: int, why: str, measures: Measures) -> None:
        """The card came to no end here; its record stays in this slot's hands."""
        try:
            self._ask(lambda: break_visit(self._inventory, visit, why, measures))
        except RefusedError as error:
            self._line.note(str(error), is_problem=True)

    def give_back(self, held: Held, why: str) -> None:
        """No byte was written with it."""
        try:
            self._ask(lambda: release(self._inventory, held.claim, why))
        except RefusedError as error:
            self._line.note(str(error), is_problem=True)

    def work_as(self, operator: str) -> None:
        """Who stands in the audit log from now on."""
        self._inventory.who = replace(self._inventory.who, person=operator)

    def _claim_next(self) -> tuple[Claim, ...]:
        """The next free record. Where an answer got lost, the record that was in it is free again first."""
        batch, mine = self._setup.batch, self._setup.holder
        if self._may_hold_one:
            take_back(self._inventory, batch, mine)
        self._may_hold_one = True
        found = claim(self._inventory, batch, holder=mine, wanted_only=True)
        self._may_hold_one = False
        return found

    def _why_not(self, known: Known) -> Aside | None:
        """Why this card is not worked on here; None when it may be."""
        state, iccid, holder = known.state, known.iccid, known.holder
        if known.batch != self._setup.batch:
            words = f"this card is of batch {known.batch}, not of {self._setup.batch}"
            return Aside(Phase.REMOVE, words, TAKE_OUT, iccid)
        cause = f": {known.visit.cause}" if known.visit is not None and known.visit.cause else ""
        if known.resumable or state is RecordState.GENERATED:
            return None
        match state:
            case RecordState.GOOD:
                return Aside(Phase.REMOVE, "this card is good already", TAKE_OUT, iccid, is_good=True)
            case RecordState.SHIPPED:
                return Aside(Phase.REMOVE, "this card was shipped already", TAKE_OUT, iccid, is_good=True)
            case RecordState.CLAIMED if holder == self._setup.holder:
                return None  # from an earlier life of this slot
            case RecordState.CLAIMED | RecordState.PROGRAMMING:
                hint = f"put it into the slot of {holder}" if holder else "wait until its lease runs out"
                return Aside(Phase.ATTENTION, f"this card is at work at {holder or 'a station'}", hint, iccid)
            case RecordState.QUARANTINED:
                return Aside(Phase.ATTENTION, f"this card is in quarantine{cause}", "give it to a supervisor", iccid)
        return Aside(Phase.REMOVE, f"this card was {state.value}{cause}", "put it into the reject box", iccid)

    def _was_renewed(self) -> None:
        self._renewed, self._renew_after = self._clock(), RENEW_SECONDS

    def _ask(self, act: Callable[[], _T], *, at_stake: str = "") -> _T:
        """Do it; while the database is gone, do it again. An ending worker waits only for the card `at_stake`."""
        wait, is_told = FIRST_WAIT, False
        while True:
            try:
                return act()
            except DatabaseError as error:
                if self._line.ending and not at_stake:
                    raise Ending from error
                if not is_told:
                    self._line.note(str(error), is_problem=True)
                    is_told = True
            kept = (
                f"card {at_stake} is finished and waits to be noted: leave it in" if at_stake else "leave the card in"
            )
            self._line.phase(
                Phase.ATTENTION, "the database does not answer", f"{kept}; it is asked again", iccid=at_stake
            )
            until = self._clock() + wait
            while (left := until - self._clock()) > 0:
                self._line.hear(min(left, 0.25))
            wait = min(2 * wait, LONGEST_WAIT)
