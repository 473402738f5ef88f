"""Applets that use the card's files: byte code, access parameters of INSTALL, views over a power cycle."""

from __future__ import annotations

from pathlib import Path

import pytest

from simtool.errors import CardRemovedError
from simtool.files.product import load
from simtool.softcard import SoftCard
from simtool.softcard.faults import Fault, FaultyCard, Kind
from tests.harness.gp_host import Host
from tests.harness.jcasm import assemble
from tests.softcard.applets.conftest import Desk, desk_on

INSTANCE, OTHER, SIM_INSTANCE = (bytes.fromhex(f"a000000055970{last}") for last in ("10101", "10102", "20101"))
SELECT, READ, WRITE, FORGET = range(0x40, 0x44)

FILES = assemble("""
.package com/example/files A000000055970101 1.0
.import javacard.framework 1.2
.import uicc.access 1.0
.applet A00000005597010101 Files
.class public Files extends Applet
.field private uicc/access/FileView view
.method <init>()V
    aload_0
    invokespecial super.<init>()V
    return
.end
.method public static install([BSB)V
    .locals 1
    new Files
    dup
    invokespecial Files.<init>()V
    astore_3
    aload_3
    invokevirtual Applet.register()V
    aload_3
    sconst_0
    invokestatic UICCSystem.getTheUICCView(B)Luicc/access/FileView;
    putfield_a view
    return
.end
.method public process(LAPDU;)V
    .locals 2
    aload_0
    invokevirtual selectingApplet()Z
    ifeq Begin
    return
Begin: aload_1
    invokevirtual APDU.getBuffer()[B
    astore_2
    aload_1
    invokevirtual APDU.setIncomingAndReceive()S
    pop
Try: aload_2
    sconst_1
    baload
    stableswitch 0x40 Select Read Write default Bad
Select: getfield_a_this view
    aload_2
    sconst_5
    invokestatic Util.getShort([BS)S
    invokeinterface uicc/access/FileView.select(S)V
    return
Read: getfield_a_this view
    sconst_0
    aload_2
    sconst_0
    sconst_3
    invokeinterface uicc/access/FileView.readBinary(S[BSS)S
    sstore_3
    aload_1
    sconst_0
    sload_3
    invokevirtual APDU.setOutgoingAndSend(SS)V
    return
Write: getfield_a_this view
    sconst_0
    aload_2
    sconst_5
    sconst_3
    invokeinterface uicc/access/FileView.updateBinary(S[BSS)V
    return
Bad: sspush 0x6D00
    invokestatic ISOException.throwIt(S)V
    return
End: astore_3
    aload_3
    invokevirtual CardRuntimeException.getReason()S
    sspush 0x6F00
    sadd
    invokestatic ISOException.throwIt(S)V
    return
    .catch uicc/access/UICCException from Try to Bad using End
.end
""")

SIM_FILES = assemble("""
.package com/example/simfiles A000000055970201 1.0
.import javacard.framework 1.2
.import sim.access 2.2
.applet A00000005597020101 SimFiles
.class public SimFiles extends Applet
.field private sim/access/SIMView view
.method <init>()V
    aload_0
    invokespecial super.<init>()V
    aload_0
    invokestatic SIMSystem.getTheSIMView()Lsim/access/SIMView;   // before register(), as such applets do
    putfield_a view
    return
.end
.method public static install([BSB)V
    new SimFiles
    dup
    invokespecial SimFiles.<init>()V
    invokevirtual Applet.register()V
    return
.end
.method public process(LAPDU;)V
    .locals 1
    aload_0
    invokevirtual selectingApplet()Z
    ifeq Work
    return
Work: aload_1
    invokevirtual APDU.getBuffer()[B
    astore_2
    getfield_a_this view
    sspush 0x7F4A
    invokeinterface sim/access/SIMView.select(S)V
    getfield_a_this view
    sspush 0x6F02
    invokeinterface sim/access/SIMView.select(S)V
    getfield_a_this view
    sconst_0
    aload_2
    sconst_0
    sconst_3
    invokeinterface sim/access/SIMView.readBinary(S[BSS)S
    pop
    aload_1
    sconst_0
    sconst_3
    invokevirtual APDU.setOutgoingAndSend(SS)V
    return
.end
""")

FULL = "c900 ea06 8104 00 0100 00".replace(" ", "")
ALWAYS = "c900 ea09 8107 00 0402000004 00".replace(" ", "")
DENIED, NO_EF, NOT_FOUND = "6f03", "6f01", "6f04"


@pytest.fixture
def desk() -> Desk:
    return desk_on(SoftCard.new(load("uicc-api-test")))


def select(desk: Desk, *fids: str, aid: bytes = INSTANCE) -> None:
    for fid in fids:
        assert desk.ask(aid, SELECT, data=bytes.fromhex(fid)) == "9000"


def test_an_applet_reads_and_writes_files(desk: Desk) -> None:
    assert (desk.load(FILES), desk.install(FILES, INSTANCE, FULL)) == ("9000", "9000")
    assert desk.ask(INSTANCE, READ) == NO_EF
    select(desk, "7f4a", "6f02")
    assert desk.ask(INSTANCE, READ) == "5555559000"
    assert desk.ask(INSTANCE, SELECT, data=bytes.fromhex("6f29")) == NOT_FOUND
    assert desk.ask(INSTANCE, WRITE, data=bytes(3)) == DENIED
    select(desk, "6f01")
    assert desk.ask(INSTANCE, WRITE, data=bytes.fromhex("010203")) == "9000"
    assert desk.card.files.by_path["MF/DF.TEST/EF.TNR"].content.data.hex() == "010203"


def test_access_is_what_the_installation_said(desk: Desk) -> None:
    assert (desk.load(FILES), desk.install(FILES, INSTANCE, ALWAYS)) == ("9000", "9000")
    assert desk.install(FILES, OTHER) == "9000"  # no access parameters at all
    for aid, always, adm in ((INSTANCE, "5555559000", DENIED), (OTHER, DENIED, DENIED)):
        select(desk, "7f4a", "6fb1", aid=aid)
        assert desk.ask(aid, READ) == always
        select(desk, "6fb4", aid=aid)
        assert desk.ask(aid, READ) == adm


def test_a_view_and_the_access_outlive_power(kept: Path) -> None:
    """A view that is no transient object stands where it stood; each applet has its own."""
    desk = desk_on(SoftCard.new(load("uicc-api-test"), state=kept))
    assert (desk.load(FILES), desk.install(FILES, INSTANCE, FULL), desk.install(FILES, OTHER, FULL)) == ("9000",) * 3
    select(desk, "7f4a", "6f01")
    select(desk, "7f4a", "6f02", aid=OTHER)
    assert desk.ask(INSTANCE, WRITE, data=bytes.fromhex("010203")) == "9000"
    desk.card.close()
    desk = desk_on(SoftCard.new(load("uicc-api-test"), state=kept))
    assert desk.ask(OTHER, READ) == "5555559000"
    assert desk.ask(INSTANCE, READ) == DENIED
    assert desk.ask(INSTANCE, WRITE, data=bytes.fromhex("040506")) == "9000"
    assert desk.card.files.by_path["MF/DF.TEST/EF.TNR"].content.data.hex() == "040506"
    view = next(ref for ref in desk.card.machine.vm.heap.objects.values() if ref.cls.name == "simtool/access/FileView")
    assert repr(view.context) == "<context permanent entry point>"
    desk.card.close()


def test_an_applet_of_the_older_sim(kept: Path) -> None:
    desk = desk_on(SoftCard.new(load("uicc-api-test"), state=kept))
    assert desk.load(SIM_FILES) == "9000"
    toolkit = "c900 ef0e ca0c 0100 01 00 00 00 00 00 03 500001".replace(" ", "")
    assert desk.install(SIM_FILES, SIM_INSTANCE, toolkit) == "9000"
    assert [desk.ask(SIM_INSTANCE, READ), desk.ask(SIM_INSTANCE, READ)] == ["5555559000"] * 2  # from the MF each time
    desk.card.close()
    desk = desk_on(SoftCard.new(load("uicc-api-test"), state=kept))
    assert desk.ask(SIM_INSTANCE, READ) == "5555559000"
    desk.card.close()


def test_a_file_that_is_not_shareable_stays_with_the_view_over_power(kept: Path) -> None:
    desk = desk_on(SoftCard.new(load("uicc-api-test"), state=kept))
    assert (desk.load(FILES), desk.install(FILES, INSTANCE, FULL)) == ("9000", "9000")
    select(desk, "7f4a", "6f19")
    desk.card.close()
    card = SoftCard.new(load("uicc-api-test"), state=kept)
    card.power_on()
    answers = [card.transmit(bytes.fromhex(f"00a4000c02{fid}")).hex() for fid in ("3f00", "7f4a", "6f19")]
    assert answers == ["9000", "9000", "6985"]
    card.close()


def test_a_file_is_written_whole_or_not_at_all(kept: Path) -> None:
    """Power lost before each write of the run in turn (TS 102 221 §11.1.4 knows no half an update)."""
    desk = desk_on(SoftCard.new(load("uicc-api-test"), state=kept))
    assert (desk.load(FILES), desk.install(FILES, INSTANCE, FULL)) == ("9000", "9000")
    select(desk, "7f4a", "6f01")
    desk.card.close()
    seen = []
    for at in (1, 2):
        card = SoftCard.new(load("uicc-api-test"), state=kept)
        faulty = FaultyCard(card, [Fault(Kind.TEAR_APPLET, at)])
        faulty.power_on()
        host = Host(faulty)
        assert host.select(INSTANCE).sw == "9000"
        torn = False
        try:
            assert host.exchange(0x80, WRITE, 0, 0, bytes.fromhex("010203")).sw == "9000"
        except CardRemovedError:
            torn = True
        card.close()
        again = SoftCard.new(load("uicc-api-test"), state=kept)
        seen.append((torn, again.files.by_path["MF/DF.TEST/EF.TNR"].content.data.hex()))
        again.close()
    assert seen == [(True, "555555"), (False, "010203")]
