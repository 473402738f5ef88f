"""org.globalplatform and visa.openplatform as the tables have them: nothing is missing (GPCS annex A)."""

from __future__ import annotations

from typing import Any

import pytest

from simtool.codec import java_exports
from simtool.softcard.jcvm.api.org import globalplatform
from simtool.softcard.jcvm.api.visa import openplatform

PACKAGES = {"org.globalplatform": globalplatform, "visa.openplatform": openplatform}
ONLY_FOR_APPLETS = {
    "org/globalplatform/Application",
    "org/globalplatform/Personalization",
    "org/globalplatform/GlobalService",
    "org/globalplatform/Authority",
    "org/globalplatform/AuthoritySignature",
    "org/globalplatform/HTTPAdministration",
    "org/globalplatform/HTTPReportListener",
}
"""Interfaces that applets implement: the card has no object of them."""


@pytest.mark.parametrize("name", sorted(PACKAGES))
def test_no_method_is_missing(name: str) -> None:
    table = java_exports.load(name, java_exports.package_versions(name)[-1])
    package: Any = PACKAGES[name]
    natives = {one.name: one for one in package.CLASSES}
    for cls in table.classes:
        full = f"{table.path}/{cls.name}"
        if cls.is_interface:
            wanted = {one.name + one.descriptor for one in cls.interface_methods}
            behind = [one for one in package.CLASSES if full in one.interfaces]
            if full == "org/globalplatform/SecureChannel":
                behind = [one for one in package.CLASSES if "org/globalplatform/SecureChannelx" in one.interfaces]
            assert bool(behind) is (full not in ONLY_FOR_APPLETS), full
            for one in behind:
                assert wanted <= one.methods.keys(), full
        else:
            methods = {one.name + one.descriptor for one in cls.static_methods}
            methods |= {one.name + one.descriptor for one in cls.virtual_methods}
            assert methods - {"equals(Ljava/lang/Object;)Z"} == natives[full].methods.keys(), full
