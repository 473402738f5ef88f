"""Byte code of one method: sizes and labels first, then bytes with their references into the constant pool."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simtool.codec.java_exports import parameter_words, return_words
from tests.harness.jcasm.opcodes import ARRAY_OF_REFERENCES, ARRAY_TYPES, OPCODES, OPERAND_SIZE, Opcode
from tests.harness.jcasm.source import AsmError, MethodSource, Statement
from tests.harness.jcasm.symbols import PACKAGE_TOKEN, AnyClass, External, Local, Symbols, is_function, is_reference

CLASS, FIELD, VIRTUAL, SUPER, STATIC_FIELD, FUNCTION = 1, 2, 3, 4, 5, 6
"""Tags of the constant pool (table 6-5)."""
_LOCAL_OF = {"_0": 0, "_1": 1, "_2": 2, "_3": 3}
_KIND = {"Z": "b", "B": "b", "S": "s", "I": "i"}


@dataclass(frozen=True, slots=True)
class Reference:
    """What an operand refers to. `member` is the signature of what the package itself has, `type` a descriptor."""

    tag: int
    owner: AnyClass
    token: int = 0
    member: tuple[str, str] = ("", "")
    type: str = ""

    @property
    def key(self) -> tuple[int, str, int, tuple[str, str]]:
        return self.tag, self.owner.path, self.token, self.member


@dataclass
class Linked:
    """A finished method: bytes without header, and where its constant pool operands stand (offset, size)."""

    code: bytes
    one_byte: list[int]
    two_bytes: list[int]


class MethodCode:
    """The code of one method with all names looked up; `encode` gives the bytes once the pool is known."""

    def __init__(self, symbols: Symbols, owner: Local, source: MethodSource, descriptor: str) -> None:
        self.symbols = symbols
        self.owner = owner
        self.source = source
        self.descriptor = descriptor
        self.raw_pool = {name: index for index, (name, _) in enumerate(symbols.source.pool)}
        self.offsets = [0]
        """Of each statement, and of the end."""
        for statement in source.body:
            self.offsets.append(self.offsets[-1] + self._size(statement))
        self.labels = {name: self.offsets[at] for name, at in source.labels.items()}
        self.references = [self._reference(row) for row in source.body]

    @property
    def size(self) -> int:
        return self.offsets[-1]

    @property
    def arguments(self) -> int:
        """Words of the parameters, `this` among them."""
        return parameter_words(self.descriptor) + ("static" not in self.source.flags)

    @property
    def locals(self) -> int:
        """Words of local variables behind the parameters: as told, or by the highest that is used."""
        if self.source.locals is not None:
            return self.source.locals
        highest = 0
        for row in self.source.body:
            opcode = OPCODES.get(row.name)
            if opcode is None:
                continue
            words = 2 if row.name.startswith(("iload", "istore", "iinc")) else 1
            if opcode.operands.startswith("local"):
                highest = max(highest, self._slot(row) + words)
            elif row.name[-2:] in _LOCAL_OF and row.name[1:].startswith(("load_", "store_")):
                highest = max(highest, _LOCAL_OF[row.name[-2:]] + words)
        return max(0, highest - self.arguments)

    @property
    def stack(self) -> int:
        """Words of the operand stack: as told, or the deepest that any way through the code reaches."""
        if self.source.stack is not None:
            return self.source.stack
        deepest, seen = 0, {0: 0} if self.source.body else {}
        todo = list(seen.items())
        for catch in self.source.catches:
            todo.append((self._statement(catch.handler, catch.line), 1))
        while todo:
            at, depth = todo.pop()
            row = self.source.body[at] if at < len(self.source.body) else None
            if row is None or seen.get(at, -1) > depth or depth > 255:
                continue
            seen[at] = depth
            opcode = OPCODES.get(row.name)
            change = self._change(row, opcode)
            deepest = max(deepest, depth, depth + change)
            nexts = [] if opcode is not None and opcode.ends else [(at + 1, depth)]
            if row.name.endswith("switch") or row.name == "jsr":
                nexts = [(at + 1, depth)] if row.name == "jsr" else []
            if row.name != "jsr":
                nexts = [(where, depth + change) for where, _ in nexts]
            nexts += [(self._statement(name, row.line), depth + change) for name in self._targets(row, opcode)]
            todo += [(where, now) for where, now in nexts if seen.get(where, -1) < now]
        return deepest

    def encode(self, pool: Callable[[Reference], int]) -> Linked:
        """The bytes; `pool` gives the index of a reference in the constant pool."""
        linked = Linked(b"", [], [])
        for row, reference in zip(self.source.body, self.references, strict=True):
            linked.code += self._encode(row, reference, pool, linked)
        return linked

    def label(self, name: str, line: int) -> int:
        if name not in self.labels:
            raise AsmError(line, f"no label {name} in {self.source.name}")
        return self.labels[name]

    # --- sizes and stack

    def _size(self, row: Statement) -> int:
        if row.name == ".byte":
            return len(row.args)
        opcode = self._opcode(row)
        wide = 4 if opcode.operands.endswith("4") else 2
        match opcode.operands:
            case "table2" | "table4":
                return 1 + 2 + 2 * wide + 2 * (len(row.args) - 3)
            case "lookup2" | "lookup4":
                return 1 + 2 + 2 + (wide + 2) * (len(row.args) - 2)
        return 1 + OPERAND_SIZE[opcode.operands]

    def _opcode(self, row: Statement) -> Opcode:
        opcode = OPCODES.get(row.name)
        if opcode is None:
            raise AsmError(row.line, f"{row.name} is no instruction")
        wanted = {"none": 0, "words": 2, "local_s1": 2, "local_s2": 2}.get(opcode.operands, 1)
        if "switch" in row.name:
            if len(row.args) < 2 or row.args[-2] != "default":
                raise AsmError(row.line, f"{row.name} ends in: default LABEL")
        elif len(row.args) != wanted:
            raise AsmError(row.line, f"{row.name} has {wanted} operands, not {len(row.args)}")
        return opcode

    def _change(self, row: Statement, opcode: Opcode | None) -> int:
        """Words that an instruction adds to the stack."""
        if opcode is None or row.args[:1] and row.args[0].startswith("#"):
            return 0 if opcode is None or opcode.varies else opcode.left - opcode.taken
        if not opcode.varies:
            return opcode.left - opcode.taken
        if row.name == "dup_x":
            return self._number(row, 0)
        if row.name == "swap_x":
            return 0
        descriptor = self._call(row)[2]
        this = row.name != "invokestatic"
        return return_words(descriptor) - parameter_words(descriptor) - this

    def _targets(self, row: Statement, opcode: Opcode | None) -> list[str]:
        if opcode is None:
            return []
        if opcode.operands.startswith("branch"):
            return [] if row.args[0][0] in "+-" else row.args
        if opcode.operands.startswith("table"):
            return [*row.args[1:-2], row.args[-1]]
        if opcode.operands.startswith("lookup"):
            return [*(case.rpartition(":")[2] for case in row.args[:-2]), row.args[-1]]
        return []

    def _statement(self, name: str, line: int) -> int:
        self.label(name, line)
        return self.source.labels[name]

    # --- operands

    def _number(self, row: Statement, at: int) -> int:
        return self.symbols.number(self.owner, row.args[at], row.line)

    def _signed(self, row: Statement, text: str, size: int) -> bytes:
        """A number in so many bytes, with or without sign."""
        value = self.symbols.number(self.owner, text, row.line)
        if not -(1 << (8 * size - 1)) <= value < 1 << (8 * size):
            raise AsmError(row.line, f"{text} does not go into {size} bytes")
        return (value % (1 << (8 * size))).to_bytes(size)

    def _slot(self, row: Statement) -> int:
        named = self.source.slots.get(row.args[0])
        return self._number(row, 0) if named is None else named

    def _branch(self, row: Statement, text: str, size: int) -> bytes:
        if text[0] in "+-":
            distance = int(text)
        else:
            distance = self.label(text, row.line) - self.offsets[self._at(row)]
        if not -(1 << (8 * size - 1)) <= distance < 1 << (8 * size - 1):
            raise AsmError(row.line, f"{text} is {distance} bytes away, too far for {row.name}")
        return distance.to_bytes(size, signed=True)

    def _at(self, row: Statement) -> int:
        return next(at for at, one in enumerate(self.source.body) if one is row)

    def _class(self, name: str, line: int) -> AnyClass:
        if name == "this":
            return self.owner
        if name == "super":
            return self.symbols.find(self.owner.parent or "", line)
        return self.symbols.find(name, line)

    def _member(self, text: str, line: int) -> tuple[AnyClass, str, str]:
        """Class, name and descriptor (empty where not given) of `CLASS.NAME(…)…`; without CLASS the class itself."""
        before, bracket, rest = text.partition("(")
        owner, _, name = before.rpartition(".")
        descriptor = self.symbols.descriptor(bracket + rest, line) if bracket else ""
        return self._class(owner or "this", line), name, descriptor

    def _call(self, row: Statement) -> tuple[Reference, int, str]:
        """What a call refers to, the token of an interface's method, the descriptor."""
        owner, name, descriptor = self._member(row.args[0], row.line)
        symbols, line = self.symbols, row.line
        match row.name:
            case "invokevirtual":
                token, full = symbols.virtual(owner, name, descriptor, line)
                return Reference(VIRTUAL, owner, token, type=full), 0, full
            case "invokeinterface":
                token, full = symbols.of_interface(owner, name, descriptor, line)
                return Reference(CLASS, owner), token, full
            case "invokespecial" if name != "<init>" and not self._is_private(owner, name, descriptor):
                token, full = symbols.virtual(self._class("super", line), name, descriptor, line)
                return Reference(SUPER, self.owner, token, type=full), 0, full
        its, token, full = symbols.function(owner, name, descriptor, line)
        member = (name, full) if isinstance(its, Local) else ("", "")
        return Reference(FUNCTION, its, token, member, full), 0, full

    def _is_private(self, owner: AnyClass, name: str, descriptor: str) -> bool:
        return isinstance(owner, Local) and any(
            row[0] == name and descriptor in ("", row[1]) and is_function(method)
            for row, method in owner.methods.items()
        )

    def _field(self, row: Statement, *, static: bool) -> Reference:
        owner, name, _ = self._member(row.args[0], row.line)
        look_up = self.symbols.static_field if static else self.symbols.instance_field
        its, token, descriptor = look_up(owner, name, row.line)
        kind = "a" if is_reference(descriptor) else _KIND[descriptor]
        if row.name.split("_")[1] != kind:
            raise AsmError(row.line, f"{row.name} for {name}, which is {descriptor}")
        if static:
            member = (name, "") if isinstance(its, Local) else ("", "")
            return Reference(STATIC_FIELD, its, token, member, descriptor)
        return Reference(FIELD, its, token, type=descriptor)

    def _reference(self, row: Statement) -> Reference | None:
        """What an instruction's constant pool operand means; None without one, or where it is given as a number."""
        opcode = OPCODES.get(row.name)
        if opcode is None or row.args[:1] and row.args[0].startswith("#"):
            return None
        match opcode.operands:
            case "virtual" | "special" | "function" | "interface":
                return self._call(row)[0]
            case "field1" | "field2" | "static":
                return self._field(row, static=opcode.operands == "static")
            case "class":
                return Reference(CLASS, self._class(row.args[0], row.line))
            case "cast":
                name = self._cast(row)[1]
                return Reference(CLASS, self._class(name, row.line)) if name else None
        return None

    def _cast(self, row: Statement) -> tuple[int, str]:
        """Array type and class name of checkcast and instanceof."""
        text = row.args[0]
        if not text.endswith("[]"):
            return 0, text
        element = text[:-2]
        primitive = {"boolean": "Z", "byte": "B", "short": "S", "int": "I"}.get(element)
        return (ARRAY_TYPES[primitive], "") if primitive else (ARRAY_OF_REFERENCES, element)

    def _encode(
        self, row: Statement, reference: Reference | None, pool: Callable[[Reference], int], linked: Linked
    ) -> bytes:
        if row.name == ".byte":
            return b"".join(self._signed(row, text, 1) for text in row.args)
        opcode, code = self._opcode(row), bytes((OPCODES[row.name].code,))
        here = len(linked.code)

        def index(size: int, skip: int = 0) -> bytes:
            """The operand that refers to the constant pool; `skip` bytes stand between it and the opcode."""
            (linked.one_byte if size == 1 else linked.two_bytes).append(here + 1 + skip)
            text = row.args[0]
            if reference is None:
                number = self.raw_pool[text[1:]] if text[1:] in self.raw_pool else int(text[1:], 0)
            else:
                number = pool(reference)
            if number >= 1 << (8 * size):
                raise AsmError(row.line, f"constant pool index {number} is too large for {row.name}")
            return number.to_bytes(size)

        match opcode.operands:
            case "none":
                return code
            case "s1" | "s2" | "s4":
                return code + self._signed(row, row.args[0], int(opcode.operands[1]))
            case "local":
                return code + bytes((self._slot(row),))
            case "local_s1" | "local_s2":
                return code + bytes((self._slot(row),)) + self._signed(row, row.args[1], int(opcode.operands[-1]))
            case "words":
                return code + bytes((self._number(row, 0) << 4 | self._number(row, 1),))
            case "branch1" | "branch2":
                return code + self._branch(row, row.args[0], int(opcode.operands[-1]))
            case "table2" | "table4" | "lookup2" | "lookup4":
                return code + self._switch(row, opcode)
            case "field1":
                return code + index(1)
            case "field2" | "static" | "virtual" | "special" | "function" | "class":
                return code + index(2)
            case "interface":
                if reference is None:
                    raise AsmError(row.line, "invokeinterface has no raw form: write it with .byte")
                _, token, descriptor = self._call(row)
                return code + bytes((parameter_words(descriptor) + 1,)) + index(2, 1) + bytes((token,))
            case "atype":
                names = {"boolean": "Z", "byte": "B", "short": "S", "int": "I"}
                element = names.get(row.args[0])
                return code + (bytes((ARRAY_TYPES[element],)) if element else self._signed(row, row.args[0], 1))
            case "cast":
                if row.args[0].startswith("#"):
                    return code + b"\0" + index(2, 1)
                kind, name = self._cast(row)
                return code + bytes((kind,)) + (index(2, 1) if name else bytes(2))
        raise AssertionError(opcode.operands)

    def _switch(self, row: Statement, opcode: Opcode) -> bytes:
        size = int(opcode.operands[-1])
        found = self._branch(row, row.args[-1], 2)
        if opcode.operands.startswith("table"):
            low, targets = self._number(row, 0), row.args[1:-2]
            for value in (low, low + len(targets) - 1):
                found += self._signed(row, str(value), size)
            return found + b"".join(self._branch(row, name, 2) for name in targets)
        found += len(row.args[:-2]).to_bytes(2)
        for case in row.args[:-2]:
            match, _, name = case.rpartition(":")
            found += self._signed(row, match, size) + self._branch(row, name, 2)
        return found


def entry(reference: Reference, ref: Callable[[AnyClass], bytes], place: Callable[[Reference], int]) -> bytes:
    """A constant pool entry. `ref` codes a class, `place` gives the offset of the package's own statics and methods."""
    owner, token = reference.owner, reference.token
    match reference.tag:
        case 1:
            return bytes((CLASS,)) + ref(owner) + b"\0"
        case 2 | 3 | 4:
            if isinstance(owner, External) and token & PACKAGE_TOKEN:
                raise AssertionError("package-visible methods of another package have no token")
            return bytes((reference.tag,)) + ref(owner) + bytes((token,))
    if isinstance(owner, External):
        return bytes((reference.tag,)) + ref(owner) + bytes((token,))
    return bytes((reference.tag, 0)) + place(reference).to_bytes(2)
