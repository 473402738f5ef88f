"""The Class component, read (JCVM §6.9): interfaces and classes by their offset in its body."""

from __future__ import annotations

from dataclasses import dataclass

from simtool.codec.byte_reader import ByteReader

INTERFACE, SHAREABLE, REMOTE = 0x8, 0x4, 0x2
_NO_TOKEN = 0xFF


@dataclass(frozen=True, slots=True)
class InterfaceInfo:
    """An interface; `interfaces` are class_refs of all its superinterfaces."""

    shareable: bool
    interfaces: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ClassInfo:
    """A class. `size` and `first_reference` in words; `public` and `internal` are offsets of methods, FFFF inherited.

    `interfaces`: class_ref of each interface, and for each of its methods the token of the class's public one.
    """

    shareable: bool
    parent: int
    size: int
    first_reference: int
    references: int
    public_base: int
    public: tuple[int, ...]
    package_base: int
    internal: tuple[int, ...]
    interfaces: tuple[tuple[int, tuple[int, ...]], ...]


def read_classes(body: bytes, cap_format: tuple[int, int]) -> dict[int, InterfaceInfo | ClassInfo]:
    """All of them by offset. Raises `DecodeError`."""
    reader = ByteReader(body, "Class component")
    if cap_format >= (2, 2):
        reader.bytes(reader.u2("signature pool length"), "signature pool")
    found: dict[int, InterfaceInfo | ClassInfo] = {}
    while reader.more:
        offset = reader.offset
        head = reader.u1("flags")
        flags, count = head >> 4, head & 15
        if flags & INTERFACE:
            above = tuple(reader.u2("superinterface") for _ in range(count))
            found[offset] = InterfaceInfo(bool(flags & SHAREABLE), above)
            if flags & REMOTE:
                reader.bytes(reader.u1("interface name length"), "interface name")
        else:
            found[offset] = _class(reader, flags, count, cap_format)
    return found


def _class(reader: ByteReader, flags: int, count: int, cap_format: tuple[int, int]) -> ClassInfo:
    parent = reader.u2("superclass")
    size, first, references = (reader.u1(name) for name in ("instance size", "first reference", "references"))
    public_base, public_count = reader.u1("public base"), reader.u1("public count")
    package_base, package_count = reader.u1("package base"), reader.u1("package count")
    public = tuple(reader.u2("public method") for _ in range(public_count))
    internal = tuple(reader.u2("package method") for _ in range(package_count))
    interfaces = []
    for _ in range(count):
        reference = reader.u2("interface")
        interfaces.append((reference, tuple(reader.bytes(reader.u1("method count"), "method tokens"))))
    if flags & REMOTE:
        _remote(reader)
    if cap_format >= (2, 3):
        reader.bytes(public_base + public_count, "token mapping")
        reader.u1("inheritable method count")
    return ClassInfo(
        bool(flags & SHAREABLE), parent, size, 0 if first == _NO_TOKEN else first, references, public_base, public,
        package_base, internal, tuple(interfaces),
    )  # fmt: skip


def _remote(reader: ByteReader) -> None:
    """Tables for remote calls: nothing that this card offers (§6.9.4, remote_interface_info)."""
    for _ in range(reader.u1("remote method count")):
        reader.bytes(5, "remote method")
    reader.bytes(reader.u1("hash modifier length"), "hash modifier")
    reader.bytes(reader.u1("class name length"), "class name")
    for _ in range(reader.u1("remote interface count")):
        reader.u2("remote interface")
