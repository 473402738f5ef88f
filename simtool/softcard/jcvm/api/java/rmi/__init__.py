"""java.rmi: RemoteException; Remote is an interface without methods (Java Card API 3.0.5)."""

from __future__ import annotations

from simtool.softcard.jcvm.api.java.lang import throwable
from simtool.softcard.jcvm.native import NativeClass

CLASSES: tuple[NativeClass, ...] = (throwable("java/rmi/RemoteException"),)
