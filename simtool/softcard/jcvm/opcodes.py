"""The instruction set: mnemonics and operands by opcode, and where an instruction ends (JCVM §7.5).

Operand letters: u, U unsigned of 1 and 2 bytes; b, s, i signed of 1, 2 and 4; j, J a branch of 1 and 2 bytes, relative
to the opcode; * a switch with its table.
"""

from __future__ import annotations

from dataclasses import dataclass

from simtool.softcard.jcvm.faults import VmFault

_INSTRUCTIONS = """
nop aconst_null sconst_m1 sconst_0 sconst_1 sconst_2 sconst_3 sconst_4 sconst_5 iconst_m1 iconst_0 iconst_1
iconst_2 iconst_3 iconst_4 iconst_5 bspush:b sspush:s bipush:b sipush:s iipush:i aload:u sload:u iload:u aload_0
aload_1 aload_2 aload_3 sload_0 sload_1 sload_2 sload_3 iload_0 iload_1 iload_2 iload_3 aaload baload saload
iaload astore:u sstore:u istore:u astore_0 astore_1 astore_2 astore_3 sstore_0 sstore_1 sstore_2 sstore_3
istore_0 istore_1 istore_2 istore_3 aastore bastore sastore iastore pop pop2 dup dup2 dup_x:u swap_x:u sadd iadd
ssub isub smul imul sdiv idiv srem irem sneg ineg sshl ishl sshr ishr sushr iushr sand iand sor ior sxor ixor
sinc:ub iinc:ub s2b s2i i2b i2s icmp ifeq:j ifne:j iflt:j ifge:j ifgt:j ifle:j ifnull:j ifnonnull:j if_acmpeq:j
if_acmpne:j if_scmpeq:j if_scmpne:j if_scmplt:j if_scmpge:j if_scmpgt:j if_scmple:j goto:j jsr:J ret:u
stableswitch:* itableswitch:* slookupswitch:* ilookupswitch:* areturn sreturn ireturn return getstatic_a:U
getstatic_b:U getstatic_s:U getstatic_i:U putstatic_a:U putstatic_b:U putstatic_s:U putstatic_i:U getfield_a:u
getfield_b:u getfield_s:u getfield_i:u putfield_a:u putfield_b:u putfield_s:u putfield_i:u invokevirtual:U
invokespecial:U invokestatic:U invokeinterface:uUu new:U newarray:u anewarray:U arraylength athrow checkcast:uU
instanceof:uU sinc_w:us iinc_w:us ifeq_w:J ifne_w:J iflt_w:J ifge_w:J ifgt_w:J ifle_w:J ifnull_w:J ifnonnull_w:J
if_acmpeq_w:J if_acmpne_w:J if_scmpeq_w:J if_scmpne_w:J if_scmplt_w:J if_scmpge_w:J if_scmpgt_w:J if_scmple_w:J
goto_w:J getfield_a_w:U getfield_b_w:U getfield_s_w:U getfield_i_w:U getfield_a_this:u getfield_b_this:u
getfield_s_this:u getfield_i_this:u putfield_a_w:U putfield_b_w:U putfield_s_w:U putfield_i_w:U
putfield_a_this:u putfield_b_this:u putfield_s_this:u putfield_i_this:u
"""
_SIZES = {"u": 1, "b": 1, "j": 1, "U": 2, "s": 2, "J": 2, "i": 4}


@dataclass(frozen=True, slots=True)
class Opcode:
    """An instruction by its number. `length` with the opcode, 0 for a switch."""

    number: int
    name: str
    operands: str
    length: int


def _opcodes() -> tuple[Opcode, ...]:
    found = []
    for number, word in enumerate(_INSTRUCTIONS.split()):
        name, _, operands = word.partition(":")
        length = 0 if operands == "*" else 1 + sum(_SIZES[one] for one in operands)
        found.append(Opcode(number, name, operands, length))
    return tuple(found)


OPCODES = _opcodes()


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction in the code: where it is, its operands (branches as the place they lead to), where the next is.

    For a switch `operands` is the default's place and `cases` the others by their value.
    """

    at: int
    opcode: Opcode
    operands: tuple[int, ...]
    next: int
    cases: tuple[tuple[int, int], ...] = ()


def decode(code: bytes, at: int) -> Instruction:
    """The instruction at a place of a Method component. A fault for what is none or runs over the end."""
    if not 0 <= at < len(code) or code[at] >= len(OPCODES):
        raise VmFault(f"no instruction at offset {at}")
    opcode = OPCODES[code[at]]
    if opcode.operands == "*":
        return _switch(code, at, opcode)
    if at + opcode.length > len(code):
        raise VmFault(f"{opcode.name} at offset {at} is cut short")
    values, place = [], at + 1
    for kind in opcode.operands:
        size = _SIZES[kind]
        value = int.from_bytes(code[place : place + size], signed=kind not in "uU")
        values.append(at + value if kind in "jJ" else value)
        place += size
    return Instruction(at, opcode, tuple(values), place)


def _switch(code: bytes, at: int, opcode: Opcode) -> Instruction:
    """A table (default, low, high, offsets) or a list (default, count, pairs of value and offset)."""
    wide = 4 if opcode.name[0] == "i" else 2

    def signed(place: int, size: int) -> int:
        if place + size > len(code):
            raise VmFault(f"{opcode.name} at offset {at} is cut short")
        return int.from_bytes(code[place : place + size], signed=True)

    default, place = at + signed(at + 1, 2), at + 3
    cases = []
    if "table" in opcode.name:
        low, high = signed(place, wide), signed(place + wide, wide)
        place += 2 * wide
        if high < low or place + 2 * (high - low + 1) > len(code):
            raise VmFault(f"{opcode.name} at offset {at} has no sensible table")
        for value in range(low, high + 1):
            cases.append((value, at + signed(place, 2)))
            place += 2
    else:
        count = signed(place, 2) & 0xFFFF
        place += 2
        for _ in range(count):
            cases.append((signed(place, wide), at + signed(place + wide, 2)))
            place += wide + 2
    return Instruction(at, opcode, (default,), place, tuple(cases))
