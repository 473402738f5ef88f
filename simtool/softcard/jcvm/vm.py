"""The virtual machine: who is running, calls into applets, the choice of the engine (JCVM, JCRE).

`invoke` runs a method of an applet in its own context. What the API's functions need besides is in `services`, what the
firewall says in `firewall`, how packages come and go in `loading`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from simtool.softcard.jcvm import execution, interpreter, loading
from simtool.softcard.jcvm.binding import Api
from simtool.softcard.jcvm.classes import Code, JavaClass, Method
from simtool.softcard.jcvm.faults import VmFault
from simtool.softcard.jcvm.firewall import Firewall
from simtool.softcard.jcvm.frame import Tracer
from simtool.softcard.jcvm.heap import Heap, Limits
from simtool.softcard.jcvm.native import NativeClass
from simtool.softcard.jcvm.objects import JCRE, JavaObject, Owner, Ref, Word
from simtool.softcard.jcvm.package import Package
from simtool.softcard.jcvm.platform import Platform
from simtool.softcard.jcvm.services import SYSTEM
from simtool.softcard.jcvm.translate import translate

if TYPE_CHECKING:
    from simtool.softcard.jcvm.api.javacard.framework.applet import Installation

FRAME_WORDS = 12
"""What a frame takes besides its variables and operands, and a context switch. So many that a program which recurses
has filled the machine's stack before it has filled Python's, on either engine and through the API's functions, too."""
STACK_WORDS = 2048
BUDGET = 20_000_000


class Vm(Firewall):
    """One card's machine.

    `context` is the active context, `owner` the applet instance that is active, `callers` the owners before each
    context switch (JCRE §6.2.4). `stack` is how many words of frames are in use, `executed` counts byte codes up to
    `limit`, `activation` is which of the `activations` of applets goes on. `instances` are the applets by their AID,
    `packages` what is loaded. `installing` is the installation that goes on, `commands` are the APDU objects of
    commands not yet answered, `deletion_requested` tells that an applet has asked for object deletion. `stored_result`
    is what SensitiveResult asserts, if `has_stored_result`. `asleep` counts runs that wait.
    """

    def __init__(self, platform: Platform, natives: Iterable[NativeClass], limits: Limits | None = None) -> None:
        super().__init__(Api(natives), Heap(limits or Limits()))
        self.platform = platform
        self.callers: list[Owner] = []
        self.instances: dict[bytes, Owner] = {}
        self.stack = 0
        self.executed = 0
        self.activation = self.activations = 0
        self.limit = BUDGET
        self.tracer: Tracer | None = None
        self.translating = True
        self.deletion_requested = False
        self.packages: dict[bytes, Package] = {}
        self.installing: Installation | None = None
        self.commands: list[JavaObject] = []
        self.asleep = 0
        self.stored_result: bool | int | Ref | None = None
        self.has_stored_result = False

    # Calls

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
        self.stack += FRAME_WORDS
        if self.stack > STACK_WORDS:
            self.stack = stack
            raise VmFault("the stack is full")
        self.callers.append(self.owner)
        self.context, self.owner = owner.context, owner
        try:
            yield
        except RecursionError:  # where whoever uses the card has left little room
            raise VmFault("the stack is full") from None
        finally:
            self.context, self.owner = before
            self.stack = stack
            del self.callers[depth:]

    def wait(self, request: Any) -> Any:
        """Within a run: sleep until the card resumes it; gives what it is resumed with (see `execution`)."""
        kept = self.context, self.owner, self.callers, self.stack, self.executed, self.activation
        log = self.heap.sleep()
        self.asleep += 1
        self.context, self.owner, self.callers, self.stack = JCRE, SYSTEM, [], 0
        try:
            return execution.wait(request)
        finally:
            self.context, self.owner, self.callers, self.stack, self.executed, self.activation = kept
            self.heap.wake(log)
            self.asleep -= 1

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
        """Link a load file data block for the first time. Raises `LinkError`; then nothing of it is there."""
        return loading.load(self, block)

    def relink(self, block: bytes) -> Package:
        """Link a package whose objects come from the state file; `statics` is set by who reads that."""
        return loading.relink(self, block)

    def unload(self, aid: bytes) -> None:
        """A package goes, with its static fields and what it owns; its instances are gone already."""
        loading.unload(self, aid)

    def find_class(self, key: str) -> JavaClass:
        """A class by its key in the state file."""
        return loading.find_class(self, key)
