"""javacard.framework.SensitiveArrays (Java Card API 3.0.5): optional, and this card has no such arrays.

Nothing disturbs the memory of a software card. So none can be made (SystemException.ILLEGAL_USE), and no array is one.
"""

from __future__ import annotations

from simtool.softcard.jcvm.native import NativeClass, usable
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.vm import Vm

SYSTEM_EXCEPTION = "javacard/framework/SystemException"
ILLEGAL_VALUE, ILLEGAL_USE = 1, 6


def not_one(vm: Vm, ref: Ref | None) -> int:
    """assertIntegrity, clearArray: of these arrays only."""
    usable(vm, ref)
    raise vm.throw(SYSTEM_EXCEPTION, ILLEGAL_VALUE)


def is_integrity_sensitive(vm: Vm, ref: Ref | None) -> bool:
    usable(vm, ref)
    return False


def is_supported(vm: Vm) -> bool:
    return False


def make(vm: Vm, kind: int, memory: int, length: int) -> Ref:
    raise vm.throw(SYSTEM_EXCEPTION, ILLEGAL_USE)


SENSITIVE_ARRAYS = NativeClass(
    "javacard/framework/SensitiveArrays",
    {
        "assertIntegrity(Ljava/lang/Object;)V": not_one,
        "isIntegritySensitive(Ljava/lang/Object;)Z": is_integrity_sensitive,
        "isIntegritySensitiveArraysSupported()Z": is_supported,
        "makeIntegritySensitiveArray(BBS)Ljava/lang/Object;": make,
        "clearArray(Ljava/lang/Object;)S": not_one,
    },
)
