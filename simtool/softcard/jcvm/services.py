"""What the runtime gives to the API's functions: objects, exceptions, its own entry points (JCVM §3.2, JCRE §6.2.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from simtool.softcard.jcvm.binding import OBJECT, Api
from simtool.softcard.jcvm.classes import JavaClass
from simtool.softcard.jcvm.faults import JavaThrow, VmFault
from simtool.softcard.jcvm.heap import Heap, OutOfMemory
from simtool.softcard.jcvm.objects import (
    GLOBAL,
    JCRE,
    Context,
    JavaArray,
    JavaObject,
    Kind,
    Lifetime,
    Owner,
    Ref,
)

SYSTEM_EXCEPTION = "javacard/framework/SystemException"
NO_TRANSIENT_SPACE, NO_RESOURCE = 2, 5
TRANSACTION_EXCEPTION = "javacard/framework/TransactionException"
BUFFER_FULL = 3
THROWABLE = "java/lang/Throwable"
SYSTEM = Owner(b"", JCRE)
"""The runtime itself as an owner."""
Maker = Callable[[Any, str], Ref]
"""Makes an entry point: gets the machine, and what stands behind the colon of its name."""


class Services:
    """The part of the machine that makes things. `context` and `owner` are who is active."""

    def __init__(self, api: Api, heap: Heap) -> None:
        self.api = api
        self.heap = heap
        self.heap.full = lambda: self.throw(TRANSACTION_EXCEPTION, BUFFER_FULL)
        self.object_class = api.named(OBJECT)
        self.throwable_class = api.named(THROWABLE)
        self.context: Context = JCRE
        self.owner = SYSTEM
        self._entry_points: dict[str, Ref] = {}
        self._makers: dict[str, Maker] = {}

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
        if not isinstance(length, int):
            raise VmFault("the length of an array is no number")
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

    def define_entry_point(self, kind: str, maker: Maker) -> None:
        """How entry points named `kind:…` are made, with what stands behind the colon."""
        self._makers[kind] = maker

    def entry_point(self, name: str) -> Ref:
        """The entry point of a name, `kind:which`; made when first asked for, the same ever after."""
        found = self._entry_points.get(name)
        if found is None:
            kind, _, which = name.partition(":")
            found = self._entry_points[name] = self._makers[kind](self, which)
        return found

    def implements(self, ref: Ref, name: str) -> bool:
        """Whether an object is of an API class or interface."""
        return self.api.named(name) in ref.cls.supers

    def entry_roots(self) -> Iterator[Ref]:
        """What the runtime's own objects keep alive."""
        for ref in self._entry_points.values():
            if isinstance(ref, JavaObject) and ref.native is not None:
                yield from ref.native.references()
