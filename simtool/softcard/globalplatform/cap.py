"""A load file data block as the card reads it: components of a CAP file one after the other (JCVM §6).

Only what registration needs: package, modules, imports, sizes. Each component must be whole, known and of the length
that the directory says; the code itself is not looked into here. Custom components (tags from 128 on) are ignored.
"""

from __future__ import annotations

from dataclasses import dataclass

from simtool.codec.cap import MAGIC, MANDATORY, CapFlag, ComponentTag, PackageRef
from simtool.softcard import status as sw
from simtool.softcard.globalplatform.reader import Reader
from simtool.softcard.status import StatusFault

_CUSTOM = 0x80
_NOT_KEPT = (ComponentTag.DESCRIPTOR, ComponentTag.DEBUG)
_FORMATS = {(2, 1): 11, (2, 2): 12, (2, 3): 12}
"""Versions of the CAP format, and how many two-byte sizes their directory has."""


@dataclass(frozen=True, slots=True)
class Package:
    """What a load file data block brings: package and version, applets, imports, bytes that stay on the card."""

    aid: bytes
    major: int
    minor: int
    applets: tuple[bytes, ...]
    imports: tuple[PackageRef, ...]
    size: int


def read(block: bytes) -> Package:
    """Read a load file data block. 6A80 for one that is cut short or contradicts itself (GPCS §9.3.5)."""
    components = _split(block)
    if any(tag not in components for tag in MANDATORY):
        raise StatusFault(sw.WRONG_DATA)
    header = Reader(components[ComponentTag.HEADER])
    if header.number(4) != MAGIC:
        raise StatusFault(sw.WRONG_DATA)
    cap_minor, cap_major, flags = header.number(), header.number(), header.number()
    minor, major = header.number(), header.number()
    aid = header.aid()
    if (cap_major, cap_minor) not in _FORMATS or bool(flags & CapFlag.APPLET) != (ComponentTag.APPLET in components):
        raise StatusFault(sw.WRONG_DATA)
    _check_sizes(components, _FORMATS[cap_major, cap_minor])
    size = sum(len(body) + 3 for tag, body in components.items() if tag not in _NOT_KEPT)
    applets = _applets(components)
    return Package(aid, major, minor, applets, _imports(components[ComponentTag.IMPORT]), size)


def _split(block: bytes) -> dict[ComponentTag, bytes]:
    reader, found = Reader(block), dict[ComponentTag, bytes]()
    while reader.rest:
        tag, length = reader.number(), reader.number(2)
        if tag >= _CUSTOM:
            reader.take(length)
            continue
        if tag not in ComponentTag.__members__.values() or tag in found:
            raise StatusFault(sw.WRONG_DATA)
        found[ComponentTag(tag)] = reader.take(length)
    if next(iter(found), None) is not ComponentTag.HEADER:
        raise StatusFault(sw.WRONG_DATA)
    return found


def _check_sizes(components: dict[ComponentTag, bytes], count: int) -> None:
    """The directory's sizes against the components that came; descriptor and debug need not have come (JCVM §6.6)."""
    reader = Reader(components[ComponentTag.DIRECTORY])
    for tag in range(1, count + 1):
        told, component = reader.number(2), ComponentTag(tag)
        there = components.get(component)
        if there is None:
            if told and component not in _NOT_KEPT:
                raise StatusFault(sw.WRONG_DATA)
        elif len(there) != told:
            raise StatusFault(sw.WRONG_DATA)


def _applets(components: dict[ComponentTag, bytes]) -> tuple[bytes, ...]:
    if ComponentTag.APPLET not in components:
        return ()
    reader = Reader(components[ComponentTag.APPLET])
    found = []
    for _ in range(reader.number()):
        found.append(reader.aid())
        if reader.number(2) >= len(components[ComponentTag.METHOD]):
            raise StatusFault(sw.WRONG_DATA)
    reader.end()
    if len(set(found)) != len(found):
        raise StatusFault(sw.WRONG_DATA)
    return tuple(found)


def _imports(body: bytes) -> tuple[PackageRef, ...]:
    reader = Reader(body)
    found = []
    for _ in range(reader.number()):
        minor, major = reader.number(), reader.number()
        found.append(PackageRef(reader.aid(), major, minor))
    reader.end()
    return tuple(found)
