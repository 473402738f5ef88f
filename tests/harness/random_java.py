"""Random Java programs, well typed and always ending: the input of converter and compiler tests.

Each is a class `R<number>` with one method `public static short run(short, short)`. With `casts`, every result of an
operator is cast to short, as one writes for cards without int; without, numbers of 32 bits go through expressions and
locals, and some programs cannot be converted unless ints are allowed.
"""

from __future__ import annotations

import random

_NUMBERS = (0, 1, 2, 3, 5, 7, 8, 15, 16, 100, 127, 128, 255, 256, 1000, 32767)
_WIDE = (32768, 65535, 65536, 0x9000, 100000, 0x7FFFFFFF)
_OPERATORS = ("+", "-", "*", "&", "|", "^", "+", "-", "/", "%", "<<", ">>", ">>>")
_INTS = """
    static int wide(int x, short y) { return x * 3 + y; }
    static int x0; int h; static int[] y0 = {1, 70000, -5};
"""
_COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")


class Program:
    """Writes one program."""

    def __init__(self, seed: int, number: int, *, casts: bool) -> None:
        self._random = random.Random(f"{seed}/{number}/{casts}")  # noqa: S311
        self._casts = casts
        self._ints = not casts and number % 3 == 0
        self._cast_rate = 1.0 if casts else 0.0 if self._ints else 0.8
        self._number = number
        self._locals: dict[str, list[str]] = {"short": ["a", "b"], "byte": [], "boolean": [], "int": []}
        self._assignable = {"a", "b"}
        self._count = 0

    def text(self) -> str:
        body = "\n".join(self._declarations() + self._statements(2, 4))
        result = f"        return (short) ({self._number_of(3)});"
        wide = _INTS if self._ints else ""
        name = f"R{self._number}"
        return f"""package random;
public class {name} {{
    static short s = 5; static byte t = -3; static boolean u; static short[] v = {{1, -2, 300, 4}};
    static byte[] w = {{1, 2, 3, -4}};
    short f; byte g; {name} n;
    short bump(short x) {{ f += x; g++; return f; }}
    static short help(short x, byte y) {{ return (short) (x - y); }}
    static boolean test(short x) {{ return x > 10; }}
{wide}    public static short run(short a, short b) {{
        {name} o = new {name}(); o.n = o; o.f = a; o.g = (byte) b; short[] p = {{3, a, b, 9}};
        s = 5; t = -3; u = false; v[0] = 1; v[1] = -2; v[2] = 300; v[3] = 4; w[0] = 1; w[1] = 2; w[2] = 3; w[3] = -4;
{body}
{result}
    }}
}}
"""

    # Statements

    def _declarations(self) -> list[str]:
        kinds = ["short", "byte", "boolean", "short", *([] if self._casts else ["int", "int"])]
        return ["        " + self._declare(kind, 2) for kind in kinds]

    def _declare(self, kind: str, depth: int) -> str:
        value = self._value(kind, depth)
        self._count += 1
        name = f"x{self._count}"
        self._locals[kind].append(name)
        self._assignable.add(name)
        return f"{kind} {name} = {value};"

    def _statements(self, depth: int, most: int) -> list[str]:
        scope = {kind: list(names) for kind, names in self._locals.items()}
        found = ["        " + self._statement(depth) for _ in range(self._random.randint(1, most))]
        self._locals = scope
        return found

    def _block(self, depth: int) -> str:
        return "{ " + " ".join(one.strip() for one in self._statements(depth - 1, 3)) + " }"

    def _statement(self, depth: int) -> str:
        kind = self._random.randrange(12 if depth > 0 else 6)
        if kind <= 1:
            return self._assignment() + ";"
        if kind == 2:
            return self._declare(self._random.choice(["short", "byte", *([] if self._casts else ["int"])]), 2)
        if kind == 3:
            return self._store() + ";"
        if kind == 4:
            return f"o.bump({self._value('short', 2)});"
        if kind == 5:
            return self._step() + ";"
        if kind <= 7:
            other = f" else {self._block(depth)}" if self._random.random() < 0.5 else ""
            return f"if ({self._condition(2)}) {self._block(depth)}{other}"
        if kind == 8:
            return self._loop(depth)
        if kind == 9:
            return self._switch(depth)
        if kind == 10:
            last = f" finally {self._block(0)}" if self._random.random() < 0.4 else ""
            self._count += 1
            return f"try {self._block(depth)} catch (ArithmeticException e{self._count}) {self._block(depth)}{last}"
        return f"if ({self._condition(2)}) {{ if ({self._condition(1)}) return {self._value('short', 2)}; }}"

    def _loop(self, depth: int) -> str:
        self._count += 1
        name = f"i{self._count}"
        kind = self._random.choice(["byte", "short", "int"])
        if kind != "int":
            self._locals[kind].append(name)
        body = self._block(depth)
        leave = self._random.choice(["", f"if ({self._condition(1)}) break; ", f"if ({self._condition(1)}) continue; "])
        if kind != "int":
            self._locals[kind].remove(name)
        end = self._random.randint(1, 5)
        return f"for ({kind} {name} = 0; {name} < {end}; {name}++) {{ {leave}{body} }}"

    def _switch(self, depth: int) -> str:
        values = self._random.sample([*range(6), -1, 100, 1000, -32768], self._random.randint(1, 5))
        parts = [f"case {value}: {self._block(depth)} {self._random.choice(['break;', ''])}" for value in values]
        if self._random.random() < 0.6:
            parts.append(f"default: {self._block(depth)}")
        return f"switch ({self._value('short', 2)}) {{ {' '.join(parts)} }}"

    def _target(self) -> tuple[str, str]:
        kind = self._random.choice(["short", "byte", *([] if self._casts else ["int"])])
        names = [name for name in self._locals[kind] if name in self._assignable]
        return (kind, self._random.choice(names)) if names else ("short", "s")

    def _assignment(self) -> str:
        kind, name = self._target()
        if self._random.random() < 0.3:
            flags = [*self._locals["boolean"], "u"]
            return f"{self._random.choice(flags)} {self._random.choice(['=', '|=', '&=', '^='])} {self._condition(2)}"
        if self._random.random() < 0.4:
            operator = self._random.choice([*("+-*&|^"), "<<", ">>"])
            value = self._value("short", 2) if self._casts else self._number_of(2)
            return f"{name} {operator}= {value}"
        return f"{name} = {self._value(kind, 3)}"

    def _store(self) -> str:
        kind, place = self._random.choice(
            [("short", "s"), ("byte", "t"), ("short", "o.f"), ("byte", "o.g"), ("short", "o.n.f"),
             *([("int", "x0"), ("int", "o.h"), ("int", f"y0[{self._index()} & 1]")] if self._ints else []),
             ("short", f"v[{self._index()}]"), ("byte", f"w[{self._index()}]"), ("short", f"p[{self._index()}]")]
        )  # fmt: skip
        if self._random.random() < 0.4:
            return f"{place} {self._random.choice(['+', '-', '*', '^'])}= {self._value('short', 2)}"
        return f"{place} = {self._value(kind, 2)}"

    def _step(self) -> str:
        kind, name = self._target()
        return self._random.choice(
            [
                f"{name}++",
                f"--{name}",
                "o.f++",
                f"v[{self._index()}]--",
                "t++",
                f"{name} += {self._random.choice(_NUMBERS)}",
            ]
        )

    # Expressions

    def _index(self) -> str:
        return f"{self._number_of(1)} & 3"

    def _value(self, kind: str, depth: int) -> str:
        """An expression that can be assigned to a variable of this type."""
        if kind == "boolean":
            return self._condition(depth)
        number = self._number_of(depth)
        return number if kind == "int" else f"({kind}) ({number})"

    def _number_of(self, depth: int) -> str:
        choose = self._random.random
        if depth <= 0 or choose() < 0.15:
            return self._simple()
        kind = self._random.randrange(13)
        if kind <= 5:
            return self._short(self._operation(depth))
        if kind == 6:
            return self._short(f"{self._random.choice('-~')}({self._number_of(depth - 1)})")
        if kind == 7:
            return f"({self._random.choice(['short', 'byte'])}) ({self._number_of(depth - 1)})"
        if kind == 8:
            return f"({self._condition(depth - 1)} ? {self._number_of(depth - 1)} : {self._number_of(depth - 1)})"
        if kind == 9:
            return f"help({self._value('short', depth - 1)}, {self._value('byte', depth - 1)})"
        if kind == 10:
            return f"({self._number_of(depth - 1)} & 0xFF)"
        if kind == 11 and self._ints:
            return f"wide({self._number_of(depth - 1)}, {self._value('short', depth - 1)})"
        if kind == 11:
            return f"o.bump({self._value('short', depth - 1)})"
        name = self._random.choice([name for name in self._locals["short"] if name in self._assignable])
        return self._random.choice(
            [
                f"{name}++",
                f"--{name}",
                f"({name} = {self._value('short', depth - 1)})",
                f"(o.f = {self._value('short', depth - 1)})",
                f"(v[{self._index()}] += 3)",
            ]
        )

    def _short(self, text: str) -> str:
        return f"(short) ({text})" if self._random.random() < self._cast_rate else f"({text})"

    def _operation(self, depth: int) -> str:
        operator = self._random.choice(_OPERATORS)
        left, right = self._number_of(depth - 1), self._number_of(depth - 1)
        return f"{left} {operator} {right}"

    def _simple(self) -> str:
        kind = self._random.randrange(8)
        if kind <= 2:
            number = self._random.choice((*_NUMBERS, *_WIDE) if self._ints else _NUMBERS)
            return str(number) if self._random.random() < 0.6 else f"(-{number})"
        if kind <= 5:
            names = self._locals["short"] + self._locals["byte"] + self._locals["int"]
            return self._random.choice(names)
        return self._random.choice(
            ["s", "t", "o.f", "o.n.g", "v[1]", "w[3]", "p[2]", "v.length", "(u ? 1 : 2)", *self._wide()]
        )

    def _wide(self) -> list[str]:
        return ["x0", "o.h", "y0[1]", "y0[v.length & 1]", "o.h++", "(x0 += 70000)"] if self._ints else []

    def _condition(self, depth: int) -> str:
        kind = self._random.randrange(9)
        if depth > 0 and kind <= 1:
            operator = self._random.choice(["&&", "||", "&", "|", "^"])
            return f"({self._condition(depth - 1)} {operator} {self._condition(depth - 1)})"
        if depth > 0 and kind == 2:
            return f"!({self._condition(depth - 1)})"
        if kind == 3:
            return self._random.choice([*self._locals["boolean"], "u"])
        if kind == 4:
            return f"test({self._value('short', depth - 1)})"
        return f"{self._number_of(depth - 1)} {self._random.choice(_COMPARISONS)} {self._number_of(depth - 1)}"


def programs(seed: int, count: int, *, casts: bool) -> dict[str, str]:
    """Source files by path, package `random`."""
    return {f"random/R{number}.java": Program(seed, number, casts=casts).text() for number in range(count)}
