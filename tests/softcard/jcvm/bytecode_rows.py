"""What each of the 185 instructions does (JCVM chapter 7): code, arguments, and what comes of it.

A row is `(instruction, descriptor, arguments, code, outcome)`: a static method of class T gets the arguments and gives
the outcome, a number, or throws, when the outcome is the name of a class. Instructions are separated by ` / `.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.harness.jcasm.opcodes import OPCODES

ARITHMETIC = "java/lang/ArithmeticException"
INDEX = "java/lang/ArrayIndexOutOfBoundsException"
STORE = "java/lang/ArrayStoreException"
CAST = "java/lang/ClassCastException"
NEGATIVE = "java/lang/NegativeArraySizeException"
NULL = "java/lang/NullPointerException"
SYSTEM = "javacard/framework/SystemException"
MAX, MIN = 0x7FFFFFFF, -0x80000000

LIBRARY = """
.package test A0000000F1 1.0
.import javacard.framework 1.0
.interface public Shape
.method sides()S
.interface public Solid extends Shape
.method volume(IS)I
.interface public Empty
.class public Base implements Solid
.field public byte b
.field public short s
.field public int i
.field public Object a
.method public <init>()V
    aload_0 / invokespecial super.<init>()V / return
.end
.method public <init>(S)V
    aload_0 / invokespecial super.<init>()V / aload_0 / sload_1 / putfield_s s / return
.end
.method public sides()S
    sconst_4 / sreturn
.end
.method public volume(IS)I
    iload_1 / sload_3 / s2i / isub / ireturn
.end
.method public who()S
    sconst_1 / sreturn
.end
.method hidden()S
    bspush 10 / sreturn
.end
.method private secret()S
    bspush 100 / sreturn
.end
.method public askSecret()S
    aload_0 / invokespecial secret / sreturn
.end
.method public mix(SISLjava/lang/Object;)S
    sload_1 / iload_2 / i2s / ssub / sload 4 / bspush 10 / smul / sadd / aload 5 / ifnull N / sreturn / N: sneg / sreturn
.end
.class public Derived extends Base implements Empty
.field public short s2
.field public Object a2
.method public <init>()V
    aload_0 / invokespecial super.<init>()V / return
.end
.method public who()S
    sconst_2 / sreturn
.end
.method hidden()S
    bspush 20 / sreturn
.end
.method public sides()S
    sconst_5 / sreturn
.end
.method private secret()S
    bspush 101 / sreturn
.end
.method public whoAbove()S
    aload_0 / invokespecial super.who / bspush 10 / smul / aload_0 / invokevirtual who / sadd / sreturn
.end
.method public hiddenAbove()S
    aload_0 / invokespecial super.hidden / sreturn
.end
.class public Other
.method public <init>()V
    aload_0 / invokespecial super.<init>()V / return
.end
.class public T extends Derived
.field static byte sb = -3
.field static short ss = 0x1234
.field static int si = -2147483648
.field static boolean sz
.field static short zero
.field static int izero
.field static Object sa
.field static byte[] text = "ABC"
.field static short[] shorts = {1, -2}
.field static int[] ints = {0x12345678, -1}
.field static boolean[] flags = {0, 1}
.method public <init>()V
    aload_0 / invokespecial super.<init>()V / return
.end
.method static length(Ljava/lang/Object;)S
    aload_0 / checkcast byte[] / arraylength / sreturn
.end
.method static array(S)[B
    sload_0 / newarray byte / areturn
.end
.method static wide(ISI)I
    iload_0 / iload_3 / isub / sload_2 / s2i / iadd / ireturn
.end
.method static none()V
    return
.end
.method static deep(S)S
    sload_0 / ifne More / sconst_1 / sconst_0 / sdiv / sreturn
    More: sload_0 / sconst_1 / ssub / invokestatic deep / sreturn
.end
.method static divide(SS)S
    sload_0 / sload_1 / sdiv / sreturn
.end
"""
"""What the rows use besides `run`."""


@dataclass(frozen=True, slots=True)
class Row:
    """`outcome` is what a method returns (None for void), or the name of the class that it throws."""

    instruction: str
    descriptor: str
    args: tuple[int, ...]
    code: str
    outcome: int | str | None
    members: str = ""

    @property
    def words(self) -> tuple[int, ...]:
        """The arguments as words: an int takes two, its value in the first."""
        found: list[int] = []
        for kind, value in zip(self.descriptor[1 : self.descriptor.index(")")], self.args, strict=True):
            found += [value, 0] if kind == "I" else [value]
        return tuple(found)

    @property
    def text(self) -> str:
        """The package with this method."""
        members = f"{self.members}\n" if self.members else ""
        text = f"{LIBRARY}{members}.method public static run{self.descriptor}\n{self.code}\n.end\n"
        return text.replace(" / ", "\n")

    def __str__(self) -> str:
        return f"{self.instruction}{self.args}={self.outcome}"


def rows() -> tuple[Row, ...]:
    """All of them."""
    sources = (
        _constants, _locals, _arrays, _stack, _arithmetic, _conversions, _branches, _subroutines, _switches, _returns,
        _fields, _calls, _objects, _casts, _throwing,
    )  # fmt: skip
    return tuple(row for source in sources for row in source())


def _one(instruction: str, code: str, outcome: int | str | None, descriptor: str = "()S", *args: int) -> Row:
    return Row(instruction, descriptor, args, code, outcome)


# --- constants, local variables


def _constants() -> Iterator[Row]:
    yield _one("nop", "sconst_1 / nop / nop / sreturn", 1)
    yield _one("aconst_null", "aconst_null / ifnull Y / sconst_0 / sreturn / Y: sconst_1 / sreturn", 1)
    for name, value in (("m1", -1), ("0", 0), ("1", 1), ("2", 2), ("3", 3), ("4", 4), ("5", 5)):
        yield _one(f"sconst_{name}", f"sconst_{name} / sreturn", value)
        yield _one(f"iconst_{name}", f"iconst_{name} / ireturn", value, "()I")
    for value in (-128, -1, 0, 127):
        yield _one("bspush", f"bspush {value} / sreturn", value)
        yield _one("bipush", f"bipush {value} / ireturn", value, "()I")
    for value in (-32768, -129, 128, 32767):
        yield _one("sspush", f"sspush {value} / sreturn", value)
        yield _one("sipush", f"sipush {value} / ireturn", value, "()I")
    for value in (MIN, -32769, 0x12345678, MAX):
        yield _one("iipush", f"iipush {value} / ireturn", value, "()I")


def _locals() -> Iterator[Row]:
    shorts = (10, -11, 12, 32767, 14)
    for index in range(5):
        name = f"sload_{index}" if index < 4 else "sload"
        yield _one(name, f"{_at('sload', index)} / sreturn", shorts[index], "(SSSSS)S", *shorts)
        before = (7,) * index
        descriptor = f"({'S' * index}I)I"
        name = f"iload_{index}" if index < 4 else "iload"
        yield _one(name, f"{_at('iload', index)} / ireturn", -70000, descriptor, *before, -70000)
        kept = "".join(f"sload {one} / sadd / " for one in range(index))
        yield _one(
            f"sstore_{index}" if index < 4 else "sstore",
            f"bspush 77 / {_at('sstore', index)} / {_at('sload', index)} / {kept}sload {index + 1} / sadd / sreturn",
            77 + 7 * index + 1000, f"({'S' * (index + 2)})S", *before, 5, 1000,
        )  # fmt: skip
        # an int takes two words and leaves the ones beside it alone
        yield _one(
            f"istore_{index}" if index < 4 else "istore",
            f"iipush -65537 / {_at('istore', index)} / {_at('iload', index)} / i2s / {kept}sload {index + 2} / sadd / sreturn",
            -1 + 7 * index + 1000, f"({'S' * (index + 3)})S", *before, 5, 6, 1000,
        )  # fmt: skip
        name = "aload" if index == 4 else f"aload_{index}"
        for one in (name, name.replace("load", "store")):
            yield _one(
                one,
                f"bspush 9 / newarray byte / {_at('astore', index)} / {_at('aload', index)} / arraylength / sreturn",
                9,
            )
    for kind, value in (("s", 21), ("i", 0x10001)):
        push, back = ("bspush 21", "sreturn") if kind == "s" else ("iipush 0x10001", "ireturn")
        for name in (f"{kind}load", f"{kind}store"):
            yield _one(name, f"{push} / {kind}store 200 / {kind}load 200 / {back}", value, f"(){kind.upper()}")
    yield _one(
        "aload", "aconst_null / astore 250 / aload 250 / ifnull Y / sconst_0 / sreturn / Y: sconst_1 / sreturn", 1
    )
    yield _one("astore", "sconst_2 / newarray short / astore 250 / aload 250 / arraylength / sreturn", 2)
    for value, step, result in ((5, 3, 8), (32767, 1, -32768), (-32768, -1, 32767), (0, -128, -128), (0, 127, 127)):
        yield _one("sinc", f"sinc 0 {step} / sload_0 / sreturn", result, "(S)S", value)
        yield _one("sinc_w", f"sinc_w 0 {step} / sload_0 / sreturn", result, "(S)S", value)
    yield _one("sinc", "sinc 1 1 / sload_0 / sload_1 / sadd / sreturn", 31, "(SS)S", 10, 20)
    yield _one("sinc_w", "sinc_w 0 32767 / sload_0 / sreturn", -2, "(S)S", 32767)
    yield _one("sinc_w", "sinc_w 0 -32768 / sload_0 / sreturn", -1, "(S)S", 32767)
    for value, step, result in ((5, 3, 8), (MAX, 1, MIN), (MIN, -1, MAX), (0, -128, -128), (32767, 127, 32894)):
        yield _one("iinc", f"iinc 0 {step} / iload_0 / ireturn", result, "(I)I", value)
        yield _one("iinc_w", f"iinc_w 0 {step} / iload_0 / ireturn", result, "(I)I", value)
    yield _one("iinc_w", "iinc_w 1 -32768 / iload_1 / ireturn", MAX - 32768, "(SI)I", 1, MAX)


def _at(name: str, index: int) -> str:
    """The short form of an access to a local variable where there is one."""
    return f"{name}_{index}" if index < 4 else f"{name} {index}"


# --- arrays


def _arrays() -> Iterator[Row]:
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
            yield _one(load, code, got, "(S)S", put)
            yield _one(store, code, got, "(S)S", put)
        beside = (
            f"{make.format(element)}aload_1 / sconst_1 / sconst_1 / {store} / aload_1 / sconst_{{}} / {load} / sreturn"
        )
        yield _one(store, "nop / " + beside.format(0), 0)
        yield _one(store, "nop / " + beside.format(2), 0)
    for put in (MIN, MAX, -1, 0x10000):
        code = (
            f"{make.format('int')}aload_1 / sconst_2 / iipush {put} / iastore / aload_1 / sconst_2 / iaload / ireturn"
        )
        yield _one("iaload", code, put, "()I")
        yield _one("iastore", code, put, "()I")
    objects = "sconst_3 / anewarray {} / astore_1 / "
    yield _one("aaload", objects.format("Base") + "aload_1 / sconst_1 / aaload / ifnull Y / sconst_0 / sreturn"
               " / Y: sconst_1 / sreturn", 1)  # fmt: skip
    stored = "aload_1 / sconst_1 / {} / aastore / aload_1 / sconst_1 / aaload / "
    new = "new {0} / dup / invokespecial {0}.<init>()V"
    for element, value in (("Base", "Base"), ("Base", "Derived"), ("Shape", "Derived"), ("Empty", "Derived"),
                           ("Object", "Other")):  # fmt: skip
        code = objects.format(element) + stored.format(new.format(value)) + f"instanceof {value} / sreturn"
        yield _one("aastore", code, 1)
        yield _one("aaload", code, 1)
    for value in ("sconst_2 / newarray byte", "sconst_2 / anewarray Base"):
        yield _one("aastore", objects.format("Object") + stored.format(value) + "instanceof Object / sreturn", 1)
        yield _one("aastore", objects.format("Base") + stored.format(value) + "pop / sconst_0 / sreturn", STORE)
    yield _one("aastore", objects.format("Base") + stored.format("aconst_null") + "ifnull Y / sconst_0 / sreturn"
               " / Y: sconst_1 / sreturn", 1)  # fmt: skip
    for element, value in (("Derived", "Base"), ("Base", "Other"), ("Empty", "Base")):
        yield _one(
            "aastore", objects.format(element) + stored.format(new.format(value)) + "pop / sconst_0 / sreturn", STORE
        )
    # null, then the index, then whether it fits; what was there stays
    yield _one("aastore", "aconst_null / sconst_m1 / new Other / aastore / sconst_0 / sreturn", NULL)
    yield _one(
        "aastore", objects.format("Base") + "aload_1 / sconst_3 / new Other / aastore / sconst_0 / sreturn", INDEX
    )
    for load, store, element, value in (
        ("baload", "bastore", "byte", "sconst_1"), ("baload", "bastore", "boolean", "sconst_1"),
        ("saload", "sastore", "short", "sconst_1"), ("iaload", "iastore", "int", "iconst_1"),
        ("aaload", "aastore", "", "aconst_null"),
    ):  # fmt: skip
        array = objects.format("Object") if not element else make.format(element)
        for index in (-1, 3, 32767, -32768):
            yield _one(load, f"{array}aload_1 / sspush {index} / {load} / pop / sconst_0 / sreturn", INDEX)
            yield _one(store, f"{array}aload_1 / sspush {index} / {value} / {store} / sconst_0 / sreturn", INDEX)
        yield _one(load, f"aconst_null / sconst_0 / {load} / pop / sconst_0 / sreturn", NULL)
        yield _one(store, f"aconst_null / sconst_m1 / {value} / {store} / sconst_0 / sreturn", NULL)
    for length in (0, 1, 300):
        for element in ("boolean", "byte", "short", "int"):
            yield _one("newarray", f"sload_0 / newarray {element} / arraylength / sreturn", length, "(S)S", length)
        yield _one("anewarray", "sload_0 / anewarray Shape / arraylength / sreturn", length, "(S)S", length)
        yield _one("arraylength", "sload_0 / newarray byte / arraylength / sreturn", length, "(S)S", length)
    for element, load in (("boolean", "baload"), ("byte", "baload"), ("short", "saload")):
        yield _one("newarray", f"sconst_2 / newarray {element} / sconst_1 / {load} / sreturn", 0)
    yield _one("newarray", "sconst_2 / newarray int / sconst_1 / iaload / ireturn", 0, "()I")
    yield _one("anewarray", "sconst_2 / anewarray Base / sconst_1 / aaload / ifnull Y / sconst_0 / sreturn"
               " / Y: sconst_1 / sreturn", 1)  # fmt: skip
    for length in (-1, -32768):
        yield _one("newarray", "sload_0 / newarray byte / arraylength / sreturn", NEGATIVE, "(S)S", length)
        yield _one("anewarray", "sload_0 / anewarray Base / arraylength / sreturn", NEGATIVE, "(S)S", length)
    for instruction in ("newarray int", "anewarray Base"):
        name = instruction.split()[0]
        yield _one(name, f"L: sspush 32767 / {instruction} / pop / goto L", SYSTEM)
    yield _one("arraylength", "aconst_null / arraylength / sreturn", NULL)


# --- the stack


def _stack() -> Iterator[Row]:
    yield _one("pop", "sconst_1 / sconst_2 / pop / sreturn", 1)
    yield _one("pop2", "sconst_1 / sconst_2 / sconst_3 / pop2 / sreturn", 1)
    yield _one("pop2", "sconst_1 / iconst_5 / pop2 / sreturn", 1)
    yield _one("dup", "bspush 6 / dup / smul / sreturn", 36)
    yield _one("dup", "sconst_1 / newarray byte / dup / if_acmpeq Y / sconst_0 / sreturn / Y: sconst_1 / sreturn", 1)
    yield _one("dup2", "sconst_5 / sconst_3 / dup2 / ssub / smul / sadd / sreturn", 11)
    yield _one("dup2", "iipush 70000 / dup2 / iadd / ireturn", 140000, "()I")
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
    yield _one("dup_x", "sconst_4 / iipush 70000 / dup_x 2 3 / istore_0 / s2i / iload_0 / iadd / iadd / ireturn",
               140004, "()I")  # fmt: skip
    yield _one("dup_x", "iconst_1 / iipush 70000 / dup_x 2 4 / isub / iadd / ireturn", 1, "()I")
    yield _one(
        "dup_x", "iconst_1 / iipush 70000 / dup_x 4 0 / isub / isub / iadd / ireturn", 1 + 70000 - (1 - 70000), "()I"
    )
    yield _one("swap_x", "iipush 70000 / sconst_4 / swap_x 1 2 / i2s / swap_x 1 1 / sreturn", 4)
    yield _one("swap_x", "sconst_4 / iipush 70000 / swap_x 2 1 / pop / ireturn", 70000, "()I")
    yield _one("swap_x", "iipush 70000 / iconst_3 / swap_x 2 2 / isub / ireturn", 3 - 70000, "()I")


def _folded(operation: str, words: list[int], after: list[int]) -> Row:
    """A row that compares a whole stack: it is folded from the top into one number."""
    pushes = " / ".join(f"bspush {word}" for word in words)
    folds = " / ".join(["bspush 7 / smul / sadd"] * (len(after) - 1))
    value = after[-1]
    for word in reversed(after[:-1]):
        value = value * 7 + word
    return Row(operation.split()[0], "()S", (), f"{pushes} / {operation} / {folds} / sreturn",
               (value + 0x8000) % 0x10000 - 0x8000)  # fmt: skip


# --- arithmetic


def _arithmetic() -> Iterator[Row]:
    table: dict[str, tuple[tuple[int, int, int | str], ...]] = {
        "sadd": ((1, 2, 3), (32767, 1, -32768), (-32768, -1, 32767), (-1, 1, 0)),
        "ssub": ((1, 2, -1), (-32768, 1, 32767), (0, -32768, -32768), (7, 7, 0)),
        "smul": ((3, -4, -12), (300, 300, 24464), (-32768, -1, -32768), (256, 256, 0)),
        "sdiv": ((7, 2, 3), (-7, 2, -3), (7, -2, -3), (-7, -2, 3), (-32768, -1, -32768), (1, 2, 0), (5, 0, ARITHMETIC)),
        "srem": ((7, 2, 1), (-7, 2, -1), (7, -2, 1), (-7, -2, -1), (-32768, -1, 0), (5, 0, ARITHMETIC), (0, 0, ARITHMETIC)),
        "sshl": ((1, 3, 8), (1, 15, -32768), (1, 16, 0), (1, 31, 0), (1, 32, 1), (1, -31, 2), (-1, 4, -16), (0x4000, 1, -32768)),
        "sshr": ((8, 3, 1), (-32768, 15, -1), (-32768, 31, -1), (32767, 31, 0), (-7, 1, -4), (5, 32, 5), (64, -30, 16)),
        "sushr": ((8, 3, 1), (-1, 1, -1), (-1, 16, -1), (-1, 17, 32767), (-1, 31, 1), (-32768, 17, 32767), (5, 32, 5),
                  (-1, -1, 1), (32767, 14, 1)),
        "sand": ((0x0FF0, 0x3C3C, 0x0C30), (-1, -32768, -32768), (-1, 0, 0)),
        "sor": ((0x0FF0, 0x3C3C, 0x3FFC), (-32768, 1, -32767), (0, 0, 0)),
        "sxor": ((0x0FF0, 0x3C3C, 0x33CC), (-1, 32767, -32768), (-1, -1, 0)),
        "iadd": ((1, 2, 3), (MAX, 1, MIN), (MIN, -1, MAX), (32767, 1, 32768)),
        "isub": ((1, 2, -1), (MIN, 1, MAX), (0, MIN, MIN)),
        "imul": ((300, -300, -90000), (0x10000, 0x10000, 0), (MIN, -1, MIN), (123456, 100000, -539301888)),
        "idiv": ((7, 2, 3), (-7, 2, -3), (7, -2, -3), (-7, -2, 3), (MIN, -1, MIN), (MAX, 3, 715827882), (5, 0, ARITHMETIC)),
        "irem": ((7, 2, 1), (-7, 2, -1), (7, -2, 1), (-7, -2, -1), (MIN, -1, 0), (MIN, 10, -8), (0, 0, ARITHMETIC)),
        "ishl": ((1, 3, 8), (1, 31, MIN), (1, 32, 1), (1, -1, MIN), (-1, 16, -65536), (0x40000000, 2, 0)),
        "ishr": ((8, 3, 1), (MIN, 31, -1), (MAX, 31, 0), (-7, 1, -4), (5, 32, 5), (MIN, -1, -1)),
        "iushr": ((8, 3, 1), (-1, 1, MAX), (-1, 31, 1), (MIN, 31, 1), (-1, 32, -1), (-1, -28, 0x0FFFFFFF)),
        "iand": ((0x0FF00FF0, 0x3C3C3C3C, 0x0C300C30), (-1, MIN, MIN)),
        "ior": ((0x0FF00FF0, 0x3C3C3C3C, 0x3F3C3FFC), (MIN, MAX, -1)),
        "ixor": ((0x0FF00FF0, 0x3C3C3C3C, 0x33CC33CC), (-1, MAX, MIN)),
        "icmp": ((1, 2, -1), (2, 2, 0), (3, 2, 1), (MIN, MAX, -1), (MAX, MIN, 1), (-1, 0, -1)),
    }  # fmt: skip
    for name, cases in table.items():
        for a, b, result in cases:
            if name[0] == "s":
                yield _one(name, f"sload_0 / sload_1 / {name} / sreturn", result, "(SS)S", a, b)
            else:
                last, kind = ("sreturn", "S") if name == "icmp" else ("ireturn", "I")
                yield _one(name, f"iload_0 / iload_2 / {name} / {last}", result, f"(II){kind}", a, b)
    for a, result in ((1, -1), (-1, 1), (0, 0), (-32768, -32768), (32767, -32767)):
        yield _one("sneg", "sload_0 / sneg / sreturn", result, "(S)S", a)
    for a, result in ((1, -1), (0, 0), (MIN, MIN), (MAX, -MAX)):
        yield _one("ineg", "iload_0 / ineg / ireturn", result, "(I)I", a)


def _conversions() -> Iterator[Row]:
    for a, result in ((0x1234, 0x34), (0xFF, -1), (0x80, -128), (-129, 127), (127, 127), (-32768, 0)):
        yield _one("s2b", "sload_0 / s2b / sreturn", result, "(S)S", a)
    for a in (-5, 0, 32767, -32768):
        yield _one("s2i", "sload_0 / s2i / ireturn", a, "(S)I", a)
    for a, result in ((0x12345680, -128), (0x100, 0), (-1, -1), (MIN, 0), (MAX, -1)):
        yield _one("i2b", "iload_0 / i2b / sreturn", result, "(I)S", a)
    for a, result in ((0x12348000, -32768), (0x10000, 0), (-1, -1), (MIN, 0), (MAX, -1), (-32769, 32767)):
        yield _one("i2s", "iload_0 / i2s / sreturn", result, "(I)S", a)


# --- control


def _branches() -> Iterator[Row]:
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
            yield _one(name, end.format(jump, ""), result, "(S)S", value)
            yield _one(name, back.format("", jump), result, "(S)S", value)
            jump = f"sload_0 / {name}_w Y"
            yield _one(f"{name}_w", end.format(jump, far), result, "(S)S", value)
            yield _one(f"{name}_w", far_back.format(far, jump), result, "(S)S", value)
    for name, less, equal, more in (
        ("if_scmpeq", 0, 1, 0), ("if_scmpne", 1, 0, 1), ("if_scmplt", 1, 0, 0), ("if_scmpge", 0, 1, 1),
        ("if_scmpgt", 0, 0, 1), ("if_scmple", 1, 1, 0),
    ):  # fmt: skip
        for a, b, result in ((1, 2, less), (-32768, 32767, less), (5, 5, equal), (-1, -1, equal), (2, 1, more),
                             (0, -1, more)):  # fmt: skip
            for wide in ("", "_w"):
                code = end.format(f"sload_0 / sload_1 / {name}{wide} Y", far if wide else "")
                yield _one(f"{name}{wide}", code, result, "(SS)S", a, b)
    array = "sconst_1 / newarray byte"
    for name, code, result in (
        ("ifnull", "aconst_null", 1), ("ifnull", array, 0), ("ifnonnull", "aconst_null", 0), ("ifnonnull", array, 1),
        ("if_acmpeq", "aconst_null / aconst_null", 1), ("if_acmpeq", f"{array} / {array}", 0),
        ("if_acmpeq", f"{array} / dup", 1), ("if_acmpeq", f"{array} / aconst_null", 0),
        ("if_acmpne", "aconst_null / aconst_null", 0), ("if_acmpne", f"{array} / {array}", 1),
        ("if_acmpne", f"{array} / dup", 0), ("if_acmpne", f"aconst_null / {array}", 1),
    ):  # fmt: skip
        yield _one(name, end.format(f"{code} / {name} Y", ""), result)
        yield _one(f"{name}_w", end.format(f"{code} / {name}_w Y", far), result)
    yield _one("goto", end.format("goto Y", ""), 1)
    yield _one("goto", "goto B / Y: sconst_1 / sreturn / B: goto Y", 1)
    yield _one("goto_w", end.format("goto_w Y", far), 1)
    yield _one("goto_w", f"goto_w B / Y: sconst_1 / sreturn / {far}B: goto_w Y", 1)
    loop = "sconst_0 / sstore_1 / L: sload_0 / ifle E / sload_1 / sload_0 / sadd / sstore_1 / sinc 0 -1 / goto L / E: sload_1 / sreturn"
    yield _one("goto", loop, 5050, "(S)S", 100)


def _subroutines() -> Iterator[Row]:
    twice = "jsr D / jsr D / sload_0 / sreturn / D: astore_1 / sload_0 / sconst_2 / smul / sstore_0 / ret 1"
    nested = (
        "jsr A / sload_0 / sreturn / A: astore_1 / sinc 0 1 / jsr B / sinc 0 10 / ret 1"
        " / B: astore_2 / sinc 0 100 / ret 2"
    )
    for name in ("jsr", "ret"):
        yield _one(name, twice, 28, "(S)S", 7)
        yield _one(name, nested, 111, "(S)S", 0)
    # a finally clause, run on the way out and when thrown through
    yield _one("jsr", ".catch any from S to E using H / S: sconst_1 / sload_0 / sdiv / sstore_1 / jsr F / E: sload_1 / sload_2"
               " / sadd / sreturn / H: astore_3 / jsr F / sload_2 / sreturn / F: astore 4 / bspush 50 / sstore_2 / ret 4",
               51, "(S)S", 1)  # fmt: skip
    yield _one("jsr", "jsr F / sconst_0 / sreturn / " + "nop / " * 300 + "F: pop / sconst_1 / sreturn", 1)


def _switches() -> Iterator[Row]:
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
            yield _one(name, f"sload_0 / {switch} / {targets}", result, "(S)S", value)
    wide = (
        ("itableswitch", "itableswitch -1 A B C default D", {-1: 1, 0: 2, 1: 3, 2: 4, 0x10000: 4, 0xFFFF: 4}),
        ("itableswitch", "itableswitch 0x7FFFFFFE A B default D", {MAX - 1: 1, MAX: 2, MIN: 4, -2: 4}),
        ("itableswitch", "itableswitch 70000 A B default D", {70000: 1, 70001: 2, 4464: 4}),
        ("ilookupswitch", "ilookupswitch -2147483648:A 70000:B 0x7FFFFFFF:C default D", {MIN: 1, 70000: 2, MAX: 3, 4464: 4, 0: 4}),
        ("ilookupswitch", "ilookupswitch default D", {0: 4, MIN: 4}),
    )  # fmt: skip
    for name, switch, cases in wide:
        for value, result in cases.items():
            yield _one(name, f"iload_0 / {switch} / {targets}", result, "(I)S", value)
    for name, push, case in (("stableswitch", "sload_0", "3 A"), ("slookupswitch", "sload_0", "3:A")):
        code = f"goto S / A: sconst_1 / sreturn / D: sconst_2 / sreturn / S: {push} / {name} {case} default D"
        yield _one(name, code, 1, "(S)S", 3)
        yield _one(name, code, 2, "(S)S", 4)


def _returns() -> Iterator[Row]:
    yield _one("return", "return", None, "()V")
    yield _one("return", "sconst_1 / sconst_2 / return", None, "()V")
    yield _one("sreturn", "sconst_1 / sconst_2 / sreturn", 2)
    yield _one("ireturn", "iconst_1 / iipush 70000 / ireturn", 70000, "()I")
    yield _one("areturn", "bspush 12 / invokestatic array / arraylength / sreturn", 12)
    yield _one("sreturn", "sload_0 / sload_1 / invokestatic divide / sload_0 / sadd / sreturn", 13, "(SS)S", 10, 3)
    yield _one("return", "sconst_3 / invokestatic none / sreturn", 3)
    yield _one("ireturn", "iload_0 / bspush 5 / iload_2 / invokestatic wide / ireturn", 100005, "(II)I", 170000, 70000)
    yield Row("areturn", "()S", (), "invokestatic nothing / ifnull Y / sconst_0 / sreturn / Y: sconst_1 / sreturn", 1,
               ".method static nothing()Ljava/lang/Object; / aconst_null / areturn / .end")  # fmt: skip


# --- fields


def _fields() -> Iterator[Row]:
    yield _one("getstatic_b", "getstatic_b sb / sreturn", -3)
    yield _one("getstatic_s", "getstatic_s ss / sreturn", 0x1234)
    yield _one("getstatic_i", "getstatic_i si / ireturn", MIN, "()I")
    yield _one("getstatic_b", "getstatic_b sz / sreturn", 0)
    yield _one("getstatic_s", "getstatic_s zero / sreturn", 0)
    yield _one("getstatic_i", "getstatic_i izero / ireturn", 0, "()I")
    yield _one("getstatic_a", "getstatic_a sa / ifnull Y / sconst_0 / sreturn / Y: sconst_1 / sreturn", 1)
    yield _one("getstatic_a", "getstatic_a text / sconst_1 / baload / getstatic_a text / arraylength / sadd / sreturn",
               ord("B") + 3)  # fmt: skip
    yield _one("getstatic_a", "getstatic_a shorts / sconst_1 / saload / sreturn", -2)
    yield _one("getstatic_a", "getstatic_a ints / sconst_0 / iaload / ireturn", 0x12345678, "()I")
    yield _one("getstatic_a", "getstatic_a flags / sconst_1 / baload / sreturn", 1)
    for value in (127, -128, 0):
        yield _one("putstatic_b", "sload_0 / putstatic_b sb / getstatic_b sb / sreturn", value, "(S)S", value)
    for value in (32767, -32768):
        yield _one("putstatic_s", "sload_0 / putstatic_s zero / getstatic_s zero / sreturn", value, "(S)S", value)
    for value in (MAX, MIN):
        yield _one("putstatic_i", "iload_0 / putstatic_i izero / getstatic_i izero / ireturn", value, "(I)I", value)
    yield _one("putstatic_b", "sconst_1 / putstatic_b sz / getstatic_b sz / getstatic_b sb / sadd / sreturn", -2)
    yield _one(
        "putstatic_a", "sconst_2 / newarray byte / putstatic_a sa / getstatic_a sa / invokestatic length / sreturn", 2
    )
    yield _one("putstatic_a", "aconst_null / putstatic_a text / getstatic_a text / ifnull Y / sconst_0 / sreturn"
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
            yield _one(get, code, value, descriptor)
            yield _one(put, code, value, descriptor)
            yield _one(get, f"{new}aload_0 / {get} {name} / {back}return", 0, descriptor)
            yield _one(get, f"aconst_null / {get} {name} / {back}return", NULL, descriptor)
            yield _one(put, f"aconst_null / {push} / {put} {name} / return", NULL, "()V")
        of_this = f".method public keep(){back.upper()} / {push} / putfield_{kind}_this {name} / getfield_{kind}_this {name} / {back}return / .end"
        for one in (f"getfield_{kind}_this", f"putfield_{kind}_this"):
            yield Row(one, descriptor, (), f"{new}aload_0 / invokevirtual keep / {back}return", value, of_this)
            yield Row(one, descriptor, (), f"{new}aload_0 / invokevirtual keep / pop{'2' if back == 'i' else ''}"
                      f" / aload_0 / getfield_{kind} {name} / {back}return", value, of_this)  # fmt: skip
    for wide in ("", "_w"):
        get, put = f"getfield_a{wide}", f"putfield_a{wide}"
        code = f"{new}aload_0 / bspush 11 / newarray byte / {put} a / aload_0 / {get} a / invokestatic length / sreturn"
        yield _one(get, code, 11)
        yield _one(put, code, 11)
        yield _one(get, f"{new}aload_0 / {get} a / ifnull Y / sconst_0 / sreturn / Y: sconst_1 / sreturn", 1)
        yield _one(put, f"{new}aload_0 / dup / {put} a / aload_0 / aconst_null / {put} a / aload_0 / {get} a / ifnull Y"
                   " / sconst_0 / sreturn / Y: sconst_1 / sreturn", 1)  # fmt: skip
        yield _one(get, f"aconst_null / {get} a / pop / sconst_0 / sreturn", NULL)
        yield _one(put, f"aconst_null / aconst_null / {put} a / sconst_0 / sreturn", NULL)
    of_this = (
        ".method public keep()S / bspush 13 / newarray byte / putfield_a_this a / getfield_a_this a"
        " / invokestatic length / sreturn / .end"
    )
    for one in ("getfield_a_this", "putfield_a_this"):
        yield Row(one, "()S", (), f"{new}aload_0 / invokevirtual keep / sreturn", 13, of_this)
    # a field of a subclass lies behind those of its superclass, and no field over another
    every = (
        f"{new}aload_0 / sconst_1 / putfield_b b / aload_0 / sconst_2 / putfield_s s / aload_0 / iipush 0x30003 / putfield_i i"
        " / aload_0 / aload_0 / putfield_a a / aload_0 / sconst_4 / putfield_s s2 / aload_0 / aload_0 / putfield_a a2"
        " / aload_0 / getfield_b b / aload_0 / getfield_s s / sadd / aload_0 / getfield_i i / i2s / sadd"
        " / aload_0 / getfield_s s2 / sadd / aload_0 / getfield_a a / aload_0 / getfield_a a2 / if_acmpeq Y"
        " / sconst_0 / sreturn / Y: sreturn"
    )
    yield _one("putfield_s", every, 10)
    yield _one("getfield_s", every, 10)


# --- methods, objects


def _calls() -> Iterator[Row]:
    new = "new {0} / dup / invokespecial {0}.<init>()V / "
    for cls, who, hidden, sides in (("Base", 1, 10, 4), ("Derived", 2, 20, 5), ("T", 2, 20, 5)):
        yield _one("invokevirtual", f"{new.format(cls)}invokevirtual Base.who / sreturn", who)
        yield _one("invokevirtual", f"{new.format(cls)}invokevirtual Base.hidden / sreturn", hidden)
        yield _one("invokeinterface", f"{new.format(cls)}invokeinterface Shape.sides / sreturn", sides)
        yield _one("invokeinterface", f"{new.format(cls)}invokeinterface Solid.sides / sreturn", sides)
        yield _one("invokeinterface", f"{new.format(cls)}iload_0 / sload_2 / invokeinterface Solid.volume / ireturn",
                   69993, "(IS)I", 70000, 7)  # fmt: skip
        yield _one("invokevirtual", f"{new.format(cls)}iload_0 / sload_2 / invokevirtual Base.volume / ireturn",
                   69993, "(IS)I", 70000, 7)  # fmt: skip
        # a private method is the class's own whatever a subclass calls the same
        yield _one("invokespecial", f"{new.format(cls)}invokevirtual Base.askSecret / sreturn", 100)
    yield _one("invokespecial", f"{new.format('Derived')}invokevirtual Derived.whoAbove / sreturn", 12)
    yield _one("invokespecial", f"{new.format('T')}invokevirtual T.whoAbove / sreturn", 12)
    yield _one("invokespecial", f"{new.format('Derived')}invokevirtual Derived.hiddenAbove / sreturn", 10)
    yield _one("invokespecial", "new Base / dup / sload_0 / invokespecial Base.<init>(S)V / getfield_s Base.s / sreturn",
               -9, "(S)S", -9)  # fmt: skip
    yield _one("invokespecial", "aconst_null / invokespecial Base.<init>()V / sconst_0 / sreturn", NULL)
    yield _one("invokevirtual", f"{new.format('Base')}bspush 100 / iconst_3 / sconst_5 / aconst_null / invokevirtual Base.mix"
               " / sreturn", -147)  # fmt: skip
    yield _one("invokevirtual", f"{new.format('Base')}astore_0 / aload_0 / bspush 100 / iconst_3 / sconst_5 / aload_0"
               " / invokevirtual Base.mix / sreturn", 147)  # fmt: skip
    same = f"{new.format('Base')}astore_0 / aload_0 / {{}} / invokevirtual Object.equals / sreturn"
    yield _one("invokevirtual", same.format("aload_0"), 1)
    yield _one("invokevirtual", same.format("aconst_null"), 0)
    yield _one("invokevirtual", same.format(new.format("Base")[:-3]), 0)
    yield _one("invokevirtual", "sconst_1 / newarray byte / dup / invokevirtual Object.equals / sreturn", 1)
    yield _one("invokevirtual", "aconst_null / invokevirtual Base.who / sreturn", NULL)
    yield _one("invokevirtual", "aconst_null / invokevirtual Base.hidden / sreturn", NULL)
    yield _one("invokevirtual", "aconst_null / aconst_null / invokevirtual Object.equals / sreturn", NULL)
    yield _one("invokeinterface", "aconst_null / invokeinterface Shape.sides / sreturn", NULL)
    yield _one(
        "invokeinterface", "aconst_null / iconst_1 / sconst_1 / invokeinterface Solid.volume / ireturn", NULL, "()I"
    )
    yield _one(
        "invokestatic", "iload_0 / sload_2 / iload_3 / invokestatic wide / ireturn", 100007, "(ISI)I", 170000, 7, 70000
    )
    yield _one("invokestatic", "sload_0 / sload_1 / invokestatic divide / sreturn", -3, "(SS)S", 7, -2)
    yield _one("invokestatic", "sload_0 / sload_1 / invokestatic divide / sreturn", ARITHMETIC, "(SS)S", 7, 0)
    yield _one("invokestatic", "bspush 20 / invokestatic deep / sreturn", ARITHMETIC)
    factorial = (
        ".method static fact(I)I / iload_0 / iconst_1 / icmp / ifgt More / iconst_1 / ireturn"
        " / More: iload_0 / iload_0 / iconst_1 / isub / invokestatic fact / imul / ireturn / .end"
    )
    yield Row("invokestatic", "(I)I", (12,), "iload_0 / invokestatic fact / ireturn", 479001600, factorial)


def _objects() -> Iterator[Row]:
    yield _one("new", "new T / dup / invokespecial T.<init>()V / dup / getfield_s T.s / s2i / istore_0 / getfield_i T.i"
               " / iload_0 / iadd / ireturn", 0, "()I")  # fmt: skip
    yield _one("new", "new Base / new Base / if_acmpne Y / sconst_0 / sreturn / Y: sconst_1 / sreturn", 1)
    yield _one("new", "new Derived / instanceof Base / sreturn", 1)
    chain = "aconst_null / astore_0 / L: new T / dup / aload_0 / putfield_a T.a / astore_0 / goto L"
    yield _one("new", chain, SYSTEM)


def _casts() -> Iterator[Row]:
    new = "new {0} / dup / invokespecial {0}.<init>()V"
    arrays = {kind: f"sconst_2 / newarray {kind}" for kind in ("boolean", "byte", "short", "int")}
    objects = {name: f"sconst_2 / anewarray {name}" for name in ("Base", "Derived", "Shape", "Other")}
    cases = [
        ("aconst_null", "Base", None), ("aconst_null", "byte[]", None), ("aconst_null", "Base[]", None),
        (new.format("Base"), "Base", True), (new.format("Derived"), "Base", True), (new.format("Base"), "Derived", False),
        (new.format("T"), "Object", True), (new.format("T"), "Empty", True), (new.format("Base"), "Empty", False),
        (new.format("Base"), "Shape", True), (new.format("T"), "Solid", True), (new.format("Other"), "Base", False),
        (new.format("Other"), "Shape", False), (new.format("Base"), "byte[]", False), (new.format("Base"), "Base[]", False),
    ]  # fmt: skip
    for kind, made in arrays.items():
        cases += [(made, f"{other}[]", kind == other) for other in arrays]
        cases += [(made, "Object", True), (made, "Object[]", False), (made, "Base", False), (made, "Shape", False)]
    for element, into, fits in (
        ("Base", "Base", True), ("Derived", "Base", True), ("Base", "Derived", False), ("Derived", "Empty", True),
        ("Base", "Empty", False), ("Shape", "Object", True), ("Shape", "Shape", True), ("Shape", "Base", False),
        ("Other", "Base", False), ("Base", "Object", True),
    ):  # fmt: skip
        cases.append((objects[element], f"{into}[]", fits))
    cases += [(objects["Base"], "Object", True), (objects["Base"], "Base", False), (objects["Base"], "byte[]", False)]
    for made, wanted, fits in cases:
        yield _one("instanceof", f"{made} / instanceof {wanted} / sreturn", int(bool(fits)))
        code = f"{made} / dup / astore_0 / checkcast {wanted} / aload_0 / if_acmpeq Y / sconst_0 / sreturn / Y: sconst_1 / sreturn"
        yield _one("checkcast", code, CAST if fits is False else 1)


def _throwing() -> Iterator[Row]:
    new = "new {0} / dup / invokespecial {0}.<init>()V / athrow"
    names = ("ArithmeticException", "ArrayStoreException", "SecurityException", "Exception", "RuntimeException")
    for name in names:
        yield _one("athrow", new.format(name), f"java/lang/{name}", "()V")
    yield _one("athrow", "aconst_null / athrow", NULL, "()V")
    caught = ".catch {} from S to E using H / S: {} / E: H: pop / sconst_5 / sreturn"
    yield _one("athrow", caught.format("any", new.format("ArithmeticException")), 5)
    yield _one("athrow", caught.format("ArithmeticException", new.format("ArithmeticException")), 5)
    yield _one("athrow", caught.format("Throwable", new.format("ArithmeticException")), 5)
    yield _one("athrow", caught.format("NullPointerException", "aconst_null / athrow"), 5)
    yield _one("athrow", caught.format("NullPointerException", new.format("ArithmeticException")), ARITHMETIC)
    # what the machine throws is caught like anything else, in the method or by one above it
    divides = "sload_0 / sconst_0 / sdiv / sreturn"
    yield _one("sdiv", caught.format("ArithmeticException", divides), 5, "(S)S", 1)
    yield _one("sdiv", caught.format("Exception", divides), 5, "(S)S", 1)
    yield _one("invokestatic", caught.format("RuntimeException", "bspush 10 / invokestatic deep / sreturn"), 5)
    yield _one("invokestatic", caught.format("any", "sload_0 / sconst_0 / invokestatic divide / sreturn"), 5, "(S)S", 1)
    indexed = "sconst_1 / newarray byte / sconst_1 / baload / sreturn"
    yield _one("baload", caught.format("IndexOutOfBoundsException", indexed), 5)
    yield _one("baload", caught.format("ArithmeticException", indexed), INDEX)
    yield _one(
        "newarray", caught.format("NegativeArraySizeException", "sconst_m1 / newarray byte / arraylength / sreturn"), 5
    )
    # the first that fits of the table; a range begins at its start and ends before its end
    two = ".catch {} from S to E using G / .catch {} from S to E using H / S: {} / E: G: pop / sconst_1 / sreturn / H: pop / sconst_2 / sreturn"
    yield _one("athrow", two.format("ArithmeticException", "any", new.format("ArithmeticException")), 1)
    yield _one("athrow", two.format("NullPointerException", "any", new.format("ArithmeticException")), 2)
    yield _one("athrow", two.format("any", "ArithmeticException", new.format("ArithmeticException")), 1)
    edges = (
        ".catch any from S to E using H / sload_0 / ifne S / sconst_1 / sconst_0 / sdiv / sreturn"
        " / S: sconst_1 / sload_0 / sconst_1 / ssub / sdiv / sreturn / E: H: pop / bspush 9 / sreturn"
    )
    yield _one("sdiv", edges, ARITHMETIC, "(S)S", 0)
    yield _one("sdiv", edges, 9, "(S)S", 1)
    yield _one("sdiv", edges, 1, "(S)S", 2)
    # a handler within its own range, one that throws anew, nested ranges
    again = (
        ".catch ArithmeticException from S to E using H / S: sconst_1 / sload_0 / sdiv / sreturn"
        " / H: pop / sinc 0 1 / goto S / E: nop"
    )
    yield _one("sdiv", again, 1, "(S)S", 0)
    nested = (
        ".catch ArithmeticException from A to B using H / .catch any from A to C using G"
        " / A: sconst_1 / sload_0 / sdiv / sreturn / B: H: pop / aconst_null / athrow / C: G: instanceof NullPointerException"
        " / bspush 30 / sadd / sreturn"
    )
    yield _one("athrow", nested, 31, "(S)S", 0)
    rethrown = ".catch any from S to E using H / S: sconst_1 / sload_0 / sdiv / sreturn / E: H: sinc 0 3 / athrow"
    yield _one("athrow", rethrown, ARITHMETIC, "(S)S", 0)
    # the stack is emptied but for the throwable; local variables keep what they have
    kept = (
        ".catch any from S to E using H / S: bspush 7 / sstore_1 / sconst_1 / sconst_2 / sconst_3 / sload_0 / sdiv / sadd / sadd"
        " / sreturn / E: H: pop / sload_1 / sreturn"
    )
    yield _one("athrow", kept, 7, "(S)S", 0)


def uncovered() -> set[str]:
    """Instructions that no row is about."""
    return set(OPCODES) - {row.instruction for row in rows()}
