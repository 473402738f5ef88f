"""The components against each other: Directory, flags, AIDs, imports, static image, exports (JCVM §6.4 to §6.13)."""

from __future__ import annotations

from simtool.applet.verify.finding import Report
from simtool.applet.verify.methods import INSTALL, Methods
from simtool.applet.verify.parts import ARRAY_TYPES, body
from simtool.applet.verify.rules import F02, F03, F04, F05, F06, F07, F08, F09, R01, R02, R03
from simtool.applet.verify.world import APPLET, Loaded
from simtool.codec import java_exports
from simtool.codec.cap import CapFlag, ComponentTag, PackageRef

_AID_LENGTHS = range(5, 17)
_RID = 5
_KNOWN_FLAGS = CapFlag.INT | CapFlag.EXPORT | CapFlag.APPLET


def check_components(loaded: Loaded, methods: Methods, report: Report) -> None:
    _sizes(loaded, report)
    _flags(loaded, report)
    _aids(loaded, report)
    _imports(loaded, report)
    _image(loaded, report)
    _installs(loaded, methods, report)
    _exports(loaded, methods, report)


def _sizes(loaded: Loaded, report: Report) -> None:
    """What the Directory tells of the static image; sizes and counts were compared when the file was read."""
    told, image = loaded.cap.directory, loaded.image
    rows = (
        ("the image's size", told.image_size, image.size),
        ("initialised arrays", told.array_init_count, len(image.arrays)),
        ("bytes of initialised arrays", told.array_init_size, sum(size for _, size in image.arrays)),
    )
    for name, says, there in rows:
        if says != there:
            report.add(F02, f"{name}: the Directory says {says}, it is {there}", ComponentTag.DIRECTORY)


def _flags(loaded: Loaded, report: Report) -> None:
    cap = loaded.cap
    for flag, tag in ((CapFlag.APPLET, ComponentTag.APPLET), (CapFlag.EXPORT, ComponentTag.EXPORT)):
        there = cap.component(tag) is not None
        if there != bool(cap.header.flags & flag):
            text = "is there without its flag" if there else "is not there, its flag is"
            report.add(F03, f"the {tag.label} component {text}", ComponentTag.HEADER, 6)
    if int(cap.header.flags) & ~int(_KNOWN_FLAGS):
        report.add(F03, f"flags {cap.header.flags:02X} have bits that mean nothing", ComponentTag.HEADER, 6)
    if cap.component(ComponentTag.APPLET) is not None and not cap.applets:
        report.add(F03, "the Applet component has no applet", ComponentTag.APPLET, 0)


def _aids(loaded: Loaded, report: Report) -> None:
    cap = loaded.cap
    rows = [(ComponentTag.HEADER, cap.package.aid), *((ComponentTag.APPLET, one.aid) for one in cap.applets)]
    rows += [(ComponentTag.IMPORT, one.aid) for one in cap.imports]
    for tag, aid in rows:
        if len(aid) not in _AID_LENGTHS:
            report.add(F04, f"an AID of {len(aid)} bytes: 5 to 16 are allowed", tag)
    applets = [one.aid for one in cap.applets]
    for aid in sorted({one for one in applets if applets.count(one) > 1}):
        report.add(F04, f"{aid.hex().upper()} stands twice", ComponentTag.APPLET)
    for aid in applets:
        if aid[:_RID] != cap.package.aid[:_RID]:
            text = f"{aid.hex().upper()} in the package {cap.package.aid.hex().upper()}"
            report.add(F09, text, ComponentTag.APPLET)


def _imports(loaded: Loaded, report: Report) -> None:
    imports = loaded.cap.imports
    for number, one in enumerate(imports):
        aid = one.aid.hex().upper()
        if one.aid == loaded.aid:
            report.add(R01, f"{aid} is the package itself", ComponentTag.IMPORT)
        if any(other.aid == one.aid for other in imports[:number]):
            report.add(R01, f"{aid} stands twice", ComponentTag.IMPORT)
        _version(loaded, one, report)


def _version(loaded: Loaded, one: PackageRef, report: Report) -> None:
    aid = one.aid.hex().upper()
    library = loaded.world.library(one.aid)
    if library is not None:
        if not library.offers(one):
            report.add(R03, f"{aid} {one.version}: the library is {library.version}", ComponentTag.IMPORT)
        return
    name = java_exports.name_of(one.aid)
    if name is None:
        report.add(R02, f"{aid} {one.version}", ComponentTag.IMPORT)
    elif one.version not in java_exports.package_versions(name):
        there = ", ".join(java_exports.package_versions(name))
        report.add(R03, f"{name} {one.version}: known are {there}", ComponentTag.IMPORT)


def _image(loaded: Loaded, report: Report) -> None:
    """The static image's parts (§6.11); their sum was compared when the file was read."""
    image = loaded.image
    if len(image.arrays) > image.references:
        text = f"{len(image.arrays)} initialised arrays, but {image.references} references"
        report.add(F06, text, ComponentTag.STATIC_FIELD, 4)
    for number, (kind, size) in enumerate(image.arrays):
        if kind not in ARRAY_TYPES:
            report.add(F06, f"array {number}: {kind} is no type of array", ComponentTag.STATIC_FIELD)
        elif size % ARRAY_TYPES[kind][1]:
            report.add(F06, f"array {number}: {size} bytes are no whole number of elements", ComponentTag.STATIC_FIELD)


def _installs(loaded: Loaded, methods: Methods, report: Report) -> None:
    for applet in loaded.cap.applets:
        method = methods.by_offset.get(applet.install_offset)
        if method is None:
            continue  # `methods` told
        aid = applet.aid.hex().upper()
        member = method.member
        if method.arguments != 3 or method.abstract:
            report.add(F05, f"{aid}: the method takes {method.arguments} words, not 3", ComponentTag.APPLET)
        elif member is not None and (member.static is False or member.descriptor not in (INSTALL, None)):
            kind = "static" if member.static else "not static"
            report.add(F05, f"{aid}: the method is {kind} and {member.descriptor}", ComponentTag.APPLET)
        elif method.flags is not None and not method.flags & 0x01:
            report.add(F05, f"{aid}: its install method is not public", ComponentTag.APPLET)
        elif method.owner and loaded.world.is_subclass(method.owner, APPLET) is False:
            report.add(F05, f"{aid}: its class is no javacard.framework.Applet", ComponentTag.APPLET)


def _exports(loaded: Loaded, methods: Methods, report: Report) -> None:
    exported = [one.class_offset for one in loaded.cap.exports]
    for number, one in enumerate(loaded.cap.exports):
        info = loaded.types.get(one.class_offset)
        if info is None:
            report.add(F07, f"class {number}: none begins at {one.class_offset:04X}", ComponentTag.EXPORT)
            continue
        if one.class_offset in exported[:number]:
            report.add(F07, f"class {number} stands twice", ComponentTag.EXPORT)
        if info.is_interface and (one.static_fields or one.static_methods):
            report.add(F07, f"class {number}: an interface has no static members", ComponentTag.EXPORT)
        if loaded.cap.applets and not (info.is_interface and info.shareable):
            report.add(F08, f"class {number}: beside applets only shareable interfaces", ComponentTag.EXPORT)
        if any(place >= loaded.image.size for place in one.static_fields):
            report.add(F07, f"class {number}: a static field outside of the image", ComponentTag.EXPORT)
        for place in one.static_methods:
            method = methods.by_offset.get(place)
            member = method.member if method is not None else None
            if member is not None and member.static is False and not member.init and member.descriptor is not None:
                report.add(F07, f"class {number}: the method at {place:04X} is not static", ComponentTag.EXPORT)
    if body(loaded.cap, ComponentTag.EXPORT) and not exported:
        report.add(F08, "the component has no class", ComponentTag.EXPORT)
    for offset, text in loaded.texts.items():
        info = loaded.types.get(offset)
        public = bool(text.flags & 0x01)
        wanted = public and (not loaded.cap.applets or info is not None and info.is_interface and info.shareable)
        if exported and info is not None and wanted and offset not in exported:
            report.add(F08, f"the public class at {offset:04X} is not among them", ComponentTag.EXPORT)
