"""Names and what they stand for: classes of the package itself and of those that it imports, members, tokens.

Tokens of the package's own classes are given as JCVM specification §4.3.7 wants it: virtual methods after those of the
superclass, an overriding one with the token of the overridden; package-visible ones in a space of their own; instance
fields with all references side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from simtool.codec import java_exports
from simtool.codec.java_exports import (
    AccessFlag,
    ExportClass,
    ExportConstant,
    ExportField,
    ExportMethod,
    ExportPackage,
    type_words,
)
from tests.harness.jcasm.source import AsmError, ClassSource, FieldSource, ImportSource, MethodSource, PackageSource

OBJECT = "java/lang/Object"
SHAREABLE = "javacard/framework/Shareable"
PACKAGE_TOKEN = 0x80
_PRIMITIVES = {"boolean": "Z", "byte": "B", "short": "S", "int": "I", "void": "V"}
_CLASS_IN_DESCRIPTOR = re.compile(r"L([^;]+);")

Signature = tuple[str, str]


@dataclass
class Import:
    """An imported package at its place in the Import component. `table` is None for one known by AID alone."""

    index: int
    aid: bytes
    version: tuple[int, int]
    table: ExportPackage | None


@dataclass
class External:
    """A class of an imported package."""

    package: Import
    path: str
    table: ExportClass

    @property
    def ref(self) -> bytes:
        return bytes((0x80 | self.package.index, self.table.token))


@dataclass
class InstanceField:
    token: int
    descriptor: str
    source: FieldSource


@dataclass
class Local:
    """A class or interface of the package itself, its tables in order of tokens."""

    source: ClassSource
    path: str
    parent: str | None = None
    interfaces: list[str] = field(default_factory=list)
    """Declared ones and their superinterfaces."""
    public: list[Signature] = field(default_factory=list)
    package: list[Signature] = field(default_factory=list)
    methods: dict[Signature, MethodSource] = field(default_factory=dict)
    fields: dict[str, InstanceField] = field(default_factory=dict)
    statics: dict[str, tuple[str, FieldSource]] = field(default_factory=dict)

    @property
    def interface(self) -> bool:
        return self.source.interface


AnyClass = Local | External


class Symbols:
    """All names of one package."""

    def __init__(self, source: PackageSource, imports: Sequence[ExportPackage]) -> None:
        self.source = source
        self.imports = self._imports(source.imports, imports)
        self.locals = {row.name: Local(row, f"{source.name}/{row.name}") for row in source.classes}
        if len(self.locals) != len(source.classes):
            raise AsmError(0, "two classes have one name")
        for one in self._parents_first():
            self._fill(one)

    # --- classes

    def find(self, name: str, line: int) -> AnyClass:
        """A class by its full name, or by the last part where only one imported package has it."""
        path, _, simple = name.rpartition("/")
        if path in ("", self.source.name) and simple in self.locals:
            return self.locals[simple]
        found = []
        for one in self.imports:
            if one.table is not None and path in ("", one.table.path):
                its_class = one.table.class_named(simple)
                if its_class is not None:
                    found.append(External(one, f"{one.table.path}/{simple}", its_class))
        if len(found) != 1:
            raise AsmError(line, f"{len(found)} classes are called {name}")
        return found[0]

    def in_order(self) -> list[Local]:
        """Interfaces, then classes; what is extended stands before what extends it (§6.9)."""
        done = list(self._parents_first())
        return [one for one in done if one.interface] + [one for one in done if not one.interface]

    def supers(self, one: AnyClass) -> list[AnyClass]:
        """Superclasses, the nearest first."""
        if isinstance(one, External):
            return [self.find(name, 0) for name in reversed(one.table.supers) if self._known(name)]
        if one.parent is None:
            return []
        parent = self.find(one.parent, one.source.line)
        return [parent, *self.supers(parent)]

    def super_names(self, one: AnyClass) -> tuple[str, ...]:
        """Full names of the superclasses, root first."""
        if isinstance(one, External):
            return one.table.supers
        if one.parent is None:
            return (OBJECT,)
        parent = self.find(one.parent, one.source.line)
        return (*self.super_names(parent), parent.path)

    def interface_names(self, name: str, line: int) -> list[str]:
        """Full names of an interface's superinterfaces, root first."""
        one = self.find(name, line)
        return list(one.table.interfaces) if isinstance(one, External) else list(one.interfaces)

    def shareable(self, one: Local) -> bool:
        """Whether an interface is, or a class implements, a shareable interface (§6.9.2)."""
        names = [one.path, *one.interfaces]
        for parent in self.supers(one):
            if isinstance(parent, External):
                names += parent.table.interfaces
            else:
                names += parent.interfaces
        return any(self._is_shareable(name) for name in names)

    def _is_shareable(self, name: str) -> bool:
        if name == SHAREABLE:
            return True
        if not self._known(name):
            return False
        one = self.find(name, 0)
        return isinstance(one, External) and AccessFlag.SHAREABLE in one.table.flags

    def _known(self, name: str) -> bool:
        try:
            self.find(name, 0)
        except AsmError:
            return False
        return True

    # --- members

    def virtual(self, one: AnyClass, name: str, descriptor: str, line: int) -> tuple[int, str]:
        """Token and descriptor of a virtual method; 80 on the token of a package-visible one."""
        if isinstance(one, External):
            rows = [(row.token, row.name, row.descriptor) for row in one.table.virtual_methods]
        else:
            rows = [(token, *row) for token, row in enumerate(one.public)]
            rows += [(token | PACKAGE_TOKEN, *row) for token, row in enumerate(one.package) if row not in one.public]
        return _pick(rows, name, descriptor, line, one.path)

    def of_interface(self, one: AnyClass, name: str, descriptor: str, line: int) -> tuple[int, str]:
        """Token and descriptor of an interface's method."""
        if isinstance(one, External):
            rows = [(row.token, row.name, row.descriptor) for row in one.table.interface_methods]
        else:
            rows = [(token, *row) for token, row in enumerate(one.public)]
        return _pick(rows, name, descriptor, line, one.path)

    def function(self, one: AnyClass, name: str, descriptor: str, line: int) -> tuple[AnyClass, int, str]:
        """A static method, constructor or private method: the class that has it, its token (external), descriptor."""
        for its in [one] if name == "<init>" else [one, *self.supers(one)]:
            if isinstance(its, External):
                rows = [(row.token, row.name, row.descriptor) for row in its.table.static_methods]
            else:
                rows = [(0, *row) for row, method in its.methods.items() if is_function(method)]
            if any(_fits(row, name, descriptor) for row in rows):
                return its, *_pick(rows, name, descriptor, line, its.path)
        raise AsmError(line, f"{one.path} has no static method, constructor or private method {name}{descriptor}")

    def instance_field(self, one: AnyClass, name: str, line: int) -> tuple[AnyClass, int, str]:
        """The class that declares an instance field, the field's token and type."""
        for its in [one, *self.supers(one)]:
            if isinstance(its, External):
                for row in its.table.instance_fields:
                    if row.name == name:
                        return its, row.token, row.descriptor
            elif name in its.fields:
                return its, its.fields[name].token, its.fields[name].descriptor
        raise AsmError(line, f"{one.path} has no instance field {name}")

    def static_field(self, one: AnyClass, name: str, line: int) -> tuple[AnyClass, int, str]:
        """The class that declares a static field, its token (external) and type."""
        for its in [one, *self.supers(one)]:
            if isinstance(its, External):
                for row in its.table.static_fields:
                    if row.name == name:
                        return its, row.token, row.descriptor
            elif name in its.statics:
                return its, 0, its.statics[name][0]
        raise AsmError(line, f"{one.path} has no static field {name}")

    def constant(self, owner: Local | None, name: str, line: int) -> int:
        """The value of a constant: of the class itself, of the package, or CLASS.NAME."""
        its_class, _, simple = name.rpartition(".")
        if not its_class:
            rows = [*(owner.source.constants if owner else ()), *self.source.constants]
        else:
            one = self.find(its_class, line)
            if isinstance(one, External):
                for row in one.table.constants:
                    if row.name == simple:
                        return row.value
                raise AsmError(line, f"{one.path} has no constant {simple}")
            rows = one.source.constants
        for constant in rows:
            if constant.name == simple:
                return self.number(owner, constant.value, constant.line)
        raise AsmError(line, f"{name} is neither a number nor a constant")

    def number(self, owner: Local | None, text: str, line: int) -> int:
        """A number: decimal, 0x.., 'c', true, false, or a constant's name, with a minus before it where wanted."""
        if re.fullmatch(r"-?(0[xX][0-9a-fA-F]+|\d+)", text):
            return int(text, 0) if text.lstrip("-").lower().startswith("0x") else int(text)
        if re.fullmatch(r"'.'", text):
            return ord(text[1])
        if text in ("true", "false"):
            return int(text == "true")
        if text.startswith("-"):
            return -self.constant(owner, text[1:], line)
        return self.constant(owner, text, line)

    # --- types

    def type(self, text: str, line: int) -> str:
        """A type as people write it (`byte[]`, `javacard/framework/AID`) or as a descriptor says it."""
        depth = 0
        while text.endswith("[]"):
            text, depth = text[:-2], depth + 1
        return "[" * depth + (_PRIMITIVES.get(text) or f"L{self.find(text, line).path};")

    def descriptor(self, text: str, line: int) -> str:
        """A method descriptor with the full names of its classes."""
        full = _CLASS_IN_DESCRIPTOR.sub(lambda found: f"L{self.find(found[1], line).path};", text)
        java_exports.parameter_words(full)
        return full

    # --- export

    def exported(self) -> list[Local]:
        """What the Export component lists (§6.13): with applets shareable interfaces, else all public classes."""
        rows = [self.locals[row.name] for row in self.source.classes if "public" in row.flags]
        if self.source.applets:
            rows = [row for row in rows if row.interface and self.shareable(row)]
        return rows if self.source.export else []

    def export_table(self) -> ExportPackage:
        """The package as others see it: for the `imports` of another text."""
        major, minor = _version(self.source.version)
        classes = [self._export_class(token, one) for token, one in enumerate(self.exported())]
        name = self.source.name.replace("/", ".")
        return ExportPackage(name, bytes.fromhex(self.source.aid), major, minor, tuple(classes))

    def exported_functions(self, one: Local) -> list[Signature]:
        return [row for row, method in one.methods.items() if is_function(method) and _visible(method.flags)]

    def exported_statics(self, one: Local) -> list[str]:
        return [name for name, (_, row) in one.statics.items() if _visible(row.flags)]

    def _export_class(self, token: int, one: Local) -> ExportClass:
        flags = _access(one.source.flags)
        if one.interface:
            flags |= AccessFlag.INTERFACE | AccessFlag.ABSTRACT
        if self.shareable(one):
            flags |= AccessFlag.SHAREABLE
        functions = [
            ExportMethod(number, *row, _access(one.methods[row].flags))
            for number, row in enumerate(self.exported_functions(one))
        ]
        virtual = [ExportMethod(number, *row, self._flags_of(one, row)) for number, row in enumerate(one.public)]
        statics = [
            ExportField(number, name, one.statics[name][0], _access(one.statics[name][1].flags))
            for number, name in enumerate(self.exported_statics(one))
        ]
        instance = [
            ExportField(row.token, name, row.descriptor, _access(row.source.flags))
            for name, row in one.fields.items()
            if _visible(row.source.flags)
        ]
        constants = [
            ExportConstant(row.name, _PRIMITIVES[row.type], self.number(one, row.value, row.line))
            for row in one.source.constants
        ]
        return ExportClass(
            token=token,
            name=one.source.name,
            flags=flags,
            supers=self.super_names(one),
            interfaces=tuple(one.interfaces),
            static_methods=tuple(functions),
            virtual_methods=() if one.interface else tuple(virtual),
            interface_methods=tuple(virtual) if one.interface else (),
            static_fields=tuple(statics),
            instance_fields=tuple(instance),
            constants=tuple(constants),
        )

    def _flags_of(self, one: Local, row: Signature) -> AccessFlag:
        for its in [one, *self.supers(one)]:
            if isinstance(its, Local) and row in its.methods:
                return _access(its.methods[row].flags)
        return AccessFlag.PUBLIC

    # --- filling in

    def _imports(self, rows: list[ImportSource], offered: Sequence[ExportPackage]) -> list[Import]:
        if all(row.name != "java.lang" for row in rows):
            rows = [*rows, ImportSource(0, "java.lang", "1.0", "1.0")]
        found = []
        for index, row in enumerate(rows):
            if row.aid:
                found.append(Import(index, bytes.fromhex(row.aid), _version(row.claims), None))
                continue
            wanted = (row.name.replace("/", "."), _version(row.version))
            table = next((one for one in offered if (one.name, (one.major, one.minor)) == wanted), None)
            table = table or java_exports.load(wanted[0], row.version)
            found.append(Import(index, table.aid, _version(row.claims), table))
        return found

    def _parents_first(self) -> Iterable[Local]:
        done: dict[str, Local] = {}

        def add(one: Local, below: tuple[str, ...]) -> None:
            if one.path in below:
                raise AsmError(one.source.line, f"{one.source.name} extends itself")
            if one.path in done:
                return
            for name in (*one.source.extends, *one.source.implements):
                parent = self.find(name, one.source.line)
                if isinstance(parent, Local):
                    add(parent, (*below, one.path))
            done[one.path] = one

        for one in self.locals.values():
            add(one, ())
        return done.values()

    def _fill(self, one: Local) -> None:
        source = one.source
        for name in source.extends if one.interface else source.implements:
            parent = self.find(name, source.line)
            for each in (*self.interface_names(name, source.line), parent.path):
                if each not in one.interfaces:
                    one.interfaces.append(each)
        if not one.interface:
            one.parent = self.find(source.extends[0] if source.extends else OBJECT, source.line).path
        for method in source.methods:
            signature = (method.name, self.descriptor(method.descriptor, method.line))
            if signature in one.methods:
                raise AsmError(method.line, f"{method.name}{method.descriptor} stands twice")
            one.methods[signature] = method
        self._fill_methods(one)
        for row in source.fields:
            if "static" in row.flags:
                one.statics[row.name] = (self.type(row.type, row.line), row)
        self._fill_fields(one)

    def _fill_methods(self, one: Local) -> None:
        if one.interface:
            for name in one.interfaces:
                parent = self.find(name, one.source.line)
                one.public += [row for row in self._interface_methods(parent) if row not in one.public]
            one.public += [row for row in one.methods if row not in one.public]
            return
        parent = self.find(one.parent or OBJECT, one.source.line)
        if isinstance(parent, External):
            one.public = [(row.name, row.descriptor) for row in parent.table.virtual_methods]
        else:
            one.public, one.package = list(parent.public), list(parent.package)
        for signature, method in one.methods.items():
            if is_function(method):
                continue
            table = one.public if _visible(method.flags) else one.package
            if signature not in table:
                table.append(signature)

    def _interface_methods(self, one: AnyClass) -> list[Signature]:
        if isinstance(one, External):
            return [(row.name, row.descriptor) for row in one.table.interface_methods]
        return one.public

    def _fill_fields(self, one: Local) -> None:
        """Tokens of instance fields (§4.3.7.5): numbers before references where public or protected, else behind."""
        rows = [(row, self.type(row.type, row.line)) for row in one.source.fields if "static" not in row.flags]
        seen = [pair for pair in rows if _visible(pair[0].flags)]
        hidden = [pair for pair in rows if not _visible(pair[0].flags)]
        ordered = sorted(seen, key=lambda pair: is_reference(pair[1]))
        ordered += sorted(hidden, key=lambda pair: not is_reference(pair[1]))
        token = 0
        for row, descriptor in ordered:
            one.fields[row.name] = InstanceField(token, descriptor, row)
            token += type_words(descriptor)


def is_function(method: MethodSource) -> bool:
    """Whether a method is called through a StaticMethodref: static, constructor or private."""
    return bool(method.flags & {"static", "private"}) or method.name == "<init>"


def is_reference(descriptor: str) -> bool:
    return descriptor[0] in "L["


def _visible(flags: set[str]) -> bool:
    return bool(flags & {"public", "protected"})


def _access(flags: set[str]) -> AccessFlag:
    found = AccessFlag(0)
    for flag in flags - {"private"}:
        found |= AccessFlag[flag.upper()]
    return found


def _version(text: str) -> tuple[int, int]:
    major, _, minor = text.partition(".")
    return int(major), int(minor)


def _fits(row: tuple[int, str, str], name: str, descriptor: str) -> bool:
    return row[1] == name and descriptor in ("", row[2])


def _pick(rows: list[tuple[int, str, str]], name: str, descriptor: str, line: int, where: str) -> tuple[int, str]:
    found = [row for row in rows if _fits(row, name, descriptor)]
    if len(found) != 1:
        raise AsmError(line, f"{where} has {len(found)} methods {name}{descriptor}")
    return found[0][0], found[0][2]
