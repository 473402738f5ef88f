"""The virtual machine: packages, who is running, calls into applets, and what the API's functions need (JCVM, JCRE).

`call` runs a method of an applet in its own context. Natives use `throw`, `fault`, `new`, `new_bytes`, `invoke`,
`entry_point`, `context`, `owner`, `heap`, `platform`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from simtool.softcard.jcvm.binding import OBJECT, Api
from simtool.softcard.jcvm.classes import JavaClass, Method
from simtool.softcard.jcvm.faults import JavaThrow, VmFault
from simtool.softcard.jcvm.heap import Heap, Limits, OutOfMemory
from simtool.softcard.jcvm.native import NativeClass
from simtool.softcard.jcvm.objects import (
    DEAD,
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
from simtool.softcard.jcvm.platform import Platform

SYSTEM_EXCEPTION = "javacard/framework/SystemException"
NO_TRANSIENT_SPACE, NO_RESOURCE = 2, 5
SECURITY = "java/lang/SecurityException"
NULL_POINTER = "java/lang/NullPointerException"
STACK_WORDS = 4096
BUDGET = 20_000_000
SYSTEM = Owner(b"", JCRE)
"""The runtime itself as an owner."""


class Vm:
    """One card's machine.

    `context` is the active context, `owner` the applet instance that is active, `callers` the owners before each
    context switch (JCRE §6.2.4), `instances` the registered applets by AID. `stack` is how many words of frames are in
    use, `executed` counts byte codes.
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
        self.budget = BUDGET
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

    def interface_method(self, cls: JavaClass, interface: JavaClass, token: int) -> Method:
        """What a class does for a method of an interface. A fault where it does not implement it."""
        methods = cls.interfaces.get(interface)
        if methods is None or token >= len(methods):
            raise VmFault(f"{cls.name} does not implement {interface.name}")
        return methods[token]
