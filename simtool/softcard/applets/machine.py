"""The card's Java Card machine: packages and instances on it, and how they come and go with the card's memory.

The machine is made when something first needs it. What it changes goes to the state file with the command: one value
for each object, one for each package (its static fields) and each instance (its applet object).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from simtool.softcard import status as sw
from simtool.softcard.applets import APPLET_KEY
from simtool.softcard.applets.platform import CardPlatform
from simtool.softcard.globalplatform.registry import AppEntry, LoadFile
from simtool.softcard.jcvm import api
from simtool.softcard.jcvm.api.javacard.framework.applet import Installation
from simtool.softcard.jcvm.api.uicc.toolkit import registry
from simtool.softcard.jcvm.faults import JavaThrow, LinkError, NoRoom, VmFault
from simtool.softcard.jcvm.heap import Limits
from simtool.softcard.jcvm.objects import JavaObject, Lifetime, Owner, Ref, narrow_byte
from simtool.softcard.jcvm.package import Package
from simtool.softcard.jcvm.platform.files import FileContext
from simtool.softcard.jcvm.saving import Loader
from simtool.softcard.jcvm.services import SYSTEM
from simtool.softcard.jcvm.vm import BUDGET, Vm
from simtool.softcard.status import StatusFault

if TYPE_CHECKING:
    from simtool.softcard.card import SoftCard
    from simtool.softcard.globalplatform.selection import Selection

log = logging.getLogger(__name__)

_OBJECT, _PACKAGE = "jcvm:object:", "jcvm:package:"
_LONGEST = 255
"""Bytes that `install` can be told of: its length parameter is a byte."""
_ISO_EXCEPTION = "javacard/framework/ISOException"
_APPLET_EVENT = "javacard/framework/AppletEvent"


class Machine:
    """One card's machine. Methods that run code of an applet raise `StatusFault` where that fails.

    `on_uncaught` hears of exceptions and faults that end a run, `on_refused` why a package or an instance was not taken
    although its code did not fail; `longest` is the most byte codes that a run took, `budget` the most it may take.
    """

    def __init__(self, card: SoftCard) -> None:
        self._card = card
        spec = card.model.global_platform
        limits = Limits(persistent=spec.nonvolatile) if spec is not None else Limits()
        platform = CardPlatform(card)
        self.vm = Vm(platform, api.CLASSES, limits)
        self.files = platform.card_files
        self.files.contexts = self._file_contexts
        self.on_uncaught: Callable[[AppEntry, Exception], None] | None = None
        self.on_refused: Callable[[str], None] | None = None
        self.longest, self.budget = 0, BUDGET
        for kind, maker in api.ENTRY_POINTS.items():
            self.vm.define_entry_point(kind, maker)
        self._restore()
        self.vm.heap.before_write = card.before_applet_write

    def _file_contexts(self) -> Iterator[FileContext]:
        """Where the views of files stand that applets have."""
        for ref in self.vm.heap.objects.values():
            if isinstance(ref, JavaObject) and isinstance(ref.native, FileContext):
                yield ref.native

    # Packages

    def load(self, block: bytes) -> None:
        """Link a load file data block. 6A80 where it does not fit this card, 6A84 for want of memory (GPCS §9.3.5)."""
        heap, done = self.vm.heap, False
        heap.begin_installation()
        try:
            package = self.vm.load(block)
            done = True
        except (LinkError, VmFault) as error:
            self._say_why(f"the package does not fit this card: {error}")
            raise StatusFault(sw.NO_MEMORY if isinstance(error, NoRoom) else sw.WRONG_DATA) from None
        finally:
            heap.end_installation(keep=done)
        for one in (package, *package.imports):  # its code may have told the types of their static fields
            if isinstance(one, Package):
                self._note_package(one)

    def unload(self, file: LoadFile) -> None:
        """A package is deleted; its instances are gone."""
        if file.aid in self.vm.packages:
            self.vm.unload(file.aid)
            self._card.note(_PACKAGE + file.aid.hex(), None)

    def has(self, file: bytes) -> bool:
        """Whether this package is one that the machine runs."""
        return file in self.vm.packages

    def _note_package(self, package: Package) -> None:
        statics = package.statics.id if package.statics is not None else None
        self._card.note(_PACKAGE + package.aid.hex(), {"statics": statics, "typed": sorted(package.typed)})

    # Instances

    def install(self, entry: AppEntry, data: bytes) -> None:
        """Call `Applet.install` with LV of the AID, the privileges and the application's data (GPCS §11.5.2.3.2).

        Whatever fails, nothing of the instance stays (JCRE §11.2). An ISOException's reason is the status word. Its
        context counts as selected meanwhile, so that it can make memory that is cleared on deselect (JCRE §3.1, §5.2).
        """
        vm, package = self.vm, self.vm.packages[entry.file]
        owner = Owner(entry.aid, package.context)
        if len(data) > _LONGEST:
            raise StatusFault(sw.WRONG_DATA)
        array = vm.runtime_array(_LONGEST + 1, "install:data")
        memoryview(array.data).cast("B")[: len(data)] = data
        method = package.methods[package.applets[entry.module]]
        vm.installing = Installation(entry.aid, self._taken())
        selected, vm.selected_context = vm.selected_context, package.context
        vm.heap.begin_installation()
        done = False
        try:
            with self.run(entry), vm.running_as(owner):
                method.call(vm, array, 0, narrow_byte(len(data)))
            applet = vm.installing.applet
            if applet is None or owner.aid != entry.aid:
                self._say_why(f"{entry.module.hex().upper()} did not register an applet as {entry.aid.hex().upper()}")
                raise StatusFault(sw.CONDITIONS_NOT_SATISFIED)
            owner.applet = applet
            done = True
        finally:
            vm.heap.end_installation(keep=done)
            vm.installing, vm.selected_context = None, selected
        vm.instances[entry.aid] = owner
        self._card.note(APPLET_KEY + entry.aid.hex(), {"package": package.aid.hex(), "object": owner.applet.id})

    def _taken(self) -> frozenset[bytes]:
        """AIDs that an instance cannot have any more."""
        registry = self._card.gp.registry if self._card.gp is not None else None
        return frozenset((*registry.applications, *registry.files)) if registry is not None else frozenset()

    def applet(self, entry: AppEntry) -> JavaObject:
        """The applet object of an instance."""
        found = self.vm.instances[entry.aid].applet
        assert found is not None  # noqa: S101  # every instance has registered one
        return found

    def uninstalling(self, entries: Iterable[AppEntry]) -> None:
        """These are about to be deleted: `AppletEvent.uninstall` of those that have it. What goes wrong there does not
        count (JCRE §11.3.4)."""
        for one in entries:
            owner = self.vm.instances.get(one.aid)
            if owner is None or owner.applet is None or not self.vm.implements(owner.applet, _APPLET_EVENT):
                continue
            try:
                with self.run(one):
                    self.vm.invoke(owner.applet, _APPLET_EVENT, "uninstall()V")
            except StatusFault:
                pass

    def needed(self, doomed: Iterable[AppEntry | LoadFile]) -> bool:
        """Whether anything else refers to objects of these: they cannot be deleted (JCRE §11.3.4). An instance is kept
        by a static field, too, unless the package of that goes with it."""
        vm, owners = self.vm, set[int]()
        for one in doomed:
            package = vm.packages.get(one.aid)
            if isinstance(one, AppEntry) and one.aid in vm.instances:
                owners.add(id(vm.instances[one.aid]))
            elif isinstance(one, LoadFile) and package is not None and package.statics is not None:
                owners.add(id(package.statics.owner))
        return bool(owners) and vm.heap.referred_to(owners)

    def delete(self, entry: AppEntry) -> None:
        """An instance is deleted, with all that it owns (JCRE §11.3). What others refer to of it is as good as null."""
        owner = self.vm.instances.pop(entry.aid, None)
        if owner is None:
            return
        self.vm.heap.forget_owner(owner)
        self._card.note(APPLET_KEY + entry.aid.hex(), None)

    # Runs

    @contextmanager
    def run(self, entry: AppEntry) -> Iterator[None]:
        """What the card lets an applet do: time anew, an open transaction taken back at the end, failures as status."""
        vm = self.vm
        vm.executed, vm.limit = 0, self.budget
        vm.activations += 1
        vm.activation = vm.activations
        try:
            yield
        except JavaThrow as error:
            self._tell(entry, error)
            raise StatusFault(reason_of(error)) from None
        except VmFault as error:
            self._tell(entry, error)
            raise StatusFault(sw.TECHNICAL_PROBLEM) from None
        finally:
            vm.heap.abort()
            self.longest = max(self.longest, vm.executed)

    def _tell(self, entry: AppEntry, error: Exception) -> None:
        if self.on_uncaught is not None:
            self.on_uncaught(entry, error)

    def _say_why(self, reason: str) -> None:
        if self.on_refused is not None:
            self.on_refused(reason)

    def end_of_command(self) -> None:
        """The command is over: object deletion that was asked for, and what changed goes to the state file."""
        vm = self.vm
        if vm.deletion_requested and not vm.asleep:  # the variables of a run that waits refer to objects, too
            vm.deletion_requested = False
            vm.heap.collect(self._roots())
        for name, saved in vm.heap.changes().items():
            self._card.note(f"{_OBJECT}{name}", saved)

    def entries_in_transaction(self) -> set[bytes]:
        """AIDs of instances whose toolkit registry entries an open transaction has changed."""
        return {registry.whose(ref) for ref in self.vm.heap.open_elsewhere()}

    def torn(self) -> None:
        """Power is lost within a run: what was written stays, but not of a transaction, and not of an installation."""
        self.vm.heap.before_write = None
        self.vm.heap.end_installation(keep=False)
        self.vm.heap.reset()
        self.vm.deletion_requested = False
        self.end_of_command()

    def reset(self) -> None:
        """The card was reset."""
        vm = self.vm
        vm.heap.reset()
        vm.context, vm.owner, vm.callers, vm.stack = SYSTEM.context, SYSTEM, [], 0
        vm.selected_context = None

    def active_of_package(self, entry: AppEntry, selection: Selection) -> list[AppEntry]:
        """Instances of the same package that are selected on channels other than that of `selection` (JCRE §4.2)."""
        applets = (one.applet for one in self._card.channels if one is not None)
        return [one.entry for one in applets if one and one is not selection and one.entry.file == entry.file]

    def selected(self, entry: AppEntry | None) -> None:
        """Which applet is selected: its package's transient memory is there; None: that of nobody."""
        owner = self.vm.instances.get(entry.aid) if entry is not None else None
        self.vm.selected_context = owner.context if owner is not None else None

    def selected_here(self) -> None:
        """The applet that is selected on the channel of the command, if there is one: whom else the command triggers is
        not selected by that (JCRE §5.1)."""
        channel = self._card.channels[self._card.current]
        self.selected(channel.applet.entry if channel is not None and channel.applet is not None else None)

    def deselected(self, entry: AppEntry) -> None:
        """No applet of its package is selected any more: its CLEAR_ON_DESELECT memory is cleared (JCRE §5.1)."""
        owner = self.vm.instances.get(entry.aid)
        if owner is not None:
            self.vm.heap.clear(Lifetime.CLEAR_ON_DESELECT, owner.context)

    def _roots(self) -> Iterator[Ref]:
        for package in self.vm.packages.values():
            if package.statics is not None:
                yield package.statics
        for owner in self.vm.instances.values():
            if owner.applet is not None:
                yield owner.applet
        yield from self.vm.entry_roots()

    # From the state file

    def _restore(self) -> None:
        card, vm = self._card, self.vm
        saved = card.store.values
        gp = card.gp
        if gp is None:
            return
        files = [file for file in gp.registry.files.values() if f"{_PACKAGE}{file.aid.hex()}" in saved]
        for file in _imports_first(files):
            vm.relink(gp.registry.code(file))
        owners = {package.aid: Owner(package.aid, package.context) for package in vm.packages.values()}
        owners[SYSTEM.aid] = SYSTEM
        instances = {
            name.removeprefix(APPLET_KEY): value for name, value in saved.items() if name.startswith(APPLET_KEY)
        }
        for name, value in instances.items():
            package = vm.packages[bytes.fromhex(value["package"])]
            aid = bytes.fromhex(name)
            owners[aid] = vm.instances[aid] = Owner(aid, package.context)
        objects = {int(n.removeprefix(_OBJECT)): value for n, value in saved.items() if n.startswith(_OBJECT)}
        refs = Loader(vm.find_class, owners.__getitem__, vm.entry_point, vm.object_class).load(objects)
        for ref in refs.values():
            vm.heap.put_back(ref)
        for package in vm.packages.values():
            value = saved[_PACKAGE + package.aid.hex()]
            package.statics, package.typed = _object(refs[value["statics"]]), set(value["typed"])
        for name, value in instances.items():
            vm.instances[bytes.fromhex(name)].applet = _object(refs[value["object"]])


def _object(ref: Any) -> JavaObject:
    assert isinstance(ref, JavaObject)  # noqa: S101  # the state file was written so
    return ref


def _imports_first(files: list[LoadFile]) -> Iterator[LoadFile]:
    """Packages before those that import them."""
    waiting = {file.aid: file for file in files}
    while waiting:
        ready = [one for one in waiting.values() if not set(one.imports) & waiting.keys() - {one.aid}]
        for one in ready:
            del waiting[one.aid]
            yield one


def reason_of(error: JavaThrow) -> bytes:
    """The status word of an exception that nobody caught: an ISOException's reason, else 6F00 (JCRE §3.3)."""
    throwable = error.throwable
    reason = getattr(throwable.native, "reason", None)
    if any(one.name == _ISO_EXCEPTION for one in throwable.cls.supers) and isinstance(reason, int):
        return (reason & 0xFFFF).to_bytes(2)
    return sw.TECHNICAL_PROBLEM
