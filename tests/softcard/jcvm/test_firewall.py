"""The applet firewall, instruction by instruction, on both engines (JCRE 3.0.5 §6.2.8).

Package `held` keeps objects of its own context in public static fields. Class T of package `visitor` gets at the
references, which is allowed, and uses them, which mostly is not. Arguments are what the runtime lends: a temporary
entry point, a permanent one, a global array.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pytest

from simtool.softcard.jcvm.api.java import lang
from simtool.softcard.jcvm.api.javacard import framework
from simtool.softcard.jcvm.faults import JavaThrow
from simtool.softcard.jcvm.objects import JCRE, TEMPORARY, Kind, Lifetime, Owner, Ref
from simtool.softcard.jcvm.vm import Vm
from tests.harness import jcvm
from tests.harness.jcasm import Assembled, assemble

SECURITY = "java/lang/SecurityException"
NULL = "java/lang/NullPointerException"
ARITHMETIC = "java/lang/ArithmeticException"

HELD = """
.package held A0000000E1 1.0
.import javacard.framework 1.0
.export
.interface public Service extends Shareable
.method twice(S)S
.method give()Ljava/lang/Object;
.method fail(S)V
.method own()S
.interface public Plain
.method twice(S)S
.class public Vault implements Service, Plain
.field public byte b
.field public short s
.field public int i
.field public Object a
.field public static Vault vault
.field public static Object[] refs
.field public static boolean[] flags
.field public static byte[] bytes
.field public static short[] shorts
.field public static int[] ints
.field public static Exception error
.field public static short number = 5
.method public <init>()V
    aload_0 / invokespecial super.<init>()V / aload_0 / sconst_3 / putfield_s s / return
.end
.method public static fill()V
    new Vault / dup / invokespecial Vault.<init>()V / putstatic_a vault
    sconst_2 / anewarray Object / putstatic_a refs
    sconst_2 / newarray boolean / putstatic_a flags
    sconst_2 / newarray byte / putstatic_a bytes
    sconst_2 / newarray short / putstatic_a shorts
    sconst_2 / newarray int / putstatic_a ints
    new Exception / dup / invokespecial Exception.<init>()V / putstatic_a error
    return
.end
.method public static quarter(S)S
    sload_0 / sconst_2 / sshr / sreturn
.end
.method public twice(S)S
    sload_1 / dup / sadd / sreturn
.end
.method public give()Ljava/lang/Object;
    new Vault / dup / invokespecial Vault.<init>()V / areturn
.end
.method public fail(S)V
    sconst_1 / sload_1 / sdiv / pop / return
.end
.method public own()S
    aload_0 / getfield_s s / getstatic_a bytes / arraylength / sadd / sreturn
.end
"""
VISITOR = """
.package visitor A0000000E2 1.0
.import held 1.0
.import javacard.framework 1.0
.class public T
.field public Object kept
.field public short s
.field static Object slot
.method public <init>()V
    aload_0 / invokespecial super.<init>()V / return
.end
.method public keep(Ljava/lang/Object;)V
    aload_1 / putfield_a_this kept / return
.end
"""


@dataclass(frozen=True, slots=True)
class Row:
    """`code` is a method with three arguments, see above; `outcome` is what it gives, or throws."""

    instruction: str
    code: str
    outcome: int | str

    def __str__(self) -> str:
        return f"{self.instruction}: {self.code}"


def get(name: str) -> str:
    """One of the objects of the other context."""
    return f"getstatic_a Vault.{name} / "


NEW = "new T / dup / invokespecial T.<init>()V"
IS_NULL = "ifnull Y / sconst_0 / sreturn / Y: sconst_1 / sreturn"
ROWS = (
    # static fields and methods are everybody's (§6.2.8.1)
    Row("getstatic_s", "getstatic_s Vault.number / sreturn", 5),
    Row("putstatic_s", "bspush 9 / putstatic_s Vault.number / getstatic_s Vault.number / sreturn", 9),
    Row("putstatic_a", "aconst_null / putstatic_a Vault.vault / getstatic_a Vault.vault / " + IS_NULL, 1),
    Row("putstatic_a", f"{get('vault')}putstatic_a slot / getstatic_a slot / {IS_NULL}", 0),
    Row("invokestatic", "bspush 100 / invokestatic Vault.quarter / sreturn", 25),
    # a reference may be had, compared and handed on
    Row("areturn", f"{get('vault')}{IS_NULL}", 0),
    Row("if_acmpeq", f"{get('vault')}{get('vault')}if_acmpeq Y / sconst_0 / sreturn / Y: sconst_1 / sreturn", 1),
    Row("putfield_a", f"{NEW} / dup / {get('vault')}putfield_a kept / getfield_a kept / {IS_NULL}", 0),
    Row("aastore", f"sconst_1 / anewarray Object / dup / sconst_0 / {get('vault')}aastore / arraylength / sreturn", 1),
    # fields of another's object (§6.2.8.3)
    *(Row(f"getfield_{kind}{wide}", f"{get('vault')}getfield_{kind}{wide} Vault.{kind} / pop / sconst_0 / sreturn",
          SECURITY) for kind in "absi" for wide in ("", "_w")),
    *(Row(f"putfield_{kind}{wide}", f"{get('vault')}{push} / putfield_{kind}{wide} Vault.{kind} / sconst_0 / sreturn",
          SECURITY) for kind, push in (("a", "aconst_null"), ("b", "sconst_1"), ("s", "sconst_1"), ("i", "iconst_1"))
      for wide in ("", "_w")),
    # another's arrays (§6.2.8.2); the firewall comes before the index
    *(Row(load, f"{get(array)}bspush {at} / {load} / pop / sconst_0 / sreturn", SECURITY)
      for array, load in (("refs", "aaload"), ("flags", "baload"), ("bytes", "baload"), ("shorts", "saload"),
                          ("ints", "iaload"))
      for at in (0, 9)),
    *(Row(store, f"{get(array)}bspush {at} / {push} / {store} / sconst_0 / sreturn", SECURITY)
      for array, store, push in (("refs", "aastore", "aconst_null"), ("flags", "bastore", "sconst_1"),
                                 ("bytes", "bastore", "sconst_1"), ("shorts", "sastore", "sconst_1"),
                                 ("ints", "iastore", "iconst_1"))
      for at in (0, 9)),
    *(Row("arraylength", f"{get(array)}arraylength / sreturn", SECURITY)
      for array in ("refs", "flags", "bytes", "shorts", "ints")),
    # methods (§6.2.8.4, 5, 6, 11)
    Row("invokevirtual", f"{get('vault')}bspush 4 / invokevirtual Vault.twice / sreturn", SECURITY),
    Row("invokevirtual", f"{get('vault')}aconst_null / invokevirtual Object.equals / sreturn", SECURITY),
    Row("invokevirtual", f"{get('bytes')}aconst_null / invokevirtual Object.equals / sreturn", SECURITY),
    Row("invokeinterface", f"{get('vault')}bspush 4 / invokeinterface Plain.twice / sreturn", SECURITY),
    Row("invokeinterface", f"{get('vault')}bspush 4 / invokeinterface Service.twice / sreturn", 8),
    Row("invokeinterface", f"{get('vault')}invokeinterface Service.own / sreturn", 5),
    # what it makes is its own, and what it throws goes on; afterwards the caller's context is back
    Row("invokeinterface", f"{get('vault')}invokeinterface Service.give / checkcast Service / {IS_NULL}", 0),
    Row("invokeinterface", f"{get('vault')}invokeinterface Service.give / checkcast Vault / pop / sconst_0 / sreturn",
        SECURITY),
    Row("invokeinterface", f"{get('vault')}sconst_0 / invokeinterface Service.fail / sconst_0 / sreturn", ARITHMETIC),
    Row("invokeinterface", ".catch ArithmeticException from S to E using H / S: "
        f"{get('vault')}sconst_0 / invokeinterface Service.fail / E: sconst_0 / sreturn / H: pop"
        f" / {NEW} / getfield_s T.s / sreturn", 0),
    Row("invokeinterface", ".catch ArithmeticException from S to E using H / S: "
        f"{get('vault')}sconst_0 / invokeinterface Service.fail / E: sconst_0 / sreturn / H: pop"
        f" / {get('vault')}getfield_s Vault.s / sreturn", SECURITY),
    # throwing (§6.2.8.7)
    Row("athrow", f"{get('error')}athrow", SECURITY),
    # casts and questions (§6.2.8.8 to 10): only to a shareable interface
    *(Row(name, f"{get('vault')}{name} {wanted} / pop / sconst_1 / sreturn", outcome)
      for name in ("checkcast", "instanceof")
      for wanted, outcome in (("Vault", SECURITY), ("Object", SECURITY), ("Plain", SECURITY), ("T", SECURITY),
                              ("Service", 1), ("Shareable", 1), ("byte[]", SECURITY))),
    *(Row(name, f"{get(array)}{name} {wanted} / pop / sconst_1 / sreturn", SECURITY)
      for name in ("checkcast", "instanceof")
      for array, wanted in (("bytes", "byte[]"), ("bytes", "short[]"), ("refs", "Object[]"), ("ints", "Object"))),
    # an entry point may be called and kept, a temporary one only called (§6.2.1)
    Row("invokevirtual", "aload_1 / aload_1 / invokevirtual Object.equals / sreturn", 1),
    Row("invokevirtual", "aload_0 / aload_0 / invokevirtual Object.equals / sreturn", 1),
    Row("putstatic_a", f"aload_1 / putstatic_a slot / getstatic_a slot / {IS_NULL}", 0),
    Row("putfield_a", f"{NEW} / dup / aload_1 / putfield_a kept / getfield_a kept / {IS_NULL}", 0),
    Row("aastore", "sconst_1 / anewarray Object / dup / sconst_0 / aload_1 / aastore / arraylength / sreturn", 1),
    Row("checkcast", f"aload_0 / checkcast Throwable / {IS_NULL}", 0),
    Row("instanceof", "aload_1 / instanceof AID / sreturn", 1),
    *(row for lent in (0, 2) for row in (
        Row("putstatic_a", f"aload_{lent} / putstatic_a slot / sconst_0 / sreturn", SECURITY),
        Row("putfield_a", f"{NEW} / aload_{lent} / putfield_a kept / sconst_0 / sreturn", SECURITY),
        Row("putfield_a_w", f"{NEW} / aload_{lent} / putfield_a_w kept / sconst_0 / sreturn", SECURITY),
        Row("putfield_a_this", f"{NEW} / aload_{lent} / invokevirtual keep / sconst_0 / sreturn", SECURITY),
        Row("aastore", f"sconst_1 / anewarray Object / sconst_0 / aload_{lent} / aastore / sconst_0 / sreturn",
            SECURITY),
        Row("astore", f"aload_{lent} / astore_1 / aload_1 / {IS_NULL}", 0),
    )),
    # a global array is open to all
    Row("baload", "aload_2 / sconst_1 / bspush 7 / bastore / aload_2 / sconst_1 / baload / sreturn", 7),
    Row("arraylength", "aload_2 / arraylength / sreturn", 4),
    Row("checkcast", f"aload_2 / checkcast byte[] / {IS_NULL}", 0),
    Row("invokevirtual", "aload_2 / aload_2 / invokevirtual Object.equals / sreturn", 1),
    # the runtime's own throwables are temporary entry points, as what is caught shows
    Row("putstatic_a", ".catch any from S to E using H / S: sconst_1 / sconst_0 / sdiv / E: sreturn"
        " / H: putstatic_a slot / sconst_0 / sreturn", SECURITY),
    Row("athrow", "aload_0 / athrow", NULL),
)  # fmt: skip


@cache
def held() -> Assembled:
    return assemble(HELD.replace(" / ", "\n"))


@cache
def visitor(code: str) -> Assembled:
    run = ".method static run(Ljava/lang/Object;Ljava/lang/Object;[B)S"
    # the linker reads what something refers to, be it never executed
    anchor = ".method static anchor()V\naconst_null\nathrow\ninvokestatic run\n.end"
    text = f"{VISITOR}\n{anchor}\n{run}\n{code}\n.end"
    return assemble(text.replace(" / ", "\n"), imports=(held().export,))


def machine(*, translator: bool) -> Vm:
    """With the objects of `held` in their fields."""
    vm = jcvm.machine((lang, framework))
    vm.use(translator=translator)
    package = vm.load(held().block)
    with vm.running_as(Owner(package.aid, package.context)):
        package.methods[held().offsets["Vault.fill"]].call(vm)
    return vm


def outcome(vm: Vm, row: Row) -> object:
    made = visitor(row.code)
    package = vm.load(made.block)
    temporary = vm.throw(NULL).throwable
    lent: tuple[Ref, ...] = (
        temporary, vm.entry_point("aid:a0000000559901"), vm.runtime_array(4, "global:1"),
    )  # fmt: skip
    assert temporary.context is TEMPORARY
    try:
        with vm.running_as(Owner(package.aid, package.context)):
            return package.methods[made.offsets["T.run"]].call(vm, *lent)
    except JavaThrow as thrown:
        return thrown.throwable.cls.name
    finally:
        assert vm.context is JCRE


@pytest.mark.parametrize("translator", [False, True], ids=["interpreter", "translator"])
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_firewall(row: Row, translator: bool) -> None:
    assert outcome(machine(translator=translator), row) == row.outcome


@pytest.mark.parametrize("translator", [False, True], ids=["interpreter", "translator"])
@pytest.mark.parametrize(
    ("code", "result", "selected"),
    [
        (f"aload_2 / checkcast byte[] / {IS_NULL}", 0, 0),
        ("aload_2 / instanceof short[] / sreturn", 0, 0),
        ("aload_2 / aload_2 / invokevirtual Object.equals / sreturn", 1, 1),
        (f"aload_2 / putstatic_a slot / getstatic_a slot / {IS_NULL}", 0, 0),
        ("aload_2 / arraylength / sreturn", SECURITY, 4),
        ("aload_2 / sconst_1 / baload / sreturn", SECURITY, 0),
        ("aload_2 / sconst_1 / sconst_1 / bastore / sconst_0 / sreturn", SECURITY, 0),
    ],
)
def test_memory_that_is_cleared_on_deselect(code: str, result: object, selected: object, translator: bool) -> None:
    """While its package is not selected, a reference is as good as any, but the elements cannot be reached (§6.2.1)."""
    vm = machine(translator=translator)
    made = visitor(code)
    package = vm.load(made.block)
    owner = Owner(package.aid, package.context)
    found: list[object] = []
    for vm.selected_context in (None, package.context):
        with vm.running_as(owner):
            array = vm.allocate_array(Kind.BYTE, 4, lifetime=Lifetime.CLEAR_ON_DESELECT)
            try:
                found.append(package.methods[made.offsets["T.run"]].call(vm, None, None, array))
            except JavaThrow as thrown:
                found.append(thrown.throwable.cls.name)
    assert found == [result, selected]
