"""An applet that uses javacard.framework: it keeps bytes, with transactions, a PIN and transient memory."""

from __future__ import annotations

from tests.harness.jcasm import assemble

KEEPER = assemble("""
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
""")
