"""The packages of the API that this machine has, and the runtime's objects that applets can refer to.

Each package has `CLASSES`, and `ENTRY_POINTS` where the runtime hands out objects of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simtool.softcard.jcvm.api.java import io, lang, rmi
from simtool.softcard.jcvm.api.javacard import framework
from simtool.softcard.jcvm.native import NativeClass
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.vm import Vm

CLASSES: tuple[NativeClass, ...] = (*lang.CLASSES, *io.CLASSES, *rmi.CLASSES, *framework.CLASSES)
ENTRY_POINTS: Mapping[str, Callable[[Vm, str], Ref]] = {**lang.ENTRY_POINTS, **framework.ENTRY_POINTS}
