"""One card's visit from profile to proof: everything that `simtool apply` does, with what outlives the process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from simtool.card.session import Session
from simtool.errors import RefusedError
from simtool.perso.apply import REPOWER, Options, apply
from simtool.perso.authorise import SAFE_TRIES
from simtool.perso.compiled import CompiledProfile
from simtool.perso.image import CardImage, Unit
from simtool.perso.job import Job, choose_record, prepare
from simtool.perso.kinds import may_write
from simtool.perso.memory.attempts import Attempts
from simtool.perso.memory.journal import Journals
from simtool.perso.memory.journal_file import Entry
from simtool.perso.memory.resume import settle
from simtool.perso.memory.stored_plan import StoredPlan
from simtool.perso.model import identify
from simtool.perso.profile import Profile
from simtool.perso.read import ICCID_PATH, Progress, read_iccid, read_image
from simtool.perso.record import CardRecord, Credential
from simtool.perso.report import EndState, Report
from simtool.perso.verify import Check, Verification, verify, verify_keys


class OtherCardError(RefusedError):
    """The card has the number of one that was begun before, and is not that one. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What came of it. `continued` is the work of an earlier visit that this one went on with, `strangers` are places
    that somebody else changed since; `journal` is this one's id; `verification` is None if none was wanted.
    """

    job: Job
    report: Report
    verification: Verification | None
    continued: Entry | None
    journal: str
    strangers: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """The card is as wanted, and proved if that was asked for."""
        return self.report.end in (EndState.GOOD, EndState.UNTOUCHED) and (
            self.verification is None or bool(self.verification)
        )


def visit(
    session: Session,
    profile: Profile,
    records: tuple[CardRecord, ...],
    journals: Journals,
    *,
    keep: Callable[[CardRecord], None],
    product: str | None = None,
    and_verify: bool = True,
    checking: Check = Check.FULL,
    compiled: CompiledProfile | None = None,
    stored: StoredPlan | None = None,
    min_tries: int = SAFE_TRIES,
    irreversible: bool = False,
    same_card: bool = False,
    repower: int = REPOWER,
    attempts: Attempts | None = None,
    reading: Progress | None = None,
    writing: Progress | None = None,
) -> Visit:
    """Settle what an earlier visit left open, prepare, apply, verify.

    `keep` gets the record each time that the card made it another one: after PINs of its targets are on the card, and
    after sequence numbers are used up. Nothing is written when the plan is not the `stored` one. `compiled` is as in
    `prepare`; `checking` says how the finished card is verified, `repower` is as in `Options`. Raises as `prepare`,
    `StoredPlan.check` and `apply`; with `same_card`, for a card whose number others may have too, `OtherCardError`
    where it cannot be the one that was begun before.
    """
    model = identify(session, product=product)
    record = choose_record(session, model, records, exact=not may_write(profile.operator.kind, "record.iccid"))
    if same_card:  # before any PIN of its record is sent to another card
        _check_same(read_image(session, model, only=(Unit(ICCID_PATH),)), read_iccid(session, model).digits, journals)
    settled = settle(session, model, record, journals, min_tries=min_tries, attempts=attempts)
    if settled != record:
        keep(settled)
    job = prepare(
        session,
        profile,
        (settled,),
        product=product,
        min_tries=min_tries,
        irreversible=irreversible,
        progress=reading,
        attempts=attempts,
        compiled=compiled,
    )
    if stored is not None:
        stored.check(job.plan, journals.key)
    if same_card:
        _check_same(job.current, job.plan.card_iccid, journals)
    run = journals.begin(job.plan, job.current)
    options = Options(min_tries=min_tries, progress=writing, journal=run, attempts=attempts, repower=repower)
    report = apply(run.plan, session, options)
    finished = job.record.personalised() if report.end is not EndState.REJECTED else job.record
    keep(finished)
    verification = None
    if and_verify:
        desired = replace(job.desired, credentials=_usable(job, finished))
        if checking is Check.FULL:
            verification = verify(session, desired, finished, min_tries=min_tries, attempts=attempts)
        else:
            verification = verify_keys(session, desired, finished, min_tries=min_tries)
        keep(verification.record)
    return Visit(job, report, verification, run.continues, run.id, run.strangers)


def _check_same(image: CardImage, iccid: str, journals: Journals) -> None:
    """The last work on a card of this number was on this very card, as far as its content tells."""
    base = next((entry for entry in journals.entries(iccid) if entry.touched), None)
    odd = journals.recognise(base, image) if base is not None else ()
    if odd:
        more = f" and {len(odd) - 1} more" if odd[1:] else ""
        raise OtherCardError(
            f"the card does not hold what was written to card {iccid} before: {odd[0]}{more}",
            hint="is it another card with the same number? Put the first one in",
        )


def _usable(job: Job, record: CardRecord) -> tuple[Credential, ...]:
    known = {pin.name for pin in job.model.pins}
    return tuple(item for item in record.credentials if item.pin in known)
