"""Code that no verifier would let through: the API gets what its methods do not take.

There is no verifier on the card. Such a run ends with 6F00 as a fault of the program's: the card is not made anew, what
others have selected and what they keep until reset stays (JCVM §7.1 leaves it open; other applets go on).
"""

from __future__ import annotations

import pytest

from simtool.codec.cap import ComponentTag
from tests.harness.jcasm import assemble
from tests.softcard.applets.conftest import Desk
from tests.softcard.applets.test_life import HELLO

INSTANCE = bytes.fromhex("a00000005593010101")

WRONG = assemble("""
.package com/example/wrong A000000055930101 1.0
.import javacard.framework 1.2
.applet A00000005593010101 Wrong
.class public Wrong extends Applet
.method <init>()V
    aload_0
    invokespecial super.<init>()V
    return
.end
.method public static install([BSB)V
    new Wrong
    dup
    invokespecial Wrong.<init>()V
    invokevirtual Applet.register()V
    return
.end
.method public process(LAPDU;)V
    aload_0
    invokevirtual Applet.selectingApplet()Z
    ifne Done
    aload_1
    invokevirtual APDU.getBuffer()[B
    sconst_1
    baload
    stableswitch 1 Number Array Object Word This default Done
Number: sspush 7                        // a number for an array
    sconst_0
    sconst_5
    invokestatic JCSystem.lookupAID([BSB)LAID;
    pop
    return
Array: aload_1                          // an object for an array
    sconst_0
    sconst_5
    sconst_0
    invokestatic Util.arrayFillNonAtomic([BSSB)S
    pop
    return
Object: aload_0                         // an object of another class
    aload_1
    invokevirtual APDU.getBuffer()[B
    invokestatic Util.getShort([BS)S
    pop
    return
Word: aload_1                           // an object for a number
    invokevirtual APDU.getBuffer()[B
    aload_1
    invokestatic Util.getShort([BS)S
    pop
    return
This: aload_0                           // `this` of another class
    invokevirtual APDU.getBuffer()[B
    pop
Done: return
.end
""")


@pytest.mark.parametrize("ins", range(1, 6), ids=["number", "array", "object", "word", "this"])
def test_wrong_arguments(desk: Desk, ins: int) -> None:
    assert desk.load(HELLO) == "9000"
    assert desk.install(HELLO, HELLO.applets[0]) == "9000"
    desk.put(WRONG, INSTANCE)
    machine = desk.card.machine
    told: list[str] = []
    machine.on_uncaught = lambda entry, error: told.append(str(error))
    assert desk.ask(INSTANCE, ins) == "6f00"
    assert desk.card.machine is machine, "the card failed inside"
    assert len(told) == 1
    assert (machine.vm.stack, machine.vm.callers, machine.vm.heap.in_transaction) == (0, [], False)
    assert desk.ask(HELLO.applets[0], 0) == b"Hello".hex() + "9000"


def test_the_number_of_arguments(desk: Desk) -> None:
    """The method has them from its descriptor: a stack that is too short is a fault."""
    at = WRONG.labels["Wrong.process:Array"]
    short = WRONG.patched(ComponentTag.METHOD, at, bytes(4))  # four times nop, where the arguments were pushed
    desk.put(short, INSTANCE)
    machine = desk.card.machine
    assert desk.ask(INSTANCE, 2) == "6f00"
    assert desk.card.machine is machine
