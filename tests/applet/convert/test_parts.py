"""Parts of the converter by themselves: ranges, the order of handlers, shortening."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.applet.convert import handlers, ranges
from simtool.applet.convert.card_code import CardInsn, Item, Label, Layout, Reference, max_stack
from simtool.applet.convert.conditions import Refined, narrowed, refined
from simtool.applet.convert.handlers import Row
from simtool.applet.convert.java_code import JavaInsn
from simtool.applet.convert.peephole import shortened
from simtool.applet.convert.ranges import INT, Range
from simtool.codec.cap import PoolTag

NUMBERS = st.one_of(
    st.integers(-5, 40), st.sampled_from([0x7FFF, -0x8000, 0xFFFF, -(1 << 31), (1 << 31) - 1]), st.integers(*INT)
)


def wrapped(value: int) -> int:
    return (value + (1 << 31)) % (1 << 32) - (1 << 31)


def java(name: str, a: int, b: int) -> int | None:
    """What Java computes; None where it throws."""
    match name:
        case "iadd":
            return wrapped(a + b)
        case "isub":
            return wrapped(a - b)
        case "imul":
            return wrapped(a * b)
        case "idiv" | "irem":
            if b == 0:
                return None
            quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
            return wrapped(quotient) if name == "idiv" else a - b * quotient
        case "ishl":
            return wrapped(a << (b & 31))
        case "ishr":
            return a >> (b & 31)
        case "iushr":
            return wrapped((a % (1 << 32)) >> (b & 31))
        case "iand":
            return a & b
        case "ior":
            return a | b
    return a ^ b


@given(st.sampled_from(sorted(ranges.OPERATIONS)), *[NUMBERS] * 4, st.data())
def test_results_lie_in_their_range(name: str, a: int, b: int, c: int, d: int, data: st.DataObject) -> None:
    left, right = Range(min(a, b), max(a, b)), Range(min(c, d), max(c, d))
    x, y = data.draw(st.integers(*left)), data.draw(st.integers(*right))
    result, its = java(name, x, y), ranges.OPERATIONS[name](left, right)
    assert its.within(INT)
    assert result is None or its.low <= result <= its.high


@given(NUMBERS, NUMBERS, st.data())
def test_negated_and_cast(a: int, b: int, data: st.DataObject) -> None:
    its = Range(min(a, b), max(a, b))
    x = data.draw(st.integers(*its))
    assert ranges.negated(its).low <= wrapped(-x) <= ranges.negated(its).high
    short = (x + 0x8000) % 0x10000 - 0x8000
    assert ranges.cast(its, ranges.SHORT).low <= short <= ranges.cast(its, ranges.SHORT).high


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_widened_has_all_of_both(a: int, b: int, c: int, d: int) -> None:
    old, new = Range(min(a, b), max(a, b)), Range(min(c, d), max(c, d))
    wide = ranges.widened(old, ranges.joined((old, new)))
    assert old.within(wide) and new.within(wide) and wide.within(INT)


CONDITIONS = {
    "eq": int.__eq__, "ne": int.__ne__, "lt": int.__lt__, "ge": int.__ge__, "gt": int.__gt__, "le": int.__le__,
}  # fmt: skip


@given(st.sampled_from(sorted(CONDITIONS)), *[NUMBERS] * 4, st.data())
def test_what_a_branch_tells(condition: str, a: int, b: int, c: int, d: int, data: st.DataObject) -> None:
    sides = Range(min(a, b), max(a, b)), Range(min(c, d), max(c, d))
    values = [data.draw(st.integers(*one)) for one in sides]
    taken = bool(CONDITIONS[condition](*values))
    insn = JavaInsn(0, 0, f"if_icmp{condition}", target=5)
    for side in (0, 1):
        found = narrowed(insn, Refined(0, side, taken), sides[side], sides[1 - side])
        assert found is not None and found.low <= values[side] <= found.high


@given(st.integers(0, 5000), st.integers(0, 1), st.booleans())
def test_numbers_of_definitions_behind_branches(at: int, side: int, taken: bool) -> None:
    assert refined(Refined(at, side, taken).number) == Refined(at, side, taken)


ROWS = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 20)), max_size=6)


@given(ROWS)
def test_handlers_in_order_do_the_same(pairs: list[tuple[int, int]]) -> None:
    """§6.10.1: sorted by the ends of ranges, and at each place the same handlers in the same order as in Java."""
    rows = [Row(start, start + length, number, None) for number, (start, length) in enumerate(pairs)]
    found = handlers.ordered(rows)
    assert [one.end for one in found] == sorted(one.end for one in found)
    for place in range(45):
        wanted = [row.handler for row in rows if row.start <= place < row.end]
        assert [row.handler for row in found if row.start <= place < row.end] == wanted
        for at, row in enumerate(found):
            if row.start <= place < row.end and handlers.stops(found, at):
                assert not [other for other in found[at + 1 :] if other.start <= place < other.end]


def code(text: str) -> list[Item]:
    """`sload 4 / L1: / goto >1`."""
    found: list[Item] = []
    for part in text.split(" / "):
        words = part.split()
        if words[0].endswith(":"):
            found.append(Label(int(words[0][1:-1])))
            continue
        numbers = tuple(int(word) for word in words[1:] if word[0] != ">")
        found.append(CardInsn(words[0], numbers, targets=tuple(int(word[1:]) for word in words[1:] if word[0] == ">")))
    return found


def shown(items: list[Item]) -> str:
    parts = []
    for one in items:
        if isinstance(one, Label):
            parts.append(f"L{one.number}:")
        else:
            parts.append(" ".join([one.name, *map(str, one.values), *(f">{target}" for target in one.targets)]))
    return " / ".join(parts)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("sload_2 / sconst_1 / sadd / sstore_2 / sload_2 / sreturn", "sinc 2 1 / sload_2 / sreturn"),
        ("sload 5 / bspush 7 / ssub / sstore 5 / sload 5 / sreturn", "sinc 5 -7 / sload 5 / sreturn"),
        ("sload_0 / sspush 300 / sadd / sstore_0 / sload_0 / sreturn", "sinc_w 0 300 / sload_0 / sreturn"),
        ("goto >1 / sconst_1 / sreturn / L1: / return", "return"),
        ("sload_0 / ifeq >1 / goto >2 / L1: / sconst_1 / sreturn / L2: / sconst_2 / sreturn",
         "sload_0 / ifne >2 / sconst_1 / sreturn / L2: / sconst_2 / sreturn"),
        ("sload_0 / ifeq >1 / sconst_1 / sreturn / L1: / goto >2 / L2: / sconst_2 / sreturn",
         "sload_0 / ifeq >1 / sconst_1 / sreturn / L1: / sconst_2 / sreturn"),
        ("aload_0 / sconst_0 / sload_1 / s2b / bastore / return", "aload_0 / sconst_0 / sload_1 / bastore / return"),
        ("sload_0 / sstore 4 / sload 4 / sreturn", "sload_0 / sreturn"),
        ("sload_0 / sstore 4 / sload 4 / sload 4 / sadd / sreturn",
         "sload_0 / dup / sadd / sreturn"),
        ("sload_0 / sstore 4 / sload 4 / sload 4 / sload 4 / sadd / sadd / sreturn",
         "sload_0 / dup / dup / sadd / sadd / sreturn"),
        ("sload_0 / sstore_3 / sload_3 / sload_3 / sload_3 / sadd / sadd / sreturn",
         "sload_0 / sstore_3 / sload_3 / sload_3 / sload_3 / sadd / sadd / sreturn"),
        ("sload_0 / sstore 4 / return", "sload_0 / pop / return"),
    ],
)  # fmt: skip
def test_shortened(before: str, after: str) -> None:
    assert shown(shortened(code(before), [])) == after


@pytest.mark.parametrize(("filler", "name"), [(125, "ifeq"), (126, "ifeq_w")])
def test_a_branch_is_wide_where_it_has_to_be(filler: int, name: str) -> None:
    from simtool.applet.convert.card_code import OPCODES

    items = code("sload_0 / ifeq >1 / " + " / ".join(["nop"] * filler) + " / L1: / return")
    assert Layout(items, {}.__getitem__).lay_out().code[1] == OPCODES[name]


def test_fields_behind_the_first_256() -> None:
    """A field's index has one byte, or two in the form with `_w`."""
    references = [Reference(PoolTag.FIELD, "p/A", f"f{number}", "S") for number in range(300)]
    items: list[Item] = [CardInsn("getfield_s", reference=references[at]) for at in (3, 299)]
    found = Layout(items, references.index).lay_out()
    assert found.code.hex() == "8503" + "ab012b"
    assert (found.one_byte, found.two_bytes) == ((1,), (3,))


@pytest.mark.parametrize(
    ("text", "words"),
    [("sconst_1 / sconst_2 / sadd / sreturn", 2), ("iconst_1 / iconst_2 / iadd / ireturn", 4), ("return", 0),
     ("sconst_1 / dup_x 17 / pop / pop / return", 2)],
)  # fmt: skip
def test_how_much_stack(text: str, words: int) -> None:
    assert max_stack(code(text), []) == words
