"""CAP files: converted Java Card packages (JCVM specification chapter 6, formats 2.1, 2.2 and 2.3 compact).

A file is a JAR with one entry per component, or the components one after the other. Every component is checked against
its own structure and against the Directory, so that a file that was cut short is noticed before anything is sent. The
byte code itself is not looked at.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from simtool.codec import archive
from simtool.codec.archive import read_entries
from simtool.codec.byte_reader import ByteReader
from simtool.errors import DecodeError

MAGIC = 0xDECAFFED
FORMATS = ((2, 1), (2, 2), (2, 3))
_FOLDER = "javacard/"
_SUFFIX = ".cap"


class ComponentTag(IntEnum):
    """Component tags (table 6-2)."""

    HEADER = 1
    DIRECTORY = 2
    APPLET = 3
    IMPORT = 4
    CONSTANT_POOL = 5
    CLASS = 6
    METHOD = 7
    STATIC_FIELD = 8
    REF_LOCATION = 9
    EXPORT = 10
    DESCRIPTOR = 11
    DEBUG = 12
    STATIC_RESOURCES = 13

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    ComponentTag.HEADER: "Header",
    ComponentTag.DIRECTORY: "Directory",
    ComponentTag.APPLET: "Applet",
    ComponentTag.IMPORT: "Import",
    ComponentTag.CONSTANT_POOL: "ConstantPool",
    ComponentTag.CLASS: "Class",
    ComponentTag.METHOD: "Method",
    ComponentTag.STATIC_FIELD: "StaticField",
    ComponentTag.REF_LOCATION: "RefLocation",
    ComponentTag.EXPORT: "Export",
    ComponentTag.DESCRIPTOR: "Descriptor",
    ComponentTag.DEBUG: "Debug",
    ComponentTag.STATIC_RESOURCES: "StaticResources",
}
_BY_FILE_NAME = {f"{label.lower()}{_SUFFIX}": tag for tag, label in _LABELS.items()}
LOAD_ORDER = (
    ComponentTag.HEADER,
    ComponentTag.DIRECTORY,
    ComponentTag.IMPORT,
    ComponentTag.APPLET,
    ComponentTag.CLASS,
    ComponentTag.METHOD,
    ComponentTag.STATIC_FIELD,
    ComponentTag.EXPORT,
    ComponentTag.CONSTANT_POOL,
    ComponentTag.REF_LOCATION,
    ComponentTag.STATIC_RESOURCES,
    ComponentTag.DESCRIPTOR,
)
"""The order in which a card takes the components (§6.3); Debug is never loaded, Descriptor where a card wants it."""
MANDATORY = (
    ComponentTag.HEADER,
    ComponentTag.DIRECTORY,
    ComponentTag.IMPORT,
    ComponentTag.CONSTANT_POOL,
    ComponentTag.CLASS,
    ComponentTag.METHOD,
    ComponentTag.STATIC_FIELD,
    ComponentTag.REF_LOCATION,
)


class PoolTag(IntEnum):
    """Kinds of constant pool entries (table 6-7)."""

    CLASS = 1
    FIELD = 2
    VIRTUAL = 3
    SUPER = 4
    STATIC_FIELD = 5
    STATIC_METHOD = 6


class CapFlag(IntFlag):
    """Flags of the Header component (table 6-4)."""

    INT = 0x01
    EXPORT = 0x02
    APPLET = 0x04


@dataclass(frozen=True, slots=True)
class PackageRef:
    """A package and its version. `minor` tells of additions, another `major` is another interface (JCVM §4.5)."""

    aid: bytes
    major: int
    minor: int

    @property
    def version(self) -> str:
        return f"{self.major}.{self.minor}"

    def offers(self, wanted: PackageRef) -> bool:
        """True when this package on a card satisfies an import: same AID and major version, minor at least as new."""
        return self.aid == wanted.aid and self.major == wanted.major and self.minor >= wanted.minor


@dataclass(frozen=True, slots=True)
class Header:
    """Header component: format version, what the package has, which package it is."""

    format: tuple[int, int]
    flags: CapFlag
    package: PackageRef
    name: str = ""


@dataclass(frozen=True, slots=True)
class Directory:
    """Directory component: body sizes by tag (0 for what is not there), static data in bytes, counts."""

    sizes: tuple[int, ...]
    image_size: int
    array_init_count: int
    array_init_size: int
    import_count: int
    applet_count: int


@dataclass(frozen=True, slots=True)
class AppletEntry:
    """An applet class: its AID and the offset of its install method in the Method component."""

    aid: bytes
    install_offset: int


@dataclass(frozen=True, slots=True)
class ExportedClass:
    """An exported class or interface: its offset in the Class component, tokens of static fields and methods."""

    class_offset: int
    static_fields: tuple[int, ...]
    static_methods: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StaticFields:
    """StaticField component: sizes in bytes of the image and what initialises it."""

    image_size: int
    reference_count: int
    array_count: int
    default_bytes: int
    non_default_bytes: int


@dataclass(frozen=True, slots=True)
class Component:
    """One component: its tag and its body (without tag and size)."""

    tag: ComponentTag
    body: bytes

    def encode(self) -> bytes:
        return bytes((self.tag,)) + len(self.body).to_bytes(2) + self.body


@dataclass(frozen=True, slots=True)
class CapFile:
    """A package ready for loading. `components` in load order, Debug last."""

    components: tuple[Component, ...]
    header: Header
    directory: Directory
    imports: tuple[PackageRef, ...]
    applets: tuple[AppletEntry, ...]
    exports: tuple[ExportedClass, ...]
    statics: StaticFields
    constants: int

    @property
    def package(self) -> PackageRef:
        return self.header.package

    def component(self, tag: ComponentTag) -> Component | None:
        return next((one for one in self.components if one.tag is tag), None)

    def load_file_data_block(self, *, descriptor: bool = False) -> bytes:
        """What goes to the card: the components in load order; with the Descriptor only for cards that want it."""
        left_out = {ComponentTag.DEBUG} | (set() if descriptor else {ComponentTag.DESCRIPTOR})
        return b"".join(one.encode() for one in self.components if one.tag not in left_out)

    @property
    def digest(self) -> bytes:
        """SHA-256 of the load file data block: the same for the same package in whichever container."""
        return hashlib.sha256(self.load_file_data_block()).digest()


def read_cap(data: bytes) -> CapFile:
    """Read a CAP file, JAR or components in a row. Raises `DecodeError` that names component and offset."""
    raw = _from_jar(data) if data.startswith(archive.SIGNATURE) else _from_row(data)
    by_tag: dict[ComponentTag, Component] = {}
    for component in raw:
        if component.tag in by_tag:
            raise DecodeError(f"the {component.tag.label} component stands twice")
        by_tag[component.tag] = component
    missing = [tag.label for tag in MANDATORY if tag not in by_tag]
    if missing:
        raise DecodeError(f"the file lacks the components {', '.join(missing)}: it is cut short or no CAP file")
    header = _header(by_tag[ComponentTag.HEADER])
    directory = _directory(by_tag[ComponentTag.DIRECTORY], header)
    _compare_sizes(by_tag, directory)
    imports = _imports(by_tag[ComponentTag.IMPORT])
    applets = _applets(by_tag.get(ComponentTag.APPLET))
    if len(imports) != directory.import_count or len(applets) != directory.applet_count:
        raise DecodeError("the Directory component counts other imports or applets than there are")
    _check_locations(by_tag[ComponentTag.REF_LOCATION], len(by_tag[ComponentTag.METHOD].body))
    _check_install_methods(applets, len(by_tag[ComponentTag.METHOD].body))
    order = (*LOAD_ORDER, ComponentTag.DEBUG)
    return CapFile(
        components=tuple(by_tag[tag] for tag in order if tag in by_tag),
        header=header,
        directory=directory,
        imports=imports,
        applets=applets,
        exports=_exports(by_tag.get(ComponentTag.EXPORT)),
        statics=_statics(by_tag[ComponentTag.STATIC_FIELD]),
        constants=_constants(by_tag[ComponentTag.CONSTANT_POOL]),
    )


def _from_jar(data: bytes) -> list[Component]:
    entries = read_entries(data, lambda name: _component_in(name) is not None)
    found = [_whole(raw, tag) for name, raw in entries if (tag := _component_in(name)) is not None]
    if not found:
        raise DecodeError("the archive holds no components (javacard/Header.cap and so on): it is no CAP file")
    return found


def _component_in(name: str) -> ComponentTag | None:
    """The component that a JAR entry of this name is."""
    folder, _, file = name.rpartition("/")
    return _BY_FILE_NAME.get(file.lower()) if f"{folder}/".endswith(_FOLDER) else None


def _whole(raw: bytes, tag: ComponentTag) -> Component:
    """One JAR entry: tag, size and exactly so much."""
    reader = ByteReader(raw, f"{tag.label} component")
    if reader.u1("tag") != tag:
        raise DecodeError(f"{tag.label} component: the entry holds component {raw[0]}")
    body = reader.bytes(reader.u2("size"), "body")
    reader.finish()
    return Component(tag, body)


def _from_row(data: bytes) -> list[Component]:
    found = []
    reader = ByteReader(data, "CAP file")
    while reader.more:
        number = reader.u1("component tag")
        if number >= 0x80:  # custom components, 128 to 255: a card ignores those that it does not know
            reader.bytes(reader.u2("component size"), "custom component")
            continue
        if number not in set(ComponentTag):
            raise DecodeError(f"CAP file: {number} at offset {reader.offset - 1} is no component tag")
        tag = ComponentTag(number)
        size = reader.u2(f"size of the {tag.label} component")
        found.append(Component(tag, reader.bytes(size, f"{tag.label} component")))
    return found


def _reader(component: Component) -> ByteReader:
    return ByteReader(component.body, f"{component.tag.label} component")


def _header(component: Component) -> Header:
    reader = _reader(component)
    if reader.u4("magic") != MAGIC:
        raise DecodeError("Header component: it does not begin with DECAFFED, this is no CAP file")
    minor, major = reader.u1("minor version"), reader.u1("major version")
    if (major, minor) not in FORMATS:
        raise DecodeError(f"Header component: CAP format {major}.{minor} is not one of 2.1, 2.2, 2.3")
    flags = CapFlag(reader.u1("flags"))
    package = _package(reader)
    name = b""
    if minor >= 2 and reader.more:
        name = reader.bytes(reader.u1("name length"), "package name")
    reader.finish()
    return Header((major, minor), flags, package, name.decode("utf-8", "replace"))


def _package(reader: ByteReader) -> PackageRef:
    minor, major = reader.u1("minor version"), reader.u1("major version")
    return PackageRef(reader.bytes(reader.u1("AID length"), "package AID"), major, minor)


def _directory(component: Component, header: Header) -> Directory:
    reader = _reader(component)
    minor = header.format[1]
    sizes = [reader.u2("component size") for _ in range(11 if minor == 1 else 12)]
    if minor >= 3:
        sizes.append(reader.u4("size of static resources"))
    image, arrays, array_bytes = (reader.u2(name) for name in ("image size", "array count", "array size"))
    imports, applets = reader.u1("import count"), reader.u1("applet count")
    for _ in range(reader.u1("custom count")):
        reader.bytes(3, "custom component")
        reader.bytes(reader.u1("AID length"), "custom component's AID")
    reader.finish()
    return Directory(tuple(sizes), image, arrays, array_bytes, imports, applets)


def _compare_sizes(by_tag: dict[ComponentTag, Component], directory: Directory) -> None:
    for number, size in enumerate(directory.sizes, start=1):
        component = by_tag.get(ComponentTag(number))
        there = len(component.body) if component else 0
        if number == ComponentTag.DEBUG or (component is None and number == ComponentTag.DESCRIPTOR):
            continue  # both are often taken out before loading
        if there != size:
            raise DecodeError(
                f"{ComponentTag(number).label} component: the Directory says {size} bytes, the file has {there}"
            )


def _imports(component: Component) -> tuple[PackageRef, ...]:
    reader = _reader(component)
    found = tuple(_package(reader) for _ in range(reader.u1("count")))
    reader.finish()
    return found


def _applets(component: Component | None) -> tuple[AppletEntry, ...]:
    if component is None:
        return ()
    reader = _reader(component)
    found = []
    for _ in range(reader.u1("count")):
        aid = reader.bytes(reader.u1("AID length"), "applet AID")
        found.append(AppletEntry(aid, reader.u2("install method offset")))
    reader.finish()
    return tuple(found)


def _exports(component: Component | None) -> tuple[ExportedClass, ...]:
    if component is None:
        return ()
    reader = _reader(component)
    found = []
    for _ in range(reader.u1("class count")):
        offset, fields, methods = reader.u2("class offset"), reader.u1("field count"), reader.u1("method count")
        field_offsets = tuple(reader.u2("static field offset") for _ in range(fields))
        found.append(ExportedClass(offset, field_offsets, tuple(reader.u2("method offset") for _ in range(methods))))
    reader.finish()
    return tuple(found)


def _statics(component: Component) -> StaticFields:
    reader = _reader(component)
    image, references, arrays = (reader.u2(name) for name in ("image size", "reference count", "array count"))
    for _ in range(arrays):
        reader.u1("array type")
        reader.bytes(reader.u2("array size"), "array values")
    default, non_default = reader.u2("default bytes"), reader.u2("non-default bytes")
    reader.bytes(non_default, "non-default values")
    reader.finish()
    if image != 2 * references + default + non_default:
        raise DecodeError(f"StaticField component: an image of {image} bytes is not what its parts make")
    return StaticFields(image, references, arrays, default, non_default)


def _constants(component: Component) -> int:
    reader = _reader(component)
    count, known = reader.u2("count"), set(PoolTag)
    for _ in range(count):
        tag = reader.u1("entry tag")
        if tag not in known:
            raise DecodeError(f"ConstantPool component: {tag} at offset {reader.offset - 1} is no kind of entry")
        reader.bytes(3, "entry")
    reader.finish()
    return count


def _check_locations(component: Component, method_size: int) -> None:
    """Both lists of places in the Method component whose operands the card links (§6.11)."""
    reader = _reader(component)
    for _ in range(2):
        place = sum(reader.bytes(reader.u2("length"), "offsets"))
        if place > method_size:
            raise DecodeError(f"RefLocation component: place {place} lies outside the Method component")
    reader.finish()


def _check_install_methods(applets: tuple[AppletEntry, ...], method_size: int) -> None:
    for applet in applets:
        if applet.install_offset >= method_size:
            raise DecodeError(
                f"Applet component: the install method of {applet.aid.hex().upper()} lies outside the Method component"
            )
