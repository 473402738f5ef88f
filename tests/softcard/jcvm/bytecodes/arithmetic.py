"""Constants, arithmetic, conversions (JCVM §7.5)."""

from __future__ import annotations

from collections.abc import Iterator

from tests.softcard.jcvm.bytecodes.row import ARITHMETIC, MAX, MIN, Row, row


def constants() -> Iterator[Row]:
    yield row("nop", "sconst_1 / nop / nop / sreturn", 1)
    yield row("aconst_null", "aconst_null / ifnull Y / sconst_0 / sreturn / Y: sconst_1 / sreturn", 1)
    for name, value in (("m1", -1), ("0", 0), ("1", 1), ("2", 2), ("3", 3), ("4", 4), ("5", 5)):
        yield row(f"sconst_{name}", f"sconst_{name} / sreturn", value)
        yield row(f"iconst_{name}", f"iconst_{name} / ireturn", value, "()I")
    for value in (-128, -1, 0, 127):
        yield row("bspush", f"bspush {value} / sreturn", value)
        yield row("bipush", f"bipush {value} / ireturn", value, "()I")
    for value in (-32768, -129, 128, 32767):
        yield row("sspush", f"sspush {value} / sreturn", value)
        yield row("sipush", f"sipush {value} / ireturn", value, "()I")
    for value in (MIN, -32769, 0x12345678, MAX):
        yield row("iipush", f"iipush {value} / ireturn", value, "()I")


def arithmetic() -> Iterator[Row]:
    table: dict[str, tuple[tuple[int, int, int | str], ...]] = {
        "sadd": ((1, 2, 3), (32767, 1, -32768), (-32768, -1, 32767), (-1, 1, 0)),
        "ssub": ((1, 2, -1), (-32768, 1, 32767), (0, -32768, -32768), (7, 7, 0)),
        "smul": ((3, -4, -12), (300, 300, 24464), (-32768, -1, -32768), (256, 256, 0)),
        "sdiv": ((7, 2, 3), (-7, 2, -3), (7, -2, -3), (-7, -2, 3), (-32768, -1, -32768), (1, 2, 0), (5, 0, ARITHMETIC)),
        "srem": ((7, 2, 1), (-7, 2, -1), (7, -2, 1), (-7, -2, -1), (-32768, -1, 0), (5, 0, ARITHMETIC),
                 (0, 0, ARITHMETIC)),
        "sshl": ((1, 3, 8), (1, 15, -32768), (1, 16, 0), (1, 31, 0), (1, 32, 1), (1, -31, 2), (-1, 4, -16),
                 (0x4000, 1, -32768)),
        "sshr": ((8, 3, 1), (-32768, 15, -1), (-32768, 31, -1), (32767, 31, 0), (-7, 1, -4), (5, 32, 5), (64, -30, 16)),
        "sushr": ((8, 3, 1), (-1, 1, -1), (-1, 16, -1), (-1, 17, 32767), (-1, 31, 1), (-32768, 17, 32767), (5, 32, 5),
                  (-1, -1, 1), (32767, 14, 1)),
        "sand": ((0x0FF0, 0x3C3C, 0x0C30), (-1, -32768, -32768), (-1, 0, 0)),
        "sor": ((0x0FF0, 0x3C3C, 0x3FFC), (-32768, 1, -32767), (0, 0, 0)),
        "sxor": ((0x0FF0, 0x3C3C, 0x33CC), (-1, 32767, -32768), (-1, -1, 0)),
        "iadd": ((1, 2, 3), (MAX, 1, MIN), (MIN, -1, MAX), (32767, 1, 32768)),
        "isub": ((1, 2, -1), (MIN, 1, MAX), (0, MIN, MIN)),
        "imul": ((300, -300, -90000), (0x10000, 0x10000, 0), (MIN, -1, MIN), (123456, 100000, -539301888)),
        "idiv": ((7, 2, 3), (-7, 2, -3), (7, -2, -3), (-7, -2, 3), (MIN, -1, MIN), (MAX, 3, 715827882),
                 (5, 0, ARITHMETIC)),
        "irem": ((7, 2, 1), (-7, 2, -1), (7, -2, 1), (-7, -2, -1), (MIN, -1, 0), (MIN, 10, -8), (0, 0, ARITHMETIC)),
        "ishl": ((1, 3, 8), (1, 31, MIN), (1, 32, 1), (1, -1, MIN), (-1, 16, -65536), (0x40000000, 2, 0)),
        "ishr": ((8, 3, 1), (MIN, 31, -1), (MAX, 31, 0), (-7, 1, -4), (5, 32, 5), (MIN, -1, -1)),
        "iushr": ((8, 3, 1), (-1, 1, MAX), (-1, 31, 1), (MIN, 31, 1), (-1, 32, -1), (-1, -28, 0x0FFFFFFF)),
        "iand": ((0x0FF00FF0, 0x3C3C3C3C, 0x0C300C30), (-1, MIN, MIN)),
        "ior": ((0x0FF00FF0, 0x3C3C3C3C, 0x3FFC3FFC), (MIN, MAX, -1)),
        "ixor": ((0x0FF00FF0, 0x3C3C3C3C, 0x33CC33CC), (-1, MAX, MIN)),
        "icmp": ((1, 2, -1), (2, 2, 0), (3, 2, 1), (MIN, MAX, -1), (MAX, MIN, 1), (-1, 0, -1)),
    }  # fmt: skip
    for name, cases in table.items():
        for a, b, result in cases:
            if name[0] == "s":
                yield row(name, f"sload_0 / sload_1 / {name} / sreturn", result, "(SS)S", a, b)
            else:
                last, kind = ("sreturn", "S") if name == "icmp" else ("ireturn", "I")
                yield row(name, f"iload_0 / iload_2 / {name} / {last}", result, f"(II){kind}", a, b)
    for a, result in ((1, -1), (-1, 1), (0, 0), (-32768, -32768), (32767, -32767)):
        yield row("sneg", "sload_0 / sneg / sreturn", result, "(S)S", a)
    for a, result in ((1, -1), (0, 0), (MIN, MIN), (MAX, -MAX)):
        yield row("ineg", "iload_0 / ineg / ireturn", result, "(I)I", a)


def conversions() -> Iterator[Row]:
    for a, result in ((0x1234, 0x34), (0xFF, -1), (0x80, -128), (-129, 127), (127, 127), (-32768, 0)):
        yield row("s2b", "sload_0 / s2b / sreturn", result, "(S)S", a)
    for a in (-5, 0, 32767, -32768):
        yield row("s2i", "sload_0 / s2i / ireturn", a, "(S)I", a)
    for a, result in ((0x12345680, -128), (0x100, 0), (-1, -1), (MIN, 0), (MAX, -1)):
        yield row("i2b", "iload_0 / i2b / sreturn", result, "(I)S", a)
    for a, result in ((0x12348000, -32768), (0x10000, 0), (-1, -1), (MIN, 0), (MAX, -1), (-32769, 32767)):
        yield row("i2s", "iload_0 / i2s / sreturn", result, "(I)S", a)


SOURCES = (constants, arithmetic, conversions)
