"""A toolkit applet that registers for one event and then shows its letter. Its application data (C9): letter, event.

With call control it lets every call go to 123 instead.
"""

from __future__ import annotations

from tests.harness.jcasm import assemble

CALL_CONTROL, LOCATION_STATUS = 9, 15
LISTENER = assemble("""
.package com/example/listener A0000000559901 1.0
.import javacard.framework 1.2
.import uicc.toolkit 1.2
.applet A000000055990101 Listener
.class public Listener extends Applet implements uicc/toolkit/ToolkitInterface
.field static byte[] NUMBER = hex 8121f3
.field private byte[] letter
.method <init>([BS)V
    aload_0
    invokespecial super.<init>()V
    aload_0
    sconst_1
    newarray byte
    putfield_a letter
    getfield_a_this letter
    sconst_0
    aload_1
    sload_2
    baload
    bastore
    return
.end
.method public static install([BSB)V
    .locals 2
    .local own 3
    sload_1                             // past AID and privileges, to the application's data
    aload_0
    sload_1
    baload
    sadd
    sconst_1
    sadd
    sstore own
    sload own
    aload_0
    sload own
    baload
    sadd
    sconst_2
    sadd
    sstore own
    new Listener
    dup
    aload_0
    sload own
    invokespecial Listener.<init>([BS)V
    aload_0
    sload_1
    sconst_1
    sadd
    aload_0
    sload_1
    baload
    invokevirtual Applet.register([BSB)V
    invokestatic uicc/toolkit/ToolkitRegistrySystem.getEntry()Luicc/toolkit/ToolkitRegistry;
    aload_0
    sload own
    sconst_1
    sadd
    baload
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
    .locals 1
    sload_1
    bspush 9
    if_scmpeq Call
    invokestatic uicc/toolkit/ProactiveHandlerSystem.getTheHandler()Luicc/toolkit/ProactiveHandler;
    astore_2
    aload_2
    bspush -128
    sconst_4
    getfield_a_this letter
    sconst_0
    sconst_1
    invokeinterface uicc/toolkit/ProactiveHandler.initDisplayText(BB[BSS)V
    aload_2
    invokeinterface uicc/toolkit/ProactiveHandler.send()B
    pop
    return
Call: invokestatic uicc/toolkit/EnvelopeResponseHandlerSystem.getTheHandler()Luicc/toolkit/EnvelopeResponseHandler;
    astore_2
    aload_2
    bspush -122
    getstatic_a NUMBER
    sconst_0
    sconst_3
    invokeinterface uicc/toolkit/EnvelopeResponseHandler.appendTLV(B[BSS)V
    aload_2
    sconst_1
    sconst_2
    invokeinterface uicc/toolkit/EnvelopeResponseHandler.postAsBERTLV(ZB)V
    return
.end
""")


def instance(letter: str) -> bytes:
    return bytes.fromhex("a0000000559901010000000000") + letter.encode() + b"\xb5"


def parameters(letter: str, event: int, *, priority: int) -> str:
    """Install parameters: no menu, no timer, the TAR of the instance's AID."""
    return f"c902{ord(letter):02x}{event:02x}" + f"ea0a8008{priority:02x}" + "00" * 7
