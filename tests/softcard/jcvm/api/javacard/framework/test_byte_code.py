"""javacard.framework as applets use it: byte code that installs itself and processes commands, by both engines."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simtool.softcard.jcvm.objects import JavaObject, Lifetime
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jcvm import exchange, install
from tests.softcard.jcvm.api.javacard.framework.keeper import KEEPER

Send = Callable[[str], str]


@pytest.fixture(params=[True, False], ids=["translated", "interpreted"])
def keeper(request: pytest.FixtureRequest, vm: Vm) -> JavaObject:
    vm.use(translator=request.param)
    return install(vm, KEEPER, aid="a000000559aa0102")


@pytest.fixture
def send(vm: Vm, keeper: JavaObject) -> Send:
    return lambda command: exchange(vm, keeper, command)


def test_it_is_registered_under_its_instance_aid(vm: Vm, keeper: JavaObject) -> None:
    assert keeper.owner.aid.hex() == "a000000559aa0102"
    assert keeper.owner.applet is keeper


def test_selecting(vm: Vm, keeper: JavaObject) -> None:
    assert exchange(vm, keeper, "00a4040008a000000559aa0102", selecting=True) == "9000"


def test_echo(send: Send) -> None:
    assert send("80010000 03 010203") == "0102039000"
    assert send("8001000000") == "9000"
    assert send("80010000ff" + "5a" * 255) == "5a" * 255 + "9000"
    assert send("8009000000") == "6d00"


def test_transactions(vm: Vm, send: Send) -> None:
    assert send("80020000 02 0102") == "00" * 8 + "9000"
    assert send("80030000 02 0304") == "0304" + "00" * 6 + "9000"
    assert send("80020000 02 0506") == "0304" + "00" * 6 + "9000"
    assert send("80030000 09 010203040506070809") == "6f00"  # out of the array's bounds: uncaught
    assert not vm.heap.in_transaction
    assert send("8005000000") == "0001"  # TransactionException.IN_PROGRESS, caught


def test_pin(vm: Vm, send: Send) -> None:
    assert send("80040000 02 0101") == "63c2"
    assert send("80040000 08 0000000000000000") == "9000"
    assert [send("80040000 02 0101") for _ in range(4)] == ["63c2", "63c1", "63c0", "63c0"]
    assert send("80040000 08 0000000000000000") == "63c0"


def test_the_apdu_object_cannot_be_kept(send: Send) -> None:
    assert send("8006000000") == "6f00"


def test_transient_memory(vm: Vm, keeper: JavaObject, send: Send) -> None:
    assert [send("80070000 01 11"), send("80070000 01 22")] == ["6300", "6311"]
    vm.heap.clear(Lifetime.CLEAR_ON_DESELECT, keeper.owner.context)
    assert send("80070000 01 33") == "6300"
