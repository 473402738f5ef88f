"""javacard.framework (Java Card API 3.0.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simtool.softcard.jcvm.api.javacard.framework.aid import AID, make_aid
from simtool.softcard.jcvm.api.javacard.framework.apdu import APDU
from simtool.softcard.jcvm.api.javacard.framework.applet import APPLET
from simtool.softcard.jcvm.api.javacard.framework.exceptions import EXCEPTIONS
from simtool.softcard.jcvm.api.javacard.framework.jcsystem import JCSYSTEM
from simtool.softcard.jcvm.api.javacard.framework.pin import PINS
from simtool.softcard.jcvm.api.javacard.framework.sensitive import SENSITIVE_ARRAYS
from simtool.softcard.jcvm.api.javacard.framework.util import UTIL
from simtool.softcard.jcvm.native import NativeClass
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.vm import Vm

CLASSES: tuple[NativeClass, ...] = (AID, APDU, APPLET, JCSYSTEM, SENSITIVE_ARRAYS, UTIL, *EXCEPTIONS, *PINS)

ENTRY_POINTS: Mapping[str, Callable[[Vm, str], Ref]] = {"aid": make_aid}
