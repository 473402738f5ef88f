"""The life of a slot: wait for a card, work on it, say what came of it, wait until it is taken out, and again.

All waiting is done here: for cards, for re-seats, for scans, for people, for a reader or a PC/SC service that is gone.
Orders are heard all the time. The worker ends when it is told to, and at once when its station is gone.
"""

from __future__ import annotations

import gc
import time
from contextlib import suppress
from dataclasses import replace

from simtool.card.transport import Transport
from simtool.errors import CardError, ReaderError, RefusedError, SimtoolError
from simtool.inventory.life import RecordState
from simtool.station.events import CardDone, End, Phase
from simtool.station.scan import Scan, compare
from simtool.station.setup import WorkerSetup
from simtool.station.slot.card_at_work import CardAtWork, Result
from simtool.station.slot.card_work import SET_ASIDE, CardWork, ContactLost, OtherCard
from simtool.station.slot.desk import Desk, Ending, LeaseLost
from simtool.station.slot.handler import run_command
from simtool.station.slot.labels import Labels
from simtool.station.slot.line import HEAR_SECONDS, Clock, Line
from simtool.station.slot.reader import Seat, SlotReader

OFFLINE_SECONDS = 0.5
GRACE_SECONDS = 5.0
"""How long a card may take to be there again when reader or service came back, before a person is asked."""
SHOW_SECONDS, SHOW_BAD_SECONDS = 1.5, 4.0
"""How long an end is shown whose card was out before it."""
RETRY_SECONDS = 5.0
SETTLE_SECONDS = 0.3
"""A card rests so long before it is powered again."""
BAD = (Phase.REJECT, Phase.ATTENTION)
NO_ANSWER = "the card does not answer to power-on"
LOST_BLANK = "the contact was lost, and without an ICCID nobody can tell whether the same card comes back"
_STATES = {
    End.GOOD: RecordState.GOOD,
    End.REJECTED: RecordState.REJECTED,
    End.QUARANTINED: RecordState.QUARANTINED,
}


class SlotLoop:
    """One slot at work."""

    def __init__(
        self,
        setup: WorkerSetup,
        line: Line,
        desk: Desk,
        work: CardWork,
        reader: SlotReader,
        labels: Labels | None,
        clock: Clock = time.monotonic,
    ) -> None:
        self._setup = setup
        self._line = line
        self._desk = desk
        self._work = work
        self._reader = reader
        self._labels = labels
        self._clock = clock
        self._done_with: int | None = None  # PC/SC's counter when the card that is still there came in
        self._unsure = False  # the card in the reader may be the one that was done with last
        self._is_new = False  # somebody said that of the card in the reader
        self._last: tuple[str, Result] | None = None

    def run(self) -> None:
        """Until the station says so. Raises `HungUp` when it is gone."""
        with suppress(Ending):
            while not self._line.ending:
                seat = self._next_card()
                if seat is not None:
                    self._serve(seat)
        self._line.phase(Phase.ENDED)

    # Waiting for the next card

    def _next_card(self) -> Seat | None:
        """A card that was not there before; None after anything else happened."""
        seat = self._look(HEAR_SECONDS)
        self._line.hear()
        if seat is None or self._line.ending:
            return None
        if self._line.stopped is not None:
            self._line.phase(Phase.STOPPED, self._line.stopped, "a supervisor lets it go on", for_supervisor=True)
        elif self._line.paused is not None:
            self._line.phase(Phase.PAUSED, self._line.paused)
        elif seat.present:
            return seat if seat.events != self._done_with else None
        else:
            self._done_with, self._unsure, self._is_new = None, False, False
            self._line.phase(Phase.INSERT)
            self._feed()
        return None

    def _look(self, seconds: float) -> Seat | None:
        """The reader, after a change or so long; None while it or the PC/SC service is gone."""
        try:
            return self._reader.wait(seconds)
        except ReaderError as error:
            self._line.phase(Phase.OFFLINE, str(error), error.hint)
            self._done_with, self._unsure = None, True  # the counter begins anew
            self._line.hear(OFFLINE_SECONDS)
            return None

    def _feed(self) -> None:
        command = self._setup.handler.get
        if not command:
            return
        if self._handled(command, "", ""):
            until = self._clock() + GRACE_SECONDS
            while self._clock() < until:
                seat = self._look(HEAR_SECONDS)
                if seat is None or seat.present or self._line.ending:
                    return
                self._line.hear()
            self._need_help("the feeder says that it put a card in, and there is none", "")

    # One card

    def _serve(self, seat: Seat) -> None:
        """A card from its insertion to its removal, or until another one comes in its place."""
        self._desk.work_as(self._line.operator)
        card, self._is_new = CardAtWork(is_new=self._is_new), False
        self._line.forget_answers()
        self._done_with = seat.events
        try:
            result = self._to_its_end(card, seat)
            if result.is_good and self._unsure and self._last is not None and self._last[0] == result.iccid:
                result = self._last[1]  # reader or service were gone for a while, the finished card was not
            else:
                self._conclude(card, result)
        except LeaseLost as error:
            words = str(error)
            hint = "put the card aside; put in again it may go on"
            result = Result(End.QUARANTINED, Phase.ATTENTION, words, hint, words, card.iccid)
            self._tell(card, result)
        except OtherCard as error:
            self._give_way(card, str(error))
            return
        if result.end is not End.GOOD:
            gc.collect()  # a journal that broke off counts as being written while an exception still holds it
        result = replace(result, product=card.product)
        self._sort(result)
        self._await_removal(result)

    def _give_way(self, card: CardAtWork, chip: str) -> None:
        """Another card came in its place: this one stays unfinished, and the other one has its turn."""
        other = f"card {chip}" if chip else "a card without a number"
        words = f"{other} was put in before {card.iccid} was finished"
        end = End.UNTOUCHED if card.visit is None else End.UNFINISHED
        self._conclude(card, Result(end, Phase.READING, cause=words, iccid=card.iccid))
        self._line.note(f"{words}: that one goes on when it is put in again", is_problem=True)
        self._done_with = None

    def _to_its_end(self, card: CardAtWork, seat: Seat) -> Result:
        """From seat to seat, until something came of it. A good one is proved, and scanned where that is wanted."""
        powers = self._setup.rules.repowers
        reseats = 0 if self._setup.handler.bad else self._setup.rules.reseats  # no machine can do that
        while True:
            self._line.phase(Phase.READING, iccid=card.iccid, product=card.product)
            self._done_with = seat.events
            try:
                if seat.mute:
                    raise ContactLost(NO_ANSWER)
                try:
                    transport, seat = self._opened()
                except RefusedError as error:  # the card goes beyond what this reader can do
                    return _not_for_this_slot(card, error)
                self._done_with = seat.events
                result = self._work.seat(card, transport)
            except ContactLost as error:
                cause = str(error)
            else:
                return self._scanned(card) if result.end is End.GOOD and self._setup.scan else result
            was_offline, now = self._online(card)
            if now is None:
                return _left(card, cause)
            is_same_seat = not was_offline and now.present and now.events == seat.events
            if is_same_seat and powers > 0:
                powers -= 1
                card.repowered += 1
                self._hear(card, SETTLE_SECONDS)
                self._line.note(f"{_named(card)}: powered off and on: {cause}")
                continue
            if card.visit is not None and not card.chip:
                return Result(End.REJECTED, Phase.REJECT, LOST_BLANK, SET_ASIDE, LOST_BLANK, card.iccid)
            if not was_offline:
                if card.reseated >= reseats:
                    return self._given_up(card, cause)
                card.reseated += 1
                self._line.note(f"{_named(card)}: to be put in again: {cause}")
            found = self._seated_again(card, cause, None if was_offline else seat.events)
            if found is None:
                return _left(card, cause)
            seat, powers = found, self._setup.rules.repowers

    def _opened(self) -> tuple[Transport, Seat]:
        """The link to the card, and the reader as it was then: from now on the link breaks when the card leaves."""
        try:
            transport = self._reader.open()
        except CardError as error:
            raise ContactLost(str(error)) from None
        try:
            return transport, self._reader.now()
        except ReaderError as error:
            transport.close()
            raise ContactLost(str(error)) from None

    def _given_up(self, card: CardAtWork, cause: str) -> Result:
        known = ", and this slot is known to give little power" if self._setup.slot.quirks.weak_power else ""
        words = f"bad contact, after {card.reseated} re-seats: {cause}{known}"
        iccid = card.iccid if card.visit is not None else card.chip
        return Result(End.REJECTED, Phase.REJECT, words, SET_ASIDE, words, iccid)

    def _online(self, card: CardAtWork) -> tuple[bool, Seat | None]:
        """Whether the reader, or the PC/SC service, was gone; waits until they are back. None: the worker shall end."""
        was_offline = False
        while True:
            try:
                return was_offline, self._reader.now()
            except ReaderError as error:
                was_offline = True
                self._line.phase(Phase.OFFLINE, str(error), error.hint, iccid=card.iccid, product=card.product)
            self._hear(card, OFFLINE_SECONDS)
            if self._line.ending:
                return was_offline, None

    def _seated_again(self, card: CardAtWork, cause: str, events: int | None) -> Seat | None:
        """Wait until a card was put in after that count of `events`; None when the worker shall end.

        Without `events` it is the reader that was gone: the card comes back by itself, most of the time.
        """
        patient = self._clock() + (GRACE_SECONDS if events is None else 0.0)
        while True:
            seat = self._look_for(card)
            if seat is not None and seat.present and seat.events != events:
                return seat
            if self._line.ending:
                return None
            if seat is None:
                events = None
            elif self._clock() >= patient:
                self._line.phase(
                    Phase.RESEAT, cause, f"take it out and put it in again{_which(card)}", iccid=card.iccid,
                    product=card.product,
                )  # fmt: skip

    def _look_for(self, card: CardAtWork) -> Seat | None:
        """As `_look`, while a card is at stake."""
        seat = self._look(HEAR_SECONDS)
        self._hear(card, 0.0)
        return seat

    def _hear(self, card: CardAtWork, seconds: float) -> None:
        """Orders; and the record stays in this slot's hands."""
        self._line.hear(seconds)
        if card.held is not None:
            self._desk.keep(card.held)

    def _scanned(self, card: CardAtWork) -> Result:
        """What the scan of the printed ICCID says of a card that is proved. It may be out of the reader for that."""
        self._line.forget_answers()
        words, hint, is_new = "", "scan the printed ICCID", False
        while True:
            self._line.phase(Phase.SCAN, words, hint, iccid=card.iccid, product=card.product, again=is_new)
            is_new = False
            self._hear(card, HEAR_SECONDS)
            if self._line.ending:
                return _left(card, "its printed ICCID was not scanned")
            text = self._line.scan()
            if text is None:
                continue
            found = compare(text, card.iccid)
            if found.scan is Scan.MATCH:
                self._unsure = True  # it may have been out to be read, and be in again
                return Result(End.GOOD, Phase.GOOD, iccid=card.iccid)
            words, is_new = found.words, True
            if found.scan is Scan.MISMATCH:
                return Result(
                    End.QUARANTINED, Phase.ATTENTION, f"wrong card: {words}", "call a supervisor; put the card aside",
                    f"scan: {words}", card.iccid, must_resume=True, for_supervisor=True,
                )  # fmt: skip

    # What came of it

    def _conclude(self, card: CardAtWork, result: Result) -> None:
        """Note it in the inventory, make the label, tell the station."""
        card.stop_the_clock()
        state, held, record = _STATES.get(result.end), card.held, card.record
        if held is not None and record is not None:
            if card.visit is None:
                if not held.continues:
                    self._desk.give_back(held, result.cause or "no card was touched")
            elif state is not None:
                self._desk.finish(held, card.visit, state, result.cause, record, card.measures())
            else:
                self._desk.leave(card.visit, result.cause, card.measures())
        self._tell(card, result)
        if result.end is End.GOOD and record is not None and self._labels is not None:
            try:
                self._labels(record, card.product)
            except SimtoolError as error:
                self._line.note(f"no label for {record.iccid}: {error}", is_problem=True)

    def _tell(self, card: CardAtWork, result: Result) -> None:
        """To the station. What is looked at again and again is told once."""
        iccid = result.iccid or card.iccid
        before, self._last = self._last, (iccid, result)
        if result.retry and before == self._last:
            return
        spent = card.measures()
        done = CardDone(
            self._setup.slot.name, time.time(), result.end, iccid, card.product, result.cause, spent.busy, spent.work,
            spent.tpdus, spent.wire_bytes, spent.writes, spent.repowered, spent.reseated, spent.checked,
        )  # fmt: skip
        self._line.card(done)

    def _sort(self, result: Result) -> None:
        """The sorter takes the card out; a person does where there is none."""
        self._show(result)
        command = self._setup.handler.good if result.end is End.GOOD else self._setup.handler.bad
        if command and not result.retry:
            self._handled(command, result.iccid, result.cause)

    def _handled(self, command: tuple[str, ...], iccid: str, cause: str) -> bool:
        """Whether feeder or sorter did it; if not, somebody has to come."""
        values = {"slot": self._setup.slot.name, "iccid": iccid, "cause": cause}
        done = run_command(command, values, self._setup.handler.seconds, meanwhile=self._line.hear)
        if done:
            return True
        self._need_help(done.problem, iccid)
        return False

    def _need_help(self, problem: str, iccid: str) -> None:
        """Until somebody lets the slot go on."""
        self._line.note(problem, is_problem=True)
        hint = "look at feeder and sorter, then let the slot go on"
        self._line.phase(Phase.ATTENTION, problem, hint, iccid=iccid)
        self._line.forget_answers()
        while not (self._line.resumed() or self._line.ending):
            self._line.hear(HEAR_SECONDS)

    def _show(self, result: Result) -> None:
        self._line.phase(
            result.phase, result.message, result.hint, iccid=result.iccid, product=result.product,
            for_supervisor=result.for_supervisor,
        )  # fmt: skip

    def _await_removal(self, result: Result) -> None:
        """Until the card is out or another one in; where somebody has to acknowledge, until that."""
        self._line.forget_answers()
        begun = self._clock()
        shown_until = begun + (SHOW_BAD_SECONDS if result.phase in BAD else SHOW_SECONDS)
        while not self._line.ending:
            seat = self._look(HEAR_SECONDS)
            self._line.hear()
            if seat is None:
                continue
            resumed = self._line.resumed()
            is_there = seat.present and seat.events == self._done_with
            if is_there or self._setup.handler.get:
                shown_until = begun
            if result.must_resume and resumed:
                result = replace(result, phase=Phase.REMOVE, must_resume=False, for_supervisor=False)
                resumed, shown_until = False, begun
            if result.must_resume:
                pass
            elif not is_there:
                if seat.present or self._clock() >= shown_until:
                    return
            elif (resumed and result.phase is Phase.ATTENTION) or (
                result.retry and self._clock() >= begun + RETRY_SECONDS
            ):
                self._done_with, self._is_new = None, resumed and result.may_be_new
                return  # the same card is looked at anew
            self._show(result)


def _not_for_this_slot(card: CardAtWork, error: RefusedError) -> Result:
    """Nothing was sent to the card."""
    end = End.UNTOUCHED if card.visit is None else End.UNFINISHED
    return Result(end, Phase.REMOVE, str(error), error.hint, str(error), card.iccid)


def _left(card: CardAtWork, cause: str) -> Result:
    """The worker ends before the card does."""
    if card.visit is None:
        return Result(End.UNTOUCHED, Phase.REMOVE, "not begun", "take it out", cause, card.chip)
    hint = "it goes on when it is put in again"
    return Result(End.UNFINISHED, Phase.REMOVE, "not finished", hint, cause, card.iccid)


def _named(card: CardAtWork) -> str:
    return f"card {card.iccid}" if card.iccid else "a card that was not read yet"


def _which(card: CardAtWork) -> str:
    return f": card {card.iccid}" if card.held is not None else ""
