"""The classes of the package that is converted and of those that it imports: members, inheritance, tokens (JCVM §4.3).

Tokens of virtual methods continue those of the superclass, an overriding method has the token of what it overrides;
package-visible ones have a space of their own. Instance fields: what is visible outside comes first, there numbers
before references, then the others, references before numbers, so that references lie side by side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from simtool.applet.classfile import ClassFile, ClassFlag, Field, Method
from simtool.applet.convert.package import ConvertError, PackageSpec
from simtool.codec import java_exports
from simtool.codec.java_exports import ExportClass, ExportMethod, ExportPackage, type_words
from simtool.errors import DecodeError

OBJECT = "java/lang/Object"
SHAREABLE = "javacard/framework/Shareable"
PACKAGE_TOKEN = 0x80
NO_TOKEN = 0xFF
Signature = tuple[str, str]
_VISIBLE = ClassFlag.PUBLIC | ClassFlag.PROTECTED


def is_visible(flags: ClassFlag) -> bool:
    """Whether a member is seen outside of the package."""
    return bool(flags & _VISIBLE)


def is_function(method: Method) -> bool:
    """Whether it is called without looking at the object's class: static, private or a constructor."""
    return bool(method.flags & (ClassFlag.STATIC | ClassFlag.PRIVATE)) or method.name in ("<init>", "<clinit>")


def is_reference(descriptor: str) -> bool:
    return descriptor[0] in "L["


def signature(method: Method | ExportMethod) -> Signature:
    return method.name, method.descriptor


@dataclass(frozen=True, slots=True)
class External:
    """A class of another package."""

    package: ExportPackage
    table: ExportClass

    @property
    def path(self) -> str:
        return f"{self.package.path}/{self.table.name}"

    @property
    def is_interface(self) -> bool:
        return self.table.is_interface


@dataclass(slots=True)
class Local:
    """A class of the package itself; `public` and `hidden` are the virtual methods by token, inherited ones too.

    `missing` are methods of its interfaces that an abstract class does not declare: they get tokens all the same.
    """

    file: ClassFile
    interfaces: tuple[str, ...] = ()
    public: list[Signature] = field(default_factory=list)
    hidden: list[Signature] = field(default_factory=list)
    missing: list[Signature] = field(default_factory=list)
    fields: dict[str, int] = field(default_factory=dict)
    size: int = 0

    @property
    def path(self) -> str:
        return self.file.name

    @property
    def is_interface(self) -> bool:
        return self.file.is_interface

    @property
    def methods(self) -> tuple[Method, ...]:
        return tuple(one for one in self.file.methods if one.name != "<clinit>")

    @property
    def statics(self) -> tuple[Field, ...]:
        """Static fields that have a place on the card: constants of the compiler have none."""
        return tuple(
            one
            for one in self.file.fields
            if ClassFlag.STATIC in one.flags and not (ClassFlag.FINAL in one.flags and one.constant is not None)
        )

    def method(self, wanted: Signature) -> Method | None:
        return next((one for one in self.file.methods if signature(one) == wanted), None)

    def error(self, reason: str, hint: str = "", line: int = 0) -> ConvertError:
        """An error in this class, at the line where its code begins if no other is known."""
        found = line or min((one.first_line for one in self.file.methods if one.first_line), default=0)
        return ConvertError(self.file.source or f"{self.path}.class", found, reason, hint)


AnyClass = Local | External


class Model:
    """All classes by name. `locals_` in the order of the Class component: interfaces, superclasses, others."""

    def __init__(self, files: Sequence[ClassFile], spec: PackageSpec, libraries: Sequence[ExportPackage]) -> None:
        self.spec = spec
        self._packages = self._imported(libraries)
        self._by_name = {one.name: Local(one) for one in sorted(files, key=lambda one: one.name)}
        self.locals_ = self._ordered()
        for one in self.locals_:
            self._fill(one)

    # Finding things

    def find(self, path: str) -> AnyClass | None:
        """A class by its name, None where it is not to be had."""
        local = self._by_name.get(path)
        if local is not None:
            return local
        package = self._packages.get(path.rpartition("/")[0])
        table = package.class_named(path.rpartition("/")[2]) if package is not None else None
        return External(package, table) if package is not None and table is not None else None

    def known(self, path: str) -> AnyClass:
        """A class that was found before."""
        found = self.find(path)
        if found is None:
            raise RuntimeError(f"the converter has lost {path}")
        return found

    def need(self, path: str, where: Local, line: int = 0) -> AnyClass:
        """A class that `where` names. Raises `ConvertError` where there is none, with what to do."""
        found = self.find(path)
        if found is not None:
            return found
        shown, package = path.replace("/", ".").replace("$", "."), path.rpartition("/")[0].replace("/", ".")
        if package == self.spec.name.replace("/", "."):
            raise where.error(
                f"the class {shown} is not among the class files", "give all classes of the package", line
            )
        known = self._packages.get(path.rpartition("/")[0])
        if known is not None:
            its = f"{known.major}.{known.minor}"
            hint = _LANGUAGE_HINTS.get(path, "")
            newer = next((v for v in _versions(package) if _has(package, v, path.rpartition("/")[2])), None)
            raise where.error(
                f"{package} {its} has no class {shown.rpartition('.')[2]}",
                hint or (f"it is there from version {newer}" if newer else ""), line,
            )  # fmt: skip
        if _versions(package):
            raise where.error(f"{shown} is used, but {package} is not imported", "give its version under imports", line)
        raise where.error(f"{shown} is of no package that a card is known to have", "give its library", line)

    def supers(self, one: AnyClass) -> Iterator[AnyClass]:
        """Its superclasses, the nearest first."""
        if isinstance(one, External):
            found = [self.find(name) for name in reversed(one.table.supers)]
            yield from (each for each in found if each is not None)
        elif one.file.parent is not None and not one.is_interface:
            parent = self.need(one.file.parent, one)
            yield parent
            yield from self.supers(parent)

    def all_interfaces(self, one: AnyClass) -> Iterator[str]:
        """All interfaces of it and of its superclasses, by name."""
        if isinstance(one, External):
            yield from one.table.interfaces
        else:
            yield from one.interfaces
        if not one.is_interface:
            for above in self.supers(one):
                yield from above.interfaces if isinstance(above, Local) else above.table.interfaces

    def is_shareable(self, one: AnyClass) -> bool:
        return one.path == SHAREABLE or SHAREABLE in self.all_interfaces(one)

    def public_methods(self, one: AnyClass) -> list[Signature]:
        """Virtual methods, or those of an interface, that are visible outside, by token."""
        if isinstance(one, Local):
            return one.public
        rows = one.table.interface_methods if one.is_interface else one.table.virtual_methods
        found: list[Signature] = [("", "")] * (max((row.token for row in rows), default=-1) + 1)
        for row in rows:
            found[row.token] = signature(row)
        return found

    def declaring(self, owner: AnyClass, name: str, descriptor: str, *, static: bool) -> tuple[AnyClass, int] | None:
        """The class that declares a field or, with a method descriptor, a static method or constructor; and its token.

        The token counts only for another package's class, and for an instance field.
        """
        for one in (owner, *self.supers(owner), *self._interfaces_of(owner)):
            if isinstance(one, External):
                rows = one.table.static_methods if descriptor[0] == "(" else one.table.static_fields
                for row in rows:
                    if (row.name, row.descriptor) == (name, descriptor) and static:
                        return one, row.token
                for instance in one.table.instance_fields if not static else ():
                    if (instance.name, instance.descriptor) == (name, descriptor):
                        return one, instance.token
            elif descriptor[0] == "(":
                method = one.method((name, descriptor))
                if method is not None:
                    return one, 0
            elif not static and name in one.fields:
                return one, one.fields[name]
            elif static and any(each.name == name for each in one.statics):
                return one, 0
        return None

    def _interfaces_of(self, owner: AnyClass) -> list[AnyClass]:
        found = [self.find(name) for name in self.all_interfaces(owner)]
        return [one for one in found if one is not None]

    # What other packages may use (§4.3.7)

    @property
    def exported(self) -> list[Local]:
        """By class token. A package with applets shows only its shareable interfaces (§4.1.1.2)."""
        public = [one for one in self.locals_ if ClassFlag.PUBLIC in one.file.flags]
        if self.spec.applets:
            return [one for one in public if one.is_interface and self.is_shareable(one)]
        return public

    def exported_statics(self, one: Local) -> list[Field]:
        return [each for each in one.statics if is_visible(each.flags)]

    def exported_functions(self, one: Local) -> list[Method]:
        """Static methods and constructors."""
        return [each for each in one.methods if is_function(each) and is_visible(each.flags)]

    # Filling in

    def _imported(self, libraries: Sequence[ExportPackage]) -> dict[str, ExportPackage]:
        found = {one.path: one for one in libraries}
        for name, version in {"java.lang": "1.0", **self.spec.imports}.items():
            if name.replace(".", "/") not in found:
                try:
                    package = java_exports.load(name, version)
                except DecodeError as error:
                    raise ConvertError("imports", 0, str(error), error.hint) from None
                found[package.path] = package
        return found

    def _ordered(self) -> list[Local]:
        done: dict[str, Local] = {}
        above: list[str] = []

        def add(one: Local) -> None:
            if one.path in above:
                raise one.error("the class extends itself")
            above.append(one.path)
            for name in (*one.file.interfaces, *([one.file.parent] if one.file.parent else [])):
                parent = self.need(name, one)
                if isinstance(parent, Local) and parent.path not in done:
                    add(parent)
            above.pop()
            done[one.path] = one

        for each in self._by_name.values():
            if each.path not in done:
                add(each)
        return sorted(done.values(), key=lambda one: not one.is_interface)

    def _fill(self, one: Local) -> None:
        names: list[str] = []
        for name in one.file.interfaces:
            parent = self.need(name, one)
            for each in (*self.all_interfaces(parent), name):
                self.need(each, one)
                if each not in names:
                    names.append(each)
        one.interfaces = tuple(names)
        if one.is_interface:
            for name in names:
                one.public += [row for row in self.public_methods(self.need(name, one)) if row not in one.public]
            one.public += [signature(each) for each in one.methods if signature(each) not in one.public]
            return
        parent = self.need(one.file.parent or OBJECT, one)
        one.public = list(self.public_methods(parent))
        one.hidden = list(parent.hidden) if isinstance(parent, Local) else []
        for method in one.methods:
            if not is_function(method):
                self._add_virtual(one, method)
        for name in names:
            for row in self.public_methods(self.need(name, one)):
                if row not in one.public:
                    if ClassFlag.ABSTRACT not in one.file.flags:
                        raise one.error(f"it does not implement {row[0]}{row[1]} of {name}")
                    one.public.append(row)
                    one.missing.append(row)
        self._add_fields(one)

    @staticmethod
    def _add_virtual(one: Local, method: Method) -> None:
        row = signature(method)
        if is_visible(method.flags):
            if row not in one.public:
                one.public.append(row)
        elif row not in one.hidden:
            one.hidden.append(row)
        if len(one.public) > 0x80 or len(one.hidden) > 0x80:
            raise one.error("it has more than 128 virtual methods")

    @staticmethod
    def _add_fields(one: Local) -> None:
        rows = [each for each in one.file.fields if ClassFlag.STATIC not in each.flags]
        seen = [each for each in rows if is_visible(each.flags)]
        unseen = [each for each in rows if not is_visible(each.flags)]
        ordered = sorted(seen, key=lambda each: is_reference(each.descriptor))
        ordered += sorted(unseen, key=lambda each: not is_reference(each.descriptor))
        for each in ordered:
            one.fields[each.name] = one.size
            one.size += type_words(each.descriptor)
        if one.size > 0xFF:
            raise one.error("its fields take more than 255 words")


_LANGUAGE_HINTS = {
    "java/lang/String": "use byte arrays",
    "java/lang/StringBuilder": "strings are not in Java Card: use byte arrays",
    "java/lang/Enum": "use constants: static final byte …",
    "java/lang/Thread": "a card has one thread",
    "java/lang/AssertionError": "leave out assert",
}


def _versions(package: str) -> tuple[str, ...]:
    return java_exports.package_versions(package) if package in java_exports.package_names() else ()


def _has(package: str, version: str, name: str) -> bool:
    return java_exports.load(package, version).class_named(name) is not None
