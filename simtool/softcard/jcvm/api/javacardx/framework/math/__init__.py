"""javacardx.framework.math (Java Card API 3.0.5)."""

from __future__ import annotations

from simtool.softcard.jcvm.api.javacardx.framework.math.bcd import BCD_UTIL
from simtool.softcard.jcvm.api.javacardx.framework.math.big_number import BIG_NUMBER
from simtool.softcard.jcvm.api.javacardx.framework.math.parity import PARITY_BIT
from simtool.softcard.jcvm.native import NativeClass

CLASSES: tuple[NativeClass, ...] = (BCD_UTIL, BIG_NUMBER, PARITY_BIT)
