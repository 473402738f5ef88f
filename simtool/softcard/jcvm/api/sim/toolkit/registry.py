"""sim.toolkit.ToolkitRegistry and MEProfile (TS 43.019 annex A): as in uicc.toolkit, but events are bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simtool.softcard.jcvm.api.uicc.toolkit import profile
from simtool.softcard.jcvm.api.uicc.toolkit.registry import (
    COMMON,
    RegistryState,
    clear_event,
    is_event_set,
    make,
    registered,
    set_byte_event_list,
    set_event,
)
from simtool.softcard.jcvm.native import NativeClass
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.platform.toolkit import Refusal
from simtool.softcard.jcvm.vm import Vm

_NAME, _EXCEPTION = "sim/toolkit/ToolkitRegistry", "sim/toolkit/ToolkitException"
_KIND = "sim.registry"


def get_entry(vm: Vm) -> Ref:
    """REGISTRY_ERROR for an applet that is not registered yet, or is none of the toolkit."""
    aid = vm.owner.aid
    if not registered(vm) or vm.platform.toolkit.entry(aid) is None:
        raise vm.throw(_EXCEPTION, Refusal.REGISTRY_ERROR)
    return vm.entry_point(f"{_KIND}:{aid.hex()}")


REGISTRY_CLASSES: tuple[NativeClass, ...] = (
    NativeClass(
        _NAME,
        {
            **COMMON,
            "getEntry()Lsim/toolkit/ToolkitRegistry;": get_entry,
            "setEventList([BSS)V": set_byte_event_list,
            "clearEvent(B)V": clear_event,
            "isEventSet(B)Z": is_event_set,
            "setEvent(B)V": set_event,
        },
        state=RegistryState,
    ),
    NativeClass("sim/toolkit/MEProfile", profile.methods(_EXCEPTION)),
)
REGISTRY_ENTRY_POINTS: Mapping[str, Callable[[Vm, str], Ref]] = {_KIND: make(_NAME, _KIND, gsm=True)}
