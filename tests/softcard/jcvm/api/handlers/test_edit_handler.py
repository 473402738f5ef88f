"""EditHandler, BERTLVEditHandler and uicc.system (TS 102 241 annex A)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simtool.softcard.jcvm.api.uicc.toolkit import handler_bytes
from simtool.softcard.jcvm.api.uicc.toolkit.content import OwnHandler
from simtool.softcard.jcvm.objects import GLOBAL, JavaObject
from simtool.softcard.jcvm.saving import save
from simtool.softcard.jcvm.services import SYSTEM
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jcvm import byte_array, call, content, send, throws
from tests.harness.jcvm_toolkit import Call, methods

TOOLKIT, SYSTEM_EXCEPTION = "uicc/toolkit/ToolkitException", "javacard/framework/SystemException"
OVERFLOW, UNAVAILABLE, BAD = 1, 3, 14
BUILD, BUILD_FILLED = (f"buildTLVHandler({words})Luicc/toolkit/ViewHandler;" for words in ("BS", "BS[BSS"))
BUILDER = "uicc/system/HandlerBuilder"
Make = Callable[..., Call]


def listed(vm: Vm, do: Call) -> str:
    length = do("getLength()S")
    array = byte_array(vm, length)
    do("copy([BSS)S", array, 0, length)
    return content(array)


@pytest.mark.parametrize(
    ("signature", "words", "result"),
    [
        ("appendArray([BSS)V", ("a1a2a3a4", 1, 2), "a2a3"),
        ("appendArray([BSS)V", ("a1", 1, 0), ""),
        ("appendTLV(B[BSS)V", (0x8D - 256, "a1a2a3a4", 1, 3), "8d03a2a3a4"),
        ("appendTLV(B[BSS)V", (0x0D, "a1", 0, 0), "0d00"),
        ("appendTLV(BB)V", (0x10, -1), "1001ff"),
        ("appendTLV(BS)V", (0x39, 0x0400), "39020400"),
        ("appendTLV(BBB)V", (0x82 - 256, 0x81 - 256, 0x02), "82028102"),
        ("appendTLV(BBS)V", (0x01, 1, -2), "010301fffe"),
        ("appendTLV(BSS)V", (0x50, 0x0102, -1), "50040102ffff"),
        ("appendTLV(BB[BSS)V", (0x0D, 4, "a1a2a3a4", 0, 2), "0d0304a1a2"),
        ("appendTLV(BB[BSS)V", (0x0D, 4, "a1", 0, 0), "0d0104"),
        ("appendTLV(B[BSS[BSS)V", (0x0D, "a1a2", 1, 1, "b1b2b3", 0, 3), "0d04a2b1b2b3"),
        ("appendTLV(B[BSS[BSS)V", (0x0D, "a1", 0, 0, "b1", 1, 0), "0d00"),
    ],
)
def test_append(running: Vm, built: Make, signature: str, words: tuple[object, ...], result: str) -> None:
    do = built("8D020441")
    do("findTLV(BB)B", 0x0D, 1)
    do(signature, *(byte_array(running, one) if isinstance(one, str) else one for one in words))
    assert listed(running, do) == "8d020441" + result
    assert do("getValueByte(S)B", 1) == 0x41  # the selection stays


@pytest.mark.parametrize("length", [0x7F, 0x80, 0xFF])
def test_long_values(running: Vm, built: Make, length: int) -> None:
    do = built("", 300)
    array = byte_array(running, 256)
    do("appendTLV(B[BSS)V", 0x0D, array, 0, length)
    head = "0d7f" if length == 0x7F else f"0d81{length:02x}"
    assert listed(running, do) == head + "00" * length
    do("clear()V")
    do("appendTLV(BB[BSS)V", 0x0D, 0, array, 0, length - 1)
    do("clear()V")
    do("appendTLV(B[BSS[BSS)V", 0x0D, array, 0, 1, array, 0, length - 1)
    assert listed(running, do) == head + "00" * length


@pytest.mark.parametrize(
    ("signature", "before", "length", "after"),
    [
        ("appendTLV(B[BSS)V", (0x0D,), 256, ()),
        ("appendTLV(BB[BSS)V", (0x0D, 4), 255, ()),
        ("appendTLV(B[BSS[BSS)V", (0x0D,), 256, ("02", 0, 0)),
        ("appendTLV(B[BSS[BSS)V", (0x0D, "02", 0, 0), 256, ()),
        ("appendTLV(B[BSS[BSS)V", (0x0D,), 255, ("02", 0, 1)),
    ],
)
def test_values_of_more_than_255_bytes(
    running: Vm, built: Make, signature: str, before: tuple[object, ...], length: int, after: tuple[object, ...]
) -> None:
    do = built("", 1000)
    words = (*before, "00" * 300, 0, length, *after)
    with throws(TOOLKIT, BAD):
        do(signature, *(byte_array(running, one) if isinstance(one, str) else one for one in words))
    assert do("getLength()S") == 0


APPENDING = [  # what would make 7 bytes of it
    ("appendArray([BSS)V", ("00" * 7, 0, 7)),
    ("appendTLV(B[BSS)V", (1, "00" * 5, 0, 5)),
    ("appendTLV(BSS)V", (1, 1, 1)),
    ("appendTLV(BB[BSS)V", (1, 1, "00" * 4, 0, 4)),
    ("appendTLV(B[BSS[BSS)V", (1, "00" * 4, 0, 4, "01", 0, 1)),
]


@pytest.mark.parametrize(("signature", "words"), APPENDING)
def test_overflow_leaves_all_as_it_was(running: Vm, built: Make, signature: str, words: tuple[object, ...]) -> None:
    do = built("8D020441", 9)
    do("findTLV(BB)B", 0x0D, 1)
    with throws(TOOLKIT, OVERFLOW):
        do(signature, *(byte_array(running, one) if isinstance(one, str) else one for one in words))
    assert listed(running, do) == "8d020441"
    assert do("getValueLength()S") == 2
    do("appendTLV(BBB)V", 1, 1, 1)
    assert do("getCapacity()S") == 9


@pytest.mark.parametrize(
    ("signature", "before", "after"),
    [
        ("appendArray([BSS)V", (), ()),
        ("appendTLV(B[BSS)V", (1,), ()),
        ("appendTLV(BB[BSS)V", (1, 1), ()),
        ("appendTLV(B[BSS[BSS)V", (1,), ("00", 0, 1)),
        ("appendTLV(B[BSS[BSS)V", (1, "00", 0, 1), ()),
    ],
)
@pytest.mark.parametrize(("offset", "length"), [(0, 4), (3, 1), (-1, 1), (0, -1), (0, 300), (None, 1)])
def test_arrays_come_first(
    running: Vm, built: Make, signature: str, before: tuple[object, ...], after: tuple[object, ...],
    offset: int | None, length: int,
) -> None:  # fmt: skip
    do = built("", 2)
    words = (*before, *((None, 0) if offset is None else ("a1a2a3", offset)), length, *after)
    with throws("NullPointerException" if offset is None else "ArrayIndexOutOfBoundsException"):
        do(signature, *(byte_array(running, one) if isinstance(one, str) else one for one in words))
    assert do("getLength()S") == 0


def test_clear(built: Make) -> None:
    do = built("8D020441")
    do("findTLV(BB)B", 0x0D, 1)
    do("clear()V")
    assert (do("getLength()S"), do("getCapacity()S")) == (0, 30)
    with throws(TOOLKIT, UNAVAILABLE):
        do("getValueLength()S")


@pytest.mark.parametrize(
    ("type_", "capacity", "fill", "thrown"),
    [
        (0, 5, None, (SYSTEM_EXCEPTION, 1)),
        (3, 5, None, (SYSTEM_EXCEPTION, 1)),
        (1, -1, None, (SYSTEM_EXCEPTION, 1)),
        (3, 5, (None, 0, 1), (SYSTEM_EXCEPTION, 1)),
        (1, 5, (None, 0, 1), ("NullPointerException", None)),
        (1, 5, ("0102", 1, 2), ("ArrayIndexOutOfBoundsException", None)),
        (1, 5, ("0102", -1, 1), ("ArrayIndexOutOfBoundsException", None)),
        (1, 5, ("0102", 0, -1), ("ArrayIndexOutOfBoundsException", None)),
        (1, 5, ("010203040506", 0, 6), (TOOLKIT, 14)),
        (1, 0x7FFF, None, (SYSTEM_EXCEPTION, 5)),
    ],
)
def test_builder_refuses(
    running: Vm, type_: int, capacity: int, fill: tuple[str | None, int, int] | None, thrown: tuple[str, int | None]
) -> None:
    running.heap.limits = type(running.heap.limits)(persistent=0x2000)
    with throws(*thrown):
        if fill is None:
            call(running, BUILDER, BUILD, type_, capacity)
        else:
            array = byte_array(running, fill[0]) if fill[0] is not None else None
            call(running, BUILDER, BUILD_FILLED, type_, capacity, array, *fill[1:])


@pytest.mark.parametrize(("type_", "interface"), [(1, "EditHandler"), (2, "BERTLVEditHandler")])
def test_builder_makes_what_the_applet_owns(running: Vm, applet: JavaObject, type_: int, interface: str) -> None:
    before = running.heap.used
    made = call(running, BUILDER, BUILD, type_, 100)
    assert running.heap.used >= before + 100
    assert made.owner is applet.owner
    assert running.api.named(f"uicc/toolkit/{interface}") in made.cls.supers
    running.storable(made)
    do = methods(running, made, f"uicc/toolkit/{interface}")
    assert (do("getLength()S"), do("getCapacity()S")) == (0, 100)


def test_content_goes_back_with_a_transaction_and_survives_a_reset(running: Vm, built: Make) -> None:
    do = built("8D020441")
    running.heap.begin()
    do("appendTLV(BB)V", 1, 1)
    do("clear()V")
    do("appendTLV(BB)V", 2, 2)
    running.heap.abort()
    assert listed(running, do) == "8d020441"
    do("findTLV(BB)B", 0x0D, 1)
    running.heap.reset()
    assert listed(running, do) == "8d020441"
    with throws(TOOLKIT, UNAVAILABLE):
        do("getValueLength()S")


def test_content_is_in_the_state_file(running: Vm) -> None:
    made = call(running, BUILDER, BUILD_FILLED, 2, 9, byte_array(running, "8D020441"), 0, 4)
    assert isinstance(made.native, OwnHandler)
    send(running, made, "uicc/toolkit/BERTLVEditHandler", "setTag(B)V", 0x62)
    kept = save(made)
    assert kept["n"]["buffer"] == {"r": made.native.buffer.id}  # type: ignore[union-attr]
    made.native = OwnHandler.load(kept["n"], lambda name: running.heap.objects[int(name)])
    do = methods(running, made, "uicc/toolkit/BERTLVEditHandler")
    assert (listed(running, do), do("getTag()B"), do("getCapacity()S")) == ("8d020441", 0x62, 9)


def test_bytes_for_other_parts_of_the_api(running: Vm, other: JavaObject) -> None:
    array = byte_array(running, "8D020441")
    made = call(running, BUILDER, BUILD_FILLED, 1, 20, array, 0, 4)
    assert handler_bytes(running, made).hex() == "8d020441"
    with throws("NullPointerException"):
        handler_bytes(running, None)
    with running.running_as(other.owner), throws("SecurityException"):
        handler_bytes(running, made)


def test_volatile_array(running: Vm) -> None:
    array = call(running, "uicc/system/UICCPlatform", "getTheVolatileByteArray()[B")
    assert len(array.data) >= 256
    assert array.context is GLOBAL
    assert array is call(running, "uicc/system/UICCPlatform", "getTheVolatileByteArray()[B")
    with throws("SecurityException"):
        running.storable(array)


def test_volatile_array_is_not_for_who_is_only_called(running: Vm, applet: JavaObject, other: JavaObject) -> None:
    assert running.callers == [SYSTEM]
    with running.running_as(other.owner):
        with throws("SecurityException"):
            call(running, "uicc/system/UICCPlatform", "getTheVolatileByteArray()[B")
        with running.running_as(applet.owner):
            call(running, "uicc/system/UICCPlatform", "getTheVolatileByteArray()[B")


def test_handlers_are_equal_to_themselves(running: Vm) -> None:
    made, another = (call(running, BUILDER, BUILD, 1, 2) for _ in range(2))
    assert send(running, made, "java/lang/Object", "equals(Ljava/lang/Object;)Z", made)
    assert not send(running, made, "java/lang/Object", "equals(Ljava/lang/Object;)Z", another)
