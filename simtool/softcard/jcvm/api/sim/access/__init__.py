"""sim.access: the files of the older SIM (TS 43.019 §6.3, annex A; TS 51.011 §8).

An applet has one view. At each activation of the applet it stands at the MF again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from simtool.softcard.jcvm.api.javacard.framework.exceptions import reasoned
from simtool.softcard.jcvm.api.uicc.access.exceptions import Table, refusals
from simtool.softcard.jcvm.api.uicc.access.file_view import give
from simtool.softcard.jcvm.native import ARRAY_INDEX, NativeClass, byte_array, read, room, state_of, volatile, write
from simtool.softcard.jcvm.objects import ENTRY_POINT, JavaObject, Lifetime, Ref
from simtool.softcard.jcvm.platform.files import Area, FileContext, Refusal
from simtool.softcard.jcvm.services import SYSTEM
from simtool.softcard.jcvm.vm import Vm

SIM_VIEW_EXCEPTION = "sim/access/SIMViewException"
SIM_VIEW_CLASS = "simtool/access/SIMView"
VIEW = "sim view"
INCREASE_LENGTH = 3
PATTERN_NOT_FOUND, INVALIDATION_STATUS_CONTRADICTION = 11, 6

_REASONS: Table = {
    refusal: (SIM_VIEW_EXCEPTION, reason)
    for refusal, reason in {
        Refusal.NO_EF: 1,
        Refusal.WRONG_FILE: 2,
        Refusal.DENIED: 3,
        Refusal.NOT_FOUND: 4,
        Refusal.BROKEN: 5,
        Refusal.DEACTIVATED: INVALIDATION_STATUS_CONTRADICTION,
        Refusal.TERMINATED: INVALIDATION_STATUS_CONTRADICTION,
        Refusal.OUTSIDE_FILE: 7,
        Refusal.OUTSIDE_RECORD: 8,
        Refusal.NO_RECORD: 9,
        Refusal.WRONG_MODE: 10,
        Refusal.MAXIMUM: 12,
    }.items()
}


@dataclass
class SimContext(FileContext):
    """Where the view of an applet stands, in which of its activations."""

    activation: int = volatile(-1)


def make_view(vm: Vm, which: str) -> Ref:
    """Makes entry points `sim view:AID`."""
    made = vm.runtime_object(SIM_VIEW_CLASS, ENTRY_POINT, f"{VIEW}:{which}")
    root = vm.platform.files.root(None) or ""
    made.native = SimContext(
        root, Area.SIM.value, bytes.fromhex(which), lifetime=Lifetime.CLEAR_ON_RESET, df=root, activation=vm.activation
    )
    return made


def get_the_sim_view(vm: Vm) -> Ref | None:
    """The view of the calling applet."""
    return vm.entry_point(f"{VIEW}:{vm.owner.aid.hex()}") if vm.owner is not SYSTEM else None


def _standing(vm: Vm, this: JavaObject) -> FileContext:
    context = state_of(this, SimContext)
    if context.activation != vm.activation:
        context.activation = vm.activation
        context.home()
    return context


def select_fci(vm: Vm, this: JavaObject, fid: int, fci: Ref | None, offset: int, length: int) -> int:
    room(vm, fci, offset, length)
    context = _standing(vm, this)
    with refusals(vm, _REASONS):
        vm.platform.files.select(context, fid & 0xFFFF)
        data = vm.platform.files.describe(context)
    return give(vm, fci, offset, length, data)


def select(vm: Vm, this: JavaObject, fid: int) -> None:
    with refusals(vm, _REASONS):
        vm.platform.files.select(_standing(vm, this), fid & 0xFFFF)


def status(vm: Vm, this: JavaObject, fci: Ref | None, offset: int, length: int) -> int:
    room(vm, fci, offset, length)
    with refusals(vm, _REASONS):
        data = vm.platform.files.describe_directory(_standing(vm, this))
    return give(vm, fci, offset, length, data)


def read_binary(vm: Vm, this: JavaObject, start: int, target: Ref | None, offset: int, length: int) -> int:
    room(vm, target, offset, length)
    with refusals(vm, _REASONS):
        data = vm.platform.files.read_binary(_standing(vm, this), start, length)
    write(vm, target, offset, data)
    return offset + length


def update_binary(vm: Vm, this: JavaObject, start: int, source: Ref | None, offset: int, length: int) -> None:
    data = read(vm, source, offset, length)
    with refusals(vm, _REASONS):
        vm.platform.files.update_binary(_standing(vm, this), start, data)


def read_record(
    vm: Vm, this: JavaObject, number: int, mode: int, start: int, target: Ref | None, offset: int, length: int
) -> int:
    room(vm, target, offset, length)
    with refusals(vm, _REASONS):
        data = vm.platform.files.read_record(_standing(vm, this), number, mode, start, length)
    write(vm, target, offset, data)
    return offset + length


def update_record(
    vm: Vm, this: JavaObject, number: int, mode: int, start: int, source: Ref | None, offset: int, length: int
) -> None:
    data = read(vm, source, offset, length)
    with refusals(vm, _REASONS):
        vm.platform.files.update_record(_standing(vm, this), number, mode, start, data)


def seek(vm: Vm, this: JavaObject, mode: int, source: Ref | None, offset: int, length: int) -> int:
    """The number of the record that begins with the pattern; an empty pattern is never found."""
    pattern = read(vm, source, offset, length)
    with refusals(vm, _REASONS):
        found = vm.platform.files.seek(_standing(vm, this), mode, pattern)
    if not found:
        raise vm.throw(SIM_VIEW_EXCEPTION, PATTERN_NOT_FOUND)
    return found


def increase(vm: Vm, this: JavaObject, source: Ref | None, offset: int, target: Ref | None, target_offset: int) -> int:
    """Three bytes are added; the new record has to have room in `target`, else nothing is increased."""
    byte_array(vm, source)
    room(vm, target, target_offset, 0)
    value = read(vm, source, offset, INCREASE_LENGTH)
    context = _standing(vm, this)
    with refusals(vm, _REASONS):
        size = vm.platform.files.record_length(context)
        if target_offset + size > len(byte_array(vm, target).data):
            raise vm.throw(ARRAY_INDEX)
        record = vm.platform.files.increase(context, value)
    write(vm, target, target_offset, record)
    return len(record)


def _set_active(vm: Vm, this: JavaObject, *, active: bool) -> None:
    with refusals(vm, _REASONS):
        changed = vm.platform.files.set_active(_standing(vm, this), active)
    if not changed:
        raise vm.throw(SIM_VIEW_EXCEPTION, INVALIDATION_STATUS_CONTRADICTION)


def invalidate(vm: Vm, this: JavaObject) -> None:
    """INVALIDATION_STATUS_CONTRADICTION for an EF that is invalidated already."""
    _set_active(vm, this, active=False)


def rehabilitate(vm: Vm, this: JavaObject) -> None:
    """INVALIDATION_STATUS_CONTRADICTION for an EF that is not invalidated."""
    _set_active(vm, this, active=True)


CLASSES: tuple[NativeClass, ...] = (
    reasoned(SIM_VIEW_EXCEPTION),
    NativeClass("sim/access/SIMSystem", {"getTheSIMView()Lsim/access/SIMView;": get_the_sim_view}),
    NativeClass(
        SIM_VIEW_CLASS,
        {
            "status([BSS)S": status,
            "increase([BS[BS)S": increase,
            "invalidate()V": invalidate,
            "rehabilitate()V": rehabilitate,
            "readRecord(SBS[BSS)S": read_record,
            "updateRecord(SBS[BSS)V": update_record,
            "select(S[BSS)S": select_fci,
            "select(S)V": select,
            "seek(B[BSS)S": seek,
            "readBinary(S[BSS)S": read_binary,
            "updateBinary(S[BSS)V": update_binary,
        },
        SimContext,
        interfaces=("sim/access/SIMView",),
    ),
)

ENTRY_POINTS: Mapping[str, Callable[[Vm, str], Ref]] = {VIEW: make_view}
