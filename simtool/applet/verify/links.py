"""What each entry of the constant pool means, and the entries that mean nothing (JCVM specification §6.8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simtool.applet.verify.finding import Report, Rule
from simtool.applet.verify.methods import Methods, MethodView
from simtool.applet.verify.parts import EXTERNAL, PACKAGE_VISIBLE, PoolEntry
from simtool.applet.verify.rules import R04, R05, R06, R11
from simtool.applet.verify.world import ClassView, Loaded, Member, static_field
from simtool.codec import java_exports
from simtool.codec.cap import ComponentTag, PackageRef, PoolTag
from simtool.codec.java_exports import parameter_types, parameter_words

LETTERS = {"L": "a", "[": "a", "Z": "b", "B": "b", "S": "s", "I": "i"}
"""The letter of the instructions for a field of a type."""
SIZES = {"Z": 1, "B": 1, "S": 2, "I": 4}
"""Bytes of a number in the static image."""
_POOL = ComponentTag.CONSTANT_POOL


@dataclass(frozen=True, slots=True)
class Link:
    """An entry that means something. `cls` is the class that it names, `view` what is known of it.

    `letters` are the instructions that a field of unknown type may be used with; `method` a method of the package.
    """

    entry: PoolEntry
    cls: str
    view: ClassView | None
    member: Member | None = None
    descriptor: str | None = None
    letters: str = "absi"
    method: MethodView | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """What a call takes and gives. `parameters` is None where only `words` (without `this`) are known.

    `result` is a descriptor, `a` for some reference, None where it is not known; `returns` is False where none ever is.
    """

    parameters: tuple[str, ...] | None
    words: int
    result: str | None
    returns: bool = True


class Links:
    """The constant pool, resolved. `by_index` lacks the entries that mean nothing; those are in the report."""

    def __init__(self, loaded: Loaded, methods: Methods, report: Report) -> None:
        self.loaded = loaded
        self.methods = methods
        self._report = report
        self._world = loaded.world
        self.by_index: dict[int, Link] = {}
        for index, entry in enumerate(loaded.pool):
            link = self._link(index, entry)
            if link is not None:
                self.by_index[index] = link

    def _wrong(self, rule: Rule, index: int, text: str) -> None:
        self._report.add(rule, f"entry {index}: {text}", _POOL, 2 + 4 * index)

    def _told(self, index: int) -> str | None:
        """The type that the Descriptor gives for an entry."""
        description = self.loaded.description
        return description.pool[index] if description is not None and index < len(description.pool) else None

    def _link(self, index: int, entry: PoolEntry) -> Link | None:
        if entry.tag in (PoolTag.STATIC_FIELD, PoolTag.STATIC_METHOD) and not entry.external:
            return self._own_static(index, entry)
        view = self.class_view(entry.ref, index)
        if view is False:
            return None
        name = self.loaded.name(entry.ref)
        found = view or None
        match entry.tag:
            case PoolTag.CLASS:
                if entry.token:
                    self._wrong(R11, index, "the last byte of a class is 0")
                return Link(entry, name, found)
            case PoolTag.FIELD:
                return self._field(index, entry, name, found)
            case PoolTag.VIRTUAL:
                return self._virtual(index, entry, name, found)
            case PoolTag.SUPER:
                if entry.external:
                    self._wrong(
                        R11, index, "a call of the superclass names the class that calls, which is the package's own"
                    )
                    return None
                return self._super(index, entry, name, found)
        return self._outer_static(index, entry, name, found)

    def class_view(self, ref: int, index: int | None = None) -> ClassView | Literal[False] | None:
        """A class reference: what is known of it, None where nothing is, False where it is wrong (told, by index)."""

        def wrong(text: str) -> Literal[False]:
            if index is not None:
                self._wrong(R04, index, text)
            return False

        if not ref & EXTERNAL:
            return self.loaded.view(ref) if ref in self.loaded.types else wrong(f"no class begins at {ref:04X}")
        package, token = ref >> 8 & 0x7F, ref & 0xFF
        if package >= len(self.loaded.cap.imports):
            return wrong(f"there is no imported package {package}")
        imported = self.loaded.cap.imports[package]
        view = self.loaded.view(ref)
        if view is None and self.judged(imported):
            name = java_exports.name_of(imported.aid) or imported.aid.hex().upper()
            return wrong(f"{name} {imported.version} has no class {token}")
        return view

    def judged(self, package: PackageRef) -> bool:
        """Whether it is known what this version of an imported package has."""
        name = java_exports.name_of(package.aid)
        if self._world.has_library(package.aid):
            return True
        return name is not None and package.version in java_exports.package_versions(name)

    def certain(self, ref: int) -> bool:
        """Whether it is known what the class of a reference has: one of the own package, or of a known version."""
        return not ref & EXTERNAL or self.judged(self.loaded.cap.imports[ref >> 8 & 0x7F])

    # --- fields

    def _own_static(self, index: int, entry: PoolEntry) -> Link | None:
        if entry.ref > 0xFF:
            self._wrong(R11, index, "the first byte of the package's own static is 0")
            return None
        if entry.tag is PoolTag.STATIC_METHOD:
            method = self.methods.by_offset.get(entry.offset)
            if method is None:
                return None
            descriptor = method.descriptor or self._told(index)
            return Link(entry, method.owner or "", None, method.member, descriptor, method=method)
        member = static_field(self.loaded, entry.offset)
        letters = self._segment(entry.offset)
        if not letters:
            self._wrong(R06, index, f"no static field can begin at {entry.offset:04X} of the image")
            return None
        if member is None and self.loaded.description is not None:
            self._wrong(R06, index, f"the Descriptor tells of no static field at {entry.offset:04X} of the image")
        descriptor = (member.descriptor if member is not None else None) or self._told(index)
        if descriptor is None and entry.offset // 2 < len(self.loaded.image.arrays):
            descriptor = array_type(self.loaded.image.arrays[entry.offset // 2][0])
        return Link(entry, member.owner if member else "", None, member, descriptor, letters)

    def _segment(self, offset: int) -> str:
        """Instructions that a static field at a place of the image may be used with."""
        image = self.loaded.image
        if offset < 2 * image.references:
            return "a" if offset % 2 == 0 else ""
        return "".join(letter for letter, size in (("b", 1), ("s", 2), ("i", 4)) if offset + size <= image.size)

    def _field(self, index: int, entry: PoolEntry, name: str, view: ClassView | None) -> Link | None:
        member = view.fields.get(entry.token) if view is not None else None
        info = None if entry.external else self.loaded.types[entry.ref]
        letters = "absi"
        if info is not None:
            if info.is_interface or entry.token >= info.size:
                self._wrong(R05, index, f"its class has no instance field {entry.token}")
                return None
            first = info.first_reference
            letters = "a" if first <= entry.token < first + info.reference_count else "bsi"
        if member is None and view is not None and (entry.external or self.loaded.description is not None):
            if self.certain(entry.ref) and (not entry.external or view.size is None):
                self._wrong(R05, index, f"its class has no instance field {entry.token} that may be used here")
                return None
        return Link(entry, name, view, member, (member and member.descriptor) or self._told(index), letters)

    def _outer_static(self, index: int, entry: PoolEntry, name: str, view: ClassView | None) -> Link | None:
        member = None
        if view is not None:
            fields = entry.tag is PoolTag.STATIC_FIELD
            member = (view.static_fields if fields else view.static_methods).get(entry.token)
            if member is None and self.certain(entry.ref):
                kind = "static field" if fields else "static method or constructor"
                self._wrong(R05, index, f"{view.name} has no {kind} {entry.token} in the version imported")
                return None
        return Link(entry, name, view, member, (member and member.descriptor) or self._told(index))

    # --- methods

    def _virtual(self, index: int, entry: PoolEntry, name: str, view: ClassView | None) -> Link | None:
        token, package = entry.token & 0x7F, bool(entry.token & PACKAGE_VISIBLE)
        if view is None:
            return Link(entry, name, None, None, self._told(index))
        if package and entry.external or view.is_interface or not self._has(entry.ref, view, token, package=package):
            if self.certain(entry.ref):
                self._wrong(R05, index, f"{view.name} has no virtual method {entry.token} in the version imported")
            return None
        return self._of_virtual(index, entry, name, view, token, package=package)

    def _has(self, ref: int, view: ClassView, token: int, *, package: bool) -> bool:
        info = None if ref & EXTERNAL else self.loaded.types.get(ref)
        if info is None:
            return token in view.virtual
        table = (info.package_base, info.package) if package else (info.public_base, info.public)
        return token < table[0] + len(table[1])

    def _of_virtual(
        self, index: int, entry: PoolEntry, name: str, view: ClassView | None, token: int, *, package: bool
    ) -> Link:
        member = self.virtual_member(name, token, package=package)
        return Link(entry, name, view, member, (member and member.descriptor) or self._told(index))

    def virtual_member(self, name: str, token: int, *, package: bool = False) -> Member | None:
        """A virtual method as the nearest class that tells its type has it."""
        found = None
        for view in self._world.supers(name):
            if view is not None:
                one = (view.package_virtual if package else view.virtual).get(token)
                if one is not None and one.descriptor is not None:
                    return one
                found = found or one
        return found

    def _super(self, index: int, entry: PoolEntry, name: str, view: ClassView | None) -> Link | None:
        info = self.loaded.types[entry.ref]
        if info.is_interface:
            self._wrong(R11, index, "an interface has no superclass")
            return None
        parent = self.class_view(info.parent)
        if parent is False:
            return None
        token, package = entry.token & 0x7F, bool(entry.token & PACKAGE_VISIBLE)
        above = self.loaded.name(info.parent)
        if isinstance(parent, ClassView) and not self._has(info.parent, parent, token, package=package):
            if self.certain(info.parent):
                self._wrong(R05, index, f"{above} has no virtual method {entry.token} in the version imported")
            return None
        found = self._of_virtual(
            index, entry, above, parent if isinstance(parent, ClassView) else None, token, package=package
        )
        return Link(entry, name, view, found.member, found.descriptor, method=found.method)

    def signature(self, link: Link) -> Signature | None:
        """What a call through this entry takes and gives; None where not even the words are known."""
        if link.descriptor is not None:
            return described(link.descriptor)
        if link.method is not None:
            static = link.method.member.static if link.method.member is not None else None
            this = 0 if static or static is None else 1
            return of_method(link.method, this)
        if link.entry.tag in (PoolTag.VIRTUAL, PoolTag.SUPER) and not link.entry.external:
            return self._of_overriding(link)
        return None

    def of_method(self, method: MethodView) -> Signature:
        """What an instance method takes and gives."""
        return described(method.descriptor) if method.descriptor is not None else of_method(method, 1)

    def _of_overriding(self, link: Link) -> Signature | None:
        """A virtual method's words and result, from any method of the package that stands at its token."""
        token, package = link.entry.token & 0x7F, bool(link.entry.token & PACKAGE_VISIBLE)
        for info in self.loaded.types.values():
            name = self.loaded.name(info.offset)
            if info.is_interface or not (
                self._world.is_subclass(name, link.cls) or self._world.is_subclass(link.cls, name)
            ):
                continue
            place = self.loaded.resolve(info, token, package=package)
            method = self.methods.by_offset.get(place) if place is not None else None
            if method is not None and not method.abstract:
                return of_method(method, 1)
        return None


def described(descriptor: str) -> Signature:
    """The signature that a method's descriptor tells."""
    return Signature(parameter_types(descriptor), parameter_words(descriptor), descriptor.rpartition(")")[2])


def of_method(method: MethodView, this: int) -> Signature:
    """What a method without known types takes and gives, by its header and its return instructions."""
    results = method.results
    result = {"s": "S", "i": "I"}.get(letter := next(iter(results), ""), letter) if len(results) == 1 else None
    return Signature(None, max(method.arguments - this, 0), result, bool(results))


def array_type(kind: int) -> str | None:
    """The type of an initialised static array."""
    return {2: "[Z", 3: "[B", 4: "[S", 5: "[I"}.get(kind)
