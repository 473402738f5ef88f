"""javacard.framework.Util (Java Card API 3.0.5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.softcard.jcvm.api.java import lang
from simtool.softcard.jcvm.api.javacard import framework
from simtool.softcard.jcvm.objects import JavaObject
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jcvm import byte_array, call, content, machine, throws

UTIL = "javacard/framework/Util"
COPIES = ("arrayCopy([BS[BSS)S", "arrayCopyNonAtomic([BS[BSS)S")
FILLS = ("arrayFill([BSSB)S", "arrayFillNonAtomic([BSSB)S")


@pytest.mark.parametrize("copy", COPIES)
def test_copy(running: Vm, copy: str) -> None:
    source, target = byte_array(running, "0102030405"), byte_array(running, 5)
    assert call(running, UTIL, copy, source, 1, target, 2, 3) == 5
    assert content(target) == "0000020304"


@pytest.mark.parametrize("copy", COPIES)
@pytest.mark.parametrize(("start", "to", "result"), [(0, 1, "0101020304"), (1, 0, "0203040505"), (0, 0, "0102030405")])
def test_copy_within_an_array_is_as_by_way_of_another(running: Vm, copy: str, start: int, to: int, result: str) -> None:
    array = byte_array(running, "0102030405")
    call(running, UTIL, copy, array, start, array, to, 4)
    assert content(array) == result


OUTSIDE = [(-1, 0, 1), (0, -1, 1), (0, 0, -1), (3, 0, 2), (0, 3, 2), (5, 0, 0), (0, 5, 0)]


@pytest.mark.parametrize("copy", COPIES)
@pytest.mark.parametrize(("start", "to", "length"), OUTSIDE)
def test_copy_out_of_bounds_writes_nothing(running: Vm, copy: str, start: int, to: int, length: int) -> None:
    source, target = byte_array(running, "01020304"), byte_array(running, 4)
    with throws("ArrayIndexOutOfBoundsException"):
        call(running, UTIL, copy, source, start, target, to, length)
    assert content(target) == "00000000"


@pytest.mark.parametrize("copy", COPIES)
def test_copy_without_array(running: Vm, copy: str) -> None:
    array = byte_array(running, 4)
    for words in ((None, 0, array, 0, 1), (array, 0, None, 0, 1), (array, -1, None, 0, 1)):
        with throws("NullPointerException"):
            call(running, UTIL, copy, *words)


@pytest.mark.parametrize("copy", COPIES)
def test_copy_past_the_firewall(vm: Vm, applet: JavaObject, other: JavaObject, copy: str) -> None:
    with vm.running_as(other.owner):
        theirs = byte_array(vm, "01")
    with vm.running_as(applet.owner):
        ours = byte_array(vm, "00")
        for words in ((theirs, 0, ours, 0, 1), (ours, 0, theirs, 0, 1)):
            with throws("SecurityException"):
                call(vm, UTIL, copy, *words)
    assert content(theirs) == "01"


def test_an_abort_takes_back_what_is_atomic(running: Vm) -> None:
    source, array = byte_array(running, "0102"), byte_array(running, 4)
    running.heap.begin()
    call(running, UTIL, COPIES[0], source, 0, array, 0, 2)
    call(running, UTIL, FILLS[0], array, 2, 1, 7)
    call(running, UTIL, "setShort([BSS)S", array, 2, 0x0909)
    running.heap.abort()
    assert content(array) == "00000000"


def test_an_abort_leaves_what_is_not_atomic(running: Vm) -> None:
    source, array = byte_array(running, "0102"), byte_array(running, 4)
    running.heap.begin()
    call(running, UTIL, COPIES[1], source, 0, array, 0, 2)
    call(running, UTIL, FILLS[1], array, 2, 1, 7)
    running.heap.abort()
    assert content(array) == "01020700"


def test_more_than_the_commit_buffer_holds(running: Vm) -> None:
    size = running.heap.limits.commit
    source, target = byte_array(running, b"\x01" * size), byte_array(running, size)
    running.heap.begin()
    with throws("javacard/framework/TransactionException", 3):
        call(running, UTIL, COPIES[0], source, 0, target, 0, size)
    assert content(target) == "00" * size
    assert running.heap.in_transaction
    call(running, UTIL, COPIES[1], source, 0, target, 0, size)
    assert content(target) == "01" * size


@pytest.mark.parametrize("fill", FILLS)
def test_fill(running: Vm, fill: str) -> None:
    array = byte_array(running, 4)
    assert call(running, UTIL, fill, array, 1, 2, -1) == 3
    assert content(array) == "00ffff00"
    for offset, length in ((-1, 1), (0, -1), (3, 2)):
        with throws("ArrayIndexOutOfBoundsException"):
            call(running, UTIL, fill, array, offset, length, 1)
    with throws("NullPointerException"):
        call(running, UTIL, fill, None, 0, 1, 1)


@given(st.binary(min_size=1, max_size=9), st.binary(min_size=1, max_size=9))
def test_compare_is_without_sign(ours: bytes, theirs: bytes) -> None:
    vm = machine((lang, framework))
    length = min(len(ours), len(theirs))
    first, second = byte_array(vm, ours), byte_array(vm, theirs)
    wanted = 0
    for one, another in zip(ours, theirs, strict=False):
        if one != another:
            wanted = -1 if one < another else 1
            break
    assert call(vm, UTIL, "arrayCompare([BS[BSS)B", first, 0, second, 0, length) == wanted


def test_compare_out_of_bounds(running: Vm) -> None:
    array = byte_array(running, 4)
    for words in ((-1, array, 0, 1), (0, array, -1, 1), (0, array, 0, -1), (3, array, 0, 2), (0, array, 3, 2)):
        with throws("ArrayIndexOutOfBoundsException"):
            call(running, UTIL, "arrayCompare([BS[BSS)B", array, *words)
    with throws("NullPointerException"):
        call(running, UTIL, "arrayCompare([BS[BSS)B", array, 0, None, 0, 1)


def test_shorts(running: Vm) -> None:
    array = byte_array(running, "0080ff00")
    assert call(running, UTIL, "getShort([BS)S", array, 1) == -0x7F01
    assert call(running, UTIL, "setShort([BSS)S", array, 2, -2) == 4
    assert content(array) == "0080fffe"
    assert call(running, UTIL, "makeShort(BB)S", -128, -1) == -0x7F01
    for offset in (-1, 3):
        with throws("ArrayIndexOutOfBoundsException"):
            call(running, UTIL, "getShort([BS)S", array, offset)
        with throws("ArrayIndexOutOfBoundsException"):
            call(running, UTIL, "setShort([BSS)S", array, offset, 0)
