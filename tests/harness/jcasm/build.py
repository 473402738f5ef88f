"""The components of a CAP file from the parsed text (JCVM specification chapter 6, compact formats 2.1, 2.2, 2.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from simtool.codec.cap import ComponentTag
from simtool.codec.java_exports import parameter_types, type_words
from tests.harness.jcasm.code import CLASS, FUNCTION, Linked, MethodCode, Reference, entry
from tests.harness.jcasm.opcodes import OPCODES
from tests.harness.jcasm.source import AsmError, FieldSource, MethodSource, PackageSource
from tests.harness.jcasm.symbols import (
    OBJECT,
    AnyClass,
    External,
    Local,
    Signature,
    Symbols,
    is_function,
    is_reference,
)

MAGIC = bytes.fromhex("decaffed")
_ARRAY_INIT = {"[Z": (2, 1), "[B": (3, 1), "[S": (4, 2), "[I": (5, 4)}
"""Types of initialised static arrays, and bytes of an element (table 6-13)."""
_SIZES = {"Z": 1, "B": 1, "S": 2, "I": 4}
_NONE = 0xFFFF
_INTS = {"I", "[I"}


@dataclass
class _Method:
    owner: Local
    signature: Signature
    source: MethodSource
    code: MethodCode
    offset: int = 0

    @property
    def abstract(self) -> bool:
        return "abstract" in self.source.flags

    @property
    def extended(self) -> bool:
        return self.source.extended or max(self.code.stack, self.code.locals, self.code.arguments) > 15

    @property
    def header(self) -> bytes:
        code, flags = self.code, 4 if self.abstract else 0
        stack, locals_ = (0, 0) if self.abstract else (code.stack, code.locals)
        if self.extended:
            return bytes(((flags | 8) << 4, stack, code.arguments, locals_))
        return bytes((flags << 4 | stack, code.arguments << 4 | locals_))


class Builder:
    """Makes every component; offsets of classes, methods and statics are settled before the first reference."""

    def __init__(
        self, source: PackageSource, symbols: Symbols, format_: tuple[int, int], int_support: bool | None
    ) -> None:
        self.source = source
        self.symbols = symbols
        self.format = format_
        self.classes = symbols.in_order()
        self.methods = self._methods()
        self.statics, self.static_bodies = self._statics()
        self.class_offsets: dict[str, int] = {}
        self._place_classes()
        self.pool: dict[tuple[int, str, int, Signature], int] = {}
        self.entries: list[bytes] = [raw for _, raw in source.pool]
        self.references: dict[int, Reference] = {}
        self.linked = self._link()
        self.int_support = self._uses_int() if int_support is None else int_support

    def bodies(self) -> dict[ComponentTag, bytes]:
        """All component bodies but the Directory."""
        tag = ComponentTag
        found = {
            tag.HEADER: self._header(),
            tag.IMPORT: self._imports(),
            tag.CLASS: self._class_component(),
            tag.METHOD: self._method_component(),
            tag.STATIC_FIELD: self.static_bodies,
            tag.CONSTANT_POOL: len(self.entries).to_bytes(2) + b"".join(self.entries),
            tag.REF_LOCATION: self._locations(),
        }
        if self.source.applets:
            found[tag.APPLET] = self._applets()
        if self.source.export:
            found[tag.EXPORT] = self._exports()
        return found

    def offsets(self) -> dict[str, int]:
        """Offsets of methods in the Method component, by `Class.name` (the first of that name) and with descriptor."""
        found: dict[str, int] = {}
        for method in self.methods:
            name = f"{method.owner.source.name}.{method.signature[0]}"
            found.setdefault(name, method.offset)
            found[name + method.signature[1]] = method.offset
        return found

    def labels(self) -> dict[str, int]:
        """Offsets of labels in the Method component, by `Class.name:label`."""
        found: dict[str, int] = {}
        for method in self.methods:
            start = method.offset + len(method.header)
            for label, at in method.code.labels.items():
                found.setdefault(f"{method.owner.source.name}.{method.signature[0]}:{label}", start + at)
        return found

    # --- what stands where

    def _methods(self) -> list[_Method]:
        found = []
        for one in self.classes:
            if not one.interface:
                for signature, source in one.methods.items():
                    code = MethodCode(self.symbols, one, source, signature[1])
                    found.append(_Method(one, signature, source, code))
        place = 1 + 8 * sum(len(method.source.catches) for method in found)
        for method in found:
            method.offset = place
            place += len(method.header) + method.code.size
        return found

    def _offset(self, one: AnyClass | None, signature: Signature) -> int:
        """Where a method stands that a class declares or inherits inside the package; FFFF outside."""
        while isinstance(one, Local):
            for method in self.methods:
                if method.owner is one and method.signature == signature and not is_function(method.source):
                    return method.offset
            one = self.symbols.find(one.parent or OBJECT, one.source.line)
        return _NONE

    def _place_classes(self) -> None:
        place = 0 if self.format < (2, 2) else 2
        for one in self.classes:
            self.class_offsets[one.path] = place
            place += len(self._class_info(one, lambda _: bytes(2)))

    def ref(self, one: AnyClass) -> bytes:
        return one.ref if isinstance(one, External) else self.class_offsets[one.path].to_bytes(2)

    def place(self, reference: Reference) -> int:
        """Offset of a method, or of a static field in the image."""
        if reference.tag == FUNCTION:
            for method in self.methods:
                if method.owner is reference.owner and method.signature == reference.member:
                    return method.offset
        return self.statics[reference.owner.path, reference.member[0]]

    def extent(self, one: Local, signature: Signature) -> tuple[int, int]:
        """Bytes of a method's code, and the number of its first handler in the table."""
        first = 0
        for method in self.methods:
            if method.owner is one and method.signature == signature:
                return method.code.size, first if method.source.catches else 0
            first += len(method.source.catches)
        return 0, 0

    # --- constant pool

    def _index(self, reference: Reference) -> int:
        if reference.key not in self.pool:
            self.pool[reference.key] = len(self.entries)
            self.references[len(self.entries)] = reference
            self.entries.append(entry(reference, self.ref, self.place))
        return self.pool[reference.key]

    def _link(self) -> list[Linked]:
        """Fields come first in the pool: their instructions have one byte for the index. 0 is no type to catch."""
        catches = [row for method in self.methods for row in method.source.catches if row.type != "any"]
        for method in self.methods:
            for row, reference in zip(method.source.body, method.code.references, strict=True):
                if reference is not None and OPCODES[row.name].operands == "field1":
                    self._index(reference)
        if catches and not self.entries:
            self._index(Reference(CLASS, self.symbols.find(OBJECT, 0)))
        return [method.code.encode(self._index) for method in self.methods]

    def _uses_int(self) -> bool:
        """Whether the text has an int anywhere (flag ACC_INT, table 6-4)."""
        names = {row.name for method in self.methods for row in method.source.body}
        types = [row.descriptor for one in self.classes for row in one.fields.values()]
        types += [kind for one in self.classes for kind, _ in one.statics.values()]
        types += [kind for one in self.classes for row in one.methods for kind in _types(row[1])]
        return any(OPCODES[name].uses_int for name in names if name in OPCODES) or not _INTS.isdisjoint(types)

    # --- components

    def _header(self) -> bytes:
        source, (major, minor) = self.source, self.format
        flags = (1 if self.int_support else 0) | (2 if source.export else 0) | (4 if source.applets else 0)
        package_major, _, package_minor = source.version.partition(".")
        aid = bytes.fromhex(source.aid)
        found = MAGIC + bytes((minor, major, flags, int(package_minor), int(package_major), len(aid))) + aid
        return found + (bytes((len(source.name),)) + source.name.encode() if self.format >= (2, 2) else b"")

    def _imports(self) -> bytes:
        found = bytes((len(self.symbols.imports),))
        for one in self.symbols.imports:
            found += bytes((one.version[1], one.version[0], len(one.aid))) + one.aid
        return found

    def _applets(self) -> bytes:
        found = bytes((len(self.source.applets),))
        for line, digits, name in self.source.applets:
            aid = bytes.fromhex(digits)
            offset = self.offsets().get(f"{name.rpartition('/')[2]}.install([BSB)V")
            if offset is None:
                raise AsmError(line, f"{name} has no install([BSB)V")
            found += bytes((len(aid),)) + aid + offset.to_bytes(2)
        return found

    def _class_component(self) -> bytes:
        pool = b"" if self.format < (2, 2) else bytes(2)
        return pool + b"".join(self._class_info(one, self.ref) for one in self.classes)

    def _class_info(self, one: Local, ref: Callable[[AnyClass], bytes]) -> bytes:
        flags = (8 if one.interface else 0) | (4 if self.symbols.shareable(one) else 0)
        found = bytes((flags << 4 | len(one.interfaces),))
        find = self.symbols.find
        if one.interface:
            return found + b"".join(ref(find(name, one.source.line)) for name in one.interfaces)
        parent = find(one.parent or OBJECT, one.source.line)
        fields = one.fields.values()
        references = [row.token for row in fields if is_reference(row.descriptor)]
        size = sum(type_words(row.descriptor) for row in fields)
        found += ref(parent) + bytes((size, min(references, default=0xFF), len(references)))
        public, package = self._table(one, public=True), self._table(one, public=False)
        found += bytes((public[0], len(public[1]), package[0], len(package[1])))
        found += b"".join(offset.to_bytes(2) for offset in (*public[1], *package[1]))
        for name in one.interfaces:
            found += self._implemented(one, find(name, one.source.line), ref)
        if self.format >= (2, 3):
            found += self._mapping(one, parent, public[0] + len(public[1]))
        return found

    def _table(self, one: Local, *, public: bool) -> tuple[int, list[int]]:
        """Base and entries of a virtual method table: from the first method that the class declares to the last token.

        FFFF for what a class outside of the package has (§6.9.2). An empty table begins where the superclass's ends.
        """
        rows = one.public if public else one.package
        own = {row for row, method in one.methods.items() if not is_function(method)}
        declared = [token for token, row in enumerate(rows) if row in own]
        first = 0 if one.source.full_table else min(declared, default=len(rows))
        return first, [self._offset(one, row) for row in rows[first:]]

    def _implemented(self, one: Local, interface: AnyClass, ref: Callable[[AnyClass], bytes]) -> bytes:
        if isinstance(interface, External):
            rows = [(row.name, row.descriptor) for row in interface.table.interface_methods]
        else:
            rows = interface.public
        missing = [row for row in rows if row not in one.public]
        if missing:
            raise AsmError(one.source.line, f"{one.path} does not declare {missing[0][0]} of {interface.path}")
        return ref(interface) + bytes((len(rows),)) + bytes(one.public.index(row) for row in rows)

    def _mapping(self, one: Local, parent: AnyClass, count: int) -> bytes:
        """Token of each method in the superclass, FF where it is new; then how many a subclass of old inherits."""
        if isinstance(parent, External):
            rows = [(row.name, row.descriptor) for row in parent.table.virtual_methods]
        else:
            rows = parent.public
        found = bytes(rows.index(row) if row in rows else 0xFF for row in one.public[:count])
        return found + bytes((count,))

    def _method_component(self) -> bytes:
        handlers, code = b"", b""
        for method, linked in zip(self.methods, self.linked, strict=True):
            start = method.offset + len(method.header)
            ranges = []
            for row in method.source.catches:
                begin, end = (method.code.label(name, row.line) for name in (row.start, row.end))
                ranges.append((begin, end))
            for number, row in enumerate(method.source.catches):
                begin, end = ranges[number]
                stop = not any(other[0] < end and begin < other[1] for other in ranges[number + 1 :])
                target = start + method.code.label(row.handler, row.line)
                length = (0x8000 if stop else 0) | (end - begin)
                handlers += (start + begin).to_bytes(2) + length.to_bytes(2)
                handlers += target.to_bytes(2) + self._catch_type(row.type, row.line).to_bytes(2)
            code += method.header + linked.code
        return bytes((len(handlers) // 8,)) + handlers + code

    def _catch_type(self, name: str, line: int) -> int:
        return 0 if name == "any" else self._index(Reference(CLASS, self.symbols.find(name, line)))

    def _locations(self) -> bytes:
        """Places of constant pool operands; types of handlers stand among those of two bytes."""
        one_byte: list[int] = []
        two_bytes: list[int] = []
        handler = 0
        for method, linked in zip(self.methods, self.linked, strict=True):
            for row in method.source.catches:
                if row.type != "any":
                    two_bytes.append(1 + 8 * handler + 6)
                handler += 1
            start = method.offset + len(method.header)
            one_byte += [start + place for place in linked.one_byte]
            two_bytes += [start + place for place in linked.two_bytes]
        return _deltas(one_byte) + _deltas(two_bytes)

    def _exports(self) -> bytes:
        rows = self.symbols.exported()
        found = bytes((len(rows),))
        for one in rows:
            fields = [self.statics[one.path, name] for name in self.symbols.exported_statics(one)]
            methods = [self.place(Reference(FUNCTION, one, 0, row)) for row in self.symbols.exported_functions(one)]
            found += self.ref(one) + bytes((len(fields), len(methods)))
            found += b"".join(offset.to_bytes(2) for offset in (*fields, *methods))
        return found

    # --- static fields

    def _statics(self) -> tuple[dict[tuple[str, str], int], bytes]:
        """Where each static field stands in the image, and the StaticField component (§6.10)."""
        rows = [(one, name, kind, row) for one in self.classes for name, (kind, row) in one.statics.items()]
        arrays = [row for row in rows if is_reference(row[2]) and row[3].value is not None]
        nulls = [row for row in rows if is_reference(row[2]) and row[3].value is None]
        numbers = [row for row in rows if not is_reference(row[2])]
        values = [self._number(one, row) for one, _, _, row in numbers]
        zeros = [row for row, value in zip(numbers, values, strict=True) if not value]
        others = [(row, value) for row, value in zip(numbers, values, strict=True) if value]
        offsets: dict[tuple[str, str], int] = {}
        image = 0
        for one, name, kind, _ in (*arrays, *nulls, *zeros, *(row for row, _ in others)):
            offsets[one.path, name] = image
            image += _SIZES.get(kind, 2)
        inits = b"".join(self._array(one, kind, row) for one, _, kind, row in arrays)
        default = sum(_SIZES[kind] for _, _, kind, _ in zeros)
        packed = b"".join(_packed(value, _SIZES[row[2]], row[3].line) for row, value in others)
        references = len(arrays) + len(nulls)
        found = image.to_bytes(2) + references.to_bytes(2) + len(arrays).to_bytes(2) + inits
        self.image = (image, len(arrays), len(inits) - 3 * len(arrays))
        return offsets, found + default.to_bytes(2) + len(packed).to_bytes(2) + packed

    def _number(self, one: Local, row: FieldSource) -> int:
        return 0 if row.value is None else self.symbols.number(one, row.value, row.line)

    def _array(self, one: Local, kind: str, row: FieldSource) -> bytes:
        """`"text"`, `hex 0102` or `{1, 2, NAME}`."""
        value = row.value or ""
        if kind not in _ARRAY_INIT:
            raise AsmError(row.line, "only arrays of numbers have values from the start")
        number, size = _ARRAY_INIT[kind]
        if value.startswith('"'):
            raw = value[1:-1].encode("latin-1")
        elif value.startswith("hex"):
            raw = bytes.fromhex(value[3:])
        else:
            texts = value.strip("{} ").replace(",", " ").split()
            raw = b"".join(_packed(self.symbols.number(one, text, row.line), size, row.line) for text in texts)
        return bytes((number,)) + len(raw).to_bytes(2) + raw


def directory(bodies: dict[ComponentTag, bytes], format_: tuple[int, int], image: Iterable[int]) -> bytes:
    """The Directory component (§6.5) for the other bodies; `image`: bytes of the image, arrays, bytes of arrays."""
    count = 11 if format_ < (2, 2) else 12
    tail = b"".join(value.to_bytes(2) for value in image)
    imports = bodies.get(ComponentTag.IMPORT, b"\0")[:1]
    tail += imports + bodies.get(ComponentTag.APPLET, b"\0")[:1] + b"\0"
    wide = b"" if format_ < (2, 3) else len(bodies.get(ComponentTag.STATIC_RESOURCES, b"")).to_bytes(4)
    sizes = [len(bodies.get(ComponentTag(tag), b"")) for tag in range(1, count + 1)]
    sizes[ComponentTag.DIRECTORY - 1] = 2 * count + len(wide) + len(tail)
    return b"".join(value.to_bytes(2) for value in sizes) + wide + tail


def _types(descriptor: str) -> tuple[str, ...]:
    """Parameters and result."""
    return (*parameter_types(descriptor), descriptor.rpartition(")")[2])


def _packed(value: int, size: int, line: int) -> bytes:
    if not -(1 << (8 * size - 1)) <= value < 1 << (8 * size):
        raise AsmError(line, f"{value} does not go into {size} bytes")
    return (value % (1 << (8 * size))).to_bytes(size)


def _deltas(places: list[int]) -> bytes:
    """A list of the RefLocation component: distances, those of 255 and more in steps (§6.11)."""
    found, last = b"", 0
    for place in sorted(places):
        distance = place - last
        found += b"\xff" * (distance // 255) + bytes((distance % 255,))
        last = place
    return len(found).to_bytes(2) + found
