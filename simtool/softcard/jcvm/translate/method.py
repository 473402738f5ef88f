"""Puts a method's function together: blocks in a loop that goes where `pc` says, handlers around it."""

from __future__ import annotations

from simtool.softcard.jcvm.classes import Code, Method
from simtool.softcard.jcvm.faults import JavaThrow, VmFault
from simtool.softcard.jcvm.instructions.arithmetic import divide, remainder
from simtool.softcard.jcvm.opcodes import Instruction
from simtool.softcard.jcvm.translate import support
from simtool.softcard.jcvm.translate.blocks import Block, Blocks, cut
from simtool.softcard.jcvm.translate.effects import Untranslatable, effect
from simtool.softcard.jcvm.translate.expressions import Expr, name, number
from simtool.softcard.jcvm.translate.instructions import WRITERS
from simtool.softcard.jcvm.translate.writing import Writer

FILE = "<java {}>"
_COMPARISONS = {"eq": "==", "ne": "!=", "lt": "<", "ge": ">=", "gt": ">", "le": "<="}
_RETURNS = ("return", "sreturn", "areturn", "ireturn")
_SUPPORT: dict[str, object] = {
    "out_of_range": support.out_of_range, "divided_by_zero": support.divided_by_zero, "cast": support.cast,
    "instance": support.instance, "store_element": support.store_element, "throw": support.throw, "lost": support.lost,
    "call_interface": support.call_interface, "caught": support.caught, "divide": divide, "remainder": remainder,
    "ERRORS": (JavaThrow, *support.PYTHON_ERRORS), "len": len,
}  # fmt: skip


def translate(method: Method) -> Code | None:
    """The function that a method becomes, called as `code(vm, *words)`. None where the interpreter has to do it."""
    if method.package is None or not method.end or method.words > method.locals:
        return None
    try:
        writing = _Writing(method)
        source = writing.source()
    except (Untranslatable, VmFault):  # code that cannot be run to its end: the interpreter will find where
        return None
    lines = tuple(writing.places)
    scope = {**_SUPPORT, **writing.names, "__builtins__": {}, "METHOD": method, "LINES": lines}
    try:
        code = compile(source, FILE.format(method.name), "exec")
    except SyntaxError:  # a number where an object has to be: code that no verifier has seen
        return None
    exec(code, scope)  # noqa: S102  # names and numbers made here only
    return scope["run"]  # type: ignore[return-value]


class _Writing(Writer):
    """Writes one method."""

    def __init__(self, method: Method) -> None:
        assert method.package is not None  # noqa: S101  # asked before
        super().__init__(method.package, method.locals)
        self.method = method
        self.blocks: Blocks = cut(method, method.package)
        self._entered = [one for one in self.blocks.by_start.values() if one.entered]
        self._numbers = {one.start: at for at, one in enumerate(self._entered)}

    def source(self) -> str:
        words = "".join(f", l{at}" for at in range(self.method.words))
        self.depth = 0
        self.write(f"def run(vm{words}):")
        self.depth = 1
        self._prologue()
        self.write("while True:")
        self.depth = 2
        self.write("try:")
        self.depth = 3
        if len(self._entered) == 1 and not self.blocks.handlers and not self._entered[0].sources:
            self._block(self._entered[0], [])
        else:
            self.write("while True:")
            self.depth = 4
            self._dispatch(self._entered)
        self.depth = 2
        self._handler()
        return "\n".join(self.lines) + "\n"

    def _prologue(self) -> None:
        rest = [f"l{at}" for at in range(self.method.words, self.method.locals)]
        if rest:
            self.write(f"{' = '.join(rest)} = 0")
        self.write("depth = vm.enter(METHOD)")
        self.write("top = vm.stack")
        self.write("ctx = vm.context")
        self.write("barrier = vm.heap.barrier")
        self.write(f"count = 0; pc = {self._numbers[self.method.start]}")

    def _handler(self) -> None:
        """What comes out of the blocks: to its handler, or on to the caller."""
        self.write("except ERRORS as error:")
        self.depth += 1
        self.write("vm.executed += count")
        self.write("count = 0")
        self.write("if vm.executed > vm.limit: vm.out_of_time()")  # a handler may lead back without any branch
        self.write("place, s0 = caught(vm, error, METHOD, LINES)")
        if self.blocks.handlers:
            self.write("vm.stack = top")
            targets = {start: self._numbers[start] for start in self._numbers}
            self.write(f"pc = {self.constant('H', targets)}[place]")
        self.depth -= 1

    def _dispatch(self, blocks: list[Block]) -> None:
        """Find the block that `pc` names, by halves."""
        if len(blocks) == 1:
            if len(self._entered) == 1 or not self._any_ret():
                self._block(blocks[0], _names(blocks[0].depth))
                return
            self.write(f"if pc != {self._numbers[blocks[0].start]}: lost(METHOD.name)")
            self._block(blocks[0], _names(blocks[0].depth))
            return
        middle = len(blocks) // 2
        self.write(f"if pc < {self._numbers[blocks[middle].start]}:")
        self.depth += 1
        self._dispatch(blocks[:middle])
        self.depth -= 1
        self.write("else:")
        self.depth += 1
        self._dispatch(blocks[middle:])
        self.depth -= 1

    def _any_ret(self) -> bool:
        return any(one.opcode.name == "ret" for block in self.blocks.by_start.values() for one in block.instructions)

    def _block(self, block: Block, stack: list[str]) -> None:
        """A block and those that only follow it, one after the other."""
        self.stack = [name(one) for one in stack]
        following: Block | None = block
        while following is not None:
            following = self._straight(following)

    def _straight(self, block: Block) -> Block | None:
        """One block. Gives the next where it can be written right behind."""
        self.at = block.start
        self.write(f"count += {len(block.instructions)}")
        for one in block.instructions[:-1]:
            self._instruction(one)
        return self._last(block.instructions[-1])

    def _instruction(self, one: Instruction) -> None:
        self.at = one.at
        _, left = effect(one, self.package)
        WRITERS[one.opcode.name](self, one)
        if left is None:
            self.write("lost(METHOD.name)")

    def _last(self, one: Instruction) -> Block | None:
        """The end of a block."""
        self.at = one.at
        kind = one.opcode.name
        if kind in _RETURNS:
            self._return(kind)
        elif kind == "athrow":
            self.write(f"throw(vm, {self.pop().code})")
        elif kind in ("goto", "goto_w"):
            return self._go(one.operands[0], one.at)
        elif kind == "jsr":
            self.push(number(self._numbers[one.next]))
            return self._go(one.operands[0], one.at)
        elif kind == "ret":
            self._tick()  # nothing but a verifier says that this leads to where a jsr was
            self.write(f"pc = l{self.local_index(one.operands[0])}")
            self.write("continue")
        elif one.opcode.operands == "*":
            self._switch(one)
        elif one.opcode.operands in ("j", "J"):
            self._branch(one)
            return self._go(one.next, one.at)
        else:
            self._instruction(one)
            _, left = effect(one, self.package)
            return self._go(one.next, one.at) if left is not None else None
        return None

    def _return(self, kind: str) -> None:
        value = "" if kind == "return" else (self.pop_int() if kind == "ireturn" else self.pop()).code
        self.write("vm.executed += count")
        self.write("if vm.executed > vm.limit: vm.out_of_time()")
        self.write("vm.stack = depth")
        self.write(f"return {value}".rstrip())

    def _go(self, place: int, at: int) -> Block | None:
        """On to another block: written here if nobody else leads to it, else by way of the dispatcher."""
        block = self.blocks.by_start.get(place)
        if block is None:
            raise Untranslatable("instructions overlap")
        if not block.entered:
            return block
        self._jump(place, at)
        return None

    def _jump(self, place: int, at: int) -> None:
        self.spill()
        if place <= at:
            self._tick()
        self.write(f"pc = {self._numbers[place]}")
        self.write("continue")

    def _tick(self) -> None:
        """Ask now and then whether there is time left: on every way that can lead back."""
        self.write(f"if count > {support.TICK}:")
        self.depth += 1
        self.write("vm.executed += count; count = 0")
        self.write("if vm.executed > vm.limit: vm.out_of_time()")
        self.depth -= 1

    def _branch(self, one: Instruction) -> None:
        """A conditional branch: the way taken in the body of an `if`."""
        condition = self._condition(one)
        self.write(f"if {condition}:")
        self.depth += 1
        self._jump(one.operands[0], one.at)
        self.depth -= 1

    def _condition(self, one: Instruction) -> str:
        kind = one.opcode.name.removesuffix("_w")
        if kind in ("ifnull", "ifnonnull"):
            return f"{self._reference().code} is {'not ' if 'non' in kind else ''}None"
        if kind.startswith("if_acmp"):
            b, a = self._reference(), self._reference()
            return f"{a.code} is {'not ' if kind.endswith('ne') else ''}{b.code}"
        operator = _COMPARISONS[kind[-2:]]
        if kind.startswith("if_scmp"):
            b, a = self.pop(), self.pop()
            return f"{a.code} {operator} {b.code}"
        return f"{self.pop().code} {operator} 0"

    def _reference(self) -> Expr:
        found = self.pop()
        if found.value is not None:
            raise Untranslatable("a number where a reference has to be")
        return found

    def _switch(self, one: Instruction) -> None:
        value = self.pop_int() if one.opcode.name[0] == "i" else self.pop()
        text = self.atom(value).code
        self.spill()
        table: dict[int, int] = {}
        for case, place in one.cases:
            table.setdefault(case, self._numbers[place])
        self._tick()
        self.write(f"pc = {self.constant('T', table)}.get({text}, {self._numbers[one.operands[0]]})")
        self.write("continue")


def _names(depth: int) -> list[str]:
    return [f"s{at}" for at in range(depth)]
