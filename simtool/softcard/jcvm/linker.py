"""From a load file to a package that can run: classes, methods, constant pool (JCVM §6, CAP formats 2.1 to 2.3).

What the file names of other packages is looked up in those that are loaded, else in the API's tables. Whatever does
not fit raises `LinkError`; nothing of the package is then on the card. Types of values are not checked here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simtool.codec.byte_reader import ByteReader
from simtool.codec.cap import CapFile, CapFlag, ComponentTag, PoolTag, read_cap
from simtool.errors import DecodeError
from simtool.softcard.jcvm import statics
from simtool.softcard.jcvm.binding import OBJECT, Api
from simtool.softcard.jcvm.class_table import ClassInfo, InterfaceInfo, read_classes
from simtool.softcard.jcvm.classes import Code, Handler, JavaClass, Method
from simtool.softcard.jcvm.faults import LinkError
from simtool.softcard.jcvm.objects import Context
from simtool.softcard.jcvm.package import Constant, FieldRef, Package, StaticRef, SuperRef, VirtualRef

EXTERNAL = 0x80
NONE = 0xFFFF
INTERNAL_TOKEN = 0x80
EXTENDED, ABSTRACT = 0x8, 0x4
_HANDLER_BYTES = 8
_INSTALL_WORDS = 3
_ACTIVE = 0x7FFF

Prepare = Callable[[Method], Code]
"""Gives the code that runs a method of a CAP file."""


class Linker:
    """Links one package. `make_code` is what a method does until it is first called."""

    def __init__(self, block: bytes, api: Api, loaded: Mapping[bytes, Package], make_code: Prepare) -> None:
        try:
            self.cap: CapFile = read_cap(block)
        except DecodeError as error:
            raise LinkError(str(error)) from None
        self._api = api
        self._make_code = make_code
        ref = self.cap.package
        context = Context(ref.aid.hex())
        self.package = Package(
            ref.aid, ref.major, ref.minor, self.cap.header.name or ref.aid.hex().upper(), context,
            self._body(ComponentTag.METHOD), {one.aid: one.install_offset for one in self.cap.applets},
            bool(self.cap.header.flags & CapFlag.INT),
        )  # fmt: skip
        for need in self.cap.imports:
            there = loaded.get(need.aid)
            name = api.has(need.aid)
            if there is None and name is None:
                raise LinkError(f"package {need.aid.hex().upper()} {need.version} is not on this card")
            self.package.imports.append(there if there is not None else str(name))
        try:
            self._infos = read_classes(self._body(ComponentTag.CLASS), self.cap.header.format)
        except DecodeError as error:
            raise LinkError(str(error)) from None
        self._making: set[int] = set()
        self._handlers: list[tuple[int, int, int, int]] = []

    def link(self) -> Package:
        """The package, all of it resolved; static fields have their places but no words yet."""
        package = self.package
        try:
            self._read_handlers()
            for offset in self._infos:
                self._class(offset)
            package.statics_class = statics.make_class(self.cap, package)
            self._read_exports()
            self._read_pool()
            for offset in package.applets.values():
                self._install_method(offset)
            self._resolve_handlers()
        except (DecodeError, IndexError) as error:
            raise LinkError(f"{package.name}: {error}") from None
        except RecursionError:
            raise LinkError(f"{package.name}: its classes extend each other too deep") from None
        return package

    def _install_method(self, offset: int) -> None:
        method = self._method(offset)
        if method.words != _INSTALL_WORDS:
            raise LinkError(f"the method at offset {offset} is no install([BSB)V")
        method.name = f"{self.package.name}.install([BSB)V@{offset}"

    def _read_exports(self) -> None:
        """What other packages may use (§6.13)."""
        package = self.package
        for one in self.cap.exports:
            if one.class_offset not in package.classes:
                raise LinkError(f"no class begins at offset {one.class_offset}, which is exported")
            if max(one.static_fields, default=-1) >= self.cap.statics.image_size:
                raise LinkError(f"{package.name} exports a static field outside of its image")
            for offset in one.static_methods:
                self._method(offset)
            package.exported.append((one.class_offset, one.static_fields, one.static_methods))

    def _body(self, tag: ComponentTag) -> bytes:
        component = self.cap.component(tag)
        return component.body if component is not None else b""

    # Methods

    def _method(self, offset: int) -> Method:
        """The method at an offset of the Method component, with its header read (§6.10.3)."""
        found = self.package.methods.get(offset)
        if found is not None:
            return found
        code = self.package.code
        if not len(self._handlers) * _HANDLER_BYTES < offset < len(code) - 1:
            raise LinkError(f"a method at offset {offset} of the Method component cannot be")
        flags = code[offset] >> 4
        if flags & EXTENDED:
            if offset + 4 > len(code):
                raise LinkError(f"the method at offset {offset} is cut short")
            stack, words, more, start = code[offset + 1], code[offset + 2], code[offset + 3], offset + 4
        else:
            stack, words, more, start = code[offset] & 15, code[offset + 1] >> 4, code[offset + 1] & 15, offset + 2
        made = Method(f"{self.package.name}@{offset}", words, None, _unset)
        made.package, made.offset, made.stack, made.locals = self.package, offset, stack, words + more
        if not flags & ABSTRACT:
            made.start, made.end = start, len(code)
        self.package.methods[offset] = made
        made.call = self._make_code(made)
        return made

    def _read_handlers(self) -> None:
        """The table of exception handlers at the beginning of the Method component (§6.10.2)."""
        reader = ByteReader(self.package.code, "Method component")
        for _ in range(reader.u1("handler count")):
            start, length, target = (reader.u2(name) for name in ("start", "length", "handler"))
            catches = reader.u2("catch type")
            self._handlers.append((start, start + (length & _ACTIVE), target, catches))

    def _resolve_handlers(self) -> None:
        resolved = []
        for start, end, target, catches in self._handlers:
            cls = self._constant(catches, JavaClass) if catches else None
            if end > len(self.package.code) or target >= len(self.package.code):
                raise LinkError("an exception handler lies outside of the Method component")
            resolved.append(Handler(start, end, target, cls))
        self.package.handlers = tuple(resolved)

    # Classes

    def _class(self, offset: int) -> JavaClass:
        """The class or interface at an offset of the Class component."""
        found = self.package.classes.get(offset)
        if found is not None:
            return found
        info = self._infos.get(offset)
        if info is None:
            raise LinkError(f"no class begins at offset {offset} of the Class component")
        if offset in self._making:
            raise LinkError(f"the class at offset {offset} extends itself")
        self._making.add(offset)
        made = self._interface(offset, info) if isinstance(info, InterfaceInfo) else self._ordinary(offset, info)
        self._making.remove(offset)
        return made

    def _new_class(self, offset: int, parent: JavaClass | None) -> JavaClass:
        key = f"{self.package.aid.hex()}:{offset:x}"
        made = JavaClass(f"{self.package.name}/class@{offset}", key, parent)
        made.context = self.package.context
        self.package.classes[offset] = made
        return made

    def _interface(self, offset: int, info: InterfaceInfo) -> JavaClass:
        above = [self.class_ref(one) for one in info.interfaces]
        if not all(one.is_interface for one in above):
            raise LinkError(f"the interface at offset {offset} extends what is none")
        made = self._new_class(offset, None)
        made.is_interface = True
        made.shareable = info.shareable
        made.supers |= {sup for one in (self._api.named(OBJECT), *above) for sup in one.supers}
        return made

    def _ordinary(self, offset: int, info: ClassInfo) -> JavaClass:
        parent = self.class_ref(info.parent) if info.parent != NONE else self._api.named(OBJECT)
        if parent.is_interface:
            raise LinkError(f"the class at offset {offset} extends an interface")
        made = self._new_class(offset, parent)
        made.shareable = info.shareable
        made.size += info.size
        words: list[int | None] = [0] * info.size
        if info.references:
            first = info.first_reference
            if first + info.references > info.size:
                raise LinkError(f"the class at offset {offset} has more references than words")
            words[first : first + info.references] = [None] * info.references
        made.blank += words
        self._place(made.virtual, info.public_base, info.public)
        if parent.context is made.context:  # package-visible methods are those of a superclass in the same package
            made.internal = list(parent.internal)
        made.internals[made.context] = made.internal
        self._place(made.internal, info.package_base, info.internal)
        inherited = dict(zip(parent.virtual, made.virtual, strict=False))
        for interface, methods in parent.interfaces.items():
            made.interfaces[interface] = [inherited.get(one, one) for one in methods]
        for reference, tokens in info.interfaces:
            interface = self.class_ref(reference)
            if not interface.is_interface:
                raise LinkError(f"the class at offset {offset} implements what is no interface")
            if max(tokens, default=0) >= len(made.virtual) and tokens:
                raise LinkError(f"the class at offset {offset} implements an interface with methods that it has not")
            made.interfaces[interface] = [made.virtual[one] for one in tokens]
            made.supers |= interface.supers
            for token, method in enumerate(made.interfaces[interface]):
                declared = interface.interface_methods.get((interface, token))
                if declared is not None and declared.words != method.words:
                    raise LinkError(f"{method.name} takes other arguments than {declared.name}")
                self._name_after(method, declared)
        return made

    def _place(self, table: list[Method], base: int, offsets: tuple[int, ...]) -> None:
        """A class's own methods into the table that it inherits; FFFF is one that it only inherits (§6.9.4)."""
        if base > len(table):
            raise LinkError(f"a method table begins at token {base}, the superclass ends at {len(table)}")
        for token, offset in enumerate(offsets, start=base):
            if offset == NONE:
                if token >= len(table):
                    raise LinkError(f"no superclass has a method with token {token}")
            elif token < len(table):
                inherited = table[token]
                table[token] = self._method(offset)
                if table[token].words != inherited.words:
                    raise LinkError(f"{table[token].name} takes other arguments than {inherited.name}")
                self._name_after(table[token], inherited)
            else:
                table.append(self._method(offset))

    def _name_after(self, method: Method, declared: Method | None) -> None:
        """Name a method of this package as the API's one that it stands for: a CAP file brings no names."""
        if method.package is self.package and declared is not None and declared.package is None:
            method.name = f"{self.package.name}.{declared.name.rpartition('.')[2]}@{method.offset}"

    def class_ref(self, reference: int) -> JavaClass:
        """What a class_ref means (§6.9.1): an offset here, or package and class token of another."""
        if not reference & EXTERNAL << 8:
            return self._class(reference)
        where, token = self._imported(reference >> 8), reference & 0xFF
        if isinstance(where, str):
            return self._api.by_token(where, token)
        if token >= len(where.exported):
            raise LinkError(f"{where.name} exports no class with token {token}")
        return where.classes[where.exported[token][0]]

    def _imported(self, high: int) -> Package | str:
        index = high & 0x7F
        if index >= len(self.package.imports):
            raise LinkError(f"package token {index} is not imported")
        return self.package.imports[index]

    # The constant pool

    def _read_pool(self) -> None:
        reader = ByteReader(self._body(ComponentTag.CONSTANT_POOL), "ConstantPool component")
        for _ in range(reader.u2("count")):
            tag, info = reader.u1("tag"), reader.bytes(3, "entry")
            self.package.pool.append(self._resolve(tag, info))

    def _constant(self, index: int, kind: type[JavaClass]) -> JavaClass:
        found = self.package.pool[index]
        if not isinstance(found, kind):
            raise LinkError(f"constant {index} is no {kind.__name__}")
        return found

    def _resolve(self, tag: int, info: bytes) -> Constant:
        reference, token = int.from_bytes(info[:2]), info[2]
        match tag:
            case PoolTag.CLASS:
                return self.class_ref(reference)
            case PoolTag.FIELD:
                return self._field(self.class_ref(reference), token)
            case PoolTag.VIRTUAL:
                return self._virtual(self.class_ref(reference), token, internal=bool(reference & 0x8000 == 0))
            case PoolTag.SUPER:
                return self._super(self.class_ref(reference), token)
            case PoolTag.STATIC_FIELD:
                return self._static_field(info)
            case _:
                return self._static_method(info)

    @staticmethod
    def _field(cls: JavaClass, token: int) -> FieldRef:
        index = (cls.parent.size if cls.parent is not None else 0) + token
        if index >= cls.size:
            raise LinkError(f"{cls.name} has no field with token {token}")
        return FieldRef(index)

    @staticmethod
    def _virtual(cls: JavaClass, token: int, *, internal: bool) -> VirtualRef:
        hidden = internal and bool(token & INTERNAL_TOKEN)
        number = token & ~INTERNAL_TOKEN if hidden else token
        if number >= len(cls.internal if hidden else cls.virtual):
            raise LinkError(f"{cls.name} has no virtual method with token {token}")
        return VirtualRef(cls, number, hidden)

    @staticmethod
    def _super(cls: JavaClass, token: int) -> SuperRef:
        parent = cls.parent
        hidden = bool(token & INTERNAL_TOKEN)
        table = (parent.internal if hidden else parent.virtual) if parent is not None else []
        if hidden and parent is not None and parent.context is not cls.context:
            table = []  # package-visible in another package
        number = token & ~INTERNAL_TOKEN if hidden else token
        if number >= len(table):
            raise LinkError(f"the superclass of {cls.name} has no method with token {token}")
        return SuperRef(table[number])

    def _static_field(self, info: bytes) -> StaticRef:
        if not info[0] & EXTERNAL:
            place = int.from_bytes(info[1:])
            if place >= self.cap.statics.image_size:
                raise LinkError(f"{self.package.name} has no static field at {place}")
            return StaticRef(self.package, place)
        where = self._imported(info[0])
        if isinstance(where, str):
            raise LinkError(f"{where} has no static fields that could be used")
        if info[1] >= len(where.exported) or info[2] >= len(where.exported[info[1]][1]):
            raise LinkError(f"{where.name} exports no static field {info[1]}.{info[2]}")
        return StaticRef(where, where.exported[info[1]][1][info[2]])

    def _static_method(self, info: bytes) -> Method:
        if not info[0] & EXTERNAL:
            return self._method(int.from_bytes(info[1:]))
        where = self._imported(info[0])
        if isinstance(where, str):
            return self._api.static(self._api.by_token(where, info[1]), info[2])
        if info[1] >= len(where.exported) or info[2] >= len(where.exported[info[1]][2]):
            raise LinkError(f"{where.name} exports no static method {info[1]}.{info[2]}")
        return where.methods[where.exported[info[1]][2][info[2]]]


def _unset(*_: object) -> None:
    raise LinkError("the method has no code yet")
