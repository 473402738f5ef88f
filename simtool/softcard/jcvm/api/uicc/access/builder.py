"""How applets get views of the files: UICCSystem, and the same for AdminFileViewBuilder (TS 102 241 §6.2, §8).

Views are permanent entry points of the runtime, but belong to the applet that asked for them: its access domain counts,
and they go with it.
"""

from __future__ import annotations

from collections.abc import Mapping

from simtool.softcard.jcvm.api.javacard.framework.aid import LONGEST, SHORTEST, bytes_of
from simtool.softcard.jcvm.native import Native, construct, read
from simtool.softcard.jcvm.objects import ENTRY_POINT, JavaObject, Lifetime, Ref
from simtool.softcard.jcvm.platform.files import FileContext
from simtool.softcard.jcvm.services import SYSTEM_EXCEPTION
from simtool.softcard.jcvm.vm import Vm

FILE_VIEW_CLASS, ADMIN_VIEW_CLASS = "simtool/access/FileView", "simtool/access/AdminFileView"
ILLEGAL_VALUE, ILLEGAL_TRANSIENT = 1, 3


def methods(uicc: str, by_aid: str, kind: str, *, admin: bool) -> Mapping[str, Native]:
    """The three static methods of a class that gives views of `kind`: their names, and for whom the views are."""

    def of_uicc(vm: Vm, lifetime: int) -> JavaObject | None:
        return make(vm, None, lifetime, admin=admin)

    def of_adf(vm: Vm, aid: Ref | None, lifetime: int) -> JavaObject | None:
        return make(vm, bytes_of(vm, aid), lifetime, admin=admin)

    def of_adf_named(vm: Vm, buffer: Ref | None, offset: int, length: int, lifetime: int) -> JavaObject | None:
        aid = read(vm, buffer, offset, length)
        if not SHORTEST <= length <= LONGEST:
            raise vm.throw(SYSTEM_EXCEPTION, ILLEGAL_VALUE)
        return make(vm, aid, lifetime, admin=admin)

    return {
        f"{uicc}(B)L{kind};": of_uicc,
        f"{by_aid}(Ljavacard/framework/AID;B)L{kind};": of_adf,
        f"{by_aid}([BSBB)L{kind};": of_adf_named,
    }


def make(vm: Vm, adf: bytes | None, lifetime: int, *, admin: bool) -> JavaObject | None:
    """A view of an ADF, or of the UICC's shared files, that stands at the root; None before the applet is registered,
    or without such an ADF. SystemException: ILLEGAL_VALUE, ILLEGAL_TRANSIENT, NO_RESOURCE."""
    if lifetime not in tuple(Lifetime):
        raise vm.throw(SYSTEM_EXCEPTION, ILLEGAL_VALUE)
    if vm.owner.applet is None:
        return None
    if lifetime == Lifetime.CLEAR_ON_DESELECT and vm.context is not vm.selected_context:
        raise vm.throw(SYSTEM_EXCEPTION, ILLEGAL_TRANSIENT)
    root = vm.platform.files.root(adf)
    if root is None:
        return None
    made = vm.new(ADMIN_VIEW_CLASS if admin else FILE_VIEW_CLASS)
    made.context = ENTRY_POINT
    construct(vm, made, FileContext(root, aid=vm.owner.aid, admin=admin, lifetime=lifetime, df=root))
    return made
