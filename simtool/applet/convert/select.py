"""Chooses the card's instructions for those of Java's, one method at a time (JCVM chapter 7).

Numbers are shorts or ints as `narrow` found; a conversion stands right behind what makes a value, or right before what
takes it from the top of the stack. What would need one deeper in the stack is refused: source code that is compiled by
javac hardly ever does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simtool.applet.classfile import ClassFlag, MemberRef, Method
from simtool.applet.convert import flow
from simtool.applet.convert.card_code import CardInsn, Item, Label, Reference
from simtool.applet.convert.flow import SHUFFLES, State, Value
from simtool.applet.convert.java_code import JavaHandler, JavaInsn, Switch, decode
from simtool.applet.convert.members import Members
from simtool.applet.convert.model import Local
from simtool.applet.convert.narrow import COMPARES, RING, SHIFTS, WHOLE, ZERO_TESTS, Narrowing
from simtool.applet.convert.of_this import NOWHERE, this_fields
from simtool.applet.convert.package import ConvertError, sure
from simtool.codec.java_exports import parameter_types, return_words

PRIMITIVE_ARRAYS = {"[Z": 10, "[B": 11, "[S": 12, "[I": 13}
_REFERENCE_ARRAY = 14
_KINDS = {"Z": "b", "B": "b", "S": "s", "I": "i"}
_END = 1 << 20
_REQUIRE = MemberRef("java/util/Objects", "requireNonNull", "(Ljava/lang/Object;)Ljava/lang/Object;")


@dataclass(frozen=True, slots=True)
class CardHandler:
    """A handler; places are numbers of labels."""

    start: int
    end: int
    handler: int
    catches: Reference | None


@dataclass(slots=True)
class CardMethod:
    """A method's code. `arguments` and `locals` in words, `locals` without the arguments."""

    owner: Local
    method: Method
    items: list[Item]
    handlers: list[CardHandler]
    arguments: int
    locals: int
    doubts: list[str]


def select(members: Members, owner: Local, method: Method, *, direct_this: bool = True) -> CardMethod:
    """The card's code of a method that has some; `direct_this` is for `getfield_a_this` and its like.

    Raises `ConvertError`.
    """
    code, handlers = decode(owner.file, method)
    return _Selector(members, owner, method, code, handlers, direct_this).select()


class _Selector:
    """One method."""

    def __init__(
        self, members: Members, owner: Local, method: Method, code: list[JavaInsn], handlers: list[JavaHandler],
        direct_this: bool,
    ) -> None:  # fmt: skip
        self._members, self._owner, self._method = members, owner, method
        self._code, self._handlers = code, handlers
        self._has_this = ClassFlag.STATIC not in method.flags
        start = flow.parameters(method.descriptor, has_this=self._has_this, count=sure(method.code).max_locals)
        javas = members.originals.get(MemberRef(owner.path, method.name, method.descriptor), method.descriptor)
        self._states = flow.analyse(code, handlers, start)
        self._numbers = Narrowing(code, self._states, method.descriptor, javas, self._has_this)
        self._items: list[Item] = []
        self._at = 0
        self._fresh = _END + 1
        self._sizes = self._local_sizes()
        self._places = [sum(self._sizes[:index]) for index in range(len(self._sizes))]
        self._dropped, self._direct = this_fields(code, self._states) if direct_this and self._has_this else NOWHERE

    def select(self) -> CardMethod:
        if not self._members.model.spec.int_allowed and self._numbers.problems:
            one = min(self._numbers.problems, key=lambda each: each.at)
            raise self._error(one.reason, one.hint, one.at)
        targets = {target for insn in self._code for target in insn.targets}
        targets |= {place for row in self._handlers for place in (row.start, row.end, row.handler)}
        for at, insn in enumerate(self._code):
            self._at = at
            if at in targets:
                self._items.append(Label(self._at))
            state = self._states[self._at]
            if state is not None and self._at not in self._dropped:
                self._one(insn, state)
        if len(self._code) in targets:
            self._items.append(Label(len(self._code)))
        words = sum(self._sizes[: self._argument_count()])
        if sum(self._sizes) > 0xFF:
            raise self._error("it has more than 255 words of locals", "split the method")
        handlers = [
            CardHandler(row.start, row.end, row.handler, self._catches(row.catches))
            for row in self._handlers
            if any(state is not None for state in self._states[row.start : row.end])
        ]
        doubts = [f"{self._owner.file.source}:{self._code[one.at].line}: {one.reason}" for one in self._numbers.doubts]
        if doubts and not self._members.model.spec.int_allowed:
            one = self._numbers.doubts[0]
            raise self._error(one.reason, one.hint, one.at)
        return CardMethod(
            self._owner, self._method, self._items, handlers, words, sum(self._sizes) - words, doubts
        )  # fmt: skip

    def _error(self, reason: str, hint: str = "", at: int | None = None) -> ConvertError:
        insn = self._code[self._at if at is None else at]
        return self._owner.error(f"{self._method.name}: {reason}", hint, insn.line)

    def _argument_count(self) -> int:
        return len(parameter_types(self._method.descriptor)) + self._has_this

    def _catches(self, name: str | None) -> Reference | None:
        return None if name is None else self._members.class_reference(name, self._owner, self._code[self._at].line)

    # Locals

    def _local_sizes(self) -> list[int]:
        """Words of each of Java's locals: two where an int is ever in it."""
        sizes = [1] * sure(self._method.code).max_locals
        for index, kind in self._numbers.parameter_types.items():
            sizes[index] = 2 if kind == "I" else 1
        for at, (insn, state) in enumerate(zip(self._code, self._states, strict=True)):
            if state is None or insn.name not in ("istore", "iinc", "iload"):
                continue
            index = int(insn.value)
            local = state.locals[index]
            wide = self._numbers.result_is_int(at) if insn.name != "iload" else self._is_int_local(local)
            if wide and self._numbers.parameter_types.get(index, "I") != "I":
                raise self._error(
                    "a parameter takes a number that does not fit into it", "use a variable of its own", at
                )
            sizes[index] = 2 if wide else sizes[index]
        return sizes

    def _is_int_local(self, local: Value | None) -> bool:
        return local is not None and self._numbers.local_is_int(local)

    # Emitting

    def _emit(self, name: str, *values: int, reference: Reference | None = None, targets: Sequence[int] = ()) -> None:
        self._items.append(CardInsn(name, values, reference, tuple(targets), self._code[self._at].line))

    def _one(self, insn: JavaInsn, state: State) -> None:
        name, stack = insn.name, state.stack
        if name in SHUFFLES:
            self._shuffle(name, stack)
        elif name == "const":
            self._constant(int(insn.value), wide=self._numbers.result_is_int(self._at))
        elif name in ("iload", "aload", "istore", "astore", "iinc"):
            self._local(insn, state)
        elif name in RING or name in SHIFTS or name in WHOLE:
            self._operation(name, stack)
        elif name in ("i2b", "i2s"):
            self._cast(name, stack[-1])
        elif name in COMPARES or name in ZERO_TESTS:
            self._compare(insn, stack)
        elif insn.switch is not None:
            self._switch(insn.switch, stack[-1])
        elif name == "ireturn":
            self._return(stack[-1])
        elif insn.member is not None:
            self._member(insn, insn.member, stack)
        elif name in ("new", "newarray", "anewarray", "checkcast", "instanceof"):
            self._typed(insn, stack)
        elif name.endswith(("aload", "astore")):
            self._array(name, stack)
        elif name != "nop":
            self._emit(name, targets=insn.targets)
            if name == "arraylength":
                self._settle(wide=False)

    def _settle(self, *, wide: bool) -> None:
        """Convert what was just made to what it is to be on the stack."""
        if self._numbers.result_is_int(self._at) != wide:
            self._emit("i2s" if wide else "s2i")

    def _as_short(self, value: Value, stack: tuple[Value, ...]) -> None:
        """Make sure that a value, the one on top if it is an int, is taken as a short."""
        if not self._numbers.is_int(value):
            return
        if value is not stack[-1]:
            raise self._error("an int is used as a short here, deep in an expression", "split it into two statements")
        self._emit("i2s")

    def _constant(self, value: int, *, wide: bool) -> None:
        if wide:
            if -1 <= value <= 5:
                self._emit(f"iconst_{value}" if value >= 0 else "iconst_m1")
            else:
                size = "b" if -0x80 <= value < 0x80 else "s" if -0x8000 <= value < 0x8000 else "i"
                self._emit(f"{size}ipush", value)
            return
        value = (value + 0x8000) % 0x10000 - 0x8000
        if -1 <= value <= 5:
            self._emit(f"sconst_{value}" if value >= 0 else "sconst_m1")
        else:
            self._emit("bspush" if -0x80 <= value < 0x80 else "sspush", value)

    def _local(self, insn: JavaInsn, state: State) -> None:
        index = int(insn.value)
        place, local = self._places[index], state.locals[index]
        if insn.name == "iinc":
            wide = self._numbers.result_is_int(self._at)
            size = "" if -0x80 <= insn.increment < 0x80 else "_w"
            self._emit(f"{'i' if wide else 's'}inc{size}", place, insn.increment)
            return
        kind = "a"
        if insn.name == "iload":
            kind = "i" if self._is_int_local(local) else "s"
        elif insn.name == "istore":
            wide, value = self._numbers.result_is_int(self._at), state.stack[-1]
            if self._numbers.is_int(value) != wide:
                self._emit("s2i" if wide else "i2s")
            kind = "i" if wide else "s"
        verb = insn.name[1:]
        if place < 4:
            self._emit(f"{kind}{verb}_{place}")
        else:
            self._emit(f"{kind}{verb}", place)
        if insn.name == "iload":
            self._settle(wide=kind == "i")

    def _operation(self, name: str, stack: tuple[Value, ...]) -> None:
        wide = self._numbers.computes_int(self._at)
        if not wide:
            self._as_short(stack[-1], stack)
        self._emit(name if wide else f"s{name[1:]}")
        self._settle(wide=wide)

    def _cast(self, name: str, value: Value) -> None:
        if self._numbers.is_int(value):
            self._emit(name)
        elif name == "i2b" and self._numbers.range_of(value) != self._numbers.range_after(self._at):
            self._emit("s2b")
        self._settle(wide=False)

    def _compare(self, insn: JavaInsn, stack: tuple[Value, ...]) -> None:
        condition = insn.name[-2:]
        if self._numbers.is_int(stack[-1]):
            if insn.name in ZERO_TESTS:
                self._emit("iconst_0")
            self._emit("icmp")
            self._emit(f"if{condition}", targets=insn.targets)
        else:
            self._emit(f"if{condition}" if insn.name in ZERO_TESTS else f"if_scmp{condition}", targets=insn.targets)

    def _switch(self, switch: Switch, value: Value) -> None:
        wide, its = self._numbers.is_int(value), self._numbers.range_of(value)
        cases = {number: target for number, target in switch.cases if target != switch.default}
        if not wide:
            fitting = {number: target for number, target in cases.items() if its.low <= number <= its.high}
            cases = {(number + 0x8000) % 0x10000 - 0x8000: target for number, target in fitting.items()}
        letter, size = ("i", 4) if wide else ("s", 2)
        if not cases:
            self._emit("pop2" if wide else "pop")
            self._emit("goto", targets=(switch.default,))
            return
        low, high = min(cases), max(cases)
        if 2 * size + 2 * (high - low + 1) <= 2 + (size + 2) * len(cases):
            targets = [cases.get(number, switch.default) for number in range(low, high + 1)]
            self._emit(f"{letter}tableswitch", low, high, targets=(switch.default, *targets))
        else:
            ordered = sorted(cases)
            targets = [cases[number] for number in ordered]
            self._emit(f"{letter}lookupswitch", *ordered, targets=(switch.default, *targets))

    def _return(self, value: Value) -> None:
        wide = return_words(self._method.descriptor) == 2
        if self._numbers.is_int(value) != wide:
            self._emit("s2i" if wide else "i2s")
        self._emit("ireturn" if wide else "sreturn")

    # Objects

    def _member(self, insn: JavaInsn, member: MemberRef, stack: tuple[Value, ...]) -> None:
        if "invoke" in insn.name:
            self._invoke(insn, member, stack)
            return
        reference = self._members.field(member, self._owner, insn.line, static=insn.name.endswith("static"))
        if insn.name.startswith("put") and member.descriptor != "I":
            self._as_short(stack[-1], stack)
        kind = _KINDS.get(member.descriptor, "a")
        this = "_this" if self._at in self._direct else ""
        self._emit(f"{insn.name}_{kind}{this}", reference=reference)
        if insn.name.startswith("get") and kind != "a":
            self._settle(wide=kind == "i")

    def _invoke(self, insn: JavaInsn, member: MemberRef, stack: tuple[Value, ...]) -> None:
        if member == _REQUIRE:
            self._require()
            return
        kinds = parameter_types(member.descriptor)
        call = self._members.call(insn.name, member, self._owner, insn.line)
        for kind, value in zip(kinds, stack[len(stack) - len(kinds) :], strict=True):
            if kind != "I":
                self._as_short(value, stack)
        self._emit(call.name, *call.values, reference=call.reference)
        result = member.descriptor.rpartition(")")[2]
        if result in _KINDS:
            self._settle(wide=result == "I")

    def _require(self) -> None:
        """What javac writes for `outer.new Inner()`: a null pointer is thrown where outer is null."""
        self._fresh += 1
        self._emit("dup")
        self._emit("ifnonnull", targets=(self._fresh,))
        self._emit("aconst_null")
        self._emit("athrow")
        self._items.append(Label(self._fresh))

    def _typed(self, insn: JavaInsn, stack: tuple[Value, ...]) -> None:
        name, kind = insn.name, str(insn.value)
        if name in ("newarray", "anewarray"):
            self._as_short(stack[-1], stack)
        if name == "newarray":
            if kind == "[I" and not self._members.model.spec.int_allowed:
                raise self._error("an array of int is made, and int is not allowed", "use short[]")
            self._emit(name, PRIMITIVE_ARRAYS[kind])
            return
        if name == "anewarray" and kind[0] == "[" or kind.startswith("[["):
            raise self._error("arrays of arrays are not in Java Card", "use one array and compute the index")
        if kind in PRIMITIVE_ARRAYS:
            self._emit(name, PRIMITIVE_ARRAYS[kind])
        elif name in ("new", "anewarray"):
            self._emit(name, reference=self._members.class_reference(kind, self._owner, insn.line))
        else:
            array, path = (_REFERENCE_ARRAY, kind[2:-1]) if kind[0] == "[" else (0, kind)
            self._emit(name, array, reference=self._members.class_reference(path, self._owner, insn.line))
        if name == "instanceof":
            self._settle(wide=False)

    def _array(self, name: str, stack: tuple[Value, ...]) -> None:
        store = name.endswith("store")
        if store and name != "iastore":
            self._as_short(stack[-1], stack)
        index = stack[-2 if store else -1]
        if store and self._numbers.is_int(index):
            raise self._error("an int is used as an index, deep in an expression", "split it into two statements")
        if not store:
            self._as_short(index, stack)
        self._emit(name)
        if not store and name != "aaload":
            self._settle(wide=name == "iaload")

    # The stack

    def _words(self, values: Sequence[Value]) -> int:
        return sum(2 if self._numbers.is_int(one) else 1 for one in values)

    def _shuffle(self, name: str, stack: tuple[Value, ...]) -> None:
        if name.startswith("pop"):
            for words in [self._words(stack[-2:])] if name == "pop2" else [self._words(stack[-1:])]:
                for _ in range(words // 2):
                    self._emit("pop2")
                if words % 2:
                    self._emit("pop")
            return
        if name == "swap":
            self._emit("swap_x", self._words(stack[-1:]) << 4 | self._words(stack[-2:-1]))
            return
        count = 2 if name.startswith("dup2") else 1
        below = int(name[-1]) if "_x" in name else 0
        words = self._words(stack[-count:])
        depth = words + self._words(stack[len(stack) - count - below : len(stack) - count]) if below else 0
        if not below and words <= 2:
            self._emit("dup" if words == 1 else "dup2")
        else:
            self._emit("dup_x", words << 4 | depth)
