"""Java class files (Java Virtual Machine Specification chapter 4), versions 45 to 61: what a compiler made of a class.

Read are the constants, fields, methods with their code, exception tables and line numbers, and the name of the source
file. Other attributes are passed over; their structure is not checked, nor is the byte code, nor are types.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntFlag

from simtool.codec.byte_reader import ByteReader
from simtool.errors import DecodeError

MAGIC = 0xCAFEBABE
_VERSIONS = range(45, 62)


class ClassFlag(IntFlag):
    """Access and property flags of classes, fields and methods (tables 4.1-B, 4.5-A, 4.6-A)."""

    PUBLIC = 0x0001
    PRIVATE = 0x0002
    PROTECTED = 0x0004
    STATIC = 0x0008
    FINAL = 0x0010
    SYNCHRONIZED = 0x0020
    VOLATILE = 0x0040
    TRANSIENT = 0x0080
    NATIVE = 0x0100
    INTERFACE = 0x0200
    ABSTRACT = 0x0400
    STRICT = 0x0800
    SYNTHETIC = 0x1000
    ANNOTATION = 0x2000
    ENUM = 0x4000
    MODULE = 0x8000


@dataclass(frozen=True, slots=True)
class MemberRef:
    """A field or method of a class, as code names it: `java/lang/Object`, `equals`, `(Ljava/lang/Object;)Z`."""

    owner: str
    name: str
    descriptor: str


@dataclass(frozen=True, slots=True)
class ClassConstant:
    """A class or array type: `java/lang/Object`, `[B`."""

    name: str


@dataclass(frozen=True, slots=True)
class OtherConstant:
    """A constant of a kind that Java Card has not; `kind` says which, in words."""

    kind: str


Constant = int | MemberRef | ClassConstant | OtherConstant | str | None


@dataclass(frozen=True, slots=True)
class HandlerRange:
    """One row of an exception table: `catches` is a class name, or None for any."""

    start: int
    end: int
    handler: int
    catches: str | None


@dataclass(frozen=True, slots=True)
class CodeAttribute:
    """The byte code of a method. `lines`: (offset, line), by offset; may be empty."""

    max_stack: int
    max_locals: int
    code: bytes
    handlers: tuple[HandlerRange, ...]
    lines: tuple[tuple[int, int], ...]

    def line_of(self, offset: int) -> int:
        """The source line of the instruction at `offset`, 0 where that is not told."""
        found = 0
        for start, line in self.lines:
            if start > offset:
                break
            found = line
        return found


@dataclass(frozen=True, slots=True)
class Field:
    """A field. `constant` is the value of its ConstantValue attribute."""

    flags: ClassFlag
    name: str
    descriptor: str
    constant: Constant = None


@dataclass(frozen=True, slots=True)
class Method:
    """A method. `code` is None for an abstract or native one."""

    flags: ClassFlag
    name: str
    descriptor: str
    code: CodeAttribute | None

    @property
    def first_line(self) -> int:
        """The line where its code begins, 0 where that is not told."""
        return self.code.lines[0][1] if self.code is not None and self.code.lines else 0


@dataclass(frozen=True, slots=True)
class ClassFile:
    """One class. Names with slashes; `source` is the file that it was compiled from, without folder, or empty."""

    version: tuple[int, int]
    flags: ClassFlag
    name: str
    parent: str | None
    interfaces: tuple[str, ...]
    fields: tuple[Field, ...]
    methods: tuple[Method, ...]
    pool: tuple[Constant, ...]
    source: str

    @property
    def package(self) -> str:
        return self.name.rpartition("/")[0]

    @property
    def is_interface(self) -> bool:
        return ClassFlag.INTERFACE in self.flags


def read_class(data: bytes, file: str = "class file") -> ClassFile:
    """A class file. Raises `DecodeError` that names `file` and the offset."""
    return _Reader(data, file).read()


_REFERENCES = {9: "field", 10: "method", 11: "interface method"}
_OTHERS = {15: "method handle", 16: "method type", 17: "dynamic constant", 18: "invokedynamic", 19: "module"}
_SKIPPED = {15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2}


class _Reader:
    """Reads one file."""

    def __init__(self, data: bytes, file: str) -> None:
        self._file = file
        self._reader = ByteReader(data, file)
        self._raw: list[tuple[int, bytes]] = []
        self._pool: list[Constant] = []

    def read(self) -> ClassFile:
        reader = self._reader
        if reader.u4("magic") != MAGIC:
            raise DecodeError(f"{self._file}: it does not begin with CAFEBABE, this is no class file")
        minor, major = reader.u2("minor version"), reader.u2("major version")
        if major not in _VERSIONS:
            raise DecodeError(f"{self._file}: class file version {major}.{minor} is not known (javac --release 8)")
        self._read_pool()
        flags = ClassFlag(reader.u2("access flags"))
        name = self._class_name(reader.u2("this class"))
        parent = reader.u2("superclass")
        interfaces = tuple(self._class_name(reader.u2("interface")) for _ in range(reader.u2("interface count")))
        fields = tuple(self._field() for _ in range(reader.u2("field count")))
        methods = tuple(self._method() for _ in range(reader.u2("method count")))
        source = ""
        for attribute, body in self._attributes(reader):
            if attribute == "SourceFile":
                source = self._text(body.u2("source file"))
        reader.finish()
        return ClassFile(
            (major, minor), flags, name, self._class_name(parent) if parent else None, interfaces, fields, methods,
            tuple(self._pool), source,
        )  # fmt: skip

    # The constants

    def _read_pool(self) -> None:
        reader = self._reader
        count = reader.u2("constant count")
        self._raw = [(0, b"")]
        while len(self._raw) < count:
            offset, tag = reader.offset, reader.u1("constant tag")
            if tag == 1:
                self._raw.append((tag, reader.bytes(reader.u2("text length"), "text")))
            elif tag in (3, 4, 9, 10, 11, 12):
                self._raw.append((tag, reader.bytes(4, "constant")))
            elif tag in (5, 6):
                self._raw += [(tag, reader.bytes(8, "constant")), (0, b"")]
            elif tag in (7, 8):
                self._raw.append((tag, reader.bytes(2, "constant")))
            elif tag in _SKIPPED:
                self._raw.append((tag, reader.bytes(_SKIPPED[tag], "constant")))
            else:
                raise DecodeError(f"{self._file}: {tag} at offset {offset} is no kind of constant")
        self._pool = [self._constant(tag, raw) for tag, raw in self._raw]

    def _constant(self, tag: int, raw: bytes) -> Constant:
        if tag == 1:
            return self._decoded(raw)
        if tag == 3:
            return int.from_bytes(raw, signed=True)
        if tag == 7:
            return ClassConstant(self._text(int.from_bytes(raw)))
        if tag in _REFERENCES:
            owner, pair = struct.unpack(">HH", raw)
            name, descriptor = struct.unpack(">HH", self._entry(pair, 12))
            return MemberRef(self._class_name(owner), self._text(name), self._text(descriptor))
        if tag in (4, 5, 6, 8):
            return OtherConstant({4: "float", 5: "long", 6: "double", 8: "String"}[tag])
        return OtherConstant(_OTHERS[tag]) if tag in _OTHERS else None

    def _entry(self, index: int, tag: int) -> bytes:
        if index >= len(self._raw) or self._raw[index][0] != tag:
            raise DecodeError(f"{self._file}: constant {index} is not of kind {tag}")
        return self._raw[index][1]

    def _text(self, index: int) -> str:
        return self._decoded(self._entry(index, 1))

    def _decoded(self, raw: bytes) -> str:
        """Java's own form of UTF-8 (§4.4.7); what it has in common with the usual one is enough for names."""
        return raw.decode("utf-8", "surrogateescape")

    def _class_name(self, index: int) -> str:
        return self._text(int.from_bytes(self._entry(index, 7)))

    # Members

    def _attributes(self, reader: ByteReader) -> list[tuple[str, ByteReader]]:
        found = []
        for _ in range(reader.u2("attribute count")):
            name = self._text(reader.u2("attribute name"))
            body = reader.bytes(reader.u4("attribute length"), f"{name} attribute")
            found.append((name, ByteReader(body, f"{self._file}: {name} attribute")))
        return found

    def _field(self) -> Field:
        reader = self._reader
        flags, name, descriptor = self._member()
        constant: Constant = None
        for attribute, body in self._attributes(reader):
            if attribute == "ConstantValue":
                index = body.u2("constant")
                if not 0 < index < len(self._pool):
                    raise DecodeError(f"{self._file}: field {name} has no constant {index}")
                constant = self._pool[index]
        return Field(flags, name, descriptor, constant)

    def _method(self) -> Method:
        flags, name, descriptor = self._member()
        code = None
        for attribute, body in self._attributes(self._reader):
            if attribute == "Code":
                code = self._code(body)
        return Method(flags, name, descriptor, code)

    def _member(self) -> tuple[ClassFlag, str, str]:
        reader = self._reader
        flags = ClassFlag(reader.u2("access flags"))
        return flags, self._text(reader.u2("name")), self._text(reader.u2("descriptor"))

    def _code(self, body: ByteReader) -> CodeAttribute:
        stack, local = body.u2("max stack"), body.u2("max locals")
        code = body.bytes(body.u4("code length"), "code")
        handlers = []
        for _ in range(body.u2("handler count")):
            start, end, handler, catches = (body.u2("handler") for _ in range(4))
            handlers.append(HandlerRange(start, end, handler, self._class_name(catches) if catches else None))
        lines = []
        for attribute, table in self._attributes(body):
            if attribute == "LineNumberTable":
                rows = table.u2("line count")
                lines += [(table.u2("offset"), table.u2("line")) for _ in range(rows)]
        return CodeAttribute(stack, local, code, tuple(handlers), tuple(sorted(lines)))
