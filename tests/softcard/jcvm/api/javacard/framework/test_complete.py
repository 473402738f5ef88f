"""Every method of the newest tables has its function here, but for those named with a reason (JCVM §5)."""

from __future__ import annotations

import pytest

from simtool.softcard.jcvm.api.java import io, lang, rmi
from simtool.softcard.jcvm.api.javacard import framework
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jcvm import missing_methods, unknown_methods

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


@pytest.mark.parametrize("name", PACKAGES)
def test_no_method_is_missing(vm: Vm, name: str) -> None:
    assert {one for one in missing_methods(vm, name) if one.partition("(")[0] not in NOT_THERE} == set()


@pytest.mark.parametrize("name", PACKAGES)
def test_no_method_is_too_many(name: str) -> None:
    """A misspelt descriptor would never be called."""
    assert unknown_methods(PACKAGES[name], name) == set()
