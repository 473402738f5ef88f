"""Bringing a card back to a backup: a plan from its content now to what the backup holds.

The same card gets everything back, its PIN codes too where the product keeps them in files. Another card keeps its own
ICCID and its own PIN codes. Files that were made or resized since are deleted or get their old size, where the product
allows that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simtool.card.session import Session
from simtool.codec.access import AccessMode
from simtool.errors import PlanError, RefusedError
from simtool.files import catalogue
from simtool.files.path import FilePath
from simtool.files.product import CardModel, Shape
from simtool.perso.access import NEVER, choose, right
from simtool.perso.authorise import SAFE_TRIES, present_pin
from simtool.perso.image import CardImage, Content, Unit, differs, units_of
from simtool.perso.plan import WriteBytes
from simtool.perso.read import ICCID_PATH, Progress, read_iccid, read_image
from simtool.perso.record import Credential
from simtool.perso.restructure import files_as_they_are, may_go_back, with_shapes
from simtool.perso.rooms import place_of, speaks_as_sim
from simtool.perso.technician.backup import Backup, files_in_reach
from simtool.perso.technician.change import Change, plan_change
from simtool.perso.technician.names import select

ORIGIN = "backup"


@dataclass(frozen=True, slots=True)
class Restore:
    """The way back. `left_out` are places that differ and stay as they are, with the reason.

    `switch_off` are files that were deactivated when the backup was made and are not now; `finish` does that.
    """

    change: Change
    left_out: tuple[tuple[str, str], ...]
    changes_pins: bool
    switch_off: tuple[FilePath, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.change.plan) or bool(self.switch_off)


def plan_restore(
    session: Session,
    model: CardModel,
    backup: Backup,
    credentials: tuple[Credential, ...] = (),
    *,
    to_another_card: bool = False,
    same_card: bool = False,
    as_far_as_possible: bool = False,
    min_tries: int = SAFE_TRIES,
    progress: Progress | None = None,
) -> Restore:
    """Plan the restore; writes nothing.

    `same_card`: it is the backup's own card, whose ICCID was changed since and goes back too. Raises `RefusedError` for
    another product, or another ICCID unless one of the two says how that comes, and `PlanError` with
    everything that this product never lets be written back, unless `as_far_as_possible`.
    """
    card = read_iccid(session, model).digits
    check_belongs(model, card, backup, to_another_card=to_another_card, same_card=same_card)
    another = backup.iccid != card and not same_card
    model, shapes, stuck = _shapes(session, model, backup, as_far_as_possible)
    after = with_shapes(model, shapes)
    everything = dict.fromkeys((*backup.image.units, *map(Unit, backup.image.listed)))
    now = read_image(session, model, only=everything, credentials=credentials, min_tries=min_tries, progress=progress)
    content = {**_strange_objects(backup, now), **backup.image.units}
    differing = {unit: wanted for unit, wanted in content.items() if differs(unit, wanted, now.units.get(unit))}
    left_out = _impossible(after, differing, credentials, as_far_as_possible)
    left_out |= _kept(after, differing, another)
    wanted = {unit: value for unit, value in content.items() if unit not in left_out and after.has(unit.path)}
    try:
        change = plan_change(session, model, wanted, ORIGIN, credentials, after=after, min_tries=min_tries)
    except PlanError as error:
        hint = "nothing was written; --as-far-as-possible leaves these out"
        raise PlanError(error.reasons, hint=hint) from error
    pin_files = _pin_files(model)
    changes_pins = any(isinstance(step, WriteBytes) and step.unit.path in pin_files for step in change.plan.steps)
    rows = [(str(unit), reason) for unit, reason in left_out.items()] + stuck
    off = []
    for path in _awake(session, model, backup):
        if choose(model, right(model, path, AccessMode.DEACTIVATE), [item.pin for item in credentials]) is None:
            rows.append((str(path), "was switched off in the backup, and the right to do that is missing"))
        else:
            off.append(path)
    return Restore(change, tuple(rows), changes_pins, tuple(off))


def _shapes(
    session: Session, model: CardModel, backup: Backup, as_far_as_possible: bool
) -> tuple[CardModel, dict[FilePath, Shape | None], list[tuple[str, str]]]:
    """The product as this card has it, the sizes that have to change (None: the file goes), and what has to stay.

    Files that neither the product nor the backup has are looked for where the product lets files be made. Raises
    `PlanError` for what has to stay, unless that `as_far_as_possible` is enough.
    """
    extra = [path for path in backup.shapes if not model.has(path)]
    makeable = [file.path for file in catalogue.catalogue().values() if _makeable(model, file.path)]
    as_it_is = files_as_they_are(session, model, [*files_in_reach(model), *extra, *makeable])
    wanted: dict[FilePath, Shape | None] = {
        path: backup.shapes.get(path, spec.shape) for path, spec in model.files.items() if spec.link is None
    }
    wanted |= {path: backup.shapes.get(path) for path in as_it_is.files if not model.has(path)}
    wanted |= {path: shape for path, shape in backup.shapes.items() if not model.has(path)}
    changing: dict[FilePath, Shape | None] = {}
    stuck: list[tuple[str, str]] = []
    for path, shape in wanted.items():
        seen = as_it_is.files.get(path)
        if (seen.shape if seen is not None else None) == shape or (
            seen is not None and seen.type.is_directory and shape
        ):
            continue
        if seen is None or may_go_back(as_it_is, path, shape):
            changing[path] = shape
        else:
            verb = "deleted" if shape is None else f"resized to {shape}"
            stuck.append((str(path), f"this product never lets it be {verb}"))
    if stuck and not as_far_as_possible:
        reasons = tuple(f"{path}: {reason}" for path, reason in stuck)
        raise PlanError(reasons, hint="nothing was written; --as-far-as-possible leaves these out")
    return as_it_is, changing, stuck


def _makeable(model: CardModel, path: FilePath) -> bool:
    """Whether somebody may have made this standard file, which the product does not have."""
    parent = path.parent
    if parent is None or model.has(path) or not model.has(parent) or place_of(model, parent) is None:
        return False
    return right(model, parent, AccessMode.CREATE_EF) != NEVER and not speaks_as_sim(model)


def _strange_objects(backup: Backup, now: CardImage) -> dict[Unit, Content]:
    """Data objects that the backup's files did not have: they go."""
    strange = [unit for unit in now.units if unit.tag and unit not in backup.image.units]
    return {unit: Content.known(b"") for unit in strange if unit.path in backup.image.listed}


def finish(
    session: Session, restore: Restore, credentials: tuple[Credential, ...] = (), *, min_tries: int = SAFE_TRIES
) -> None:
    """After the plan was applied: switch off what was off in the backup (DEACTIVATE FILE, TS 102 222 §6.9)."""
    model = restore.change.desired.model
    values = {credential.pin: credential.value for credential in credentials}
    for path in restore.switch_off:
        pins = choose(model, right(model, path, AccessMode.DEACTIVATE), values) or frozenset[str]()
        for name in sorted(pins & values.keys()):
            present_pin(session, name, model.pin(name).ref, values[name], min_tries=min_tries)
        select(session, model, path)
        session.deactivate_file(what=str(path))


def _awake(session: Session, model: CardModel, backup: Backup) -> list[FilePath]:
    """The files that were deactivated in the backup and can be read now."""
    off = [path for path in sorted(backup.image.deactivated) if model.has(path)]
    units = [unit for path in off for unit in units_of(model.file(path))]
    now = read_image(session, model, only=units)
    return [path for path in off if path not in now.deactivated]


def check_belongs(
    model: CardModel, iccid: str, backup: Backup, *, to_another_card: bool = False, same_card: bool = False
) -> None:
    """Raises `RefusedError` when the backup is of another product, or of another card and that was not said."""
    if backup.product != model.name:
        raise RefusedError(
            f"the backup is of a {backup.product}, the card is a {model.name}",
            hint="a backup goes back to its own product only; a profile fits any",
        )
    if backup.iccid != iccid and not (to_another_card or same_card):
        changed = "; --same-card if only its ICCID was changed since" if model.iccid_writable else ""
        raise RefusedError(
            f"the backup is of card {backup.iccid}, the reader holds {iccid}",
            hint=f"put the right card in, or say --to-another-card: this one keeps its ICCID and PIN codes{changed}",
        )


def files_to_restore(
    session: Session,
    model: CardModel,
    backup: Backup,
    credentials: tuple[Credential, ...],
    *,
    min_tries: int = SAFE_TRIES,
) -> tuple[FilePath, ...]:
    """The files that differ from the backup, or cannot be compared with these credentials; writes nothing."""
    units = [unit for unit in backup.image.units if model.has(unit.path)]
    now = read_image(session, model, only=units, credentials=credentials, min_tries=min_tries)
    differing = [unit.path for unit in units if differs(unit, backup.image.units[unit], now.units.get(unit))]
    return tuple(dict.fromkeys(differing))


def _pin_files(model: CardModel) -> frozenset[FilePath]:
    return frozenset(model.source(pin.file) for pin in model.pins if pin.file is not None)


def _kept(model: CardModel, units: Mapping[Unit, Content], another: bool) -> dict[Unit, str]:
    """What never goes back: on another card its number and its PIN codes."""
    kept = {}
    pin_files = _pin_files(model)
    for unit in units:
        if not model.has(unit.path):
            kept[unit] = f"{model.name} has no such file"
        elif another and unit.path == ICCID_PATH:
            kept[unit] = "the card keeps its own ICCID"
        elif another and unit.path in pin_files:
            kept[unit] = "the card keeps its own PIN codes"
    return kept


def _impossible(
    model: CardModel, units: Mapping[Unit, Content], credentials: tuple[Credential, ...], wanted: bool
) -> dict[Unit, str]:
    """With `as_far_as_possible`: what may never be written, or not with these credentials."""
    if not wanted:
        return {}
    held = [credential.pin for credential in credentials]
    found = {}
    for unit in units:
        if not model.has(unit.path):
            continue
        needs = right(model, unit.path, AccessMode.UPDATE)
        if needs == NEVER or (unit.path == ICCID_PATH and not model.iccid_writable):
            found[unit] = "this product never lets it be written"
        elif choose(model, needs, held) is None:
            found[unit] = "the credential for it is not given"
    return found
