"""A toolkit applet that is spoken to by formatted short messages (TS 31.130, TS 31.115).

It answers with the length of the secured data and the data themselves, and shows these on the screen.
"""

from __future__ import annotations

from tests.harness.jcasm import assemble

INSTANCE = bytes.fromhex("a000000055940101000000000000b4")
TAR = bytes.fromhex("c0ffe4")
PARAMETERS = "c900ea0d800b" + "ff000000" + "00" + "00" + "03" + TAR.hex() + "00"

MESSAGES = assemble("""
.package com/example/messages A0000000559401 1.0
.import javacard.framework 1.2
.import uicc.toolkit 1.2
.import uicc.usim.toolkit 1.2
.applet A000000055940101 Messages
.class public Messages extends Applet implements uicc/toolkit/ToolkitInterface
.field private byte[] data
.method <init>()V
    aload_0
    invokespecial super.<init>()V
    aload_0
    sspush 200
    newarray byte
    putfield_a data
    return
.end
.method public static install([BSB)V
    new Messages
    dup
    invokespecial Messages.<init>()V
    aload_0
    sload_1
    sconst_1
    sadd
    aload_0
    sload_1
    baload
    invokevirtual Applet.register([BSB)V
    invokestatic uicc/toolkit/ToolkitRegistrySystem.getEntry()Luicc/toolkit/ToolkitRegistry;
    sconst_2
    invokeinterface uicc/toolkit/ToolkitRegistry.setEvent(S)V
    return
.end
.method public getShareableInterfaceObject(LAID;B)LShareable;
    aload_0
    areturn
.end
.method public process(LAPDU;)V
    return
.end
.method public processToolkit(S)V
    .locals 4
    .local envelope 2
    .local response 3
    .local length 4
    .local proactive 5
    invokestatic uicc/usim/toolkit/USATEnvelopeHandlerSystem.getTheHandler()Luicc/usim/toolkit/USATEnvelopeHandler;
    astore envelope
    aload envelope
    invokeinterface uicc/usim/toolkit/USATEnvelopeHandler.getSecuredDataLength()S
    sstore length
    getfield_a_this data
    sconst_0
    sload length
    s2b
    bastore
    aload envelope
    aload envelope
    invokeinterface uicc/usim/toolkit/USATEnvelopeHandler.getSecuredDataOffset()S
    getfield_a_this data
    sconst_1
    sload length
    invokeinterface uicc/usim/toolkit/USATEnvelopeHandler.copyValue(S[BSS)S
    pop
    invokestatic uicc/toolkit/EnvelopeResponseHandlerSystem.getTheHandler()Luicc/toolkit/EnvelopeResponseHandler;
    astore response
    aload response
    getfield_a_this data
    sconst_0
    sload length
    sconst_1
    sadd
    invokeinterface uicc/toolkit/EnvelopeResponseHandler.appendArray([BSS)V
    aload response
    sconst_1
    invokeinterface uicc/toolkit/EnvelopeResponseHandler.post(Z)V
    invokestatic uicc/toolkit/ProactiveHandlerSystem.getTheHandler()Luicc/toolkit/ProactiveHandler;
    astore proactive
    aload proactive
    bspush -128
    sconst_4
    getfield_a_this data
    sconst_1
    sload length
    invokeinterface uicc/toolkit/ProactiveHandler.initDisplayText(BB[BSS)V
    aload proactive
    invokeinterface uicc/toolkit/ProactiveHandler.send()B
    pop
    return
.end
""")
