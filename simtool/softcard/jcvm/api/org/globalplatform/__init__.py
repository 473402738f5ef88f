"""org.globalplatform (GPCS annex A, export file version 1.7).

Global services (Authority, AuthoritySignature, HTTPAdministration, …) are applets' business: the card has none of its
own, so `getService` finds only what applets have registered. The CVM is the card's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simtool.softcard.jcvm.api.org.globalplatform.cvm import CVM, make_cvm
from simtool.softcard.jcvm.api.org.globalplatform.registry_entry import REGISTRY_ENTRY, make_registry_entry
from simtool.softcard.jcvm.api.org.globalplatform.secure_channel import SECURE_CHANNEL, make_secure_channel
from simtool.softcard.jcvm.api.org.globalplatform.system import GP_SYSTEM
from simtool.softcard.jcvm.native import NativeClass
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.vm import Vm

CLASSES: tuple[NativeClass, ...] = (GP_SYSTEM, REGISTRY_ENTRY, SECURE_CHANNEL, CVM)

ENTRY_POINTS: Mapping[str, Callable[[Vm, str], Ref]] = {
    "gp-entry": make_registry_entry,
    "gp-channel": make_secure_channel,
    "gp-cvm": make_cvm,
}
