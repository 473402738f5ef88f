"""Verify: everything that can be read is as wanted, and the card proves its keys."""

from __future__ import annotations

from dataclasses import dataclass

from simtool.card.session import Session
from simtool.perso.apply import Mismatch
from simtool.perso.authorise import SAFE_TRIES
from simtool.perso.proof import Proof, prove
from simtool.perso.read import Progress, read_image
from simtool.perso.record import CardRecord
from simtool.perso.render import DesiredCard

NOT_OURS = "the keys are the host's and not in the record: left as they are, not proved"


@dataclass(frozen=True, slots=True)
class Verification:
    """`record` is the given one with the SQN that the proofs used up: the HLR has to start above it.

    `unproved` says why there is no proof where none can be asked for.
    """

    mismatches: tuple[Mismatch, ...]
    proofs: tuple[Proof, ...]
    record: CardRecord
    units: int
    unproved: str = ""

    @property
    def content_ok(self) -> bool:
        return not self.mismatches

    @property
    def proofs_ok(self) -> bool:
        return bool(self.proofs or self.unproved) and all(proof.ok for proof in self.proofs)

    def __bool__(self) -> bool:
        return self.content_ok and self.proofs_ok

    def __str__(self) -> str:
        head = f"{self.record.iccid.digits}: {'good' if self else 'NOT good'}, {self.units} units compared"
        notes = (self.unproved,) if self.unproved else ()
        return "\n".join([head, *(f"  {item}" for item in (*self.mismatches, *self.proofs, *notes))])


def verify(
    session: Session,
    desired: DesiredCard,
    record: CardRecord,
    *,
    min_tries: int = SAFE_TRIES,
    progress: Progress | None = None,
) -> Verification:
    """Read everything back, what is the host's too, and challenge the card with the record's keys if it has any."""
    units = {**desired.guarded.units, **desired.image.units}
    current = read_image(
        session, desired.model, only=units, credentials=desired.credentials, min_tries=min_tries, progress=progress
    )
    mismatches = tuple(
        Mismatch(str(unit), "differs from what the profile and the record want")
        for unit, wanted in units.items()
        if unit.path in current.deactivated or (unit in current.units and wanted.differing(current.units[unit]))
    )
    if record.subscription.k is None:
        return Verification(mismatches, (), record, len(units), NOT_OURS)
    proofs, sqn = prove(session, desired.model, record.subscription)
    return Verification(mismatches, proofs, record.with_sqn(sqn), len(units))
