"""Java Card API packages as they were published: classes, members and their tokens (JCVM specification chapters 4, 5).

`data/api_packages.yaml` is the index: AIDs, versions, and which versions make a Java Card release. One file per package
in `data/exports/` holds the classes of all its versions. A member is one line there::

    static virtual interface    TOKEN FLAGS NAME(PARAMETERS)RESULT
    fields                      TOKEN FLAGS NAME DESCRIPTOR          (static; no package shows instance fields)
    constants                   B|S|Z NAME 0xVALUE                   (the compiler puts the value in place: no token)

Each may end in `since VERSION`, as a class may have `since` and `until`: it is there from, up to, that version. Where a
class changed it stands twice. `supers` are all superclasses, root first (java/lang/Object alone where not said),
`interfaces` all superinterfaces; lists of virtual and interface methods hold what is inherited too. A subclass has the
tokens of its superclass, but for methods that the superclass got later (InitializedMessageDigest: token mapping of CAP
format 2.3). `variants` are other publications under a version number that was used before; only constants differ.

What a method does is not told here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntFlag
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Protocol, TypeVar

from simtool.errors import DecodeError

_OBJECT = ("java/lang/Object",)
_PRIMITIVES = "BSZI"
_SIGN_BITS = {"B": 0x80, "S": 0x8000, "Z": 0x02}
_PARAMETER = re.compile(r"\[*(?:[BSZI]|L[^;]+;)")
_SIGNATURE = re.compile(r"\(((?:\[*(?:[BSZI]|L[^;]+;))*)\)(V|\[*(?:[BSZI]|L[^;]+;))")


class AccessFlag(IntFlag):
    """Access flags of classes and members in an export file (JCVM tables 5-3, 5-5, 5-7)."""

    PUBLIC = 0x0001
    PROTECTED = 0x0004
    STATIC = 0x0008
    FINAL = 0x0010
    INTERFACE = 0x0200
    ABSTRACT = 0x0400
    SHAREABLE = 0x0800
    REMOTE = 0x1000


_FLAGS = {flag.name.lower(): flag for flag in AccessFlag if flag.name}


@dataclass(frozen=True, slots=True)
class ExportMethod:
    """A method. `name` is `<init>` for a constructor; `descriptor` as in `(Ljavacard/framework/APDU;[BS)V`."""

    token: int
    name: str
    descriptor: str
    flags: AccessFlag


@dataclass(frozen=True, slots=True)
class ExportField:
    """A field that keeps its place on the card."""

    token: int
    name: str
    descriptor: str
    flags: AccessFlag


@dataclass(frozen=True, slots=True)
class ExportConstant:
    """A constant of the compiler's: `descriptor` B, S or Z, `value` with its sign."""

    name: str
    descriptor: str
    value: int


@dataclass(frozen=True, slots=True)
class ExportClass:
    """A class or interface. Static methods and constructors share one token space, each other kind has its own."""

    token: int
    name: str
    flags: AccessFlag
    supers: tuple[str, ...]
    interfaces: tuple[str, ...] = ()
    static_methods: tuple[ExportMethod, ...] = ()
    virtual_methods: tuple[ExportMethod, ...] = ()
    interface_methods: tuple[ExportMethod, ...] = ()
    static_fields: tuple[ExportField, ...] = ()
    instance_fields: tuple[ExportField, ...] = ()
    constants: tuple[ExportConstant, ...] = ()

    @property
    def is_interface(self) -> bool:
        return AccessFlag.INTERFACE in self.flags


@dataclass(frozen=True, slots=True)
class ExportPackage:
    """One version of a package. `name` with dots; `classes` by token."""

    name: str
    aid: bytes
    major: int
    minor: int
    classes: tuple[ExportClass, ...]

    @property
    def path(self) -> str:
        """The name as it stands in descriptors, `javacard/framework`."""
        return self.name.replace(".", "/")

    def class_named(self, name: str) -> ExportClass | None:
        """The class of a name without its package."""
        return next((one for one in self.classes if one.name == name), None)

    def class_of(self, token: int) -> ExportClass | None:
        return next((one for one in self.classes if one.token == token), None)


class _HasToken(Protocol):
    @property
    def token(self) -> int: ...


_Member = TypeVar("_Member", bound=_HasToken)


def package_names() -> tuple[str, ...]:
    """The names of all packages in the index."""
    return tuple(_index()["packages"])


def package_aid(name: str) -> bytes:
    """The AID of a package. Raises `DecodeError` for a name that is not in the index."""
    return bytes.fromhex(_entry(name)["aid"])


def package_versions(name: str) -> tuple[str, ...]:
    """The published versions, oldest first, as `MAJOR.MINOR`. Raises `DecodeError` for an unknown name."""
    return tuple(_entry(name)["versions"])


def java_card_releases() -> dict[str, dict[str, str]]:
    """Java Card releases, oldest first: the version of each package that belongs to it."""
    return {release: dict(packages) for release, packages in _index()["java_card"].items()}


def variants(name: str, version: str) -> tuple[str, ...]:
    """Letters of the other publications of a version, for `load`; most have none."""
    return tuple(row["variant"] for row in _file(name).get("variants", ()) if row["version"] == version)


def load(name: str, version: str, variant: str = "") -> ExportPackage:
    """A package in one of its published versions. Raises `DecodeError` for a name, version or variant that is none."""
    known = package_versions(name)
    if version not in known:
        raise DecodeError(f"package {name} has no version {version}", hint=f"it has {', '.join(known)}")
    if variant and variant not in variants(name, version):
        raise DecodeError(f"version {version} of {name} has no variant {variant}")
    return _load(name, version, variant)


def by_aid(aid: bytes, major: int, minor: int) -> ExportPackage | None:
    """The newest table that serves an import of this version: same major, minor at least as new (JCVM §4.5).

    None for a package that is not in the index or was not published so new.
    """
    name = _names_by_aid().get(bytes(aid))
    if name is None:
        return None
    for version in reversed(package_versions(name)):
        its_major, its_minor = _numbers(version)
        if its_major == major and its_minor >= minor:
            return _load(name, version, "")
    return None


def name_of(aid: bytes) -> str | None:
    """The name of the package with this AID, or None."""
    return _names_by_aid().get(bytes(aid))


def parameter_types(descriptor: str) -> tuple[str, ...]:
    """The parameters of a method descriptor, one descriptor each. Raises `DecodeError` for what is none."""
    return tuple(_PARAMETER.findall(_signature(descriptor)[1]))


def parameter_words(descriptor: str) -> int:
    """How many words of the stack the parameters take, `this` not counted: int two, everything else one."""
    return sum(type_words(one) for one in parameter_types(descriptor))


def return_words(descriptor: str) -> int:
    """How many words the result takes: none for void, two for int, one for everything else."""
    result = _signature(descriptor)[2]
    return 0 if result == "V" else type_words(result)


def type_words(descriptor: str) -> int:
    """Words of a value of this type."""
    return 2 if descriptor == "I" else 1


def _signature(descriptor: str) -> re.Match[str]:
    found = _SIGNATURE.fullmatch(descriptor)
    if found is None:
        raise DecodeError(f"{descriptor} is no method descriptor of the Java Card language")
    return found


def _numbers(version: str) -> tuple[int, int]:
    major, _, minor = version.partition(".")
    return int(major), int(minor)


def _entry(name: str) -> Any:
    entry = _index()["packages"].get(name)
    if entry is None:
        raise DecodeError(f"no package {name} is known", hint="the known ones stand in data/api_packages.yaml")
    return entry


@lru_cache(maxsize=1)
def _index() -> Any:
    return _read("api_packages.yaml")


@lru_cache(maxsize=1)
def _names_by_aid() -> dict[bytes, str]:
    return {package_aid(name): name for name in package_names()}


@cache
def _file(name: str) -> Any:
    return _read(f"exports/{name}.yaml")


def _read(file: str) -> Any:
    import yaml  # late: most of the tool's work needs no package tables

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = files("simtool").joinpath("data", *file.split("/")).read_text("utf-8")
    return yaml.load(text, Loader=loader)  # noqa: S506  # both are safe loaders


@cache
def _load(name: str, version: str, variant: str) -> ExportPackage:
    rows = _file(name)
    changes = {}
    for row in rows.get("variants", ()):
        if (row["version"], row["variant"]) == (version, variant):
            changes = {one["name"]: one for one in row["classes"]}
    major, minor = _numbers(version)
    found = [_class(row, (major, minor), changes.get(row["name"], {})) for row in rows["classes"]]
    classes = tuple(sorted((one for one in found if one is not None), key=lambda one: one.token))
    return ExportPackage(name, package_aid(name), major, minor, classes)


def _class(row: Any, version: tuple[int, int], change: Any) -> ExportClass | None:
    """A class as it was in `version`, or None where it was not there."""
    if "since" in row and version < _numbers(row["since"]) or "until" in row and version > _numbers(row["until"]):
        return None

    def lines(kind: str) -> list[list[str]]:
        return _lines(row.get(kind, ()), version)

    constants = {one.name: one for one in map(_constant, lines("constants"))}
    for name in change.get("without", ()):
        del constants[name]
    constants |= {one.name: one for one in map(_constant, _lines(change.get("constants", ()), version))}
    return ExportClass(
        token=row["token"],
        name=row["name"],
        flags=_flags(row["flags"].split()),
        supers=tuple(row.get("supers", _OBJECT)),
        interfaces=tuple(row.get("interfaces", ())),
        static_methods=_by_token(map(_method, lines("static"))),
        virtual_methods=_by_token(map(_method, lines("virtual"))),
        interface_methods=_by_token(map(_method, lines("interface"))),
        static_fields=_by_token(map(_field, lines("fields"))),
        constants=tuple(constants.values()),
    )


def _lines(rows: Any, version: tuple[int, int]) -> list[list[str]]:
    """The words of the lines that are there in `version`, `since` taken off."""
    found = []
    for row in rows:
        text, _, since = row.partition(" since ")
        if not since or version >= _numbers(since):
            found.append(text.split())
    return found


def _flags(words: list[str]) -> AccessFlag:
    flags = AccessFlag(0)
    for word in words:
        flags |= _FLAGS[word]
    return flags


def _method(words: list[str]) -> ExportMethod:
    token, *flags, last = words
    name, bracket, rest = last.partition("(")
    return ExportMethod(int(token), name, bracket + rest, _flags(flags))


def _field(words: list[str]) -> ExportField:
    token, *flags, name, descriptor = words
    return ExportField(int(token), name, descriptor, _flags(flags))


def _constant(words: list[str]) -> ExportConstant:
    descriptor, name, digits = words
    value, sign = int(digits, 16), _SIGN_BITS[descriptor]
    return ExportConstant(name, descriptor, value - 2 * sign if value & sign else value)


def _by_token(members: Any) -> tuple[_Member, ...]:
    return tuple(sorted(members, key=lambda one: one.token))
