"""Types of values along every way through a method (JCVM specification §7.5; the Java verifier's method, by data flow).

A subroutine (jsr, ret) is judged anew for each place that calls it, so that values keep their types across it. Ways
that were found wrong are not followed.
"""

from __future__ import annotations

from collections.abc import Iterator

from simtool.applet.verify.calls import Calls, check_return
from simtool.applet.verify.effects import plain
from simtool.applet.verify.finding import Report
from simtool.applet.verify.instructions import Instruction
from simtool.applet.verify.links import Links
from simtool.applet.verify.machine import Machine, Stop
from simtool.applet.verify.methods import MethodView, words_of
from simtool.applet.verify.parts import Handler
from simtool.applet.verify.rules import T01, T03, T04, T05, T11, T14
from simtool.applet.verify.values import (
    THIS,
    ReturnAddress,
    State,
    Uninitialised,
    Value,
    Word,
    join_all,
    of_descriptor,
    reference,
    said,
)
from simtool.applet.verify.world import OBJECT, THROWABLE
from simtool.codec.cap import ComponentTag
from simtool.codec.java_exports import parameter_types

_STEPS = 400
"""Times that an instruction may be looked at, on average, before a method counts as too tangled."""

Context = tuple[int, ...]
"""Where the subroutines that are under way go on, the innermost last."""
Point = tuple[Context, int]


class Flow:
    """One method."""

    def __init__(self, links: Links, method: MethodView, report: Report) -> None:
        self._links = links
        self._world = links.loaded.world
        self._method = method
        self._report = report
        self._calls = Calls(links, method)
        self._handlers = links.methods.handlers_of(method)
        self._states: dict[Point, State] = {}
        self._todo: dict[Point, None] = {}

    def run(self) -> None:
        """Follow all ways; what is wrong is in the report."""
        method = self._method
        if method.abstract or method.start not in method.instructions:
            return
        self._reach(((), method.start), State((), self._locals()))
        left = 1000 + _STEPS * len(method.instructions)
        while self._todo:
            point = next(iter(self._todo))
            del self._todo[point]
            self._step(point)
            left -= 1
            if left < 0:
                self._report.add(T14, "it was judged in part", ComponentTag.METHOD, method.offset)
                return

    def _locals(self) -> tuple[Value, ...]:
        """Local variables at the method's entry."""
        method, member = self._method, self._method.member
        words: list[Value] = []
        if member is not None and member.static is False:
            if member.init:
                words.append(Uninitialised(THIS, method.owner or member.owner))
            elif member.descriptor is not None or member.init is False:
                words.append(reference(f"L{method.owner or member.owner or OBJECT};"))
        if method.descriptor is not None and words_of(method) == method.arguments:
            for one in parameter_types(method.descriptor):
                words += of_descriptor(one)
        words = words[: method.arguments]
        words += [Word.UNKNOWN] * (method.arguments - len(words))
        return (*words, *(Word.UNUSABLE for _ in range(method.locals)))

    # --- one instruction

    def _step(self, point: Point) -> None:
        context, at = point
        one = self._method.instructions[at]
        state = self._states[point]
        self._throw(context, one, state)
        machine = Machine(state, self._method.stack, self._world)
        try:
            ways = list(self._ways(machine, one, context))
        except Stop as stop:
            if stop.rule is not None:
                self._report.add(
                    stop.rule, stop.text, ComponentTag.METHOD, at, method=self._method.offset, instruction=one.name
                )
            return
        for way in ways:
            if way[1] in self._method.instructions:
                self._reach(way, machine.state)

    def _ways(self, machine: Machine, one: Instruction, context: Context) -> Iterator[Point]:
        """Carry out an instruction; where it goes on."""
        name = one.name
        if name == "jsr":
            if one.next in context:
                raise Stop(T11, "the subroutine calls itself")
            machine.push(ReturnAddress(one.next))
            yield (*context, one.next), one.targets[0]
            return
        if name == "ret":
            yield self._back(machine, one, context)
            return
        if name.endswith("return"):
            check_return(machine, one, self._method)
            return
        if name == "athrow":
            bad = machine.fits(machine.pop_reference(), f"L{THROWABLE};")
            if bad:
                raise Stop(T03, f"{bad} cannot be thrown")
            return
        if not plain(machine, one):
            self._calls.run(machine, one)
        yield from ((context, target) for target in one.targets)
        if not one.opcode.ends:
            yield context, one.next

    def _back(self, machine: Machine, one: Instruction, context: Context) -> Point:
        found = machine.local(one.number)
        if not isinstance(found, ReturnAddress):
            raise Stop(T05, f"local variable {one.number} holds {said(found)}, no return address")
        if found.at not in context:
            raise Stop(T11, "this subroutine has returned already")
        return context[: context.index(found.at)], found.at

    def _throw(self, context: Context, one: Instruction, state: State) -> None:
        """The handlers of an instruction begin with its local variables and what was thrown."""
        for handler in self._handlers:
            if handler.start <= one.at < handler.end and handler.target in self._method.instructions:
                if not self._method.stack:
                    self._report.add(
                        T01, "a handler gets what was thrown on a stack of no words", ComponentTag.METHOD,
                        handler.target, method=self._method.offset,
                    )  # fmt: skip
                    continue
                thrown = State((reference(f"L{self._caught(handler)};"),), state.locals)
                self._reach((context, handler.target), thrown)

    def _caught(self, handler: Handler) -> str:
        link = self._links.by_index.get(handler.catches) if handler.catches else None
        return link.cls if link is not None else THROWABLE

    def _reach(self, point: Point, state: State) -> None:
        old = self._states.get(point)
        if old is None:
            new = state
        elif len(old.stack) != len(state.stack):
            self._report.add(
                T04, f"the stack holds {len(old.stack)} words on one way, {len(state.stack)} on another",
                ComponentTag.METHOD, point[1], method=self._method.offset,
            )  # fmt: skip
            return
        else:
            new = State(join_all(old.stack, state.stack), join_all(old.locals, state.locals))
        if new != old:
            self._states[point] = new
            self._todo[point] = None
