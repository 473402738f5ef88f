"""Fields of `this`, where the object need not be pushed: `getfield_a_this` and its like take local 0 themselves."""

from __future__ import annotations

from collections.abc import Sequence

from simtool.applet.convert import flow
from simtool.applet.convert.flow import SHUFFLES, State, Value
from simtool.applet.convert.java_code import JavaInsn

NOWHERE: tuple[set[int], set[int]] = (set(), set())


def this_fields(code: Sequence[JavaInsn], states: Sequence[State | None]) -> tuple[set[int], set[int]]:
    """Places of `aload_0` that can go, and of the field accesses that take `this` without it.

    Nothing is done in a method that stores into local 0, which javac never writes.
    """
    if any(one.name in ("astore", "istore") and one.value == 0 for one in code):
        return NOWHERE
    uses: dict[int, list[tuple[int, Value]]] = {}
    moved: set[int] = set()
    for at, (insn, state) in enumerate(zip(code, states, strict=True)):
        if state is None:
            continue
        if insn.name in SHUFFLES:
            touched = state.stack[-flow.touches(insn.name) :]
            moved |= {one for value in touched for one in value.sources}
            continue
        count = flow.takes(insn)
        for value in state.stack[len(state.stack) - count :]:
            for one in value.sources:
                uses.setdefault(one, []).append((at, value))
    dropped: set[int] = set()
    direct: set[int] = set()
    for at, insn in enumerate(code):
        if insn.name != "aload" or insn.value != 0 or at in moved or len(uses.get(at, ())) != 1:
            continue
        user, value = uses[at][0]
        state = states[user]
        name = code[user].name
        if name not in ("getfield", "putfield") or state is None or value.sources != {at}:
            continue
        if value == state.stack[-1 if name == "getfield" else -2]:
            dropped.add(at)
            direct.add(user)
    return dropped, direct
