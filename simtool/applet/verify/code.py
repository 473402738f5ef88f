"""The Method component as a whole: exception handlers, constant pool indices, RefLocation, ints (JCVM §6.10, §6.12)."""

from __future__ import annotations

from simtool.applet.verify.calls import wrong_entry
from simtool.applet.verify.finding import Report
from simtool.applet.verify.links import Links
from simtool.applet.verify.methods import Methods, MethodView
from simtool.applet.verify.parts import Handler
from simtool.applet.verify.rules import F10, M05, M06, M08, M09, M11, R07, R08, R09, R10
from simtool.applet.verify.world import THROWABLE, Loaded
from simtool.codec.cap import CapFlag, ComponentTag, PoolTag
from simtool.codec.java_exports import parameter_types

_METHOD, _PLACES = ComponentTag.METHOD, ComponentTag.REF_LOCATION
_INSTANCE_CASTS = (10, 11, 12, 13)


def check_code(links: Links, report: Report) -> None:
    for number, handler in enumerate(links.loaded.handlers):
        _handler(links, number, handler, report)
    _operands(links, report)
    _places(links, report)
    _unused(links, report)
    _ints(links.loaded, links.methods, report)


def _handler(links: Links, number: int, one: Handler, report: Report) -> None:
    def wrong(text: str) -> None:
        report.add(M05, f"handler {number}: {text}", _METHOD, one.place)

    size = len(links.methods.code)
    if one.end > size or not links.methods.first < one.target < size:
        wrong(f"its range {one.start:04X} to {one.end:04X} or its handler {one.target:04X} lies outside of the code")
        return
    method = _method_at(links.methods, one.start)
    if method is None or method.broken:
        if method is None and (links.loaded.description is not None or one.start < links.methods.first):
            wrong(f"its range begins at {one.start:04X}, in no method")
        return
    if one.start >= one.end:
        wrong("its range is empty")
    if one.start not in method.instructions or one.end not in method.instructions and one.end != method.end:
        if method.whole or one.end < method.end:
            wrong(f"its range {one.start:04X} to {one.end:04X} cuts instructions")
    if one.target not in method.instructions:
        wrong(f"at {one.target:04X} no instruction of its method begins")
    if one.catches:
        _caught(links, number, one, report)
    met = any(one.meets(other) for other in links.loaded.handlers[number + 1 :])
    if one.stop and met:
        report.add(M06, f"handler {number}: a later one's range meets its own", _METHOD, one.place)
    if not one.stop and not met:
        report.add(M11, f"handler {number}: no later one's range meets its own", _METHOD, one.place)
    if number and links.loaded.handlers[number - 1].end > one.end:
        report.add(M11, f"handler {number}: its range ends before that of the one before it", _METHOD, one.place)


def _caught(links: Links, number: int, one: Handler, report: Report) -> None:
    entry = links.loaded.pool[one.catches] if one.catches < len(links.loaded.pool) else None
    if entry is None or entry.tag is not PoolTag.CLASS:
        report.add(R07, f"handler {number}: entry {one.catches} is no class", _METHOD, one.place + 6)
        return
    link = links.by_index.get(one.catches)
    if link is not None and links.loaded.world.is_subclass(link.cls, THROWABLE) is False:
        report.add(M05, f"handler {number}: what it catches is no Throwable", _METHOD, one.place)


def _method_at(methods: Methods, place: int) -> MethodView | None:
    return next((one for one in methods if one.start <= place < one.end), None)


def _operands(links: Links, report: Report) -> None:
    """Operands of every instruction, also of those that nothing leads to."""
    for method in links.methods:
        for one in method.instructions.values():
            text = wrong_entry(links, one)
            if text:
                report.add(R07, text, _METHOD, one.at, method=method.offset, instruction=one.name)
            if one.opcode.operands == "Y" and one.index is None and one.number not in _INSTANCE_CASTS:
                text = f"{one.number} is no type"
                report.add(M09, text, _METHOD, one.at, method=method.offset, instruction=one.name)


def _places(links: Links, report: Report) -> None:
    """RefLocation lists all operands and nothing else; of bytes that no known method has nobody can say."""
    loaded = links.loaded
    for offset, text in loaded.places.problems:
        report.add(R10, text, _PLACES, offset)
    wanted: dict[int, set[int]] = {1: set(), 2: {one.place + 6 for one in loaded.handlers if one.catches}}
    known: set[int] = set(range(links.methods.first))
    for method in links.methods:
        known |= set(range(method.offset, method.start))
        for one in method.instructions.values():
            known |= set(range(one.at, one.next))
            if one.index is not None:
                wanted[one.index_at[1]].add(one.index_at[0])
    broken = any(method.broken for method in links.methods)
    for size, there in ((1, set(loaded.places.one)), (2, set(loaded.places.two))):
        for place in sorted(wanted[size] - there):
            report.add(R09, f"the {size}-byte index at {place:04X} of the Method component", _PLACES)
        for place in sorted(there - wanted[size]):
            if place in known or place >= len(links.methods.code):
                report.add(R10, f"{place:04X} in the list of {size}-byte indices", _PLACES)
            elif loaded.description is not None and not broken:
                report.add(R10, f"{place:04X} in the list of {size}-byte indices lies in no method", _PLACES)


def _unused(links: Links, report: Report) -> None:
    used = {one.index for method in links.methods for one in method.instructions.values()}
    used |= {one.catches for one in links.loaded.handlers}
    pool = links.loaded.pool
    idle = [number for number in range(len(pool)) if number not in used]
    twice = [number for number, one in enumerate(pool) if one in pool[:number]]
    for numbers, text in ((idle, "not used"), (twice, "there twice")):
        if numbers:
            report.add(R08, f"{text}: {', '.join(map(str, numbers))}", ComponentTag.CONSTANT_POOL)


def _ints(loaded: Loaded, methods: Methods, report: Report) -> None:
    allowed = bool(loaded.cap.header.flags & CapFlag.INT)
    found = any(kind == 5 for kind, _ in loaded.image.arrays)
    if found and not allowed:
        report.add(M08, "an array of ints is among the static fields", ComponentTag.STATIC_FIELD)
    for method in methods:
        for one in method.instructions.values():
            if one.opcode.uses_int or one.opcode.operands in ("y", "Y") and one.number == 13:
                found = True
                if not allowed:
                    report.add(M08, "it uses int", _METHOD, one.at, method=method.offset, instruction=one.name)
    for text in loaded.texts.values():
        its = [one.descriptor for one in text.fields]
        for told in text.methods:
            its += [*parameter_types(told.descriptor), told.descriptor.rpartition(")")[2]]
        if any(one in ("I", "[I") for one in its):
            found = True
            if not allowed:
                report.add(M08, "a member of the class has int in its type", ComponentTag.DESCRIPTOR, text.place)
    if allowed and not found and loaded.description is not None:
        report.add(F10, "nothing in the package uses int", ComponentTag.HEADER, 6)
