"""Verify: everything that can be read is as wanted, and the card proves its keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from simtool.card.session import Session
from simtool.errors import PlanError
from simtool.files.product import CardModel
from simtool.perso.applications import key_memory, survey_applications
from simtool.perso.apply import Mismatch
from simtool.perso.authorise import SAFE_TRIES
from simtool.perso.desired import DesiredCard
from simtool.perso.image import CardImage, differs
from simtool.perso.keys import once_started
from simtool.perso.memory.attempts import Attempts
from simtool.perso.proof import Proof, prove
from simtool.perso.read import Progress, read_image
from simtool.perso.record import CardRecord
from simtool.perso.steps import Write
from simtool.perso.survey import survey

NOT_OURS = "the keys are the host's and not in the record: left as they are, not proved"


NOT_READ_AGAIN = "not read again: each write was read back when it was made"


class Check(Enum):
    """How a finished card is checked: everything read back and the keys proved, or only the keys."""

    FULL = "full"
    PROOF = "proof"


@dataclass(frozen=True, slots=True)
class Verification:
    """`record` is the given one with the SQN that the proofs used up: the HLR has to start above it.

    `unproved` says why there is no proof where none can be asked for. With `Check.PROOF` nothing was compared: `units`
    is 0.
    """

    mismatches: tuple[Mismatch, ...]
    proofs: tuple[Proof, ...]
    record: CardRecord
    units: int
    unproved: str = ""
    check: Check = Check.FULL

    @property
    def content_ok(self) -> bool:
        return not self.mismatches

    @property
    def proofs_ok(self) -> bool:
        return bool(self.proofs or self.unproved) and all(proof.ok for proof in self.proofs)

    def __bool__(self) -> bool:
        return self.content_ok and self.proofs_ok

    def __str__(self) -> str:
        content = f"{self.units} units compared" if self.check is Check.FULL else NOT_READ_AGAIN
        head = f"{self.record.iccid.digits}: {'good' if self else 'NOT good'}, {content}"
        notes = (self.unproved,) if self.unproved else ()
        return "\n".join([head, *(f"  {item}" for item in (*self.mismatches, *self.proofs, *notes))])


def verify(
    session: Session,
    desired: DesiredCard,
    record: CardRecord,
    *,
    min_tries: int = SAFE_TRIES,
    progress: Progress | None = None,
    attempts: Attempts | None = None,
) -> Verification:
    """Read everything back, what is the host's too, and challenge the card with the record's keys if it has any.

    What shall run on the card is compared with its registry and its access rules.
    """
    units = {**desired.guarded.units, **desired.image.units}
    there = survey(session, desired.model, desired.changed)
    current = read_image(
        session, desired.model, only=units, credentials=desired.credentials, min_tries=min_tries, progress=progress
    )
    wanted = replace(desired, image=once_started(desired.image, current, desired.model))
    mismatches = (*_mismatches(wanted, current, there), *_not_running(session, desired, attempts))
    if record.subscription.k is None:
        return Verification(mismatches, (), record, len(units), NOT_OURS)
    proofs, sqn = prove(session, desired.model, record.subscription, desired.credentials, min_tries=min_tries)
    return Verification(mismatches, proofs, record.with_sqn(sqn), len(units))


def verify_keys(
    session: Session, desired: DesiredCard, record: CardRecord, *, min_tries: int = SAFE_TRIES
) -> Verification:
    """Challenge the card with the record's keys and read nothing: for a card whose writes were all read back."""
    if record.subscription.k is None:
        return Verification((), (), record, 0, NOT_OURS, Check.PROOF)
    proofs, sqn = prove(session, desired.model, record.subscription, desired.credentials, min_tries=min_tries)
    return Verification((), proofs, record.with_sqn(sqn), 0, check=Check.PROOF)


def _not_running(session: Session, desired: DesiredCard, attempts: Attempts | None) -> Iterator[Mismatch]:
    """Packages, applets and access rules that the card lacks."""
    if not desired.applications:
        return
    iccid = desired.iccid
    memory = key_memory(session, attempts, iccid)
    try:
        steps = survey_applications(session, desired.applications, desired.model, memory, iccid)
    except PlanError as error:
        yield from (Mismatch("applications", reason) for reason in error.reasons)
        return
    yield from (Mismatch(step.place, f"still to do: {step.action}") for step in steps if isinstance(step, Write))


def _mismatches(desired: DesiredCard, current: CardImage, there: CardModel) -> Iterator[Mismatch]:
    for path in desired.changed:
        wanted, found = desired.model.file(path), there.files.get(path)
        if found is not None and found.shape != wanted.shape:
            yield Mismatch(str(path), f"holds {found.shape}, not {wanted.shape}")
    for unit, content in {**desired.guarded.units, **desired.image.units}.items():
        found_content = current.units.get(unit)
        if unit.path in current.absent and found_content is None:
            yield Mismatch(str(unit), "is not there")
        elif unit.path in current.deactivated or (found_content and differs(unit, content, found_content)):
            yield Mismatch(str(unit), "differs from what the profile and the record want")
