"""Random programs that a verifier would let through, for comparing the two engines.

A method gets two shorts and an int; it has arrays, an object, loops, handlers, a subroutine, and values that wait on
the operand stack while something else happens. At its end it folds all that it has into one int.
"""

from __future__ import annotations

import random
from collections.abc import Callable

A, B, WIDE, WIDER, COUNTER, BYTES, SHORTS, INTS, OBJECT, SPARE, BACK = 0, 1, 2, 4, 6, 7, 8, 9, 10, 11, 12
"""Local variables: two shorts, two ints, a loop's counter, three arrays, an object, a spare short, a return address."""
SHORT_LOCALS = (A, B, SPARE)
INT_LOCALS = (WIDE, WIDER)
SHORT_OPERATIONS = ("sadd", "ssub", "smul", "sand", "sor", "sxor", "sshl", "sshr", "sushr", "sdiv", "srem")
INT_OPERATIONS = ("iadd", "isub", "imul", "iand", "ior", "ixor", "ishl", "ishr", "iushr", "idiv", "irem")
CONDITIONS = ("eq", "ne", "lt", "ge", "gt", "le")
THROWABLES = (
    "any", "ArithmeticException", "IndexOutOfBoundsException", "NullPointerException", "RuntimeException",
    "ArrayIndexOutOfBoundsException", "ClassCastException",
)  # fmt: skip
SHORTS_OF_INTEREST = (0, 1, -1, 2, 7, 15, 31, 127, -128, 255, 256, 32767, -32768)
INTS_OF_INTEREST = (*SHORTS_OF_INTEREST, 65535, 65536, 0x7FFFFFFF, -0x80000000)
BEGIN = f"""
    bspush 8 / newarray byte / astore {BYTES}
    bspush 8 / newarray short / astore {SHORTS}
    bspush 8 / newarray int / astore {INTS}
    new T / dup / invokespecial T.<init>()V / astore {OBJECT}
    iload {WIDE} / istore {WIDER} / sload {A} / sstore {SPARE} / sconst_0 / sstore {COUNTER}
"""


class Program:
    """Writes one program; every choice is `random`'s."""

    def __init__(self, choices: random.Random) -> None:
        self._random = choices
        self._labels = 0
        self._catches: list[str] = []
        self._subroutine = False
        self._looping = False
        body = [self._statement(3, empty=True) for _ in range(choices.randint(1, 6))]
        lines = [BEGIN, *body, self._end()]
        if self._subroutine:
            lines.append(f"Sub: astore {BACK} / {self._plain(2)} / ret {BACK}")
        self.code = " / ".join((*self._catches, *lines))

    @property
    def with_wide_branches(self) -> str:
        """The same with every branch in its long form."""
        words = self.code.split(" ")
        wide = [f"{one}_w" if _is_short_branch(one) else one for one in words]
        return " ".join(wide)

    # --- choices

    def _pick(self, *ways: Callable[[], str]) -> str:
        return self._random.choice(ways)()

    def _label(self) -> str:
        self._labels += 1
        return f"L{self._labels}"

    def _any(self, *values: str) -> str:
        return self._random.choice(values)

    # --- expressions: code that leaves one short, or one int

    def _short(self, depth: int) -> str:
        if depth <= 0:
            return self._pick(self._short_constant, self._short_variable)
        return self._pick(
            self._short_constant, self._short_variable,
            *[lambda: f"{self._short(depth - 1)} / {self._short(depth - 1)} / {self._any(*SHORT_OPERATIONS)}"] * 3,
            lambda: f"{self._short(depth - 1)} / {self._any('sneg', 's2b', 'dup / sadd', 'dup / ssub', 'nop')}",
            lambda: f"{self._int(depth - 1)} / {self._any('i2s', 'i2b')}",
            lambda: f"{self._int(depth - 1)} / {self._int(depth - 1)} / icmp",
            lambda: f"aload {BYTES} / {self._index(depth - 1)} / baload",
            lambda: f"aload {SHORTS} / {self._index(depth - 1)} / saload",
            lambda: f"aload {self._any(str(BYTES), str(INTS))} / arraylength",
            lambda: f"aload {OBJECT} / {self._any('getfield_s s', 'getfield_b b', 'getfield_s_w s2')}",
            lambda: self._any("getstatic_s ss", "getstatic_b sb"),
            lambda: f"{self._short(depth - 1)} / {self._short(depth - 1)} / invokestatic divide",
            lambda: f"aload {OBJECT} / invokevirtual T.{self._any('who', 'hidden', 'whoAbove', 'askSecret')}",
            lambda: f"aload {OBJECT} / invokeinterface Shape.sides",
            lambda: f"aload {OBJECT} / {self._short(depth - 1)} / {self._int(depth - 1)} / {self._short(depth - 1)}"
                    f" / aload {OBJECT} / invokevirtual T.mix",
            lambda: f"aload {self._any(str(OBJECT), str(BYTES))} / instanceof {self._any('Base', 'byte[]', 'Empty')}",
            lambda: self._either(depth, self._short),
            lambda: f"{self._short(depth - 1)} / {self._plain(depth - 1)}",
            lambda: f"{self._short(depth - 1)} / {self._short(depth - 1)} / swap_x 1 1 / ssub",
            lambda: f"{self._short(depth - 1)} / {self._short(depth - 1)} / dup_x 1 2 / ssub / smul",
            lambda: f"{self._short(depth - 1)} / {self._int(depth - 1)} / dup_x 2 3 / i2s / sadd"
                    f" / sstore {SPARE} / i2s / sload {SPARE} / sadd",
            lambda: f"{self._short(depth - 1)} / {self._short(depth - 1)} / dup2 / sxor / ssub / sadd",
        )  # fmt: skip

    def _int(self, depth: int) -> str:
        if depth <= 0:
            return self._pick(self._int_constant, self._int_variable)
        return self._pick(
            self._int_constant, self._int_variable,
            *[lambda: f"{self._int(depth - 1)} / {self._int(depth - 1)} / {self._any(*INT_OPERATIONS)}"] * 3,
            lambda: f"{self._int(depth - 1)} / {self._any('ineg', 'dup2 / iadd', 'dup2 / imul')}",
            lambda: f"{self._short(depth - 1)} / s2i",
            lambda: f"aload {INTS} / {self._index(depth - 1)} / iaload",
            lambda: f"aload {OBJECT} / {self._any('getfield_i i', 'getfield_i_w i')}",
            lambda: self._any("getstatic_i si", "getstatic_i izero"),
            lambda: f"{self._int(depth - 1)} / {self._short(depth - 1)} / {self._int(depth - 1)} / invokestatic wide",
            lambda: f"aload {OBJECT} / {self._int(depth - 1)} / {self._short(depth - 1)}"
                    " / invokeinterface Solid.volume",
            lambda: self._either(depth, self._int),
            lambda: f"{self._int(depth - 1)} / {self._plain(depth - 1)}",
            lambda: f"{self._int(depth - 1)} / {self._int(depth - 1)} / swap_x 2 2 / isub",
            lambda: f"{self._int(depth - 1)} / {self._int(depth - 1)} / dup_x 2 4 / isub / ixor",
            lambda: f"{self._int(depth - 1)} / {self._short(depth - 1)} / swap_x 1 2 / istore {WIDER}"
                    f" / s2i / iload {WIDER} / isub",
        )  # fmt: skip

    def _short_constant(self) -> str:
        return f"sspush {self._random.choice(SHORTS_OF_INTEREST)}"

    def _int_constant(self) -> str:
        return f"iipush {self._random.choice(INTS_OF_INTEREST)}"

    def _short_variable(self) -> str:
        return f"sload {self._random.choice((*SHORT_LOCALS, COUNTER))}"

    def _int_variable(self) -> str:
        return f"iload {self._random.choice(INT_LOCALS)}"

    def _index(self, depth: int) -> str:
        """Mostly an index that is there."""
        return f"{self._short(depth)} / bspush 7 / sand" if self._random.random() < 0.85 else self._short(depth)

    def _condition(self, depth: int, target: str) -> str:
        """Code that jumps to a label, or does not."""
        condition = self._random.choice(CONDITIONS)
        return self._pick(
            lambda: f"{self._short(depth)} / if{condition} {target}",
            lambda: f"{self._short(depth)} / {self._short(depth)} / if_scmp{condition} {target}",
            lambda: f"aload {OBJECT} / {self._any('ifnull', 'ifnonnull')} {target}",
            lambda: f"aload {OBJECT} / aload {BYTES} / {self._any('if_acmpeq', 'if_acmpne')} {target}",
        )

    def _either(self, depth: int, make: Callable[[int], str]) -> str:
        """A value by one of two ways; what is on the stack below it waits."""
        other, end = self._label(), self._label()
        condition = self._condition(depth - 1, other)
        return f"{condition} / {make(depth - 1)} / goto {end} / {other}: {make(depth - 1)} / {end}: nop"

    # --- statements

    def _plain(self, depth: int) -> str:
        """A statement that may stand anywhere: it leaves the stack as it is and stays in line."""
        short, wide = str(self._random.choice(SHORT_LOCALS)), str(self._random.choice(INT_LOCALS))
        return self._pick(
            lambda: f"{self._short(depth)} / sstore {short}",
            lambda: f"{self._int(depth)} / istore {wide}",
            lambda: f"{self._any('sinc', 'sinc_w')} {short} {self._any('1', '-1', '127', '-128')}",
            lambda: f"{self._any('iinc', 'iinc_w')} {wide} {self._any('1', '-1', '127', '-128')}",
            lambda: f"aload {BYTES} / {self._index(depth)} / {self._short(depth)} / bastore",
            lambda: f"aload {SHORTS} / {self._index(depth)} / {self._short(depth)} / sastore",
            lambda: f"aload {INTS} / {self._index(depth)} / {self._int(depth)} / iastore",
            lambda: f"aload {OBJECT} / {self._short(depth)} / {self._any('putfield_s s', 'putfield_s_w s2')}",
            lambda: f"aload {OBJECT} / {self._short(depth)} / s2b / putfield_b b",
            lambda: f"aload {OBJECT} / {self._int(depth)} / {self._any('putfield_i i', 'putfield_i_w i')}",
            lambda: f"{self._short(depth)} / putstatic_s ss",
            lambda: f"{self._int(depth)} / putstatic_i izero",
            lambda: f"{self._short(depth)} / pop",
            lambda: f"aload {OBJECT} / checkcast {self._any('Base', 'T', 'Shape', 'Other')} / pop",
            lambda: f"aload {OBJECT} / dup / {self._any('putfield_a a', 'putfield_a_w a2')}",
        )

    def _statement(self, depth: int, *, empty: bool) -> str:
        """A statement with control flow in it. `empty`: nothing waits on the stack."""
        if depth <= 0:
            return self._plain(1)
        ways = [lambda: self._plain(2)] * 3 + [lambda: self._if(depth), lambda: self._switch(depth)]
        if not self._looping:
            ways.append(lambda: self._loop(depth))
        if empty:
            ways += [lambda: self._try(depth), self._call_subroutine, self._lose]
        return self._pick(*ways)

    def _if(self, depth: int) -> str:
        other, end = self._label(), self._label()
        return (
            f"{self._condition(2, other)} / {self._statement(depth - 1, empty=True)} / goto {end}"
            f" / {other}: {self._statement(depth - 1, empty=True)} / {end}: nop"
        )

    def _switch(self, depth: int) -> str:
        labels = [self._label() for _ in range(3)]
        end = self._label()
        kind = self._random.choice(("stableswitch", "slookupswitch", "itableswitch", "ilookupswitch"))
        value = self._short(2) if kind[0] == "s" else self._int(2)
        cases = f"-1 {labels[0]} {labels[1]}" if "table" in kind else f"-1:{labels[0]} 0:{labels[1]} 255:{labels[1]}"
        arms = " / ".join(f"{one}: {self._statement(depth - 1, empty=True)} / goto {end}" for one in labels)
        return f"{value} / {kind} {cases} default {labels[2]} / {arms} / {end}: nop"

    def _loop(self, depth: int) -> str:
        again, end = self._label(), self._label()
        self._looping = True
        body = self._statement(depth - 1, empty=True)
        self._looping = False
        return (
            f"bspush {self._random.randint(1, 4)} / sstore {COUNTER} / {again}: sload {COUNTER} / ifle {end}"
            f" / sinc {COUNTER} -1 / {body} / goto {again} / {end}: nop"
        )

    def _try(self, depth: int) -> str:
        start, end, handler, after = (self._label() for _ in range(4))
        body = " / ".join(self._statement(depth - 1, empty=True) for _ in range(self._random.randint(1, 2)))
        caught = self._statement(depth - 1, empty=True)
        self._catches.append(f".catch {self._random.choice(THROWABLES)} from {start} to {end} using {handler}")
        return f"{start}: {body} / {end}: goto {after} / {handler}: pop / {caught} / {after}: nop"

    def _call_subroutine(self) -> str:
        self._subroutine = True
        return "jsr Sub"

    def _lose(self) -> str:
        """The object or an array is null from here on."""
        return f"aconst_null / astore {self._random.choice((OBJECT, BYTES, SHORTS, INTS))}"

    def _end(self) -> str:
        """Everything into one int; arrays and the object as far as they are still there."""
        fold = "bipush 31 / imul / iadd"
        parts = [f"sload {A} / s2i", *(f"sload {one} / s2i / {fold}" for one in (B, SPARE, COUNTER))]
        parts += [f"iload {one} / {fold}" for one in INT_LOCALS]
        for array, load in ((BYTES, "baload / s2i"), (SHORTS, "saload / s2i"), (INTS, "iaload")):
            skip = self._label()
            loads = " / ".join(f"aload {array} / bspush {at} / {load} / {fold}" for at in range(8))
            parts.append(f"aload {array} / ifnull {skip} / {loads} / {skip}: nop")
        skip = self._label()
        fields = ("getfield_s s / s2i", "getfield_b b / s2i", "getfield_s s2 / s2i", "getfield_i i")
        reads = " / ".join(f"aload {OBJECT} / {read} / {fold}" for read in fields)
        parts.append(f"aload {OBJECT} / ifnull {skip} / {reads} / {skip}: nop")
        return " / ".join(parts) + " / ireturn"


def _is_short_branch(word: str) -> bool:
    return word == "goto" or (word.startswith("if") and not word.endswith("_w"))
