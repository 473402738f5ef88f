"""sim.toolkit (TS 43.019): handlers, registry and ME profile."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simtool.softcard.jcvm.api.sim.toolkit.handlers import HANDLER_CLASSES, HANDLER_ENTRY_POINTS
from simtool.softcard.jcvm.api.sim.toolkit.registry import REGISTRY_CLASSES, REGISTRY_ENTRY_POINTS
from simtool.softcard.jcvm.native import NativeClass
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.vm import Vm

CLASSES: tuple[NativeClass, ...] = (*HANDLER_CLASSES, *REGISTRY_CLASSES)

ENTRY_POINTS: Mapping[str, Callable[[Vm, str], Ref]] = {**HANDLER_ENTRY_POINTS, **REGISTRY_ENTRY_POINTS}
