"""Status words out of the card, and as exceptions of the API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from simtool.softcard.jcvm.faults import JavaThrow
from simtool.softcard.jcvm.platform.content import Refused
from simtool.softcard.jcvm.vm import Vm

CONDITIONS_NOT_SATISFIED = 0x6985
SECURITY_NOT_SATISFIED = 0x6982
WRONG_LENGTH = 0x6700
REFERENCE_NOT_FOUND = 0x6A88


def iso(vm: Vm, sw: int) -> JavaThrow:
    """An ISOException with this reason."""
    return vm.throw("javacard/framework/ISOException", sw)


@contextmanager
def asking(vm: Vm) -> Iterator[None]:
    """What the card refuses is an ISOException."""
    try:
        yield
    except Refused as refused:
        raise iso(vm, refused.sw) from None
