"""Every method of the newest tables has its function here, but for those named with a reason (JCVM §5)."""

from __future__ import annotations

from typing import Any

import pytest

from simtool.codec import java_exports
from simtool.codec.java_exports import ExportClass
from simtool.softcard.jcvm.api.java import io, lang, rmi
from simtool.softcard.jcvm.api.javacard import framework

PACKAGES = {"java.lang": lang, "java.io": io, "java.rmi": rmi, "javacard.framework": framework}
VIEWS = "views of arrays came with Java Card 3.1"
NOT_THERE = {
    "javacard/framework/JCSystem.makeArrayView": VIEWS,
    "javacard/framework/JCSystem.isArrayView": VIEWS,
    "javacard/framework/JCSystem.getAttributes": VIEWS,
    "javacard/framework/JCSystem.makeBooleanArrayView": VIEWS,
    "javacard/framework/JCSystem.makeByteArrayView": VIEWS,
    "javacard/framework/JCSystem.makeShortArrayView": VIEWS,
    "javacard/framework/APDU.getLogicalChannelEncoding": "came with Java Card 3.2",
    "javacard/framework/Resources.getResources": "static resources came with Java Card 3.1",
    "javacard/framework/Resources.getSize": "static resources came with Java Card 3.1",
    "javacard/framework/Resources.getView": "static resources came with Java Card 3.1",
    "javacard/framework/Applet.process": "abstract",
}


def given(name: str, packages: list[Any]) -> set[str]:
    return {one for package in packages for cls in package.CLASSES if cls.name == name for one in cls.methods}


def own_methods(path: str, cls: ExportClass) -> set[str]:
    """What a class has to do itself: not what its superclass does already."""
    if cls.is_interface:
        return set()
    methods = {one.name + one.descriptor for one in (*cls.static_methods, *cls.virtual_methods)}
    for parent in cls.supers:
        if f"{path}/{cls.name}" != parent:
            methods -= {one for one in given(parent, list(PACKAGES.values())) if not one.startswith(("<", "throwIt"))}
    return methods


@pytest.mark.parametrize("name", PACKAGES)
def test_no_method_is_missing(name: str) -> None:
    table = java_exports.load(name, java_exports.package_versions(name)[-1])
    missing = {
        f"{table.path}/{cls.name}.{one}"
        for cls in table.classes
        for one in own_methods(table.path, cls) - given(f"{table.path}/{cls.name}", [PACKAGES[name]])
    }
    assert {one for one in missing if one.partition("(")[0] not in NOT_THERE} == set()


@pytest.mark.parametrize("name", PACKAGES)
def test_no_method_is_too_many(name: str) -> None:
    """A misspelt descriptor would never be called."""
    table = java_exports.load(name, java_exports.package_versions(name)[-1])
    known = {
        (f"{table.path}/{cls.name}", one.name + one.descriptor)
        for cls in table.classes
        for one in (*cls.static_methods, *cls.virtual_methods)
    }
    given_here = {(cls.name, one) for cls in PACKAGES[name].CLASSES for one in cls.methods if "/" in cls.name}
    assert {one for one in given_here if not one[0].startswith("simtool/")} <= known
