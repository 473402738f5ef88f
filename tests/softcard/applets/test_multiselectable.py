"""Applets of one package on several logical channels (JCRE 3.0.5 §4.2, §5.1)."""

from __future__ import annotations

import pytest

from tests.harness.jcasm import Assembled, assemble
from tests.softcard.applets.conftest import Desk
from tests.softcard.jcvm.api.javacard.framework.keeper import KEEPER

FIRST, SECOND = bytes.fromhex("a000000558aa0101"), bytes.fromhex("a000000558aa0102")
SELECT, DESELECT, ACTIVE = 0x10, 0x20, 0x01
TELL, LEAVE, TAKE = 0x01, 0x02, 0x03


def recorder(of: str) -> Assembled:
    """An applet that notes how it was selected and deselected, and has a byte of CLEAR_ON_DESELECT memory."""
    told = """
.method public select(Z)Z
    aload_0
    sload_1
    bspush 0x30
    sor
    invokespecial Recorder.note(S)V
    sconst_1
    sreturn
.end
.method public deselect(Z)V
    aload_0
    sload_1
    bspush 0x40
    sor
    invokespecial Recorder.note(S)V
    return
.end
"""
    return assemble(f"""
.package com/example/recorder A000000558AA 1.0
.import javacard.framework 1.2
.applet A000000558AA01 Recorder
.class public Recorder extends Applet {"implements MultiSelectable" if of else ""}
.field private byte[] notes
.field private short count
.field private byte[] scratch
.method public static install([BSB)V
    new Recorder
    dup
    invokespecial Recorder.<init>()V
    invokevirtual Applet.register()V
    return
.end
.method <init>()V
    aload_0
    invokespecial super.<init>()V
    aload_0
    bspush 32
    newarray byte
    putfield_a notes
    aload_0
    sconst_1
    bspush JCSystem.CLEAR_ON_DESELECT
    invokestatic JCSystem.makeTransientByteArray(SB)[B
    putfield_a scratch
    return
.end
.method private note(S)V
    aload_0
    getfield_a notes
    aload_0
    getfield_s count
    sload_1
    bastore
    aload_0
    aload_0
    getfield_s count
    sconst_1
    sadd
    putfield_s count
    return
.end
.method public select()Z
    aload_0
    bspush 0x10
    invokespecial Recorder.note(S)V
    sconst_1
    sreturn
.end
.method public deselect()V
    aload_0
    getfield_a scratch                      // still its own: it is selected until it returns
    sconst_0
    baload
    pop
    aload_0
    bspush 0x20
    invokespecial Recorder.note(S)V
    return
.end
{told if of else ""}
.method public process(LAPDU;)V
    .local buffer 2
    aload_0
    invokevirtual Applet.selectingApplet()Z
    ifeq Work
    return
Work:
    aload_1
    invokevirtual APDU.getBuffer()[B
    astore buffer
    aload buffer
    sconst_1
    baload
    stableswitch 1 Tell Leave Take default Unknown
Unknown:
    sspush ISO7816.SW_INS_NOT_SUPPORTED
    invokestatic ISOException.throwIt(S)V
Tell:
    aload_1
    invokevirtual APDU.setOutgoing()S
    pop
    aload_1
    aload_0
    getfield_s count
    invokevirtual APDU.setOutgoingLength(S)V
    aload_1
    aload_0
    getfield_a notes
    sconst_0
    aload_0
    getfield_s count
    invokevirtual APDU.sendBytesLong([BSS)V
    aload_0
    sconst_0
    putfield_s count
    return
Leave:
    aload_0
    getfield_a scratch
    sconst_0
    aload buffer
    sconst_2
    baload
    bastore
    return
Take:
    aload_0
    getfield_a scratch
    sconst_0
    baload
    sspush 0x6300
    sor
    invokestatic ISOException.throwIt(S)V
    return
.end
""")


MULTI, SINGLE = recorder("multi"), recorder("")


class Channels:
    """A host that knows logical channels."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        assert self.send("0070000001") == "019000"

    def send(self, command: str) -> str:
        answer = self.desk.card.transmit(bytes.fromhex(command)).hex()
        return self.send(f"{command[:8]}{answer[2:]}") if answer.startswith("6c") else answer

    def select(self, channel: int, aid: bytes) -> str:
        return self.send(f"{channel:02x}a4040c{len(aid):02x}{aid.hex()}")

    def ask(self, channel: int, ins: int, p1: int = 0) -> str:
        return self.send(f"8{channel}{ins:02x}{p1:02x}0000")


@pytest.fixture
def channels(request: pytest.FixtureRequest, desk: Desk) -> Channels:
    package = getattr(request, "param", MULTI)
    desk.put(package, FIRST)
    assert desk.install(package, SECOND) == "9000"
    return Channels(desk)


def test_one_instance_on_two_channels(channels: Channels) -> None:
    assert [channels.select(one, FIRST) for one in (0, 1)] == ["9000", "9000"]
    assert channels.ask(0, TELL) == "10319000"
    assert channels.send("0070800100") == "9000"
    assert channels.ask(0, TELL) == "419000"
    assert channels.select(0, SECOND) == "9000"
    assert channels.select(0, FIRST) == "9000"
    assert channels.ask(0, TELL) == "20109000"


def test_two_instances_of_a_package(channels: Channels) -> None:
    assert channels.select(0, FIRST) == "9000"
    assert channels.select(1, SECOND) == "9000"
    assert channels.ask(1, TELL) == "309000"
    assert channels.send("0070800100") == "9000"
    assert channels.select(0, SECOND) == "9000"
    assert channels.ask(0, TELL) == "40109000"


def test_memory_lasts_while_the_package_is_active(channels: Channels) -> None:
    assert [channels.select(one, FIRST) for one in (0, 1)] == ["9000", "9000"]
    assert channels.ask(1, LEAVE, 0x11) == "9000"
    assert channels.ask(0, TAKE) == "6311"
    assert channels.send("0070800100") == "9000"
    assert channels.ask(0, TAKE) == "6311"
    assert channels.select(0, FIRST) == "9000"
    assert channels.ask(0, TAKE) == "6300"


@pytest.mark.parametrize("channels", [SINGLE], indirect=True)
@pytest.mark.parametrize("aid", [FIRST, SECOND])
def test_a_package_that_is_not_multiselectable_is_active_once(channels: Channels, aid: bytes) -> None:
    assert channels.select(0, FIRST) == "9000"
    assert channels.select(1, aid) == "6985"
    assert channels.ask(0, TELL) == "109000"
    assert channels.desk.host.select(bytes.fromhex("a000000151000000")).sw == "9000"
    assert channels.select(1, aid) == "9000"


def test_a_channel_opened_from_one_with_an_applet(channels: Channels) -> None:
    """Has the same applet selected, without a SELECT (JCRE §4.4); from the basic channel it has the file system."""
    assert channels.select(1, FIRST) == "9000"
    assert channels.send("0170000001") == "029000"
    assert channels.ask(2, TELL) == "10319000"  # select(), then select(true)
    assert channels.send("0070000001") == "039000"
    assert channels.send("03a4000c023f00") == "9000"


@pytest.mark.parametrize("channels", [SINGLE], indirect=True)
def test_a_channel_cannot_be_opened_from_one_with_an_applet_for_one(channels: Channels) -> None:
    assert channels.select(1, FIRST) == "9000"
    assert channels.send("0170000001") == "6985"
    assert channels.send("02a4000c023f00") == "6881"
    assert channels.ask(1, TELL) == "109000"


def test_other_packages_do_not_matter(channels: Channels) -> None:
    other = bytes.fromhex("a000000559aa0102")
    channels.desk.put(KEEPER, other)
    assert channels.select(0, FIRST) == "9000"
    assert channels.select(1, other) == "9000"
    assert channels.ask(0, TELL)[-6:] == "109000"


ONE_OF_EACH = "".join(
    f"""
.class public {name} extends Applet {more}
.method <init>()V
    aload_0
    invokespecial super.<init>()V
    return
.end
.method public static install([BSB)V
    new {name}
    dup
    invokespecial {name}.<init>()V
    invokevirtual Applet.register()V
    return
.end
.method public process(LAPDU;)V
    return
.end
"""
    for name, more in (("Single", ""), ("Multi", "implements MultiSelectable"))
)
SELECT_DESELECT = """
.method public select(Z)Z
    sconst_1
    sreturn
.end
.method public deselect(Z)V
    return
.end
"""


def test_all_that_is_active_of_a_package_has_to_be_multiselectable(desk: Desk) -> None:
    """One that is cannot join one that is not, nor the other way round: 6985 (JCRE §4.2)."""
    head = ".package com/example/each A0000005580A 1.0\n.import javacard.framework 1.2\n"
    applets = ".applet A0000005580A01 Single\n.applet A0000005580A02 Multi"
    made = assemble(head + applets + ONE_OF_EACH + SELECT_DESELECT)
    single, multi = made.applets
    assert desk.load(made) == "9000"
    for module in made.applets:
        desk.open()
        assert desk.host.install(made.package_aid, module, module) == "9000"
    channels = Channels(desk)
    for first, second in ((single, multi), (multi, single)):
        assert channels.select(0, first) == "9000"
        assert channels.select(1, second) == "6985"
    assert channels.select(1, multi) == "9000"


AGAIN = assemble("""
.package com/example/again A000000557AA 1.0
.import javacard.framework 1.5
.applet A000000557AA01 Again
.class public Again extends Applet
.method public static install([BSB)V
    new Again
    dup
    invokespecial Again.<init>()V
    invokevirtual Applet.register()V
    return
.end
.method <init>()V
    aload_0
    invokespecial super.<init>()V
    return
.end
.method public process(LAPDU;)V
    aload_1
    invokevirtual APDU.getBuffer()[B
    sconst_0
    invokestatic Applet.reSelectingApplet()Z
    bastore
    aload_1
    sconst_0
    sconst_1
    invokevirtual APDU.setOutgoingAndSend(SS)V
    return
.end
""")


def test_selecting_what_is_selected(desk: Desk) -> None:
    """Applet.reSelectingApplet: on the same channel, and only while it is the SELECT that is processed."""
    aid = bytes.fromhex("a000000557aa0101")
    desk.put(AGAIN, aid)

    def select() -> str:
        return desk.host.select(aid).data.hex()

    assert [select(), select()] == ["00", "01"]
    assert desk.host.exchange(0x80, 0, 0, 0, b"").data.hex() == "00"
    desk.open()
    assert select() == "00"
