"""The OneShot classes: a few instances of the runtime's, opened and closed by applets (Java Card API 3.0.5).

They are temporary entry points that delegate to what a factory would have made. One that is still open when the applet
returns to the runtime is closed by that, as by a reset: it was opened in an activation that is over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from simtool.softcard.jcvm.api.javacard.security.exceptions import ILLEGAL_USE, refuse
from simtool.softcard.jcvm.firewall import SECURITY
from simtool.softcard.jcvm.native import NativeState, state_of, volatile
from simtool.softcard.jcvm.objects import TEMPORARY, JavaObject, Ref
from simtool.softcard.jcvm.services import NO_RESOURCE, SYSTEM_EXCEPTION
from simtool.softcard.jcvm.vm import Vm

INSTANCES = 2
"""Of each class."""
_KIND = "one-shot"
State = TypeVar("State", bound=NativeState)


@dataclass
class OneShot(NativeState):
    """`opener` is the context that has it open, None while it is free, `activation` that of the applet in which
    it was opened; `work` is what it delegates to."""

    opener: Any = volatile(None)
    activation: int = volatile(-1)
    work: Any = volatile(None)

    def in_use(self, vm: Vm) -> bool:
        return self.opener is not None and self.activation == vm.activation


def open_one(vm: Vm, name: str, work: NativeState) -> JavaObject:
    """A free instance, from now on the caller's. SystemException.NO_RESOURCE where all are in use."""
    instances = _instances(vm, name)
    # rather one that was closed: an activation that others have interrupted may still have its own open
    for one, state in sorted(instances, key=lambda each: each[1].opener is not None):
        if not state.in_use(vm):
            state.opener, state.activation, state.work = vm.context, vm.activation, work
            return one
    raise vm.throw(SYSTEM_EXCEPTION, NO_RESOURCE)


def _instances(vm: Vm, name: str) -> list[tuple[JavaObject, OneShot]]:
    found = [vm.entry_point(f"{_KIND}:{name}#{number}") for number in range(INSTANCES)]
    return [(one, state_of(one, OneShot)) for one in found if isinstance(one, JavaObject)]


def close(vm: Vm, this: JavaObject) -> None:
    """close: nothing if it is closed. SecurityException in another context."""
    state = state_of(this, OneShot)
    if not state.in_use(vm):
        return
    if state.opener is not vm.context:
        raise vm.throw(SECURITY)
    state.reset()


def work_of(vm: Vm, this: JavaObject, kind: type[State]) -> State:
    """What an object works with, be it a OneShot or not.

    CryptoException.ILLEGAL_USE for one that is not open, SecurityException for one that another context has opened.
    """
    state = this.native
    if not isinstance(state, OneShot):
        return state_of(this, kind)
    if not state.in_use(vm):
        raise refuse(vm, ILLEGAL_USE)
    if state.opener is not vm.context:
        raise vm.throw(SECURITY)
    assert isinstance(state.work, kind)  # noqa: S101  # as `open` has made it
    return state.work


def never(vm: Vm, this: JavaObject, *_: Any) -> None:
    """A method that OneShot does not support: CryptoException.ILLEGAL_USE."""
    raise refuse(vm, ILLEGAL_USE)


def touch(vm: Vm, this: JavaObject) -> None:
    """Before the state changes that `init` has set; OneShot instances are in no transaction."""
    if this.persistent:
        vm.heap.touch(this)


def _make(vm: Vm, which: str) -> Ref:
    made = vm.runtime_object(which.rpartition("#")[0], TEMPORARY, f"{_KIND}:{which}")
    made.native = OneShot()
    return made


ENTRY_POINTS: Mapping[str, Callable[[Vm, str], Ref]] = {_KIND: _make}
