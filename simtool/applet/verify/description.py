"""The Descriptor component as values (JCVM specification §6.14); `DecodeError` for what does not fit.

Types become descriptors as class files have them. Classes are named by `name`, a function from class reference to name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntFlag

from simtool.applet.verify.parts import NONE, body
from simtool.codec.byte_reader import ByteReader
from simtool.codec.cap import CapFile, ComponentTag
from simtool.errors import DecodeError

Name = Callable[[int], str]
PRIMITIVE_FIELDS = {0x8002: "Z", 0x8003: "B", 0x8004: "S", 0x8005: "I"}
_NIBBLES = {1: "V", 2: "Z", 3: "B", 4: "S", 5: "I", 10: "[Z", 11: "[B", 12: "[S", 13: "[I"}
_REFERENCE, _REFERENCES = 6, 14


class ClassFlag(IntFlag):
    """Table 6-18."""

    PUBLIC = 0x01
    FINAL = 0x10
    INTERFACE = 0x40
    ABSTRACT = 0x80


class MemberFlag(IntFlag):
    """Tables 6-19 and 6-21."""

    PUBLIC = 0x01
    PRIVATE = 0x02
    PROTECTED = 0x04
    STATIC = 0x08
    FINAL = 0x10
    ABSTRACT = 0x40
    INIT = 0x80


@dataclass(frozen=True, slots=True)
class FieldText:
    """A field. `ref` are its three bytes: a class and a token, or for a static field 0 and its offset."""

    place: int
    token: int
    flags: MemberFlag
    ref: bytes
    descriptor: str

    @property
    def static(self) -> bool:
        return MemberFlag.STATIC in self.flags


@dataclass(frozen=True, slots=True)
class MethodText:
    place: int
    token: int
    flags: MemberFlag
    offset: int
    descriptor: str
    size: int
    handler_count: int
    handler_index: int


@dataclass(frozen=True, slots=True)
class ClassText:
    place: int
    token: int
    flags: ClassFlag
    ref: int
    interfaces: tuple[int, ...]
    fields: tuple[FieldText, ...]
    methods: tuple[MethodText, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """Classes by their order, and the type of each constant pool entry (None for classes)."""

    classes: tuple[ClassText, ...]
    pool: tuple[str | None, ...]
    pool_place: int


@dataclass
class _Types:
    raw: bytes
    name: Name
    known: dict[int, str] = field(default_factory=dict)
    starts: set[int] = field(default_factory=set)

    def at(self, offset: int) -> str:
        """The type that begins at an offset of the table."""
        if offset not in self.starts:
            raise DecodeError(f"Descriptor component: no type begins at {offset:04X} of the table")
        if offset not in self.known:
            self.known[offset] = self._read(offset)
        return self.known[offset]

    def read_all(self, offset: int) -> None:
        """Where the types begin, from `offset` to the table's end."""
        while offset < len(self.raw):
            self.starts.add(offset)
            offset += 1 + (self.raw[offset] + 1) // 2
        if offset != len(self.raw):
            raise DecodeError("Descriptor component: its last type is cut off")

    def _read(self, offset: int) -> str:
        count = self.raw[offset]
        nibbles = [int(digit, 16) for digit in self.raw[offset + 1 : offset + 1 + (count + 1) // 2].hex()[:count]]
        parts = []
        while nibbles:
            kind = nibbles.pop(0)
            if kind in _NIBBLES:
                parts.append(_NIBBLES[kind])
            elif kind in (_REFERENCE, _REFERENCES) and len(nibbles) >= 4:
                ref = nibbles[0] << 12 | nibbles[1] << 8 | nibbles[2] << 4 | nibbles[3]
                del nibbles[:4]
                parts.append(("[" if kind == _REFERENCES else "") + f"L{self.name(ref)};")
            else:
                raise DecodeError(f"Descriptor component: {kind} in the type at {offset:04X} is no type")
        if not parts or "V" in parts[:-1]:
            raise DecodeError(f"Descriptor component: the type at {offset:04X} is none")
        return " ".join(parts)


def read_description(cap: CapFile, name: Name) -> Description | None:
    """The Descriptor component, or None where the file has none."""
    if cap.component(ComponentTag.DESCRIPTOR) is None:
        return None
    reader = ByteReader(body(cap, ComponentTag.DESCRIPTOR), "Descriptor component")
    rows = [_class(reader) for _ in range(reader.u1("class count"))]
    start = reader.offset
    count = reader.u2("pool count")
    offsets = [reader.u2("type of a constant") for _ in range(count)]
    types = _Types(body(cap, ComponentTag.DESCRIPTOR)[start:], name)
    types.read_all(reader.offset - start)
    pool = []
    for number, offset in enumerate(offsets):
        pool.append(None if offset == NONE else _of_pool(types.at(offset), cap, number))
    return Description(tuple(_resolved(row, types) for row in rows), tuple(pool), start)


@dataclass(frozen=True, slots=True)
class _Class:
    place: int
    token: int
    flags: int
    ref: int
    interfaces: tuple[int, ...]
    fields: tuple[tuple[int, int, int, bytes, int], ...]
    methods: tuple[tuple[int, ...], ...]


def _class(reader: ByteReader) -> _Class:
    place, token, flags, ref = reader.offset, reader.u1("class token"), reader.u1("class flags"), reader.u2("class")
    interfaces, fields, methods = reader.u1("interface count"), reader.u2("field count"), reader.u2("method count")
    refs = tuple(reader.u2("interface") for _ in range(interfaces))
    its_fields = tuple(
        (reader.offset, reader.u1("field token"), reader.u1("flags"), reader.bytes(3, "field"), reader.u2("type"))
        for _ in range(fields)
    )
    its_methods = tuple(
        (reader.offset, reader.u1("method token"), reader.u1("flags"), *(reader.u2("method") for _ in range(5)))
        for _ in range(methods)
    )
    return _Class(place, token, flags, ref, refs, its_fields, its_methods)


def _resolved(row: _Class, types: _Types) -> ClassText:
    fields = []
    for place, token, flags, ref, kind in row.fields:
        descriptor = PRIMITIVE_FIELDS.get(kind) or types.at(kind)
        if " " in descriptor or descriptor == "V":
            raise DecodeError(f"Descriptor component: the field at {place:04X} has the type of a method")
        fields.append(FieldText(place, token, MemberFlag(flags), ref, descriptor))
    methods = []
    for place, token, flags, offset, kind, size, count, first in row.methods:
        signature = _signature(types.at(kind))
        methods.append(MethodText(place, token, MemberFlag(flags), offset, signature, size, count, first))
    return ClassText(row.place, row.token, ClassFlag(row.flags), row.ref, row.interfaces, tuple(fields), tuple(methods))


def _of_pool(text: str, cap: CapFile, number: int) -> str:
    """A type as an entry of the pool needs it: of a field, or of a method."""
    kind = body(cap, ComponentTag.CONSTANT_POOL)[2 + 4 * number] if number < cap.constants else 0
    return text if kind in (2, 5) else _signature(text)


def _signature(text: str) -> str:
    """`parameters… result` as a method's descriptor."""
    *parameters, result = text.split(" ")
    return f"({''.join(parameters)}){result}"
