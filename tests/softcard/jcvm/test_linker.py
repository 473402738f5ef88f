"""Packages that build on one another, in every CAP format; what does not fit is refused (JCVM chapter 6, §4.3.7)."""

from __future__ import annotations

import pytest

from simtool.codec.cap import ComponentTag
from simtool.softcard.jcvm.api.java import lang
from simtool.softcard.jcvm.api.javacard import framework
from simtool.softcard.jcvm.faults import LinkError
from simtool.softcard.jcvm.objects import Owner
from simtool.softcard.jcvm.vm import Vm
from tests.harness import jcvm
from tests.harness.jcasm import Assembled, assemble

FORMATS = pytest.mark.parametrize("format_", [(2, 1), (2, 2), (2, 3)], ids=["2.1", "2.2", "2.3"])
BOTH = pytest.mark.parametrize("translator", [False, True], ids=["interpreter", "translator"])

LIBRARY = """
.package lib A0000000E4 1.2
.import javacard.framework 1.0
.export
.interface public Counter
.method next()S
.class public abstract Base implements Counter
.field private byte[] hidden
.field protected short count
.field protected int total
.field public static short made = 40
.method protected <init>(S)V
    aload_0 / invokespecial super.<init>()V
    aload_0 / sload_1 / putfield_s count
    getstatic_s made / sconst_1 / sadd / putstatic_s made
    return
.end
.method public next()S
    aload_0 / dup / getfield_s count / aload_0 / invokevirtual step / sadd / putfield_s count
    aload_0 / getfield_s count / sreturn
.end
.method protected abstract step()S
.method quiet()S
    bspush 11 / sreturn
.end
.method louder()S
    bspush 12 / sreturn
.end
.method public throughBase()S
    aload_0 / invokevirtual quiet / bspush 100 / smul / aload_0 / invokevirtual louder / sadd / sreturn
.end
.class public Final extends Base
.method public <init>()V
    aload_0 / sconst_5 / invokespecial super.<init>(S)V / return
.end
.method protected step()S
    sconst_2 / sreturn
.end
.method quiet()S
    bspush 13 / sreturn
.end
"""
USER = """
.package user A0000000E5 1.0
.import lib 1.2
.import javacard.framework 1.0
.class public Mine extends Base
.field private short own
.field private Object kept
.method public <init>(S)V
    aload_0 / sload_1 / invokespecial super.<init>(S)V / aload_0 / bspush 7 / putfield_s own / return
.end
.method protected step()S
    sconst_3 / sreturn
.end
.method quiet()S
    bspush 99 / sreturn
.end
.method mine()S
    aload_0 / invokevirtual quiet / aload_0 / getfield_s own / sadd / sreturn
.end
.class public T
"""


def prepare(text: str) -> str:
    return text.replace(" / ", "\n")


def run(code: str, result: str = "S", *, format_: tuple[int, int] = (2, 1), translator: bool = False) -> object:
    """What a static method of the user's class T gives; both packages are of one format."""
    library = assemble(prepare(LIBRARY), format=format_)
    # the linker reads what something refers to, be it never executed
    anchor = ".method static anchor()V\naconst_null\nathrow\ninvokestatic run\n.end"
    text = f"{USER}{anchor}\n.method static run(){result}\n{code}\n.end"
    user = assemble(prepare(text), format=format_, imports=(library.export,))
    vm = machine()
    vm.use(translator=translator)
    vm.load(library.block)
    package = vm.load(user.block)
    with vm.running_as(Owner(package.aid, package.context)):
        return package.methods[user.offsets["T.run"]].call(vm)


def machine() -> Vm:
    return jcvm.machine((lang, framework))


MINE = "new Mine / dup / bspush 20 / invokespecial Mine.<init>(S)V / "


@FORMATS
@BOTH
@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (f"{MINE}invokevirtual Mine.next / sreturn", 23),
        (f"{MINE}invokevirtual Base.next / sreturn", 23),
        (f"{MINE}invokeinterface Counter.next / sreturn", 23),
        (f"{MINE}instanceof Counter / sreturn", 1),
        (f"{MINE}dup / invokevirtual Mine.next / pop / getfield_s Mine.count / sreturn", 23),
        ("new Final / dup / invokespecial Final.<init>()V / invokevirtual Final.next / sreturn", 7),
        ("new Final / dup / invokespecial Final.<init>()V / invokeinterface Counter.next / sreturn", 7),
        (f"{MINE}pop / getstatic_s Base.made / sreturn", 41),
        # a package-visible method is not overridden by one of the same name in another package
        (f"{MINE}invokevirtual Mine.throughBase / sreturn", 1112),
        (f"{MINE}invokevirtual Mine.mine / sreturn", 106),
        ("new Final / dup / invokespecial Final.<init>()V / invokevirtual Base.throughBase / sreturn", 1312),
    ],
)
def test_a_class_of_another_package(code: str, outcome: int, format_: tuple[int, int], translator: bool) -> None:
    assert run(code, format_=format_, translator=translator) == outcome


@FORMATS
def test_fields_lie_behind_those_of_the_superclass(format_: tuple[int, int]) -> None:
    code = (
        f"{MINE}astore_0 / aload_0 / iipush 70000 / putfield_i Mine.total / aload_0 / invokevirtual Mine.next / s2i"
        " / aload_0 / getfield_i Mine.total / iadd / aload_0 / invokevirtual Mine.mine / s2i / iadd / ireturn"
    )
    assert run(code, "I", format_=format_) == 70000 + 23 + 106


def test_what_is_not_on_the_card() -> None:
    library = assemble(prepare(LIBRARY))
    user = assemble(prepare(USER), imports=(library.export,))
    vm = machine()
    with pytest.raises(LinkError, match="A0000000E4 1.2 is not on this card"):
        vm.load(user.block)
    assert not vm.packages


def poked(made: Assembled, tag: ComponentTag, old: str, new: str) -> bytes:
    """With other bytes in the place of some that stand once in a component."""
    body = made.bodies[tag]
    assert body.count(bytes.fromhex(old)) == 1, body.hex()
    return made.with_component(tag, body.replace(bytes.fromhex(old), bytes.fromhex(new))).block


SMALL = """
.package small A0000000E6 1.0
.import javacard.framework 1.0
.class public One extends CardRuntimeException
.field private short a
.field private Object b
.method public setReason(S)V
    aload_0 / sload_1 / invokespecial super.setReason(S)V
    aload_0 / getfield_s a / pop
    aload_0 / invokevirtual getReason / pop
    new One / pop
    sconst_0 / invokestatic ISOException.throwIt
    return
.end
"""


@pytest.mark.parametrize(
    ("tag", "old", "new", "reason"),
    [
        (ComponentTag.CLASS, "008005", "008063", "no class with token 99"),
        (ComponentTag.CLASS, "008005", "008205", "package token 2 is not imported"),
        (ComponentTag.CLASS, "008005", "000000", "extends itself"),
        (ComponentTag.CLASS, "008005", "000001", "no class begins at offset 1"),
        (ComponentTag.CLASS, "008005", "008000", "extends an interface"),
        (ComponentTag.CLASS, "02000102", "02000302", "more references than words"),
        (ComponentTag.CLASS, "02000102", "02000109", "begins at token 9, the superclass ends at 3"),
        (ComponentTag.CLASS, "0102010000", "0102020000", "needs 2 bytes|offset"),
        (ComponentTag.CONSTANT_POOL, "02000001", "02000004", "no field with token 4"),
        (ComponentTag.CONSTANT_POOL, "04000002", "04000009", "no method with token 9"),
        (ComponentTag.CONSTANT_POOL, "03000001", "03000009", "no virtual method with token 9"),
        (ComponentTag.CONSTANT_POOL, "01000000", "01000100", "no class begins at offset 1"),
        (ComponentTag.CONSTANT_POOL, "06800701", "06800777", "no static method"),
        (ComponentTag.CONSTANT_POOL, "06800701", "06007777", "cannot be"),
    ],
)
def test_what_does_not_fit(tag: ComponentTag, old: str, new: str, reason: str) -> None:
    vm = machine()
    made = assemble(prepare(SMALL))
    with pytest.raises(LinkError, match=reason):
        vm.load(poked(made, tag, old, new))
    assert not vm.packages
    assert vm.load(made.block).name


def test_a_handler_outside_of_the_code() -> None:
    code = ".catch any from S to E using S\nS: nop\nE: return"
    made = assemble(f".package p A0000000E7 1.0\n.class C\n.method static run()V\n{code}\n.end")
    vm = machine()
    with pytest.raises(LinkError, match="handler"):
        vm.load(made.patched(ComponentTag.METHOD, 5, b"\x70\x00").block)


def test_a_package_that_goes_leaves_nothing() -> None:
    vm = machine()
    before = dict(vm.heap.objects), vm.heap.used
    package = vm.load(assemble(prepare(LIBRARY)).block)
    assert vm.heap.used > before[1]
    vm.unload(package.aid)
    assert (dict(vm.heap.objects), vm.heap.used) == before
    assert not vm.packages
