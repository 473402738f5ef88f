"""The API's classes: what the export tables say of them, joined with the functions that do it (JCVM §4.3, §5).

Classes are made when a package is first needed. A method of the tables without a function ends the program with a
fault that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from simtool.codec import java_exports
from simtool.codec.java_exports import (
    AccessFlag,
    ExportClass,
    ExportMethod,
    ExportPackage,
    parameter_types,
    parameter_words,
    return_words,
)
from simtool.softcard.jcvm.classes import Code, JavaClass, Method
from simtool.softcard.jcvm.faults import LinkError, VmFault
from simtool.softcard.jcvm.native import Native, NativeClass
from simtool.softcard.jcvm.objects import JavaArray, Kind, Ref, narrow, narrow_byte

OBJECT = "java/lang/Object"
_NARROWING: dict[str, Callable[[int], int]] = {"S": narrow, "B": narrow_byte, "Z": int}


class Api:
    """The packages that natives are given for. `version` picks the table of a package: the newest there is."""

    def __init__(self, natives: Iterable[NativeClass]) -> None:
        self._natives = {one.name: one for one in natives}
        self._packages: dict[str, ExportPackage] = {}
        self._exported: dict[str, ExportClass] = {}
        self._classes: dict[str, JavaClass] = {}
        self._statics: dict[tuple[str, int], Method] = {}

    def package(self, name: str) -> ExportPackage:
        """The newest table of a package, `javacard.framework`."""
        found = self._packages.get(name)
        if found is None:
            found = java_exports.load(name, java_exports.package_versions(name)[-1])
            self._packages[name] = found
            self._exported |= {f"{found.path}/{one.name}": one for one in found.classes}
        return found

    def has(self, aid: bytes) -> str | None:
        """The name of the API package with this AID, if there is one."""
        return java_exports.name_of(aid)

    def named(self, name: str) -> JavaClass:
        """A class of the API, or one of our own that stands behind an interface of it. `LinkError` if there is none."""
        found = self._classes.get(name)
        if found is None:
            found = self._make(name)
        return found

    def by_token(self, package: str, token: int) -> JavaClass:
        """A class by package and token. `LinkError` if there is none."""
        table = self.package(package)
        row = table.class_of(token)
        if row is None:
            raise LinkError(f"{package} has no class with token {token}")
        return self.named(f"{table.path}/{row.name}")

    def static(self, cls: JavaClass, token: int) -> Method:
        """A static method or constructor of an API class. `LinkError` if there is none."""
        found = self._statics.get((cls.name, token))
        if found is None:
            raise LinkError(f"{cls.name} has no static method or constructor with token {token}")
        return found

    def static_named(self, name: str, signature: str) -> Method:
        """The same by name and descriptor, for the machine's own use."""
        cls = self.named(name)
        return next(
            m for (owner, _), m in self._statics.items() if owner == cls.name and m.name.endswith(f".{signature}")
        )

    def virtual_token(self, cls: str, signature: str) -> int:
        """The token of a virtual or interface method of an API class, by name and descriptor."""
        self.named(cls)
        row = self._exported[cls]
        for one in (*row.virtual_methods, *row.interface_methods):
            if one.name + one.descriptor == signature:
                return one.token
        raise LinkError(f"{cls} has no method {signature}")

    def _make(self, name: str) -> JavaClass:
        package = name.rpartition("/")[0].replace("/", ".")
        if name not in self._exported and package in java_exports.package_names():
            self.package(package)
        row, native = self._exported.get(name), self._natives.get(name)
        if row is not None:
            return self._exported_class(name, row, native)
        if native is None:
            raise LinkError(f"the API has no class {name}")
        return self._own_class(native)

    def _exported_class(self, name: str, row: ExportClass, native: NativeClass | None) -> JavaClass:
        parent = self.named(row.supers[-1]) if row.supers and name != OBJECT and not row.is_interface else None
        cls = self._classes[name] = JavaClass(name, name, parent)
        cls.is_interface, cls.abstract = row.is_interface, AccessFlag.ABSTRACT in row.flags
        cls.shareable = AccessFlag.SHAREABLE in row.flags
        above = [self.named(one) for one in row.interfaces]
        roots = [self.named(OBJECT)] if row.is_interface else []  # an interface type is an Object (JLS §4.10)
        cls.supers |= {sup for one in (*roots, *above) for sup in one.supers}
        if native is not None and native.state is not None:
            cls.state = native.state
        for one in row.interface_methods:
            cls.interface_methods[cls, one.token] = _abstract(name, one)
        for one in row.static_methods:
            self._statics[name, one.token] = self._bind(name, one, native, static=True)
        for one in sorted(row.virtual_methods, key=lambda each: each.token):
            self._place(cls, one.token, self._virtual(cls, name, one, native))
        if not row.is_interface:
            self._implement(cls, above)
        return cls

    def _virtual(self, cls: JavaClass, name: str, one: ExportMethod, native: NativeClass | None) -> Method | None:
        """The method of this class, or None where it has that of its superclass."""
        if native is not None and one.name + one.descriptor in native.methods:
            return self._bind(name, one, native, static=False)
        if one.token < len(cls.virtual) and cls.virtual[one.token].name.endswith(f".{one.name}{one.descriptor}"):
            return None
        return _abstract(name, one)

    @staticmethod
    def _place(cls: JavaClass, token: int, method: Method | None) -> None:
        if method is None:
            return
        if token == len(cls.virtual):
            cls.virtual.append(method)
        elif token < len(cls.virtual):
            cls.virtual[token] = method
        else:
            raise LinkError(f"{method.name}: the tokens before {token} are missing")

    def _implement(self, cls: JavaClass, interfaces: Iterable[JavaClass]) -> None:
        """Lead from each interface to the methods of the class, by name and descriptor."""
        by_signature = {one.name.rpartition(".")[2]: one for one in cls.virtual}
        for interface in {sup for one in interfaces for sup in one.supers}:
            row = self._exported.get(interface.name)
            if row is None or not row.is_interface:
                continue
            methods = sorted(row.interface_methods, key=lambda each: each.token)
            cls.interfaces[interface] = [
                by_signature.get(one.name + one.descriptor) or _abstract(cls.name, one) for one in methods
            ]

    def _own_class(self, native: NativeClass) -> JavaClass:
        """A class that no table has: its methods serve the interfaces and the superclass that it names."""
        parent = self.named(native.parent or OBJECT)
        cls = self._classes[native.name] = JavaClass(native.name, native.name, parent)
        above = [self.named(one) for one in native.interfaces]
        cls.supers |= {sup for one in above for sup in one.supers}
        if native.state is not None:
            cls.state = native.state
        rows: dict[str, ExportMethod] = {}
        exported = self._exported.get(parent.name)
        for one in exported.virtual_methods if exported is not None else ():
            signature = one.name + one.descriptor
            if signature in native.methods:
                cls.virtual[one.token] = self._bind(native.name, one, native, static=False)
        for interface in cls.supers:
            row = self._exported.get(interface.name)
            rows |= {one.name + one.descriptor: one for one in (row.interface_methods if row is not None else ())}
        bound = {name: self._bind(native.name, one, native, static=False) for name, one in rows.items()}
        for interface in cls.supers:
            row = self._exported.get(interface.name)
            if row is not None and row.is_interface:
                methods = sorted(row.interface_methods, key=lambda each: each.token)
                cls.interfaces[interface] = [bound[one.name + one.descriptor] for one in methods]
        return cls

    def _bind(self, name: str, one: ExportMethod, native: NativeClass | None, *, static: bool) -> Method:
        signature = one.name + one.descriptor
        function = native.methods.get(signature) if native is not None else None
        words = parameter_words(one.descriptor)
        has_this = not static or one.name == "<init>"
        code = (
            _adapt(function, one.descriptor, name if has_this else "")
            if function is not None
            else _missing(f"{name}.{signature}")
        )
        return Method(f"{name}.{signature}", words + has_this, return_words(one.descriptor), code)


def _abstract(name: str, one: ExportMethod) -> Method:
    words = parameter_words(one.descriptor) + 1
    full = f"{name}.{one.name}{one.descriptor}"
    return Method(full, words, return_words(one.descriptor), _missing(full))


def _missing(name: str) -> Code:
    def fault(*_: Any) -> None:
        raise VmFault(f"{name} is not there on this card")

    return fault


def _adapt(function: Native, descriptor: str, owner: str) -> Code:
    """From words to arguments (an int is two words), and the result into its range. `owner` is the class of `this`,
    empty for a static method.

    Nothing has verified the program. An error of Python's own is a fault of the program's where the words do not fit
    the descriptor, else one of ours and let through.
    """
    types = ((f"L{owner};",) if owner else ()) + parameter_types(descriptor)
    narrowing = _NARROWING.get(descriptor.rpartition(")")[2])
    picks, at = [0], 1
    for one in types:
        picks.append(at)
        at += 2 if one == "I" else 1
    has_int = "I" in types

    def adapted(*words: Any) -> Any:
        try:
            result = function(*(words[one] for one in picks)) if has_int else function(*words)
        except _OF_PYTHON as error:
            if len(words) == at and all(map(_fits, types, (words[one] for one in picks[1:]))):
                raise
            raise VmFault(f"a method of the API was called with what is not {descriptor}") from error
        return narrowing(result) if narrowing is not None else result

    return adapted


_OF_PYTHON = (TypeError, AttributeError, ValueError, IndexError)


def _fits(descriptor: str, word: Any) -> bool:
    """Whether a word can be an argument of a type."""
    match descriptor[0]:
        case "L":
            name = descriptor[1:-1]
            return word is None or (isinstance(word, Ref) and any(one.name == name for one in word.cls.supers))
        case "[":
            wanted = _KINDS.get(descriptor[1:], Kind.REFERENCE)
            return word is None or (isinstance(word, JavaArray) and word.kind is wanted)
    return isinstance(word, int)


_KINDS = {"Z": Kind.BOOLEAN, "B": Kind.BYTE, "S": Kind.SHORT, "I": Kind.INT}
