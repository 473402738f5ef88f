"""Fields of `this`, where the object need not be pushed: `getfield_a_this` and its like take local 0 themselves."""

from __future__ import annotations

from collections.abc import Sequence

from simtool.applet.convert import flow
from simtool.applet.convert.flow import SHUFFLES, State
from simtool.applet.convert.java_code import JavaInsn

NOWHERE: tuple[set[int], set[int]] = (set(), set())


def this_fields(code: Sequence[JavaInsn], states: Sequence[State | None]) -> tuple[set[int], set[int]]:
    """Places of `aload_0`, and of a `dup` behind one, that can go; and of the field accesses that then take `this`.

    An access can where nothing else uses what was loaded; for `x += y`, which javac writes with a `dup`, where reading
    and writing are all. Nothing is done in a method that stores into local 0, which javac never writes.
    """
    if any(one.name in ("astore", "istore") and one.value == 0 for one in code):
        return NOWHERE
    uses, moves = _uses(code, states)
    dropped: set[int] = set()
    direct: set[int] = set()
    for at, insn in enumerate(code):
        if insn.name != "aload" or insn.value != 0:
            continue
        doubled = at + 1 < len(code) and code[at + 1].name == "dup" and moves.get(at) == {at + 1}
        accesses = uses.get(at, [])
        wanted = ["getfield", "putfield"] if doubled else ["putfield"], ["getfield"]
        if at in moves and not doubled or [code[user].name for user in accesses] not in wanted[: 1 if doubled else 2]:
            continue
        if all(_is_object(user, code, states[user], at) for user in accesses):
            dropped |= {at, at + 1} if doubled else {at}
            direct |= set(accesses)
    return dropped, direct


def _uses(code: Sequence[JavaInsn], states: Sequence[State | None]) -> tuple[dict[int, list[int]], dict[int, set[int]]]:
    """What takes each value from the stack, in order, and what only moves it there."""
    uses: dict[int, list[int]] = {}
    moves: dict[int, set[int]] = {}
    for at, (insn, state) in enumerate(zip(code, states, strict=True)):
        if state is None:
            continue
        shuffles = insn.name in SHUFFLES
        count = flow.touches(insn.name) if shuffles else flow.takes(insn)
        for value in state.stack[len(state.stack) - count :]:
            for one in value.sources:
                if shuffles:
                    moves.setdefault(one, set()).add(at)
                else:
                    uses.setdefault(one, []).append(at)
    return uses, moves


def _is_object(user: int, code: Sequence[JavaInsn], state: State | None, load: int) -> bool:
    """Whether the object of a field access is what was loaded, and nothing else can be."""
    if state is None:
        return False
    return state.stack[-1 if code[user].name == "getfield" else -2].sources == {load}
