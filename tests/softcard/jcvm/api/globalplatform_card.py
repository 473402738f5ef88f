"""A card whose applets are written in Python against the Java Card API: for tests of what the card gives them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simtool.codec import tlv
from simtool.codec.globalplatform import Privilege
from simtool.files.product import load
from simtool.softcard import SoftCard
from simtool.softcard.applets.content import CardContent
from simtool.softcard.globalplatform.command import Command
from simtool.softcard.globalplatform.registry import AppEntry
from simtool.softcard.globalplatform.selection import Selection
from simtool.softcard.jcvm.api.java import io, lang, rmi
from simtool.softcard.jcvm.api.javacard import framework
from simtool.softcard.jcvm.api.javacard.framework import apdu
from simtool.softcard.jcvm.api.org import globalplatform
from simtool.softcard.jcvm.api.org.globalplatform import personalization
from simtool.softcard.jcvm.api.visa import openplatform
from simtool.softcard.jcvm.faults import JavaThrow
from simtool.softcard.jcvm.objects import JavaObject
from simtool.softcard.jcvm.vm import Vm
from simtool.softcard.status import StatusFault
from tests.harness import jcvm
from tests.harness.cap_builder import CapPlan
from tests.harness.gp_host import Host

PACKAGES = (lang, io, rmi, framework, globalplatform, openplatform)
PACKAGE, MODULE = bytes.fromhex("d07002ca4490"), bytes.fromhex("d07002ca449001")
ISD = bytes.fromhex("a000000151000000")
Process = Callable[[Vm, JavaObject, JavaObject], None]
"""An applet's `process`: machine, applet, APDU."""


class PythonApplet:
    """An application whose `process` is a Python function that calls natives."""

    multiselectable = True

    def __init__(self, card: AppletCard, entry: AppEntry) -> None:
        self._card = card
        self.entry = entry

    def install(self, parameters: bytes, privileges: Privilege) -> None:
        return None

    def select(self, selection: Selection, *_: Any) -> bytes:
        return tlv.encode(0x6F, b"")

    def process(self, selection: Selection, command: Command) -> bytes:
        vm, applet = self._card.vm, self._card.applet(self.entry.aid)
        raw = bytes((command.cla, command.ins, command.p1, command.p2))
        raw += bytes((len(command.data),)) + command.data if command.data else bytes((command.le or 0,))
        made = apdu.begin(vm, raw, applet)
        try:
            with vm.running_as(applet.owner):
                self._card.process(vm, applet, made)
            return apdu.finish(vm, made) + b"\x90\x00"
        except JavaThrow as error:
            apdu.finish(vm, made)
            return _reason(error)

    def personalise(self, selection: Selection, command: Command) -> bytes:
        vm, applet = self._card.vm, self._card.applet(self.entry.aid)
        raw = bytes((command.cla, command.ins, command.p1, command.p2, len(command.data))) + command.data
        try:
            return personalization.forward(vm, applet, raw)
        except JavaThrow as error:
            raise StatusFault(_reason(error)) from None

    def deselect(self, selection: Selection) -> None:
        return None

    def uninstall(self) -> None:
        return None


def _reason(error: JavaThrow) -> bytes:
    if error.throwable.cls.name != "javacard/framework/ISOException":
        return b"\x6f\x00"
    return (error.throwable.native.reason & 0xFFFF).to_bytes(2)  # type: ignore[union-attr]


class AppletCard:
    """A generic-usim with a package of Python applets. `process` is what they do."""

    def __init__(self) -> None:
        self.card = SoftCard.new(load("generic-usim"))
        self.card.power_on()
        self.card.applications = lambda entry: PythonApplet(self, entry)
        platform = jcvm.FakePlatform()
        platform.content = self.content = CardContent(self.card)
        self.vm = jcvm.machine(PACKAGES, platform)
        self.process: Process = lambda vm, applet, command: None
        self.host = Host(self.card).open(ISD)
        assert self.host.load(CapPlan(PACKAGE.hex(), applets=(MODULE.hex(),))) == "9000"
        self._interfaces: dict[bytes, dict[str, Any]] = {}

    def install(self, aid: str, *, privileges: str = "00", parameters: str = "c900", **options: Any) -> JavaObject:
        """Install an instance; `options` as for `jcvm.new_applet`. The host's channel is with the issuer's domain."""
        raw = bytes.fromhex(aid)
        applet = jcvm.new_applet(self.vm, aid, **options)
        assert self.host.install(PACKAGE, MODULE, raw, privileges=privileges, parameters=parameters) == "9000"
        return applet

    def applet(self, aid: bytes) -> JavaObject:
        found = self.vm.instances[aid].applet
        assert found is not None
        return found

    def entry(self, aid: str) -> AppEntry:
        assert self.card.gp is not None
        return self.card.gp.registry.applications[bytes.fromhex(aid)]
