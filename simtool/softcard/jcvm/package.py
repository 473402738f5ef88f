"""A package on the card, linked: its code, classes, constant pool, static fields (JCVM §6)."""

from __future__ import annotations

from dataclasses import dataclass, field

from simtool.softcard.jcvm.classes import Handler, JavaClass, Method
from simtool.softcard.jcvm.objects import Context, JavaObject


@dataclass(frozen=True, slots=True)
class FieldRef:
    """An instance field: its place among the words of an object."""

    index: int


@dataclass(frozen=True, slots=True)
class StaticRef:
    """A static field: its package, and its place among the static words there."""

    package: Package
    index: int


@dataclass(frozen=True, slots=True)
class VirtualRef:
    """A virtual method as a class has it, by token; `internal`: package-visible."""

    cls: JavaClass
    token: int
    internal: bool


@dataclass(frozen=True, slots=True)
class SuperRef:
    """The method that a class inherits, called past the one that overrides it."""

    method: Method


Constant = JavaClass | FieldRef | StaticRef | VirtualRef | SuperRef | Method
"""An entry of the constant pool, resolved."""


@dataclass(slots=True, eq=False)
class Package:
    """`code` is the body of the Method component, `methods` and `classes` are by their offset in their components."""

    aid: bytes
    major: int
    minor: int
    name: str
    context: Context
    code: bytes
    applets: dict[bytes, int]
    has_int: bool
    methods: dict[int, Method] = field(default_factory=dict)
    classes: dict[int, JavaClass] = field(default_factory=dict)
    pool: list[Constant] = field(default_factory=list)
    imports: list[Package | str] = field(default_factory=list)
    exported: list[tuple[int, tuple[int, ...], tuple[int, ...]]] = field(default_factory=list)
    handlers: tuple[Handler, ...] = ()
    statics_class: JavaClass | None = None
    statics: JavaObject | None = None
    non_default: tuple[int, bytes] = (0, b"")
    typed: set[int] = field(default_factory=set)
