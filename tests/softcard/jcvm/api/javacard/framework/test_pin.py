"""javacard.framework.OwnerPIN and what OwnerPINBuilder builds (Java Card API 3.0.5)."""

from __future__ import annotations

from typing import Any

import pytest

from simtool.softcard.jcvm.objects import JavaObject
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jcvm import byte_array, call, construct, new_class, send, throws

PIN = "javacard/framework/OwnerPIN"
PINX = "javacard/framework/OwnerPINx"
PREDECREMENT = "javacard/framework/OwnerPINxWithPredecrement"
EXCEPTION = "javacard/framework/PINException"
CHECK, UPDATE, LEFT, VALIDATED = "check([BSB)Z", "update([BSB)V", "getTriesRemaining()B", "isValidated()Z"


class Owner:
    """An applet's hand on a PIN."""

    def __init__(self, vm: Vm, pin: JavaObject, cls: str) -> None:
        self.vm, self.pin, self.cls = vm, pin, cls

    def __call__(self, signature: str, *words: Any) -> Any:
        return send(self.vm, self.pin, self.cls, signature, *words)

    def check(self, digits: str) -> bool:
        array = byte_array(self.vm, digits)
        return bool(self(CHECK, array, 0, len(array.data)))

    def update(self, digits: str) -> None:
        array = byte_array(self.vm, digits)
        self(UPDATE, array, 0, len(array.data))

    @property
    def state(self) -> tuple[int, bool]:
        return self(LEFT), bool(self(VALIDATED))


def built(vm: Vm, kind: int, cls: str) -> Owner:
    pin = call(vm, "javacard/framework/OwnerPINBuilder", "buildOwnerPIN(BBB)Ljavacard/framework/PIN;", 3, 8, kind)
    return Owner(vm, pin, cls)


@pytest.fixture
def pin(running: Vm) -> Owner:
    owner = Owner(running, construct(running, PIN, "<init>(BB)V", 3, 8), PIN)
    owner.update("31323334")
    return owner


@pytest.mark.parametrize(("limit", "longest"), [(0, 8), (-1, 8), (3, 0), (3, -1)])
def test_limits(running: Vm, limit: int, longest: int) -> None:
    with throws(EXCEPTION, 1):
        construct(running, PIN, "<init>(BB)V", limit, longest)
    with throws(EXCEPTION, 1):
        call(
            running,
            "javacard/framework/OwnerPINBuilder",
            "buildOwnerPIN(BBB)Ljavacard/framework/PIN;",
            limit,
            longest,
            1,
        )


@pytest.mark.parametrize("kind", [0, 4, -1])
def test_kinds(running: Vm, kind: int) -> None:
    with throws(EXCEPTION, 1):
        call(running, "javacard/framework/OwnerPINBuilder", "buildOwnerPIN(BBB)Ljavacard/framework/PIN;", 3, 8, kind)


def test_life(pin: Owner) -> None:
    assert pin.state == (3, False)
    assert not pin.check("31323335")
    assert pin.state == (2, False)
    assert pin.check("31323334")
    assert pin.state == (3, True)
    assert not pin.check("313233")  # too short
    assert pin.state == (2, False)


def test_blocked(pin: Owner) -> None:
    for left in (2, 1, 0):
        assert not pin.check("00")
        assert pin.state == (left, False)
    assert not pin.check("31323334")
    assert pin.state == (0, False)
    pin("resetAndUnblock()V")
    assert pin.state == (3, False)
    assert pin.check("31323334")


def test_reset_is_for_what_was_validated(pin: Owner) -> None:
    pin.check("00")
    pin("reset()V")
    assert pin.state == (2, False)
    pin.check("31323334")
    pin("reset()V")
    assert pin.state == (3, False)


@pytest.mark.parametrize(("offset", "length"), [(-1, 4), (0, -1), (5, 4), (9, 0)])
def test_an_array_that_cannot_be_read_spends_a_try(running: Vm, pin: Owner, offset: int, length: int) -> None:
    pin.check("31323334")
    with throws("ArrayIndexOutOfBoundsException"):
        pin(CHECK, byte_array(running, 8), offset, length)
    assert pin.state == (2, False)
    with throws("NullPointerException"):
        pin(CHECK, None, 0, 4)
    assert pin.state == (1, False)


def test_update(running: Vm, pin: Owner) -> None:
    pin.check("00")
    pin.check("31323334")
    pin.update("3536373839")
    assert pin.state == (3, False)
    assert pin.check("3536373839")
    with throws(EXCEPTION, 1):
        pin(UPDATE, None, 0, 9)
    with throws("NullPointerException"):
        pin(UPDATE, None, 0, 8)
    with throws("ArrayIndexOutOfBoundsException"):
        pin(UPDATE, byte_array(running, 4), 0, 5)
    with throws("ArrayIndexOutOfBoundsException"):
        pin(UPDATE, byte_array(running, 4), 0, -1)
    assert pin.check("3536373839")


def test_a_transaction_does_not_take_back_tries(running: Vm, pin: Owner) -> None:
    running.heap.begin()
    pin.check("00")
    running.heap.abort()
    assert pin.state == (2, False)
    running.heap.begin()
    pin.check("31323334")
    running.heap.abort()
    assert pin.state == (3, True)
    running.heap.begin()
    pin("resetAndUnblock()V")
    running.heap.abort()
    assert pin.state == (3, False)


def test_a_transaction_takes_back_a_new_value(running: Vm, pin: Owner) -> None:
    pin.check("00")
    running.heap.begin()
    pin.update("39393939")
    assert pin.state == (3, False)
    running.heap.abort()
    assert pin.state == (2, False)
    assert pin.check("31323334")


def test_a_reset_of_the_card_forgets_that_it_was_validated(running: Vm, pin: Owner) -> None:
    pin.check("00")
    pin.check("31323334")
    pin.check("00")
    running.heap.reset()
    assert pin.state == (2, False)
    assert pin.check("31323334")


def test_the_state_file_has_no_validated_flag(pin: Owner) -> None:
    pin.check("31323334")
    assert pin.pin.native is not None
    saved = pin.pin.native.save()
    assert "session" not in saved
    again = type(pin.pin.native).load(saved, lambda name: pin.pin)
    pin.pin.native = again
    assert pin.state == (3, False)
    assert pin.check("31323334")


def test_a_subclass_may_keep_the_flag(running: Vm) -> None:
    """API: getValidatedFlag, setValidatedFlag are there to be overridden."""
    told: list[int] = []
    cls = new_class(running, "test/Pin", PIN, {
        "getValidatedFlag()Z": lambda vm, this: told[-1],
        "setValidatedFlag(Z)V": lambda vm, this, value: told.append(value),
    })  # fmt: skip
    made = running.allocate(cls)
    running.api.static_named(PIN, "<init>(BB)V").call(running, made, 3, 4)
    pin = Owner(running, made, PIN)
    assert pin.check("00000000")
    assert told == [0, 1]
    assert pin.state == (3, True)


def test_owner_pin_x(running: Vm) -> None:
    pin = built(running, 2, PINX)
    pin.update("3132")
    assert pin.check("3132")
    pin("setTryLimit(B)V", 5)
    assert (pin.state, pin("getTryLimit()B")) == ((5, False), 5)
    pin.check("3132")
    pin("setTriesRemaining(B)V", 0)
    assert pin.state == (0, False)
    assert not pin.check("3132")
    for signature, value in (("setTryLimit(B)V", 0), ("setTriesRemaining(B)V", 6), ("setTriesRemaining(B)V", -1)):
        with throws(EXCEPTION, 1):
            pin(signature, value)
    running.heap.begin()
    pin("setTriesRemaining(B)V", 5)
    running.heap.abort()
    assert pin.state == (0, False)


def test_predecrement(running: Vm) -> None:
    pin = built(running, 3, PREDECREMENT)
    pin.update("3132")
    with throws(EXCEPTION, 2):
        pin.check("3132")
    assert pin("decrementTriesRemaining()B") == 2
    assert pin.check("3132")
    assert pin.state == (3, True)
    with throws(EXCEPTION, 2):
        pin.check("3132")
    for left in (2, 1):
        assert pin("decrementTriesRemaining()B") == left
        assert not pin.check("00")
        assert pin.state == (left, False)
    assert pin("decrementTriesRemaining()B") == 0
    assert pin.check("3132")  # the last try was not blocked yet
    for _ in range(3):
        pin("decrementTriesRemaining()B")
        pin.check("00")
    assert pin("decrementTriesRemaining()B") == 0
    assert not pin.check("3132")


@pytest.mark.parametrize("signature", ["reset()V", "setTryLimit(B)V", "setTriesRemaining(B)V", UPDATE])
def test_predecrement_is_forgotten_by_whatever_comes_between(running: Vm, signature: str) -> None:
    pin = built(running, 3, PREDECREMENT)
    pin("decrementTriesRemaining()B")
    pin(signature, *{"reset()V": (), UPDATE: (byte_array(running, "3132"), 0, 2)}.get(signature, (2,)))
    with throws(EXCEPTION, 2):
        pin.check("3132")


def test_predecrement_is_forgotten_at_reset_but_the_try_is_spent(running: Vm) -> None:
    pin = built(running, 3, PREDECREMENT)
    pin("decrementTriesRemaining()B")
    running.heap.reset()
    with throws(EXCEPTION, 2):
        pin.check("3132")
    assert pin.state == (2, False)
