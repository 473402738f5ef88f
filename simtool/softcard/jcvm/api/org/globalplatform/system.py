"""org.globalplatform.GPSystem (GPCS annex A)."""

from __future__ import annotations

from simtool.softcard.jcvm.api.java.lang import nothing
from simtool.softcard.jcvm.api.javacard.framework.aid import bytes_of, of_instance
from simtool.softcard.jcvm.api.javacard.framework.jcsystem import get_applet_shareable_interface_object
from simtool.softcard.jcvm.api.org.globalplatform.cvm import GLOBAL_PIN, the_pin
from simtool.softcard.jcvm.api.org.globalplatform.errors import REFERENCE_NOT_FOUND, iso
from simtool.softcard.jcvm.api.org.globalplatform.registry_entry import entry_of, state
from simtool.softcard.jcvm.api.org.globalplatform.secure_channel import the_channel
from simtool.softcard.jcvm.native import NativeClass, read, write
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.vm import Vm

GLOBAL_REGISTRY = 0x000400
SELECTABLE_BITS, LOCKED, MOST = 0x07, 0x80, 0x7F
CARD_LOCKED, TERMINATED = 0x7F, 0xFF
FAMILY_CVM = 0x8200
GLOBAL_SERVICE_IDENTIFIER = -0x80
INFO_HISTORICAL_BYTES = 0x0080
SHORTEST_HISTORICAL, LONGEST_HISTORICAL = 1, 15
_GLOBAL_SERVICE = "org/globalplatform/GlobalService"
_GET_INTERFACE = "getServiceInterface(Lorg/globalplatform/GPRegistryEntry;S[BSS)Ljavacard/framework/Shareable;"


def get_card_content_state(vm: Vm) -> int:
    return state(vm, vm.owner.aid)


def get_card_state(vm: Vm) -> int:
    return vm.platform.content.card_state()


def get_secure_channel(vm: Vm) -> Ref:
    return the_channel(vm)


def lock_card(vm: Vm) -> bool:
    return vm.platform.content.set_card_state(vm.owner.aid, CARD_LOCKED)


def terminate_card(vm: Vm) -> bool:
    return vm.platform.content.set_card_state(vm.owner.aid, TERMINATED)


def set_atr_hist_bytes(vm: Vm, array: Ref | None, offset: int, length: int) -> bool:
    """From the next cold reset on; with the privilege of card reset, and 1 to 15 bytes."""
    if not SHORTEST_HISTORICAL <= length <= LONGEST_HISTORICAL:
        return False
    return vm.platform.content.set_historical_bytes(vm.owner.aid, read(vm, array, offset, length))


def set_card_content_state(vm: Vm, wanted: int) -> bool:
    """The applet's own state: application specific, or locked; it cannot unlock itself."""
    now, wanted = state(vm, vm.owner.aid), wanted & 0xFF
    if now & LOCKED or now & SELECTABLE_BITS != SELECTABLE_BITS:
        return False
    return vm.platform.content.set_state(vm.owner.aid, vm.owner.aid, wanted)


def get_registry_entry(vm: Vm, aid: Ref | None) -> Ref | None:
    """The applet's own entry; that of another only with the privilege of global registry."""
    content, own = vm.platform.content, vm.owner.aid
    wanted = bytes_of(vm, aid) if aid is not None else own
    if wanted != own and (content.state(wanted) is None or not content.privileges(own) & GLOBAL_REGISTRY):
        return None
    return entry_of(vm, wanted)


def get_service(vm: Vm, server: Ref | None, name: int) -> Ref | None:
    """The GlobalService object of the application that gives a service; None where there is none (GPCS §8.1)."""
    found = vm.platform.content.service_of(name & 0xFFFF, bytes_of(vm, server) if server is not None else None)
    if found is None:
        return None
    given = get_applet_shareable_interface_object(vm, of_instance(vm, found), GLOBAL_SERVICE_IDENTIFIER)
    return given if given is not None and vm.implements(given, _GLOBAL_SERVICE) else None


def get_cvm(vm: Vm, which: int) -> Ref | None:
    """A CVM that an application has registered, or the card's own for the global PIN; no other is there."""
    name = FAMILY_CVM | which & 0xFF
    service = get_service(vm, None, name)
    if service is not None:
        signed = name - 0x10000
        given: Ref | None = vm.invoke(
            service, _GLOBAL_SERVICE, _GET_INTERFACE, entry_of(vm, vm.owner.aid), signed, None, 0, 0
        )  # fmt: skip
        return given if given is not None and vm.implements(given, "org/globalplatform/CVM") else None
    return the_pin(vm) if which == GLOBAL_PIN else None


def _info(vm: Vm, which: int) -> bytes:
    """What the card tells of itself; 6A88 for what it has not: nothing but the historical bytes."""
    if which != INFO_HISTORICAL_BYTES:
        raise iso(vm, REFERENCE_NOT_FOUND)
    return vm.platform.content.historical_bytes()


def get_card_info(vm: Vm, array: Ref | None, offset: int, which: int) -> int:
    """Gives the number of bytes written."""
    data = _info(vm, which)
    write(vm, array, offset, data)
    return len(data)


def get_card_info_length(vm: Vm, which: int) -> int:
    return len(_info(vm, which))


GP_SYSTEM = NativeClass(
    "org/globalplatform/GPSystem",
    {
        "<init>()V": nothing,
        "getCardContentState()B": get_card_content_state,
        "getCardState()B": get_card_state,
        "getCVM(B)Lorg/globalplatform/CVM;": get_cvm,
        "getSecureChannel()Lorg/globalplatform/SecureChannel;": get_secure_channel,
        "lockCard()Z": lock_card,
        "terminateCard()Z": terminate_card,
        "setATRHistBytes([BSB)Z": set_atr_hist_bytes,
        "setCardContentState(B)Z": set_card_content_state,
        "getRegistryEntry(Ljavacard/framework/AID;)Lorg/globalplatform/GPRegistryEntry;": get_registry_entry,
        "getService(Ljavacard/framework/AID;S)Lorg/globalplatform/GlobalService;": get_service,
        "getCardInfo([BSS)S": get_card_info,
        "getCardInfoLength(S)S": get_card_info_length,
    },
)
