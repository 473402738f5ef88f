"""javacard.framework.Applet: registration, and what an applet does by itself (Java Card API, JCRE 3.0.5 §3.1, §11.2).

Who installs sets `vm.installing` before it calls `install`, and finds there afterwards what was registered. That the
AID of an instance begins with the RID of its package is not asked for: GlobalPlatform lets the issuer choose it.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from simtool.softcard.jcvm.api.java.lang import nothing
from simtool.softcard.jcvm.api.javacard.framework import apdu
from simtool.softcard.jcvm.api.javacard.framework.aid import ILLEGAL_VALUE, LONGEST, SHORTEST
from simtool.softcard.jcvm.native import NativeClass, read, state_of
from simtool.softcard.jcvm.objects import JavaObject, Ref
from simtool.softcard.jcvm.vm import Vm

SYSTEM_EXCEPTION = "javacard/framework/SystemException"
ILLEGAL_AID = 4
FUNC_NOT_SUPPORTED = 0x6A81


@dataclass(slots=True)
class Installation:
    """An installation that goes on. `aid` is that of the INSTALL command, what `register()` takes; other AIDs must not
    be in `taken` (what the card has). `applet` is what was registered; its `owner` has the AID then."""

    aid: bytes
    taken: Container[bytes] = ()
    applet: JavaObject | None = None


def install(vm: Vm, array: Ref | None, offset: int, length: int) -> None:
    """A class that has no `install` of its own cannot be installed."""
    raise vm.throw("javacard/framework/ISOException", FUNC_NOT_SUPPORTED)


def register(vm: Vm, this: JavaObject) -> None:
    """With the AID of the INSTALL command."""
    going_on = vm.installing
    _register(vm, this, going_on.aid if going_on is not None else b"")


def register_as(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> None:
    """With an AID of the applet's choice."""
    if not SHORTEST <= length <= LONGEST:
        raise vm.throw(SYSTEM_EXCEPTION, ILLEGAL_VALUE)
    _register(vm, this, read(vm, array, offset, length))


def _register(vm: Vm, this: JavaObject, aid: bytes) -> None:
    going_on = vm.installing
    if going_on is None or going_on.applet is not None or aid in vm.instances:
        raise vm.throw(SYSTEM_EXCEPTION, ILLEGAL_AID)
    if aid != going_on.aid and aid in going_on.taken:
        raise vm.throw(SYSTEM_EXCEPTION, ILLEGAL_AID)
    going_on.applet = this.owner.applet = this
    this.owner.aid = aid


def selecting_applet(vm: Vm, this: JavaObject) -> bool:
    """The command is the SELECT that selects this applet."""
    command = apdu.current(vm)
    return command is not None and state_of(command, apdu.CommandState).selecting


def re_selecting_applet(vm: Vm) -> bool:
    """The same, while the applet is already selected on the channel."""
    command = apdu.current(vm)
    return command is not None and state_of(command, apdu.CommandState).reselecting


def select(vm: Vm, this: JavaObject) -> bool:
    return True


def get_shareable_interface_object(vm: Vm, this: JavaObject, client: Ref | None, parameter: int) -> None:
    """An applet shares nothing unless it says so."""


APPLET = NativeClass(
    "javacard/framework/Applet",
    {
        "<init>()V": nothing,
        "install([BSB)V": install,
        "reSelectingApplet()Z": re_selecting_applet,
        "register()V": register,
        "register([BSB)V": register_as,
        "selectingApplet()Z": selecting_applet,
        "deselect()V": nothing,
        "getShareableInterfaceObject(Ljavacard/framework/AID;B)Ljavacard/framework/Shareable;": (
            get_shareable_interface_object
        ),
        "select()Z": select,
    },
)
