"""Executing a plan: writes in order, each read back while its file is still selected."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from simtool.card.files import CardFiles
from simtool.card.session import Session
from simtool.errors import CardRemovedError, RefusedError, SimtoolError
from simtool.perso.authorise import SAFE_TRIES, present_pin
from simtool.perso.execute import execute, holds
from simtool.perso.read import Progress, read_iccid, read_image
from simtool.perso.steps import ActivateFile, Plan, PresentPin


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
            execute(step, card_files)
            if isinstance(step, ActivateFile):
                continue
            if read_back and not holds(step, card_files, plan.model):
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


def _with_progress(error: SimtoolError, plan: Plan, done: int) -> SimtoolError:
    """The same error with the place in the plan, and the way on."""
    if isinstance(error, CardRemovedError):
        message = f"{plan.iccid}: {error}; {done} of {len(plan.writes)} writes are done"
        return CardRemovedError(message, hint="put the same card back and apply again: it goes on with what is missing")
    return error
