"""The virtual machine: packages, who is running, calls into applets, and what the API's functions need (JCVM, JCRE).

`call` runs a method of an applet in its own context. Natives use `throw`, `fault`, `new`, `new_bytes`, `invoke`,
`entry_point`, `context`, `owner`, `heap`, `platform`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from simtool.softcard.jcvm import execution, interpreter, statics
from simtool.softcard.jcvm.binding import OBJECT, Api
from simtool.softcard.jcvm.classes import Code, JavaClass, Method
from simtool.softcard.jcvm.faults import JavaThrow, LinkError, VmFault
from simtool.softcard.jcvm.frame import Tracer
from simtool.softcard.jcvm.heap import Heap, Limits, OutOfMemory
from simtool.softcard.jcvm.linker import Linker
from simtool.softcard.jcvm.native import NativeClass
from simtool.softcard.jcvm.objects import (
    DEAD,
    ENTRY_POINT,
    GLOBAL,
    JCRE,
    ON_DESELECT,
    TEMPORARY,
    Context,
    JavaArray,
    JavaObject,
    Kind,
    Lifetime,
    Owner,
    Ref,
    Word,
)
from simtool.softcard.jcvm.package import Package
from simtool.softcard.jcvm.platform import Platform
from simtool.softcard.jcvm.translate import translate

SYSTEM_EXCEPTION = "javacard/framework/SystemException"
NO_TRANSIENT_SPACE, NO_RESOURCE = 2, 5
SECURITY = "java/lang/SecurityException"
NULL_POINTER = "java/lang/NullPointerException"
THROWABLE = "java/lang/Throwable"
SHAREABLE = "javacard/framework/Shareable"
FRAME_WORDS = 3
STACK_WORDS = 2048
BUDGET = 20_000_000
SYSTEM = Owner(b"", JCRE)
"""The runtime itself as an owner."""


class Vm:
    """One card's machine.

    `context` is the active context, `owner` the applet instance that is active, `callers` the owners before each
    context switch (JCRE §6.2.4). `stack` is how many words of frames are in use, `executed` counts byte codes up to
    `limit`. `instances` are the applets by their AID, `packages` what is loaded.
    """

    def __init__(self, platform: Platform, natives: Iterable[NativeClass], limits: Limits | None = None) -> None:
        self.platform = platform
        self.api = Api(natives)
        self.heap = Heap(limits or Limits())
        self.object_class = self.api.named(OBJECT)
        self.context: Context = JCRE
        self.owner = SYSTEM
        self.callers: list[Owner] = []
        self.selected_context: Context | None = None
        self.instances: dict[bytes, Owner] = {}
        self.stack = 0
        self.executed = 0
        self.limit = BUDGET
        self.tracer: Tracer | None = None
        self.translating = True
        self.deletion_requested = False
        self.packages: dict[bytes, Package] = {}
        self.throwable_class = self.api.named(THROWABLE)
        self._shareable = self.api.named(SHAREABLE)
        self._entry_points: dict[str, Ref] = {}
        self._makers: dict[str, Callable[[Vm, str], Ref]] = {}

    # For natives

    def throw(self, name: str, reason: int | None = None) -> JavaThrow:
        """The runtime's own instance of an exception, to be raised: `raise vm.throw(NULL_POINTER)`.

        `reason` is the code of those that have one (CardRuntimeException and CardException).
        """
        throwable = self.entry_point(f"throwable:{name}")
        assert isinstance(throwable, JavaObject)  # noqa: S101  # made below
        if reason is not None:
            reasoned = throwable.native
            reasoned.reason = reason  # type: ignore[union-attr]
        return JavaThrow(throwable)

    def fault(self, text: str) -> VmFault:
        """To be raised where no verified program could have come."""
        return VmFault(text)

    def new(self, name: str) -> JavaObject:
        """An object of an API class for the active applet, `native` not yet set. May raise a JavaThrow."""
        return self.allocate(self.api.named(name))

    def allocate(self, cls: JavaClass) -> JavaObject:
        """An object of any class for the active applet. May raise a JavaThrow (SystemException.NO_RESOURCE)."""
        try:
            return self.heap.new_object(cls, self.owner)
        except OutOfMemory:
            raise self.throw(SYSTEM_EXCEPTION, NO_RESOURCE) from None

    def allocate_array(
        self, kind: Kind, length: int, element: JavaClass | None = None, lifetime: Lifetime = Lifetime.PERSISTENT
    ) -> JavaArray:
        """An array for the active applet. May raise a JavaThrow: NegativeArraySize, SystemException."""
        if length < 0:
            raise self.throw("java/lang/NegativeArraySizeException")
        try:
            return self.heap.new_array(self.object_class, self.owner, kind, length, element=element, lifetime=lifetime)
        except OutOfMemory as full:
            raise self.throw(SYSTEM_EXCEPTION, NO_TRANSIENT_SPACE if full.transient else NO_RESOURCE) from None

    def runtime_object(self, name: str, context: Context, id_: str) -> JavaObject:
        """An object of the runtime's own, outside of the heap: a permanent or temporary entry point."""
        return JavaObject(id_, self.api.named(name), context, SYSTEM, False)

    def runtime_array(self, length: int, id_: str) -> JavaArray:
        """A global byte array of the runtime's own."""
        return JavaArray(id_, self.object_class, GLOBAL, SYSTEM, Kind.BYTE, length, Lifetime.CLEAR_ON_RESET)

    def define_entry_point(self, kind: str, maker: Callable[[Vm, str], Ref]) -> None:
        """How entry points named `kind:…` are made, with what stands behind the colon."""
        self._makers[kind] = maker

    def entry_point(self, name: str) -> Ref:
        """The entry point of a name, `kind:which`; made when first asked for, the same ever after."""
        found = self._entry_points.get(name)
        if found is None:
            kind, _, which = name.partition(":")
            found = self._entry_points[name] = self._makers[kind](self, which)
        return found

    def invoke(self, this: Ref, cls: str, signature: str, *words: Word) -> Word:
        """Call a method of an object as the API class or interface `cls` declares it, in the object's context.

        The way from the runtime into an applet: `vm.invoke(applet, "javacard/framework/Applet", "deselect()V")`.
        """
        method = self._method_of(this, cls, signature)
        with self.running_as(this.owner):
            return method.call(self, this, *words)

    def _method_of(self, this: Ref, cls: str, signature: str) -> Method:
        declared, token = self.api.named(cls), self.api.virtual_token(cls, signature)
        return self.interface_method(this.cls, declared, token) if declared.is_interface else this.cls.virtual[token]

    @contextmanager
    def running_as(self, owner: Owner) -> Iterator[None]:
        """A context switch to an owner, and back (JCRE §6.2.4)."""
        before, depth, stack = (self.context, self.owner), len(self.callers), self.stack
        self.callers.append(self.owner)
        self.context, self.owner = owner.context, owner
        try:
            yield
        finally:
            self.context, self.owner = before
            self.stack = stack
            del self.callers[depth:]

    def wait(self, request: Any) -> Any:
        """Within a run: sleep until the card resumes it; gives what it is resumed with (see `execution`)."""
        kept = self.context, self.owner, self.callers, self.stack, self.executed
        log = self.heap.sleep()
        self.context, self.owner, self.callers, self.stack = JCRE, SYSTEM, [], 0
        try:
            return execution.wait(request)
        finally:
            self.context, self.owner, self.callers, self.stack, self.executed = kept
            self.heap.wake(log)

    def foreign(self, ref: Ref) -> None:
        """An object or array of another context is about to be used: SecurityException unless JCRE §6.2.8 allows it.

        For access to its fields or elements; calls of methods are judged elsewhere.
        """
        context = ref.context
        if context is GLOBAL or self.context is JCRE:
            return
        if context is DEAD:
            raise self.throw(NULL_POINTER)
        if context is ON_DESELECT and isinstance(ref, JavaArray) and ref.real_context is self.context:
            if self.context is self.selected_context:
                return
        raise self.throw(SECURITY)

    def storable(self, ref: Ref) -> None:
        """A reference of another context is about to be stored: not one to what is temporary (JCRE §6.2.8.1)."""
        if ref.context in (TEMPORARY, GLOBAL):
            raise self.throw(SECURITY)

    def may_call(self, this: Ref) -> None:
        """A virtual method of an object is about to be called (JCRE §6.2.8.4). SecurityException."""
        context = this.context
        if context is not self.context and context not in (ENTRY_POINT, TEMPORARY, GLOBAL):
            self.foreign(this)

    def stays_here(self, this: Ref, interface: JavaClass) -> bool:
        """Whether calling an interface method needs no context switch (JCRE §6.2.8.5, §6.2.8.6). SecurityException."""
        context = this.context
        if context is self.context or context in (ENTRY_POINT, TEMPORARY):
            return True
        if context is DEAD:
            raise self.throw(NULL_POINTER)
        if context is not JCRE and self._shareable in interface.supers and self._shareable in this.cls.supers:
            return False
        raise self.throw(SECURITY)

    def may_ask(self, ref: Ref, wanted: JavaClass | None) -> None:
        """A cast or instanceof (JCRE §6.2.8.9): also for shareable ones. SecurityException."""
        context = ref.context
        if context is self.context or context in (ENTRY_POINT, TEMPORARY, GLOBAL):
            return
        if wanted is not None and self._shareable in wanted.supers and self._shareable in ref.cls.supers:
            return
        self.foreign(ref)

    def may_throw(self, throwable: Ref) -> None:
        """A throwable is about to be thrown (JCRE §6.2.8.7). SecurityException."""
        if throwable.context is not self.context and throwable.context not in (ENTRY_POINT, TEMPORARY):
            self.foreign(throwable)

    def implements(self, ref: Ref, name: str) -> bool:
        """Whether an object is of an API class or interface."""
        return self.api.named(name) in ref.cls.supers

    def entry_roots(self) -> Iterator[Ref]:
        """What the runtime's own objects keep alive."""
        for ref in self._entry_points.values():
            if isinstance(ref, JavaObject) and ref.native is not None:
                yield from ref.native.references()

    def interface_method(self, cls: JavaClass, interface: JavaClass, token: int) -> Method:
        """What a class does for a method of an interface. A fault where it does not implement it."""
        methods = cls.interfaces.get(interface)
        if methods is None or token >= len(methods):
            raise VmFault(f"{cls.name} does not implement {interface.name}")
        return methods[token]

    # For the engines

    def enter(self, method: Method) -> int:
        """A frame begins; gives the depth to go back to."""
        depth = self.stack
        self.stack = depth + method.locals + method.stack + FRAME_WORDS
        if self.stack > STACK_WORDS:
            raise VmFault(f"{method.name}: the stack is full")
        return depth

    def out_of_time(self) -> None:
        """More byte codes than one run may take."""
        raise VmFault("the applet runs too long")

    def code_for(self, method: Method) -> Code:
        """What a method of a CAP file does: found out, and kept, when it is first called."""

        def first_call(vm: Vm, *words: Word) -> Word:
            method.call = self._engine(method)
            return method.call(vm, *words)

        return first_call

    def _engine(self, method: Method) -> Code:
        if self.tracer is None and self.translating:
            translated = translate(method)
            if translated is not None:
                return translated
        return interpreter.code_of(method)

    def use(self, *, translator: bool, tracer: Tracer | None = None) -> None:
        """Choose how code runs from now on; with a tracer it is always interpreted."""
        self.translating, self.tracer = translator, tracer
        for package in self.packages.values():
            for method in package.methods.values():
                method.call = self.code_for(method)

    # Packages

    def load(self, block: bytes) -> Package:
        """Link a load file data block for the first time: its static fields get their first values.

        Raises `LinkError`; then nothing of it is there.
        """
        linker = Linker(block, self.api, self.packages, self.code_for)
        package = self._link(linker)
        owner = Owner(package.aid, package.context)
        statics_class = package.statics_class
        assert statics_class is not None  # noqa: S101  # the linker has made it
        try:
            holder = self.heap.new_object(statics_class, owner)
            for at, (kind, data) in enumerate(statics.initial_arrays(linker.cap)):
                made = self.heap.new_array(self.object_class, owner, kind, len(data))
                made.data = data
                holder.words[2 * at] = made
        except OutOfMemory:
            raise LinkError(f"{package.name}: no room for its static fields") from None
        package.statics = holder
        self.packages[package.aid] = package
        self._fill_statics(linker, package)
        return package

    def relink(self, block: bytes) -> Package:
        """Link a package whose objects come from the state file; `statics` is set by who reads that."""
        package = self._link(Linker(block, self.api, self.packages, self.code_for))
        self.packages[package.aid] = package
        return package

    def _link(self, linker: Linker) -> Package:
        package = linker.link()
        package.non_default = statics.initial_values(linker.cap)
        return package

    def _fill_statics(self, linker: Linker, package: Package) -> None:
        """First values of the primitive static fields that this package's code uses, where they have none yet."""
        for ref, letter in statics.typed_uses(linker.cap, package).items():
            start, raw = ref.package.non_default
            holder = ref.package.statics
            if holder is not None and letter != "a" and start <= ref.index < start + len(raw):
                if ref.index not in ref.package.typed:
                    ref.package.typed.add(ref.index)
                    holder.words[ref.index] = statics.value_at(raw, ref.index - start, letter)
                    self.heap.mark(holder)

    def unload(self, aid: bytes) -> None:
        """A package goes, with its static fields and what it owns; its instances are gone already."""
        package = self.packages.pop(aid)
        if package.statics is not None:
            self.heap.forget_owner(package.statics.owner)
        package.statics = None

    def find_class(self, key: str) -> JavaClass:
        """A class by its key in the state file: of the API by name, of a package by AID and offset."""
        aid, colon, where = key.partition(":")
        if not colon:
            return self.api.named(key)
        package = self.packages[bytes.fromhex(aid)]
        if where == "statics":
            assert package.statics_class is not None  # noqa: S101
            return package.statics_class
        return package.classes[int(where, 16)]
