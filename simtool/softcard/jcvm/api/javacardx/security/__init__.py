"""javacardx.security: SensitiveResult, which lets an applet make sure of what a sensitive method has returned.

`recording` makes these methods store their results (Java Card API 3.0.5, SensitiveResult). The stored result is the
card's, whatever the context; a byte is stored as a short. Nothing disturbs this card, so an assertion fails only where
the applet asserts something else than it was given.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from simtool.softcard.jcvm.native import Native, NativeClass
from simtool.softcard.jcvm.objects import Ref, Word, narrow, narrow_byte
from simtool.softcard.jcvm.vm import Vm

_PIN = ("check", "getTriesRemaining", "isValidated", "getValidatedFlag", "getTryLimit", "decrementTriesRemaining")
_SIGNING = ("sign", "signPreComputedHash", "verify", "verifyPreComputedHash")
SENSITIVE: Mapping[str, tuple[str, ...]] = {
    "javacard/framework/SensitiveArrays": ("isIntegritySensitive", "isIntegritySensitiveArraysSupported", "clearArray"),
    "javacard/framework/AID": ("equals", "partialEquals", "RIDEquals"),
    "javacard/framework/JCSystem": (
        "getAID", "lookupAID", "getPreviousContextAID", "getAppletShareableInterfaceObject",
    ),
    "javacard/framework/OwnerPIN": _PIN,
    "javacard/framework/OwnerPINx": _PIN,
    "javacard/framework/OwnerPINxWithPredecrement": _PIN,
    "javacard/framework/Util": (
        "arrayCopy", "arrayCopyNonAtomic", "arrayFill", "arrayFillNonAtomic", "arrayCompare",
    ),
    "javacardx/framework/math/BigNumber": ("compareTo",),
    "javacard/security/Checksum": ("doFinal",),
    "javacard/security/MessageDigest": ("doFinal",),
    "javacard/security/MessageDigest$OneShot": ("doFinal",),
    "javacard/security/RandomData": ("getAlgorithm", "nextBytes"),
    "javacard/security/RandomData$OneShot": ("getAlgorithm", "nextBytes"),
    "javacard/security/Signature": _SIGNING,
    "javacard/security/Signature$OneShot": _SIGNING,
    "javacardx/crypto/Cipher": ("doFinal", "update"),
    "javacardx/crypto/Cipher$OneShot": ("doFinal",),
    "javacardx/crypto/AEADCipher": ("doFinal", "update", "retrieveTag", "verifyTag"),
}  # fmt: skip
"""Methods that store their result, by class; what stands behind a class or interface of ours does it, too."""

_STORED: Mapping[str, Callable[[Any], Any]] = {"Z": bool, "B": narrow_byte, "S": narrow}


def recording(natives: Iterable[NativeClass]) -> tuple[NativeClass, ...]:
    """The same classes, their sensitive methods storing what they return."""
    return tuple(_recording(one) for one in natives)


def _recording(native: NativeClass) -> NativeClass:
    names = {name for of in (native.name, native.parent, *native.interfaces) for name in SENSITIVE.get(of, ())}
    if not names:
        return native
    methods = {
        signature: _stored(function, signature) if signature.partition("(")[0] in names else function
        for signature, function in native.methods.items()
    }
    return dataclasses.replace(native, methods=methods)


def _stored(function: Native, signature: str) -> Native:
    result = signature.rpartition(")")[2]
    stored = _STORED.get(result, lambda word: word)

    def recorded(vm: Vm, *words: Word) -> Word:
        vm.has_stored_result = False
        found = function(vm, *words)
        vm.stored_result, vm.has_stored_result = stored(found), True
        return found

    return recorded if result != "V" else function


def _holds(vm: Vm, holds: bool) -> None:
    if not (vm.has_stored_result and holds):
        raise vm.throw("java/lang/SecurityException")


def _short(vm: Vm, compare: Callable[[int], bool]) -> None:
    value = vm.stored_result
    _holds(vm, isinstance(value, int) and not isinstance(value, bool) and compare(value))


def assert_object(vm: Vm, expected: Ref | None) -> None:
    _holds(vm, (vm.stored_result is None or isinstance(vm.stored_result, Ref)) and vm.stored_result is expected)


def assert_true(vm: Vm) -> None:
    _holds(vm, vm.stored_result is True)


def assert_false(vm: Vm) -> None:
    _holds(vm, vm.stored_result is False)


def assert_negative(vm: Vm) -> None:
    assert_less_than(vm, 0)


def assert_positive(vm: Vm) -> None:
    assert_greater_than(vm, 0)


def assert_zero(vm: Vm) -> None:
    assert_short(vm, 0)


def assert_short(vm: Vm, expected: int) -> None:
    _short(vm, lambda value: value == expected)


def assert_greater_than(vm: Vm, limit: int) -> None:
    _short(vm, lambda value: value > limit)


def assert_less_than(vm: Vm, limit: int) -> None:
    _short(vm, lambda value: value < limit)


def reset(vm: Vm) -> None:
    vm.has_stored_result = False


CLASSES: tuple[NativeClass, ...] = (
    NativeClass(
        "javacardx/security/SensitiveResult",
        {
            "assertEquals(Ljava/lang/Object;)V": assert_object,
            "assertTrue()V": assert_true,
            "assertFalse()V": assert_false,
            "assertNegative()V": assert_negative,
            "assertPositive()V": assert_positive,
            "assertZero()V": assert_zero,
            "assertEquals(S)V": assert_short,
            "assertGreaterThan(S)V": assert_greater_than,
            "assertLessThan(S)V": assert_less_than,
            "reset()V": reset,
        },
    ),
)
