"""uicc.system.UICCPlatform: the volatile byte array that all applets share (TS 102 241 annex A)."""

from __future__ import annotations

from simtool.softcard.jcvm.firewall import SECURITY
from simtool.softcard.jcvm.native import NativeClass
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.services import SYSTEM
from simtool.softcard.jcvm.vm import Vm

VOLATILE_ARRAY = "volatile byte array"
_LENGTH = 256


def get_the_volatile_byte_array(vm: Vm) -> Ref:
    """SecurityException in any other context than that of the applet which the runtime has called."""
    called = next((one for one in (*vm.callers, vm.owner) if one is not SYSTEM), None)
    if called is None or called.context is not vm.context:
        raise vm.throw(SECURITY)
    return vm.entry_point(f"{VOLATILE_ARRAY}:")


def make_volatile_array(vm: Vm, which: str) -> Ref:
    return vm.runtime_array(_LENGTH, f"{VOLATILE_ARRAY}:{which}")


UICC_PLATFORM = NativeClass("uicc/system/UICCPlatform", {"getTheVolatileByteArray()[B": get_the_volatile_byte_array})
