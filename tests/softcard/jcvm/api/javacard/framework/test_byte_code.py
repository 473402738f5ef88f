"""javacard.framework as applets use it: byte code that installs itself and processes commands, by both engines."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simtool.softcard.jcvm.objects import JavaObject, Lifetime
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jcasm import assemble
from tests.harness.jcvm import exchange, install

APPLET = """
.package com/example/keeper A000000559AA 1.0
.import javacard.framework 1.2
.applet A000000559AA01 Keeper
.class public Keeper extends Applet
.field private byte[] kept
.field private byte[] scratch
.field private OwnerPIN pin
.field private java/lang/Object anything

.method public static install([BSB)V
    new Keeper
    dup
    invokespecial Keeper.<init>()V
    aload_0                                 // the instance AID stands first, its length before it
    sload_1
    sconst_1
    sadd
    aload_0
    sload_1
    baload
    invokevirtual Applet.register([BSB)V
    return
.end

.method <init>()V
    aload_0
    invokespecial super.<init>()V
    aload_0
    bspush 8
    newarray byte
    putfield_a kept
    aload_0
    bspush 8
    bspush JCSystem.CLEAR_ON_DESELECT
    invokestatic JCSystem.makeTransientByteArray(SB)[B
    putfield_a scratch
    aload_0
    new OwnerPIN
    dup
    sconst_3
    bspush 8
    invokespecial OwnerPIN.<init>(BB)V
    putfield_a pin
    return
.end

.method public process(LAPDU;)V
    .local buffer 2
    .local length 3
    aload_0
    invokevirtual Applet.selectingApplet()Z
    ifeq Work
    return
Work:
    aload_1
    invokevirtual APDU.getBuffer()[B
    astore buffer
    aload_1
    invokevirtual APDU.setIncomingAndReceive()S
    sstore length
    aload buffer
    bspush ISO7816.OFFSET_INS
    baload
    stableswitch 1 Echo Abort Commit Check Twice Keep Scratch default Unknown
Unknown:
    sspush ISO7816.SW_INS_NOT_SUPPORTED
    invokestatic ISOException.throwIt(S)V
    return
Echo:
    aload_1
    bspush 5
    sload length
    invokevirtual APDU.setOutgoingAndSend(SS)V
    return
Abort:
    invokestatic JCSystem.beginTransaction()V
    aload_0
    aload buffer
    sload length
    invokespecial Keeper.keep([BS)V
    invokestatic JCSystem.abortTransaction()V
    goto Show
Commit:
    invokestatic JCSystem.beginTransaction()V
    aload_0
    aload buffer
    sload length
    invokespecial Keeper.keep([BS)V
    invokestatic JCSystem.commitTransaction()V
Show:
    aload_1
    invokevirtual APDU.setOutgoing()S
    pop
    aload_1
    bspush 8
    invokevirtual APDU.setOutgoingLength(S)V
    aload_1
    aload_0
    getfield_a kept
    sconst_0
    bspush 8
    invokevirtual APDU.sendBytesLong([BSS)V
    return
Check:
    aload_0
    getfield_a pin
    aload buffer
    bspush 5
    sload length
    s2b
    invokevirtual OwnerPIN.check([BSB)Z
    ifne Right
    aload_0
    getfield_a pin
    invokevirtual OwnerPIN.getTriesRemaining()B
    sspush 0x63C0
    sor
    invokestatic ISOException.throwIt(S)V
Right:
    return
Twice:
    invokestatic JCSystem.beginTransaction()V
    invokestatic JCSystem.beginTransaction()V
    return
Caught:
    invokevirtual CardRuntimeException.getReason()S
    invokestatic ISOException.throwIt(S)V
    return
Keep:
    aload_0
    aload_1
    putfield_a anything
    return
Scratch:
    aload_0
    getfield_a scratch
    sconst_0
    baload
    aload_0
    getfield_a scratch
    sconst_0
    aload buffer
    bspush 5
    baload
    bastore
    sspush 0x6300
    sor
    invokestatic ISOException.throwIt(S)V
    return
    .catch TransactionException from Twice to Caught using Caught
.end

.method private keep([BS)V
    aload_1
    bspush 5
    aload_0
    getfield_a kept
    sconst_0
    sload_2
    invokestatic Util.arrayCopy([BS[BSS)S
    pop
    return
.end
"""

Send = Callable[[str], str]


@pytest.fixture(params=[True, False], ids=["translated", "interpreted"])
def keeper(request: pytest.FixtureRequest, vm: Vm) -> JavaObject:
    vm.use(translator=request.param)
    return install(vm, assemble(APPLET), aid="a000000559aa0102")


@pytest.fixture
def send(vm: Vm, keeper: JavaObject) -> Send:
    return lambda command: exchange(vm, keeper, command)


def test_it_is_registered_under_its_instance_aid(vm: Vm, keeper: JavaObject) -> None:
    assert keeper.owner.aid.hex() == "a000000559aa0102"
    assert keeper.owner.applet is keeper


def test_selecting(vm: Vm, keeper: JavaObject) -> None:
    assert exchange(vm, keeper, "00a4040008a000000559aa0102", selecting=True) == "9000"


def test_echo(send: Send) -> None:
    assert send("80010000 03 010203") == "0102039000"
    assert send("8001000000") == "9000"
    assert send("80010000ff" + "5a" * 255) == "5a" * 255 + "9000"
    assert send("8009000000") == "6d00"


def test_transactions(vm: Vm, send: Send) -> None:
    assert send("80020000 02 0102") == "00" * 8 + "9000"
    assert send("80030000 02 0304") == "0304" + "00" * 6 + "9000"
    assert send("80020000 02 0506") == "0304" + "00" * 6 + "9000"
    assert send("80030000 09 010203040506070809") == "6f00"  # out of the array's bounds: uncaught
    assert not vm.heap.in_transaction
    assert send("8005000000") == "0001"  # TransactionException.IN_PROGRESS, caught


def test_pin(vm: Vm, send: Send) -> None:
    assert send("80040000 02 0101") == "63c2"
    assert send("80040000 08 0000000000000000") == "9000"
    assert [send("80040000 02 0101") for _ in range(4)] == ["63c2", "63c1", "63c0", "63c0"]
    assert send("80040000 08 0000000000000000") == "63c0"


def test_the_apdu_object_cannot_be_kept(send: Send) -> None:
    assert send("8006000000") == "6f00"


def test_transient_memory(vm: Vm, keeper: JavaObject, send: Send) -> None:
    assert [send("80070000 01 11"), send("80070000 01 22")] == ["6300", "6311"]
    vm.heap.clear(Lifetime.CLEAR_ON_DESELECT, keeper.owner.context)
    assert send("80070000 01 33") == "6300"
