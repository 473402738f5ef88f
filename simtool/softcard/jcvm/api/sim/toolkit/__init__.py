"""sim.toolkit (TS 43.019): the handlers. The registry and MEProfile are the toolkit framework's."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simtool.softcard.jcvm.api.sim.toolkit.handlers import HANDLER_CLASSES, HANDLER_ENTRY_POINTS
from simtool.softcard.jcvm.native import NativeClass
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.vm import Vm

CLASSES: tuple[NativeClass, ...] = (*HANDLER_CLASSES,)

ENTRY_POINTS: Mapping[str, Callable[[Vm, str], Ref]] = {**HANDLER_ENTRY_POINTS}
