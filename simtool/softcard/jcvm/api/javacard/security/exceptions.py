"""CryptoException and its reasons (Java Card API 3.0.5)."""

from __future__ import annotations

from enum import IntEnum

from simtool.softcard.jcvm.api.javacard.framework.exceptions import reasoned
from simtool.softcard.jcvm.faults import JavaThrow
from simtool.softcard.jcvm.native import NativeClass
from simtool.softcard.jcvm.vm import Vm

NAME = "javacard/security/CryptoException"


class Reason(IntEnum):
    """Why an operation was refused."""

    ILLEGAL_VALUE = 1
    UNINITIALIZED_KEY = 2
    NO_SUCH_ALGORITHM = 3
    INVALID_INIT = 4
    ILLEGAL_USE = 5


ILLEGAL_VALUE = Reason.ILLEGAL_VALUE
UNINITIALIZED_KEY = Reason.UNINITIALIZED_KEY
NO_SUCH_ALGORITHM = Reason.NO_SUCH_ALGORITHM
INVALID_INIT = Reason.INVALID_INIT
ILLEGAL_USE = Reason.ILLEGAL_USE


def refuse(vm: Vm, reason: Reason) -> JavaThrow:
    """To be raised: CryptoException with this reason."""
    return vm.throw(NAME, int(reason))


EXCEPTIONS: tuple[NativeClass, ...] = (reasoned(NAME),)
