"""One card's work from profile to plan: everything that happens before the first write."""

from __future__ import annotations

from dataclasses import dataclass, replace

from simtool.card.session import Session
from simtool.errors import InputError, PlanError, RefusedError
from simtool.files.product import CardModel
from simtool.perso.application_steps import ApplicationStep
from simtool.perso.applications import key_memory, survey_applications
from simtool.perso.authorise import SAFE_TRIES
from simtool.perso.compiled import CompiledProfile, compile_profile
from simtool.perso.desired import DesiredCard
from simtool.perso.image import CardImage
from simtool.perso.keys import once_started
from simtool.perso.kinds import may_write
from simtool.perso.memory.attempts import Attempts
from simtool.perso.model import identify
from simtool.perso.pin_policy import SWITCHABLE
from simtool.perso.plan import Plan, plan
from simtool.perso.profile import Profile
from simtool.perso.proof import known_by_proof
from simtool.perso.read import Progress, read_enabled_pins, read_iccid, read_image
from simtool.perso.record import CardRecord
from simtool.perso.render import HINT
from simtool.perso.survey import survey


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
    irreversible: bool = False,
    progress: Progress | None = None,
    attempts: Attempts | None = None,
    compiled: CompiledProfile | None = None,
) -> Job:
    """Identify the card, find its record by ICCID, read what matters, and plan. Writes nothing.

    `irreversible` allows files that could never be deleted again. Where keys cannot be read the card is challenged; the
    job's record holds the SQN that this used up. Raises `PlanError` with every reason at once where the product has no
    room for the profile: no PIN is presented then. Key sets of a security domain are proved before any PIN is, and
    remembered in `attempts`. `compiled` is the profile compiled for the card's product, for who works on many cards;
    raises `RefusedError` where the card is of another one.
    """
    model = identify(session, product=product)
    compiled = compiled_for(profile, model, compiled)
    record = choose_record(session, model, records, exact=not may_write(profile.operator.kind, "record.iccid"))
    record = record.with_settings(profile.authentication.settings)
    model, desired, reasons = render_for(session, compiled, record, model)
    if reasons:
        more = reasons_to_refuse(session, desired, model)
        raise PlanError(tuple(dict.fromkeys((*reasons, *more))), hint=HINT)
    applications = _applications(session, desired, model, attempts)
    current = read_image(
        session,
        model,
        only={**desired.guarded.units, **desired.image.units},
        credentials=desired.credentials,
        min_tries=min_tries,
        progress=progress,
    )
    check_guarded(desired, current)
    desired = replace(desired, image=once_started(desired.image, current, model))
    if any(wish.pin == SWITCHABLE for wish in desired.pins):
        current = replace(current, enabled_pins=read_enabled_pins(session, model))
    current, record = known_by_proof(session, model, record, desired.image, current)
    changes = plan(current, desired, model, irreversible=irreversible, applications=applications)
    return Job(model, record, desired, current, changes)


def _applications(
    session: Session, desired: DesiredCard, model: CardModel, attempts: Attempts | None
) -> tuple[ApplicationStep, ...]:
    """The steps for what runs on the card, with every other reason to refuse where there is one."""
    if not desired.applications:
        return ()
    iccid = read_iccid(session, model).digits
    memory = key_memory(session, attempts, iccid)
    try:
        return survey_applications(session, desired.applications, model, memory, iccid)
    except PlanError as error:
        more = reasons_to_refuse(session, desired, model)
        raise PlanError(tuple(dict.fromkeys((*error.reasons, *more))), hint=HINT) from None


def compiled_for(profile: Profile, model: CardModel, compiled: CompiledProfile | None) -> CompiledProfile:
    """`compiled`, else one made now. Raises `RefusedError` for another profile's, or another product's."""
    if compiled is None:
        return compile_profile(profile, model)
    if compiled.profile is not profile or compiled.model.name != model.name:
        raise RefusedError(
            f"the profile was compiled for {compiled.model.name}, and this card is {model.name}",
            hint="compile it for this product",
        )
    return compiled


def render_for(
    session: Session, compiled: CompiledProfile, record: CardRecord, model: CardModel
) -> tuple[CardModel, DesiredCard, tuple[str, ...]]:
    """The product with the files that this card has now, what it shall hold, and what of the profile has no room.

    Only where files would have to be made or enlarged the card is asked whether it has them by now.
    """
    desired, reasons = compiled.render(record, model)
    if not desired.changed:
        return model, desired, reasons
    new = {path: desired.model.file(path) for path in desired.changed if not model.has(path)}
    seen = survey(session, model, (path for path in desired.changed if model.has(path)), more=new)
    if seen != model:
        desired, reasons = compiled.render(record, seen)
    return seen, desired, reasons


def reasons_to_refuse(session: Session, desired: DesiredCard, model: CardModel) -> tuple[str, ...]:
    """Why a plan would be refused, as far as that can be told without presenting a PIN. Files that cannot be read are
    left out: they may hold what is wanted.
    """
    current = read_image(session, model, only=desired.image.units)
    seen = {unit: content for unit, content in desired.image.units.items() if unit in current.units}
    try:
        plan(current, replace(desired, image=CardImage(seen, desired.image.origins)), model)
    except PlanError as error:
        return error.reasons
    return ()


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
