"""javacard.framework.AID (Java Card API 3.0.5)."""

from __future__ import annotations

import pytest

from simtool.softcard.jcvm.api.javacard.framework.aid import of_instance
from simtool.softcard.jcvm.objects import ENTRY_POINT, JavaObject
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jcvm import byte_array, construct, content, send, throws

AID = "javacard/framework/AID"
VALUE = "a0000005591001"


@pytest.fixture
def aid(running: Vm) -> JavaObject:
    return construct(running, AID, "<init>([BSB)V", byte_array(running, "ff" + VALUE), 1, 7)


@pytest.mark.parametrize("length", [-1, 0, 4, 17])
def test_length_comes_before_the_array(running: Vm, length: int) -> None:
    with throws("javacard/framework/SystemException", 1):
        construct(running, AID, "<init>([BSB)V", None, 0, length)


def test_constructor_needs_its_bytes(running: Vm) -> None:
    with throws("NullPointerException"):
        construct(running, AID, "<init>([BSB)V", None, 0, 5)
    with throws("ArrayIndexOutOfBoundsException"):
        construct(running, AID, "<init>([BSB)V", byte_array(running, 8), 4, 5)


def test_get_bytes(running: Vm, aid: JavaObject) -> None:
    target = byte_array(running, 9)
    assert send(running, aid, AID, "getBytes([BS)B", target, 2) == 7
    assert content(target) == "0000" + VALUE
    with throws("ArrayIndexOutOfBoundsException"):
        send(running, aid, AID, "getBytes([BS)B", target, 3)
    with throws("NullPointerException"):
        send(running, aid, AID, "getBytes([BS)B", None, 0)


@pytest.mark.parametrize(
    ("start", "length", "result"), [(5, 2, "1001"), (5, 0, "1001"), (0, 5, "a000000559"), (7, 0, "")]
)
def test_partial_bytes(running: Vm, aid: JavaObject, start: int, length: int, result: str) -> None:
    target = byte_array(running, 16)
    assert send(running, aid, AID, "getPartialBytes(S[BSB)B", start, target, 0, length) == len(result) // 2
    assert content(target).startswith(result)


@pytest.mark.parametrize(
    ("start", "offset", "length"), [(-1, 0, 1), (8, 0, 0), (5, 0, 3), (0, 14, 7), (0, -1, 1), (0, 0, -1)]
)
def test_partial_bytes_out_of_bounds(running: Vm, aid: JavaObject, start: int, offset: int, length: int) -> None:
    with throws("ArrayIndexOutOfBoundsException"):
        send(running, aid, AID, "getPartialBytes(S[BSB)B", start, byte_array(running, 16), offset, length)


def test_equal_objects(running: Vm, aid: JavaObject) -> None:
    same = construct(running, AID, "<init>([BSB)V", byte_array(running, VALUE), 0, 7)
    shorter = construct(running, AID, "<init>([BSB)V", byte_array(running, VALUE), 0, 6)
    stranger = construct(running, AID, "<init>([BSB)V", byte_array(running, "a0000000871002"), 0, 7)
    equals, rid = "equals(Ljava/lang/Object;)Z", "RIDEquals(Ljavacard/framework/AID;)Z"
    assert send(running, aid, AID, equals, same)
    for one in (shorter, stranger, None, byte_array(running, VALUE)):
        assert not send(running, aid, AID, equals, one)
    assert [send(running, aid, AID, rid, one) for one in (same, shorter, stranger, None)] == [1, 1, 0, 0]


def test_equal_bytes(running: Vm, aid: JavaObject) -> None:
    array = byte_array(running, VALUE + "02")
    equals, partial = "equals([BSB)Z", "partialEquals([BSB)Z"
    assert [send(running, aid, AID, equals, array, 0, length) for length in (7, 6, 8)] == [1, 0, 0]
    assert [send(running, aid, AID, partial, array, 0, length) for length in (7, 6, 8, 0)] == [1, 1, 0, 1]
    for method in (equals, partial):
        assert not send(running, aid, AID, method, None, 0, 7)
        with throws("ArrayIndexOutOfBoundsException"):
            send(running, aid, AID, method, array, 2, 7)


def test_the_object_of_another_applet(vm: Vm, applet: JavaObject, other: JavaObject) -> None:
    with vm.running_as(other.owner):
        theirs = construct(vm, AID, "<init>([BSB)V", byte_array(vm, VALUE), 0, 7)
    with vm.running_as(applet.owner):
        ours = construct(vm, AID, "<init>([BSB)V", byte_array(vm, VALUE), 0, 7)
        with throws("SecurityException"):
            send(vm, ours, AID, "equals(Ljava/lang/Object;)Z", theirs)
        with throws("SecurityException"):
            send(vm, ours, AID, "RIDEquals(Ljavacard/framework/AID;)Z", theirs)


def test_aids_of_instances_are_permanent_entry_points(running: Vm, applet: JavaObject) -> None:
    found = of_instance(running, applet.owner.aid)
    assert found is of_instance(running, applet.owner.aid) is running.entry_point(str(found.id))
    assert found.context is ENTRY_POINT
    target = byte_array(running, 16)
    assert send(running, found, AID, "getBytes([BS)B", target, 0) == 9
    assert content(target).startswith(applet.owner.aid.hex())
