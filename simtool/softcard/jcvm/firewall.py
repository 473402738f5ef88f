"""The applet firewall: who may use, call, store, cast and throw what (JCRE §6.2)."""

from __future__ import annotations

from simtool.softcard.jcvm.binding import Api
from simtool.softcard.jcvm.classes import JavaClass
from simtool.softcard.jcvm.heap import Heap
from simtool.softcard.jcvm.objects import (
    DEAD,
    ENTRY_POINT,
    GLOBAL,
    JCRE,
    ON_DESELECT,
    TEMPORARY,
    Context,
    JavaArray,
    Ref,
)
from simtool.softcard.jcvm.services import Services

SECURITY = "java/lang/SecurityException"
NULL_POINTER = "java/lang/NullPointerException"
SHAREABLE = "javacard/framework/Shareable"


class Firewall(Services):
    """The part of the machine that judges. `selected_context` is that of the selected applet.

    Engines ask only where the object's context is not the active one.
    """

    def __init__(self, api: Api, heap: Heap) -> None:
        super().__init__(api, heap)
        self.selected_context: Context | None = None
        self._shareable = api.named(SHAREABLE)

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

    def storable(self, ref: Ref) -> Ref | None:
        """A reference of another context is about to be stored: not one to what is temporary (JCRE §6.2.8.1).

        Gives what is stored: null for what an aborted transaction has made (JCRE §7.6.3).
        """
        if ref.context in (TEMPORARY, GLOBAL):
            raise self.throw(SECURITY)
        return ref if ref.context is not DEAD else None

    def may_call(self, this: Ref) -> None:
        """A virtual method of an object is about to be called (JCRE §6.2.8.4). SecurityException."""
        context = this.context
        if context is not self.context and context not in (ENTRY_POINT, TEMPORARY, GLOBAL) and not self._own(this):
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
        """A cast or instanceof (JCRE §6.2.8.8 to 10): of another's object only to a shareable interface."""
        context = ref.context
        if context is self.context or context in (ENTRY_POINT, TEMPORARY, GLOBAL) or self._own(ref):
            return
        shareable = wanted is not None and wanted.is_interface and self._shareable in wanted.supers
        if shareable and self._shareable in ref.cls.supers:
            return
        self.foreign(ref)

    def _own(self, ref: Ref) -> bool:
        """An array of the active context that is cleared on deselect: while that is not selected, only its elements are
        out of reach (JCRE §6.2.1)."""
        return ref.context is ON_DESELECT and isinstance(ref, JavaArray) and ref.real_context is self.context

    def may_throw(self, throwable: Ref) -> None:
        """A throwable is about to be thrown (JCRE §6.2.8.7). SecurityException."""
        if throwable.context is not self.context and throwable.context not in (ENTRY_POINT, TEMPORARY):
            self.foreign(throwable)
