"""uicc.access: views of the card's files (TS 102 241 §6, annex A)."""

from __future__ import annotations

from simtool.softcard.jcvm.api.uicc.access.bertlvfile import TLV_VIEW
from simtool.softcard.jcvm.api.uicc.access.builder import FILE_VIEW_CLASS, methods
from simtool.softcard.jcvm.api.uicc.access.exceptions import UICC_EXCEPTION
from simtool.softcard.jcvm.api.uicc.access.file_view import FILE_VIEW
from simtool.softcard.jcvm.native import NativeClass
from simtool.softcard.jcvm.platform.files import FileContext

CLASSES: tuple[NativeClass, ...] = (
    UICC_EXCEPTION,
    NativeClass(
        "uicc/access/UICCSystem", methods("getTheUICCView", "getTheFileView", "uicc/access/FileView", admin=False)
    ),
    NativeClass(
        FILE_VIEW_CLASS, {**FILE_VIEW, **TLV_VIEW}, FileContext, interfaces=("uicc/access/bertlvfile/BERTLVFileView",)
    ),
)
