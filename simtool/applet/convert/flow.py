"""Where the values of a method come from: for each instruction, what is on the stack and in the locals (JVMS §4.10).

A value knows which definitions may have made it. Definitions are numbered: the instruction that pushes it or stores it
into a local; `PARAMETER - n` is what local n holds at the beginning, `CAUGHT + n` what a handler at n catches, those
from `conditions.REFINED` are locals behind a branch that compares them. dup and swap only move values. Instructions
that are never reached have no state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simtool.applet.convert.conditions import Refined, operands, unchanged_local
from simtool.applet.convert.java_code import ENDS, JavaHandler, JavaInsn
from simtool.applet.convert.package import sure
from simtool.codec.java_exports import parameter_types

PARAMETER = -1
CAUGHT = 1 << 24


@dataclass(frozen=True, slots=True)
class Value:
    """A word of Java's: a number or a reference, and where it may come from."""

    number: bool
    sources: frozenset[int]


@dataclass(frozen=True, slots=True)
class State:
    """What is there before an instruction. A local without a usable value is None."""

    stack: tuple[Value, ...]
    locals: tuple[Value | None, ...]


def shuffle(name: str, stack: tuple[Value, ...]) -> tuple[Value, ...]:
    """What pop, dup and their like make of the stack; every value is one of Java's words."""
    match name:
        case "pop":
            return stack[:-1]
        case "pop2":
            return stack[:-2]
        case "swap":
            return (*stack[:-2], stack[-1], stack[-2])
    count = 2 if name.startswith("dup2") else 1
    below = int(name[-1]) if "_x" in name else 0
    at = len(stack) - count - below
    return (*stack[:at], *stack[-count:], *stack[at:])


def touches(name: str) -> int:
    """How many values from the top pop, dup and their like look at."""
    if name in ("pop", "pop2", "swap"):
        return 1 if name == "pop" else 2
    return (2 if name.startswith("dup2") else 1) + (int(name[-1]) if "_x" in name else 0)


def takes(insn: JavaInsn) -> int:
    """How many values an instruction takes from the stack; not for pop, dup and their like."""
    name = insn.name
    if name in _TAKES:
        return _TAKES[name]
    member = sure(insn.member)
    if name in ("getstatic", "getfield"):
        return 0 if name == "getstatic" else 1
    if name in ("putstatic", "putfield"):
        return 1 if name == "putstatic" else 2
    return len(parameter_types(member.descriptor)) + (name != "invokestatic")


def pushes(insn: JavaInsn) -> str:
    """The descriptor of what it pushes: `I` stands for any number of the machine's, "" for nothing."""
    if insn.member is None:
        return _PUSHES.get(insn.name, "")
    if insn.name.startswith("put"):
        return ""
    result = insn.member.descriptor.rpartition(")")[2]
    return "" if result == "V" else result


_TAKES = {
    **dict.fromkeys(("nop", "aconst_null", "const", "iload", "aload", "iinc", "goto", "return", "new"), 0),
    **dict.fromkeys(
        ("istore", "astore", "ineg", "i2b", "i2s", "ifeq", "ifne", "iflt", "ifge", "ifgt", "ifle", "ifnull",
         "ifnonnull", "switch", "ireturn", "areturn", "arraylength", "athrow", "newarray", "anewarray", "checkcast",
         "instanceof"), 1),
    **dict.fromkeys(
        ("iaload", "aaload", "baload", "saload", "iadd", "isub", "imul", "idiv", "irem", "ishl", "ishr", "iushr",
         "iand", "ior", "ixor", "if_icmpeq", "if_icmpne", "if_icmplt", "if_icmpge", "if_icmpgt", "if_icmple",
         "if_acmpeq", "if_acmpne"), 2),
    **dict.fromkeys(("iastore", "aastore", "bastore", "sastore"), 3),
}  # fmt: skip
_PUSHES = {
    **dict.fromkeys(
        ("const", "iload", "iaload", "baload", "saload", "iadd", "isub", "imul", "idiv", "irem", "ineg", "ishl", "ishr",
         "iushr", "iand", "ior", "ixor", "i2b", "i2s", "arraylength", "instanceof"), "I"),
    **dict.fromkeys(("aconst_null", "aload", "aaload", "new", "newarray", "anewarray", "checkcast"), "L"),
}  # fmt: skip
SHUFFLES = frozenset({"pop", "pop2", "dup", "dup_x1", "dup_x2", "dup2", "dup2_x1", "dup2_x2", "swap"})


def parameters(descriptor: str, *, has_this: bool, count: int) -> tuple[Value | None, ...]:
    """The locals of a method with `count` of them, as they are when it is called."""
    found: list[Value | None] = [Value(False, frozenset({PARAMETER}))] if has_this else []
    for kind in parameter_types(descriptor):
        found.append(Value(kind[0] not in "L[", frozenset({PARAMETER - len(found)})))
    return (*found, *[None] * (count - len(found)))


def analyse(
    code: Sequence[JavaInsn], handlers: Sequence[JavaHandler], start: tuple[Value | None, ...]
) -> list[State | None]:
    """The state before each instruction, as all ways to it leave it."""
    states: list[State | None] = [None] * len(code)
    waiting = [0]
    states[0] = State((), start)

    def reach(place: int, state: State) -> None:
        old = states[place]
        new = state if old is None else _merged(old, state)
        if new != old:
            states[place] = new
            waiting.append(place)

    while waiting:
        at = waiting.pop()
        before = sure(states[at])
        for row in handlers:
            if row.start <= at < row.end:
                reach(row.handler, State((Value(False, frozenset({CAUGHT + row.handler})),), before.locals))
        insn = code[at]
        after = _after(at, insn, before)
        for place in insn.targets:
            reach(place, _refined(code, at, before, after, taken=True) if operands(insn) else after)
        if insn.name not in ENDS:
            reach(at + 1, _refined(code, at, before, after, taken=False) if operands(insn) else after)
    return states


def _refined(code: Sequence[JavaInsn], at: int, before: State, after: State, *, taken: bool) -> State:
    """The state on one way out of a branch: what it compares has a definition of its own there."""
    places = list(after.locals)
    count = operands(code[at])
    for side, value in enumerate(before.stack[len(before.stack) - count :]):
        local = unchanged_local(code, next(iter(value.sources)), at) if len(value.sources) == 1 else None
        if local is not None:
            places[local] = Value(True, frozenset({Refined(at, side, taken).number}))
    return State(after.stack, tuple(places))


def _after(at: int, insn: JavaInsn, state: State) -> State:
    if insn.name in SHUFFLES:
        return State(shuffle(insn.name, state.stack), state.locals)
    count = takes(insn)
    stack = state.stack[: len(state.stack) - count]
    kind = pushes(insn)
    if kind:
        stack += (Value(kind[0] not in "L[", frozenset({at})),)
    if insn.name not in ("istore", "astore", "iinc"):
        return State(stack, state.locals)
    places = list(state.locals)
    places[int(insn.value)] = Value(insn.name != "astore", frozenset({at}))
    return State(stack, tuple(places))


def _merged(one: State, other: State) -> State:
    stack = tuple(Value(a.number, a.sources | b.sources) for a, b in zip(one.stack, other.stack, strict=True))
    places = tuple(
        Value(a.number, a.sources | b.sources) if a is not None and b is not None and a.number == b.number else None
        for a, b in zip(one.locals, other.locals, strict=True)
    )
    return State(stack, places)
