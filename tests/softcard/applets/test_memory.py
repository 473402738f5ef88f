"""What becomes of an applet's objects: transactions, installations, object deletion, deletion of the applet, and what
the state file has of them (JCRE §7, §8, §11.3)."""

from __future__ import annotations

from pathlib import Path

import pytest

from simtool.errors import CardRemovedError
from simtool.files.product import load
from simtool.softcard import SoftCard
from simtool.softcard.faults import Fault, FaultyCard
from simtool.softcard.faults import Kind as FaultKind
from simtool.softcard.jcvm.execution import Execution
from simtool.softcard.jcvm.objects import Kind, Lifetime, Owner
from tests.harness.gp_host import Host, load_file, lv
from tests.harness.jcasm import assemble
from tests.softcard.applets.conftest import ISD, Desk, desk_on

INSTANCE, OTHER = bytes.fromhex("a00000005595010101"), bytes.fromhex("a00000005595010102")
(ABORTED, ABORTED_ELEMENT, TELL, COLLECT, STATIC, CLEAR, FULL, FULL_ARRAY, FULL_COPY, OPEN, USE_LOST,
 FULL_STATIC) = range(0x40, 0x4C)  # fmt: skip

PACKAGE = assemble("""
.package com/example/memory A000000055950101 1.0
.import javacard.framework 1.2
.applet A00000005595010101 App
.class public App extends Applet implements AppletEvent
.field private Object kept
.field private Object[] several
.field private short number
.field private byte[] bytes
.field private byte[] selectedOnly
.field static Object shown
.field static short counter
.method <init>(B)V
    aload_0
    invokespecial super.<init>()V
    aload_0
    sconst_2
    anewarray Object
    putfield_a several
    aload_0
    sspush 1200
    newarray byte
    putfield_a bytes
    aload_0
    sspush 16
    sconst_2
    invokestatic JCSystem.makeTransientByteArray(SB)[B
    putfield_a selectedOnly
    aload_0
    sload_1
    putfield_s number
    return
.end
.method public static install([BSB)V
    new App
    dup
    sload_2
    invokespecial App.<init>(B)V
    invokevirtual Applet.register()V
    return
.end
.method public uninstall()V
    aload_0
    getfield_s number
    ifge Done                       // its last wish: nobody refers to it
    aconst_null
    putstatic_a shown
Done: return
.end
.method public process(LAPDU;)V
    .locals 3
    aload_0
    invokevirtual Applet.selectingApplet()Z
    ifeq Work
    return
Work: aload_1
    invokevirtual APDU.getBuffer()[B
    astore_2
    aload_2
    sconst_1
    baload
    stableswitch 0x40 Aborted Element Tell Collect Static Clear Full Array Copy Open Lost FullStatic default Bad
Aborted: invokestatic JCSystem.beginTransaction()V
    sconst_4
    newarray byte
    astore_3
    invokestatic JCSystem.abortTransaction()V
    aload_0
    aload_3
    putfield_a kept
    return
Element: invokestatic JCSystem.beginTransaction()V
    sconst_4
    newarray byte
    astore_3
    invokestatic JCSystem.abortTransaction()V
    aload_0
    getfield_a several
    sconst_1
    aload_3
    aastore
    aload_3
    putstatic_a shown
    return
Lost: invokestatic JCSystem.beginTransaction()V
    sconst_4
    newarray byte
    astore_3
    invokestatic JCSystem.abortTransaction()V
    aload_3
    sconst_0
    sconst_1
    bastore
    return
Tell: aload_2
    sconst_0
    aload_0
    getfield_a kept
    ifnull K
    sconst_1
    goto K2
K:  sconst_0
K2: bastore
    aload_2
    sconst_1
    aload_0
    getfield_a several
    sconst_1
    aaload
    ifnull E
    sconst_1
    goto E2
E:  sconst_0
E2: bastore
    aload_2
    sconst_2
    aload_0
    getfield_s number
    invokestatic Util.setShort([BSS)S
    pop
    aload_2
    sconst_4
    getstatic_s counter
    invokestatic Util.setShort([BSS)S
    pop
    aload_2
    sspush 6
    aload_0
    getfield_a bytes
    sconst_0
    baload
    bastore
    aload_1
    sconst_0
    sspush 7
    invokevirtual APDU.setOutgoingAndSend(SS)V
    return
Collect: sconst_5
    newarray short
    pop
    invokestatic JCSystem.requestObjectDeletion()V
    return
Static: aload_0
    putstatic_a shown
    return
Clear: aconst_null
    putstatic_a shown
    return
Full: invokestatic JCSystem.beginTransaction()V
F2: aload_0
    getfield_s_this number
    sconst_1
    sadd
    putfield_s number
    goto F2
FullStatic: invokestatic JCSystem.beginTransaction()V
F5: getstatic_s counter
    sconst_1
    sadd
    putstatic_s counter
    goto F5
Array: invokestatic JCSystem.beginTransaction()V
F3: getfield_a_this bytes
    sconst_0
    sconst_1
    bastore
    getfield_a_this several
    sconst_0
    aload_0
    aastore
    goto F3
Copy: invokestatic JCSystem.beginTransaction()V
    getfield_a_this bytes
    sconst_1
    getfield_a_this bytes
    sconst_0
    sspush 1100
    invokestatic Util.arrayCopy([BS[BSS)S
    pop
    invokestatic JCSystem.commitTransaction()V
    return
Open: invokestatic JCSystem.beginTransaction()V
    aload_0
    sspush 77
    putfield_s number
    sconst_1
    newarray byte
    pop
    return
Bad: sspush ISO7816.SW_INS_NOT_SUPPORTED
    invokestatic ISOException.throwIt(S)V
    return
.end
""")


@pytest.fixture(params=[True, False], ids=["translator", "interpreter"])
def app(request: pytest.FixtureRequest, desk: Desk) -> Desk:
    desk.card.machine.vm.use(translator=request.param)
    desk.put(PACKAGE, INSTANCE)
    return desk


def told(desk: Desk) -> str:
    return desk.ask(INSTANCE, TELL)


def test_install_can_make_memory_that_is_cleared_on_deselect(app: Desk) -> None:
    """The context of the applet that is installed counts as selected (JCRE §5.1, §11.2)."""
    arrays = [one for one in app.card.machine.vm.heap.objects.values() if getattr(one, "lifetime", 0) == 2]
    assert len(arrays) == 1
    assert told(app) == "0000" + "000d" + "0000" + "00" + "9000"  # three lengths, nine bytes of AID, one of privileges


def test_install_with_many_parameters(app: Desk) -> None:
    """bLength is a byte: more than 127 come as a negative number; more than 255 cannot be told: 6A80."""
    app.open()
    aid = bytes((*INSTANCE[:-1], 5))
    assert app.install(PACKAGE, aid, parameters="c981b4" + "00" * 180) == "9000"
    assert app.ask(aid, TELL)[4:8] == f"{(180 + 1 + 2 + 1 + len(aid)) - 256 & 0xFFFF:04x}"
    app.open()
    assert app.install(PACKAGE, bytes((*INSTANCE[:-1], 6)), parameters="c981c8" + "00" * 200) == "9000"


@pytest.mark.parametrize("ins", [ABORTED, ABORTED_ELEMENT])
def test_a_reference_to_what_an_abort_took_is_null(app: Desk, kept: Path, ins: int) -> None:
    """JCRE §7.6.3. Nothing of it gets into the state file, so the card still starts."""
    assert app.ask(INSTANCE, ins) == "9000"
    assert told(app)[:4] == "0000"
    app.card.power_loss()
    app.card.power_on()
    assert told(app)[:4] == "0000"


def test_using_what_an_abort_took(app: Desk) -> None:
    assert app.ask(INSTANCE, USE_LOST) == "6f00"
    assert told(app)[:4] == "0000"


@pytest.mark.parametrize("ins", [FULL, FULL_ARRAY, FULL_COPY, FULL_STATIC])
def test_a_transaction_too_large(app: Desk, ins: int) -> None:
    """TransactionException.BUFFER_FULL, and nothing of it stays, whatever kind of write it was."""
    before, used = told(app), app.card.machine.vm.heap.used
    seen: list[str] = []
    app.card.machine.on_uncaught = lambda entry, error: seen.append(
        f"{error.throwable.cls.name} {error.throwable.native.reason}"
    )  # type: ignore[attr-defined]
    assert app.ask(INSTANCE, ins) == "6f00"
    assert seen == ["javacard/framework/TransactionException 3"]
    assert (told(app), app.card.machine.vm.heap.used) == (before, used)
    app.card.power_loss()
    app.card.power_on()
    assert told(app) == before


def test_a_transaction_left_open(app: Desk) -> None:
    before, used = told(app), app.card.machine.vm.heap.used
    assert app.ask(INSTANCE, OPEN) == "9000"
    assert (told(app), app.card.machine.vm.heap.used) == (before, used)


def test_object_deletion(app: Desk) -> None:
    machine = app.card.machine
    before = (machine.vm.heap.used, set(machine.vm.heap.objects))
    assert app.ask(INSTANCE, COLLECT) == "9000"
    assert (machine.vm.heap.used, set(machine.vm.heap.objects)) == before


def test_no_object_deletion_while_a_run_sleeps(app: Desk) -> None:
    """What only its variables refer to is still in use; it is made good as soon as nobody sleeps."""
    vm = app.card.machine.vm
    owner = vm.instances[INSTANCE]

    def body() -> object:
        with vm.running_as(owner):
            held = vm.allocate_array(Kind.BYTE, 3)
            vm.wait("for ever")
            return held

    run = Execution(body)
    run.start()
    before = len(vm.heap.objects)
    assert app.ask(INSTANCE, COLLECT) == "9000"
    assert len(vm.heap.objects) == before + 1
    held = run.resume(None).result  # type: ignore[union-attr]
    assert vm.heap.objects[held.id] is held
    assert told(app)[-4:] == "9000"
    assert len(vm.heap.objects) == before - 1


def test_what_a_sleeping_transaction_changed_and_was_deleted_meanwhile(app: Desk) -> None:
    """Taking the transaction back does not bring the object back into the state file."""
    vm = app.card.machine.vm
    assert app.install(PACKAGE, OTHER) == "9000"
    owner = vm.instances[OTHER]

    def body() -> None:
        with vm.running_as(owner):
            vm.heap.begin()
            vm.heap.barrier(owner.applet, 0)
            owner.applet.words[0] = vm.allocate_array(Kind.BYTE, 3)  # type: ignore[union-attr]
            vm.wait("for ever")

    run = Execution(body)
    run.start()
    app.open()
    assert app.host.delete(OTHER) == "9000"
    run.abandon()
    vm.heap.abort()
    assert told(app)[-4:] == "9000"
    app.card.power_loss()
    app.card.power_on()
    assert told(app)[-4:] == "9000"
    assert app.card.machine.vm.heap.used == vm.heap.used


def test_deletion_with_references_from_a_static_field(app: Desk) -> None:
    """Of the instance alone: 6985 (JCRE §11.3.4.1). Together with the package: its own fields do not count."""
    assert app.ask(INSTANCE, STATIC) == "9000"
    app.open()
    assert app.host.delete(INSTANCE) == "6985"
    assert told(app)[-4:] == "9000"
    app.open()
    assert app.host.delete(PACKAGE.package_aid, related=True) == "9000"
    assert app.card.machine.vm.heap.used == 0


def test_uninstall_is_called_before_references_are_judged(app: Desk) -> None:
    """AppletEvent.uninstall is where an applet lets go of what would keep it (JCRE §11.3.4)."""
    aid = bytes((*INSTANCE[:-1], 7))
    assert app.install(PACKAGE, aid, parameters="c981b4" + "00" * 180) == "9000"
    assert app.ask(aid, STATIC) == "9000"
    app.open()
    assert app.host.delete(aid) == "9000"
    assert app.host.select(aid).sw == "6a82"


def test_a_failed_installation_gives_everything_back(desk: Desk) -> None:
    """Persistent and transient memory, of what was made before it failed."""
    assert desk.load(PACKAGE) == "9000"
    heap = desk.card.machine.vm.heap
    before = (heap.used, dict(heap.transient), set(heap.objects))
    heap.transient[Lifetime.CLEAR_ON_DESELECT] += 0x7F8  # room for half of what it wants
    assert desk.install(PACKAGE, INSTANCE) == "6f00"
    heap.transient[Lifetime.CLEAR_ON_DESELECT] -= 0x7F8
    assert (heap.used, dict(heap.transient), set(heap.objects)) == before
    assert desk.install(PACKAGE, INSTANCE) == "9000"


def test_objects_of_the_runtime_survive(kept: Path) -> None:
    """An object that the runtime itself owns on the heap is found again."""
    model = load("generic-usim")
    first = desk_on(SoftCard.new(model, state=kept))
    first.put(PACKAGE, INSTANCE)
    vm = first.card.machine.vm
    assert isinstance(vm.owner, Owner) and vm.owner.aid == b""
    vm.allocate_array(Kind.BYTE, 3)
    assert told(first)[-4:] == "9000"
    first.card.close()
    second = desk_on(SoftCard.new(model, state=kept))
    assert told(second)[-4:] == "9000"
    second.card.close()


def test_a_fault_of_our_own_at_the_end_of_a_command(app: Desk) -> None:
    """The card answers, and is as it was before the command: `transmit` never raises."""
    vm = app.card.machine.vm
    before = told(app)

    def broken() -> dict[int, object]:
        raise TypeError("cannot be kept")

    vm.heap.changes = broken  # type: ignore[method-assign,assignment]
    assert app.card.transmit(bytes.fromhex("00a4040009") + INSTANCE) == b"\x6f\x00"
    assert told(app) == before


@pytest.mark.parametrize("what", ["load", "delete"])
def test_torn_at_every_write_of_content_management(kept: Path, what: str) -> None:
    """LOAD with static arrays, DELETE whose `uninstall` writes: done or not, and the card starts and goes on."""
    model = load("generic-usim")
    card = SoftCard.new(model, state=kept)
    desk = desk_on(card)
    if what == "delete":
        desk.put(PACKAGE, INSTANCE)
        assert desk.install(PACKAGE, OTHER, parameters="c981b4" + "00" * 180) == "9000"
        assert desk.ask(OTHER, STATIC) == "9000"
    card.close()
    torn = 0
    for at in range(1, 30):
        card = SoftCard.new(model, state=kept)
        faulty = FaultyCard(card, [Fault(FaultKind.TEAR_APPLET, at)])
        faulty.power_on()
        host = Host(faulty).open(ISD)
        before = {name: value for name, value in card.store.values.items() if name.startswith(("gp:file", "gp:app"))}
        try:
            if what == "load":
                assert host.send(0xE6, 0x02, 0, lv(PACKAGE.package_aid, b"", b"", b"", b"")).ok
                assert host.load_blocks(load_file(PACKAGE.block)) == "9000"
            else:
                assert host.delete(OTHER) == "9000"
            card.close()
            break
        except CardRemovedError:
            torn += 1
            assert {name: card.store.values.get(name) for name in before} == before
        card.close()
    assert torn >= 1
    desk = desk_on(SoftCard.new(model, state=kept))
    if what == "load":
        assert desk.install(PACKAGE, INSTANCE) == "9000"
    assert told(desk)[-4:] == "9000"
    assert desk.host.select(OTHER).sw == "6a82"
    desk.open()
    assert desk.host.delete(PACKAGE.package_aid, related=True) == "9000"
    assert desk.card.machine.vm.heap.used == 0
    desk.card.close()
