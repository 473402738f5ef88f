"""The system's handlers as objects: classes behind the interfaces, and how applets get them (TS 102 241 §6.6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simtool.softcard.jcvm.api.uicc.toolkit.content import Role, get_the_handler, system_handler
from simtool.softcard.jcvm.api.uicc.toolkit.envelope import ENVELOPE, ENVELOPE_RESPONSE
from simtool.softcard.jcvm.api.uicc.toolkit.proactive import PROACTIVE
from simtool.softcard.jcvm.api.uicc.toolkit.response import RESPONSE
from simtool.softcard.jcvm.native import Native, NativeClass
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.vm import Vm

_ROWS: tuple[tuple[str, Role, Mapping[str, Native]], ...] = (
    ("EnvelopeHandler", Role.ENVELOPE, ENVELOPE),
    ("EnvelopeResponseHandler", Role.ENVELOPE_RESPONSE, ENVELOPE_RESPONSE),
    ("ProactiveHandler", Role.PROACTIVE, PROACTIVE),
    ("ProactiveResponseHandler", Role.RESPONSE, RESPONSE),
)


def _kind(name: str) -> str:
    return f"uicc.toolkit.{name}"


HANDLER_CLASSES: tuple[NativeClass, ...] = (
    *(
        NativeClass(f"simtool/toolkit/{name}", methods, interfaces=(f"uicc/toolkit/{name}",))
        for name, _, methods in _ROWS
    ),
    *(
        NativeClass(
            f"uicc/toolkit/{name}System", {f"getTheHandler()Luicc/toolkit/{name};": get_the_handler(_kind(name))}
        )
        for name, _, _ in _ROWS
    ),
)

HANDLER_ENTRY_POINTS: Mapping[str, Callable[[Vm, str], Ref]] = {
    _kind(name): system_handler(f"simtool/toolkit/{name}", role) for name, role, _ in _ROWS
}
