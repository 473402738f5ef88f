"""uicc.usim.toolkit (TS 31.130): the envelope of the USIM. The rest of the package are constants."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simtool.softcard.jcvm.api.uicc.toolkit.content import Role, get_the_handler, system_handler
from simtool.softcard.jcvm.api.uicc.usim.toolkit.envelope import USAT_ENVELOPE
from simtool.softcard.jcvm.native import NativeClass
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.vm import Vm

_NAME = "uicc/usim/toolkit/USATEnvelopeHandler"
_OWN = "simtool/toolkit/USATEnvelopeHandler"
_KIND = "uicc.usim.toolkit.USATEnvelopeHandler"

CLASSES: tuple[NativeClass, ...] = (
    NativeClass(_OWN, USAT_ENVELOPE, interfaces=(_NAME,)),
    NativeClass(f"{_NAME}System", {f"getTheHandler()L{_NAME};": get_the_handler(_KIND)}),
)

ENTRY_POINTS: Mapping[str, Callable[[Vm, str], Ref]] = {_KIND: system_handler(_OWN, Role.ENVELOPE)}
