"""What each of the 185 instructions does (JCVM chapter 7): code, arguments, and what comes of it.

A row is `(instruction, descriptor, arguments, code, outcome)`: a static method of class T gets the arguments and gives
the outcome, a number, or throws, when the outcome is the name of a class. Instructions are separated by ` / `.
"""

from __future__ import annotations

from dataclasses import dataclass

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
    sload_1 / iload_2 / i2s / ssub / sload 4 / bspush 10 / smul / sadd
    aload 5 / ifnull N / sreturn / N: sneg / sreturn
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
        # the linker reads what something refers to, be it never executed
        anchor = ".method static anchor()V\naconst_null\nathrow\ninvokestatic run\n.end\n"
        text = f"{LIBRARY}{members}{anchor}.method public static run{self.descriptor}\n{self.code}\n.end\n"
        return text.replace(" / ", "\n")

    def __str__(self) -> str:
        return f"{self.instruction}{self.args}={self.outcome}"


def row(instruction: str, code: str, outcome: int | str | None, descriptor: str = "()S", *args: int) -> Row:
    return Row(instruction, descriptor, args, code, outcome)
