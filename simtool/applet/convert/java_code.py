"""Java byte code, decoded into fewer kinds of instructions (JVMS §6.5), with what Java Card has not refused.

`iload_1`, `iload 1` and `wide iload 1` are all `iload` with 1; every way to push a number is `const`; both switches are
`switch`. Targets of branches are indexes into the list of instructions, not offsets.
"""

from __future__ import annotations

from dataclasses import dataclass

from simtool.applet.classfile import ClassConstant, ClassFile, CodeAttribute, Constant, MemberRef, Method, OtherConstant
from simtool.applet.convert.package import ConvertError, sure

_HINTS = {
    "long": "use short, or byte arrays with javacardx.framework.math",
    "float": "count in small whole units",
    "double": "count in small whole units",
    "String": "use byte arrays",
    "char": "use byte or short",
}
_PLAIN = {
    0: "nop", 1: "aconst_null", 46: "iaload", 50: "aaload", 51: "baload", 53: "saload", 79: "iastore", 83: "aastore",
    84: "bastore", 86: "sastore", 87: "pop", 88: "pop2", 89: "dup", 90: "dup_x1", 91: "dup_x2", 92: "dup2",
    93: "dup2_x1", 94: "dup2_x2", 95: "swap", 96: "iadd", 100: "isub", 104: "imul", 108: "idiv", 112: "irem",
    116: "ineg", 120: "ishl", 122: "ishr", 124: "iushr", 126: "iand", 128: "ior", 130: "ixor", 145: "i2b", 147: "i2s",
    172: "ireturn", 176: "areturn", 177: "return", 190: "arraylength", 191: "athrow",
}  # fmt: skip
_BRANCHES = {
    153: "ifeq", 154: "ifne", 155: "iflt", 156: "ifge", 157: "ifgt", 158: "ifle", 159: "if_icmpeq", 160: "if_icmpne",
    161: "if_icmplt", 162: "if_icmpge", 163: "if_icmpgt", 164: "if_icmple", 165: "if_acmpeq", 166: "if_acmpne",
    167: "goto", 198: "ifnull", 199: "ifnonnull",
}  # fmt: skip
_REFERENCES = {
    178: "getstatic", 179: "putstatic", 180: "getfield", 181: "putfield", 182: "invokevirtual", 183: "invokespecial",
    184: "invokestatic", 185: "invokeinterface", 187: "new", 189: "anewarray", 192: "checkcast", 193: "instanceof",
}  # fmt: skip
FOREIGN = {"J": "long", "F": "float", "D": "double", "C": "char"}
"""Types that no card has, by descriptor."""
_ELEMENTS = {4: "[Z", 8: "[B", 9: "[S", 10: "[I"}
_OTHER_ELEMENTS = {5: "char", 6: "float", 7: "double", 11: "long"}
ENDS = frozenset({"goto", "switch", "ireturn", "areturn", "return", "athrow"})
"""After these the next instruction is not reached."""


@dataclass(frozen=True, slots=True)
class Switch:
    """Operands of a switch: where it goes by default, and for each value."""

    default: int
    cases: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class JavaInsn:
    """One instruction. `value` is a number, a local's index, an array type or class name; `target` an index."""

    offset: int
    line: int
    name: str
    value: int | str = 0
    member: MemberRef | None = None
    target: int = -1
    switch: Switch | None = None
    increment: int = 0

    @property
    def targets(self) -> tuple[int, ...]:
        """Where it may jump to."""
        if self.switch is not None:
            return (self.switch.default, *(one for _, one in self.switch.cases))
        return (self.target,) if self.target >= 0 else ()


@dataclass(frozen=True, slots=True)
class JavaHandler:
    """An exception handler; all places are indexes, `end` is behind the last instruction."""

    start: int
    end: int
    handler: int
    catches: str | None


def refused_type(kind: str) -> tuple[str, str]:
    """Reason and hint for a type that Java Card has not."""
    return f"the type {kind} is not in Java Card", _HINTS.get(kind, "")


def parts(descriptor: str) -> list[str]:
    """The types in a descriptor, of a field or of a method with its result; any types of Java's."""
    found, at, start = [], 0, 0
    while at < len(descriptor):
        one = descriptor[at]
        if one in "()":
            start = at + 1
        elif one == "L":
            at = descriptor.index(";", at)
        if one not in "()[":
            found.append(descriptor[start : at + 1])
            start = at + 1
        at += 1
    return found


def has_foreign_types(descriptor: str) -> bool:
    """Whether a type in a descriptor is one that no card has."""
    return any(part.lstrip("[") in FOREIGN for part in parts(descriptor))


def decode(cls: ClassFile, method: Method) -> tuple[list[JavaInsn], list[JavaHandler]]:
    """The instructions of a method and its handlers. Raises `ConvertError` at the first that a card cannot have."""
    code = sure(method.code)
    decoder = _Decoder(cls, code)
    raw: list[JavaInsn] = []
    while decoder.at < len(code.code):
        raw.append(decoder.next())
    index = {one.offset: place for place, one in enumerate(raw)}
    index[len(code.code)] = len(raw)

    def place(offset: int) -> int:
        if offset not in index:
            raise decoder.error(f"{offset} is no place where an instruction begins")
        return index[offset]

    def settled(one: JavaInsn) -> JavaInsn:
        if not one.targets:
            return one
        switch = one.switch and Switch(
            place(one.switch.default), tuple((value, place(target)) for value, target in one.switch.cases)
        )
        target = place(one.target) if one.target >= 0 else -1
        return JavaInsn(one.offset, one.line, one.name, one.value, one.member, target, switch, one.increment)

    handlers = [JavaHandler(place(row.start), place(row.end), place(row.handler), row.catches) for row in code.handlers]
    return [settled(one) for one in raw], handlers


class _Decoder:
    """Reads one instruction after the other; targets are still offsets."""

    def __init__(self, cls: ClassFile, code: CodeAttribute) -> None:
        self._cls = cls
        self._method = code
        self._code = code.code
        self.at = 0
        self._start = 0
        self._line = 0

    def error(self, reason: str, hint: str = "") -> ConvertError:
        return ConvertError(self._cls.source or f"{self._cls.name}.class", self._line, reason, hint)

    def next(self) -> JavaInsn:
        self._start = self.at
        self._line = self._method.line_of(self.at)
        try:
            return self._next(self._u1())
        except IndexError:
            raise self.error("the byte code ends in the middle of an instruction") from None

    def _make(
        self, name: str, value: int | str = 0, member: MemberRef | None = None, target: int = -1,
        switch: Switch | None = None, increment: int = 0,
    ) -> JavaInsn:  # fmt: skip
        return JavaInsn(self._start, self._line, name, value, member, target, switch, increment)

    def _next(self, op: int) -> JavaInsn:
        if op in _PLAIN:
            return self._make(_PLAIN[op])
        if 2 <= op <= 8:
            return self._make("const", op - 3)
        if op in _BRANCHES:
            return self._make(_BRANCHES[op], target=self._start + self._s2())
        if op in _REFERENCES:
            return self._reference(op)
        if 26 <= op <= 29 or 42 <= op <= 45:
            return self._make("iload" if op < 30 else "aload", (op - 26) % 16)
        if 59 <= op <= 62 or 75 <= op <= 78:
            return self._make("istore" if op < 63 else "astore", (op - 59) % 16)
        match op:
            case 16:
                return self._make("const", self._signed(self._u1(), 8))
            case 17:
                return self._make("const", self._s2())
            case 18:
                return self._constant(self._u1())
            case 19:
                return self._constant(self._u2())
            case 21 | 25 | 54 | 58 | 132:
                return self._local(op, wide=False)
            case 188:
                return self._new_array(self._u1())
            case 196:
                return self._local(self._u1(), wide=True)
            case 170 | 171:
                return self._switch(table=op == 170)
            case 200:
                return self._make("goto", target=self._start + self._s4())
        raise self._refused(op)

    def _local(self, op: int, *, wide: bool) -> JavaInsn:
        names = {21: "iload", 25: "aload", 54: "istore", 58: "astore", 132: "iinc"}
        if op not in names:
            raise self._refused(op)
        index = self._u2() if wide else self._u1()
        if op != 132:
            return self._make(names[op], index)
        return self._make("iinc", index, increment=self._s2() if wide else self._signed(self._u1(), 8))

    def _constant(self, index: int) -> JavaInsn:
        found = self._pool(index)
        if isinstance(found, int):
            return self._make("const", found)
        kind = found.kind if isinstance(found, OtherConstant) else "Class"
        if kind == "Class":
            raise self.error(
                "a class as a value (X.class, assert) is not in Java Card", "leave out assert and reflection"
            )
        raise self.error(*refused_type(kind))

    def _reference(self, op: int) -> JavaInsn:
        found = self._pool(self._u2())
        if op == 185:
            self._u2()
        name = _REFERENCES[op]
        if op in (187, 189, 192, 193):
            if not isinstance(found, ClassConstant):
                raise self.error(f"{name} without a class")
            return self._make(name, found.name)
        if not isinstance(found, MemberRef):
            raise self.error(f"{name} without a member of a class")
        if found.owner.startswith("java/lang/String"):
            raise self.error("strings are not in Java Card", "use byte arrays")
        for part in parts(found.descriptor):
            if part.lstrip("[") in FOREIGN:
                raise self.error(*refused_type(FOREIGN[part.lstrip("[")]))
        return self._make(name, member=found)

    def _new_array(self, kind: int) -> JavaInsn:
        if kind not in _ELEMENTS:
            raise self.error(*refused_type(_OTHER_ELEMENTS.get(kind, f"number {kind}")))
        return self._make("newarray", _ELEMENTS[kind])

    def _switch(self, *, table: bool) -> JavaInsn:
        self.at += -self.at % 4
        default = self._start + self._s4()
        if table:
            low, high = self._s4(), self._s4()
            cases = [(value, self._start + self._s4()) for value in range(low, high + 1)]
        else:
            cases = [(self._s4(), self._start + self._s4()) for _ in range(self._s4())]
        return self._make("switch", switch=Switch(default, tuple(cases)))

    def _refused(self, op: int) -> ConvertError:
        if op in (168, 169, 201):
            return self.error("jsr and ret are not converted", "compile with javac --release 8")
        if op in (194, 195):
            return self.error("synchronized is not in Java Card", "leave it out: a card has one thread")
        if op == 197:
            return self.error(
                "arrays of arrays made at once are not in Java Card", "use one array and compute the index"
            )
        if op == 186:
            return self.error("lambdas and method references are not in Java Card", "use a named or anonymous class")
        for kind, opcodes in _REFUSED_TYPES.items():
            if op in opcodes:
                return self.error(*refused_type(kind))
        return self.error(f"byte code {op} is unknown")

    def _pool(self, index: int) -> Constant:
        return self._cls.pool[index]

    def _u1(self) -> int:
        value = self._code[self.at]
        self.at += 1
        return value

    def _u2(self) -> int:
        return self._u1() << 8 | self._u1()

    def _s2(self) -> int:
        return self._signed(self._u2(), 16)

    def _s4(self) -> int:
        return self._signed(self._u2() << 16 | self._u2(), 32)

    @staticmethod
    def _signed(value: int, bits: int) -> int:
        return value - (1 << bits) if value >> (bits - 1) else value


_REFUSED_TYPES: dict[str, frozenset[int]] = {
    "long": frozenset({
        9, 10, 20, 22, *range(30, 34), 47, 55, *range(63, 67), 80, 97, 101, 105, 109, 113, 117, 121, 123, 125, 127,
        129, 131, 133, 136, 140, 143, 148, 173,
    }),
    "float": frozenset({
        11, 12, 13, 23, *range(34, 38), 48, 56, *range(67, 71), 81, 98, 102, 106, 110, 114, 118, 134, 137, 139, 141,
        144, 149, 150, 174,
    }),
    "double": frozenset({
        14, 15, 24, *range(38, 42), 49, 57, *range(71, 75), 82, 99, 103, 107, 111, 115, 119, 135, 138, 142, 151, 152,
        175,
    }),
    "char": frozenset({52, 85, 146}),
}  # fmt: skip
