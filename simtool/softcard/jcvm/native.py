"""How the API is written in Python: tables of functions, and what an API object keeps (JCVM §2.2: the API is native).

A `NativeClass` names a class of the API as the export tables do, and gives a function for each method by its name and
descriptor. A function gets the machine, `this` unless the method is static, and its arguments: numbers signed, booleans
0 or 1, references `Ref` or None. It returns the same (a bool will do), or raises what `vm.throw` raises. A class of
our own that only stands behind API interfaces (what a factory such as KeyBuilder gives) names them and its superclass.

What an instance has to keep is a `NativeState` dataclass in `object.native`. Before a change that a transaction has to
be able to undo: `vm.heap.touch(object)`; before one that it must not undo: `vm.heap.touch_for_good(object)`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, TypeVar

from simtool.softcard.jcvm.faults import VmFault
from simtool.softcard.jcvm.objects import (
    DEAD,
    ENTRY_POINT,
    GLOBAL,
    TEMPORARY,
    JavaArray,
    JavaObject,
    Kind,
    Lifetime,
    Ref,
    Word,
)

if TYPE_CHECKING:
    from simtool.softcard.jcvm.vm import Vm

Native = Callable[..., Word]
State = TypeVar("State", bound="NativeState")
ARRAY_INDEX = "java/lang/ArrayIndexOutOfBoundsException"
NULL_POINTER = "java/lang/NullPointerException"


@dataclass(frozen=True, slots=True)
class NativeClass:
    """`name` as in `java/lang/Object`; `methods` by name and descriptor, as in `equals(Ljava/lang/Object;)Z`.

    `state` is what its instances keep (subclasses inherit it). `parent` and `interfaces` are for classes that no
    export table has.
    """

    name: str
    methods: Mapping[str, Native]
    state: type[NativeState] | None = None
    parent: str = ""
    interfaces: tuple[str, ...] = ()


@dataclass
class NativeState:
    """Base of what API objects keep. Fields are ints, bools, strings, bytes, references, None, or lists of them.

    A field made with `volatile(default)` is not kept over a reset.
    """

    def copy(self) -> Self:
        """As it is now, for the undo log."""
        made = dataclasses.replace(self)
        for one in dataclasses.fields(self):
            value = getattr(self, one.name)
            if isinstance(value, list | bytearray):
                setattr(made, one.name, value[:])
        return made

    def save(self) -> dict[str, Any]:
        """For the state file: references by their id."""
        return {
            one.name: _save(getattr(self, one.name))
            for one in dataclasses.fields(self)
            if not one.metadata.get("volatile")
        }

    @classmethod
    def load(cls, saved: dict[str, Any], resolve: Callable[[int | str], Ref]) -> Self:
        return cls(**{name: _load(value, resolve) for name, value in saved.items()})

    def reset(self) -> None:
        """The card was reset: what is volatile goes back to its default."""
        for one in dataclasses.fields(self):
            if one.metadata.get("volatile"):
                setattr(self, one.name, one.default)

    def clear(self, lifetime: Lifetime) -> None:
        """Memory of this kind goes back to its default, as arrays of it do; for states that have some."""

    def references(self) -> list[Ref]:
        """What this keeps alive."""
        found: list[Ref] = []
        for one in dataclasses.fields(self):
            value = getattr(self, one.name)
            found += [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, Ref)]
        return found


def volatile(default: Any) -> Any:
    """A field that does not survive a reset (an immutable default)."""
    return field(default=default, metadata={"volatile": True})


def _save(value: Any) -> Any:
    match value:
        case bytes() | bytearray():
            return {"b": bytes(value).hex()}
        case Ref():
            return {"r": value.id} if value.context is not DEAD else None
        case list() | tuple():
            return [_save(one) for one in value]
        case None | bool() | int() | str():
            return value
        case _:
            raise TypeError(f"{type(value).__name__} cannot be kept in the state of an API object")


def _load(value: Any, resolve: Callable[[int | str], Ref]) -> Any:
    match value:
        case {"b": text}:
            return bytes.fromhex(text)
        case {"r": name}:
            return resolve(name)
        case list():
            return [_load(one, resolve) for one in value]
        case _:
            return value


# What nearly every API method does with arrays


def usable(vm: Vm, ref: Ref | None) -> Ref:
    """An argument that the method is going to use: NullPointerException, SecurityException (JCRE §6.2.8)."""
    if ref is None:
        raise vm.throw(NULL_POINTER)
    if ref.context is not vm.context and ref.context not in (GLOBAL, ENTRY_POINT, TEMPORARY):
        vm.foreign(ref)
    return ref


def byte_array(vm: Vm, ref: Ref | None) -> JavaArray:
    """An argument `byte[]` that may be used here; a boolean array would be a fault of the converter."""
    found = usable(vm, ref)
    if not isinstance(found, JavaArray) or found.kind not in (Kind.BYTE, Kind.BOOLEAN):
        raise vm.fault("a byte array was expected")
    return found


def read(vm: Vm, ref: Ref | None, offset: int, length: int) -> bytes:
    """Bytes of a `byte[]` argument. NullPointerException, SecurityException, ArrayIndexOutOfBoundsException."""
    found = byte_array(vm, ref)
    if offset < 0 or length < 0 or offset + length > len(found.data):
        raise vm.throw(ARRAY_INDEX)
    return found.data[offset : offset + length].tobytes()  # type: ignore[no-any-return]


def write(vm: Vm, ref: Ref | None, offset: int, data: bytes) -> None:
    """Bytes into a `byte[]` argument, within a transaction as part of it. Exceptions as for `read`."""
    found = byte_array(vm, ref)
    if offset < 0 or offset + len(data) > len(found.data):
        raise vm.throw(ARRAY_INDEX)
    vm.heap.write_bytes(found, offset, data)


def room(vm: Vm, ref: Ref | None, offset: int, length: int) -> None:
    """The checks of `write` without writing."""
    found = byte_array(vm, ref)
    if offset < 0 or length < 0 or offset + length > len(found.data):
        raise vm.throw(ARRAY_INDEX)


def state_of(this: Ref, kind: type[State]) -> State:
    """What `this` keeps. A fault where its constructor has not been called."""
    state = this.native if isinstance(this, JavaObject) else None
    if not isinstance(state, kind):
        raise VmFault(f"{this!r} was never constructed")
    return state


def construct(vm: Vm, this: JavaObject, state: NativeState) -> None:
    """What a constructor does: from now on `this` keeps `state`."""
    vm.heap.touch_for_good(this)
    this.native = state
