"""The interpreter and the translator do the same: random programs, run by both, leave the same behind.

The interpreter is the plain reading of the specification (its instructions are tested one by one in
test_bytecodes.py); what the translator writes in its place must not be told from it.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from simtool.softcard.jcvm.api.java import io, lang, rmi
from simtool.softcard.jcvm.api.javacard import framework
from simtool.softcard.jcvm.faults import JavaThrow
from simtool.softcard.jcvm.objects import JavaArray, JavaObject, Owner
from simtool.softcard.jcvm.vm import Vm
from tests.harness import jcvm
from tests.harness.jcasm import Assembled, assemble

SHORTS = (0, 1, 2)
"""Local variables that are shorts; 0 is the argument."""
INT, ARRAY, OBJECT, LOOP = 3, 5, 6, 7
BINARY = ("add", "sub", "mul", "div", "rem", "and", "or", "xor", "shl", "shr", "ushr")
CONDITIONS = ("eq", "ne", "lt", "ge", "gt", "le")
NUMBERS = st.one_of(st.integers(-3, 9), st.sampled_from((-32768, 32767, 255, 256, -129)))
INTS = st.one_of(st.integers(-3, 9), st.integers(-(2**31), 2**31 - 1))


def _push(value: int) -> list[str]:
    return [f"sspush {value}"]


short_leaf = st.one_of(
    NUMBERS.map(_push),
    st.sampled_from(SHORTS).map(lambda n: [f"sload {n}"]),
    st.just(["getstatic_s NUMBER"]),
    st.just(["getstatic_b SMALL"]),
    st.just([f"aload {OBJECT}", "getfield_s count"]),
    st.just([f"aload {OBJECT}", "getfield_b tiny"]),
    st.just([f"aload {ARRAY}", "arraylength"]),
)
int_leaf = st.one_of(
    INTS.map(lambda n: [f"iipush {n}"]),
    st.just([f"iload {INT}"]),
    st.just([f"aload {OBJECT}", "getfield_i wide"]),
    st.just(["getstatic_i BIG"]),
)


def _shorts(inner: st.SearchStrategy[list[str]]) -> st.SearchStrategy[list[str]]:
    return st.one_of(
        st.tuples(inner, inner, st.sampled_from(BINARY)).map(lambda t: [*t[0], *t[1], f"s{t[2]}"]),
        inner.map(lambda e: [*e, "sneg"]),
        inner.map(lambda e: [*e, "s2b"]),
        inner.map(lambda e: [*e, "dup", "sadd"]),
        st.tuples(inner, inner).map(lambda t: [*t[0], *t[1], "swap_x 1 1", "ssub"]),
        st.tuples(inner, inner).map(lambda t: [*t[0], *t[1], "dup_x 1 2", "sxor", "ssub"]),
        inner.map(lambda e: [f"aload {ARRAY}", *e, "baload"]),
        inner.map(lambda e: [*e, "invokestatic twice(S)S"]),
        inner.map(lambda e: [f"aload {OBJECT}", *e, "invokevirtual bump(S)S"]),
        inner.map(lambda e: [*e, "s2i", f"iload {INT}", "icmp"]),
    )


short = st.recursive(short_leaf, _shorts, max_leaves=6)
integer = st.recursive(
    st.one_of(int_leaf, short.map(lambda e: [*e, "s2i"])),
    lambda inner: st.one_of(
        st.tuples(inner, inner, st.sampled_from(BINARY)).map(lambda t: [*t[0], *t[1], f"i{t[2]}"]),
        inner.map(lambda e: [*e, "ineg"]),
        inner.map(lambda e: [*e, "invokestatic wider(I)I"]),
        inner.map(lambda e: [*e, "dup2", "iadd"]),
    ),
    max_leaves=5,
)
narrowed = st.one_of(short, integer.map(lambda e: [*e, "i2s"]), integer.map(lambda e: [*e, "i2b"]))
simple = st.one_of(
    st.tuples(narrowed, st.sampled_from(SHORTS)).map(lambda t: [*t[0], f"sstore {t[1]}"]),
    integer.map(lambda e: [*e, f"istore {INT}"]),
    st.tuples(short, short).map(lambda t: [f"aload {ARRAY}", *t[0], *t[1], "bastore"]),
    short.map(lambda e: [f"aload {OBJECT}", *e, "putfield_s count"]),
    short.map(lambda e: [f"aload {OBJECT}", *e, "putfield_b tiny"]),
    integer.map(lambda e: [f"aload {OBJECT}", *e, "putfield_i wide"]),
    short.map(lambda e: [*e, "putstatic_s NUMBER"]),
    short.map(lambda e: [*e, "putstatic_b SMALL"]),
    st.tuples(st.sampled_from(SHORTS), st.integers(-128, 127)).map(lambda t: [f"sinc {t[0]} {t[1]}"]),
    st.just([f"iinc {INT} 7"]),
    short.map(lambda e: [*e, "pop"]),
    st.just(["aconst_null", f"astore {OBJECT}"]),
    narrowed.map(lambda e: [*e, "sreturn"]),
)


def _block(kind: str, *parts: list[str]) -> list[str]:
    """A statement of several, with labels `@n` that are numbered when the whole is put together."""
    if kind == "if":
        condition, then, other = parts
        return [*condition, "@else", *then, "goto_w @end", "@else:", *other, "@end:"]
    if kind == "switch":
        value, first, second = parts
        return [
            *value, "slookupswitch 1:@one -7:@two default @end", "@one:", *first, "@two:", *second, "@end:",
        ]  # fmt: skip
    if kind == "loop":
        count, body = parts
        return [
            *count, "sconst_5", "sand", f"sstore {LOOP}", "@again:", f"sload {LOOP}", "ifle_w @end", f"sinc {LOOP} -1",
            *body, "goto_w @again", "@end:",
        ]  # fmt: skip
    body, handler = parts
    return ["@from:", *body, "@to:", "goto_w @end", "@catch:", "pop", *handler, "@end:", "%catch"]


def _condition(a: list[str], b: list[str], name: str, form: int) -> list[str]:
    return [*a, *b, f"if_scmp{name}_w"] if form == 0 else [*a, f"if{name}_w"]


conditions = st.tuples(short, short, st.sampled_from(CONDITIONS), st.integers(0, 1)).map(lambda t: _condition(*t))
body = st.recursive(
    st.lists(simple, min_size=1, max_size=3).map(lambda parts: [line for part in parts for line in part]),
    lambda inner: st.one_of(
        st.tuples(conditions, inner, inner).map(lambda t: _numbered(_block("if", *t))),
        st.tuples(short, inner, inner).map(lambda t: _numbered(_block("switch", *t))),
        st.tuples(short, inner).map(lambda t: _numbered(_block("loop", *t))),
        st.tuples(inner, inner).map(lambda t: _numbered(_block("try", *t))),
        st.tuples(inner, inner).map(lambda t: [*t[0], *t[1]]),
    ),
    max_leaves=5,
)
_serial = iter(range(10**9))


def _numbered(lines: list[str]) -> list[str]:
    """Every block has labels of its own; what is inside has them already."""
    mark, found, previous = f"L{next(_serial)}_", [], ""
    for line in lines:
        if line == "@else":
            found[-1] = f"{found[-1]} {mark}else"
        elif line == "%catch":
            found.append(f".catch any from {mark}from to {mark}to using {mark}catch")
        else:
            found.append(line.replace("@", mark))
        previous = line
    del previous
    return found


HEAD = """
.package com/example/random A0000000559901 1.0
.import javacard.framework 1.2
.export
.class public Random
.field public short count
.field public byte tiny
.field public int wide
.field static public short NUMBER = 7
.field static public byte SMALL = -3
.field static public int BIG = 100000
.method public <init>()V
    aload_0
    invokespecial super.<init>()V
    return
.end
.method public static make()LRandom;
    new Random
    dup
    invokespecial Random.<init>()V
    areturn
.end
.method public bump(S)S
    aload_0
    aload_0
    getfield_s count
    sload_1
    sadd
    putfield_s count
    aload_0
    getfield_s_this count
    sreturn
.end
.method public static twice(S)S
    sload_0
    dup
    sadd
    sreturn
.end
.method public static wider(I)I
    iload_0
    iconst_3
    imul
    ireturn
.end
.method public static run(SSSI[BLRandom;)S
    .locals 8
"""


def program(lines: list[str]) -> Assembled:
    text = HEAD + "\n".join([*lines, "sload_1", "sload_2", "sxor", "sreturn", ".end"])
    catches = [line for line in text.splitlines() if line.startswith(".catch")]
    rest = [line for line in text.splitlines() if not line.startswith(".catch")]
    rest[-1:-1] = catches  # inner blocks come first: so they stand in the handler table
    return assemble("\n".join(rest), int_support=True)


def outcome(assembled: Assembled, argument: int, *, translator: bool) -> tuple[object, ...]:
    """What a run gives and leaves behind."""
    vm: Vm = jcvm.machine((lang, io, rmi, framework))
    vm.use(translator=translator)
    package = vm.load(assembled.block)
    owner = Owner(bytes.fromhex("A000000055990101"), package.context)
    run, make = (package.methods[assembled.offsets[f"Random.{name}"]] for name in ("run", "make"))
    with vm.running_as(owner):
        thing = make.call(vm)
        array = jcvm.byte_array(vm, "0102fe7f80")
        assert isinstance(thing, JavaObject) and isinstance(array, JavaArray)
        try:
            result: object = run.call(vm, argument, 3, -5, 70000, 0, array, thing)
        except JavaThrow as thrown:
            result = thrown.throwable.cls.name
    assert package.statics is not None
    return result, thing.words, array.data.tolist(), package.statics.words, vm.stack


@given(body, st.sampled_from((0, 1, -7, 32767)))
@settings(max_examples=150, deadline=None)
def test_both_engines_do_the_same(lines: list[str], argument: int) -> None:
    assembled = program(lines)
    assert outcome(assembled, argument, translator=True) == outcome(assembled, argument, translator=False)
