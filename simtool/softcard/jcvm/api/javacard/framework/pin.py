"""javacard.framework.OwnerPIN, OwnerPINx, OwnerPINxWithPredecrement and their builder (Java Card API 3.0.5).

What the presentation of a PIN changes, no transaction takes back; what its owner changes (`update`, the limits), one
does. The validated flag is forgotten at reset, and no transaction touches it. A subclass of OwnerPIN may keep that flag
itself: it is always asked and set by the methods that it can override.
"""

from __future__ import annotations

import dataclasses
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from simtool.softcard.jcvm.native import Native, NativeClass, NativeState, construct, read, state_of
from simtool.softcard.jcvm.objects import JavaObject, Ref
from simtool.softcard.jcvm.vm import Vm

OWNER_PIN_CLASS = "javacard/framework/OwnerPIN"
PIN_EXCEPTION = "javacard/framework/PINException"
ILLEGAL_VALUE, ILLEGAL_STATE = 1, 2
OWNER_PIN, OWNER_PIN_X, OWNER_PIN_X_WITH_PREDECREMENT = 1, 2, 3
GET_FLAG, SET_FLAG = 3, 7
VALIDATED, DECREMENTED, BLOCKED_BEFORE = 0, 1, 2


@dataclass
class PinState(NativeState):
    """`value` has at most `longest` bytes; `left` of `limit` tries. `session` is what a reset forgets: the validated
    flag; whether the tries were decremented already, and whether the PIN was blocked before that."""

    limit: int = 1
    longest: int = 1
    value: bytes = b"\x00"
    left: int = 1
    session: list[bool] = dataclasses.field(default_factory=lambda: [False] * 3, metadata={"volatile": True})

    def __repr__(self) -> str:
        return f"PinState({self.left} of {self.limit} tries left)"

    def copy(self) -> Self:
        """For the undo log, which leaves the session alone."""
        return dataclasses.replace(self)

    def reset(self) -> None:
        self.session = [False] * 3


def init(vm: Vm, this: JavaObject, limit: int, longest: int) -> None:
    """Until the first `update` the value is `longest` zeros."""
    if limit < 1 or longest < 1:
        raise vm.throw(PIN_EXCEPTION, ILLEGAL_VALUE)
    construct(vm, this, PinState(limit, longest, bytes(longest), limit))


def get_flag(vm: Vm, this: JavaObject) -> bool:
    return state_of(this, PinState).session[VALIDATED]


def set_flag(vm: Vm, this: JavaObject, value: int) -> None:
    state_of(this, PinState).session[VALIDATED] = bool(value)


def _is_owner_pin(vm: Vm, this: JavaObject) -> bool:
    return vm.implements(this, OWNER_PIN_CLASS)


def _flag(vm: Vm, this: JavaObject) -> bool:
    """The validated flag, where the class keeps it."""
    return bool(this.cls.virtual[GET_FLAG].call(vm, this)) if _is_owner_pin(vm, this) else get_flag(vm, this)


def _flag_is(vm: Vm, this: JavaObject, value: bool) -> None:
    if _is_owner_pin(vm, this):
        this.cls.virtual[SET_FLAG].call(vm, this, int(value))
    else:
        set_flag(vm, this, value)


def check(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> bool:
    """The try is spent before anything else: an array that cannot be read spends it, too."""
    _flag_is(vm, this, False)
    state = state_of(this, PinState)
    blocked = state.left == 0
    if not blocked:
        vm.heap.touch_for_good(this)
        state.left -= 1
    return _compare(vm, this, blocked, array, offset, length)


def _compare(vm: Vm, this: JavaObject, blocked: bool, array: Ref | None, offset: int, length: int) -> bool:
    presented = read(vm, array, offset, length)
    state = state_of(this, PinState)
    if blocked or not hmac.compare_digest(presented, state.value):
        return False
    _flag_is(vm, this, True)
    vm.heap.touch_for_good(this)
    state.left = state.limit
    return True


def get_tries_remaining(vm: Vm, this: JavaObject) -> int:
    return state_of(this, PinState).left


def is_validated(vm: Vm, this: JavaObject) -> bool:
    return _flag(vm, this)


def reset(vm: Vm, this: JavaObject) -> None:
    """Only what was validated is reset."""
    if _flag(vm, this):
        reset_and_unblock(vm, this)


def reset_and_unblock(vm: Vm, this: JavaObject) -> None:
    _flag_is(vm, this, False)
    state = state_of(this, PinState)
    vm.heap.touch_for_good(this)
    state.left = state.limit


def update(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> None:
    state = state_of(this, PinState)
    if length > state.longest:
        raise vm.throw(PIN_EXCEPTION, ILLEGAL_VALUE)
    value = read(vm, array, offset, length)
    vm.heap.touch(this)
    state.value, state.left = value, state.limit
    _flag_is(vm, this, False)


# OwnerPINx


def get_try_limit(vm: Vm, this: JavaObject) -> int:
    return state_of(this, PinState).limit


def set_try_limit(vm: Vm, this: JavaObject, limit: int) -> None:
    if limit < 1:
        raise vm.throw(PIN_EXCEPTION, ILLEGAL_VALUE)
    state = state_of(this, PinState)
    vm.heap.touch(this)
    state.limit = state.left = limit
    state.reset()


def set_tries_remaining(vm: Vm, this: JavaObject, remaining: int) -> None:
    state = state_of(this, PinState)
    if not 0 <= remaining <= state.limit:
        raise vm.throw(PIN_EXCEPTION, ILLEGAL_VALUE)
    vm.heap.touch(this)
    state.left = remaining
    state.reset()


# OwnerPINxWithPredecrement


def decrement_tries_remaining(vm: Vm, this: JavaObject) -> int:
    """What has to come before each `check`; a reset in between forgets it, not the try."""
    state = state_of(this, PinState)
    state.session = [False, True, state.left == 0]
    if state.left:
        vm.heap.touch_for_good(this)
        state.left -= 1
    return state.left


def check_decremented(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> bool:
    state = state_of(this, PinState)
    decremented, blocked = state.session[DECREMENTED], state.session[BLOCKED_BEFORE]
    if not decremented:
        raise vm.throw(PIN_EXCEPTION, ILLEGAL_STATE)
    state.reset()
    return _compare(vm, this, blocked, array, offset, length)


def reset_decremented(vm: Vm, this: JavaObject) -> None:
    validated = is_validated(vm, this)
    state_of(this, PinState).reset()
    if validated:
        reset_and_unblock(vm, this)


def update_decremented(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> None:
    update(vm, this, array, offset, length)
    state_of(this, PinState).reset()


def build_owner_pin(vm: Vm, limit: int, longest: int, kind: int) -> JavaObject:
    if limit < 1 or longest < 1 or kind not in _BUILT:
        raise vm.throw(PIN_EXCEPTION, ILLEGAL_VALUE)
    made = vm.new(_BUILT[kind])
    init(vm, made, limit, longest)
    return made


_BUILT = {
    OWNER_PIN: OWNER_PIN_CLASS,
    OWNER_PIN_X: "simtool/OwnerPINx",
    OWNER_PIN_X_WITH_PREDECREMENT: "simtool/OwnerPINxWithPredecrement",
}
_SHARED: Mapping[str, Native] = {"getTriesRemaining()B": get_tries_remaining, "isValidated()Z": is_validated}
_PLAIN: Mapping[str, Native] = {**_SHARED, "check([BSB)Z": check, "reset()V": reset, "update([BSB)V": update}
_LIMITS: Mapping[str, Native] = {
    "getTryLimit()B": get_try_limit,
    "setTryLimit(B)V": set_try_limit,
    "setTriesRemaining(B)V": set_tries_remaining,
}

PINS: tuple[NativeClass, ...] = (
    NativeClass(
        OWNER_PIN_CLASS,
        {
            **_PLAIN,
            "<init>(BB)V": init,
            "getValidatedFlag()Z": get_flag,
            "setValidatedFlag(Z)V": set_flag,
            "resetAndUnblock()V": reset_and_unblock,
        },
        state=PinState,
    ),
    NativeClass(
        "simtool/OwnerPINx", {**_PLAIN, **_LIMITS}, state=PinState, interfaces=("javacard/framework/OwnerPINx",)
    ),
    NativeClass(
        "simtool/OwnerPINxWithPredecrement",
        {
            **_SHARED,
            **_LIMITS,
            "check([BSB)Z": check_decremented,
            "reset()V": reset_decremented,
            "update([BSB)V": update_decremented,
            "decrementTriesRemaining()B": decrement_tries_remaining,
        },
        state=PinState,
        interfaces=("javacard/framework/OwnerPINxWithPredecrement",),
    ),
    NativeClass("javacard/framework/OwnerPINBuilder", {"buildOwnerPIN(BBB)Ljavacard/framework/PIN;": build_owner_pin}),
)
