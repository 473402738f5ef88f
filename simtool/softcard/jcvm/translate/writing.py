"""Writes the Python of one method: the operand stack as expressions, the rest as statements (JCVM §7.5)."""

from __future__ import annotations

from simtool.softcard.jcvm.opcodes import Instruction
from simtool.softcard.jcvm.package import Package
from simtool.softcard.jcvm.translate.effects import Untranslatable
from simtool.softcard.jcvm.translate.expressions import FILLER, Expr, Range, name


class Writer:
    """Lines of source with the place in the byte code that each comes from; `names` are the objects they speak of.

    `stack` is the operand stack, word by word. Statements are written at `depth` indentations.
    """

    def __init__(self, package: Package, locals_: int) -> None:
        self.package = package
        self.locals = locals_
        self.lines: list[str] = []
        self.places: list[int] = [0]
        self.names: dict[str, object] = {}
        self.stack: list[Expr] = []
        self.depth = 1
        self.at = 0
        self._temporaries = 0

    # Statements

    def write(self, line: str) -> None:
        self.lines.append("    " * self.depth + line)
        self.places.append(self.at)

    def constant(self, prefix: str, value: object) -> str:
        """A name for an object of the machine."""
        for known, there in self.names.items():
            if there is value:
                return known
        made = f"{prefix}{len(self.names)}"
        self.names[made] = value
        return made

    def temporary(self) -> str:
        self._temporaries += 1
        return f"t{self._temporaries}"

    # The operand stack

    def push(self, expr: Expr) -> None:
        self.stack.append(expr)

    def push_int(self, expr: Expr) -> None:
        self.stack += (expr, FILLER)

    def pop(self) -> Expr:
        if not self.stack:
            raise Untranslatable("the stack is empty")
        return self.stack.pop()

    def pop_int(self) -> Expr:
        self.pop()
        return self.pop()

    def pop_atom(self) -> str:
        """The top word as a name that may be said more than once."""
        return self.atom(self.pop()).code

    def atom(self, expr: Expr) -> Expr:
        if expr.atom:
            return expr
        made = self.temporary()
        self.write(f"{made} = {expr.code}")
        return Expr(made, expr.range, atom=True, positive=expr.positive)

    def result(self, code: str, range_: Range = Range.WORD) -> None:
        """A value that has to be found out now, pushed."""
        made = self.temporary()
        self.write(f"{made} = {code}")
        self.push_int(name(made, range_)) if range_ is Range.INT else self.push(name(made, range_))

    def release(self, index: int) -> None:
        """Local variable `index` is about to change: what waits on the stack and speaks of it is found out first."""
        for at, expr in enumerate(self.stack):
            if index in expr.uses:
                self.stack[at] = self.atom(expr) if not expr.atom else self._copied(expr)

    def _copied(self, expr: Expr) -> Expr:
        made = self.temporary()
        self.write(f"{made} = {expr.code}")
        return Expr(made, expr.range, atom=True)

    def store(self, index: int, expr: Expr) -> None:
        if index >= self.locals:
            raise Untranslatable(f"no local variable {index}")
        self.release(index)
        self.write(f"l{index} = {expr.code}")

    def spill(self) -> None:
        """The stack into its own variables, for the block that execution goes to."""
        names = [f"s{at}" for at in range(len(self.stack))]
        pairs = [(one, expr.code) for one, expr in zip(names, self.stack, strict=True) if one != expr.code]
        if pairs:
            self.write(f"{', '.join(one for one, _ in pairs)} = {', '.join(code for _, code in pairs)}")

    # What many instructions need

    def usable(self, ref: str) -> None:
        """The fields or elements of `ref` are about to be used."""
        self.write(f"if {ref}.context is not ctx: vm.foreign({ref})")

    def storable(self, ref: Expr) -> str:
        """A reference about to be stored."""
        text = self.atom(ref).code
        if text != "None":
            self.write(f"if {text} is not None and {text}.context is not ctx: {text} = vm.storable({text})")
        return text

    def local_index(self, index: int, words: int = 1) -> int:
        if index + words > self.locals:
            raise Untranslatable(f"no local variable {index}")
        return index


def slot(one: Instruction) -> int:
    """The local variable of an instruction, from its name or its operand."""
    tail = one.opcode.name.rpartition("_")[2]
    return int(tail) if tail.isdigit() else one.operands[0]
