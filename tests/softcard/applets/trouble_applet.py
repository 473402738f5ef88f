"""Applets that go wrong wherever they can: in `install`, in `process`, and behind their menu entries.

"Null" reads through null, "Loop" never ends, "Text" shows "Fine", "Late" does so and then reads through null, "Asks"
shows "Fine" again and again. With any application data (C9) the installation fails with 6A8A.
"""

from __future__ import annotations

from tests.harness.jcasm import assemble

OK, REFUSE, NULL = 0x51, 0x52, 0x53
INSTANCE = bytes.fromhex("a000000055970101000000000000b2")
PARAMETERS = "ea17 8015 02 00 10 05 000b 000c 000d 000e 000f 00 00 03 c0ffe1 00 c900".replace(" ", "")
FAILING_PARAMETERS = PARAMETERS.removesuffix("c900") + "c90101"

TROUBLE = assemble("""
.package com/example/trouble A0000000559701 1.0
.import javacard.framework 1.2
.import uicc.toolkit 1.2
.applet A000000055970101 Trouble
.class public Trouble extends Applet implements uicc/toolkit/ToolkitInterface
.field static byte[] NULL = "Null"
.field static byte[] LOOP = "Loop"
.field static byte[] TEXT = "Text"
.field static byte[] LATE = "Late"
.field static byte[] ASKS = "Asks"
.field static byte[] FINE = "Fine"
.field private byte[] scratch
.method <init>()V
    aload_0
    invokespecial super.<init>()V
    aload_0
    sspush 20
    sconst_2
    invokestatic JCSystem.makeTransientByteArray(SB)[B
    putfield_a scratch
    return
.end
.method private static item(Luicc/toolkit/ToolkitRegistry;[B)V
    aload_0
    aload_1
    sconst_0
    sconst_4
    sconst_0
    sconst_0
    sconst_0
    sconst_0
    invokeinterface uicc/toolkit/ToolkitRegistry.initMenuEntry([BSSBZBS)B
    pop
    return
.end
.method public static install([BSB)V
    .locals 2
    sload_1                             // past AID and privileges
    aload_0
    sload_1
    baload
    sadd
    sconst_1
    sadd
    sstore_3
    sload_3
    aload_0
    sload_3
    baload
    sadd
    sconst_1
    sadd
    sstore_3
    aload_0
    sload_3
    baload
    ifeq Good
    sspush 0x6A8A
    invokestatic ISOException.throwIt(S)V
Good: new Trouble
    dup
    invokespecial Trouble.<init>()V
    aload_0
    sload_1
    sconst_1
    sadd
    aload_0
    sload_1
    baload
    invokevirtual Applet.register([BSB)V
    invokestatic uicc/toolkit/ToolkitRegistrySystem.getEntry()Luicc/toolkit/ToolkitRegistry;
    astore 4
    aload 4
    getstatic_a NULL
    invokestatic Trouble.item(Luicc/toolkit/ToolkitRegistry;[B)V
    aload 4
    getstatic_a LOOP
    invokestatic Trouble.item(Luicc/toolkit/ToolkitRegistry;[B)V
    aload 4
    getstatic_a TEXT
    invokestatic Trouble.item(Luicc/toolkit/ToolkitRegistry;[B)V
    aload 4
    getstatic_a LATE
    invokestatic Trouble.item(Luicc/toolkit/ToolkitRegistry;[B)V
    aload 4
    getstatic_a ASKS
    invokestatic Trouble.item(Luicc/toolkit/ToolkitRegistry;[B)V
    return
.end
.method public getShareableInterfaceObject(LAID;B)LShareable;
    aload_0
    areturn
.end
.method public process(LAPDU;)V
    aload_0
    invokevirtual Applet.selectingApplet()Z
    ifne Done
    aload_1
    invokevirtual APDU.getBuffer()[B
    sconst_1
    baload
    slookupswitch 0x51:Done 0x52:Refuse 0x53:Null default Unknown
Refuse: sspush 0x6A8F
    invokestatic ISOException.throwIt(S)V
Null: aconst_null
    sconst_0
    baload
    pop
Done: return
Unknown: sspush ISO7816.SW_INS_NOT_SUPPORTED
    invokestatic ISOException.throwIt(S)V
    return
.end
.method private show()V
    .locals 1
    invokestatic uicc/toolkit/ProactiveHandlerSystem.getTheHandler()Luicc/toolkit/ProactiveHandler;
    astore_1
    aload_1
    bspush -128
    sconst_4
    getstatic_a FINE
    sconst_0
    sconst_4
    invokeinterface uicc/toolkit/ProactiveHandler.initDisplayText(BB[BSS)V
    aload_1
    invokeinterface uicc/toolkit/ProactiveHandler.send()B
    pop
    return
.end
.method private through(B)B
    aconst_null
    sload_1
    baload
    sreturn
.end
.method public processToolkit(S)V
    invokestatic uicc/toolkit/EnvelopeHandlerSystem.getTheHandler()Luicc/toolkit/EnvelopeHandler;
    invokeinterface uicc/toolkit/EnvelopeHandler.getItemIdentifier()B
    stableswitch 11 Null Loop Text Late Asks default Done
Null: aconst_null
    sconst_0
    baload
    pop
Loop: goto Loop
Text: aload_0
    invokespecial show()V
    return
Late: aload_0
    invokespecial show()V
    aload_0
    sconst_0
    invokespecial through(B)B
    pop
    return
Asks: aload_0
    invokespecial show()V
    goto Asks
Done: return
.end
""")
