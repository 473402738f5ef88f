"""Published Java Card packages: spot checks of tokens, and what holds for every package (JCVM chapters 4 and 5)."""

from __future__ import annotations

import re

import pytest

from simtool.codec import java_exports
from simtool.codec.java_exports import AccessFlag, ExportClass, ExportPackage
from simtool.errors import DecodeError

VERSIONS = [(name, version) for name in java_exports.package_names() for version in java_exports.package_versions(name)]
TYPE = re.compile(r"\[?(?:[BSZI]|L[\w/]+;)")


def one(package: str, version: str, name: str) -> ExportClass:
    found = java_exports.load(package, version).class_named(name)
    assert found is not None
    return found


MOVED = {
    ("javacard.security", "1.8", "InitializedMessageDigest"): ["setInitialDigest"],
    ("javacard.security", "1.8", "MessageDigest$OneShot"): ["close"],
    ("javacard.security", "1.8", "InitializedMessageDigest$OneShot"): ["close"],
}
"""Methods at a token that means another one in the superclass: it got a new method after the subclass was published.
Tokens of old packages stay as they are; the token mapping of CAP format 2.3 brings them together."""
METHODS = [
    # package, version, class (token), kind, token, name and descriptor: as CAP files of these releases use them
    ("java.lang", "1.0", "Object", 0, "static_methods", 0, "<init>()V"),
    ("java.lang", "1.0", "Object", 0, "virtual_methods", 0, "equals(Ljava/lang/Object;)Z"),
    ("java.lang", "1.0", "ArrayStoreException", 11, "static_methods", 0, "<init>()V"),
    ("javacard.framework", "1.0", "Applet", 3, "static_methods", 0, "<init>()V"),
    ("javacard.framework", "1.0", "Applet", 3, "virtual_methods", 1, "register()V"),
    ("javacard.framework", "1.9", "Applet", 3, "virtual_methods", 3, "selectingApplet()Z"),
    ("javacard.framework", "1.9", "Applet", 3, "virtual_methods", 7, "process(Ljavacard/framework/APDU;)V"),
    ("javacard.framework", "1.0", "ISOException", 7, "static_methods", 1, "throwIt(S)V"),
    ("javacard.framework", "1.0", "APDU", 10, "virtual_methods", 1, "getBuffer()[B"),
    ("javacard.framework", "1.2", "JCSystem", 8, "static_methods", 13, "makeTransientByteArray(SB)[B"),
    ("javacard.framework", "1.2", "PIN", 1, "interface_methods", 0, "check([BSB)Z"),
    ("sim.toolkit", "2.2", "ToolkitInterface", 1, "interface_methods", 0, "processToolkit(B)V"),
    ("uicc.toolkit", "1.0", "ToolkitInterface", 8, "interface_methods", 0, "processToolkit(S)V"),
    ("org.globalplatform", "1.0", "GPSystem", 3, "static_methods", 5, "lockCard()Z"),
]  # fmt: skip


@pytest.mark.parametrize(("package", "version", "name", "class_token", "kind", "token", "method"), METHODS)
def test_tokens(package: str, version: str, name: str, class_token: int, kind: str, token: int, method: str) -> None:
    its_class = one(package, version, name)
    lists = {
        "static_methods": its_class.static_methods,
        "virtual_methods": its_class.virtual_methods,
        "interface_methods": its_class.interface_methods,
    }
    assert its_class.token == class_token
    assert [m.name + m.descriptor for m in lists[kind] if m.token == token] == [method]


@pytest.mark.parametrize(
    ("package", "version", "name", "constant", "descriptor", "value"),
    [
        ("javacard.framework", "1.0", "ISO7816", "SW_NO_ERROR", "S", -0x7000),
        ("javacard.framework", "1.0", "ISO7816", "OFFSET_LC", "B", 4),
        ("javacard.framework", "1.0", "ISO7816", "INS_SELECT", "B", 0xA4 - 0x100),
        ("javacard.framework", "1.2", "JCSystem", "CLEAR_ON_DESELECT", "B", 2),
        ("uicc.toolkit", "1.0", "ToolkitConstants", "EVENT_MENU_SELECTION", "S", 7),
        ("uicc.toolkit", "1.10", "ToolkitConstants", "EVENT_UNRECOGNIZED_ENVELOPE", "S", -1),
        ("sim.toolkit", "2.2", "ToolkitConstants", "EVENT_UNRECOGNIZED_ENVELOPE", "B", -1),
    ],
)
def test_constants(package: str, version: str, name: str, constant: str, descriptor: str, value: int) -> None:
    [found] = [row for row in one(package, version, name).constants if row.name == constant]
    assert (found.descriptor, found.value) == (descriptor, value)


def test_what_came_with_a_version_is_not_in_the_ones_before() -> None:
    assert java_exports.load("javacard.framework", "1.0").class_named("MultiSelectable") is None
    assert one("javacard.framework", "1.2", "MultiSelectable").token == 17
    newest = "isPrioritizedProactiveHandlerAvailableEventSet"
    for version, there in (("1.1", False), ("1.2", True), ("1.10", True)):
        names = {row.name for row in one("uicc.toolkit", version, "ToolkitRegistrySystem").static_methods}
        assert (newest in names) is there


def test_classes_that_changed() -> None:
    """AID became open to subclasses; GeoLocation of version 2 is another interface (TS 31.130)."""
    assert AccessFlag.FINAL in one("javacard.framework", "1.0", "AID").flags
    assert AccessFlag.FINAL not in one("javacard.framework", "1.2", "AID").flags
    assert one("uicc.usim.geolocation", "1.0", "GeoLocationInfo").token == 1
    assert one("uicc.usim.geolocation", "2.0", "GeoLocationInfo").token == 2


def test_variants_differ_in_constants_only() -> None:
    seen = 0
    for name, version in VERSIONS:
        first = java_exports.load(name, version)
        for letter in java_exports.variants(name, version):
            other = java_exports.load(name, version, letter)
            pairs = list(zip(first.classes, other.classes, strict=True))
            assert all((a.token, a.name, a.static_methods) == (b.token, b.name, b.static_methods) for a, b in pairs)
            assert all(a.interface_methods == b.interface_methods for a, b in pairs)
            assert any(a.constants != b.constants for a, b in pairs)
            seen += 1
    assert seen == 7


@pytest.mark.parametrize(
    ("aid", "major", "minor", "version"),
    [
        ("A0000000620101", 1, 0, (1, 9)),
        ("A0000000620101", 1, 9, (1, 9)),
        ("A0000000620101", 1, 10, None),
        ("A0000000620101", 2, 0, None),
        ("A0000000871005FFFFFFFF8913300000", 1, 0, (1, 0)),
        ("A0000000871005FFFFFFFF8913300000", 2, 0, (2, 0)),
        ("A0000000090005FFFFFFFF8912000000", 1, 2, (1, 10)),
        ("A000000062010F", 1, 0, None),
    ],
)
def test_the_table_that_serves_an_import(aid: str, major: int, minor: int, version: tuple[int, int] | None) -> None:
    found = java_exports.by_aid(bytes.fromhex(aid), major, minor)
    assert (found and (found.major, found.minor)) == version


def test_what_is_not_known_is_told() -> None:
    with pytest.raises(DecodeError, match=r"javacard\.frame "):
        java_exports.load("javacard.frame", "1.0")
    with pytest.raises(DecodeError, match=r"no version 1\.1"):
        java_exports.load("javacard.framework", "1.1")
    with pytest.raises(DecodeError, match="no variant z"):
        java_exports.load("javacard.framework", "1.0", "z")


@pytest.mark.parametrize(
    ("descriptor", "types", "words", "result"),
    [
        ("()V", (), 0, 0),
        ("([BSB)V", ("[B", "S", "B"), 3, 0),
        ("(IZLjava/lang/Object;)I", ("I", "Z", "Ljava/lang/Object;"), 4, 2),
        ("([I[[SLa/B;)[I", ("[I", "[[S", "La/B;"), 3, 1),
        ("(S)S", ("S",), 1, 1),
    ],
)
def test_words_of_a_descriptor(descriptor: str, types: tuple[str, ...], words: int, result: int) -> None:
    assert java_exports.parameter_types(descriptor) == types
    assert java_exports.parameter_words(descriptor) == words
    assert java_exports.return_words(descriptor) == result


@pytest.mark.parametrize("wrong", ["", "V", "(V)V", "(J)V", "(Lx)V", "()", "()VV"])
def test_what_is_no_descriptor(wrong: str) -> None:
    with pytest.raises(DecodeError):
        java_exports.parameter_words(wrong)


@pytest.mark.parametrize(("name", "version"), VERSIONS)
def test_every_package(name: str, version: str) -> None:
    package = java_exports.load(name, version)
    assert [row.token for row in package.classes] == list(range(len(package.classes)))
    assert len({row.name for row in package.classes}) == len(package.classes)
    for its_class in package.classes:
        assert AccessFlag.PUBLIC in its_class.flags
        for members in (
            its_class.static_methods,
            its_class.virtual_methods,
            its_class.interface_methods,
            its_class.static_fields,
        ):
            assert [member.token for member in members] == list(range(len(members))), its_class.name
            signatures = [(member.name, member.descriptor) for member in members]
            assert len(set(signatures)) == len(signatures)
        assert all(TYPE.fullmatch(field.descriptor) for field in its_class.static_fields)
        if its_class.is_interface:
            assert not its_class.static_methods and not its_class.virtual_methods
            assert {AccessFlag.ABSTRACT, AccessFlag.PUBLIC} <= set(its_class.flags)
        else:
            assert not its_class.interface_methods
        for method in its_class.static_methods:
            assert (method.name == "<init>") == (AccessFlag.STATIC not in method.flags)
            assert java_exports.return_words(method.descriptor) == 0 or method.name != "<init>"
        for method in (*its_class.virtual_methods, *its_class.interface_methods):
            assert AccessFlag.STATIC not in method.flags
            assert java_exports.parameter_words(method.descriptor) < 16


@pytest.mark.parametrize(("name", "version"), VERSIONS)
def test_every_superclass_and_interface_is_there(name: str, version: str) -> None:
    """A class holds the virtual methods of its superclass at the same tokens, a class its interfaces' methods."""
    package = java_exports.load(name, version)
    for its_class in package.classes:
        if its_class.supers:
            parent = resolve(package, its_class.supers[-1])
            assert parent.supers == its_class.supers[:-1]
            moved = [
                mine.name
                for mine, its in zip(its_class.virtual_methods, parent.virtual_methods, strict=False)
                if (mine.name, mine.descriptor) != (its.name, its.descriptor)
            ]
            assert moved == MOVED.get((name, version, its_class.name), [])
        methods = {(m.name, m.descriptor) for m in (*its_class.virtual_methods, *its_class.interface_methods)}
        for interface in its_class.interfaces:
            offered = resolve(package, interface)
            assert offered.is_interface
            assert {(m.name, m.descriptor) for m in offered.interface_methods} <= methods or (
                AccessFlag.ABSTRACT in its_class.flags
            )


def test_minor_versions_only_add() -> None:
    """JCVM §4.5: what an older minor offers is there under the same tokens in every newer one of the same major."""
    compared = 0
    for name in java_exports.package_names():
        tables = [java_exports.load(name, version) for version in java_exports.package_versions(name)]
        for older, newer in zip(tables, tables[1:], strict=False):
            if older.major == newer.major:
                assert members(older) <= members(newer), name
                compared += 1
    assert compared > 60


def members(package: ExportPackage) -> set[tuple[object, ...]]:
    """Everything that a linker asks for: class, kind, token, name, descriptor."""
    found: set[tuple[object, ...]] = {(row.name, row.token, row.supers) for row in package.classes}
    for row in package.classes:
        found |= {(row.name, "static", m.token, m.name, m.descriptor) for m in row.static_methods}
        found |= {(row.name, "virtual", m.token, m.name, m.descriptor) for m in row.virtual_methods}
        if AccessFlag.SHAREABLE in row.flags or row.is_interface:
            found |= {(row.name, "interface", m.token, m.name, m.descriptor) for m in row.interface_methods}
        found |= {(row.name, "field", m.token, m.name, m.descriptor) for m in row.static_fields}
    return found


def resolve(package: ExportPackage, name: str) -> ExportClass:
    """A class by its full name, from this package or the newest version of another."""
    path, _, simple = name.rpartition("/")
    if path != package.path:
        other = path.replace("/", ".")
        package = java_exports.load(other, java_exports.package_versions(other)[-1])
    found = package.class_named(simple)
    assert found is not None, name
    return found
