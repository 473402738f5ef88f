"""javacardx.apdu: ExtendedLength is an interface without methods; javacard.framework.APDU asks for it."""

from __future__ import annotations

from simtool.softcard.jcvm.native import NativeClass

CLASSES: tuple[NativeClass, ...] = ()
