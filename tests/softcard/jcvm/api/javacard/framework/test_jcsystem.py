"""javacard.framework.JCSystem and SensitiveArrays (Java Card API 3.0.5; JCRE §5 to §8)."""

from __future__ import annotations

from typing import Any

import pytest

from simtool.softcard.jcvm.api.java import lang
from simtool.softcard.jcvm.api.javacard import framework
from simtool.softcard.jcvm.heap import Limits
from simtool.softcard.jcvm.objects import GLOBAL, JavaObject, Kind, Lifetime, Owner, Ref
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jcvm import FakePlatform, byte_array, call, content, machine, new_applet, new_class, throws

JCSYSTEM = "javacard/framework/JCSystem"
SYSTEM, TRANSACTION = "javacard/framework/SystemException", "javacard/framework/TransactionException"
ILLEGAL_VALUE, NO_TRANSIENT_SPACE, ILLEGAL_TRANSIENT = 1, 2, 3
RESET, DESELECT = 1, 2
BEGIN, COMMIT, ABORT, DEPTH = (
    "beginTransaction()V",
    "commitTransaction()V",
    "abortTransaction()V",
    "getTransactionDepth()B",
)
GET_AID, PREVIOUS = "getAID()Ljavacard/framework/AID;", "getPreviousContextAID()Ljavacard/framework/AID;"
SHARED = "getAppletShareableInterfaceObject(Ljavacard/framework/AID;B)Ljavacard/framework/Shareable;"
SERVE = "getShareableInterfaceObject(Ljavacard/framework/AID;B)Ljavacard/framework/Shareable;"
MAKERS = {
    "makeTransientBooleanArray(SB)[Z": Kind.BOOLEAN,
    "makeTransientByteArray(SB)[B": Kind.BYTE,
    "makeTransientShortArray(SB)[S": Kind.SHORT,
    "makeTransientObjectArray(SB)[Ljava/lang/Object;": Kind.REFERENCE,
}


def system(vm: Vm, signature: str, *words: Any) -> Any:
    return call(vm, JCSYSTEM, signature, *words)


def test_version(running: Vm) -> None:
    assert system(running, "getVersion()S") == 0x0305


# Transactions


def test_transactions(running: Vm) -> None:
    array = byte_array(running, 4)
    for wrong in (COMMIT, ABORT):
        with throws(TRANSACTION, 2):
            system(running, wrong)
    system(running, BEGIN)
    assert system(running, DEPTH) == 1
    with throws(TRANSACTION, 1):
        system(running, BEGIN)
    running.heap.write_bytes(array, 0, b"\x01")
    system(running, ABORT)
    assert (system(running, DEPTH), content(array)) == (0, "00000000")
    system(running, BEGIN)
    running.heap.write_bytes(array, 0, b"\x01")
    system(running, COMMIT)
    assert (system(running, DEPTH), content(array)) == (0, "01000000")
    with throws(TRANSACTION, 2):
        system(running, COMMIT)


def test_capacity(running: Vm) -> None:
    array = byte_array(running, 100)
    most = system(running, "getMaxCommitCapacity()S")
    assert most == running.heap.limits.commit == system(running, "getUnusedCommitCapacity()S")
    system(running, BEGIN)
    running.heap.write_bytes(array, 0, bytes(100))
    assert 0 < system(running, "getUnusedCommitCapacity()S") <= most - 100
    system(running, COMMIT)
    assert system(running, "getUnusedCommitCapacity()S") == most


def test_numbers_too_large_for_a_short() -> None:
    vm = machine(
        (lang, framework), limits=Limits(persistent=0x20000, on_reset=0x9000, on_deselect=0x9000, commit=0x9000)
    )
    for signature in ("getMaxCommitCapacity()S", "getUnusedCommitCapacity()S"):
        assert system(vm, signature) == 0x7FFF
    for memory in range(3):
        assert system(vm, "getAvailableMemory(B)S", memory) == 0x7FFF
    shorts = vm.allocate_array(Kind.SHORT, 3)
    system(vm, "getAvailableMemory([SSB)V", shorts, 1, RESET)
    assert [one & 0xFFFF for one in shorts.data] == [0, 0, 0x9000]
    system(vm, "getAvailableMemory([SSB)V", shorts, 0, 0)
    assert shorts.data[0] == 1


# Memory


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("event", [RESET, DESELECT])
def test_transient_arrays(running: Vm, applet: JavaObject, maker: str, event: int) -> None:
    made = system(running, maker, 5, event)
    assert (made.kind, made.lifetime, len(made.data), made.owner) == (MAKERS[maker], event, 5, applet.owner)
    assert system(running, "isTransient(Ljava/lang/Object;)B", made) == event


@pytest.mark.parametrize("maker", MAKERS)
def test_transient_arrays_that_cannot_be(running: Vm, maker: str) -> None:
    for event in (0, 3, -1):
        with throws(SYSTEM, ILLEGAL_VALUE):
            system(running, maker, 5, event)
    for event in (RESET, DESELECT):
        with throws("NegativeArraySizeException"):
            system(running, maker, -1, event)
        with throws(SYSTEM, NO_TRANSIENT_SPACE):
            system(running, maker, 0x7FFF, event)
    running.selected_context = None
    with throws(SYSTEM, ILLEGAL_TRANSIENT):
        system(running, maker, 5, DESELECT)
    assert len(system(running, maker, 0, RESET).data) == 0


def test_what_is_not_transient(running: Vm, applet: JavaObject) -> None:
    for one in (None, applet, byte_array(running, 4)):
        assert system(running, "isTransient(Ljava/lang/Object;)B", one) == 0


def test_a_deselect_array_while_another_applet_is_selected(running: Vm, other: JavaObject) -> None:
    made = system(running, "makeTransientByteArray(SB)[B", 4, DESELECT)
    copy = "arrayFillNonAtomic([BSSB)S"
    call(running, "javacard/framework/Util", copy, made, 0, 4, 1)
    running.selected_context = other.owner.context
    with throws("SecurityException"):
        call(running, "javacard/framework/Util", copy, made, 0, 4, 2)
    running.heap.clear(Lifetime.CLEAR_ON_DESELECT)
    assert content(made) == "00000000"


@pytest.mark.parametrize(
    ("kind", "of"), [(1, Kind.BOOLEAN), (2, Kind.BYTE), (3, Kind.SHORT), (4, Kind.INT), (5, Kind.REFERENCE)]
)
def test_global_arrays(running: Vm, other: JavaObject, kind: int, of: Kind) -> None:
    made = system(running, "makeGlobalArray(BS)Ljava/lang/Object;", kind, 3)
    assert (made.kind, len(made.data), made.context) == (of, 3, GLOBAL)
    assert system(running, "isTransient(Ljava/lang/Object;)B", made) == RESET
    with throws("SecurityException"):
        running.storable(made)
    if of is Kind.BYTE:
        with running.running_as(other.owner):
            call(running, "javacard/framework/Util", "arrayFill([BSSB)S", made, 0, 3, 7)
        assert content(made) == "070707"


def test_global_arrays_that_cannot_be(running: Vm) -> None:
    for kind in (0, 6, -1):
        with throws(SYSTEM, ILLEGAL_VALUE):
            system(running, "makeGlobalArray(BS)Ljava/lang/Object;", kind, 3)
    with throws("NegativeArraySizeException"):
        system(running, "makeGlobalArray(BS)Ljava/lang/Object;", 2, -1)
    with throws(SYSTEM, NO_TRANSIENT_SPACE):
        system(running, "makeGlobalArray(BS)Ljava/lang/Object;", 2, 0x7FFF)


def test_available_memory(running: Vm) -> None:
    before = [system(running, "getAvailableMemory(B)S", memory) for memory in (RESET, DESELECT)]
    system(running, "makeTransientShortArray(SB)[S", 10, RESET)
    system(running, "makeTransientShortArray(SB)[S", 20, DESELECT)
    after = [system(running, "getAvailableMemory(B)S", memory) for memory in (RESET, DESELECT)]
    assert after == [before[0] - 20, before[1] - 40]
    shorts, data = running.allocate_array(Kind.SHORT, 4), byte_array(running, 5)
    system(running, "getAvailableMemory([SSB)V", shorts, 2, RESET)
    system(running, "getAvailableMemory([BSB)V", data, 1, RESET)
    assert list(shorts.data) == [0, 0, 0, after[0]]
    assert content(data) == f"00{after[0]:08x}"


def test_available_memory_of_no_kind(running: Vm) -> None:
    shorts, data = running.allocate_array(Kind.SHORT, 4), byte_array(running, 4)
    for memory in (-1, 3):
        with throws(SYSTEM, ILLEGAL_VALUE):
            system(running, "getAvailableMemory(B)S", memory)
        with throws(SYSTEM, ILLEGAL_VALUE):
            system(running, "getAvailableMemory([SSB)V", shorts, 0, memory)
        with throws(SYSTEM, ILLEGAL_VALUE):
            system(running, "getAvailableMemory([BSB)V", data, 0, memory)
    for offset in (-1, 3):
        with throws("ArrayIndexOutOfBoundsException"):
            system(running, "getAvailableMemory([SSB)V", shorts, offset, RESET)
    for signature in ("getAvailableMemory([SSB)V", "getAvailableMemory([BSB)V"):
        with throws("NullPointerException"):
            system(running, signature, None, 0, RESET)


def test_object_deletion_is_asked_for(running: Vm) -> None:
    assert system(running, "isObjectDeletionSupported()Z")
    assert not running.deletion_requested
    system(running, "requestObjectDeletion()V")
    assert running.deletion_requested


# Applets


def test_own_aid(vm: Vm, applet: JavaObject) -> None:
    assert system(vm, GET_AID) is None
    with vm.running_as(applet.owner):
        assert system(vm, GET_AID).native.aid == applet.owner.aid
    with vm.running_as(Owner(b"\xa0\x00\x00\x00\x01", applet.owner.context)):
        assert system(vm, GET_AID) is None  # not registered yet


def test_previous_context(vm: Vm, applet: JavaObject, other: JavaObject) -> None:
    assert system(vm, PREVIOUS) is None
    with vm.running_as(applet.owner):
        assert system(vm, PREVIOUS) is None
        with vm.running_as(other.owner):
            assert system(vm, PREVIOUS).native.aid == applet.owner.aid


def test_lookup(running: Vm, applet: JavaObject, other: JavaObject) -> None:
    lookup = "lookupAID([BSB)Ljavacard/framework/AID;"
    aid = byte_array(running, b"\xff" + other.owner.aid)
    found = system(running, lookup, aid, 1, 9)
    assert found is running.entry_point(f"aid:{other.owner.aid.hex()}")
    for length in (8, 0):
        assert system(running, lookup, aid, 1, length) is None
    with throws("NullPointerException"):
        system(running, lookup, None, 0, 5)
    for offset, length in ((-1, 5), (2, 9), (0, -1)):
        with throws("ArrayIndexOutOfBoundsException"):
            system(running, lookup, aid, offset, length)


def test_channels(vm: Vm, platform: FakePlatform, applet: JavaObject, other: JavaObject) -> None:
    platform.content.assigned_channel = lambda: 2
    platform.content.channels_of = lambda aid: (1,) if aid == other.owner.aid else ()
    active = "isAppletActive(Ljavacard/framework/AID;)Z"
    with vm.running_as(applet.owner):
        assert system(vm, "getAssignedChannel()B") == 2
        assert system(vm, active, aid_object(vm, other))
        assert not system(vm, active, aid_object(vm, applet))
        with throws("NullPointerException"):
            system(vm, active, None)


def aid_object(vm: Vm, applet: JavaObject) -> Ref:
    return vm.entry_point(f"aid:{applet.owner.aid.hex()}")


def server(vm: Vm, aid: str, *more: str) -> tuple[JavaObject, list[Any]]:
    """An applet that shares an object, and what it was asked."""
    asked: list[Any] = []

    def serve(vm: Vm, this: JavaObject, client: JavaObject, parameter: int) -> Ref | None:
        asked.append((client.native.aid, parameter, vm.context))  # type: ignore[union-attr]
        shared = new_class(vm, "test/Shared", interfaces={"javacard/framework/Shareable": {}})
        return vm.allocate(shared) if parameter else None

    return new_applet(vm, aid, {SERVE: serve}, interfaces={one: {} for one in more}), asked


def test_sharing(running: Vm, applet: JavaObject) -> None:
    serving, asked = server(running, "a00000055910020303")
    given = system(running, SHARED, aid_object(running, serving), 5)
    assert given.owner is serving.owner
    assert asked == [(applet.owner.aid, 5, serving.owner.context)]
    assert running.context is applet.owner.context
    assert system(running, SHARED, aid_object(running, serving), 0) is None


def test_nothing_to_share(running: Vm, applet: JavaObject, other: JavaObject) -> None:
    assert system(running, SHARED, aid_object(running, other), 1) is None
    assert system(running, SHARED, None, 1) is None
    assert system(running, SHARED, running.entry_point("aid:a000000000"), 1) is None
    serving, asked = server(running, "a00000055910020303")
    with running.running_as(Owner(b"\xa0\x00\x00\x00\x01", applet.owner.context)):
        assert system(running, SHARED, aid_object(running, serving), 1) is None  # not registered yet
    assert asked == []


def test_an_exception_of_the_server_reaches_the_client(running: Vm) -> None:
    def refuse(vm: Vm, this: JavaObject, client: JavaObject, parameter: int) -> Ref:
        raise vm.throw("javacard/framework/ISOException", 0x6985)

    serving = new_applet(running, "a00000055910020303", {SERVE: refuse})
    with throws("javacard/framework/ISOException", 0x6985):
        system(running, SHARED, aid_object(running, serving), 1)


@pytest.mark.parametrize(("channels", "allowed"), [((), True), ((0,), True), ((1,), False), ((0, 1), False)])
def test_a_server_that_is_active_on_another_channel(
    running: Vm, platform: FakePlatform, channels: tuple[int, ...], allowed: bool
) -> None:
    """JCRE §4.2: only one that is multiselectable may be asked."""
    platform.content.channels_of = lambda aid: channels
    single, _ = server(running, "a00000055910020303")
    multi, _ = server(running, "a00000055910020404", "javacard/framework/MultiSelectable")
    assert system(running, SHARED, aid_object(running, multi), 1) is not None
    if allowed:
        assert system(running, SHARED, aid_object(running, single), 1) is not None
    else:
        with throws("SecurityException"):
            system(running, SHARED, aid_object(running, single), 1)


# SensitiveArrays: this card has none


def test_no_sensitive_arrays(running: Vm) -> None:
    arrays, array = "javacard/framework/SensitiveArrays", byte_array(running, 4)
    assert not call(running, arrays, "isIntegritySensitiveArraysSupported()Z")
    assert not call(running, arrays, "isIntegritySensitive(Ljava/lang/Object;)Z", array)
    with throws(SYSTEM, 6):
        call(running, arrays, "makeIntegritySensitiveArray(BBS)Ljava/lang/Object;", 2, 0, 4)
    for signature in ("assertIntegrity(Ljava/lang/Object;)V", "clearArray(Ljava/lang/Object;)S"):
        with throws(SYSTEM, ILLEGAL_VALUE):
            call(running, arrays, signature, array)
        with throws("NullPointerException"):
            call(running, arrays, signature, None)
