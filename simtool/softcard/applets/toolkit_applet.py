"""An applet as the toolkit runtime triggers it (TS 102 241 §5.1, TS 43.019 §6.2)."""

from __future__ import annotations

from typing import Any

from simtool.softcard.applets.machine import Machine
from simtool.softcard.globalplatform.registry import AppEntry
from simtool.softcard.jcvm.objects import Ref, narrow_byte

APPLET = "javacard/framework/Applet"
UICC_INTERFACE, SIM_INTERFACE = "uicc/toolkit/ToolkitInterface", "sim/toolkit/ToolkitInterface"
_SHARE = "getShareableInterfaceObject(Ljavacard/framework/AID;B)Ljavacard/framework/Shareable;"
_FOR_TOOLKIT = 1
"""The parameter that asks for the ToolkitInterface object; the client's AID is null then."""


class JavaToolkitApplet:
    """An instance that has a ToolkitInterface: an object that it shares with the framework (`uicc.toolkit`), or the
    applet itself (`sim.toolkit`)."""

    def __init__(self, machine: Machine, entry: AppEntry) -> None:
        self._machine = machine
        self._entry = entry

    def process_toolkit(self, event: int) -> None:
        """Trigger it. Raises `StatusFault` for an exception that it does not catch. Without interface: nothing."""
        machine, vm = self._machine, self._machine.vm
        applet = machine.applet(self._entry)
        machine.selected_here()
        with machine.run(self._entry):
            if vm.implements(applet, SIM_INTERFACE):
                vm.invoke(applet, SIM_INTERFACE, "processToolkit(B)V", narrow_byte(event))
                return
            shared = vm.invoke(applet, APPLET, _SHARE, None, _FOR_TOOLKIT)
            if isinstance(shared, Ref) and vm.implements(shared, UICC_INTERFACE):
                vm.invoke(shared, UICC_INTERFACE, "processToolkit(S)V", event)

    def wait(self, request: Any) -> Any:
        """Sleep until the terminal has answered."""
        answer = self._machine.vm.wait(request)
        self._machine.selected_here()
        return answer
