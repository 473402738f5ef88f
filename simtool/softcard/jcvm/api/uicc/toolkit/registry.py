"""uicc.toolkit.ToolkitRegistry and ToolkitRegistrySystem (TS 102 241 annex A); sim.toolkit has its own from here.

An entry is kept by the card; the object that applets have is a permanent entry point, `registry:` with the AID. What a
transaction or an installation has changed in an entry is taken back with it. Arrays are looked at first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from simtool.softcard.jcvm.api.uicc.toolkit import reasons
from simtool.softcard.jcvm.native import (
    ARRAY_INDEX,
    Native,
    NativeClass,
    NativeState,
    construct,
    read,
    state_of,
    usable,
)
from simtool.softcard.jcvm.objects import ENTRY_POINT, JavaArray, JavaObject, Kind, Ref
from simtool.softcard.jcvm.platform.toolkit import FileTerminated, MenuText, Refusal, RegistryEntry, RegistryRefused
from simtool.softcard.jcvm.vm import Vm

EXTERNAL_FILE_UPDATE = 124
_NOT_OF_FILES = frozenset((7, 8, 11, 19))
_OWN = "simtool/toolkit/ToolkitRegistry"
_KIND = "registry"
_SYSTEM_EXCEPTION, _ILLEGAL_VALUE = "javacard/framework/SystemException", 1
_UICC_EXCEPTION, _COMMAND_NOT_ALLOWED = "uicc/access/UICCException", 11
_AID_LENGTHS = range(5, 17)
_ATTRIBUTE_LENGTH = 4


@dataclass
class RegistryState(NativeState):
    """Whose entry, and whose exceptions: `gsm` for sim.toolkit."""

    aid: bytes = b""
    gsm: bool = False

    @property
    def exception(self) -> str:
        return "sim/toolkit/ToolkitException" if self.gsm else reasons.NAME

    def code(self, refusal: Refusal) -> int:
        """The reason code; the two packages have another number for a missing TAR."""
        return 16 if self.gsm and refusal is Refusal.TAR_NOT_DEFINED else int(refusal)


@runtime_checkable
class StandsSomewhere(Protocol):
    """A file view's state: paths of its directory and EF, empty for none."""

    df: str
    ef: str


@contextmanager
def refusals(vm: Vm, state: RegistryState) -> Iterator[None]:
    """Refusals of the card become exceptions of the API."""
    try:
        yield
    except RegistryRefused as refused:
        raise vm.throw(state.exception, state.code(refused.reason)) from None
    except FileTerminated:
        raise vm.throw(_UICC_EXCEPTION, _COMMAND_NOT_ALLOWED) from None


def _entry(vm: Vm, state: RegistryState) -> RegistryEntry:
    found = vm.platform.toolkit.entry(state.aid)
    if found is None:
        raise vm.throw(state.exception, Refusal.REGISTRY_ERROR)
    return found


def change(vm: Vm, this: JavaObject, how: Callable[[RegistryEntry], int | None]) -> int | None:
    """Change an entry as part of the transaction that may be open."""
    state = state_of(this, RegistryState)
    entry = _entry(vm, state)

    def save() -> Callable[[], None]:
        before = entry.snapshot()
        return lambda: entry.restore(before)

    with refusals(vm, state):
        vm.heap.remember(this, save)
        return how(entry)


# Events


def set_event(vm: Vm, this: JavaObject, event: int) -> None:
    gsm = state_of(this, RegistryState).gsm
    change(vm, this, lambda entry: entry.set_events((event,), gsm=gsm))


def set_event_list(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> None:
    found = usable(vm, array)
    if not isinstance(found, JavaArray) or found.kind is not Kind.SHORT:
        raise vm.fault("a short array was expected")
    if offset < 0 or length < 0 or offset + length > len(found.data):
        raise vm.throw(ARRAY_INDEX)
    events = tuple(found.data[offset : offset + length])
    change(vm, this, lambda entry: entry.set_events(events))


def set_byte_event_list(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> None:
    """Of sim.toolkit, where events are bytes."""
    events = tuple(one - 256 if one > 127 else one for one in read(vm, array, offset, length))
    change(vm, this, lambda entry: entry.set_events(events, gsm=True))


def clear_event(vm: Vm, this: JavaObject, event: int) -> None:
    change(vm, this, lambda entry: entry.clear_event(event))


def is_event_set(vm: Vm, this: JavaObject, event: int) -> bool:
    return _entry(vm, state_of(this, RegistryState)).is_event_set(event)


# Menu


def init_menu_entry(
    vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int, action: int, help_: int, qualifier: int,
    icon: int,
) -> int:  # fmt: skip
    text = MenuText(read(vm, array, offset, length), action & 0xFF, bool(help_), qualifier & 0xFF, icon)
    return change(vm, this, lambda entry: entry.init_menu_entry(text)) or 0


def change_menu_entry(
    vm: Vm, this: JavaObject, identifier: int, array: Ref | None, offset: int, length: int, action: int, help_: int,
    qualifier: int, icon: int,
) -> None:  # fmt: skip
    text = MenuText(read(vm, array, offset, length), action & 0xFF, bool(help_), qualifier & 0xFF, icon)
    change(vm, this, lambda entry: entry.change_menu_entry(identifier & 0xFF, text))


def enable_menu_entry(vm: Vm, this: JavaObject, identifier: int) -> None:
    change(vm, this, lambda entry: entry.enable_menu_entry(identifier & 0xFF, True))


def disable_menu_entry(vm: Vm, this: JavaObject, identifier: int) -> None:
    change(vm, this, lambda entry: entry.enable_menu_entry(identifier & 0xFF, False))


def set_text_attribute(vm: Vm, this: JavaObject, identifier: int, array: Ref | None, offset: int, length: int) -> None:
    attribute = read(vm, array, offset, length)
    state = state_of(this, RegistryState)
    with refusals(vm, state):
        _entry(vm, state).has_menu_entry(identifier & 0xFF)
    if length != _ATTRIBUTE_LENGTH:
        raise vm.throw(state.exception, reasons.Reason.BAD_INPUT_PARAMETER)
    change(vm, this, lambda entry: entry.set_menu_attribute(identifier & 0xFF, attribute))


# Timers, polling, services


def allocate_timer(vm: Vm, this: JavaObject) -> int:
    return change(vm, this, lambda entry: entry.allocate_timer()) or 0


def release_timer(vm: Vm, this: JavaObject, timer: int) -> None:
    change(vm, this, lambda entry: entry.release_timer(timer))


def request_poll_interval(vm: Vm, this: JavaObject, seconds: int) -> None:
    change(vm, this, lambda entry: entry.request_poll_interval(seconds))


def get_poll_interval(vm: Vm, this: JavaObject) -> int:
    return _entry(vm, state_of(this, RegistryState)).poll_interval()


def allocate_service(vm: Vm, this: JavaObject) -> int:
    return change(vm, this, lambda entry: entry.allocate_service()) or 0


def release_service(vm: Vm, this: JavaObject, service: int) -> None:
    change(vm, this, lambda entry: entry.release_service(service))


# Files


def _listed(
    vm: Vm, this: JavaObject, event: int, files: Ref | None, start: int, length: int, aid: Ref | None, aid_start: int,
    aid_length: int,
) -> list[str]:  # fmt: skip
    """Paths of a file list, of an ADF's files if `aid` names it."""
    listed = read(vm, files, start, length)
    adf = None
    if aid is not None:
        adf = read(vm, aid, aid_start, aid_length)
        if aid_length not in _AID_LENGTHS:
            raise vm.throw(_SYSTEM_EXCEPTION, _ILLEGAL_VALUE)
    state = state_of(this, RegistryState)
    _of_files(vm, state, event)
    with refusals(vm, state):
        return vm.platform.toolkit.file_paths(listed, adf)


def _current(vm: Vm, this: JavaObject, event: int, view: Ref | None) -> list[str]:
    """The path of a view's current file."""
    standing = usable(vm, view)
    state = state_of(this, RegistryState)
    _of_files(vm, state, event)
    where = standing.native if isinstance(standing, JavaObject) else None
    if not isinstance(where, StandsSomewhere):
        raise vm.fault("a FileView was expected")
    path = where.ef or where.df
    with refusals(vm, state):
        vm.platform.toolkit.may_watch(path)
    return [path]


def _of_files(vm: Vm, state: RegistryState, event: int) -> None:
    if event in _NOT_OF_FILES:
        raise vm.throw(state.exception, Refusal.EVENT_NOT_ALLOWED)
    if event != EXTERNAL_FILE_UPDATE:
        raise vm.throw(state.exception, Refusal.EVENT_NOT_SUPPORTED)


def register_files(vm: Vm, this: JavaObject, event: int, *files: Ref | int | None) -> None:
    paths = _listed(vm, this, event, *files)  # type: ignore[arg-type]  # as the descriptor says
    change(vm, this, lambda entry: entry.watch_files(paths))


def deregister_files(vm: Vm, this: JavaObject, event: int, *files: Ref | int | None) -> None:
    paths = _listed(vm, this, event, *files)  # type: ignore[arg-type]  # as the descriptor says
    change(vm, this, lambda entry: entry.unwatch_files(paths))


def register_view(vm: Vm, this: JavaObject, event: int, view: Ref | None) -> None:
    paths = _current(vm, this, event, view)
    change(vm, this, lambda entry: entry.watch_files(paths))


def deregister_view(vm: Vm, this: JavaObject, event: int, view: Ref | None) -> None:
    paths = _current(vm, this, event, view)
    change(vm, this, lambda entry: entry.unwatch_files(paths))


# Getting at it


def registered(vm: Vm) -> bool:
    """Whether the calling applet has called `register`."""
    return vm.installing is None or vm.installing.applet is not None


def get_entry(vm: Vm) -> Ref | None:
    """Null before `register`; REGISTRY_ERROR for an applet whose install parameters are not those of a toolkit one."""
    if not registered(vm):
        return None
    aid = vm.owner.aid
    if vm.platform.toolkit.entry(aid) is None:
        raise vm.throw(reasons.NAME, Refusal.REGISTRY_ERROR)
    return vm.entry_point(f"{_KIND}:{aid.hex()}")


def is_prioritized_set(vm: Vm) -> bool:
    return vm.platform.toolkit.prioritized_waits(vm.owner.aid)


def whose(entry: Ref) -> bytes:
    """The AID of the applet whose entry this object is."""
    return state_of(entry, RegistryState).aid


def make(name: str, kind: str, *, gsm: bool) -> Callable[[Vm, str], Ref]:
    """Makes the entry points of a kind."""

    def made(vm: Vm, which: str) -> Ref:
        found = vm.runtime_object(name, ENTRY_POINT, f"{kind}:{which}")
        construct(vm, found, RegistryState(bytes.fromhex(which), gsm))
        return found

    return made


COMMON: Mapping[str, Native] = {
    "disableMenuEntry(B)V": disable_menu_entry,
    "enableMenuEntry(B)V": enable_menu_entry,
    "initMenuEntry([BSSBZBS)B": init_menu_entry,
    "changeMenuEntry(B[BSSBZBS)V": change_menu_entry,
    "allocateTimer()B": allocate_timer,
    "releaseTimer(B)V": release_timer,
    "requestPollInterval(S)V": request_poll_interval,
    "getPollInterval()S": get_poll_interval,
}
"""What both packages have."""

REGISTRY_CLASSES: tuple[NativeClass, ...] = (
    NativeClass(
        _OWN,
        {
            **COMMON,
            "setEvent(S)V": set_event,
            "setEventList([SSS)V": set_event_list,
            "clearEvent(S)V": clear_event,
            "isEventSet(S)Z": is_event_set,
            "allocateServiceIdentifier()B": allocate_service,
            "releaseServiceIdentifier(B)V": release_service,
            "registerFileEvent(S[BSS[BSB)V": register_files,
            "deregisterFileEvent(S[BSS[BSB)V": deregister_files,
            "registerFileEvent(SLuicc/access/FileView;)V": register_view,
            "deregisterFileEvent(SLuicc/access/FileView;)V": deregister_view,
            "setMenuEntryTextAttribute(B[BSS)V": set_text_attribute,
        },
        state=RegistryState,
        interfaces=("uicc/toolkit/ToolkitRegistry",),
    ),
    NativeClass(
        "uicc/toolkit/ToolkitRegistrySystem",
        {
            "getEntry()Luicc/toolkit/ToolkitRegistry;": get_entry,
            "isPrioritizedProactiveHandlerAvailableEventSet()Z": is_prioritized_set,
        },
    ),
)
REGISTRY_ENTRY_POINTS: Mapping[str, Callable[[Vm, str], Ref]] = {_KIND: make(_OWN, _KIND, gsm=False)}
