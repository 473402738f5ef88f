"""A machine in a card with a test area of files, and a view of them that tests call by short names.

`view(full)` is a view of the shared files for an applet with that access domain; `view(full, adf=ADF1)` one of an ADF.
Each call on it gives what the method returns, or `"COMMAND_INCOMPATIBLE"`-like names of the reason, or the name of
another exception.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from simtool.codec import tlv
from simtool.codec.globalplatform import LifeCycle, Privilege
from simtool.codec.tlv import Tlv
from simtool.files.product import load
from simtool.softcard.applets.files import CardFiles
from simtool.softcard.card import SoftCard
from simtool.softcard.globalplatform.registry import AppEntry
from simtool.softcard.jcvm.api.javacard import framework
from simtool.softcard.jcvm.api.sim import access as sim_access
from simtool.softcard.jcvm.api.uicc import access, system, toolkit
from simtool.softcard.jcvm.api.uicc.access import bertlvfile, fileadministration
from simtool.softcard.jcvm.api.uicc.access.exceptions import Reason
from simtool.softcard.jcvm.api.uicc.access.fileadministration import ADMIN_EXCEPTION, AdminReason
from simtool.softcard.jcvm.faults import JavaThrow
from simtool.softcard.jcvm.objects import JavaArray, JavaObject, Kind
from simtool.softcard.jcvm.platform.files import FileContext
from simtool.softcard.jcvm.vm import Vm
from tests.harness import jcvm

ADF1 = bytes.fromhex("a0000000090005ffffffff89e0000002")
FULL, NONE = "0100", "01ff"
DEFINING = "uicc/access/bertlvfile/BERTLVFileView"
ADMIN_DEFINING = "uicc/access/bertlvfile/AdminBERTLVFileView"


def bits(first: int = 0, second: int = 0, third: int = 0) -> str:
    """An access domain of the UICC mechanism: application PINs, ADM 1 to 8, the others."""
    return f"0402{first:02x}{second:02x}{third:02x}"


ALWAYS = bits(third=0x04)


def outcome(call: Callable[[], Any]) -> Any:
    """What a method returns, or how it refuses."""
    try:
        return call()
    except JavaThrow as error:
        name, native = error.throwable.cls.name, error.throwable.native
        if name == access.exceptions.NAME:
            return Reason(native.reason).name  # type: ignore[union-attr]
        if name == ADMIN_EXCEPTION:
            return f"Admin {AdminReason(native.reason).name}"  # type: ignore[union-attr]
        reason = getattr(native, "reason", None)
        return name.rpartition("/")[2] + (f" {reason}" if reason is not None else "")


class View:
    """A view, its methods by short names. Arrays are made anew and of the right size unless they are given."""

    def __init__(self, vm: Vm, ref: JavaObject, *, admin: bool = False) -> None:
        self.vm, self.ref = vm, ref
        self._defining = ADMIN_DEFINING if admin else DEFINING
        self.context = ref.native

    def call(self, signature: str, *words: Any) -> Any:
        return outcome(lambda: jcvm.send(self.vm, self.ref, self._defining, signature, *words))

    def array(self, content: str | bytes | int) -> JavaArray:
        return jcvm.byte_array(self.vm, content)

    def select(self, *fids: int) -> Any:
        """Several FIDs one after the other; the first refusal."""
        for fid in fids:
            got = self.call("select(S)V", fid - 0x10000 if fid > 0x7FFF else fid)
            if got is not None:
                return got
        return None

    def read(self, offset: int, length: int) -> Any:
        target = self.array(length)
        got = self.call("readBinary(S[BSS)S", offset, target, 0, length)
        return jcvm.content(target) if got == length else got

    def update(self, offset: int, data: str) -> Any:
        return self.call("updateBinary(S[BSS)V", offset, self.array(data), 0, len(data) // 2)

    def read_record(self, number: int, mode: int, offset: int, length: int) -> Any:
        target = self.array(length)
        got = self.call("readRecord(SBS[BSS)S", number, mode, offset, target, 0, length)
        return jcvm.content(target) if got == length else got

    def update_record(self, number: int, mode: int, offset: int, data: str) -> Any:
        return self.call("updateRecord(SBS[BSS)V", number, mode, offset, self.array(data), 0, len(data) // 2)

    def search(self, mode: int, number: int, indication: int, pattern: str, room: int = 10) -> Any:
        response = self.vm.allocate_array(Kind.SHORT, room)
        got = self.call(
            "searchRecord(BSS[BSS[SSS)S", mode, number, indication, self.array(pattern), 0, len(pattern) // 2,
            response, 0, room,
        )  # fmt: skip
        return list(response.data[:got]) if isinstance(got, int) else got

    def increase(self, value: str, room: int = 20) -> Any:
        target = self.array(room)
        got = self.call("increase([BSS[BS)S", self.array(value), 0, len(value) // 2, target, 0)
        return jcvm.content(target)[: 2 * got] if isinstance(got, int) else got

    def deactivate(self) -> Any:
        return self.call("deactivateFile()V")

    def activate(self) -> Any:
        return self.call("activateFile()V")


@pytest.fixture
def packages(packages: tuple[Any, ...]) -> tuple[Any, ...]:
    assert framework in packages
    return (*packages, toolkit, system, access, bertlvfile, fileadministration, sim_access)


@pytest.fixture
def card() -> SoftCard:
    card = SoftCard.new(load("uicc-api-test"))
    card.power_on()
    return card


@pytest.fixture
def platform(card: SoftCard) -> Any:
    made = jcvm.FakePlatform()
    made.files = CardFiles(card)
    return made


@pytest.fixture
def machine(vm: Vm, platform: Any) -> Vm:
    """The machine, whose views the card knows."""

    def contexts() -> Iterator[FileContext]:
        for ref in vm.heap.objects.values():
            if isinstance(ref, JavaObject) and isinstance(ref.native, FileContext):
                yield ref.native

    platform.files.contexts = contexts
    return vm


@pytest.fixture
def grant(card: SoftCard, applet: JavaObject) -> Callable[[bytes], None]:
    """Install parameters about access for the applet, as the registry keeps them."""

    def put(kept: bytes) -> None:
        assert card.gp is not None
        entry = AppEntry(applet.owner.aid, LifeCycle.SELECTABLE, Privilege(0), b"", b"", b"", access=kept)
        card.gp.registry.applications[entry.aid] = entry

    return put


def parameters(domain: str, adf: bytes | None = None, tag: int = 0x81) -> bytes:
    """One group of object 81 or 82: an ADF's AID or none, the domain with its length, no DAP."""
    aid = adf or b""
    return tlv.join([Tlv(tag, bytes((len(aid),)) + aid + bytes.fromhex(domain) + b"\0")])


@pytest.fixture
def view(machine: Vm, running: Vm, grant: Callable[[bytes], None]) -> Callable[..., View]:
    """Makes views."""

    def make(domain: str = FULL, *, adf: bytes | None = None, lifetime: int = 1, admin: bool = False) -> View:
        grant(parameters(domain, adf, 0x82 if admin else 0x81))
        return View(machine, again(machine, adf=adf, lifetime=lifetime, admin=admin), admin=admin)

    return make


def again(vm: Vm, *, adf: bytes | None = None, lifetime: int = 1, admin: bool = False) -> Any:
    """Another view with the same domain."""
    cls, kind, uicc, named = (
        ("uicc/access/fileadministration/AdminFileViewBuilder", "uicc/access/fileadministration/AdminFileView",
         "getTheUICCAdminFileView", "getTheAdminFileView")
        if admin
        else ("uicc/access/UICCSystem", "uicc/access/FileView", "getTheUICCView", "getTheFileView")
    )  # fmt: skip
    if adf is None:
        return jcvm.call(vm, cls, f"{uicc}(B)L{kind};", lifetime)
    return jcvm.call(vm, cls, f"{named}([BSBB)L{kind};", jcvm.byte_array(vm, adf), 0, len(adf), lifetime)
