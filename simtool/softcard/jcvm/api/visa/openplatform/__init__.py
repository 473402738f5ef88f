"""visa.openplatform 1.0 (Open Platform Card Specification 2.0.1): what org.globalplatform has come from.

It does the same by other names. OPSystem has no way to ask for more than its own entry, its domain and the PIN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simtool.softcard.jcvm.api.visa.openplatform.security_domain import SECURITY_DOMAIN, make_security_domain
from simtool.softcard.jcvm.api.visa.openplatform.system import OP_SYSTEM
from simtool.softcard.jcvm.native import NativeClass
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.vm import Vm

CLASSES: tuple[NativeClass, ...] = (OP_SYSTEM, SECURITY_DOMAIN)

ENTRY_POINTS: Mapping[str, Callable[[Vm, str], Ref]] = {"op-domain": make_security_domain}
