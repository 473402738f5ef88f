"""The instruction set as a verifier needs it: operands, what is taken from the stack and left on it (JCVM chapter 7).

A row is `NAME OPERANDS TAKEN>LEFT`, in order of the opcodes from 0. On the stack s is a short, byte or boolean, i an
int of two words, a a reference; `!` means that the next instruction does not follow, `*` that `flow` knows more.

Operands: - none, b h w a number of 1, 2, 4 bytes, l a local variable, lb lh with a number, x the words of dup_x, j J a
branch of 1 or 2 bytes, t2 t4 k2 k4 switches by table or by keys, f F an instance field by an index of 1 or 2 bytes, S a
static field, V P C I calls (virtual, special, static, interface), N a class, y a type of array, Y what to cast to.
"""

from __future__ import annotations

from dataclasses import dataclass

_TYPED = "a b s i".split()
_CONDITIONS = "eq ne lt ge gt le".split()


def _rows() -> list[str]:
    rows = ["nop - >", "aconst_null - *"]
    rows += [f"sconst_{name} - >s" for name in ("m1", *"012345")] + [
        f"iconst_{name} - >i" for name in ("m1", *"012345")
    ]
    rows += ["bspush b >s", "sspush h >s", "bipush b >i", "sipush h >i", "iipush w >i"]
    rows += [f"{one}load l *" for one in "asi"] + [f"{one}load_{slot} - *" for one in "asi" for slot in range(4)]
    rows += [f"{one}aload - *" for one in "absi"]
    rows += [f"{one}store l *" for one in "asi"] + [f"{one}store_{slot} - *" for one in "asi" for slot in range(4)]
    rows += [f"{one}astore - *" for one in "absi"]
    rows += [
        f"{name} {'x' if name.endswith('_x') else '-'} *" for name in ("pop", "pop2", "dup", "dup2", "dup_x", "swap_x")
    ]
    for name in "add sub mul div rem".split():
        rows += [f"s{name} - ss>s", f"i{name} - ii>i"]
    rows += ["sneg - s>s", "ineg - i>i"]
    for name in "shl shr ushr and or xor".split():
        rows += [f"s{name} - ss>s", f"i{name} - ii>i"]
    rows += ["sinc lb *", "iinc lb *", "s2b - s>s", "s2i - s>i", "i2b - i>s", "i2s - i>s", "icmp - ii>s"]
    rows += _branches("j", "") + ["goto j >!", "jsr J *", "ret l *"]
    rows += ["stableswitch t2 s>!", "itableswitch t4 i>!", "slookupswitch k2 s>!", "ilookupswitch k4 i>!"]
    rows += [f"{one}return - *" for one in "asi"] + ["return - *"]
    rows += [f"{verb}static_{one} S *" for verb in ("get", "put") for one in _TYPED]
    rows += [f"{verb}field_{one} f *" for verb in ("get", "put") for one in _TYPED]
    rows += ["invokevirtual V *", "invokespecial P *", "invokestatic C *", "invokeinterface I *"]
    rows += [
        "new N *",
        "newarray y *",
        "anewarray N *",
        "arraylength - *",
        "athrow - *",
        "checkcast Y *",
        "instanceof Y *",
    ]
    rows += ["sinc_w lh *", "iinc_w lh *", *_branches("J", "_w"), "goto_w J >!"]
    rows += [f"getfield_{one}_w F *" for one in _TYPED] + [f"getfield_{one}_this f *" for one in _TYPED]
    rows += [f"putfield_{one}_w F *" for one in _TYPED] + [f"putfield_{one}_this f *" for one in _TYPED]
    return rows


def _branches(operand: str, ending: str) -> list[str]:
    rows = [f"if{one}{ending} {operand} s>" for one in _CONDITIONS]
    rows += [f"if{one}{ending} {operand} *" for one in ("null", "nonnull")]
    rows += [f"if_acmp{one}{ending} {operand} *" for one in ("eq", "ne")]
    return rows + [f"if_scmp{one}{ending} {operand} ss>" for one in _CONDITIONS]


@dataclass(frozen=True, slots=True)
class Opcode:
    """`taken` and `left` are letters; both empty where `special`."""

    number: int
    name: str
    operands: str
    taken: str
    left: str
    special: bool

    @property
    def uses_int(self) -> bool:
        return "i" in self.taken + self.left or self.name.startswith(_INT_NAMES) or self.name.endswith(_INT_ENDINGS)

    @property
    def ends(self) -> bool:
        """The next instruction does not follow."""
        return self.left.endswith("!") or self.name in _ENDS


_INT_NAMES = ("iload", "istore", "iaload", "iastore", "iinc", "ireturn")
_INT_ENDINGS = ("static_i", "field_i", "field_i_w", "field_i_this")
_ENDS = {"ret", "athrow", "areturn", "sreturn", "ireturn", "return"}


def _opcode(number: int, row: str) -> Opcode:
    name, operands, effect = row.split()
    special = effect == "*"
    taken, _, left = ("", "", "") if special else effect.partition(">")
    return Opcode(number, name, operands, taken, left, special)


OPCODES = tuple(_opcode(number, row) for number, row in enumerate(_rows()))
_SIZES = {
    "-": 0, "b": 1, "h": 2, "w": 4, "l": 1, "lb": 2, "lh": 3, "x": 1, "j": 1, "J": 2, "f": 1, "F": 2, "S": 2, "V": 2,
    "P": 2, "C": 2, "I": 4, "N": 2, "y": 1, "Y": 3,
}  # fmt: skip
_INDEX_AT = {"f": (1, 1), "F": (1, 2), "S": (1, 2), "V": (1, 2), "P": (1, 2), "C": (1, 2), "I": (2, 2), "N": (1, 2)}
_REFERENCES = (0, 14)
"""Types of checkcast and instanceof with a class: an object, an array of references."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction. `number` is a local variable, an array type or dup_x's byte; `index` its constant pool index.

    `index_at` is where the index stands in the Method component and in how many bytes; `targets` where it may jump.
    """

    at: int
    opcode: Opcode
    size: int
    number: int = 0
    targets: tuple[int, ...] = ()
    index: int | None = None
    index_at: tuple[int, int] = (0, 0)
    count: int = 0
    token: int = 0
    problem: str = ""

    @property
    def next(self) -> int:
        return self.at + self.size

    @property
    def name(self) -> str:
        return self.opcode.name


class CutOffError(Exception):
    """The bytes at a place are no instruction, or not a whole one."""


def decode(code: bytes, at: int, end: int) -> Instruction:
    """The instruction at `at`, all of it before `end`. Raises `CutOffError`."""
    if code[at] >= len(OPCODES):
        raise CutOffError(f"{code[at]:02X} is no instruction")
    opcode = OPCODES[code[at]]
    if opcode.operands[0] in "tk":
        return _switch(code, at, end, opcode)
    size = 1 + _SIZES[opcode.operands]
    if at + size > end:
        raise CutOffError(f"{opcode.name} is cut off")
    number = code[at + 1] if opcode.operands[0] in "lxyYI" else 0
    if opcode.operands in _INDEX_AT:
        skip, width = _INDEX_AT[opcode.operands]
        index = int.from_bytes(code[at + skip : at + skip + width])
        count, token = (code[at + 1], code[at + 4]) if opcode.operands == "I" else (0, 0)
        return Instruction(at, opcode, size, number, (), index, (at + skip, width), count, token)
    match opcode.operands:
        case "j" | "J":
            distance = int.from_bytes(code[at + 1 : at + size], signed=True)
            return Instruction(at, opcode, size, 0, (at + distance,))
        case "Y":
            if number in _REFERENCES:
                return Instruction(at, opcode, size, number, (), int.from_bytes(code[at + 2 : at + 4]), (at + 2, 2))
    return Instruction(at, opcode, size, number)


def _switch(code: bytes, at: int, end: int, opcode: Opcode) -> Instruction:
    width = int(opcode.operands[1])

    def word(place: int, size: int = 2, *, signed: bool = True) -> int:
        if place + size > end:
            raise CutOffError(f"{opcode.name} is cut off")
        return int.from_bytes(code[place : place + size], signed=signed)

    targets, problem = [at + word(at + 1)], ""
    if opcode.operands[0] == "t":
        low, high = word(at + 3, width), word(at + 3 + width, width)
        first, step = at + 3 + 2 * width, 2
        count = high - low + 1
        if count < 1:
            raise CutOffError(f"{opcode.name} from {low} to {high} has no cases")
    else:
        count, first, step = word(at + 3, signed=False), at + 5, width + 2
        keys = [word(first + step * number, width) for number in range(min(count, (end - first) // step))]
        if any(a >= b for a, b in zip(keys, keys[1:], strict=False)):
            problem = "its keys are not in ascending order"
    if first + step * count > end:
        raise CutOffError(f"{opcode.name} is cut off")
    targets += [at + word(first + step * number + step - 2) for number in range(count)]
    return Instruction(at, opcode, first + step * count - at, 0, tuple(targets), problem=problem)
