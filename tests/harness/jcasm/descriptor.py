"""The Descriptor component (JCVM §6.14): what an off-card verifier wants to know; a card need not load it."""

from __future__ import annotations

from dataclasses import dataclass

from simtool.codec.java_exports import parameter_types
from tests.harness.jcasm.build import Builder
from tests.harness.jcasm.code import CLASS, FUNCTION, STATIC_FIELD, Reference
from tests.harness.jcasm.symbols import PACKAGE_TOKEN, Local, Signature, is_function

_NONE, _NO_TOKEN = 0xFFFF, 0xFF
_CLASS_FLAGS = {"public": 0x01, "final": 0x10, "abstract": 0x80}
_INTERFACE = 0x40
_MEMBER_FLAGS = {
    "public": 0x01, "private": 0x02, "protected": 0x04, "static": 0x08, "final": 0x10, "abstract": 0x40,
}  # fmt: skip
_INIT = 0x80
_FIELD_TYPES = {"Z": 0x8002, "B": 0x8003, "S": 0x8004, "I": 0x8005}
_NIBBLES = {
    "V": "1", "Z": "2", "B": "3", "S": "4", "I": "5", "[Z": "a", "[B": "b", "[S": "c", "[I": "d",
}  # fmt: skip


@dataclass
class _Types:
    """Type descriptors; each once. Offsets count from the table's beginning, where the constant pool's types stand."""

    builder: Builder
    start: int

    def __post_init__(self) -> None:
        self.raw = b""
        self.known: dict[str, int] = {}

    def offset(self, descriptor: str) -> int:
        """Where the type of a field or method is told."""
        if descriptor not in self.known:
            self.known[descriptor] = self.start + len(self.raw)
            if descriptor[0] == "(":
                parts = [*parameter_types(descriptor), descriptor.rpartition(")")[2]]
            else:
                parts = [descriptor]
            nibbles = "".join(self._nibbles(one) for one in parts)
            self.raw += bytes((len(nibbles),)) + bytes.fromhex(nibbles + "0" * (len(nibbles) % 2))
        return self.known[descriptor]

    def _nibbles(self, descriptor: str) -> str:
        if descriptor in _NIBBLES:
            return _NIBBLES[descriptor]
        name = descriptor.lstrip("[")[1:-1]
        ref = self.builder.ref(self.builder.symbols.find(name, 0)).hex()
        return ("e" if descriptor.startswith("[") else "6") + ref


def descriptor(builder: Builder) -> bytes:
    """The component for what a builder has made."""
    references: dict[int, Reference] = builder.references
    count = len(builder.entries)
    types = _Types(builder, 2 + 2 * count)
    pool = b""
    for index in range(count):
        reference = references.get(index)
        known = reference is not None and reference.tag != CLASS
        pool += (types.offset(reference.type) if known and reference is not None else _NONE).to_bytes(2)
    classes = b"".join(_class(builder, types, one) for one in builder.classes)
    return bytes((len(builder.classes),)) + classes + count.to_bytes(2) + pool + types.raw


def _class(builder: Builder, types: _Types, one: Local) -> bytes:
    exported = builder.symbols.exported()
    token = exported.index(one) if one in exported else _NO_TOKEN
    flags = sum(_CLASS_FLAGS[flag] for flag in one.source.flags) | (_INTERFACE | 0x80 if one.interface else 0)
    interfaces = [] if one.interface else one.interfaces
    fields = [_field(builder, types, one, name, token != _NO_TOKEN) for name in (*one.statics, *one.fields)]
    methods = [_method(builder, types, one, row, token != _NO_TOKEN) for row in one.methods]
    found = bytes((token, flags)) + builder.ref(one) + bytes((len(interfaces),))
    found += len(fields).to_bytes(2) + len(methods).to_bytes(2)
    found += b"".join(builder.ref(builder.symbols.find(name, one.source.line)) for name in interfaces)
    return found + b"".join(fields) + b"".join(methods)


def _flags(words: set[str]) -> int:
    return sum(_MEMBER_FLAGS[word] for word in words)


def _field(builder: Builder, types: _Types, one: Local, name: str, exported: bool) -> bytes:
    if name in one.statics:
        kind, source = one.statics[name]
        names = builder.symbols.exported_statics(one) if exported else []
        token = names.index(name) if name in names else _NO_TOKEN
        place = b"\0" + builder.place(Reference(STATIC_FIELD, one, 0, (name, ""))).to_bytes(2)
    else:
        row = one.fields[name]
        kind, source, token = row.descriptor, row.source, row.token
        place = builder.ref(one) + bytes((token,))
    told = _FIELD_TYPES.get(kind) or types.offset(kind)
    return bytes((token, _flags(source.flags))) + place + told.to_bytes(2)


def _method(builder: Builder, types: _Types, one: Local, row: Signature, exported: bool) -> bytes:
    source = one.methods[row]
    flags = _flags(source.flags) | (_INIT if row[0] == "<init>" else 0)
    if is_function(source):
        names = builder.symbols.exported_functions(one) if exported else []
        token = names.index(row) if row in names else _NO_TOKEN
    elif row in one.public:
        token = one.public.index(row)
    else:
        token = one.package.index(row) | PACKAGE_TOKEN
    offset = size = first = 0
    if not one.interface:
        offset = builder.place(Reference(FUNCTION, one, 0, row))
        size, first = builder.extent(one, row)
    numbers = (offset, types.offset(row[1]), size, len(source.catches), first)
    return bytes((token, flags)) + b"".join(number.to_bytes(2) for number in numbers)
