"""uicc.system (TS 102 241)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simtool.softcard.jcvm.api.uicc.system.builder import BUILDER_CLASSES
from simtool.softcard.jcvm.api.uicc.system.platform import UICC_PLATFORM, VOLATILE_ARRAY, make_volatile_array
from simtool.softcard.jcvm.native import NativeClass
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.vm import Vm

CLASSES: tuple[NativeClass, ...] = (*BUILDER_CLASSES, UICC_PLATFORM)

ENTRY_POINTS: Mapping[str, Callable[[Vm, str], Ref]] = {VOLATILE_ARRAY: make_volatile_array}
