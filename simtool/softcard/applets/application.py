"""An applet of a loaded package as an application of the card (JCRE §3, §4; GPCS §6.4).

Its `install`, `select`, `process`, `deselect` and `uninstall` run in the card's machine. An exception that it does not
catch is a status word: 6999 in `select`, an ISOException's reason or 6F00 in `process`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simtool.codec import tlv
from simtool.codec.globalplatform import Privilege
from simtool.softcard import status as sw
from simtool.softcard.globalplatform import fields
from simtool.softcard.globalplatform.application import Answered
from simtool.softcard.globalplatform.command import Command
from simtool.softcard.globalplatform.fields import APPLICATION_PARAMETERS
from simtool.softcard.globalplatform.registry import AppEntry
from simtool.softcard.jcvm.api.javacard.framework import apdu
from simtool.softcard.jcvm.api.org.globalplatform.personalization import forward
from simtool.softcard.status import StatusFault

if TYPE_CHECKING:
    from simtool.softcard.applets.machine import Machine
    from simtool.softcard.globalplatform.selection import Selection

APPLET = "javacard/framework/Applet"
MULTI_SELECTABLE = "javacard/framework/MultiSelectable"
SELECT_FAILED = bytes.fromhex("6999")

LONGEST_PARAMETERS = 255
"""`Applet.install` gets the length of the application's data in one byte (GPCS §11.5.2.3.2)."""


class JavaApplication:
    """An instance. `machine` is the card's."""

    def __init__(self, machine: Machine, entry: AppEntry) -> None:
        self._machine = machine
        self.entry = entry

    @property
    def multiselectable(self) -> bool:
        """Whether it may be selected on two channels at once (JCRE §4.2)."""
        vm = self._machine.vm
        owner = vm.instances.get(self.entry.aid)
        return owner is not None and owner.applet is not None and vm.implements(owner.applet, MULTI_SELECTABLE)

    def install(self, parameters: bytes, privileges: Privilege) -> None:
        own = tlv.first(fields.objects(parameters), APPLICATION_PARAMETERS) or b""
        if len(own) > LONGEST_PARAMETERS:
            raise StatusFault(sw.WRONG_DATA)
        raw = int(privileges).to_bytes(3)
        control = raw if raw[1:] != b"\0\0" else raw[:1]
        data = b"".join(bytes((len(one),)) + one for one in (self.entry.aid, control, own))
        self._machine.install(self.entry, data)

    def select(self, selection: Selection, command: Command | None) -> bytes:
        """The applet may refuse: 6999. Otherwise it gets the SELECT command, and its answer is the information.

        While its package is active on another channel, all of that is active of it has to be multiselectable; it is
        told so then (JCRE §4.2).
        """
        machine, vm = self._machine, self._machine.vm
        machine.selected(self.entry)
        applet = machine.applet(self.entry)
        others = machine.active_of_package(self.entry, selection)
        if others and not all(vm.implements(machine.applet(one), MULTI_SELECTABLE) for one in (self.entry, *others)):
            machine.selected(None)
            raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
        accepted: Any = 0
        try:
            with machine.run(self.entry):
                if others:
                    accepted = vm.invoke(applet, MULTI_SELECTABLE, "select(Z)Z", int(self.entry in others))
                else:
                    accepted = vm.invoke(applet, APPLET, "select()Z")
        except StatusFault:
            pass
        if not accepted:
            machine.selected(None)
            raise StatusFault(SELECT_FAILED)
        if command is None:
            return b""
        answer = self._process(selection, command, selecting=True)
        if answer[-2:] != sw.OK:
            raise Answered(answer[:-2], answer[-2:])
        return answer[:-2]

    def process(self, selection: Selection, command: Command) -> bytes:
        self._machine.selected(self.entry)
        return self._process(selection, command, selecting=False)

    def _process(self, selection: Selection, command: Command, *, selecting: bool) -> bytes:
        machine, vm = self._machine, self._machine.vm
        applet = machine.applet(self.entry)
        raw = bytes((command.cla, command.ins, command.p1, command.p2))
        raw += bytes((len(command.data),)) + command.data if command.data else bytes((command.le or 0,))
        object_ = apdu.begin(vm, raw, applet, selecting=selecting, reselecting=selection.again)
        word = sw.OK
        try:
            with machine.run(self.entry):
                apdu.process(vm, applet, object_)
        except StatusFault as fault:
            word = fault.sw
        return apdu.finish(vm, object_) + word

    def personalise(self, selection: Selection, command: Command) -> bytes:
        """STORE DATA through its security domain (GPCS annex A, Application and Personalization interfaces)."""
        raw = bytes((command.cla, command.ins, command.p1, command.p2, len(command.data))) + command.data
        with self._machine.run(self.entry):
            return forward(self._machine.vm, self._machine.applet(self.entry), raw)

    def deselect(self, selection: Selection) -> None:
        """Exceptions in `deselect` are not looked at (JCRE §4.3)."""
        machine = self._machine
        if self.entry.aid not in machine.vm.instances:
            return
        applet, others = machine.applet(self.entry), machine.active_of_package(self.entry, selection)
        machine.selected(self.entry)
        try:
            with machine.run(self.entry):
                if others and self.multiselectable:
                    machine.vm.invoke(applet, MULTI_SELECTABLE, "deselect(Z)V", int(self.entry in others))
                else:
                    machine.vm.invoke(applet, APPLET, "deselect()V")
        except StatusFault:
            pass
        if not others:
            machine.deselected(self.entry)
        machine.selected(None)

    def uninstall(self) -> None:
        """All that it owns goes. `AppletEvent.uninstall` has been called (`Machine.uninstalling`)."""
        self._machine.delete(self.entry)
