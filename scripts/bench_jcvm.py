"""How fast the Java Card machine runs byte code: loops over arrays, calls, fields, exceptions, by each engine."""

from __future__ import annotations

import time
from dataclasses import dataclass

from simtool.softcard.jcvm.api.java import io, lang, rmi
from simtool.softcard.jcvm.api.javacard import framework
from simtool.softcard.jcvm.objects import Owner
from tests.harness import jcvm
from tests.harness.jcasm import assemble

LIMIT = 10**9
PROGRAMS = """
.package com/example/bench A000000055970101 1.0
.import javacard.framework 1.2
.export
.class public Bench
.field private short count
.field static byte[] TABLE = "0123456789ABCDEF"
.method public <init>()V
    aload_0
    invokespecial super.<init>()V
    return
.end
.method public static arrays(S)S        // checksum over a table, as a CRC has it
    .locals 2
    sconst_0
    sstore_1
    sconst_0
    sstore_2
Again: sload_2
    sload_0
    if_scmpge Done
    sload_1
    sconst_1
    sshl
    getstatic_a TABLE
    sload_2
    bspush 15
    sand
    baload
    sxor
    sstore_1
    sinc 2 1
    goto Again
Done: sload_1
    sreturn
.end
.method public static calls(S)S         // Fibonacci, the slow way
    sload_0
    sconst_2
    if_scmpge More
    sload_0
    sreturn
More: sload_0
    sconst_1
    ssub
    invokestatic calls(S)S
    sload_0
    sconst_2
    ssub
    invokestatic calls(S)S
    sadd
    sreturn
.end
.method public step(S)V
    aload_0
    aload_0
    getfield_s count
    sload_1
    sadd
    putfield_s count
    return
.end
.method public static fields(S)S        // a persistent field, changed by a virtual method
    .locals 1
    new Bench
    dup
    invokespecial Bench.<init>()V
    astore_1
Again: aload_1
    sload_0
    invokevirtual step(S)V
    sinc 0 -1
    sload_0
    ifgt Again
    aload_1
    getfield_s count
    sreturn
.end
.method public static throws(S)S        // an exception caught in each round
    .locals 1
    sconst_0
    sstore_1
Again: sload_0
    ifle Done
From: getstatic_a TABLE
    bspush 99
    baload
    pop
To: goto Next
Caught: pop
    sinc 1 1
Next: sinc 0 -1
    goto Again
Done: sload_1
    sreturn
    .catch java/lang/ArrayIndexOutOfBoundsException from From to To using Caught
.end
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """Byte codes that a program took, and seconds for them, translation counted in."""

    byte_codes: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.byte_codes / self.seconds


def show() -> None:
    """Print the table."""
    print("\n── Java Card machine: byte codes per second (aim 2,000,000)")
    print(f"{'program':32}{'byte codes':>12}{'translated':>16}{'interpreted':>16}")
    for name, argument in (("arrays", 30_000), ("calls", 21), ("fields", 30_000), ("throws", 10_000)):
        fast, slow = (measure(name, argument, translator=one) for one in (True, False))
        print(f"{name:32}{slow.byte_codes:>12,}{fast.per_second:>16,.0f}{slow.per_second:>16,.0f}")


def measure(name: str, argument: int, *, translator: bool) -> Rate:
    """Run one of the programs on a machine of its own."""
    vm = jcvm.machine((lang, io, rmi, framework))
    vm.use(translator=translator)
    vm.limit = LIMIT
    made = assemble(PROGRAMS)
    package = vm.load(made.block)
    method = package.methods[made.offsets[f"Bench.{name}"]]
    with vm.running_as(Owner(package.aid, package.context)):
        before = time.perf_counter()
        method.call(vm, argument)
        seconds = time.perf_counter() - before
    return Rate(vm.executed, seconds)


if __name__ == "__main__":
    show()
