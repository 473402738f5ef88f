"""Branches, subroutines, switches, returns, exceptions (JCVM §7.5)."""

from __future__ import annotations

from collections.abc import Iterator

from tests.softcard.jcvm.bytecodes.row import ARITHMETIC, INDEX, MAX, MIN, NULL, Row, row


def branches() -> Iterator[Row]:
    end = "{} / sconst_0 / sreturn / {}Y: sconst_1 / sreturn"
    far = "nop / " * 200
    back = "goto B / Y: sconst_1 / sreturn / {}B: {} / sconst_0 / sreturn"
    far_back = "goto_w B / Y: sconst_1 / sreturn / {}B: {} / sconst_0 / sreturn"
    zero = {
        "ifeq": (0,), "ifne": (1, -1, -32768), "iflt": (-1, -32768), "ifge": (0, 1, 32767), "ifgt": (1, 32767),
        "ifle": (0, -1, -32768),
    }  # fmt: skip
    for name, taken in zero.items():
        for value in (0, 1, -1, 32767, -32768):
            result = int(value in taken or (name == "ifne" and value != 0))
            jump = f"sload_0 / {name} Y"
            yield row(name, end.format(jump, ""), result, "(S)S", value)
            yield row(name, back.format("", jump), result, "(S)S", value)
            jump = f"sload_0 / {name}_w Y"
            yield row(f"{name}_w", end.format(jump, far), result, "(S)S", value)
            yield row(f"{name}_w", far_back.format(far, jump), result, "(S)S", value)
    for name, less, equal, more in (
        ("if_scmpeq", 0, 1, 0), ("if_scmpne", 1, 0, 1), ("if_scmplt", 1, 0, 0), ("if_scmpge", 0, 1, 1),
        ("if_scmpgt", 0, 0, 1), ("if_scmple", 1, 1, 0),
    ):  # fmt: skip
        for a, b, result in ((1, 2, less), (-32768, 32767, less), (5, 5, equal), (-1, -1, equal), (2, 1, more),
                             (0, -1, more)):  # fmt: skip
            for wide in ("", "_w"):
                code = end.format(f"sload_0 / sload_1 / {name}{wide} Y", far if wide else "")
                yield row(f"{name}{wide}", code, result, "(SS)S", a, b)
    array = "sconst_1 / newarray byte"
    for name, code, result in (
        ("ifnull", "aconst_null", 1), ("ifnull", array, 0), ("ifnonnull", "aconst_null", 0), ("ifnonnull", array, 1),
        ("if_acmpeq", "aconst_null / aconst_null", 1), ("if_acmpeq", f"{array} / {array}", 0),
        ("if_acmpeq", f"{array} / dup", 1), ("if_acmpeq", f"{array} / aconst_null", 0),
        ("if_acmpne", "aconst_null / aconst_null", 0), ("if_acmpne", f"{array} / {array}", 1),
        ("if_acmpne", f"{array} / dup", 0), ("if_acmpne", f"aconst_null / {array}", 1),
    ):  # fmt: skip
        yield row(name, end.format(f"{code} / {name} Y", ""), result)
        yield row(f"{name}_w", end.format(f"{code} / {name}_w Y", far), result)
    yield row("goto", end.format("goto Y", ""), 1)
    yield row("goto", "goto B / Y: sconst_1 / sreturn / B: goto Y", 1)
    yield row("goto_w", end.format("goto_w Y", far), 1)
    yield row("goto_w", f"goto_w B / Y: sconst_1 / sreturn / {far}B: goto_w Y", 1)
    loop = (
        "sconst_0 / sstore_1 / L: sload_0 / ifle E / sload_1 / sload_0 / sadd / sstore_1 / sinc 0 -1 / goto L"
        " / E: sload_1 / sreturn"
    )
    yield row("goto", loop, 5050, "(S)S", 100)


def subroutines() -> Iterator[Row]:
    twice = "jsr D / jsr D / sload_0 / sreturn / D: astore_1 / sload_0 / sconst_2 / smul / sstore_0 / ret 1"
    nested = (
        "jsr A / sload_0 / sreturn / A: astore_1 / sinc 0 1 / jsr B / sinc 0 10 / ret 1"
        " / B: astore_2 / sinc 0 100 / ret 2"
    )
    for name in ("jsr", "ret"):
        yield row(name, twice, 28, "(S)S", 7)
        yield row(name, nested, 111, "(S)S", 0)
    # a finally clause, run on the way out and when thrown through
    clause = (
        ".catch any from S to E using H / S: sconst_1 / sload_0 / sdiv / sstore_1 / jsr F"
        " / E: sload_1 / sload_2 / sadd / sreturn / H: astore_3 / jsr F / sload_2 / sreturn"
        " / F: astore 4 / bspush 50 / sstore_2 / ret 4"
    )
    yield row("jsr", clause, 51, "(S)S", 1)
    yield row("jsr", clause, 50, "(S)S", 0)
    yield row("ret", clause, 50, "(S)S", 0)
    yield row("jsr", "jsr F / sconst_0 / sreturn / " + "nop / " * 300 + "F: pop / sconst_1 / sreturn", 1)


def switches() -> Iterator[Row]:
    targets = "A: sconst_1 / sreturn / B: sconst_2 / sreturn / C: sconst_3 / sreturn / D: sconst_4 / sreturn"
    short = (
        ("stableswitch", "stableswitch -1 A B C default D", {-1: 1, 0: 2, 1: 3, 2: 4, -2: 4, 32767: 4, -32768: 4}),
        ("stableswitch", "stableswitch 32766 A B default D", {32766: 1, 32767: 2, -32768: 4, 32765: 4}),
        ("stableswitch", "stableswitch -32768 A default D", {-32768: 1, -32767: 4, 32767: 4}),
        ("slookupswitch", "slookupswitch -32768:A 5:B 32767:C default D", {-32768: 1, 5: 2, 32767: 3, 0: 4, -1: 4}),
        ("slookupswitch", "slookupswitch default D", {0: 4, 1: 4}),
        ("slookupswitch", "slookupswitch 0:A default D", {0: 1, 256: 4}),
    )  # fmt: skip
    for name, switch, cases in short:
        for value, result in cases.items():
            yield row(name, f"sload_0 / {switch} / {targets}", result, "(S)S", value)
    wide = (
        ("itableswitch", "itableswitch -1 A B C default D", {-1: 1, 0: 2, 1: 3, 2: 4, 0x10000: 4, 0xFFFF: 4}),
        ("itableswitch", "itableswitch 0x7FFFFFFE A B default D", {MAX - 1: 1, MAX: 2, MIN: 4, -2: 4}),
        ("itableswitch", "itableswitch 70000 A B default D", {70000: 1, 70001: 2, 4464: 4}),
        ("ilookupswitch", "ilookupswitch -2147483648:A 70000:B 0x7FFFFFFF:C default D",
         {MIN: 1, 70000: 2, MAX: 3, 4464: 4, 0: 4}),
        ("ilookupswitch", "ilookupswitch default D", {0: 4, MIN: 4}),
    )  # fmt: skip
    for name, switch, cases in wide:
        for value, result in cases.items():
            yield row(name, f"iload_0 / {switch} / {targets}", result, "(I)S", value)
    for name, push, case in (("stableswitch", "sload_0", "3 A"), ("slookupswitch", "sload_0", "3:A")):
        code = f"goto S / A: sconst_1 / sreturn / D: sconst_2 / sreturn / S: {push} / {name} {case} default D"
        yield row(name, code, 1, "(S)S", 3)
        yield row(name, code, 2, "(S)S", 4)


def returns() -> Iterator[Row]:
    yield row("return", "return", None, "()V")
    yield row("return", "sconst_1 / sconst_2 / return", None, "()V")
    yield row("sreturn", "sconst_1 / sconst_2 / sreturn", 2)
    yield row("ireturn", "iconst_1 / iipush 70000 / ireturn", 70000, "()I")
    yield row("areturn", "bspush 12 / invokestatic array / arraylength / sreturn", 12)
    yield row("sreturn", "sload_0 / sload_1 / invokestatic divide / sload_0 / sadd / sreturn", 13, "(SS)S", 10, 3)
    yield row("return", "sconst_3 / invokestatic none / sreturn", 3)
    yield row("ireturn", "iload_0 / bspush 5 / iload_2 / invokestatic wide / ireturn", 100005, "(II)I", 170000, 70000)
    yield Row("areturn", "()S", (), "invokestatic nothing / ifnull Y / sconst_0 / sreturn / Y: sconst_1 / sreturn", 1,
               ".method static nothing()Ljava/lang/Object; / aconst_null / areturn / .end")  # fmt: skip


def throwing() -> Iterator[Row]:
    new = "new {0} / dup / invokespecial {0}.<init>()V / athrow"
    names = ("ArithmeticException", "ArrayStoreException", "SecurityException", "Exception", "RuntimeException")
    for name in names:
        yield row("athrow", new.format(name), f"java/lang/{name}", "()V")
    yield row("athrow", "aconst_null / athrow", NULL, "()V")
    caught = ".catch {} from S to E using H / S: {} / E: H: pop / sconst_5 / sreturn"
    yield row("athrow", caught.format("any", new.format("ArithmeticException")), 5)
    yield row("athrow", caught.format("ArithmeticException", new.format("ArithmeticException")), 5)
    yield row("athrow", caught.format("Throwable", new.format("ArithmeticException")), 5)
    yield row("athrow", caught.format("NullPointerException", "aconst_null / athrow"), 5)
    yield row("athrow", caught.format("NullPointerException", new.format("ArithmeticException")), ARITHMETIC)
    # what the machine throws is caught like anything else, in the method or by one above it
    divides = "sload_0 / sconst_0 / sdiv / sreturn"
    yield row("sdiv", caught.format("ArithmeticException", divides), 5, "(S)S", 1)
    yield row("sdiv", caught.format("Exception", divides), 5, "(S)S", 1)
    yield row("invokestatic", caught.format("RuntimeException", "bspush 10 / invokestatic deep / sreturn"), 5)
    yield row("invokestatic", caught.format("any", "sload_0 / sconst_0 / invokestatic divide / sreturn"), 5, "(S)S", 1)
    indexed = "sconst_1 / newarray byte / sconst_1 / baload / sreturn"
    yield row("baload", caught.format("IndexOutOfBoundsException", indexed), 5)
    yield row("baload", caught.format("ArithmeticException", indexed), INDEX)
    yield row(
        "newarray", caught.format("NegativeArraySizeException", "sconst_m1 / newarray byte / arraylength / sreturn"), 5
    )
    # the first that fits of the table; a range begins at its start and ends before its end
    two = (
        ".catch {} from S to E using G / .catch {} from S to E using H / S: {}"
        " / E: G: pop / sconst_1 / sreturn / H: pop / sconst_2 / sreturn"
    )
    yield row("athrow", two.format("ArithmeticException", "any", new.format("ArithmeticException")), 1)
    yield row("athrow", two.format("NullPointerException", "any", new.format("ArithmeticException")), 2)
    yield row("athrow", two.format("any", "ArithmeticException", new.format("ArithmeticException")), 1)
    edges = (
        ".catch any from S to E using H / sload_0 / ifne S / sconst_1 / sconst_0 / sdiv / sreturn"
        " / S: sconst_1 / sload_0 / sconst_1 / ssub / sdiv / sreturn / E: H: pop / bspush 9 / sreturn"
    )
    yield row("sdiv", edges, ARITHMETIC, "(S)S", 0)
    yield row("sdiv", edges, 9, "(S)S", 1)
    yield row("sdiv", edges, 1, "(S)S", 2)
    # a handler within its own range, one that throws anew, nested ranges
    again = (
        ".catch ArithmeticException from S to E using H / S: sconst_1 / sload_0 / sdiv / sreturn"
        " / H: pop / sinc 0 1 / goto S / E: nop"
    )
    yield row("sdiv", again, 1, "(S)S", 0)
    nested = (
        ".catch ArithmeticException from A to B using H / .catch any from A to C using G"
        " / A: sconst_1 / sload_0 / sdiv / sreturn / B: H: pop / aconst_null / athrow"
        " / C: G: instanceof NullPointerException / bspush 30 / sadd / sreturn"
    )
    yield row("athrow", nested, 31, "(S)S", 0)
    rethrown = ".catch any from S to E using H / S: sconst_1 / sload_0 / sdiv / sreturn / E: H: sinc 0 3 / athrow"
    yield row("athrow", rethrown, ARITHMETIC, "(S)S", 0)
    # the stack is emptied but for the throwable; local variables keep what they have
    kept = (
        ".catch any from S to E using H / S: bspush 7 / sstore_1 / sconst_1 / sconst_2 / sconst_3 / sload_0 / sdiv"
        " / sadd / sadd / sreturn / E: H: pop / sload_1 / sreturn"
    )
    yield row("athrow", kept, 7, "(S)S", 0)


SOURCES = (branches, subroutines, switches, returns, throwing)
