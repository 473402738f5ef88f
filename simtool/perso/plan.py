"""The plan: the smallest ordered list of steps from a card as it is to the card as wanted.

A plan is a value. It can be printed (secrets masked), measured without a card, refused when the card changed since,
executed, and compared: the plan for a finished card is empty.
"""

from __future__ import annotations

from collections.abc import Iterator

from simtool.codec.access import AccessMode
from simtool.codec.identifiers import Iccid
from simtool.errors import EncodeError, PlanError
from simtool.files.path import FilePath
from simtool.files.product import CardModel
from simtool.perso.access import FREE, NEVER, Right, choose, right
from simtool.perso.application_steps import ApplicationStep
from simtool.perso.content_steps import ICCID_PATH, content_steps, path_of
from simtool.perso.desired import DesiredCard
from simtool.perso.image import CardImage, Content, Unit, differs
from simtool.perso.pin_policy import PinWish, pin_steps
from simtool.perso.restructure import need_of, restructuring
from simtool.perso.rooms import visiting_order
from simtool.perso.steps import (
    ActivateFile,
    ContentStep,
    Plan,
    PresentPin,
    Restructuring,
    SendCommand,
    Step,
    WriteBytes,
)

__all__ = ["ActivateFile", "Plan", "PresentPin", "Restructuring", "SendCommand", "Step", "WriteBytes", "plan"]


def plan(
    current: CardImage,
    desired: DesiredCard,
    model: CardModel,
    *,
    irreversible: bool = False,
    applications: tuple[ApplicationStep, ...] = (),
) -> Plan:
    """The steps that bring `current` to `desired` on this product; `model` has the files that the card has now.

    `applications` are the steps for what runs on it (`survey_applications`): behind content and keys, before the PINs.

    Raises `PlanError` with every reason at once when the product cannot take the content, the credential for it is
    missing from the record, or something could never be undone and `irreversible` is not given.
    """
    reasons: list[str] = []
    before, model = model, desired.model
    changes = restructuring(before, model, _origins(desired), reasons, irreversible=irreversible)
    commands = list(_commands(current, desired, model, reasons))
    sent = frozenset(unit for command in commands for unit in command.units)
    writes = content_steps(current, desired, sent, reasons)
    pin_changes = [
        step for wish in desired.pins for step in pin_steps(wish, model, _is_enabled(wish, current), reasons)
    ]
    stores = tuple(commands)
    commands += [step for step in pin_changes if isinstance(step, SendCommand)]
    asleep = {path_of(step): step.origin for step in writes if path_of(step) in current.deactivated}
    wakings = [ActivateFile(Unit(path), origin) for path, origin in asleep.items()]
    steps: list[ActivateFile | ContentStep] = [*wakings, *writes]
    files_of_pins = [step for step in pin_changes if isinstance(step, WriteBytes)]
    needs = [
        *_structure_needs(changes, before, model, reasons),
        *_file_needs([*steps, *files_of_pins], model, reasons),
        *_command_needs(commands, model),
    ]
    pins = _pins(needs, desired, model, reasons)
    if reasons:
        raise PlanError(
            tuple(dict.fromkeys(reasons)), hint="choose another record, profile or card; nothing was written"
        )
    ordered = sorted(steps, key=lambda step: _order(step, model))
    made = [step for step in changes if not step.units]
    lost = [step for step in changes if step.units]
    shown = {step.pin for step in pins}
    units = tuple(unit for unit in desired.image.units if unit in current.units and _readable(before, unit, shown))
    seen = current.get(ICCID_PATH)
    card_iccid = Iccid.decode(seen.data).digits if seen is not None else ""
    sequence = (*pins, *made, *ordered, *stores, *applications, *pin_changes, *lost)
    return Plan(model, desired.iccid, card_iccid, sequence, current.digest(units), units)


def _origins(desired: DesiredCard) -> dict[FilePath, str]:
    """Why each file is there."""
    return {unit.path: desired.image.origins[unit] for unit in reversed(tuple(desired.image.origins))}


def _readable(model: CardModel, unit: Unit, pins: set[str]) -> bool:
    """Whether the card lets it be read again once the plan's PINs are presented: what was only proved it does not."""
    return model.has(unit.path) and choose(model, right(model, unit.path, AccessMode.READ), pins) is not None


def _is_enabled(wish: PinWish, current: CardImage) -> bool | None:
    return None if current.enabled_pins is None else wish.pin in current.enabled_pins


def _order(step: ActivateFile | ContentStep, model: CardModel) -> tuple[tuple[int, str, str, bool, int], Unit, int]:
    offset = step.offset if isinstance(step, WriteBytes) else -1
    unit = step.unit if isinstance(step, ActivateFile) else step.units[0]
    return visiting_order(model, unit.path), unit, offset


def _commands(current: CardImage, desired: DesiredCard, model: CardModel, reasons: list[str]) -> Iterator[SendCommand]:
    """The vendor's commands for what differs and takes no UPDATE."""
    wanted = desired.image.units
    for command in model.commands:
        units = tuple(dict.fromkeys(Unit(model.source(path)) for _, path in command.writes))
        changed = [unit for unit in units if unit in wanted and differs(unit, wanted[unit], current.units.get(unit))]
        if not any(right(model, unit.path, AccessMode.UPDATE) == NEVER for unit in changed):
            continue
        values = {}
        for hole, path in command.writes:
            unit = Unit(model.source(path))
            content = wanted.get(unit)
            length = next(item.length for item in command.holes if item.name == hole)
            values[hole] = _hole(model, unit, hole, length, content) if content is not None else b""
        try:
            apdu = command.build(values)
        except EncodeError as error:
            reasons.append(f"{error} (authentication)")
            continue
        origin = ", ".join(dict.fromkeys(desired.image.origins.get(unit, "") for unit in units))
        yield SendCommand(command.name, apdu, units, origin)


def _hole(model: CardModel, unit: Unit, name: str, length: int, content: Content) -> bytes:
    """What goes into a command: the layout's field of that name, else the start of the content."""
    layout = model.file(unit.path).layout
    value = layout.decode(content.data).get(name) if layout is not None else None
    return value if isinstance(value, bytes) else content.data[:length]


Need = tuple[str, str, Right]
"""What needs a right, why it is done, and the PINs for it."""


def _structure_needs(
    steps: tuple[Restructuring, ...], before: CardModel, after: CardModel, reasons: list[str]
) -> Iterator[Need]:
    for step in steps:
        needs = need_of(step, before, after)
        if needs == NEVER:
            reasons.append(f"{step.path}: this product never allows to {step.action} ({step.origin})")
        else:
            yield str(step.path), step.origin, needs


def _file_needs(steps: list[ActivateFile | ContentStep], model: CardModel, reasons: list[str]) -> Iterator[Need]:
    for step in steps:
        if isinstance(step, ActivateFile):
            mode, path = AccessMode.ACTIVATE, step.unit.path
        else:
            mode, path = AccessMode.UPDATE, path_of(step)
        needs = right(model, path, mode)
        if needs == NEVER:
            reasons.append(f"{path}: this product never allows to {mode} it ({step.origin})")
        else:
            yield str(path), step.origin, needs


def _command_needs(commands: list[SendCommand], model: CardModel) -> Iterator[Need]:
    by_name = {command.name: command for command in model.commands}
    for command in commands:
        pin = by_name[command.name].needs
        yield command.name, command.origin, (frozenset((pin,)),) if pin else FREE


def _pins(rights: list[Need], desired: DesiredCard, model: CardModel, reasons: list[str]) -> tuple[PresentPin, ...]:
    """The PINs to present, each once, in the product's order."""
    values = {credential.pin: credential.value for credential in desired.credentials}
    needed: list[str] = []
    for what, _, needs in rights:
        pins = choose(model, needs, values, needed)
        if pins is None:
            wanted = " or ".join(" and ".join(sorted(pins)) for pins in needs)
            reasons.append(f"{what} needs {wanted}, which the record does not hold")
            continue
        needed.extend(sorted(pins - set(needed)))
    return tuple(PresentPin(pin, model.pin(pin).ref, values[pin]) for pin in needed)
