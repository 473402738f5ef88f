"""Executing a plan: writes in order, each read back while its file is still selected."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from simtool.card.files import CardFiles
from simtool.card.session import Session
from simtool.errors import CardRemovedError, RefusedError, SimtoolError
from simtool.perso.access import NEVER, read_right
from simtool.perso.authorise import SAFE_TRIES, present_pin
from simtool.perso.plan import ActivateFile, Plan, PresentPin, WriteBytes
from simtool.perso.read import Progress, read_iccid, read_image


class EndState(Enum):
    """How work on a card ends."""

    GOOD = "good"
    REJECTED = "rejected"
    UNTOUCHED = "untouched"
    UNFINISHED = "unfinished"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A place that does not hold what was written or wanted. Says where, never what."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a plan."""

    plan: Plan
    end: EndState
    writes_done: int
    mismatches: tuple[Mismatch, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.plan.iccid}: {self.end.value}, {self.writes_done} of {len(self.plan.writes)} writes done"]
        return "\n".join([*lines, *(f"  {mismatch}" for mismatch in self.mismatches)])


def apply(
    plan: Plan,
    session: Session,
    *,
    read_back: bool = True,
    recheck: bool = False,
    min_tries: int = SAFE_TRIES,
    progress: Progress | None = None,
) -> Report:
    """Execute `plan` on the card it was made for.

    `recheck` reads the planned units again first, and refuses when any of them changed since the plan was made; a plan
    that was stored needs it, one made in the same session does not. Raises `RefusedError` for another card or a stale
    plan, and `CardError` when the card fails or goes away: then `apply` again after a new plan continues.
    """
    if not plan:
        return Report(plan, EndState.UNTOUCHED, 0)
    _check_card(plan, session)
    card_files = CardFiles(session, plan.model)
    done = 0
    mismatches: list[Mismatch] = []
    try:
        for step in plan.steps:
            if isinstance(step, PresentPin):
                present_pin(session, step.pin, step.ref, step.value, min_tries=min_tries)
                continue
            if recheck:
                _check_state(plan, session)
                recheck = False
                card_files.forget()
            if progress:
                progress(step.place, done, len(plan.writes))
            if isinstance(step, ActivateFile):
                card_files.activate(step.unit.path)
                continue
            _write(card_files, step)
            if read_back and not _holds(card_files, plan, step):
                mismatches.append(Mismatch(step.place, "the card does not hold what was just written"))
            done += 1
    except SimtoolError as error:
        raise _with_progress(error, plan, done) from error
    return Report(plan, EndState.REJECTED if mismatches else EndState.GOOD, done, tuple(mismatches))


def _check_card(plan: Plan, session: Session) -> None:
    iccid = read_iccid(session, plan.model)
    if plan.card_iccid and iccid.digits != plan.card_iccid:
        raise RefusedError(
            f"the plan is for card {plan.card_iccid}, the reader holds {iccid.digits}",
            hint="put the right card in, or make a plan for this one",
        )


def _check_state(plan: Plan, session: Session) -> None:
    if read_image(session, plan.model, only=plan.units).digest() != plan.state:
        raise RefusedError("the card changed since the plan was made", hint="make a new plan")


def _write(card_files: CardFiles, step: WriteBytes) -> None:
    if step.unit.record:
        card_files.write_record(step.unit.path, step.unit.record, step.data)
    else:
        card_files.write_range(step.unit.path, step.offset, step.data)


def _holds(card_files: CardFiles, plan: Plan, step: WriteBytes) -> bool:
    """Read the written bytes back; content that can never be read is left to the authentication proof."""
    if read_right(plan.model, step.unit.path) == NEVER:
        return True
    if step.unit.record:
        return card_files.read_record(step.unit.path, step.unit.record) == step.data
    return card_files.read_range(step.unit.path, step.offset, len(step.data)) == step.data


def _with_progress(error: SimtoolError, plan: Plan, done: int) -> SimtoolError:
    """The same error with the place in the plan, and the way on."""
    if isinstance(error, CardRemovedError):
        message = f"{plan.iccid}: {error}; {done} of {len(plan.writes)} writes are done"
        return CardRemovedError(message, hint="put the same card back and apply again: it goes on with what is missing")
    return error
