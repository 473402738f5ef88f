"""Values on the stack and in local variables, and what becomes of two where ways meet (JCVM specification §3.2, §7.5).

A word is a short, half of an int, a reference, a return address, an object whose constructor was not yet called, or
nothing usable. A reference carries the set of types that it may have: where ways meet, the sets are joined, so that a
value that is one class or another may be used as every interface that both have. The empty set is null; None is a type
that nobody tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Word(Enum):
    """Words that are no references. UNKNOWN stands for a parameter that nobody tells of: it is taken as anything."""

    SHORT = "a short"
    INT = "the first word of an int"
    INT_END = "the second word of an int"
    UNUSABLE = "nothing usable"
    UNKNOWN = "something unknown"


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference to one of these types (as descriptors): null where empty, unknown where None."""

    types: frozenset[str] | None = frozenset()


@dataclass(frozen=True, slots=True)
class ReturnAddress:
    """Where a subroutine goes on when it is done."""

    at: int


@dataclass(frozen=True, slots=True)
class Uninitialised:
    """An object that `new` made at a place, or, in its constructor, `this` (at -1)."""

    at: int
    name: str


Value = Word | Reference | ReturnAddress | Uninitialised
THIS = -1
NULL = Reference()
ANY_REFERENCE = Reference(None)


@dataclass(frozen=True, slots=True)
class State:
    """Stack (its top last) and local variables before an instruction."""

    stack: tuple[Value, ...]
    locals: tuple[Value, ...]


def reference(*descriptors: str) -> Reference:
    return Reference(frozenset(descriptors))


def of_descriptor(descriptor: str) -> tuple[Value, ...]:
    """The words of a value of a type; none for void."""
    match descriptor[0]:
        case "V":
            return ()
        case "I":
            return (Word.INT, Word.INT_END)
        case "L" | "[":
            return (reference(descriptor),)
    return (Word.SHORT,)


def join(one: Value, other: Value) -> Value:
    """What is left of two values where ways meet."""
    if one == other:
        return one
    if isinstance(one, Reference) and isinstance(other, Reference):
        if one.types is None or other.types is None:
            return ANY_REFERENCE
        return Reference(one.types | other.types)
    if Word.UNKNOWN in (one, other) and Word.UNUSABLE not in (one, other):
        return Word.UNKNOWN
    return Word.UNUSABLE


def join_all(ones: tuple[Value, ...], others: tuple[Value, ...]) -> tuple[Value, ...]:
    return tuple(join(one, other) for one, other in zip(ones, others, strict=True))


def said(value: Value) -> str:
    """A value in words."""
    match value:
        case Word():
            return value.value
        case ReturnAddress():
            return "a return address"
        case Uninitialised():
            return "an object whose constructor was not called"
    if value.types is None:
        return "a reference of unknown type"
    return " or ".join(sorted(spoken(one) for one in value.types)) or "null"


_PRIMITIVES = {"Z": "boolean", "B": "byte", "S": "short", "I": "int", "V": "void"}


def spoken(descriptor: str) -> str:
    """A type as people write it."""
    if descriptor.startswith("["):
        return spoken(descriptor[1:]) + "[]"
    return _PRIMITIVES.get(descriptor) or descriptor[1:-1].rpartition("/")[2]
