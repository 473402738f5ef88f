"""java.lang: Object, and the throwables of the language (Java Card API 3.0.5).

The runtime throws instances of its own, which an applet may catch but not keep (JCRE §6.2.2): `ENTRY_POINTS` makes
them, those with a reason code, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simtool.softcard.jcvm.native import NativeClass
from simtool.softcard.jcvm.objects import TEMPORARY, JavaObject, Ref
from simtool.softcard.jcvm.vm import Vm


def nothing(vm: Vm, this: JavaObject) -> None:
    """A constructor without arguments that has nothing to do."""


def equals(vm: Vm, this: Ref, other: Ref | None) -> bool:
    """The same object."""
    return this is other


def throwable(name: str) -> NativeClass:
    """A throwable that is made without arguments."""
    return NativeClass(name, {"<init>()V": nothing})


def make_throwable(vm: Vm, which: str) -> Ref:
    """The runtime's own instance of a class of throwables."""
    made = vm.runtime_object(which, TEMPORARY, f"throwable:{which}")
    if made.cls.state is not None:
        made.native = made.cls.state()
    return made


CLASSES: tuple[NativeClass, ...] = (
    NativeClass("java/lang/Object", {"<init>()V": nothing, "equals(Ljava/lang/Object;)Z": equals}),
    throwable("java/lang/Throwable"),
    throwable("java/lang/Exception"),
    throwable("java/lang/RuntimeException"),
    throwable("java/lang/IndexOutOfBoundsException"),
    throwable("java/lang/ArrayIndexOutOfBoundsException"),
    throwable("java/lang/NegativeArraySizeException"),
    throwable("java/lang/NullPointerException"),
    throwable("java/lang/ClassCastException"),
    throwable("java/lang/ArithmeticException"),
    throwable("java/lang/SecurityException"),
    throwable("java/lang/ArrayStoreException"),
)

ENTRY_POINTS: Mapping[str, Callable[[Vm, str], Ref]] = {"throwable": make_throwable}
