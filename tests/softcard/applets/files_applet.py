"""An applet that reads files through uicc.access and sends what they hold. Its application data (C9): AID of an ADF.

INS 01 reads EF.ICCID through the view of the UICC, 02 EF.SPN through that of the ADF, 03 writes "Nordlicht" there.
A UICCException comes out as 6A00 plus its reason, no view at all as 6AFF.
"""

from __future__ import annotations

from tests.harness.jcasm import assemble

ICCID, SPN, RENAME = 1, 2, 3
INSTANCE = bytes.fromhex("a000000055980201000000000000b6")
SECURITY_NOT_SATISFIED, NO_VIEW = "6a03", "6aff"

FILES = assemble("""
.package com/example/files A0000000559802 1.0
.import javacard.framework 1.2
.import uicc.access 1.2
.applet A000000055980201 Files
.class public Files extends Applet
.field static byte[] NAME = "Nordlicht"
.field private uicc/access/FileView uicc
.field private uicc/access/FileView adf
.method <init>()V
    aload_0
    invokespecial super.<init>()V
    return
.end
.method public static install([BSB)V
    .locals 2
    .local own 3
    .local made 4
    sload_1
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
    sconst_1
    sadd
    sstore own
    new Files
    dup
    invokespecial Files.<init>()V
    astore made
    aload made
    aload_0
    sload_1
    sconst_1
    sadd
    aload_0
    sload_1
    baload
    invokevirtual Applet.register([BSB)V
    aload made
    sconst_0
    invokestatic uicc/access/UICCSystem.getTheUICCView(B)Luicc/access/FileView;
    putfield_a uicc
    aload made
    aload_0
    sload own
    sconst_1
    sadd
    aload_0
    sload own
    baload
    sconst_0
    invokestatic uicc/access/UICCSystem.getTheFileView([BSBB)Luicc/access/FileView;
    putfield_a adf
    return
.end
.method private view(Z)Luicc/access/FileView;
    .locals 1
    getfield_a_this uicc
    astore_2
    sload_1
    ifeq Found
    getfield_a_this adf
    astore_2
Found: aload_2
    ifnonnull Good
    sspush 0x6AFF
    invokestatic ISOException.throwIt(S)V
Good: aload_2
    areturn
.end
.method public process(LAPDU;)V
    .locals 2
    .local buffer 2
    .local files 3
    aload_0
    invokevirtual Applet.selectingApplet()Z
    ifeq Work
    return
Work: aload_1
    invokevirtual APDU.getBuffer()[B
    astore buffer
    aload buffer
    sconst_1
    baload
Start: stableswitch 1 Iccid Spn Rename default Unknown
Iccid: aload_0
    sconst_0
    invokespecial view(Z)Luicc/access/FileView;
    astore files
    aload files
    sspush 0x2FE2
    invokeinterface uicc/access/FileView.select(S)V
    aload files
    sconst_0
    aload buffer
    sconst_0
    bspush 10
    invokeinterface uicc/access/FileView.readBinary(S[BSS)S
    pop
    aload_1
    sconst_0
    bspush 10
    invokevirtual APDU.setOutgoingAndSend(SS)V
    return
Spn: aload_0
    sconst_1
    invokespecial view(Z)Luicc/access/FileView;
    astore files
    aload files
    sspush 0x6F46
    invokeinterface uicc/access/FileView.select(S)V
    aload files
    sconst_0
    aload buffer
    sconst_0
    bspush 17
    invokeinterface uicc/access/FileView.readBinary(S[BSS)S
    pop
    aload_1
    sconst_0
    bspush 17
    invokevirtual APDU.setOutgoingAndSend(SS)V
    return
Rename: aload_0
    sconst_1
    invokespecial view(Z)Luicc/access/FileView;
    astore files
    aload files
    sspush 0x6F46
    invokeinterface uicc/access/FileView.select(S)V
    aload files
    sconst_1
    getstatic_a NAME
    sconst_0
    bspush 9
    invokeinterface uicc/access/FileView.updateBinary(S[BSS)V
    return
Unknown: sspush ISO7816.SW_INS_NOT_SUPPORTED
    invokestatic ISOException.throwIt(S)V
End: return
Caught: invokevirtual uicc/access/UICCException.getReason()S
    sspush 0x6A00
    sadd
    invokestatic ISOException.throwIt(S)V
    return
    .catch uicc/access/UICCException from Start to End using Caught
.end
""")


def parameters(adf: bytes, access: str) -> str:
    """`access` is the value of tag 81 in hex: AID, access domain and DAP of each place, each with its length."""
    own = f"c9{len(adf):02x}{adf.hex()}"
    inner = f"81{len(access) // 2:02x}{access}" if access else ""
    return own + (f"ea{len(inner) // 2:02x}{inner}" if inner else "")
