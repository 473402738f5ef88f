"""uicc.usim.access (TS 31.130): constants only, which compilers copy."""

from __future__ import annotations

from simtool.softcard.jcvm.native import NativeClass

CLASSES: tuple[NativeClass, ...] = ()
