"""java.io: IOException, the superclass of java.rmi.RemoteException (Java Card API 3.0.5)."""

from __future__ import annotations

from simtool.softcard.jcvm.api.java.lang import throwable
from simtool.softcard.jcvm.native import NativeClass

CLASSES: tuple[NativeClass, ...] = (throwable("java/io/IOException"),)
