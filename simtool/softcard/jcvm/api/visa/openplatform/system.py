"""visa.openplatform.OPSystem (Open Platform Card Specification 2.0.1 annex).

A PIN stands in the APDU buffer as a block of 8 bytes: 2 and the number of its digits, the digits, filled up with F.
"""

from __future__ import annotations

from simtool.softcard.jcvm.api.javacard.framework.apdu import CommandState
from simtool.softcard.jcvm.api.org.globalplatform import cvm, system
from simtool.softcard.jcvm.api.visa.openplatform.security_domain import the_domain
from simtool.softcard.jcvm.native import ARRAY_INDEX, NativeClass, read, state_of, usable, write
from simtool.softcard.jcvm.objects import JavaArray, Ref
from simtool.softcard.jcvm.vm import Vm

PIN_BLOCK = 8
FORMAT_BCD = 2
_CONTROL = 2
_FILL = "f"


def _buffer(vm: Vm, command: Ref | None) -> JavaArray:
    return state_of(usable(vm, command), CommandState).buffer


def _pin(vm: Vm, command: Ref | None, offset: int) -> bytes | None:
    """The digits of a PIN block as BCD; None for what is no such block."""
    block = read(vm, _buffer(vm, command), offset, PIN_BLOCK)
    control, count = divmod(block[0], 16)
    digits = block[1:].hex()
    if control != _CONTROL or not 0 < count <= len(digits) or digits[count:].strip(_FILL):
        return None
    return bytes.fromhex(digits[:count] + _FILL * (count % 2))


def get_cplc_data(vm: Vm, command: Ref | None, offset: int, start: int, length: int) -> None:
    """`length` bytes of the card production life cycle data from `start` on, into the APDU buffer."""
    data = vm.platform.content.production_data()
    if start < 0 or length < 0 or start + length > len(data):
        raise vm.throw(ARRAY_INDEX)
    write(vm, _buffer(vm, command), offset, data[start : start + length])


def get_tries_remaining(vm: Vm) -> int:
    return vm.platform.content.pin.tries


def get_security_domain(vm: Vm) -> Ref:
    return the_domain(vm)


def set_pin(vm: Vm, command: Ref | None, offset: int) -> bool:
    """With the privilege of CVM management."""
    value = _pin(vm, command, offset)
    return value is not None and cvm.may_manage(vm) and vm.platform.content.pin.update(value, FORMAT_BCD)


def verify_pin(vm: Vm, command: Ref | None, offset: int) -> bool:
    return vm.platform.content.pin.verify(_pin(vm, command, offset), FORMAT_BCD)


OP_SYSTEM = NativeClass(
    "visa/openplatform/OPSystem",
    {
        "getCardContentState()B": system.get_card_content_state,
        "getCardManagerState()B": system.get_card_state,
        "getCPLCData(Ljavacard/framework/APDU;SSS)V": get_cplc_data,
        "getTriesRemaining()B": get_tries_remaining,
        "getSecurityDomain()Lvisa/openplatform/ProviderSecurityDomain;": get_security_domain,
        "setCardContentState(B)Z": system.set_card_content_state,
        "lockCardManager()Z": system.lock_card,
        "terminateCardManager()Z": system.terminate_card,
        "setPin(Ljavacard/framework/APDU;S)Z": set_pin,
        "verifyPin(Ljavacard/framework/APDU;S)Z": verify_pin,
        "setATRHistBytes([BSB)Z": system.set_atr_hist_bytes,
    },
)
