"""uicc.access.fileadministration: views that also create, delete and resize files (TS 102 241 §8, TS 102 222).

What these operations write does not take part in transactions, so the commit buffer sets them no limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from simtool.softcard.jcvm.api.javacard.framework.exceptions import reasoned
from simtool.softcard.jcvm.api.uicc.access.bertlvfile import TLV_VIEW
from simtool.softcard.jcvm.api.uicc.access.builder import ADMIN_VIEW_CLASS, methods
from simtool.softcard.jcvm.api.uicc.access.exceptions import UICC_REASONS, Table, refusals
from simtool.softcard.jcvm.api.uicc.access.file_view import FILE_VIEW, moving
from simtool.softcard.jcvm.api.uicc.toolkit.content import content
from simtool.softcard.jcvm.native import Native, NativeClass, usable
from simtool.softcard.jcvm.objects import JavaObject, Ref
from simtool.softcard.jcvm.platform.files import FileContext, Refusal
from simtool.softcard.jcvm.vm import Vm

ADMIN_EXCEPTION = "uicc/access/fileadministration/AdminException"


class AdminReason(IntEnum):
    """Reason codes of AdminException."""

    INCORRECT_PARAMETERS = 1
    FILE_ALREADY_EXISTS = 2
    CONDITIONS_OF_USE_NOT_SATISFIED = 3
    NOT_ENOUGH_MEMORY_SPACE = 4
    DF_NAME_ALREADY_EXISTS = 5


ADMIN_REASONS: Table = {
    **UICC_REASONS,
    Refusal.WRONG_TEMPLATE: (ADMIN_EXCEPTION, AdminReason.INCORRECT_PARAMETERS),
    Refusal.FID_EXISTS: (ADMIN_EXCEPTION, AdminReason.FILE_ALREADY_EXISTS),
    Refusal.SELECTED: (ADMIN_EXCEPTION, AdminReason.CONDITIONS_OF_USE_NOT_SATISFIED),
    Refusal.NO_ROOM: (ADMIN_EXCEPTION, AdminReason.NOT_ENOUGH_MEMORY_SPACE),
    Refusal.NAME_EXISTS: (ADMIN_EXCEPTION, AdminReason.DF_NAME_ALREADY_EXISTS),
}


def handler_bytes(vm: Vm, handler: Ref | None) -> bytes:
    """The TLV objects in a ViewHandler. NullPointerException, SecurityException."""
    return content(vm, usable(vm, handler)).tlvs


def delete_file(vm: Vm, this: JavaObject, fid: int) -> None:
    with refusals(vm):
        vm.platform.files.delete(moving(vm, this), fid & 0xFFFF)


def create_file(vm: Vm, this: JavaObject, handler: Ref | None) -> None:
    template = handler_bytes(vm, handler)
    with refusals(vm, ADMIN_REASONS):
        vm.platform.files.create(moving(vm, this), template)


def resize_file(vm: Vm, this: JavaObject, handler: Ref | None) -> None:
    template = handler_bytes(vm, handler)
    with refusals(vm, ADMIN_REASONS):
        vm.platform.files.resize(moving(vm, this), template)


_ADMIN_VIEW: Mapping[str, Native] = {
    "deleteFile(S)V": delete_file,
    "createFile(Luicc/toolkit/ViewHandler;)V": create_file,
    "resizeFile(Luicc/toolkit/ViewHandler;)V": resize_file,
}

_KIND = "uicc/access/fileadministration/AdminFileView"

CLASSES: tuple[NativeClass, ...] = (
    reasoned(ADMIN_EXCEPTION),
    NativeClass(
        "uicc/access/fileadministration/AdminFileViewBuilder",
        methods("getTheUICCAdminFileView", "getTheAdminFileView", _KIND, admin=True),
    ),
    NativeClass(
        ADMIN_VIEW_CLASS,
        {**FILE_VIEW, **TLV_VIEW, **_ADMIN_VIEW},
        FileContext,
        interfaces=("uicc/access/bertlvfile/AdminBERTLVFileView",),
    ),
)
