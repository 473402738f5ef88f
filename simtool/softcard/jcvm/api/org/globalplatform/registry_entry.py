"""org.globalplatform.GPRegistryEntry: an application's entry, one permanent object of the runtime for each (§A.2)."""

from __future__ import annotations

from dataclasses import dataclass

from simtool.softcard.jcvm.api.javacard.framework.aid import bytes_of, of_instance
from simtool.softcard.jcvm.api.org.globalplatform.errors import CONDITIONS_NOT_SATISFIED, iso
from simtool.softcard.jcvm.native import NativeClass, NativeState, state_of, write
from simtool.softcard.jcvm.objects import ENTRY_POINT, JavaObject, Ref
from simtool.softcard.jcvm.vm import Vm

ENTRY_CLASS = "simtool/RegistryEntry"
PRIVILEGE_BYTES = 3
SECURITY_DOMAIN = 0x800000
INSTALLED = 0x03


@dataclass
class EntryState(NativeState):
    """Whose entry it is."""

    aid: bytes = b""


def entry_of(vm: Vm, aid: bytes) -> Ref:
    """The object for an application's entry."""
    return vm.entry_point(f"gp-entry:{aid.hex()}")


def make_registry_entry(vm: Vm, which: str) -> Ref:
    """Makes entry points `gp-entry:HEX`."""
    made = vm.runtime_object(ENTRY_CLASS, ENTRY_POINT, f"gp-entry:{which}")
    made.native = EntryState(bytes.fromhex(which))
    return made


def state(vm: Vm, aid: bytes) -> int:
    """An application's life cycle state. One that is being installed is not yet in the registry: INSTALLED (§5.3.1)."""
    found = vm.platform.content.state(aid)
    return INSTALLED if found is None else found


def _aid(this: JavaObject) -> bytes:
    return state_of(this, EntryState).aid


def get_aid(vm: Vm, this: JavaObject) -> Ref:
    return of_instance(vm, _aid(this))


def get_privileges(vm: Vm, this: JavaObject, array: Ref | None, offset: int) -> int:
    """Three bytes; gives the offset behind them."""
    write(vm, array, offset, vm.platform.content.privileges(_aid(this)).to_bytes(PRIVILEGE_BYTES))
    return offset + PRIVILEGE_BYTES


def get_state(vm: Vm, this: JavaObject) -> int:
    return state(vm, _aid(this))


def set_state(vm: Vm, this: JavaObject, wanted: int) -> bool:
    return vm.platform.content.set_state(vm.owner.aid, _aid(this), wanted & 0xFF)


def is_associated(vm: Vm, this: JavaObject, domain: Ref | None) -> bool:
    """With this security domain, which has to be one."""
    content, wanted = vm.platform.content, bytes_of(vm, domain)
    return bool(content.privileges(wanted) & SECURITY_DOMAIN) and content.domain(_aid(this)) == wanted


def is_privileged(vm: Vm, this: JavaObject, number: int) -> bool:
    """By the number of a privilege, 0 the first; unknown ones nobody has."""
    if number not in range(8 * PRIVILEGE_BYTES):
        return False
    return bool(vm.platform.content.privileges(_aid(this)) & SECURITY_DOMAIN >> number)


def register_service(vm: Vm, this: JavaObject, name: int) -> None:
    """Only by the application whose entry it is."""
    caller = vm.owner.aid
    if caller != _aid(this) or not vm.platform.content.register_service(caller, name & 0xFFFF):
        raise iso(vm, CONDITIONS_NOT_SATISFIED)


def deregister_service(vm: Vm, this: JavaObject, name: int) -> None:
    caller = vm.owner.aid
    if caller != _aid(this) or not vm.platform.content.deregister_service(caller, name & 0xFFFF):
        raise iso(vm, CONDITIONS_NOT_SATISFIED)


REGISTRY_ENTRY = NativeClass(
    ENTRY_CLASS,
    {
        "deregisterService(S)V": deregister_service,
        "getAID()Ljavacard/framework/AID;": get_aid,
        "getPrivileges([BS)S": get_privileges,
        "getState()B": get_state,
        "isAssociated(Ljavacard/framework/AID;)Z": is_associated,
        "isPrivileged(B)Z": is_privileged,
        "registerService(S)V": register_service,
        "setState(B)Z": set_state,
    },
    state=EntryState,
    interfaces=("org/globalplatform/GPRegistryEntry",),
)
