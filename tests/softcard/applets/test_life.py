"""Applets on the card: what they keep, what a tear leaves, what happens to the card when they go wrong.

The commands reach them through SELECT and plain APDUs, the code is loaded and installed by GlobalPlatform.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtool.codec.cap import ComponentTag
from simtool.errors import CardRemovedError
from simtool.files.product import load
from simtool.softcard import SoftCard
from simtool.softcard.faults import Fault, FaultyCard, Kind
from tests.harness.gp_host import Host, lv
from tests.harness.jcasm import Assembled, assemble
from tests.softcard.applets import menu_applet
from tests.softcard.applets.conftest import Desk, desk_on

INSTANCE, OTHER = bytes.fromhex("a00000005599010101"), bytes.fromhex("a00000005599010102")
HELLO_INSTANCE = bytes.fromhex("a00000005598010101")
STEP, TELL, FOR_EVER, WITHOUT_END, ALLOCATE, OUTSIDE, NULL, REFUSE, DIVIDE, WRONG_CLASS = range(0x40, 0x4A)

COUNTERS = assemble("""
.package com/example/counters A000000055990101 1.0
.import javacard.framework 1.2
.applet A00000005599010101 Counters
.class public Counters extends Applet
.field private short first
.field private short second
.field private short[] kept
.field private Object last
.method <init>()V
    aload_0
    invokespecial super.<init>()V
    aload_0
    sconst_2
    newarray short
    putfield_a kept
    return
.end
.method public static install([BSB)V
    new Counters
    dup
    invokespecial Counters.<init>()V
    invokevirtual Applet.register()V
    return
.end
.method private step()V                 // both counters and the array: all or nothing
    invokestatic JCSystem.beginTransaction()V
    aload_0
    aload_0
    getfield_s first
    sconst_1
    sadd
    putfield_s first
    aload_0
    aload_0
    getfield_s second
    sconst_1
    sadd
    putfield_s second
    getfield_a_this kept
    sconst_1
    getfield_s_this first
    sastore
    invokestatic JCSystem.commitTransaction()V
    return
.end
.method private deeper()V
    aload_0
    invokespecial Counters.deeper()V
    return
.end
.method public process(LAPDU;)V
    .locals 2
    aload_0
    invokevirtual selecting()Z
    ifeq Work
    return
Work: aload_1
    invokevirtual APDU.getBuffer()[B
    astore_2
    aload_2
    sconst_1
    baload
    stableswitch 0x40 Step Tell Forever Deeper Allocate Outside Null Refuse Divide Cast default Bad
Step: aload_0
    invokespecial step()V
    return
Tell: aload_2
    sconst_0
    getfield_s_this first
    invokestatic Util.setShort([BSS)S
    pop
    aload_2
    sconst_2
    getfield_s_this second
    invokestatic Util.setShort([BSS)S
    pop
    aload_2
    sconst_4
    getfield_a_this kept
    sconst_1
    saload
    invokestatic Util.setShort([BSS)S
    pop
    aload_1
    sconst_0
    sspush 6
    invokevirtual APDU.setOutgoingAndSend(SS)V
    return
Forever: goto Forever
Deeper: aload_0
    invokespecial deeper()V
    return
Allocate: aload_0
    sspush 1000
    newarray short
    putfield_a last
    goto Allocate
Outside: aload_2
    sspush 300
    sconst_1
    bastore
    return
Null: aconst_null
    sconst_0
    baload
    pop
    return
Refuse: sspush 0x6A8F
    invokestatic ISOException.throwIt(S)V
    return
Divide: sconst_1
    sconst_0
    sdiv
    pop
    return
Cast: aload_0
    checkcast AID
    pop
    return
Bad: sspush ISO7816.SW_INS_NOT_SUPPORTED
    invokestatic ISOException.throwIt(S)V
    return
.end
.method public selecting()Z
    aload_0
    invokevirtual Applet.selectingApplet()Z
    sreturn
.end
""")
HELLO = assemble("""
.package com/example/hello A000000055980101 1.0
.import javacard.framework 1.2
.applet A00000005598010101 Hello
.class public Hello extends Applet
.field static byte[] TEXT = "Hello"
.field private byte[] data
.method <init>([BSB)V
    aload_0
    invokespecial super.<init>()V
    aload_0
    sspush 32
    sconst_1
    invokestatic JCSystem.makeTransientByteArray(SB)[B
    putfield_a data
    return
.end
.method public static install([BSB)V
    new Hello
    dup
    aload_0
    sload_1
    sload_2
    invokespecial Hello.<init>([BSB)V
    aload_0
    sload_1
    sconst_1
    sadd
    aload_0
    sload_1
    baload
    invokevirtual Applet.register([BSB)V
    return
.end
.method public process(LAPDU;)V
    .locals 1
    aload_0
    invokevirtual Applet.selectingApplet()Z
    ifne Done
    aload_1
    invokevirtual APDU.getBuffer()[B
    astore_2
    getstatic_a TEXT
    sconst_0
    aload_2
    sconst_0
    sconst_5
    invokestatic Util.arrayCopy([BS[BSS)S
    pop
    aload_1
    sconst_0
    sconst_5
    invokevirtual APDU.setOutgoingAndSend(SS)V
Done: return
.end
""")


def test_an_applet_keeps_what_it_wrote(desk: Desk) -> None:
    desk.put(COUNTERS, INSTANCE)
    assert desk.ask(INSTANCE, TELL) == "0000000000009000"
    assert desk.ask(INSTANCE, STEP) == "9000"
    desk.again()
    assert desk.ask(INSTANCE, STEP) == "9000"
    assert desk.ask(INSTANCE, TELL) == "0002000200029000"


def test_two_instances_are_apart(desk: Desk) -> None:
    desk.put(COUNTERS, INSTANCE)
    assert desk.install(COUNTERS, OTHER) == "9000"
    assert desk.ask(INSTANCE, STEP) == "9000"
    assert (desk.ask(INSTANCE, TELL), desk.ask(OTHER, TELL)) == ("0001000100019000", "0000000000009000")


def test_the_state_file_has_all_of_it(kept: Path) -> None:
    """Code, objects, static fields: another process makes the same card of it."""
    model = load("generic-usim")
    first = desk_on(SoftCard.new(model, state=kept))
    first.put(COUNTERS, INSTANCE)
    first.put(HELLO, HELLO_INSTANCE)
    assert first.ask(INSTANCE, STEP) == "9000"
    first.card.close()
    second = desk_on(SoftCard.new(model, state=kept))
    assert second.ask(INSTANCE, TELL) == "0001000100019000"
    assert second.ask(HELLO_INSTANCE, 0x00) == b"Hello".hex() + "9000"
    assert second.host.open(bytes.fromhex("a000000151000000")).delete(HELLO.package_aid, related=True) == "9000"
    second.card.close()
    third = desk_on(SoftCard.new(model, state=kept))
    assert third.host.select(HELLO_INSTANCE).sw == "6a82"
    assert third.ask(INSTANCE, STEP) == "9000"
    third.card.close()


def test_deletion_leaves_nothing(desk: Desk) -> None:
    """No object of the instance, no static field of the package, no byte of the heap (JCRE §11.3)."""
    desk.put(COUNTERS, INSTANCE)
    heap = desk.card.machine.vm.heap
    before, objects = heap.used, len(heap.objects)
    desk.put(HELLO, HELLO_INSTANCE)
    assert desk.ask(HELLO_INSTANCE, 0x00) == b"Hello".hex() + "9000"
    desk.open()
    assert desk.host.delete(HELLO.package_aid, related=True) == "9000"
    assert (heap.used, len(heap.objects)) == (before, objects)
    assert [name for name in desk.card.store.values if "5598" in name] == []
    desk.put(HELLO, HELLO_INSTANCE)
    assert desk.ask(HELLO_INSTANCE, 0x00) == b"Hello".hex() + "9000"


@pytest.mark.parametrize(
    ("ins", "sw"),
    [
        (FOR_EVER, "6f00"),
        (WITHOUT_END, "6f00"),
        (ALLOCATE, "6f00"),  # SystemException.NO_RESOURCE, which it does not catch
        (OUTSIDE, "6f00"),
        (NULL, "6f00"),
        (DIVIDE, "6f00"),
        (WRONG_CLASS, "6f00"),
        (REFUSE, "6a8f"),
        (0x7F, "6d00"),
    ],
)
def test_an_applet_that_goes_wrong(desk: Desk, ins: int, sw: str) -> None:
    """It gets a status word, and neither the card nor another applet is the worse for it."""
    desk.put(HELLO, HELLO_INSTANCE)
    desk.put(COUNTERS, INSTANCE)
    machine = desk.card.machine
    assert desk.ask(INSTANCE, ins) == sw
    assert desk.card.machine is machine  # the card was not made anew: the fault was foreseen
    assert (machine.vm.stack, machine.vm.callers, machine.vm.heap.in_transaction) == (0, [], False)
    assert desk.ask(HELLO_INSTANCE, 0x00) == b"Hello".hex() + "9000"
    assert desk.ask(INSTANCE, STEP) == "9000"
    assert desk.host.exchange(0x00, 0xA4, 0x00, 0x0C, b"\x3f\x00").sw in ("9000", "6d00")


def test_torn_at_every_write_of_a_step(kept: Path) -> None:
    """A transaction is all or nothing, wherever power is lost (JCRE §7.2). After the last write it is done."""
    model = load("generic-usim")
    card = SoftCard.new(model, state=kept)
    desk_on(card).put(COUNTERS, INSTANCE)
    card.close()
    told, steps = 0, []
    for at in range(1, 20):
        card = SoftCard.new(model, state=kept)
        faulty = FaultyCard(card, [Fault(Kind.TEAR_APPLET, at)])
        faulty.power_on()
        host = Host(faulty)
        assert host.select(INSTANCE).sw == "9000"
        torn = False
        try:
            assert host.exchange(0x80, STEP, 0, 0).sw == "9000"
        except CardRemovedError:
            torn = True
        card.close()
        again = desk_on(SoftCard.new(model, state=kept))
        answer = again.ask(INSTANCE, TELL)
        again.card.close()
        assert answer in (f"{told:04x}" * 3 + "9000", f"{told + 1:04x}" * 3 + "9000")
        steps.append((torn, answer != f"{told:04x}" * 3 + "9000"))
        told = int(answer[:4], 16)
        if not torn:
            break
    assert steps == [(True, False)] * 4 + [(False, True)]  # three words, and the moment of the commit


@pytest.mark.parametrize(
    ("made", "instance", "parameters"),
    [
        (COUNTERS, COUNTERS.applets[0], "c900"),
        (HELLO, HELLO.applets[0], "c900"),
        (menu_applet.MENU, menu_applet.INSTANCE, menu_applet.PARAMETERS.hex()),
    ],
    ids=["counters", "hello", "menu"],
)
def test_torn_at_every_write_of_an_installation(kept: Path, made: Assembled, instance: bytes, parameters: str) -> None:
    """Nothing of the instance is there, nor of its menu entries, or all of it (JCRE §11.2)."""
    model = load("generic-usim")
    card = SoftCard.new(model, state=kept)
    assert desk_on(card).load(made) == "9000"
    card.close()
    done = False
    for at in range(1, 30):
        card = SoftCard.new(model, state=kept)
        faulty = FaultyCard(card, [Fault(Kind.TEAR_APPLET, at)])
        faulty.power_on()
        host = Host(faulty).open(bytes.fromhex("a000000151000000"))
        before = dict(card.store.values)
        try:
            done = host.install(made.package_aid, made.applets[0], instance, parameters=parameters) == "9000"
        except CardRemovedError:
            assert dict(card.store.values) == before
        card.close()
        if done:
            break
    assert done and at > 2
    again = desk_on(SoftCard.new(model, state=kept))
    assert again.host.select(instance).sw in ("9000", "6d00")
    again.card.close()


@settings(deadline=None, max_examples=120)
@given(st.randoms(use_true_random=False), st.sampled_from(list(HELLO.bodies)), st.integers(1, 3))
def test_a_damaged_package(choices: random.Random, tag: ComponentTag, count: int) -> None:
    """Whatever is wrong with a load file, every command gets a status word and other applets go on."""
    broken = HELLO
    for _ in range(count):
        offset = choices.randrange(len(HELLO.bodies[tag])) if HELLO.bodies[tag] else 0
        broken = broken.patched(tag, offset, bytes((choices.randrange(256),)))
    desk = desk_on(SoftCard.new(load("generic-usim")))
    desk.put(COUNTERS, INSTANCE)
    desk.open()
    if desk.load(broken) == "9000":
        desk.install(broken, HELLO_INSTANCE)
        if desk.host.select(HELLO_INSTANCE).sw == "9000":
            assert len(desk.host.exchange(0x80, 0x00, 0, 0).sw) == 4
    assert desk.ask(INSTANCE, STEP) == "9000"
    assert desk.ask(INSTANCE, TELL) == "0001000100019000"


def test_parameters_longer_than_install_can_take(desk: Desk) -> None:
    """Their length is one byte of what `Applet.install` gets (GPCS §11.5.2.3.2): 6A80, in a command in pieces."""
    assert desk.load(HELLO) == "9000"
    desk.open()
    module, parameters = HELLO.applets[0], b"\xc9\x82\x01\x00" + bytes(256)
    data = lv(HELLO.package_aid, module, HELLO_INSTANCE, b"\0", parameters, b"")
    assert desk.host.send_parts(0xE6, 0x0C, 0, data).sw == "6a80"
    assert desk.install(HELLO, HELLO_INSTANCE) == "9000"
