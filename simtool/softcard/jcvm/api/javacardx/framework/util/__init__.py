"""javacardx.framework.util (Java Card API 3.0.5)."""

from __future__ import annotations

from simtool.softcard.jcvm.api.javacard.framework.exceptions import reasoned
from simtool.softcard.jcvm.api.javacardx.framework.util.array_logic import ARRAY_LOGIC, UTIL_EXCEPTION
from simtool.softcard.jcvm.native import NativeClass

CLASSES: tuple[NativeClass, ...] = (ARRAY_LOGIC, reasoned(UTIL_EXCEPTION))
