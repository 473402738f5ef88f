"""javacardx.security.SensitiveResult: what sensitive methods have returned (Java Card API 3.0.5)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from simtool.codec import java_exports
from simtool.softcard.jcvm.api.javacardx import security
from simtool.softcard.jcvm.objects import JavaObject
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jcvm import byte_array, call, construct, exchange, missing_methods, new_applet, send, throws

RESULT, UTIL, PIN = "javacardx/security/SensitiveResult", "javacard/framework/Util", "javacard/framework/OwnerPIN"
SHORTS = {"assertEquals(S)V", "assertGreaterThan(S)V", "assertLessThan(S)V"}


@pytest.fixture
def packages(packages: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(
        SimpleNamespace(CLASSES=security.recording(one.CLASSES), ENTRY_POINTS=vars(one).get("ENTRY_POINTS", {}))
        for one in (*packages, security)
    )


def holds(vm: Vm, signature: str, *words: Any) -> None:
    call(vm, RESULT, signature, *words)


def fails(vm: Vm, signature: str, *words: Any) -> None:
    with throws("SecurityException"):
        call(vm, RESULT, signature, *words)


def test_all_is_there(vm: Vm) -> None:
    assert missing_methods(vm, "javacardx.security") == set()


def test_every_sensitive_method_is_one_of_the_tables() -> None:
    for name, methods in security.SENSITIVE.items():
        package, _, cls = name.rpartition("/")
        dotted = package.replace("/", ".")
        row = java_exports.load(dotted, java_exports.package_versions(dotted)[-1]).class_named(cls)
        assert row is not None, name
        if "PIN" not in name:
            known = (*row.static_methods, *row.virtual_methods, *row.interface_methods)
            assert set(methods) <= {one.name for one in known}, name


@pytest.mark.parametrize("signature", [
    "assertTrue()V", "assertFalse()V", "assertNegative()V", "assertPositive()V", "assertZero()V",
])  # fmt: skip
def test_nothing_is_stored_at_first(running: Vm, signature: str) -> None:
    fails(running, signature)
    fails(running, "assertEquals(Ljava/lang/Object;)V", None)
    fails(running, "assertEquals(S)V", 0)


@pytest.mark.parametrize(("ours", "result"), [("01", -1), ("02", 0), ("03", 1)])
def test_numbers(running: Vm, ours: str, result: int) -> None:
    words = (byte_array(running, ours), 0, byte_array(running, "02"), 0, 1)
    assert call(running, UTIL, "arrayCompare([BS[BSS)B", *words) == result
    for sign, signature in ((-1, "assertNegative()V"), (0, "assertZero()V"), (1, "assertPositive()V")):
        (holds if sign == result else fails)(running, signature)
    holds(running, "assertEquals(S)V", result)
    holds(running, "assertGreaterThan(S)V", result - 1)
    holds(running, "assertLessThan(S)V", result + 1)
    for signature in SHORTS:
        fails(running, signature, result + {"assertEquals(S)V": 1}.get(signature, 0))
    fails(running, "assertTrue()V")
    fails(running, "assertFalse()V")
    fails(running, "assertEquals(Ljava/lang/Object;)V", None)


def test_truth(running: Vm) -> None:
    pin = construct(running, PIN, "<init>(BB)V", 3, 4)
    array = byte_array(running, 4)
    assert send(running, pin, PIN, "check([BSB)Z", array, 0, 4)
    holds(running, "assertTrue()V")
    fails(running, "assertFalse()V")
    fails(running, "assertEquals(S)V", 1)
    assert not send(running, pin, PIN, "check([BSB)Z", array, 0, 3)
    holds(running, "assertFalse()V")
    fails(running, "assertTrue()V")
    with throws("NullPointerException"):
        send(running, pin, PIN, "check([BSB)Z", None, 0, 4)
    fails(running, "assertFalse()V")  # an exception leaves nothing stored
    assert send(running, pin, PIN, "getTriesRemaining()B") == 1
    holds(running, "assertEquals(S)V", 1)


def test_objects(running: Vm, applet: JavaObject) -> None:
    found = call(running, "javacard/framework/JCSystem", "getAID()Ljavacard/framework/AID;")
    holds(running, "assertEquals(Ljava/lang/Object;)V", found)
    fails(running, "assertEquals(Ljava/lang/Object;)V", applet)
    nobody = byte_array(running, "a000000000")
    assert call(running, "javacard/framework/JCSystem", "lookupAID([BSB)Ljavacard/framework/AID;", nobody, 0, 5) is None
    holds(running, "assertEquals(Ljava/lang/Object;)V", None)
    holds(running, "assertEquals(Ljava/lang/Object;)V", None)
    call(running, RESULT, "reset()V")
    fails(running, "assertEquals(Ljava/lang/Object;)V", None)


def test_our_own_classes_store_too(running: Vm) -> None:
    build = "buildOwnerPIN(BBB)Ljavacard/framework/PIN;"
    pin = call(running, "javacard/framework/OwnerPINBuilder", build, 3, 4, 3)
    send(running, pin, "javacard/framework/OwnerPINxWithPredecrement", "decrementTriesRemaining()B")
    holds(running, "assertEquals(S)V", 2)


def test_nothing_is_stored_when_an_applet_is_entered(vm: Vm) -> None:
    def process(vm: Vm, this: JavaObject, command: JavaObject) -> None:
        fails(vm, "assertZero()V")

    applet = new_applet(vm, "a00000055910010404", {"process(Ljavacard/framework/APDU;)V": process})
    call(vm, UTIL, "arrayCompare([BS[BSS)B", byte_array(vm, "01"), 0, byte_array(vm, "01"), 0, 1)
    assert exchange(vm, applet, "8000000000") == "9000"
