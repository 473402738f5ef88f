"""One row for each rule of the verifier: a program, what is done to it, and the rule that must tell.

A row's text is a whole program, or the body of a static method `run` of the base program, `/` between instructions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from simtool.applet.verify import RULES, Finding, Severity, verify_bytes
from simtool.codec.cap import ComponentTag as Tag
from tests.harness.jcasm import Assembled, assemble

BASE = """
.package com/example/base A00000000101 1.0
.import javacard.framework 1.2
.export
.applet A0000000010101 Demo
.interface public Answers extends Shareable
.method answer(S)S
.interface public More extends Answers
.method more()V
.class public Other
.field private short secret
.method <init>()V
    aload_0 / invokespecial super.<init>()V / return
.end
.class public Demo extends Applet implements More
.field private short counter
.field private byte[] buffer
.field public static byte[] TEXT = "Hi"
.field public static short number = 5
.method public static install([BSB)V
    new Demo / dup / invokespecial Demo.<init>()V / invokevirtual Applet.register()V / return
.end
.method <init>()V
    aload_0 / invokespecial super.<init>()V / aload_0 / bspush 16 / newarray byte / putfield_a buffer / return
.end
.method public answer(S)S
    aload_0 / getfield_s counter / sload_1 / sadd / invokestatic plus / sreturn
.end
.method public more()V
    return
.end
.method static plus(S)S
    Here: getstatic_s number / sload_0 / sadd / sreturn
.end
.method public process(LAPDU;)V
    aload_1 / invokevirtual APDU.getBuffer()[B / sconst_0 / baload / sconst_0
    aload_0 / invokespecial hidden / pop / pop / pop
    Try: aload_0 / invokestatic Demo.use / End: return
    Caught: invokevirtual CardRuntimeException.getReason()S / pop / return
    .catch CardRuntimeException from Try to End using Caught
.end
.method private hidden()S
    getfield_s_this counter / sreturn
.end
.method static use(LMore;)V
    aload_0 / sconst_1 / invokeinterface Answers.answer(S)S / pop / aload_0 / invokeinterface More.more()V / return
.end
@RUN@
"""
RUN = ".method public static run([BS)V\n{}\n.end"
LIBRARY = """
.package com/example/lib A00000000201 1.0
.import javacard.framework 1.2
.export
.class public Open
.method public final fixed()V
    return
.end
.class public Closed extends Open
@CLASS@
"""
OVERRIDES = ".method public fixed()V\n    return\n.end"
NESTED = " / ".join(
    ["jsr S0", "return"]
    + [f"S{n}: astore {n + 2} / jsr S{n + 1} / jsr S{n + 1} / ret {n + 2}" for n in range(12)]
    + ["S12: astore 14 / ret 14"]
)
Change = Callable[[Assembled], Assembled]


@dataclass(frozen=True)
class Row:
    rule: str
    what: str
    run: str = ""
    program: str = ""
    change: Change | None = None
    options: tuple[tuple[str, Any], ...] = ()
    head: str = ""

    def __str__(self) -> str:
        return f"{self.rule} {self.what}"

    def assembled(self) -> Assembled:
        text = self.program or BASE.replace("@RUN@", RUN.format(self.run) if self.run else "")
        head, dot, rest = text.partition(".class")
        text = head + self.head + "\n" + dot + rest
        options: dict[str, Any] = {"with_descriptor": True, **dict(self.options)}
        made = assemble(text.replace(" / ", "\n"), **options)
        return self.change(made) if self.change is not None else made


def patch(tag: Tag, place: int | Callable[[Assembled], int], digits: str) -> Change:
    """Other bytes at a place of a component; a negative place counts from its end."""

    def change(made: Assembled) -> Assembled:
        at = place if isinstance(place, int) else place(made)
        return made.patched(tag, at if at >= 0 else len(made.bodies[tag]) + at, bytes.fromhex(digits))

    return change


def body(tag: Tag, digits: str = "", *, more: str = "", cut: int = 0) -> Change:
    """Another body, or more bytes behind the old one, or fewer."""

    def change(made: Assembled) -> Assembled:
        old = bytes.fromhex(digits) if digits else made.bodies[tag][: len(made.bodies[tag]) - cut]
        return made.with_component(tag, old + bytes.fromhex(more))

    return change


def without(tag: Tag) -> Change:
    return lambda made: made.with_component(tag, None)


def in_class(name: str, behind: int) -> Callable[[Assembled], int]:
    return lambda made: made.class_offsets[name] + behind


def in_method(name: str, behind: int = 0) -> Callable[[Assembled], int]:
    return lambda made: made.offsets[name] + behind


def described(name: str, behind: int) -> Callable[[Assembled], int]:
    """Where the Descriptor tells of a class (found by its reference), and so many bytes further."""

    def place(made: Assembled) -> int:
        ref = made.class_offsets[name].to_bytes(2)
        raw = made.bodies[Tag.DESCRIPTOR]
        return next(at for at in range(1, len(raw)) if raw[at + 2 : at + 4] == ref and raw[at + 1] in (0, 1)) + behind

    return place


INT = (("int_support", False),)
CATCHES = "A: sconst_0 / pop / B: return / H: pop / return / I: pop / return / .catch any from A to B using H"
ROWS = (
    # the file and its components
    Row("F01", "a component with a byte too many", change=body(Tag.APPLET, more="00")),
    Row("F01", "a class that is cut off", change=body(Tag.CLASS, cut=1)),
    Row("F02", "another size of the image", change=patch(Tag.DIRECTORY, 22, "0009")),
    Row("F02", "another count of arrays", change=patch(Tag.DIRECTORY, 24, "0002")),
    Row("F03", "applets without the flag", change=patch(Tag.HEADER, 6, "02")),
    Row("F03", "a flag that means nothing", change=patch(Tag.HEADER, 6, "46")),
    Row("F03", "the flag without applets", change=without(Tag.APPLET)),
    Row("F04", "an applet twice",
        program=BASE.replace("@RUN@", "").replace(".applet", ".applet A0000000010101 Demo\n.applet")),
    Row("F04", "an AID of four bytes", head=".import-aid A0000000 1.0"),
    Row("F05", "an install method that is no method", change=patch(Tag.APPLET, -2, "0001")),
    Row("F05", "a method of another type",
        change=lambda made: made.patched(Tag.APPLET, 9, made.offsets["Demo.process"].to_bytes(2))),
    Row("F05", "an install method that is not public",
        program=BASE.replace("@RUN@", "").replace("public static install", "static install")),
    Row("F06", "an array of no type", change=patch(Tag.STATIC_FIELD, 6, "09")),
    Row("F06", "half a short in an array", change=patch(Tag.STATIC_FIELD, 6, "05")),
    Row("F07", "a class that is not there", change=patch(Tag.EXPORT, 1, "0001")),
    Row("F08", "an interface left out",
        change=lambda made: made.with_component(Tag.EXPORT, b"\1" + made.bodies[Tag.EXPORT][1:5])),
    Row("F09", "an applet of another RID",
        program=BASE.replace("@RUN@", "").replace("A0000000010101", "A0000000020101")),
    Row("F10", "the INT flag without an int", options=(("int_support", True),)),
    # packages and the constant pool
    Row("R01", "a package twice", head=".import-aid A0000000620101 1.2"),
    Row("R01", "the package itself", head=".import-aid A00000000101 1.0"),
    Row("R02", "a package nobody knows", head=".import-aid A0000000FF 1.0"),
    Row("R03", "a version that was not published",
        program=BASE.replace("@RUN@", "").replace("framework 1.2", "framework 1.2 claims 1.99")),
    Row("R04", "a class beyond the package's", "new #odd / pop / return", head=".pool odd 0180FF00"),
    Row("R04", "a class that begins nowhere", "new #odd / pop / return", head=".pool odd 01000100"),
    Row("R04", "a package that is not imported", "new #odd / pop / return", head=".pool odd 01890000"),
    Row("R05", "a method beyond the class's", "invokestatic #odd / return", head=".pool odd 068006FE"),
    Row("R05", "a method newer than the version imported",
        "invokestatic #odd / pop / return", head=".pool odd 06800302"),
    Row("R05", "an instance field beyond the object", "aload_0 / getfield_s_w #odd / pop / return",
        change=None, program=BASE.replace("@RUN@", RUN.format("aload_0 / getfield_s_w #odd / pop / return")
        ).replace(".export", ".pool odd 02000809\n.export")),
    Row("R06", "a method that begins nowhere", "invokestatic #odd / return", head=".pool odd 0600FFFF"),
    Row("R06", "a static field outside of the image", "getstatic_s #odd / pop / return", head=".pool odd 05000040"),
    Row("R07", "an index beyond the pool", "invokestatic #77 / return"),
    Row("R07", "a class where a method is wanted", "invokestatic #odd / return", head=".pool odd 01800000"),
    Row("R08", "an entry that nothing uses", head=".pool odd 01800000"),
    Row("R09", "no places at all", change=body(Tag.REF_LOCATION, "00000000")),
    Row("R10", "a place that is none", change=lambda made: made.with_component(Tag.REF_LOCATION, more_places(made))),
    Row("R10", "a list that ends in 255",
        " / ".join(["nop"] * 200 + ["return"]), change=lambda made: made.with_component(
        Tag.REF_LOCATION, (1).to_bytes(2) + b"\xff" + bytes(2))),
    Row("R11", "a class with a last byte", "new #odd / pop / return", head=".pool odd 0180000F"),
    # classes
    Row("K01", "an interface that extends itself", change=patch(Tag.CLASS, in_class("More", 3), "0003")),
    Row("K02", "an interface as superclass", change=patch(Tag.CLASS, in_class("Demo", 1), "8002")),
    Row("K02", "a class as interface", change=patch(Tag.CLASS, in_class("More", 1), "8003")),
    Row("K03", "a table that begins too late", change=patch(Tag.CLASS, in_class("Demo", 6), "09")),
    Row("K04", "a method of its own without place", change=patch(Tag.CLASS, in_class("Demo", 12), "FFFF")),
    Row("K04", "a method that begins nowhere", change=patch(Tag.CLASS, in_class("Demo", 10), "FFF0")),
    Row("K04", "a method of another type",
        change=lambda made: made.patched(
            Tag.CLASS, made.class_offsets["Demo"] + 10, made.offsets["Demo.answer"].to_bytes(2))),
    Row("K05", "a method that the class does not have", change=patch(Tag.CLASS, -1, "40")),
    Row("K05", "a method of another type", change=patch(Tag.CLASS, -1, "08")),
    Row("K06", "references where none are", change=patch(Tag.CLASS, in_class("Demo", 4), "01")),
    Row("K06", "a smaller object", change=patch(Tag.CLASS, in_class("Demo", 3), "01")),
    Row("K07", "a final method overridden", program=LIBRARY.replace("@CLASS@", OVERRIDES)),
    Row("K08", "a flag that is missing", change=patch(Tag.CLASS, in_class("More", 0), "82")),
    Row("K09", "a token that the superclass does not have",
        options=(("format", (2, 3)),), change=patch(Tag.CLASS, -2, "40")),
    # methods
    Row("M01", "flags that mean nothing", change=patch(Tag.METHOD, in_method("Demo.install"), "12")),
    Row("M02", "no instruction", ".byte 0xC0 / return"),
    Row("M02", "an instruction that is cut off", ".byte 0x11 / .byte 0x00"),
    Row("M03", "a jump into an instruction", "goto +3 / sspush 7 / pop / return"),
    Row("M03", "a jump out of the method", "goto +100 / return"),
    Row("M04", "code that runs over the end", "sconst_0 / pop"),
    Row("M05", "a handler in the middle of an instruction", change=patch(Tag.METHOD, 6, "22")),
    Row("M05", "an empty range", change=patch(Tag.METHOD, 3, "8000")),
    Row("M05", "what is caught is no Throwable",
        "A: sconst_0 / pop / B: return / H: pop / return / .catch AID from A to B using H"),
    Row("M06", "a stop bit that hides a handler", f"{CATCHES} / .catch any from A to B using I",
        change=lambda made: made.patched(Tag.METHOD, 8 + 3, bytes([made.bodies[Tag.METHOD][8 + 3] | 0x80]))),
    Row("M07", "code that nothing leads to", "return / nop / return"),
    Row("M08", "an instruction for int", "iconst_0 / pop2 / return", options=INT),
    Row("M08", "a parameter of type int",
        program=BASE.replace("@RUN@", ".method static wide(I)V / return\n.end"), options=INT),
    Row("M09", "an array of no type", "sconst_1 / newarray 9 / pop / return"),
    Row("M09", "dup_x of too much", "sconst_1 / .byte 0x3f 0x52 / pop / return"),
    Row("M09", "keys out of order", "sload_1 / slookupswitch 7:A 3:A default A / A: return"),
    Row("M10", "bytes behind the last method", change=body(Tag.METHOD, more="0000000000")),
    Row("M11", "a stop bit that is missing", change=patch(Tag.METHOD, 3, "00")),
    Row("M11", "an outer range first", "A: sconst_0 / B: pop / C: return / H: pop / return / I: pop / return"
        " / .catch any from A to C using H / .catch any from A to B using I"),
    # types
    Row("T01", "more than the header allows", ".stack 1 / sconst_0 / sconst_0 / pop / pop / return"),
    Row("T01", "a handler without a stack",
        ".stack 0 / A: nop / B: return / H: return / .catch any from A to B using H"),
    Row("T02", "an empty stack", "pop / return"),
    Row("T03", "a reference for a short", "aconst_null / sneg / pop / return"),
    Row("T03", "a short for a reference", "sconst_1 / arraylength / pop / return"),
    Row("T03", "half an int", "iconst_0 / pop / pop / return"),
    Row("T03", "another kind of array", "aload_0 / sconst_0 / saload / pop / return"),
    Row("T03", "an object that is thrown", "aload_0 / athrow"),
    Row("T03", "a return address as a value", "jsr S / return / S: sneg / pop / return"),
    Row("T04", "stacks of two depths", "sload_1 / ifeq A / sconst_0 / A: return"),
    Row("T05", "a variable that is not there", ".locals 1 / sload 9 / pop / return"),
    Row("T05", "a variable that was not set", ".locals 1 / sload_2 / pop / return"),
    Row("T05", "a reference that is a number", "aload_1 / pop / return"),
    Row("T05", "one type or another",
        "sload_1 / ifeq A / sconst_0 / sstore_2 / goto B / A: aload_0 / astore_2 / B: sload_2 / pop / return"),
    Row("T05", "an int with one word overwritten",
        "iconst_0 / istore_2 / sconst_0 / sstore_3 / iload_2 / pop2 / return"),
    Row("T06", "an array of another kind",
        "sconst_1 / newarray short / sconst_0 / invokestatic Util.getShort([BS)S / pop / return"),
    Row("T06", "an object of another class", "aload_0 / invokevirtual APDU.getBuffer()[B / pop / return"),
    Row("T06", "an object without the interface",
        "new Other / dup / invokespecial Other.<init>()V / invokeinterface More.more()V / return"),
    Row("T07", "a result of a method without", "sconst_0 / sreturn"),
    Row("T07", "no result",
        program=BASE.replace("@RUN@", ".method public static run()S / return\n.end")),
    Row("T07", "an object of another class",
        program=BASE.replace("@RUN@", ".method public static run([B)LAID; / aload_0 / areturn\n.end")),
    Row("T08", "a short field as a byte",
        change=lambda made: made.patched(Tag.METHOD, made.labels["Demo.plus:Here"], b"\x7c")),
    Row("T08", "a field of another class", "aload_0 / getfield_s Demo.counter / pop / return"),
    Row("T09", "a method before the constructor", "new Demo / sconst_0 / invokevirtual Demo.answer(S)S / pop / return"),
    Row("T09", "a constructor that calls none",
        program=BASE.replace("@RUN@", ".class public Lazy / .method <init>()V / return\n.end")),
    Row("T09", "a constructor of another class", "new Demo / invokespecial Other.<init>()V / return"),
    Row("T09", "a constructor called twice",
        "new Other / dup / dup / invokespecial Other.<init>()V / invokespecial Other.<init>()V / pop / return"),
    Row("T10", "a private field of another class",
        "new Other / dup / invokespecial Other.<init>()V / getfield_s Other.secret / pop / return"),
    Row("T10", "a protected method on another's object",
        program=BASE.replace("@RUN@", ".class public Near extends Demo\n.method <init>()V / aload_0 / "
        "invokespecial super.<init>()V / return\n.end\n.method static touch(LApplet;)V / aload_0 / "
        "invokevirtual Applet.register()V / return\n.end")),
    Row("T11", "a subroutine that calls itself", ".stack 2 / L: jsr L / return"),
    Row("T12", "a call into a package nobody knows", "invokestatic #odd / return",
        head=".import-aid A0000000FF 1.0\n.pool odd 06810000"),
    Row("T13", "a new object of an abstract class", "new Applet / pop / return"),
    Row("T13", "a new object of an interface", "new More / pop / return"),
    Row("T14", "subroutines without end", NESTED),
    # Descriptor
    Row("D01", "a type that is cut off", change=body(Tag.DESCRIPTOR, cut=1)),
    Row("D02", "a class with another token", change=patch(Tag.DESCRIPTOR, described("Demo", 0), "05")),
    Row("D02", "a class that is an interface", change=patch(Tag.DESCRIPTOR, described("Demo", 1), "41")),
    Row("D03", "an instance field outside of the object",
        change=lambda made: made.patched(Tag.DESCRIPTOR, described("Demo", 13 + 14 + 4)(made), b"\x77")),
    Row("D04", "a method with more bytes than there are",
        change=lambda made: made.patched(Tag.DESCRIPTOR, told(made, "Demo.more") + 6, b"\x7f\xff")),
    Row("D04", "a method of another type",
        change=lambda made: made.patched(
            Tag.DESCRIPTOR, told(made, "Demo.more") + 4,
            made.bodies[Tag.DESCRIPTOR][told(made, "Demo.answer") + 4 : told(made, "Demo.answer") + 6])),
    Row("D05", "a constant without type", "sconst_1 / invokestatic #odd / return", head=".pool odd 06800701"),
    Row("D06", "none at all", change=without(Tag.DESCRIPTOR)),
)  # fmt: skip


def told(made: Assembled, method: str) -> int:
    """Where the Descriptor tells of a method: found by its place in the Method component."""
    raw, offset = made.bodies[Tag.DESCRIPTOR], made.offsets[method].to_bytes(2)
    return next(at for at in range(len(raw)) if raw[at + 2 : at + 4] == offset and raw[at + 1] in (0x01, 0x81))


def more_places(made: Assembled) -> bytes:
    """RefLocation with the header of the first method as one more place of one byte."""
    raw = made.bodies[Tag.REF_LOCATION]
    count = int.from_bytes(raw[:2])
    first = made.offsets["Other.<init>"]
    return (count + 1).to_bytes(2) + bytes((first, raw[2] - first)) + raw[3 : 2 + count] + raw[2 + count :]


def rules_of(findings: tuple[Finding, ...]) -> set[str]:
    return {one.rule.number for one in findings}


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_rule(row: Row) -> None:
    found = verify_bytes(row.assembled().cap)
    assert row.rule in rules_of(found), "\n".join(map(str, found))


@pytest.mark.parametrize("format_", [(2, 1), (2, 2), (2, 3)])
def test_the_base_program_is_right(format_: tuple[int, int]) -> None:
    assert verify_bytes(Row("", "", options=(("format", format_),)).assembled().cap) == ()


def test_without_descriptor_only_notes_are_left() -> None:
    found = verify_bytes(Row("", "", change=without(Tag.DESCRIPTOR)).assembled().cap)
    assert {one.severity for one in found} == {Severity.NOTE}


def test_every_rule_has_a_row() -> None:
    assert {rule.number for rule in RULES} == {row.rule for row in ROWS}


def test_a_finding_says_where() -> None:
    row = next(row for row in ROWS if row.rule == "T03")
    made = row.assembled()
    found = next(one for one in verify_bytes(made.cap) if one.rule.number == "T03")
    assert (found.component, found.method) == (Tag.METHOD, made.offsets["Demo.run"])
    assert found.instruction == "sneg"
    assert str(found).startswith(f"error T03 Method {found.offset:04X} in the method at")


def test_errors_come_first() -> None:
    found = verify_bytes(Row("", "", "return / nop / pop / return", change=patch(Tag.HEADER, 6, "02")).assembled().cap)
    assert [one.severity for one in found] == sorted((one.severity for one in found), key=list(Severity).index)
