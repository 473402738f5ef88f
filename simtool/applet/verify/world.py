"""Classes and members from wherever they come: the file itself, libraries, the published API tables.

A class has one name in this world: `javacard/framework/APDU` where a table knows it, `AID@OFFSET` for a class of a CAP
file, `AID#TOKEN` for one of a package that nobody knows. What is not known is None, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from simtool.applet.verify.description import ClassFlag, ClassText, Description, MemberFlag, read_description
from simtool.applet.verify.parts import (
    EXTERNAL,
    NONE,
    PACKAGE_VISIBLE,
    Handler,
    Places,
    PoolEntry,
    StaticImage,
    TypeInfo,
    read_classes,
    read_handlers,
    read_image,
    read_places,
    read_pool,
)
from simtool.codec import java_exports
from simtool.codec.cap import CapFile, PackageRef
from simtool.codec.java_exports import AccessFlag, ExportClass, ExportField, ExportMethod, ExportPackage
from simtool.errors import DecodeError

OBJECT = "java/lang/Object"
THROWABLE = "java/lang/Throwable"
APPLET = "javacard/framework/Applet"


@dataclass(frozen=True, slots=True)
class Member:
    """A field or method. `owner` declares it; without a descriptor its type is not known.

    `offset` is where a method of the own package begins.
    """

    owner: str
    name: str
    descriptor: str | None
    protected: bool = False
    private: bool = False
    static: bool | None = None
    final: bool = False
    init: bool | None = None
    offset: int | None = None


@dataclass(slots=True)
class ClassView:
    """What is known of a class. `tokens` counts its public virtual methods; None where nobody tells."""

    name: str
    package: bytes
    parent: str | None
    interfaces: tuple[str, ...] = ()
    is_interface: bool = False
    final: bool = False
    abstract: bool | None = None
    public: bool | None = None
    shareable: bool = False
    virtual: dict[int, Member] = field(default_factory=dict)
    package_virtual: dict[int, Member] = field(default_factory=dict)
    interface_methods: dict[int, Member] | None = field(default_factory=dict)
    static_methods: dict[int, Member] = field(default_factory=dict)
    static_fields: dict[int, Member] = field(default_factory=dict)
    fields: dict[int, Member] = field(default_factory=dict)
    size: int | None = None


class Loaded:
    """A CAP file read into its parts. Raises `DecodeError`; a Descriptor that cannot be read is left out: `trouble`."""

    def __init__(self, cap: CapFile, world: World) -> None:
        self.cap = cap
        self.world = world
        self.aid = cap.package.aid
        self.pool: tuple[PoolEntry, ...] = read_pool(cap)
        self.types: dict[int, TypeInfo] = read_classes(cap)
        self.handlers: tuple[Handler, ...] = read_handlers(cap)
        self.image: StaticImage = read_image(cap)
        self.places: Places = read_places(cap)
        self.trouble = ""
        self.description: Description | None = None
        try:
            self.description = read_description(cap, self.name)
        except DecodeError as error:
            self.trouble = str(error)
        self.texts: dict[int, ClassText] = {}
        for text in self.description.classes if self.description is not None else ():
            self.texts.setdefault(text.ref, text)

    def name(self, ref: int) -> str:
        """The name of a class reference of this package."""
        if not ref & EXTERNAL:
            return f"{self.aid.hex().upper()}@{ref:04X}"
        package, token = ref >> 8 & 0x7F, ref & 0xFF
        if package >= len(self.cap.imports):
            return f"?{package}#{token}"
        return self.world.class_named(self.cap.imports[package], token)

    def view(self, ref: int) -> ClassView | None:
        return self.world.view(self.name(ref))

    def resolve(self, info: TypeInfo, token: int, *, package: bool = False) -> int | None:
        """Where the method of a virtual token begins; None for one of another package or of none."""
        seen: set[int] = set()
        while info.offset not in seen:
            seen.add(info.offset)
            base, table = (info.package_base, info.package) if package else (info.public_base, info.public)
            if token - base >= len(table):
                return None
            if token >= base and table[token - base] != NONE:
                return table[token - base]
            parent = self.types.get(info.parent) if not info.parent & EXTERNAL else None
            if parent is None:
                return None
            info = parent
        return None


class World:
    """All classes that can be named."""

    def __init__(self, libraries: Sequence[CapFile] = ()) -> None:
        self._views: dict[str, ClassView | None] = {}
        self._tables: dict[str, ExportPackage] = {}
        self._libraries: dict[bytes, Loaded] = {}
        for cap in libraries:
            try:
                self._libraries[cap.package.aid] = Loaded(cap, self)
            except DecodeError:
                continue  # a library that cannot be read is one that is not there
        for one in self._libraries.values():
            self.take(one)

    def take(self, loaded: Loaded) -> None:
        """Make a CAP file's own classes known."""
        for info in loaded.types.values():
            view = _of_cap(loaded, info)
            self._views[view.name] = view
        for number, exported in enumerate(loaded.cap.exports):
            self._views[f"{loaded.aid.hex().upper()}#{number}"] = self._views.get(loaded.name(exported.class_offset))

    def table(self, package: PackageRef) -> ExportPackage | None:
        """The published table of exactly this version, else the newest one that serves it or its major version."""
        if package.aid in self._libraries:
            return None
        name = java_exports.name_of(package.aid)
        if name is None:
            return None
        versions = java_exports.package_versions(name)
        if package.version in versions:
            found: ExportPackage | None = java_exports.load(name, package.version)
        else:
            same = [one for one in versions if one.startswith(f"{package.major}.")]
            found = java_exports.load(name, same[-1]) if same else None
        if found is not None:
            self._tables.setdefault(found.path, found)
        return found

    def has_library(self, aid: bytes) -> bool:
        return aid in self._libraries

    def library(self, aid: bytes) -> PackageRef | None:
        """The library with this AID, as it calls itself."""
        found = self._libraries.get(aid)
        return found.cap.package if found is not None else None

    def knows(self, package: PackageRef) -> bool:
        return package.aid in self._libraries or java_exports.name_of(package.aid) is not None

    def class_named(self, package: PackageRef, token: int) -> str:
        """The name of an imported class."""
        library = self._libraries.get(package.aid)
        if library is not None:
            exports = library.cap.exports
            if token < len(exports):
                return library.name(exports[token].class_offset)
        else:
            table = self.table(package)
            found = table.class_of(token) if table is not None else None
            if table is not None and found is not None:
                return f"{table.path}/{found.name}"
        return f"{package.aid.hex().upper()}#{token}"

    def view(self, name: str) -> ClassView | None:
        """What is known of a class of this name."""
        if name not in self._views:
            self._views[name] = self._from_table(name)
        return self._views[name]

    def supers(self, name: str) -> Iterator[ClassView | None]:
        """The class and its superclasses, nearest first; None at the end where one is not known."""
        seen: set[str] = set()
        at: str | None = name
        while at is not None and at not in seen:
            seen.add(at)
            view = self.view(at)
            yield view
            at = view.parent if view is not None else None

    def is_subclass(self, name: str, other: str) -> bool | None:
        """Whether a class or interface is another, extends or implements it; None where that is not known."""
        if name == other or other == OBJECT:
            return True
        unknown = False
        todo, seen = [name], set()
        while todo:
            at = todo.pop()
            if at == other:
                return True
            if at in seen:
                continue
            seen.add(at)
            view = self.view(at)
            if view is None:
                unknown = True
                continue
            todo += [*view.interfaces, *([view.parent] if view.parent else [])]
        return None if unknown else False

    def assignable(self, source: str, target: str) -> bool | None:
        """Whether a value of one type (as a descriptor) may stand where another is wanted; None where not known."""
        if source == target or target == f"L{OBJECT};":
            return True
        if source.startswith("["):
            if not target.startswith("[") or source[1] != "L" or target[1] != "L":
                return False
            return self.assignable(source[1:], target[1:])
        if target.startswith("["):
            return False
        return self.is_subclass(source[1:-1], target[1:-1])

    def _from_table(self, name: str) -> ClassView | None:
        path, _, simple = name.rpartition("/")
        table = self._tables.get(path)
        if table is None:
            package = path.replace("/", ".")
            if package not in java_exports.package_names():
                return None
            table = java_exports.load(package, java_exports.package_versions(package)[-1])
        found = table.class_named(simple)
        return _of_table(table, found) if found is not None else None


def _of_table(table: ExportPackage, row: ExportClass) -> ClassView:
    name = f"{table.path}/{row.name}"

    def methods(rows: Sequence[ExportMethod]) -> dict[int, Member]:
        return {one.token: _method_of_table(name, one) for one in rows}

    def fields(rows: Sequence[ExportField]) -> dict[int, Member]:
        return {
            one.token: Member(
                name, one.name, one.descriptor, AccessFlag.PROTECTED in one.flags,
                static=AccessFlag.STATIC in one.flags, final=AccessFlag.FINAL in one.flags,
            )
            for one in rows
        }  # fmt: skip

    parent = None if name == OBJECT else (row.supers[-1] if row.supers else OBJECT)
    return ClassView(
        name, table.aid, parent, row.interfaces, row.is_interface, AccessFlag.FINAL in row.flags,
        AccessFlag.ABSTRACT in row.flags, True, AccessFlag.SHAREABLE in row.flags,
        methods(row.virtual_methods), {}, methods(row.interface_methods), methods(row.static_methods),
        fields(row.static_fields), fields(row.instance_fields),
    )  # fmt: skip


def _method_of_table(owner: str, row: ExportMethod) -> Member:
    init = row.name == "<init>"
    return Member(
        owner, row.name, row.descriptor, AccessFlag.PROTECTED in row.flags, False,
        AccessFlag.STATIC in row.flags and not init, AccessFlag.FINAL in row.flags, init,
    )  # fmt: skip


def _of_cap(loaded: Loaded, info: TypeInfo) -> ClassView:
    """A class of a CAP file: the Class component tells the shape, the Descriptor types and rights."""
    name = loaded.name(info.offset)
    text = loaded.texts.get(info.offset)
    parent = None if info.is_interface or info.parent == NONE else loaded.name(info.parent)
    view = ClassView(
        name, loaded.aid, OBJECT if info.is_interface else parent, tuple(loaded.name(ref) for ref in info.interfaces),
        info.is_interface, shareable=info.shareable, size=info.size,
    )  # fmt: skip
    if info.is_interface:
        view.abstract = True
        view.interface_methods = None
    else:
        for token in range(info.public_base + len(info.public)):
            view.virtual[token] = Member(name, f"method {token}", None, offset=loaded.resolve(info, token))
        for token in range(info.package_base + len(info.package)):
            place = loaded.resolve(info, token, package=True)
            view.package_virtual[token] = Member(name, f"package method {token}", None, offset=place)
    if text is not None:
        _describe(view, text, loaded)
    for exported in loaded.cap.exports:
        if exported.class_offset == info.offset:
            by_offset = _by_offset(loaded)
            for token, place in enumerate(exported.static_methods):
                view.static_methods[token] = by_offset.get(place) or Member(name, f"method at {place:04X}", None)
            for token, place in enumerate(exported.static_fields):
                view.static_fields[token] = static_field(loaded, place) or Member(name, f"field at {place:04X}", None)
    return view


def _describe(view: ClassView, text: ClassText, loaded: Loaded) -> None:
    view.final = ClassFlag.FINAL in text.flags
    view.abstract = ClassFlag.ABSTRACT in text.flags
    view.public = ClassFlag.PUBLIC in text.flags
    if view.is_interface:
        view.interface_methods = {}
    for method in text.methods:
        member = method_member(view.name, method.flags, method.descriptor, method.offset)
        if view.interface_methods is not None and view.is_interface:
            view.interface_methods[method.token] = member
        elif not (MemberFlag.STATIC | MemberFlag.INIT | MemberFlag.PRIVATE) & method.flags:
            if method.token & PACKAGE_VISIBLE:
                view.package_virtual[method.token & 0x7F] = member
            else:
                view.virtual[method.token] = member
    for one in text.fields:
        if not one.static:
            view.fields[one.ref[2]] = _field(view.name, one.flags, one.descriptor)


def method_member(owner: str, flags: MemberFlag, descriptor: str, offset: int) -> Member:
    """A method as the Descriptor tells it."""
    init = MemberFlag.INIT in flags
    return Member(
        owner, "<init>" if init else f"method at {offset:04X}", descriptor, MemberFlag.PROTECTED in flags,
        MemberFlag.PRIVATE in flags, MemberFlag.STATIC in flags, MemberFlag.FINAL in flags, init, offset,
    )  # fmt: skip


def _field(owner: str, flags: MemberFlag, descriptor: str) -> Member:
    return Member(
        owner, "field", descriptor, MemberFlag.PROTECTED in flags, MemberFlag.PRIVATE in flags,
        MemberFlag.STATIC in flags, MemberFlag.FINAL in flags,
    )  # fmt: skip


def _by_offset(loaded: Loaded) -> dict[int, Member]:
    """The methods that the Descriptor tells of, by where they begin."""
    return {
        one.offset: method_member(loaded.name(text.ref), one.flags, one.descriptor, one.offset)
        for text in loaded.texts.values()
        for one in text.methods
    }


def static_field(loaded: Loaded, offset: int) -> Member | None:
    """The static field that the Descriptor tells of at a place of the image."""
    for text in loaded.texts.values():
        for one in text.fields:
            if one.static and int.from_bytes(one.ref[1:]) == offset:
                return _field(loaded.name(text.ref), one.flags, one.descriptor)
    return None
