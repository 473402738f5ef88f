"""What can be reached in a method's code, and what it returns, told from the code itself (JCVM §7).

A load file need not bring the Descriptor component, so nothing but the instructions says what a method returns.
"""

from __future__ import annotations

from simtool.softcard.jcvm.classes import Handler, Method
from simtool.softcard.jcvm.faults import VmFault
from simtool.softcard.jcvm.opcodes import Instruction, decode

RETURNS = {"return": 0, "sreturn": 1, "areturn": 1, "ireturn": 2}
_ENDS = frozenset((*RETURNS, "athrow", "goto", "goto_w", "ret"))


def successors(one: Instruction) -> list[int]:
    """Where execution may go on; the place after a `jsr` counts, as its `ret` leads there."""
    name, found = one.opcode.name, []
    if one.opcode.operands == "*":
        return [one.operands[0], *(place for _, place in one.cases)]
    if one.opcode.operands in ("j", "J"):
        found.append(one.operands[0])
    if name not in _ENDS:
        found.append(one.next)
    return found


def handlers_of(method: Method, at: int) -> list[Handler]:
    """The handlers that cover a place, the innermost first."""
    package = method.package
    return [one for one in package.handlers if one.start <= at < one.end] if package is not None else []


def reachable(method: Method) -> dict[int, Instruction]:
    """The instructions of a method by their place. A fault for code that runs into what is no instruction."""
    package = method.package
    if package is None or not method.end:
        raise VmFault(f"{method.name} has no code")
    found: dict[int, Instruction] = {}
    waiting = [method.start]
    while waiting:
        at = waiting.pop()
        if at in found:
            continue
        one = found[at] = decode(package.code, at)
        waiting += successors(one)
        waiting += [handler.target for handler in handlers_of(method, at)]
    return dict(sorted(found.items()))


def return_words(method: Method) -> int | None:
    """Words that a method returns: 0, 1 or 2. None if it never returns, or has no code to tell. Found out once."""
    if method.returns is None and method.end:
        kinds = {RETURNS[one.opcode.name] for one in reachable(method).values() if one.opcode.name in RETURNS}
        if len(kinds) > 1:
            raise VmFault(f"{method.name} returns now this, now that")
        method.returns = kinds.pop() if kinds else None
    return method.returns
