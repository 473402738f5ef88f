"""The components' bodies as values: classes, constant pool, exception handlers, static image, reference locations.

Read from JCVM specification §6.8 to §6.12 for formats 2.1 to 2.3 compact; what does not fit raises `DecodeError`.
Whether the values agree with each other is asked elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

from simtool.codec.byte_reader import ByteReader
from simtool.codec.cap import CapFile, ComponentTag, PoolTag

NONE = 0xFFFF
NO_TOKEN = 0xFF
EXTERNAL = 0x8000
INTERFACE, SHAREABLE, REMOTE = 8, 4, 2
PACKAGE_VISIBLE = 0x80
_ACTIVE = 0x7FFF
HANDLER_BYTES = 8
STEP = 255
ARRAY_TYPES = {2: ("[Z", 1), 3: ("[B", 1), 4: ("[S", 2), 5: ("[I", 4)}
"""Types of initialised static arrays, and bytes of an element (table 6-16)."""


@dataclass(frozen=True, slots=True)
class PoolEntry:
    """An entry. `ref` is the class reference, or for statics the first two bytes; `token` the last byte."""

    tag: PoolTag
    ref: int
    token: int

    @property
    def external(self) -> bool:
        return bool(self.ref & EXTERNAL)

    @property
    def offset(self) -> int:
        """Of the package's own static: the last two bytes."""
        return (self.ref & 0xFF) << 8 | self.token


@dataclass(frozen=True, slots=True)
class Implemented:
    """An interface of a class, and the virtual method token for each of its methods."""

    ref: int
    tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TypeInfo:
    """A class or interface of the Class component. Of an interface only `interfaces` tell more than the flags."""

    offset: int
    flags: int
    interfaces: tuple[int, ...]
    parent: int = NONE
    size: int = 0
    first_reference: int = NO_TOKEN
    reference_count: int = 0
    public_base: int = 0
    public: tuple[int, ...] = ()
    package_base: int = 0
    package: tuple[int, ...] = ()
    implemented: tuple[Implemented, ...] = ()
    mapping: tuple[int, ...] | None = None
    inheritable: int = 0

    @property
    def is_interface(self) -> bool:
        return bool(self.flags & INTERFACE)

    @property
    def shareable(self) -> bool:
        return bool(self.flags & SHAREABLE)


@dataclass(frozen=True, slots=True)
class Handler:
    """An entry of the exception handler table; `place` is where it stands, `end` behind the last byte of its range."""

    place: int
    start: int
    end: int
    stop: bool
    target: int
    catches: int

    def meets(self, other: Handler) -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class StaticImage:
    """The static fields: bytes, references, types of the initialised arrays, numbers that are 0 and that are not."""

    size: int
    references: int
    arrays: tuple[tuple[int, int], ...]
    defaults: int
    values: bytes


@dataclass(frozen=True, slots=True)
class Places:
    """RefLocation: where constant pool operands of one and of two bytes stand. `problems` are offsets and words."""

    one: tuple[int, ...]
    two: tuple[int, ...]
    problems: tuple[tuple[int, str], ...]


def body(cap: CapFile, tag: ComponentTag) -> bytes:
    """A component's body; empty where it is not there."""
    component = cap.component(tag)
    return component.body if component is not None else b""


def read_pool(cap: CapFile) -> tuple[PoolEntry, ...]:
    raw = body(cap, ComponentTag.CONSTANT_POOL)
    rows = [raw[2 + 4 * number : 6 + 4 * number] for number in range(cap.constants)]
    return tuple(PoolEntry(PoolTag(row[0]), int.from_bytes(row[1:3]), row[3]) for row in rows)


def read_handlers(cap: CapFile) -> tuple[Handler, ...]:
    reader = ByteReader(body(cap, ComponentTag.METHOD), "Method component")
    found = []
    for _ in range(reader.u1("handler count")):
        place, start, length = reader.offset, reader.u2("start of a handler"), reader.u2("length of its range")
        target, catches = reader.u2("handler"), reader.u2("type to catch")
        found.append(Handler(place, start, start + (length & _ACTIVE), length > _ACTIVE, target, catches))
    return tuple(found)


def read_image(cap: CapFile) -> StaticImage:
    reader = ByteReader(body(cap, ComponentTag.STATIC_FIELD), "StaticField component")
    size, references, count = (reader.u2(name) for name in ("image size", "references", "arrays"))
    arrays = []
    for _ in range(count):
        kind, length = reader.u1("array type"), reader.u2("array size")
        reader.bytes(length, "array values")
        arrays.append((kind, length))
    defaults = reader.u2("default bytes")
    return StaticImage(size, references, tuple(arrays), defaults, reader.bytes(reader.u2("values"), "values"))


def read_places(cap: CapFile) -> Places:
    reader = ByteReader(body(cap, ComponentTag.REF_LOCATION), "RefLocation component")
    problems: list[tuple[int, str]] = []
    lists = []
    for _ in range(2):
        at, pending = 0, False
        places: list[int] = []
        for _ in range(reader.u2("length")):
            step = reader.u1("step")
            at += step
            pending = step == STEP
            if pending:
                continue
            if places and at == places[-1]:
                problems.append((reader.offset - 1, f"place {at:04X} stands twice"))
            places.append(at)
        if pending:
            problems.append((reader.offset - 1, "the list ends in 255, which leads on to nothing"))
        lists.append(tuple(places))
    reader.finish()
    return Places(lists[0], lists[1], tuple(problems))


def read_classes(cap: CapFile) -> dict[int, TypeInfo]:
    """Classes and interfaces by their offset, in the order in which they stand."""
    reader = ByteReader(body(cap, ComponentTag.CLASS), "Class component")
    minor = cap.header.format[1]
    if minor >= 2:
        reader.bytes(reader.u2("length of the signature pool"), "signature pool")
    found = {}
    while reader.more:
        one = _type(reader, minor)
        found[one.offset] = one
    return found


def _type(reader: ByteReader, minor: int) -> TypeInfo:
    offset, bits = reader.offset, reader.u1("flags and count")
    flags, count = bits >> 4, bits & 0x0F
    if flags & INTERFACE:
        supers = tuple(reader.u2("superinterface") for _ in range(count))
        if minor >= 2 and flags & REMOTE:
            reader.bytes(reader.u1("name length"), "name of a remote interface")
        return TypeInfo(offset, flags, supers)
    parent, size, first, references = reader.u2("superclass"), *(reader.u1("class") for _ in range(3))
    public_base, publics, package_base, packages = (reader.u1("method table") for _ in range(4))
    public = tuple(reader.u2("virtual method") for _ in range(publics))
    package = tuple(reader.u2("virtual method") for _ in range(packages))
    implemented = []
    for _ in range(count):
        ref = reader.u2("interface")
        implemented.append(Implemented(ref, tuple(reader.bytes(reader.u1("method count"), "method tokens"))))
    if minor >= 2 and flags & REMOTE:
        _remote(reader)
    mapping, inheritable = None, 0
    if minor >= 3:
        mapping = tuple(reader.bytes(public_base + publics, "token mapping"))
        inheritable = reader.u1("count of inheritable tokens")
    return TypeInfo(
        offset, flags, tuple(one.ref for one in implemented), parent, size, first, references, public_base, public,
        package_base, package, tuple(implemented), mapping, inheritable,
    )  # fmt: skip


def _remote(reader: ByteReader) -> None:
    """What a class with remote interfaces tells of them (§6.9.2.5); it is not looked at."""
    for _ in range(reader.u1("remote method count")):
        reader.bytes(5, "remote method")
    reader.bytes(reader.u1("length of the hash modifier"), "hash modifier")
    reader.bytes(reader.u1("length of the class name"), "class name")
    reader.bytes(2 * reader.u1("remote interface count"), "remote interfaces")
