"""The state that an instruction works on, and how it takes from and puts to it; each wrong try is a finding.

`Stop` ends the way that is followed: what comes behind an error is not judged.
"""

from __future__ import annotations

from simtool.applet.verify.finding import Rule
from simtool.applet.verify.rules import T01, T02, T03, T05, T09
from simtool.applet.verify.values import (
    NULL,
    Reference,
    ReturnAddress,
    State,
    Uninitialised,
    Value,
    Word,
    reference,
    said,
)
from simtool.applet.verify.world import World

_LETTERS: dict[str, tuple[Word, ...]] = {"s": (Word.SHORT,), "i": (Word.INT, Word.INT_END)}


class Stop(Exception):  # noqa: N818  # it ends a way, it is no error of the program
    """This way is not followed further. `rule` is None where nothing is wrong."""

    def __init__(self, rule: Rule | None = None, text: str = "") -> None:
        super().__init__(text)
        self.rule = rule
        self.text = text


class Machine:
    """One instruction's view of stack and local variables."""

    def __init__(self, state: State, depth: int, world: World) -> None:
        self.stack = list(state.stack)
        self.locals = list(state.locals)
        self.depth = depth
        self.world = world

    @property
    def state(self) -> State:
        return State(tuple(self.stack), tuple(self.locals))

    # --- the stack

    def push(self, *words: Value) -> None:
        self.stack += words
        if len(self.stack) > self.depth:
            raise Stop(T01, f"the stack would hold {len(self.stack)} words, the header allows {self.depth}")

    def push_letters(self, letters: str) -> None:
        for letter in letters:
            self.push(*_LETTERS[letter])

    def pop(self) -> Value:
        if not self.stack:
            raise Stop(T02, "the stack is empty")
        return self.stack.pop()

    def pop_word(self, wanted: Word) -> None:
        found = self.pop()
        if found is not wanted and found is not Word.UNKNOWN:
            raise Stop(T03, f"it wants {wanted.value} and finds {said(found)}")

    def pop_letters(self, letters: str) -> None:
        """Values as the letters say, the last one on top."""
        for letter in reversed(letters):
            for word in reversed(_LETTERS[letter]):
                self.pop_word(word)

    def pop_reference(self) -> Reference:
        """A reference to a whole object, or null."""
        found = self.pop()
        if found is Word.UNKNOWN:
            return Reference(None)
        if isinstance(found, Uninitialised):
            raise Stop(T09, "the constructor of this object was not called")
        if not isinstance(found, Reference):
            raise Stop(T03, f"it wants a reference and finds {said(found)}")
        return found

    def pop_array(self, *descriptors: str) -> Reference:
        """An array of one of these types; `[L` stands for every array of references."""
        found = self.pop_reference()
        for one in found.types or ():
            if not any(one == wanted or wanted == "[L" and one.startswith("[L") for wanted in descriptors):
                raise Stop(T03, f"it wants another array and finds {said(found)}")
        return found

    def cut(self, count: int) -> list[Value]:
        """The upper `count` words, taken off; not half of an int."""
        if count > len(self.stack):
            raise Stop(T02, f"it takes {count} words, there are {len(self.stack)}")
        upper = self.stack[len(self.stack) - count :]
        if upper and upper[0] is Word.INT_END:
            raise Stop(T03, "it would cut an int in two")
        del self.stack[len(self.stack) - count :]
        return upper

    def fits(self, value: Reference, descriptor: str) -> str:
        """Why a reference may not stand for a type; empty where it may, or where nobody knows."""
        for one in value.types or ():
            if self.world.assignable(one, descriptor) is False:
                return said(reference(one))
        return ""

    # --- local variables

    def local(self, slot: int) -> Value:
        if slot >= len(self.locals):
            raise Stop(T05, f"there is no local variable {slot}")
        return self.locals[slot]

    def load(self, slot: int, letter: str) -> None:
        """Put a local variable on the stack: a, s or i."""
        found = self.local(slot)
        if letter == "a":
            if found is Word.UNKNOWN:
                found = Reference(None)
            if not isinstance(found, Reference | Uninitialised):
                raise Stop(T05, f"local variable {slot} holds {said(found)}, no reference")
            self.push(found)
            return
        self.holds(slot, letter)
        self.push_letters(letter)

    def holds(self, slot: int, letter: str) -> None:
        """Local variables from `slot` hold a short or an int."""
        for at, wanted in enumerate(_LETTERS[letter]):
            found = self.local(slot + at)
            if found is not wanted and found is not Word.UNKNOWN:
                raise Stop(T05, f"local variable {slot + at} holds {said(found)}, not {wanted.value}")

    def store(self, slot: int, letter: str) -> None:
        if letter == "a":
            found = self.pop()
            if found is Word.UNKNOWN:
                found = Reference(None)
            if not isinstance(found, Reference | Uninitialised | ReturnAddress):
                raise Stop(T03, f"it wants a reference and finds {said(found)}")
            self.put(slot, found)
            return
        self.pop_letters(letter)
        for at, word in enumerate(_LETTERS[letter]):
            self.put(slot + at, word)

    def put(self, slot: int, value: Value) -> None:
        """Store a word; the other half of an int that stood there is lost."""
        old = self.local(slot)
        if old is Word.INT and slot + 1 < len(self.locals) and self.locals[slot + 1] is Word.INT_END:
            self.locals[slot + 1] = Word.UNUSABLE
        if old is Word.INT_END and slot and self.locals[slot - 1] is Word.INT and value is not Word.INT_END:
            self.locals[slot - 1] = Word.UNUSABLE
        self.locals[slot] = value

    # --- new objects

    def replace(self, old: Value, new: Value) -> None:
        """Everywhere where `old` stands."""
        self.stack = [new if one == old else one for one in self.stack]
        self.locals = [new if one == old else one for one in self.locals]

    def this(self) -> Value:
        """What local variable 0 holds, for the instructions that work on it."""
        found = self.local(0)
        if found is Word.UNKNOWN:
            return Reference(None)
        if not isinstance(found, Reference | Uninitialised) or found == NULL:
            raise Stop(T05, f"local variable 0 holds {said(found)}, no object")
        return found
