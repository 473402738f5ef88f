"""javacardx.framework.string (Java Card API 3.0.5)."""

from __future__ import annotations

from simtool.softcard.jcvm.api.javacard.framework.exceptions import reasoned
from simtool.softcard.jcvm.api.javacardx.framework.string.code_points import STRING_EXCEPTION
from simtool.softcard.jcvm.api.javacardx.framework.string.string_util import STRING_UTIL
from simtool.softcard.jcvm.native import NativeClass

CLASSES: tuple[NativeClass, ...] = (STRING_UTIL, reasoned(STRING_EXCEPTION))
