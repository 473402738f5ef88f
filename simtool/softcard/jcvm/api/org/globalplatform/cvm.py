"""org.globalplatform.CVM: the PIN that applications share (GPCS §8.2.2, annex A).

Its value may only come in a global array, as the APDU buffer is one; transactions do not touch it.
"""

from __future__ import annotations

from simtool.softcard.jcvm.faults import JavaThrow
from simtool.softcard.jcvm.firewall import SECURITY
from simtool.softcard.jcvm.native import NULL_POINTER, NativeClass, read
from simtool.softcard.jcvm.objects import ENTRY_POINT, GLOBAL, JavaObject, Ref
from simtool.softcard.jcvm.vm import Vm

CVM_CLASS = "simtool/GlobalPin"
GLOBAL_PIN = 0x11
CVM_MANAGEMENT = 0x020000
SUCCESS, FAILURE = 0, -1


def the_pin(vm: Vm) -> Ref:
    """The object that applets get."""
    return vm.entry_point(f"gp-cvm:{GLOBAL_PIN}")


def make_cvm(vm: Vm, which: str) -> Ref:
    """Makes the entry point `gp-cvm:17`."""
    return vm.runtime_object(CVM_CLASS, ENTRY_POINT, f"gp-cvm:{which}")


def may_manage(vm: Vm) -> bool:
    """Whether the caller has the privilege of CVM management."""
    return bool(vm.platform.content.privileges(vm.owner.aid) & CVM_MANAGEMENT)


def _value(vm: Vm, array: Ref | None, offset: int, length: int) -> bytes:
    if array is None:
        raise vm.throw(NULL_POINTER)
    if array.context is not GLOBAL:
        raise vm.throw(SECURITY)
    return read(vm, array, offset, length)


def is_active(vm: Vm, this: JavaObject) -> bool:
    return vm.platform.content.pin.active


def is_submitted(vm: Vm, this: JavaObject) -> bool:
    return vm.platform.content.pin.submitted


def is_verified(vm: Vm, this: JavaObject) -> bool:
    return vm.platform.content.pin.verified


def is_blocked(vm: Vm, this: JavaObject) -> bool:
    return vm.platform.content.pin.blocked


def get_tries_remaining(vm: Vm, this: JavaObject) -> int:
    return vm.platform.content.pin.tries


def update(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int, form: int) -> bool:
    value = _value(vm, array, offset, length)
    return may_manage(vm) and vm.platform.content.pin.update(value, form)


def reset_state(vm: Vm, this: JavaObject) -> bool:
    return vm.platform.content.pin.reset(unblock=False)


def block_state(vm: Vm, this: JavaObject) -> bool:
    return may_manage(vm) and vm.platform.content.pin.block()


def reset_and_unblock_state(vm: Vm, this: JavaObject) -> bool:
    return may_manage(vm) and vm.platform.content.pin.reset(unblock=True)


def set_try_limit(vm: Vm, this: JavaObject, limit: int) -> bool:
    return may_manage(vm) and vm.platform.content.pin.set_limit(limit)


def verify(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int, form: int) -> int:
    """A value that cannot be read has been a wrong one, and then comes the exception."""
    pin = vm.platform.content.pin
    try:
        value = _value(vm, array, offset, length)
    except JavaThrow as error:
        if error.throwable.cls.name != SECURITY:
            pin.verify(None, form)
        raise
    return SUCCESS if pin.verify(value, form) else FAILURE


CVM = NativeClass(
    CVM_CLASS,
    {
        "isActive()Z": is_active,
        "isSubmitted()Z": is_submitted,
        "isVerified()Z": is_verified,
        "isBlocked()Z": is_blocked,
        "getTriesRemaining()B": get_tries_remaining,
        "update([BSBB)Z": update,
        "resetState()Z": reset_state,
        "blockState()Z": block_state,
        "resetAndUnblockState()Z": reset_and_unblock_state,
        "setTryLimit(B)Z": set_try_limit,
        "verify([BSBB)S": verify,
    },
    interfaces=("org/globalplatform/CVM",),
)
