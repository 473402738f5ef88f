"""javacard.framework (Java Card API 3.0.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simtool.softcard.jcvm.api.javacard.framework.exceptions import EXCEPTIONS
from simtool.softcard.jcvm.native import NativeClass
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.vm import Vm

CLASSES: tuple[NativeClass, ...] = (*EXCEPTIONS,)

ENTRY_POINTS: Mapping[str, Callable[[Vm, str], Ref]] = {}
