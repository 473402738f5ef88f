"""A method's code cut into blocks, with the depth of the operand stack at the beginning of each."""

from __future__ import annotations

from dataclasses import dataclass, field

from simtool.softcard.jcvm.classes import Method
from simtool.softcard.jcvm.flow import handlers_of, reachable, successors
from simtool.softcard.jcvm.opcodes import Instruction
from simtool.softcard.jcvm.package import Package
from simtool.softcard.jcvm.translate.effects import Untranslatable, effect

_LEAVE = frozenset(("return", "sreturn", "areturn", "ireturn", "athrow", "ret"))


@dataclass(slots=True)
class Block:
    """Instructions that run one after the other. `depth` is of the stack before them, `sources` counts the ways here.

    `entered` says that the block is reached by a jump through the dispatcher: from elsewhere, or as a handler.
    """

    number: int
    start: int
    depth: int
    instructions: list[Instruction] = field(default_factory=list)
    sources: int = 0
    entered: bool = False


@dataclass(frozen=True, slots=True)
class Blocks:
    """`by_start` in the order of the code; `handlers` says whether exceptions are caught anywhere."""

    by_start: dict[int, Block]
    handlers: bool


def cut(method: Method, package: Package) -> Blocks:
    """The blocks of a method. Raises `Untranslatable`, and `VmFault` for code that is none."""
    code = reachable(method)
    depths = _depths(method, package, code)
    leaders, handlers = {method.start}, False
    for one in code.values():
        for handler in handlers_of(method, one.at):
            leaders.add(handler.target)
            handlers = True
        ways = successors(one)
        if one.opcode.operands in ("j", "J", "*"):
            leaders.update(way for way in ways if way in code)
    blocks: dict[int, Block] = {}
    current: Block | None = None
    for at, one in code.items():
        if at in leaders or current is None:
            current = blocks[at] = Block(len(blocks), at, depths[at])
        current.instructions.append(one)
        if one.opcode.name in _LEAVE or one.opcode.operands in ("j", "J", "*") or one.next not in code:
            current = None
    _count_sources(method, package, blocks, code)
    return Blocks(blocks, handlers)


def _count_sources(method: Method, package: Package, blocks: dict[int, Block], code: dict[int, Instruction]) -> None:
    blocks[method.start].entered = True
    for one in code.values():
        for handler in handlers_of(method, one.at):
            blocks[handler.target].entered = True
        if one.opcode.name == "jsr":
            blocks[one.next].entered = True  # its `ret` comes back through the dispatcher
    for block in blocks.values():
        last = block.instructions[-1]
        for way in successors(last):
            if way in blocks:
                blocks[way].sources += 1
                jumps = last.opcode.operands == "*" or (last.opcode.operands in ("j", "J") and way == last.operands[0])
                blocks[way].entered |= jumps
    for block in blocks.values():
        block.entered |= block.sources > 1


def _depths(method: Method, package: Package, code: dict[int, Instruction]) -> dict[int, int]:
    """The depth of the stack before each instruction: the same on every way, and within what the method has."""
    found: dict[int, int] = {}
    waiting = [(method.start, 0)]
    while waiting:
        at, depth = waiting.pop()
        if at in found:
            if found[at] != depth:
                raise Untranslatable(f"the stack at {at} is now {found[at]}, now {depth} deep")
            continue
        found[at] = depth
        one = code[at]
        taken, left = effect(one, package)
        if taken > depth:
            raise Untranslatable(f"the stack is empty at {at}")
        waiting += [(handler.target, 1) for handler in handlers_of(method, at)]
        if left is None:
            continue
        after = depth - taken + left
        if after > method.stack:
            raise Untranslatable(f"the stack is full at {at}")
        name = one.opcode.name
        for way in successors(one):
            if name == "jsr" and way == one.next:
                waiting.append((way, depth))  # the subroutine has taken the address away
            else:
                waiting.append((way, after))
    return found
