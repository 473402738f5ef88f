"""What is not in Java Card is refused, with file, line and what to do instead."""

from __future__ import annotations

import pytest

from simtool.applet.convert import ConvertError, PackageSpec, convert
from tests.harness.java_programs import AID, Compiled, converted, javac, needs_java

pytestmark = needs_java
ROWS = (
    # name, members of the class (the marked line is refused), part of the reason, part of the hint
    ("LongField", "long x; //!", "the type long", "javacardx.framework.math"),
    ("LongLocal", "short f(short a) {\n long x = a; //!\n return (short) x; }", "the type long", ""),
    ("LongParameter", "static short f(long a) {\n return 1; //!\n }", "the type long", ""),
    ("Float", "short f(short a) {\n return (short) (a * 1.5f); //!\n }", "the type float", ""),
    ("Double", "short f(short a) {\n return (short) (a * 1.5); //!\n }", "the type double", ""),
    ("Char", "short f(short a) {\n char c = (char) a; //!\n return (short) c; }", "the type char", "byte or short"),
    ("CharArray", "Object f() {\n return new char[2]; //!\n }", "the type char", ""),
    ("Text", 'Object f() {\n return "hello"; //!\n }', "the type String", "byte arrays"),
    ("TextConstant", 'static final String X = "a";\nstatic short y = 3; //!', "the type String", "byte arrays"),
    ("TextConcatenated", 'Object f(short a) {\n return "a" + a; //!\n }', "strings are not", "byte arrays"),
    ("ArrayOfArrays", "short[][] x; //!", "arrays of arrays", "compute the index"),
    ("ArrayOfArraysMade", "Object f() {\n return new byte[2][3]; //!\n }", "arrays of arrays", "compute the index"),
    ("ArrayOfArraysInParts", "Object f() {\n return new byte[2][]; //!\n }", "arrays of arrays", "compute the index"),
    ("Lambda", "interface R { short r(short x); }\nR f() {\n return x -> x; //!\n }", "lambdas", "anonymous class"),
    ("MethodReference",
     "interface R { short r(short x); }\nR f() {\n return this::g; //!\n } short g(short x) { return x; }",
     "lambdas", "anonymous class"),
    ("Synchronized", "synchronized short f() {\n return 1; //!\n }", "synchronized", "one thread"),
    ("SynchronizedBlock", "short f() {\n synchronized (this) { //!\n return 1; } }", "synchronized", "one thread"),
    ("Native", "native short f();", "native", ""),
    ("Assert", "short f(short a) {\n assert a > 0; //?\n return a; }", "AssertionError", "leave out assert"),
    ("ClassValue", "Object f() {\n return Object.class; //!\n }", "a class as a value", ""),
    ("GetClass", "Object f() {\n return this.getClass(); //!\n }", "has no getClass()", "API of the card"),
    ("HashCode", "short f() {\n return (short) hashCode(); //!\n }", "has no hashCode()", "API of the card"),
    ("CloneOfArray", "Object f(byte[] a) {\n return a.clone(); //!\n }", "clone of an array", "arrayCopy"),
    ("Mathematics", "short f(short a) {\n return (short) Math.abs(a); //!\n }", "java.lang 1.0 has no class Math", ""),
    ("Collections", "java.util.ArrayList f() {\n return null; //!\n }", "of no package that a card", ""),
    ("ThreadMade", "void f() {\n new Thread(); //!\n }", "has no class Thread", "one thread"),
    ("Printing", "void f() {\n System.out.println(); //!\n }", "java.lang 1.0 has no class System", ""),
    ("MessageOfException",
     "Object f() {\n return new RuntimeException().getMessage(); //!\n }",
     "has no getMessage()", ""),
    ("ExceptionWithText", 'void f() {\n throw new RuntimeException("x"); //!\n }', "the type String", ""),
    ("OtherException", "void f() {\n throw new IllegalStateException(); //!\n }", "no class IllegalStateException", ""),
    ("StaticObject", "static Object x = new Object(); //!", "a card runs no static initialiser", "install()"),
    ("StaticComputed",
     "static short y = 3;\nstatic short x = (short) (y + 1); //!",
     "no static initialiser", "install()"),
    ("StaticBlock",
     "static short x; static {\n for (short i = 0; i < 3; i++) x++; //!\n }",
     "no static initialiser", ""),
    ("StaticOfObjects", "static Object[] x = new Object[3]; //!", "no static initialiser", "install()"),
    ("StaticShared", "static byte[] x = {1}, y = x; //!", "no static initialiser", ""),
    ("DefaultMethod",
     "interface I { default short f() {\n return 1; //!\n } }",
     "of an interface has code", "into a class"),
    ("InterfaceArray", "interface I { byte[] X = {1}; //!\n }", "of an interface is no constant", "into a class"),
    ("Finalizer", "protected void finalize() {\n return; //!\n }", "finalize", "leave it out"),
    ("IntField", "int x = 3; //!", "the type int is not allowed", "allow int"),
    ("IntArray", "Object f() {\n return new int[3]; //!\n }", "an array of int", "short[]"),
    ("IntParameter", "static short f(int x) {\n return 1; //!\n }", "the type int is not allowed", "use short"),
    ("ComparedSum",
     "boolean f(short a, short b) {\n return a + b > 100; //!\n }",
     "a comparison takes a number from", "+"),
    ("DividedSum", "short f(short a, short b) {\n return (short) ((a + b) / 2); //!\n }", "/ takes a number from", "+"),
    ("ShiftedProduct", "short f(short a, short b) {\n return (short) (a * b >> 1); //!\n }", ">> takes", "*"),
    ("EndlessCounter",
     "short f(short a) {\n int x = 0;\n while (a != 0) x++;\n return (short) (x / 2); //!\n }",
     "/ takes a number", "declare the variable as short"),
    ("IndexOfSum",
     "byte f(byte[] x, short a, short b) {\n return x[a + b]; //!\n }",
     "an index takes a number from", "+"),
    ("BigCase",
     "short f(short a) {\n return (short) (a == 0x9000 ? 1 : 2); //!\n }",
     "a comparison takes a number from 36864", ""),
    ("SwitchOnSum",
     "short f(short a, short b) {\n switch (a + b) { //!\n case 1: return 2; } return 3; }",
     "switch takes", "+"),
)  # fmt: skip


def source(name: str, members: str) -> str:
    return f"package refused;\npublic class {name} {{\n{members}\n}}\n"


def marked_line(name: str, members: str) -> int:
    """The line with the mark; the first one of the class where its constructor tells nothing better."""
    lines = source(name, members).splitlines()
    return next((number for number, line in enumerate(lines, 1) if "//!" in line), 0)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    sources = {f"refused/{name}.java": source(name, members) for name, members, _, _ in ROWS}
    sources["refused/Colour.java"] = "package refused;\nenum Colour { RED, GREEN }\n"
    sources["refused/Note.java"] = "package refused;\n@interface Note { }\n"
    return javac(tmp_path_factory.mktemp("refused"), sources, "refused")


def errors_of(compiled: Compiled, name: str) -> list[ConvertError]:
    mine = [one for one in compiled.classes if one.name.rpartition("/")[2].split("$")[0] == name]
    assert mine
    with pytest.raises(ConvertError) as caught:
        converted(mine, "refused")
    return [caught.value, *caught.value.others]


@pytest.mark.parametrize(("name", "members", "reason", "hint"), ROWS, ids=[row[0] for row in ROWS])
def test_refused(compiled: Compiled, name: str, members: str, reason: str, hint: str) -> None:
    fitting = [one for one in errors_of(compiled, name) if reason in one.reason and hint in one.hint]
    assert fitting, [(str(one), one.hint) for one in errors_of(compiled, name)]
    line = marked_line(name, members)
    assert fitting[0].file == f"{name}.java"
    if line:
        assert line in {one.line for one in fitting} or fitting[0].line == 2
    assert str(fitting[0]).startswith(f"{name}.java:")


@pytest.mark.parametrize(("name", "reason"), [("Colour", "enum"), ("Note", "annotations")])
def test_kinds_of_classes(compiled: Compiled, name: str, reason: str) -> None:
    assert reason in errors_of(compiled, name)[0].reason


def test_all_errors_are_told_at_once(compiled: Compiled) -> None:
    mine = [
        one for one in compiled.classes if one.name in ("refused/ComparedSum", "refused/DividedSum", "refused/Char")
    ]
    with pytest.raises(ConvertError) as caught:
        converted(mine, "refused")
    assert [one.file for one in (caught.value, *caught.value.others)] == [
        "Char.java", "ComparedSum.java", "DividedSum.java",
    ]  # fmt: skip
    assert len(str(caught.value).splitlines()) == 3


def test_ints_may_be_allowed(compiled: Compiled) -> None:
    for name in ("IntField", "IntArray", "IntParameter", "ComparedSum", "DividedSum", "BigCase", "SwitchOnSum"):
        mine = [one for one in compiled.classes if one.name == f"refused/{name}"]
        assert converted(mine, "refused", int_allowed=True).cap_file.header.flags & 1


def test_an_index_that_loses_bits_is_a_warning_with_ints(compiled: Compiled) -> None:
    mine = [one for one in compiled.classes if one.name == "refused/IndexOfSum"]
    made = converted(mine, "refused", int_allowed=True)
    assert len(made.warnings) == 1 and made.warnings[0].startswith("IndexOfSum.java:4: an index takes")


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        (PackageSpec("refused", AID[:4]), "the AID of the package has 4 bytes"),
        (PackageSpec("refused", AID, applets=(("IntArray", b"A0000"),)), "different providers"),
        (PackageSpec("refused", AID, cap_format=(2, 4)), "the CAP format is none"),
        (PackageSpec("other", AID), "is not of the package other"),
        (PackageSpec("refused", AID, imports={"javacard.framework": "7.0"}), "has no version 7.0"),
        (PackageSpec("refused", AID, imports={"javacard.nothing": "1.0"}), "no package javacard.nothing"),
    ],
)
def test_descriptions(compiled: Compiled, spec: PackageSpec, reason: str) -> None:
    with pytest.raises(ConvertError, match=reason):
        convert(compiled.classes[:1], spec)


def test_no_classes() -> None:
    with pytest.raises(ConvertError, match="has no classes"):
        convert((), PackageSpec("refused", AID))
