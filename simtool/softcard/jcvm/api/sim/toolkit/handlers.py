"""The handlers of sim.toolkit: those of uicc.toolkit as classes of their own (TS 43.019 annex A).

What differs: the class hierarchy, the package's own ToolkitException, and how an answer says whether all went well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simtool.softcard.jcvm.api.javacard.framework.exceptions import reasoned
from simtool.softcard.jcvm.api.uicc.toolkit.content import Role, content, get_the_handler, system_handler, tag
from simtool.softcard.jcvm.api.uicc.toolkit.edit import EDIT
from simtool.softcard.jcvm.api.uicc.toolkit.envelope import ENVELOPE, within
from simtool.softcard.jcvm.api.uicc.toolkit.proactive import PROACTIVE
from simtool.softcard.jcvm.api.uicc.toolkit.response import RESPONSE
from simtool.softcard.jcvm.api.uicc.toolkit.view import VIEW
from simtool.softcard.jcvm.api.uicc.usim.toolkit.envelope import MESSAGES
from simtool.softcard.jcvm.native import Native, NativeClass
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.vm import Vm

_PACKAGE = "sim/toolkit"
_EXCEPTION = f"{_PACKAGE}/ToolkitException"


def post(vm: Vm, this: Ref, status: int) -> None:
    """`status` is 9F or 9E, what SW1 is to say."""
    vm.platform.toolkit.post(content(vm, this).tlvs, tag=None, status=status & 0xFF)


def post_as_ber_tlv(vm: Vm, this: Ref, status: int, ber_tag: int) -> None:
    vm.platform.toolkit.post(within(vm, this), tag=ber_tag & 0xFF, status=status & 0xFF)


_ROWS: tuple[tuple[str, Role, Mapping[str, Native]], ...] = (
    ("EnvelopeHandler", Role.ENVELOPE, {**ENVELOPE, **MESSAGES, "getEnvelopeTag()B": tag}),
    (
        "EnvelopeResponseHandler",
        Role.ENVELOPE_RESPONSE,
        {**EDIT, "post(B)V": post, "postAsBERTLV(BB)V": post_as_ber_tlv},
    ),
    ("ProactiveHandler", Role.PROACTIVE, PROACTIVE),
    ("ProactiveResponseHandler", Role.RESPONSE, RESPONSE),
)


def _kind(name: str) -> str:
    return f"sim.toolkit.{name}"


HANDLER_CLASSES: tuple[NativeClass, ...] = (
    reasoned(_EXCEPTION),
    NativeClass(f"{_PACKAGE}/ViewHandler", VIEW),
    NativeClass(f"{_PACKAGE}/EditHandler", EDIT),
    *(
        NativeClass(
            f"{_PACKAGE}/{name}",
            {**methods, f"getTheHandler()L{_PACKAGE}/{name};": get_the_handler(_kind(name))},
        )
        for name, _, methods in _ROWS
    ),
)

HANDLER_ENTRY_POINTS: Mapping[str, Callable[[Vm, str], Ref]] = {
    _kind(name): system_handler(f"{_PACKAGE}/{name}", role, _EXCEPTION) for name, role, _ in _ROWS
}
