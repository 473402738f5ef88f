"""What the linker refuses: every reference of a package has to lead to something of the right kind (JCVM §6).

A package that is refused leaves nothing on the card.
"""

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

LIBRARY = assemble("""
.package lib A0000000F1 1.0
.export
.interface public Root
.method one()S
.interface public Leaf extends Root
.method two()S
.class public abstract Base implements Leaf
.field public static short number = 5
.field public static byte small = -3
.method public <init>()V
    aload_0
    invokespecial super.<init>()V
    return
.end
.method public one()S
    sconst_1
    sreturn
.end
.method public two()S
    aload_0
    invokevirtual Base.hook()S
    sreturn
.end
.method public abstract hook()S
.method public static tell()S
    getstatic_s Base.number
    sreturn
.end
""")
USER = """
.package user A0000000F2 1.0
.import javacard.framework 1.0
.import lib 1.0
.applet A0000000F201 App
.class public App extends Applet
.method public <init>()V
    aload_0
    invokespecial super.<init>()V
    return
.end
.method public static install([BSB)V
    new App
    dup
    invokespecial App.<init>()V
    invokevirtual Applet.register()V
    return
.end
.method public process(LAPDU;)V
    invokestatic Mine.run()S
    invokestatic Mine.sum()S
    invokestatic Mine.change()V
    return
.end
.class public Mine extends lib/Base
.method public <init>()V
    aload_0
    invokespecial super.<init>()V
    return
.end
.method public hook()S
    bspush 42
    sreturn
.end
.method public one()S
    aload_0
    invokespecial super.one()S
    bspush 10
    sadd
    sreturn
.end
.method public static run()S
    new Mine
    dup
    invokespecial Mine.<init>()V
    dup
    invokeinterface Root.one()S
    swap_x 1 1
    invokeinterface Leaf.two()S
    sadd
    sreturn
.end
.method public static change()V
    bspush 9
    putstatic_s Base.number
    getstatic_b Base.small
    sconst_1
    ssub
    putstatic_b Base.small
    return
.end
.method public static sum()S
    getstatic_s Base.number
    getstatic_b Base.small
    sadd
    sreturn
.end
"""


def user() -> Assembled:
    return assemble(USER, imports=(LIBRARY.export,))


@pytest.fixture
def card() -> Vm:
    return jcvm.machine((lang, framework))


def refused(vm: Vm, made: Assembled, text: str) -> None:
    before, objects = dict(vm.packages), dict(vm.heap.objects)
    vm.heap.begin_installation()
    with pytest.raises(LinkError, match=text):
        vm.load(made.block)
    vm.heap.end_installation(keep=False)
    assert (vm.packages, vm.heap.objects) == (before, objects)


@pytest.mark.parametrize("translator", [False, True], ids=["interpreter", "translator"])
def test_a_class_extends_one_of_a_library(card: Vm, translator: bool) -> None:
    """Interface tables through superinterfaces and an abstract class there, methods of both, super calls."""
    card.use(translator=translator)
    card.load(LIBRARY.block)
    made = user()
    package = card.load(made.block)
    with card.running_as(Owner(package.aid, package.context)):
        assert package.methods[made.offsets["Mine.run"]].call(card) == 11 + 42
        assert package.methods[made.offsets["Mine.sum"]].call(card) == 5 - 3
        package.methods[made.offsets["Mine.change"]].call(card)
        assert package.methods[made.offsets["Mine.sum"]].call(card) == 9 - 4


@pytest.mark.parametrize(
    ("entry", "code", "text"),
    [
        ("05000002", "getstatic_s #N", "static field"),  # the image has two bytes
        ("0500FFFF", "getstatic_s #N", "static field"),
        ("06000000", "invokestatic #N", "method at offset 0"),
        ("0600FFFF", "invokestatic #N", "cannot be"),
        ("01007FFF", "new #N", "."),  # a class_ref to nowhere; the last byte is padding
        ("017FFF00", "new #N", "no class begins"),
        ("01FF0000", "new #N", "not imported"),
        ("0180FF00", "new #N", "token 255"),
        ("02{C}FF", "aload_0 / getfield_s #N", "no field"),
        ("03{C}63", "invokevirtual #N", "no virtual method"),
        ("03{C}E3", "invokevirtual #N", "no virtual method"),
        ("03{I}00", "invokevirtual #N", "no virtual method"),  # an interface has none
        ("04{C}63", "invokespecial #N", "no method"),
        ("0580FF00", "getstatic_s #N", "static"),
        ("0680FF00", "invokestatic #N", "token 255"),
        ("068000FE", "invokestatic #N", "no static method"),
    ],
)
def test_a_constant_that_leads_nowhere(card: Vm, entry: str, code: str, text: str) -> None:
    source = (
        ".package p A0000000E5 1.0\n{pool}.interface public I\n.method go()S\n.class public C\n"
        ".field static short only = 3\n.method public static run()V\n    getstatic_s only\n    pop\n    {code}\n.end\n"
    )
    code = code.replace(" / ", "\n    ")
    first = assemble(source.format(pool="", code="return"))
    places = {"C": f"{first.class_offsets['C']:04X}", "I": f"{first.class_offsets['I']:04X}"}
    pool = f".pool N {entry.format(**places)}\n"
    made = assemble(source.format(pool=pool, code=code).replace("\n    return\n", "\n"))
    refused(card, made, text)


def test_an_install_method_takes_three_words(card: Vm) -> None:
    card.load(LIBRARY.block)
    made = user()
    body = bytearray(made.bodies[ComponentTag.APPLET])
    body[-2:] = made.offsets["App.process"].to_bytes(2)
    refused(card, made.with_component(ComponentTag.APPLET, bytes(body)), "install")


@pytest.mark.parametrize("name", ["App.process", "Mine.hook"])
def test_an_overriding_method_takes_as_many_words(card: Vm, name: str) -> None:
    """Else the arguments on the caller's stack would not be those that the method takes (§4.3.7.6)."""
    card.load(LIBRARY.block)
    made = user()
    offset = made.offsets[name] + 1
    header = made.bodies[ComponentTag.METHOD][offset]
    refused(card, made.patched(ComponentTag.METHOD, offset, bytes((header + 0x10,))), "takes other arguments")


def test_a_method_of_an_interface_takes_as_many_words(card: Vm) -> None:
    made = assemble("""
.package p A0000000E6 1.0
.import javacard.framework 1.2
.class public C implements MultiSelectable
.method public select(Z)Z
    sconst_1
    sreturn
.end
.method public deselect(Z)V
    return
.end
.method public other()V
    return
.end
""")
    card.load(made.block)
    body = made.bodies[ComponentTag.CLASS]
    at = body.rindex(bytes((2, *body[-2:])))
    assert body[at] == 2
    refused(
        jcvm.machine((lang, framework)),
        made.patched(ComponentTag.CLASS, len(body) - 1, bytes((body[-1] + 1,))),
        "arguments",
    )


@pytest.mark.parametrize("text", ["class", "static field", "method"])
def test_an_export_that_leads_nowhere(card: Vm, text: str) -> None:
    """Class, static field, static method of the first exported class that has them."""
    body = LIBRARY.bodies[ComponentTag.EXPORT]
    # count; per class: offset (2), counts of fields and methods, their offsets
    at, places = 1, {}
    for _ in range(body[0]):
        fields, methods = body[at + 2], body[at + 3]
        places = {"class": at, "static field": at + 4, "method": at + 4 + 2 * fields}
        at += 4 + 2 * (fields + methods)
    refused(card, LIBRARY.patched(ComponentTag.EXPORT, places[text], b"\x7f\xf0"), text)


def test_a_deep_hierarchy_backwards(card: Vm) -> None:
    """Each class before the one that it extends: a card of any depth of stack refuses or takes it."""
    body, count = b"", 2000
    for number in range(count):
        parent = (number + 1) * 10 if number + 1 < count else 0x8000
        body += bytes((0,)) + parent.to_bytes(2) + bytes((0, 0xFF, 0, 0, 0, 0, 0))
    made = assemble(".package p A0000000E7 1.0\n.class public C\n")
    refused(card, made.with_component(ComponentTag.CLASS, body), "deep")


def test_static_fields_without_room(card: Vm) -> None:
    made = assemble(".package p A0000000E8 1.0\n.class public C\n.field static byte[] big = {1, 2, 3, 4, 5, 6, 7, 8}\n")
    card.heap.used = card.heap.limits.persistent - 20
    refused(card, made, "no room")


def test_custom_components_are_ignored(card: Vm) -> None:
    """Tags 128 to 255: a card that does not know one goes on without it (§6.1)."""
    assert card.load(LIBRARY.block + bytes.fromhex("800003010203")).name
