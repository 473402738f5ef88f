"""javacardx.framework.math (Java Card API 3.0.5)."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simtool.softcard.jcvm.objects import JavaObject
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jcvm import byte_array, call, construct, content, send, throws

BCD, NUMBER, PARITY = (f"javacardx/framework/math/{one}" for one in ("BCDUtil", "BigNumber", "ParityBit"))
IN_BCD, IN_HEX = 1, 2
ARITHMETIC = "ArithmeticException"
TO_HEX, TO_BCD = "convertToHex([BSS[BS)S", "convertToBCD([BSS[BS)S"


def number(vm: Vm, size: int, value: str = "00") -> JavaObject:
    made = construct(vm, NUMBER, "<init>(S)V", size)
    send(vm, made, NUMBER, "init([BSSB)V", byte_array(vm, value), 0, len(value) // 2, IN_HEX)
    return made


def value_of(vm: Vm, one: JavaObject, form: int = IN_HEX) -> str:
    length = send(vm, one, NUMBER, "getByteLength(B)S", form)
    target = byte_array(vm, length)
    send(vm, one, NUMBER, "toBytes([BSSB)V", target, 0, length, form)
    return content(target)


@pytest.mark.parametrize(("bcd", "binary"), [("00", "00"), ("0255", "ff"), ("65536", "010000"), ("0000000009", "09")])
def test_conversion(running: Vm, bcd: str, binary: str) -> None:
    source, target = byte_array(running, bcd.zfill(len(bcd) + len(bcd) % 2)), byte_array(running, 8)
    length = call(running, BCD, TO_HEX, source, 0, len(source.data), target, 1)
    assert content(target)[2 : 2 + 2 * length] == binary
    back = byte_array(running, 8)
    length = call(running, BCD, TO_BCD, target, 1, length, back, 0)
    assert int(content(back)[: 2 * length]) == int(bcd)
    assert length == max(1, (len(bcd.lstrip("0")) + 1) // 2)


@given(st.integers(0, 2**64 - 1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_conversion_goes_back(running: Vm, value: int) -> None:
    running.heap.collect([])
    one = byte_array(running, 16)
    digits = f"{value:0{len(str(value)) + len(str(value)) % 2}}"
    memoryview(one.data).cast("B")[: len(digits) // 2] = bytes.fromhex(digits)
    length = call(running, BCD, TO_HEX, one, 0, len(digits) // 2, one, 0)
    assert int(content(one)[: 2 * length], 16) == value
    length = call(running, BCD, TO_BCD, one, 0, length, one, 0)
    assert content(one)[: 2 * length] == digits


def test_conversion_that_cannot_be(running: Vm) -> None:
    most = call(running, BCD, "getMaxBytesSupported()S")
    assert most >= 8
    target = byte_array(running, 2 * most + 8)
    too_large = byte_array(running, "99" * 2 * most)
    for method, source, length in (
        (TO_HEX, byte_array(running, "1a"), 1), (TO_HEX, byte_array(running, 1), 0),
        (TO_BCD, byte_array(running, 1), 0), (TO_HEX, too_large, 2 * most),
        (TO_BCD, byte_array(running, most + 1), most + 1),
    ):  # fmt: skip
        with throws(ARITHMETIC):
            call(running, BCD, method, source, 0, length, target, 0)
    for method in (TO_HEX, TO_BCD):
        with throws("NullPointerException"):
            call(running, BCD, method, None, 0, 1, target, 0)
        with throws("ArrayIndexOutOfBoundsException"):
            call(running, BCD, method, byte_array(running, 2), 0, 3, target, 0)
        with throws("ArrayIndexOutOfBoundsException"):
            call(running, BCD, method, byte_array(running, "99"), 0, 1, target, len(target.data))
    assert call(running, BCD, "isBCDFormat([BSS)Z", byte_array(running, "0199"), 0, 2)
    assert not call(running, BCD, "isBCDFormat([BSS)Z", byte_array(running, "01a9"), 0, 2)
    with throws(ARITHMETIC):
        call(running, BCD, "isBCDFormat([BSS)Z", byte_array(running, 1), 0, 0)


def test_a_number_of_far_too_many_digits(running: Vm) -> None:
    digits, target = byte_array(running, b"\x99" * 8000), byte_array(running, 8)
    with throws(ARITHMETIC):
        call(running, BCD, TO_HEX, digits, 0, 8000, target, 0)
    one = number(running, 8, "ff")
    assert send(running, one, NUMBER, "compareTo([BSSB)B", digits, 0, 8000, IN_BCD) == -1


@pytest.mark.parametrize(("method", "operand", "result"), [
    ("add", "0001", "0100"), ("subtract", "ff", "00"), ("multiply", "0101", "ffff"), ("subtract", "01", "fe"),
])  # fmt: skip
def test_arithmetic(running: Vm, method: str, operand: str, result: str) -> None:
    one = number(running, 2, "ff")
    send(running, one, NUMBER, f"{method}([BSSB)V", byte_array(running, operand), 0, len(operand) // 2, IN_HEX)
    assert value_of(running, one) == result


@pytest.mark.parametrize(
    ("method", "operand"), [("add", "ff02"), ("subtract", "0100"), ("multiply", "0102"), ("init", "010000")]
)
def test_what_does_not_fit_leaves_the_number(running: Vm, method: str, operand: str) -> None:
    one = number(running, 2, "ff")
    with throws(ARITHMETIC):
        send(running, one, NUMBER, f"{method}([BSSB)V", byte_array(running, operand), 0, len(operand) // 2, IN_HEX)
    assert value_of(running, one) == "ff"


@pytest.mark.parametrize("method", ["setMaximum", "init", "add", "subtract", "multiply", "compareTo"])
def test_operands_that_are_none(running: Vm, method: str) -> None:
    one = number(running, 2, "05")
    signature = f"{method}([BSSB){'B' if method == 'compareTo' else 'V'}"
    array = byte_array(running, "0a")
    for length, form in ((0, IN_HEX), (1, 0), (1, 3), (1, IN_BCD)):
        with throws(ARITHMETIC):
            send(running, one, NUMBER, signature, array, 0, length, form)
    with throws("NullPointerException"):
        send(running, one, NUMBER, signature, None, 0, 1, IN_HEX)
    for offset, length in ((-1, 1), (0, -1), (1, 1)):
        with throws("ArrayIndexOutOfBoundsException"):
            send(running, one, NUMBER, signature, array, offset, length, IN_HEX)


def test_maximum(running: Vm) -> None:
    one = number(running, 2, "64")
    send(running, one, NUMBER, "setMaximum([BSSB)V", byte_array(running, "0101"), 0, 2, IN_BCD)
    send(running, one, NUMBER, "add([BSSB)V", byte_array(running, "01"), 0, 1, IN_HEX)
    with throws(ARITHMETIC):
        send(running, one, NUMBER, "add([BSSB)V", byte_array(running, "01"), 0, 1, IN_HEX)
    for limit in ("64", "010000"):
        with throws(ARITHMETIC):
            send(running, one, NUMBER, "setMaximum([BSSB)V", byte_array(running, limit), 0, len(limit) // 2, IN_HEX)
    assert value_of(running, one, IN_BCD) == "0101"


@pytest.mark.parametrize("size", [0, -1, 33])
def test_sizes(running: Vm, size: int) -> None:
    with throws(ARITHMETIC):
        construct(running, NUMBER, "<init>(S)V", size)


def test_comparing(running: Vm) -> None:
    one, other = number(running, 2, "05"), number(running, 8, "06")
    compare = "compareTo(Ljavacardx/framework/math/BigNumber;)B"
    assert [send(running, a, NUMBER, compare, b) for a, b in ((one, other), (other, one), (one, one))] == [-1, 1, 0]
    with throws("NullPointerException"):
        send(running, one, NUMBER, compare, None)
    assert send(running, one, NUMBER, "compareTo([BSSB)B", byte_array(running, "05"), 0, 1, IN_BCD) == 0


def test_to_bytes(running: Vm) -> None:
    one, target = number(running, 2, "0100"), byte_array(running, "ffffffff")
    send(running, one, NUMBER, "toBytes([BSSB)V", target, 1, 3, IN_BCD)
    assert content(target) == "ff000256"
    for length, form in ((1, IN_HEX), (0, IN_HEX), (2, 0)):
        with throws(ARITHMETIC):
            send(running, one, NUMBER, "toBytes([BSSB)V", target, 0, length, form)
    for offset, length in ((-1, 2), (0, -1), (3, 2)):
        with throws("ArrayIndexOutOfBoundsException"):
            send(running, one, NUMBER, "toBytes([BSSB)V", target, offset, length, IN_HEX)
    with throws(ARITHMETIC):
        send(running, one, NUMBER, "getByteLength(B)S", 0)
    send(running, one, NUMBER, "reset()V")
    assert value_of(running, one) == "00"


def test_a_transaction_takes_back_a_sum(running: Vm) -> None:
    one = number(running, 2, "01")
    running.heap.begin()
    send(running, one, NUMBER, "add([BSSB)V", byte_array(running, "01"), 0, 1, IN_HEX)
    running.heap.abort()
    assert value_of(running, one) == "01"


@pytest.mark.parametrize(("even", "result"), [(1, "0003ff81"), (0, "0102fe80")])
def test_parity(running: Vm, even: int, result: str) -> None:
    array = byte_array(running, "0102ff80")
    call(running, PARITY, "set([BSSZ)V", array, 0, 4, even)
    assert content(array) == result
    for offset, length in ((-1, 1), (0, -1), (3, 2)):
        with throws("ArrayIndexOutOfBoundsException"):
            call(running, PARITY, "set([BSSZ)V", array, offset, length, even)
    with throws("NullPointerException"):
        call(running, PARITY, "set([BSSZ)V", None, 0, 0, even)
