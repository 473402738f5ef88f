"""javacardx.framework.tlv (Java Card API 3.0.5, ISO/IEC 8825-1 §8.1)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simtool.softcard.jcvm.objects import JavaObject, Ref
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jcvm import byte_array, call, construct, content, send, throws

TLV, PRIMITIVE, CONSTRUCTED = (
    f"javacardx/framework/tlv/{one}" for one in ("BERTLV", "PrimitiveBERTLV", "ConstructedBERTLV")
)
TAG, PRIMITIVE_TAG, CONSTRUCTED_TAG = (
    f"javacardx/framework/tlv/{one}" for one in ("BERTag", "PrimitiveBERTag", "ConstructedBERTag")
)
EXCEPTION = "javacardx/framework/tlv/TLVException"
INVALID_PARAM, ILLEGAL_SIZE, EMPTY_TAG, EMPTY_TLV, MALFORMED_TAG, MALFORMED_TLV, NO_STORAGE = range(1, 8)
SIZE_127, NUMBER_32767, SIZE_32767, LENGTH_32767 = range(8, 12)
INIT = "init([BSS)S"
INIT_VALUE = "init(Ljavacardx/framework/tlv/PrimitiveBERTag;[BSS)S"
INIT_PART = "init(Ljavacardx/framework/tlv/ConstructedBERTag;Ljavacardx/framework/tlv/BERTLV;)S"
INIT_PARTS = "init(Ljavacardx/framework/tlv/ConstructedBERTag;[BSS)S"
APPEND, DELETE = "append(Ljavacardx/framework/tlv/BERTLV;)S", "delete(Ljavacardx/framework/tlv/BERTLV;S)S"
FIND = "find(Ljavacardx/framework/tlv/BERTag;)Ljavacardx/framework/tlv/BERTLV;"
FIND_NEXT = (
    "findNext(Ljavacardx/framework/tlv/BERTag;Ljavacardx/framework/tlv/BERTLV;S)Ljavacardx/framework/tlv/BERTLV;"
)


def tag(vm: Vm, value: str) -> JavaObject:
    found: JavaObject = call(vm, TAG, "getInstance([BS)Ljavacardx/framework/tlv/BERTag;", byte_array(vm, value), 0)
    return found


def tlv(vm: Vm, value: str) -> JavaObject:
    array = byte_array(vm, value)
    instance = "getInstance([BSS)Ljavacardx/framework/tlv/BERTLV;"
    found: JavaObject = call(vm, TLV, instance, array, 0, len(array.data))
    return found


def coded(vm: Vm, one: Ref, cls: str = TLV) -> str:
    target = byte_array(vm, 0x400)
    length = send(vm, one, cls, "toBytes([BS)S", target, 0)
    return content(target)[: 2 * length]


# Tags

TAGS = [
    # bytes, size, class, constructed, number
    ("5a", 1, 1, False, 0x1A),
    ("e1", 1, 3, True, 1),
    ("9f1a", 2, 2, False, 0x1A),  # the long form though it need not be: EMV
    ("7f49", 2, 1, True, 0x49),
    ("1f8101", 3, 0, False, 0x81),
    ("1fffff7f", 4, 0, False, None),
]


@pytest.mark.parametrize(("value", "size", "of_class", "constructed", "number"), TAGS)
def test_tags(running: Vm, value: str, size: int, of_class: int, constructed: bool, number: int | None) -> None:
    one, array = tag(running, value), byte_array(running, "ff" + value)
    assert one.cls.name == (CONSTRUCTED_TAG if constructed else PRIMITIVE_TAG)
    assert send(running, one, TAG, "size()B") == size == call(running, TAG, "size([BS)B", array, 1)
    assert send(running, one, TAG, "tagClass()B") == of_class == call(running, TAG, "tagClass([BS)B", array, 1)
    assert bool(send(running, one, TAG, "isConstructed()Z")) == constructed
    assert bool(call(running, TAG, "isConstructed([BS)Z", array, 1)) == constructed
    assert coded(running, one, TAG) == value
    assert call(running, TAG, "verifyFormat([BS)Z", array, 1)
    if number is None:
        with throws(EXCEPTION, NUMBER_32767):
            send(running, one, TAG, "tagNumber()S")
        with throws(EXCEPTION, NUMBER_32767):
            call(running, TAG, "tagNumber([BS)S", array, 1)
    else:
        assert send(running, one, TAG, "tagNumber()S") == number == call(running, TAG, "tagNumber([BS)S", array, 1)


@given(st.integers(0, 3), st.booleans(), st.integers(0, 0x7FFF))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_tag_of_numbers_says_them(running: Vm, of_class: int, constructed: bool, number: int) -> None:
    running.heap.collect([])
    array = byte_array(running, 4)
    size = call(running, TAG, "toBytes(SZS[BS)S", of_class, int(constructed), number, array, 0)
    assert call(running, TAG, "size([BS)B", array, 0) == size
    assert call(running, TAG, "tagNumber([BS)S", array, 0) == number
    assert call(running, TAG, "tagClass([BS)B", array, 0) == of_class
    cls = CONSTRUCTED_TAG if constructed else PRIMITIVE_TAG
    one = construct(running, cls, "<init>()V")
    send(running, one, cls, "init(BS)V", of_class, number)
    assert coded(running, one, TAG) == content(array)[: 2 * size]


@pytest.mark.parametrize("signature", ["size([BS)B", "tagNumber([BS)S", "isConstructed([BS)Z", "tagClass([BS)B"])
def test_tags_in_arrays_that_are_none(running: Vm, signature: str) -> None:
    with throws(EXCEPTION, MALFORMED_TAG):
        call(running, TAG, signature, byte_array(running, "1f8001"), 0)
    for value, offset in (("1f81", 0), ("5a", 1), ("5a", -1)):
        with throws("ArrayIndexOutOfBoundsException"):
            call(running, TAG, signature, byte_array(running, value), offset)
    with throws("NullPointerException"):
        call(running, TAG, signature, None, 0)


def test_verify_tag(running: Vm) -> None:
    assert not call(running, TAG, "verifyFormat([BS)Z", byte_array(running, "1f80"), 0)
    with throws("ArrayIndexOutOfBoundsException"):
        call(running, TAG, "verifyFormat([BS)Z", byte_array(running, "1f"), 0)


def test_long_tags(running: Vm) -> None:
    array = byte_array(running, "1f" + "81" * 200 + "01")
    with throws(EXCEPTION, SIZE_127):
        call(running, TAG, "size([BS)B", array, 0)
    with throws(EXCEPTION, ILLEGAL_SIZE):
        call(running, TAG, "getInstance([BS)Ljavacardx/framework/tlv/BERTag;", array, 0)


@pytest.mark.parametrize("cls", [PRIMITIVE_TAG, CONSTRUCTED_TAG])
def test_tag_objects(running: Vm, cls: str) -> None:
    one = construct(running, cls, "<init>()V")
    for signature in ("size()B", "tagNumber()S", "isConstructed()Z", "tagClass()B"):
        with throws(EXCEPTION, EMPTY_TAG):
            send(running, one, TAG, signature)
    with throws(EXCEPTION, EMPTY_TAG):
        send(running, one, TAG, "toBytes([BS)S", byte_array(running, 4), 0)
    for of_class, number in ((4, 1), (-1, 1), (0, -1)):
        with throws(EXCEPTION, INVALID_PARAM):
            send(running, one, cls, "init(BS)V", of_class, number)
    other_kind = "5a" if cls == CONSTRUCTED_TAG else "7f49"
    with throws(EXCEPTION, MALFORMED_TAG):
        send(running, one, cls, "init([BS)V", byte_array(running, other_kind), 0)
    running.heap.begin()
    send(running, one, cls, "init(BS)V", 1, 5)
    running.heap.abort()
    with throws(EXCEPTION, EMPTY_TAG):
        send(running, one, TAG, "size()B")


def test_equal_tags(running: Vm) -> None:
    one, same, other = tag(running, "7f49"), tag(running, "7f49"), tag(running, "7f48")
    for signature in ("equals(Ljava/lang/Object;)Z", "equals(Ljavacardx/framework/tlv/BERTag;)Z"):
        assert [bool(send(running, one, TAG, signature, x)) for x in (one, same, other, None)] == [1, 1, 0, 0]


# TLVs in arrays

WELL_FORMED = ["5a00", "5a021234", "7f4900", "e1045a021234", "5a810101", "5a8200020102", "e1055a01005b00"]
NOT_WELL_FORMED = ["", "5a", "5a01", "5a011200", "5a80", "e1025a01", "1f800100", "5a82"]


@pytest.mark.parametrize("value", WELL_FORMED)
def test_verify(running: Vm, value: str) -> None:
    assert call(running, TLV, "verifyFormat([BSS)Z", byte_array(running, f"ff{value}ff"), 1, len(value) // 2)


@pytest.mark.parametrize("value", NOT_WELL_FORMED)
def test_verify_not(running: Vm, value: str) -> None:
    assert not call(running, TLV, "verifyFormat([BSS)Z", byte_array(running, value), 0, len(value) // 2)
    with throws(EXCEPTION, MALFORMED_TLV):
        tlv(running, value)


def test_verify_out_of_bounds(running: Vm) -> None:
    array = byte_array(running, "5a021234")
    for offset, length in ((-1, 4), (0, -1), (1, 4)):
        with throws("ArrayIndexOutOfBoundsException"):
            call(running, TLV, "verifyFormat([BSS)Z", array, offset, length)
    with throws("NullPointerException"):
        call(running, TLV, "verifyFormat([BSS)Z", None, 0, 0)


def test_parts_in_arrays(running: Vm) -> None:
    array, target = byte_array(running, "ff9f1a82000312345600"), byte_array(running, 4)
    assert call(running, TLV, "getTag([BS[BS)S", array, 1, target, 2) == 2
    assert content(target) == "00009f1a"
    assert call(running, TLV, "getLength([BS)S", array, 1) == 3
    assert call(running, PRIMITIVE, "getValueOffset([BS)S", array, 1) == 6
    with throws(EXCEPTION, LENGTH_32767):
        call(running, TLV, "getLength([BS)S", byte_array(running, "5a828000"), 0)
    with throws(EXCEPTION, MALFORMED_TLV):
        call(running, TLV, "getLength([BS)S", byte_array(running, "5a80"), 0)
    with throws(EXCEPTION, MALFORMED_TLV):
        call(running, PRIMITIVE, "getValueOffset([BS)S", byte_array(running, "e100"), 0)
    with throws("ArrayIndexOutOfBoundsException"):
        call(running, PRIMITIVE, "getValueOffset([BS)S", byte_array(running, "5a0112"), 1)
    with throws("ArrayIndexOutOfBoundsException"):
        call(running, TLV, "getTag([BS[BS)S", array, 1, target, 3)


def test_make_in_arrays(running: Vm) -> None:
    target = byte_array(running, 0x100)
    make = "toBytes([BS[BSS[BS)S"
    assert (
        call(running, PRIMITIVE, make, byte_array(running, "005a"), 1, byte_array(running, "010203"), 1, 2, target, 3)
        == 4
    )
    assert content(target)[:14] == "0000005a020203"
    assert call(running, PRIMITIVE, "appendValue([BS[BSS)S", target, 3, byte_array(running, 200), 0, 200) == 205
    assert content(target)[:18] == "0000005a81ca020300"
    with throws("ArrayIndexOutOfBoundsException"):
        call(running, PRIMITIVE, "appendValue([BS[BSS)S", target, 3, byte_array(running, 200), 0, 200)
    with throws(EXCEPTION, MALFORMED_TAG):
        call(running, PRIMITIVE, make, byte_array(running, "e1"), 0, target, 0, 1, target, 0)
    with throws(EXCEPTION, MALFORMED_TLV):
        call(running, PRIMITIVE, "appendValue([BS[BSS)S", byte_array(running, "e100ffff"), 0, target, 0, 1)


def test_append_in_arrays(running: Vm) -> None:
    target = byte_array(running, "00e1035a0112" + "00" * 8)
    assert call(running, CONSTRUCTED, "append([BS[BS)S", byte_array(running, "ff5b0134"), 1, target, 1) == 8
    assert content(target) == "00e1065a01125b0134" + "00" * 5
    with throws(EXCEPTION, MALFORMED_TLV):
        call(running, CONSTRUCTED, "append([BS[BS)S", byte_array(running, "5a00"), 0, byte_array(running, "5a00"), 0)
    with throws("ArrayIndexOutOfBoundsException"):
        call(running, CONSTRUCTED, "append([BS[BS)S", byte_array(running, "5a"), 0, byte_array(running, "e100"), 0)
    with throws("ArrayIndexOutOfBoundsException"):
        call(
            running, CONSTRUCTED, "append([BS[BS)S", byte_array(running, "5a0112"), 0, byte_array(running, "e10000"), 0
        )


def test_find_in_arrays(running: Vm) -> None:
    array, wanted = byte_array(running, "ffe10a5a01115b005a0122e100"), byte_array(running, "5ae15c")
    find, find_next = "find([BS[BS)S", "findNext([BSS[BS)S"
    assert [call(running, CONSTRUCTED, find, array, 1, wanted, at) for at in range(3)] == [3, 11, -1]
    assert call(running, CONSTRUCTED, find, array, 1, None, 0) == 3
    assert [call(running, CONSTRUCTED, find_next, array, 1, at, wanted, 0) for at in (3, 6, 8, 11)] == [8, 8, -1, -1]
    assert call(running, CONSTRUCTED, find_next, array, 1, 3, None, 0) == 6
    for start in (1, 4, 13):
        with throws(EXCEPTION, INVALID_PARAM):
            call(running, CONSTRUCTED, find_next, array, 1, start, wanted, 0)
    with throws(EXCEPTION, MALFORMED_TAG):
        call(running, CONSTRUCTED, find, array, 1, byte_array(running, "1f80"), 0)
    with throws(EXCEPTION, MALFORMED_TLV):
        call(running, CONSTRUCTED, find, byte_array(running, "5a00"), 0, wanted, 0)


# TLVs as objects


@pytest.mark.parametrize(
    ("value", "length"),
    [("5a00", 0), ("5a021234", 2), ("7f4900", 0), ("e1045a021234", 4), ("e10be1035a0112e2009f1a0133", 11)],
)
def test_objects(running: Vm, value: str, length: int) -> None:
    one = tlv(running, value)
    assert coded(running, one) == value
    assert send(running, one, TLV, "size()S") == len(value) // 2
    assert send(running, one, TLV, "getLength()S") == length
    its = send(running, one, TLV, "getTag()Ljavacardx/framework/tlv/BERTag;")
    assert value.startswith(coded(running, its, TAG))


def test_lengths_are_made_as_short_as_they_can_be(running: Vm) -> None:
    assert coded(running, tlv(running, "e18200055a81021234")) == "e1045a021234"


@pytest.mark.parametrize("cls", [PRIMITIVE, CONSTRUCTED])
def test_empty_objects(running: Vm, cls: str) -> None:
    with throws(EXCEPTION, INVALID_PARAM):
        construct(running, cls, "<init>(S)V", -1)
    one = construct(running, cls, "<init>(S)V", 0)
    for signature in ("size()S", "getLength()S", "getTag()Ljavacardx/framework/tlv/BERTag;"):
        with throws(EXCEPTION, EMPTY_TLV):
            send(running, one, TLV, signature)
    with throws(EXCEPTION, EMPTY_TLV):
        send(running, one, TLV, "toBytes([BS)S", byte_array(running, 4), 0)
    other_kind = byte_array(running, "e100" if cls == PRIMITIVE else "5a00")
    with throws(EXCEPTION, MALFORMED_TLV):
        send(running, one, TLV, INIT, other_kind, 0, 2)
    with throws("NullPointerException"):
        send(running, one, TLV, INIT, None, 0, 2)
    if cls == PRIMITIVE:
        for signature in ("appendValue([BSS)S", "replaceValue([BSS)S"):
            with throws(EXCEPTION, EMPTY_TLV):
                send(running, one, cls, signature, other_kind, 0, 1)
        with throws(EXCEPTION, EMPTY_TLV):
            send(running, one, cls, "getValue([BS)S", other_kind, 0)
    else:
        with throws(EXCEPTION, EMPTY_TLV):
            send(running, one, cls, APPEND, tlv(running, "5a00"))
        assert send(running, one, cls, FIND, None) is None


def test_primitive_values(running: Vm) -> None:
    one, its, target = construct(running, PRIMITIVE, "<init>(S)V", 2), tag(running, "5a"), byte_array(running, 4)
    assert send(running, one, PRIMITIVE, INIT_VALUE, its, byte_array(running, "010203"), 1, 2) == 4
    assert send(running, one, PRIMITIVE, "appendValue([BSS)S", byte_array(running, "04"), 0, 1) == 5
    assert send(running, one, PRIMITIVE, "getValue([BS)S", target, 1) == 3
    assert content(target) == "00020304"
    assert send(running, one, PRIMITIVE, "replaceValue([BSS)S", byte_array(running, "09"), 0, 1) == 3
    assert coded(running, one) == "5a0109"
    send(running, its, PRIMITIVE_TAG, "init(BS)V", 2, 0x1F)
    assert coded(running, one) == "9f1f0109"  # the tag is referred to
    for words in ((None, target, 0, 1), (its, None, 0, 1)):
        with throws("NullPointerException"):
            send(running, one, PRIMITIVE, INIT_VALUE, *words)
    with throws("ArrayIndexOutOfBoundsException"):
        send(running, one, PRIMITIVE, INIT_VALUE, its, target, 1, 4)


def test_constructed_parts(running: Vm) -> None:
    one, first, second = construct(running, CONSTRUCTED, "<init>(S)V", 1), tlv(running, "5a0112"), tlv(running, "5b00")
    assert send(running, one, CONSTRUCTED, INIT_PART, tag(running, "e1"), first) == 5
    assert send(running, one, CONSTRUCTED, APPEND, second) == 7
    assert send(running, one, CONSTRUCTED, APPEND, first) == 10
    assert coded(running, one) == "e1085a01125b005a0112"
    send(running, first, PRIMITIVE, "replaceValue([BSS)S", byte_array(running, "3456"), 0, 2)
    assert coded(running, one) == "e10a5a0234565b005a023456"  # parts are referred to
    assert send(running, one, CONSTRUCTED, FIND, tag(running, "5b")) is second
    assert send(running, one, CONSTRUCTED, FIND, tag(running, "5c")) is None
    assert send(running, one, CONSTRUCTED, FIND, None) is first
    assert send(running, one, CONSTRUCTED, FIND_NEXT, None, first, 1) is second
    assert send(running, one, CONSTRUCTED, FIND_NEXT, tag(running, "5a"), first, 1) is first
    assert send(running, one, CONSTRUCTED, FIND_NEXT, None, first, 2) is None
    assert send(running, one, CONSTRUCTED, DELETE, first, 2) == 8
    for part, occurrence in ((first, 2), (first, 0), (first, -1), (tlv(running, "5a023456"), 1)):
        with throws(EXCEPTION, INVALID_PARAM):
            send(running, one, CONSTRUCTED, DELETE, part, occurrence)
        with throws(EXCEPTION, INVALID_PARAM):
            send(running, one, CONSTRUCTED, FIND_NEXT, None, part, occurrence)
    for signature, words in ((APPEND, (None,)), (DELETE, (None, 1)), (FIND_NEXT, (None, None, 1))):
        with throws("NullPointerException"):
            send(running, one, CONSTRUCTED, signature, *words)
    assert send(running, one, CONSTRUCTED, INIT_PARTS, tag(running, "e2"), byte_array(running, "005a005b00"), 1, 4) == 6
    assert coded(running, one) == "e2045a005b00"
    with throws(EXCEPTION, MALFORMED_TLV):
        send(running, one, CONSTRUCTED, INIT_PARTS, tag(running, "e2"), byte_array(running, "5a01"), 0, 2)


def test_no_circles(running: Vm) -> None:
    outer = tlv(running, "e102e200")
    inner = send(running, outer, CONSTRUCTED, FIND, None)
    for whole, part in ((outer, outer), (inner, outer)):
        with throws(EXCEPTION, INVALID_PARAM):
            send(running, whole, CONSTRUCTED, APPEND, part)
        with throws(EXCEPTION, INVALID_PARAM):
            send(running, whole, CONSTRUCTED, INIT_PART, tag(running, "e1"), part)


def test_an_applet_cannot_make_it_run_for_ever(running: Vm) -> None:
    """Each contains the one before it twice: 2^40 parts in all."""
    one = tlv(running, "e1025a00")
    with throws(EXCEPTION, SIZE_32767):
        for _ in range(40):
            outer = tlv(running, "e100")
            for _ in range(2):
                send(running, outer, CONSTRUCTED, APPEND, one)
            one = outer


def test_an_applet_cannot_nest_for_ever(running: Vm) -> None:
    value = ""
    for _ in range(64):
        value = f"e1{_length(len(value) // 2)}{value}"
    assert coded(running, tlv(running, value)) == value
    with throws(EXCEPTION, MALFORMED_TLV):
        tlv(running, f"e1{_length(len(value) // 2)}{value}")
    one = tlv(running, "e100")
    with throws(EXCEPTION, NO_STORAGE):
        for _ in range(100):
            outer = tlv(running, "e100")
            send(running, outer, CONSTRUCTED, APPEND, one)
            one = outer


def _length(length: int) -> str:
    return f"{length:02x}" if length < 128 else f"81{length:02x}"


def test_a_transaction_takes_back_a_change(running: Vm) -> None:
    one: Any = tlv(running, "e1025a00")
    running.heap.begin()
    send(running, one, CONSTRUCTED, APPEND, tlv(running, "5b00"))
    running.heap.abort()
    assert coded(running, one) == "e1025a00"


def test_tags_and_parts_are_kept_alive(running: Vm) -> None:
    one = tlv(running, "e1025a00")
    running.heap.collect([one])
    assert coded(running, one) == "e1025a00"
    again = type(one.native).load(one.native.save(), lambda name: running.heap.objects[int(name)])
    one.native = again
    assert coded(running, one) == "e1025a00"
