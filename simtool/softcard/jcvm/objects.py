"""What lives on the heap: objects and arrays, each with its owner (JCVM §3.2, JCRE §6.1).

A short, byte or boolean is a Python int in its signed range, an int the same in 32 bits, a reference a `Ref`, null is
None. An int takes two words of a frame or of an object's fields: its value stands in the first, the second is not used.
"""

from __future__ import annotations

from array import array
from enum import IntEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simtool.softcard.jcvm.classes import JavaClass
    from simtool.softcard.jcvm.native import NativeState

Word = Any
"""A word of a frame, a field or an array element: int, Ref or None."""


class Context:
    """A context of the applet firewall: one for each package, and those of the runtime itself (JCRE §6.1.2)."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<context {self.name}>"


JCRE = Context("JCRE")
"""Owned by the runtime: nobody else gets at it."""
ENTRY_POINT = Context("permanent entry point")
"""An object of the runtime whose methods anybody may call, and keep the reference (JCRE §6.2.2)."""
TEMPORARY = Context("temporary entry point")
"""The same, but the reference may not be stored in a field or an array."""
GLOBAL = Context("global array")
"""An array that anybody may read and write; the reference may not be stored (JCRE §6.2.3)."""
ON_DESELECT = Context("transient, cleared on deselect")
"""An array that is accessible only while its owner is the selected applet (JCRE §6.2.1)."""
DEAD = Context("deleted")
"""An object made in a transaction that was aborted: as good as null (JCRE §7.6.3)."""


class Kind(IntEnum):
    """Element types of arrays, numbered as in `newarray`; REFERENCE is ours."""

    BOOLEAN = 10
    BYTE = 11
    SHORT = 12
    INT = 13
    REFERENCE = 14


TYPECODES = {Kind.BOOLEAN: "b", Kind.BYTE: "b", Kind.SHORT: "h", Kind.INT: "i"}
ELEMENT_BYTES = {Kind.BOOLEAN: 1, Kind.BYTE: 1, Kind.SHORT: 2, Kind.INT: 4, Kind.REFERENCE: 2}


class Lifetime(IntEnum):
    """When the contents go back to their default (JCSystem constants)."""

    PERSISTENT = 0
    CLEAR_ON_RESET = 1
    CLEAR_ON_DESELECT = 2


class Owner:
    """An applet instance that owns objects (JCRE §6.1.2): its AID and the context of its package.

    `applet` is the object that it registered. The runtime itself is an owner, too, without an AID.
    """

    __slots__ = ("aid", "applet", "context")

    def __init__(self, aid: bytes, context: Context) -> None:
        self.aid = aid
        self.context = context
        self.applet: JavaObject | None = None


class Ref:
    """What a reference refers to. `id` names it in the state file; `context` is who may use it.

    `persistent`: its words survive a reset, so each change goes through the heap's barrier. `owner` is the applet, for
    deletion and for context switches.
    """

    __slots__ = ("cls", "context", "id", "owner", "persistent")
    cls: JavaClass

    def __init__(self, id_: int | str, cls: JavaClass, context: Context, owner: Owner, persistent: bool) -> None:
        self.id = id_
        self.cls = cls
        self.context = context
        self.owner = owner
        self.persistent = persistent


class JavaObject(Ref):
    """An instance of a class: `words` are its instance fields, superclass first, `native` what an API class keeps."""

    __slots__ = ("native", "words")

    def __init__(self, id_: int | str, cls: JavaClass, context: Context, owner: Owner, persistent: bool) -> None:
        super().__init__(id_, cls, context, owner, persistent)
        self.words: list[Word] = list(cls.blank)
        self.native: NativeState | None = None

    def __repr__(self) -> str:
        return f"<{self.cls.name} {self.id}>"


class JavaArray(Ref):
    """An array: `data` is an `array` of signed numbers, or a list of references to `element`."""

    __slots__ = ("data", "element", "kind", "lifetime", "real_context")

    def __init__(
        self,
        id_: int | str,
        cls: JavaClass,
        context: Context,
        owner: Owner,
        kind: Kind,
        length: int,
        lifetime: Lifetime = Lifetime.PERSISTENT,
        element: JavaClass | None = None,
    ) -> None:
        real, context = context, ON_DESELECT if lifetime is Lifetime.CLEAR_ON_DESELECT else context
        super().__init__(id_, cls, context, owner, lifetime is Lifetime.PERSISTENT)
        self.kind = kind
        self.element = element
        self.lifetime = lifetime
        self.real_context = real
        self.data: Any = (
            [None] * length if kind is Kind.REFERENCE else array(TYPECODES[kind], bytes(length * ELEMENT_BYTES[kind]))
        )

    def clear(self) -> None:
        """All elements back to their default."""
        self.data = blank(self.kind, len(self.data))

    def __repr__(self) -> str:
        return f"<{self.kind.name.lower()}[{len(self.data)}] {self.id}>"


def blank(kind: Kind, length: int) -> Any:
    """Elements at their default."""
    return [None] * length if kind is Kind.REFERENCE else array(TYPECODES[kind], bytes(length * ELEMENT_BYTES[kind]))


def narrow(value: int) -> int:
    """To 16 bits, signed."""
    return (value + 0x8000 & 0xFFFF) - 0x8000


def narrow_byte(value: int) -> int:
    return (value + 0x80 & 0xFF) - 0x80


def narrow_int(value: int) -> int:
    return (value + 0x80000000 & 0xFFFFFFFF) - 0x80000000
