"""The exceptions with a reason code: CardException, CardRuntimeException and their subclasses (Java Card API 3.0.5).

`reasoned` makes the table of such a class; other packages have theirs from it, too. `throwIt` throws the runtime's own
instance, which applets may not keep (JCRE §6.2.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simtool.softcard.jcvm.native import Native, NativeClass, NativeState, construct, state_of
from simtool.softcard.jcvm.objects import JavaObject
from simtool.softcard.jcvm.vm import Vm

_PACKAGE = "javacard/framework"


@dataclass
class Reason(NativeState):
    """The reason code; a status word in ISOException. The sign may be either: 16 bits count."""

    reason: int = 0


def init(vm: Vm, this: JavaObject, reason: int) -> None:
    construct(vm, this, Reason(reason))


def init_without(vm: Vm, this: JavaObject) -> None:
    construct(vm, this, Reason())


def get_reason(vm: Vm, this: JavaObject) -> int:
    return state_of(this, Reason).reason


def set_reason(vm: Vm, this: JavaObject, reason: int) -> None:
    state = state_of(this, Reason)
    if this.persistent:  # the runtime's own are in no transaction
        vm.heap.touch(this)
    state.reason = reason


def reasoned(name: str, more: Mapping[str, Native] | None = None, state: type[Reason] | None = None) -> NativeClass:
    """A class of exceptions with a reason code, made with it and thrown by `throwIt`."""

    def throw_it(vm: Vm, reason: int) -> None:
        raise vm.throw(name, reason)

    return NativeClass(name, {"<init>(S)V": init, "throwIt(S)V": throw_it, **(more or {})}, state=state)


_WITH_REASON: Mapping[str, Native] = {"getReason()S": get_reason, "setReason(S)V": set_reason}

EXCEPTIONS: tuple[NativeClass, ...] = (
    reasoned(f"{_PACKAGE}/CardException", _WITH_REASON, Reason),
    reasoned(f"{_PACKAGE}/CardRuntimeException", _WITH_REASON, Reason),
    reasoned(f"{_PACKAGE}/ISOException"),
    reasoned(f"{_PACKAGE}/APDUException"),
    reasoned(f"{_PACKAGE}/PINException"),
    reasoned(f"{_PACKAGE}/SystemException"),
    reasoned(f"{_PACKAGE}/TransactionException"),
    reasoned(f"{_PACKAGE}/UserException", {"<init>()V": init_without}),
)
