"""Byte code of the card before it has bytes (JCVM chapter 7): instructions, labels, references, and the layout.

A branch begins short and becomes wide where it does not reach; fields have one byte for the constant pool where the
index fits. How much stack a method needs is counted here too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from simtool.applet.convert.package import sure
from simtool.codec.cap import PoolTag
from simtool.codec.java_exports import parameter_words, return_words


@dataclass(frozen=True, slots=True)
class Reference:
    """A constant pool entry before it has a place: class, and name and descriptor of a member."""

    tag: PoolTag
    owner: str
    name: str = ""
    descriptor: str = ""


@dataclass(slots=True)
class CardInsn:
    """An instruction. `name` as in the specification, branches and fields without `_w`.

    `values` are its other operands: of a table switch the bounds, of a lookup switch what is looked up, of
    invokeinterface the words of its arguments, the method's token and the words of the result. `targets` are numbers of
    labels, of a switch the default first.
    """

    name: str
    values: tuple[int, ...] = ()
    reference: Reference | None = None
    targets: tuple[int, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Label:
    """A place that branches and handler ranges name."""

    number: int


Item = CardInsn | Label

_NAMES = """
nop aconst_null sconst_m1 sconst_0 sconst_1 sconst_2 sconst_3 sconst_4 sconst_5 iconst_m1 iconst_0 iconst_1 iconst_2
iconst_3 iconst_4 iconst_5 bspush sspush bipush sipush iipush aload sload iload aload_0 aload_1 aload_2 aload_3 sload_0
sload_1 sload_2 sload_3 iload_0 iload_1 iload_2 iload_3 aaload baload saload iaload astore sstore istore astore_0
astore_1 astore_2 astore_3 sstore_0 sstore_1 sstore_2 sstore_3 istore_0 istore_1 istore_2 istore_3 aastore bastore
sastore iastore pop pop2 dup dup2 dup_x swap_x sadd iadd ssub isub smul imul sdiv idiv srem irem sneg ineg sshl ishl
sshr ishr sushr iushr sand iand sor ior sxor ixor sinc iinc s2b s2i i2b i2s icmp ifeq ifne iflt ifge ifgt ifle ifnull
ifnonnull if_acmpeq if_acmpne if_scmpeq if_scmpne if_scmplt if_scmpge if_scmpgt if_scmple goto jsr ret stableswitch
itableswitch slookupswitch ilookupswitch areturn sreturn ireturn return getstatic_a getstatic_b getstatic_s getstatic_i
putstatic_a putstatic_b putstatic_s putstatic_i getfield_a getfield_b getfield_s getfield_i putfield_a putfield_b
putfield_s putfield_i invokevirtual invokespecial invokestatic invokeinterface new newarray anewarray arraylength athrow
checkcast instanceof sinc_w iinc_w ifeq_w ifne_w iflt_w ifge_w ifgt_w ifle_w ifnull_w ifnonnull_w if_acmpeq_w
if_acmpne_w if_scmpeq_w if_scmpne_w if_scmplt_w if_scmpge_w if_scmpgt_w if_scmple_w goto_w getfield_a_w getfield_b_w
getfield_s_w getfield_i_w getfield_a_this getfield_b_this getfield_s_this getfield_i_this putfield_a_w putfield_b_w
putfield_s_w putfield_i_w putfield_a_this putfield_b_this putfield_s_this putfield_i_this
"""
OPCODES = {name: number for number, name in enumerate(_NAMES.split())}
ENDS = frozenset({"goto", "areturn", "sreturn", "ireturn", "return", "athrow"} | {n for n in OPCODES if "switch" in n})
"""After these the next instruction is not reached."""
INT_INSTRUCTIONS = frozenset(
    name
    for name in OPCODES
    if name.endswith(("_i", "_i_w", "_i_this"))
    or name in ("bipush", "sipush", "s2i", "icmp", "i2b", "i2s")
    or (name[0] == "i" and not name.startswith(("if", "invoke", "instanceof")))
)
"""They need a card that has ints."""
_OPERANDS = {
    "bspush": (1,), "bipush": (1,), "sspush": (2,), "sipush": (2,), "iipush": (4,), "aload": (1,), "sload": (1,),
    "iload": (1,), "astore": (1,), "sstore": (1,), "istore": (1,), "dup_x": (1,), "swap_x": (1,), "sinc": (1, 1),
    "iinc": (1, 1), "sinc_w": (1, 2), "iinc_w": (1, 2), "newarray": (1,), "checkcast": (1,), "instanceof": (1,),
}  # fmt: skip
_SHORT = range(-128, 128)


def is_branch(insn: CardInsn) -> bool:
    return bool(insn.targets) and "switch" not in insn.name


# Locals


@dataclass(frozen=True, slots=True)
class LocalUse:
    """What an instruction does with a local: its place, in words; how many; whether it reads it or only stores."""

    place: int
    words: int
    reads: bool


def local_of(insn: CardInsn) -> LocalUse | None:
    """The local that an instruction names; None for others, and for `getfield_a_this` and its like."""
    name, _, number = insn.name.partition("_")
    if name[1:] not in ("load", "store", "inc"):
        return None
    place = int(number) if number.isdigit() else insn.values[0]
    return LocalUse(place, 2 if name[0] == "i" else 1, reads=name[1:] != "store")


# How much stack

_EFFECTS: dict[str, tuple[int, int]] = {
    **{name: (0, 1) for name in OPCODES if name.startswith(("sconst", "aload", "sload"))},
    **{name: (0, 2) for name in OPCODES if name.startswith(("iconst", "iload"))},
    **{name: (1, 0) for name in OPCODES if name.startswith(("astore", "sstore"))},
    **{name: (2, 0) for name in OPCODES if name.startswith("istore")},
    **dict.fromkeys(("aconst_null", "bspush", "sspush", "new"), (0, 1)),
    **dict.fromkeys(("bipush", "sipush", "iipush"), (0, 2)),
    **dict.fromkeys(("aaload", "baload", "saload"), (2, 1)),
    **dict.fromkeys(("aastore", "bastore", "sastore"), (3, 0)),
    **dict.fromkeys(("sadd", "ssub", "smul", "sdiv", "srem", "sshl", "sshr", "sushr", "sand", "sor", "sxor"), (2, 1)),
    **dict.fromkeys(("iadd", "isub", "imul", "idiv", "irem", "ishl", "ishr", "iushr", "iand", "ior", "ixor"), (4, 2)),
    **dict.fromkeys(("sneg", "s2b", "newarray", "anewarray", "arraylength", "checkcast", "instanceof"), (1, 1)),
    **{name: (1, 0) for name in OPCODES if name.startswith("if")},
    **{name: (2, 0) for name in OPCODES if name.startswith(("if_acmp", "if_scmp"))},
    **dict.fromkeys(("nop", "sinc", "iinc", "sinc_w", "iinc_w", "goto", "return"), (0, 0)),
    **dict.fromkeys(("pop", "sreturn", "areturn", "athrow", "stableswitch", "slookupswitch"), (1, 0)),
    **dict.fromkeys(("pop2", "ireturn", "itableswitch", "ilookupswitch"), (2, 0)),
    "iaload": (2, 2), "iastore": (4, 0), "ineg": (2, 2), "s2i": (1, 2), "i2b": (2, 1), "i2s": (2, 1), "icmp": (4, 1),
    "dup": (1, 2), "dup2": (2, 4),
}  # fmt: skip


def stack_effect(insn: CardInsn) -> tuple[int, int]:
    """How many words it takes from the stack and puts there."""
    name, reference = insn.name, insn.reference
    if name in _EFFECTS:
        return _EFFECTS[name]
    if name == "dup_x":
        count, depth = insn.values[0] >> 4, insn.values[0] & 15
        taken = max(depth, count)
        return taken, taken + count
    if name == "swap_x":
        words = (insn.values[0] >> 4) + (insn.values[0] & 15)
        return words, words
    if name == "invokeinterface":
        return insn.values[0], insn.values[2]
    if name.startswith("invoke"):
        descriptor = sure(reference).descriptor
        return parameter_words(descriptor) + (name != "invokestatic"), return_words(descriptor)
    words = 2 if "_i" in name else 1
    has_object = int("field" in name and not name.endswith("_this"))
    return (has_object, words) if name.startswith("get") else (has_object + words, 0)


def max_stack(items: Sequence[Item], handlers: Sequence[int]) -> int:
    """The most words that are ever on the stack; `handlers` are labels where an exception is found there."""
    places = {one.number: at for at, one in enumerate(items) if isinstance(one, Label)}
    depths: dict[int, int] = {}
    waiting = [(0, 0), *((places[label], 1) for label in handlers)]
    most = 1 if handlers else 0
    while waiting:
        at, depth = waiting.pop()
        while at < len(items) and at not in depths:
            depths[at] = depth
            insn = items[at]
            at += 1
            if isinstance(insn, Label):
                continue
            taken, given = stack_effect(insn)
            if depth < taken:
                raise RuntimeError(f"{insn} finds {depth} words")
            depth += given - taken
            most = max(most, depth)
            waiting += [(places[target], depth) for target in insn.targets]
            if insn.name in ENDS:
                break
        else:
            if at < len(items) and depths[at] != depth:
                raise RuntimeError(f"two depths of the stack at item {at}")
    return most


@dataclass(frozen=True, slots=True)
class LaidOut:
    """The bytes of a method's code; offsets of labels, and of operands that are constant pool indexes, in it."""

    code: bytes
    labels: dict[int, int]
    one_byte: tuple[int, ...]
    two_bytes: tuple[int, ...]


@dataclass
class Layout:
    """Makes bytes of instructions. `index` gives the place of a reference in the constant pool."""

    items: Sequence[Item]
    index: Callable[[Reference], int]
    _wide: set[int] = field(default_factory=set)

    def lay_out(self) -> LaidOut:
        """With the shortest branches that reach. Raises `OverflowError` where even a wide one does not."""
        while True:
            places, labels = self._places()
            grown = {
                at
                for at, insn in enumerate(self.items)
                if isinstance(insn, CardInsn) and is_branch(insn) and at not in self._wide
                and labels[insn.targets[0]] - places[at] not in _SHORT
            }  # fmt: skip
            if not grown:
                return self._encode(places, labels)
            self._wide |= grown

    def _places(self) -> tuple[list[int], dict[int, int]]:
        places, labels, offset = [], {}, 0
        for at, insn in enumerate(self.items):
            places.append(offset)
            if isinstance(insn, Label):
                labels[insn.number] = offset
            else:
                offset += self._size(at, insn)
        return places, labels

    def _size(self, at: int, insn: CardInsn) -> int:
        if is_branch(insn):
            return 3 if at in self._wide else 2
        if "tableswitch" in insn.name:
            bounds = 4 if insn.name[0] == "s" else 8
            return 3 + bounds + 2 * (len(insn.targets) - 1)
        if "lookupswitch" in insn.name:
            return 5 + (4 if insn.name[0] == "s" else 6) * len(insn.values)
        size = 1 + sum(_OPERANDS.get(insn.name, ()))
        if insn.name in ("checkcast", "instanceof"):
            return 4
        if insn.name == "invokeinterface":
            return 5
        if insn.reference is not None:
            size += 1 if self._has_one_byte(insn) else 2
        return size

    def _has_one_byte(self, insn: CardInsn) -> bool:
        """Fields are named with one byte where the index fits; the forms for `this` have no other."""
        return "field_" in insn.name and self.index(sure(insn.reference)) < 0x100

    def _encode(self, places: list[int], labels: dict[int, int]) -> LaidOut:
        code = bytearray()
        ones: list[int] = []
        twos: list[int] = []
        for at, insn in enumerate(self.items):
            if isinstance(insn, Label):
                continue
            name, start = insn.name, places[at]
            offsets = [labels[one] - start for one in insn.targets]
            if any(not -0x8000 <= one < 0x8000 for one in offsets):
                raise OverflowError("a branch is longer than 32767 bytes")
            if is_branch(insn):
                wide = at in self._wide
                code.append(OPCODES[name + "_w" if wide else name])
                code += offsets[0].to_bytes(2 if wide else 1, signed=True)
                continue
            one_byte = insn.reference is not None and self._has_one_byte(insn)
            long_field = insn.reference is not None and "field_" in name and not one_byte
            code.append(OPCODES[name + "_w" if long_field else name])
            if "switch" in name:
                code += self._switch(insn, offsets)
                continue
            values = insn.values
            if name == "invokeinterface":
                code.append(values[0])
            for value, size in zip(values, _OPERANDS.get(name, ()), strict=name != "invokeinterface"):
                code += (value % (1 << 8 * size)).to_bytes(size)
            if insn.reference is not None:
                (ones if one_byte else twos).append(len(code))
                code += self.index(insn.reference).to_bytes(1 if one_byte else 2)
            elif name in ("checkcast", "instanceof"):
                code += bytes(2)
            if name == "invokeinterface":
                code.append(values[1])
        return LaidOut(bytes(code), labels, tuple(ones), tuple(twos))

    @staticmethod
    def _switch(insn: CardInsn, offsets: list[int]) -> bytes:
        size = 2 if insn.name[0] == "s" else 4
        found = offsets[0].to_bytes(2, signed=True)
        if "table" in insn.name:
            found += b"".join(value.to_bytes(size, signed=True) for value in insn.values)
            return found + b"".join(one.to_bytes(2, signed=True) for one in offsets[1:])
        found += len(insn.values).to_bytes(2)
        for value, offset in zip(insn.values, offsets[1:], strict=True):
            found += value.to_bytes(size, signed=True) + offset.to_bytes(2, signed=True)
        return found
