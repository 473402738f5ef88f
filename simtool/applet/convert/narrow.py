"""Which numbers of a method are shorts and which have to be ints (JCVM §2.2.3.1).

Java computes with 32 bits, a card with 16. A value may be a short where its range says that it fits, or where only its
low 16 bits matter: for a sum that is cast to short, the high ones of its operands do not. Comparing, dividing,
shifting to the right and the like look at all bits. Where they get what does not fit, the values are ints, with all
that they are computed from; if ints are not allowed that is an error, and a cast in the source is what helps.

Values that come together (a local, a join of two ways) are of one kind: a class of a union-find structure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simtool.applet.convert import ranges
from simtool.applet.convert.conditions import REFINED, Refined, narrowed, operands, refined
from simtool.applet.convert.flow import PARAMETER, SHUFFLES, State, Value, pushes, takes
from simtool.applet.convert.java_code import JavaInsn
from simtool.applet.convert.package import sure
from simtool.applet.convert.ranges import INDEX, SHORT, Range
from simtool.codec.java_exports import parameter_types

RING = frozenset({"iadd", "isub", "imul", "ineg", "iand", "ior", "ixor"})
"""The low 16 bits of the result come from the low 16 bits of the operands."""
SHIFTS = frozenset({"ishl", "ishr", "iushr"})
WHOLE = frozenset({"idiv", "irem"})
COMPARES = frozenset({"if_icmpeq", "if_icmpne", "if_icmplt", "if_icmpge", "if_icmpgt", "if_icmple"})
ZERO_TESTS = frozenset({"ifeq", "ifne", "iflt", "ifge", "ifgt", "ifle"})
_SAME_BITS = Range(-0xFFFF, 0xFFFF)
"""A number of these is zero where its low 16 bits are."""
_OPERATORS = {
    "iadd": "+", "isub": "-", "imul": "*", "idiv": "/", "irem": "%", "ineg": "-", "ishl": "<<", "ishr": ">>",
    "iushr": ">>>", "iand": "&", "ior": "|", "ixor": "^",
}  # fmt: skip
_WIDEN_AFTER = 8
_ANYTHING = 1 << 27
"""A definition of which nothing is known."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not fit into 16 bits, at an instruction."""

    at: int
    reason: str
    hint: str


class Narrowing:
    """The kinds of all numbers of one method. `problems` where ints would be needed, `doubts` where bits are lost.

    `descriptor` is the method's on the card, `javas` the one that it was compiled with (see `accessors`).
    """

    def __init__(
        self, code: Sequence[JavaInsn], states: Sequence[State | None], descriptor: str, javas: str, has_this: bool
    ) -> None:
        self._code = code
        self._returns_int = descriptor.endswith(")I")
        self._states = states
        self._ranges: dict[int, Range] = {_ANYTHING: ranges.INT}
        self._parent: dict[tuple[bool, int], tuple[bool, int]] = {}
        self._ints: set[tuple[bool, int]] = set()
        self._wide_operations: set[int] = set()
        self.problems: list[Problem] = []
        self.doubts: list[Problem] = []
        self.parameter_types = dict(enumerate(parameter_types(descriptor), start=int(has_this)))
        for index, kind in enumerate(parameter_types(javas), start=int(has_this)):
            if kind in ranges.OF_TYPE:
                self._ranges[PARAMETER - index] = ranges.OF_TYPE[kind]
        self._refinements = self._find_refinements()
        self._find_ranges()
        self._join_classes()
        self._find_ints()

    # What others ask

    def is_int(self, value: Value) -> bool:
        """Whether a value on the stack is an int."""
        return value.number and self._class(False, value) in self._ints

    def local_is_int(self, value: Value) -> bool:
        """Whether a value in a local is an int."""
        return value.number and self._class(True, value) in self._ints

    def result_is_int(self, at: int) -> bool:
        """Whether what the instruction leaves on the stack, or in a local, is to be an int."""
        return self._root((self._code[at].name in ("istore", "iinc"), at)) in self._ints

    def computes_int(self, at: int) -> bool:
        """Whether an operation is done with 32 bits."""
        return at in self._wide_operations

    def range_of(self, value: Value) -> Range:
        """Of a value; nothing is known of one that a condition rules out, which then never is there."""
        return self._known(value) or Range(0, 0)

    def range_after(self, at: int) -> Range:
        """Of what the instruction makes."""
        return self._ranges.get(at, Range(0, 0))

    # Ranges

    def _reached(self) -> Iterator[tuple[int, JavaInsn, State]]:
        for at, (insn, state) in enumerate(zip(self._code, self._states, strict=True)):
            if state is not None:
                yield at, insn, state

    def _find_ranges(self) -> None:
        changes: dict[int, int] = {}
        changed = True
        while changed:
            changed = False
            for at, insn, state in self._reached():
                new = self._range(insn, state)
                if new is None:
                    continue
                old = self._ranges.get(at)
                if old is not None:
                    new = ranges.joined((old, new))
                    if new == old:
                        continue
                    changes[at] = changes.get(at, 0) + 1
                    if changes[at] > _WIDEN_AFTER:
                        new = ranges.widened(old, new)
                self._ranges[at] = new
                changed = True
            changed |= self._refine()

    def _refine(self) -> bool:
        """Ranges behind branches; True where one has grown."""
        changed = False
        for one, local, other in self._refinements:
            its, others = self._known(local), self._known(other) if other is not None else Range(0, 0)
            new = narrowed(self._code[one.at], one, its, others) if its is not None and others is not None else None
            old = self._ranges.get(one.number)
            if new is not None and new != old:
                self._ranges[one.number] = ranges.joined((new, old)) if old is not None else new
                changed |= self._ranges[one.number] != old
        return changed

    def _find_refinements(self) -> list[tuple[Refined, Value, Value | None]]:
        """All definitions behind branches: which, the local as it was, and what it is compared with (None is zero)."""
        places = {
            number: index
            for _, _, state in self._reached()
            for index, value in enumerate(state.locals)
            if value is not None
            for number in value.sources
            if number >= REFINED
        }
        found = []
        for number, index in sorted(places.items()):
            one = refined(number)
            state = sure(self._states[one.at])
            compared = state.stack[len(state.stack) - operands(self._code[one.at]) :]
            value = compared[one.side]
            other = compared[1 - one.side] if len(compared) == 2 else None
            if len(value.sources) > 1:  # so it was not the local alone that was compared: nothing is known of it
                other = Value(True, frozenset({_ANYTHING}))
            found.append((one, sure(state.locals[index]), other))
        return found

    def _range(self, insn: JavaInsn, state: State) -> Range | None:
        """Of what an instruction makes now; None for no number, or where its operands are not known yet."""
        name, stack = insn.name, state.stack
        match name:
            case "const":
                return Range(int(insn.value), int(insn.value))
            case "iload" | "iinc":
                found = self._known(sure(state.locals[int(insn.value)]))
                return found and ranges.OPERATIONS["iadd"](found, Range(insn.increment, insn.increment))
            case "istore":
                return self._known(stack[-1])
            case "arraylength":
                return Range(0, SHORT.high)
            case "instanceof":
                return ranges.BOOLEAN
            case "baload":
                return ranges.BYTE
            case "saload":
                return SHORT
            case "iaload":
                return ranges.INT
            case "ineg" | "i2b" | "i2s":
                one = self._known(stack[-1])
                if one is None:
                    return None
                return (
                    ranges.negated(one) if name == "ineg" else ranges.cast(one, ranges.BYTE if name == "i2b" else SHORT)
                )
        if name in ranges.OPERATIONS:
            a, b = self._known(stack[-2]), self._known(stack[-1])
            return None if a is None or b is None else ranges.OPERATIONS[name](a, b)
        return ranges.OF_TYPE.get(pushes(insn)) if insn.member is not None else None

    def _known(self, value: Value) -> Range | None:
        known = [self._ranges[one] for one in value.sources if one in self._ranges]
        return ranges.joined(known) if known else None

    # Classes of values. A key is (in a local, definition).

    def _root(self, key: tuple[bool, int]) -> tuple[bool, int]:
        while self._parent.get(key, key) != key:
            key = self._parent[key]
        return key

    def _class(self, in_local: bool, value: Value) -> tuple[bool, int]:
        return self._root((in_local, min(value.sources)))

    def _join(self, in_local: bool, *values: Value | None) -> None:
        keys = [(in_local, one) for value in values if value is not None and value.number for one in value.sources]
        for key in keys[1:]:
            self._parent[self._root(key)] = self._root(keys[0])

    def _join_classes(self) -> None:
        for at, insn, state in self._reached():
            for value in state.stack:
                self._join(False, value)
            if insn.name in ("iload", "iinc"):
                source = state.locals[int(insn.value)]
                made = Value(True, frozenset({at})) if insn.name == "iinc" else None
                self._join(True, source, made)

        # Ints

        for one, local, _ in self._refinements:
            self._join(True, local, Value(True, frozenset({one.number})))

    def _find_ints(self) -> None:
        for index, kind in self.parameter_types.items():
            if kind == "I":
                self._ints.add(self._root((True, PARAMETER - index)))
        done = -1
        while done != (done := len(self._ints) + len(self._wide_operations)):
            for at, insn, state in self._reached():
                self._look(at, insn, state)

    def _force(self, value: Value) -> None:
        """Make the value an int."""
        self._ints.add(self._class(False, value))

    def _whole(self, at: int, value: Value, fits: Range, what: str) -> bool:
        """Whether a value that is needed with all its bits can be a short. If not it becomes an int: a problem."""
        if self.is_int(value):
            return False
        its = self.range_of(value)
        if its.within(fits):
            return True
        self._force(value)
        self._tell(self.problems, at, value, what)
        return False

    def _tell(self, into: list[Problem], at: int, value: Value, what: str) -> None:
        its = self.range_of(value)
        made = sorted({self._code[one].name for one in value.sources if 0 <= one < len(self._code)})
        told = f"{what} takes a number from {its.low} to {its.high}, which does not fit into a short"
        operators = [_OPERATORS[name] for name in made if name in _OPERATORS]
        if operators:
            hint = f"cast the result of {' and '.join(dict.fromkeys(operators))} to short before"
        elif "iload" in made:
            hint = "declare the variable as short, and cast what is assigned to it"
        else:
            hint = "cast it to short before"
        into.append(Problem(at, told, hint))

    def _look(self, at: int, insn: JavaInsn, state: State) -> None:
        """Make ints what this instruction needs as such, as far as is known now."""
        name, stack = insn.name, state.stack
        if name in SHUFFLES:
            return
        if name in RING or name in SHIFTS or name in WHOLE:
            self._operation(at, name, stack[-takes(insn) :])
        elif name in COMPARES:
            self._compare(at, name, stack[-2], stack[-1])
        elif name in ZERO_TESTS:
            self._whole(at, stack[-1], _SAME_BITS if name in ("ifeq", "ifne") else SHORT, "a comparison")
        elif name == "switch":
            its = self.range_of(stack[-1])
            self._whole(at, stack[-1], its if its.high - its.low < 0x10000 else SHORT, "switch")
        elif name in ("iload", "istore", "iinc"):
            self._moved(at, insn, state)
        elif name in ("newarray", "anewarray"):
            self._index(at, stack[-1], "the size of an array")
        elif name.endswith("aload") and name != "aload":
            self._index(at, stack[-1], "an index")
        elif name.endswith("astore") and name != "astore":
            self._index(at, stack[-2], "an index")
            if name == "iastore":
                self._force(stack[-1])
        elif name == "ireturn":
            if self._returns_int:
                self._force(stack[-1])
        elif insn.member is not None and name.startswith("put"):
            if insn.member.descriptor == "I":
                self._force(stack[-1])
        elif insn.member is not None and name.startswith("invoke"):
            kinds = parameter_types(insn.member.descriptor)
            for kind, value in zip(kinds, stack[len(stack) - len(kinds) :], strict=True):
                if kind == "I":
                    self._force(value)

    def _operation(self, at: int, name: str, operands: tuple[Value, ...]) -> None:
        wide = at in self._wide_operations or self.result_is_int(at) or any(map(self.is_int, operands))
        if name not in RING and name != "ishl":
            checked = operands if name in WHOLE else operands[:1]
            fits = [self._whole(at, one, SHORT, _OPERATORS[name]) for one in checked]
            wide = wide or not all(fits)
        if wide:
            self._wide_operations.add(at)
            for one in operands:
                self._force(one)

    def _compare(self, at: int, name: str, a: Value, b: Value) -> None:
        if self.is_int(a) or self.is_int(b):
            self._force(a)
            self._force(b)
            self._wide_operations.add(at)
            return
        one, other = self.range_of(a), self.range_of(b)
        difference = ranges.OPERATIONS["isub"](one, other)
        if name in ("if_icmpeq", "if_icmpne") and difference.within(_SAME_BITS):
            return
        for value in (a, b):
            self._whole(at, value, SHORT, "a comparison")

    def _moved(self, at: int, insn: JavaInsn, state: State) -> None:
        """Between stack and local: what is an int on one side and does not fit into a short is one on the other."""
        local = state.locals[int(insn.value)]
        if insn.name == "iinc":
            return  # joined with what it was
        if insn.name == "iload":
            if self.result_is_int(at) and not self.range_of(sure(local)).is_short:
                self._ints.add(self._class(True, sure(local)))
        elif self.result_is_int(at) and not self.range_of(state.stack[-1]).is_short:
            self._force(state.stack[-1])

    def _index(self, at: int, value: Value, what: str) -> None:
        if not self.range_of(value).within(INDEX) and all(one.at != at for one in self.doubts):
            self._tell(self.doubts, at, value, what)
