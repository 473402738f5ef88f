"""java.lang and the exceptions with a reason code (Java Card API 3.0.5; JCRE §6.2.2)."""

from __future__ import annotations

import pytest

from simtool.codec import java_exports
from simtool.softcard.jcvm.objects import TEMPORARY, JavaObject
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jcvm import call, construct, send, throws

FRAMEWORK = "javacard/framework"
REASONED = ("CardException", "CardRuntimeException", "ISOException", "APDUException", "PINException", "SystemException",
            "TransactionException", "UserException")  # fmt: skip


@pytest.mark.parametrize("name", [f"{FRAMEWORK}/{one}" for one in REASONED])
def test_throw_it_throws_the_instance_of_the_runtime(running: Vm, name: str) -> None:
    with throws(name, 0x9A01):
        call(running, name, "throwIt(S)V", 0x9A01 - 0x10000)
    thrown = running.entry_point(f"throwable:{name}")
    assert thrown.context is TEMPORARY
    assert send(running, thrown, name, "getReason()S") == 0x9A01 - 0x10000


@pytest.mark.parametrize("name", [f"{FRAMEWORK}/{one}" for one in REASONED])
def test_an_own_instance_keeps_its_reason(running: Vm, applet: JavaObject, name: str) -> None:
    made = construct(running, name, "<init>(S)V", 5)
    assert made.owner is applet.owner
    assert send(running, made, name, "getReason()S") == 5
    send(running, made, name, "setReason(S)V", -7)
    assert send(running, made, name, "getReason()S") == -7


def test_reason_goes_back_with_a_transaction(running: Vm) -> None:
    made = construct(running, f"{FRAMEWORK}/UserException", "<init>()V")
    running.heap.begin()
    send(running, made, f"{FRAMEWORK}/UserException", "setReason(S)V", 3)
    running.heap.abort()
    assert send(running, made, f"{FRAMEWORK}/UserException", "getReason()S") == 0


@pytest.mark.parametrize(
    "name", [f"java/lang/{one.name}" for one in java_exports.load("java.lang", "1.0").classes]
    + ["java/io/IOException", "java/rmi/RemoteException"],
)  # fmt: skip
def test_constructors_without_arguments(running: Vm, name: str) -> None:
    made = construct(running, name, "<init>()V")
    assert send(running, made, name, "equals(Ljava/lang/Object;)Z", made)
    assert not send(running, made, name, "equals(Ljava/lang/Object;)Z", None)


def test_throwables_form_their_tree(vm: Vm) -> None:
    caught_by = {one.name for one in vm.api.named("java/lang/ArrayIndexOutOfBoundsException").supers}
    assert "java/lang/IndexOutOfBoundsException" in caught_by
    assert {one.name for one in vm.api.named(f"{FRAMEWORK}/UserException").supers} == {
        "java/lang/Object", "java/lang/Throwable", "java/lang/Exception", f"{FRAMEWORK}/CardException",
        f"{FRAMEWORK}/UserException",
    }  # fmt: skip
