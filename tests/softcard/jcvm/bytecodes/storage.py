"""Local variables, the operand stack, arrays, fields (JCVM §7.5)."""

from __future__ import annotations

from collections.abc import Iterator

from tests.softcard.jcvm.bytecodes.row import INDEX, MAX, MIN, NEGATIVE, NULL, STORE, SYSTEM, Row, row


def locals() -> Iterator[Row]:
    shorts = (10, -11, 12, 32767, 14)
    for index in range(5):
        name = f"sload_{index}" if index < 4 else "sload"
        yield row(name, f"{_at('sload', index)} / sreturn", shorts[index], "(SSSSS)S", *shorts)
        before = (7,) * index
        descriptor = f"({'S' * index}I)I"
        name = f"iload_{index}" if index < 4 else "iload"
        yield row(name, f"{_at('iload', index)} / ireturn", -70000, descriptor, *before, -70000)
        kept = "".join(f"sload {each} / sadd / " for each in range(index))
        yield row(
            f"sstore_{index}" if index < 4 else "sstore",
            f"bspush 77 / {_at('sstore', index)} / {_at('sload', index)} / {kept}sload {index + 1} / sadd / sreturn",
            77 + 7 * index + 1000, f"({'S' * (index + 2)})S", *before, 5, 1000,
        )  # fmt: skip
        # an int takes two words and leaves the ones beside it alone
        yield row(
            f"istore_{index}" if index < 4 else "istore",
            f"iipush -65537 / {_at('istore', index)} / {_at('iload', index)} / i2s"
            f" / {kept}sload {index + 2} / sadd / sreturn",
            -1 + 7 * index + 1000, f"({'S' * (index + 3)})S", *before, 5, 6, 1000,
        )  # fmt: skip
        name = "aload" if index == 4 else f"aload_{index}"
        for each in (name, name.replace("load", "store")):
            yield row(
                each,
                f"bspush 9 / newarray byte / {_at('astore', index)} / {_at('aload', index)} / arraylength / sreturn",
                9,
            )
    for kind, value in (("s", 21), ("i", 0x10001)):
        push, back = ("bspush 21", "sreturn") if kind == "s" else ("iipush 0x10001", "ireturn")
        for name in (f"{kind}load", f"{kind}store"):
            yield row(name, f"{push} / {kind}store 200 / {kind}load 200 / {back}", value, f"(){kind.upper()}")
    yield row(
        "aload", "aconst_null / astore 250 / aload 250 / ifnull Y / sconst_0 / sreturn / Y: sconst_1 / sreturn", 1
    )
    yield row("astore", "sconst_2 / newarray short / astore 250 / aload 250 / arraylength / sreturn", 2)
    for value, step, result in ((5, 3, 8), (32767, 1, -32768), (-32768, -1, 32767), (0, -128, -128), (0, 127, 127)):
        yield row("sinc", f"sinc 0 {step} / sload_0 / sreturn", result, "(S)S", value)
        yield row("sinc_w", f"sinc_w 0 {step} / sload_0 / sreturn", result, "(S)S", value)
    yield row("sinc", "sinc 1 1 / sload_0 / sload_1 / sadd / sreturn", 31, "(SS)S", 10, 20)
    yield row("sinc_w", "sinc_w 0 32767 / sload_0 / sreturn", -2, "(S)S", 32767)
    yield row("sinc_w", "sinc_w 0 -32768 / sload_0 / sreturn", -1, "(S)S", 32767)
    for value, step, result in ((5, 3, 8), (MAX, 1, MIN), (MIN, -1, MAX), (0, -128, -128), (32767, 127, 32894)):
        yield row("iinc", f"iinc 0 {step} / iload_0 / ireturn", result, "(I)I", value)
        yield row("iinc_w", f"iinc_w 0 {step} / iload_0 / ireturn", result, "(I)I", value)
    yield row("iinc_w", "iinc_w 1 -32768 / iload_1 / ireturn", MAX - 32768, "(SI)I", 1, MAX)


def _at(name: str, index: int) -> str:
    """The short form of an access to a local variable where there is one."""
    return f"{name}_{index}" if index < 4 else f"{name} {index}"


def stack() -> Iterator[Row]:
    yield row("pop", "sconst_1 / sconst_2 / pop / sreturn", 1)
    yield row("pop2", "sconst_1 / sconst_2 / sconst_3 / pop2 / sreturn", 1)
    yield row("pop2", "sconst_1 / iconst_5 / pop2 / sreturn", 1)
    yield row("dup", "bspush 6 / dup / smul / sreturn", 36)
    yield row("dup", "sconst_1 / newarray byte / dup / if_acmpeq Y / sconst_0 / sreturn / Y: sconst_1 / sreturn", 1)
    yield row("dup2", "sconst_5 / sconst_3 / dup2 / ssub / smul / sadd / sreturn", 11)
    yield row("dup2", "iipush 70000 / dup2 / iadd / ireturn", 140000, "()I")
    for m in range(1, 5):
        for n in (0, *range(m, m + 5)):
            words = [3, 1, 4, 15, 9, 2, 6, 5]
            top = words[-m:]
            after = words + top if n == 0 else words[:-n] + top + words[-n:]
            yield _folded(f"dup_x {m} {n}", words, after)
    for m in (1, 2):
        for n in (1, 2):
            words = [3, 1, 4, 15]
            after = words[: -m - n] + words[-m:] + words[-m - n : -m]
            yield _folded(f"swap_x {m} {n}", words, after)
    yield row("dup_x", "sconst_4 / iipush 70000 / dup_x 2 3 / istore_0 / s2i / iload_0 / iadd / iadd / ireturn",
               140004, "()I")  # fmt: skip
    yield row("dup_x", "iconst_1 / iipush 70000 / dup_x 2 4 / isub / iadd / ireturn", 1, "()I")
    yield row(
        "dup_x", "iconst_1 / iipush 70000 / dup_x 4 0 / isub / isub / iadd / ireturn", 1 + 70000 - (1 - 70000), "()I"
    )
    yield row("swap_x", "iipush 70000 / sconst_4 / swap_x 1 2 / i2s / swap_x 1 1 / sreturn", 4)
    yield row("swap_x", "sconst_4 / iipush 70000 / swap_x 2 1 / pop / ireturn", 70000, "()I")
    yield row("swap_x", "iipush 70000 / iconst_3 / swap_x 2 2 / isub / ireturn", 3 - 70000, "()I")


def _folded(operation: str, words: list[int], after: list[int]) -> Row:
    """A row that compares a whole stack: it is folded from the top into one number."""
    pushes = " / ".join(f"bspush {word}" for word in words)
    folds = " / ".join(["bspush 7 / smul / sadd"] * (len(after) - 1))
    value = after[-1]
    for word in reversed(after[:-1]):
        value = value * 7 + word
    return Row(operation.split()[0], "()S", (), f"{pushes} / {operation} / {folds} / sreturn",
               (value + 0x8000) % 0x10000 - 0x8000)  # fmt: skip


def arrays() -> Iterator[Row]:
    make = "sconst_3 / newarray {} / astore_1 / "
    for load, store, element, values in (
        ("baload", "bastore", "byte", {127: 127, -128: -128, 0x17F: 127, 0x1234: 0x34, 255: -1}),
        ("baload", "bastore", "boolean", {1: 1, 0: 0}),
        ("saload", "sastore", "short", {32767: 32767, -32768: -32768}),
    ):
        for put, got in values.items():
            code = (
                f"{make.format(element)}aload_1 / sconst_2 / sload_0 / {store} / aload_1 / sconst_2 / {load} / sreturn"
            )
            yield row(load, code, got, "(S)S", put)
            yield row(store, code, got, "(S)S", put)
        beside = (
            f"{make.format(element)}aload_1 / sconst_1 / sconst_1 / {store} / aload_1 / sconst_{{}} / {load} / sreturn"
        )
        yield row(store, "nop / " + beside.format(0), 0)
        yield row(store, "nop / " + beside.format(2), 0)
    for put in (MIN, MAX, -1, 0x10000):
        code = (
            f"{make.format('int')}aload_1 / sconst_2 / iipush {put} / iastore / aload_1 / sconst_2 / iaload / ireturn"
        )
        yield row("iaload", code, put, "()I")
        yield row("iastore", code, put, "()I")
    objects = "sconst_3 / anewarray {} / astore_1 / "
    yield row("aaload", objects.format("Base") + "aload_1 / sconst_1 / aaload / ifnull Y / sconst_0 / sreturn"
               " / Y: sconst_1 / sreturn", 1)  # fmt: skip
    stored = "aload_1 / sconst_1 / {} / aastore / aload_1 / sconst_1 / aaload / "
    new = "new {0} / dup / invokespecial {0}.<init>()V"
    for element, value in (("Base", "Base"), ("Base", "Derived"), ("Shape", "Derived"), ("Empty", "Derived"),
                           ("Object", "Other")):  # fmt: skip
        code = objects.format(element) + stored.format(new.format(value)) + f"instanceof {value} / sreturn"
        yield row("aastore", code, 1)
        yield row("aaload", code, 1)
    for value in ("sconst_2 / newarray byte", "sconst_2 / anewarray Base"):
        yield row("aastore", objects.format("Object") + stored.format(value) + "instanceof Object / sreturn", 1)
        yield row("aastore", objects.format("Base") + stored.format(value) + "pop / sconst_0 / sreturn", STORE)
    yield row("aastore", objects.format("Base") + stored.format("aconst_null") + "ifnull Y / sconst_0 / sreturn"
               " / Y: sconst_1 / sreturn", 1)  # fmt: skip
    for element, value in (("Derived", "Base"), ("Base", "Other"), ("Empty", "Base")):
        yield row(
            "aastore", objects.format(element) + stored.format(new.format(value)) + "pop / sconst_0 / sreturn", STORE
        )
    # null, then the index, then whether it fits; what was there stays
    yield row("aastore", "aconst_null / sconst_m1 / new Other / aastore / sconst_0 / sreturn", NULL)
    yield row(
        "aastore", objects.format("Base") + "aload_1 / sconst_3 / new Other / aastore / sconst_0 / sreturn", INDEX
    )
    for load, store, element, value in (
        ("baload", "bastore", "byte", "sconst_1"), ("baload", "bastore", "boolean", "sconst_1"),
        ("saload", "sastore", "short", "sconst_1"), ("iaload", "iastore", "int", "iconst_1"),
        ("aaload", "aastore", "", "aconst_null"),
    ):  # fmt: skip
        array = objects.format("Object") if not element else make.format(element)
        for index in (-1, 3, 32767, -32768):
            yield row(load, f"{array}aload_1 / sspush {index} / {load} / pop / sconst_0 / sreturn", INDEX)
            yield row(store, f"{array}aload_1 / sspush {index} / {value} / {store} / sconst_0 / sreturn", INDEX)
        yield row(load, f"aconst_null / sconst_0 / {load} / pop / sconst_0 / sreturn", NULL)
        yield row(store, f"aconst_null / sconst_m1 / {value} / {store} / sconst_0 / sreturn", NULL)
    for length in (0, 1, 300):
        for element in ("boolean", "byte", "short", "int"):
            yield row("newarray", f"sload_0 / newarray {element} / arraylength / sreturn", length, "(S)S", length)
        yield row("anewarray", "sload_0 / anewarray Shape / arraylength / sreturn", length, "(S)S", length)
        yield row("arraylength", "sload_0 / newarray byte / arraylength / sreturn", length, "(S)S", length)
    for element, load in (("boolean", "baload"), ("byte", "baload"), ("short", "saload")):
        yield row("newarray", f"sconst_2 / newarray {element} / sconst_1 / {load} / sreturn", 0)
    yield row("newarray", "sconst_2 / newarray int / sconst_1 / iaload / ireturn", 0, "()I")
    yield row("anewarray", "sconst_2 / anewarray Base / sconst_1 / aaload / ifnull Y / sconst_0 / sreturn"
               " / Y: sconst_1 / sreturn", 1)  # fmt: skip
    for length in (-1, -32768):
        yield row("newarray", "sload_0 / newarray byte / arraylength / sreturn", NEGATIVE, "(S)S", length)
        yield row("anewarray", "sload_0 / anewarray Base / arraylength / sreturn", NEGATIVE, "(S)S", length)
    for instruction in ("newarray int", "anewarray Base"):
        name = instruction.split()[0]
        yield row(name, f"L: sspush 32767 / {instruction} / pop / goto L", SYSTEM)
    yield row("arraylength", "aconst_null / arraylength / sreturn", NULL)


def fields() -> Iterator[Row]:
    yield row("getstatic_b", "getstatic_b sb / sreturn", -3)
    yield row("getstatic_s", "getstatic_s ss / sreturn", 0x1234)
    yield row("getstatic_i", "getstatic_i si / ireturn", MIN, "()I")
    yield row("getstatic_b", "getstatic_b sz / sreturn", 0)
    yield row("getstatic_s", "getstatic_s zero / sreturn", 0)
    yield row("getstatic_i", "getstatic_i izero / ireturn", 0, "()I")
    yield row("getstatic_a", "getstatic_a sa / ifnull Y / sconst_0 / sreturn / Y: sconst_1 / sreturn", 1)
    yield row("getstatic_a", "getstatic_a text / sconst_1 / baload / getstatic_a text / arraylength / sadd / sreturn",
               ord("B") + 3)  # fmt: skip
    yield row("getstatic_a", "getstatic_a shorts / sconst_1 / saload / sreturn", -2)
    yield row("getstatic_a", "getstatic_a ints / sconst_0 / iaload / ireturn", 0x12345678, "()I")
    yield row("getstatic_a", "getstatic_a flags / sconst_1 / baload / sreturn", 1)
    for value in (127, -128, 0):
        yield row("putstatic_b", "sload_0 / putstatic_b sb / getstatic_b sb / sreturn", value, "(S)S", value)
    for value in (32767, -32768):
        yield row("putstatic_s", "sload_0 / putstatic_s zero / getstatic_s zero / sreturn", value, "(S)S", value)
    for value in (MAX, MIN):
        yield row("putstatic_i", "iload_0 / putstatic_i izero / getstatic_i izero / ireturn", value, "(I)I", value)
    yield row("putstatic_b", "sconst_1 / putstatic_b sz / getstatic_b sz / getstatic_b sb / sadd / sreturn", -2)
    yield row(
        "putstatic_a", "sconst_2 / newarray byte / putstatic_a sa / getstatic_a sa / invokestatic length / sreturn", 2
    )
    yield row("putstatic_a", "aconst_null / putstatic_a text / getstatic_a text / ifnull Y / sconst_0 / sreturn"
               " / Y: sconst_1 / sreturn", 1)  # fmt: skip
    new = "new T / dup / invokespecial T.<init>()V / astore_0 / "
    fields = {
        "b": ("b", "sconst_m1", -1, "s"),
        "s": ("s", "sspush 31000", 31000, "s"),
        "i": ("i", "iipush 70000", 70000, "i"),
    }
    for kind, (name, push, value, back) in fields.items():
        descriptor = f"(){back.upper()}"
        for wide in ("", "_w"):
            get, put = f"getfield_{kind}{wide}", f"putfield_{kind}{wide}"
            code = f"{new}aload_0 / {push} / {put} {name} / aload_0 / {get} {name} / {back}return"
            yield row(get, code, value, descriptor)
            yield row(put, code, value, descriptor)
            yield row(get, f"{new}aload_0 / {get} {name} / {back}return", 0, descriptor)
            yield row(get, f"aconst_null / {get} {name} / {back}return", NULL, descriptor)
            yield row(put, f"aconst_null / {push} / {put} {name} / return", NULL, "()V")
        of_this = (
            f".method public keep(){back.upper()} / {push} / putfield_{kind}_this {name}"
            f" / getfield_{kind}_this {name} / {back}return / .end"
        )
        for each in (f"getfield_{kind}_this", f"putfield_{kind}_this"):
            yield Row(each, descriptor, (), f"{new}aload_0 / invokevirtual keep / {back}return", value, of_this)
            yield Row(each, descriptor, (), f"{new}aload_0 / invokevirtual keep / pop{'2' if back == 'i' else ''}"
                      f" / aload_0 / getfield_{kind} {name} / {back}return", value, of_this)  # fmt: skip
    for wide in ("", "_w"):
        get, put = f"getfield_a{wide}", f"putfield_a{wide}"
        code = f"{new}aload_0 / bspush 11 / newarray byte / {put} a / aload_0 / {get} a / invokestatic length / sreturn"
        yield row(get, code, 11)
        yield row(put, code, 11)
        yield row(get, f"{new}aload_0 / {get} a / ifnull Y / sconst_0 / sreturn / Y: sconst_1 / sreturn", 1)
        yield row(put, f"{new}aload_0 / dup / {put} a / aload_0 / aconst_null / {put} a / aload_0 / {get} a / ifnull Y"
                   " / sconst_0 / sreturn / Y: sconst_1 / sreturn", 1)  # fmt: skip
        yield row(get, f"aconst_null / {get} a / pop / sconst_0 / sreturn", NULL)
        yield row(put, f"aconst_null / aconst_null / {put} a / sconst_0 / sreturn", NULL)
    of_this = (
        ".method public keep()S / bspush 13 / newarray byte / putfield_a_this a / getfield_a_this a"
        " / invokestatic length / sreturn / .end"
    )
    for each in ("getfield_a_this", "putfield_a_this"):
        yield Row(each, "()S", (), f"{new}aload_0 / invokevirtual keep / sreturn", 13, of_this)
    # a field of a subclass lies behind those of its superclass, and no field over another
    every = (
        f"{new}aload_0 / sconst_1 / putfield_b b / aload_0 / sconst_2 / putfield_s s"
        " / aload_0 / iipush 0x30003 / putfield_i i / aload_0 / aload_0 / putfield_a a"
        " / aload_0 / sconst_4 / putfield_s s2 / aload_0 / aload_0 / putfield_a a2"
        " / aload_0 / getfield_b b / aload_0 / getfield_s s / sadd / aload_0 / getfield_i i / i2s / sadd"
        " / aload_0 / getfield_s s2 / sadd / aload_0 / getfield_a a / aload_0 / getfield_a a2 / if_acmpeq Y"
        " / sconst_0 / sreturn / Y: sreturn"
    )
    yield row("putfield_s", every, 10)
    yield row("getfield_s", every, 10)


SOURCES = (locals, stack, arrays, fields)
