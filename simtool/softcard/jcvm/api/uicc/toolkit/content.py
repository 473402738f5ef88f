"""What a handler holds: that of a run of applet code for the system's handlers, their own for those of HandlerBuilder.

The system's handlers are temporary entry points and the same for all (TS 102 241 §6.6); what they hold belongs to the
run. The handlers of uicc.system.HandlerBuilder belong to the applet and stay as other objects do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from simtool.softcard.jcvm.api.uicc.toolkit.reasons import NAME, Reason
from simtool.softcard.jcvm.faults import JavaThrow
from simtool.softcard.jcvm.native import NativeState, usable, volatile
from simtool.softcard.jcvm.objects import TEMPORARY, JavaArray, JavaObject, Ref
from simtool.softcard.jcvm.platform.toolkit import HandlerContent, ToolkitPlatform
from simtool.softcard.jcvm.vm import Vm

Selection = tuple[int, int] | None
_NOTHING = -1
LONGEST_RESPONSE = 256


class Role(StrEnum):
    """The handlers of the system."""

    ENVELOPE = "envelope"
    ENVELOPE_RESPONSE = "envelope response"
    PROACTIVE = "proactive"
    RESPONSE = "response"


_CAPACITY = {
    Role.ENVELOPE: 1024,  # messages of several parts are longer than one ENVELOPE
    Role.ENVELOPE_RESPONSE: LONGEST_RESPONSE,
    Role.PROACTIVE: LONGEST_RESPONSE - 3,  # FETCH brings it with D0 81 xx
    Role.RESPONSE: 255,  # TERMINAL RESPONSE brings it
}


class Content(Protocol):
    """What a handler holds; `selected` is start and length of the selected object's value."""

    tlvs: bytes
    selected: Selection


@dataclass
class SystemHandler(NativeState):
    """A handler of the system: which, and the ToolkitException of its package."""

    role: str = Role.ENVELOPE
    exception: str = NAME


@dataclass
class OwnHandler(NativeState):
    """A handler of an applet: its `buffer`, how much of it is in use, and the tag of the BER-TLV object around it."""

    buffer: Ref | None = None
    length: int = 0
    tag: int = 0
    start: int = volatile(_NOTHING)
    size: int = volatile(0)


class OwnContent:
    """`Content` of an `OwnHandler`: changes of the list are part of a transaction, the selection is not."""

    def __init__(self, vm: Vm, this: JavaObject, state: OwnHandler) -> None:
        self._vm = vm
        self._this = this
        self._state = state

    @property
    def buffer(self) -> JavaArray:
        found = self._state.buffer
        assert isinstance(found, JavaArray)  # noqa: S101  # HandlerBuilder has made it
        return found

    @property
    def tlvs(self) -> bytes:
        return self.buffer.data[: self._state.length].tobytes()  # type: ignore[no-any-return]

    @tlvs.setter
    def tlvs(self, new: bytes) -> None:
        old = self.tlvs
        kept = len(old) if new.startswith(old) else 0
        self._vm.heap.touch(self._this)
        self._vm.heap.write_bytes(self.buffer, kept, new[kept:])
        self._state.length = len(new)

    @property
    def selected(self) -> Selection:
        return (self._state.start, self._state.size) if self._state.start != _NOTHING else None

    @selected.setter
    def selected(self, new: Selection) -> None:
        self._state.start, self._state.size = new or (_NOTHING, 0)


def state_of(vm: Vm, this: Ref) -> SystemHandler | OwnHandler:
    """What stands behind a handler. A fault for an object that is none of ours."""
    state = this.native if isinstance(this, JavaObject) else None
    if not isinstance(state, SystemHandler | OwnHandler):
        raise vm.fault(f"{this!r} is no handler that the card has made")
    return state


def fail(vm: Vm, this: Ref, reason: Reason) -> JavaThrow:
    """To be raised: the ToolkitException of the handler's package."""
    state = state_of(vm, this)
    return vm.throw(state.exception if isinstance(state, SystemHandler) else NAME, reason)


def content(vm: Vm, this: Ref) -> Content:
    """What a handler holds. HANDLER_NOT_AVAILABLE."""
    state = state_of(vm, this)
    if isinstance(state, OwnHandler):
        assert isinstance(this, JavaObject)  # noqa: S101  # it has a state
        return OwnContent(vm, this, state)
    found = _available(vm.platform.toolkit, Role(state.role))
    if found is None:
        raise vm.throw(state.exception, Reason.HANDLER_NOT_AVAILABLE)
    return found


def _available(toolkit: ToolkitPlatform, role: Role) -> HandlerContent | None:
    """What one of the system's handlers holds, None where it is not available (TS 102 241 §6.6)."""
    match role:
        case Role.ENVELOPE:
            envelope = toolkit.envelope()
            if envelope is None:
                return None
            found = toolkit.memory().envelope
            found.tlvs = envelope.value
            return found
        case Role.ENVELOPE_RESPONSE:
            return toolkit.memory().envelope_response if toolkit.may_answer() else None
        case Role.PROACTIVE:
            return toolkit.memory().proactive if toolkit.may_send() else None
        case Role.RESPONSE:
            response = toolkit.response()
            if response is None:
                return None
            found = toolkit.memory().response
            found.tlvs = response
            return found


def capacity(vm: Vm, this: Ref) -> int:
    """How long the list may become. HANDLER_NOT_AVAILABLE."""
    held = content(vm, this)
    if isinstance(held, OwnContent):
        return len(held.buffer.data)
    state = state_of(vm, this)
    assert isinstance(state, SystemHandler)  # noqa: S101  # there are only the two
    return max(_CAPACITY[Role(state.role)], len(held.tlvs))


def tag(vm: Vm, this: Ref) -> int:
    """The tag of the BER-TLV object that the list is in. HANDLER_NOT_AVAILABLE."""
    state = state_of(vm, this)
    content(vm, this)
    if isinstance(state, OwnHandler):
        return state.tag
    envelope = vm.platform.toolkit.envelope()
    return envelope.tag if envelope is not None else 0


def handler_bytes(vm: Vm, ref: Ref | None) -> bytes:
    """The list in a handler that an applet gave as an argument, for other parts of the API.

    NullPointerException, SecurityException, HANDLER_NOT_AVAILABLE; a fault for a class of the applet's own.
    """
    return content(vm, usable(vm, ref)).tlvs


def system_handler(name: str, role: Role, exception: str = NAME) -> Callable[[Vm, str], Ref]:
    """How the entry point is made: an object of class `name`."""

    def make(vm: Vm, which: str) -> Ref:
        made = vm.runtime_object(name, TEMPORARY, f"{name}:{which}")
        made.native = SystemHandler(role, exception)
        return made

    return make


def get_the_handler(kind: str) -> Callable[[Vm], Ref]:
    """The function `getTheHandler`: the entry point `kind:`, if it is available now."""

    def get(vm: Vm) -> Ref:
        found = vm.entry_point(f"{kind}:")
        content(vm, found)
        return found

    return get
