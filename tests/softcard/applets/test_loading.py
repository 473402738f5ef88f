"""Packages on the card that need each other, and what of a load file the card ignores (JCVM §6, GPCS §9.3)."""

from __future__ import annotations

from pathlib import Path

from simtool.files.product import load
from simtool.softcard import SoftCard
from tests.harness.gp_host import load_file, lv
from tests.harness.jcasm import Assembled, assemble
from tests.softcard.applets.conftest import Desk, desk_on

FIRST, SECOND = bytes.fromhex("a00000005597010201"), bytes.fromhex("a00000005597010301")
LIBRARY = assemble("""
.package com/example/lib A000000055970101 1.0
.export
.class public Numbers
.field public static short number = 1000
.field public static byte small = -7
.field public static int large = 100000
.field public static Object kept
""")
USER = """
.package com/example/user{which} A0000000559701{which:02X} 1.0
.import javacard.framework 1.2
.import com/example/lib 1.0
.applet A0000000559701{which:02X}01 App
.class public App extends Applet
.method <init>()V
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
    .locals 1
    aload_1
    invokevirtual APDU.getBuffer()[B
    astore_2
    aload_0
    invokevirtual Applet.selectingApplet()Z
    ifne Done
    aload_2
    sconst_1
    baload
    ifeq Tell
    getstatic_s Numbers.number
    sconst_1
    sadd
    putstatic_s Numbers.number
    aload_0
    putstatic_a Numbers.kept
    aload_2
    sconst_1
    baload
    sconst_2
    if_scmpne Done
    aconst_null
    putstatic_a Numbers.kept
    return
Tell: aload_2
    sconst_0
    getstatic_s Numbers.number
    invokestatic Util.setShort([BSS)S
    pop
    aload_2
    sconst_2
    getstatic_b Numbers.small
    bastore
    aload_1
    sconst_0
    sconst_3
    invokevirtual APDU.setOutgoingAndSend(SS)V
Done: return
.end
"""
TELL, STEP, FORGET = 0, 1, 2


def user(which: int) -> Assembled:
    return assemble(USER.format(which=which), imports=(LIBRARY.export,))


def test_static_fields_of_a_library_have_their_first_value_once(kept: Path) -> None:
    """Their type is known from the first package that uses them; the next one must not put the value back."""
    model = load("generic-usim")
    desk = desk_on(SoftCard.new(model, state=kept))
    assert desk.load(LIBRARY) == "9000"
    desk.put(user(2), FIRST)
    assert desk.ask(FIRST, TELL) == "03e8f99000"
    assert desk.ask(FIRST, STEP) == "9000"
    desk.card.close()
    desk = desk_on(SoftCard.new(model, state=kept))
    assert desk.ask(FIRST, TELL) == "03e9f99000"
    desk.put(user(3), SECOND)
    assert desk.ask(SECOND, TELL) == "03e9f99000"
    desk.again()
    assert desk.ask(SECOND, TELL) == desk.ask(FIRST, TELL) == "03e9f99000"


def test_a_static_field_elsewhere_keeps_an_instance(desk: Desk) -> None:
    """JCRE §11.3.4.1: an instance that a static field refers to cannot be deleted; nor its package with it."""
    assert desk.load(LIBRARY) == "9000"
    made = user(2)
    desk.put(made, FIRST)
    assert desk.ask(FIRST, STEP) == "9000"
    desk.open()
    assert desk.host.delete(FIRST) == "6985"
    assert desk.host.delete(made.package_aid, related=True) == "6985"
    assert desk.host.delete(LIBRARY.package_aid, related=True) == "6985"
    assert desk.ask(FIRST, FORGET) == "9000"
    desk.open()
    assert desk.host.delete(FIRST) == "9000"
    assert desk.host.delete(LIBRARY.package_aid) == "6985"
    assert desk.host.delete(made.package_aid) == "9000"
    assert desk.host.delete(LIBRARY.package_aid) == "9000"
    assert (desk.card.machine.vm.heap.used, desk.card.machine.vm.heap.objects) == (0, {})


def test_custom_components_are_ignored(desk: Desk) -> None:
    """Tags from 128 on are a vendor's own (JCVM §6.1); unknown tags below stay an error."""
    desk.open()
    assert desk.host.send(0xE6, 0x02, 0, lv(LIBRARY.package_aid, b"", b"", b"", b"")).ok
    assert desk.host.load_blocks(load_file(LIBRARY.block + bytes.fromhex("8000020102"))) == "9000"
    other = user(2)
    assert desk.host.send(0xE6, 0x02, 0, lv(other.package_aid, b"", b"", b"", b"")).ok
    assert desk.host.load_blocks(load_file(other.block + bytes.fromhex("0e00020102"))) == "6a80"


def test_a_package_loaded_over_two_channels_at_once(desk: Desk) -> None:
    """The second to come to its end finds the AID in use: 6985."""
    desk.open()
    assert desk.host.send(0xE6, 0x02, 0, lv(LIBRARY.package_aid, b"", b"", b"", b"")).ok
    waiting = desk.card.channels[0].applet.load  # type: ignore[union-attr]
    assert desk.host.load_blocks(load_file(LIBRARY.block)) == "9000"
    desk.card.channels[0].applet.load = waiting  # type: ignore[union-attr]
    waiting.data.clear()
    waiting.next = 0
    assert desk.host.load_blocks(load_file(LIBRARY.block)) == "6985"


def test_static_fields_without_room(desk: Desk) -> None:
    """Not enough memory is 6A84 (GPCS §9.3.5, §11.6.3.2)."""
    made = assemble(".package p A0000000E8 1.0\n.class public C\n.field static byte[] big = {1, 2, 3, 4, 5, 6, 7, 8}\n")
    heap = desk.card.machine.vm.heap
    heap.used = heap.limits.persistent - 20
    assert desk.load(made) == "6a84"
