"""A small toolkit applet, assembled: two menu entries, a text, a short message, a timer, and a counter that stays.

"Count" shows how often it was chosen. "Send" sends a short message to 123 and then starts a timer of ten seconds; when
it is over, the applet says so.
"""

from __future__ import annotations

from tests.harness.jcasm import assemble

INSTANCE = bytes.fromhex("a000000055960101000000000000b1")
PARAMETERS = bytes.fromhex("ea11 800f 01 01 10 02 0000 0000 00 00 03 c0ffee 00 c900")
"""Priority 1, one timer, texts of 16 bytes, two menu entries, no channels, no minimum security, TAR C0FFEE."""

TEXT = """
.package com/example/menu A0000000559601 1.0
.import javacard.framework 1.2
.import uicc.toolkit 1.2
.applet A000000055960101 Menu
.class public Menu extends Applet implements uicc/toolkit/ToolkitInterface
.field static byte[] COUNT = "Count"
.field static byte[] SEND = "Send"
.field static byte[] TIMES = "0 times"
.field static byte[] OVER = "Time is over"
.field static byte[] TPDU = hex 0100038121f3000005c8329bfd06
.field static byte[] TEN_SECONDS = hex 000001
.field private byte countItem
.field private byte sendItem
.field private byte timer
.field private byte count
.method <init>()V
    aload_0
    invokespecial super.<init>()V
    return
.end
.method public static install([BSB)V
    .locals 2
    new Menu
    dup
    invokespecial Menu.<init>()V
    astore_3
    aload_3
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
    aload_3
    aload 4
    getstatic_a COUNT
    sconst_0
    sconst_5
    sconst_0
    sconst_0
    sconst_0
    sconst_0
    invokeinterface uicc/toolkit/ToolkitRegistry.initMenuEntry([BSSBZBS)B
    putfield_b countItem
    aload_3
    aload 4
    getstatic_a SEND
    sconst_0
    sconst_4
    sconst_0
    sconst_0
    sconst_0
    sconst_0
    invokeinterface uicc/toolkit/ToolkitRegistry.initMenuEntry([BSSBZBS)B
    putfield_b sendItem
    aload_3
    aload 4
    invokeinterface uicc/toolkit/ToolkitRegistry.allocateTimer()B
    putfield_b timer
    return
.end
.method public getShareableInterfaceObject(LAID;B)LShareable;
    aload_1
    ifnonnull No
    sload_2
    sconst_1
    if_scmpne No
    aload_0
    areturn
No: aconst_null
    areturn
.end
.method public process(LAPDU;)V
    aload_0
    invokevirtual Applet.selectingApplet()Z
    ifne Done
    sspush ISO7816.SW_INS_NOT_SUPPORTED
    invokestatic ISOException.throwIt(S)V
Done: return
.end
.method public processToolkit(S)V
    .locals 2
    invokestatic uicc/toolkit/ProactiveHandlerSystem.getTheHandler()Luicc/toolkit/ProactiveHandler;
    astore_2
    sload_1
    slookupswitch 7:Selected 11:Expired default Done
Selected: invokestatic uicc/toolkit/EnvelopeHandlerSystem.getTheHandler()Luicc/toolkit/EnvelopeHandler;
    invokeinterface uicc/toolkit/EnvelopeHandler.getItemIdentifier()B
    getfield_b_this countItem
    if_scmpne Send
    aload_0
    aload_0
    getfield_b count
    sconst_1
    sadd
    s2b
    putfield_b count
    getstatic_a TIMES
    sconst_0
    getfield_b_this count
    bspush '0'
    sadd
    s2b
    bastore
    aload_2
    bspush -128
    sconst_4
    getstatic_a TIMES
    sconst_0
    bspush 7
    invokeinterface uicc/toolkit/ProactiveHandler.initDisplayText(BB[BSS)V
    aload_2
    invokeinterface uicc/toolkit/ProactiveHandler.send()B
    pop
    return
Send: aload_2
    bspush 0x13
    sconst_0
    bspush -125
    invokeinterface uicc/toolkit/ProactiveHandler.init(BBB)V
    aload_2
    bspush -117
    getstatic_a TPDU
    sconst_0
    getstatic_a TPDU
    arraylength
    invokeinterface uicc/toolkit/ProactiveHandler.appendTLV(B[BSS)V
    aload_2
    invokeinterface uicc/toolkit/ProactiveHandler.send()B
    ifne Done
    aload_2
    bspush 0x27
    sconst_0
    bspush -126
    invokeinterface uicc/toolkit/ProactiveHandler.init(BBB)V
    aload_2
    bspush -92
    getfield_b_this timer
    invokeinterface uicc/toolkit/ProactiveHandler.appendTLV(BB)V
    aload_2
    bspush -91
    getstatic_a TEN_SECONDS
    sconst_0
    sconst_3
    invokeinterface uicc/toolkit/ProactiveHandler.appendTLV(B[BSS)V
    aload_2
    invokeinterface uicc/toolkit/ProactiveHandler.send()B
    pop
    return
Expired: aload_2
    bspush -128
    sconst_4
    getstatic_a OVER
    sconst_0
    bspush 12
    invokeinterface uicc/toolkit/ProactiveHandler.initDisplayText(BB[BSS)V
    aload_2
    invokeinterface uicc/toolkit/ProactiveHandler.send()B
    pop
Done: return
.end
"""
MENU = assemble(TEXT)

_SIM_NAMES = (
    ("A00000005596", "A00000005595"),
    (".import uicc.toolkit 1.2", ".import sim.toolkit 2.5"),
    (
        "invokestatic uicc/toolkit/ToolkitRegistrySystem.getEntry()",
        "invokestatic sim/toolkit/ToolkitRegistry.getEntry()",
    ),
    ("HandlerSystem.getTheHandler", "Handler.getTheHandler"),
    ("invokeinterface uicc/", "invokevirtual sim/"),
    ("processToolkit(S)V", "processToolkit(B)V"),
    ("uicc/", "sim/"),
)


def _without_sharing(text: str) -> str:
    """Without getShareableInterfaceObject: a `sim.toolkit` applet is its own ToolkitInterface (TS 43.019 §6.2)."""
    before, _, rest = text.partition(".method public getShareableInterfaceObject")
    return before + rest.partition(".end\n")[2]


def _for_sim(text: str) -> str:
    for old, new in _SIM_NAMES:
        text = text.replace(old, new)
    return _without_sharing(text)


SIM_INSTANCE = bytes.fromhex("a000000055950101000000000000b3")
SIM_PARAMETERS = bytes.fromhex("ef12 ca10 0100 01 01 10 02 0000 0000 00 00 03 c0ffe3 c900")
"""The same in TS 43.019's coding, with full access to files."""
SIM_MENU = assemble(_for_sim(TEXT))
"""The same applet for `sim.toolkit`: classes in place of interfaces, events are bytes."""
