"""One card in the reader: recognised, matched with its record, programmed and proved.

A card that is lost in the middle comes here again, on another seat in the reader, with what was known of it. Nothing is
written to a card before its record is this slot's and noted as programming; and no record goes to a second card.
"""

from __future__ import annotations

from collections.abc import Callable

from simtool.card.meter import Meter
from simtool.card.session import Session
from simtool.card.transport import Transport, TransportWrapper
from simtool.errors import CardError, CodecError, PlanError, SimtoolError, StatusError
from simtool.perso.authorise import memory_of, remember
from simtool.perso.compiled import CompiledProfile, compile_profile
from simtool.perso.kinds import may_write
from simtool.perso.memory.attempts import Attempts
from simtool.perso.memory.journal import Journals
from simtool.perso.memory.resume import settle
from simtool.perso.model import identify
from simtool.perso.profile import Profile
from simtool.perso.read import read_iccid
from simtool.perso.record import CardRecord
from simtool.perso.verify import Check
from simtool.perso.visit import OtherCardError, Visit, visit
from simtool.station.events import End, Phase
from simtool.station.setup import WorkerSetup
from simtool.station.slot.card_at_work import CardAtWork, Result
from simtool.station.slot.checking import is_checked_whole
from simtool.station.slot.desk import MAY_BE_NEW, Aside, Desk
from simtool.station.slot.line import Line
from simtool.station.slot.verdict import Verdict, verdict_of

ICCID_WRITTEN = "record.iccid"
SET_ASIDE = "put it into the reject box"
Watch = Callable[[Session, Visit], None]
"""Looks at a card that is good, while it is still in use."""


class ContactLost(Exception):
    """The link to the card broke, or the card answered as one with bad contacts does. `str()` says how."""


class OtherCard(Exception):
    """The reader holds another card than the one at work. `str()` is its ICCID."""


class CardWork:
    """The work of one slot on its cards."""

    def __init__(
        self,
        setup: WorkerSetup,
        profile: Profile,
        desk: Desk,
        line: Line,
        journals: Journals,
        attempts: Attempts,
        *,
        watch: Watch | None = None,
    ) -> None:
        self.setup = setup
        self.profile = profile
        self.desk = desk
        self.line = line
        self.journals = journals
        self.attempts = attempts
        self.watch = watch
        self.compiled: dict[str, CompiledProfile] = {}

    def seat(self, card: CardAtWork, transport: Transport) -> Result:
        """Bring the card in the reader as far as it goes; the link is closed afterwards.

        A result that is good is not noted in the inventory yet, nor is one that is bad. Raises `ContactLost` and
        `OtherCard`: then the card at work may come to another seat; `LeaseLost` when its record is no longer this
        slot's, `Ending` and `HungUp`.
        """
        powers = _Powers(transport)
        meter = Meter(powers)
        extended = False if self.setup.slot.quirks.no_extended_apdu else None
        seat = None
        try:
            with Session.open(meter, extended=extended) as session:
                seat = _Seat(self, card, session)
                return seat.work()
        finally:
            card.reading += meter.reading
            if seat is not None:
                card.writes += seat.writes
                card.repowered += powers.count if seat.repowered is None else seat.repowered


class _Powers(TransportWrapper):
    """Counts how often a card is powered off and on."""

    count = 0

    def reset(self, *, cold: bool = True) -> bytes:
        self.count += cold
        return self._inner.reset(cold=cold)


class _Seat:
    """A card between being powered on and off."""

    def __init__(self, slot: CardWork, card: CardAtWork, session: Session) -> None:
        self._slot = slot
        self._card = card
        self._session = session
        self._is_writing = False
        self.writes = 0
        self.repowered: int | None = None
        """As the report of the work says; None where it broke off."""

    def work(self) -> Result:
        try:
            return self._work()
        except OtherCardError as error:
            words, iccid = str(error), self._card.chip
            return Result(
                End.UNTOUCHED, Phase.ATTENTION, words, MAY_BE_NEW, words, iccid, for_supervisor=True, may_be_new=True
            )
        except PlanError as error:  # nothing of the card was touched on this seat
            return self._failed(Verdict.ASIDE, "; ".join(error.reasons))
        except SimtoolError as error:
            verdict = verdict_of(error)
            if isinstance(error, StatusError) and self._is_writing and verdict is Verdict.CONTACT:
                verdict = Verdict.REJECT  # powering it off and on was tried already
            cause = str(error)
        if verdict is Verdict.CONTACT:
            raise ContactLost(cause)
        if verdict is Verdict.STRANGER:
            return Result(End.UNTOUCHED, Phase.ATTENTION, cause, "take it out", cause)
        self._look_again()
        return self._failed(verdict, cause)

    def _work(self) -> Result:
        slot, card, session = self._slot, self._card, self._session
        model = identify(session)
        chip = self._number(model.name)
        if card.held is not None and not card.is_mine(chip):
            raise OtherCard(chip)
        if card.held is None:
            card.chip, card.product = chip, model.name
            slot.line.phase(Phase.READING, iccid=chip, product=model.name)
        compiled = slot.compiled.get(model.name)
        if compiled is None:
            compiled = compile_profile(slot.profile, model)
            if not model.generic:  # the others are as each card shows them
                slot.compiled[model.name] = compiled
        if card.held is None:
            source = slot.profile.identity.iccid
            numbers = source is not None and source.first is not None and model.iccid_writable
            numbers = numbers and may_write(slot.profile.operator.kind, ICCID_WRITTEN)
            wanted = slot.desk.look(chip, numbers_itself=numbers, is_new=card.is_new)
            if isinstance(wanted, Aside):
                return self._untouched(wanted)
            locked = slot.desk.why_locked(model.name, compiled) if slot.setup.gate else None
            if locked is not None:
                return self._untouched(locked, retry=True)
            held = slot.desk.take(wanted)
            if isinstance(held, Aside):
                return self._untouched(held)
            card.held, card.record = held, held.claim.record
            reasons = compiled.render(held.claim.record, model)[1]
            if reasons:
                raise PlanError(reasons)
        if card.visit is None:
            card.visit = slot.desk.begin(card.held, chip, model.name, compiled.digest)
        record = card.record or card.held.claim.record
        if card.held.continues and card.held.begun_at not in ("", slot.setup.station):
            record = settle(session, model, record, slot.journals, min_tries=slot.setup.min_tries, elsewhere=True)
            card.record = record
        is_again = card.held.continues or card.has_begun
        card.has_begun = True
        is_whole = is_checked_whole(slot.setup.batch, record.iccid.digits, slot.setup.checking.full_percent)
        self._show(Phase.READING)
        done = visit(
            session, slot.profile, (record,), slot.journals,
            keep=self._keep, product=model.name, min_tries=slot.setup.min_tries, reading=self._read,
            writing=self._write, compiled=compiled, checking=Check.FULL if is_whole else Check.PROOF,
            same_card=is_again and chip != record.iccid.digits, repower=slot.setup.rules.repowers,
        )  # fmt: skip
        self.repowered = done.report.repowered
        card.checked = "full" if is_whole else "proof"
        self.writes = done.report.writes_done
        for place in done.strangers:
            slot.line.note(f"card {card.iccid}: somebody else changed {place} since this card was begun")
        if done.good:
            card.stop_the_clock()
            if slot.watch is not None:
                slot.watch(session, done)
            return Result(End.GOOD, Phase.GOOD, iccid=card.iccid)
        return self._failed(Verdict.REJECT, why_bad(done))

    def _number(self, product: str) -> str:
        """The card's ICCID, read twice: by a wrong one a card would get another's record. Empty for a blank card.

        From here on every PIN is remembered. Raises `ContactLost` where it reads differently.
        """
        try:
            chip = read_iccid(self._session, identify(self._session, product=product)).digits
        except CodecError:
            chip = ""
        remember(self._session, self._slot.attempts)
        memory = memory_of(self._session)
        if (memory.iccid if memory is not None else "") != chip:
            raise ContactLost("the card's number does not read the same twice")
        return chip

    def _failed(self, verdict: Verdict, cause: str) -> Result:
        """The end of a card by what was wrong with it; one that has no record yet ends untouched."""
        iccid = self._card.iccid
        if self._card.visit is None:
            return Result(End.UNTOUCHED, Phase.ATTENTION, cause, "take it out", cause, iccid)
        if verdict is Verdict.WAIT:
            return Result(
                End.UNFINISHED, Phase.ATTENTION, cause, "put this right, then let the slot go on", cause, iccid
            )
        end = End.REJECTED if verdict is Verdict.REJECT else End.QUARANTINED
        return Result(end, Phase.REJECT, cause, SET_ASIDE, cause, iccid)

    def _untouched(self, aside: Aside, *, retry: bool = False) -> Result:
        return Result(
            End.UNTOUCHED, aside.phase, aside.message, aside.hint, aside.message, aside.iccid or self._card.chip,
            for_supervisor=aside.may_be_new, retry=retry, is_good=aside.is_good, may_be_new=aside.may_be_new,
        )  # fmt: skip

    def _look_again(self) -> None:
        """Whether what went wrong went wrong with this card: raises `OtherCard`, or `ContactLost` if there is none."""
        if self._card.visit is None:
            return
        try:
            self._session.reset()
            chip = self._number(self._card.product)
        except CardError as error:
            raise ContactLost(str(error)) from None
        if not self._card.is_mine(chip):
            raise OtherCard(chip)

    # What visit tells on the way. Each of these may stop it between two steps: the line is gone, or the lease.

    def _keep(self, record: CardRecord) -> None:
        """The card made another record of it. The inventory gets it with the end; until then the journal knows."""
        self._card.record = record
        if self._is_writing:
            self._show(Phase.VERIFYING)

    def _read(self, place: str, done: int, total: int) -> None:
        self._step(place, done, total)

    def _write(self, place: str, done: int, total: int) -> None:
        if not self._is_writing:
            self._is_writing = True
            self._show(Phase.PROGRAMMING)
        self.writes = done
        self._step(place, done, total)

    def _step(self, place: str, done: int, total: int) -> None:
        self._slot.line.hear()
        if self._card.held is not None:
            self._slot.desk.keep(self._card.held)
        self._slot.line.progress(done, total, place)

    def _show(self, phase: Phase) -> None:
        self._slot.line.phase(phase, iccid=self._card.iccid, product=self._card.product)


def why_bad(done: Visit) -> str:
    """Everything that was not as wanted, in words; no key is in them."""
    if done.report.cause:
        return done.report.cause
    found = done.verification
    if found is None:
        return "not checked"
    bad = [*map(str, found.mismatches), *(str(proof) for proof in found.proofs if not proof.ok)]
    return "; ".join(bad) or "the card did not prove its keys"
