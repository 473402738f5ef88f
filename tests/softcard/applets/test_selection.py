"""Selection of applets: what SELECT answers, what select() and deselect() are called for, and the selection that a
reset makes (JCRE §4.1, §4.3, §4.5); status words of an applet with the data that it has sent (§9)."""

from __future__ import annotations

from pathlib import Path

import pytest

from simtool.files.product import load
from simtool.softcard import SoftCard
from simtool.softcard.applets.toolkit_applet import JavaToolkitApplet
from tests.harness.jcasm import assemble
from tests.softcard.applets.conftest import Desk, desk_on

INSTANCE, OTHER = bytes.fromhex("a00000005594010101"), bytes.fromhex("a00000005594010102")
TELL, WARNING, ALL_WELL, UNCAUGHT, FAULTY_NATIVE, DEEP = range(0x30, 0x36)
DEFAULT_SELECTED = "04"

PACKAGE = assemble("""
.package com/example/selection A000000055940101 1.0
.import javacard.framework 1.2
.applet A00000005594010101 App
.class public App extends Applet
.field private byte kind
.field private byte selects
.field private byte deselects
.field private byte[] seen
.method <init>([B)V
    aload_0
    invokespecial super.<init>()V
    aload_0
    aload_1                         // after AID and privileges: the length of the parameters, and the first
    sspush 13
    baload
    putfield_b kind
    aload_0
    sconst_4
    sconst_2
    invokestatic JCSystem.makeTransientByteArray(SB)[B
    putfield_a seen
    return
.end
.method public static install([BSB)V
    new App
    dup
    aload_0
    invokespecial App.<init>([B)V
    invokevirtual Applet.register()V
    return
.end
.method public select()Z
    aload_0
    getfield_b_this selects
    sconst_1
    sadd
    putfield_b_this selects
    getfield_a_this seen
    sconst_0
    getfield_b_this selects
    bastore
    getfield_b_this kind
    stableswitch 1 Throw No default Yes
Throw: sspush 0x6A80
    invokestatic ISOException.throwIt(S)V
No: sconst_0
    sreturn
Yes: sconst_1
    sreturn
.end
.method public deselect()V
    getfield_b_this deselects
    sconst_1
    sadd
    putfield_b_this deselects
    getfield_a_this seen            // its transient memory is there until it has returned
    sconst_0
    baload
    sconst_0
    sdiv
    pop
    return
.end
.method public process(LAPDU;)V
    .locals 1
    aload_1
    invokevirtual APDU.getBuffer()[B
    astore_2
    aload_0
    invokevirtual Applet.selectingApplet()Z
    ifeq Work
    getfield_b_this kind
    stableswitch 3 Refuse Warn default Done
Refuse: sspush 0x6A81
    invokestatic ISOException.throwIt(S)V
Warn: aload_1
    sconst_0
    sconst_2
    invokevirtual APDU.setOutgoingAndSend(SS)V
    sspush 0x6283
    invokestatic ISOException.throwIt(S)V
Done: return
Work: aload_2
    sconst_1
    baload
    stableswitch 0x30 Tell Warning Well Uncaught Native Deep default Bad
Tell: aload_2
    sconst_0
    getfield_b_this selects
    bastore
    aload_2
    sconst_1
    getfield_b_this deselects
    bastore
    aload_2
    sconst_2
    getfield_a_this seen
    sconst_0
    baload
    bastore
    aload_1
    sconst_0
    sconst_3
    invokevirtual APDU.setOutgoingAndSend(SS)V
    return
Warning: aload_1
    sconst_0
    sconst_2
    invokevirtual APDU.setOutgoingAndSend(SS)V
    sspush 0x6310
    invokestatic ISOException.throwIt(S)V
Well: sspush 0x9000
    invokestatic ISOException.throwIt(S)V
Uncaught: sspush 0x6A80
    invokestatic UserException.throwIt(S)V
Native: sconst_5
    sconst_0
    aload_2
    sconst_0
    sconst_1
    invokestatic Util.arrayCopy([BS[BSS)S
    pop
Deep: return
Bad: sspush ISO7816.SW_INS_NOT_SUPPORTED
    invokestatic ISOException.throwIt(S)V
    return
.end
""")


def put(desk: Desk, kind: int, *, privileges: str = "00") -> None:
    assert desk.load(PACKAGE) == "9000"
    assert desk.install(PACKAGE, INSTANCE, parameters=f"c901{kind:02x}", privileges=privileges) == "9000"


def tell(desk: Desk) -> str:
    answer = desk.host.exchange(0x80, TELL, 0, 0)
    return answer.data.hex() + answer.sw


@pytest.mark.parametrize("kind", [1, 2])
def test_an_applet_refuses(desk: Desk, kind: int) -> None:
    """6999, and nothing is selected on the channel: the file system is there (JCRE §4.5.2)."""
    put(desk, kind)
    assert desk.host.select(INSTANCE).sw == "6999"
    assert desk.card.channels[0].applet is None  # type: ignore[union-attr]
    assert desk.card.machine.vm.selected_context is None
    assert desk.host.exchange(0x00, 0xA4, 0x00, 0x0C, b"\x3f\x00").sw == "9000"
    assert desk.host.exchange(0x80, TELL, 0, 0).sw in ("6d00", "6e00")


def test_an_error_to_select_does_not_deselect(desk: Desk) -> None:
    """The applet is selected once select() has said so; what process() answers then is only the answer (§4.5.2)."""
    put(desk, 3)
    assert desk.host.select(INSTANCE).sw == "6a81"
    assert tell(desk) == "010001" + "9000"
    assert desk.host.select(INSTANCE).sw == "6a81"
    assert tell(desk) == "020102" + "9000"  # it was deselected and selected again


def test_a_warning_to_select_has_its_data(desk: Desk) -> None:
    put(desk, 4)
    answer = desk.host.select(INSTANCE)
    assert (answer.data.hex(), answer.sw) == ("00a4", "6283")
    assert desk.host.select(INSTANCE, p2=0x0C).sw == "6283"
    assert tell(desk) == "020102" + "9000"


def test_status_words(desk: Desk) -> None:
    put(desk, 0)
    assert desk.host.select(INSTANCE).sw == "9000"
    warning = desk.host.exchange(0x80, WARNING, 0, 0)
    assert (warning.data.hex(), warning.sw) == ("8031", "6310")
    assert desk.card.transmit(bytes((0x80, WARNING, 0, 0, 0))) == bytes.fromhex("6c02")
    assert desk.card.transmit(bytes((0x80, WARNING, 0, 0, 2))) == bytes.fromhex("80316310")
    assert desk.host.exchange(0x80, ALL_WELL, 0, 0).sw == "9000"
    assert desk.host.exchange(0x80, UNCAUGHT, 0, 0).sw == "6f00"
    assert desk.host.exchange(0x80, 0x77, 0, 0).sw == "6d00"


def test_a_fault_within_the_api_leaves_the_card_as_it_was(desk: Desk) -> None:
    """A number where a reference has to be, into a function of the API: code that no verifier has seen."""
    put(desk, 0)
    assert desk.host.select(INSTANCE).sw == "9000"
    assert desk.host.exchange(0x80, FAULTY_NATIVE, 0, 0).sw == "6f00"
    assert desk.host.select(INSTANCE).sw == "9000"
    assert tell(desk)[-4:] == "9000"


def test_selection_by_a_reset(kept: Path) -> None:
    """select() is called once for each reset that brings power, without a command; never as power goes (§4.1). What it
    has written is kept even if no command follows."""
    model = load("generic-usim")
    desk = desk_on(SoftCard.new(model, state=kept))
    put(desk, 0, privileges=DEFAULT_SELECTED)
    desk.again()
    assert tell(desk) == "010001" + "9000"
    desk.card.reset()
    assert tell(desk) == "020002" + "9000"
    desk.card.reset()
    desk.card.close()
    desk = desk_on(SoftCard.new(model, state=kept))
    assert tell(desk) == "040004" + "9000"
    desk.card.power_loss()
    desk.card.power_on()
    assert tell(desk) == "050005" + "9000"
    desk.card.close()


@pytest.mark.parametrize("kind", [1, 2])
def test_an_applet_refuses_selection_by_a_reset(desk: Desk, kind: int) -> None:
    put(desk, kind, privileges=DEFAULT_SELECTED)
    desk.again()
    assert desk.host.exchange(0x00, 0xA4, 0x00, 0x0C, b"\x3f\x00").sw == "9000"


def test_a_fault_of_our_own_in_the_selection_by_a_reset(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """The card still starts, with the file system."""
    put(desk, 0, privileges=DEFAULT_SELECTED)

    def broken(*_: object) -> None:
        raise TypeError("broken")

    desk.card.machine.vm.invoke = broken  # type: ignore[method-assign,assignment]
    desk.card.reset()
    assert desk.host.exchange(0x00, 0xA4, 0x00, 0x0C, b"\x3f\x00").sw == "9000"
    assert "broken" in caplog.text


def test_what_is_selected_while_a_toolkit_applet_runs(desk: Desk) -> None:
    """What is selected on the channel of the command that has triggered it, not what ran before (JCRE §5.1)."""
    put(desk, 0)
    machine, card = desk.card.machine, desk.card
    assert card.transmit(bytes.fromhex("0070000001")) == bytes.fromhex("019000")
    seen: list[object] = []
    triggered = JavaToolkitApplet(machine, card.gp.registry.applications[INSTANCE])  # type: ignore[union-attr]
    machine.vm.invoke = lambda *_: seen.append(machine.vm.selected_context)  # type: ignore[method-assign]
    triggered.process_toolkit(1)
    del machine.vm.invoke  # type: ignore[method-assign]
    assert card.transmit(bytes.fromhex("01a4040c09") + INSTANCE) == b"\x90\x00"
    machine.vm.invoke = lambda *_: seen.append(machine.vm.selected_context)  # type: ignore[method-assign]
    triggered.process_toolkit(1)
    card.current = 0
    triggered.process_toolkit(1)
    assert seen == [None, machine.vm.instances[INSTANCE].context, None]


def test_deselection_clears_what_is_to_be_cleared(desk: Desk) -> None:
    """After deselect(), whatever comes of that; the applet's exception there is not seen (§4.3, §5.1)."""
    put(desk, 0)
    assert desk.host.select(INSTANCE).sw == "9000"
    assert tell(desk) == "010001" + "9000"
    desk.open()
    seen = [one for one in desk.card.machine.vm.heap.objects.values() if getattr(one, "lifetime", 0) == 2]
    assert [list(one.data) for one in seen] == [[0, 0, 0, 0]]  # type: ignore[attr-defined]
    assert desk.host.select(INSTANCE).sw == "9000"
    assert tell(desk) == "020102" + "9000"
