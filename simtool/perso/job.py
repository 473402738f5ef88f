"""One card's work from profile to plan: everything that happens before the first write."""

from __future__ import annotations

from dataclasses import dataclass, replace

from simtool.card.session import Session
from simtool.errors import InputError, RefusedError
from simtool.files.product import CardModel
from simtool.perso.authorise import SAFE_TRIES
from simtool.perso.image import CardImage
from simtool.perso.kinds import may_write
from simtool.perso.model import identify
from simtool.perso.plan import Plan, plan
from simtool.perso.profile import Profile
from simtool.perso.proof import known_by_proof
from simtool.perso.read import Progress, read_enabled_pins, read_iccid, read_image
from simtool.perso.record import CardRecord
from simtool.perso.render import DesiredCard, render


@dataclass(frozen=True, slots=True)
class Job:
    """A card in the reader, its record, and what has to be done."""

    model: CardModel
    record: CardRecord
    desired: DesiredCard
    current: CardImage
    plan: Plan


def prepare(
    session: Session,
    profile: Profile,
    records: tuple[CardRecord, ...],
    *,
    product: str | None = None,
    min_tries: int = SAFE_TRIES,
    progress: Progress | None = None,
) -> Job:
    """Identify the card, find its record by ICCID, read what matters, and plan. Writes nothing.

    Where keys cannot be read the card is challenged; the job's record holds the SQN that this used up.
    """
    model = identify(session, product=product)
    record = choose_record(session, model, records, exact=not may_write(profile.operator.kind, "record.iccid"))
    desired = render(profile, record, model)
    current = read_image(
        session,
        model,
        only={**desired.guarded.units, **desired.image.units},
        credentials=desired.credentials,
        min_tries=min_tries,
        progress=progress,
    )
    check_guarded(desired, current)
    if any(wish.enabled is not None for wish in desired.pins):
        current = replace(current, enabled_pins=read_enabled_pins(session, model))
    current, record = known_by_proof(session, model, record, desired.image, current)
    return Job(model, record, desired, current, plan(current, desired, model))


def check_guarded(desired: DesiredCard, current: CardImage) -> None:
    """Raises `RefusedError` where the card does not hold what the host's data says it holds: it is another card."""
    for unit, wanted in desired.guarded.units.items():
        now = current.units.get(unit)
        if now is None or wanted.differing(now):
            found = "cannot be read" if now is None else "differs from the host's data"
            raise RefusedError(
                f"{unit} {found}, so card {desired.iccid} was not touched",
                hint="compare the card with the host's output file: this profile changes nothing that is the host's",
            )


def choose_record(
    session: Session, model: CardModel, records: tuple[CardRecord, ...], *, exact: bool = False
) -> CardRecord:
    """The record with the card's ICCID; unless `exact`, a single record is taken as it is where that can be written.

    Raises `InputError` when no record belongs to this card.
    """
    iccid = read_iccid(session, model)
    for record in records:
        if record.iccid == iccid:
            return record
    if len(records) == 1 and model.iccid_writable and not exact:
        return records[0]
    raise InputError(
        f"none of the {len(records)} records belongs to the card with ICCID {iccid.digits}",
        hint="put the right card in, or give the record file that names this ICCID",
    )
