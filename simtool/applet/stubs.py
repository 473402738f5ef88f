"""Java sources of API packages to compile applets against, made from the export tables (JCVM specification chapter 5).

A stub has the published names, types, flags and constants, and bodies that do nothing: javac needs no more, and nothing
foreign is shipped. `java.lang`, `java.io` and `java.rmi` are the JDK's own at compile time; that only the part of them
which Java Card has is used is for the converter to see.

Export tables do not tell which checked exceptions a method declares: `THROWS` does.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from simtool.codec import java_exports
from simtool.codec.java_exports import (
    AccessFlag,
    ExportClass,
    ExportConstant,
    ExportField,
    ExportMethod,
    ExportPackage,
    parameter_types,
)

OF_THE_JDK = ("java/lang/", "java/io/", "java/rmi/")
"""Packages that the compiler has itself."""

THROWS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("javacard/framework/CardException", "throwIt(S)V"): ("javacard/framework/CardException",),
    ("javacard/framework/UserException", "throwIt(S)V"): ("javacard/framework/UserException",),
}
"""Checked exceptions that published methods declare, by class and method. Others have none."""

_OBJECT = "java/lang/Object"
_OF_OBJECT = {"equals(Ljava/lang/Object;)Z"}
_PRIMITIVES = {"B": "byte", "S": "short", "Z": "boolean", "I": "int", "V": "void"}
_WORDS = (
    (AccessFlag.PUBLIC, "public"),
    (AccessFlag.PROTECTED, "protected"),
    (AccessFlag.STATIC, "static"),
    (AccessFlag.ABSTRACT, "abstract"),
    (AccessFlag.FINAL, "final"),
)
_DONE = ".complete"


@dataclass(frozen=True, slots=True)
class Stubs:
    """Java sources by path (`javacard/framework/Applet.java`)."""

    sources: Mapping[str, str]

    @property
    def digest(self) -> str:
        """SHA-256 over all paths and texts, in hex."""
        total = hashlib.sha256()
        for path, text in sorted(self.sources.items()):
            for part in (path.encode(), text.encode()):
                total.update(len(part).to_bytes(4) + part)
        return total.hexdigest()


def stubs_of(versions: Mapping[str, str]) -> Stubs:
    """Stubs of API packages, `{"javacard.framework": "1.2", …}`.

    A package that these refer to without its being named is added in its newest version, so that javac finds it; the
    converter refuses to import what the applet's API level lacks. Raises `DecodeError` for an unknown name or version.
    """
    found = {name: java_exports.load(name, version) for name, version in versions.items()}
    waiting = list(found.values())
    while waiting:
        for name in _referred_to(waiting.pop()) - found.keys():
            if name in java_exports.package_names():
                found[name] = java_exports.load(name, java_exports.package_versions(name)[-1])
                waiting.append(found[name])
    return stubs_of_packages(tuple(found[name] for name in sorted(found)))


def stubs_of_packages(packages: Sequence[ExportPackage]) -> Stubs:
    """Stubs of the public classes of these packages; what they refer to has to be among them or in the JDK."""
    classes = {f"{one.path}/{part.name}": part for one in packages for part in one.classes}
    writer = _Writer(classes)
    return Stubs(
        {
            f"{path}.java": writer.file(path)
            for path in sorted(classes)
            if "$" not in path and not path.startswith(OF_THE_JDK)
        }
    )


def compiled(stubs: Stubs, compile_into: Callable[[Sequence[Path], Path], None], cache: Path | None = None) -> Path:
    """The folder with the class files of `stubs`: made once, then taken from the `cache` (`~/.cache/simtool`).

    `compile_into(sources, folder)` runs the compiler. Two processes may do this at once: the first one's folder stays.
    """
    folder = (cache or default_cache()) / "java-stubs" / stubs.digest
    if (folder / _DONE).exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="new-") as name:
        sources, classes = Path(name) / "sources", Path(name) / "classes"
        classes.mkdir()
        paths = []
        for path, text in stubs.sources.items():
            paths.append(sources / path)
            paths[-1].parent.mkdir(parents=True, exist_ok=True)
            paths[-1].write_text(text, "utf-8")
        compile_into(paths, classes)
        (classes / _DONE).touch()
        try:
            classes.rename(folder)
        except OSError:
            if not (folder / _DONE).exists():
                raise
    return folder


def default_cache() -> Path:
    """`simtool` in the user's cache folder (XDG base directories)."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(home) if os.path.isabs(home) else Path.home() / ".cache") / "simtool"


def _referred_to(package: ExportPackage) -> set[str]:
    """The names of all packages that the classes of `package` speak of."""
    found = set()
    for one in package.classes:
        found |= {*one.supers, *one.interfaces}
        for method in (*one.static_methods, *one.virtual_methods, *one.interface_methods):
            found |= set(_classes_in(method.descriptor))
        for field in one.static_fields:
            found |= set(_classes_in(field.descriptor))
    return {name.rpartition("/")[0].replace("/", ".") for name in found}


def _classes_in(descriptor: str) -> Iterator[str]:
    for part in descriptor.split("L")[1:] if "L" in descriptor else ():
        if ";" in part:
            yield part.partition(";")[0]


def java_type(descriptor: str) -> str:
    """A type as the language writes it: `[Ljavacard/framework/AID;` is `javacard.framework.AID[]`."""
    element = descriptor.lstrip("[")
    name = _PRIMITIVES[element] if element in _PRIMITIVES else _java_name(element[1:-1])
    return name + "[]" * (len(descriptor) - len(element))


def _java_name(path: str) -> str:
    return path.replace("/", ".").replace("$", ".")


class _Writer:
    """Writes the source of each class; needs all of them to know what is inherited."""

    def __init__(self, classes: Mapping[str, ExportClass]) -> None:
        self._classes = classes

    def file(self, path: str) -> str:
        package = path.rpartition("/")[0].replace("/", ".")
        return "\n".join((f"package {package};", "", *self._class(path), ""))

    def _class(self, path: str) -> Iterator[str]:
        one = self._classes[path]
        yield self._head(path, one)
        members = [self._constant(constant) for constant in one.constants]
        members += [self._field(field) for field in one.static_fields]
        if not one.is_interface:
            members += self._constructors(path, one)
        members += [self._method(path, m) for m in one.static_methods if m.name != "<init>"]
        members += [self._method(path, m) for m in one.virtual_methods if not self._is_inherited(one, m)]
        members += [self._method(path, m) for m in one.interface_methods if not self._is_inherited(one, m)]
        for inner in sorted(self._classes):
            if inner.startswith(f"{path}$") and "$" not in inner[len(path) + 1 :]:
                members += self._class(inner)
        yield from (f"    {line}" for line in members)
        yield "}"

    def _head(self, path: str, one: ExportClass) -> str:
        name = path.rpartition("/")[2].rpartition("$")[2]
        flags = one.flags & ~AccessFlag.ABSTRACT if one.is_interface else one.flags
        words = [*_modifiers(flags), *(["static"] if "$" in path else []), "interface" if one.is_interface else "class"]
        parents = [_java_name(parent) for parent in one.interfaces]
        text = f"{' '.join(words)} {name}"
        if one.is_interface:
            return text + (f" extends {', '.join(parents)}" if parents else "") + " {"
        if one.supers and one.supers[-1] != _OBJECT:
            text += f" extends {_java_name(one.supers[-1])}"
        return text + (f" implements {', '.join(parents)}" if parents else "") + " {"

    def _constant(self, one: ExportConstant) -> str:
        value = str(bool(one.value)).lower() if one.descriptor == "Z" else str(one.value)
        return f"public static final {_PRIMITIVES[one.descriptor]} {one.name} = {value};"

    def _field(self, one: ExportField) -> str:
        """Its value is made at run time: no constant for the compiler to put in place."""
        declaration = f"{' '.join(_modifiers(one.flags | AccessFlag.STATIC))} {java_type(one.descriptor)} {one.name}"
        if AccessFlag.FINAL not in one.flags:
            return f"{declaration};"
        return f"{declaration}; static {{ {one.name} = {_nothing(one.descriptor)}; }}"

    def _constructors(self, path: str, one: ExportClass) -> Iterator[str]:
        name = path.rpartition("/")[2].rpartition("$")[2]
        call = self._super_call(one)
        made = [method for method in one.static_methods if method.name == "<init>"]
        for method in made:
            yield f"{' '.join(_modifiers(method.flags))} {name}({_parameters(method)}) {{ {call} }}"
        if not made:  # it has some that nobody outside may call; subclasses in its package can
            yield f"{name}() {{ {call} }}"

    def _super_call(self, one: ExportClass) -> str:
        """How a constructor calls that of the superclass: nothing where it has one without parameters."""
        parent = self._classes.get(one.supers[-1]) if one.supers else None
        made = [method for method in parent.static_methods if method.name == "<init>"] if parent is not None else []
        if not made or any(method.descriptor == "()V" for method in made):
            return ""
        types = parameter_types(made[0].descriptor)
        return f"super({', '.join(f'({java_type(kind)}) {_nothing(kind)}' for kind in types)});"

    def _is_inherited(self, one: ExportClass, method: ExportMethod) -> bool:
        """Whether a parent has this method already, in the same way: it need not, or may not, be said again.

        Nor may a bridge: a parent's method, beside one of the same name and parameters with a narrower result.
        """
        parent = self._of_parents(one, method)
        if parent is None:
            return method.name + method.descriptor in _OF_OBJECT and method.flags == AccessFlag.PUBLIC
        others = (*one.virtual_methods, *one.interface_methods)
        narrower = any(
            _call(other) == _call(method) and other != method and self._of_parents(one, other) is None
            for other in others
        )
        return narrower or parent.flags == method.flags

    def _of_parents(self, one: ExportClass, method: ExportMethod) -> ExportMethod | None:
        """The method of the nearest parent with this name and descriptor."""
        for parent in one.interfaces if one.is_interface else reversed(one.supers):
            its = self._classes.get(parent)
            for other in (*its.virtual_methods, *its.interface_methods) if its is not None else ():
                if (other.name, other.descriptor) == (method.name, method.descriptor):
                    return other
        return None

    def _method(self, path: str, one: ExportMethod) -> str:
        result = one.descriptor.rpartition(")")[2]
        words = [*_modifiers(one.flags), java_type(result), f"{one.name}({_parameters(one)})"]
        thrown = THROWS.get((path, one.name + one.descriptor), ())
        if thrown:
            words.append(f"throws {', '.join(map(_java_name, thrown))}")
        if AccessFlag.ABSTRACT in one.flags:
            return f"{' '.join(words)};"
        return f"{' '.join(words)} {{ {'' if result == 'V' else f'return {_nothing(result)};'} }}"


def _call(method: ExportMethod) -> str:
    """Name and parameters: what tells one method of a class from another in the language."""
    return method.name + method.descriptor.partition(")")[0]


def _modifiers(flags: AccessFlag) -> list[str]:
    return [word for flag, word in _WORDS if flag in flags]


def _parameters(method: ExportMethod) -> str:
    return ", ".join(f"{java_type(kind)} p{at}" for at, kind in enumerate(parameter_types(method.descriptor), 1))


def _nothing(descriptor: str) -> str:
    """A value of this type that says nothing."""
    return {"Z": "false"}.get(descriptor, "0" if descriptor in _PRIMITIVES else "null")
