"""uicc.toolkit (TS 102 241): handlers, registry and terminal profile."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simtool.softcard.jcvm.api.uicc.toolkit.content import handler_bytes
from simtool.softcard.jcvm.api.uicc.toolkit.handlers import HANDLER_CLASSES, HANDLER_ENTRY_POINTS
from simtool.softcard.jcvm.api.uicc.toolkit.profile import TERMINAL_PROFILE
from simtool.softcard.jcvm.api.uicc.toolkit.reasons import TOOLKIT_EXCEPTION
from simtool.softcard.jcvm.api.uicc.toolkit.registry import REGISTRY_CLASSES, REGISTRY_ENTRY_POINTS
from simtool.softcard.jcvm.native import NativeClass
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.vm import Vm

__all__ = ["CLASSES", "ENTRY_POINTS", "handler_bytes"]

CLASSES: tuple[NativeClass, ...] = (TOOLKIT_EXCEPTION, *HANDLER_CLASSES, *REGISTRY_CLASSES, TERMINAL_PROFILE)

ENTRY_POINTS: Mapping[str, Callable[[Vm, str], Ref]] = {**HANDLER_ENTRY_POINTS, **REGISTRY_ENTRY_POINTS}
