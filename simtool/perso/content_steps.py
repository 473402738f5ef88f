"""From wanted content to the steps that write it: ranges of bytes, records, cyclic files as a whole, data objects."""

from __future__ import annotations

from collections.abc import Iterator

from simtool.codec import tlv
from simtool.files import contents
from simtool.files.catalogue import service_tables
from simtool.files.path import FilePath
from simtool.files.product import FileSpec, FileType
from simtool.perso.desired import DesiredCard
from simtool.perso.image import BODY, CardImage, Content, Unit, differs, units_of
from simtool.perso.steps import ContentStep, PushRecords, WriteBytes, WriteObject, records_to_push

ICCID_PATH = FilePath("MF/EF.ICCID")
GAP = 6  # unchanged bytes worth rewriting, because another UPDATE costs this many and more (T=0 header and status)
UPDATE_MAX = 255
RAW_FORM = "hex:"


def content_steps(
    current: CardImage, desired: DesiredCard, sent: frozenset[Unit], reasons: list[str]
) -> list[ContentStep]:
    """The writes for what differs, but for units that commands have `sent`. Appends to `reasons` what has no room."""
    model, steps = desired.model, list[ContentStep]()
    cycles: dict[FilePath, str] = {}
    for unit, wanted in desired.image.units.items():
        now, origin = current.units.get(unit), desired.image.origins.get(unit, "")
        if unit in sent or not differs(unit, wanted, now):
            continue
        spec = model.file(unit.path)
        if unit.path == ICCID_PATH and not model.iccid_writable:
            reasons.append(f"EF.ICCID differs from the record and cannot be written: {model.iccid_reason}")
        elif unit.tag:
            steps.append(_object(unit, wanted, spec, origin))
        elif spec.type is FileType.CYCLIC:
            cycles[unit.path] = origin
        else:
            known = now if now is not None else Content.unknown(len(wanted.data))
            steps += _writes(unit, spec, wanted, known, origin, reasons)
    steps += [_cycle(path, current, desired, origin, reasons) for path, origin in cycles.items()]
    return steps


def path_of(step: ContentStep) -> FilePath:
    """The file that a step writes to."""
    return step.units[0].path


def _object(unit: Unit, wanted: Content, spec: FileSpec, origin: str) -> WriteObject:
    value = tlv.split_first(wanted.data)[0].value if wanted.data else None
    return WriteObject(unit, value, spec.secret, origin)


def _cycle(path: FilePath, current: CardImage, desired: DesiredCard, origin: str, reasons: list[str]) -> PushRecords:
    """All records of a cyclic file: what is not wanted otherwise stays, so it has to be known."""
    spec = desired.model.file(path)
    length = spec.record_length or 0
    unknown = Content.unknown(length)
    units = units_of(spec)
    nows = [current.units.get(unit, unknown) for unit in units]
    merged = [desired.image.units.get(unit, unknown).over(now) for unit, now in zip(units, nows, strict=True)]
    if any(len(content.data) != length for content in merged):
        reasons.append(f"{path} holds {spec.shape}: the content does not fit ({origin})")
    elif not all(content.is_complete for content in merged):
        reasons.append(f"{path} is cyclic and cannot be read: all of its records have to be given ({origin})")
    wanted = tuple(content.data for content in merged)
    known = [content.data if content.is_complete else None for content in nows]
    return PushRecords(path, records_to_push(known, wanted), wanted, spec.secret, origin)


def _writes(
    unit: Unit, spec: FileSpec, wanted: Content, now: Content, origin: str, reasons: list[str]
) -> Iterator[WriteBytes]:
    size = spec.record_length if unit.record else spec.size
    if len(wanted.data) > (size or 0):
        reasons.append(f"{unit} holds {size} bytes, {len(wanted.data)} are needed ({origin})")
        return
    changed = wanted.differing(now)
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
