"""Calls, new objects, casts (JCVM §7.5)."""

from __future__ import annotations

from collections.abc import Iterator

from tests.softcard.jcvm.bytecodes.row import ARITHMETIC, CAST, NULL, SYSTEM, Row, row


def calls() -> Iterator[Row]:
    new = "new {0} / dup / invokespecial {0}.<init>()V / "
    for cls, who, hidden, sides in (("Base", 1, 10, 4), ("Derived", 2, 20, 5), ("T", 2, 20, 5)):
        yield row("invokevirtual", f"{new.format(cls)}invokevirtual Base.who / sreturn", who)
        yield row("invokevirtual", f"{new.format(cls)}invokevirtual Base.hidden / sreturn", hidden)
        yield row("invokeinterface", f"{new.format(cls)}invokeinterface Shape.sides / sreturn", sides)
        yield row("invokeinterface", f"{new.format(cls)}invokeinterface Solid.sides / sreturn", sides)
        yield row("invokeinterface", f"{new.format(cls)}iload_0 / sload_2 / invokeinterface Solid.volume / ireturn",
                   69993, "(IS)I", 70000, 7)  # fmt: skip
        yield row("invokevirtual", f"{new.format(cls)}iload_0 / sload_2 / invokevirtual Base.volume / ireturn",
                   69993, "(IS)I", 70000, 7)  # fmt: skip
        # a private method is the class's own whatever a subclass calls the same
        yield row("invokespecial", f"{new.format(cls)}invokevirtual Base.askSecret / sreturn", 100)
    yield row("invokespecial", f"{new.format('Derived')}invokevirtual Derived.whoAbove / sreturn", 12)
    yield row("invokespecial", f"{new.format('T')}invokevirtual T.whoAbove / sreturn", 12)
    yield row("invokespecial", f"{new.format('Derived')}invokevirtual Derived.hiddenAbove / sreturn", 10)
    yield row("invokespecial", "new Base / dup / sload_0 / invokespecial Base.<init>(S)V / getfield_s Base.s / sreturn",
               -9, "(S)S", -9)  # fmt: skip
    yield row("invokespecial", "aconst_null / invokespecial Base.<init>()V / sconst_0 / sreturn", NULL)
    yield row("invokevirtual", f"{new.format('Base')}bspush 100 / iconst_3 / sconst_5 / aconst_null"
               " / invokevirtual Base.mix / sreturn", -147)  # fmt: skip
    yield row("invokevirtual", f"{new.format('Base')}astore_0 / aload_0 / bspush 100 / iconst_3 / sconst_5 / aload_0"
               " / invokevirtual Base.mix / sreturn", 147)  # fmt: skip
    same = f"{new.format('Base')}astore_0 / aload_0 / {{}} / invokevirtual Object.equals / sreturn"
    yield row("invokevirtual", same.format("aload_0"), 1)
    yield row("invokevirtual", same.format("aconst_null"), 0)
    yield row("invokevirtual", same.format(new.format("Base")[:-3]), 0)
    yield row("invokevirtual", "sconst_1 / newarray byte / dup / invokevirtual Object.equals / sreturn", 1)
    yield row("invokevirtual", "aconst_null / invokevirtual Base.who / sreturn", NULL)
    yield row("invokevirtual", "aconst_null / invokevirtual Base.hidden / sreturn", NULL)
    yield row("invokevirtual", "aconst_null / aconst_null / invokevirtual Object.equals / sreturn", NULL)
    yield row("invokeinterface", "aconst_null / invokeinterface Shape.sides / sreturn", NULL)
    yield row(
        "invokeinterface", "aconst_null / iconst_1 / sconst_1 / invokeinterface Solid.volume / ireturn", NULL, "()I"
    )
    yield row(
        "invokestatic", "iload_0 / sload_2 / iload_3 / invokestatic wide / ireturn", 100007, "(ISI)I", 170000, 7, 70000
    )
    yield row("invokestatic", "sload_0 / sload_1 / invokestatic divide / sreturn", -3, "(SS)S", 7, -2)
    yield row("invokestatic", "sload_0 / sload_1 / invokestatic divide / sreturn", ARITHMETIC, "(SS)S", 7, 0)
    yield row("invokestatic", "bspush 20 / invokestatic deep / sreturn", ARITHMETIC)
    factorial = (
        ".method static fact(I)I / iload_0 / iconst_1 / icmp / ifgt More / iconst_1 / ireturn"
        " / More: iload_0 / iload_0 / iconst_1 / isub / invokestatic fact / imul / ireturn / .end"
    )
    yield Row("invokestatic", "(I)I", (12,), "iload_0 / invokestatic fact / ireturn", 479001600, factorial)


def objects() -> Iterator[Row]:
    yield row("new", "new T / dup / invokespecial T.<init>()V / dup / getfield_s T.s / s2i / istore_0 / getfield_i T.i"
               " / iload_0 / iadd / ireturn", 0, "()I")  # fmt: skip
    yield row("new", "new Base / new Base / if_acmpne Y / sconst_0 / sreturn / Y: sconst_1 / sreturn", 1)
    yield row("new", "new Derived / instanceof Base / sreturn", 1)
    chain = "aconst_null / astore_0 / L: new T / dup / aload_0 / putfield_a T.a / astore_0 / goto L"
    yield row("new", chain, SYSTEM)


def casts() -> Iterator[Row]:
    new = "new {0} / dup / invokespecial {0}.<init>()V"
    arrays = {kind: f"sconst_2 / newarray {kind}" for kind in ("boolean", "byte", "short", "int")}
    objects = {name: f"sconst_2 / anewarray {name}" for name in ("Base", "Derived", "Shape", "Other", "PIN")}
    cases: list[tuple[str, str, bool | None]] = [
        ("aconst_null", "Base", None), ("aconst_null", "byte[]", None), ("aconst_null", "Base[]", None),
        (new.format("Base"), "Base", True), (new.format("Derived"), "Base", True),
        (new.format("Base"), "Derived", False),
        (new.format("T"), "Object", True), (new.format("T"), "Empty", True), (new.format("Base"), "Empty", False),
        (new.format("Base"), "Shape", True), (new.format("T"), "Solid", True), (new.format("Other"), "Base", False),
        (new.format("Other"), "Shape", False), (new.format("Base"), "byte[]", False),
        (new.format("Base"), "Base[]", False),
    ]  # fmt: skip
    for kind, made in arrays.items():
        cases += [(made, f"{other}[]", kind == other) for other in arrays]
        cases += [(made, "Object", True), (made, "Object[]", False), (made, "Base", False), (made, "Shape", False)]
    for element, into, fits in (
        ("Base", "Base", True), ("Derived", "Base", True), ("Base", "Derived", False), ("Derived", "Empty", True),
        ("Base", "Empty", False), ("Shape", "Object", True), ("Shape", "Shape", True), ("Shape", "Base", False),
        ("Other", "Base", False), ("Base", "Object", True), ("PIN", "Object", True), ("PIN", "PIN", True),
    ):  # fmt: skip
        cases.append((objects[element], f"{into}[]", fits))
    cases += [(objects["Base"], "Object", True), (objects["Base"], "Base", False), (objects["Base"], "byte[]", False)]
    for made, wanted, it_is in cases:
        yield row("instanceof", f"{made} / instanceof {wanted} / sreturn", int(bool(it_is)))
        stays = "aload_0 / if_acmpeq Y / sconst_0 / sreturn / Y: sconst_1 / sreturn"
        code = f"{made} / dup / astore_0 / checkcast {wanted} / {stays}"
        yield row("checkcast", code, CAST if it_is is False else 1)


SOURCES = (calls, objects, casts)
