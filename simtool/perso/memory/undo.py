"""Undo: from a card as it is back to the content that a journal kept from before.

It is an ordinary plan, so it can be looked at, torn and continued like any other. What could not be read before cannot
be brought back: keys that a product never shows and PINs stay as they are now; files that were switched off stay on.
Packages, applets and access rules stay too: `simtool applet` and `simtool aram` remove them. Files that were made are
deleted again, and those that were enlarged shrink, where the product allows it.
"""

from __future__ import annotations

from dataclasses import dataclass

from simtool.card.session import Session
from simtool.errors import InputError, RefusedError
from simtool.files.product import CardModel
from simtool.perso.apply import Options, apply
from simtool.perso.authorise import SAFE_TRIES
from simtool.perso.desired import DesiredCard
from simtool.perso.image import CardImage, Unit
from simtool.perso.memory.journal import Journals
from simtool.perso.memory.journal_file import Entry, JournalStep, StepState
from simtool.perso.plan import plan
from simtool.perso.read import ICCID_PATH, Progress, read_iccid, read_image
from simtool.perso.record import Credential
from simtool.perso.report import Mismatch, Report
from simtool.perso.restructure import files_as_they_are, may_go_back, with_shapes
from simtool.perso.steps import Plan

ORIGIN = "as it was before"


@dataclass(frozen=True, slots=True)
class Undo:
    """The way back. `lost` are places that stay as they are, because their old content is not known; `awake` are files
    that were switched off before and stay on.
    """

    entry: Entry
    current: CardImage
    desired: DesiredCard
    plan: Plan
    lost: tuple[str, ...]
    awake: tuple[str, ...]


def plan_undo(
    session: Session,
    model: CardModel,
    journals: Journals,
    credentials: tuple[Credential, ...] = (),
    *,
    partly: bool = False,
    min_tries: int = SAFE_TRIES,
    progress: Progress | None = None,
) -> Undo:
    """The plan that takes back the latest work on the card in the reader. Writes nothing.

    Raises `InputError` when no journal knows of such work, `RefusedError` when something cannot be brought back and
    `partly` is not given, `PlanError` when a credential is missing.
    """
    iccid = read_iccid(session, model).digits
    entry = journals.to_undo(iccid)
    if entry is None:
        raise InputError(f"no journal knows of a change to card {iccid}", hint="`simtool journal list` shows them all")
    begun = [step for part in journals.chain(entry) for step in part.steps if step.state is not StepState.WAITING]
    model = files_as_they_are(session, model, entry.files)
    stuck = [path for path in entry.files if model.has(path) and not may_go_back(model, path, entry.files[path])]
    unknown, running = (*_lost(entry, begun), *map(str, stuck)), _still_running(begun)
    lost = (*unknown, *running)
    if lost and not partly:
        parts = [f"not known, so not to be brought back: {', '.join(unknown)}"] if unknown else []
        parts += [f"not taken back by undo: {', '.join(running)}"] if running else []
        raise RefusedError(
            "; ".join(parts),
            hint="the card would be half old, half new; --partly does it anyway",
        )
    wanted = {unit: old for unit, old in entry.old.units.items() if unit in entry.begun and not old.is_unknown}
    known = {pin.name for pin in model.pins}
    usable = tuple(item for item in credentials if item.pin in known)
    only = dict.fromkeys((Unit(ICCID_PATH), *wanted))
    current = read_image(session, model, only=only, credentials=usable, min_tries=min_tries, progress=progress)
    image = CardImage(wanted, dict.fromkeys(wanted, ORIGIN))
    shapes = {path: shape for path, shape in entry.files.items() if path not in stuck}
    desired = DesiredCard(with_shapes(model, shapes), entry.card_iccid or entry.iccid, image, usable)
    awake = tuple(dict.fromkeys(step.place for step in begun if step.kind == "ActivateFile"))
    return Undo(entry, current, desired, plan(current, desired, model, irreversible=True), lost, awake)


def take_back(
    session: Session,
    back: Undo,
    journals: Journals,
    *,
    min_tries: int = SAFE_TRIES,
    progress: Progress | None = None,
) -> tuple[Report, tuple[Mismatch, ...]]:
    """Execute it, with a journal of its own, and read again: what still differs from before. Raises as `apply` does."""
    run = journals.begin(back.plan, back.current, undoes=back.entry.id)
    report = apply(run.plan, session, Options(min_tries=min_tries, progress=progress, journal=run))
    desired = back.desired
    now = read_image(
        session, desired.model, only=back.current.units, credentials=desired.credentials, min_tries=min_tries
    )
    rest = plan(now, desired, desired.model)
    places = dict.fromkeys(step.place for step in rest.writes)
    return report, tuple(Mismatch(place, "is not as it was before") for place in places)


def _still_running(begun: list[JournalStep]) -> tuple[str, ...]:
    """Packages, applets and access rules: they stay as they are now, and have commands of their own."""
    commands = {"ManageContent": "see simtool applet", "AddAccessRule": "see simtool aram"}
    places = [f"{step.place} ({step.action}; {commands[step.kind]})" for step in begun if step.kind in commands]
    return tuple(dict.fromkeys(places))


def _lost(entry: Entry, begun: list[JournalStep]) -> tuple[str, ...]:
    """What was changed, in this piece of work or one that it continued, and cannot be changed back."""
    unknown = [str(unit) for unit in sorted(entry.begun) if (old := entry.old.units.get(unit)) and old.is_unknown]
    pins = [step.place for step in begun if step.kind in ("ChangePin", "SwitchPin", "SendCommand") and not step.units]
    return tuple(dict.fromkeys((*unknown, *pins)))
