"""The components of a CAP file but Class, Descriptor and Export (JCVM §6.4 to §6.12)."""

from __future__ import annotations

from collections.abc import Iterable

from simtool.applet.convert.card_code import Reference
from simtool.applet.convert.handlers import stops
from simtool.applet.convert.link import Linked
from simtool.applet.convert.model import Local, is_function, signature
from simtool.applet.convert.package import ConvertError, PackageSpec, sure
from simtool.codec.cap import MAGIC, CapFlag, ComponentTag, PoolTag

_INSTALL = ("install", "([BSB)V")
_STOP = 0x8000
_CATCH_TYPE = 6
_STEP = 255


def header(linked: Linked, *, exports: bool) -> bytes:
    """The Header component (§6.4)."""
    spec = linked.model.spec
    flags = CapFlag.INT if linked.uses_int else CapFlag(0)
    flags |= CapFlag.EXPORT if exports else CapFlag(0)
    flags |= CapFlag.APPLET if spec.applets else CapFlag(0)
    major, minor = spec.cap_format
    found = MAGIC.to_bytes(4) + bytes((minor, major, flags, *_package(spec.version, spec.aid)))
    name = spec.name.encode()
    return found + (bytes((len(name),)) + name if spec.cap_format >= (2, 2) else b"")


def _package(version: tuple[int, int], aid: bytes) -> bytes:
    return bytes((version[1], version[0], len(aid))) + aid


def directory(bodies: dict[ComponentTag, bytes], linked: Linked) -> bytes:
    """The Directory component (§6.5): sizes of all bodies, its own with them."""
    spec, image = linked.model.spec, linked.image
    count = 11 if spec.cap_format < (2, 2) else 12
    wide = bytes(4) if spec.cap_format >= (2, 3) else b""
    tail = b"".join(one.to_bytes(2) for one in (image.size, image.arrays, image.array_bytes))
    tail += bytes((len(linked.imports), len(spec.applets), 0))
    sizes = [len(bodies.get(ComponentTag(tag), b"")) for tag in range(1, count + 1)]
    sizes[ComponentTag.DIRECTORY - 1] = 2 * count + len(wide) + len(tail)
    return b"".join(size.to_bytes(2) for size in sizes) + wide + tail


def applets(linked: Linked) -> bytes:
    """The Applet component (§6.6). Raises `ConvertError` for a class that is no applet or has no install method."""
    spec = linked.model.spec
    found = bytes((len(spec.applets),))
    for name, aid in spec.applets:
        path = name if "/" in name else f"{spec.name}/{name}"
        one = linked.model.find(path)
        if not isinstance(one, Local):
            raise ConvertError(spec.name, 0, f"there is no class {name}, which is to be an applet")
        if all(each.path != "javacard/framework/Applet" for each in linked.model.supers(one)):
            raise one.error("an applet's class extends javacard.framework.Applet, this one does not")
        method, declared = linked.method(one, _INSTALL), one.method(_INSTALL)
        if method is None or declared is None or not is_function(declared):
            raise one.error("it has no public static void install(byte[], short, byte)")
        found += bytes((len(aid),)) + aid + method.offset.to_bytes(2)
    return found


def imports(linked: Linked) -> bytes:
    """The Import component (§6.7)."""
    found = bytes((len(linked.imports),))
    return found + b"".join(_package((one.major, one.minor), one.aid) for one in linked.imports)


def constant_pool(linked: Linked) -> bytes:
    """The ConstantPool component (§6.8)."""
    return len(linked.pool).to_bytes(2) + b"".join(_entry(linked, one) for one in linked.pool)


def _entry(linked: Linked, one: Reference) -> bytes:
    owner = linked.model.known(one.owner)
    match one.tag:
        case PoolTag.CLASS:
            info = linked.class_ref(owner) + b"\0"
        case PoolTag.FIELD:
            info = linked.class_ref(owner) + bytes((_declared(linked, one, static=False),))
        case PoolTag.VIRTUAL:
            token = sure(linked.members.token(owner, one.name, one.descriptor))
            info = linked.class_ref(owner) + bytes((token,))
        case PoolTag.SUPER:
            where = sure(owner if isinstance(owner, Local) else None)
            token = sure(linked.members.super_token(where, one.name, one.descriptor))
            info = linked.class_ref(owner) + bytes((token,))
        case _ if not isinstance(owner, Local):
            token = _declared(linked, one, static=True)
            info = bytes((0x80 | linked.import_index(owner), owner.table.token, token))
        case PoolTag.STATIC_FIELD:
            info = b"\0" + linked.image.offsets[owner.path, one.name].to_bytes(2)
        case _:
            info = b"\0" + sure(linked.method(owner, (one.name, one.descriptor))).offset.to_bytes(2)
    return bytes((one.tag,)) + info


def _declared(linked: Linked, one: Reference, *, static: bool) -> int:
    owner = linked.model.known(one.owner)
    return sure(linked.model.declaring(owner, one.name, one.descriptor, static=static))[1]


def methods(linked: Linked) -> bytes:
    """The Method component (§6.10): handlers of all methods, then the methods."""
    table, code = b"", b""
    for one in linked.methods:
        for place, row in enumerate(one.handlers):
            length = (_STOP if stops(one.handlers, place) else 0) | (row.end - row.start)
            catches = linked.indexes[row.catches] if row.catches is not None else 0
            numbers = (one.start + row.start, length, one.start + row.handler, catches)
            table += b"".join(number.to_bytes(2) for number in numbers)
        code += one.header + (one.code.code if one.code is not None else b"")
    return bytes((len(table) // 8,)) + table + code


def locations(linked: Linked) -> bytes:
    """The RefLocation component (§6.12): where the Method component's body names the constant pool."""
    ones: list[int] = []
    twos: list[int] = []
    handler = 0
    for one in linked.methods:
        for row in one.handlers:
            if row.catches is not None:
                twos.append(1 + 8 * handler + _CATCH_TYPE)
            handler += 1
        if one.code is not None:
            ones += [one.start + place for place in one.code.one_byte]
            twos += [one.start + place for place in one.code.two_bytes]
    return _steps(ones) + _steps(twos)


def _steps(places: Iterable[int]) -> bytes:
    found, last = bytearray(), 0
    for place in sorted(places):
        distance = place - last
        found += b"\xff" * (distance // _STEP) + bytes((distance % _STEP,))
        last = place
    return len(found).to_bytes(2) + bytes(found)


def exports(linked: Linked) -> bytes:
    """The Export component (§6.13), empty where there is nothing to export."""
    model = linked.model
    if not model.exported:
        return b""
    found = bytes((len(model.exported),))
    for one in model.exported:
        places = [linked.image.offsets[one.path, each.name] for each in model.exported_statics(one)]
        functions = [linked.method(one, signature(each)) for each in model.exported_functions(one)]
        offsets = [each.offset for each in functions if each is not None]
        found += linked.class_ref(one) + bytes((len(places), len(offsets)))
        found += b"".join(offset.to_bytes(2) for offset in (*places, *offsets))
    return found


def check(spec: PackageSpec) -> None:
    """Raises `ConvertError` for a description that no CAP file can have."""
    for what, aid in (("package", spec.aid), *(("applet", aid) for _, aid in spec.applets)):
        if not 5 <= len(aid) <= 16:
            raise ConvertError(spec.name, 0, f"the AID of the {what} has {len(aid)} bytes, it needs 5 to 16")
    if spec.cap_format not in ((2, 1), (2, 2), (2, 3)):
        raise ConvertError(spec.name, 0, "the CAP format is none of 2.1, 2.2, 2.3")
    if any(aid[:5] != spec.aid[:5] for _, aid in spec.applets):
        raise ConvertError(
            spec.name, 0, "package and applets have AIDs of different providers (their first five bytes)"
        )
