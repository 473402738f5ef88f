"""The methods of a package: where they begin and end, what is known of their types, their instructions.

Where the Descriptor tells, all bytes of a method are read; else what its entry and its handlers lead to (JCVM §6.10).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from simtool.applet.verify.description import MemberFlag
from simtool.applet.verify.finding import Report
from simtool.applet.verify.instructions import CutOffError, Instruction, decode
from simtool.applet.verify.parts import HANDLER_BYTES, NONE, Handler, body
from simtool.applet.verify.rules import F05, F07, K04, M01, M02, M03, M04, M07, M09, M10, R06
from simtool.applet.verify.world import Loaded, Member, method_member
from simtool.codec.cap import ComponentTag, PoolTag
from simtool.codec.java_exports import parameter_words

EXTENDED, ABSTRACT = 8, 4
INSTALL = "([BSB)V"
_METHOD = ComponentTag.METHOD


@dataclass(slots=True)
class MethodView:
    """One method. `owner` is the name of its class, `member` its type and rights as far as they are known.

    `end` lies behind its last byte; `instructions` by their place; `reached` are those that something leads to.
    """

    offset: int
    stack: int
    arguments: int
    locals: int
    abstract: bool
    start: int
    owner: str | None = None
    member: Member | None = None
    flags: MemberFlag | None = None
    end: int = 0
    whole: bool = False
    instructions: dict[int, Instruction] = field(default_factory=dict)
    reached: set[int] = field(default_factory=set)
    broken: bool = False

    @property
    def descriptor(self) -> str | None:
        return self.member.descriptor if self.member is not None else None

    @property
    def results(self) -> set[str]:
        """The letters of the results that it gives: a, s, i, or V for none. Empty if it never returns."""
        names = (one.name for at, one in self.instructions.items() if at in self.reached)
        return {name[0] if name != "return" else "V" for name in names if name.endswith("return")}


class Methods:
    """All methods by their place, found and read; what is wrong with them goes to `report`."""

    def __init__(self, loaded: Loaded, report: Report) -> None:
        self.loaded = loaded
        self.report = report
        self.code = body(loaded.cap, _METHOD)
        self.first = 1 + HANDLER_BYTES * len(loaded.handlers)
        self.by_offset: dict[int, MethodView] = {}
        self._describe()
        self._of_tables()
        self._of_others()
        self._read()

    def __iter__(self) -> Iterator[MethodView]:
        return iter(sorted(self.by_offset.values(), key=lambda one: one.offset))

    def handlers_of(self, method: MethodView) -> tuple[Handler, ...]:
        """Its exception handlers, in the table's order."""
        return tuple(
            one for one in self.loaded.handlers if method.start <= one.start < max(method.end, method.start + 1)
        )

    # --- finding them

    def _method(self, offset: int) -> MethodView | str:
        """The method at a place, with its header read; a text that says why there is none."""
        if offset in self.by_offset:
            return self.by_offset[offset]
        code = self.code
        if not self.first <= offset < len(code) - 1:
            return f"no method can begin at {offset:04X}"
        flags, extended = code[offset] >> 4, bool(code[offset] >> 4 & EXTENDED)
        if extended:
            if offset + 4 > len(code):
                return f"the method at {offset:04X} is cut off"
            stack, arguments, more, start = code[offset + 1], code[offset + 2], code[offset + 3], offset + 4
        else:
            stack, arguments, more, start = code[offset] & 15, code[offset + 1] >> 4, code[offset + 1] & 15, offset + 2
        made = MethodView(offset, stack, arguments, more, bool(flags & ABSTRACT), start, end=start)
        if flags & ~(EXTENDED | ABSTRACT) or extended and code[offset] & 15:
            self.report.add(M01, f"its flags {code[offset]:02X} have bits that mean nothing", _METHOD, offset)
        if made.abstract and (stack or more):
            self.report.add(M01, "an abstract method has a stack or local variables", _METHOD, offset)
        if arguments + more > 255:
            self.report.add(M01, f"it has {arguments + more} words of local variables", _METHOD, offset)
        self.by_offset[offset] = made
        return made

    def _describe(self) -> None:
        description = self.loaded.description
        for text in description.classes if description is not None else ():
            info = self.loaded.types.get(text.ref)
            if info is None or info.is_interface:
                continue
            for one in text.methods:
                made = self._method(one.offset)
                if isinstance(made, str):
                    continue  # `describing` tells
                made.owner = self.loaded.name(text.ref)
                made.member = method_member(made.owner, one.flags, one.descriptor, one.offset)
                made.flags = one.flags
                if not made.abstract and made.start + one.size <= len(self.code):
                    made.end, made.whole = made.start + one.size, True

    def _of_tables(self) -> None:
        """Virtual methods, which stand in tables of the Class component; overriding tells their types."""
        for info in self.loaded.types.values():
            name = self.loaded.name(info.offset)
            rows = [(at + info.public_base, place, False) for at, place in enumerate(info.public)]
            rows += [(at + info.package_base, place, True) for at, place in enumerate(info.package)]
            for token, place, package in rows:
                if place == NONE:
                    continue
                made = self._method(place)
                if isinstance(made, str):
                    self.report.add(K04, f"virtual method {token}: {made}", ComponentTag.CLASS, info.offset)
                    continue
                if made.member is None:
                    descriptor = None if package else self._overridden(info.offset, token)
                    made.member = Member(name, f"method {token}", descriptor, static=False, init=False, offset=place)
                if made.owner is None:
                    made.owner = name

    def _overridden(self, offset: int, token: int) -> str | None:
        """The type of a virtual method that a superclass or an interface of another package tells."""
        name = self.loaded.name(offset)
        for view in self.loaded.world.supers(name):
            member = view.virtual.get(token) if view is not None else None
            if member is not None and member.descriptor is not None:
                return member.descriptor
        for one in self.loaded.types[offset].implemented:
            view = self.loaded.view(one.ref)
            for number, its in enumerate(one.tokens):
                if its == token and view is not None and view.interface_methods:
                    member = view.interface_methods.get(number)
                    if member is not None and member.descriptor is not None:
                        return member.descriptor
        return None

    def _of_others(self) -> None:
        """Methods of the constant pool, of applets and exports."""
        for number, entry in enumerate(self.loaded.pool):
            if entry.tag is PoolTag.STATIC_METHOD and not entry.external and entry.ref <= 0xFF:
                made = self._method(entry.offset)
                if isinstance(made, str):
                    self.report.add(R06, f"entry {number}: {made}", ComponentTag.CONSTANT_POOL, 2 + 4 * number)
        for applet in self.loaded.cap.applets:
            made = self._method(applet.install_offset)
            if isinstance(made, str):
                self.report.add(F05, f"{applet.aid.hex().upper()}: {made}", ComponentTag.APPLET)
            elif made.member is None:
                made.member = Member("", "install", INSTALL, static=True, init=False, offset=made.offset)
        for exported in self.loaded.cap.exports:
            for place in exported.static_methods:
                made = self._method(place)
                if isinstance(made, str):
                    self.report.add(F07, f"an exported method: {made}", ComponentTag.EXPORT)

    # --- reading them

    def _read(self) -> None:
        order = list(self)
        for at, method in enumerate(order):
            limit = order[at + 1].offset if at + 1 < len(order) else len(self.code)
            if method.abstract:
                continue
            if method.start > limit or method.whole and method.end > limit:
                self.report.add(M01, f"it runs into the next one, which begins at {limit:04X}", _METHOD, method.offset)
                method.broken = True
                method.end = min(method.end, limit)
                continue
            if method.whole:
                self._read_whole(method)
            self._follow(method, limit)
        self._gaps(order)

    def _read_whole(self, method: MethodView) -> None:
        at = method.start
        if at == method.end:
            self.report.add(M04, "it has no instruction", _METHOD, method.offset)
            method.broken = True
        while at < method.end:
            one = self._decode(method, at, method.end)
            if one is None:
                return
            at = one.next

    def _decode(self, method: MethodView, at: int, end: int) -> Instruction | None:
        if at in method.instructions:
            return method.instructions[at]
        try:
            one = decode(self.code, at, end)
        except CutOffError as error:
            self.report.add(M02, str(error), _METHOD, at, method=method.offset)
            method.broken = True
            return None
        if one.problem:
            self.report.add(M09, one.problem, _METHOD, at, method=method.offset, instruction=one.name)
        method.instructions[at] = one
        return one

    def _follow(self, method: MethodView, limit: int) -> None:
        """All instructions that the method's entry leads to; without Descriptor they tell where it ends."""
        end = method.end if method.whole else limit
        todo: list[tuple[int, Instruction | None]] = [(method.start, None)]
        covered: dict[int, int] = {}
        tried: set[int] = set()
        while True:
            while todo:
                at, before = todo.pop()
                if at in method.reached or not self._leads(method, at, before, end, covered):
                    continue
                one = self._decode(method, at, end)
                if one is None:
                    continue
                method.reached.add(at)
                if any(place in method.reached for place in range(at + 1, one.next)):
                    self.report.add(M03, "another way leads into the middle of it", _METHOD, at, method=method.offset)
                    method.broken = True
                covered |= dict.fromkeys(range(at, one.next), at)
                method.end = max(method.end, one.next)
                todo += [(target, one) for target in one.targets]
                if not one.opcode.ends:
                    todo.append((one.next, one))
            todo = [(one.target, None) for one in self._active(method) if one.target not in method.reached]
            todo = [row for row in todo if method.start <= row[0] < end and row[0] not in {*covered, *tried}]
            tried |= {row[0] for row in todo}
            if not todo:
                return

    def _active(self, method: MethodView) -> list[Handler]:
        """Handlers with a reached instruction in their range."""
        return [one for one in self.loaded.handlers if any(one.start <= at < one.end for at in method.reached)]

    def _leads(
        self, method: MethodView, at: int, before: Instruction | None, end: int, covered: dict[int, int]
    ) -> bool:
        """Whether one can go there; what is wrong is told."""
        if method.start <= at < end:
            if method.whole:
                if at in method.instructions or method.broken:
                    return at in method.instructions
            elif covered.get(at, at) == at:
                return True
        name = before.name if before is not None else "its entry"
        place = before.at if before is not None else method.offset
        if before is not None and at in before.targets:
            self.report.add(
                M03, f"{name} leads to {at:04X}, where no instruction of the method begins", _METHOD, place,
                method=method.offset, instruction=name,
            )  # fmt: skip
        else:
            self.report.add(M04, f"behind {name} the method has no instruction", _METHOD, place, method=method.offset)
        method.broken = True
        return False

    def _gaps(self, order: list[MethodView]) -> None:
        at = self.first
        for method in order:
            if method.offset > at:
                self.report.add(M10, f"{method.offset - at} bytes", _METHOD, at)
            if method.whole and not method.broken:
                dead = sorted(set(method.instructions) - method.reached)
                if dead:
                    words = f"{len(dead)} instructions, the first at {dead[0]:04X}"
                    self.report.add(M07, words, _METHOD, dead[0], method=method.offset)
            at = max(at, method.end)
        if at < len(self.code):
            self.report.add(M10, f"{len(self.code) - at} bytes", _METHOD, at)


def words_of(method: MethodView) -> int | None:
    """Words of the parameters as the descriptor has them, `this` included; None where it is not known."""
    if method.member is None or method.descriptor is None or method.member.static is None:
        return None
    return parameter_words(method.descriptor) + (not method.member.static)
