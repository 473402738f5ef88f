"""The packages of the API that this machine has, and the runtime's objects that applets can refer to.

Each package has `CLASSES`, and `ENTRY_POINTS` where the runtime hands out objects of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simtool.softcard.jcvm.api.java import io, lang, rmi
from simtool.softcard.jcvm.api.javacard import framework, security
from simtool.softcard.jcvm.api.javacard.framework import service
from simtool.softcard.jcvm.api.javacardx import apdu, crypto
from simtool.softcard.jcvm.api.javacardx import security as javacardx_security
from simtool.softcard.jcvm.api.javacardx.apdu import util as apdu_util
from simtool.softcard.jcvm.api.javacardx.framework import math, string, tlv, util
from simtool.softcard.jcvm.api.javacardx.framework.util import intx
from simtool.softcard.jcvm.api.org import globalplatform
from simtool.softcard.jcvm.api.sim import access as sim_access
from simtool.softcard.jcvm.api.sim import toolkit as sim_toolkit
from simtool.softcard.jcvm.api.uicc import access, system, toolkit
from simtool.softcard.jcvm.api.uicc.access import bertlvfile, fileadministration
from simtool.softcard.jcvm.api.uicc.usim import toolkit as usim_toolkit
from simtool.softcard.jcvm.api.visa import openplatform
from simtool.softcard.jcvm.native import NativeClass
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.vm import Vm

CLASSES: tuple[NativeClass, ...] = javacardx_security.recording((
    *lang.CLASSES, *io.CLASSES, *rmi.CLASSES,
    *framework.CLASSES, *service.CLASSES, *security.CLASSES, *crypto.CLASSES,
    *apdu.CLASSES, *apdu_util.CLASSES, *util.CLASSES, *intx.CLASSES, *tlv.CLASSES, *math.CLASSES, *string.CLASSES,
    *access.CLASSES, *bertlvfile.CLASSES, *fileadministration.CLASSES, *sim_access.CLASSES,
    *toolkit.CLASSES, *usim_toolkit.CLASSES, *system.CLASSES, *sim_toolkit.CLASSES,
    *globalplatform.CLASSES, *openplatform.CLASSES,
    *javacardx_security.CLASSES,
))  # fmt: skip
ENTRY_POINTS: Mapping[str, Callable[[Vm, str], Ref]] = {
    **lang.ENTRY_POINTS, **framework.ENTRY_POINTS, **sim_access.ENTRY_POINTS,
    **toolkit.ENTRY_POINTS, **usim_toolkit.ENTRY_POINTS, **system.ENTRY_POINTS, **sim_toolkit.ENTRY_POINTS,
    **globalplatform.ENTRY_POINTS, **openplatform.ENTRY_POINTS,
}  # fmt: skip
