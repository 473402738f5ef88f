"""The plan: the smallest ordered list of steps from a card as it is to the card as wanted.

A plan is a value. It can be printed (secrets masked), measured without a card, refused when the card changed since,
executed, and compared: the plan for a finished card is empty.
"""

from __future__ import annotations

from collections.abc import Iterator

from simtool.codec.access import AccessMode
from simtool.codec.identifiers import Iccid
from simtool.errors import EncodeError, PlanError
from simtool.files import contents
from simtool.files.catalogue import service_tables
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileSpec
from simtool.perso.access import FREE, NEVER, Right, choose, right
from simtool.perso.image import BODY, CardImage, Content, Unit
from simtool.perso.pin_policy import PinWish, pin_steps
from simtool.perso.render import DesiredCard
from simtool.perso.restructure import need_of, restructuring
from simtool.perso.rooms import visiting_order
from simtool.perso.steps import ActivateFile, Plan, PresentPin, Restructuring, SendCommand, Step, WriteBytes

__all__ = ["ActivateFile", "Plan", "PresentPin", "Restructuring", "SendCommand", "Step", "WriteBytes", "plan"]

ICCID_PATH = FilePath("MF/EF.ICCID")
GAP = 6  # unchanged bytes worth rewriting, because another UPDATE costs this many and more (T=0 header and status)
UPDATE_MAX = 255
RAW_FORM = "hex:"


def plan(current: CardImage, desired: DesiredCard, model: CardModel, *, irreversible: bool = False) -> Plan:
    """The steps that bring `current` to `desired` on this product; `model` has the files that the card has now.

    Raises `PlanError` with every reason at once when the product cannot take the content, the credential for it is
    missing from the record, or something could never be undone and `irreversible` is not given.
    """
    reasons: list[str] = []
    writes: list[WriteBytes] = []
    before, model = model, desired.model
    changes = restructuring(before, model, _origins(desired), reasons, irreversible=irreversible)
    commands = list(_commands(current, desired, model, reasons))
    sent = {unit for command in commands for unit in command.units}
    for unit, wanted in desired.image.units.items():
        spec = model.file(unit.path)
        now = current.units.get(unit) or Content.unknown(len(wanted.data))
        changed = wanted.differing(now)
        if not changed or unit in sent:
            continue
        if unit.path == ICCID_PATH and not model.iccid_writable:
            reasons.append(f"EF.ICCID differs from the record and cannot be written: {model.iccid_reason}")
            continue
        writes.extend(_writes(unit, spec, wanted, now, changed, desired.image.origins.get(unit, ""), reasons))
    pin_changes = [
        step for wish in desired.pins for step in pin_steps(wish, model, _is_enabled(wish, current), reasons)
    ]
    stores = tuple(commands)
    commands += [step for step in pin_changes if isinstance(step, SendCommand)]
    asleep = {step.unit.path: step.origin for step in writes if step.unit.path in current.deactivated}
    wakings = [ActivateFile(Unit(path), origin) for path, origin in asleep.items()]
    steps: list[ActivateFile | WriteBytes] = [*wakings, *writes]
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
    units = tuple(unit for unit in desired.image.units if unit in current.units)
    seen = current.get(ICCID_PATH)
    card_iccid = Iccid.decode(seen.data).digits if seen is not None else ""
    sequence = (*pins, *made, *ordered, *stores, *pin_changes, *lost)
    return Plan(model, desired.iccid, card_iccid, sequence, current.digest(units), units)


def _origins(desired: DesiredCard) -> dict[FilePath, str]:
    """Why each file is there."""
    return {unit.path: desired.image.origins[unit] for unit in reversed(tuple(desired.image.origins))}


def _is_enabled(wish: PinWish, current: CardImage) -> bool | None:
    return None if current.enabled_pins is None else wish.pin in current.enabled_pins


def _writes(
    unit: Unit, spec: FileSpec, wanted: Content, now: Content, changed: tuple[int, ...], origin: str, reasons: list[str]
) -> Iterator[WriteBytes]:
    size = spec.record_length if unit.record else spec.size
    if len(wanted.data) > (size or 0):
        reasons.append(f"{unit} holds {size} bytes, {len(wanted.data)} are needed ({origin})")
        return
    merged = wanted.over(now)
    meaning = _switched(unit.path, now, merged) or _meaning(unit.path, merged)
    ranges = [(0, len(merged.data))] if unit.record != BODY else list(_ranges(changed, merged))
    for start, end in ranges:
        if any(byte != 0xFF for byte in merged.mask[start:end]):
            reasons.append(
                f"{unit} cannot be read, and only part of its bytes {start} to {end - 1} is given ({origin})"
            )
            return
        yield WriteBytes(unit, start, merged.data[start:end], spec.secret, origin, meaning)


def _ranges(changed: tuple[int, ...], merged: Content) -> Iterator[tuple[int, int]]:
    """Runs of changed bytes, joined over short gaps of known bytes, none longer than one UPDATE takes."""
    start = end = changed[0]
    for index in (*changed[1:], -1):
        near = index >= 0 and index - end <= GAP and all(byte == 0xFF for byte in merged.mask[end:index])
        if near and index - start < UPDATE_MAX:
            end = index
            continue
        yield start, end + 1
        start = end = index


def _order(step: ActivateFile | WriteBytes, model: CardModel) -> tuple[tuple[int, str, str, bool, int], int, int]:
    offset = step.offset if isinstance(step, WriteBytes) else -1
    return visiting_order(model, step.unit.path), step.unit.record, offset


def _commands(current: CardImage, desired: DesiredCard, model: CardModel, reasons: list[str]) -> Iterator[SendCommand]:
    """The vendor's commands for what differs and takes no UPDATE."""
    wanted = desired.image.units
    for command in model.commands:
        units = tuple(dict.fromkeys(Unit(model.source(path)) for _, path in command.writes))
        changed = [unit for unit in units if unit in wanted and _differs(unit, current, desired)]
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


def _differs(unit: Unit, current: CardImage, desired: DesiredCard) -> bool:
    wanted = desired.image.units[unit]
    return bool(wanted.differing(current.units.get(unit) or Content.unknown(len(wanted.data))))


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


def _file_needs(steps: list[ActivateFile | WriteBytes], model: CardModel, reasons: list[str]) -> Iterator[Need]:
    for step in steps:
        mode = AccessMode.UPDATE if isinstance(step, WriteBytes) else AccessMode.ACTIVATE
        needs = right(model, step.unit.path, mode)
        if needs == NEVER:
            reasons.append(f"{step.unit.path}: this product never allows to {mode} it ({step.origin})")
        else:
            yield str(step.unit.path), step.origin, needs


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


def _meaning(path: FilePath, content: Content) -> str:
    """The file's new value in words; empty where it is not wholly known or its coding is not."""
    if not content.is_complete or contents.coding_for(path) is None:
        return ""
    value = contents.decode(path, content.data)
    if value is None:
        return "clear"
    items = value if isinstance(value, tuple) else (value,)
    text = ", ".join(map(str, items))
    return "" if text.startswith(RAW_FORM) else f"set to {text or 'nothing'}"


def _switched(path: FilePath, now: Content, wanted: Content) -> str:
    """The services that a service table gains and loses."""
    if path.name.removeprefix("EF.") not in service_tables() or not now.is_complete or not wanted.is_complete:
        return ""
    before, after = _services(path, now), _services(path, wanted)
    parts = [("switch on", sorted(after - before)), ("switch off", sorted(before - after))]
    return ", ".join(f"{verb} {', '.join(map(str, numbers))}" for verb, numbers in parts if numbers)


def _services(path: FilePath, content: Content) -> set[int]:
    value = contents.decode(path, content.data)
    numbers = value.activated if isinstance(value, contents.SimServices) else value
    return set(numbers) if isinstance(numbers, tuple) else set()
