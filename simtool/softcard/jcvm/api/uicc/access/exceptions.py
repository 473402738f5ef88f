"""uicc.access.UICCException, and which refusal of the card is which reason (TS 102 241 annex A)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum

from simtool.softcard.jcvm.api.javacard.framework.exceptions import reasoned
from simtool.softcard.jcvm.platform.files import FileRefused, Refusal
from simtool.softcard.jcvm.vm import Vm

NAME = "uicc/access/UICCException"
UICC_EXCEPTION = reasoned(NAME)


class Reason(IntEnum):
    """Reason codes of UICCException."""

    NO_EF_SELECTED = 1
    COMMAND_INCOMPATIBLE = 2
    SECURITY_STATUS_NOT_SATISFIED = 3
    FILE_NOT_FOUND = 4
    INTERNAL_ERROR = 5
    REF_DATA_INVALIDATED = 6
    OUT_OF_FILE_BOUNDARIES = 7
    OUT_OF_RECORD_BOUNDARIES = 8
    RECORD_NOT_FOUND = 9
    INVALID_MODE = 10
    COMMAND_NOT_ALLOWED = 11
    MAX_VALUE_REACHED = 12
    MEMORY_PROBLEM = 13
    CONDITIONS_OF_USE_NOT_SATISFIED = 14
    REFERENCED_DATA_NOT_FOUND = 15
    OUT_OF_DATA_BOUNDARIES = 16
    NOT_ENOUGH_MEMORY_SPACE = 17
    INVALID_TAG_VALUE = 18


Table = Mapping[Refusal, tuple[str, int]]
"""Exception and reason of each refusal; what is not in it is an internal error."""

UICC_REASONS: Table = {
    refusal: (NAME, reason)
    for refusal, reason in {
        Refusal.NO_EF: Reason.NO_EF_SELECTED,
        Refusal.WRONG_FILE: Reason.COMMAND_INCOMPATIBLE,
        Refusal.DENIED: Reason.SECURITY_STATUS_NOT_SATISFIED,
        Refusal.NOT_FOUND: Reason.FILE_NOT_FOUND,
        Refusal.DEACTIVATED: Reason.REF_DATA_INVALIDATED,
        Refusal.TERMINATED: Reason.COMMAND_NOT_ALLOWED,
        Refusal.OUTSIDE_FILE: Reason.OUT_OF_FILE_BOUNDARIES,
        Refusal.OUTSIDE_RECORD: Reason.OUT_OF_RECORD_BOUNDARIES,
        Refusal.NO_RECORD: Reason.RECORD_NOT_FOUND,
        Refusal.WRONG_MODE: Reason.INVALID_MODE,
        Refusal.MAXIMUM: Reason.MAX_VALUE_REACHED,
        Refusal.IN_USE: Reason.CONDITIONS_OF_USE_NOT_SATISFIED,
        Refusal.NO_OBJECT: Reason.REFERENCED_DATA_NOT_FOUND,
        Refusal.OUTSIDE_OBJECT: Reason.OUT_OF_DATA_BOUNDARIES,
        Refusal.NO_ROOM: Reason.NOT_ENOUGH_MEMORY_SPACE,
        Refusal.WRONG_TAG: Reason.INVALID_TAG_VALUE,
        Refusal.BROKEN: Reason.INTERNAL_ERROR,
    }.items()
}


@contextmanager
def refusals(vm: Vm, table: Table = UICC_REASONS) -> Iterator[None]:
    """What the card refuses inside comes out as the exception of the API."""
    try:
        yield
    except FileRefused as refused:
        name, reason = table.get(refused.why, table[Refusal.BROKEN])
        raise vm.throw(name, reason) from None
