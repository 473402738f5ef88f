"""javacardx.framework.util and .intx, javacardx.apdu.util (Java Card API 3.0.5)."""

from __future__ import annotations

from array import array

import pytest

from simtool.softcard.jcvm.objects import TYPECODES, JavaArray, JavaObject, Kind
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jcvm import byte_array, call, content, throws

LOGIC, INT = "javacardx/framework/util/ArrayLogic", "javacardx/framework/util/intx/JCint"
EXCEPTION = "javacardx/framework/util/UtilException"
ILLEGAL_VALUE, TYPE_MISMATCHED = 1, 2
COPIES = tuple(f"arrayCopyRepack{one}(Ljava/lang/Object;SSLjava/lang/Object;S)S" for one in ("", "NonAtomic"))
FILLS = tuple(f"arrayFillGeneric{one}(Ljava/lang/Object;SSLjava/lang/Object;S)S" for one in ("", "NonAtomic"))
COMPARE, FIND = (
    "arrayCompareGeneric(Ljava/lang/Object;SLjava/lang/Object;SS)B",
    "arrayFindGeneric(Ljava/lang/Object;S[BS)S",
)
BYTE, SHORT, LONG = Kind.BYTE, Kind.SHORT, Kind.INT


def numbers(vm: Vm, kind: Kind, *values: int) -> JavaArray:
    made = vm.allocate_array(kind, len(values))
    made.data = array(TYPECODES[kind], values)
    return made


REPACK = [
    # from, its components, to, result
    (BYTE, (1, 2, -1, -2), SHORT, (0x0102, -2)),
    (BYTE, (1, 2, 3, -4), LONG, (0x010203FC,)),
    (SHORT, (0x0102, -2), BYTE, (1, 2, -1, -2)),
    (SHORT, (-1, -2), LONG, (-2,)),
    (LONG, (0x01020304, -1), SHORT, (0x0102, 0x0304, -1, -1)),
    (LONG, (0x01020384,), BYTE, (1, 2, 3, -0x7C)),
    (SHORT, (7, 8), SHORT, (7, 8)),
]


@pytest.mark.parametrize("copy", COPIES)
@pytest.mark.parametrize(("kind", "values", "other", "result"), REPACK)
def test_repack(
    running: Vm, copy: str, kind: Kind, values: tuple[int, ...], other: Kind, result: tuple[int, ...]
) -> None:
    source, target = numbers(running, kind, 9, *values, 9), numbers(running, other, *[0] * (len(result) + 2))
    assert call(running, LOGIC, copy, source, 1, len(values), target, 1) == len(result) + 1
    assert tuple(target.data) == (0, *result, 0)


@pytest.mark.parametrize("copy", COPIES)
def test_repack_within_an_array(running: Vm, copy: str) -> None:
    one = numbers(running, SHORT, 1, 2, 3, 4)
    call(running, LOGIC, copy, one, 0, 3, one, 1)
    assert list(one.data) == [1, 1, 2, 3]


@pytest.mark.parametrize("copy", COPIES)
def test_repack_that_cannot_be(running: Vm, applet: JavaObject, copy: str) -> None:
    source, target = byte_array(running, "01020304"), numbers(running, SHORT, 0, 0)
    for start, length, offset in ((-1, 2, 0), (0, -2, 0), (3, 2, 0), (0, 2, -1), (0, 4, 1), (0, 2, 2)):
        with throws("ArrayIndexOutOfBoundsException"):
            call(running, LOGIC, copy, source, start, length, target, offset)
    with throws(EXCEPTION, ILLEGAL_VALUE):
        call(running, LOGIC, copy, source, 0, 3, target, 0)
    booleans, objects = running.allocate_array(Kind.BOOLEAN, 4), running.allocate_array(Kind.REFERENCE, 4)
    for wrong in (applet, booleans, objects):
        with throws(EXCEPTION, ILLEGAL_VALUE):
            call(running, LOGIC, copy, wrong, 0, 2, target, 0)
        with throws(EXCEPTION, ILLEGAL_VALUE):
            call(running, LOGIC, copy, source, 0, 2, wrong, 0)
    for words in ((None, 0, 2, target, 0), (source, 0, 2, None, 0)):
        with throws("NullPointerException"):
            call(running, LOGIC, copy, *words)
    assert list(target.data) == [0, 0]


def test_transactions(running: Vm) -> None:
    source, target = numbers(running, SHORT, 1, 2), numbers(running, SHORT, 0, 0, 0, 0)
    running.heap.begin()
    call(running, LOGIC, COPIES[0], source, 0, 2, target, 0)
    call(running, LOGIC, FILLS[1], target, 2, 1, source, 0)
    running.heap.abort()
    assert list(target.data) == [0, 0, 1, 0]


@pytest.mark.parametrize("fill", FILLS)
def test_fill(running: Vm, fill: str) -> None:
    one = numbers(running, LONG, 70000, 0, 0, 0)
    assert call(running, LOGIC, fill, one, 1, 2, one, 0) == 3
    assert list(one.data) == [70000, 70000, 70000, 0]
    for offset, length, at in ((-1, 1, 0), (0, -1, 0), (3, 2, 0), (0, 1, -1), (0, 1, 4)):
        with throws("ArrayIndexOutOfBoundsException"):
            call(running, LOGIC, fill, one, offset, length, one, at)
    with throws(EXCEPTION, TYPE_MISMATCHED):
        call(running, LOGIC, fill, one, 0, 1, byte_array(running, 4), 0)
    with throws("NullPointerException"):
        call(running, LOGIC, fill, one, 0, 1, None, 0)


@pytest.mark.parametrize(("kind", "ours", "theirs", "result"), [
    (BYTE, (1, 2), (1, 2), 0), (BYTE, (1, -1), (1, 2), 1), (BYTE, (0,), (-128,), -1),
    (SHORT, (0x0100,), (-1,), 1), (LONG, (-70000, 5), (5, 5), -1), (SHORT, (), (), 0),
])  # fmt: skip
def test_compare(running: Vm, kind: Kind, ours: tuple[int, ...], theirs: tuple[int, ...], result: int) -> None:
    first, second = numbers(running, kind, *ours), numbers(running, kind, *theirs)
    assert call(running, LOGIC, COMPARE, first, 0, second, 0, len(ours)) == result


def test_compare_that_cannot_be(running: Vm) -> None:
    one = numbers(running, SHORT, 1, 2)
    for start, offset, length in ((-1, 0, 1), (0, -1, 1), (0, 0, -1), (1, 0, 2), (0, 1, 2)):
        with throws("ArrayIndexOutOfBoundsException"):
            call(running, LOGIC, COMPARE, one, start, one, offset, length)
    with throws(EXCEPTION, TYPE_MISMATCHED):
        call(running, LOGIC, COMPARE, one, 0, byte_array(running, 2), 0, 1)


def test_find(running: Vm) -> None:
    shorts, value = numbers(running, SHORT, 1, -2, 3, -2), byte_array(running, "00fffe0003")
    assert call(running, LOGIC, FIND, shorts, 0, value, 1) == 1
    assert call(running, LOGIC, FIND, shorts, 2, value, 1) == 3
    assert call(running, LOGIC, FIND, shorts, 3, value, 3) == -1
    assert call(running, LOGIC, FIND, shorts, 4, value, 1) == -1
    assert call(running, LOGIC, FIND, value, 0, value, 4) == 4
    for offset, at in ((-1, 0), (5, 0), (0, -1), (0, 4)):
        with throws("ArrayIndexOutOfBoundsException"):
            call(running, LOGIC, FIND, shorts, offset, value, at)


def test_ints(running: Vm) -> None:
    assert call(running, INT, "makeInt(BBBB)I", -1, 0, 1, -2) == -0xFFFE02
    assert call(running, INT, "makeInt(SS)I", -2, -1) == -0x10001
    data = byte_array(running, 6)
    assert call(running, INT, "setInt([BSI)S", data, 1, -2, 0) == 5
    assert content(data) == "00fffffffe00"
    assert call(running, INT, "getInt([BS)I", data, 1) == -2
    for offset in (-1, 3):
        with throws("ArrayIndexOutOfBoundsException"):
            call(running, INT, "getInt([BS)I", data, offset)
        with throws("ArrayIndexOutOfBoundsException"):
            call(running, INT, "setInt([BSI)S", data, offset, 1, 0)
    made = call(running, INT, "makeTransientIntArray(SB)[I", 3, 2)
    assert (made.kind, len(made.data), made.lifetime) == (LONG, 3, 2)
    with throws("javacard/framework/SystemException", 1):
        call(running, INT, "makeTransientIntArray(SB)[I", 3, 0)


@pytest.mark.parametrize(("cla", "channel", "chained", "secure", "interindustry", "valid"), [
    (0x02, 2, 0, 0, 1, 1), (0x10, 0, 1, 0, 1, 1), (-0x80 + 0x0C, 0, 0, 1, 0, 1), (0x4F, 19, 0, 0, 1, 1),
    (0x3F, 0, 0, 0, 1, 0), (-1, 0, 0, 0, 0, 0),
])  # fmt: skip
def test_class_bytes(
    running: Vm, cla: int, channel: int, chained: int, secure: int, interindustry: int, valid: int
) -> None:
    util = "javacardx/apdu/util/APDUUtil"
    assert call(running, util, "getCLAChannel(B)B", cla) == channel
    flags = ("isCommandChainingCLA(B)Z", "isSecureMessagingCLA(B)Z", "isISOInterindustryCLA(B)Z", "isValidCLA(B)Z")
    assert [call(running, util, one, cla) for one in flags] == [chained, secure, interindustry, valid]
