"""javacard.framework.service (Java Card API 3.0.5).

Remote method invocation (RMIService, CardRemoteObject) is optional and not there.
"""

from __future__ import annotations

from simtool.softcard.jcvm.api.javacard.framework.exceptions import reasoned
from simtool.softcard.jcvm.api.javacard.framework.service.basic import BASIC_SERVICE, SERVICE_EXCEPTION
from simtool.softcard.jcvm.api.javacard.framework.service.dispatcher import DISPATCHER
from simtool.softcard.jcvm.native import NativeClass

CLASSES: tuple[NativeClass, ...] = (BASIC_SERVICE, DISPATCHER, reasoned(SERVICE_EXCEPTION))
