"""Bringing a card back to a backup: a plan from its content now to what the backup holds.

The same card gets everything back, its PIN codes too where the product keeps them in files. Another card keeps its own
ICCID and its own PIN codes. Cyclic files (lists of calls, meters) only take new entries (TS 102 221 §11.1.6): they
stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simtool.card.session import Session
from simtool.codec.access import AccessMode
from simtool.errors import PlanError, RefusedError
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileType
from simtool.perso.access import NEVER, choose, right
from simtool.perso.authorise import SAFE_TRIES, present_pin
from simtool.perso.image import CardImage, Content, Unit, units_of
from simtool.perso.plan import WriteBytes
from simtool.perso.read import ICCID_PATH, Progress, read_iccid, read_image
from simtool.perso.record import Credential
from simtool.perso.technician.backup import Backup
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
    now = read_image(
        session, model, only=backup.image.units, credentials=credentials, min_tries=min_tries, progress=progress
    )
    differing = {unit: content for unit, content in backup.image.units.items() if _differs(unit, content, now)}
    left_out = _impossible(model, differing, credentials, as_far_as_possible)
    left_out |= _kept(model, differing, another)
    wanted = {unit: content for unit, content in backup.image.units.items() if unit not in left_out}
    try:
        change = plan_change(session, model, wanted, ORIGIN, credentials, min_tries=min_tries)
    except PlanError as error:
        hint = "nothing was written; --as-far-as-possible leaves these out"
        raise PlanError(error.reasons, hint=hint) from error
    pin_files = _pin_files(model)
    changes_pins = any(isinstance(step, WriteBytes) and step.unit.path in pin_files for step in change.plan.steps)
    rows = [(str(unit), reason) for unit, reason in left_out.items()]
    off = []
    for path in _awake(session, model, backup):
        if choose(model, right(model, path, AccessMode.DEACTIVATE), [item.pin for item in credentials]) is None:
            rows.append((str(path), "was switched off in the backup, and the right to do that is missing"))
        else:
            off.append(path)
    return Restore(change, tuple(rows), changes_pins, tuple(off))


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
    differing = [unit.path for unit in units if _differs(unit, backup.image.units[unit], now)]
    return tuple(path for path in dict.fromkeys(differing) if model.file(path).type is not FileType.CYCLIC)


def _differs(unit: Unit, wanted: Content, now: CardImage) -> bool:
    return bool(wanted.differing(now.units.get(unit) or Content.unknown(len(wanted.data))))


def _pin_files(model: CardModel) -> frozenset[FilePath]:
    return frozenset(model.source(pin.file) for pin in model.pins if pin.file is not None)


def _kept(model: CardModel, units: Mapping[Unit, Content], another: bool) -> dict[Unit, str]:
    """What never goes back: cyclic files; on another card its number and its PIN codes."""
    kept = {}
    pin_files = _pin_files(model)
    for unit in units:
        if not model.has(unit.path):
            kept[unit] = f"{model.name} has no such file"
        elif model.file(unit.path).type is FileType.CYCLIC:
            kept[unit] = "a cyclic file only takes new entries"
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
