"""The state of one method's run in the interpreter (JCVM §3.5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

from simtool.softcard.jcvm.classes import Method
from simtool.softcard.jcvm.faults import VmFault
from simtool.softcard.jcvm.objects import JavaArray, JavaObject, Ref, Word
from simtool.softcard.jcvm.opcodes import Instruction
from simtool.softcard.jcvm.package import Constant, Package

if TYPE_CHECKING:
    from simtool.softcard.jcvm.vm import Vm

NULL_POINTER = "java/lang/NullPointerException"
_Wanted = TypeVar("_Wanted", bound=object)


class Tracer(Protocol):
    """Sees every instruction before it runs; the machine then interprets all code."""

    def step(self, frame: Frame) -> None: ...


@dataclass(slots=True)
class Frame:
    """`pc` is the place of the current instruction, `next` where the one after it is, unless that one goes elsewhere.

    `done` is set by a return, with `result`.
    """

    vm: Vm
    method: Method
    package: Package
    locals: list[Word]
    instruction: Instruction
    stack: list[Word] = field(default_factory=list)
    pc: int = 0
    next: int = 0
    done: bool = False
    result: Word = None

    def push(self, word: Word) -> None:
        if len(self.stack) >= self.method.stack:
            raise VmFault(f"{self.method.name}: the operand stack is full at {self.pc}")
        self.stack.append(word)

    def pop(self) -> Word:
        if not self.stack:
            raise VmFault(f"{self.method.name}: the operand stack is empty at {self.pc}")
        return self.stack.pop()

    def push_int(self, value: int) -> None:
        self.push(value)
        self.push(0)

    def pop_number(self) -> int:
        """A short."""
        value = self.pop()
        if not isinstance(value, int):
            raise VmFault(f"{self.method.name}: a number was expected at {self.pc}")
        return value

    def pop_int(self) -> int:
        self.pop()
        return self.pop_number()

    def pop_reference(self) -> Ref | None:
        value = self.pop()
        if value is not None and not isinstance(value, Ref):
            raise VmFault(f"{self.method.name}: a reference was expected at {self.pc}")
        return value

    def pop_array(self) -> JavaArray:
        """An array that may be used. NullPointerException, SecurityException."""
        ref = self.usable(self.pop_reference())
        if not isinstance(ref, JavaArray):
            raise VmFault(f"{self.method.name}: an array was expected at {self.pc}")
        return ref

    def pop_object(self) -> JavaObject:
        """An object whose fields may be used. NullPointerException, SecurityException."""
        ref = self.usable(self.pop_reference())
        if not isinstance(ref, JavaObject):
            raise VmFault(f"{self.method.name}: an object was expected at {self.pc}")
        return ref

    def usable(self, ref: Ref | None) -> Ref:
        """A reference whose fields or elements are about to be used (JCRE §6.2.8)."""
        if ref is None:
            raise self.vm.throw(NULL_POINTER)
        if ref.context is not self.vm.context:
            self.vm.foreign(ref)
        return ref

    def storable(self, word: Word) -> Word:
        """A reference that is about to be stored (JCRE §6.2.8.1)."""
        if word is not None:
            if not isinstance(word, Ref):
                raise VmFault(f"{self.method.name}: a reference was expected at {self.pc}")
            if word.context is not self.vm.context:
                return self.vm.storable(word)
        return word

    def local(self, index: int) -> Word:
        if index >= len(self.locals):
            raise VmFault(f"{self.method.name}: no local variable {index}")
        return self.locals[index]

    def set_local(self, index: int, word: Word) -> None:
        if index >= len(self.locals):
            raise VmFault(f"{self.method.name}: no local variable {index}")
        self.locals[index] = word

    def constant(self, index: int, kind: type[_Wanted]) -> _Wanted:
        """An entry of the constant pool that has to be of this kind."""
        found: Constant | None = self.package.pool[index] if index < len(self.package.pool) else None
        if not isinstance(found, kind):
            raise VmFault(f"{self.method.name}: constant {index} is of another kind")
        return found
