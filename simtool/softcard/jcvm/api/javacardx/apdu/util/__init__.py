"""javacardx.apdu.util: APDUUtil, what a class byte says (Java Card API 3.0.5)."""

from __future__ import annotations

from simtool.codec import class_byte as cla
from simtool.softcard.jcvm.native import NativeClass
from simtool.softcard.jcvm.vm import Vm


def get_cla_channel(vm: Vm, value: int) -> int:
    return cla.channel(value)


def is_secure_messaging_cla(vm: Vm, value: int) -> bool:
    return cla.is_secure(value)


def is_command_chaining_cla(vm: Vm, value: int) -> bool:
    return cla.is_chained(value)


def is_iso_interindustry_cla(vm: Vm, value: int) -> bool:
    return cla.is_interindustry(value)


def is_valid_cla(vm: Vm, value: int) -> bool:
    return cla.is_valid(value)


CLASSES: tuple[NativeClass, ...] = (
    NativeClass(
        "javacardx/apdu/util/APDUUtil",
        {
            "getCLAChannel(B)B": get_cla_channel,
            "isSecureMessagingCLA(B)Z": is_secure_messaging_cla,
            "isCommandChainingCLA(B)Z": is_command_chaining_cla,
            "isISOInterindustryCLA(B)Z": is_iso_interindustry_cla,
            "isValidCLA(B)Z": is_valid_cla,
        },
    ),
)
